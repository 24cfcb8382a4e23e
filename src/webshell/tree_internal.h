/*
 * For the parsers: builds nodes within the budget of a tree.
 *
 * A builder never fails. Once its nodes are used up, tree_is_full() is true and the parser ends
 * as if the text had ended; what it still makes on its way out is little.
 */
#ifndef HAUBERK_WEBSHELL_TREE_INTERNAL_H
#define HAUBERK_WEBSHELL_TREE_INTERNAL_H

#include "webshell/tree.h"

struct builder {
    struct arena *arena;
    struct tree *tree;
    unsigned depth;
    uint32_t nodes_max;
    size_t hole_bytes; /* that may still be read as code within texts: "{$a["{$b}"]}" */
};

/* Children on their way to a parent. */
struct node_list {
    struct node *first, *last;
    unsigned height;
};
#define NODE_LIST_EMPTY ((struct node_list){ NULL, NULL, 0 })

/* The parsers: C#, JScript, Java and PHP; Visual Basic and VBScript. As tree_parse(). */
void tree_parse_curly(struct builder *builder, const struct piece *pieces, size_t count);
void tree_parse_basic(struct builder *builder, const struct piece *pieces, size_t count);

/* A node with `text` and no children. */
struct node *tree_node(struct builder *builder, enum node_kind kind, struct slice text,
                       uint32_t line);
struct node *tree_number(struct builder *builder, double number, uint32_t line);

/* At the end of the list; NULL adds nothing. A node is in one list only. */
void tree_add(struct node_list *list, struct node *node);
/* Makes them the children of `node` (which has none yet) and returns it. */
struct node *tree_adopt(struct node *node, struct node_list children);

/* tree_node() and tree_adopt() of one or two children, either of which may be NULL. */
struct node *tree_over(struct builder *builder, enum node_kind kind, struct slice text,
                       struct node *first, struct node *second, uint32_t line);

/* The CALL of a NAME. */
struct node *tree_call_of(struct builder *builder, struct slice name, struct node_list args,
                          uint32_t line);

/* true: one level deeper, tree_leave() brings back. false: too deep, which is noted. */
bool tree_enter(struct builder *builder);
void tree_leave(struct builder *builder);

bool tree_is_full(const struct builder *builder);

/*
 * Chains grow upwards, without depth: a.b().c(), or a + b - c + d. Call this before a link is
 * put over `object`: an object that is too high already goes to `cut`, and the chain begins
 * anew with what is returned. tree_end_chain() puts all parts together.
 */
struct node *tree_chain(struct builder *builder, struct node_list *cut, struct node *object);
struct node *tree_end_chain(struct builder *builder, struct node_list cut, struct node *object);

#endif
