#include "webshell/curly.h"

#define TYPE_TOKENS_MAX 256

/* --- looking ahead --- */

/* Words that are names where a type may stand. */
static bool names_type(const struct token *token)
{
    if (token->kind != TOKEN_NAME)
        return false;
    switch (token->code) {
    case WORD_NONE:
    case WORD_TYPE:
    case WORD_GET:
    case WORD_FROM:
    case WORD_LET:
    case WORD_WHERE:
    case WORD_ASYNC:
    case WORD_CLASS:
        return token->code != WORD_CLASS || token->text.len == 6; /* record */
    default:
        return false;
    }
}

static bool is_dot_of_type(const struct token *token)
{
    return token_is_sign(token, '.') || token_is_sign(token, SIGN2(':', ':'));
}

static bool is_inside_generic(const struct curly *p, const struct token *token)
{
    if (token->kind == TOKEN_NAME)
        return token->code != WORD_IS && token->code != WORD_AS && token->code != WORD_NEW;
    if (token->kind != TOKEN_SIGN)
        return false;
    switch (token->code) {
    case ',':
    case '.':
    case '?':
    case '[':
    case ']':
    case SIGN2(':', ':'):
    case SIGN3('.', '.', '.'):
        return true;
    case '(':
    case ')':
    case '*':
        return curly_is_csharp(p);
    case '&':
    case '@':
        return curly_is_java(p);
    default:
        return false;
    }
}

size_t curly_scan_generic(const struct curly *p, size_t at)
{
    unsigned open = 0;
    for (size_t i = at; i < p->end && i < at + TYPE_TOKENS_MAX; i++) {
        const struct token *token = &p->lexed.tokens[i];
        if (token_is_sign(token, '<'))
            open++;
        else if (token_is_sign(token, '>')) {
            if (--open == 0)
                return i + 1;
        } else if (!is_inside_generic(p, token))
            return 0;
    }
    return 0;
}

/* [], [,] at `at`: the index behind, or `at`. */
static size_t skip_rank(const struct curly *p, size_t at)
{
    const struct token *tokens = p->lexed.tokens;
    size_t i = at;
    if (!token_is_sign(&tokens[i], '['))
        return at;
    do
        i++;
    while (token_is_sign(&tokens[i], ','));
    return token_is_sign(&tokens[i], ']') ? i + 1 : at;
}

static size_t skip_type_tail(const struct curly *p, size_t at)
{
    const struct token *tokens = p->lexed.tokens;
    for (;;) {
        size_t rank = skip_rank(p, at);
        bool star = curly_is_csharp(p) && token_is_sign(&tokens[at], '*');
        bool question = curly_is_csharp(p) && token_is_sign(&tokens[at], '?');
        if (rank != at)
            at = rank;
        else if (star || question)
            at++;
        else
            return at;
    }
}

/* Names, dots and generic arguments. */
static size_t scan_type_name(const struct curly *p, size_t at)
{
    const struct token *tokens = p->lexed.tokens;
    size_t last = at + TYPE_TOKENS_MAX;
    while (at < p->end && at < last) {
        if (!names_type(&tokens[at]))
            return 0;
        at++;
        if (token_is_sign(&tokens[at], '<')) {
            size_t generic = curly_scan_generic(p, at);
            if (!generic)
                return 0;
            at = generic;
        }
        if (!is_dot_of_type(&tokens[at]))
            return at;
        at++;
    }
    return 0;
}

size_t curly_scan_type(const struct curly *p, size_t at)
{
    size_t end = scan_type_name(p, at);
    return end ? skip_type_tail(p, end) : 0;
}

/* --- text of types --- */

static struct slice without_global(struct slice type)
{
    struct slice global = SLICE_LIT("global::");
    return slice_starts(type, global) ? slice_from_offset(type, global.len) : type;
}

static bool stand_together(const struct token *tokens, size_t from, size_t to)
{
    for (size_t i = from; i + 1 < to; i++)
        if (tokens[i].text.ptr + tokens[i].text.len != tokens[i + 1].text.ptr)
            return false;
    return true;
}

struct slice curly_text_between(struct curly *p, size_t from, size_t to)
{
    const struct token *tokens = p->lexed.tokens;
    if (from >= to)
        return SLICE_LIT("");
    const char *start = tokens[from].text.ptr;
    const struct token *last = &tokens[to - 1];
    if (stand_together(tokens, from, to))
        return without_global(
            slice_of(start, (size_t)(last->text.ptr + last->text.len - start)));
    struct buf *scratch = &p->lexed.scratch;
    buf_clear(scratch);
    for (size_t i = from; i < to; i++)
        buf_add_slice(scratch, tokens[i].text);
    return without_global(arena_copy(p->builder->arena, buf_slice(scratch)));
}

struct slice curly_take_type(struct curly *p)
{
    size_t end = curly_scan_type(p, p->at);
    if (!end)
        return SLICE_NULL;
    struct slice type = curly_text_between(p, p->at, end);
    p->at = end;
    return type;
}

/* --- typeof and casts --- */

struct node *curly_parse_typeof(struct curly *p)
{
    const struct token *word = curly_token(p);
    struct node_list arguments = NODE_LIST_EMPTY;
    curly_advance(p);
    if (!curly_is_sign(p, '('))
        return tree_node(p->builder, NODE_NAME, word->text, word->line);
    size_t close = curly_token(p)->match;
    size_t end = close - p->at <= TYPE_TOKENS_MAX ? close : p->at + 1;
    tree_add(&arguments, tree_node(p->builder, NODE_NAME, curly_text_between(p, p->at + 1, end),
                                   word->line));
    curly_skip_brackets(p);
    return tree_call_of(p->builder, word->text, arguments, word->line);
}

static bool is_php_cast(struct slice name)
{
    static const char *const types[] = { "int",    "integer", "bool",   "boolean",
                                         "float",  "double",  "real",   "string",
                                         "binary", "array",   "object", "unset" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (slice_icase_eq(name, slice_from(types[i])))
            return true;
    return false;
}

/* May stand behind (Name) only when that is a cast. */
static bool follows_cast(const struct token *token)
{
    if (token->kind == TOKEN_SIGN)
        return token->code == '(' || token->code == '~' || token->code == '!';
    if (token->kind != TOKEN_NAME)
        return token->kind == TOKEN_NUMBER || token->kind == TOKEN_TEXT;
    return token->code != WORD_IS && token->code != WORD_AS && token->code != WORD_IN &&
           token->code != WORD_SWITCH && token->code != WORD_WHERE;
}

/* (int) -x, (byte[]) x: the type is one without doubt. */
static bool is_plain_type(const struct curly *p, size_t from, size_t to)
{
    const struct token *last = &p->lexed.tokens[to - 1];
    return p->lexed.tokens[from].code == WORD_TYPE || token_is_sign(last, ']') ||
           token_is_sign(last, '>') || token_is_sign(last, '?');
}

static bool is_cast(const struct curly *p, size_t close)
{
    size_t type = p->at + 1;
    const struct token *next = &p->lexed.tokens[close + 1];
    if (curly_is_php(p))
        return close == type + 1 && p->lexed.tokens[type].kind == TOKEN_NAME &&
               is_php_cast(p->lexed.tokens[type].text);
    if (!curly_is_typed(p) || curly_scan_type(p, type) != close)
        return false;
    if (!is_plain_type(p, type, close))
        return follows_cast(next);
    return follows_cast(next) ||
           (next->kind == TOKEN_SIGN &&
            (next->code == '-' || next->code == '+' || next->code == '{' || next->code == '@' ||
             next->code == '&' || next->code == '*' || next->code == SIGN2('+', '+') ||
             next->code == SIGN2('-', '-')));
}

struct node *curly_parse_cast(struct curly *p)
{
    const struct token *open = curly_token(p);
    size_t close = open->match;
    if (close >= p->end || !is_cast(p, close))
        return NULL;
    struct slice type = curly_text_between(p, p->at + 1, close);
    p->at = close + 1;
    struct node *cast =
        tree_over(p->builder, NODE_CAST, SLICE_NULL, curly_parse_unary(p), NULL, open->line);
    cast->type = type;
    return cast;
}

/* --- new --- */

/* The ASSIGNs of {A = 1, 2} stay children, all others go to one LIST. */
static void parse_initialiser(struct curly *p, struct node_list *children)
{
    struct node *all = curly_parse_list(p);
    struct node_list values = NODE_LIST_EMPTY;
    for (struct node *item = all->first, *next; item; item = next) {
        next = item->next;
        item->next = NULL;
        tree_add(item->kind == NODE_ASSIGN ? children : &values, item);
    }
    if (values.first || !all->first)
        tree_add(children,
                 tree_adopt(tree_node(p->builder, NODE_LIST, SLICE_NULL, all->line), values));
}

static struct slice join(struct curly *p, struct slice first, struct slice second)
{
    struct buf *scratch = &p->lexed.scratch;
    buf_clear(scratch);
    buf_add_slice(scratch, first);
    buf_add_slice(scratch, second);
    return arena_copy(p->builder->arena, buf_slice(scratch));
}

/* The [sizes] of an array, {values} behind them. */
static struct slice parse_array_tail(struct curly *p, struct slice type,
                                     struct node_list *children)
{
    while (curly_is_sign(p, '[')) {
        size_t rank = skip_rank(p, p->at);
        type = join(p, type, SLICE_LIT("[]"));
        if (rank != p->at)
            p->at = rank;
        else
            curly_parse_arguments(p, children);
    }
    if (curly_is_sign(p, '{'))
        tree_add(children, curly_parse_list(p));
    return type;
}

static struct node *parse_anonymous_class(struct curly *p)
{
    struct node_list members = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    size_t close = curly_token(p)->match;
    curly_advance(p);
    curly_parse_members(p, close, &members);
    return tree_adopt(tree_node(p->builder, NODE_CLASS, SLICE_NULL, line), members);
}

/* The type's name without its generic arguments. */
static struct slice take_new_type(struct curly *p)
{
    const struct token *tokens = p->lexed.tokens;
    size_t from = p->at;
    size_t end = scan_type_name(p, from);
    if (!end)
        return SLICE_LIT("");
    p->at = end;
    size_t names = from;
    while (names < end && !token_is_sign(&tokens[names], '<'))
        names++;
    if (curly_is_csharp(p))
        curly_take_sign(p, '?');
    return curly_text_between(p, from, names);
}

/* JScript: the type may be any value. */
static struct node *parse_jscript_new(struct curly *p, uint32_t line)
{
    struct node_list children = NODE_LIST_EMPTY;
    size_t from = p->at;
    struct node *type = curly_parse_links(p, curly_parse_primary(p), false);
    bool named = p->at > from;
    for (size_t i = from; i < p->at && named; i++)
        named =
            p->lexed.tokens[i].kind == TOKEN_NAME || token_is_sign(&p->lexed.tokens[i], '.');
    if (!named)
        tree_add(&children, type);
    struct slice text = named ? curly_text_between(p, from, p->at) : SLICE_LIT("");
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &children);
    return tree_adopt(tree_node(p->builder, NODE_NEW, text, line), children);
}

struct node *curly_parse_new(struct curly *p)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    if (curly_is_jscript(p))
        return parse_jscript_new(p, line);
    struct slice type = take_new_type(p);
    if (curly_is_sign(p, '[')) {
        type = parse_array_tail(p, type, &children);
        return tree_adopt(tree_node(p->builder, NODE_NEW, type, line), children);
    }
    if (curly_is_sign(p, '('))
        curly_parse_arguments(p, &children);
    if (curly_is_sign(p, '{') && curly_is_java(p))
        tree_add(&children, parse_anonymous_class(p));
    else if (curly_is_sign(p, '{'))
        parse_initialiser(p, &children);
    return tree_adopt(tree_node(p->builder, NODE_NEW, type, line), children);
}
