/*
 * A rule as it was understood, for `rules explain`: for people, or as one JSON object a line.
 * tools/oracle-pysigma.py reads the latter. Thread rule: pure functions.
 */
#ifndef HAUBERK_CLI_EXPLAIN_H
#define HAUBERK_CLI_EXPLAIN_H

#include "base/buf.h"
#include "base/map.h"
#include "sigma/rule.h"

/*
 * Title, log source and the logs that answer it, the condition with all values after modifiers,
 * fields, required literals; of a correlation its rules and windows.
 */
void explain_text(struct buf *out, const struct sigma_rule *rule);

/*
 * {"id", "title", "file", "condition", "evidence"} and a newline; the last is JSON as given
 * (explain_evidence_json()) and left out when absent. A condition is {"and":[...]},
 * {"or":[...]},
 * {"not":[...]} or an item {"field", "all", "cased", "values"}. A pattern is a list of texts
 * and of "*", "?" and "-" as {"any":"*"}.
 */
void explain_json(struct buf *out, const struct sigma_rule *rule, struct slice evidence);

/*
 * The names of the fields that a detection looks at, each once: index->count of them, in
 * *list, which is the arena's; in `index` their places + 1. Names are the rule's.
 */
void explain_fields(struct arena *arena, const struct sigma_rule *rule, struct map *index,
                    struct slice **list);

#endif
