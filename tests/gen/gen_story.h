/* gen_story: one host's run: normal traffic with a list of timed steps merged
 * into it. A scenario is a row of gen_scenarios; what it adds to the traffic
 * is a list of step tables, so a new scenario is one row and maybe a table.
 *
 * Attack steps are log text only, in the forms that incident reports print;
 * nothing here works as an exploit. */
#ifndef GEN_STORY_H
#define GEN_STORY_H

#include "gen_rows.h"
#include "gen_world.h"

struct gen_story;

struct gen_step {
    unsigned at;    /* permille of the span */
    unsigned after; /* ms after that point */
    void (*emit)(struct gen_story *story, const struct gen_step *step);
    const char *path, *query, *text;
    unsigned status;
};

struct gen_steps {
    const struct gen_step *step;
    unsigned count;
};

enum { GEN_STEP_TABLES = 6 };

struct gen_scenario {
    const char *name, *grade, *about;
    unsigned year, month, day; /* default start */
    unsigned build, revision;
    unsigned patched_revision; /* of the patch step; 0: none */
    struct gen_steps steps[GEN_STEP_TABLES];
};

extern const struct gen_scenario gen_scenarios[];
extern const unsigned gen_scenario_count;
/* Returns NULL when there is none of that name. */
const struct gen_scenario *gen_scenario_find(const char *name);

/* What the attacker of this run uses; drawn from the seed. */
struct gen_attack {
    char attacker[GEN_ADDRESS], visitor[2][GEN_ADDRESS];
    char front_stem[24]; /* /ecp/y.js */
    char canary[48], key[16], token[200], shell_domain[40];
    char page[80]; /* URL path of the page */
    char page_name[40];
    struct gen_guid object;
    const struct gen_user *victim;
    bool below_owa;
};

/* What happened, for the tests; times are ms, 0 when it did not happen. */
struct gen_facts {
    int64_t first_exploit, written, first_answer, first_post, removed, patched;
    unsigned exploit_requests;
    uint64_t stolen_bytes;    /* of EWS answers with messages */
    unsigned stolen_requests; /* of the same */
    char archive[80];         /* URL path */
    int64_t stolen, archive_taken;
    char request_ids[37 * 40];
};

struct gen_event {
    int64_t time;
    unsigned order;
    const struct gen_step *step; /* NULL: a decoy */
    unsigned decoy;
};

struct gen_story {
    struct gen_world world;
    const struct gen_scenario *scenario;
    struct gen_attack attack;
    struct gen_facts facts;
    struct gen_event *events;
    unsigned event_count, event_room;
    uint64_t bytes;
    unsigned files;
};

struct gen_story_options {
    const struct gen_scenario *scenario;
    const char *host;
    unsigned host_index;
    const char *outdir, *families;
    bool gzip;
    uint64_t size, seed;
    int64_t start; /* ms; 0: the scenario's own */
    unsigned days;
};

/* Writes the whole tree of one host. Returns 0, or -1 with a message on
 * stderr. `story` is filled for gen_story_print; free with gen_story_deinit. */
int gen_story_run(struct gen_story *story, const struct gen_story_options *options);
/* Prints key=value lines; `prefix` goes before each key. */
void gen_story_print(const struct gen_story *story, const char *prefix);
void gen_story_deinit(struct gen_story *story);

/* Step functions, gen_attack.c. */
void gen_attack_init(struct gen_attack *attack, struct gen_world *w, bool below_owa);
void gen_step_ssrf(struct gen_story *story, const struct gen_step *step);
void gen_step_ssrf_local(struct gen_story *story, const struct gen_step *step);
void gen_step_scan(struct gen_story *story, const struct gen_step *step);
void gen_step_ecp(struct gen_story *story, const struct gen_step *step);
void gen_step_ecp_script(struct gen_story *story, const struct gen_step *step);
void gen_step_page(struct gen_story *story, const struct gen_step *step);
void gen_step_foreign(struct gen_story *story, const struct gen_step *step);
void gen_step_filtered(struct gen_story *story, const struct gen_step *step);
void gen_step_json(struct gen_story *story, const struct gen_step *step);
void gen_step_shell(struct gen_story *story, const struct gen_step *step);
void gen_step_mail(struct gen_story *story, const struct gen_step *step);
void gen_step_create_item(struct gen_story *story, const struct gen_step *step);
void gen_step_ews(struct gen_story *story, const struct gen_step *step);
void gen_step_archive(struct gen_story *story, const struct gen_step *step);
void gen_step_inbox_rule(struct gen_story *story, const struct gen_step *step);
void gen_step_cleaning(struct gen_story *story, const struct gen_step *step);
void gen_step_patch(struct gen_story *story, const struct gen_step *step);
void gen_step_restart(struct gen_story *story, const struct gen_step *step);

#endif
