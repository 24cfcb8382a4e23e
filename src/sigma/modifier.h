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

/*
 * Applies "contains|all" and so on, left to right, to an item whose values are patterns or
 * null; raw[i] is the scalar that value i came from. Unknown modifiers and combinations that
 * have no meaning are refused. `chain` absent: nothing to do.
 */
int sigma_modifiers_apply(struct sigma_parse *parse, struct sigma_item *item,
                          const struct yaml_doc_node *const *raw, struct slice chain);

#endif
