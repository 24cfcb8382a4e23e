/*
 * A file → is it a back door, and why: decode, split, parse, follow, judge.
 *
 * Classes in the order of their weight; a page's class is the highest that a reason gives:
 *
 *   SHELL     request data reaches code, a command, SQL text or a connection of the caller's
 *             choice, or both the path and the content of a file; PHP: also mail to and a list
 *             of what the caller likes
 *   LOADER    runs code that it decrypts or fetches
 *   STEALER   keeps or sends away what users type into a login page
 *   WRITER    request data reaches the path or the content of a file
 *   SUSPECT   features only: hidden encoding, magic bytes in front of code, a constant command
 *   TAMPERED  a page of Microsoft's with other content
 *   FOREIGN   a page where only known pages belong
 *
 * STEALER stands above WRITER: a false login page that keeps passwords in a file is both, and
 * what it does to people is what the reader must know.
 *
 * Bytes are hostile: time is linear in the size with a budget (`budget_hit`), memory too.
 * Thread rule: one owner of the arena; no state.
 */
#ifndef HAUBERK_WEBSHELL_PAGE_H
#define HAUBERK_WEBSHELL_PAGE_H

#include "webshell/decode.h"
#include "webshell/flow.h"

enum webshell_class {
    WEBSHELL_NONE,
    WEBSHELL_FOREIGN,
    WEBSHELL_TAMPERED,
    WEBSHELL_SUSPECT,
    WEBSHELL_WRITER,
    WEBSHELL_STEALER,
    WEBSHELL_LOADER,
    WEBSHELL_SHELL,
};

const char *webshell_class_name(enum webshell_class class); /* "shell", "none" */

/* Why: the words for people are in report/. */
enum reason_code {
    REASON_NONE,
    REASON_FLOW,            /* data reaches a sink: sink, sources, steps */
    REASON_CONSTANT,        /* a sink with a constant: detail is the constant */
    REASON_LOADS_CODE,      /* code that is decrypted or fetched runs */
    REASON_STEALS,          /* what users type goes to a file or away: detail where to */
    REASON_HIDDEN_ENCODING, /* detail: its name */
    REASON_MAGIC,           /* detail: what the file pretends to be */
    REASON_ODD_NAME,        /* server code in a file that is not named as a page */
    REASON_OAB_FRAME,       /* the settings of a virtual directory with script in them */
    REASON_OBFUSCATED,      /* detail: how */
    REASON_ENCODED_SCRIPT,  /* VBScript.Encode, JScript.Encode */
    REASON_CONFIG,          /* detail: what a web.config turns on */
    REASON_KNOWN_TOOL,      /* structure of a tunnel or management client: detail */
    REASON_TAMPERED,        /* detail: the path as Microsoft ships it */
    REASON_FOREIGN,         /* detail: the folder */
    REASON_COMPILED,        /* ASP.NET compiled this page, so it ran: detail is its URL path */
    REASON_ASSEMBLY,        /* a .NET assembly: detail is what it can do, or its name */
    REASON_MODULE,          /* a native module of IIS: detail is its name */
    REASON_BUDGET,          /* too large or too entangled to be followed to the end */
    REASON_COUNT,
};

struct reason {
    enum reason_code code;
    enum webshell_class class;    /* what this reason alone would make of the page */
    uint32_t line;                /* 0: the whole file */
    const struct flow_fact *fact; /* REASON_FLOW, _CONSTANT, _LOADS_CODE, _STEALS: or NULL */
    struct slice detail;          /* or absent */
};

#define PAGE_REASONS_MAX 32
#define PAGE_BYTES_MAX (4U << 20) /* longer files: their head and tail, and a REASON_BUDGET */

struct page_report {
    enum webshell_class class;
    enum page_kind kind;
    enum language language;
    enum encoding encoding;
    bool budget_hit;
    size_t reason_count;
    struct reason reasons[PAGE_REASONS_MAX]; /* the heaviest first */
};

/*
 * Analyses the bytes of a file; `path` is its name in the evidence (either kind of slash), for
 * what content leaves open. Never fails. Everything in *out borrows from `bytes` and `arena`.
 * `library` (api_library_new() of api.h) is for any number of pages.
 */
void page_analyse(struct arena *arena, struct api_library *library, struct slice bytes,
                  struct slice path, struct page_report *out);

/*
 * Adds a reason, keeps the heaviest first and makes the page's class the heaviest of all. A
 * full report loses its lightest reason.
 */
void page_report_add(struct page_report *report, const struct reason *reason);

/* Could a file with this name or these first bytes be a page? Cheap: for the walk of a disk. */
bool page_is_candidate(struct slice path, struct slice head);

#endif
