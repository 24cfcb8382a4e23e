/*
 * What all parsers below share: where results live, and how one says no.
 *
 * A refusal is a message and the line of the YAML file it is about. The first one ends the
 * document: parsers return the negative value at once.
 * Thread rule: a struct sigma_parse belongs to its caller.
 */
#ifndef HAUBERK_SIGMA_PARSE_H
#define HAUBERK_SIGMA_PARSE_H

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

struct sigma_placeholders;

struct sigma_parse {
    struct arena *arena; /* of the rule set: what outlives the YAML document */
    const struct sigma_placeholders *placeholders; /* NULL: none are given */
    struct err err;
    int line; /* in the YAML file, of what was refused; 0 when there is none */
};

/* Fills parse->err and parse->line, returns -1. A macro, so that err keeps the origin's place.
 */
#define sigma_refuse(parse, at, ...)                                                           \
    ((parse)->line = (at), err_set(&(parse)->err, ERR_RULE, __VA_ARGS__))

/*
 * Text of a rule as it is shown in a message: "%.*s" with SHOWN(text), at most 80 bytes and
 * never half a character. Escaping for the terminal is the printer's business.
 */
struct slice sigma_shown(struct slice text);
#define SHOWN(text) SLICE_FMT(sigma_shown(text))

#endif
