/* Foreign pages: which answered, to whom, how they were used, and since when they are gone. */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "casefile/verdict_internal.h"

/* Words that only a command line or a shell's own parameters put into a query. */
static bool shows_command(struct slice query)
{
    static const char *const words[] = {
        "whoami",     "cmd.exe",  "cmd=",           "powershell", "net+user",
        "net%20user", "ipconfig", "systeminfo",     "tasklist",   "certutil",
        "exec=",      "command=", "Response.Write("
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_icase_has(query, slice_from(words[i])))
            return true;
    return false;
}

static enum page_use use_of(struct slice method, struct slice query)
{
    if (shows_command(query))
        return PAGE_USE_SEEN;
    bool body =
        slice_icase_eq(method, SLICE_LIT("POST")) || slice_icase_eq(method, SLICE_LIT("PUT"));
    return body || query.len ? PAGE_USE_LIKELY : PAGE_USE_CHECKED;
}

struct slice verdict_page_as_written(struct arena *arena, struct slice page, struct slice path)
{
    return arena_copy(arena,
                      slice_icase_starts(path, page) ? slice_first(path, page.len) : page);
}

/* Pages by name. Value: index + 1, or LEFT_OUT for one that found no place. */
#define LEFT_OUT UINT64_MAX

/* A page that answered is worth more than one of many that were only asked for. */
static struct page_fact *place_for(struct host_verdict *v, bool answered)
{
    if (v->page_count < VERDICT_PAGES_MAX)
        return &v->pages[v->page_count++];
    for (size_t i = v->page_count; answered && i > 0; i--)
        if (v->pages[i - 1].answered == 0)
            return &v->pages[i - 1];
    return NULL;
}

static struct page_fact *page_for(struct host_verdict *v, struct arena *arena,
                                  struct map *names, struct slice page, struct slice path,
                                  bool answered)
{
    bool added;
    uint64_t *place = map_at(names, page, &added);
    if (!added && *place != LEFT_OUT)
        return &v->pages[*place - 1];
    struct page_fact *fact = place_for(v, answered);
    v->pages_left_out += !fact && added;
    *place = fact ? (uint64_t)(fact - v->pages) + 1 : LEFT_OUT;
    if (!fact)
        return NULL;
    v->pages_left_out -= !added; /* it was left out before */
    if (fact->key.ptr) {         /* it takes the place of one that was only asked for */
        *map_at(names, fact->key, NULL) = LEFT_OUT;
        v->pages_left_out++;
    }
    *fact = (struct page_fact){ .key = arena_copy(arena, page),
                                .page = verdict_page_as_written(arena, page, path),
                                .first_answer = TIME_NONE,
                                .last_answer = TIME_NONE,
                                .first_refusal_after = TIME_NONE };
    return fact;
}

static void add_source(struct page_fact *fact, struct arena *arena, struct slice source)
{
    for (size_t i = 0; i < fact->source_count; i++)
        if (slice_eq(fact->sources[i], source))
            return;
    if (source.len && fact->source_count < PAGE_SOURCES_MAX)
        fact->sources[fact->source_count++] = arena_copy(arena, source);
}

static void add_answer(struct page_fact *fact, struct query *query, struct arena *arena)
{
    int64_t time = query_time(query, 0);
    if (fact->answered++ == 0) {
        fact->first_answer = time;
        fact->proof = verdict_proof(query, arena, 5);
    }
    fact->last_answer = time;
    add_source(fact, arena, query_text(query, 10));
    fact->first_refusal_after = TIME_NONE; /* it is there again */
    enum page_use use = use_of(query_text(query, 2), query_text(query, 3));
    if (use > fact->use)
        fact->use = use;
}

static void add_refusal(struct page_fact *fact, struct query *query, struct arena *arena)
{
    int64_t status = query_int(query, 4);
    bool absent = status == 302 || status == 404 || status == 410;
    if (fact->refused++ == 0 && fact->answered == 0)
        fact->proof = verdict_proof(query, arena, 5);
    if (fact->answered && absent && fact->first_refusal_after == TIME_NONE) {
        fact->first_refusal_after = query_time(query, 0);
        fact->gone_proof = verdict_proof(query, arena, 5);
    }
}

static int compare_pages(const void *a, const void *b)
{
    const struct page_fact *x = a, *y = b;
    if ((x->answered > 0) != (y->answered > 0))
        return x->answered > 0 ? -1 : 1;
    if (x->first_answer != y->first_answer)
        return x->first_answer < y->first_answer ? -1 : 1;
    size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
    return memcmp(x->key.ptr, y->key.ptr, len);
}

void verdict_read_pages(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    struct map names = MAP_INIT;
    v->pages = arena_array(arena, VERDICT_PAGES_MAX, sizeof *v->pages);
    verdict_query(
        &query, casefile,
        "SELECT f.time, f.page, f.method, f.url_query, f.status, i.path, f.offset, e.row,"
        " f.outcome='success', f.url_path, f.source FROM finding f"
        " LEFT JOIN event e ON e.id=f.event JOIN item i ON i.id=f.item"
        " WHERE f.host=? AND f.stage='answer' AND f.page IS NOT NULL AND NOT f.own_probe"
        " AND NOT f.silent ORDER BY f.time, f.item, f.offset",
        v->host);
    while (query_next(&query)) {
        struct page_fact *fact = page_for(v, arena, &names, query_text(&query, 1),
                                          query_text(&query, 9), query_int(&query, 8) != 0);
        if (fact && query_int(&query, 8))
            add_answer(fact, &query, arena);
        else if (fact)
            add_refusal(fact, &query, arena);
    }
    query_close(&query);
    map_deinit(&names);
    assert(v->pages);
    qsort(v->pages, v->page_count, sizeof *v->pages, compare_pages);
    for (size_t i = 0; i < v->page_count; i++) {
        v->answered_pages += v->pages[i].answered > 0;
        v->asked_pages += v->pages[i].answered == 0;
    }
}
