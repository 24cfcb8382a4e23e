/*
 * Indicators of compromise: addresses, domains, URLs, names of files and hashes, and where they
 * stand in an event.
 *
 * Each indicator gives the prefilter literals of which one must stand in a row that holds it.
 * What the filter finds is then looked at exactly, in the event's values: a domain begins where
 * a name begins (or behind a dot: subdomains count), an address is parsed, a file's name begins
 * behind a slash, a hash is a word of its own. Case of ASCII letters is ignored.
 *
 * Bounds: INDICATORS_MAX indicators; of one event at most INDICATOR_WORK_MAX bytes are
 * compared. Thread rule: read-only once sealed.
 */
#ifndef HAUBERK_MATCH_INDICATORS_H
#define HAUBERK_MATCH_INDICATORS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "events/event.h"
#include "match/prefilter.h"

#define INDICATORS_MAX 1000000
#define INDICATOR_TEXT_MAX 2048
#define INDICATOR_WORK_MAX (256U << 20)

enum indicator_type {
    INDICATOR_ADDRESS, /* IPv4 or IPv6, or a network: CIDR of 8 bits (IPv6: 16) or more */
    INDICATOR_DOMAIN,
    INDICATOR_URL,
    INDICATOR_FILE, /* name or path */
    INDICATOR_HASH, /* MD5, SHA-1, SHA-256 in hex */
    INDICATOR_TYPE_COUNT
};

const char *indicator_type_name(enum indicator_type type); /* "address" */

struct indicators;

struct indicators *indicators_new(void);
void indicators_free(struct indicators *set); /* NULL is fine */

/*
 * Indicators of one list and type are a group: a hit names its group. Returns the number of the
 * group, the same for the same arguments. `list` is copied.
 */
size_t indicators_group(struct indicators *set, struct slice list, enum indicator_type type);

/*
 * Adds one, as written ("hxxp://evil[.]example/x" is understood). 0 added, 1 the group has it
 * already, <0 *err says in a few words why it cannot be looked for.
 */
int indicators_add(struct indicators *set, size_t group, struct slice text, struct err *err);

/* What kind of indicator a text is by its form. False when it is none. */
bool indicator_guess(struct slice text, enum indicator_type *out);

/* Without quotes around it and without what makes it harmless: into `out`, cleared first. */
void indicator_refang(struct slice text, struct buf *out);

/* Builds the filter: before the first search, after the last indicator. */
void indicators_seal(struct indicators *set);

size_t indicators_count(const struct indicators *set);
size_t indicators_group_count(const struct indicators *set);
struct slice indicators_group_list(const struct indicators *set, size_t group);
enum indicator_type indicators_group_type(const struct indicators *set, size_t group);
size_t indicators_group_size(const struct indicators *set, size_t group);

/* The sealed filter: the ids of its literals are what indicators_check() takes. */
const struct prefilter *indicators_filter(const struct indicators *set);
size_t indicators_literal_count(const struct indicators *set);

/* Indicators of one group that stand in the event, separated by ", " (the first few). */
typedef void indicators_hit(void *context, size_t group, struct slice indicators);

/*
 * Looks at the event for the indicators whose literals were found in its row or values. All
 * values of the event must be filled. False when it was too much work: what was found has been
 * told, the rest is not known.
 */
bool indicators_check(const struct indicators *set, const struct event *event,
                      const uint32_t *literals, size_t count, indicators_hit *hit,
                      void *context);

#endif
