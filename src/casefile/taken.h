/*
 * What was taken from a host, line by line, each proven, possible or not observable.
 *
 * Decided from table `taken`, which the second reading fills (hunt/taken.h), and from findings.
 * What an administrator may do honestly (exports, rights, rules) counts only behind the first
 * success of an intruder: it is proven next to a step of his, else possible. No line here
 * changes a grade. The words are in report/taken_words.h. Everything lives in the given arena.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_TAKEN_H
#define HAUBERK_CASEFILE_TAKEN_H

#include "casefile/verdict.h"
#include "exchange/deed.h"
#include "exchange/mail.h"

#define TAKEN_ROWS_MAX 500000 /* in the table; what is beyond is counted */
#define TAKEN_LINES_MAX 300   /* of one host; more are counted */
#define TAKEN_OPERATIONS_MAX 8
#define TAKEN_FAMILIES_MAX 4

/* ---- the second reading writes ---- */

struct taken_writer;

struct taken_writer *taken_writer_open(struct casefile *casefile);
/* A worker's record; only RECORD_TAKEN is kept. */
void taken_writer_add(struct taken_writer *writer, uint64_t item, const struct record *record);
/* `all`: every host was read again, not only those that were attacked. `cut`: interrupted. */
void taken_writer_close(struct taken_writer *writer, bool all, bool cut);

/* ---- the report reads ---- */

enum taken_kind {
    TAKEN_KIND_MAIL,
    TAKEN_KIND_ADDRESSES, /* the address book */
    TAKEN_KIND_DEED,      /* a command: `deed` says which */
    TAKEN_KIND_ARCHIVE,
    TAKEN_KIND_CREDENTIALS,
};

enum taken_state { TAKEN_NOT_OBSERVABLE, TAKEN_POSSIBLE, TAKEN_PROVEN };

/* Why the line is no stronger than it is. */
enum taken_because {
    TAKEN_SHOWN,        /* a log shows it: proven */
    TAKEN_NO_OPERATION, /* the service answered; what for is not in this log */
    TAKEN_LOOKED,       /* folders or settings were asked for, no message */
    TAKEN_IDENTITY,     /* few MAPI requests: ProxyLogon and ProxyShell learn an identity so */
    TAKEN_SHARED,       /* mail was read from this address before it attacked */
    TAKEN_LATER,        /* behind the break-in, but no key ties it to an intruder */
    TAKEN_OTHER_SOURCE, /* the address did nothing else that is seen */
    TAKEN_NO_LOG,       /* none of `missing` was read for that time */
};

struct taken_operation {
    struct slice name;
    uint64_t requests; /* answered ones */
};

struct taken_line {
    enum taken_kind kind;
    enum taken_state state;
    enum taken_because because;
    enum deed deed;
    struct slice actor;   /* address; of a command the account; absent: unknown */
    struct slice mailbox; /* or the archive's path; absent: the log names none */
    int64_t first, last;
    uint64_t requests; /* answered, in the log that shows most */
    size_t operation_count, operations_left_out;
    struct taken_operation operations[TAKEN_OPERATIONS_MAX];
    /* Bytes of the answers. `lower`: of operations that surely read mail; `upper`: of all, in
     * the log that shows most. `unsized`: some rows do not name their bytes. */
    bool sized, unsized;
    uint64_t lower, upper;
    size_t family_count;
    enum family_id families[TAKEN_FAMILIES_MAX]; /* that show it; of TAKEN_NO_LOG: missing */
    struct proof proof;                          /* of the first row */
};

struct taken_report {
    bool looked; /* the host was read again */
    bool cut;    /* ... not to the end */
    size_t line_count, lines_left_out;
    struct taken_line *lines; /* proven ones first, then by kind and time */
    uint64_t rows_left_out;   /* of the whole case */
    uint64_t before;          /* commands in front of the first success: not told */
    uint64_t refused;         /* commands that failed: not told */
    uint64_t lower, upper;    /* bytes of mail, summed over the intruders */
};

void taken_read(struct casefile *casefile, struct arena *arena, struct slice host,
                struct taken_report *out);

#endif
