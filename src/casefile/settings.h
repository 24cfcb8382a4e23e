/*
 * Configurations in the case: table `setting` (docs/case-file.md), what attackers add to them,
 * and whether the mitigations that stand in them protect against anything.
 *
 * A mitigation is judged from all files of its host: a rule of the site's web.config may be
 * cleared in the folder of an application, and without URL Rewrite among the modules IIS knows
 * no rules. Facts that say something about an attacker become findings when the case is
 * finished: those that nobody else adds have a grade, the others are to be looked at.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_SETTINGS_H
#define HAUBERK_CASEFILE_SETTINGS_H

#include "casefile/casefile.h"
#include "casefile/setting_record.h"
#include "casefile/verdict.h"
#include "exchange/mitigation.h"

/* ---- writing ---- */

/* Rules about settings; their ids follow `first_id`. */
void settings_add_rules(struct casefile *casefile, size_t first_id);
void settings_add(struct casefile *casefile, uint64_t item,
                  const struct setting_record *record);
void settings_forget(struct casefile *casefile, uint64_t item);
void settings_reopen(struct casefile *casefile);

/* Step of casefile_finish(): findings. Hosts must have been resolved. */
void settings_settle(struct casefile *casefile);

/* ---- reading ---- */

#define SETTINGS_LIST_MAX 200 /* of each list; more are counted */
#define SETTINGS_ROWS_MAX 20000

enum mitigation_state {
    MITIGATION_WORKS,
    MITIGATION_PARTLY,    /* some forms of the attack get through */
    MITIGATION_UNDECIDED, /* what decides it is not in the evidence */
    MITIGATION_FAILS,
    MITIGATION_LOST, /* the server's own list has it, the configuration does not */
};

/* Why, as bits. */
enum mitigation_why {
    WHY_OFF = 1 << 0,            /* switched off */
    WHY_ACTION = 1 << 1,         /* it does not end the request */
    WHY_BROKEN = 1 << 2,         /* its pattern is none */
    WHY_FILE = 1 << 3,           /* IIS refuses the file: it is not well-formed */
    WHY_PASSES = 1 << 4,         /* forms that it was to stop get through: `misses` */
    WHY_NO_MODULE = 1 << 5,      /* URL Rewrite is not among the modules */
    WHY_MODULE_UNKNOWN = 1 << 6, /* applicationHost.config was not read */
    WHY_SITE = 1 << 7,           /* on a site that the Internet does not reach */
    WHY_SITE_UNKNOWN = 1 << 8,   /* the path does not say whose file it is */
    WHY_CLEARED = 1 << 9,        /* cleared further down: `cleared` */
    WHY_SHADOWED = 1 << 10,      /* an earlier rule lets some pass */
    WHY_PRECONDITION = 1 << 11,  /* its precondition is nowhere defined */
    WHY_RESTARTS = 1 << 12,      /* it may have been started by hand, or starts again */
    WHY_INCOMPLETE = 1 << 13,    /* not at all places: `value` names those without */
    WHY_APPLICATION = 1 << 14,   /* only at one application, where others are reached, too */
};

struct mitigation {
    enum mitigation_id id;
    enum mitigation_state state;
    unsigned why;
    struct slice name, place, value;
    uint32_t stops, misses; /* probes */
    uint32_t holes, partly; /* of mitigation_holes, as bits: stopped in all forms, in some */
    uint32_t line;
    struct proof proof;
    struct slice cleared; /* the place that clears it; or absent */
    struct proof cleared_proof;
};

struct setting_finding {
    enum notice notice;
    enum grade grade;
    bool counts; /* it is a finding of the case; else only listed */
    struct slice place, name, value, detail;
    uint32_t line;
    struct proof proof;
};

struct setting_file {
    struct slice path, kind; /* "web.config" */
    struct slice problem;    /* or empty */
    uint32_t line;           /* of the problem */
};

struct settings {
    size_t file_count, file_left_out;
    struct setting_file *files;
    size_t mitigation_count, mitigation_left_out;
    struct mitigation *mitigations;
    size_t finding_count, finding_left_out;
    struct setting_finding *findings;
    /* what all mitigations together do: bits of mitigation_holes */
    uint32_t holes, partly, undecided;
    bool site_read, host_read; /* web.config of the front end's root; applicationHost.config */
    bool listed;               /* a list of the server's was read: what was lost is decided */
    bool cut;                  /* more rows than SETTINGS_ROWS_MAX */
};

/* Everything lives in the arena. */
void settings_read(struct casefile *casefile, struct arena *arena, struct slice host,
                   struct settings *out);

const char *notice_name(enum notice notice); /* "reserved directory" */
const char *mitigation_id_name(enum mitigation_id id);
const char *mitigation_state_name(enum mitigation_state state);

#endif
