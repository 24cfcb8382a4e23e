#include "webshell/curly.h"

#define HEAD_TOKENS_MAX 256 /* between a function's or class's name and its body */

/* --- attributes --- */

static struct node *parse_attribute(struct curly *p)
{
    struct node_list arguments = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    struct slice name = curly_take_type(p);
    if (!name.ptr)
        return NULL;
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &arguments);
    return tree_adopt(tree_node(p->builder, NODE_ATTRIBUTE, name, line), arguments);
}

/* [A, assembly: B(c)] */
static void parse_attribute_list(struct curly *p, struct node_list *list)
{
    size_t close = curly_token(p)->match;
    curly_advance(p);
    while (p->at < close) {
        size_t before = p->at;
        if (curly_is_name(p) && token_is_sign(curly_ahead(p, 1), ':'))
            p->at += 2;
        tree_add(list, parse_attribute(p));
        curly_take_sign(p, ',');
        if (p->at == before)
            curly_advance(p);
    }
    curly_close(p, close);
}

static bool begins_attribute(const struct curly *p)
{
    const struct token *next = curly_ahead(p, 1);
    if (curly_is_csharp(p))
        return curly_is_sign(p, '[');
    if (curly_is_java(p))
        return curly_is_sign(p, '@') && next->kind == TOKEN_NAME && next->code != WORD_CLASS;
    return curly_is_php(p) && curly_is_sign(p, '#') && token_is_sign(next, '[');
}

bool curly_parse_attributes(struct curly *p, struct node_list *list)
{
    bool any = false;
    while (begins_attribute(p)) {
        any = true;
        if (!curly_is_csharp(p))
            curly_advance(p);
        if (curly_is_java(p))
            tree_add(list, parse_attribute(p));
        else
            parse_attribute_list(p, list);
    }
    return any;
}

/* --- modifiers --- */

static bool is_modifier(const struct curly *p)
{
    const struct token *next = curly_ahead(p, 1);
    switch (curly_token(p)->code) {
    case WORD_MODIFIER: /* partial and its like are names, too */
        return next->kind == TOKEN_NAME || token_is_sign(next, '<') ||
               token_is_sign(next, '@') || token_is_sign(next, '{') ||
               token_is_sign(next, '(') || token_is_sign(next, '?') || token_is_sign(next, '[');
    case WORD_STATIC:
        return next->kind == TOKEN_NAME || token_is_sign(next, '{') ||
               token_is_sign(next, '<') || token_is_sign(next, '?') ||
               (curly_is_csharp(p) && token_is_sign(next, '('));
    case WORD_VAR:
        return curly_is_php(p);
    case WORD_CONST:
        return curly_is_csharp(p);
    case WORD_LOCK:
    case WORD_DEFAULT:
    case WORD_CHECKED:
    case WORD_ASYNC:
    case WORD_EVENT:
    case WORD_NEW: /* C#: hides a member of the base */
        return curly_is_typed(p) && (next->kind == TOKEN_NAME || token_is_sign(next, '<'));
    default:
        return false;
    }
}

bool curly_skip_modifiers(struct curly *p)
{
    size_t before = p->at;
    while (curly_is_name(p) && curly_token(p)->code && is_modifier(p))
        curly_advance(p);
    return p->at > before;
}

/* --- parameters --- */

static struct node *parse_default(struct curly *p)
{
    return curly_take_sign(p, '=') ? curly_parse_value(p) : NULL;
}

static void skip_parameter_modifiers(struct curly *p)
{
    curly_skip_modifiers(p);
    while (curly_is_typed(p) && curly_is_name(p) && curly_ahead(p, 1)->kind == TOKEN_NAME &&
           (curly_is_word(p, WORD_OUT) || curly_is_word(p, WORD_IN) ||
            curly_is_word(p, WORD_LET) || slice_eq(curly_token(p)->text, SLICE_LIT("this"))))
        curly_advance(p);
}

/* The type in front of a name; where the name stands alone (a lambda's), none. */
static struct slice take_parameter_type(struct curly *p)
{
    struct slice type = SLICE_NULL;
    if (curly_is_php(p)) {
        php_skip_type(p, &type);
        return type;
    }
    size_t end = curly_is_typed(p) ? curly_scan_type(p, p->at) : 0;
    bool tuple = curly_is_csharp(p) && curly_is_sign(p, '(');
    if (tuple && curly_token(p)->match < p->end)
        end = curly_token(p)->match + 1;
    if (!end)
        return type;
    bool named = p->lexed.tokens[end].kind == TOKEN_NAME ||
                 token_is_sign(&p->lexed.tokens[end], SIGN3('.', '.', '.')) ||
                 token_is_sign(&p->lexed.tokens[end], '@');
    if (!named)
        return type;
    type = curly_text_between(p, p->at, end);
    p->at = end;
    return type;
}

static void parse_parameter(struct curly *p, struct node_list *list)
{
    struct node_list attributes = NODE_LIST_EMPTY; /* of a parameter: of no interest */
    uint32_t line = curly_token(p)->line;
    curly_parse_attributes(p, &attributes);
    skip_parameter_modifiers(p);
    curly_parse_attributes(p, &attributes);
    struct slice type = take_parameter_type(p);
    curly_parse_attributes(p, &attributes);
    curly_take_sign(p, '&');
    curly_take_sign(p, SIGN3('.', '.', '.'));
    if (curly_is_sign(p, '{') || curly_is_sign(p, '[')) { /* JavaScript: {a, b} */
        tree_add(list, curly_parse_value(p));
        return;
    }
    struct slice name = curly_take_name(p);
    if (!name.ptr)
        return;
    struct node *parameter = tree_node(p->builder, NODE_PARAMETER, name, line);
    parameter->type = type;
    while (curly_is_sign(p, '['))
        curly_skip_brackets(p);
    if (curly_is_jscript(p) && curly_take_sign(p, ':'))
        parameter->type = curly_take_type(p);
    struct node_list value = NODE_LIST_EMPTY;
    tree_add(&value, parse_default(p));
    tree_add(list, tree_adopt(parameter, value));
    if (curly_is_php(p) && curly_is_sign(p, '{')) /* hooks of a promoted property */
        curly_skip_brackets(p);
}

void curly_parse_parameters(struct curly *p, struct node_list *list)
{
    size_t close = curly_token(p)->match;
    curly_advance(p);
    while (p->at < close && !tree_is_full(p->builder)) {
        size_t before = p->at;
        parse_parameter(p, list);
        if (!curly_take_sign(p, ',') && p->at < close)
            curly_note_nonsense(p);
        if (p->at == before)
            curly_advance(p);
    }
    curly_close(p, close);
}

/* --- functions --- */

struct node *curly_parse_arrow_body(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    if (curly_is_sign(p, '{'))
        return curly_parse_block(p);
    struct node *value =
        tree_over(p->builder, NODE_RETURN, SLICE_NULL, curly_parse_value(p), NULL, line);
    return tree_over(p->builder, NODE_BLOCK, SLICE_NULL, value, NULL, line);
}

/* C#: ": base(x)" in front of the body, as a call. */
static struct node *parse_base_call(struct curly *p)
{
    if (!curly_is_csharp(p) || !curly_is_sign(p, ':') ||
        curly_ahead(p, 1)->kind != TOKEN_NAME || !token_is_sign(curly_ahead(p, 2), '('))
        return NULL;
    struct node_list arguments = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct slice name = curly_take_name(p);
    curly_parse_arguments(p, &arguments);
    return tree_call_of(p->builder, name, arguments, line);
}

static bool is_body_arrow(const struct curly *p)
{
    return curly_is_sign(p, SIGN2('=', '>')) && !curly_is_java(p);
}

/* Types of results, constraints, what is thrown, captured variables. */
static void skip_head(struct curly *p)
{
    for (unsigned i = 0; i < HEAD_TOKENS_MAX && p->at < p->end; i++) {
        const struct token *token = curly_token(p);
        if (token->kind != TOKEN_NAME && token->kind != TOKEN_SIGN)
            return;
        if (token_is_sign(token, '{') || token_is_sign(token, ';') || is_body_arrow(p) ||
            token_is_sign(token, '}') || token_is_sign(token, ')') ||
            token_is_word(token, WORD_FUNCTION))
            return;
        if (token_is_sign(token, '(') || token_is_sign(token, '['))
            curly_skip_brackets(p);
        else
            curly_advance(p);
    }
}

static struct node *put_first(struct node *block, struct node *statement)
{
    if (statement) {
        statement->next = block->first;
        block->first = statement;
    }
    return block;
}

struct node *curly_parse_method(struct curly *p, struct slice name, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    if (curly_is_sign(p, '(') || curly_is_sign(p, '['))
        curly_parse_parameters(p, &children);
    struct node *base = parse_base_call(p);
    if (curly_is_sign(p, ':') || curly_is_name(p) || curly_is_sign(p, '['))
        skip_head(p);
    bool arrow = is_body_arrow(p);
    if (arrow)
        curly_advance(p);
    bool braces = curly_is_sign(p, '{');
    if (arrow || braces)
        tree_add(&children, put_first(curly_parse_arrow_body(p), base));
    if (!braces)
        curly_take_sign(p, ';');
    return tree_adopt(tree_node(p->builder, NODE_FUNCTION, name, line), children);
}

struct node *curly_parse_function(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    if (!curly_take_sign(p, '&'))
        curly_take_sign(p, '*');
    if (curly_is_word(p, WORD_GET) && curly_ahead(p, 1)->kind == TOKEN_NAME)
        curly_advance(p);
    struct slice name = curly_take_name(p);
    return curly_parse_method(p, name.ptr ? name : SLICE_LIT(""), line);
}

/* --- lambdas --- */

static uint32_t arrow_sign(const struct curly *p)
{
    return curly_is_java(p) ? SIGN2('-', '>') : SIGN2('=', '>');
}

/* Does a lambda stand here: x =>, (a, b) => ? */
static bool begins_lambda(const struct curly *p)
{
    const struct token *token = curly_token(p);
    if (curly_is_php(p) || p->no_arrow)
        return false;
    if (token->kind == TOKEN_NAME)
        return token_is_sign(curly_ahead(p, 1), arrow_sign(p)) &&
               !token_is_word(token, WORD_DEFAULT) &&
               !(curly_is_csharp(p) && curly_is_jscript(p));
    return token_is_sign(token, '(') && token->match < p->end &&
           token_is_sign(&p->lexed.tokens[token->match + 1], arrow_sign(p));
}

static void skip_lambda_modifiers(struct curly *p)
{
    const struct token *next = curly_ahead(p, 1);
    bool modifier = curly_is_word(p, WORD_ASYNC) || curly_is_word(p, WORD_STATIC);
    bool single = next->kind == TOKEN_NAME && token_is_sign(curly_ahead(p, 2), arrow_sign(p));
    bool many = token_is_sign(next, '(') && next->match < p->end &&
                token_is_sign(&p->lexed.tokens[next->match + 1], arrow_sign(p));
    bool anonymous = token_is_word(next, WORD_DELEGATE) || token_is_word(next, WORD_FUNCTION);
    if (modifier && (single || many || anonymous))
        curly_advance(p);
}

struct node *curly_parse_lambda(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    if (!curly_is_php(p))
        skip_lambda_modifiers(p);
    if (!begins_lambda(p))
        return NULL;
    if (curly_is_name(p))
        tree_add(&children, tree_node(p->builder, NODE_PARAMETER, curly_take_name(p), line));
    else
        curly_parse_parameters(p, &children);
    curly_advance(p);
    tree_add(&children, curly_parse_arrow_body(p));
    return tree_adopt(tree_node(p->builder, NODE_FUNCTION, SLICE_LIT(""), line), children);
}

/* --- properties --- */

static struct node *parse_accessor(struct curly *p, struct slice name, bool takes_value)
{
    uint32_t line = curly_token(p)->line;
    struct node *function = curly_parse_method(p, name, line);
    if (!takes_value || !function->first)
        return function;
    struct node *value = tree_node(p->builder, NODE_PARAMETER, SLICE_LIT("value"), line);
    value->next = function->first;
    function->first = value;
    return function;
}

/* { get {...} set {...} }: FUNCTIONs of its name; { get; set; }: a VARIABLE. */
static void parse_property(struct curly *p, struct slice type, struct slice name,
                           struct node_list *list)
{
    size_t close = curly_token(p)->match;
    uint32_t line = curly_token(p)->line;
    bool bodies = false;
    curly_advance(p);
    while (p->at < close && !tree_is_full(p->builder)) {
        struct node_list attributes = NODE_LIST_EMPTY;
        size_t before = p->at;
        curly_parse_attributes(p, &attributes);
        curly_skip_modifiers(p);
        struct slice accessor = curly_take_name(p);
        struct node *function = parse_accessor(p, name, !slice_eq(accessor, SLICE_LIT("get")));
        if (function->first) {
            bodies = true;
            tree_add(list, function);
        }
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
    curly_close(p, close);
    struct node_list value = NODE_LIST_EMPTY;
    if (curly_is_sign(p, '=')) {
        tree_add(&value, parse_default(p));
        curly_end_statement(p);
    }
    if (bodies && !value.first)
        return;
    struct node *variable = tree_node(p->builder, NODE_VARIABLE, name, line);
    variable->type = type;
    tree_add(list, tree_adopt(variable, value));
}

/* --- members of C# and Java --- */

/* A, A<T>, I<T>.A: the last name. */
static struct slice take_member_name(struct curly *p)
{
    struct slice name = SLICE_NULL;
    while (curly_is_name(p)) {
        name = curly_take_name(p);
        size_t generic = curly_is_sign(p, '<') ? curly_scan_generic(p, p->at) : 0;
        if (generic)
            p->at = generic;
        if (!curly_is_sign(p, '.') && !curly_is_sign(p, SIGN2(':', ':')))
            break;
        curly_advance(p);
    }
    return name;
}

/* operator +(...), implicit operator T(...) */
static void parse_operator(struct curly *p, struct node_list *list)
{
    uint32_t line = curly_token(p)->line;
    while (curly_is_word(p, WORD_OPERATOR))
        curly_advance(p);
    while (p->at < p->end && !curly_is_sign(p, '(') && !curly_is_sign(p, '{') &&
           !curly_is_sign(p, ';'))
        curly_advance(p);
    tree_add(list, curly_parse_method(p, SLICE_LIT("operator"), line));
}

static bool is_constructor(const struct curly *p, size_t type)
{
    const struct token *tokens = p->lexed.tokens;
    if (type != p->at + 1 || !token_is_sign(&tokens[type], '(') || tokens[type].match >= p->end)
        return false;
    const struct token *next = &tokens[tokens[type].match + 1];
    return token_is_sign(next, '{') || token_is_sign(next, ':') ||
           token_is_sign(next, SIGN2('=', '>')) || token_is_word(next, WORD_THROWS);
}

static void parse_fields(struct curly *p, struct slice type, struct node_list *list)
{
    curly_parse_variable_tail(p, type, list);
    curly_end_statement(p);
}

/* Behind the type, at the name. */
static void parse_named_member(struct curly *p, struct slice type, struct node_list *list)
{
    size_t start = p->at;
    uint32_t line = curly_token(p)->line;
    struct slice name = take_member_name(p);
    if (curly_is_csharp(p) && curly_is_sign(p, '[') && slice_eq(name, SLICE_LIT("this")))
        curly_skip_brackets(p); /* an indexer: its parameters are of no interest */
    if (curly_is_sign(p, '(') || is_body_arrow(p))
        tree_add(list, curly_parse_method(p, name, line));
    else if (curly_is_sign(p, '{'))
        parse_property(p, type, name, list);
    else {
        p->at = start;
        parse_fields(p, type, list);
    }
}

/* Where a type may stand, C#'s tuples too. */
static size_t scan_member_type(const struct curly *p)
{
    const struct token *token = curly_token(p);
    if (curly_is_csharp(p) && token_is_sign(token, '(') && token->match < p->end &&
        p->lexed.tokens[token->match + 1].kind == TOKEN_NAME)
        return token->match + 1;
    return curly_scan_type(p, p->at);
}

static bool parse_typed_member(struct curly *p, struct node_list *list)
{
    if (curly_is_java(p) && curly_is_sign(p, '<') && curly_scan_generic(p, p->at))
        p->at = curly_scan_generic(p, p->at);
    curly_take_sign(p, '~');
    curly_take_word(p, WORD_OUT);
    if (curly_is_word(p, WORD_OPERATOR)) {
        parse_operator(p, list);
        return true;
    }
    size_t type = scan_member_type(p);
    if (!type)
        return false;
    if (is_constructor(p, type)) {
        uint32_t line = curly_token(p)->line;
        struct slice name = curly_take_name(p);
        tree_add(list, curly_parse_method(p, name, line));
        return true;
    }
    const struct token *name = &p->lexed.tokens[type];
    if (name->kind != TOKEN_NAME)
        return false;
    struct slice text = curly_text_between(p, p->at, type);
    p->at = type;
    if (token_is_word(name, WORD_OPERATOR))
        parse_operator(p, list);
    else
        parse_named_member(p, text, list);
    return true;
}

/* delegate T Name(...); */
static void parse_delegate(struct curly *p, struct node_list *list)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    curly_take_type(p);
    tree_add(list, curly_parse_method(p, take_member_name(p), line));
}

/* JavaScript: name(...) {...}, get name(...) {...} in a class or an object. */
struct node *curly_parse_short_method(struct curly *p)
{
    const struct token *next = curly_ahead(p, 1);
    if (!curly_is_jscript(p) || !curly_is_name(p))
        return NULL;
    bool prefixed = next->kind == TOKEN_NAME && token_is_sign(curly_ahead(p, 2), '(');
    const struct token *open = prefixed ? curly_ahead(p, 2) : next;
    if (!token_is_sign(open, '(') || open->match >= p->end ||
        !token_is_sign(&p->lexed.tokens[open->match + 1], '{') ||
        curly_is_word(p, WORD_FUNCTION) || curly_is_word(p, WORD_NEW))
        return NULL;
    if (prefixed)
        curly_advance(p);
    uint32_t line = curly_token(p)->line;
    struct slice name = curly_take_name(p);
    return curly_parse_method(p, name, line);
}

static bool begins_jscript_statement(const struct curly *p)
{
    switch (curly_token(p)->code) {
    case WORD_IF:
    case WORD_FOR:
    case WORD_WHILE:
    case WORD_SWITCH:
    case WORD_WITH:
    case WORD_CATCH:
        return true;
    default:
        return false;
    }
}

static void parse_jscript_member(struct curly *p, struct node_list *list)
{
    curly_take_sign(p, '#');
    struct node *method = begins_jscript_statement(p) ? NULL : curly_parse_short_method(p);
    if (method)
        tree_add(list, method);
    else if (curly_take_word(p, WORD_CONST))
        parse_fields(p, SLICE_NULL, list);
    else
        tree_add(list, curly_parse_statement(p));
}

static bool begins_class(const struct curly *p)
{
    return curly_is_word(p, WORD_CLASS) && curly_ahead(p, 1)->kind == TOKEN_NAME;
}

static bool is_declared_elsewhere(const struct curly *p)
{
    return curly_is_word(p, WORD_NAMESPACE) || curly_is_word(p, WORD_USING) ||
           curly_is_word(p, WORD_IMPORT) || curly_is_word(p, WORD_PACKAGE);
}

static void parse_member_here(struct curly *p, struct node_list *list)
{
    curly_parse_attributes(p, list);
    while (curly_skip_modifiers(p) && curly_parse_attributes(p, list))
        ;
    if (curly_is_java(p) && curly_is_sign(p, '@')) /* @interface */
        curly_advance(p);
    if (curly_is_name(p) && token_is_word(curly_ahead(p, 1), WORD_USING)) /* global using */
        curly_advance(p);
    const struct token *token = curly_token(p);
    if (begins_class(p))
        tree_add(list, curly_parse_class(p));
    else if (curly_is_php(p))
        php_parse_member(p, list);
    else if (curly_is_jscript(p))
        parse_jscript_member(p, list);
    else if (curly_is_word(p, WORD_DELEGATE))
        parse_delegate(p, list);
    else if (token->kind == TOKEN_BREAK || token->kind == TOKEN_VALUE ||
             is_declared_elsewhere(p) || !parse_typed_member(p, list))
        tree_add(list, curly_parse_statement(p));
}

void curly_parse_member(struct curly *p, struct node_list *list)
{
    if (!tree_enter(p->builder)) {
        tree_add(list, curly_parse_statement(p)); /* too deep for that, too: skips it */
        return;
    }
    parse_member_here(p, list);
    tree_leave(p->builder);
}

void curly_parse_members(struct curly *p, size_t close, struct node_list *list)
{
    while (p->at < close && !tree_is_full(p->builder)) {
        size_t before = p->at;
        curly_parse_member(p, list);
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
    curly_close(p, close);
}

/* --- classes --- */

/* Everything up to the body. */
static struct slice take_bases(struct curly *p)
{
    struct buf *scratch = &p->lexed.scratch;
    bool after_name = false;
    buf_clear(scratch);
    if (!curly_take_word(p, WORD_EXTENDS))
        curly_take_sign(p, ':');
    for (unsigned i = 0; i < HEAD_TOKENS_MAX && p->at < p->end; i++) {
        if (curly_is_sign(p, '{') || curly_is_sign(p, ';') || curly_is_sign(p, '}'))
            break;
        if (after_name && curly_is_name(p))
            buf_add_char(scratch, ' ');
        after_name = curly_is_name(p) || curly_is_sign(p, ',') || curly_is_sign(p, '>');
        if (curly_is_sign(p, '(')) {
            curly_skip_brackets(p);
            continue;
        }
        buf_add_slice(scratch, curly_token(p)->text);
        curly_advance(p);
    }
    return scratch->len ? arena_copy(p->builder->arena, buf_slice(scratch)) : SLICE_NULL;
}

/* A, B = 1, C(2) {...} in front of an enum's other members. */
static void parse_constants(struct curly *p, size_t close, struct node_list *list)
{
    while (p->at < close && !curly_is_sign(p, ';')) {
        size_t before = p->at;
        uint32_t line = curly_token(p)->line;
        curly_parse_attributes(p, list);
        struct slice name = curly_take_name(p);
        struct node_list value = NODE_LIST_EMPTY;
        if (curly_is_sign(p, '('))
            curly_parse_arguments(p, &value);
        tree_add(&value, parse_default(p));
        if (name.ptr)
            tree_add(list, tree_adopt(tree_node(p->builder, NODE_VARIABLE, name, line), value));
        if (curly_is_sign(p, '{')) {
            size_t end = curly_token(p)->match;
            curly_advance(p);
            curly_parse_members(p, end, list);
        }
        curly_take_sign(p, ',');
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
}

struct node *curly_parse_class(struct curly *p)
{
    struct node_list members = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    bool constants = slice_eq(curly_token(p)->text, SLICE_LIT("enum")) && !curly_is_php(p);
    while (curly_is_word(p, WORD_CLASS) && curly_ahead(p, 1)->kind == TOKEN_NAME)
        curly_advance(p); /* record struct A */
    struct slice name = curly_is_word(p, WORD_CLASS) ? SLICE_LIT("") : take_member_name(p);
    curly_take_word(p, WORD_CLASS);
    if (curly_is_sign(p, '(')) /* record A(int b) */
        curly_skip_brackets(p);
    struct node *class = tree_node(p->builder, NODE_CLASS, name, line);
    class->type = take_bases(p);
    if (!curly_is_sign(p, '{')) {
        curly_end_statement(p);
        return class;
    }
    size_t close = curly_token(p)->match;
    curly_advance(p);
    if (constants)
        parse_constants(p, close, &members);
    curly_parse_members(p, close, &members);
    return tree_adopt(class, members);
}
