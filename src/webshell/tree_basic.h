/*
 * What the files of the parser of Visual Basic and VBScript share: tree_basic.c (statements),
 * tree_basic_declare.c (declarations), tree_basic_value.c (expressions).
 *
 * Functions that find nothing they know return NULL and leave `now` where it was.
 */
#ifndef HAUBERK_WEBSHELL_TREE_BASIC_H
#define HAUBERK_WEBSHELL_TREE_BASIC_H

#include "webshell/lex_basic.h"
#include "webshell/tree_internal.h"

/* What an `End X`, `Next`, `Loop` ... ends. */
enum basic_block {
    BLOCK_NONE,
    BLOCK_IF,
    BLOCK_SELECT,
    BLOCK_FOR,
    BLOCK_DO,
    BLOCK_WHILE,
    BLOCK_WITH,
    BLOCK_TRY,
    BLOCK_USING,
    BLOCK_PROCEDURE,
    BLOCK_PROPERTY,
    BLOCK_ACCESSOR,
    BLOCK_CLASS,
    BLOCK_NAMESPACE,
    BLOCK_COUNT,
};

struct basic {
    struct builder *builder;
    struct basic_lexer lexer;
    struct basic_word now;
    size_t taken; /* words so far */
    bool net;
    bool interface;             /* procedures have no body */
    unsigned open[BLOCK_COUNT]; /* blocks that wait for their end, in this procedure */
    struct node *loose_call;    /* see basic_head() */
    bool loose_spaced;
};

/* --- words --- */

void basic_advance(struct basic *basic);
struct basic_word basic_peek(struct basic *basic); /* the word behind `now` */
bool basic_is_symbol(const struct basic *basic, int symbol);
bool basic_is_key(const struct basic *basic, enum basic_key key);
bool basic_is_name(const struct basic *basic, struct slice lower); /* a word, in any case */
bool basic_accept_symbol(struct basic *basic, int symbol);
bool basic_accept_key(struct basic *basic, enum basic_key key);
bool basic_at_end(const struct basic *basic);   /* of the statement */
void basic_skip_lines(struct basic *basic);     /* where Visual Basic lets a line end */
void basic_pass_statement(struct basic *basic); /* to its end */
void basic_skip_statement(struct basic *basic); /* the same for nonsense: counted */
void basic_pass_group(struct basic *basic, int open, int close); /* (...), nested */

struct node *basic_node(struct basic *basic, enum node_kind kind, struct slice text);

/* --- expressions --- */

struct node *basic_expression(struct basic *basic);
/* Goes on behind a first operand. */
struct node *basic_expression_from(struct basic *basic, struct node *left);

/*
 * The first part of a statement, up to an operator or an argument. In `Write (a) & b` the
 * parentheses are no arguments: loose_call is the call that they were taken for, or NULL.
 */
struct node *basic_head(struct basic *basic);

/* Behind "(": arguments, and ")". */
void basic_arguments(struct basic *basic, struct node_list *list);
/* a, b, c without parentheses. */
void basic_values(struct basic *basic, struct node_list *list);

/* A type's name with its namespace, without what it is made of: "List" of List(Of String). */
struct slice basic_type(struct basic *basic);

/* Behind New. */
struct node *basic_new(struct basic *basic);

/* --- statements and declarations --- */

struct node *basic_block(struct basic *basic, enum basic_block kind);
void basic_statements(struct basic *basic, enum basic_block kind, struct node_list *list);
/* One statement without the end of its line; may add several nodes or none. */
void basic_statement(struct basic *basic, struct node_list *list);
/* The end that belongs to this kind of block: consumed. false: it is missing. */
bool basic_accept_end(struct basic *basic, enum basic_block kind);

/* Does a procedure, property or class begin here? */
bool basic_starts_member(struct basic *basic);
/* A statement that declares; false when this is none. */
bool basic_declaration(struct basic *basic, struct node_list *list);
/* a, b As Type = value */
void basic_declarators(struct basic *basic, struct node_list *list);
/* (a, ByVal b As Type): PARAMETERs. */
void basic_parameters(struct basic *basic, struct node_list *list);
/* The body of a procedure up to its end, whose end is not mixed up with blocks outside. */
struct node *basic_body(struct basic *basic, enum basic_block kind);

#endif
