/*
 * Between the files of the parser for C#, JScript, Java and PHP: curly_expression.c,
 * curly_type.c (types, new), curly_statement.c, curly_member.c (classes, functions),
 * curly_php.c (what only PHP has), tree_curly.c (the way in).
 *
 * Every function that parses something returns its node, or NULL with nothing taken where
 * there is none. Loops must take at least one token each time round.
 */
#ifndef HAUBERK_WEBSHELL_CURLY_H
#define HAUBERK_WEBSHELL_CURLY_H

#include "webshell/lex.h"
#include "webshell/tree_internal.h"

struct curly {
    struct builder *builder;
    enum language language;
    struct lexed lexed;
    size_t at, end; /* end: index of TOKEN_END */
    unsigned holes; /* texts with expressions, one in another */
    bool no_in;     /* JScript's for (x in y): `in` is no operator now */
    bool no_arrow;  /* in front of => of a C# switch, `x => y` is no lambda */
    bool nonsense;  /* the last statement made none */
};

/* --- tokens --- */

static inline const struct token *curly_token(const struct curly *p)
{
    return &p->lexed.tokens[p->at];
}

static inline const struct token *curly_ahead(const struct curly *p, size_t count)
{
    return &p->lexed.tokens[count < p->end - p->at ? p->at + count : p->end];
}

static inline bool token_is_sign(const struct token *token, uint32_t sign)
{
    return token->kind == TOKEN_SIGN && token->code == sign;
}

static inline bool token_is_word(const struct token *token, enum word word)
{
    return token->kind == TOKEN_NAME && token->code == (uint32_t)word;
}

static inline bool curly_is_sign(const struct curly *p, uint32_t sign)
{
    return token_is_sign(curly_token(p), sign);
}

static inline bool curly_is_word(const struct curly *p, enum word word)
{
    return token_is_word(curly_token(p), word);
}

static inline bool curly_is_name(const struct curly *p)
{
    return curly_token(p)->kind == TOKEN_NAME;
}

static inline void curly_advance(struct curly *p)
{
    if (p->at < p->end)
        p->at++;
}

bool curly_take_sign(struct curly *p, uint32_t sign);
bool curly_take_word(struct curly *p, enum word word);
/* The text of a name, or an absent slice. */
struct slice curly_take_name(struct curly *p);
/* Behind the partner of the bracket that stands here. */
void curly_skip_brackets(struct curly *p);
/* To the index `to` (a closing bracket) and behind it; tells nonsense when that was not next.
 */
void curly_close(struct curly *p, size_t to);
void curly_note_nonsense(struct curly *p);
static inline bool curly_is_php(const struct curly *p)
{
    return p->language == LANGUAGE_PHP;
}

static inline bool curly_is_jscript(const struct curly *p)
{
    return p->language == LANGUAGE_JSCRIPT;
}

static inline bool curly_is_csharp(const struct curly *p)
{
    return p->language == LANGUAGE_CSHARP;
}

static inline bool curly_is_java(const struct curly *p)
{
    return p->language == LANGUAGE_JAVA;
}

/* C# and Java write types in front of names. */
static inline bool curly_is_typed(const struct curly *p)
{
    return curly_is_csharp(p) || curly_is_java(p);
}

/* --- expressions --- */

struct node *curly_parse_expression(struct curly *p); /* with comma expressions */
struct node *curly_parse_value(struct curly *p);      /* without */
struct node *curly_parse_unary(struct curly *p);
struct node *curly_parse_primary(struct curly *p);
/* Members, indices and calls behind `object`; without calls when !calls. */
struct node *curly_parse_links(struct curly *p, struct node *object, bool calls);
/* "(a, b)" with its brackets, into `list`. */
void curly_parse_arguments(struct curly *p, struct node_list *list);
/* Values up to the bracket at index `close`, and behind it. */
void curly_parse_items(struct curly *p, size_t close, struct node_list *list);
struct node *curly_parse_list(struct curly *p); /* [a, b] or {a: 1} */
struct node *curly_parse_hole(struct curly *p, struct slice code, uint32_t line);

/* --- types --- */

/* Index behind a type that begins at `at`, or 0: none. Looks at 256 tokens at most. */
size_t curly_scan_type(const struct curly *p, size_t at);
/* Index behind "<...>" at `at`, or 0. */
size_t curly_scan_generic(const struct curly *p, size_t at);
/* The text of tokens [from, to) without blanks between them. */
struct slice curly_text_between(struct curly *p, size_t from, size_t to);
struct slice curly_take_type(struct curly *p); /* absent: none here */
struct node *curly_parse_new(struct curly *p);
struct node *curly_parse_cast(struct curly *p); /* NULL: a bracket of another kind */
struct node *curly_parse_typeof(struct curly *p);

/* --- statements --- */

struct node *curly_parse_statement(struct curly *p);
/* Statements up to `close` (an index) and behind it, as a BLOCK. */
struct node *curly_parse_block_to(struct curly *p, size_t close, uint32_t line);
struct node *curly_parse_block(struct curly *p); /* "{...}", or one statement */
/* "Type name = value, name": VARIABLEs into `list`; false: no declaration here. */
bool curly_parse_variables(struct curly *p, struct node_list *list);
/* Of `name = value, ...` behind a type that is known. */
void curly_parse_variable_tail(struct curly *p, struct slice type, struct node_list *list);
struct node *curly_parse_arms(struct curly *p, struct node *value); /* {a => b, ...} */
void curly_end_statement(struct curly *p);

/* --- functions and classes --- */

struct node *curly_parse_function(struct curly *p); /* function name(...) {...} */
/* "(...)" as PARAMETERs; then the body, into a FUNCTION. */
void curly_parse_parameters(struct curly *p, struct node_list *list);
struct node *curly_parse_method(struct curly *p, struct slice name, uint32_t line);
struct node *curly_parse_lambda(struct curly *p);       /* NULL: none here */
struct node *curly_parse_short_method(struct curly *p); /* NULL: none here */
struct node *curly_parse_class(struct curly *p);
/* Members up to `close` and behind it, into `list`. */
void curly_parse_members(struct curly *p, size_t close, struct node_list *list);
/* Attributes, modifiers and what they belong to, into `list`. */
void curly_parse_member(struct curly *p, struct node_list *list);
bool curly_skip_modifiers(struct curly *p);
bool curly_parse_attributes(struct curly *p, struct node_list *list);
/* `=> value` as a BLOCK with a RETURN. */
struct node *curly_parse_arrow_body(struct curly *p);

/* --- only PHP --- */

struct node *php_parse_primary(struct curly *p); /* NULL: nothing of its own */
struct node *php_parse_link(struct curly *p, struct node *object);
struct node *php_parse_statement(struct curly *p, bool *taken);
struct node *php_parse_new_type(struct curly *p);
/* The body behind ")": one statement, or ":" ... "endif". */
struct node *php_parse_colon_block(struct curly *p);
struct node *php_parse_simple(struct curly *p, struct slice text, uint32_t line);
void php_skip_type(struct curly *p, struct slice *type);
void php_parse_member(struct curly *p, struct node_list *list);
struct node *php_parse_closure(struct curly *p);

#endif
