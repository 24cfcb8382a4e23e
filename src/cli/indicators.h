/*
 * --ioc: files of indicators → a sealed set, and a rule for each list and type under which its
 * hits are told.
 */
#ifndef HAUBERK_CLI_INDICATORS_H
#define HAUBERK_CLI_INDICATORS_H

#include "match/indicator_list.h"
#include "sigma/rule.h"

struct loaded_indicators {
    struct indicators *set;          /* NULL: no file was given */
    const struct sigma_rule **rules; /* by group */
    uint64_t text_hash;              /* of all files, for the case's fingerprint */
};

/*
 * Reads the files and appends their rules to a sealed rule set. What is looked for and what is
 * not, and why, is told on stderr. <0 with *err when a file cannot be read or understood.
 */
int indicators_load(struct loaded_indicators *out, char *const *paths, size_t count,
                    struct sigma_set *rules, struct err *err);
void indicators_unload(struct loaded_indicators *loaded);

#endif
