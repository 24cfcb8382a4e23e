/*
 * What the parts of the verdict share: each reads one kind of fact about a host from the case
 * into struct host_verdict. For verdict*.c only.
 */
#ifndef HAUBERK_CASEFILE_VERDICT_INTERNAL_H
#define HAUBERK_CASEFILE_VERDICT_INTERNAL_H

#include "casefile/verdict.h"

/* Opens a query whose first parameter is the host. */
void verdict_query(struct query *query, struct casefile *casefile, const char *sql,
                   struct slice host);
/* Makes SQLite take the index finding_source, which holds these rows only. */
#define BY_SOURCE(table) table "stage<>'none' AND " table "source<>''"

int64_t verdict_count(struct casefile *casefile, const char *sql, struct slice host);

/* Columns `column` to `column`+2: path, offset, row. */
struct proof verdict_proof(struct query *query, struct arena *arena, int column);

void verdict_read_runs(struct casefile *casefile, struct arena *arena, struct host_verdict *v);
void verdict_read_pages(struct casefile *casefile, struct arena *arena, struct host_verdict *v);
/* After verdict_read_pages(). */
void verdict_read_disk(struct casefile *casefile, struct arena *arena, struct host_verdict *v);
void verdict_read_settings(struct casefile *casefile, struct arena *arena,
                           struct host_verdict *v);
void verdict_read_coverage(struct casefile *casefile, struct arena *arena,
                           struct host_verdict *v);
void verdict_read_story(struct casefile *casefile, struct arena *arena, struct host_verdict *v);

/* After all others. `story`: the host has findings that tell something. */
void verdict_read_harm(struct casefile *casefile, struct arena *arena, struct host_verdict *v,
                       bool story);

/* Fills v->blind from the write and the coverage of IIS and HttpProxy. */
void verdict_find_blind_time(struct host_verdict *v);

/* The page (a key in normal form) in the letters of the request, when these are the same path.
 */
struct slice verdict_page_as_written(struct arena *arena, struct slice page, struct slice path);

#endif
