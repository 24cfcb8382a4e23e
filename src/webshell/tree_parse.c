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

#define NODES_LEAST 10000U
#define NODES_PER_BYTE 4U            /* code has one for each three bytes or so */
#define PAGE_MEMORY_MAX (128U << 20) /* of the arena: trees of further languages are small */
#define HOLE_BYTES_LEAST (64U << 10)

static size_t bytes_in(enum language language, const struct piece *pieces, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        if (pieces[i].language == language)
            bytes += pieces[i].text.len;
    return bytes;
}

/* Parsers try things and come back: what that costs is bounded by the size of the text. */
static void set_bounds(struct builder *builder, size_t bytes)
{
    size_t used = builder->arena->used;
    size_t room = used < PAGE_MEMORY_MAX ? (PAGE_MEMORY_MAX - used) / sizeof(struct node) : 0;
    size_t nodes = bytes < TREE_NODES_MAX ? NODES_LEAST + NODES_PER_BYTE * bytes : SIZE_MAX;
    nodes = nodes < room ? nodes : room;
    nodes = nodes > NODES_LEAST ? nodes : NODES_LEAST;
    builder->nodes_max = nodes < TREE_NODES_MAX ? (uint32_t)nodes : TREE_NODES_MAX;
    builder->hole_bytes = HOLE_BYTES_LEAST + 4 * bytes;
}

void tree_parse(struct arena *arena, enum language language, const struct piece *pieces,
                size_t count, struct tree *out)
{
    struct builder builder = { .arena = arena, .tree = out };
    *out = (struct tree){ .language = language };
    pieces = readable(arena, pieces, count, out);
    set_bounds(&builder, bytes_in(language, pieces, count));
    if (is_basic(language))
        tree_parse_basic(&builder, pieces, count);
    else if (language != LANGUAGE_NONE)
        tree_parse_curly(&builder, pieces, count);
    if (!out->root)
        out->root = tree_node(&builder, NODE_BLOCK, SLICE_NULL, 1);
}
