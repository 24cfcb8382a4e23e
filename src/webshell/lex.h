/*
 * Pieces of code → tokens, for the languages with curly braces: C#, JScript, Java, PHP.
 *
 * All pieces are one array, so that the parser looks ahead for the price of an index, and
 * brackets know their partners. What a text token means is worked out when its node is built
 * (lex_text_next), since it may hold expressions. Linear, never fails.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_WEBSHELL_LEX_H
#define HAUBERK_WEBSHELL_LEX_H

#include "base/buf.h"
#include "webshell/split.h"

enum token_kind {
    TOKEN_END,    /* the last of the array, once */
    TOKEN_NAME,   /* text: without @, escapes and format characters. PHP: "$x", "A\b" */
    TOKEN_NUMBER, /* text: as written */
    TOKEN_TEXT,   /* text: between the quotes, as written; code: enum quote */
    TOKEN_REGEX,  /* text: between the slashes; `match`: how many letters follow (flags) */
    TOKEN_SIGN,   /* code: SIGN("+=") */
    TOKEN_VALUE,  /* a PIECE_VALUE begins; a TOKEN_BREAK ends it */
    TOKEN_BREAK,  /* the end of a piece, and PHP's ?> */
};

/* What keywords have in common for the parser; `code` of a TOKEN_NAME. */
enum word {
    WORD_NONE,
    WORD_AND, /* PHP: and */
    WORD_ARRAY,
    WORD_AS,
    WORD_ASSERT,
    WORD_ASYNC,
    WORD_AWAIT,
    WORD_CASE,
    WORD_CATCH,
    WORD_CHECKED, /* checked, unchecked, unsafe: in front of a block */
    WORD_CLASS,   /* class, interface, struct, enum, record, trait */
    WORD_CLONE,
    WORD_CONST,
    WORD_DECLARE,
    WORD_DEFAULT,
    WORD_DELEGATE,
    WORD_DELETE, /* delete, void of JScript */
    WORD_DO,
    WORD_ECHO,
    WORD_ELSE,
    WORD_ELSEIF,
    WORD_END, /* endif, endwhile ... of PHP */
    WORD_EVENT,
    WORD_EXIT,
    WORD_EXTENDS, /* extends, implements */
    WORD_FINALLY,
    WORD_FN,
    WORD_FOR,
    WORD_FOREACH,
    WORD_FROM,
    WORD_FUNCTION,
    WORD_GET, /* get, set, init, add, remove */
    WORD_GLOBAL,
    WORD_IF,
    WORD_IMPORT,
    WORD_IN,
    WORD_INCLUDE, /* include, require, with or without _once */
    WORD_IS,      /* is, instanceof */
    WORD_JUMP,    /* break, continue, goto, debugger */
    WORD_LET,
    WORD_LIST,
    WORD_LOCK, /* lock, fixed, synchronized */
    WORD_MATCH,
    WORD_MODIFIER,
    WORD_NAMESPACE,
    WORD_NEW,      /* new, stackalloc */
    WORD_OPERATOR, /* operator, implicit, explicit */
    WORD_OR,
    WORD_OUT, /* ref, out, params */
    WORD_PACKAGE,
    WORD_PRINT,
    WORD_RETURN,
    WORD_STATIC,
    WORD_SWITCH,
    WORD_THROW,
    WORD_THROWS,
    WORD_TRUE,
    WORD_TRY,
    WORD_TYPE, /* int, string ... */
    WORD_TYPEOF,
    WORD_USE,
    WORD_USING,
    WORD_VAR,
    WORD_WHERE,
    WORD_WHILE,
    WORD_WITH,
    WORD_XOR,
    WORD_YIELD,
};

enum quote {
    QUOTE_PLAIN,        /* "x", 'x' with escapes of the language */
    QUOTE_VERBATIM,     /* C# @"x" */
    QUOTE_HOLES,        /* C# $"x{e}" */
    QUOTE_HOLES_AS_IS,  /* C# $@"x{e}" */
    QUOTE_RAW,          /* C# """x"""; `match`: how many $ stand in front */
    QUOTE_BLOCK,        /* Java """x""" */
    QUOTE_TEMPLATE,     /* JavaScript `x${e}` */
    QUOTE_PHP,          /* "x$y{$z}" */
    QUOTE_PHP_SINGLE,   /* 'x' */
    QUOTE_PHP_HEREDOC,  /* <<<X; `match`: bytes of indentation to be taken off each line */
    QUOTE_PHP_NOWDOC,   /* <<<'X' */
    QUOTE_PHP_BACKTICK, /* `x` */
};

/* Signs are compared as numbers: up to four characters, the last in the lowest byte. */
#define SIGN1(a) ((uint32_t)(a))
#define SIGN2(a, b) (SIGN1(a) << 8 | SIGN1(b))
#define SIGN3(a, b, c) (SIGN2(a, b) << 8 | SIGN1(c))
#define SIGN4(a, b, c, d) (SIGN3(a, b, c) << 8 | SIGN1(d))

struct token {
    struct slice text;
    uint32_t line;
    uint32_t code;  /* enum word, enum quote, SIGN */
    uint32_t match; /* brackets: index of the partner, or of TOKEN_END without one */
    uint8_t kind;   /* enum token_kind */
};

#define LEX_TOKENS_MAX 2000000U
#define LEX_HOLES_MAX 8 /* texts with expressions that hold texts with expressions ... */

struct lexed {
    struct token *tokens; /* lexed_deinit() frees them */
    size_t count, capacity;
    uint32_t escapes; /* names spelled with \u escapes or format characters */
    bool truncated;   /* LEX_TOKENS_MAX */
    struct buf scratch;
};

/*
 * Adds the tokens of one piece, lex_finish() the TOKEN_END and the partners of brackets. Texts
 * borrow from the piece or lie in the arena.
 */
void lex_piece(struct lexed *lexed, struct arena *arena, const struct piece *piece);
void lex_finish(struct lexed *lexed);
void lexed_deinit(struct lexed *lexed);

/* What a word means in a language. */
enum word lex_word(enum language language, struct slice text);

/* Value of a TOKEN_NUMBER. */
double lex_number(enum language language, struct slice text);

/* --- parts of a text --- */

enum text_part_kind {
    TEXT_PART_CONSTANT, /* text: escapes resolved */
    TEXT_PART_CODE,     /* an expression */
    TEXT_PART_SIMPLE,   /* PHP "$x", "$x[key]", "$x->y": text as written */
};

struct text_part {
    enum text_part_kind kind;
    struct slice text;
    uint32_t line;
};

struct lex_text {
    struct arena *arena;
    struct buf *scratch;
    enum language language;
    enum quote quote;
    uint32_t line, number; /* number: `match` of the token */
    struct slice rest;
};

struct lex_text lex_text_of(struct lexed *lexed, struct arena *arena, enum language language,
                            const struct token *token);
/* false: no more parts. A text without any is empty. */
bool lex_text_next(struct lex_text *text, struct text_part *out);

/* For both files of the lexer: end of the hole whose text begins at `from`. */
size_t lex_skip_hole(enum language language, struct slice text, size_t from, unsigned depth);
/* Does PHP text have an expression at `at`: "{$x", "${" (both with braces), "$x"? */
bool lex_php_hole(struct slice text, size_t at);
bool lex_php_variable(struct slice text, size_t at);

/* A letter, digit, '_', '$' or a byte beyond ASCII. */
static inline bool lex_is_name_byte(char c)
{
    static const uint64_t ascii[2] = {
        0x03ff001000000000, /* $ 0-9 */
        0x07fffffe87fffffe, /* A-Z _ a-z */
    };
    unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || (ascii[byte >> 6] >> (byte & 63) & 1);
}

#endif
