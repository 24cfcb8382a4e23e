/*
 * CISA's Emergency Directive 21-02 and its two supplements as a checklist, filled from the
 * evidence of one host. What no evidence of a server can show (firewalls, reports, staff) stays
 * open and says so: an empty box is more honest than a guess.
 *
 * Source: cisagov/cyber.dhs.gov, pages/ed-21-02.md (2021-03-03, supplement 1 of 2021-03-31,
 * supplement 2 of 2021-04-13). Words: report/checklist_words.h. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_CHECKLIST_H
#define HAUBERK_CASEFILE_CHECKLIST_H

#include "casefile/exposure.h"
#include "casefile/settings.h"

/* In the order of the directive; what each asks for is in the words. */
enum check {
    CHECK_MEMORY,       /* triage image: memory */
    CHECK_WEB_LOGS,     /* ... web logs */
    CHECK_EVENT_LOGS,   /* ... event logs */
    CHECK_HIVES,        /* ... registry hives */
    CHECK_SEARCH,       /* signs of compromise looked for */
    CHECK_UPDATE,       /* update of March 2021 */
    CHECK_DISCONNECT,   /* ... or disconnected, where signs were found */
    CHECK_REPORT,       /* incident and status reported */
    CHECK_MSERT,        /* supplement 1: full scan with MSERT */
    CHECK_TEST_SCRIPT,  /* Test-ProxyLogon */
    CHECK_MSERT_WEEKLY, /* four weeks */
    CHECK_FIREWALL,
    CHECK_FAST_UPDATES, /* within 48 hours */
    CHECK_SUPPORTED,    /* a version with support */
    CHECK_ROLES,
    CHECK_RETENTION, /* logs of 180 days */
    CHECK_SIGNATURES,
    CHECK_KEEP,  /* triage results for six months */
    CHECK_APRIL, /* supplement 2: update of April 2021 */
    CHECK_COUNT,
};

enum check_status { CHECK_DONE, CHECK_NOT_DONE, CHECK_UNDECIDED, CHECK_DOES_NOT_APPLY };

/* Why, for the words. {a} {b} are `a` and `b`, {time} and {until} the times. */
enum check_says {
    SAYS_OUTSIDE,       /* no evidence of a server can show it */
    SAYS_ABSENT,        /* nothing of the kind is among the evidence */
    SAYS_FILE,          /* a file that it would leave is: proof; whether it suffices is open */
    SAYS_COVERED,       /* {a} from {time} to {until} */
    SAYS_SEARCHED,      /* the logs that could show all four were searched */
    SAYS_BLIND,         /* {a}: CVEs that no log here could show */
    SAYS_NO_BUILD,      /* no build is seen */
    SAYS_FIXED,         /* {a}: build */
    SAYS_FIXED_LATE,    /* {a}: build; still vulnerable at {time} */
    SAYS_VULNERABLE,    /* {a}: build */
    SAYS_MITIGATED,     /* the same, but a mitigation stops the first step */
    SAYS_OPEN_BUILD,    /* {a}: build of which it is not known */
    SAYS_NO_SIGN,       /* nothing to disconnect for in what was read */
    SAYS_STILL_SERVED,  /* signs from {time} on, rows until {until} */
    SAYS_IN_TIME,       /* first fixed row at {until} */
    SAYS_TOO_LATE,      /* vulnerable still at {time} */
    SAYS_TIME_OPEN,     /* between {time} and {until} */
    SAYS_SUPPORT_ENDED, /* {a} product, {b} date */
    SAYS_SUPPORT,       /* {a} product, {b} date */
    SAYS_LONG,          /* {a} days */
    SAYS_SHORT,         /* {a} days */
    SAYS_COUNT,
};

#define CHECK_PROOFS_MAX 3

struct check_row {
    enum check check;
    enum check_status status;
    enum check_says says;
    struct slice a, b;
    int64_t time, until; /* TIME_NONE: none */
    size_t proof_count;
    struct proof proofs[CHECK_PROOFS_MAX];
};

/* Fills CHECK_COUNT rows; everything lives in the arena. */
void checklist_read(struct casefile *casefile, struct arena *arena, struct slice host,
                    struct check_row rows[CHECK_COUNT]);

const char *check_name(enum check check);                /* stable: "web-logs" */
const char *check_status_name(enum check_status status); /* "done" */

#endif
