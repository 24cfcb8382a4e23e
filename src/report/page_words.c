#include "report/page_words.h"

#include "base/escape.h"
#include "report/words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- words ----------------------------------------------------------------------------------
 */

static const struct {
    uint32_t source;
    const char *words;
} source_words[] = {
    { FROM_QUERY, "a value of the query string" },
    { FROM_FORM, "a field of a form" },
    { FROM_COOKIE, "a cookie" },
    { FROM_HEADER, "a header of the request" },
    { FROM_BODY, "the body of the request" },
    { FROM_FILE, "the content of an uploaded file" },
    { FROM_FILE_NAME, "the name of an uploaded file" },
    { FROM_CONTROL, "what is typed into a box of the page" },
    { FROM_REQUEST, "a value of the request" },
    { FROM_PARAMETER, "a parameter of a web method" },
    { FROM_FETCHED, "data fetched over the network" },
    { FROM_STORED, "data kept between requests" },
    { FROM_READ, "the content of a file" },
    { FROM_UNSET, "a variable that the page never sets" },
    { FROM_FOUND, "what the page looked up on the server's disks or in its registry" },
};

static const char *const sink_words[SINK_LAST + 1] = {
    [SINK_NONE] = "is used",
    [SINK_EVALUATE] = "runs text as code",
    [SINK_COMMAND] = "starts a program",
    [SINK_LOAD] = "loads bytes as code",
    [SINK_REFLECT] = "uses a type or a method by its name",
    [SINK_DESERIALISE] = "makes objects, and so code, from bytes",
    [SINK_WRITE] = "writes a file",
    [SINK_DELETE] = "deletes a file",
    [SINK_READ] = "reads a file or a folder",
    [SINK_SQL] = "runs text as a database statement",
    [SINK_SQL_SERVER] = "opens a database of the caller's choice",
    [SINK_CONNECT] = "opens a connection to where the caller says",
    [SINK_MEMORY] = "runs native code in memory",
    [SINK_REGISTRY] = "uses the registry",
    [SINK_MAIL] = "sends mail",
    [SINK_INCLUDE] = "runs another page",
    [SINK_LIST] = "lists a folder",
};

/* What of a file is in the caller's hand. */
static const char *const write_words[] = {
    [0] = "writes a file",
    [WRITE_PATH] = "writes a file whose path it gives",
    [WRITE_CONTENT] = "writes a file whose content it gives",
    [WRITE_PATH | WRITE_CONTENT] = "writes a file whose path and content it gives",
};

/* Told behind the sentence, in this order. */
static const struct {
    uint32_t note;
    const char *words;
} note_words[] = {
    { FLOW_DECODED, "decoded on the way" },
    { FLOW_DECRYPTED, "decrypted or unpacked on the way" },
    { FLOW_INDIRECT, "by a name that is put together" },
    { FLOW_LAYER, "in code that was hidden in a text" },
    { FLOW_CHECKED, "checked against a list or an extension on the way" },
    { FLOW_NAME_ONLY, "the folder is not the caller's" },
    { FLOW_PART, "a fixed part stands in front of it" },
    { FLOW_AUTHORISED, "behind a check of who is asking" },
    { FLOW_CREDENTIAL, "named like a password" },
    { FLOW_OWN, "cut out of the page's own name or comments" },
};

/* {source} {call} {sink} {detail} {constant} */
static const char *const reason_words[REASON_COUNT] = {
    [REASON_NONE] = "no reason is known",
    [REASON_FLOW] = "{source} reaches {call}, which {sink}",
    [REASON_CONSTANT] = "{call}, which {sink}, is called with {constant}",
    [REASON_LOADS_CODE] = "{source} becomes code that runs ({call}, which {sink})",
    [REASON_STEALS] = "what people type into the page is kept or sent away{to}",
    [REASON_HIDDEN_ENCODING] =
        "the page is written in {detail}, in which scanners do not read it",
    [REASON_MAGIC] = "the file begins as {detail} and has server code in it",
    [REASON_ODD_NAME] = "server code in a file that is not named as a page",
    [REASON_OAB_FRAME] =
        "a virtual directory's settings with script in them: Exchange was made to write it",
    [REASON_OBFUSCATED] = "the code is disguised: {detail}",
    [REASON_ENCODED_SCRIPT] =
        "the script is encoded (Script Encoder) so that people cannot read it; it was decoded",
    [REASON_CONFIG] = "the configuration {detail}",
    [REASON_KNOWN_TOOL] = "it is built like {detail}",
    [REASON_TAMPERED] = "Microsoft ships {detail} with other content",
    [REASON_FOREIGN] = "only Microsoft's pages belong into {detail}, and this is none of them",
    [REASON_COMPILED] = "ASP.NET compiled {detail}, so that page ran on this server",
    [REASON_ASSEMBLY] = "a .NET assembly of which nothing is known: {detail}",
    [REASON_MODULE] = "a native module of IIS of which nothing is known: {detail}",
    [REASON_BUDGET] = "the page is too large or too entangled to be followed to its end",
};

/* The same where the reason has no detail. */
static const char *const plain_words[REASON_COUNT] = {
    [REASON_HIDDEN_ENCODING] =
        "the page is written in an encoding in which scanners do not read it",
    [REASON_MAGIC] = "the file begins as a binary file and has server code in it",
    [REASON_OBFUSCATED] = "the code is disguised",
    [REASON_CONFIG] = "the configuration lets the server run what it should not",
    [REASON_KNOWN_TOOL] = "it is built like a known tool of intruders",
    [REASON_COMPILED] = "ASP.NET compiled a page, so it ran on this server",
    [REASON_ASSEMBLY] = "a .NET assembly of which nothing is known",
    [REASON_MODULE] = "a native module of IIS of which nothing is known",
    [REASON_TAMPERED] = "Microsoft ships a page of this name with other content",
    [REASON_FOREIGN] =
        "only Microsoft's pages belong into this folder, and this is none of them",
};

static const char *const class_words[] = {
    [WEBSHELL_NONE] = "nothing was found",
    [WEBSHELL_FOREIGN] = "a foreign page: only Microsoft's belong there",
    [WEBSHELL_TAMPERED] = "a page of Microsoft's with other content",
    [WEBSHELL_SUSPECT] = "suspect: look at it",
    [WEBSHELL_WRITER] =
        "a writer: a request, or what it looks up, decides what is written, or where",
    [WEBSHELL_STEALER] = "a thief: it keeps or sends away what people type into it",
    [WEBSHELL_LOADER] = "a loader: it runs code that it decrypts or fetches",
    [WEBSHELL_SHELL] = "a web shell: whoever calls it has the server do what he likes",
};

static const struct {
    const char *name, *words;
} kind_words[] = {
    [PAGE_KIND_NONE] = { "none", "no page" },
    [PAGE_KIND_ASPX] = { "aspx", "ASP.NET page" },
    [PAGE_KIND_HANDLER] = { "handler", "ASP.NET handler or service" },
    [PAGE_KIND_RAZOR] = { "razor", "Razor page" },
    [PAGE_KIND_ASP] = { "asp", "ASP page" },
    [PAGE_KIND_JSP] = { "jsp", "JSP page" },
    [PAGE_KIND_PHP] = { "php", "PHP page" },
    [PAGE_KIND_CONFIG] = { "config", "configuration" },
    [PAGE_KIND_XSLT] = { "xslt", "style sheet with script" },
    [PAGE_KIND_SOURCE] = { "source", "source file" },
    [PAGE_KIND_CLIENT] = { "client", "HTML or browser script" },
};

static const char *const language_words[] = {
    [LANGUAGE_NONE] = NULL,           [LANGUAGE_CSHARP] = "C#",
    [LANGUAGE_VB] = "Visual Basic",   [LANGUAGE_JSCRIPT] = "JScript",
    [LANGUAGE_VBSCRIPT] = "VBScript", [LANGUAGE_JAVA] = "Java",
    [LANGUAGE_PHP] = "PHP",
};

/* ---- sentences ------------------------------------------------------------------------------
 */

static void add_sources(struct buf *out, uint32_t sources)
{
    const char *words[COUNT(source_words)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(source_words); i++)
        if (sources & source_words[i].source)
            words[count++] = source_words[i].words;
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        buf_add_text(out, words[i]);
    }
    if (count == 0)
        buf_add_text(out, "data of the page");
}

static void add_notes(struct buf *out, const struct page_reason *reason)
{
    bool first = true;
    for (size_t i = 0; i < COUNT(note_words); i++) {
        if (!(reason->notes & note_words[i].note))
            continue;
        buf_add_text(out, first ? "; " : ", ");
        buf_add_text(out, note_words[i].words);
        first = false;
    }
}

static const char *sink_text(const struct page_reason *reason)
{
    return reason->sink == SINK_WRITE ? write_words[reason->target] : sink_words[reason->sink];
}

/* Where a thief brings it: the call that a flow reaches, else the detail. */
static void add_destination(struct buf *out, const struct page_reason *reason)
{
    if (reason->call.len) {
        buf_add_text(out, " (");
        escape_text(out, reason->call);
        buf_printf(out, ", which %s)", sink_text(reason));
    }
    if (reason->detail.len) {
        buf_add_text(out, ": ");
        escape_text(out, reason->detail);
    }
}

static void add_quoted(struct buf *out, struct slice text)
{
    buf_add_char(out, '"');
    escape_text(out, text);
    buf_add_char(out, '"');
}

static const char *template_of(const struct page_reason *reason)
{
    const char *plain = plain_words[reason->code];
    return plain && !reason->detail.len ? plain : reason_words[reason->code];
}

void page_words_reason(struct buf *out, const struct page_reason *reason)
{
    struct buf source = BUF_INIT, call = BUF_INIT, constant = BUF_INIT, detail = BUF_INIT,
               to = BUF_INIT;
    add_sources(&source, reason->sources);
    escape_text(&call, reason->call.len ? reason->call : SLICE_LIT("a call"));
    add_quoted(&constant, reason->constant.len ? reason->constant : reason->detail);
    escape_text(&detail, reason->detail);
    add_destination(&to, reason);
    const struct filler fillers[] = {
        { "source", buf_slice(&source) },
        { "call", buf_slice(&call) },
        { "constant", buf_slice(&constant) },
        { "detail", buf_slice(&detail) },
        { "to", buf_slice(&to) },
        { "sink", slice_from(sink_text(reason)) },
    };
    words_fill(out, template_of(reason), fillers, COUNT(fillers));
    add_notes(out, reason);
    buf_deinit(&source);
    buf_deinit(&call);
    buf_deinit(&constant);
    buf_deinit(&detail);
    buf_deinit(&to);
}

void page_words_match(struct buf *out, const struct yara_rule *rule,
                      const struct page_match *match)
{
    buf_add_text(out, "the YARA rule ");
    escape_text(out, slice_from(rule->name));
    buf_printf(out, " matches at byte %llu%s", (unsigned long long)match->offset,
               match->decoded ? " of the decoded text" : "");
    if (strcmp(rule->description, rule->name) == 0)
        return;
    buf_add_text(out, ": ");
    escape_text(out, slice_from(rule->description));
}

void page_words_way(struct buf *out, const struct page_reason *reason)
{
    for (size_t i = 0; i < reason->step_count; i++) {
        buf_printf(out, "%sline %lu ", i ? " -> " : "", (unsigned long)reason->steps[i].line);
        escape_text(out, reason->steps[i].text);
    }
    if (reason->step_count == 0 && reason->line)
        buf_printf(out, "line %lu", (unsigned long)reason->line);
}

void page_words_sentence(struct buf *out, const struct page_reason *reason)
{
    struct buf way = BUF_INIT;
    page_words_reason(out, reason);
    page_words_way(&way, reason);
    if (way.len)
        buf_printf(out, " (%s)", way.ptr);
    buf_deinit(&way);
}

const char *page_words_class(enum webshell_class class)
{
    return class_words[class];
}

const char *page_words_noun(enum webshell_class class)
{
    static const char *const nouns[] = {
        [WEBSHELL_NONE] = "a page",
        [WEBSHELL_FOREIGN] = "a foreign page",
        [WEBSHELL_TAMPERED] = "a page of Microsoft's with other content",
        [WEBSHELL_SUSPECT] = "a suspect page",
        [WEBSHELL_WRITER] = "a page that writes what it is sent",
        [WEBSHELL_STEALER] = "a page that steals passwords",
        [WEBSHELL_LOADER] = "a page that loads code",
        [WEBSHELL_SHELL] = "a web shell",
    };
    return nouns[class];
}

const char *page_words_kind(enum page_kind kind)
{
    return kind_words[kind].words;
}

const char *page_words_kind_name(enum page_kind kind)
{
    return kind_words[kind].name;
}

const char *page_words_language(enum language language)
{
    return language_words[language];
}
