#include "webshell/split_internal.h"

static const struct {
    struct slice name;
    enum language language;
} language_names[] = {
    { SLICE_INIT("c#"), LANGUAGE_CSHARP },
    { SLICE_INIT("cs"), LANGUAGE_CSHARP },
    { SLICE_INIT("csharp"), LANGUAGE_CSHARP },
    { SLICE_INIT("vb"), LANGUAGE_VB },
    { SLICE_INIT("vbs"), LANGUAGE_VBSCRIPT },
    { SLICE_INIT("visualbasic"), LANGUAGE_VB },
    { SLICE_INIT("vbnet"), LANGUAGE_VB },
    { SLICE_INIT("vbscript"), LANGUAGE_VBSCRIPT },
    { SLICE_INIT("js"), LANGUAGE_JSCRIPT },
    { SLICE_INIT("jscript"), LANGUAGE_JSCRIPT },
    { SLICE_INIT("javascript"), LANGUAGE_JSCRIPT },
    { SLICE_INIT("ecmascript"), LANGUAGE_JSCRIPT },
    { SLICE_INIT("livescript"), LANGUAGE_JSCRIPT },
    { SLICE_INIT("java"), LANGUAGE_JAVA },
    { SLICE_INIT("vj#"), LANGUAGE_JAVA },
    { SLICE_INIT("vjs"), LANGUAGE_JAVA },
    { SLICE_INIT("php"), LANGUAGE_PHP },
};

#define ENCODED SLICE_LIT(".encode") /* "VBScript.Encode" */

enum language language_named(struct slice name)
{
    name = slice_trim(name);
    if (slice_icase_ends(name, ENCODED))
        name.len -= ENCODED.len;
    for (size_t i = 0; i < sizeof language_names / sizeof language_names[0]; i++)
        if (slice_icase_eq(name, language_names[i].name))
            return language_names[i].language;
    return LANGUAGE_NONE;
}

enum language language_of_kind(enum page_kind kind, enum language language)
{
    if (kind == PAGE_KIND_ASP && language == LANGUAGE_VB)
        return LANGUAGE_VBSCRIPT;
    bool net = kind == PAGE_KIND_ASPX || kind == PAGE_KIND_HANDLER || kind == PAGE_KIND_RAZOR;
    return net && language == LANGUAGE_VBSCRIPT ? LANGUAGE_VB : language;
}

/* How much code looks like each family. */
struct looks {
    int basic, curly, script; /* script: JScript rather than C# */
};

struct word {
    const char *text;
    int weight;
};

/* Words that start a line of Basic. */
static const struct word basic_starts[] = {
    { "dim ", 3 },
    { "end ", 3 },
    { "sub ", 3 },
    { "set ", 2 },
    { "next", 1 },
    { "function ", 0 },
    { "private ", 0 },
    { "public sub", 3 },
    { "elseif ", 2 },
    { "on error ", 4 },
    { "select case", 3 },
    { "loop", 1 },
    { "option ", 3 },
    { "imports ", 3 },
    { "wend", 2 },
    { "'", 1 },
    { "redim ", 3 },
    { "execute", 2 },
    { "protected sub", 3 },
    { "private sub", 3 },
    { "public function", 1 },
    { "response.write ", 2 },
    { "rem ", 2 },
};

static const struct word script_words[] = {
    { "function ", 2 },     { "function(", 2 },         { "eval(", 3 },
    { "var ", 1 },          { "new ActiveXObject", 4 }, { ":String", 2 },
    { "===", 2 },           { "new Function", 3 },      { "new Enumerator", 3 },
    { "import System", 3 }, { "unescape(", 2 },
};

static const struct word csharp_words[] = {
    { "void ", 4 },    { "string ", 2 },    { "using ", 2 },       { "byte[]", 3 },
    { "foreach", 3 },  { "namespace ", 3 }, { "public class", 3 }, { "protected ", 2 },
    { "private ", 2 }, { "String ", 1 },    { "int ", 2 },         { "bool ", 2 },
    { "new byte", 3 }, { "typeof(", 1 },    { "object ", 1 },      { "(string)", 2 },
    { "System.", 0 },
};

#define GUESS_BYTES_MAX (64U << 10)
#define GUESS_LINES_MAX 2000
#define WORDS(table) (table), sizeof(table) / sizeof(table)[0]

static int words_in(struct slice code, const struct word *words, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        if (slice_has(code, slice_from(words[i].text)))
            sum += words[i].weight;
    return sum;
}

static int basic_start(struct slice line)
{
    for (size_t i = 0; i < sizeof basic_starts / sizeof basic_starts[0]; i++)
        if (slice_icase_starts(line, slice_from(basic_starts[i].text)))
            return basic_starts[i].weight;
    return 0;
}

static void look_at_line(struct slice line, struct looks *looks)
{
    line = slice_trim(line);
    if (!line.len)
        return;
    char last = line.ptr[line.len - 1];
    if (last == ';' || last == '{' || last == '}')
        looks->curly += 2;
    if (slice_icase_ends(line, SLICE_LIT(" then")) || slice_icase_ends(line, SLICE_LIT(" _")))
        looks->basic += 3;
    looks->basic += basic_start(line);
    if (slice_starts(line, SLICE_LIT("//")) || slice_starts(line, SLICE_LIT("/*")))
        looks->curly += 2;
}

static void look_at(struct slice code, struct looks *looks)
{
    code = slice_first(code, GUESS_BYTES_MAX);
    looks->script += words_in(code, WORDS(script_words));
    looks->script -= words_in(code, WORDS(csharp_words));
    for (int i = 0; i < GUESS_LINES_MAX && code.ptr; i++)
        look_at_line(slice_cut(&code, '\n'), looks);
}

/* Data bound values are much the same in all languages. */
static bool tells(const struct piece *piece)
{
    return piece->language == LANGUAGE_NONE && piece->kind != PIECE_VALUE;
}

static struct looks looks_of(const struct parts *parts)
{
    struct looks looks = { 0 };
    size_t bytes = 0;
    for (size_t i = 0; i < parts->piece_count && bytes < GUESS_BYTES_MAX; i++)
        if (tells(&parts->pieces[i])) {
            look_at(parts->pieces[i].text, &looks);
            bytes += parts->pieces[i].text.len;
        }
    return looks;
}

enum language language_guess(const struct parts *parts)
{
    if (parts->kind == PAGE_KIND_JSP)
        return LANGUAGE_JAVA;
    struct looks looks = looks_of(parts);
    bool curly = looks.curly > looks.basic;
    if (parts->kind == PAGE_KIND_ASP)
        return curly ? LANGUAGE_JSCRIPT : LANGUAGE_VBSCRIPT;
    enum language braces = looks.script > 0 ? LANGUAGE_JSCRIPT : LANGUAGE_CSHARP;
    if (parts->kind == PAGE_KIND_ASPX || parts->kind == PAGE_KIND_HANDLER)
        return curly ? braces : LANGUAGE_VB;
    if (parts->kind == PAGE_KIND_CONFIG) /* which engine runs it, the configuration says */
        return curly ? braces : LANGUAGE_VBSCRIPT;
    return LANGUAGE_NONE;
}
