/*
 * A page's code as a tree: one form for all languages, so that data is followed in one place
 * (flow.h). It keeps what moves data (calls, members, assignments, constants) and drops the
 * rest (types of variables that say nothing, modifiers, most operators).
 *
 * Parsers are tolerant: code that does not compile is skipped up to the next statement, since
 * attackers write all sorts of things and late-bound languages run them. They never fail, are
 * linear in the text, and stop at the budget's depth and count of nodes (`truncated`).
 * Slices borrow from the pieces or lie in the arena. Thread rule: one owner of the arena.
 *
 * Children of a node are a list: `first`, then `next` of each.
 *
 * Walkers may recurse over children: no path is longer than about twice TREE_HEIGHT_MAX nodes.
 * To that end `a + b + c` is ONE node with three children, `else if` is part of its IF, and a
 * longer chain of calls is cut: a LIST of its links, the first link of each with a NAME "" as
 * its object (`truncated`).
 *
 *   TEXT      a constant text: `text` with escapes resolved (UTF-8; \xNN beyond ASCII as
 *             UTF-8). JScript's /x/g: text "x", type "/g"
 *   NUMBER    `number`; true is 1, false and null are NAME
 *   NAME      `text`: x, this, $x in PHP (with its $), Me. PHP's ${expr}: empty, first: expr
 *   MEMBER    first: object (absent inside With: a NAME "With"); text: name. PHP `->` and `::`;
 *             there the name may be computed (->$x, ->{x}, ::$x()): text empty, a second child
 *   INDEX     first: object; then the index: a[i]. PHP's a[]: no index
 *   CALL      first: what is called; then arguments. VB: also a(i), which may be an index.
 *             echo, print, include, require, eval, backticks, exit of PHP are calls of that
 *             NAME (backticks: NAME "shell_exec"). A PIECE_VALUE is a CALL of the NAME "=".
 *   NEW       text: type with its namespace; children: arguments, then ASSIGN nodes
 *             (`{A = 1}`), then LIST (`{1, 2}`). Arrays too: text "byte[]", sizes, then LIST.
 *             A computed type (new $c): text empty, first: the type. A class body of its own: a
 *             last child CLASS
 *   UNARY     text: operator; first. "x++" and "x--" when they stand behind
 *   BINARY    text: operator as C# writes it ("+" also for VB's & and PHP's .); two children
 *             or more: a + b + c from the left
 *   CHOICE    condition ? a : b, and a ?? b (then two children); switch and match expressions:
 *             the value, then what it may become
 *   ASSIGN    text: "=", "+=" (PHP's .=, too) ...; target, value. `x is T y` is y = x
 *   LIST      array and object literals, tuples, comma expressions. Places that are left
 *             empty ([, b]) are a NAME without text
 *   PAIR      key, value in a LIST
 *   FUNCTION  text: name or empty; children: PARAMETERs (text: name, type; first: default),
 *             then a BLOCK (none: abstract or extern). Anonymous functions and lambdas too (an
 *             expression body is a RETURN in a BLOCK); they see the variables around them.
 *             Properties: a FUNCTION without parameters that gets, one with `value` that sets
 *   CAST      type; first
 *   BLOCK     statements
 *   VARIABLE  text: name, type: as written or empty; first: initial value or NULL
 *   IF        condition, then; condition, then of each `else if`; else (if any). switch and
 *             Select: first the value, then BLOCKs
 *   LOOP      whatever it holds in order: start, condition, step, body
 *   EACH      VARIABLE (PHP: or a PAIR of two, or a LIST), collection, body
 *   RETURN    first or NULL. Also yield, throw
 *   CLASS     text: name, type: bases as written; children: members
 *   IMPORT    text: alias or empty; type: full name (using, import, <%@ Import %> by flow)
 *   WITH      object, body (VB's With, `using (x = ...)` is a BLOCK with a VARIABLE)
 *   TRY       blocks in order
 *   ATTRIBUTE text: name ([WebMethod], <WebMethod()>, @RequestMapping): stands in front of the
 *             FUNCTION or CLASS it belongs to; children: arguments
 */
#ifndef HAUBERK_WEBSHELL_TREE_H
#define HAUBERK_WEBSHELL_TREE_H

#include "base/buf.h"
#include "webshell/split.h"

enum node_kind {
    NODE_NONE,
    NODE_TEXT,
    NODE_NUMBER,
    NODE_NAME,
    NODE_MEMBER,
    NODE_INDEX,
    NODE_CALL,
    NODE_NEW,
    NODE_UNARY,
    NODE_BINARY,
    NODE_CHOICE,
    NODE_ASSIGN,
    NODE_LIST,
    NODE_PAIR,
    NODE_FUNCTION,
    NODE_PARAMETER,
    NODE_CAST,
    NODE_BLOCK,
    NODE_VARIABLE,
    NODE_IF,
    NODE_LOOP,
    NODE_EACH,
    NODE_RETURN,
    NODE_CLASS,
    NODE_IMPORT,
    NODE_WITH,
    NODE_TRY,
    NODE_ATTRIBUTE,
};

struct node {
    enum node_kind kind;
    unsigned line : 22;   /* of the page */
    unsigned height : 10; /* of the longest path below, as far as it was counted */
    struct slice text, type;
    double number;
    struct node *first, *next;
};

#define TREE_DEPTH_MAX 128      /* nested expressions and blocks */
#define TREE_HEIGHT_MAX 512     /* nodes above each other in a chain: a.b().c() ... */
#define TREE_NODES_MAX 1000000U /* of one tree; fewer for short texts */

struct tree {
    enum language language;
    struct node *root; /* a BLOCK, never NULL */
    uint32_t nodes;    /* how many */
    uint32_t skipped;  /* statements that made no sense */
    uint32_t escapes;  /* identifiers spelled with \u escapes or format characters */
    bool encoded;      /* VBScript.Encode or JScript.Encode: see decode_script.h */
    bool truncated;    /* depth or count of nodes reached: told to the user */
};

/*
 * Parses the pieces of one language as one program, in order; pieces of other languages are
 * passed over. C#, JScript, Java and PHP: tree_curly.c; Visual Basic and VBScript:
 * tree_basic.c.
 */
void tree_parse(struct arena *arena, enum language language, const struct piece *pieces,
                size_t count, struct tree *out);

/* The tree as text, for tests: (call (member (name Request) Form) (text "x")). */
void tree_print(const struct tree *tree, struct buf *out);

#endif
