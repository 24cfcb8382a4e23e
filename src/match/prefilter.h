/*
 * The prefilter: which lines of a block can a rule match at all?
 *
 * Each rule names literals of which at least one must stand in the raw line (ASCII case is
 * ignored). The filter finds all of them in one pass. It is exact: it reports a literal for a
 * line if and only if the line holds it. Thread rule: a filter is read-only once built and may
 * be shared; a scanner has one owner.
 */
#ifndef HAUBERK_MATCH_PREFILTER_H
#define HAUBERK_MATCH_PREFILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define PREFILTER_LITERAL_MIN 2 /* shorter literals are not accepted: they filter nothing */

struct prefilter;

/* What does the looking: all find the same. */
enum prefilter_variant { PREFILTER_SCALAR, PREFILTER_AVX2, PREFILTER_AVX512 };

/* The fastest one that this processor has; can it run that one? */
enum prefilter_variant prefilter_best_variant(void);
bool prefilter_has_variant(enum prefilter_variant variant);

/*
 * `literals` are copied; they have at least PREFILTER_LITERAL_MIN bytes. Equal literals are
 * allowed. Free with prefilter_free(). The second form is for tests and measurements.
 */
struct prefilter *prefilter_build(const struct slice *literals, size_t count);
struct prefilter *prefilter_build_variant(const struct slice *literals, size_t count,
                                          enum prefilter_variant variant);
void prefilter_free(struct prefilter *filter);

/*
 * The state of one who scans. The filter must outlive it. A scanner that meets too many false
 * candidates chooses other parts of the literals to look for; the answers stay the same.
 */
struct prefilter_scanner;

struct prefilter_scanner *prefilter_scanner_new(const struct prefilter *filter);
void prefilter_scanner_free(struct prefilter_scanner *scanner);

/*
 * A line that holds at least one literal, without its newline. `literals` are indices given to
 * prefilter_build(), each once, in no particular order; they live until the function returns.
 */
typedef void prefilter_line(void *context, struct slice line, const uint32_t *literals,
                            size_t count);

/* Calls `line` for each line of the text that holds a literal, in the order of the text.
 * Literals that hold a newline are found by prefilter_text() only. */
void prefilter_lines(struct prefilter_scanner *scanner, struct slice text, prefilter_line *line,
                     void *context);

struct prefilter_found {
    const uint32_t *literals; /* as above; valid until the scanner's next call */
    size_t count;
};

/* All literals that stand in the text, newlines being characters like any other. */
struct prefilter_found prefilter_text(struct prefilter_scanner *scanner, struct slice text);

#endif
