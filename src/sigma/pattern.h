/*
 * What modifiers do to a pattern that is already cut into tokens (spec, "Value Modifiers").
 * Results live in the arena; the text of tokens is shared with the given pattern.
 * Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_PATTERN_H
#define HAUBERK_SIGMA_PATTERN_H

#include "sigma/rule.h"

/*
 * The pattern with a RUN in front (`before`) and behind (`after`); an end that has one already
 * gets no second one.
 */
struct sigma_pattern sigma_pattern_open(struct arena *arena, struct sigma_pattern pattern,
                                        bool before, bool after);

/*
 * Cuts a raw value as sigma_pattern_parse() does, and %name% into PLACEHOLDER tokens. "\%" is a
 * percent sign. A name has one byte or more, none of them % \ * or ?.
 */
struct sigma_pattern sigma_pattern_parse_expand(struct arena *arena, struct slice raw);

/*
 * Each '-' and '/' that begins a word becomes a DASH: not behind a letter, digit or '_', and in
 * front of one. A wildcard beside it counts as neither, as in pySigma.
 */
struct sigma_pattern sigma_pattern_dashes(struct arena *arena, struct sigma_pattern pattern);

/*
 * Adds a token to a pattern with room for one more; keeps the promise that no two TEXT and no
 * two RUN stand side by side.
 */
void sigma_pattern_append(struct arena *arena, struct sigma_pattern *out,
                          struct sigma_token token);

/* The pattern with tokens[at] replaced by all tokens of `inner`. */
struct sigma_pattern sigma_pattern_splice(struct arena *arena, struct sigma_pattern pattern,
                                          size_t at, struct sigma_pattern inner);

/* Index of the first token of that kind, or pattern.count. */
size_t sigma_pattern_find(struct sigma_pattern pattern, enum sigma_token_kind kind);

/* One TEXT, or none when the text is empty. */
struct sigma_pattern sigma_pattern_text(struct arena *arena, struct slice text);

#endif
