/*
 * What can a rule's question be answered from? Which sources of the evidence its log source
 * covers, which of its fields they have, and whether its condition can hold there at all.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CLI_ANSWERS_H
#define HAUBERK_CLI_ANSWERS_H

#include "hunt/survey.h"
#include "sigma/rule.h"

#define ANSWERS_MAX 64
#define ANSWER_NAMES_MAX 16 /* hosts, or event ids, that are named; the others are counted */

enum field_state {
    FIELD_LACKING, /* the logs have no such column */
    FIELD_EMPTY,   /* they have, but no event has a value in it */
    FIELD_FILLED,
};

enum decides {
    DECIDES_NOT,    /* the condition can never hold there */
    DECIDES_PARTLY, /* it can, but not all of it is looked at */
    DECIDES_ALL,
};

/* Sources of one family that have the same of the rule's fields. */
struct answer {
    const struct family *family;
    enum decides decides;
    uint8_t *fields; /* enum field_state, by answers.fields */
    uint64_t events;
    int64_t from, to;
    size_t host_count;
    struct slice hosts[ANSWER_NAMES_MAX]; /* empty: the logs name none */
    size_t id_count;
    uint64_t ids[ANSWER_NAMES_MAX]; /* of event logs */
    bool best;                      /* of some host's logs of this family none decides more */
};

struct answers {
    struct arena arena;
    size_t field_count;
    struct slice *fields; /* that the rule looks at */
    size_t count;
    struct answer list[ANSWERS_MAX];
    uint64_t left_out; /* sources that fit nowhere */
    size_t idle_count, absent_count;
    struct slice idle[ANSWER_NAMES_MAX];   /* hosts whose logs hold no event that it looks at */
    struct slice absent[ANSWER_NAMES_MAX]; /* hosts of which there are other logs only */
    enum decides decides;
};

/* `rule` is a detection. answers_deinit() the result; it borrows from rule and survey. */
void answers_find(struct answers *out, const struct sigma_rule *rule,
                  const struct survey *survey);
void answers_deinit(struct answers *answers);

#endif
