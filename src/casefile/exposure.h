/*
 * How long a host was exposed: the builds that its evidence shows, and for each CVE of the
 * table when it was vulnerable, when it was fixed, and whether it had been used before.
 *
 * Rows that name a build say when; the best source speaks for its time (version columns before
 * ECP's BLD, headers and audit records, those before paths and version integers), the others
 * for what lies outside of it. Programs have no time: they say what was installed when the
 * evidence was copied. Times are those of rows: between the last row of one build and the first
 * row of the next, nobody knows which it was.
 *
 * This module decides; the words are in report/exposure_words.h. Everything lives in the given
 * arena. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_EXPOSURE_H
#define HAUBERK_CASEFILE_EXPOSURE_H

#include "casefile/verdict.h"
#include "exchange/builds.h"

#define EXPOSURE_BUILDS_MAX 40 /* more changes than that are counted */
#define EXPOSURE_OTHERS_MAX 16

/* A build over one stretch of time. */
struct exposure_build {
    struct build_facts facts;
    enum build_source source; /* the most trustworthy that shows it */
    int64_t from, to;         /* of rows; TIME_NONE: it has no time */
    struct proof first, last;
};

/* A stretch in which the host was vulnerable. */
struct exposure_interval {
    int64_t from, to; /* first and last row of a vulnerable build */
    int64_t until;    /* first row of a fixed one behind it; TIME_NONE: none is seen */
    bool began_fixed; /* a fixed build is seen before: a roll-back, or another disk */
    struct proof first, last, fixed; /* fixed: of `until` */
};

struct exposure_cve {
    const struct cve *cve;
    enum patch_code now; /* of the newest knowledge: what is installed, else the last rows */
    bool disputed;       /* public sources disagree about `now` */
    const struct build_row *fix; /* of the build of now: the first fixed build; NULL: none */
    size_t interval_count;
    struct exposure_interval *intervals;
    bool decidable;       /* logs that could show its use were read */
    int64_t unwatched_ms; /* of the intervals: no such log covers this time */
    int64_t first_used; /* first finding of a rule that names it, of E2 or more; or TIME_NONE */
    struct proof used;
    enum patch_code when_used; /* of the build at that time; PATCH_UNKNOWN: not known */
};

/* What does not fit together. */
enum exposure_mix {
    MIX_PROGRAM_NEWER, /* a program is of a later build than ExSetup.exe: half-installed */
    MIX_SETUP_OLDER,   /* rows are of a later build than ExSetup.exe */
    MIX_SETUP_NEWER,   /* rows end with an older build: copied later, or not restarted */
    MIX_OVERLAP,       /* rows of two builds at the same time */
};

struct exposure_conflict {
    enum exposure_mix mix;
    struct build one, other; /* ExSetup.exe's, or the older; the one that does not fit */
    struct proof one_proof, other_proof;
};

/* A build that something else shows: a folder of a build once installed, a version claimed. */
struct exposure_trace {
    struct build build;
    struct proof proof;
};

struct exposure {
    struct slice host;
    const struct builds *builds;
    size_t build_count, builds_left_out;
    struct exposure_build *timeline;        /* ascending; overlaps are possible */
    const struct exposure_build *installed; /* ExSetup.exe; NULL: not among the evidence */
    const struct exposure_build *now; /* installed, else the last; NULL: no build is seen */
    struct exposure_cve cves[CVE_COUNT];
    size_t conflict_count;
    struct exposure_conflict conflicts[EXPOSURE_OTHERS_MAX];
    size_t folder_count;
    struct exposure_trace folders[EXPOSURE_OTHERS_MAX];
    size_t claim_count;
    struct exposure_trace claims[EXPOSURE_OTHERS_MAX]; /* version integers of exploits that are
                                                          not the server's */
};

/* A worker's record. */
void exposure_add_build(struct casefile *casefile, uint64_t item,
                        const struct build_note *note);

/* Fills *out, which is large. */
void exposure_read(struct casefile *casefile, struct arena *arena, struct slice host,
                   struct exposure *out);

/* Hosts of the case, those of which only a build is known among them, sorted. */
size_t exposure_hosts(struct casefile *casefile, struct arena *arena, struct slice **out);

/* Of how many CVEs is `now` of this code? */
size_t exposure_count(const struct exposure *exposure, enum patch_code code);

/* Is any interval of the CVE closed: was it seen vulnerable, and then fixed? The last one. */
const struct exposure_interval *exposure_patched(const struct exposure_cve *cve);

#endif
