#include "casefile/actors.h"

#include <stdlib.h>

#include "base/map.h"
#include "casefile/verdict_internal.h"

#define SECRET_LENGTH_MIN 8 /* of a page's name without its extension */

/*
 * Names of pages that the waves of 2021 and 2022 planted (facts exchange.md 3.2), lower case
 * and without extension: published, so that scanners ask everybody for them.
 */
static const char *const public_names[] = {
    "8lw7tahf9i1pjnro",
    "outlookzh",
    "outlooken",
    "outlookjp",
    "outlookru",
    "authhead",
    "bob",
    "one",
    "one1",
    "errorpage",
    "errorpages",
    "fatal-erro",
    "log",
    "logg",
    "logout",
    "shel",
    "shel2",
    "shel90",
    "a",
    "default",
    "default1",
    "server",
    "web",
    "aspnet_client",
    "aspnet_iisstart",
    "aspnet_pages",
    "aspnet_www",
    "aspnettest",
    "aspnet_regiis",
    "aspnet_error",
    "iispage",
    "s",
    "session",
    "xx",
    "t",
    "discover",
    "supp0rt",
    "httpproxy",
    "shell",
    "shellex",
    "error",
    "errorcheck",
    "erroree",
    "erroreee",
    "errorew",
    "errorff",
    "errorfs",
    "erroraa",
    "redirsuiteserverproxy",
    "timeoutlogout",
    "multiup",
    "document",
    "healthcheck",
    "help",
    "system_web",
    "client",
    "caches",
    "dukybyssss",
    "log_error_9e23efc3",
    "zntwv",
    "getpp",
    "err0r",
    "928ccfacbe",
    "fexppw",
    "xclkmcfldfi948398430fdjkfdkj",
    "win",
    "hwtjqdmfvmpoon",
    "volwmfqwpp",
    "d62ffcd688",
    "415cc41ac1",
    "6514f55e1a",
    "570221043",
    "689193944",
    "luifdecggoqmansn",
    "httpredirservice",
    "redirsuiteserviceproxy",
    "xml",
    "pxh4hg1v",
};

static struct slice name_of(struct slice page)
{
    size_t start = page.len;
    while (start > 0 && page.ptr[start - 1] != '/')
        start--;
    struct slice name = slice_from_offset(page, start);
    return slice_first(name, slice_find_char(name, '.'));
}

/* Letters and digits mixed, or hardly a vowel: no word that somebody would try. */
static bool looks_random(struct slice name)
{
    size_t digits = 0, letters = 0, vowels = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.ptr[i]);
        bool letter = c >= 'a' && c <= 'z';
        digits += ascii_is_digit(c);
        letters += letter;
        vowels += letter && strchr("aeiou", c) != NULL;
    }
    return (digits >= 2 && letters >= 2) || vowels * 5 < letters;
}

bool actors_page_is_secret(struct slice page)
{
    struct slice name = name_of(page);
    for (size_t i = 0; i < sizeof public_names / sizeof *public_names; i++)
        if (slice_icase_eq(name, slice_from(public_names[i])))
            return false;
    return name.len >= SECRET_LENGTH_MIN && looks_random(name);
}

/* ---- the sources ---- */

/* How far the source got, for the choice of those that are told. */
#define WORKED "f.outcome='success'"
#define OF_ROLE                                                                                \
    "max(CASE WHEN f.stage='plant' AND " WORKED " THEN 6"                                      \
    " WHEN f.stage IN ('reach','abuse') AND " WORKED " THEN 5"                                 \
    " WHEN f.stage='answer' AND f.page IS NOT NULL AND " WORKED                                \
    " AND coalesce(f.method,'GET') NOT IN ('GET','HEAD','OPTIONS') THEN 4"                     \
    " WHEN f.stage='answer' AND f.page IS NOT NULL AND " WORKED " THEN 3"                      \
    " WHEN f.stage='answer' THEN 2 WHEN f.stage='scan' THEN 0 ELSE 1 END)"

static void read_sources(struct casefile *casefile, struct arena *arena, struct slice host,
                         struct actors_report *out)
{
    struct query query;
    out->sources = arena_array(arena, ACTORS_MAX, sizeof *out->sources);
    verdict_query(&query, casefile,
                  "SELECT f.actor, " OF_ROLE ", min(f.time), max(f.time), count(*),"
                  " count(DISTINCT CASE WHEN f.stage='answer' AND f.page NOT IN (SELECT g.page"
                  " FROM finding g WHERE g.host=?1 AND g.stage='answer' AND"
                  " g.outcome='success' AND g.page IS NOT NULL) THEN f.page END),"
                  " count(DISTINCT CASE WHEN f.stage='answer' AND " WORKED " THEN f.page END)"
                  " FROM finding f WHERE f.host=?1 AND f.stage IN " STAGES_TOLD
                  " AND f.actor<>'' AND NOT f.own_probe AND NOT f.silent GROUP BY f.actor"
                  " ORDER BY 2 DESC, 3, 1",
                  host);
    while (query_next(&query)) {
        struct ip ip;
        if (!ip_parse(query_text(&query, 0), &ip))
            continue;
        if (out->source_count == ACTORS_MAX) {
            out->sources_left_out++;
            continue;
        }
        struct actor_source *source = &out->sources[out->source_count];
        int64_t role = query_int(&query, 1);
        *source = (struct actor_source){
            .address = arena_copy(arena, query_text(&query, 0)),
            .actor = ++out->source_count,
            .role = role >= ACTOR_SCANNER && role <= ACTOR_PLANTED ? (enum actor_role)role
                                                                   : ACTOR_SCANNER,
            .first = query_time(&query, 2),
            .last = query_time(&query, 3),
            .findings = (uint64_t)query_int(&query, 4),
            .names_tried = (uint64_t)query_int(&query, 5),
            .names_answered = (uint64_t)query_int(&query, 6),
        };
        /* Who tries a list of names looks for what others left, even where one answers. */
        if (source->role == ACTOR_CHECKED && source->names_tried >= ACTOR_NAMES_TRIED)
            source->role = ACTOR_SEEKER;
    }
    query_close(&query);
}

static void read_agents(struct casefile *casefile, struct arena *arena, struct slice host,
                        struct actor_source *source)
{
    struct query query;
    verdict_query(
        &query, casefile,
        "SELECT agent FROM finding WHERE host=? AND source=? AND " BY_SOURCE(
            "") " AND stage IN " STAGES_TOLD
                " AND agent<>'' AND NOT silent GROUP BY agent ORDER BY min(time), agent",
        host);
    query_bind_text(&query, source->address);
    while (query_next(&query)) {
        if (source->agent_count < ACTOR_AGENTS_MAX)
            source->agents[source->agent_count++] = arena_copy(arena, query_text(&query, 0));
        else
            source->agents_left_out++;
    }
    query_close(&query);
}

static void read_pages(struct casefile *casefile, struct arena *arena, struct slice host,
                       struct actor_source *source)
{
    struct query query;
    verdict_query(
        &query, casefile,
        "SELECT page, url_path, min(time) FROM finding WHERE host=? AND source=? "
        "AND " BY_SOURCE(
            "") " AND stage='answer' AND"
                " outcome='success' AND page IS NOT NULL AND NOT silent GROUP BY page ORDER"
                " BY 3, page LIMIT ?",
        host);
    query_bind_text(&query, source->address);
    query_bind_int(&query, ACTOR_PAGES_MAX);
    while (query_next(&query))
        source->pages[source->page_count++] =
            verdict_page_as_written(arena, query_text(&query, 0), query_text(&query, 1));
    query_close(&query);
}

/* The first row of the kind that gave the source its role. */
static void read_proof(struct casefile *casefile, struct arena *arena, struct slice host,
                       struct actor_source *source)
{
    struct query query;
    verdict_query(
        &query, casefile,
        "SELECT i.path, f.offset, e.row FROM finding f JOIN item i ON i.id=f.item"
        " LEFT JOIN event e ON e.id=f.event WHERE f.host=? AND f.source=? AND " BY_SOURCE(
            "f.") " AND f.stage"
                  " IN " STAGES_TOLD " AND NOT f.silent AND NOT f.own_probe ORDER BY"
                  " f.grade DESC, f.time, f.item, f.offset LIMIT 1",
        host);
    query_bind_text(&query, source->address);
    if (query_next(&query))
        source->proof = verdict_proof(&query, arena, 0);
    query_close(&query);
}

/* ---- which are one ---- */

static void unite(struct actors_report *out, size_t a, size_t b, enum actor_tie tie)
{
    size_t from = out->sources[a].actor, to = out->sources[b].actor;
    if (from == to)
        return;
    if (from < to) {
        size_t swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < out->source_count; i++)
        if (out->sources[i].actor == from)
            out->sources[i].actor = to;
    if (out->sources[a].tie == ACTOR_ALONE)
        out->sources[a].tie = tie;
    if (out->sources[b].tie == ACTOR_ALONE)
        out->sources[b].tie = tie;
}

/* Rows "key, source" in order: all sources of one key are one actor. */
static void tie_rows(struct query *query, struct actors_report *out, struct map *known,
                     enum actor_tie tie)
{
    struct arena arena = ARENA_INIT;
    struct slice key = SLICE_NULL;
    uint64_t before = 0;
    while (query_next(query)) {
        struct slice text = query_text(query, 0);
        const uint64_t *index = map_find(known, query_text(query, 1));
        if (tie == ACTOR_PAGE && !actors_page_is_secret(text))
            continue;
        if (!key.ptr || !slice_eq(key, text)) {
            arena_reset(&arena);
            key = arena_copy(&arena, text);
            before = 0;
        }
        if (index && before)
            unite(out, (size_t)before - 1, (size_t)*index - 1, tie);
        if (index)
            before = *index;
    }
    arena_deinit(&arena);
}

static void tie_sources(struct casefile *casefile, struct slice host, struct actors_report *out)
{
    struct query query;
    struct map known = MAP_INIT;
    for (size_t i = 0; i < out->source_count; i++)
        *map_at(&known, out->sources[i].address, NULL) = i + 1;
    verdict_query(&query, casefile,
                  "SELECT DISTINCT session, source FROM finding WHERE host=? AND session<>''"
                  " AND stage IN " STAGES_TOLD " AND NOT silent AND NOT from_itself"
                  " ORDER BY 1, 2",
                  host);
    tie_rows(&query, out, &known, ACTOR_SESSION);
    query_close(&query);
    verdict_query(&query, casefile,
                  "SELECT DISTINCT page, source FROM finding WHERE host=? AND stage='answer'"
                  " AND outcome='success' AND page IS NOT NULL AND NOT silent AND NOT"
                  " from_itself ORDER BY 1, 2",
                  host);
    tie_rows(&query, out, &known, ACTOR_PAGE);
    query_close(&query);
    map_deinit(&known);
}

static int compare_sources(const void *a, const void *b)
{
    const struct actor_source *x = a, *y = b;
    if (x->actor != y->actor)
        return x->actor < y->actor ? -1 : 1;
    if (x->role != y->role)
        return x->role > y->role ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Numbers without gaps, in the order of what they did. */
static void number_actors(struct actors_report *out)
{
    if (out->source_count)
        qsort(out->sources, out->source_count, sizeof *out->sources, compare_sources);
    size_t last = 0;
    for (size_t i = 0; i < out->source_count; i++) {
        size_t actor = out->sources[i].actor;
        out->actor_count += actor != last;
        last = actor;
        out->sources[i].actor = out->actor_count;
    }
}

void actors_read(struct casefile *casefile, struct arena *arena, struct slice host,
                 struct actors_report *out)
{
    *out = (struct actors_report){ .source_count = 0 };
    read_sources(casefile, arena, host, out);
    tie_sources(casefile, host, out);
    number_actors(out);
    for (size_t i = 0; i < out->source_count; i++) {
        read_agents(casefile, arena, host, &out->sources[i]);
        read_pages(casefile, arena, host, &out->sources[i]);
        read_proof(casefile, arena, host, &out->sources[i]);
    }
}
