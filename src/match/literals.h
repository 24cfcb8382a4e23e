/*
 * Which literals must stand in a raw line, or in an event's values, for a rule to match it?
 *
 * A rule's answer is a set of which at least one must be there, or "none known". Thread rule:
 * pure functions; results live in the given arena.
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

/* Where the literals are looked for. Never in text beyond ASCII: its case is folded by match/.
 */
enum literal_medium {
    /*
     * A line as the log wrote it: only the parts of a value that every log writes unchanged
     * count. Not spaces (IIS writes '+'), quotes (CSV doubles them), commas, or '?' (a path and
     * a query may stand in two cells).
     */
    LITERAL_RAW_LINE,
    LITERAL_VALUE, /* a field's value, every character as it is */
};

struct literal_set literals_required(struct arena *arena, const struct sigma_rule *rule,
                                     enum literal_medium medium, literals_derived *derived,
                                     const void *context);

#endif
