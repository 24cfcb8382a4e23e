/*
 * Options of a verb: one table from which parsing and help come, so that they cannot disagree.
 * Thread rule: constant tables.
 */
#ifndef HAUBERK_CLI_OPTIONS_H
#define HAUBERK_CLI_OPTIONS_H

#include <stddef.h>

#include "base/err.h"

#define OPTIONS_MAX 40

struct option_row {
    char letter;          /* 0: long only */
    const char *name;     /* without "--" */
    const char *argument; /* "FILE"; NULL: a switch */
    const char *help;
    /* Stores the value (NULL for a switch). <0 with *err when it makes no sense. */
    int (*apply)(void *settings, const char *value, struct err *err);
};

struct verb {
    const char *name;
    const char *arguments; /* "PATH..." */
    const char *summary;   /* one line */
    const char *example;   /* a real one, several lines */
    const struct option_row *options;
    size_t option_count;
    int (*run)(const struct verb *verb, int argc, char **argv);
};

/*
 * Reads argv[1..]; *first_out is the index of the first operand. 0 done, 1 --help was asked for
 * and printed, <0 *err.
 */
int options_parse(const struct verb *verb, int argc, char **argv, void *settings,
                  int *first_out, struct err *err);

void options_help(const struct verb *verb);

/* Exit statuses, design §3. */
enum exit_status {
    EXIT_CLEAN = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,
    EXIT_UNREAD = 3,
    EXIT_INTERNAL = 4,
};

/* Prints "hauberk: <message>" and returns the status that the error's code asks for. */
int report_failure(const struct err *err);

#endif
