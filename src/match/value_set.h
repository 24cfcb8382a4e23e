/*
 * Many plain values of one item, compared at once: lists of hashes, domains, file names.
 *
 * The cost of a look is that of the text, not of the number of values: whole values, beginnings
 * and ends are found by hash, values inside by windows of up to eight bytes that the text is
 * looked through for. Only values that share a window are compared one after the other, and
 * each takes the least crowded of four. Built once, read-only afterwards; lives in the arena.
 */
#ifndef HAUBERK_MATCH_VALUE_SET_H
#define HAUBERK_MATCH_VALUE_SET_H

#include "match/pattern.h"

struct value_set;

/*
 * Takes out of matchers[0 .. *count-1] those that a set answers faster, in place: what is left
 * moves to the front and *count tells how many. Returns NULL when nothing was worth it. All
 * matchers must be alike in `cased`, and one of them must be enough for the item (no |all).
 * `anywhere`: of keywords, which may stand anywhere; then use value_set_matches() on the whole
 * text.
 */
struct value_set *value_set_take(struct arena *arena, struct matcher *matchers, size_t *count,
                                 bool anywhere);

/* Does one of the values match? The same as matcher_matches() or matcher_found_in() of each. */
bool value_set_matches(const struct value_set *set, struct slice value);

#endif
