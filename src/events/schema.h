/*
 * A schema: what the cells of a run of rows mean. One is made for each different header that a
 * log shows; it lives as long as the struct text_log that made it. Read-only once made.
 */
#ifndef HAUBERK_EVENTS_SCHEMA_H
#define HAUBERK_EVENTS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "events/family.h"

#define COLUMNS_MAX 256 /* the widest known family, EWS, has 92 */
#define COLUMN_NONE SIZE_MAX

struct schema {
    const struct family *family;
    size_t count;
    struct slice *names;     /* as written in the header */
    size_t role[ROLE_COUNT]; /* column index or COLUMN_NONE */
    bool hits_only; /* an export of suspicious rows (Test-ProxyLogon): never coverage */
    bool unique;    /* no two columns are of one name */
    bool assumed;   /* rows without header, columns assumed from their shape */
};

/* Names are copied into the arena; more than COLUMNS_MAX are cut. */
const struct schema *schema_new(struct arena *arena, const struct family *family,
                                const struct slice *names, size_t count, bool hits_only,
                                bool assumed);

/* The schema of rows without header, from family->columns. NULL when the family has no list. */
const struct schema *schema_assumed(struct arena *arena, const struct family *family);

/* Exact name first, then the same without regard to case; COLUMN_NONE when there is none. */
size_t schema_find(const struct schema *schema, struct slice name);

#endif
