#include "webshell/page.h"

#include "webshell/judge.h"
#include "webshell/judge_text.h"

const char *webshell_class_name(enum webshell_class class)
{
    static const char *const names[] = {
        [WEBSHELL_NONE] = "none",         [WEBSHELL_FOREIGN] = "foreign",
        [WEBSHELL_TAMPERED] = "tampered", [WEBSHELL_SUSPECT] = "suspect",
        [WEBSHELL_WRITER] = "writer",     [WEBSHELL_STEALER] = "stealer",
        [WEBSHELL_LOADER] = "loader",     [WEBSHELL_SHELL] = "shell",
    };
    return names[class];
}

/* Head and tail: code stands at either end of what was made large on purpose. */
static struct slice cut(struct arena *arena, struct slice bytes)
{
    if (bytes.len <= PAGE_BYTES_MAX) {
        return bytes;
    }
    size_t half = PAGE_BYTES_MAX / 2;
    char *both = arena_alloc(arena, PAGE_BYTES_MAX + 1);
    memcpy(both, bytes.ptr, half);
    both[half] = '\n';
    memcpy(both + half + 1, bytes.ptr + bytes.len - half, half);
    return slice_of(both, PAGE_BYTES_MAX + 1);
}

static void follow_language(struct arena *arena, struct api_library *library,
                            const struct parts *parts, enum language language,
                            struct page_report *report)
{
    struct tree tree;
    struct flow flow;
    tree_parse(arena, language, parts->pieces, parts->piece_count, &tree);
    flow_follow(arena, library, parts, &tree, &flow);
    judge_flow(&flow, &tree, report);
}

static void follow_languages(struct arena *arena, struct api_library *library,
                             const struct parts *parts, struct page_report *report)
{
    uint32_t done = 1U << LANGUAGE_NONE;
    for (size_t i = 0; i < parts->piece_count; i++) {
        enum language language = parts->pieces[i].language;
        if (!(done & 1U << language)) {
            done |= 1U << language;
            follow_language(arena, library, parts, language, report);
        }
    }
}

void page_analyse(struct arena *arena, struct api_library *library, struct slice bytes,
                  struct slice path, struct page_report *out)
{
    struct decoded decoded;
    struct parts parts;
    memset(out, 0, sizeof *out);
    decode_page(arena, cut(arena, bytes), &decoded);
    split_page(arena, decoded.text, path, &parts);
    out->kind = parts.kind;
    out->encoding = decoded.encoding;
    out->language = parts.piece_count > 0 ? parts.pieces[0].language : parts.language;
    follow_languages(arena, library, &parts, out);
    judge_text(arena, decoded.text, path, &parts, out);
    judge_dress(bytes, path, &decoded, &parts, out);
}

/* --- candidates --- */

static bool ends_with_any(struct slice path, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_icase_ends(path, slice_from(endings[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_named_as_page(struct slice path)
{
    static const char *const endings[] = {
        ".aspx", ".ascx", ".ashx", ".asmx", ".asax",   ".master", ".svc",  ".soap",  ".asp",
        ".asa",  ".cer",  ".cdx",  ".inc",  ".cshtml", ".vbhtml", ".jsp",  ".jspx",  ".jspf",
        ".jspa", ".jsw",  ".jsv",  ".jtml", ".php",    ".phtml",  ".php3", ".php4",  ".php5",
        ".php7", ".phps", ".pht",  ".phar", ".config", ".xsl",    ".xslt", ".xamlx", ".rem",
    };
    return ends_with_any(path, endings, sizeof endings / sizeof *endings);
}

/* What the browser gets is looked at where people type passwords. */
static bool is_login_script(struct slice path)
{
    static const char *const endings[] = { ".js", ".mjs", ".htm", ".html" };
    static const char *const words[] = { "logon", "login",    "signin", "sign-in", "sign_in",
                                         "auth",  "password", "/ecp/",  "\\ecp\\" };
    if (!ends_with_any(path, endings, sizeof endings / sizeof *endings)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_icase_has(path, slice_from(words[i]))) {
            return true;
        }
    }
    return false;
}

bool page_is_candidate(struct slice path, struct slice head)
{
    /* As they begin in ASCII, UTF-16 of either order, UTF-7 and EBCDIC. */
    static const struct slice marks[] = {
        { "<%@", 3 },          { "<%\r", 3 },    { "<%\n", 3 },   { "<% ", 3 },
        { "<%e", 3 },          { "<%=", 3 },     { "<?php", 5 },  { "<\0%\0", 4 },
        { "<\0?\0p\0h", 7 },   { "+ADwAJQ", 7 }, { "+ADw-%", 6 }, { "\x4c\x6c\x7c", 3 },
        { "\x4c\x6c\x40", 3 }, { "runat=", 6 },
    };
    if (is_named_as_page(path) || is_login_script(path)) {
        return true;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (slice_icase_has(head, marks[i])) {
            return true;
        }
    }
    return false;
}
