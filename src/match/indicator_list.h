/*
 * Files of indicators → a set: plain lists, CSV, STIX 2.1 bundles. What such a file says and
 * cannot be looked for is counted by reason, never dropped silently.
 *
 * A plain list has one indicator a line; '#' begins a comment; types are guessed by form. CSV
 * has a header with a column called value, indicator, ioc or observable, and may have one
 * called type, as MISP's export has it ("ip-dst", "filename|sha256"; rows with to_ids 0 are not
 * used). Thread rule: one owner.
 */
#ifndef HAUBERK_MATCH_INDICATOR_LIST_H
#define HAUBERK_MATCH_INDICATOR_LIST_H

#include "match/indicators.h"

#define INDICATOR_REASONS_MAX 32
#define INDICATOR_FILE_MAX (64U << 20) /* bytes of one file */

/* Why some of a file's indicators are not used. */
struct indicator_reason {
    char text[96];
    uint64_t count;
    uint64_t first; /* line (STIX: number of the object) of the first one, from 1 */
};

struct indicator_report {
    uint64_t added[INDICATOR_TYPE_COUNT];
    uint64_t repeated;
    uint64_t left_out; /* sum over reasons */
    size_t reason_count;
    struct indicator_reason reasons[INDICATOR_REASONS_MAX]; /* the last one: all others */
};

/*
 * Reads the text of a file. `name` names its groups. *out is filled even on failure: <0 with
 * *err when nothing in it can be understood (no JSON, a CSV without such a column).
 */
int indicator_list_read(struct indicators *set, struct slice name, struct slice text,
                        struct indicator_report *out, struct err *err);

/* ---- for indicator_stix.c ---- */

struct indicator_reading {
    struct indicators *set;
    struct slice name;
    struct indicator_report *report;
    uint64_t place;
};

void indicator_read(struct indicator_reading *reading, enum indicator_type type,
                    struct slice text);
void indicator_leave_out(struct indicator_reading *reading, const char *reason);

int indicator_read_stix(struct indicator_reading *reading, struct slice text, struct err *err);

#endif
