#include "events/schema.h"

size_t schema_find(const struct schema *schema, struct slice name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (slice_eq(schema->names[i], name))
            return i;
    for (size_t i = 0; i < schema->count; i++)
        if (slice_icase_eq(schema->names[i], name))
            return i;
    return COLUMN_NONE;
}

static size_t find_role(const struct schema *schema, struct slice names)
{
    size_t column = COLUMN_NONE;
    while (names.ptr && column == COLUMN_NONE)
        column = schema_find(schema, column_next(&names));
    return column;
}

static bool has_unique_names(const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t k = i + 1; k < schema->count; k++)
            if (slice_eq(schema->names[i], schema->names[k]))
                return false;
    return true;
}

const struct schema *schema_new(struct arena *arena, const struct family *family,
                                const struct slice *names, size_t count, bool hits_only,
                                bool assumed)
{
    struct schema *schema = arena_alloc(arena, sizeof *schema);
    schema->family = family;
    schema->count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    schema->names = arena_array(arena, schema->count, sizeof *schema->names);
    for (size_t i = 0; i < schema->count; i++)
        schema->names[i] = arena_copy(arena, names[i]);
    for (size_t r = 0; r < ROLE_COUNT; r++)
        schema->role[r] = find_role(schema, slice_from(family->roles[r]));
    schema->unique = has_unique_names(schema);
    schema->hits_only = hits_only;
    schema->assumed = assumed;
    return schema;
}

const struct schema *schema_assumed(struct arena *arena, const struct family *family)
{
    struct slice names[COLUMNS_MAX];
    size_t count = 0;
    struct slice rest = slice_from(family->columns);
    while (rest.ptr && count < COLUMNS_MAX)
        names[count++] = column_next(&rest);
    return count ? schema_new(arena, family, names, count, false, true) : NULL;
}
