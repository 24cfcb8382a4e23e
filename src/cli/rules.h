/*
 * Loading rules: the embedded pack, or files and folders of the user; what is refused is kept
 * with file, line and reason.
 */
#ifndef HAUBERK_CLI_RULES_H
#define HAUBERK_CLI_RULES_H

#include "match/engine.h"
#include "sigma/placeholders.h"

/* Every *.yml of packs/exchange that was compiled in. */
void rules_add_embedded(struct sigma_set *set);

/* A file, or all *.yml and *.yaml below a folder. <0 when it cannot be read at all. */
int rules_add_path(struct sigma_set *set, const char *path, struct err *err);

/*
 * What --expand takes: NAME=FILE, or a folder whose files NAME.txt are the lists. <0 with *err
 * when a list cannot be read or holds nothing. Give the result to sigma_set.placeholders before
 * rules are added.
 */
int rules_add_placeholders(struct sigma_placeholders *placeholders, const char *argument,
                           struct err *err);

/*
 * Leaves out the rules whose id is in `disabled` (an unknown id is told on stderr), refuses
 * those whose expressions do not compile, and links.
 */
void rules_seal(struct sigma_set *set, char *const *disabled, size_t disabled_count);

/* "file:line: title: reason", fit for a terminal. */
void rules_refusal_text(struct buf *out, const struct sigma_refusal *refusal);

/* One line on stderr for each warning and refusal. */
void rules_print_refusals(const struct sigma_set *set);

/* Fields that Exchange knowledge adds to events, for struct engine_options. */
extern const struct derived_field rules_derived[];
extern const size_t rules_derived_count;

#endif
