#include "webshell/judge.h"

/* All facts of a page: some weigh more beside others. */
struct scene {
    const struct flow *flow;
    bool sql;                     /* the caller's text in a statement */
    bool sql_server;              /* ... and in the address of the server */
    bool decoded;                 /* constants were decoded */
    bool dumps;                   /* statements are made of what a database gave */
    bool connects;                /* to where the caller says */
    bool reads, lists;            /* files and folders that are the caller's whole choice */
    bool server_whole, sql_whole; /* both again, from their first letter on */
    bool manages;                 /* a folder or a file of the caller's choice is shown */
    bool php, classic;            /* classic: ASP with VBScript */
};

#define LIMITED ((uint32_t)(FLOW_CHECKED | FLOW_NAME_ONLY | FLOW_NUMBER | FLOW_AUTHORISED))
#define OPAQUE ((uint32_t)(FLOW_DECODED | FLOW_DECRYPTED))

static bool is_callers(const struct flow_fact *fact)
{
    return (fact->sources & FROM_CALLER) != 0;
}

/* Where an uploaded file lies for the moment is not the caller's choice. */
static bool chooses_path(const struct flow_fact *fact)
{
    uint32_t own = FROM_CALLER & ~(uint32_t)FROM_FILE;
    return (fact->sources & own) != 0 && !(fact->notes & FLOW_PART);
}

/* Of the caller's choice from its first letter on. */
static bool is_whole(const struct flow_fact *fact)
{
    return is_callers(fact) && !(fact->notes & FLOW_PART);
}

/*
 * VBScript has no other way to a member by its name than Execute("x = object." & name). What
 * was looked up, and looked up again by functions that nobody sees, is hardly the caller's.
 */
static bool names_member(const struct scene *scene, const struct flow_fact *fact)
{
    return scene->classic && fact->notes & FLOW_STRANGEST &&
           slice_icase_ends(fact->constant, SLICE_LIT("."));
}

static enum webshell_class judge_evaluate(const struct scene *scene,
                                          const struct flow_fact *fact)
{
    bool named = scene->php && fact->notes & FLOW_INDIRECT && fact->notes & FLOW_PART;
    if (named || names_member(scene, fact)) { /* "show_" . $_GET["what"] calls one of a few */
        return WEBSHELL_NONE;
    }
    if (is_callers(fact)) {
        return WEBSHELL_SHELL;
    }
    if (fact->sources & FROM_UNSET) {
        return WEBSHELL_SHELL;
    }
    bool opaque = fact->notes & OPAQUE;
    return fact->sources != 0 || opaque ? WEBSHELL_LOADER : WEBSHELL_NONE;
}

static bool names_interpreter(struct slice command)
{
    static const char *const names[] = { "cmd",      "powershell", "rundll32",
                                         "mshta",    "wscript",    "cscript",
                                         "certutil", "net user",   "bitsadmin" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_has(command, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

/* A command that hands the server's shell, or its disk, to somebody else. */
static bool opens_connection(struct slice command)
{
    static const char *const parts[] = { "/dev/tcp/", "/dev/udp/", "nc -e",
                                         "ncat -e",   "nc.exe -e", "ln -s / " };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (slice_icase_has(command, slice_from(parts[i]))) {
            return true;
        }
    }
    return false;
}

/* Does the page write the file that it then runs? */
static bool is_written(const struct scene *scene, struct slice command)
{
    for (const struct flow_fact *f = scene->flow->facts; f != NULL; f = f->next) {
        if (f->sink == SINK_WRITE && f->constant.len > 4 &&
            slice_icase_has(command, f->constant)) {
            return true;
        }
    }
    return false;
}

/* In text that becomes code (a layer) nobody starts programs but to hide it. */
static enum webshell_class judge_command(const struct scene *scene,
                                         const struct flow_fact *fact)
{
    if (is_callers(fact) || fact->sources & FROM_UNSET) {
        return WEBSHELL_SHELL;
    }
    if (opens_connection(fact->constant)) {
        return WEBSHELL_SHELL;
    }
    if (fact->sources & FROM_FETCHED || fact->notes & (FLOW_DECRYPTED | FLOW_LAYER) ||
        is_written(scene, fact->constant)) {
        return WEBSHELL_LOADER;
    }
    if (!names_interpreter(fact->constant)) {
        return WEBSHELL_NONE;
    }
    return scene->connects ? WEBSHELL_SHELL : WEBSHELL_SUSPECT; /* a reverse shell */
}

static enum webshell_class judge_load(const struct scene *scene, const struct flow_fact *fact)
{
    if (scene->php && slice_starts(fact->constant, SLICE_LIT("LD_PRELOAD"))) {
        return WEBSHELL_LOADER;
    }
    if (is_callers(fact)) {
        return fact->notes & FLOW_DECRYPTED ? WEBSHELL_LOADER : WEBSHELL_SHELL;
    }
    bool opaque = fact->notes & OPAQUE;
    return fact->sources & FROM_FETCHED || opaque ? WEBSHELL_LOADER : WEBSHELL_NONE;
}

static enum webshell_class judge_reflect(const struct scene *scene,
                                         const struct flow_fact *fact)
{
    bool chosen = !scene->php || (is_whole(fact) && !(fact->notes & LIMITED));
    if (chosen && is_callers(fact) && fact->target & WRITE_CONTENT) {
        return WEBSHELL_SHELL; /* arguments of a method that the page hides */
    }
    return is_whole(fact) && !scene->php ? WEBSHELL_SUSPECT : WEBSHELL_NONE;
}

static enum webshell_class judge_deserialise(const struct scene *scene,
                                             const struct flow_fact *fact)
{
    (void)scene;
    return is_callers(fact) ? WEBSHELL_LOADER : WEBSHELL_NONE;
}

static bool names_page(struct slice path)
{
    static const char *const pages[] = { ".aspx", ".asp", ".ashx", ".asmx",  ".ascx",
                                         ".jsp",  ".php", ".jspx", ".cshtml" };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (slice_icase_ends(path, slice_from(pages[i]))) {
            return true;
        }
    }
    return false;
}

/* --- passwords --- */

static bool is_password(const struct flow_fact *fact)
{
    return is_callers(fact) && (fact->notes & FLOW_CREDENTIAL);
}

/* Where installers write the database's password, pages that they make, and the answer. */
static bool is_settings(struct slice path)
{
    return names_page(path) || slice_icase_starts(path, SLICE_LIT("php://")) ||
           slice_icase_has(path, SLICE_LIT("config")) ||
           slice_icase_has(path, SLICE_LIT("setting")) ||
           slice_icase_ends(path, SLICE_LIT(".ini")) ||
           slice_icase_ends(path, SLICE_LIT(".udl"));
}

/* Services that logins are asked of: they need the password. */
static bool is_login_service(struct slice address)
{
    static const char *const names[] = { "login",    "logon", "auth",    "token", "session",
                                         "validate", "user",  "account", "ldap",  "api" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_has(address, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

/* What is copied or moved is a file that lies there. */
static bool is_copy(struct slice call)
{
    static const char *const copies[] = { "CopyFile",   "MoveFile", "CopyFolder",
                                          "MoveFolder", ".Copy",    ".Move" };
    size_t end = slice_find_char(call, '(');
    struct slice name = end != SIZE_MAX ? slice_first(call, end) : call;
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        if (slice_icase_ends(name, slice_from(copies[i]))) {
            return true;
        }
    }
    return false;
}

/* To a place that is known and not named like a service, in the address or behind it. */
static enum webshell_class judge_password_sent(const struct flow_fact *fact)
{
    bool known = fact->constant.len > 0 && !is_login_service(fact->constant);
    return known ? WEBSHELL_STEALER : WEBSHELL_SUSPECT;
}

/* PHP: mail of the caller's writing to whom he likes, not to whom the site knows. */
static bool is_mailer(const struct scene *scene, const struct flow_fact *fact)
{
    bool both = fact->target == (WRITE_PATH | WRITE_CONTENT);
    bool known = fact->sources & FROM_STORED;
    return scene->php && both && !known && is_whole(fact) && !(fact->notes & LIMITED);
}

/* Honest pages mail a new password to whom it belongs: the address comes with it. */
static enum webshell_class judge_mail(const struct scene *scene, const struct flow_fact *fact)
{
    if (is_mailer(scene, fact)) {
        return WEBSHELL_SHELL;
    }
    if (!is_password(fact) || fact->target & WRITE_PATH) {
        return WEBSHELL_NONE;
    }
    return fact->constant.len > 0 ? WEBSHELL_STEALER : WEBSHELL_SUSPECT;
}

static bool brings_code(const struct flow_fact *fact)
{
    return fact->notes & OPAQUE || fact->sources & (FROM_FETCHED | FROM_UNSET);
}

/*
 * Pages of classic ASP that write what is typed in are legion: uploads with a checked name,
 * logs, settings, pages made from templates. A known place that is no page harms nobody.
 */
static enum webshell_class judge_classic_write(const struct scene *scene,
                                               const struct flow_fact *fact)
{
    bool path = fact->target & WRITE_PATH, content = fact->target & WRITE_CONTENT;
    bool page = names_page(fact->constant);
    if (!is_callers(fact)) {
        bool foreign = fact->sources & FROM_FETCHED || fact->notes & OPAQUE;
        bool itself = fact->constant.len == 4; /* ".asp": shops have their copies end so */
        return page && foreign && !itself ? WEBSHELL_WRITER : WEBSHELL_NONE;
    }
    bool part = fact->notes & FLOW_PART;
    bool generated = path && part && fact->sources & (FROM_STORED | FROM_READ);
    if (fact->notes & LIMITED || generated || is_copy(fact->call)) {
        return scene->manages ? WEBSHELL_WRITER : WEBSHELL_NONE;
    }
    if (path && content) {
        return part ? WEBSHELL_WRITER : WEBSHELL_SHELL;
    }
    if (content && page) {
        return fact->notes & FLOW_PART ? WEBSHELL_WRITER : WEBSHELL_SHELL;
    }
    if (content) {
        return scene->manages ? WEBSHELL_WRITER : WEBSHELL_NONE;
    }
    return is_whole(fact) ? WEBSHELL_WRITER : WEBSHELL_NONE;
}

/* Who writes wherever he gets to on the server looks for a place to stay. */
static bool tries_folders(const struct flow_fact *fact)
{
    return fact->sources & FROM_FOUND && fact->target & WRITE_PATH && !is_callers(fact);
}

static enum webshell_class judge_write(const struct scene *scene, const struct flow_fact *fact)
{
    bool both = fact->target == (WRITE_PATH | WRITE_CONTENT);
    bool only_content = fact->target == WRITE_CONTENT;
    if (tries_folders(fact)) {
        return WEBSHELL_WRITER;
    }
    if (scene->classic && !(only_content && fact->notes & FLOW_CREDENTIAL)) {
        return judge_classic_write(scene, fact);
    }
    if (!is_callers(fact)) {
        bool unset = fact->sources & FROM_UNSET && both && !(fact->notes & LIMITED);
        /* PHP's programs keep their settings in pages */
        bool page = names_page(fact->constant) && (!scene->php || brings_code(fact));
        bool dump = scene->dumps && fact->sources & FROM_STORED;
        enum webshell_class otherwise = dump ? WEBSHELL_SUSPECT : WEBSHELL_NONE;
        return page || unset ? WEBSHELL_WRITER : otherwise;
    }
    bool path = fact->target & WRITE_PATH, content = fact->target & WRITE_CONTENT;
    if (content && !path && is_password(fact) && !is_settings(fact->constant)) {
        return WEBSHELL_STEALER;
    }
    if (fact->notes & LIMITED) {
        return WEBSHELL_WRITER;
    }
    bool page = content && names_page(fact->constant);
    if (scene->php && slice_icase_has(fact->call, SLICE_LIT("extractTo"))) {
        return WEBSHELL_WRITER; /* themes and plugins come so, too */
    }
    if (both || page) {
        return WEBSHELL_SHELL;
    }
    if (scene->php && content && !path) { /* a log, a file for the moment */
        return fact->notes & OPAQUE ? WEBSHELL_WRITER : WEBSHELL_NONE;
    }
    return content || is_whole(fact) ? WEBSHELL_WRITER : WEBSHELL_NONE;
}

static enum webshell_class judge_delete(const struct scene *scene, const struct flow_fact *fact)
{
    bool limited = fact->notes & LIMITED;
    bool alone = scene->classic && !scene->manages; /* the picture of an article */
    return chooses_path(fact) && !limited && !alone ? WEBSHELL_WRITER : WEBSHELL_NONE;
}

/* PHP: wrappers that read what is kept from the page otherwise, in front of the caller's path.
 */
static bool is_wrapped(const struct scene *scene, const struct flow_fact *fact)
{
    static const char *const wrappers[] = { "file:", "compress.zlib:", "compress.bzip2:",
                                            "php://filter/" };
    uint32_t own = FROM_CALLER & ~(uint32_t)FROM_FILE;
    if (!scene->php || !(fact->sources & own) || fact->notes & LIMITED) {
        return false;
    }
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        if (slice_icase_starts(fact->constant, slice_from(wrappers[i]))) {
            return true;
        }
    }
    return false;
}

/* Both a folder and a file of the caller's choice: the disk lies open. */
static enum webshell_class judge_read(const struct scene *scene, const struct flow_fact *fact)
{
    if (is_wrapped(scene, fact)) {
        return WEBSHELL_SHELL;
    }
    if (!chooses_path(fact) || fact->notes & LIMITED) {
        return WEBSHELL_NONE;
    }
    bool any_folder = scene->php && fact->sink == SINK_LIST;
    return any_folder || (scene->reads && scene->lists) ? WEBSHELL_SHELL : WEBSHELL_SUSPECT;
}

static enum webshell_class judge_sql(const struct scene *scene, const struct flow_fact *fact)
{
    if (!is_callers(fact)) {
        return WEBSHELL_NONE;
    }
    bool server = scene->classic ? scene->server_whole : scene->sql_server;
    return server || is_whole(fact) ? WEBSHELL_SHELL : WEBSHELL_NONE;
}

static enum webshell_class judge_sql_server(const struct scene *scene,
                                            const struct flow_fact *fact)
{
    if (!is_callers(fact)) {
        return WEBSHELL_NONE;
    }
    if (scene->classic && !is_whole(fact)) { /* an import of a database: only with its text */
        return scene->sql_whole ? WEBSHELL_SHELL : WEBSHELL_NONE;
    }
    return scene->sql || scene->dumps ? WEBSHELL_SHELL : WEBSHELL_SUSPECT;
}

/* PHP: a connection as it is, for whatever is said over it. */
static bool is_socket(struct slice call)
{
    static const char *const names[] = { "fsockopen", "pfsockopen", "socket_connect",
                                         "stream_socket_client" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_starts(call, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static enum webshell_class judge_connect(const struct scene *scene,
                                         const struct flow_fact *fact)
{
    bool sends = fact->target & WRITE_CONTENT, chosen = fact->target & WRITE_PATH;
    bool beginning = fact->notes & FLOW_PART; /* of the address, in front of the password */
    if (is_password(fact) && (beginning || (sends && !chosen))) {
        return judge_password_sent(fact);
    }
    bool socket = scene->php && is_socket(fact->call);
    bool scheme = socket && slice_icase_ends(fact->constant, SLICE_LIT("://"));
    if ((!is_whole(fact) && !scheme) || !chosen) {
        return WEBSHELL_NONE;
    }
    if (socket && !(fact->notes & FLOW_CHECKED)) {
        return WEBSHELL_SHELL;
    }
    if (!sends && scene->classic) { /* collectors of news ask for the address of a page */
        return WEBSHELL_NONE;
    }
    return sends && !(fact->notes & FLOW_CHECKED) ? WEBSHELL_SHELL : WEBSHELL_SUSPECT;
}

static enum webshell_class judge_memory(const struct scene *scene, const struct flow_fact *fact)
{
    return is_callers(fact) || scene->decoded ? WEBSHELL_LOADER : WEBSHELL_SUSPECT;
}

static enum webshell_class judge_registry(const struct scene *scene,
                                          const struct flow_fact *fact)
{
    (void)scene;
    return is_whole(fact) ? WEBSHELL_SUSPECT : WEBSHELL_NONE;
}

/* In PHP what is included may be anything, also of another server. */
static enum webshell_class judge_include(const struct scene *scene,
                                         const struct flow_fact *fact)
{
    bool limited = fact->notes & LIMITED;
    if (!is_whole(fact) || limited) {
        return WEBSHELL_NONE;
    }
    return scene->php ? WEBSHELL_SHELL : WEBSHELL_SUSPECT;
}

typedef enum webshell_class judge_function(const struct scene *scene,
                                           const struct flow_fact *fact);

static judge_function *const judges[] = {
    [SINK_EVALUATE] = judge_evaluate,
    [SINK_COMMAND] = judge_command,
    [SINK_LOAD] = judge_load,
    [SINK_REFLECT] = judge_reflect,
    [SINK_DESERIALISE] = judge_deserialise,
    [SINK_WRITE] = judge_write,
    [SINK_DELETE] = judge_delete,
    [SINK_READ] = judge_read,
    [SINK_SQL] = judge_sql,
    [SINK_SQL_SERVER] = judge_sql_server,
    [SINK_CONNECT] = judge_connect,
    [SINK_MEMORY] = judge_memory,
    [SINK_REGISTRY] = judge_registry,
    [SINK_MAIL] = judge_mail,
    [SINK_INCLUDE] = judge_include,
    [SINK_LIST] = judge_read,
};

static enum reason_code code_for(const struct flow_fact *fact, enum webshell_class class)
{
    bool sent = fact->sink == SINK_MAIL || (fact->sink == SINK_CONNECT && is_password(fact));
    if (class == WEBSHELL_STEALER || (class == WEBSHELL_SUSPECT && sent)) {
        return REASON_STEALS;
    }
    if (class == WEBSHELL_LOADER) {
        return REASON_LOADS_CODE;
    }
    return fact->sources != 0 ? REASON_FLOW : REASON_CONSTANT;
}

static struct scene survey(const struct flow *flow, const struct tree *tree)
{
    struct scene scene = { .flow = flow,
                           .php = tree->language == LANGUAGE_PHP,
                           .classic = tree->language == LANGUAGE_VBSCRIPT };
    for (const struct flow_fact *f = flow->facts; f != NULL; f = f->next) {
        scene.sql |= f->sink == SINK_SQL && is_callers(f);
        scene.sql_server |= f->sink == SINK_SQL_SERVER && is_callers(f);
        scene.dumps |= f->sink == SINK_SQL && !is_callers(f) && f->sources & FROM_STORED;
        scene.connects |= f->sink == SINK_CONNECT && is_whole(f) && f->target & WRITE_PATH;
        scene.sql_whole |= f->sink == SINK_SQL && is_whole(f);
        scene.server_whole |= f->sink == SINK_SQL_SERVER && is_whole(f);
        bool open = is_whole(f) && !(f->notes & LIMITED);
        scene.reads |= f->sink == SINK_READ && open;
        scene.lists |= f->sink == SINK_LIST && open;
        scene.manages |= (f->sink == SINK_READ || f->sink == SINK_LIST) && is_whole(f);
        scene.decoded |= (f->notes & OPAQUE) != 0;
    }
    return scene;
}

static void add(struct page_report *report, enum reason_code code, enum webshell_class class,
                uint32_t line, struct slice detail)
{
    struct reason reason = { .code = code, .class = class, .line = line, .detail = detail };
    page_report_add(report, &reason);
}

#define ESCAPES_MAX 3 /* identifiers that an honest author may have spelled so */

void judge_flow(const struct flow *flow, const struct tree *tree, struct page_report *report)
{
    struct scene scene = survey(flow, tree);
    for (const struct flow_fact *fact = flow->facts; fact != NULL; fact = fact->next) {
        judge_function *judge = judges[fact->sink];
        enum webshell_class class = judge != NULL ? judge(&scene, fact) : WEBSHELL_NONE;
        if (class != WEBSHELL_NONE) {
            struct reason reason = { code_for(fact, class), class, fact->line, fact,
                                     fact->constant };
            page_report_add(report, &reason);
        }
    }
    if (tree->escapes > ESCAPES_MAX) {
        add(report, REASON_OBFUSCATED, WEBSHELL_SUSPECT, 0,
            SLICE_LIT("names are spelled with escapes"));
    }
    if (tree->encoded) {
        /* It was decoded and followed; in classic ASP shops sell their code so. */
        add(report, REASON_ENCODED_SCRIPT, scene.classic ? WEBSHELL_NONE : WEBSHELL_SUSPECT, 0,
            SLICE_NULL);
    }
    if (flow->exhausted || flow->shortened || tree->truncated) {
        report->budget_hit = true;
        add(report, REASON_BUDGET, WEBSHELL_SUSPECT, 0, SLICE_NULL);
    }
}

/* --- dress --- */

/* Names under which nobody expects code. */
static bool is_odd_name(struct slice path)
{
    static const char *const odd[] = { ".jpg", ".jpeg", ".png", ".gif", ".ico",
                                       ".bmp", ".css",  ".svg", ".pdf", ".woff" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (slice_icase_ends(path, slice_from(odd[i]))) {
            return true;
        }
    }
    return false;
}

/* The settings of a virtual directory as Exchange exports them (CVE-2021-27065). */
static bool is_oab_frame(struct slice text)
{
    return slice_icase_has(text, SLICE_LIT("ExtendedProtectionTokenChecking")) &&
           slice_icase_has(text, SLICE_LIT("InternalAuthenticationMethods")) &&
           (slice_icase_has(text, SLICE_LIT("ExternalUrl")) ||
            slice_icase_has(text, SLICE_LIT("InternalUrl")));
}

void judge_dress(struct slice bytes, struct slice path, const struct decoded *decoded,
                 const struct parts *parts, struct page_report *report)
{
    if (parts->piece_count == 0) {
        return;
    }
    if (decoded->hidden) {
        add(report, REASON_HIDDEN_ENCODING, WEBSHELL_SUSPECT, 0,
            slice_from(encoding_name(decoded->encoding)));
    }
    if (parts->magic != NULL) {
        add(report, REASON_MAGIC, WEBSHELL_SUSPECT, parts->magic_line,
            slice_from(parts->magic));
    }
    if (parts->told_by_content && is_odd_name(path)) {
        add(report, REASON_ODD_NAME, WEBSHELL_SUSPECT, parts->pieces[0].line, path);
    }
    if (is_oab_frame(decoded->text)) {
        add(report, REASON_OAB_FRAME, WEBSHELL_SUSPECT, parts->pieces[0].line, SLICE_NULL);
    }
    if (bytes.len > PAGE_BYTES_MAX) {
        report->budget_hit = true;
        add(report, REASON_BUDGET, WEBSHELL_NONE, 0, SLICE_NULL);
    }
}
