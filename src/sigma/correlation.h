/*
 * The correlation section (spec, "Sigma Correlation Rules"). Beyond the specification, as in
 * pySigma: value_median, `percentile`, `neq`, weeks, months and years, a condition over the
 * rules' names for the temporal types. As in the specification, but not in pySigma: several
 * comparisons in one condition, which make a range.
 *
 * What is not understood inside the section is refused, unknown keys too: a mistyped `group-by`
 * would change what the rule counts.
 */
#ifndef HAUBERK_SIGMA_CORRELATION_H
#define HAUBERK_SIGMA_CORRELATION_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

#define SIGMA_MAX_CORRELATED 1000U

/*
 * Fills rule->correlation from the document's root. References stay unresolved.
 * `generate` stands in the section (pySigma) or beside it (specification).
 */
int sigma_correlation_parse(struct sigma_parse *parse, const struct yaml_doc_node *root,
                            struct sigma_rule *rule);

/* "15m" as milliseconds, or 0 when it is no timespan. */
int64_t sigma_timespan_parse(struct slice text);

/* Is there a number of events, rules or values, one or more, for which all bounds hold? */
bool sigma_bounds_can_hold(const struct sigma_bound *bounds, size_t count);

/* Does one bound hold, do all? */
bool sigma_bound_holds(const struct sigma_bound *bound, double number);
bool sigma_bounds_hold(const struct sigma_bound *bounds, size_t count, double number);

#endif
