#include "hunt/context_keys.h"

#include <stdlib.h>

#include <jansson.h>

#include "hunt/context.h"

const char *shared_name(enum shared shared)
{
    switch (shared) {
    case SHARED_SOURCE:
        return "source";
    case SHARED_SESSION:
        return "session";
    case SHARED_REQUEST:
        return "request";
    case SHARED_LOGON:
        return "logon";
    case SHARED_PROCESS:
        return "process";
    case SHARED_USER:
        return "user";
    case SHARED_NEAR:
        return "log";
    }
    return "";
}

int place_compare(const struct row_place *a, const struct row_place *b)
{
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* ---- keys -----------------------------------------------------------------------------------
 */

static bool has_host(enum shared shared)
{
    return shared == SHARED_LOGON || shared == SHARED_USER || shared == SHARED_NEAR;
}

static void key_text(enum shared shared, struct slice host, struct slice id, struct buf *out)
{
    buf_clear(out);
    buf_add_char(out, (char)shared);
    if (has_host(shared)) {
        buf_add_slice(out, host);
        buf_add_char(out, '\x1f');
    }
    for (size_t i = 0; i < id.len; i++)
        buf_add_char(out, ascii_lower(id.ptr[i]));
}

size_t context_keys_find(const struct context_keys *keys, enum shared shared, struct slice host,
                         struct slice id, struct buf *scratch)
{
    if (!id.len)
        return SIZE_MAX;
    key_text(shared, host, id, scratch);
    const uint64_t *found = map_find(&keys->by_text, buf_slice(scratch));
    return found ? (size_t)*found - 1 : SIZE_MAX;
}

/* Where the anchor stands or would stand: the number of anchors in front of the place. */
static size_t anchors_before(const struct context_key *key, const struct row_place *place)
{
    size_t low = 0, high = key->anchor_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (place_compare(&key->anchors[middle], place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t context_gap_of(const struct context_key *key, const struct row_place *place)
{
    return key->first_gap + anchors_before(key, place);
}

static void add_anchor(struct context_key *key, const struct row_place *place)
{
    size_t at = anchors_before(key, place);
    if (at < key->anchor_count && place_compare(&key->anchors[at], place) == 0)
        return;
    key->anchors = mem_reserve(key->anchors, key->anchor_count, &key->anchor_capacity,
                               sizeof *key->anchors);
    memmove(key->anchors + at + 1, key->anchors + at,
            (key->anchor_count - at) * sizeof *key->anchors);
    key->anchors[at] = *place;
    key->anchor_count++;
}

/* ---- findings → keys ------------------------------------------------------------------------
 */

#define KEY_LENGTH_MIN 4 /* shorter ones stand in every row */

struct chooser {
    struct context_keys *keys;
    size_t room;  /* anchors that may be added yet */
    bool refused; /* the finding at hand has a key for which there is no room */
    struct buf text;
};

static void add_key(struct chooser *chooser, struct context_finding *finding,
                    enum shared shared, struct slice host, struct slice id)
{
    struct context_keys *keys = chooser->keys;
    if (id.len < KEY_LENGTH_MIN && shared != SHARED_USER && shared != SHARED_NEAR)
        return;
    size_t index = context_keys_find(keys, shared, host, id, &chooser->text);
    if (index == SIZE_MAX) {
        chooser->refused |= id.len && keys->key_count == CONTEXT_KEYS_MAX;
        if (!id.len || keys->key_count == CONTEXT_KEYS_MAX)
            return;
        index = keys->key_count++;
        *map_at(&keys->by_text, buf_slice(&chooser->text), NULL) = keys->key_count;
        keys->keys[index].text = arena_copy(&keys->by_text.arena, buf_slice(&chooser->text));
    }
    for (size_t i = 0; i < finding->key_count; i++)
        if (finding->keys[i] == index)
            return;
    if (finding->key_count == CONTEXT_SHARED_MAX) {
        chooser->refused = true;
        return;
    }
    finding->keys[finding->key_count++] = index;
}

/* Logons of the system itself and none: what everybody has joins nothing. */
static bool is_common_logon(struct slice id)
{
    static const char *const common[] = { "0x0", "0x3e7", "0x3e4", "0x3e5", "-" };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (slice_icase_eq(id, slice_from(common[i])))
            return true;
    return false;
}

static void add_log_keys(struct chooser *chooser, struct context_finding *finding,
                         struct slice host, struct query *q)
{
    static const char *const logons[] = { "TargetLogonId", "SubjectLogonId", "LogonId" };
    struct slice stored = query_text(q, 10);
    json_t *fields =
        json_loadb(stored.ptr ? stored.ptr : "{}", stored.ptr ? stored.len : 2, 0, NULL);
    for (size_t i = 0; i < sizeof logons / sizeof *logons; i++) {
        struct slice id = slice_from(json_string_value(json_object_get(fields, logons[i])));
        if (id.len && !is_common_logon(id))
            add_key(chooser, finding, SHARED_LOGON, host, id);
    }
    add_key(chooser, finding, SHARED_PROCESS, host,
            slice_from(json_string_value(json_object_get(fields, "ProcessGuid"))));
    json_decref(fields);
    if (!finding->key_count)
        add_key(chooser, finding, SHARED_USER, host, query_text(q, 8));
    if (!finding->key_count)
        add_key(chooser, finding, SHARED_NEAR, host, query_text(q, 5));
    chooser->keys->event_logs = true;
}

static void choose(struct chooser *chooser, struct query *q)
{
    struct context_keys *keys = chooser->keys;
    struct context_finding finding = { .id = query_int(q, 0) };
    const struct family *family = family_by_name(query_text(q, 5));
    struct slice host = query_text(q, 4);
    finding.place = (struct row_place){ query_time(q, 3), (uint64_t)query_int(q, 1),
                                        (uint64_t)query_int(q, 2) };
    if (!query_int(q, 9))
        add_key(chooser, &finding, SHARED_SOURCE, host, query_text(q, 6));
    add_key(chooser, &finding, SHARED_SESSION, host, query_text(q, 7));
    add_key(chooser, &finding, SHARED_REQUEST, host, query_text(q, 11));
    if (family && family->format == FORMAT_EVTX)
        add_log_keys(chooser, &finding, host.ptr ? host : SLICE_LIT(""), q);
    bool fits = finding.key_count <= chooser->room;
    keys->left_out += chooser->refused || !fits;
    chooser->refused = false;
    if (!finding.key_count || !fits)
        return;
    chooser->room -= finding.key_count;
    for (size_t i = 0; i < finding.key_count; i++)
        add_anchor(&keys->keys[finding.keys[i]], &finding.place);
    keys->findings = mem_reserve(keys->findings, keys->finding_count, &keys->finding_capacity,
                                 sizeof *keys->findings);
    keys->findings[keys->finding_count++] = finding;
}

static void choose_all(struct context_keys *keys, struct casefile *casefile)
{
    struct query q;
    struct chooser chooser = { .keys = keys };
    /* Each anchor has a gap, each gap two ends of `most` events, and a key has one gap more. */
    chooser.room = CONTEXT_BYTES_MAX / (4 * keys->most * CONTEXT_ROW_MAX);
    query_open(&q, casefile,
               "SELECT f.id, f.item, f.offset, f.time, f.host, f.family, f.source, f.session,"
               " f.user, f.from_itself, e.fields, f.request_id FROM finding f"
               " LEFT JOIN event e ON e.id=f.event"
               " WHERE NOT f.silent AND NOT f.own_probe AND f.time IS NOT NULL"
               " ORDER BY f.grade DESC, f.time, f.item, f.offset, f.rule");
    while (query_next(&q))
        choose(&chooser, &q);
    query_close(&q);
    buf_deinit(&chooser.text);
}

static bool is_in_text(struct slice key)
{
    return key.ptr[0] == SHARED_SOURCE || key.ptr[0] == SHARED_SESSION ||
           key.ptr[0] == SHARED_REQUEST;
}

static void make_filter(struct context_keys *keys)
{
    AUTO_FREE struct slice *literals = mem_alloc((keys->key_count + 1) * sizeof *literals);
    size_t count = 0;
    for (size_t i = 0; i < keys->key_count; i++)
        if (keys->keys[i].anchor_count && is_in_text(keys->keys[i].text))
            literals[count++] = slice_from_offset(keys->keys[i].text, 1);
    if (count)
        keys->filter = prefilter_build(literals, count);
}

struct context_keys *context_keys_new(struct casefile *casefile, size_t most)
{
    struct context_keys *keys = mem_alloc(sizeof *keys);
    keys->most = most;
    keys->keys = mem_alloc(CONTEXT_KEYS_MAX * sizeof *keys->keys);
    choose_all(keys, casefile);
    for (size_t i = 0; i < keys->key_count; i++) {
        keys->keys[i].first_gap = keys->gap_count;
        keys->gap_count += keys->keys[i].anchor_count + 1;
    }
    keys->gaps = mem_alloc((keys->gap_count + 1) * sizeof *keys->gaps);
    make_filter(keys);
    return keys;
}

void context_keys_free(struct context_keys *keys)
{
    if (!keys)
        return;
    for (size_t i = 0; i < keys->gap_count; i++) {
        context_gap_clear(&keys->gaps[i]);
        free(keys->gaps[i].head);
        free(keys->gaps[i].tail);
    }
    for (size_t i = 0; i < keys->key_count; i++)
        free(keys->keys[i].anchors);
    prefilter_free(keys->filter);
    map_deinit(&keys->by_text);
    free(keys->keys);
    free(keys->findings);
    free(keys->gaps);
    free(keys);
}

/* ---- the nearest events ---------------------------------------------------------------------
 */

static struct neighbour copy_of(const struct neighbour *event)
{
    struct neighbour copy = *event;
    char *block = mem_alloc(event->host.len + event->row.len + 1);
    if (event->host.len)
        memcpy(block, event->host.ptr, event->host.len);
    if (event->row.len)
        memcpy(block + event->host.len, event->row.ptr, event->row.len);
    copy.host = slice_of(block, event->host.len);
    copy.row = slice_of(block + event->host.len, event->row.len);
    return copy;
}

static void drop(struct neighbour *event)
{
    free((char *)(uintptr_t)event->host.ptr);
}

/* Inserts in order; of more than `most` the first or the last ones stay. */
static void insert(struct neighbour *list, size_t *count, size_t most, bool keep_first,
                   const struct neighbour *event)
{
    size_t at = *count;
    while (at > 0 && place_compare(&list[at - 1].place, &event->place) > 0)
        at--;
    if (at > 0 && place_compare(&list[at - 1].place, &event->place) == 0)
        return;
    if (*count == most) {
        if (keep_first ? at == most : at == 0)
            return;
        size_t out = keep_first ? most - 1 : 0;
        drop(&list[out]);
        memmove(list + out, list + out + 1, (most - 1 - out) * sizeof *list);
        at -= keep_first ? 0 : 1;
        --*count;
    }
    memmove(list + at + 1, list + at, (*count - at) * sizeof *list);
    list[at] = copy_of(event);
    ++*count;
}

void context_keep(struct context_keys *keys, size_t index, const struct neighbour *event)
{
    struct gap *gap = &keys->gaps[index];
    if (!gap->head) {
        gap->head = mem_alloc(keys->most * sizeof *gap->head);
        gap->tail = mem_alloc((keys->most + 1) * sizeof *gap->tail);
    }
    insert(gap->head, &gap->head_count, keys->most, true, event);
    insert(gap->tail, &gap->tail_count, keys->most + 1, false, event);
}

void context_gap_clear(struct gap *gap)
{
    for (size_t i = 0; i < gap->head_count; i++)
        drop(&gap->head[i]);
    for (size_t i = 0; i < gap->tail_count; i++)
        drop(&gap->tail[i]);
    gap->head_count = gap->tail_count = 0;
}

/* ---- into the case --------------------------------------------------------------------------
 */

struct choice {
    const struct neighbour *event;
    enum shared shared;
};

static int compare_choices(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    int order = place_compare(&x->event->place, &y->event->place);
    return order ? order : (x->shared > y->shared) - (x->shared < y->shared);
}

/* The first `most` events of the key behind the finding. */
static size_t take_after(const struct context_keys *keys, const struct context_key *key,
                         const struct row_place *place, struct choice *out)
{
    size_t taken = 0;
    for (size_t g = anchors_before(key, place) + 1;
         g <= key->anchor_count && taken < keys->most; g++) {
        const struct gap *gap = &keys->gaps[key->first_gap + g];
        for (size_t i = 0; i < gap->head_count && taken < keys->most; i++)
            out[taken++] = (struct choice){ &gap->head[i], (enum shared)key->text.ptr[0] };
    }
    return taken;
}

/* The last ones in front of it. */
static size_t take_before(const struct context_keys *keys, const struct context_key *key,
                          const struct row_place *place, struct choice *out)
{
    size_t taken = 0;
    for (size_t g = anchors_before(key, place) + 1; g-- > 0 && taken < keys->most;) {
        const struct gap *gap = &keys->gaps[key->first_gap + g];
        for (size_t i = gap->tail_count; i-- > 0 && taken < keys->most;)
            if (place_compare(&gap->tail[i].place, place) < 0)
                out[taken++] = (struct choice){ &gap->tail[i], (enum shared)key->text.ptr[0] };
    }
    return taken;
}

static size_t without_repeats(struct choice *choices, size_t count)
{
    size_t kept = 0;
    qsort(choices, count, sizeof *choices, compare_choices);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 ||
            place_compare(&choices[i].event->place, &choices[kept - 1].event->place) != 0)
            choices[kept++] = choices[i];
    return kept;
}

static void store_one(struct query *q, int64_t finding, int64_t position,
                      const struct choice *choice)
{
    const struct neighbour *event = choice->event;
    query_bind_int(q, finding);
    query_bind_int(q, position);
    query_bind_int(q, (int64_t)event->place.item);
    query_bind_int(q, (int64_t)event->place.offset);
    query_bind_time(q, event->place.time);
    query_bind_text(q, event->host.len ? event->host : SLICE_NULL);
    query_bind_text(q, slice_from(family_get(event->family)->name));
    query_bind_text(q, slice_from(shared_name(choice->shared)));
    query_bind_text(q, event->row);
    query_run(q);
}

static void store_finding(const struct context_keys *keys,
                          const struct context_finding *finding, struct choice *choices,
                          struct query *q)
{
    size_t before = 0, after = 0;
    for (size_t i = 0; i < finding->key_count; i++)
        before +=
            take_before(keys, &keys->keys[finding->keys[i]], &finding->place, choices + before);
    before = without_repeats(choices, before);
    size_t first = before > keys->most ? before - keys->most : 0;
    for (size_t i = first; i < before; i++)
        store_one(q, finding->id, (int64_t)i - (int64_t)before, &choices[i]);
    for (size_t i = 0; i < finding->key_count; i++)
        after +=
            take_after(keys, &keys->keys[finding->keys[i]], &finding->place, choices + after);
    after = without_repeats(choices, after);
    for (size_t i = 0; i < after && i < keys->most; i++)
        store_one(q, finding->id, (int64_t)i + 1, &choices[i]);
}

void context_store(const struct context_keys *keys, struct casefile *casefile)
{
    struct query q;
    AUTO_FREE struct choice *choices =
        mem_alloc(keys->most * CONTEXT_SHARED_MAX * sizeof *choices);
    query_open(&q, casefile,
               "INSERT INTO context(finding, position, item, offset, time, host, family,"
               " shared, row) VALUES(?,?,?,?,?,?,?,?,?)");
    for (size_t i = 0; i < keys->finding_count; i++)
        store_finding(keys, &keys->findings[i], choices, &q);
    query_close(&q);
}
