#include "webshell/tree_basic.h"

/* --- words --- */

void basic_advance(struct basic *basic)
{
    basic->now = basic_lexer_next(&basic->lexer);
    basic->taken++;
    if (tree_is_full(basic->builder))
        basic->now.kind = BASIC_END;
}

struct basic_word basic_peek(struct basic *basic)
{
    struct basic_lexer lexer = basic->lexer;
    uint32_t escapes = basic->builder->tree->escapes;
    struct basic_word word = basic_lexer_next(&lexer);
    basic->builder->tree->escapes = escapes;
    return word;
}

bool basic_is_symbol(const struct basic *basic, int symbol)
{
    return basic->now.kind == BASIC_SYMBOL && basic->now.symbol == symbol;
}

bool basic_is_key(const struct basic *basic, enum basic_key key)
{
    return basic->now.kind == BASIC_WORD && basic->now.key == key;
}

bool basic_is_name(const struct basic *basic, struct slice lower)
{
    return basic->now.kind == BASIC_WORD && slice_icase_eq(basic->now.text, lower);
}

bool basic_accept_symbol(struct basic *basic, int symbol)
{
    if (!basic_is_symbol(basic, symbol))
        return false;
    basic_advance(basic);
    return true;
}

bool basic_accept_key(struct basic *basic, enum basic_key key)
{
    if (!basic_is_key(basic, key))
        return false;
    basic_advance(basic);
    return true;
}

bool basic_at_end(const struct basic *basic)
{
    enum basic_kind kind = basic->now.kind;
    return kind == BASIC_LINE || kind == BASIC_COLON || kind == BASIC_END ||
           kind == BASIC_VALUE;
}

void basic_skip_lines(struct basic *basic)
{
    while (basic->net && basic->now.kind == BASIC_LINE)
        basic_advance(basic);
}

void basic_pass_statement(struct basic *basic)
{
    while (!basic_at_end(basic))
        basic_advance(basic);
}

void basic_skip_statement(struct basic *basic)
{
    basic->builder->tree->skipped++;
    basic_pass_statement(basic);
}

void basic_pass_group(struct basic *basic, int open, int close)
{
    unsigned depth = 0;
    while (!basic_at_end(basic)) {
        depth += basic_is_symbol(basic, open);
        bool last = basic_is_symbol(basic, close) && --depth == 0;
        basic_advance(basic);
        if (last)
            return;
    }
}

struct node *basic_node(struct basic *basic, enum node_kind kind, struct slice text)
{
    return tree_node(basic->builder, kind, text, basic->now.line);
}

/* --- ends of blocks --- */

static const struct {
    enum basic_key key;
    unsigned char block;
} enders[] = {
    { KEY_IF, BLOCK_IF },
    { KEY_SELECT, BLOCK_SELECT },
    { KEY_WHILE, BLOCK_WHILE },
    { KEY_WITH, BLOCK_WITH },
    { KEY_TRY, BLOCK_TRY },
    { KEY_USING, BLOCK_USING },
    { KEY_SYNCLOCK, BLOCK_USING },
    { KEY_SUB, BLOCK_PROCEDURE },
    { KEY_FUNCTION, BLOCK_PROCEDURE },
    { KEY_OPERATOR, BLOCK_PROCEDURE },
    { KEY_PROPERTY, BLOCK_PROPERTY },
    { KEY_EVENT, BLOCK_PROPERTY },
    { KEY_GET, BLOCK_ACCESSOR },
    { KEY_SET, BLOCK_ACCESSOR },
    { KEY_CLASS, BLOCK_CLASS },
    { KEY_MODULE, BLOCK_CLASS },
    { KEY_STRUCTURE, BLOCK_CLASS },
    { KEY_INTERFACE, BLOCK_CLASS },
    { KEY_ENUM, BLOCK_CLASS },
    { KEY_NAMESPACE, BLOCK_NAMESPACE },
};

/* What `End X` ends, `word` being X. */
static enum basic_block ended_by(const struct basic_word *word)
{
    if (word->kind != BASIC_WORD)
        return BLOCK_NONE;
    for (size_t i = 0; i < sizeof enders / sizeof *enders; i++)
        if (enders[i].key == word->key)
            return (enum basic_block)enders[i].block;
    return slice_icase_ends(word->text, SLICE_LIT("handler")) ||
                   slice_icase_eq(word->text, SLICE_LIT("raiseevent"))
               ? BLOCK_ACCESSOR
               : BLOCK_NONE;
}

/* The block that ends here, or of which another part begins; `words`: how many say so. */
static enum basic_block block_end_here(struct basic *basic, unsigned *words)
{
    *words = 1;
    if (basic->now.kind != BASIC_WORD)
        return BLOCK_NONE;
    switch (basic->now.key) {
    case KEY_END: {
        struct basic_word next = basic_peek(basic);
        *words = 2;
        return ended_by(&next);
    }
    case KEY_ELSE:
    case KEY_ELSEIF:
        return BLOCK_IF;
    case KEY_CASE:
        return BLOCK_SELECT;
    case KEY_NEXT:
        return BLOCK_FOR;
    case KEY_LOOP:
        return BLOCK_DO;
    case KEY_WEND:
        return BLOCK_WHILE;
    case KEY_CATCH:
    case KEY_FINALLY:
        return BLOCK_TRY;
    default:
        return basic_is_name(basic, SLICE_LIT("endif")) ? BLOCK_IF : BLOCK_NONE;
    }
}

/* Next i, j ends two loops: the comma becomes a Next. */
static void pass_next_names(struct basic *basic)
{
    if (basic->now.kind == BASIC_WORD && !basic->now.key)
        basic_expression(basic);
    if (basic_is_symbol(basic, ',')) {
        basic->now.kind = BASIC_WORD;
        basic->now.key = KEY_NEXT;
    }
}

bool basic_accept_end(struct basic *basic, enum basic_block kind)
{
    unsigned words;
    if (block_end_here(basic, &words) != kind)
        return false;
    bool next = basic_is_key(basic, KEY_NEXT);
    basic_advance(basic);
    if (words == 2)
        basic_advance(basic);
    if (next)
        pass_next_names(basic);
    return true;
}

/* --- blocks --- */

/* A block outside ends here, or a procedure whose end is missing. */
static bool must_return(struct basic *basic)
{
    unsigned words;
    enum basic_block end = block_end_here(basic, &words);
    if (end)
        return basic->open[end] > 0;
    return basic->open[BLOCK_PROCEDURE] && basic_starts_member(basic);
}

/* What follows a statement on its line and belongs to none: a word may begin the next. */
static void finish_statement(struct basic *basic)
{
    unsigned words;
    if (basic_at_end(basic) || block_end_here(basic, &words) != BLOCK_NONE)
        return;
    if (basic->now.kind == BASIC_WORD)
        basic->builder->tree->skipped++;
    else
        basic_skip_statement(basic);
}

static void one_statement(struct basic *basic, struct node_list *list)
{
    size_t taken = basic->taken;
    unsigned words;
    if (block_end_here(basic, &words) != BLOCK_NONE)
        basic_skip_statement(basic); /* ends nothing */
    else
        basic_statement(basic, list);
    finish_statement(basic);
    if (basic->taken == taken)
        basic_skip_statement(basic);
    if (basic->taken == taken)
        basic_advance(basic);
}

void basic_statements(struct basic *basic, enum basic_block kind, struct node_list *list)
{
    if (!tree_enter(basic->builder))
        return;
    basic->open[kind]++;
    for (;;) {
        while (basic->now.kind == BASIC_LINE || basic->now.kind == BASIC_COLON)
            basic_advance(basic);
        if (basic->now.kind == BASIC_END || must_return(basic))
            break;
        one_statement(basic, list);
    }
    basic->open[kind]--;
    tree_leave(basic->builder);
}

struct node *basic_block(struct basic *basic, enum basic_block kind)
{
    struct node *node = basic_node(basic, NODE_BLOCK, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    basic_statements(basic, kind, &list);
    return tree_adopt(node, list);
}

struct node *basic_body(struct basic *basic, enum basic_block kind)
{
    unsigned open[BLOCK_COUNT];
    memcpy(open, basic->open, sizeof open);
    memset(basic->open, 0, sizeof basic->open);
    basic->open[BLOCK_CLASS] = open[BLOCK_CLASS];
    basic->open[BLOCK_NAMESPACE] = open[BLOCK_NAMESPACE];
    struct node *node = basic_block(basic, kind);
    memcpy(basic->open, open, sizeof open);
    basic_accept_end(basic, kind);
    return node;
}

/* --- If --- */

/* The statements of an If that is written in one line. */
static struct node *line_block(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_BLOCK, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    unsigned words;
    for (;;) {
        while (basic_accept_symbol(basic, ':') || basic->now.kind == BASIC_COLON)
            basic_advance(basic);
        if (basic_at_end(basic) || block_end_here(basic, &words) != BLOCK_NONE)
            break;
        one_statement(basic, &list);
    }
    return tree_adopt(node, list);
}

static void parse_line_branches(struct basic *basic, struct node_list *list)
{
    tree_add(list, line_block(basic));
    while (basic_accept_key(basic, KEY_ELSEIF)) {
        tree_add(list, basic_expression(basic));
        basic_accept_key(basic, KEY_THEN);
        tree_add(list, line_block(basic));
    }
    if (basic_accept_key(basic, KEY_ELSE))
        tree_add(list, line_block(basic));
    unsigned words;
    bool own = basic_is_key(basic, KEY_END) || basic_is_name(basic, SLICE_LIT("endif"));
    if (own && block_end_here(basic, &words) == BLOCK_IF)
        basic_accept_end(basic, BLOCK_IF);
}

static void parse_branches(struct basic *basic, struct node_list *list)
{
    tree_add(list, basic_block(basic, BLOCK_IF));
    while (basic_accept_key(basic, KEY_ELSEIF)) {
        tree_add(list, basic_expression(basic));
        basic_accept_key(basic, KEY_THEN);
        tree_add(list, basic_block(basic, BLOCK_IF));
    }
    if (basic_accept_key(basic, KEY_ELSE))
        tree_add(list, basic_block(basic, BLOCK_IF));
    basic_accept_end(basic, BLOCK_IF);
}

static void parse_if(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_IF, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    tree_add(&children, basic_expression(basic));
    basic_accept_key(basic, KEY_THEN);
    if (basic_at_end(basic) && basic->now.kind != BASIC_COLON)
        parse_branches(basic, &children);
    else
        parse_line_branches(basic, &children);
    tree_add(list, tree_adopt(node, children));
}

/* --- Select --- */

/* Case a, b To c, Is > d: what they are compared with stays, where it is computed. */
static void parse_case_values(struct basic *basic, struct node_list *list)
{
    while (!basic_at_end(basic)) {
        if (basic_accept_key(basic, KEY_IS))
            basic_advance(basic);
        struct node *value = basic_expression(basic);
        bool constant = value && value->kind <= NODE_NAME;
        if (!constant)
            tree_add(list, value);
        if (!basic_accept_symbol(basic, ',') && !basic_accept_key(basic, KEY_TO))
            break;
        basic_skip_lines(basic);
    }
}

static struct node *parse_case(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_BLOCK, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    if (!basic_accept_key(basic, KEY_ELSE))
        parse_case_values(basic, &list);
    basic_statements(basic, BLOCK_SELECT, &list);
    return tree_adopt(node, list);
}

static void parse_select(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_IF, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    basic_accept_key(basic, KEY_CASE);
    tree_add(&children, basic_expression(basic));
    basic_statements(basic, BLOCK_SELECT, &children); /* none, up to the first Case */
    while (basic_accept_key(basic, KEY_CASE))
        tree_add(&children, parse_case(basic));
    basic_accept_end(basic, BLOCK_SELECT);
    tree_add(list, tree_adopt(node, children));
}

/* --- loops --- */

/* x, or x As Type */
static struct node *parse_loop_variable(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_VARIABLE, basic->now.text);
    if (basic->now.kind == BASIC_WORD)
        basic_advance(basic);
    if (basic_is_symbol(basic, '('))
        basic_pass_group(basic, '(', ')');
    if (basic_accept_key(basic, KEY_AS))
        node->type = basic_type(basic);
    return node;
}

static struct node *parse_each(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_EACH, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    tree_add(&children, parse_loop_variable(basic));
    basic_accept_key(basic, KEY_IN);
    tree_add(&children, basic_expression(basic));
    tree_add(&children, basic_block(basic, BLOCK_FOR));
    basic_accept_end(basic, BLOCK_FOR);
    return tree_adopt(node, children);
}

/* Step, or 1 where it is not told. */
static struct node *parse_step(struct basic *basic)
{
    if (basic_accept_key(basic, KEY_STEP))
        return basic_expression(basic);
    return tree_number(basic->builder, 1, basic->now.line);
}

/* i = 1 To n Step s: as for (i = 1; i <= n; i += s) in C#. */
static struct node *parse_counted(struct basic *basic)
{
    struct builder *builder = basic->builder;
    struct node *node = basic_node(basic, NODE_LOOP, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY, start = NODE_LIST_EMPTY;
    struct node *variable = parse_loop_variable(basic);
    struct slice name = variable->text;
    basic_accept_symbol(basic, '=');
    tree_add(&start, basic_expression(basic));
    tree_add(&children, tree_adopt(variable, start));
    struct node *end = basic_accept_key(basic, KEY_TO) ? basic_expression(basic) : NULL;
    struct node *step = parse_step(basic);
    bool down = step && step->kind == NODE_UNARY;
    tree_add(&children,
             tree_over(builder, NODE_BINARY, down ? SLICE_LIT(">=") : SLICE_LIT("<="),
                       basic_node(basic, NODE_NAME, name), end, node->line));
    tree_add(&children, tree_over(builder, NODE_ASSIGN, SLICE_LIT("+="),
                                  basic_node(basic, NODE_NAME, name), step, node->line));
    tree_add(&children, basic_block(basic, BLOCK_FOR));
    basic_accept_end(basic, BLOCK_FOR);
    return tree_adopt(node, children);
}

static void parse_for(struct basic *basic, struct node_list *list)
{
    basic_advance(basic);
    tree_add(list, basic_is_key(basic, KEY_EACH) ? parse_each(basic) : parse_counted(basic));
}

static void parse_loop_condition(struct basic *basic, struct node_list *children)
{
    if (basic_accept_key(basic, KEY_WHILE) || basic_accept_key(basic, KEY_UNTIL))
        tree_add(children, basic_expression(basic));
}

static void parse_do(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_LOOP, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    parse_loop_condition(basic, &children);
    tree_add(&children, basic_block(basic, BLOCK_DO));
    if (basic_accept_end(basic, BLOCK_DO))
        parse_loop_condition(basic, &children);
    tree_add(list, tree_adopt(node, children));
}

static void parse_while(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_LOOP, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    parse_loop_condition(basic, &children);
    tree_add(&children, basic_block(basic, BLOCK_WHILE));
    basic_accept_end(basic, BLOCK_WHILE);
    tree_add(list, tree_adopt(node, children));
}

/* --- With, Using, SyncLock, Try --- */

static void parse_with(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_WITH, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    tree_add(&children, basic_expression(basic));
    tree_add(&children, basic_block(basic, BLOCK_WITH));
    basic_accept_end(basic, BLOCK_WITH);
    tree_add(list, tree_adopt(node, children));
}

static void parse_using(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_BLOCK, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    struct basic_word next = basic_peek(basic);
    if (next.key == KEY_AS || next.symbol == '=')
        basic_declarators(basic, &children);
    else
        tree_add(&children, basic_expression(basic));
    basic_statements(basic, BLOCK_USING, &children);
    basic_accept_end(basic, BLOCK_USING);
    tree_add(list, tree_adopt(node, children));
}

/* Behind Catch: x As Type When condition */
static struct node *parse_catch(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_BLOCK, SLICE_NULL);
    struct node_list list = NODE_LIST_EMPTY;
    if (basic->now.kind == BASIC_WORD && basic->now.key != KEY_WHEN)
        tree_add(&list, parse_loop_variable(basic));
    if (basic_accept_key(basic, KEY_WHEN))
        tree_add(&list, basic_expression(basic));
    basic_statements(basic, BLOCK_TRY, &list);
    return tree_adopt(node, list);
}

static void parse_try(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_TRY, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    tree_add(&children, basic_block(basic, BLOCK_TRY));
    for (;;) {
        if (basic_accept_key(basic, KEY_CATCH))
            tree_add(&children, parse_catch(basic));
        else if (basic_accept_key(basic, KEY_FINALLY))
            tree_add(&children, basic_block(basic, BLOCK_TRY));
        else
            break;
    }
    basic_accept_end(basic, BLOCK_TRY);
    tree_add(list, tree_adopt(node, children));
}

/* --- simple statements --- */

static struct slice assignment_here(const struct basic *basic)
{
    static const struct {
        int symbol;
        char text[4];
    } operators[] = {
        { '=', "=" },
        { SYMBOL_ADD_TO, "+=" },
        { SYMBOL_JOIN_TO, "+=" },
        { SYMBOL_TAKE_FROM, "-=" },
        { SYMBOL_TIMES, "*=" },
        { SYMBOL_DIVIDE, "/=" },
        { SYMBOL_DIVIDE_WHOLE, "\\=" },
        { SYMBOL_POWER, "**=" },
        { SYMBOL_SHIFT_LEFT_BY, "<<=" },
        { SYMBOL_SHIFT_RIGHT_BY, ">>=" },
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (basic_is_symbol(basic, operators[i].symbol))
            return slice_from(operators[i].text);
    return SLICE_NULL;
}

/* Write (a) & b: the parentheses are part of the argument. The call becomes what they hold. */
static struct node *take_callee(struct basic *basic)
{
    struct node *call = basic->loose_call;
    struct node *callee = call->first, *next = call->next;
    struct node *inner = callee->next;
    callee->next = NULL;
    *call = *inner;
    call->next = next;
    return callee;
}

/* Behind the name of a procedure: its arguments without parentheses. */
static struct node *parse_loose_call(struct basic *basic, struct node *head)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = head->line;
    bool sign = basic->now.kind == BASIC_SYMBOL || basic->now.key != KEY_NONE;
    bool inside = basic->loose_call && sign && !basic_is_symbol(basic, '.');
    if (inside) {
        struct node *callee = take_callee(basic);
        tree_add(&list, callee);
        tree_add(&list, basic_expression_from(basic, head));
        if (!basic_accept_symbol(basic, ','))
            return tree_adopt(tree_node(basic->builder, NODE_CALL, SLICE_NULL, line), list);
    } else {
        tree_add(&list, head);
    }
    basic_values(basic, &list);
    return tree_adopt(tree_node(basic->builder, NODE_CALL, SLICE_NULL, line), list);
}

static struct node *called(struct basic *basic, struct node *node)
{
    bool call = node->kind == NODE_CALL;
    return call ? node
                : tree_over(basic->builder, NODE_CALL, SLICE_NULL, node, NULL, node->line);
}

static bool ends_here(struct basic *basic)
{
    unsigned words;
    return basic_at_end(basic) || block_end_here(basic, &words) != BLOCK_NONE;
}

/* An assignment or a call. */
static void parse_simple(struct basic *basic, struct node_list *list)
{
    struct node *head = basic_head(basic);
    if (!head) {
        basic_skip_statement(basic);
        return;
    }
    struct slice assignment = assignment_here(basic);
    if (assignment.ptr) {
        basic_advance(basic);
        basic_skip_lines(basic);
        tree_add(list, tree_over(basic->builder, NODE_ASSIGN, assignment, head,
                                 basic_expression(basic), head->line));
    } else if (ends_here(basic)) {
        tree_add(list, called(basic, head));
    } else {
        tree_add(list, parse_loose_call(basic, head));
    }
}

static void parse_call_statement(struct basic *basic, struct node_list *list)
{
    basic_advance(basic);
    struct node *node = basic_expression(basic);
    if (node)
        tree_add(list, called(basic, node));
}

/* Set x = y */
static void parse_set(struct basic *basic, struct node_list *list)
{
    if (basic_peek(basic).kind == BASIC_WORD || basic_peek(basic).symbol == '.')
        basic_advance(basic);
    parse_simple(basic, list);
}

static void parse_return(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_RETURN, SLICE_NULL);
    struct node_list children = NODE_LIST_EMPTY;
    basic_advance(basic);
    if (!ends_here(basic))
        tree_add(&children, basic_expression(basic));
    tree_add(list, tree_adopt(node, children));
}

/* ReDim a(n), Erase a: calls of that name. */
static void parse_resize(struct basic *basic, struct node_list *list)
{
    struct slice name = basic->now.text;
    struct node_list args = NODE_LIST_EMPTY;
    uint32_t line = basic->now.line;
    basic_advance(basic);
    basic_accept_key(basic, KEY_PRESERVE);
    basic_values(basic, &args);
    if (basic_accept_key(basic, KEY_AS))
        basic_type(basic);
    tree_add(list, tree_call_of(basic->builder, name, args, line));
}

/* Statements that move no data: On Error, GoTo, Exit, End, Option, Stop, Resume. */
static void parse_silent(struct basic *basic, struct node_list *list)
{
    (void)list;
    unsigned words;
    while (!basic_at_end(basic) && block_end_here(basic, &words) != BLOCK_IF) {
        bool resume = basic_is_key(basic, KEY_RESUME);
        basic_advance(basic);
        if (resume)
            basic_accept_key(basic, KEY_NEXT);
    }
}

/* A value that is written to the answer. */
static void parse_value(struct basic *basic, struct node_list *list)
{
    struct node_list args = NODE_LIST_EMPTY;
    uint32_t line = basic->now.line;
    basic_advance(basic);
    while (basic->now.kind == BASIC_LINE || basic->now.kind == BASIC_COLON)
        basic_advance(basic);
    basic_values(basic, &args);
    tree_add(list, tree_call_of(basic->builder, SLICE_LIT("="), args, line));
}

static bool is_continue(struct basic *basic)
{
    return basic->net && basic_is_name(basic, SLICE_LIT("continue")) &&
           basic_peek(basic).key != KEY_NONE;
}

/* A word that is a keyword elsewhere, and a name in front of these: error = 1, step(2) */
static bool is_plain_name(struct basic *basic)
{
    struct basic_word next = basic_peek(basic);
    return next.kind == BASIC_SYMBOL && (next.symbol == '=' || next.symbol == '.');
}

typedef void (*statement_parser)(struct basic *, struct node_list *);

static const statement_parser statement_parsers[KEY_COUNT] = {
    [KEY_CALL] = parse_call_statement,
    [KEY_DO] = parse_do,
    [KEY_END] = parse_silent,
    [KEY_ERASE] = parse_resize,
    [KEY_EXIT] = parse_silent,
    [KEY_FOR] = parse_for,
    [KEY_GOTO] = parse_silent,
    [KEY_IF] = parse_if,
    [KEY_LET] = parse_set,
    [KEY_ON] = parse_silent,
    [KEY_OPTION] = parse_silent,
    [KEY_REDIM] = parse_resize,
    [KEY_RESUME] = parse_silent,
    [KEY_RETURN] = parse_return,
    [KEY_SELECT] = parse_select,
    [KEY_SET] = parse_set,
    [KEY_STOP] = parse_silent,
    [KEY_SYNCLOCK] = parse_using,
    [KEY_THROW] = parse_return,
    [KEY_TRY] = parse_try,
    [KEY_USING] = parse_using,
    [KEY_WHILE] = parse_while,
    [KEY_WITH] = parse_with,
    [KEY_YIELD] = parse_return,
};

static void parse_statement(struct basic *basic, struct node_list *list)
{
    statement_parser parser = NULL;
    if (basic->now.kind == BASIC_VALUE)
        parser = parse_value;
    else if (basic->now.kind == BASIC_WORD && !is_plain_name(basic))
        parser = is_continue(basic) ? parse_silent : statement_parsers[basic->now.key];
    if (parser)
        parser(basic, list);
    else if (!basic_declaration(basic, list))
        parse_simple(basic, list);
}

void basic_statement(struct basic *basic, struct node_list *list)
{
    if (!tree_enter(basic->builder)) {
        basic_skip_statement(basic);
        return;
    }
    parse_statement(basic, list);
    tree_leave(basic->builder);
}

/* --- all of it --- */

static void parse_pieces(struct builder *builder, const struct piece *pieces, size_t count,
                         bool members, struct node_list *list)
{
    struct basic basic = { .builder = builder, .net = builder->tree->language == LANGUAGE_VB };
    basic_lexer_start(&basic.lexer, builder->arena, builder->tree, pieces, count, members);
    basic_advance(&basic);
    basic_statements(&basic, BLOCK_NONE, list);
}

/* Members first: they do not stand inside the blocks that the page's code opens. */
void tree_parse_basic(struct builder *builder, const struct piece *pieces, size_t count)
{
    struct node_list list = NODE_LIST_EMPTY;
    parse_pieces(builder, pieces, count, true, &list);
    parse_pieces(builder, pieces, count, false, &list);
    builder->tree->root =
        tree_adopt(tree_node(builder, NODE_BLOCK, SLICE_NULL, count ? pieces->line : 1), list);
}
