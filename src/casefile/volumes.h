/*
 * Volumes that do not fit: what each client got in a day, against the habit of the host. This
 * is how the first victims of 2021 were found. Something to look at, never a grade.
 *
 * The measure is one source on one day in one log (HttpProxy, EWS, IIS where it logs sc-bytes;
 * the server's own traffic and its monitoring are left out, hunt/taken.h). Such sums spread
 * over decades, so they are compared by their logarithm: how many deviations above the median
 * it lies, the deviation being 1.4826 times the median of distances from the median (MAD; the
 * factor makes it a standard deviation where the distribution is normal). It takes at least
 * VOLUME_SOURCES_MIN sources to speak of a habit. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_VOLUMES_H
#define HAUBERK_CASEFILE_VOLUMES_H

#include "casefile/verdict.h"

#define VOLUME_SOURCES_MIN 20
#define VOLUME_DAYS_MAX 200000 /* sums of one host and log that are compared */
#define VOLUME_LINES_MAX 10    /* told of one log, the largest first; more are counted */
#define VOLUME_SCORE_MIN 3.5   /* deviations above the median */
#define VOLUME_TIMES_MIN 10    /* times the median, at least */
#define VOLUME_BYTES_MIN (UINT64_C(5) << 20)

struct volume_line {
    struct slice source;
    int64_t day; /* its first millisecond */
    uint64_t bytes, requests;
    double score; /* deviations above the median */
    bool intruder;
    struct proof proof; /* the first row of that day */
};

struct volume_log {
    const struct family *family;
    uint64_t sources, days, sums; /* sums: sources times their days */
    bool enough;                  /* sources to speak of a habit */
    uint64_t median, high;        /* bytes: half of all sums lie below, 95 % lie below */
    uint64_t unsized;             /* rows that do not name their bytes */
    size_t line_count, lines_left_out;
    size_t told_before; /* that stand out here as well, but were told of an earlier log */
    struct volume_line lines[VOLUME_LINES_MAX];
};

#define VOLUME_LOGS_MAX 3

struct volume_report {
    bool looked; /* the host was read for it */
    size_t log_count;
    struct volume_log logs[VOLUME_LOGS_MAX];
};

void volumes_read(struct casefile *casefile, struct arena *arena, struct slice host,
                  struct volume_report *out);

#endif
