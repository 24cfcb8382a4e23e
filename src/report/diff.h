/*
 * Two cases → what is new, gone or changed, as text or as JSON lines (docs/triage.md,
 * docs/ndjson.md). Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_DIFF_H
#define HAUBERK_REPORT_DIFF_H

#include <stdio.h>

#include "casefile/diff.h"

int report_diff_text(struct diff *diff, bool colour, bool show_secrets, FILE *out,
                     struct err *err);
int report_diff_ndjson(struct diff *diff, bool show_secrets, FILE *out, struct err *err);

#endif
