/* Texts and shapes, each kept once; both are bounded, and what is beyond is passing. */
#include "events/evtx_internal.h"

#include <stdlib.h>

#include "base/utf16.h"

struct shape_entry {
    struct evtx_shape shape; /* first: a shape is its entry */
    uint64_t hash;
    uint32_t columns[];
};

/* --- hashing --------------------------------------------------------------------------------
 */

uint64_t evtx_hash(const void *bytes, size_t len)
{
    const char *p = bytes;
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ len;
    while (len > 0) {
        uint64_t word = 0;
        size_t step = len < sizeof word ? len : sizeof word;
        memcpy(&word, p, step);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        p += step;
        len -= step;
    }
    return hash;
}

void hash_table_init(struct hash_table *table, uint32_t size)
{
    table->slots = mem_alloc(size * sizeof *table->slots);
    table->size = size;
}

void hash_table_clear(struct hash_table *table)
{
    memset(table->slots, 0, table->size * sizeof *table->slots);
}

/* --- texts ----------------------------------------------------------------------------------
 */

/* These are the first texts, so that their ids are known: TEXT_EVENT, then the roles. */
enum system_role {
    SYSTEM_PROVIDER,
    SYSTEM_EVENT_ID,
    SYSTEM_CHANNEL,
    SYSTEM_COMPUTER,
    SYSTEM_TIME_CREATED,
    SYSTEM_RECORD_NUMBER,
    SYSTEM_LEVEL,
    SYSTEM_USER,
    SYSTEM_ROLES,
};

static const char *const role_names[SYSTEM_ROLES] = {
    [SYSTEM_PROVIDER] = "Provider_Name",
    [SYSTEM_EVENT_ID] = "EventID",
    [SYSTEM_CHANNEL] = "Channel",
    [SYSTEM_COMPUTER] = "Computer",
    [SYSTEM_TIME_CREATED] = "TimeCreated_SystemTime",
    [SYSTEM_RECORD_NUMBER] = "EventRecordID",
    [SYSTEM_LEVEL] = "Level",
    [SYSTEM_USER] = "Security_UserID",
};

/* The slot of the text, or a free one; NULL after too many steps. */
static uint32_t *text_slot(const struct texts *texts, struct slice text)
{
    uint32_t mask = texts->table.size - 1;
    uint32_t at = (uint32_t)evtx_hash(text.ptr, text.len) & mask;
    for (unsigned i = 0; i < 2 * PROBES; i++, at = (at + 1) & mask) {
        uint32_t *slot = &texts->table.slots[at];
        if (*slot == 0 || slice_eq(texts->kept[*slot - 1], text))
            return slot;
    }
    return NULL;
}

static uint32_t text_keep(struct texts *texts, struct slice text, uint32_t *slot)
{
    texts->kept = mem_reserve(texts->kept, texts->count, &texts->capacity, sizeof *texts->kept);
    texts->kept[texts->count] = arena_copy(&texts->arena, text);
    *slot = ++texts->count;
    return texts->count - 1;
}

static uint32_t text_pass(struct evtx *reader, struct slice text)
{
    struct texts *texts = &reader->texts;
    texts->passing = mem_reserve(texts->passing, texts->passing_count, &texts->passing_capacity,
                                 sizeof *texts->passing);
    texts->passing[texts->passing_count] = arena_copy(&reader->chunk_scratch, text);
    return TEXTS_MAX + texts->passing_count++;
}

uint32_t evtx_text_id(struct evtx *reader, struct slice text)
{
    struct texts *texts = &reader->texts;
    if (!evtx_spend(reader, text.len + VALUE_WORK))
        return TEXT_NONE;
    uint32_t *slot = text_slot(texts, text);
    if (slot && *slot)
        return *slot - 1;
    bool room = texts->count < TEXTS_MAX && texts->arena.used + text.len < TEXTS_BYTES;
    return slot && room ? text_keep(texts, text, slot) : text_pass(reader, text);
}

uint32_t evtx_text_id_utf16(struct evtx *reader, const char *bytes, size_t units)
{
    char small[64 * UTF8_PER_UNIT];
    if (units <= 64)
        return evtx_text_id(reader, slice_of(small, utf16le_to_utf8(bytes, units, small)));
    if (!evtx_spend(reader, units))
        return TEXT_NONE;
    AUTO_FREE char *large = mem_alloc(units * UTF8_PER_UNIT);
    return evtx_text_id(reader, slice_of(large, utf16le_to_utf8(bytes, units, large)));
}

struct slice evtx_text(const struct evtx *reader, uint32_t id)
{
    const struct texts *texts = &reader->texts;
    return id < TEXTS_MAX ? texts->kept[id] : texts->passing[id - TEXTS_MAX];
}

void texts_init(struct evtx *reader)
{
    hash_table_init(&reader->texts.table, 2 * TEXTS_MAX);
    reader->left = RECORD_WORK;
    evtx_text_id(reader, SLICE_LIT("Event"));
    for (size_t i = 0; i < SYSTEM_ROLES; i++)
        evtx_text_id(reader, slice_from(role_names[i]));
}

void texts_end_chunk(struct texts *texts)
{
    texts->passing_count = 0;
}

void texts_deinit(struct texts *texts)
{
    arena_deinit(&texts->arena);
    free(texts->kept);
    free(texts->passing);
    free(texts->table.slots);
}

/* --- shapes ---------------------------------------------------------------------------------
 */

static bool column_passes(uint32_t column)
{
    return column >> 1 >= TEXTS_MAX;
}

static size_t *role_of(struct evtx_shape *shape, enum system_role role)
{
    size_t *const roles[SYSTEM_ROLES] = {
        [SYSTEM_PROVIDER] = &shape->provider,
        [SYSTEM_EVENT_ID] = &shape->event_id,
        [SYSTEM_CHANNEL] = &shape->channel,
        [SYSTEM_COMPUTER] = &shape->computer,
        [SYSTEM_TIME_CREATED] = &shape->time_created,
        [SYSTEM_RECORD_NUMBER] = &shape->record_number,
        [SYSTEM_LEVEL] = &shape->level,
        [SYSTEM_USER] = &shape->user,
    };
    return roles[role];
}

/* The first column of a name has its role. */
static void shape_find_roles(struct evtx_shape *shape, const uint32_t *columns, size_t count)
{
    for (size_t role = 0; role < SYSTEM_ROLES; role++) {
        size_t *out = role_of(shape, (enum system_role)role);
        *out = SIZE_MAX;
        for (size_t i = 0; i < count && *out == SIZE_MAX; i++)
            if (columns[i] == COLUMN(TEXT_EVENT + 1 + role, 1))
                *out = i;
    }
}

static void shape_fill(const struct evtx *reader, struct evtx_shape *shape, struct arena *arena)
{
    uint32_t count = reader->value_count;
    struct slice *names = arena_array(arena, count, sizeof *names);
    for (uint32_t i = 0; i < count; i++)
        names[i] = evtx_text(reader, reader->columns[i] >> 1);
    shape->count = count;
    shape->names = names;
    shape_find_roles(shape, reader->columns, count);
}

static const struct evtx_shape *shape_pass(struct evtx *reader)
{
    struct evtx_shape *shape = &reader->shapes.passing;
    shape_fill(reader, shape, &reader->record_scratch);
    shape->id = UINT32_MAX;
    shape->passing = true;
    return shape;
}

static bool shape_fits(const struct evtx *reader, const struct shape_entry *entry)
{
    return entry->shape.count == reader->value_count &&
           memcmp(entry->columns, reader->columns, reader->value_count * sizeof(uint32_t)) == 0;
}

static uint32_t *shape_slot(const struct evtx *reader, uint64_t hash)
{
    const struct shapes *shapes = &reader->shapes;
    uint32_t mask = shapes->table.size - 1, at = (uint32_t)hash & mask;
    for (unsigned i = 0; i < 2 * PROBES; i++, at = (at + 1) & mask) {
        uint32_t *slot = &shapes->table.slots[at];
        if (*slot == 0)
            return slot;
        const struct shape_entry *entry = shapes->entries[*slot - 1];
        if (entry->hash == hash && shape_fits(reader, entry))
            return slot;
    }
    return NULL;
}

static bool shape_may_be_kept(const struct evtx *reader)
{
    const struct shapes *shapes = &reader->shapes;
    size_t bytes = reader->value_count * (sizeof(uint32_t) + sizeof(struct slice));
    if (shapes->count >= SHAPES_MAX || shapes->arena.used + bytes > SHAPES_BYTES)
        return false;
    for (uint32_t i = 0; i < reader->value_count; i++)
        if (column_passes(reader->columns[i]))
            return false;
    return true;
}

static const struct evtx_shape *shape_keep(struct evtx *reader, uint64_t hash, uint32_t *slot)
{
    struct shapes *shapes = &reader->shapes;
    size_t bytes = reader->value_count * sizeof(uint32_t);
    struct shape_entry *entry = arena_alloc(&shapes->arena, sizeof *entry + bytes);
    shape_fill(reader, &entry->shape, &shapes->arena);
    memcpy(entry->columns, reader->columns, bytes);
    entry->hash = hash;
    entry->shape.id = shapes->count;
    shapes->entries = mem_reserve(shapes->entries, shapes->count, &shapes->capacity,
                                  sizeof(struct shape_entry *));
    shapes->entries[shapes->count] = entry;
    *slot = ++shapes->count;
    return &entry->shape;
}

const struct evtx_shape *evtx_shape_get(struct evtx *reader, const struct evtx_shape *guess)
{
    if (guess && shape_fits(reader, (const struct shape_entry *)guess))
        return guess;
    uint64_t hash = evtx_hash(reader->columns, reader->value_count * sizeof(uint32_t));
    uint32_t *slot = shape_slot(reader, hash);
    if (slot && *slot)
        return &reader->shapes.entries[*slot - 1]->shape;
    return slot && shape_may_be_kept(reader) ? shape_keep(reader, hash, slot)
                                             : shape_pass(reader);
}

void shapes_init(struct shapes *shapes)
{
    hash_table_init(&shapes->table, 4 * SHAPES_MAX);
}

void shapes_deinit(struct shapes *shapes)
{
    arena_deinit(&shapes->arena);
    free(shapes->entries);
    free(shapes->table.slots);
}
