/*
 * Blocks of lines → runs of rows under one schema.
 *
 * Knows the header conventions of both worlds: W3C directives, Exchange's '#' block with or
 * without the bare header line, PowerShell exports ("#TYPE", quoted header), headers repeated
 * or changed in mid-file, byte order marks in mid-stream, rows before any header. Thread rule:
 * one owner.
 */
#ifndef HAUBERK_EVENTS_TEXT_LOG_H
#define HAUBERK_EVENTS_TEXT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "events/schema.h"

#define SCHEMAS_MAX                                                                            \
    64 /* different headers in one file; beyond that its rows count as damage                  \
        */
#define SHAPE_TRIES_MAX 64 /* attempts to recognise rows without header, per file */

/* What the directives said so far; enough to go on in the middle of a file. */
struct text_log_state {
    char fields[16384]; /* the last header line, NUL terminated; empty: none yet */
    char log_type[64];
    bool iis;      /* "#Software: Microsoft Internet Information Services" */
    bool w3c;      /* "#Fields:" of a W3C log, not of an Exchange one */
    bool http_sys; /* "#Software: Microsoft HTTP API": an HTTPERR log */
    bool exported; /* "#TYPE" or a quoted header: an export of chosen rows */
    int64_t day;   /* of "#Date:", for rows that carry a time only */
    int64_t clock; /* time of day of the last such row: going back means midnight */
};

struct text_log {
    struct arena arena;
    struct text_log_state state;
    const struct schema *schema; /* of the rows that follow; NULL when not understood */
    bool unknown_type;           /* state.log_type is one that no family has */
    bool headers_left_out;       /* there were more than SCHEMAS_MAX */
    unsigned shape_failures;     /* rows without header whose shape was not recognised */
    size_t schema_count;
    const struct schema *schemas[SCHEMAS_MAX];
    bool expect_header;   /* the next plain line is a header */
    struct slice version; /* of the "#Version:" line since the last run; absent: none */
};

void text_log_init(struct text_log *log);
void text_log_deinit(struct text_log *log);

/*
 * The state as text and back, so that a file can be read in parts: the state behind one part is
 * the state in front of the next. The date counts only where rows carry a time only.
 */
void text_log_state_text(const struct text_log *log, struct buf *out);
int text_log_resume(struct text_log *log, struct slice state_text, struct err *err);

struct run {
    const struct schema *schema; /* NULL: rows that nobody understands */
    struct slice text;    /* whole lines, none of them a directive, header or empty line */
    int64_t day;          /* for row_time() and event_split() */
    struct slice version; /* value of a "#Version:" line in front of it, in the same block */
};

/*
 * Takes the next run from *rest (whole lines) and moves *rest behind it.
 * 1 a run, 0 nothing is left.
 */
int text_log_next(struct text_log *log, struct slice *rest, struct run *out);

/* Cuts the first line off *rest; returns it without CR, LF and byte order mark. */
struct slice line_cut(struct slice *rest);

#endif
