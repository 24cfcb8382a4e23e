#include "exchange/page.h"

#include "base/embedded.h"

/* Longer than any page we know; a longer one need not be looked up. */
#define KNOWN_PAGE_MAX 128

/* What IIS hands to a script engine: its own, ASP.NET's, and those people add. */
static const char *const script_extensions[] = {
    ".aspx", ".ashx", ".asmx",  ".ascx",  ".asp",   ".asax",  ".cshtml", ".vbhtml", ".svc",
    ".soap", ".rem",  ".cer",   ".cdx",   ".asa",   ".shtml", ".stm",    ".php",    ".jsp",
    ".jspx", ".cfm",  ".cshtm", ".vbhtm", ".xamlx", ".xoml",  ".rules",
};

/*
 * Exchange's folders in a site. Everything below them comes from an installer, so a page that
 * the installer did not bring is foreign. aspnet_client holds scripts for browsers only.
 */
static const char *const judged_folders[] = {
    "/owa",           "/ecp",
    "/aspnet_client", "/autodiscover",
    "/ews",           "/oab",
    "/rpc",           "/mapi",
    "/powershell",    "/microsoft-server-activesync",
    "/exchange",      "/exchweb",
    "/public",        "/pushnotifications",
    "/rest",          "/api",
};

/* Pages that administrators put into the site's root to send people to /owa. */
static const char *const redirect_pages[] = { "/default.aspx", "/default.asp", "/index.aspx" };

/* Addresses that have no file in the baselines, and yet an honest server answers them. */
static const char *const handler_urls[] = {
    /* .NET reads these from memory or activates them by configuration. */
    "/autodiscover/autodiscoverservice.svc",
    "/ecp/logoff.aspx",
    "/ews/mrsproxy.svc", /* mailbox moves between organisations */
    "/pushnotifications/mowapendingget.ashx",
    /* Exchange 2003 addresses that old bookmarks still ask for. */
    "/exchweb/bin/auth/owalogon.asp",
    "/exchweb/bin/auth/usa/logon.asp",
};

/*
 * Handlers that the web.config of the back end binds to a file name in any of the application's
 * folders. A file of that name would never run there, so the name is enough; the front end's
 * own auth folder is the exception (it serves files itself).
 */
static const struct {
    const char *app;
    const char *name;
} handler_names[] = {
    { "/ecp", "/download.aspx" },
    { "/ecp", "/gohelp.aspx" },
    { "/owa", "/appcachemanifesthandler.ashx" },
    { "/owa", "/attachment.ashx" },
    { "/owa", "/groupsubscription.ashx" },
    { "/owa", "/meetingpollhandler.ashx" },
    { "/owa", "/mowapendingget.ashx" },
    { "/owa", "/plt1.ashx" }, /* page load times, sent by every OWA session */
    { "/owa", "/preloadsessiondata.ashx" },
    { "/owa", "/processinvitation.aspx" },
    { "/owa", "/remotenotification.ashx" },
    { "/owa", "/serviceworkerhandler.ashx" },
    { "/owa", "/sessiondata.ashx" },
    { "/owa", "/startupdata.ashx" },
    { "/owa", "/userbootsettings.ashx" },
    { "/owa", "/userspecificresourceinjector.ashx" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_one_of(struct slice text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(text, slice_from(list[i])))
            return true;
    return false;
}

/* ---- normal form ---- */

static int hex_digit(char c)
{
    c = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next character, percent-decoded once, as Windows compares names: '\' is '/', no case. */
char exchange_next_char(struct slice path, size_t *pos)
{
    char c = path.ptr[(*pos)++];
    if (c == '%' && path.len - *pos >= 2) {
        int high = hex_digit(path.ptr[*pos]);
        int low = hex_digit(path.ptr[*pos + 1]);
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            *pos += 2;
        }
    }
    return c == '\\' ? '/' : ascii_lower(c);
}

/* Windows drops these from the end of a name; in IIS logs a blank is written as '+'. */
static bool is_dropped_at_end(char c)
{
    return c == '.' || c == '+' || (unsigned char)c <= ' ';
}

/*
 * Cuts parameters (x.aspx;y), streams (x.aspx::$DATA) and trailing dots and blanks. A name may
 * hold a ';' itself (a;b.aspx): it only ends a page's name.
 */
static size_t file_name_length(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (name[i] == ':' || (name[i] == ';' && exchange_page_is_script(slice_of(name, i))))
            len = i;
    while (len > 0 && is_dropped_at_end(name[len - 1]))
        len--;
    return len;
}

/* text[0 .. start) ends in front of a slash: takes the last component away. */
static size_t parent_length(const char *text, size_t start)
{
    while (start > 0 && text[start - 1] != '/')
        start--;
    return start > 0 ? start - 1 : 0;
}

/* "(S(lit3py55t21z5v55vlm25s55))": ASP.NET takes its cookieless session out of the path. */
static bool is_session(struct slice name)
{
    return name.len > 4 && name.ptr[0] == '(' && name.ptr[2] == '(' &&
           slice_icase_ends(name, SLICE_LIT("))"));
}

/*
 * A component was written at text[start + 1 .. len), text[start] is its slash. Returns the new
 * length: without the component when it was empty or ".", without its parent too when "..".
 */
static size_t close_component(const char *text, size_t start, size_t len)
{
    struct slice name = slice_of(text + start + 1, len - start - 1);
    if (slice_eq(name, SLICE_LIT("..")))
        return parent_length(text, start);
    if (is_session(name))
        return start;
    size_t name_len = file_name_length(name.ptr, name.len);
    return name_len == 0 ? start : start + 1 + name_len;
}

/* "https://host/path" is what some clients send instead of "/path". */
static struct slice without_host(struct slice url)
{
    size_t scheme = slice_icase_starts(url, SLICE_LIT("http://"))    ? 7
                    : slice_icase_starts(url, SLICE_LIT("https://")) ? 8
                                                                     : 0;
    if (scheme == 0)
        return url;
    struct slice rest = slice_from_offset(url, scheme);
    return slice_from_offset(rest, slice_find_char(rest, '/'));
}

/* Writes the normal form of an absolute path and returns it. */
struct slice exchange_path_normalise(struct slice path, char *text, size_t size)
{
    size_t len = 0, start = 0, pos = 0;
    while (pos < path.len && len < size) {
        char c = exchange_next_char(path, &pos);
        if (c == '/' && len > 0)
            len = close_component(text, start, len);
        if (len >= size)
            break;
        if (c == '/')
            start = len;
        text[len++] = c;
    }
    if (len > 0)
        len = close_component(text, start, len);
    return slice_of(text, len);
}

/* ---- the page of a path ---- */

bool exchange_page_is_script(struct slice name)
{
    /* Certificate requests written as pages: the engine does not run .req, attackers rename. */
    if (slice_icase_ends(name, SLICE_LIT(".aspx.req")))
        return true;
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.')
        dot--;
    if (dot == 0)
        return false;
    return is_one_of(slice_from_offset(name, dot - 1), script_extensions,
                     COUNT(script_extensions));
}

/* The length of the first component of `path` (its slash included). */
static size_t component_length(struct slice path)
{
    size_t end = slice_find_char(slice_from_offset(path, 1), '/');
    return end == SIZE_MAX ? path.len : end + 1;
}

/* Up to and including the first script; absent when there is none. */
static struct slice page_of(struct slice path)
{
    for (size_t end = 0; end < path.len;) {
        struct slice rest = slice_from_offset(path, end);
        size_t len = component_length(rest);
        end += len;
        if (exchange_page_is_script(slice_first(rest, len)))
            return slice_first(path, end);
    }
    return SLICE_NULL;
}

/* ---- the table of Microsoft's pages: sorted lines, searched in place ---- */

static int compare(struct slice a, struct slice b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The line around offset `at`; *begin_out is where it starts. */
static struct slice line_around(struct slice table, size_t at, size_t *begin_out)
{
    while (at > 0 && table.ptr[at - 1] != '\n')
        at--;
    *begin_out = at;
    struct slice rest = slice_from_offset(table, at);
    return slice_first(rest, slice_find_char(rest, '\n'));
}

static bool table_has(struct slice page)
{
    const struct embedded_file *file = embedded_find("exchange/pages.txt");
    if (!file)
        return false;
    struct slice table = slice_of((const char *)file->data, file->size);
    size_t low = 0, high = table.len;
    while (low < high) {
        size_t begin;
        struct slice line = line_around(table, low + (high - low) / 2, &begin);
        int order = compare(page, line);
        if (order == 0)
            return true;
        if (order < 0)
            high = begin;
        else
            low = begin + line.len + 1;
    }
    return false;
}

/* ---- known or not ---- */

static bool is_under(struct slice page, const char *folder)
{
    size_t len = strlen(folder);
    return slice_starts(page, slice_of(folder, len)) && page.len > len && page.ptr[len] == '/';
}

static bool is_in_auth_folder(struct slice page)
{
    return is_under(page, "/owa/auth") || is_under(page, "/ecp/auth");
}

static bool is_handler(struct slice page)
{
    if (is_one_of(page, handler_urls, COUNT(handler_urls)))
        return true;
    if (is_in_auth_folder(page))
        return false;
    for (size_t i = 0; i < COUNT(handler_names); i++)
        if (is_under(page, handler_names[i].app) &&
            slice_icase_ends(page, slice_from(handler_names[i].name)))
            return true;
    return false;
}

/* "15.1.2375.7", "15.2.986": digits and at least two dots. */
static bool is_version(struct slice name)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '.')
            dots++;
        else if (!ascii_is_digit(name.ptr[i]))
            return false;
    return dots >= 2;
}

/* Components that OWA and ECP accept behind their own name and that change nothing. */
static bool is_decoration(struct slice name)
{
    return is_version(name) || slice_eq(name, SLICE_LIT("current")) ||
           slice_eq(name, SLICE_LIT("prem")) || slice_find_char(name, '@') != SIZE_MAX;
}

/*
 * /owa/user@dom/15.1.2375.7/x.aspx and /owa/x.aspx are the same page. Only directly behind the
 * application's name: /owa/auth/current/x.aspx is a folder on disk, in which Microsoft has no
 * pages and attackers like to put theirs.
 */
static struct slice without_decoration(struct slice page, char *text, size_t size)
{
    size_t app = component_length(page), from = app;
    while (from < page.len) {
        struct slice rest = slice_from_offset(page, from);
        size_t len = component_length(rest);
        if (len == rest.len || !is_decoration(slice_of(rest.ptr + 1, len - 1)))
            break;
        from += len;
    }
    if (app + (page.len - from) > size)
        return page;
    memcpy(text, page.ptr, app);
    memcpy(text + app, page.ptr + from, page.len - from);
    return slice_of(text, app + (page.len - from));
}

static bool is_known(struct slice page)
{
    char text[KNOWN_PAGE_MAX];
    if (is_under(page, "/owa") || is_under(page, "/ecp"))
        page = without_decoration(page, text, sizeof text);
    return page.len <= KNOWN_PAGE_MAX && (table_has(page) || is_handler(page));
}

static bool is_judged(struct slice page)
{
    if (component_length(page) == page.len)
        return !is_one_of(page, redirect_pages, COUNT(redirect_pages));
    struct slice folder = slice_first(page, component_length(page));
    /* "aspnet_client" and what intruders call nearly so: nothing there is a page. */
    return slice_starts(folder, SLICE_LIT("/aspnet")) ||
           is_one_of(folder, judged_folders, COUNT(judged_folders));
}

/* Most requests have neither a dot nor an encoded one: they cost one look. */
static bool may_have_page(struct slice path)
{
    return slice_find_char(path, '.') != SIZE_MAX || slice_find_char(path, '%') != SIZE_MAX;
}

enum page_class exchange_page_classify(struct slice url_path, struct slice *page_out,
                                       char *scratch, size_t scratch_size)
{
    *page_out = SLICE_NULL;
    if (!url_path.ptr)
        return PAGE_NONE;
    struct slice path = slice_first(url_path, slice_find_char(url_path, '?'));
    path = without_host(path);
    if (path.len == 0 || (path.ptr[0] != '/' && path.ptr[0] != '\\') || !may_have_page(path))
        return PAGE_NONE;

    struct slice page = page_of(exchange_path_normalise(path, scratch, scratch_size));
    if (!page.ptr || !is_judged(page))
        return PAGE_NONE;
    *page_out = page;
    return is_known(page) ? PAGE_KNOWN : PAGE_FOREIGN;
}
