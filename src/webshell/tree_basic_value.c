#include "webshell/tree_basic.h"

/* --- operators --- */

enum { LEVEL_LOWEST = 1, LEVEL_NOT = 6, LEVEL_COMPARE = 7, LEVEL_SIGN = 14 };

struct operator
{
    int symbol; /* or */
    enum basic_key key;
    unsigned char level; /* how strongly it binds */
    char text[6];        /* as C# writes it */
};

static const struct operator operators[] = {
    { 0, KEY_IMP, 1, "imp" },
    { 0, KEY_EQV, 2, "eqv" },
    { 0, KEY_XOR, 3, "^" },
    { 0, KEY_OR, 4, "|" },
    { 0, KEY_ORELSE, 4, "||" },
    { 0, KEY_AND, 5, "&" },
    { 0, KEY_ANDALSO, 5, "&&" },
    { '=', KEY_NONE, LEVEL_COMPARE, "==" },
    { SYMBOL_NOT_EQUAL, KEY_NONE, LEVEL_COMPARE, "!=" },
    { '<', KEY_NONE, LEVEL_COMPARE, "<" },
    { '>', KEY_NONE, LEVEL_COMPARE, ">" },
    { SYMBOL_LESS_EQUAL, KEY_NONE, LEVEL_COMPARE, "<=" },
    { SYMBOL_MORE_EQUAL, KEY_NONE, LEVEL_COMPARE, ">=" },
    { 0, KEY_IS, LEVEL_COMPARE, "==" },
    { 0, KEY_ISNOT, LEVEL_COMPARE, "!=" },
    { 0, KEY_LIKE, LEVEL_COMPARE, "like" },
    { SYMBOL_SHIFT_LEFT, KEY_NONE, 8, "<<" },
    { SYMBOL_SHIFT_RIGHT, KEY_NONE, 8, ">>" },
    { '&', KEY_NONE, 9, "+" },
    { '+', KEY_NONE, 10, "+" },
    { '-', KEY_NONE, 10, "-" },
    { 0, KEY_MOD, 11, "%" },
    { '\\', KEY_NONE, 12, "\\" },
    { '*', KEY_NONE, 13, "*" },
    { '/', KEY_NONE, 13, "/" },
    { '^', KEY_NONE, 15, "**" },
};

static const struct operator* operator_here(const struct basic *basic)
{
    const struct basic_word *now = &basic->now;
    if (now->kind != BASIC_SYMBOL && (now->kind != BASIC_WORD || now->key == KEY_NONE))
        return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const struct operator* o = & operators[i];
        if (now->kind == BASIC_SYMBOL ? o->symbol == now->symbol : o->key == now->key)
            return o;
    }
    return NULL;
}

static struct node *parse_operand(struct basic *basic);

/* A chain of operands on its way: those of one operator become children of one node. */
struct chain {
    struct node *left;
    struct node *node; /* `left`, while it is a BINARY made here: it can take more operands */
    struct node_list operands, cut;
};

static void chain_add(struct basic *basic, struct chain *chain, const struct operator* o,
                      struct node *right)
{
    struct slice text = slice_from(o->text);
    if (!chain->node || !slice_eq(chain->node->text, text)) {
        chain->left = tree_chain(basic->builder, &chain->cut, chain->left);
        chain->operands = NODE_LIST_EMPTY;
        tree_add(&chain->operands, chain->left);
        chain->node = tree_node(basic->builder, NODE_BINARY, text, chain->left->line);
        chain->left = chain->node;
    }
    tree_add(&chain->operands, right);
    tree_adopt(chain->node, chain->operands);
}

static struct node *parse_level(struct basic *basic, struct node *left, unsigned level)
{
    struct chain chain = { .left = left ? left : parse_operand(basic) };
    const struct operator* o;
    while (chain.left && (o = operator_here(basic)) && o->level >= level) {
        basic_advance(basic);
        basic_skip_lines(basic);
        struct node *right = parse_level(basic, NULL, o->level + 1U);
        if (!right)
            break;
        chain_add(basic, &chain, o, right);
    }
    return chain.left ? tree_end_chain(basic->builder, chain.cut, chain.left) : NULL;
}

struct node *basic_expression(struct basic *basic)
{
    if (!tree_enter(basic->builder))
        return NULL;
    struct node *node = parse_level(basic, NULL, LEVEL_LOWEST);
    tree_leave(basic->builder);
    return node;
}

struct node *basic_expression_from(struct basic *basic, struct node *left)
{
    return parse_level(basic, left, LEVEL_LOWEST);
}

/* --- types --- */

/* Are these two words one text with a dot between? Then it can be borrowed. */
static bool follows(struct slice name, struct slice part)
{
    return name.ptr + name.len + 1 == part.ptr;
}

static struct slice join_type(struct basic *basic, struct slice name, struct slice part)
{
    if (follows(name, part))
        return slice_of(name.ptr, name.len + 1 + part.len);
    char *text = arena_alloc(basic->builder->arena, name.len + part.len + 2);
    memcpy(text, name.ptr, name.len);
    text[name.len] = '.';
    memcpy(text + name.len + 1, part.ptr, part.len);
    return slice_of(text, name.len + part.len + 1);
}

#define TYPE_LENGTH_MAX 512

struct slice basic_type(struct basic *basic)
{
    struct slice name = SLICE_LIT("");
    while (basic->now.kind == BASIC_WORD) {
        struct slice part = basic->now.text;
        if (!name.len)
            name = part;
        else if (name.len + part.len < TYPE_LENGTH_MAX)
            name = join_type(basic, name, part);
        basic_advance(basic);
        if (basic_is_symbol(basic, '(') && basic_peek(basic).key == KEY_OF)
            basic_pass_group(basic, '(', ')');
        if (!basic_accept_symbol(basic, '.'))
            break;
    }
    return name;
}

/* --- arguments --- */

static struct node *parse_argument(struct basic *basic)
{
    while (basic_accept_key(basic, KEY_BYVAL) || basic_accept_key(basic, KEY_BYREF))
        ;
    bool named =
        basic->now.kind == BASIC_WORD && basic->net && basic_peek(basic).symbol == SYMBOL_NAMED;
    if (named) {
        struct node *name = basic_node(basic, NODE_NAME, basic->now.text);
        basic_advance(basic);
        basic_advance(basic);
        return tree_over(basic->builder, NODE_ASSIGN, SLICE_LIT("="), name,
                         basic_expression(basic), name->line);
    }
    struct node *value = basic_expression(basic);
    if (value && basic_accept_key(basic, KEY_TO)) /* bounds of an array: the upper counts */
        value = basic_expression(basic);
    return value;
}

/* A place that is left out: f(, b). */
static struct node *missing_argument(struct basic *basic)
{
    return basic_node(basic, NODE_NAME, SLICE_LIT(""));
}

void basic_values(struct basic *basic, struct node_list *list)
{
    for (;;) {
        struct node *value =
            basic_is_symbol(basic, ',') ? missing_argument(basic) : parse_argument(basic);
        tree_add(list, value);
        if (!basic_accept_symbol(basic, ','))
            return;
        basic_skip_lines(basic);
    }
}

/* What stands in front of a closing sign and makes no sense. */
static void expect_close(struct basic *basic, int close)
{
    basic_skip_lines(basic);
    if (basic_accept_symbol(basic, close))
        return;
    basic->builder->tree->skipped++;
    while (!basic_at_end(basic) && !basic_is_symbol(basic, close))
        basic_advance(basic);
    basic_accept_symbol(basic, close);
}

void basic_arguments(struct basic *basic, struct node_list *list)
{
    basic_skip_lines(basic);
    if (basic_accept_symbol(basic, ')'))
        return;
    basic_values(basic, list);
    expect_close(basic, ')');
}

/* --- New --- */

/* Behind "{": .A = 1 and Key .B = 2 become ASSIGNs, all else becomes values. */
static void parse_initial_values(struct basic *basic, struct node_list *list)
{
    basic_skip_lines(basic);
    while (!basic_is_symbol(basic, '}') && !basic_at_end(basic)) {
        if (basic_is_name(basic, SLICE_LIT("key")) && basic_peek(basic).symbol == '.')
            basic_advance(basic);
        struct node *value;
        if (basic_accept_symbol(basic, '.')) {
            struct node *name = basic_node(basic, NODE_NAME, basic->now.text);
            basic_advance(basic);
            basic_accept_symbol(basic, '=');
            value = tree_over(basic->builder, NODE_ASSIGN, SLICE_LIT("="), name,
                              basic_expression(basic), name->line);
        } else {
            value = basic_expression(basic);
        }
        tree_add(list, value);
        basic_skip_lines(basic);
        if (!basic_accept_symbol(basic, ','))
            break;
        basic_skip_lines(basic);
    }
    expect_close(basic, '}');
}

static struct node *parse_braces(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_LIST, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    if (!tree_enter(basic->builder)) {
        basic_pass_group(basic, '{', '}');
        return node;
    }
    basic_advance(basic);
    parse_initial_values(basic, &list);
    tree_leave(basic->builder);
    return tree_adopt(node, list);
}

static struct slice array_type(struct basic *basic, struct slice element)
{
    char *text = arena_alloc(basic->builder->arena, element.len + 3);
    memcpy(text, element.ptr, element.len);
    memcpy(text + element.len, "[]", 2);
    return slice_of(text, element.len + 2);
}

struct node *basic_new(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_NEW, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    if (!basic->net) { /* VBScript: `New Class.Method(x)` calls a method of what is made */
        node->text = basic->now.text;
        basic_advance(basic);
        return node;
    }
    if (!tree_enter(basic->builder))
        return node;
    node->text = basic_is_key(basic, KEY_WITH) ? SLICE_LIT("") : basic_type(basic);
    while (basic_accept_symbol(basic, '('))
        basic_arguments(basic, &list);
    if (basic_is_symbol(basic, '{')) {
        node->text = array_type(basic, node->text);
        tree_add(&list, parse_braces(basic));
    } else if (basic_is_key(basic, KEY_WITH) && basic_peek(basic).symbol == '{') {
        basic_advance(basic);
        basic_advance(basic);
        parse_initial_values(basic, &list);
    } else if (basic_is_key(basic, KEY_FROM) && basic_peek(basic).symbol == '{') {
        basic_advance(basic);
        tree_add(&list, parse_braces(basic));
    }
    tree_leave(basic->builder);
    return tree_adopt(node, list);
}

/* --- operands --- */

static struct node *parse_unary(struct basic *basic, struct slice text, unsigned level)
{
    struct node *node = basic_node(basic, NODE_UNARY, text);
    basic_advance(basic);
    if (!tree_enter(basic->builder))
        return node;
    struct node_list list = NODE_LIST_EMPTY;
    tree_add(&list, parse_level(basic, NULL, level));
    tree_leave(basic->builder);
    return tree_adopt(node, list);
}

/* CType(value, Type) and its like. */
static struct node *parse_cast(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_CAST, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    basic_advance(basic);
    if (!basic_accept_symbol(basic, '('))
        return node;
    tree_add(&list, basic_expression(basic));
    if (basic_accept_symbol(basic, ',')) {
        basic_skip_lines(basic);
        node->type = basic_type(basic);
        while (basic_is_symbol(basic, '('))
            basic_pass_group(basic, '(', ')');
    }
    expect_close(basic, ')');
    return tree_adopt(node, list);
}

/* If(a, b, c), If(a, b), IIf(a, b, c) */
static struct node *parse_choice(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_CHOICE, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    basic_advance(basic);
    basic_advance(basic);
    basic_arguments(basic, &list);
    return tree_adopt(node, list);
}

/* Function(x) value, or Sub() and statements up to their end. */
static struct node *parse_lambda(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_FUNCTION, SLICE_LIT(""));
    struct node_list list = NODE_LIST_EMPTY, body = NODE_LIST_EMPTY;
    bool gives = basic_is_key(basic, KEY_FUNCTION);
    basic_advance(basic);
    basic_parameters(basic, &list);
    if (basic_accept_key(basic, KEY_AS))
        node->type = basic_type(basic);
    if (basic->now.kind == BASIC_LINE) {
        tree_add(&list, basic_body(basic, BLOCK_PROCEDURE));
        return tree_adopt(node, list);
    }
    if (gives)
        tree_add(&body, tree_over(basic->builder, NODE_RETURN, SLICE_NULL,
                                  basic_expression(basic), NULL, node->line));
    else
        basic_statement(basic, &body);
    tree_add(&list, tree_adopt(basic_node(basic, NODE_BLOCK, SLICE_NULL), body));
    return tree_adopt(node, list);
}

/* From x In y Where a Select b: a LIST of VARIABLE x (y), a, b. */
static struct node *parse_query(struct basic *basic)
{
    static const char *const clauses[] = {
        "where",     "select",     "order", "by",   "let",      "from",
        "ascending", "descending", "take",  "skip", "distinct",
    };
    struct node *node = basic_node(basic, NODE_LIST, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    for (bool more = true; more;) {
        bool from = basic_is_key(basic, KEY_FROM);
        basic_advance(basic);
        struct node *variable = NULL;
        if (from) {
            variable = basic_node(basic, NODE_VARIABLE, basic->now.text);
            basic_advance(basic);
            if (basic_accept_key(basic, KEY_AS))
                variable->type = basic_type(basic);
            basic_accept_key(basic, KEY_IN);
        }
        struct node *value = basic_expression(basic);
        struct node_list initial = NODE_LIST_EMPTY;
        tree_add(&initial, value);
        tree_add(&list, from ? tree_adopt(variable, initial) : value);
        struct basic_word word = basic->now.kind == BASIC_LINE ? basic_peek(basic) : basic->now;
        more = false;
        for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
            more |=
                word.kind == BASIC_WORD && slice_icase_eq(word.text, slice_from(clauses[i]));
        if (more && basic->now.kind == BASIC_LINE)
            basic_advance(basic);
    }
    return tree_adopt(node, list);
}

/* Names of constant texts. */
static struct slice constant_text(struct slice name)
{
    static const struct {
        char name[14], text[3];
        unsigned char length;
    } constants[] = {
        { "vbCrLf", "\r\n", 2 },   { "vbNewLine", "\r\n", 2 },   { "vbCr", "\r", 1 },
        { "vbLf", "\n", 1 },       { "vbTab", "\t", 1 },         { "vbNullString", "", 0 },
        { "vbFormFeed", "\f", 1 }, { "vbVerticalTab", "\v", 1 },
    };
    if (name.len < 4 || ascii_lower(name.ptr[0]) != 'v')
        return SLICE_NULL;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (slice_icase_eq(name, slice_from(constants[i].name)))
            return slice_of(constants[i].text, constants[i].length);
    return SLICE_NULL;
}

static struct node *parse_name(struct basic *basic)
{
    struct slice constant = constant_text(basic->now.text);
    struct node *node = constant.ptr ? basic_node(basic, NODE_TEXT, constant)
                                     : basic_node(basic, NODE_NAME, basic->now.text);
    basic_advance(basic);
    return node;
}

static bool is_followed_by(struct basic *basic, int symbol)
{
    struct basic_word next = basic_peek(basic);
    return next.kind == BASIC_SYMBOL && next.symbol == symbol;
}

/* Keywords that begin an operand; those that cannot stand in one give NULL; others are names.
 */
static struct node *parse_key(struct basic *basic)
{
    switch (basic->now.key) {
    case KEY_TRUE: {
        struct node *node = tree_number(basic->builder, 1, basic->now.line);
        basic_advance(basic);
        return node;
    }
    case KEY_NOT:
        return parse_unary(basic, SLICE_LIT("!"), LEVEL_NOT);
    case KEY_NEW:
        basic_advance(basic);
        return basic_new(basic);
    case KEY_CTYPE:
    case KEY_DIRECTCAST:
    case KEY_TRYCAST:
        return parse_cast(basic);
    case KEY_IF:
    case KEY_IIF:
        if (is_followed_by(basic, '('))
            return parse_choice(basic);
        return basic->now.key == KEY_IIF ? parse_name(basic) : NULL;
    case KEY_FUNCTION:
    case KEY_SUB:
        return basic->net ? parse_lambda(basic) : NULL;
    case KEY_ADDRESSOF:
    case KEY_TYPEOF:
        basic_advance(basic);
        return parse_operand(basic);
    case KEY_AWAIT:
        if (basic_peek(basic).kind != BASIC_WORD)
            return parse_name(basic);
        basic_advance(basic);
        return parse_operand(basic);
    case KEY_FROM:
        return basic_peek(basic).kind == BASIC_WORD ? parse_query(basic) : parse_name(basic);
    case KEY_AND:
    case KEY_ANDALSO:
    case KEY_AS:
    case KEY_CASE:
    case KEY_DIM:
    case KEY_DO:
    case KEY_EACH:
    case KEY_ELSE:
    case KEY_ELSEIF:
    case KEY_END:
    case KEY_EQV:
    case KEY_EXIT:
    case KEY_FOR:
    case KEY_IMP:
    case KEY_IN:
    case KEY_IS:
    case KEY_ISNOT:
    case KEY_LIKE:
    case KEY_LOOP:
    case KEY_MOD:
    case KEY_NEXT:
    case KEY_OR:
    case KEY_ORELSE:
    case KEY_SELECT:
    case KEY_THEN:
    case KEY_TO:
    case KEY_UNTIL:
    case KEY_WEND:
    case KEY_WHILE:
    case KEY_XOR:
        return NULL;
    default:
        return parse_name(basic);
    }
}

/* (a), and (a, b) for a tuple */
static struct node *parse_parentheses(struct basic *basic)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = basic->now.line;
    basic_advance(basic);
    basic_arguments(basic, &list);
    if (list.first && !list.first->next)
        return list.first;
    return tree_adopt(tree_node(basic->builder, NODE_LIST, SLICE_NULL, line), list);
}

static struct node *parse_xml(struct basic *basic)
{
    struct slice text = basic_lexer_xml(&basic->lexer);
    if (!text.ptr)
        return NULL;
    struct node *node = basic_node(basic, NODE_TEXT, text);
    basic_advance(basic);
    return node;
}

static struct node *parse_symbol(struct basic *basic)
{
    switch (basic->now.symbol) {
    case '(':
        return parse_parentheses(basic);
    case '{':
        return parse_braces(basic);
    case '-':
        return parse_unary(basic, SLICE_LIT("-"), LEVEL_SIGN);
    case '+':
        return parse_unary(basic, SLICE_LIT("+"), LEVEL_SIGN);
    case '<':
        return parse_xml(basic);
    case '.':
    case '!':
        return basic_node(basic, NODE_NAME, SLICE_LIT("With"));
    default:
        return NULL;
    }
}

/* $"a {b,3:x} c": a sum of its texts and values. */
static void parse_frame_hole(struct basic *basic, struct slice hole, struct node_list *list)
{
    struct piece piece = { PIECE_CODE, basic->builder->tree->language, basic->now.line, hole };
    struct basic inner = { .builder = basic->builder, .net = basic->net };
    basic_lexer_start(&inner.lexer, basic->builder->arena, basic->builder->tree, &piece, 1,
                      false);
    basic_advance(&inner);
    tree_add(list, basic_expression(&inner));
}

/* Where the hole that begins at `at` ends: at its "}". */
static size_t hole_end(struct slice text, size_t at)
{
    unsigned depth = 0;
    for (; at < text.len; at++) {
        depth += text.ptr[at] == '{';
        if (text.ptr[at] == '}' && --depth == 0)
            break;
    }
    return at;
}

static struct node *parse_frame(struct basic *basic)
{
    struct slice text = basic->now.text;
    struct node *node = basic_node(basic, NODE_BINARY, SLICE_LIT("+"));
    struct node_list list = NODE_LIST_EMPTY;
    tree_add(&list, basic_node(basic, NODE_TEXT, SLICE_LIT("")));
    for (size_t at = 0; at < text.len;) {
        struct slice rest = slice_from_offset(text, at);
        size_t hole = slice_find_char(rest, '{');
        struct slice constant = hole == SIZE_MAX ? rest : slice_first(rest, hole);
        if (constant.len)
            tree_add(&list, basic_node(basic, NODE_TEXT, constant));
        at += constant.len;
        if (at >= text.len)
            break;
        size_t end = hole_end(text, at);
        if (tree_enter(basic->builder)) {
            parse_frame_hole(basic, slice_of(text.ptr + at + 1, end - at - 1), &list);
            tree_leave(basic->builder);
        }
        at = end + 1;
    }
    basic_advance(basic);
    return tree_adopt(node, list);
}

static struct node *parse_primary(struct basic *basic)
{
    struct node *node;
    switch (basic->now.kind) {
    case BASIC_TEXT:
        node = basic_node(basic, NODE_TEXT, basic->now.text);
        break;
    case BASIC_NUMBER:
        node = tree_number(basic->builder, basic->now.number, basic->now.line);
        break;
    case BASIC_FRAME:
        return parse_frame(basic);
    case BASIC_WORD:
        return parse_key(basic);
    case BASIC_SYMBOL:
        return parse_symbol(basic);
    default:
        return NULL;
    }
    basic_advance(basic);
    return node;
}

/* --- a.b(c)!d --- */

static struct node *parse_member(struct basic *basic, struct node *object)
{
    basic_advance(basic);
    basic_skip_lines(basic);
    basic_accept_symbol(basic, '@'); /* an attribute of XML */
    if (basic->now.kind != BASIC_WORD)
        return object;
    struct node *node =
        tree_over(basic->builder, NODE_MEMBER, basic->now.text, object, NULL, basic->now.line);
    basic_advance(basic);
    return node;
}

/* rs!name is rs("name"). */
static struct node *parse_entry(struct basic *basic, struct node *object)
{
    basic_advance(basic);
    struct node *key = basic_node(basic, NODE_TEXT, basic->now.text);
    basic_advance(basic);
    return tree_over(basic->builder, NODE_CALL, SLICE_NULL, object, key, object->line);
}

static struct node *parse_call(struct basic *basic, struct node *object, bool head)
{
    struct node_list list = NODE_LIST_EMPTY;
    bool spaced = basic->now.spaced;
    tree_add(&list, object);
    basic_advance(basic);
    if (basic_is_key(basic, KEY_OF)) { /* the types that a generic method is made for */
        while (!basic_at_end(basic) && !basic_accept_symbol(basic, ')'))
            basic_advance(basic);
        return object;
    }
    basic_arguments(basic, &list);
    struct node *call = tree_node(basic->builder, NODE_CALL, SLICE_NULL, object->line);
    tree_adopt(call, list);
    if (head && object->next && !object->next->next && !basic->loose_spaced) {
        basic->loose_call = call;
        basic->loose_spaced = spaced;
    }
    return call;
}

static bool is_entry(struct basic *basic)
{
    return basic_is_symbol(basic, '!') && basic_peek(basic).kind == BASIC_WORD;
}

/* In `Write .Name` the dot begins an argument: the object is that of With. */
static bool is_member(struct basic *basic, bool head)
{
    bool argument = head && basic->now.spaced && basic->open[BLOCK_WITH];
    return basic_is_symbol(basic, '.') && !argument;
}

static struct node *parse_links(struct basic *basic, struct node *node, bool head)
{
    struct node_list cut = NODE_LIST_EMPTY;
    bool first = node->kind == NODE_NAME && slice_eq(node->text, SLICE_LIT("With"));
    for (;; first = false) {
        if (basic_is_symbol(basic, '?') && basic->net)
            basic_advance(basic);
        node = tree_chain(basic->builder, &cut, node);
        if (is_member(basic, head && !first))
            node = parse_member(basic, node);
        else if (basic_is_symbol(basic, '('))
            node = parse_call(basic, node, head);
        else if (is_entry(basic))
            node = parse_entry(basic, node);
        else
            return tree_end_chain(basic->builder, cut, node);
    }
}

static struct node *parse_linked(struct basic *basic, bool head)
{
    if (!tree_enter(basic->builder))
        return NULL;
    struct node *node = parse_primary(basic);
    if (node)
        node = parse_links(basic, node, head);
    tree_leave(basic->builder);
    return node;
}

static struct node *parse_operand(struct basic *basic)
{
    return parse_linked(basic, false);
}

struct node *basic_head(struct basic *basic)
{
    basic->loose_call = NULL;
    basic->loose_spaced = false;
    return parse_linked(basic, true);
}
