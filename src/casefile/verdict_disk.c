/* Pages on the host's disk that say something, and whether the logs show them answer. */
#include <assert.h>

#include "base/clock.h"
#include "casefile/verdict_internal.h"

static const struct page_fact *answers_of(const struct host_verdict *v, struct slice url)
{
    for (size_t i = 0; url.len && i < v->page_count; i++)
        if (v->pages[i].answered && slice_eq(v->pages[i].key, url))
            return &v->pages[i];
    return NULL;
}

static void add_page(struct host_verdict *v, struct arena *arena, struct query *query)
{
    struct page_row *row = arena_alloc(arena, sizeof *row);
    if (!pages_read(query, arena, row))
        return;
    assert(v->disk);
    struct disk_page *page = &v->disk[v->disk_count++];
    page->record = &row->record;
    page->class = row->class;
    page->grade = query_grade(query, PAGE_ROW_COLUMN_COUNT);
    page->path = arena_copy(arena, row->path);
    page->url = arena_copy(arena, query_text(query, PAGE_ROW_COLUMN_COUNT + 1));
    page->answers = answers_of(v, page->url);
    page->proof = (struct proof){ page->path, 0, arena_copy(arena, query_text(query, 8)) };
    v->disk_planted += page->grade >= GRADE_E4;
}

static void count_pages(struct casefile *casefile, struct host_verdict *v)
{
    v->pages_analysed = (uint64_t)verdict_count(
        casefile,
        "SELECT count(*) FROM page WHERE host=? AND standing NOT IN ('known','baseline')",
        v->host);
    v->pages_known = (uint64_t)verdict_count(
        casefile, "SELECT count(*) FROM page WHERE host=? AND standing='known'", v->host);
    v->pages_listed = (uint64_t)verdict_count(
        casefile, "SELECT count(*) FROM page WHERE host=? AND standing='baseline'", v->host);
}

void verdict_read_disk(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    count_pages(casefile, v);
    if (!v->pages_analysed)
        return;
    v->disk = arena_array(arena, VERDICT_DISK_MAX, sizeof *v->disk);
    verdict_query(
        &query, casefile,
        "SELECT " PAGE_ROW_COLUMNS ", f.grade, f.page, e.row FROM" PAGE_ROW_TABLES
        "JOIN finding f ON f.item=p.item AND f.family='file' AND NOT f.silent JOIN rule r ON"
        " r.id=f.rule AND r.rule_id LIKE 'hauberk-page-%' LEFT JOIN event e ON"
        " e.id=f.event WHERE p.host=?"
        " ORDER BY f.grade DESC, CASE p.class WHEN 'shell' THEN 0 WHEN 'loader' THEN"
        " 1 WHEN 'stealer' THEN 2 WHEN 'writer' THEN 3 WHEN 'suspect' THEN 4 ELSE 5"
        " END, i.path",
        v->host);
    while (query_next(&query)) {
        if (v->disk_count < VERDICT_DISK_MAX)
            add_page(v, arena, &query);
        else
            v->disk_left_out++;
    }
    query_close(&query);
}
