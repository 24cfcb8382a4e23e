/*
 * The checklist as rows of plain text; text and HTML reports print them. Everything lives in
 * the report's arena. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_TELL_CHECKLIST_H
#define HAUBERK_REPORT_TELL_CHECKLIST_H

#include "casefile/checklist.h"
#include "report/telling.h"

struct checklist_line {
    const char *part; /* a new part of the directive begins; or NULL */
    const char *asks;
    enum check_status status;
    const char *status_word; /* "DONE" */
    struct slice says;       /* with its proof: "[3]" */
};

/* CHECK_COUNT lines. */
const struct checklist_line *tell_checklist(struct report *r, struct slice host);

#endif
