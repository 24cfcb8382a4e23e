/*
 * The case: everything a hunt found, in one SQLite file that a responder can query
 * (docs/case-file.md describes its tables). The coordinator alone writes it.
 *
 * Writes are grouped into transactions that end with whole items, so that an interrupted case
 * holds whole items only and can be continued. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_CASEFILE_H
#define HAUBERK_CASEFILE_CASEFILE_H

#include "base/err.h"
#include "casefile/query.h"
#include "casefile/record.h"
#include "sigma/rule.h"

struct casefile;

/*
 * Opens a new case at `path`; NULL makes a temporary one that vanishes with the program.
 * `fingerprint` stands for evidence, rules and options. A file that exists is refused unless it
 * is an unfinished case of the same fingerprint: then 1 is returned and the hunt goes on in it.
 */
int casefile_create(struct casefile **out, const char *path, struct slice fingerprint,
                    struct err *err);

/* Opens a finished or partial case for reading. */
int casefile_open(struct casefile **out, const char *path, struct err *err);
/* The same to change what was decided about its findings (casefile/triage.h). */
int casefile_open_changing(struct casefile **out, const char *path, struct err *err);
/* A temporary copy of a case, which may be changed; the file stays as it is. */
int casefile_open_copy(struct casefile **out, const char *path, struct err *err);
/* Attaches another case, as `old`, to one that is open for reading; both stay unchanged. */
int casefile_attach(struct casefile *casefile, const char *path, struct err *err);
int casefile_close(struct casefile *casefile, struct err *err); /* commits; NULL is fine */

/* First error of the database since it was opened; 0 when there was none. */
int casefile_error(const struct casefile *casefile, struct err *err);

void casefile_set_meta(struct casefile *casefile, const char *key, struct slice value);
void casefile_add_rules(struct casefile *casefile, const struct sigma_set *set);
void casefile_add_root(struct casefile *casefile, size_t root, struct slice path,
                       struct slice name);
void casefile_add_item(struct casefile *casefile, uint64_t item, size_t root, struct slice path,
                       uint64_t size);
void casefile_add_trouble(struct casefile *casefile, struct slice path, struct slice reason,
                          bool skipped);

/* Was the item read completely before the case was interrupted? */
bool casefile_item_done(struct casefile *casefile, uint64_t item);

/* A worker's record; RECORD_PROGRESS is ignored. */
void casefile_add_record(struct casefile *casefile, uint64_t item, const struct record *record);
void casefile_add_damage(struct casefile *casefile, uint64_t item, uint64_t offset,
                         const char *reason);
/* Drops what an item said so far: it will be read again. */
void casefile_forget_item(struct casefile *casefile, uint64_t item);

/* Ends a transaction now and then; cheap to call often. */
void casefile_checkpoint(struct casefile *casefile);

/* SQL without rows or parameters. */
void casefile_execute(struct casefile *casefile, const char *sql);

int64_t casefile_count(struct casefile *casefile,
                       const char *sql); /* first column, first row */

#endif
