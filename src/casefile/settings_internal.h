/* What the files of settings*.c share. For them only. */
#ifndef HAUBERK_CASEFILE_SETTINGS_INTERNAL_H
#define HAUBERK_CASEFILE_SETTINGS_INTERNAL_H

#include "casefile/settings.h"

/* A row of the table, of the host at hand; texts in the arena. */
struct setting_row {
    int64_t item;
    struct slice path;
    struct setting setting;
};

struct host_settings {
    struct arena *arena;
    size_t count, capacity;
    struct setting_row *rows; /* in the order of the files; free() it */
};

void settings_read_findings(struct casefile *casefile, struct arena *arena, struct slice host,
                            struct settings *out);

/* A mitigation of `row` at the end of the list; NULL when there is no room: it is counted. */
struct mitigation *settings_add_mitigation(struct settings *out, struct arena *arena,
                                           const struct setting_row *row,
                                           enum mitigation_id id);

/* ---- settings_rules.c: rules of URL Rewrite ---- */
void settings_judge_rules(const struct host_settings *host, struct settings *out);

/* ---- settings_protection.c: Extended Protection, pools, services ---- */
void settings_judge_others(const struct host_settings *host, struct settings *out);

#endif
