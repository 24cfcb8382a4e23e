#include "webshell/curly.h"

/* --- tokens --- */

bool curly_take_sign(struct curly *p, uint32_t sign)
{
    if (!curly_is_sign(p, sign))
        return false;
    curly_advance(p);
    return true;
}

bool curly_take_word(struct curly *p, enum word word)
{
    if (!curly_is_word(p, word))
        return false;
    curly_advance(p);
    return true;
}

struct slice curly_take_name(struct curly *p)
{
    const struct token *token = curly_token(p);
    if (token->kind != TOKEN_NAME)
        return SLICE_NULL;
    curly_advance(p);
    return token->text;
}

void curly_skip_brackets(struct curly *p)
{
    size_t partner = curly_token(p)->match;
    p->at = partner < p->end ? partner + 1 : p->end;
}

void curly_note_nonsense(struct curly *p)
{
    if (!p->nonsense)
        p->builder->tree->skipped++;
    p->nonsense = true;
}

void curly_close(struct curly *p, size_t to)
{
    if (p->at < to && to < p->end)
        curly_note_nonsense(p);
    p->at = to < p->end ? to + 1 : p->end;
}

/* Adjacent in the text: `>` `>` is a shift, `> >` closes two lists of types. */
static bool is_adjacent(const struct token *first, const struct token *second)
{
    return first->text.ptr + first->text.len == second->text.ptr;
}

/* --- arguments and lists --- */

/* C#'s and PHP's `name: value`, and what says how a value is passed. */
static void skip_argument_name(struct curly *p)
{
    if (curly_is_name(p) && token_is_sign(curly_ahead(p, 1), ':') &&
        (curly_is_csharp(p) || curly_is_php(p)))
        p->at += 2;
    while (curly_is_csharp(p) && (curly_is_word(p, WORD_OUT) || curly_is_word(p, WORD_IN)) &&
           curly_ahead(p, 1)->kind != TOKEN_SIGN)
        curly_advance(p);
}

/* C#: `out var x`, `out int x`: as if x alone stood there. */
static void skip_argument_type(struct curly *p)
{
    size_t type = curly_is_csharp(p) && curly_is_name(p) ? curly_scan_type(p, p->at) : 0;
    if (type && p->lexed.tokens[type].kind == TOKEN_NAME &&
        (token_is_sign(&p->lexed.tokens[type + 1], ',') ||
         token_is_sign(&p->lexed.tokens[type + 1], ')')) &&
        p->lexed.tokens[p->at].code != WORD_AWAIT && p->lexed.tokens[p->at].code != WORD_NEW &&
        p->lexed.tokens[p->at].code != WORD_THROW)
        p->at = type;
}

static struct node *parse_item(struct curly *p)
{
    uint32_t line = curly_token(p)->line;
    if (curly_is_sign(p, ',')) /* list(, $b), [, b]: keeps the places of others */
        return tree_node(p->builder, NODE_NAME, SLICE_LIT(""), line);
    skip_argument_name(p);
    skip_argument_type(p);
    if (curly_take_sign(p, SIGN3('.', '.', '.')))
        return tree_over(p->builder, NODE_UNARY, SLICE_LIT("..."), curly_parse_value(p), NULL,
                         line);
    struct node *method = curly_parse_short_method(p);
    if (method)
        return method;
    if (curly_is_jscript(p) && curly_is_name(p) && token_is_sign(curly_ahead(p, 1), ':')) {
        struct node *key = tree_node(p->builder, NODE_TEXT, curly_take_name(p), line);
        curly_advance(p);
        return tree_over(p->builder, NODE_PAIR, SLICE_NULL, key, curly_parse_value(p), line);
    }
    struct node *item = curly_parse_value(p);
    bool pair = item && (curly_is_sign(p, SIGN2('=', '>')) || curly_is_sign(p, ':'));
    if (!pair)
        return item;
    curly_advance(p);
    return tree_over(p->builder, NODE_PAIR, SLICE_NULL, item, curly_parse_value(p), line);
}

void curly_parse_items(struct curly *p, size_t close, struct node_list *list)
{
    bool no_in = p->no_in;
    bool no_arrow = p->no_arrow;
    p->no_in = p->no_arrow = false;
    while (p->at < close) {
        size_t before = p->at;
        tree_add(list, parse_item(p));
        if (!curly_take_sign(p, ',') && p->at < close) {
            curly_note_nonsense(p);
            if (p->at == before)
                curly_advance(p);
        }
    }
    p->no_in = no_in;
    p->no_arrow = no_arrow;
    curly_close(p, close);
}

void curly_parse_arguments(struct curly *p, struct node_list *list)
{
    size_t close = curly_token(p)->match;
    curly_advance(p);
    curly_parse_items(p, close, list);
}

struct node *curly_parse_list(struct curly *p)
{
    struct node_list items = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    curly_parse_arguments(p, &items);
    return tree_adopt(tree_node(p->builder, NODE_LIST, SLICE_NULL, line), items);
}

/* (a), or a tuple: (a, b). */
static struct node *parse_parentheses(struct curly *p)
{
    struct node *list = curly_parse_list(p);
    struct node *only = list->first;
    return only && !only->next && only->kind != NODE_PAIR ? only : list;
}

/* --- texts --- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct node *curly_parse_hole(struct curly *p, struct slice code, uint32_t line)
{
    const struct piece piece = { PIECE_CODE, p->language, line, code };
    if (p->holes >= LEX_HOLES_MAX || code.len > p->builder->hole_bytes ||
        !tree_enter(p->builder)) {
        p->builder->tree->truncated = true;
        p->builder->hole_bytes -= least(code.len, p->builder->hole_bytes);
        return NULL;
    }
    p->builder->hole_bytes -= code.len;
    struct curly inner = { .builder = p->builder, .language = p->language };
    inner.holes = p->holes + 1;
    lex_piece(&inner.lexed, p->builder->arena, &piece);
    lex_finish(&inner.lexed);
    inner.end = inner.lexed.count - 1;
    struct node *value = curly_parse_value(&inner); /* C#: `:format` or `,width` may follow */
    p->builder->tree->escapes += inner.lexed.escapes;
    lexed_deinit(&inner.lexed);
    tree_leave(p->builder);
    return value;
}

static struct node *parse_part(struct curly *p, const struct text_part *part)
{
    switch (part->kind) {
    case TEXT_PART_CODE:
        return curly_parse_hole(p, part->text, part->line);
    case TEXT_PART_SIMPLE:
        return php_parse_simple(p, part->text, part->line);
    default:
        return tree_node(p->builder, NODE_TEXT, part->text, part->line);
    }
}

static struct node *parse_text(struct curly *p)
{
    const struct token *token = curly_token(p);
    if (p->builder->hole_bytes == 0) { /* as written, without a further look */
        curly_advance(p);
        return tree_node(p->builder, NODE_TEXT, token->text, token->line);
    }
    struct lex_text text = lex_text_of(&p->lexed, p->builder->arena, p->language, token);
    struct node_list parts = NODE_LIST_EMPTY;
    struct text_part part;
    bool constant = true;
    while (!tree_is_full(p->builder) && lex_text_next(&text, &part)) {
        tree_add(&parts, parse_part(p, &part));
        constant = constant && part.kind == TEXT_PART_CONSTANT;
    }
    curly_advance(p);
    if (!parts.first)
        return tree_node(p->builder, NODE_TEXT, SLICE_LIT(""), token->line);
    if (!parts.first->next && constant)
        return parts.first;
    if (!parts.first->next) { /* "$x" is a text, whatever $x is */
        struct node_list both = NODE_LIST_EMPTY;
        tree_add(&both, tree_node(p->builder, NODE_TEXT, SLICE_LIT(""), token->line));
        tree_add(&both, parts.first);
        parts = both;
    }
    return tree_adopt(tree_node(p->builder, NODE_BINARY, SLICE_LIT("+"), token->line), parts);
}

static struct node *parse_text_or_command(struct curly *p)
{
    const struct token *token = curly_token(p);
    struct node *text = parse_text(p);
    if (token->code != QUOTE_PHP_BACKTICK)
        return text;
    struct node_list arguments = NODE_LIST_EMPTY;
    tree_add(&arguments, text);
    return tree_call_of(p->builder, SLICE_LIT("shell_exec"), arguments, token->line);
}

static struct node *parse_regex(struct curly *p)
{
    const struct token *token = curly_token(p);
    struct node *node = tree_node(p->builder, NODE_TEXT, token->text, token->line);
    node->type = slice_of(token->text.ptr + token->text.len, 1 + token->match);
    curly_advance(p);
    return node;
}

/* --- primaries --- */

static struct node *parse_number(struct curly *p)
{
    const struct token *token = curly_token(p);
    curly_advance(p);
    return tree_number(p->builder, lex_number(p->language, token->text), token->line);
}

static bool is_text(const struct curly *p, struct slice text)
{
    return curly_is_name(p) && slice_eq(curly_token(p)->text, text);
}

/* C#: from x in y where ... select z: a LIST of its parts, x a VARIABLE. */
static struct node *parse_query(struct curly *p)
{
    struct node_list parts = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    while (curly_is_name(p)) { /* each clause begins with its word */
        bool names = curly_is_word(p, WORD_FROM) || curly_is_word(p, WORD_LET) ||
                     slice_eq(curly_token(p)->text, SLICE_LIT("join"));
        bool order = is_text(p, SLICE_LIT("ascending")) || is_text(p, SLICE_LIT("descending"));
        curly_advance(p);
        if (order && !curly_take_sign(p, ','))
            continue;
        if (names) {
            size_t type = curly_scan_type(p, p->at);
            if (type && p->lexed.tokens[type].kind == TOKEN_NAME &&
                p->lexed.tokens[type].code != WORD_IN)
                p->at = type;
            struct slice name = curly_take_name(p);
            if (!curly_take_word(p, WORD_IN))
                curly_take_sign(p, '=');
            struct node *source = curly_parse_value(p);
            tree_add(&parts, tree_over(p->builder, NODE_VARIABLE, name, source, NULL, line));
            continue;
        }
        do
            tree_add(&parts, curly_parse_value(p));
        while (curly_take_sign(p, ','));
    }
    return tree_adopt(tree_node(p->builder, NODE_LIST, SLICE_NULL, line), parts);
}

static bool begins_query(const struct curly *p)
{
    const struct token *next = curly_ahead(p, 1);
    if (next->kind != TOKEN_NAME || next->code == WORD_IN || next->code == WORD_IS ||
        next->code == WORD_AS)
        return false;
    size_t type = curly_scan_type(p, p->at + 1);
    return token_is_word(curly_ahead(p, 2), WORD_IN) ||
           (type && p->lexed.tokens[type].kind == TOKEN_NAME &&
            token_is_word(&p->lexed.tokens[type + 1], WORD_IN));
}

/* `a<b>(c)` is a call where what follows could not follow a value (C# 5, 7.6.4.2). */
static size_t generic_behind_name(const struct curly *p)
{
    static const uint32_t follow[] = { '(',
                                       ')',
                                       ']',
                                       '}',
                                       ':',
                                       ';',
                                       ',',
                                       '.',
                                       '?',
                                       SIGN2('=', '='),
                                       SIGN2('!', '='),
                                       SIGN2('?', '.') };
    if (!curly_is_sign(p, '<') || !curly_is_typed(p))
        return 0;
    size_t end = curly_scan_generic(p, p->at);
    if (curly_is_java(p))
        return end && token_is_sign(&p->lexed.tokens[end], SIGN2(':', ':')) ? end : 0;
    for (size_t i = 0; end && i < sizeof follow / sizeof *follow; i++)
        if (token_is_sign(&p->lexed.tokens[end], follow[i]))
            return end;
    return 0;
}

static struct node *parse_name(struct curly *p)
{
    const struct token *token = curly_token(p);
    curly_advance(p);
    size_t generic = generic_behind_name(p);
    struct node *name = tree_node(p->builder, NODE_NAME, token->text, token->line);
    if (generic) {
        name->type = curly_text_between(p, p->at + 1, generic - 1);
        p->at = generic;
    }
    return name;
}

static struct node *parse_array_type(struct curly *p)
{
    uint32_t line = curly_token(p)->line; /* Java: byte[].class, int[]::new */
    return tree_node(p->builder, NODE_NAME, curly_take_type(p), line);
}

/* C# has no default(T) that matters, but it is an expression. */
static struct node *parse_word(struct curly *p)
{
    const struct token *token = curly_token(p);
    switch (token->code) {
    case WORD_TRUE:
        curly_advance(p);
        return tree_number(p->builder, 1, token->line);
    case WORD_NEW:
        return curly_parse_new(p);
    case WORD_FUNCTION:
        return curly_parse_function(p);
    case WORD_TYPEOF:
        return curly_parse_typeof(p);
    case WORD_DELEGATE: {
        curly_advance(p);
        return curly_parse_method(p, SLICE_LIT(""), token->line);
    }
    case WORD_FROM:
        return begins_query(p) ? parse_query(p) : parse_name(p);
    case WORD_SWITCH: {
        curly_advance(p);
        struct node *value = curly_is_sign(p, '(') ? parse_parentheses(p) : NULL;
        return curly_is_sign(p, '{') ? curly_parse_arms(p, value) : value;
    }
    case WORD_TYPE:
        if (token_is_sign(curly_ahead(p, 1), '['))
            return parse_array_type(p);
        return parse_name(p);
    case WORD_CLASS:
        return curly_is_jscript(p) ? curly_parse_class(p) : parse_name(p);
    case WORD_CASE: /* these begin statements and never stand in a value */
    case WORD_ELSE:
    case WORD_CATCH:
    case WORD_RETURN:
    case WORD_FOR:
    case WORD_WHILE:
    case WORD_IF:
        return NULL;
    default:
        return parse_name(p);
    }
}

static struct node *parse_sign(struct curly *p)
{
    switch (curly_token(p)->code) {
    case '(':
        return parse_parentheses(p);
    case '[':
    case '{':
        return curly_parse_list(p);
    default:
        return NULL;
    }
}

struct node *curly_parse_primary(struct curly *p)
{
    struct node *own = curly_is_php(p) ? php_parse_primary(p) : NULL;
    if (own)
        return own;
    switch (curly_token(p)->kind) {
    case TOKEN_NAME:
        return parse_word(p);
    case TOKEN_NUMBER:
        return parse_number(p);
    case TOKEN_TEXT:
        return parse_text_or_command(p);
    case TOKEN_REGEX:
        return parse_regex(p);
    case TOKEN_SIGN:
        return parse_sign(p);
    default:
        return NULL;
    }
}

/* --- what stands behind: members, indices, calls --- */

static struct node *parse_call(struct curly *p, struct node *callee)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    tree_add(&children, callee);
    curly_parse_arguments(p, &children);
    return tree_adopt(tree_node(p->builder, NODE_CALL, SLICE_NULL, line), children);
}

static struct node *parse_index(struct curly *p, struct node *object)
{
    struct node_list children = NODE_LIST_EMPTY;
    uint32_t line = curly_token(p)->line;
    tree_add(&children, object);
    curly_parse_arguments(p, &children);
    return tree_adopt(tree_node(p->builder, NODE_INDEX, SLICE_NULL, line), children);
}

/* Behind the dot. Java: a.<T>b(), a.new B(), a.this, a.class. */
static struct node *parse_member(struct curly *p, struct node *object)
{
    uint32_t line = curly_token(p)->line;
    size_t generic = curly_is_sign(p, '<') ? curly_scan_generic(p, p->at) : 0;
    if (generic)
        p->at = generic;
    if (curly_is_java(p) && curly_is_word(p, WORD_NEW))
        return curly_parse_new(p);
    if (!curly_is_name(p)) {
        curly_note_nonsense(p);
        return object;
    }
    struct slice name = curly_take_name(p);
    struct node *member = tree_over(p->builder, NODE_MEMBER, name, object, NULL, line);
    generic = generic_behind_name(p);
    if (generic) {
        member->type = curly_text_between(p, p->at + 1, generic - 1);
        p->at = generic;
    }
    return member;
}

static bool is_dot(const struct curly *p)
{
    if (curly_is_php(p))
        return false;
    switch (curly_token(p)->code) {
    case '.':
    case SIGN2('?', '.'):
    case SIGN2(':', ':'):
        return true;
    case SIGN2('-', '>'):
        return curly_is_csharp(p);
    default:
        return false;
    }
}

/* x++ and x--; JScript: on the same line only. */
static struct node *parse_step(struct curly *p, struct node *object)
{
    const struct token *token = curly_token(p);
    const struct token *before = &p->lexed.tokens[p->at - 1];
    bool plus = token->code == SIGN2('+', '+');
    if (curly_is_jscript(p) && before->line != token->line)
        return NULL;
    curly_advance(p);
    return tree_over(p->builder, NODE_UNARY, plus ? SLICE_LIT("x++") : SLICE_LIT("x--"), object,
                     NULL, token->line);
}

/* C#: `x!.y`, not `x != y`. */
static bool is_suppression(const struct curly *p)
{
    return curly_is_csharp(p) && curly_is_sign(p, '!') &&
           curly_ahead(p, 1)->kind == TOKEN_SIGN && !token_is_sign(curly_ahead(p, 1), '(') &&
           !token_is_sign(curly_ahead(p, 1), '!');
}

static struct node *parse_sign_link(struct curly *p, struct node *object, bool calls)
{
    switch (curly_token(p)->code) {
    case '(':
        return calls ? parse_call(p, object) : NULL;
    case '[':
        return parse_index(p, object);
    case SIGN2('+', '+'):
    case SIGN2('-', '-'):
        return calls ? parse_step(p, object) : NULL;
    case '?': /* C#: a?[i], a? .b */
        if (curly_is_csharp(p) && token_is_sign(curly_ahead(p, 1), '.')) {
            curly_advance(p);
            return parse_sign_link(p, object, calls);
        }
        if (!curly_is_csharp(p) || !token_is_sign(curly_ahead(p, 1), '[') ||
            !is_adjacent(curly_token(p), curly_ahead(p, 1)))
            return NULL;
        curly_advance(p);
        return parse_index(p, object);
    default:
        break;
    }
    if (is_suppression(p)) {
        curly_advance(p);
        return object;
    }
    if (!is_dot(p))
        return NULL;
    curly_advance(p);
    if (curly_is_sign(p, '[') || curly_is_sign(p, '(')) /* a?.[i], E4X's a.(b) */
        return parse_sign_link(p, object, calls);
    return parse_member(p, object);
}

static struct node *parse_link(struct curly *p, struct node *object, bool calls)
{
    struct node *own = curly_is_php(p) ? php_parse_link(p, object) : NULL;
    if (own)
        return own;
    if (curly_token(p)->kind == TOKEN_SIGN)
        return parse_sign_link(p, object, calls);
    if (curly_is_csharp(p) && curly_is_word(p, WORD_SWITCH) &&
        token_is_sign(curly_ahead(p, 1), '{')) {
        curly_advance(p);
        return curly_parse_arms(p, object);
    }
    return NULL;
}

struct node *curly_parse_links(struct curly *p, struct node *object, bool calls)
{
    struct node_list cut = NODE_LIST_EMPTY;
    while (object && !tree_is_full(p->builder)) {
        struct node *base =
            object->height < TREE_HEIGHT_MAX ? object : tree_chain(p->builder, &cut, object);
        object = base;
        struct node *link = parse_link(p, base, calls);
        if (!link)
            break;
        object = link;
    }
    return object ? tree_end_chain(p->builder, cut, object) : NULL;
}

/* --- unary operators --- */

struct unary_sign {
    uint32_t sign;
    const char *text; /* NULL: the value alone says enough */
};

static const struct unary_sign unary_signs[] = {
    { '!', "!" },
    { '-', "-" },
    { '+', "+" },
    { '~', "~" },
    { SIGN2('+', '+'), "++" },
    { SIGN2('-', '-'), "--" },
    { '&', NULL }, /* PHP's references, C#'s addresses */
    { SIGN2('&', '&'), NULL },
    { '@', NULL },
    { '*', NULL },
    { '^', NULL }, /* C#: from the end */
    { SIGN2('.', '.'), NULL },
    { SIGN3('.', '.', '.'), "..." },
};

static const struct unary_sign *unary_sign(const struct curly *p)
{
    if (curly_token(p)->kind != TOKEN_SIGN)
        return NULL;
    for (size_t i = 0; i < sizeof unary_signs / sizeof *unary_signs; i++)
        if (unary_signs[i].sign == curly_token(p)->code)
            return &unary_signs[i];
    return NULL;
}

static struct node *parse_unary_sign(struct curly *p, const struct unary_sign *sign)
{
    uint32_t line = curly_token(p)->line;
    curly_advance(p);
    struct node *value = curly_parse_unary(p);
    if (!sign->text || !value)
        return value;
    if (sign->sign == '-' && value->kind == NODE_NUMBER) {
        value->number = -value->number;
        return value;
    }
    return tree_over(p->builder, NODE_UNARY, slice_from(sign->text), value, NULL, line);
}

static bool begins_value(const struct curly *p, const struct token *token)
{
    if (token->kind == TOKEN_SIGN)
        return token->code == '(' || token->code == '[' || token->code == '!' ||
               token->code == '~' || token->code == '-' || token->code == '+' ||
               token->code == '&' || token->code == '@' || token->code == '$' ||
               token->code == '{';
    if (token->kind == TOKEN_NAME)
        return token->code != WORD_IS && token->code != WORD_AS && token->code != WORD_IN &&
               (!curly_is_php(p) ||
                (token->code != WORD_AND && token->code != WORD_OR && token->code != WORD_XOR));
    return token->kind == TOKEN_NUMBER || token->kind == TOKEN_TEXT;
}

/* Words in front of a value: NULL with nothing taken where it is a name. */
static struct node *parse_unary_word(struct curly *p)
{
    const struct token *token = curly_token(p);
    const struct token *next = curly_ahead(p, 1);
    bool calls = token_is_sign(next, '(') || token_is_sign(next, '[');
    switch (token->code) {
    case WORD_AWAIT:
        if (next->kind == TOKEN_SIGN && !calls)
            return NULL;
        curly_advance(p);
        return curly_parse_unary(p);
    case WORD_OUT: /* ref */
        if (!curly_is_csharp(p) || next->kind != TOKEN_NAME)
            return NULL;
        curly_advance(p);
        return curly_parse_unary(p);
    case WORD_THROW:
    case WORD_YIELD:
        if (token->code == WORD_YIELD && !begins_value(p, next))
            return NULL;
        curly_advance(p);
        return tree_over(p->builder, NODE_RETURN, SLICE_NULL, curly_parse_value(p), NULL,
                         token->line);
    case WORD_DELETE:
    case WORD_CLONE:
        curly_advance(p);
        return tree_over(p->builder, NODE_UNARY, token->text, curly_parse_unary(p), NULL,
                         token->line);
    case WORD_TYPEOF:
        if (!curly_is_jscript(p))
            return NULL;
        curly_advance(p);
        return tree_over(p->builder, NODE_UNARY, SLICE_LIT("typeof"), curly_parse_unary(p),
                         NULL, token->line);
    default:
        return NULL;
    }
}

/* Too deep: what stands here is passed over, all of its brackets at once. */
static struct node *skip_deep(struct curly *p)
{
    const struct token *token = curly_token(p);
    if (token->kind == TOKEN_SIGN &&
        (token->code == '(' || token->code == '[' || token->code == '{'))
        curly_skip_brackets(p);
    else if (token->kind != TOKEN_BREAK)
        curly_advance(p);
    return NULL;
}

static struct node *parse_operand(struct curly *p)
{
    if (tree_is_full(p->builder))
        p->at = p->end;
    const struct unary_sign *sign = unary_sign(p);
    if (sign)
        return parse_unary_sign(p, sign);
    struct node *word = curly_is_name(p) && curly_token(p)->code ? parse_unary_word(p) : NULL;
    if (word)
        return word;
    struct node *cast = curly_is_sign(p, '(') ? curly_parse_cast(p) : NULL;
    if (cast)
        return cast;
    struct node *lambda = curly_parse_lambda(p);
    return lambda ? curly_parse_links(p, lambda, true)
                  : curly_parse_links(p, curly_parse_primary(p), true);
}

/* Where operators stand in front of each other, each is a level. */
struct node *curly_parse_unary(struct curly *p)
{
    if (!tree_enter(p->builder))
        return skip_deep(p);
    struct node *value = parse_operand(p);
    tree_leave(p->builder);
    return value;
}

/* --- binary operators --- */

struct binary {
    unsigned precedence; /* 0: no binary operator */
    size_t tokens;
    const char *text;
};

enum {
    PRECEDENCE_OR = 3,
    PRECEDENCE_EQUAL = 8,
    PRECEDENCE_LESS = 9,
    PRECEDENCE_SHIFT = 10,
};

static const struct {
    uint32_t sign;
    unsigned char precedence;
    const char *text;
} binary_signs[] = {
    { SIGN2('|', '|'), 3, "||" },
    { SIGN2('&', '&'), 4, "&&" },
    { '|', 5, "|" },
    { '^', 6, "^" },
    { '&', 7, "&" },
    { SIGN2('=', '='), 8, "==" },
    { SIGN2('!', '='), 8, "!=" },
    { SIGN3('=', '=', '='), 8, "==" },
    { SIGN3('!', '=', '='), 8, "!=" },
    { SIGN2('<', '>'), 8, "!=" },
    { SIGN3('<', '=', '>'), 8, "<=>" },
    { '<', 9, "<" },
    { '>', 9, ">" },
    { SIGN2('<', '='), 9, "<=" },
    { SIGN2('<', '<'), 10, "<<" },
    { '+', 11, "+" },
    { '-', 11, "-" },
    { '*', 12, "*" },
    { '/', 12, "/" },
    { '%', 12, "%" },
    { SIGN2('*', '*'), 13, "**" },
    { SIGN2('.', '.'), 14, ".." },
};

/* `>` and what touches it. */
static struct binary greater_sign(const struct curly *p)
{
    const struct token *first = curly_token(p);
    const struct token *second = curly_ahead(p, 1);
    const struct token *third = curly_ahead(p, 2);
    bool two = token_is_sign(second, '>') && is_adjacent(first, second);
    if (token_is_sign(second, '=') && is_adjacent(first, second))
        return (struct binary){ PRECEDENCE_LESS, 2, ">=" };
    if (token_is_sign(second, SIGN2('=', '=')) && is_adjacent(first, second))
        return (struct binary){ 0, 0, NULL };
    if (!two)
        return (struct binary){ PRECEDENCE_LESS, 1, ">" };
    if (token_is_sign(third, '>') && is_adjacent(second, third)) {
        bool assigns =
            token_is_sign(curly_ahead(p, 3), '=') && is_adjacent(third, curly_ahead(p, 3));
        return (struct binary){ assigns ? 0 : PRECEDENCE_SHIFT, 3, ">>>" };
    }
    bool assigns = token_is_sign(third, '=') && is_adjacent(second, third);
    return (struct binary){ assigns ? 0 : PRECEDENCE_SHIFT, 2, ">>" };
}

static struct binary binary_word(const struct curly *p)
{
    switch (curly_token(p)->code) {
    case WORD_IS:
        return (struct binary){ PRECEDENCE_LESS, 1, "is" };
    case WORD_AS:
        return (struct binary){ curly_is_csharp(p) ? PRECEDENCE_LESS : 0, 1, "as" };
    case WORD_IN:
        return (struct binary){ curly_is_jscript(p) && !p->no_in ? PRECEDENCE_LESS : 0, 1,
                                "in" };
    case WORD_AND:
        return (struct binary){ 2, 1, "&&" };
    case WORD_XOR:
        return (struct binary){ 1, 1, "!=" };
    case WORD_OR:
        return (struct binary){ 1, 1, "||" };
    default:
        return (struct binary){ 0, 0, NULL };
    }
}

static struct binary binary_here(const struct curly *p)
{
    const struct token *token = curly_token(p);
    if (token->kind == TOKEN_NAME)
        return binary_word(p);
    if (token->kind != TOKEN_SIGN)
        return (struct binary){ 0, 0, NULL };
    if (token->code == '>')
        return greater_sign(p);
    if (token->code == '.' && curly_is_php(p))
        return (struct binary){ 11, 1, "+" };
    for (size_t i = 0; i < sizeof binary_signs / sizeof *binary_signs; i++)
        if (binary_signs[i].sign == token->code)
            return (struct binary){ binary_signs[i].precedence, 1, binary_signs[i].text };
    return (struct binary){ 0, 0, NULL };
}

/* `x is T ? a : b`: the question mark is none of the type. */
static struct slice take_tested_type(struct curly *p)
{
    size_t from = p->at;
    struct slice type = curly_take_type(p);
    if (p->at == from || !token_is_sign(&p->lexed.tokens[p->at - 1], '?') ||
        (!begins_value(p, curly_token(p)) && !curly_is_word(p, WORD_NEW)))
        return type;
    p->at--;
    return curly_text_between(p, from, p->at);
}

/* One of the patterns behind `is`: T, T y (which makes y another name of the value), {...}. */
static struct node *parse_pattern(struct curly *p, struct node *value, uint32_t line)
{
    if (curly_is_typed(p) && is_text(p, SLICE_LIT("not")) &&
        (curly_ahead(p, 1)->kind != TOKEN_SIGN || token_is_sign(curly_ahead(p, 1), '{')))
        curly_advance(p);
    curly_skip_modifiers(p); /* Java: instanceof final T x */
    struct slice type = take_tested_type(p);
    if (curly_is_csharp(p) && curly_is_sign(p, '{'))
        curly_skip_brackets(p);
    bool named = type.ptr && curly_is_typed(p) && curly_is_name(p) && !curly_token(p)->code &&
                 !is_text(p, SLICE_LIT("and")) && !is_text(p, SLICE_LIT("or"));
    if (named) {
        struct node *name = tree_node(p->builder, NODE_NAME, curly_take_name(p), line);
        return tree_over(p->builder, NODE_ASSIGN, SLICE_LIT("="), name, value, line);
    }
    struct node *what =
        type.ptr ? tree_node(p->builder, NODE_NAME, type, line) : curly_parse_unary(p);
    return tree_over(p->builder, NODE_BINARY, SLICE_LIT("is"), value, what, line);
}

/* C#: x is A or B and not null, x is > 5 */
static struct node *parse_is(struct curly *p, struct node *value, uint32_t line)
{
    bool more = curly_is_csharp(p);
    bool first = true;
    do {
        if (more && (curly_is_sign(p, '<') || curly_is_sign(p, '>') ||
                     curly_is_sign(p, SIGN2('<', '=')))) {
            curly_advance(p);
            curly_take_sign(p, '=');
        }
        if (first || value->height < TREE_HEIGHT_MAX)
            value = parse_pattern(p, value, line);
        first = false;
        more = more && (is_text(p, SLICE_LIT("and")) || is_text(p, SLICE_LIT("or")));
        if (more)
            curly_advance(p);
    } while (more);
    return value;
}

static struct node *parse_as(struct curly *p, struct node *value, uint32_t line)
{
    struct node *cast = tree_over(p->builder, NODE_CAST, SLICE_NULL, value, NULL, line);
    cast->type = take_tested_type(p);
    return cast;
}

static struct node *parse_binary(struct curly *p, unsigned least);

/* Operands of one operator on their way to one node. */
struct chain {
    struct node *node; /* the BINARY, or NULL as long as there is no operator */
    struct node_list operands, cut;
    unsigned precedence;
};

static struct node *add_operand(struct curly *p, struct chain *chain, struct node *left,
                                struct binary operator, uint32_t line)
{
    struct node *right = parse_binary(p, operator.precedence + 1);
    bool same = chain->node && chain->node == left &&
                slice_eq(chain->node->text, slice_from(operator.text));
    if (!same) {
        left = left ? tree_chain(p->builder, &chain->cut, left) : NULL;
        chain->node = tree_node(p->builder, NODE_BINARY, slice_from(operator.text), line);
        chain->operands = NODE_LIST_EMPTY;
        tree_add(&chain->operands, left);
    }
    tree_add(&chain->operands, right);
    return tree_adopt(chain->node, chain->operands);
}

static struct node *parse_binary(struct curly *p, unsigned least)
{
    struct chain chain = { .node = NULL };
    struct node *left = parse_operand(p);
    while (left && !tree_is_full(p->builder)) {
        struct binary operator= binary_here(p);
        uint32_t line = curly_token(p)->line;
        if (operator.precedence == 0 || operator.precedence<least)
            break;
        p->at += operator.tokens;
        bool is = operator.text[0] == 'i' && operator.text[1] == 's';
        left = is                      ? parse_is(p, left, line) :
               operator.text[0] == 'a' ? parse_as(p, left, line)
                                       : add_operand(p, &chain, left, operator, line);
        if (left->height >= TREE_HEIGHT_MAX && left != chain.node)
            left = tree_chain(p->builder, &chain.cut, left);
    }
    return left ? tree_end_chain(p->builder, chain.cut, left) : NULL;
}

/* --- choices and assignments --- */

static struct node *parse_question(struct curly *p, struct node *condition)
{
    uint32_t line = curly_token(p)->line;
    struct node_list children = NODE_LIST_EMPTY;
    bool no_arrow = p->no_arrow;
    curly_advance(p);
    tree_add(&children, condition);
    p->no_arrow = false;
    if (!curly_is_sign(p, ':')) /* PHP: a ?: b */
        tree_add(&children, curly_parse_value(p));
    p->no_arrow = no_arrow;
    if (curly_take_sign(p, ':'))
        tree_add(&children, curly_parse_value(p));
    return tree_adopt(tree_node(p->builder, NODE_CHOICE, SLICE_NULL, line), children);
}

static struct node *parse_choice(struct curly *p)
{
    struct node *value = parse_binary(p, 1);
    uint32_t line = curly_token(p)->line;
    if (value && curly_is_sign(p, SIGN2('?', '?')) && tree_enter(p->builder)) {
        curly_advance(p);
        value = tree_over(p->builder, NODE_CHOICE, SLICE_NULL, value, parse_choice(p), line);
        tree_leave(p->builder);
    }
    while (value && curly_is_sign(p, '?') && value->height < TREE_HEIGHT_MAX)
        value = parse_question(p, value);
    return value;
}

static const struct {
    uint32_t sign;
    const char *text;
} assignment_signs[] = {
    { '=', "=" },
    { SIGN2('+', '='), "+=" },
    { SIGN2('.', '='), "+=" },
    { SIGN2('-', '='), "-=" },
    { SIGN2('*', '='), "*=" },
    { SIGN2('/', '='), "/=" },
    { SIGN2('%', '='), "%=" },
    { SIGN2('&', '='), "&=" },
    { SIGN2('|', '='), "|=" },
    { SIGN2('^', '='), "^=" },
    { SIGN3('<', '<', '='), "<<=" },
    { SIGN3('*', '*', '='), "**=" },
    { SIGN3('?', '?', '='), "?\?=" },
    { SIGN3('&', '&', '='), "&&=" },
    { SIGN3('|', '|', '='), "||=" },
};

static const char *take_shift_assignment(struct curly *p)
{
    struct binary shift = greater_sign(p);
    if (shift.precedence || shift.tokens < 2)
        return NULL;
    p->at += shift.tokens + 1;
    return shift.tokens == 3 ? ">>>=" : ">>=";
}

static const char *take_assignment(struct curly *p)
{
    const struct token *token = curly_token(p);
    if (token->kind != TOKEN_SIGN)
        return NULL;
    if (token->code == '>')
        return take_shift_assignment(p);
    for (size_t i = 0; i < sizeof assignment_signs / sizeof *assignment_signs; i++)
        if (assignment_signs[i].sign == token->code) {
            curly_advance(p);
            return assignment_signs[i].text;
        }
    return NULL;
}

static struct node *parse_assignment(struct curly *p)
{
    struct node *target = parse_choice(p);
    uint32_t line = curly_token(p)->line;
    const char *operator= target ? take_assignment(p) : NULL;
    if (!operator)
        return target;
    return tree_over(p->builder, NODE_ASSIGN, slice_from(operator), target,
                     curly_parse_value(p), line);
}

struct node *curly_parse_value(struct curly *p)
{
    if (!tree_enter(p->builder))
        return skip_deep(p);
    struct node *value = parse_assignment(p);
    tree_leave(p->builder);
    return value;
}

struct node *curly_parse_expression(struct curly *p)
{
    struct node *first = curly_parse_value(p);
    if (!first || !curly_is_sign(p, ','))
        return first;
    struct node_list list = NODE_LIST_EMPTY;
    tree_add(&list, first);
    while (curly_take_sign(p, ','))
        tree_add(&list, curly_parse_value(p));
    return tree_adopt(tree_node(p->builder, NODE_LIST, SLICE_NULL, first->line), list);
}
