/*
 * A page's text → what the server runs: pieces of code in the order of the page, directives,
 * controls. What the browser gets (HTML, client script) is left out.
 *
 * Kinds of page are told by content first, then by name: a page may hide behind ".jpg".
 * Linear in the size, never fails: text without server code has no pieces. Slices borrow from
 * the text. Thread rule: pure functions.
 */
#ifndef HAUBERK_WEBSHELL_SPLIT_H
#define HAUBERK_WEBSHELL_SPLIT_H

#include "base/memory.h"
#include "webshell/language.h"

enum page_kind {
    PAGE_KIND_NONE,    /* nothing that a server runs */
    PAGE_KIND_ASPX,    /* .aspx .ascx .master .asax ...: directives, blocks, <script runat> */
    PAGE_KIND_HANDLER, /* .ashx .asmx .svc ...: a directive, the rest is code */
    PAGE_KIND_RAZOR,   /* .cshtml .vbhtml */
    PAGE_KIND_ASP,     /* .asp .asa .cer .cdx ... */
    PAGE_KIND_JSP,     /* .jsp .jspx .jspf ... */
    PAGE_KIND_PHP,
    PAGE_KIND_CONFIG, /* web.config: see webconfig.h */
    PAGE_KIND_XSLT,   /* style sheets with script in them */
    PAGE_KIND_SOURCE, /* a source file alone: .cs, .vb, .java; code in App_Code is compiled */
    PAGE_KIND_CLIENT, /* HTML and scripts of the browser: only looked at for thieves */
};

enum piece_kind {
    PIECE_CODE,    /* statements: <% %>, <?php ?>, ASP's <script runat=server> */
    PIECE_VALUE,   /* an expression that is written to the answer: <%= %>, <%# %>, <?= ?> */
    PIECE_MEMBERS, /* declarations of the page's class: ASPX's <script runat=server>, <%! %>, a
                      handler's body */
};

struct piece {
    enum piece_kind kind;
    enum language language;
    uint32_t line; /* of the page, from 1, on which `text` starts */
    struct slice text;
};

/* A name and its value, of a directive or a control. */
struct attribute {
    struct slice name, value;
    struct attribute *next;
};

/* <%@ Page ... %> and its like (name "Page", "WebHandler" ...), <%@ include %>,
 * <!--#include-->. */
struct directive {
    struct slice name; /* may be empty: <%@ Language=JScript %> */
    uint32_t line;
    struct attribute *attributes;
    struct directive *next;
};

/* <asp:TextBox id="x" runat="server">, <input runat=server>, <object runat=server classid=...>.
 */
struct control {
    struct slice type, id; /* "asp:TextBox", "x" */
    uint32_t line;
    struct attribute *attributes;
    struct control *next;
};

struct parts {
    enum page_kind kind;
    enum language language; /* of the page, where a piece says none */
    struct piece *pieces;
    size_t piece_count;
    struct directive *directives;
    struct control *controls;
    bool told_by_content; /* the name is not one of a page of this kind */
    uint32_t
        magic_line;    /* 0, or the line where code follows the magic bytes of a binary file */
    const char *magic; /* "a GIF image", "a PST", "a certificate request"; NULL without */
};

/* `path`: the file's name, for what its content leaves open; may be empty (standard input). */
void split_page(struct arena *arena, struct slice text, struct slice path, struct parts *out);

/* Value of an attribute, name in any case; absent when there is none. */
struct slice attribute_value(const struct attribute *attributes, struct slice name);

/*
 * Bytes of the typographic double quote at `at`, 0: there is none. Word processors and blogs
 * make them of plain ones; no server takes them, but a reader of evidence loses nothing if they
 * are read as what they were.
 */
size_t typographic_quote(struct slice text, size_t at);

#endif
