/*
 * A rule as it was understood, for `rules explain`: for people, or as one JSON object a line.
 * tools/oracle-pysigma.py reads the latter. Thread rule: pure functions.
 */
#ifndef HAUBERK_CLI_EXPLAIN_H
#define HAUBERK_CLI_EXPLAIN_H

#include "base/buf.h"
#include "sigma/rule.h"

/*
 * Title, log source and the logs that answer it, the condition with all values after modifiers,
 * fields, required literals; of a correlation its rules and windows.
 */
void explain_text(struct buf *out, const struct sigma_rule *rule);

/*
 * {"id", "title", "file", "condition"} and a newline. A condition is {"and":[...]},
 * {"or":[...]},
 * {"not":[...]} or an item {"field", "all", "cased", "values"}. A pattern is a list of texts
 * and of "*", "?" and "-" as {"any":"*"}.
 */
void explain_json(struct buf *out, const struct sigma_rule *rule);

#endif
