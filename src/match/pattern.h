/*
 * One value of a rule, ready to be compared with text. Built once, read-only afterwards, shared
 * by all; the scratch of regular expressions is per evaluator.
 */
#ifndef HAUBERK_MATCH_PATTERN_H
#define HAUBERK_MATCH_PATTERN_H

#include "base/buf.h"
#include "base/ip.h"
#include "sigma/rule.h"

struct regex; /* a compiled PCRE2 pattern */

/* Patterns without inner wildcards take a short way. */
enum matcher_shape {
    SHAPE_EXACT,
    SHAPE_PREFIX,
    SHAPE_SUFFIX,
    SHAPE_CONTAINS,
    SHAPE_ANY,
    SHAPE_GLOB
};

struct matcher {
    enum sigma_value_kind kind;
    enum matcher_shape shape; /* of SIGMA_VALUE_PATTERN */
    struct slice text;        /* of all shapes but ANY and GLOB; of FIELD: the field's name */
    struct sigma_pattern pattern;
    bool cased;
    bool wide; /* pattern or text hold more than ASCII; they are folded then, unless cased */
    struct regex *regex;
    struct ip_network network;
    unsigned open; /* of SIGMA_VALUE_FIELD */
    size_t other;  /* of SIGMA_VALUE_FIELD: for the engine, which field that is */
    enum sigma_compare compare;
    enum sigma_time_part part;
    double number;
    bool wanted;
};

/*
 * Fails (<0, *err) when PCRE2 refuses the expression. matcher_deinit() frees its regex; what
 * has to be folded is put into the arena; all else borrows from the sigma_value.
 */
int matcher_init(struct matcher *matcher, struct arena *arena, const struct sigma_value *value,
                 bool cased, struct err *err);
void matcher_deinit(struct matcher *matcher);

/* Appends bytes that are equal for items that mean the same, and only for those. */
void matcher_item_key(const struct sigma_item *item, struct buf *out);

/*
 * Does the value match? Case is ignored in all of Unicode (base/unicode.h), except when cased.
 * What is not ASCII never equals what is: the prefilter depends on it. Absent values (ptr ==
 * NULL) match only SIGMA_VALUE_NULL. An empty value of a CSV cell counts as null too: the
 * format has no other way to say it. Returns 1 yes, 0 no, and -1 when a regular expression gave
 * up at its limits: the caller must report that, since the answer is not known.
 */
int matcher_matches(const struct matcher *matcher, struct slice value);

/* The same for text in which the value may stand anywhere (keywords). */
int matcher_found_in(const struct matcher *matcher, struct slice text);

/*
 * For SIGMA_VALUE_FIELD: does a value of the item's field match one of the field that
 * matcher->text names? Absent and empty values match nothing.
 */
bool matcher_matches_field(const struct matcher *matcher, struct slice value,
                           struct slice other);

#endif
