/*
 * Wildcards around a pattern that is already cut into tokens (spec, "Value Modifiers").
 * Thread rule: pure functions but for the arena.
 */
#ifndef HAUBERK_SIGMA_PATTERN_H
#define HAUBERK_SIGMA_PATTERN_H

#include "sigma/rule.h"

/*
 * The pattern with a RUN in front (`before`) and behind (`after`); an end that has one already
 * gets no second one. The tokens' text is shared with the given pattern.
 */
struct sigma_pattern sigma_pattern_open(struct arena *arena, struct sigma_pattern pattern,
                                        bool before, bool after);

#endif
