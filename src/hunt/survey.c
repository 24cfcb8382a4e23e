#include "hunt/survey.h"

#include <stdlib.h>

#include "base/map.h"

#define SOURCES_MAX 4096
#define COLUMNS_TOLD_MAX (SOURCES_MAX * 32) /* of all sources together */
#define NAME_MAX_BYTES 128                  /* longer names of columns are left out */

/* Where the columns of the last row are: the next one is mostly of the same source. */
struct places {
    const struct schema *schema; /* NULL: not known */
    size_t source;               /* its index */
    size_t at[COLUMNS_MAX];      /* place, as survey_column.next; 0: left out */
};

struct survey {
    struct map index; /* family, id, host, and maybe a column → position + 1 */
    struct buf key;
    size_t source_count, source_capacity;
    struct survey_source *sources;
    size_t column_count, column_capacity;
    struct survey_column *columns;
    uint64_t left_out;
    struct places last;
};

struct survey *survey_new(void)
{
    return mem_alloc(sizeof(struct survey));
}

void survey_reset(struct survey *survey)
{
    map_deinit(&survey->index);
    survey->source_count = survey->column_count = 0;
    survey->left_out = 0;
    survey->last.schema = NULL;
}

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    map_deinit(&survey->index);
    buf_deinit(&survey->key);
    free(survey->sources);
    free(survey->columns);
    free(survey);
}

size_t survey_count(const struct survey *survey)
{
    return survey->source_count;
}

const struct survey_source *survey_get(const struct survey *survey, size_t index)
{
    return &survey->sources[index];
}

const struct survey_column *survey_column(const struct survey *survey, size_t place)
{
    return place ? &survey->columns[place - 1] : NULL;
}

uint64_t survey_left_out(const struct survey *survey)
{
    return survey->left_out;
}

/* ---- adding ---------------------------------------------------------------------------------
 */

/*
 * The place of `name` under the numbers that own it: 0 when it is new. A new one becomes
 * `place`, unless that is 0. *kept is the copy of the name.
 */
static size_t place_of(struct survey *survey, uint64_t owner, uint64_t id, struct slice name,
                       size_t place, struct slice *kept)
{
    buf_clear(&survey->key);
    buf_put_u64(&survey->key, owner);
    buf_put_u64(&survey->key, id);
    buf_add_slice(&survey->key, name);
    const uint64_t *known = map_find(&survey->index, buf_slice(&survey->key));
    if (known || !place)
        return known ? (size_t)*known : 0;
    *map_at(&survey->index, buf_slice(&survey->key), NULL) = place;
    *kept = arena_copy(&survey->index.arena, name);
    return 0;
}

/* Owners of columns are sources, and owners of sources are families: numbers apart. */
#define OWNER_IS_SOURCE (UINT64_C(1) << 32)

/* NULL when there are too many. */
static struct survey_source *source_for(struct survey *survey, const struct family *family,
                                        uint64_t event_id, struct slice host)
{
    bool full = survey->source_count == SOURCES_MAX;
    struct slice kept = SLICE_NULL;
    host = slice_first(host, NAME_MAX_BYTES);
    size_t place = place_of(survey, (uint64_t)family->id, event_id, host,
                            full ? 0 : survey->source_count + 1, &kept);
    if (place)
        return &survey->sources[place - 1];
    survey->left_out += full;
    if (full)
        return NULL;
    survey->sources = mem_reserve(survey->sources, survey->source_count,
                                  &survey->source_capacity, sizeof *survey->sources);
    struct survey_source *source = &survey->sources[survey->source_count++];
    *source = (struct survey_source){
        .family = family, .event_id = event_id, .host = kept, .from = TIME_NONE, .to = TIME_NONE
    };
    return source;
}

static void add_time(struct survey_source *source, int64_t time)
{
    if (time == TIME_NONE)
        return;
    if (source->from == TIME_NONE || time < source->from)
        source->from = time;
    if (source->to == TIME_NONE || time > source->to)
        source->to = time;
}

/* The place of a column, made when it is new; 0 when there are too many. */
static size_t column_for(struct survey *survey, struct survey_source *source, struct slice name)
{
    struct slice kept = SLICE_NULL;
    uint64_t owner = OWNER_IS_SOURCE + (uint64_t)(source - survey->sources);
    bool full = survey->column_count == COLUMNS_TOLD_MAX ||
                source->column_count == SURVEY_COLUMNS_MAX || name.len > NAME_MAX_BYTES;
    size_t place = place_of(survey, owner, 0, name, full ? 0 : survey->column_count + 1, &kept);
    if (place)
        return place;
    survey->left_out += full;
    if (full)
        return 0;
    survey->columns = mem_reserve(survey->columns, survey->column_count,
                                  &survey->column_capacity, sizeof *survey->columns);
    survey->columns[survey->column_count++] =
        (struct survey_column){ kept, false, source->first_column };
    source->first_column = survey->column_count;
    source->column_count++;
    return survey->column_count;
}

static void fill(struct survey *survey, size_t place)
{
    if (place)
        survey->columns[place - 1].filled = true;
}

/*
 * Schemas of text logs live as long as their item, so the last one can be told by its address;
 * those of event logs may not.
 */
static const size_t *find_places(struct survey *survey, struct survey_source *source,
                                 const struct schema *schema)
{
    struct places *last = &survey->last;
    size_t index = (size_t)(source - survey->sources);
    if (last->schema == schema && last->source == index)
        return last->at;
    for (size_t i = 0; i < schema->count; i++)
        last->at[i] = column_for(survey, source, schema->names[i]);
    last->schema = schema->family->format == FORMAT_EVTX ? NULL : schema;
    last->source = index;
    return last->at;
}

void survey_add(struct survey *survey, const struct event *event, uint64_t event_id)
{
    struct slice host = event_host(event);
    struct survey_source *source =
        source_for(survey, event->schema->family, event_id, host.ptr ? host : slice_from(""));
    if (!source)
        return;
    source->events++;
    add_time(source, event->time);
    const size_t *places = find_places(survey, source, event->schema);
    for (size_t i = 0; i < event->schema->count; i++)
        if (event_cell(event, i).len)
            fill(survey, places[i]);
    for (size_t i = 0; i < event->pair_count; i++) {
        size_t place = column_for(survey, source, event->pairs[i].name);
        if (event->pairs[i].value.len)
            fill(survey, place);
    }
}

/* ---- wire form ------------------------------------------------------------------------------
 */

void survey_put(const struct survey *survey, size_t index, struct buf *out)
{
    const struct survey_source *source = &survey->sources[index];
    buf_put_u32(out, (uint32_t)source->family->id);
    buf_put_u64(out, source->event_id);
    buf_put_text(out, source->host);
    buf_put_u64(out, (uint64_t)source->from);
    buf_put_u64(out, (uint64_t)source->to);
    buf_put_u64(out, source->events);
    buf_put_u64(out, index ? 0 : survey->left_out);
    const struct survey_column *column = survey_column(survey, source->first_column);
    for (; column; column = survey_column(survey, column->next)) {
        buf_put_u8(out, column->filled);
        buf_put_text(out, column->name);
    }
}

static bool is_time(int64_t time)
{
    return time == TIME_NONE || (time >= TIME_FIRST && time <= TIME_LAST);
}

bool survey_take(struct survey *survey, struct wire *wire)
{
    const struct family *family = family_get((enum family_id)wire_u32(wire));
    uint64_t event_id = wire_u64(wire);
    struct slice host = wire_text(wire);
    int64_t from = (int64_t)wire_u64(wire), to = (int64_t)wire_u64(wire);
    uint64_t events = wire_u64(wire), left_out = wire_u64(wire);
    if (wire->failed || !family || !host.ptr || !is_time(from) || !is_time(to))
        return false;
    survey->left_out += left_out;
    struct survey_source *source = source_for(survey, family, event_id, host);
    if (!source)
        return true;
    source->events += events;
    add_time(source, from);
    add_time(source, to);
    while (wire->len && !wire->failed) {
        bool filled = wire_u8(wire);
        struct slice name = wire_text(wire);
        size_t place = wire->failed || !name.ptr ? 0 : column_for(survey, source, name);
        if (filled)
            fill(survey, place);
    }
    return !wire->failed;
}
