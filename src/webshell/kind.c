#include "webshell/split_internal.h"

#include "base/mask.h"

/* How much a file's content must look like a page before it is taken for one. */
enum trust {
    TRUST_PAGE,    /* a page by its name */
    TRUST_PART,    /* includes and copies of pages: it is no wonder that they hold code */
    TRUST_OTHER,   /* no page by its name: server code must be real */
    TRUST_QUOTING, /* prose and sources quote code: only what starts as a page is one */
    TRUST_BINARY,  /* nobody runs it as a page */
};

static const struct extension {
    const char *names; /* each between blanks */
    enum page_kind kind;
    enum trust trust;
    enum language language;
} extensions[] = {
    { " aspx ascx master asax skin aspq ", PAGE_KIND_ASPX, TRUST_PAGE, LANGUAGE_NONE },
    { " ashx asmx svc soap rem axd ", PAGE_KIND_HANDLER, TRUST_PAGE, LANGUAGE_NONE },
    { " cshtml cshtm razor ", PAGE_KIND_RAZOR, TRUST_PAGE, LANGUAGE_CSHARP },
    { " vbhtml vbhtm ", PAGE_KIND_RAZOR, TRUST_PAGE, LANGUAGE_VB },
    { " asp asa cer cdx htr htw ida idq stm ", PAGE_KIND_ASP, TRUST_PAGE, LANGUAGE_NONE },
    { " jsp jspx jspf jspa jsw jsv jtml jhtml tag tagx tagf ", PAGE_KIND_JSP, TRUST_PAGE,
      LANGUAGE_JAVA },
    { " php php2 php3 php4 php5 php6 php7 php8 phtml pht phps phpt phar pgif ctp ",
      PAGE_KIND_PHP, TRUST_PAGE, LANGUAGE_PHP },
    { " config ", PAGE_KIND_CONFIG, TRUST_PAGE, LANGUAGE_NONE },
    { " xsl xslt ", PAGE_KIND_XSLT, TRUST_PAGE, LANGUAGE_NONE },
    { " cs csx ", PAGE_KIND_SOURCE, TRUST_QUOTING, LANGUAGE_CSHARP },
    { " vb ", PAGE_KIND_SOURCE, TRUST_QUOTING, LANGUAGE_VB },
    { " java jsl ", PAGE_KIND_SOURCE, TRUST_QUOTING, LANGUAGE_JAVA },
    { " html htm xhtml hta ", PAGE_KIND_CLIENT, TRUST_OTHER, LANGUAGE_NONE },
    { " inc dist sample tpl tmpl module install theme engine default orig bak old tmp save ",
      PAGE_KIND_NONE, TRUST_PART, LANGUAGE_NONE },
    { " js mjs css ", PAGE_KIND_CLIENT, TRUST_QUOTING, LANGUAGE_NONE },
    { " md markdown rst adoc log eml csv tsv json py rb pl pm c h cc cpp hpp go rs sh ps1 psm1"
      " psd1 bat cmd yar yara yml yaml ts tsx sql tex diff patch vbs ipynb toml ini po map ejs"
      " erb properties resx resources ",
      PAGE_KIND_NONE, TRUST_QUOTING, LANGUAGE_NONE },
    { " dll exe sys msi cab zip jar war ear 7z rar gz bz2 xz docx xlsx pptx pdb class lib obj"
      " nupkg evtx etl edb chm swf woff woff2 ttf mp3 mp4 doc xls ppt ",
      PAGE_KIND_NONE, TRUST_BINARY, LANGUAGE_NONE },
};
#define EXTENSION_COUNT (sizeof extensions / sizeof extensions[0])
#define EXTENSION_MAX 12

static const struct extension no_extension = { "", PAGE_KIND_NONE, TRUST_OTHER, LANGUAGE_NONE };

/* The last part of a path, without what Windows and IIS drop: ";.jpg", "::$DATA", dots. */
static struct slice file_name(struct slice path)
{
    size_t start = path.len;
    while (start && path.ptr[start - 1] != '/' && path.ptr[start - 1] != '\\')
        start--;
    struct slice name = slice_from_offset(path, start);
    size_t cut = slice_find_char(name, ';');
    if (cut == SIZE_MAX)
        cut = slice_find(name, SLICE_LIT("::"));
    name = slice_first(name, cut);
    while (name.len && (name.ptr[name.len - 1] == '.' || name.ptr[name.len - 1] == ' '))
        name.len--;
    return name;
}

static const struct extension *extension_of(struct slice path)
{
    struct slice name = file_name(path);
    size_t dot = name.len;
    while (dot && name.ptr[dot - 1] != '.')
        dot--;
    struct slice last = slice_from_offset(name, dot);
    if (!dot || !last.len || last.len > EXTENSION_MAX || slice_has(last, SLICE_LIT(" ")))
        return &no_extension;
    char word[EXTENSION_MAX + 2] = " ";
    for (size_t i = 0; i < last.len; i++)
        word[i + 1] = ascii_lower(last.ptr[i]);
    word[last.len + 1] = ' ';
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        if (slice_has(slice_from(extensions[i].names), slice_of(word, last.len + 2)))
            return &extensions[i];
    return &no_extension;
}

/* What stands in the content, as bits. */
enum mark {
    MARK_BLOCK = 1 << 0,     /* <% with code */
    MARK_DIRECTIVE = 1 << 1, /* <%@ */
    MARK_ASPX = 1 << 2,      /* directives or blocks that only ASP.NET knows */
    MARK_HANDLER = 1 << 3,
    MARK_ASP = 1 << 4,
    MARK_JSP = 1 << 5,
    MARK_PHP = 1 << 6,
    MARK_PHP_SHORT = 1 << 7,
    MARK_SCRIPT = 1 << 8, /* <script runat=server> of a language that both ASPs know */
    MARK_XSLT = 1 << 9,
    MARK_CONFIG = 1 << 10,
    MARK_CLIENT = 1 << 11,
    MARK_PAGE = 1 << 12, /* <%@ page %> with nothing that one of the two has alone */
};
#define MARKS_SERVER                                                                           \
    (MARK_BLOCK | MARK_DIRECTIVE | MARK_ASPX | MARK_HANDLER | MARK_ASP | MARK_JSP | MARK_SCRIPT)

static const struct {
    struct slice name;
    unsigned mark;
} directive_marks[] = {
    { SLICE_INIT("webhandler"), MARK_HANDLER },
    { SLICE_INIT("webservice"), MARK_HANDLER },
    { SLICE_INIT("servicehost"), MARK_HANDLER },
    { SLICE_INIT("control"), MARK_ASPX },
    { SLICE_INIT("master"), MARK_ASPX },
    { SLICE_INIT("application"), MARK_ASPX },
    { SLICE_INIT("import"), MARK_ASPX },
    { SLICE_INIT("register"), MARK_ASPX },
    { SLICE_INIT("assembly"), MARK_ASPX },
    { SLICE_INIT("implements"), MARK_ASPX },
    { SLICE_INIT("reference"), MARK_ASPX },
    { SLICE_INIT("outputcache"), MARK_ASPX },
    { SLICE_INIT("previouspage"), MARK_ASPX },
    { SLICE_INIT("mastertype"), MARK_ASPX },
    { SLICE_INIT("include"), MARK_JSP },
    { SLICE_INIT("taglib"), MARK_JSP },
    { SLICE_INIT("tag "), MARK_JSP },
    { SLICE_INIT("attribute"), MARK_JSP },
    { SLICE_INIT("variable"), MARK_JSP },
    { SLICE_INIT("codepage"), MARK_ASP },
    { SLICE_INIT("lcid"), MARK_ASP },
    { SLICE_INIT("enablesessionstate"), MARK_ASP },
    { SLICE_INIT("transaction"), MARK_ASP },
};
#define DIRECTIVE_MARK_COUNT (sizeof directive_marks / sizeof directive_marks[0])

/* The words of a directive "Page" that Java Server Pages or ASP.NET have alone. */
static const struct {
    struct slice word;
    unsigned mark;
} page_words[] = {
    { SLICE_INIT("import"), MARK_JSP },
    { SLICE_INIT("pageencoding"), MARK_JSP },
    { SLICE_INIT("elignored"), MARK_JSP },
    { SLICE_INIT("errorpage="), MARK_JSP },
    { SLICE_INIT("threadsafe"), MARK_JSP },
    { SLICE_INIT("session="), MARK_JSP },
    { SLICE_INIT("trimdirective"), MARK_JSP },
    { SLICE_INIT("java\""), MARK_JSP },
    { SLICE_INIT("java'"), MARK_JSP },
    { SLICE_INIT("language"), MARK_ASPX },
    { SLICE_INIT("inherits"), MARK_ASPX },
    { SLICE_INIT("codebehind"), MARK_ASPX },
    { SLICE_INIT("codefile"), MARK_ASPX },
    { SLICE_INIT("masterpage"), MARK_ASPX },
    { SLICE_INIT("autoeventwireup"), MARK_ASPX },
    { SLICE_INIT("validaterequest"), MARK_ASPX },
    { SLICE_INIT("debug"), MARK_ASPX },
    { SLICE_INIT("aspcompat"), MARK_ASPX },
    { SLICE_INIT("codepage"), MARK_ASPX },
    { SLICE_INIT("viewstate"), MARK_ASPX },
};

static unsigned page_mark(struct slice directive)
{
    for (size_t i = 0; i < sizeof page_words / sizeof page_words[0]; i++)
        if (slice_icase_has(directive, page_words[i].word))
            return page_words[i].mark;
    return MARK_PAGE;
}

/* <%@ language=X %>: a language that only one of the two knows tells. */
static unsigned nameless_mark(struct slice directive)
{
    struct slice value = slice_from_offset(directive, slice_find_char(directive, '='));
    value = slice_trim(slice_from_offset(value, 1));
    if (value.len && (value.ptr[0] == '"' || value.ptr[0] == '\''))
        value = slice_from_offset(value, 1);
    if (slice_icase_starts(value, SLICE_LIT("c#")) ||
        slice_icase_starts(value, SLICE_LIT("cs")))
        return MARK_ASPX;
    if (slice_icase_starts(value, SLICE_LIT("java\"")))
        return MARK_JSP;
    bool vbscript = slice_icase_starts(value, SLICE_LIT("vbscript")) ||
                    slice_icase_starts(value, SLICE_LIT("perl")) ||
                    slice_icase_has(value, SLICE_LIT(".encode"));
    return vbscript ? MARK_ASP : 0;
}

#define DIRECTIVE_BYTES_MAX 1024U

static unsigned directive_mark(struct slice text)
{
    struct slice directive = slice_first(text, DIRECTIVE_BYTES_MAX);
    directive = slice_first(directive, slice_find(directive, SLICE_LIT("<%"))); /* unended */
    directive = slice_first(directive, slice_find(directive, SLICE_LIT("%>")));
    directive = slice_trim(directive);
    if (slice_icase_starts(directive, SLICE_LIT("page")) && directive.len > 4 &&
        !is_name_char(directive.ptr[4]))
        return MARK_DIRECTIVE | page_mark(directive);
    /* A nameless one is what the file's name says; only handlers name a class. */
    if (slice_icase_starts(directive, SLICE_LIT("class=")) ||
        slice_icase_has(directive, SLICE_LIT(" class=")))
        return MARK_DIRECTIVE | MARK_HANDLER;
    if (slice_icase_starts(directive, SLICE_LIT("language")))
        return MARK_DIRECTIVE | nameless_mark(directive);
    for (size_t i = 0; i < DIRECTIVE_MARK_COUNT; i++)
        if (slice_icase_starts(directive, directive_marks[i].name))
            return MARK_DIRECTIVE | directive_marks[i].mark;
    return MARK_DIRECTIVE;
}

/* `<% @ WebHandler`: blanks in front of the mark are allowed. */
static unsigned blank_mark(struct slice text)
{
    size_t mark = skip_blanks(text, 0);
    bool directive = mark > 0 && mark < text.len && text.ptr[mark] == '@';
    return directive ? directive_mark(slice_from_offset(text, mark + 1)) : MARK_BLOCK;
}

static unsigned block_mark(struct slice text)
{
    switch (text.len ? text.ptr[0] : '\0') {
    case '@':
        return directive_mark(slice_from_offset(text, 1));
    case '#':
    case ':':
    case '$':
        return MARK_BLOCK | MARK_ASPX;
    case '!':
        return MARK_BLOCK | MARK_JSP;
    case '-': /* a comment tells nothing */
        return slice_starts(text, SLICE_LIT("--")) ? 0 : MARK_BLOCK;
    default:
        return blank_mark(text);
    }
}

static unsigned question_mark(struct slice text)
{
    if (slice_icase_starts(text, SLICE_LIT("php")) && text.len > 3 &&
        !is_name_char(text.ptr[3]))
        return MARK_PHP;
    if (slice_starts(text, SLICE_LIT("=")))
        return MARK_PHP_SHORT;
    return text.len && skip_blanks(text, 0) ? MARK_PHP_SHORT : 0;
}

/* The tag of a script: does it run here, in which language? */
static unsigned script_mark(struct slice text)
{
    struct slice tag = slice_first(text, DIRECTIVE_BYTES_MAX);
    tag = slice_first(tag, slice_find_char(tag, '>'));
    tag = slice_first(tag, slice_find_char(tag, '<'));
    bool php =
        slice_icase_has(tag, SLICE_LIT("php")) && !slice_icase_has(tag, SLICE_LIT("src"));
    if (php && slice_icase_has(tag, SLICE_LIT("language")))
        return MARK_PHP;
    size_t runat = slice_icase_find(tag, SLICE_LIT("runat"));
    if (runat == SIZE_MAX ||
        !slice_icase_has(slice_from_offset(tag, runat), SLICE_LIT("server")))
        return MARK_CLIENT;
    if (slice_icase_has(tag, SLICE_LIT("vbscript")) || slice_icase_has(tag, SLICE_LIT("perl")))
        return MARK_SCRIPT | MARK_ASP;
    return MARK_SCRIPT;
}

static const struct {
    struct slice start;
    unsigned mark;
} tag_marks[] = {
    { SLICE_INIT("asp:"), MARK_ASPX },
    { SLICE_INIT("jsp:"), MARK_JSP },
    { SLICE_INIT("xsl:"), MARK_XSLT },
    { SLICE_INIT("configuration"), MARK_CONFIG },
    { SLICE_INIT("!--#include"), MARK_ASP },
    { SLICE_INIT("html"), MARK_CLIENT },
    { SLICE_INIT("!doctype html"), MARK_CLIENT },
    { SLICE_INIT("body"), MARK_CLIENT },
};

static unsigned tag_mark(struct slice text)
{
    for (size_t i = 0; i < sizeof tag_marks / sizeof tag_marks[0]; i++)
        if (slice_icase_starts(text, tag_marks[i].start))
            return tag_marks[i].mark;
    return 0;
}

/* What the '<' in front of `text` means. */
static unsigned mark_at(struct slice text)
{
    switch (text.len ? ascii_lower(text.ptr[0]) : '\0') {
    case '%':
        return block_mark(slice_from_offset(text, 1));
    case '?':
        return question_mark(slice_from_offset(text, 1));
    case 's':
        return slice_icase_starts(text, SLICE_LIT("script")) ? script_mark(text) : 0;
    default:
        return tag_mark(text);
    }
}

static unsigned collect_marks(struct slice text)
{
    unsigned marks = 0;
    struct places places = places_of(text, '<');
    for (size_t at; (at = places_next(&places)) < text.len;)
        marks |= mark_at(slice_from_offset(text, at + 1));
    return marks;
}

#define VOTE_BYTES_MAX (256U << 10)
#define VOTE_MARK 5 /* what a mark or the name counts, in words */

/* Words of code that are more usual in one kind of page than in the others. */
static const struct vote {
    struct slice word;
    enum page_kind kind;
    int weight;
} votes[] = {
    { SLICE_INIT("getparameter"), PAGE_KIND_JSP, 5 },
    { SLICE_INIT("java."), PAGE_KIND_JSP, 3 },
    { SLICE_INIT("javax."), PAGE_KIND_JSP, 4 },
    { SLICE_INIT("out.print"), PAGE_KIND_JSP, 3 },
    { SLICE_INIT("getruntime"), PAGE_KIND_JSP, 4 },
    { SLICE_INIT("getwriter"), PAGE_KIND_JSP, 4 },
    { SLICE_INIT("pagecontext"), PAGE_KIND_JSP, 4 },
    { SLICE_INIT("getrealpath"), PAGE_KIND_JSP, 4 },
    { SLICE_INIT("classloader"), PAGE_KIND_JSP, 3 },
    { SLICE_INIT("getinputstream"), PAGE_KIND_JSP, 3 },
    { SLICE_INIT(" throws "), PAGE_KIND_JSP, 2 },
    { SLICE_INIT("system."), PAGE_KIND_ASPX, 2 },
    { SLICE_INIT("request["), PAGE_KIND_ASPX, 3 },
    { SLICE_INIT("request.item"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("form["), PAGE_KIND_ASPX, 2 },
    { SLICE_INIT("httpcontext"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("\"unsafe\""), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("processstartinfo"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("frombase64string"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("page_load"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("assembly.load"), PAGE_KIND_ASPX, 4 },
    { SLICE_INIT("postedfile"), PAGE_KIND_ASPX, 3 },
    { SLICE_INIT(".tostring("), PAGE_KIND_ASPX, 2 },
    { SLICE_INIT("createobject"), PAGE_KIND_ASP, 3 },
    { SLICE_INIT("activexobject"), PAGE_KIND_ASP, 3 },
    { SLICE_INIT("dim "), PAGE_KIND_ASP, 1 },
    { SLICE_INIT("end if"), PAGE_KIND_ASP, 1 },
    { SLICE_INIT("set "), PAGE_KIND_ASP, 1 },
    { SLICE_INIT("execute"), PAGE_KIND_ASP, 2 },
    { SLICE_INIT("response.write "), PAGE_KIND_ASP, 2 },
    { SLICE_INIT("on error resume"), PAGE_KIND_ASP, 3 },
    { SLICE_INIT("request("), PAGE_KIND_ASP, 2 },
    { SLICE_INIT("request.form("), PAGE_KIND_ASP, 1 },
    { SLICE_INIT("adodb"), PAGE_KIND_ASP, 2 },
    { SLICE_INIT("scripting."), PAGE_KIND_ASP, 3 },
    { SLICE_INIT("wscript"), PAGE_KIND_ASP, 2 },
    { SLICE_INIT("chr("), PAGE_KIND_ASP, 1 },
    { SLICE_INIT("#@~^"), PAGE_KIND_ASP, 6 },
};

/* Which of ASPX, ASP and JSP the page is; the name counts like a mark. */
static enum page_kind vote_kind(struct slice text, unsigned marks, enum page_kind named)
{
    int scores[PAGE_KIND_CLIENT + 1] = { 0 };
    scores[named] += VOTE_MARK;
    scores[PAGE_KIND_ASPX] += marks & MARK_ASPX ? VOTE_MARK + 1 : 0;
    scores[PAGE_KIND_ASPX] += marks & MARK_PAGE ? 2 : 0;
    scores[PAGE_KIND_ASP] += marks & MARK_ASP ? VOTE_MARK : 0;
    scores[PAGE_KIND_JSP] += marks & MARK_JSP ? VOTE_MARK : 0;
    text = slice_first(text, VOTE_BYTES_MAX);
    for (size_t i = 0; i < sizeof votes / sizeof votes[0]; i++)
        if (slice_icase_has(text, votes[i].word))
            scores[votes[i].kind] += votes[i].weight;
    enum page_kind best = PAGE_KIND_ASP;
    if (scores[PAGE_KIND_ASPX] > scores[best] || named == PAGE_KIND_HANDLER)
        best = PAGE_KIND_ASPX;
    return scores[PAGE_KIND_JSP] > scores[best] ? PAGE_KIND_JSP : best;
}

static const struct {
    enum page_kind kind;
    unsigned own, others; /* marks of the kind, and of all it may be taken for */
} clear_kinds[] = {
    { PAGE_KIND_ASPX, MARK_ASPX, MARK_ASP | MARK_JSP | MARK_HANDLER },
    { PAGE_KIND_ASP, MARK_ASP, MARK_ASPX | MARK_JSP | MARK_HANDLER },
    { PAGE_KIND_JSP, MARK_JSP, MARK_ASPX | MARK_ASP | MARK_HANDLER },
};

/* The kind of a page with server blocks that is named as `named`. */
static enum page_kind server_kind(struct slice text, unsigned marks, enum page_kind named)
{
    if (marks & MARK_HANDLER)
        return PAGE_KIND_HANDLER;
    for (size_t i = 0; i < sizeof clear_kinds / sizeof clear_kinds[0]; i++)
        if (named == clear_kinds[i].kind && marks & clear_kinds[i].own &&
            !(marks & clear_kinds[i].others))
            return named;
    return vote_kind(text, marks, named);
}

/* Words that server code has and a template of the browser's has not. */
static const struct slice server_words[] = {
    SLICE_INIT("request("),      SLICE_INIT("request."),   SLICE_INIT("request["),
    SLICE_INIT("response."),     SLICE_INIT("server."),    SLICE_INIT("createobject"),
    SLICE_INIT("execute"),       SLICE_INIT("eval("),      SLICE_INIT("eval "),
    SLICE_INIT("activexobject"), SLICE_INIT("getruntime"), SLICE_INIT("java."),
    SLICE_INIT("out.print"),     SLICE_INIT("system.io"),  SLICE_INIT("system.diag"),
    SLICE_INIT("system.refl"),   SLICE_INIT("#@~^"),       SLICE_INIT("request "),
};
#define SERVER_WORD_COUNT (sizeof server_words / sizeof server_words[0])
#define BLOCKS_LOOKED_AT 64

static bool is_server_code(struct slice code)
{
    code = slice_first(code, VOTE_BYTES_MAX);
    for (size_t i = 0; i < SERVER_WORD_COUNT; i++)
        if (slice_icase_has(code, server_words[i]))
            return true;
    return false;
}

static bool has_server_block(struct slice text)
{
    for (int i = 0; i < BLOCKS_LOOKED_AT; i++) {
        size_t at = slice_find(text, SLICE_LIT("<%"));
        if (at == SIZE_MAX)
            return false;
        text = slice_from_offset(text, at + 2);
        size_t end = slice_find(text, SLICE_LIT("%>"));
        if (is_server_code(slice_first(text, end)))
            return true;
        if (end == SIZE_MAX)
            return false;
        text = slice_from_offset(text, end);
    }
    return true; /* so many blocks are a page */
}

static bool is_real_page(struct slice text, unsigned marks)
{
    if (marks & MARK_SCRIPT)
        return true;
    if (marks & MARK_DIRECTIVE &&
        marks & (MARK_ASPX | MARK_ASP | MARK_JSP | MARK_HANDLER | MARK_PAGE))
        return true;
    return marks & MARK_BLOCK && has_server_block(text);
}

static bool is_real_php(struct slice text, unsigned marks)
{
    if (marks & MARK_PHP)
        return true;
    /* "<? " may stand in an image by chance. */
    bool binary = slice_find_char(text, '\0') != SIZE_MAX;
    bool packed = !binary && slice_has(text, SLICE_LIT("eval(")); /* all of it in one text */
    return marks & MARK_PHP_SHORT &&
           (packed || slice_has(text, binary ? SLICE_LIT("$_") : SLICE_LIT("$")));
}

/* Does the file start as a page, but for magic bytes, a mark or blanks? */
static bool starts_as_page(struct slice text)
{
    text = slice_from_offset(text, skip_blanks(text, 0));
    return slice_starts(text, SLICE_LIT("<%")) ||
           slice_icase_starts(text, SLICE_LIT("<?php")) || slice_starts(text, SLICE_LIT("<?="));
}

static bool is_style_sheet(struct slice text, unsigned marks)
{
    return marks & MARK_XSLT || slice_has(text, SLICE_LIT("/XSL/Transform"));
}

static bool is_jsp_document(struct slice text, unsigned marks)
{
    return marks & MARK_JSP || slice_has(text, SLICE_LIT("/JSP/Page"));
}

/* A file that its name does not make a page: what its content makes of it. */
static enum page_kind kind_of_content(struct slice text, unsigned marks)
{
    if (is_real_page(text, marks))
        return server_kind(text, marks, PAGE_KIND_NONE);
    if (is_real_php(text, marks))
        return PAGE_KIND_PHP;
    bool xml = slice_starts(slice_trim(slice_first(text, 256)), SLICE_LIT("<"));
    if (xml && is_style_sheet(text, marks))
        return PAGE_KIND_XSLT;
    bool scriptlet = marks & MARK_JSP && slice_has(text, SLICE_LIT("<jsp:scriptlet>"));
    if (scriptlet || (xml && is_jsp_document(text, marks)))
        return PAGE_KIND_JSP; /* magic bytes may stand in front */
    return xml && marks & MARK_CONFIG ? PAGE_KIND_CONFIG : PAGE_KIND_NONE;
}

/* A file that is named as a page of `named`. */
static enum page_kind kind_of_page(struct slice text, unsigned marks, enum page_kind named)
{
    bool is_php = marks & (MARK_PHP | MARK_PHP_SHORT);
    switch (named) {
    case PAGE_KIND_RAZOR:
        return named;
    case PAGE_KIND_CONFIG:
        return marks & MARK_CONFIG ? named : kind_of_content(text, marks);
    case PAGE_KIND_XSLT:
        return is_style_sheet(text, marks) ? named : kind_of_content(text, marks);
    case PAGE_KIND_PHP:
        if (is_php || !is_real_page(text, marks))
            return named;
        return server_kind(text, marks, named);
    default:
        if (marks & MARKS_SERVER)
            return server_kind(text, marks, named);
        if (marks & MARK_XSLT && slice_has(text, SLICE_LIT("/XSL/Transform")))
            return PAGE_KIND_XSLT; /* kept for a page that loads it */
        return is_real_php(text, marks) ? PAGE_KIND_PHP : named;
    }
}

/* ASPX and its handlers are one engine: an .aspx may hold a handler's directive. */
static bool is_named_so(enum page_kind kind, const struct extension *extension)
{
    return kind == extension->kind ||
           (kind == PAGE_KIND_ASPX && extension->kind == PAGE_KIND_HANDLER) ||
           (kind == PAGE_KIND_HANDLER && extension->kind == PAGE_KIND_ASPX);
}

static enum page_kind kind_by(struct slice text, const struct extension *extension)
{
    if (extension->trust == TRUST_BINARY)
        return PAGE_KIND_NONE;
    if (extension->trust == TRUST_QUOTING && !starts_as_page(text))
        return extension->kind;
    unsigned marks = collect_marks(text);
    if (extension->trust == TRUST_PAGE)
        return kind_of_page(text, marks, extension->kind);
    enum page_kind kind = kind_of_content(text, marks);
    if (kind != PAGE_KIND_NONE)
        return kind;
    return marks & MARK_CLIENT ? PAGE_KIND_CLIENT : extension->kind;
}

void tell_kind(struct slice text, struct slice path, struct parts *out)
{
    const struct extension *extension = extension_of(path);
    out->kind = kind_by(text, extension);
    out->told_by_content = out->kind != PAGE_KIND_NONE && out->kind != PAGE_KIND_CLIENT &&
                           extension->trust != TRUST_PART && !is_named_so(out->kind, extension);
    if (out->kind == extension->kind)
        out->language = extension->language;
    else if (out->kind == PAGE_KIND_JSP)
        out->language = LANGUAGE_JAVA;
    else if (out->kind == PAGE_KIND_PHP)
        out->language = LANGUAGE_PHP;
}
