/*
 * Which literals must stand in a raw line, or in an event's values, for a rule to match it?
 *
 * A rule's answer is a set of which at least one must be there, or "none known". Thread rule:
 * pure functions; results live in the given arena.
 */
#ifndef HAUBERK_MATCH_LITERALS_H
#define HAUBERK_MATCH_LITERALS_H

#include "sigma/rule.h"

#define LITERALS_ALSO_MAX 4

struct literal_set {
    size_t count; /* 0: none known, the rule must be evaluated on every line */
    struct slice *literals;
    /*
     * Further sets: of each, one literal must be there too. The filter does not look for these;
     * a line that it found can be asked about them before it is split.
     */
    size_t also_count;
    struct literal_set *also;
};

/* Literals of a derived field, by name: NULL-terminated list, or NULL when it is not derived.
 */
typedef const char *const *literals_derived(const void *context, struct slice field);

/* Where the literals are looked for. Never in text beyond ASCII: its case is folded by match/.
 */
enum literal_medium {
    /*
     * A line as some log wrote it, quotes of both kinds perhaps doubled, spaces perhaps written
     * as '+'. In no medium of lines a '?': a path and a query may stand in two cells.
     */
    LITERAL_RAW_LINE,
    LITERAL_W3C,   /* a line whose cells end at spaces: a space in a value is written '+' */
    LITERAL_CSV,   /* a line of comma separated cells: '"' may be doubled */
    LITERAL_VALUE, /* a field's value, every character as it is */
};

/* How often a medium shows what: made once, shared by all calls. */
struct literal_costs;

struct literal_costs *literal_costs_new(void);
void literal_costs_free(struct literal_costs *costs);

/* The set that the medium will show least often, of those that the rule allows. */
struct literal_set literals_required(struct arena *arena, const struct sigma_rule *rule,
                                     enum literal_medium medium,
                                     const struct literal_costs *costs,
                                     literals_derived *derived, const void *context);

/* Does the text hold what is needed beside set->literals? */
bool literals_also_in(const struct literal_set *set, struct slice text);

#endif
