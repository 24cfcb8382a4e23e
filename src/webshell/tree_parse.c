#include "webshell/tree_internal.h"

static bool is_basic(enum language language)
{
    return language == LANGUAGE_VB || language == LANGUAGE_VBSCRIPT;
}

void tree_parse(struct arena *arena, enum language language, const struct piece *pieces,
                size_t count, struct tree *out)
{
    struct builder builder = { .arena = arena, .tree = out };
    *out = (struct tree){ .language = language };
    if (is_basic(language))
        tree_parse_basic(&builder, pieces, count);
    else if (language != LANGUAGE_NONE)
        tree_parse_curly(&builder, pieces, count);
    if (!out->root)
        out->root = tree_node(&builder, NODE_BLOCK, SLICE_NULL, 1);
}
