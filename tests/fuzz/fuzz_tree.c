/* Any text is a tree in any language: low enough to be walked, within its budget. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/tree.h"

static void check_height(const struct node *node, unsigned above)
{
    if (above > 4 * TREE_HEIGHT_MAX)
        abort();
    for (const struct node *child = node->first; child; child = child->next)
        check_height(child, above + 1);
}

/* Two pieces, so that what is open at the end of one goes on in the other. */
static void parse(enum language language, struct slice text)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct tree tree;
    size_t half = text.len / 2;
    const struct piece pieces[] = {
        { PIECE_CODE, language, 1, slice_first(text, half) },
        { PIECE_VALUE, language, 1, slice_from_offset(text, half) },
        { PIECE_MEMBERS, language, 1, text },
    };
    tree_parse(&arena, language, pieces, sizeof pieces / sizeof *pieces, &tree);
    check_height(tree.root, 0);
    tree_print(&tree, &out);
    buf_deinit(&out);
    arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    for (int language = LANGUAGE_CSHARP; language <= LANGUAGE_PHP; language++)
        parse((enum language)language, text);
    return 0;
}
