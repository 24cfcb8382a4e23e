/*
 * What the analysis of one page found, as workers tell it and the case keeps it: struct
 * page_report (webshell/page.h) without its trees, with what is known of the file besides.
 * record.h carries it over the wire.
 *
 * Thread rule: plain data; text borrows from the report or from the message.
 */
#ifndef HAUBERK_CASEFILE_PAGE_RECORD_H
#define HAUBERK_CASEFILE_PAGE_RECORD_H

#include "base/buf.h"
#include "exchange/place.h"
#include "webshell/trace.h"

#define PAGE_STEPS_MAX 24         /* of a reason: of longer ways, both ends are kept */
#define PAGE_STEP_TEXT_MAX 96     /* bytes */
#define PAGE_DETAIL_TEXT_MAX 256U /* bytes of a detail, a constant, a name */

#define PAGE_MATCHES_MAX 64 /* of YARA rules */
#define PAGE_PATH_MAX 4096U

struct page_step {
    uint32_t line;
    struct slice text;
};

struct page_reason {
    enum reason_code code;
    enum webshell_class class;
    uint32_t line;
    struct slice detail; /* or absent */

    /* of a flow; SINK_NONE: the reason has none */
    enum sink sink;
    uint32_t sources, notes;
    unsigned target;
    struct slice call, constant;
    size_t step_count;
    struct page_step steps[PAGE_STEPS_MAX]; /* from the source to the sink */
};

/* A YARA rule that matched. */
struct page_match {
    uint32_t rule;       /* index in the set */
    uint64_t offset;     /* in the file, or in its decoded text */
    bool decoded;        /* it is there only once the encoding is undone */
    struct slice string; /* "$a1"; or absent */
};

struct page_record {
    enum webshell_class class;
    enum page_kind kind;
    enum language language;
    enum encoding encoding;
    bool budget_hit;
    enum trace_kind trace; /* compiled pages, assemblies, modules; kind is NONE then */
    enum place place;
    enum standing standing; /* KNOWN, BASELINE: not analysed */
    bool later_builds;      /* see exchange/place.h */
    struct slice home;      /* path as Microsoft installs it, or of the site; or absent */
    struct slice url;       /* under which a browser asks for it; or absent */
    uint64_t size;
    int64_t modified; /* the file's own time, which whoever writes it can set; or TIME_NONE */
    uint8_t sha256[SHA256_BYTES];
    size_t reason_count;
    struct page_reason reasons[PAGE_REASONS_MAX]; /* the heaviest first */
    uint32_t matches;   /* rules that matched; the first PAGE_MATCHES_MAX are kept */
    bool match_gave_up; /* the rules took too long on this file */
    struct page_match match[PAGE_MATCHES_MAX];
};

size_t page_record_matches(const struct page_record *record); /* that are kept */

/* "known", "other build", "foreign" ... */
const char *standing_name(enum standing standing);

/* What the report says of the page; file and hash are the caller's to fill in. */
void page_record_fill(struct page_record *record, const struct page_report *report);

/* What is known of its place; a foreign page is one by that, too. */
void page_record_place(struct page_record *record, const struct place_report *place);

/* The same of a trace: what it makes of its place is in its report already. */
void page_record_trace(struct page_record *record, const struct place_report *place,
                       const struct trace *trace);

/* Another reason, by weight; the lightest gives way when there is no room. */
void page_record_add(struct page_record *record, const struct page_reason *reason);

/* The wire form. A record that was read keeps to all limits, or the wire has failed. */
void page_record_put(struct buf *out, const struct page_record *record);
void page_record_get(struct wire *wire, struct page_record *out);

#endif
