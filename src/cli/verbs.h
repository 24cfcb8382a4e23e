/* The verbs: one file each, one row each in main.c. */
#ifndef HAUBERK_CLI_VERBS_H
#define HAUBERK_CLI_VERBS_H

#include "cli/options.h"

extern const struct verb verb_baseline;
extern const struct verb verb_diff;
extern const struct verb verb_events;
extern const struct verb verb_hunt;
extern const struct verb verb_page;
extern const struct verb verb_patch;
extern const struct verb verb_report;
extern const struct verb verb_rules;
extern const struct verb verb_search;

#endif
