/*
 * The correlation section (spec, "Sigma Correlation Rules"): event_count and temporal_ordered.
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

#endif
