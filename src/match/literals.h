/*
 * Which literals must stand in a raw line for a rule to match it?
 *
 * A rule's answer is a set of which at least one must be there, or "none known". A literal of a
 * rule is looked for in the line as the log wrote it, so only the parts of a value that every
 * log writes unchanged count: not spaces (IIS writes '+'), quotes (CSV doubles them), commas,
 * '?' (a path and a query may stand in two cells) or anything beyond ASCII. Thread rule: pure
 * functions; results live in the given arena.
 */
#ifndef HAUBERK_MATCH_LITERALS_H
#define HAUBERK_MATCH_LITERALS_H

#include "sigma/rule.h"

struct literal_set {
    size_t count; /* 0: none known, the rule must be evaluated on every line */
    struct slice *literals;
};

/* Literals of a derived field, by name: NULL-terminated list, or NULL when it is not derived.
 */
typedef const char *const *literals_derived(const void *context, struct slice field);

struct literal_set literals_required(struct arena *arena, const struct sigma_rule *rule,
                                     literals_derived *derived, const void *context);

#endif
