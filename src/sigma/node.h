/*
 * Building blocks of the detection tree. Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_NODE_H
#define HAUBERK_SIGMA_NODE_H

#include "sigma/rule.h"

struct node_list {
    size_t count, capacity;
    struct sigma_node **nodes;
};
#define NODE_LIST_INIT                                                                         \
    {                                                                                          \
        0, 0, NULL                                                                             \
    }

void node_list_add(struct arena *arena, struct node_list *list, struct sigma_node *node);

/* AND or OR of the list; the node itself when there is only one, NULL when there is none. */
struct sigma_node *node_group(struct arena *arena, enum sigma_node_kind kind,
                              struct node_list *list);
struct sigma_node *node_not(struct arena *arena, struct sigma_node *child);
struct sigma_node *node_item(struct arena *arena, struct sigma_item *item);

/* Gives each node that is reached from the root its id, children first. Returns their number.
 */
size_t node_number(struct sigma_node *root);

/* A copy of a tree that was never numbered. Items are shared, and so is what was shared. */
struct sigma_node *node_copy_unnumbered(struct arena *arena, struct sigma_node *root);

/*
 * A copy of a rule's detection tree whose ids begin at `first_id`, for another rule. Items are
 * shared.
 */
struct sigma_node *node_copy(struct arena *arena, const struct sigma_rule *rule,
                             size_t first_id);

#endif
