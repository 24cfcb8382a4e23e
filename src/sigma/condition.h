/*
 * The condition language (spec, "Detection: Condition"):
 *
 *   or    := and ( "or" and )*
 *   and   := not ( "and" not )*
 *   not   := "not" not | term
 *   term  := "(" or ")" | ( "1" | "any" | "all" ) "of" ( "them" | pattern ) | name
 *
 * Keywords are lower case, upper case is taken too. `them` and patterns do not reach names that
 * start with '_', unless the pattern does so itself. What stands behind '|' is aggregation.h's
 * business. Bounds: nesting 64, 10,000 nodes and edges for all conditions of a rule, 64 KiB of
 * text each.
 */
#ifndef HAUBERK_SIGMA_CONDITION_H
#define HAUBERK_SIGMA_CONDITION_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

#define SIGMA_CONDITION_MAX_DEPTH 64U
#define SIGMA_CONDITION_MAX_NODES 10000U
#define SIGMA_CONDITION_MAX_BYTES 65536U

/* A search identifier and what it stands for. */
struct sigma_search {
    struct slice name;
    struct sigma_node *node;
};

/*
 * The tree of a condition, or of a list of conditions joined by OR; the nodes of the searches
 * hang in it as they are. "x of" patterns that match no search are dropped, as pySigma does;
 * what is left empty by that is refused.
 */
int sigma_condition_parse(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                          const struct sigma_search *searches, size_t search_count,
                          struct sigma_node **out);

#endif
