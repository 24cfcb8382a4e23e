#include "webshell/tree_internal.h"

#include "base/escape.h"

#define HEIGHT_COUNTED 1023U
#define LINE_COUNTED ((1U << 22) - 1)

/* --- building --- */

struct node *tree_node(struct builder *builder, enum node_kind kind, struct slice text,
                       uint32_t line)
{
    struct node *node = arena_alloc(builder->arena, sizeof *node);
    node->kind = kind;
    node->line = line < LINE_COUNTED ? line : LINE_COUNTED;
    node->text = text;
    if (++builder->tree->nodes >= builder->nodes_max)
        builder->tree->truncated = true;
    return node;
}

struct node *tree_number(struct builder *builder, double number, uint32_t line)
{
    struct node *node = tree_node(builder, NODE_NUMBER, SLICE_NULL, line);
    node->number = number;
    return node;
}

void tree_add(struct node_list *list, struct node *node)
{
    if (!node)
        return;
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    if (node->height >= list->height)
        list->height = node->height + 1U;
}

struct node *tree_adopt(struct node *node, struct node_list children)
{
    node->first = children.first;
    node->height = children.height < HEIGHT_COUNTED ? children.height : HEIGHT_COUNTED;
    return node;
}

struct node *tree_over(struct builder *builder, enum node_kind kind, struct slice text,
                       struct node *first, struct node *second, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    tree_add(&children, first);
    tree_add(&children, second);
    return tree_adopt(tree_node(builder, kind, text, line), children);
}

struct node *tree_call_of(struct builder *builder, struct slice name, struct node_list args,
                          uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    tree_add(&children, tree_node(builder, NODE_NAME, name, line));
    if (args.first) {
        children.last->next = args.first;
        children.height = args.height;
    }
    return tree_adopt(tree_node(builder, NODE_CALL, SLICE_NULL, line), children);
}

/* --- bounds --- */

bool tree_enter(struct builder *builder)
{
    if (builder->depth >= TREE_DEPTH_MAX) {
        builder->tree->truncated = true;
        return false;
    }
    builder->depth++;
    return true;
}

void tree_leave(struct builder *builder)
{
    builder->depth--;
}

bool tree_is_full(const struct builder *builder)
{
    return builder->tree->nodes >= builder->nodes_max;
}

struct node *tree_chain(struct builder *builder, struct node_list *cut, struct node *object)
{
    if (object->height < TREE_HEIGHT_MAX)
        return object;
    builder->tree->truncated = true;
    tree_add(cut, object);
    return tree_node(builder, NODE_NAME, SLICE_LIT(""), object->line);
}

struct node *tree_end_chain(struct builder *builder, struct node_list cut, struct node *object)
{
    if (!cut.first)
        return object;
    tree_add(&cut, object);
    return tree_adopt(tree_node(builder, NODE_LIST, SLICE_NULL, object->line), cut);
}

/* --- printing --- */

static const char *const kind_names[] = {
    [NODE_NONE] = "none",           [NODE_TEXT] = "text",     [NODE_NUMBER] = "number",
    [NODE_NAME] = "name",           [NODE_MEMBER] = "member", [NODE_INDEX] = "index",
    [NODE_CALL] = "call",           [NODE_NEW] = "new",       [NODE_UNARY] = "unary",
    [NODE_BINARY] = "binary",       [NODE_CHOICE] = "choice", [NODE_ASSIGN] = "assign",
    [NODE_LIST] = "list",           [NODE_PAIR] = "pair",     [NODE_FUNCTION] = "function",
    [NODE_PARAMETER] = "parameter", [NODE_CAST] = "cast",     [NODE_BLOCK] = "block",
    [NODE_VARIABLE] = "variable",   [NODE_IF] = "if",         [NODE_LOOP] = "loop",
    [NODE_EACH] = "each",           [NODE_RETURN] = "return", [NODE_CLASS] = "class",
    [NODE_IMPORT] = "import",       [NODE_WITH] = "with",     [NODE_TRY] = "try",
    [NODE_ATTRIBUTE] = "attribute",
};

static void print_own(const struct node *node, struct buf *out)
{
    if (node->kind == NODE_TEXT) {
        buf_add_text(out, " \"");
        escape_json(out, node->text);
        buf_add_char(out, '"');
    } else if (node->kind == NODE_NUMBER) {
        buf_printf(out, " %.15g", node->number);
    } else if (node->text.len) {
        buf_add_char(out, ' ');
        buf_add_slice(out, node->text);
    }
    if (node->type.len) {
        buf_add_text(out, node->text.len ? ":" : " :");
        buf_add_slice(out, node->type);
    }
}

static void print_node(const struct node *node, struct buf *out)
{
    buf_add_char(out, '(');
    buf_add_text(out, kind_names[node->kind]);
    const struct node *child = node->first;
    if (node->kind != NODE_MEMBER)
        print_own(node, out);
    for (; child; child = child->next) {
        buf_add_char(out, ' ');
        print_node(child, out);
    }
    if (node->kind == NODE_MEMBER)
        print_own(node, out);
    buf_add_char(out, ')');
}

void tree_print(const struct tree *tree, struct buf *out)
{
    print_node(tree->root, out);
}
