/*
 * Value modifiers: what stands behind '|' in a detection item's key (spec, appendix
 * "Modifiers").
 *
 * A new modifier is one row in the table of modifier.c and one function.
 * Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_MODIFIER_H
#define HAUBERK_SIGMA_MODIFIER_H

#include "sigma/parse.h"
#include "sigma/rule.h"
#include "sigma/yaml_doc.h"

#define SIGMA_MAX_VALUES 100000U /* of one item, when modifiers have made several of one */

/*
 * Fills an item whose field and line are set with the values raw[0 .. count-1], applies
 * "contains|all" and so on to them, left to right, and hangs it into a tree: one item, or
 * several when each of `all` values became a choice of values, below a NOT for `neq`. Unknown
 * modifiers and combinations that have no meaning are refused. `chain` absent: no modifiers.
 */
int sigma_item_build(struct sigma_parse *parse, struct sigma_item *item,
                     const struct yaml_doc_node *const *raw, size_t count, struct slice chain,
                     struct sigma_node **out);

#endif
