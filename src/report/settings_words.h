/*
 * The catalogue of sentences about configurations: mitigations, what is wrong with them, and
 * what attackers add. Templates hold {names} (words_fill()). What decides is in
 * casefile/settings*.c and exchange/. Thread rule: constant data.
 */
#ifndef HAUBERK_REPORT_SETTINGS_WORDS_H
#define HAUBERK_REPORT_SETTINGS_WORDS_H

#include "casefile/settings.h"

enum settings_word {
    SETTINGS_UNREAD,     /* no configuration was read */
    SETTINGS_READ,       /* {count} {list} */
    SETTINGS_NONE,       /* no mitigation in what was read */
    SETTINGS_MITIGATION, /* {name} {kind} {place} {state} */
    SETTINGS_ALL_PLACES, /* for {place}: all sites */
    SETTINGS_NO_PLACE,   /* for {place}: unknown */
    SETTINGS_CLOSES,     /* {holes} */
    SETTINGS_PARTLY,     /* {holes} */
    SETTINGS_PASSES,     /* {forms} */
    SETTINGS_CLEARED,    /* {place} {ref} */
    SETTINGS_LIST_LOST,  /* {name} */
    SETTINGS_LOST_OPEN,  /* whether any was lost cannot be decided */
    SETTINGS_TOTAL,      /* {holes} */
    SETTINGS_TOTAL_NONE,
    SETTINGS_REFUSED, /* {file} {line} {problem} */
    SETTINGS_CUT,
    SETTINGS_WORD_COUNT,
};

const char *settings_word(enum settings_word which);

/* "works" */
const char *settings_words_state(enum mitigation_id id, enum mitigation_state state);
const char *settings_words_kind(enum mitigation_id id); /* "of Microsoft's EOMT" */
/* A sentence about one bit of `why`; NULL: another sentence says it. {value} */
const char *settings_words_why(unsigned bit);
const char *settings_words_form(enum form form); /* "'@' written as %40" */
/* {place} {name} {value} {detail} */
const char *settings_words_notice(enum notice notice);

#endif
