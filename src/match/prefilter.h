/*
 * The prefilter: which lines of a block can a rule match at all?
 *
 * Each rule names literals of which at least one must stand in the raw line (ASCII case is
 * ignored). The filter finds all of them in one pass over the block. It is exact: every
 * occurrence of every literal is reported. This is a strided 4-gram filter with confirmation;
 * the header is what match/ builds on, so that a faster one can take its place. Thread rule:
 * read-only after prefilter_build().
 */
#ifndef HAUBERK_MATCH_PREFILTER_H
#define HAUBERK_MATCH_PREFILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define PREFILTER_LITERAL_MIN 4 /* shorter literals are not accepted: they filter nothing */

struct prefilter;

/* `literals` are copied. Equal literals are allowed. Free with prefilter_free(). */
struct prefilter *prefilter_build(const struct slice *literals, size_t count);
void prefilter_free(struct prefilter *filter);

/*
 * Reports every occurrence in order of where its window was found: `literal` is the index given
 * to prefilter_build(), `at` the offset of its first byte. Occurrences of one line may come in
 * any order, but all of a line come before those of any later line (literals hold no newline).
 */
typedef void prefilter_hit(void *context, size_t literal, size_t at);
void prefilter_scan(const struct prefilter *filter, struct slice text, prefilter_hit *hit,
                    void *context);

#endif
