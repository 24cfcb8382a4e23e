/* Another matcher behind the prefilter's interface: Hyperscan, or none where it is missing. */
#ifndef HAUBERK_TESTS_PEER_H
#define HAUBERK_TESTS_PEER_H

#include "match/prefilter.h"

struct peer;

extern const char *const peer_name;

/* NULL where there is no such matcher. */
struct peer *peer_new(const struct slice *literals, size_t count);
void peer_free(struct peer *peer);

/* As prefilter_lines(). */
void peer_lines(struct peer *peer, struct slice text, prefilter_line *line, void *context);

/* Its own speed: occurrences counted, nothing else. */
uint64_t peer_count(struct peer *peer, struct slice text);

#endif
