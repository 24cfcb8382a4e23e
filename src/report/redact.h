/*
 * People out of a case: `report --redact`. Names are learned from the whole case first, then
 * every text of it is copied with tokens in their place (casefile/copy.h), and reports read the
 * copy. docs/exports.md says what counts as a person, and what stays.
 *
 * Learned is what stands where names stand: columns of users and mailboxes, the local part of
 * mail addresses, DOMAIN\user, canonical paths and distinguished names, folders of users, and
 * parameters of URLs. From then on the name is found everywhere, word by word: "anna.bakker",
 * "Bakker, Anna", "ANNA%2EBAKKER" and "annabakker" are one person and get one token.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_REDACT_H
#define HAUBERK_REPORT_REDACT_H

#include "base/buf.h"
#include "casefile/casefile.h"

#define REDACT_KEY_MIN 16   /* bytes */
#define REDACT_KEY_MAX 4096 /* bytes */

struct redact_options {
    struct slice key;  /* absent: tokens are numbers, by first appearance; else an HMAC */
    struct slice also; /* more names, one a line */
    bool internal;     /* addresses of private networks, too */
};

struct redactor;
struct redactor *redactor_new(const struct redact_options *options);
void redactor_free(struct redactor *r); /* NULL is fine */

/* What kind of text it is. */
enum redact_as {
    REDACT_TEXT,   /* anything */
    REDACT_PERSON, /* the whole of it names somebody, or a list of them */
    REDACT_WORDS,  /* what somebody wrote: a subject */
};

/* Learns the names that the text holds. */
void redactor_learn(struct redactor *r, enum redact_as as, struct slice text);

/* Appends the text with tokens instead of names. Names that are new are learned. */
void redactor_apply(struct redactor *r, enum redact_as as, struct slice text, struct buf *out);

/* How many people have been told apart. */
uint64_t redactor_count(const struct redactor *r);

/* A copy of the case without people; close it like any other. <0 with *err. */
int redact_case(struct casefile **out, struct casefile *from,
                const struct redact_options *options, struct err *err);

#endif
