#include "webshell/curly.h"

/* --- ends --- */

static bool is_on_new_line(const struct curly *p)
{
    return p->at && p->lexed.tokens[p->at - 1].line != curly_token(p)->line;
}

void curly_end_statement(struct curly *p)
{
    const struct token *token = curly_token(p);
    bool ended = curly_take_sign(p, ';') || token->kind == TOKEN_BREAK ||
                 token->kind == TOKEN_END || token_is_sign(token, '}') ||
                 (curly_is_jscript(p) && is_on_new_line(p));
    if (ended)
        p->nonsense = false;
    else
        curly_note_nonsense(p);
}

/* Too deep: to the next `;` or behind the next {}. */
static void skip_statement(struct curly *p)
{
    while (p->at < p->end && curly_token(p)->kind != TOKEN_BREAK && !curly_is_sign(p, '}')) {
        bool brace = curly_is_sign(p, '{');
        if (brace || curly_is_sign(p, '(') || curly_is_sign(p, '['))
            curly_skip_brackets(p);
        else if (curly_take_sign(p, ';'))
            return;
        else
            curly_advance(p);
        if (brace)
            return;
    }
}

/* --- blocks --- */

struct node *curly_parse_block_to(struct curly *p, size_t close, uint32_t line)
{
    struct node_list statements = NODE_LIST_EMPTY;
    while (p->at < close && !tree_is_full(p->builder)) {
        size_t before = p->at;
        tree_add(&statements, curly_parse_statement(p));
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
    curly_close(p, close);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), statements);
}

static struct node *parse_braces(struct curly *p)
{
    const struct token *open = curly_token(p);
    curly_advance(p);
    return curly_parse_block_to(p, open->match, open->line);
}

struct node *curly_parse_block(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    if (curly_is_sign(p, '{'))
        return parse_braces(p);
    if (curly_is_php(p) && curly_is_sign(p, ':'))
        return php_parse_colon_block(p);
    return tree_over(p->builder, NODE_BLOCK, SLICE_NULL, curly_parse_statement(p), NULL, line);
}

/* (condition) */
static struct node *parse_condition(struct curly *p)
{
    return curly_is_sign(p, '(') ? curly_parse_primary(p) : curly_parse_value(p);
}

/* --- if --- */

/* Looks over the ends of pieces: <% } %> <% else { %>. */
static bool comes_else(struct curly *p)
{
    size_t at = p->at;
    while (p->lexed.tokens[at].kind == TOKEN_BREAK)
        at++;
    const struct token *token = &p->lexed.tokens[at];
    if (!token_is_word(token, WORD_ELSE) && !token_is_word(token, WORD_ELSEIF))
        return false;
    p->at = at;
    return true;
}

static struct node *parse_if(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    bool condition = true;
    do {
        curly_advance(p); /* if, else, elseif */
        if (condition)
            tree_add(&children, parse_condition(p));
        tree_add(&children, curly_parse_block(p));
        if (!condition || !comes_else(p))
            break;
        condition = curly_is_word(p, WORD_ELSEIF);
        if (token_is_word(curly_ahead(p, 1), WORD_IF)) {
            condition = true;
            curly_advance(p);
        }
    } while (!tree_is_full(p->builder));
    return tree_adopt(tree_node(p->builder, NODE_IF, SLICE_NULL, line), children);
}

/* --- switch --- */

static bool is_plain(const struct node *node)
{
    return node->kind == NODE_TEXT || node->kind == NODE_NUMBER || node->kind == NODE_NAME;
}

static bool is_arrow(const struct curly *p, const struct token *token)
{
    return token_is_sign(token, curly_is_java(p) ? SIGN2('-', '>') : SIGN2('=', '>'));
}

/* Patterns of C# and Java hold nothing that moves data: up to their `:` or arrow. */
static void skip_pattern(struct curly *p, size_t close)
{
    while (p->at < close && !is_arrow(p, curly_token(p)) && !curly_is_sign(p, ':') &&
           !curly_is_sign(p, ';')) {
        if (curly_is_sign(p, '(') || curly_is_sign(p, '[') || curly_is_sign(p, '{'))
            curly_skip_brackets(p);
        else
            curly_advance(p);
    }
}

/* Behind `case`. What is more than a constant is kept. */
static struct node *parse_label(struct curly *p, size_t close)
{
    if (curly_is_typed(p)) {
        skip_pattern(p, close);
        return NULL;
    }
    struct node *label = curly_parse_value(p);
    return label && !is_plain(label) ? label : NULL;
}

static bool begins_case(const struct curly *p)
{
    return curly_is_word(p, WORD_CASE) ||
           (curly_is_word(p, WORD_DEFAULT) &&
            (token_is_sign(curly_ahead(p, 1), ':') || token_is_sign(curly_ahead(p, 1), ';') ||
             is_arrow(p, curly_ahead(p, 1))));
}

static struct node *parse_case(struct curly *p, size_t close)
{
    struct node_list statements = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    bool label = curly_is_word(p, WORD_CASE);
    curly_advance(p);
    if (label)
        tree_add(&statements, parse_label(p, close));
    curly_advance(p); /* the colon or arrow */
    while (p->at < close && !begins_case(p) && !curly_is_word(p, WORD_END) &&
           !tree_is_full(p->builder)) {
        size_t before = p->at;
        tree_add(&statements, curly_parse_statement(p));
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), statements);
}

static void parse_cases(struct curly *p, size_t close, struct node_list *list)
{
    while (p->at < close && !tree_is_full(p->builder)) {
        if (begins_case(p)) {
            tree_add(list, parse_case(p, close));
        } else if (curly_is_word(p, WORD_END)) {
            return;
        } else {
            if (curly_token(p)->kind != TOKEN_BREAK)
                curly_note_nonsense(p);
            curly_advance(p);
        }
    }
}

static struct node *parse_switch(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    tree_add(&children, parse_condition(p));
    while (curly_token(p)->kind == TOKEN_BREAK)
        curly_advance(p);
    if (curly_is_sign(p, '{')) {
        size_t close = curly_token(p)->match;
        curly_advance(p);
        parse_cases(p, close, &children);
        curly_close(p, close);
    } else if (curly_take_sign(p, ':')) {
        parse_cases(p, p->end, &children);
        curly_take_word(p, WORD_END);
        curly_end_statement(p);
    }
    return tree_adopt(tree_node(p->builder, NODE_IF, SLICE_NULL, line), children);
}

/* One of {a => b, ...}: its value, and of PHP what is compared when that is no constant. */
static void parse_arm(struct curly *p, size_t close, struct node_list *list)
{
    if (curly_is_php(p)) {
        do {
            struct node *label = curly_parse_value(p);
            if (label && !is_plain(label))
                tree_add(list, label);
        } while (curly_take_sign(p, ',') && !is_arrow(p, curly_token(p)));
    } else {
        skip_pattern(p, close);
    }
    if (curly_is_sign(p, ':') || is_arrow(p, curly_token(p))) /* `:` is Java's old form */
        curly_advance(p);
    if (curly_is_java(p))
        tree_add(list, curly_parse_statement(p));
    else
        tree_add(list, curly_parse_value(p));
}

struct node *curly_parse_arms(struct curly *p, struct node *value)
{
    struct node_list children = NODE_LIST_EMPTY;
    const struct token *open = curly_token(p);
    tree_add(&children, value);
    curly_advance(p);
    while (p->at < open->match && !tree_is_full(p->builder)) {
        size_t before = p->at;
        parse_arm(p, open->match, &children);
        curly_take_sign(p, ',');
        if (p->at == before)
            curly_advance(p);
    }
    curly_close(p, open->match);
    return tree_adopt(tree_node(p->builder, NODE_CHOICE, SLICE_NULL, open->line), children);
}

/* --- loops --- */

/* Up to the bracket: x in y, T x : y, $y as $k => $v. */
static struct node *finish_each(struct curly *p, struct node *variable, size_t close,
                                uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    tree_add(&children, variable);
    tree_add(&children, curly_parse_expression(p));
    curly_close(p, close);
    tree_add(&children, curly_parse_block(p));
    return tree_adopt(tree_node(p->builder, NODE_EACH, SLICE_NULL, line), children);
}

/* A name becomes a VARIABLE, a list of names stays one. */
static struct node *as_variable(struct curly *p, struct node *target)
{
    if (target && target->kind == NODE_NAME && !target->first)
        return tree_node(p->builder, NODE_VARIABLE, target->text, target->line);
    return target;
}

static struct node *php_each(struct curly *p, size_t close, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    struct node *collection = curly_parse_value(p);
    curly_take_word(p, WORD_AS);
    struct node *value = curly_parse_value(p);
    struct node *key = NULL;
    if (curly_take_sign(p, SIGN2('=', '>'))) {
        key = value;
        value = curly_parse_value(p);
    }
    value = as_variable(p, value);
    if (key && value)
        value = tree_over(p->builder, NODE_PAIR, SLICE_NULL, as_variable(p, key), value, line);
    tree_add(&children, value);
    tree_add(&children, collection);
    curly_close(p, close);
    tree_add(&children, curly_parse_block(p));
    return tree_adopt(tree_node(p->builder, NODE_EACH, SLICE_NULL, line), children);
}

/* What a `for` starts with: VARIABLEs or an expression. */
static void parse_start(struct curly *p, struct node_list *list)
{
    p->no_in = true;
    if (curly_is_jscript(p) && (curly_is_word(p, WORD_VAR) || curly_is_word(p, WORD_LET) ||
                                curly_is_word(p, WORD_CONST))) {
        curly_advance(p);
        curly_parse_variable_tail(p, SLICE_NULL, list);
    } else if (!curly_parse_variables(p, list)) {
        tree_add(list, curly_parse_expression(p));
    }
    p->no_in = false;
}

static bool take_in(struct curly *p)
{
    if (curly_is_jscript(p) && curly_is_name(p) &&
        slice_eq(curly_token(p)->text, SLICE_LIT("of"))) {
        curly_advance(p);
        return true;
    }
    return curly_take_word(p, WORD_IN) || (curly_is_java(p) && curly_take_sign(p, ':'));
}

static struct node *parse_for(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    if (curly_is_jscript(p) && curly_is_name(p)) /* for each */
        curly_advance(p);
    if (!curly_is_sign(p, '(')) {
        curly_note_nonsense(p);
        return NULL;
    }
    size_t close = curly_token(p)->match;
    curly_advance(p);
    if (curly_is_php(p) && token_is_word(&p->lexed.tokens[p->at - 2], WORD_FOREACH))
        return php_each(p, close, line);
    if (!curly_is_sign(p, ';'))
        parse_start(p, &children);
    if (take_in(p))
        return finish_each(p, as_variable(p, children.last), close, line);
    while (curly_take_sign(p, ';') && p->at < close)
        if (!curly_is_sign(p, ';'))
            tree_add(&children, curly_parse_expression(p));
    curly_close(p, close);
    tree_add(&children, curly_parse_block(p));
    return tree_adopt(tree_node(p->builder, NODE_LOOP, SLICE_NULL, line), children);
}

static struct node *parse_while(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct node *condition = parse_condition(p);
    return tree_over(p->builder, NODE_LOOP, SLICE_NULL, condition, curly_parse_block(p), line);
}

static struct node *parse_do(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct node *body = curly_parse_block(p);
    struct node *condition = NULL;
    while (curly_token(p)->kind == TOKEN_BREAK && p->at < p->end &&
           token_is_word(curly_ahead(p, 1), WORD_WHILE))
        curly_advance(p);
    if (curly_take_word(p, WORD_WHILE))
        condition = parse_condition(p);
    curly_take_sign(p, ';');
    return tree_over(p->builder, NODE_LOOP, SLICE_NULL, body, condition, line);
}

/* --- try, using, lock, with --- */

/* (T x = y; ...) in front of a block, as a BLOCK that holds both. */
static struct node *parse_resources(struct curly *p, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    size_t close = curly_token(p)->match;
    curly_advance(p);
    do {
        if (p->at < close && !curly_parse_variables(p, &children))
            tree_add(&children, curly_parse_expression(p));
    } while (curly_take_sign(p, ';') && p->at < close);
    curly_close(p, close);
    tree_add(&children, curly_parse_block(p));
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), children);
}

static bool comes_handler(struct curly *p)
{
    size_t at = p->at;
    while (p->lexed.tokens[at].kind == TOKEN_BREAK)
        at++;
    const struct token *token = &p->lexed.tokens[at];
    if (!token_is_word(token, WORD_CATCH) && !token_is_word(token, WORD_FINALLY))
        return false;
    p->at = at;
    return true;
}

static struct node *parse_try(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    if (curly_is_sign(p, '('))
        tree_add(&children, parse_resources(p, line));
    else
        tree_add(&children, curly_parse_block(p));
    while (comes_handler(p) && !tree_is_full(p->builder)) {
        curly_advance(p);
        if (curly_is_sign(p, '('))
            curly_skip_brackets(p);
        if (curly_is_csharp(p) && curly_is_name(p)) { /* when (condition) */
            curly_advance(p);
            tree_add(&children, parse_condition(p));
        }
        tree_add(&children, curly_parse_block(p));
    }
    return tree_adopt(tree_node(p->builder, NODE_TRY, SLICE_NULL, line), children);
}

static struct node *parse_lock(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    return parse_resources(p, line);
}

static struct node *parse_with(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct node *object = parse_condition(p);
    return tree_over(p->builder, NODE_WITH, SLICE_NULL, object, curly_parse_block(p), line);
}

/* --- imports and namespaces --- */

static struct node *parse_import(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    struct slice alias = SLICE_NULL;
    curly_advance(p);
    curly_take_word(p, WORD_STATIC);
    if (curly_is_name(p) && token_is_sign(curly_ahead(p, 1), '=')) {
        alias = curly_take_name(p);
        curly_advance(p);
    }
    size_t from = p->at;
    size_t end = curly_scan_type(p, from);
    p->at = end ? end : from;
    if (token_is_sign(curly_token(p), '.') && token_is_sign(curly_ahead(p, 1), '*'))
        p->at += 2;
    else
        while (curly_is_sign(p, '.') || curly_is_sign(p, '*') || curly_is_name(p))
            curly_advance(p); /* Java: import a.b.*; names that are words */
    struct node *import = tree_node(p->builder, NODE_IMPORT, alias, line);
    import->type = curly_text_between(p, from, p->at);
    curly_end_statement(p);
    return import;
}

/* using (x) {...}; using T x = y; using A.B; */
static struct node *parse_using(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    const struct token *next = curly_ahead(p, 1);
    if (token_is_sign(next, '('))
        return parse_lock(p);
    size_t type = curly_scan_type(p, p->at + 1);
    if (!type || p->lexed.tokens[type].kind != TOKEN_NAME)
        return parse_import(p);
    struct node_list variables = NODE_LIST_EMPTY;
    curly_advance(p);
    curly_parse_variables(p, &variables);
    curly_end_statement(p);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), variables);
}

/* namespace A.B {...}, package A {...}: only its members matter. */
static struct node *parse_namespace(struct curly *p)
{
    struct node_list members = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    while (curly_is_name(p) || curly_is_sign(p, '.'))
        curly_advance(p);
    if (!curly_is_sign(p, '{')) {
        curly_end_statement(p);
        return NULL;
    }
    size_t close = curly_token(p)->match;
    curly_advance(p);
    curly_parse_members(p, close, &members);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), members);
}

/* --- variables --- */

void curly_parse_variable_tail(struct curly *p, struct slice type, struct node_list *list)
{
    do {
        uint32_t line = curly_token(p)->line;
        if (curly_is_sign(p, '[') || curly_is_sign(p, '{')) { /* var {a, b} = x */
            struct node *target = curly_parse_list(p);
            if (curly_take_sign(p, '='))
                target = tree_over(p->builder, NODE_ASSIGN, SLICE_LIT("="), target,
                                   curly_parse_value(p), line);
            tree_add(list, target);
            continue;
        }
        if (!curly_is_name(p))
            return;
        struct node *variable = tree_node(p->builder, NODE_VARIABLE, curly_take_name(p), line);
        variable->type = type;
        while (curly_is_sign(p, '[')) /* int a[], fixed byte a[8] */
            curly_skip_brackets(p);
        if (curly_is_jscript(p) && curly_take_sign(p, ':'))
            variable->type = curly_take_type(p);
        struct node_list value = NODE_LIST_EMPTY;
        if (curly_take_sign(p, '='))
            tree_add(&value, curly_parse_value(p));
        tree_add(list, tree_adopt(variable, value));
    } while (curly_take_sign(p, ',') && !tree_is_full(p->builder));
}

static bool names_variable(const struct token *token)
{
    if (token->kind != TOKEN_NAME)
        return false;
    switch (token->code) {
    case WORD_IS:
    case WORD_AS:
    case WORD_IN:
    case WORD_SWITCH:
    case WORD_OPERATOR:
    case WORD_TYPE:
        return false;
    default:
        return true;
    }
}

static bool follows_variable(const struct token *token)
{
    if (token->kind == TOKEN_NAME)
        return token->code == WORD_IN;
    return token->kind == TOKEN_SIGN &&
           (token->code == '=' || token->code == ';' || token->code == ',' ||
            token->code == ')' || token->code == ':' || token->code == '[');
}

/* Index of the name behind the type at `at`, or 0. */
static size_t find_variable(const struct curly *p, size_t at)
{
    const struct token *tokens = p->lexed.tokens;
    size_t type = curly_scan_type(p, at);
    bool tuple = curly_is_csharp(p) && token_is_sign(&tokens[at], '(');
    if (tuple && tokens[at].match < p->end)
        type = tokens[at].match + 1;
    if (!type || !names_variable(&tokens[type]) || !follows_variable(&tokens[type + 1]))
        return 0;
    return type;
}

static bool is_var_tuple(const struct curly *p)
{
    return curly_is_csharp(p) && token_is_sign(curly_ahead(p, 1), '(') && curly_is_name(p) &&
           slice_eq(curly_token(p)->text, SLICE_LIT("var"));
}

bool curly_parse_variables(struct curly *p, struct node_list *list)
{
    if (!curly_is_typed(p))
        return false;
    if (is_var_tuple(p)) {
        curly_advance(p);
        return false;
    }
    size_t start = p->at;
    if (curly_is_sign(p, '@'))
        curly_parse_attributes(p, list);
    curly_skip_modifiers(p);
    if (curly_is_csharp(p) && curly_is_word(p, WORD_OUT)) /* ref int x = ref y */
        curly_advance(p);
    size_t name = find_variable(p, p->at);
    if (!name) {
        p->at = start;
        return false;
    }
    struct slice type = curly_text_between(p, p->at, name);
    p->at = name;
    curly_parse_variable_tail(p, type, list);
    return true;
}

/* The VARIABLEs of one statement: alone, or in a BLOCK. */
static struct node *as_statement(struct curly *p, struct node_list list, uint32_t line)
{
    if (!list.first || !list.first->next)
        return list.first;
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), list);
}

static struct node *parse_var(struct curly *p)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    curly_parse_variable_tail(p, SLICE_NULL, &list);
    curly_end_statement(p);
    return as_statement(p, list, line);
}

/* --- the rest --- */

static struct node *parse_return(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    bool yield = curly_is_word(p, WORD_YIELD);
    curly_advance(p);
    if (yield && (curly_is_word(p, WORD_RETURN) || curly_is_word(p, WORD_JUMP)))
        curly_advance(p);
    bool alone = curly_is_sign(p, ';') || curly_is_sign(p, '}') ||
                 (curly_is_jscript(p) && is_on_new_line(p));
    struct node *value = alone ? NULL : curly_parse_expression(p);
    curly_end_statement(p);
    return tree_over(p->builder, NODE_RETURN, SLICE_NULL, value, NULL, line);
}

static struct node *parse_jump(struct curly *p)
{
    curly_advance(p);
    bool label = curly_is_name(p) || curly_token(p)->kind == TOKEN_NUMBER;
    if (label && !(curly_is_jscript(p) && is_on_new_line(p))) {
        curly_advance(p);
        if (curly_is_csharp(p) && !curly_is_sign(p, ';')) /* goto case 1 */
            curly_parse_value(p);
    }
    curly_end_statement(p);
    return NULL;
}

static struct node *parse_assert(struct curly *p)
{
    curly_advance(p);
    struct node *value = curly_parse_value(p);
    if (curly_take_sign(p, ':'))
        curly_parse_value(p);
    curly_end_statement(p);
    return value;
}

/* What <%= %> writes. */
static struct node *parse_page_value(struct curly *p)
{
    struct node_list values = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    while (p->at < p->end && curly_token(p)->kind != TOKEN_BREAK) {
        size_t before = p->at;
        tree_add(&values, curly_parse_value(p));
        if (curly_take_sign(p, ',') || curly_take_sign(p, ';') || p->at > before)
            continue;
        curly_note_nonsense(p);
        curly_advance(p);
    }
    return tree_call_of(p->builder, SLICE_LIT("="), values, line);
}

static struct node *parse_members_here(struct curly *p)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_parse_member(p, &list);
    return as_statement(p, list, line);
}

static struct node *parse_expression_statement(struct curly *p)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    if (curly_is_typed(p) && curly_parse_variables(p, &list)) {
        curly_end_statement(p);
        return as_statement(p, list, line);
    }
    size_t before = p->at;
    struct node *value = curly_parse_expression(p);
    if (p->at > before)
        curly_end_statement(p);
    return value;
}

static bool is_label(const struct curly *p)
{
    return curly_is_name(p) && token_is_sign(curly_ahead(p, 1), ':') &&
           !curly_is_word(p, WORD_DEFAULT) && !curly_is_word(p, WORD_ELSE);
}

/* C#: T f(...) {...} or => ... inside of a function. */
static bool is_local_function(const struct curly *p)
{
    size_t name = curly_is_typed(p) ? curly_scan_type(p, p->at) : 0;
    const struct token *tokens = p->lexed.tokens;
    if (!name || tokens[name].kind != TOKEN_NAME)
        return false;
    size_t open = name + 1;
    if (token_is_sign(&tokens[open], '<'))
        open = curly_scan_generic(p, open);
    if (!open || !token_is_sign(&tokens[open], '(') || tokens[open].match >= p->end)
        return false;
    const struct token *next = &tokens[tokens[open].match + 1];
    return token_is_sign(next, '{') || token_is_sign(next, SIGN2('=', '>')) ||
           token_is_word(next, WORD_WHERE) || token_is_word(next, WORD_THROWS);
}

static struct node *parse_word_statement(struct curly *p, bool *taken);

/* Where a word may be a name as well, what follows tells. */
static bool is_followed_by_name(const struct curly *p)
{
    return curly_ahead(p, 1)->kind == TOKEN_NAME;
}

static struct node *parse_declaration_word(struct curly *p, bool *taken)
{
    const struct token *next = curly_ahead(p, 1);
    switch (curly_token(p)->code) {
    case WORD_CLASS:
    case WORD_ASYNC:
    case WORD_EVENT:
    case WORD_OPERATOR:
    case WORD_DELEGATE:
        *taken = is_followed_by_name(p);
        return *taken ? parse_members_here(p) : NULL;
    case WORD_MODIFIER:
    case WORD_STATIC:
    case WORD_CONST:
        *taken =
            next->kind == TOKEN_NAME || token_is_sign(next, '{') || token_is_sign(next, '<');
        return *taken ? parse_members_here(p) : NULL;
    case WORD_NAMESPACE:
    case WORD_PACKAGE:
        *taken = is_followed_by_name(p);
        return *taken ? parse_namespace(p) : NULL;
    case WORD_IMPORT:
        return parse_import(p);
    case WORD_USING:
        return parse_using(p);
    case WORD_FUNCTION:
        *taken = is_followed_by_name(p) || token_is_sign(next, '&') || token_is_sign(next, '*');
        return *taken ? curly_parse_function(p) : NULL;
    case WORD_VAR:
        return parse_var(p);
    case WORD_LET:
        *taken = curly_is_jscript(p) && is_followed_by_name(p);
        return *taken ? parse_var(p) : NULL;
    default:
        *taken = false;
        return NULL;
    }
}

static struct node *parse_word_statement(struct curly *p, bool *taken)
{
    const struct token *next = curly_ahead(p, 1);
    switch (curly_token(p)->code) {
    case WORD_IF:
        return parse_if(p);
    case WORD_SWITCH:
        return parse_switch(p);
    case WORD_FOR:
    case WORD_FOREACH:
        return parse_for(p);
    case WORD_WHILE:
        return parse_while(p);
    case WORD_DO:
        return parse_do(p);
    case WORD_TRY:
        return parse_try(p);
    case WORD_RETURN:
    case WORD_THROW:
        return parse_return(p);
    case WORD_YIELD:
        *taken = next->kind != TOKEN_SIGN || token_is_sign(next, ';');
        return *taken ? parse_return(p) : NULL;
    case WORD_JUMP:
        return parse_jump(p);
    case WORD_LOCK:
        *taken = token_is_sign(next, '(');
        return *taken ? parse_lock(p) : parse_declaration_word(p, taken);
    case WORD_CHECKED:
        *taken = token_is_sign(next, '{');
        if (*taken)
            curly_advance(p);
        return *taken ? curly_parse_block(p) : NULL;
    case WORD_WITH:
        *taken = token_is_sign(next, '(');
        return *taken ? parse_with(p) : NULL;
    case WORD_ASSERT:
        return parse_assert(p);
    case WORD_FINALLY: /* without its try */
        *taken = token_is_sign(next, '{');
        if (*taken)
            curly_advance(p);
        return *taken ? curly_parse_block(p) : NULL;
    default:
        return parse_declaration_word(p, taken);
    }
}

static struct node *parse_name_statement(struct curly *p)
{
    bool taken = true;
    struct node *node;
    if (is_label(p)) {
        p->at += 2;
        return NULL;
    }
    if (curly_token(p)->code) {
        node = curly_is_php(p) ? php_parse_statement(p, &taken) : NULL;
        if (curly_is_php(p) && taken)
            return node;
        taken = true;
        node = parse_word_statement(p, &taken);
        if (taken)
            return node;
    }
    return is_local_function(p) ? parse_members_here(p) : parse_expression_statement(p);
}

static struct node *parse_sign_statement(struct curly *p)
{
    switch (curly_token(p)->code) {
    case ';':
        curly_advance(p);
        return NULL;
    case '{':
        return parse_braces(p);
    case '}': /* one too many: JSP's `}` ends the method around the page */
        return NULL;
    case '=': /* <% =x %> */
        if (p->at && p->lexed.tokens[p->at - 1].kind != TOKEN_BREAK)
            return NULL;
        return parse_page_value(p);
    case '@':
        return curly_is_java(p) ? parse_members_here(p) : parse_expression_statement(p);
    case '#':
        return curly_is_php(p) ? parse_members_here(p) : NULL;
    default:
        return parse_expression_statement(p);
    }
}

struct node *curly_parse_statement(struct curly *p)
{
    struct node *node = NULL;
    if (tree_is_full(p->builder))
        p->at = p->end;
    if (!tree_enter(p->builder)) {
        skip_statement(p);
        return NULL;
    }
    switch (curly_token(p)->kind) {
    case TOKEN_BREAK:
        curly_advance(p);
        break;
    case TOKEN_VALUE:
        node = parse_page_value(p);
        break;
    case TOKEN_NAME:
        node = parse_name_statement(p);
        break;
    case TOKEN_SIGN:
        node = parse_sign_statement(p);
        break;
    default:
        node = parse_expression_statement(p);
    }
    tree_leave(p->builder);
    return node;
}
