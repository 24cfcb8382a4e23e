/*
 * The detection section (spec, "Detection"): search identifiers and the condition over them.
 *
 *   a map             its items, AND
 *   a list of maps    OR of the maps; lists may nest
 *   a list of texts   keywords, OR, looked for in the whole event; the key '|all' makes it AND
 *   a text            one keyword
 *
 * Bounds: 1,000 searches with names of up to 256 bytes; the YAML reader bounds the rest.
 */
#ifndef HAUBERK_SIGMA_DETECTION_H
#define HAUBERK_SIGMA_DETECTION_H

#include "sigma/aggregation.h"
#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

#define SIGMA_MAX_SEARCHES 1000U
#define SIGMA_MAX_SEARCH_NAME 256U

/*
 * Fills rule->detection and rule->node_count; or, when the condition has an aggregation of
 * Sigma v1, *aggregation, and leaves the rule as it is.
 */
int sigma_detection_parse(struct sigma_parse *parse, const struct yaml_doc_node *detection,
                          struct sigma_rule *rule, struct sigma_aggregation *aggregation);

/* The same for the section `filter`, which also holds `rules` and has no aggregations. */
int sigma_detection_parse_filter(struct sigma_parse *parse, const struct yaml_doc_node *section,
                                 struct sigma_rule *rule);

#endif
