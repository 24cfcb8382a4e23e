/* Whose rows are looked for in the second reading, and where. */
#include <stdlib.h>

#include "base/clock.h"
#include "exchange/deed.h"
#include "hunt/taken.h"

/* A host that somebody attacked, however it ended. */
#define ATTACKED                                                                               \
    "SELECT DISTINCT host FROM finding WHERE stage IN " STAGES_GRADED                          \
    " AND grade>=2 AND NOT own_probe AND NOT silent"

/* The families of which something is asked. */
#define FAMILIES                                                                               \
    "('iis','httpproxy','ews','mapihttp','cmdlet','audit','ecp','msexchange-management')"

const char *taken_items_sql(bool all)
{
    if (all)
        return "SELECT id FROM item WHERE family IN " FAMILIES " ORDER BY id";
    return "SELECT i.id FROM item i WHERE i.family IN " FAMILIES
           " AND (EXISTS(SELECT 1 FROM coverage c WHERE c.item=i.id AND c.host IN (" ATTACKED
           ")) OR EXISTS(SELECT 1 FROM finding f WHERE f.item=i.id AND f.host IN (" ATTACKED
           "))) ORDER BY i.id";
}

/* The address of whoever got through, or used what was planted: since when. */
static void read_sources(struct taken_keys *keys, struct casefile *casefile)
{
    struct query query;
    query_open(&query, casefile,
               "SELECT source, min(time) FROM finding WHERE stage IN"
               " ('reach','abuse','plant','answer','spread') AND outcome='success'"
               " AND NOT own_probe AND NOT silent AND NOT from_itself AND source<>''"
               " AND time IS NOT NULL GROUP BY source ORDER BY max(grade) DESC, 2, 1");
    while (keys->source_count < TAKEN_SOURCES_MAX && query_next(&query)) {
        struct ip ip;
        bool added;
        if (!ip_parse(query_text(&query, 0), &ip))
            continue;
        uint64_t *index = map_at(&keys->sources, query_text(&query, 0), &added);
        *index = keys->source_count + 1;
        keys->address[keys->source_count] =
            arena_copy(&keys->sources.arena, query_text(&query, 0));
        keys->since[keys->source_count++] = query_time(&query, 1);
    }
    query_close(&query);
}

/* The ids of their requests: the back end may log them under the server's own address. */
static void read_requests(struct taken_keys *keys, struct casefile *casefile)
{
    struct query query;
    size_t count = 0;
    query_open(&query, casefile,
               "SELECT DISTINCT lower(request_id), source FROM finding WHERE stage IN"
               " ('reach','abuse','plant') AND outcome='success' AND NOT own_probe"
               " AND NOT silent AND request_id IS NOT NULL AND source IS NOT NULL"
               " ORDER BY time");
    while (count < TAKEN_REQUESTS_MAX && query_next(&query)) {
        const uint64_t *index = map_find(&keys->sources, query_text(&query, 1));
        if (!index)
            continue;
        *map_at(&keys->requests, query_text(&query, 0), NULL) = *index;
        count++;
    }
    query_close(&query);
}

static struct prefilter *deed_filter(void)
{
    struct slice literals[64];
    size_t count = 0;
    while (deed_literals[count] && count < 64) {
        literals[count] = slice_from(deed_literals[count]);
        count++;
    }
    return prefilter_build(literals, count);
}

struct taken_keys *taken_keys_new(struct casefile *casefile, const struct scan_settings *scan,
                                  bool all)
{
    if (!all && !casefile_count(casefile, "SELECT EXISTS(" ATTACKED ")"))
        return NULL;
    struct taken_keys *keys = mem_alloc(sizeof *keys);
    keys->sources = keys->requests = (struct map)MAP_INIT;
    read_sources(keys, casefile);
    read_requests(keys, casefile);
    keys->deeds = deed_filter();
    keys->from = scan->since;
    keys->until = scan->until;
    keys->proxies = &scan->proxies;
    return keys;
}

void taken_keys_free(struct taken_keys *keys)
{
    if (!keys)
        return;
    map_deinit(&keys->sources);
    map_deinit(&keys->requests);
    prefilter_free(keys->deeds);
    free(keys);
}
