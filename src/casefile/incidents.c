/*
 * Findings → incidents. Two findings of one host belong together when they share a key of the
 * tables in joins.h: the source address, a session, a request id, a foreign page that was
 * written, answered or lies on the disk; in event logs a process, a logon, an account. Rows
 * that name no source (ECP, cmdlets, the server's calls to itself) go to the incident whose
 * exploitation they stand next to in time; commands and what follows from them (event logs),
 * also to the one whose page answered next to them. Inside an incident, the actor is the source
 * address.
 */
#include "base/clock.h"
#include "base/map.h"
#include "casefile/finish.h"
#include "casefile/joins.h"
#include "exchange/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NEAR_MS (120 * MS_PER_SECOND) /* rows without source: this near to an exploit step */
#define FIELDS_MAX 500000             /* values of event logs that are joined */

struct joiner {
    struct map keys; /* "<host>\x1f<kind>:<text>" → group + 1 */
    size_t count, capacity;
    size_t *parent;   /* union-find over groups */
    bool with_fields; /* some findings are keys themselves: join_fields() */
    struct buf text;
};

static size_t find(struct joiner *joiner, size_t group)
{
    while (joiner->parent[group] != group) {
        joiner->parent[group] = joiner->parent[joiner->parent[group]];
        group = joiner->parent[group];
    }
    return group;
}

static void unite(struct joiner *joiner, size_t a, size_t b)
{
    a = find(joiner, a);
    b = find(joiner, b);
    if (a < b)
        joiner->parent[b] = a;
    else
        joiner->parent[a] = b;
}

static struct slice key_text(struct joiner *joiner, struct slice host, const char *kind,
                             struct slice text)
{
    buf_clear(&joiner->text);
    buf_add_slice(&joiner->text, host);
    buf_add_char(&joiner->text, '\x1f');
    buf_add_text(&joiner->text, kind);
    buf_add_slice(&joiner->text, text);
    return buf_slice(&joiner->text);
}

/* The group of a key, made when new; SIZE_MAX when there are `max` groups already. */
static size_t group_of(struct joiner *joiner, struct slice key, size_t max)
{
    const uint64_t *known = map_find(&joiner->keys, key);
    if (known)
        return find(joiner, *known - 1);
    if (joiner->count >= max)
        return SIZE_MAX;
    joiner->parent =
        mem_reserve(joiner->parent, joiner->count, &joiner->capacity, sizeof *joiner->parent);
    joiner->parent[joiner->count] = joiner->count;
    *map_at(&joiner->keys, key, NULL) = joiner->count + 1;
    return joiner->count++;
}

/* The columns that say where a finding belongs; in the order of FINDING_COLUMNS. */
struct row {
    int64_t id, time;
    struct slice host, source, session, request_id, page;
    bool from_itself, exploit;
    bool deed;        /* done on the machine: a command, or what follows from one */
    int64_t distance; /* to the step that claimed it so far; INT64_MAX: none did */
};

#define FINDING_COLUMNS                                                                        \
    "f.id, f.time, f.host, f.source, f.session, f.request_id,"                                 \
    " CASE WHEN (f.stage='answer' OR f.family='file') AND f.outcome='success' THEN f.page "    \
    "END, f.from_itself,"                                                                      \
    " f.outcome='success' AND f.stage IN ('reach','abuse','plant'), f.near_ms,"                \
    " f.stage IN ('answer','spread') AND f.page IS NULL"
#define FINDING_FILTER " WHERE f.stage IN " STAGES_TOLD " AND NOT f.own_probe AND NOT f.silent"

static struct row read_row(struct query *query)
{
    return (struct row){
        .id = query_int(query, 0),
        .time = query_time(query, 1),
        .host = query_text(query, 2),
        .source = query_text(query, 3),
        .session = query_text(query, 4),
        .request_id = query_text(query, 5),
        .page = query_text(query, 6),
        .from_itself = query_int(query, 7) != 0,
        .exploit = query_int(query, 8) != 0,
        .distance = query_is_null(query, 9) ? INT64_MAX : query_int(query, 9),
        .deed = query_int(query, 10) != 0,
    };
}

static bool has_actor(const struct row *row)
{
    struct ip ip;
    return row->source.len && !row->from_itself && ip_parse(row->source, &ip);
}

/* The key that stands for the finding itself. */
static struct slice id_key(struct joiner *joiner, struct slice host, int64_t id)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, id);
    return key_text(joiner, host, "finding:", slice_from(text));
}

static void join(struct joiner *joiner, struct slice host, const char *kind, struct slice text,
                 size_t max, size_t *group)
{
    if (!text.len)
        return;
    size_t other = group_of(joiner, key_text(joiner, host, kind, text), max);
    if (other == SIZE_MAX)
        return;
    if (*group != SIZE_MAX)
        unite(joiner, *group, other);
    *group = find(joiner, other);
}

/* What join_fields() found out about this row, if anything. */
static void join_by_id(struct joiner *joiner, const struct row *row, size_t *group)
{
    const uint64_t *known = joiner->with_fields
                                ? map_find(&joiner->keys, id_key(joiner, row->host, row->id))
                                : NULL;
    if (!known)
        return;
    size_t other = find(joiner, *known - 1);
    if (*group != SIZE_MAX)
        unite(joiner, *group, other);
    *group = find(joiner, other);
}

/* Joins all keys of a row; SIZE_MAX when it has none. */
static size_t group_of_row(struct joiner *joiner, const struct row *row)
{
    size_t group = SIZE_MAX;
    const struct slice values[JOIN_COLUMN_COUNT] = {
        [JOIN_SOURCE] = has_actor(row) ? row->source : SLICE_NULL,
        [JOIN_SESSION] = row->session,
        [JOIN_REQUEST] = row->request_id,
        [JOIN_PAGE] = row->page,
    };
    for (size_t i = 0; i < JOIN_COLUMN_COUNT; i++)
        join(joiner, row->host, joins_columns[i].kind, values[i], joins_columns[i].groups_max,
             &group);
    join_by_id(joiner, row, &group);
    return group;
}

/* ---- values of event logs, and pages that a row says were written ---- */

/* Where a value stood last: it joins rows no further apart than its window. */
struct last_use {
    int64_t time;
    size_t group;
};

struct uses {
    struct map known; /* key → index + 1 */
    size_t count, capacity;
    struct last_use *all;
};

static void unite_with(struct joiner *joiner, struct slice host, int64_t id, size_t other)
{
    size_t group = group_of(joiner, id_key(joiner, host, id), SIZE_MAX);
    unite(joiner, group, other);
    joiner->with_fields = true;
}

/* Rows come in the order of time. */
static void use_value(struct joiner *joiner, struct uses *uses, const struct join_by_field *by,
                      const struct row *row, struct slice value)
{
    if (uses->count >= FIELDS_MAX || !by->usable(value))
        return;
    bool added;
    size_t group = group_of(joiner, id_key(joiner, row->host, row->id), SIZE_MAX);
    uint64_t *at = map_at(&uses->known, key_text(joiner, row->host, by->kind, value), &added);
    if (added) {
        uses->all = mem_reserve(uses->all, uses->count, &uses->capacity, sizeof *uses->all);
        *at = ++uses->count;
    }
    struct last_use *last = &uses->all[*at - 1];
    bool near =
        !added && (by->window_ms == 0 || (row->time != TIME_NONE && last->time != TIME_NONE &&
                                          row->time - last->time <= by->window_ms));
    if (near)
        unite_with(joiner, row->host, row->id, last->group);
    *last = (struct last_use){ row->time, find(joiner, group) };
    joiner->with_fields = true;
}

static void join_fields(struct joiner *joiner, struct casefile *casefile)
{
    struct query query;
    struct uses uses = { MAP_INIT, 0, 0, NULL };
    struct buf sql = BUF_INIT;
    buf_printf(&sql,
               "SELECT f.id, f.time, f.host, j.key, j.value FROM finding f JOIN event e ON"
               " e.id=f.event, json_each(CASE WHEN json_valid(e.fields) THEN e.fields ELSE '{}'"
               " END) j" FINDING_FILTER " AND f.family NOT IN ('iis','httperr','httpproxy',"
               "'file') AND j.key IN (%s) ORDER BY f.host, f.time, f.item, f.offset, f.rule,"
               " j.key",
               joins_field_names);
    query_open(&query, casefile, sql.ptr);
    while (query_next(&query)) {
        const struct join_by_field *by = joins_by_field(query_text(&query, 3));
        struct row row = { .id = query_int(&query, 0),
                           .time = query_time(&query, 1),
                           .host = query_text(&query, 2) };
        if (by && query_text(&query, 4).len)
            use_value(joiner, &uses, by, &row, query_text(&query, 4));
    }
    query_close(&query);
    buf_deinit(&sql);
    map_deinit(&uses.known);
    free(uses.all);
}

/* The row of a write names a file: its address is the key of the page that answers there. */
static void join_written(struct joiner *joiner, struct casefile *casefile)
{
    struct query query;
    struct arena arena = ARENA_INIT;
    query_open(&query, casefile,
               "SELECT f.id, f.host, j.value FROM finding f JOIN event e ON e.id=f.event,"
               " json_each(CASE WHEN json_valid(e.fields) THEN e.fields ELSE '{}' END) j" //
               " WHERE f.stage='plant' AND f.outcome='success' AND NOT f.own_probe AND NOT"
               " f.silent AND f.family NOT IN ('iis','httperr','httpproxy','file')"
               " AND f.host IS NOT NULL");
    while (query_next(&query)) {
        struct slice file = joins_written_file(query_text(&query, 2));
        arena_reset(&arena);
        struct slice url = file.len ? exchange_url_of_file(&arena, file) : SLICE_NULL;
        if (!url.len)
            continue;
        size_t group = group_of(
            joiner, key_text(joiner, query_text(&query, 1), joins_columns[JOIN_PAGE].kind, url),
            joins_columns[JOIN_PAGE].groups_max);
        if (group != SIZE_MAX)
            unite_with(joiner, query_text(&query, 1), query_int(&query, 0), group);
    }
    query_close(&query);
    arena_deinit(&arena);
}

static void join_all(struct joiner *joiner, struct casefile *casefile)
{
    struct query query;
    query_open(&query, casefile, "SELECT " FINDING_COLUMNS " FROM finding f" FINDING_FILTER);
    while (query_next(&query)) {
        struct row row = read_row(&query);
        group_of_row(joiner, &row);
    }
    query_close(&query);
}

/* `distance` in time to the exploit step that claimed the row; TIME_NONE: a key did. */
static void assign(struct query *update, int64_t id, size_t group, struct slice actor,
                   int64_t distance)
{
    if (group == SIZE_MAX)
        return; /* left to the loose ends */
    query_bind_int(update, (int64_t)group);
    query_bind_text(update, actor);
    query_bind_time(update, distance);
    query_bind_int(update, id);
    query_run(update);
}

/* The last exploit step, or answer of a page, for a known actor on the host being walked. */
struct near {
    char host[256], actor[64];
    int64_t time;
    size_t group;
};

/* How far the row is from it; INT64_MAX when it is not near. */
static int64_t distance_to(const struct near *near, const struct row *row)
{
    if (near->time == TIME_NONE || row->time == TIME_NONE ||
        !slice_eq(row->host, slice_from(near->host)))
        return INT64_MAX;
    int64_t distance = row->time > near->time ? row->time - near->time : near->time - row->time;
    return distance <= NEAR_MS ? distance : INT64_MAX;
}

static void remember(struct near *near, const struct row *row, size_t group)
{
    snprintf(near->host, sizeof near->host, "%.*s", SLICE_FMT(row->host));
    snprintf(near->actor, sizeof near->actor, "%.*s", SLICE_FMT(row->source));
    near->time = row->time;
    near->group = group;
}

/* A row without actor goes to the exploit step that is nearest in time, before or behind it. */
static void claim(struct joiner *joiner, struct query *update, const struct near *near,
                  const struct row *row, size_t group)
{
    int64_t distance = distance_to(near, row);
    bool nearer = distance < row->distance;
    if (distance == INT64_MAX || !nearer) {
        if (row->distance == INT64_MAX)
            assign(update, row->id, group, SLICE_NULL, TIME_NONE);
        return;
    }
    if (group != SIZE_MAX)
        unite(joiner, group, near->group);
    assign(update, row->id, near->group, slice_from(near->actor), distance);
}

/* What has happened so far on a walk. */
struct passed {
    struct near exploit, page;
};

static const struct near *nearest(const struct passed *passed, const struct row *row)
{
    bool page =
        row->deed && distance_to(&passed->page, row) < distance_to(&passed->exploit, row);
    return page ? &passed->page : &passed->exploit;
}

/* One pass in the order of time, forwards or backwards. */
static void walk(struct joiner *joiner, struct casefile *casefile, const char *sql)
{
    struct query query, update;
    struct passed passed = { .exploit.time = TIME_NONE, .page.time = TIME_NONE };
    query_open(&query, casefile, sql);
    query_open(&update, casefile,
               "UPDATE finding SET incident=?, actor=?, near_ms=? WHERE id=?");
    while (query_next(&query)) {
        struct row row = read_row(&query);
        size_t group = group_of_row(joiner, &row);
        if (!has_actor(&row)) {
            claim(joiner, &update, nearest(&passed, &row), &row, group);
            continue;
        }
        assign(&update, row.id, group, row.source, TIME_NONE);
        if (row.exploit && group != SIZE_MAX)
            remember(&passed.exploit, &row, group);
        if (row.page.len && group != SIZE_MAX)
            remember(&passed.page, &row, group);
    }
    query_close(&query);
    query_close(&update);
}

/* Whatever no key and no neighbour claims makes one incident per host: its loose ends. */
static void collect_loose_ends(struct joiner *joiner, struct casefile *casefile)
{
    struct query query, update;
    query_open(&query, casefile,
               "SELECT " FINDING_COLUMNS " FROM finding f" FINDING_FILTER
               " AND +f.incident IS NULL");
    query_open(&update, casefile,
               "UPDATE finding SET incident=?, actor=?, near_ms=? WHERE id=?");
    while (query_next(&query)) {
        struct row row = read_row(&query);
        struct slice key = key_text(joiner, row.host, "loose", slice_from(""));
        assign(&update, row.id, group_of(joiner, key, SIZE_MAX), SLICE_NULL, TIME_NONE);
    }
    query_close(&query);
    query_close(&update);
}

/* All groups that rows were assigned to, read before any of them is changed. */
static size_t read_groups(struct casefile *casefile, size_t **out)
{
    struct query query;
    size_t count = 0, capacity = 0;
    *out = NULL;
    query_open(&query, casefile,
               "SELECT DISTINCT incident FROM finding WHERE incident IS NOT NULL");
    while (query_next(&query)) {
        *out = mem_reserve(*out, count, &capacity, sizeof **out);
        (*out)[count++] = (size_t)query_int(&query, 0);
    }
    query_close(&query);
    return count;
}

/* Groups were united after rows were assigned: every row gets the name of its final group. */
static void settle(struct joiner *joiner, struct casefile *casefile)
{
    struct query update;
    AUTO_FREE size_t *groups = NULL;
    size_t count = read_groups(casefile, &groups);
    query_open(&update, casefile, "UPDATE finding SET incident=? WHERE incident=?");
    for (size_t i = 0; i < count; i++) {
        size_t final = groups[i] < joiner->count ? find(joiner, groups[i]) : groups[i];
        if (final == groups[i])
            continue;
        query_bind_int(&update, (int64_t) final);
        query_bind_int(&update, (int64_t)groups[i]);
        query_run(&update);
    }
    query_close(&update);
}

/* Names are "<host>-<n>" in the order of first contact. */
static void write_incidents(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "INSERT INTO incident SELECT incident, host,"
        " host || '-' || row_number() OVER (PARTITION BY host ORDER BY min(time), incident),"
        " min(time), max(time), max(grade) FROM finding WHERE incident IS NOT NULL"
        " GROUP BY incident, host");
}

void incidents_build(struct casefile *casefile)
{
    struct joiner joiner = { MAP_INIT, 0, 0, NULL, false, BUF_INIT };
    if (!casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM finding f" FINDING_FILTER ")"))
        return;
    casefile_execute(casefile, "CREATE INDEX IF NOT EXISTS finding_incident ON"
                               " finding(incident) WHERE incident IS NOT NULL");
    join_fields(&joiner, casefile);
    join_written(&joiner, casefile);
    join_all(&joiner, casefile);
    walk(&joiner, casefile,
         "SELECT " FINDING_COLUMNS " FROM finding f" FINDING_FILTER
         " ORDER BY f.host, f.time, f.item, f.offset");
    walk(&joiner, casefile,
         "SELECT " FINDING_COLUMNS " FROM finding f" FINDING_FILTER
         " ORDER BY f.host, f.time DESC, f.item DESC, f.offset DESC");
    collect_loose_ends(&joiner, casefile);
    settle(&joiner, casefile);
    write_incidents(casefile);
    map_deinit(&joiner.keys);
    buf_deinit(&joiner.text);
    free(joiner.parent);
}
