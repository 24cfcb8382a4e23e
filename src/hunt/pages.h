/*
 * PATHs → one answer for each file: what `hauberk page` prints, in the order of the evidence.
 *
 * Worker processes read and analyse batches of files; the coordinator passes on what they say,
 * one batch after the other. When a worker dies, the files of its batch that were not answered
 * are given again one by one, so that damage falls on the file that killed it and on no other.
 */
#ifndef HAUBERK_HUNT_PAGES_H
#define HAUBERK_HUNT_PAGES_H

#include "base/err.h"
#include "casefile/page_record.h"
#include "webshell/baseline.h"
#include "webshell/yara.h"

/* Who is told. Text in records comes from hostile files: escape it. */
struct pages_sink {
    /* false: nobody listens any more */
    bool (*page)(void *context, const char *path, const struct page_record *page);
    void (*damage)(void *context, const char *path, const char *reason);
    void (*unread)(void *context, const char *path, const char *note); /* links */
    void *context;
};

struct pages_options {
    char *const *paths; /* "-": `input` */
    size_t path_count;
    struct slice input;              /* what came from standard input */
    const struct yara_set *yara;     /* NULL: none */
    const struct baseline *baseline; /* what the user knows; NULL: none */
    unsigned jobs;                   /* 0: one for each processor */
    int64_t silence_ms; /* a worker that says nothing for this long is ended; 0: two minutes */
};

struct pages_result {
    uint64_t pages[WEBSHELL_SHELL + 1]; /* by class */
    uint64_t matched;                   /* files that a YARA rule matched */
    uint64_t listed;                    /* of class none, for the baseline knows them */
    uint64_t damages;
    bool interrupted;
};

/* Runs it. <0 only when no worker can be had: bad files never fail. */
int pages_run(const struct pages_options *options, const struct pages_sink *sink,
              struct pages_result *out, struct err *err);

#endif
