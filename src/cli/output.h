/* How a case is shown: shared by the verbs that end with a report. */
#ifndef HAUBERK_CLI_OUTPUT_H
#define HAUBERK_CLI_OUTPUT_H

#include "casefile/casefile.h"

enum output_format { OUTPUT_TEXT, OUTPUT_NDJSON };

/* "text" or "ndjson"; <0 with *err on anything else. */
int output_format_parse(const char *value, enum output_format *out, struct err *err);

/* Writes the report of the case to stdout. */
int output_case(struct casefile *casefile, enum output_format format, bool show_secrets,
                struct err *err);

/* Writes the checklist of CISA's Emergency Directive 21-02 to stdout. */
int output_checklist(struct casefile *casefile, bool show_secrets, struct err *err);

/* Exit status of a case, design §3: findings, else unread parts, else clean. */
int output_status(struct casefile *casefile);

#endif
