#include "webshell/curly.h"

/* --- names --- */

static bool is_variable(const struct token *token)
{
    return token->kind == TOKEN_NAME && token->text.len > 1 && token->text.ptr[0] == '$';
}

/* {expr} */
static struct node *parse_braced(struct curly *p)
{
    size_t close = curly_token(p)->match;
    curly_advance(p);
    struct node *value = curly_parse_value(p);
    curly_close(p, close);
    return value;
}

static struct node *parse_variable_name(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    return tree_node(p->builder, NODE_NAME, curly_take_name(p), line);
}

/* $$x, ${expr}: at the first $. */
static struct node *parse_computed_name(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    if (!tree_enter(p->builder))
        return NULL;
    curly_advance(p);
    struct node *inner = curly_is_sign(p, '{')         ? parse_braced(p)
                         : curly_is_sign(p, '$')       ? parse_computed_name(p)
                         : is_variable(curly_token(p)) ? parse_variable_name(p)
                                                       : NULL;
    tree_leave(p->builder);
    return tree_over(p->builder, NODE_NAME, SLICE_LIT(""), inner, NULL, line);
}

static struct node *parse_simple_index(struct curly *p, struct slice key, uint32_t line)
{
    double number;
    if (key.len && *key.ptr == '$')
        return tree_node(p->builder, NODE_NAME, key, line);
    if (slice_to_number(key, &number))
        return tree_number(p->builder, number, line);
    if (key.len > 1 && (*key.ptr == '\'' || *key.ptr == '"')) /* an error that people make */
        key = slice_of(key.ptr + 1, key.len - 2);
    return tree_node(p->builder, NODE_TEXT, key, line);
}

struct node *php_parse_simple(struct curly *p, struct slice text, uint32_t line)
{
    size_t end = 1;
    while (end < text.len && lex_is_name_byte(text.ptr[end]))
        end++;
    struct slice rest = slice_from_offset(text, end);
    struct node *name = tree_node(p->builder, NODE_NAME, slice_first(text, end), line);
    if (rest.len > 2 && *rest.ptr == '[')
        return tree_over(p->builder, NODE_INDEX, SLICE_NULL, name,
                         parse_simple_index(p, slice_of(rest.ptr + 1, rest.len - 2), line),
                         line);
    if (rest.len > 2)
        return tree_over(p->builder, NODE_MEMBER, slice_from_offset(rest, 2), name, NULL, line);
    return name;
}

/* --- members --- */

static struct node *computed_member(struct curly *p, struct node *object, struct node *name,
                                    uint32_t line)
{
    return tree_over(p->builder, NODE_MEMBER, SLICE_LIT(""), object, name, line);
}

/* Behind -> or ::. */
static struct node *parse_member(struct curly *p, struct node *object, bool is_static)
{
    const struct token *token = curly_token(p);
    if (curly_is_sign(p, '{'))
        return computed_member(p, object, parse_braced(p), token->line);
    if (curly_is_sign(p, '$'))
        return computed_member(p, object, parse_computed_name(p), token->line);
    if (!curly_is_name(p)) {
        curly_note_nonsense(p);
        return object;
    }
    bool property = is_static && !token_is_sign(curly_ahead(p, 1), '(');
    if (is_variable(token) && !property)
        return computed_member(p, object, parse_variable_name(p), token->line);
    return tree_over(p->builder, NODE_MEMBER, curly_take_name(p), object, NULL, token->line);
}

/* $x{0} of PHP before 8. */
static bool is_old_index(const struct curly *p, const struct node *object)
{
    return curly_is_sign(p, '{') && p->at &&
           (object->kind == NODE_INDEX ||
            (object->kind == NODE_NAME && object->text.len && *object->text.ptr == '$')) &&
           token_is_sign(&p->lexed.tokens[p->at - 1], ')') == false;
}

static struct node *parse_old_index(struct curly *p, struct node *object)
{
    uint32_t line = curly_token(p)->line;
    return tree_over(p->builder, NODE_INDEX, SLICE_NULL, object, parse_braced(p), line);
}

struct node *php_parse_link(struct curly *p, struct node *object)
{
    const struct token *token = curly_token(p);
    if (token->kind != TOKEN_SIGN)
        return NULL;
    if (is_old_index(p, object))
        return parse_old_index(p, object);
    if (token->code != SIGN2('-', '>') && token->code != SIGN3('?', '-', '>') &&
        token->code != SIGN2(':', ':'))
        return NULL;
    curly_advance(p);
    return parse_member(p, object, token->code == SIGN2(':', ':'));
}

/* --- values --- */

static struct node *parse_call_of_word(struct curly *p)
{
    struct node_list arguments = NODE_LIST_EMPTY;
    const struct token *word = curly_token(p);
    curly_advance(p);
    if (curly_token(p)->kind != TOKEN_BREAK && !curly_is_sign(p, ';') && !curly_is_sign(p, ')'))
        tree_add(&arguments, curly_parse_value(p));
    return tree_call_of(p->builder, word->text, arguments, word->line);
}

static struct node *parse_exit(struct curly *p)
{
    struct node_list arguments = NODE_LIST_EMPTY;
    const struct token *word = curly_token(p);
    curly_advance(p);
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &arguments);
    return tree_call_of(p->builder, word->text, arguments, word->line);
}

/* array(...), list(...) */
static struct node *parse_list_word(struct curly *p)
{
    if (!token_is_sign(curly_ahead(p, 1), '('))
        return NULL;
    curly_advance(p);
    return curly_parse_list(p);
}

static struct node *parse_match(struct curly *p)
{
    if (!token_is_sign(curly_ahead(p, 1), '('))
        return NULL;
    curly_advance(p);
    struct node *value = curly_parse_primary(p);
    return curly_is_sign(p, '{') ? curly_parse_arms(p, value) : value;
}

/* `function (...) use (...) {...}`, `fn (...) => ...` */
struct node *php_parse_closure(struct curly *p)
{
    if (curly_is_word(p, WORD_STATIC))
        curly_advance(p);
    if (!curly_is_word(p, WORD_FN))
        return curly_parse_function(p);
    struct node_list children = NODE_LIST_EMPTY;
    struct slice type;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    curly_take_sign(p, '&');
    if (curly_is_sign(p, '('))
        curly_parse_parameters(p, &children);
    if (curly_take_sign(p, ':'))
        php_skip_type(p, &type);
    curly_take_sign(p, SIGN2('=', '>'));
    struct node *value =
        tree_over(p->builder, NODE_RETURN, SLICE_NULL, curly_parse_value(p), NULL, line);
    tree_add(&children, tree_over(p->builder, NODE_BLOCK, SLICE_NULL, value, NULL, line));
    return tree_adopt(tree_node(p->builder, NODE_FUNCTION, SLICE_LIT(""), line), children);
}

static bool begins_closure(const struct curly *p)
{
    const struct token *token = curly_token(p);
    if (token->code == WORD_STATIC)
        token = curly_ahead(p, 1);
    return token_is_word(token, WORD_FUNCTION) || token_is_word(token, WORD_FN);
}

/* --- new --- */

static struct node *parse_anonymous(struct curly *p, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    struct node_list members = NODE_LIST_EMPTY;
    struct slice base = SLICE_NULL;
    curly_advance(p); /* class */
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &children);
    size_t from = p->at;
    while (curly_is_name(p) || curly_is_sign(p, ','))
        curly_advance(p);
    if (p->at > from + 1)
        base = p->lexed.tokens[from + 1].text;
    struct node *class = tree_node(p->builder, NODE_CLASS, SLICE_NULL, line);
    class->type = base;
    if (curly_is_sign(p, '{')) {
        size_t close = curly_token(p)->match;
        curly_advance(p);
        curly_parse_members(p, close, &members);
    }
    tree_add(&children, tree_adopt(class, members));
    return tree_adopt(
        tree_node(p->builder, NODE_NEW, base.ptr ? base : SLICE_LIT("class"), line), children);
}

/* At what follows `new`. */
static struct node *parse_new(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    struct slice type = SLICE_LIT("");
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct node_list attributes = NODE_LIST_EMPTY;
    curly_parse_attributes(p, &attributes);
    curly_skip_modifiers(p); /* new readonly class */
    if (curly_is_word(p, WORD_CLASS))
        return parse_anonymous(p, line);
    if (curly_is_name(p) && !is_variable(curly_token(p)))
        type = curly_take_name(p);
    else
        tree_add(&children, curly_parse_links(p, curly_parse_primary(p), false));
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &children);
    return tree_adopt(tree_node(p->builder, NODE_NEW, type, line), children);
}

struct node *php_parse_primary(struct curly *p)
{
    if (curly_is_sign(p, '$'))
        return parse_computed_name(p);
    if (!curly_is_name(p))
        return NULL;
    switch (curly_token(p)->code) {
    case WORD_ARRAY:
    case WORD_LIST:
        return parse_list_word(p);
    case WORD_FN:
    case WORD_FUNCTION:
    case WORD_STATIC:
        return begins_closure(p) ? php_parse_closure(p) : NULL;
    case WORD_INCLUDE:
    case WORD_PRINT:
        return parse_call_of_word(p);
    case WORD_EXIT:
        return parse_exit(p);
    case WORD_MATCH:
        return parse_match(p);
    case WORD_NEW:
        return parse_new(p);
    default:
        return NULL;
    }
}

/* --- types --- */

static bool is_type_sign(const struct token *token)
{
    return token_is_sign(token, '?') || token_is_sign(token, '|') ||
           token_is_sign(token, '(') || token_is_sign(token, ')');
}

/* A & in front of a variable belongs to that. */
static bool is_intersection(const struct curly *p)
{
    return curly_is_sign(p, '&') && curly_ahead(p, 1)->kind == TOKEN_NAME &&
           !is_variable(curly_ahead(p, 1));
}

void php_skip_type(struct curly *p, struct slice *type)
{
    size_t from = p->at;
    unsigned open = 0;
    while (p->at < p->end && p->at < from + 64) {
        const struct token *token = curly_token(p);
        bool name = token->kind == TOKEN_NAME && !is_variable(token);
        if (!name && !is_type_sign(token) && !is_intersection(p))
            break;
        if (token_is_sign(token, ')') && open == 0)
            break;
        open += token_is_sign(token, '(');
        open -= token_is_sign(token, ')');
        curly_advance(p);
    }
    *type = p->at > from ? curly_text_between(p, from, p->at) : SLICE_NULL;
}

/* --- statements --- */

static struct node *parse_echo(struct curly *p)
{
    struct node_list arguments = NODE_LIST_EMPTY;
    const struct token *word = curly_token(p);
    curly_advance(p);
    do
        tree_add(&arguments, curly_parse_value(p));
    while (curly_take_sign(p, ','));
    curly_end_statement(p);
    return tree_call_of(p->builder, word->text, arguments, word->line);
}

/* static $x = 1, $y; const X = 1; */
static struct node *parse_declared(struct curly *p)
{
    struct node_list list = NODE_LIST_EMPTY;
    const struct token *word = curly_token(p);
    curly_advance(p);
    curly_parse_variable_tail(p, word->text, &list);
    curly_end_statement(p);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, word->line), list);
}

static struct node *parse_import(struct curly *p, struct slice prefix, uint32_t line)
{
    struct slice name = curly_take_name(p);
    if (!name.ptr)
        return NULL;
    if (prefix.len) {
        buf_clear(&p->lexed.scratch);
        buf_add_slice(&p->lexed.scratch, prefix);
        buf_add_char(&p->lexed.scratch, '\\');
        buf_add_slice(&p->lexed.scratch, name);
        name = arena_copy(p->builder->arena, buf_slice(&p->lexed.scratch));
    }
    struct slice alias = curly_take_word(p, WORD_AS) ? curly_take_name(p) : SLICE_NULL;
    struct node *import = tree_node(p->builder, NODE_IMPORT, alias, line);
    import->type = name;
    return import;
}

static void skip_function_word(struct curly *p)
{
    if (!curly_take_word(p, WORD_FUNCTION))
        curly_take_word(p, WORD_CONST);
}

/* use A\B as C, D; use function a as b; use A\{B, C}; */
static struct node *parse_use(struct curly *p)
{
    struct node_list list = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    struct slice prefix = SLICE_NULL;
    size_t close = 0;
    curly_advance(p);
    skip_function_word(p);
    do {
        bool group = curly_is_name(p) && token_is_sign(curly_ahead(p, 1), '\\') &&
                     token_is_sign(curly_ahead(p, 2), '{');
        if (group) {
            prefix = curly_take_name(p);
            curly_advance(p);
            close = curly_token(p)->match;
            curly_advance(p);
        }
        skip_function_word(p);
        tree_add(&list, parse_import(p, prefix, line));
    } while (curly_take_sign(p, ','));
    if (close && p->at <= close)
        curly_close(p, close);
    curly_end_statement(p);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), list);
}

/* namespace A; namespace A {...}: its statements follow. */
static struct node *parse_namespace(struct curly *p)
{
    curly_advance(p);
    curly_take_name(p);
    if (curly_is_sign(p, '{'))
        return curly_parse_block(p);
    curly_end_statement(p);
    return NULL;
}

/* declare(ticks=1); declare(...) {...} */
static struct node *parse_declare(struct curly *p)
{
    curly_advance(p);
    if (curly_is_sign(p, '('))
        curly_skip_brackets(p);
    if (curly_is_sign(p, '{') || curly_is_sign(p, ':'))
        return curly_parse_block(p);
    curly_end_statement(p);
    return NULL;
}

static bool ends_colon_block(const struct curly *p)
{
    return curly_is_word(p, WORD_END) || curly_is_word(p, WORD_ELSE) ||
           curly_is_word(p, WORD_ELSEIF) || curly_is_sign(p, '}');
}

struct node *php_parse_colon_block(struct curly *p)
{
    struct node_list statements = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    while (p->at < p->end && !ends_colon_block(p) && !tree_is_full(p->builder)) {
        size_t before = p->at;
        tree_add(&statements, curly_parse_statement(p));
        if (p->at == before) {
            curly_note_nonsense(p);
            curly_advance(p);
        }
    }
    if (curly_take_word(p, WORD_END))
        curly_end_statement(p);
    return tree_adopt(tree_node(p->builder, NODE_BLOCK, SLICE_NULL, line), statements);
}

struct node *php_parse_statement(struct curly *p, bool *taken)
{
    const struct token *next = curly_ahead(p, 1);
    *taken = true;
    switch (curly_token(p)->code) {
    case WORD_ECHO:
    case WORD_GLOBAL:
        return parse_echo(p);
    case WORD_STATIC:
        *taken = is_variable(next);
        return *taken ? parse_declared(p) : NULL;
    case WORD_CONST:
        return parse_declared(p);
    case WORD_USE:
        return parse_use(p);
    case WORD_NAMESPACE:
        *taken = next->kind == TOKEN_NAME || token_is_sign(next, '{');
        return *taken ? parse_namespace(p) : NULL;
    case WORD_DECLARE:
        return parse_declare(p);
    default:
        *taken = false;
        return NULL;
    }
}

/* --- members of classes --- */

/* use A, B { A::x as y; } */
static void skip_traits(struct curly *p)
{
    while (p->at < p->end && !curly_is_sign(p, '{') && !curly_is_sign(p, ';') &&
           !curly_is_sign(p, '}'))
        curly_advance(p);
    if (curly_is_sign(p, '{'))
        curly_skip_brackets(p);
    else
        curly_take_sign(p, ';');
}

/* const int X = 1, Y = 2; case X = 1; */
static void parse_constants(struct curly *p, struct node_list *list)
{
    struct slice type = SLICE_NULL;
    curly_advance(p);
    if (curly_ahead(p, 1)->kind == TOKEN_NAME)
        type = curly_take_name(p);
    curly_parse_variable_tail(p, type, list);
    curly_end_statement(p);
}

void php_parse_member(struct curly *p, struct node_list *list)
{
    struct slice type;
    switch (curly_token(p)->kind == TOKEN_NAME ? curly_token(p)->code : WORD_NONE) {
    case WORD_FUNCTION:
    case WORD_FN:
        tree_add(list, curly_parse_function(p));
        return;
    case WORD_USE:
        if (p->builder->depth > 1) {
            skip_traits(p);
            return;
        }
        break;
    case WORD_CONST:
    case WORD_CASE:
        parse_constants(p, list);
        return;
    default:
        break;
    }
    size_t start = p->at;
    php_skip_type(p, &type);
    if (!is_variable(curly_token(p))) {
        p->at = start;
        tree_add(list, curly_parse_statement(p));
        return;
    }
    curly_parse_variable_tail(p, type, list);
    if (curly_is_sign(p, '{')) /* hooks */
        tree_add(list, curly_parse_block(p));
    else
        curly_end_statement(p);
}
