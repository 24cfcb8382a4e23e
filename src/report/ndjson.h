/*
 * The case as JSON lines, schema 1: one object a line, keys dotted and flat (docs/ndjson.md).
 * Order: findings by time, coverage, damage, incidents, and the verdicts last.
 */
#ifndef HAUBERK_REPORT_NDJSON_H
#define HAUBERK_REPORT_NDJSON_H

#include <stdio.h>

#include "casefile/casefile.h"

/* <0 with *err when the case cannot be read or `out` cannot be written. */
int report_ndjson(struct casefile *casefile, bool show_secrets, FILE *out, struct err *err);

/* Only the exposure of every host, and damage. */
int report_exposure_ndjson(struct casefile *casefile, FILE *out, struct err *err);

#endif
