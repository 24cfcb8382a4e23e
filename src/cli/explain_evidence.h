/*
 * What a survey of the evidence can and cannot decide for a rule, for `rules explain ID PATH`.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_CLI_EXPLAIN_EVIDENCE_H
#define HAUBERK_CLI_EXPLAIN_EVIDENCE_H

#include "hunt/survey.h"
#include "sigma/rule.h"

/*
 * For a detection, the logs that answer its log source and a sentence; for a correlation that
 * for each detection of the set that feeds it, and a sentence of its own.
 */
void explain_evidence_text(struct buf *out, const struct sigma_set *set,
                           const struct sigma_rule *rule, const struct survey *survey);

/*
 * {"decides": "yes", "part" or "no", "logs": [...], "idle": [hosts], "absent": [hosts]}; of a
 * correlation {"decides", "rules": [{"title", ...the same}]}. Logs are {"source", "hosts",
 * "event_codes", "from", "to", "events", "has", "empty", "lacks"}.
 */
void explain_evidence_json(struct buf *out, const struct sigma_set *set,
                           const struct sigma_rule *rule, const struct survey *survey);

#endif
