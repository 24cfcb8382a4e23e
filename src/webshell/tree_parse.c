#include "webshell/decode_script.h"
#include "webshell/tree_internal.h"

static bool is_basic(enum language language)
{
    return language == LANGUAGE_VB || language == LANGUAGE_VBSCRIPT;
}

/* The pieces with encoded script decoded. */
static const struct piece *readable(struct arena *arena, const struct piece *pieces,
                                    size_t count, struct tree *tree)
{
    struct piece *copy = arena_array(arena, count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = pieces[i];
        if (pieces[i].language == tree->language)
            copy[i].text = decode_script(arena, pieces[i].text, &tree->encoded);
    }
    return copy;
}

void tree_parse(struct arena *arena, enum language language, const struct piece *pieces,
                size_t count, struct tree *out)
{
    struct builder builder = { .arena = arena, .tree = out };
    *out = (struct tree){ .language = language };
    pieces = readable(arena, pieces, count, out);
    if (is_basic(language))
        tree_parse_basic(&builder, pieces, count);
    else if (language != LANGUAGE_NONE)
        tree_parse_curly(&builder, pieces, count);
    if (!out->root)
        out->root = tree_node(&builder, NODE_BLOCK, SLICE_NULL, 1);
}
