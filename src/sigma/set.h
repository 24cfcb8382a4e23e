/*
 * The two lists of a rule set, for the siblings that fill them.
 */
#ifndef HAUBERK_SIGMA_SET_H
#define HAUBERK_SIGMA_SET_H

#include "sigma/rule.h"

/* All slices live in the set's arena; `rule` may be absent. */
void sigma_set_refuse(struct sigma_set *set, struct sigma_refusal refusal);

#endif
