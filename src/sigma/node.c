#include "sigma/node.h"

#define UNNUMBERED SIZE_MAX

void node_list_add(struct arena *arena, struct node_list *list, struct sigma_node *node)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        struct sigma_node **grown =
            arena_array(arena, list->capacity, sizeof(struct sigma_node *));
        if (list->count)
            memcpy(grown, list->nodes, list->count * sizeof(struct sigma_node *));
        list->nodes = grown;
    }
    list->nodes[list->count++] = node;
}

static struct sigma_node *node_new(struct arena *arena, enum sigma_node_kind kind)
{
    struct sigma_node *node = arena_alloc(arena, sizeof *node);
    node->kind = kind;
    node->id = UNNUMBERED;
    return node;
}

struct sigma_node *node_group(struct arena *arena, enum sigma_node_kind kind,
                              struct node_list *list)
{
    if (list->count < 2)
        return list->count ? list->nodes[0] : NULL;
    struct sigma_node *node = node_new(arena, kind);
    node->count = list->count;
    node->children = list->nodes;
    return node;
}

struct sigma_node *node_not(struct arena *arena, struct sigma_node *child)
{
    struct node_list list = NODE_LIST_INIT;
    node_list_add(arena, &list, child);
    struct sigma_node *node = node_new(arena, SIGMA_NODE_NOT);
    node->count = list.count;
    node->children = list.nodes;
    return node;
}

struct sigma_node *node_item(struct arena *arena, struct sigma_item *item)
{
    struct sigma_node *node = node_new(arena, SIGMA_NODE_ITEM);
    node->item = item;
    return node;
}

/* Recursion ends: lists nest 64 deep at most (YAML), conditions 64 again. */
static void number_from(struct sigma_node *node, size_t *next)
{
    if (node->id != UNNUMBERED)
        return;
    for (size_t i = 0; i < node->count; i++)
        number_from(node->children[i], next);
    node->id = (*next)++;
}

size_t node_number(struct sigma_node *root)
{
    size_t count = 0;
    number_from(root, &count);
    return count;
}

/* Shared nodes stay shared: `copies` is by the old id. */
static struct sigma_node *copy_from(struct arena *arena, const struct sigma_node *node,
                                    size_t first_id, struct sigma_node **copies)
{
    if (copies[node->id])
        return copies[node->id];
    struct sigma_node *copy = node_new(arena, node->kind);
    copy->item = node->item;
    copy->id = first_id + node->id;
    copy->count = node->count;
    copy->children = arena_array(arena, node->count, sizeof(struct sigma_node *));
    for (size_t i = 0; i < node->count; i++)
        copy->children[i] = copy_from(arena, node->children[i], first_id, copies);
    copies[node->id] = copy;
    return copy;
}

struct sigma_node *node_copy(struct arena *arena, const struct sigma_rule *rule,
                             size_t first_id)
{
    AUTO_FREE struct sigma_node **copies =
        mem_alloc((rule->node_count + 1) * sizeof(struct sigma_node *));
    return copy_from(arena, rule->detection, first_id, copies);
}

static void forget_numbers(struct sigma_node *node)
{
    if (node->id == UNNUMBERED)
        return;
    node->id = UNNUMBERED;
    for (size_t i = 0; i < node->count; i++)
        forget_numbers(node->children[i]);
}

struct sigma_node *node_copy_unnumbered(struct arena *arena, struct sigma_node *root)
{
    struct sigma_rule numbered = { .detection = root };
    numbered.node_count = node_number(root);
    struct sigma_node *copy = node_copy(arena, &numbered, 0);
    forget_numbers(root);
    forget_numbers(copy);
    return copy;
}
