/*
 * Pieces of Visual Basic .NET or VBScript → words, one after the other.
 *
 * Keywords in any case; names keep their spelling, but without the brackets of [names] and
 * without what only hides them (format characters, full-width letters: counted). Comments, line
 * continuations and `#If` lines are left out. Line ends and `:` are words; so is the end of a
 * piece. Linear in the text, never fails.
 */
#ifndef HAUBERK_WEBSHELL_LEX_BASIC_H
#define HAUBERK_WEBSHELL_LEX_BASIC_H

#include "webshell/tree.h"

enum basic_kind {
    BASIC_END, /* of all pieces */
    BASIC_LINE,
    BASIC_COLON,
    BASIC_WORD, /* a name or a keyword: then `key` is set */
    BASIC_TEXT,
    BASIC_FRAME,  /* $"...": what is between the quotes, as written */
    BASIC_NUMBER, /* dates too */
    BASIC_SYMBOL, /* `symbol` */
    BASIC_VALUE,  /* a PIECE_VALUE begins */
};

/* Keywords that the parser asks for; all others are names to it. */
enum basic_key {
    KEY_NONE,
    KEY_ADDRESSOF,
    KEY_AND,
    KEY_ANDALSO,
    KEY_AS,
    KEY_AWAIT,
    KEY_BYREF,
    KEY_BYVAL,
    KEY_CALL,
    KEY_CASE,
    KEY_CATCH,
    KEY_CLASS,
    KEY_CONST,
    KEY_CTYPE,
    KEY_DECLARE,
    KEY_DIM,
    KEY_DIRECTCAST,
    KEY_DO,
    KEY_EACH,
    KEY_ELSE,
    KEY_ELSEIF,
    KEY_END,
    KEY_ENUM,
    KEY_EQV,
    KEY_ERASE,
    KEY_ERROR,
    KEY_EVENT,
    KEY_EXIT,
    KEY_FALSE,
    KEY_FINALLY,
    KEY_FOR,
    KEY_FROM,
    KEY_FUNCTION,
    KEY_GET,
    KEY_GETTYPE,
    KEY_GOTO,
    KEY_HANDLES,
    KEY_IF,
    KEY_IIF,
    KEY_IMP,
    KEY_IMPLEMENTS,
    KEY_IMPORTS,
    KEY_IN,
    KEY_INHERITS,
    KEY_INTERFACE,
    KEY_IS,
    KEY_ISNOT,
    KEY_LET,
    KEY_LIKE,
    KEY_LOOP,
    KEY_MOD,
    KEY_MODIFIER, /* Public, Shared ... */
    KEY_MODULE,
    KEY_NAMESPACE,
    KEY_NEW,
    KEY_NEXT,
    KEY_NOT,
    KEY_OF,
    KEY_ON,
    KEY_OPERATOR,
    KEY_OPTION,
    KEY_OPTIONAL,
    KEY_OR,
    KEY_ORELSE,
    KEY_PARAMARRAY,
    KEY_PRESERVE,
    KEY_PROPERTY,
    KEY_REDIM,
    KEY_REM,
    KEY_RESUME,
    KEY_RETURN,
    KEY_SELECT,
    KEY_SET,
    KEY_STEP,
    KEY_STOP,
    KEY_STRUCTURE,
    KEY_SUB,
    KEY_SYNCLOCK,
    KEY_THEN,
    KEY_THROW,
    KEY_TO,
    KEY_TRUE,
    KEY_TRY,
    KEY_TRYCAST,
    KEY_TYPEOF,
    KEY_UNTIL,
    KEY_USING,
    KEY_WEND,
    KEY_WHEN,
    KEY_WHILE,
    KEY_WITH,
    KEY_XOR,
    KEY_YIELD,
    KEY_COUNT,
};

/* Symbols of more than one character; all others are their character. */
enum basic_symbol {
    SYMBOL_NOT_EQUAL = 256, /* <> >< */
    SYMBOL_LESS_EQUAL,      /* <= =< */
    SYMBOL_MORE_EQUAL,      /* >= => */
    SYMBOL_SHIFT_LEFT,
    SYMBOL_SHIFT_RIGHT,
    SYMBOL_NAMED, /* := */
    SYMBOL_ADD_TO,
    SYMBOL_TAKE_FROM,
    SYMBOL_TIMES,
    SYMBOL_DIVIDE,
    SYMBOL_DIVIDE_WHOLE,
    SYMBOL_POWER,
    SYMBOL_JOIN_TO,
    SYMBOL_SHIFT_LEFT_BY,
    SYMBOL_SHIFT_RIGHT_BY,
};

struct basic_word {
    enum basic_kind kind;
    enum basic_key key;
    int symbol;
    uint32_t line;
    bool spaced; /* blanks in front */
    struct slice text;
    double number;
};

struct basic_lexer {
    struct arena *arena;
    struct tree *tree;               /* counts escapes */
    const struct piece *piece, *end; /* the next one, and behind the last */
    bool members;                    /* only PIECE_MEMBERS; or only the others */
    bool net;                        /* Visual Basic .NET, not VBScript */
    bool wide;                       /* UTF-8; else bytes of a code page */
    bool open;                       /* inside a piece */
    bool no_xml; /* an XML literal had no end: there is none behind it either */
    struct slice text;
    size_t at;
    uint32_t line;
    struct basic_word last;
};

/*
 * Starts on those pieces that are of the tree's language: on the PIECE_MEMBERS, or on all
 * others.
 */
void basic_lexer_start(struct basic_lexer *lexer, struct arena *arena, struct tree *tree,
                       const struct piece *pieces, size_t count, bool members);

/* The next word; BASIC_END for ever after the last. */
struct basic_word basic_lexer_next(struct basic_lexer *lexer);

/*
 * An XML literal of Visual Basic .NET that begins with the `<` just read: passes over it, and
 * returns its text; or absent, and nothing moves, where it is none.
 */
struct slice basic_lexer_xml(struct basic_lexer *lexer);

#endif
