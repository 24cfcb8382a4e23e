/* The condition language made visible, for tests and fuzzing. */
#include "base/buf.h"
#include "sigma/condition.h"
#include "sigma/node.h"

static void print_node(struct buf *buf, const struct sigma_node *node)
{
    static const char *const names[] = {
        [SIGMA_NODE_AND] = "and",
        [SIGMA_NODE_OR] = "or",
        [SIGMA_NODE_NOT] = "not",
    };
    if (node->kind == SIGMA_NODE_ITEM) {
        buf_add_slice(buf, node->item->field);
        return;
    }
    buf_add_char(buf, '(');
    buf_add_text(buf, names[node->kind]);
    for (size_t i = 0; i < node->count; i++) {
        buf_add_char(buf, ' ');
        print_node(buf, node->children[i]);
    }
    buf_add_char(buf, ')');
}

/* Each name stands for one item that looks at a field of that name. */
static struct sigma_search *searches_of(struct arena *arena, const struct slice *names,
                                        size_t count)
{
    struct sigma_search *searches = arena_array(arena, count, sizeof *searches);
    for (size_t i = 0; i < count; i++) {
        struct sigma_item *item = arena_alloc(arena, sizeof *item);
        item->field = names[i];
        searches[i] = (struct sigma_search){ names[i], node_item(arena, item) };
    }
    return searches;
}

int sigma_condition_print(struct arena *arena, struct slice condition,
                          const struct slice *names, size_t name_count, struct slice *out,
                          struct err *err)
{
    struct sigma_parse parse = { .arena = arena };
    const struct yaml_doc_node text = { .kind = YAML_DOC_SCALAR, .line = 1, .text = condition };
    const struct sigma_search *searches = searches_of(arena, names, name_count);
    struct sigma_node *root = NULL;
    if (sigma_condition_parse(&parse, &text, searches, name_count, &root) < 0) {
        if (err)
            *err = parse.err;
        return -1;
    }
    struct buf buf = BUF_INIT;
    print_node(&buf, root);
    *out = arena_copy(arena, buf_slice(&buf));
    buf_deinit(&buf);
    return 0;
}
