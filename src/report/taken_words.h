/*
 * The catalogue of sentences about what was taken, who took part and volumes: one place, so
 * that it can be translated; what decides (casefile/taken.h, actors.h, volumes.h) holds no
 * words. Templates hold {names}, filled by words_fill(). Thread rule: constant data.
 */
#ifndef HAUBERK_REPORT_TAKEN_WORDS_H
#define HAUBERK_REPORT_TAKEN_WORDS_H

#include "casefile/actors.h"
#include "casefile/taken.h"
#include "casefile/volumes.h"

enum taken_word {
    TAKEN_WORD_MAIL, /* {mailbox} {actor} {logs} {operations} {requests} {bytes} {span} {ref} */
    TAKEN_WORD_MAIL_UNNAMED, /* the same without {mailbox}: the log names none */
    TAKEN_WORD_ADDRESSES,    /* as TAKEN_WORD_MAIL_UNNAMED */
    TAKEN_WORD_DEED,         /* {deed} {command} {mailbox} {actor} {span} {logs} {ref} */
    TAKEN_WORD_ARCHIVE,      /* {file} {actor} {requests} {bytes} {span} {ref} */
    TAKEN_WORD_CREDENTIALS,  /* {title} {actor} {span} {ref} */
    TAKEN_WORD_MISSING,      /* {what} {logs} */
    TAKEN_WORD_BYTES,        /* {bytes}: both bounds are equal */
    TAKEN_WORD_BYTES_SPAN,   /* {lower} {upper} */
    TAKEN_WORD_BYTES_UPPER,  /* {upper} */
    TAKEN_WORD_BYTES_SOME,   /* appended: some rows name none */
    TAKEN_WORD_BYTES_NONE,
    TAKEN_WORD_TOTAL,   /* {lower} {upper} */
    TAKEN_WORD_NOTHING, /* looked, and found nothing */
    TAKEN_WORD_NOT_READ,
    TAKEN_WORD_CUT,
    TAKEN_WORD_MORE,         /* {count} lines */
    TAKEN_WORD_ROWS_LEFT,    /* {count} */
    TAKEN_WORD_BEFORE,       /* {count} commands in front of the break-in */
    TAKEN_WORD_ACTOR,        /* {role} {span} */
    TAKEN_WORD_ACTOR_TRIED,  /* {count} other names */
    TAKEN_WORD_ACTOR_PAGES,  /* {pages} */
    TAKEN_WORD_ACTOR_AGENTS, /* {agents} */
    TAKEN_WORD_ACTORS_MORE,  /* {count} */
    TAKEN_WORD_VOLUME_HABIT, /* {log} {sources} {days} {median} {high} */
    TAKEN_WORD_VOLUME_FEW,   /* {log} {sources} {least} */
    TAKEN_WORD_VOLUME_NONE,
    TAKEN_WORD_VOLUME_LINE, /* {source} {bytes} {day} {requests} {times} {score} {who} {ref} */
    TAKEN_WORD_VOLUME_INTRUDER,
    TAKEN_WORD_VOLUME_MORE, /* {count} */
    TAKEN_WORD_VOLUME_NOTE,
    TAKEN_WORD_SKEW, /* {other} {skew} {direction} {this} {count} {ref} */
    TAKEN_WORD_COUNT
};

const char *taken_word(enum taken_word which);

const char *taken_words_state(enum taken_state state);       /* "proven" */
const char *taken_words_because(enum taken_because because); /* a clause; "" for TAKEN_SHOWN */
const char *taken_words_because_name(enum taken_because because); /* for programs */
const char *taken_words_kind_name(const struct taken_line *line); /* for programs: "mail" */
const char *taken_words_deed(enum deed deed);                     /* "a mailbox was exported" */
const char *taken_words_what(enum taken_kind kind);               /* what cannot be seen */
const char *taken_words_role(enum actor_role role);               /* "planted a page" */
const char *taken_words_role_name(enum actor_role role);          /* for programs: "planted" */
const char *taken_words_tie_name(enum actor_tie tie);             /* for programs: "session" */
const char *taken_words_tie(enum actor_tie tie);                  /* "a session of both" */

#endif
