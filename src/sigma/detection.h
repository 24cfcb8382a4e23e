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

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

#define SIGMA_MAX_SEARCHES 1000U
#define SIGMA_MAX_SEARCH_NAME 256U

/* Fills rule->detection and rule->node_count. */
int sigma_detection_parse(struct sigma_parse *parse, const struct yaml_doc_node *detection,
                          struct sigma_rule *rule);

#endif
