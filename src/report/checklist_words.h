/*
 * The catalogue of the checklist of CISA's Emergency Directive 21-02, in our words. Templates
 * hold {names} (words_fill()). What decides is casefile/checklist.c. Thread rule: constant
 * data.
 */
#ifndef HAUBERK_REPORT_CHECKLIST_WORDS_H
#define HAUBERK_REPORT_CHECKLIST_WORDS_H

#include "casefile/checklist.h"

/* What is asked for. */
const char *checklist_words_check(enum check check);
/* The part of the directive that a check begins, with its date; NULL: it goes on. */
const char *checklist_words_part(enum check check);
/* {a} {b} {time} {until} */
const char *checklist_words_says(enum check_says says);
const char *checklist_words_status(enum check_status status); /* "DONE" */

#endif
