/*
 * What the findings of a host add up to: its grade, the facts that the verdict sentence is made
 * of, the harm, what could not be decided, the coverage, and the story step by step.
 *
 * This module decides; the words are in report/words.h. Everything lives in the given arena.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_VERDICT_H
#define HAUBERK_CASEFILE_VERDICT_H

#include "base/clock.h"
#include "casefile/casefile.h"
#include "casefile/pages.h"
#include "exchange/cve.h"

#define VERDICT_PAGES_MAX 512                     /* pages told one by one; more are counted */
#define VERDICT_STEPS_MAX 2000                    /* steps of the story; more are counted */
#define RUN_GAP_MS (INT64_C(300) * MS_PER_SECOND) /* a longer pause starts a new run */
#define VERDICT_RUNS_MAX 200 /* runs of exploitation; later ones are counted */
#define STEP_PAGES_MAX 24

/* Where it is written: every sentence of a report cites one. */
struct proof {
    struct slice path;
    uint64_t offset;
    struct slice row;
};

struct moment {
    int64_t time; /* TIME_NONE: did not happen */
    struct slice actor;
    struct slice what;  /* the file of a write, the command line of a command; may be empty */
    struct slice cve;   /* "2021-26855", of the rule; empty when it names none */
    struct slice title; /* of the rule */
    int64_t finding;    /* id in the case */
    bool backdoor;      /* hauberk.step.backdoor: a write whose title says what it was */
    struct proof proof;
};

/* How a page was used, from the weakest to the strongest sign. */
enum page_use { PAGE_USE_CHECKED, PAGE_USE_LIKELY, PAGE_USE_SEEN };

#define PAGE_SOURCES_MAX 8

struct page_fact {
    struct slice page; /* as the first row wrote it */
    struct slice key;  /* in normal form: what rows are joined by */
    size_t source_count;
    struct slice sources[PAGE_SOURCES_MAX]; /* of answers */
    uint64_t answered, refused;             /* findings; the same request may be in two logs */
    int64_t first_answer, last_answer, first_refusal_after; /* TIME_NONE: none */
    enum page_use use;
    struct proof proof;      /* of the first answer, or of the first refusal */
    struct proof gone_proof; /* of first_refusal_after */
};

#define VERDICT_DISK_MAX 100 /* pages on disk told one by one; more are counted */

/* A page on disk that says something. */
struct disk_page {
    enum webshell_class class;
    enum grade grade;       /* of its finding: E4, or N for what is only to be looked at */
    struct slice path, url; /* url: empty when nobody knows it */
    const struct page_record *record;
    const struct page_fact *answers; /* of the logs; NULL: none */
    struct proof proof;
};

struct step {
    struct slice incident, actor, title;
    enum stage stage;
    enum grade grade;
    enum outcome outcome;
    int64_t first, last;
    uint64_t requests; /* counted in the log that shows most of them */
    int status;        /* of the last */
    size_t page_count; /* distinct pages or paths, at most STEP_PAGES_MAX are kept */
    struct slice pages[STEP_PAGES_MAX];
    struct slice agent, method;
    struct proof proof; /* of the first */
};

/* What a rule's tag hauberk.step.<word> says about its part in an exploit. */
enum run_step { RUN_SCRIPT = 1, RUN_RECREATE = 2 };

/* One go at the server: exploit steps with no more than five minutes between them. */
struct exploit_run {
    int64_t first, last;
    unsigned steps;     /* enum run_step, or-ed */
    int64_t reached;    /* last success in reach, TIME_NONE: none */
    int64_t changed;    /* last success in abuse */
    int64_t planted;    /* first success in plant */
    int64_t cleared;    /* first clean-up */
    struct proof proof; /* of the first step */
};

enum harm_state { HARM_NONE_SEEN, HARM_NOT_OBSERVABLE, HARM_POSSIBLE, HARM_PROVEN };
enum harm_kind { HARM_MAIL, HARM_CREDENTIALS, HARM_PERSISTENCE, HARM_SPREAD, HARM_COUNT };

/* Why a harm is what it is said to be. */
enum harm_because {
    HARM_NOTHING_IN_LOGS, /* none seen: `families` would show it, and were read */
    HARM_NO_LOG,          /* not observable: none of `families` was read */
    HARM_ABLE,            /* possible: whoever got that far can do it */
    HARM_TRACE,           /* possible: `proof` shows something of the kind */
    HARM_SHOWN,           /* proven: `proof` */
};

#define HARM_FAMILIES_MAX 3

struct harm_reason {
    enum harm_because because;
    size_t family_count;
    enum family_id families[HARM_FAMILIES_MAX];
    struct proof proof; /* path absent: none */
};

struct gap {
    int64_t from, to;
};

struct coverage_line {
    const struct family *family;
    int64_t from, to;
    uint64_t events;
    size_t gap_count;
    struct gap *gaps;
};

struct host_verdict {
    struct slice host;
    enum grade grade;
    int64_t first, last; /* of findings that raise a grade */
    bool partial;        /* interrupted, or a part of the evidence could not be read */
    uint64_t findings[GRADE_E6 + 1]; /* by grade, own probes left out */
    uint64_t other_matches;          /* rules without a stage */
    uint64_t probes;                 /* matches of Exchange's own monitoring */
    struct moment first_exploit;     /* first success in reach, up to the write */
    struct moment exploit;           /* last one before the write, or at all */
    struct moment changed;           /* last abuse that worked before the write, or at all */
    struct moment script;            /* the same, of rules tagged hauberk.step.script */
    struct moment plant;             /* first write that worked */
    struct moment cleared;           /* clean-up behind it */
    struct moment command;           /* first command, of rules tagged hauberk.step.command */
    struct moment spread;            /* first sign that the intruders went on */
    size_t run_count, runs_left_out;
    int64_t last_left_out;    /* time of the last step of a run that was left out */
    struct exploit_run *runs; /* in the order of time; only runs with a success */
    size_t exploiter_count;
    struct slice exploiters[8]; /* actors with a success in reach, abuse or plant */
    size_t page_count;
    struct page_fact *pages; /* foreign pages, answered ones first, in the order of time */
    size_t answered_pages, asked_pages, pages_left_out;
    uint64_t pages_analysed, pages_known; /* on disk; known ones are Microsoft's own */
    uint64_t pages_listed;                /* ... in the user's own baseline */
    size_t disk_count, disk_left_out, disk_planted; /* disk_planted: of grade E4 */
    struct disk_page *disk;                         /* the gravest first */
    enum harm_state harm[HARM_COUNT];
    struct harm_reason harm_reason[HARM_COUNT];
    size_t undecided_count;
    const struct cve **undecided; /* no evidence that could show them */
    struct gap blind; /* web logs are missing from the write to here; TIME_NONE: they are not */
    size_t coverage_count;
    struct coverage_line *coverage;
    size_t step_count, steps_left_out;
    struct step *steps; /* by incident, then time */
};

/* Names of all hosts in the case, sorted. Returns how many. */
size_t verdict_hosts(struct casefile *casefile, struct arena *arena, struct slice **out);

struct verdict_summary {
    struct slice host;
    enum grade grade;
    int64_t first; /* of findings that raise a grade; TIME_NONE: none */
};

/* All hosts with their grade, worst first. Returns how many. */
size_t verdict_summaries(struct casefile *casefile, struct arena *arena,
                         struct verdict_summary **out);

void verdict_read(struct casefile *casefile, struct arena *arena, struct slice host,
                  struct host_verdict *out);

/* Do rows of the family count as coverage of this host? After verdict_read_coverage(). */
bool verdict_covers(const struct host_verdict *v, enum family_id id);

#endif
