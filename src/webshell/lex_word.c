#include "webshell/lex.h"

enum { CSHARP = 1, JSCRIPT = 2, JAVA = 4, PHP = 8, ALL = 15 };

struct word_row {
    struct slice text;
    uint8_t word;      /* enum word */
    uint8_t languages; /* bits as above */
};

/* SLICE_LIT is no constant for a static table. */
#define TEXT(text)                                                                             \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }

static const struct word_row words_a[] = {
    { TEXT("abstract"), WORD_MODIFIER, ALL },
    { TEXT("add"), WORD_GET, CSHARP },
    { TEXT("and"), WORD_AND, PHP },
    { TEXT("array"), WORD_ARRAY, PHP },
    { TEXT("as"), WORD_AS, CSHARP | PHP },
    { TEXT("assert"), WORD_ASSERT, JAVA },
    { TEXT("async"), WORD_ASYNC, CSHARP | JSCRIPT },
    { TEXT("await"), WORD_AWAIT, CSHARP | JSCRIPT },
};
static const struct word_row words_b[] = {
    { TEXT("bool"), WORD_TYPE, CSHARP },
    { TEXT("boolean"), WORD_TYPE, JAVA },
    { TEXT("break"), WORD_JUMP, ALL },
    { TEXT("byte"), WORD_TYPE, CSHARP | JAVA },
};
static const struct word_row words_c[] = {
    { TEXT("case"), WORD_CASE, ALL },           { TEXT("catch"), WORD_CATCH, ALL },
    { TEXT("char"), WORD_TYPE, CSHARP | JAVA }, { TEXT("checked"), WORD_CHECKED, CSHARP },
    { TEXT("class"), WORD_CLASS, ALL },         { TEXT("clone"), WORD_CLONE, PHP },
    { TEXT("const"), WORD_CONST, ALL },         { TEXT("continue"), WORD_JUMP, ALL },
};
static const struct word_row words_d[] = {
    { TEXT("debugger"), WORD_JUMP, JSCRIPT },
    { TEXT("decimal"), WORD_TYPE, CSHARP },
    { TEXT("declare"), WORD_DECLARE, PHP },
    { TEXT("default"), WORD_DEFAULT, ALL },
    { TEXT("delegate"), WORD_DELEGATE, CSHARP },
    { TEXT("delete"), WORD_DELETE, JSCRIPT },
    { TEXT("die"), WORD_EXIT, PHP },
    { TEXT("do"), WORD_DO, ALL },
    { TEXT("double"), WORD_TYPE, CSHARP | JAVA },
};
static const struct word_row words_e[] = {
    { TEXT("echo"), WORD_ECHO, PHP },
    { TEXT("else"), WORD_ELSE, ALL },
    { TEXT("elseif"), WORD_ELSEIF, PHP },
    { TEXT("enddeclare"), WORD_END, PHP },
    { TEXT("endfor"), WORD_END, PHP },
    { TEXT("endforeach"), WORD_END, PHP },
    { TEXT("endif"), WORD_END, PHP },
    { TEXT("endswitch"), WORD_END, PHP },
    { TEXT("endwhile"), WORD_END, PHP },
    { TEXT("enum"), WORD_CLASS, ALL },
    { TEXT("event"), WORD_EVENT, CSHARP },
    { TEXT("exit"), WORD_EXIT, PHP },
    { TEXT("expando"), WORD_MODIFIER, JSCRIPT },
    { TEXT("explicit"), WORD_OPERATOR, CSHARP },
    { TEXT("extends"), WORD_EXTENDS, JSCRIPT | JAVA | PHP },
    { TEXT("extern"), WORD_MODIFIER, CSHARP },
};
static const struct word_row words_f[] = {
    { TEXT("final"), WORD_MODIFIER, JSCRIPT | JAVA | PHP },
    { TEXT("finally"), WORD_FINALLY, ALL },
    { TEXT("fixed"), WORD_LOCK, CSHARP },
    { TEXT("float"), WORD_TYPE, CSHARP | JAVA },
    { TEXT("fn"), WORD_FN, PHP },
    { TEXT("for"), WORD_FOR, ALL },
    { TEXT("foreach"), WORD_FOREACH, CSHARP | PHP },
    { TEXT("from"), WORD_FROM, CSHARP },
    { TEXT("function"), WORD_FUNCTION, JSCRIPT | PHP },
};
static const struct word_row words_g[] = {
    { TEXT("get"), WORD_GET, CSHARP | JSCRIPT },
    { TEXT("global"), WORD_GLOBAL, PHP },
    { TEXT("goto"), WORD_JUMP, CSHARP | PHP },
};
static const struct word_row words_h[] = {
    { TEXT("hide"), WORD_MODIFIER, JSCRIPT },
};
static const struct word_row words_i[] = {
    { TEXT("if"), WORD_IF, ALL },
    { TEXT("implements"), WORD_EXTENDS, JSCRIPT | JAVA | PHP },
    { TEXT("implicit"), WORD_OPERATOR, CSHARP },
    { TEXT("import"), WORD_IMPORT, JSCRIPT | JAVA },
    { TEXT("in"), WORD_IN, CSHARP | JSCRIPT },
    { TEXT("include"), WORD_INCLUDE, PHP },
    { TEXT("include_once"), WORD_INCLUDE, PHP },
    { TEXT("init"), WORD_GET, CSHARP },
    { TEXT("instanceof"), WORD_IS, JSCRIPT | JAVA | PHP },
    { TEXT("int"), WORD_TYPE, CSHARP | JAVA },
    { TEXT("interface"), WORD_CLASS, ALL },
    { TEXT("internal"), WORD_MODIFIER, CSHARP | JSCRIPT },
    { TEXT("is"), WORD_IS, CSHARP },
};
static const struct word_row words_l[] = {
    { TEXT("let"), WORD_LET, CSHARP | JSCRIPT },
    { TEXT("list"), WORD_LIST, PHP },
    { TEXT("lock"), WORD_LOCK, CSHARP },
    { TEXT("long"), WORD_TYPE, CSHARP | JAVA },
};
static const struct word_row words_m[] = {
    { TEXT("match"), WORD_MATCH, PHP },
};
static const struct word_row words_n[] = {
    { TEXT("namespace"), WORD_NAMESPACE, CSHARP | PHP },
    { TEXT("native"), WORD_MODIFIER, JAVA },
    { TEXT("new"), WORD_NEW, ALL },
};
static const struct word_row words_o[] = {
    { TEXT("object"), WORD_TYPE, CSHARP },
    { TEXT("operator"), WORD_OPERATOR, CSHARP },
    { TEXT("or"), WORD_OR, PHP },
    { TEXT("out"), WORD_OUT, CSHARP },
    { TEXT("override"), WORD_MODIFIER, CSHARP | JSCRIPT },
};
static const struct word_row words_p[] = {
    { TEXT("package"), WORD_PACKAGE, JSCRIPT | JAVA },
    { TEXT("params"), WORD_OUT, CSHARP },
    { TEXT("partial"), WORD_MODIFIER, CSHARP },
    { TEXT("print"), WORD_PRINT, PHP },
    { TEXT("private"), WORD_MODIFIER, ALL },
    { TEXT("protected"), WORD_MODIFIER, ALL },
    { TEXT("public"), WORD_MODIFIER, ALL },
};
static const struct word_row words_r[] = {
    { TEXT("readonly"), WORD_MODIFIER, CSHARP | PHP },
    { TEXT("record"), WORD_CLASS, CSHARP | JAVA },
    { TEXT("ref"), WORD_OUT, CSHARP },
    { TEXT("remove"), WORD_GET, CSHARP },
    { TEXT("require"), WORD_INCLUDE, PHP },
    { TEXT("require_once"), WORD_INCLUDE, PHP },
    { TEXT("required"), WORD_MODIFIER, CSHARP },
    { TEXT("return"), WORD_RETURN, ALL },
};
static const struct word_row words_s[] = {
    { TEXT("sbyte"), WORD_TYPE, CSHARP },        { TEXT("sealed"), WORD_MODIFIER, CSHARP },
    { TEXT("set"), WORD_GET, CSHARP | JSCRIPT }, { TEXT("short"), WORD_TYPE, CSHARP | JAVA },
    { TEXT("sizeof"), WORD_TYPEOF, CSHARP },     { TEXT("stackalloc"), WORD_NEW, CSHARP },
    { TEXT("static"), WORD_STATIC, ALL },        { TEXT("strictfp"), WORD_MODIFIER, JAVA },
    { TEXT("string"), WORD_TYPE, CSHARP },       { TEXT("struct"), WORD_CLASS, CSHARP },
    { TEXT("switch"), WORD_SWITCH, ALL },        { TEXT("synchronized"), WORD_LOCK, JAVA },
};
static const struct word_row words_t[] = {
    { TEXT("throw"), WORD_THROW, ALL },
    { TEXT("throws"), WORD_THROWS, JAVA },
    { TEXT("trait"), WORD_CLASS, PHP },
    { TEXT("transient"), WORD_MODIFIER, JAVA },
    { TEXT("true"), WORD_TRUE, ALL },
    { TEXT("try"), WORD_TRY, ALL },
    { TEXT("typeof"), WORD_TYPEOF, CSHARP | JSCRIPT },
};
static const struct word_row words_u[] = {
    { TEXT("uint"), WORD_TYPE, CSHARP },
    { TEXT("ulong"), WORD_TYPE, CSHARP },
    { TEXT("unchecked"), WORD_CHECKED, CSHARP },
    { TEXT("unsafe"), WORD_CHECKED, CSHARP },
    { TEXT("use"), WORD_USE, PHP },
    { TEXT("ushort"), WORD_TYPE, CSHARP },
    { TEXT("using"), WORD_USING, CSHARP },
};
static const struct word_row words_v[] = {
    { TEXT("var"), WORD_VAR, JSCRIPT | PHP },
    { TEXT("virtual"), WORD_MODIFIER, CSHARP },
    { TEXT("void"), WORD_DELETE, JSCRIPT },
    { TEXT("void"), WORD_TYPE, CSHARP | JAVA },
    { TEXT("volatile"), WORD_MODIFIER, CSHARP | JAVA },
};
static const struct word_row words_w[] = {
    { TEXT("where"), WORD_WHERE, CSHARP },
    { TEXT("while"), WORD_WHILE, ALL },
    { TEXT("with"), WORD_WITH, JSCRIPT },
};
static const struct word_row words_x[] = {
    { TEXT("xor"), WORD_XOR, PHP },
};
static const struct word_row words_y[] = {
    { TEXT("yield"), WORD_YIELD, ALL },
};

#define LETTER(words)                                                                          \
    {                                                                                          \
        (words), sizeof(words) / sizeof *(words)                                               \
    }
static const struct {
    const struct word_row *rows;
    size_t count;
} letters['z' - 'a' + 1] = {
    ['a' - 'a'] = LETTER(words_a), ['b' - 'a'] = LETTER(words_b), ['c' - 'a'] = LETTER(words_c),
    ['d' - 'a'] = LETTER(words_d), ['e' - 'a'] = LETTER(words_e), ['f' - 'a'] = LETTER(words_f),
    ['g' - 'a'] = LETTER(words_g), ['h' - 'a'] = LETTER(words_h), ['i' - 'a'] = LETTER(words_i),
    ['l' - 'a'] = LETTER(words_l), ['m' - 'a'] = LETTER(words_m), ['n' - 'a'] = LETTER(words_n),
    ['o' - 'a'] = LETTER(words_o), ['p' - 'a'] = LETTER(words_p), ['r' - 'a'] = LETTER(words_r),
    ['s' - 'a'] = LETTER(words_s), ['t' - 'a'] = LETTER(words_t), ['u' - 'a'] = LETTER(words_u),
    ['v' - 'a'] = LETTER(words_v), ['w' - 'a'] = LETTER(words_w), ['x' - 'a'] = LETTER(words_x),
    ['y' - 'a'] = LETTER(words_y),
};

#define WORD_BYTES_MAX 12

static unsigned language_bit(enum language language)
{
    switch (language) {
    case LANGUAGE_CSHARP:
        return CSHARP;
    case LANGUAGE_JSCRIPT:
        return JSCRIPT;
    case LANGUAGE_JAVA:
        return JAVA;
    case LANGUAGE_PHP:
        return PHP;
    default:
        return 0;
    }
}

/* Only PHP does not care for case. */
static bool is_same(enum language language, struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    return language == LANGUAGE_PHP ? slice_icase_eq(a, b) : memcmp(a.ptr, b.ptr, a.len) == 0;
}

enum word lex_word(enum language language, struct slice text)
{
    if (text.len < 2 || text.len > WORD_BYTES_MAX)
        return WORD_NONE;
    char letter = language == LANGUAGE_PHP ? ascii_lower(*text.ptr) : *text.ptr;
    if (letter < 'a' || letter > 'z')
        return WORD_NONE;
    const struct word_row *rows = letters[letter - 'a'].rows;
    for (size_t i = 0; i < letters[letter - 'a'].count; i++)
        if (rows[i].languages & language_bit(language) && is_same(language, text, rows[i].text))
            return (enum word)rows[i].word;
    return WORD_NONE;
}
