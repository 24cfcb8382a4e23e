/* A schema out of "date,time,cs-method", for tests of rows. NULL: the columns of the family. */
#ifndef HAUBERK_TESTS_SCHEMA_MAKER_H
#define HAUBERK_TESTS_SCHEMA_MAKER_H

#include "events/schema.h"

static inline const struct schema *schema_from(struct arena *arena, enum family_id id,
                                               const char *columns, bool hits_only)
{
    struct slice names[COLUMNS_MAX];
    size_t count = 0;
    struct slice rest = slice_from(columns ? columns : family_get(id)->columns);
    while (rest.ptr)
        names[count++] = column_next(&rest);
    return schema_new(arena, family_get(id), names, count, hits_only, false);
}

#endif
