#include "events/event_fields.h"

#include <stdio.h>

struct list {
    const struct event *event;
    struct event_field *fields;
    size_t count, max;
    bool unique; /* all names are known to be different */
};

static struct slice numbered(const struct list *list, struct slice name, unsigned number)
{
    char *unique = arena_alloc(list->event->scratch, name.len + 16);
    int len = snprintf(unique, name.len + 16, "%.*s#%u", SLICE_FMT(name), number);
    return slice_of(unique, (size_t)len);
}

static struct slice unique_name(const struct list *list, struct slice name)
{
    unsigned same = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct slice other = list->fields[i].name;
        if (other.len < name.len || (other.len > name.len && other.ptr[name.len] != '#'))
            continue; /* the common case, without looking at the text */
        same += slice_starts(other, name);
    }
    return same ? numbered(list, name, same + 1) : name;
}

static void add(struct list *list, struct slice name, struct slice value)
{
    if (!value.len || list->count == list->max)
        return;
    if (!list->unique)
        name = unique_name(list, name);
    list->fields[list->count] = (struct event_field){ name, value };
    list->count++;
}

size_t event_fields(const struct event *event, struct event_field *out, size_t max)
{
    struct list list = { .event = event, .fields = out, .max = max };
    list.unique = event->schema->unique && event->pair_count == 0;
    bool ecp = event->schema->family->format == FORMAT_ECP && event->pair_count > 0;
    size_t cells = ecp && event->cell_count > 3 ? 3 : event->cell_count;
    for (size_t i = 0; i < cells; i++)
        add(&list, event->schema->names[i], event_cell(event, i));
    for (size_t i = 0; i < event->pair_count; i++)
        add(&list, event->pairs[i].name, event->pairs[i].value);
    return list.count;
}
