#include "sigma/placeholders.h"

#include <stdlib.h>

void sigma_placeholders_deinit(struct sigma_placeholders *placeholders)
{
    for (size_t i = 0; i < placeholders->count; i++)
        free(placeholders->lists[i].values);
    free(placeholders->lists);
    arena_deinit(&placeholders->arena);
    *placeholders = (struct sigma_placeholders)SIGMA_PLACEHOLDERS_INIT;
}

static struct sigma_placeholder *find(const struct sigma_placeholders *placeholders,
                                      struct slice name)
{
    for (size_t i = 0; placeholders && i < placeholders->count; i++)
        if (slice_eq(placeholders->lists[i].name, name))
            return &placeholders->lists[i];
    return NULL;
}

const struct sigma_placeholder *
sigma_placeholders_find(const struct sigma_placeholders *placeholders, struct slice name)
{
    return find(placeholders, name);
}

static struct sigma_placeholder *find_or_add(struct sigma_placeholders *placeholders,
                                             struct slice name)
{
    struct sigma_placeholder *list = find(placeholders, name);
    if (list)
        return list;
    placeholders->lists = mem_reserve(placeholders->lists, placeholders->count,
                                      &placeholders->capacity, sizeof *list);
    list = &placeholders->lists[placeholders->count++];
    *list = (struct sigma_placeholder){ .name = arena_copy(&placeholders->arena, name) };
    return list;
}

static void add_value(struct sigma_placeholder *list, struct slice value)
{
    list->values = mem_reserve(list->values, list->count, &list->capacity, sizeof value);
    list->values[list->count++] = value;
}

static bool can_stand_in_a_rule(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!name.ptr[i] || strchr("%\\*?", name.ptr[i]))
            return false;
    return name.len > 0;
}

int sigma_placeholders_add(struct sigma_placeholders *placeholders, struct slice name,
                           struct slice text, struct err *err)
{
    if (!can_stand_in_a_rule(name))
        return err_set(err, ERR_USAGE, "\"%.*s\" is no name of a placeholder",
                       SLICE_FMT(slice_first(name, 100)));
    if (slice_starts(text, SLICE_LIT("\xEF\xBB\xBF")))
        text = slice_from_offset(text, 3);
    struct sigma_placeholder *list = find_or_add(placeholders, name);
    placeholders->text_hash =
        (placeholders->text_hash * 31 + slice_hash(name, false)) * 31 + slice_hash(text, false);
    struct slice rest = arena_copy(&placeholders->arena, text);
    while (rest.ptr) {
        struct slice value = slice_trim(slice_cut(&rest, '\n'));
        if (value.len && value.ptr[0] != '#')
            add_value(list, value);
    }
    if (list->count == 0)
        return err_set(err, ERR_USAGE, "the list of %%%.*s%% holds no value",
                       SLICE_FMT(slice_first(name, 100)));
    return 0;
}
