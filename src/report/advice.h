/*
 * What to do next: concrete steps with commands, from packs/advice/exchange.yml (the form is
 * told there). Which steps are told depends on keys that hold for a host: "grade:E5",
 * "stage:plant", "page:shell", "cve:2021-26855", "rule:<id>", "setting:partial".
 *
 * Order: evidence first, then contain, clean, harden, tell; no step twice. Names of the case
 * in commands are hostile: they are quoted for PowerShell, and what no quoting makes harmless
 * is left out and counted. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_ADVICE_H
#define HAUBERK_REPORT_ADVICE_H

#include "report/telling.h"

enum advice_phase {
    ADVICE_KEEP, /* evidence */
    ADVICE_CONTAIN,
    ADVICE_CLEAN,
    ADVICE_HARDEN,
    ADVICE_TELL,
    ADVICE_PHASE_COUNT
};

struct advice_command {
    struct slice shell; /* "PowerShell", "Exchange Management Shell", "cmd" */
    struct slice run;   /* one line */
};

struct advice_step {
    enum advice_phase phase;
    struct slice name, text;
    size_t key_count;
    struct slice *keys; /* one that holds is enough */
    size_t command_count;
    struct advice_command *commands;
};

struct advice {
    size_t count;
    struct advice_step *steps;
    size_t left_out; /* names that no command can hold, or that are too many */
};

/* ---- the catalogue ---- */

/* Reads a file of steps; everything lives in the arena. <0 with *err: line and reason. */
int advice_read(struct arena *arena, struct slice text, struct advice *out, struct err *err);
/* The file that is built in; it is good (tests/unit/test_advice.c). */
int advice_builtin(struct arena *arena, struct advice *out, struct err *err);

/* ---- for a host ---- */

/* The steps of a host, in order; commands filled in. In the report's arena. */
void advice_for_host(struct report *r, const struct host_verdict *v, struct advice *out);

const char *advice_phase_words(enum advice_phase phase); /* "Keep the evidence" */

/* ---- for tests ---- */

#define ADVICE_NAMES_MAX 20 /* of one kind in a command */
#define ADVICE_NAME_BYTES_MAX 260

/*
 * Appends `text` as a string of PowerShell in single quotes, whose only special character is
 * the quote, in all five forms that PowerShell takes for one. false, and nothing is appended:
 * control characters, bidirectional ones, invalid UTF-8, or too long.
 */
bool advice_quote(struct buf *out, struct slice text);

#endif
