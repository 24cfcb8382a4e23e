/*
 * Aggregations of Sigma v1, "search | count(field) by group > 5", as correlations: the search
 * becomes a detection that feeds one.
 *
 *   count()          event_count       count(f)   value_count    sum(f), avg(f)   value_*
 *   min(f), max(f)   value_percentile 0 and 100   a | near b and not c            temporal
 *
 * `timeframe` becomes the timespan; without it there is none, as in v1.
 */
#ifndef HAUBERK_SIGMA_AGGREGATION_H
#define HAUBERK_SIGMA_AGGREGATION_H

#include "sigma/condition.h"
#include "sigma/parse.h"
#include "sigma/rule.h"

struct sigma_aggregation {
    struct sigma_correlation *correlation; /* NULL: the condition has none */
    size_t feeder_count;
    struct sigma_node **feeders; /* one tree for each of the correlation's rules */
};

/*
 * `text` is what stands behind '|'; `search` the tree of what stands before it. The searches'
 * trees are used as they are. Only `rules` of the correlation is left to fill.
 */
int sigma_aggregation_parse(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                            struct slice text, struct sigma_node *search,
                            const struct sigma_search *searches, size_t search_count,
                            struct sigma_aggregation *out);

#endif
