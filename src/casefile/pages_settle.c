/* What pages are once all evidence is read, and the findings that follow. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "casefile/pages.h"
#include "exchange/page.h"

/* ---- what depends on the host ---- */

/*
 * Is the build that the host's logs show last one whose pages we know? Rows, which have a time,
 * are believed before programs; what only hints at a build is not asked.
 */
static bool has_known_build(struct casefile *casefile, struct slice host)
{
    struct query query;
    struct build build;
    query_open(&query, casefile,
               "SELECT build FROM host_build WHERE host=? AND source IN"
               " ('exsetup','columns','ecp','header','audit')"
               " ORDER BY CASE source WHEN 'columns' THEN 0 WHEN 'exsetup' THEN 2 ELSE 1 END,"
               " last DESC LIMIT 1");
    query_bind_text(&query, host);
    bool known = query_next(&query) && build_parse(query_text(&query, 0), &build) &&
                 known_good_has_build(build);
    query_close(&query);
    return known;
}

/* Does anything but the site's root say that Exchange runs here? */
static bool runs_exchange(struct casefile *casefile, struct slice host)
{
    struct query query;
    query_open(&query, casefile,
               "SELECT EXISTS(SELECT 1 FROM coverage WHERE host=?1 AND family IN"
               " ('httpproxy','ecp','ecp-activity','oabgenerator','cmdlet','rps-http','ews',"
               "'mapihttp','autodiscover','messagetracking'))"
               " OR EXISTS(SELECT 1 FROM page WHERE host=?1 AND standing='known')");
    query_bind_text(&query, host);
    bool runs = query_next(&query) && query_int(&query, 0);
    query_close(&query);
    return runs;
}

struct host_facts {
    struct buf host; /* whose they are */
    bool valid, known_build, exchange;
};

static void facts_for(struct host_facts *facts, struct casefile *casefile, struct slice host)
{
    if (facts->valid && slice_eq(buf_slice(&facts->host), host))
        return;
    buf_clear(&facts->host);
    buf_add_slice(&facts->host, host);
    facts->known_build = has_known_build(casefile, host);
    facts->exchange = runs_exchange(casefile, host);
    facts->valid = true;
}

static bool is_foreign_in_root(const struct page_record *record)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page;
    return record->place == PLACE_SITE_ROOT && record->standing == STANDING_FOREIGN &&
           exchange_page_classify(record->url, &page, scratch, sizeof scratch) == PAGE_FOREIGN;
}

/* "tampered", "foreign" or nothing: what the host's facts make of the page. */
static const char *decide(const struct page_record *record, const struct host_facts *facts)
{
    if (record->standing == STANDING_OTHER_BUILD && facts->known_build)
        return "tampered";
    return facts->exchange && is_foreign_in_root(record) ? "foreign" : NULL;
}

/* ---- findings ---- */

/*
 * A foreign page whose content says nothing: Microsoft added none to the front end in eight
 * years, but the back end's change, and of its later builds we know none.
 */
static enum page_rule rule_of_foreign(const struct page_record *record,
                                      const struct host_facts *facts)
{
    if (record->trace == TRACE_COMPILED || record->trace == TRACE_PAGE_ASSEMBLY)
        return PAGE_RULE_RAN;
    if (record->trace != TRACE_NONE)
        return PAGE_RULE_UNKNOWN; /* assemblies and modules are listed, never graded */
    bool may_be_later = record->place == PLACE_BACK_END && !facts->known_build;
    return may_be_later ? PAGE_RULE_UNKNOWN : PAGE_RULE_FOREIGN;
}

static enum page_rule rule_of(enum webshell_class class, const struct page_record *record,
                              const struct host_facts *facts)
{
    bool foreign = record->place == PLACE_SITE_ROOT
                       ? facts->exchange && is_foreign_in_root(record)
                       : record->standing == STANDING_FOREIGN && record->trace == TRACE_NONE;
    switch (class) {
    case WEBSHELL_SHELL:
        return PAGE_RULE_SHELL;
    case WEBSHELL_LOADER:
        return PAGE_RULE_LOADER;
    case WEBSHELL_STEALER:
        return PAGE_RULE_STEALER;
    case WEBSHELL_WRITER:
        return foreign ? rule_of_foreign(record, facts) : PAGE_RULE_WRITER;
    case WEBSHELL_SUSPECT:
        return foreign ? rule_of_foreign(record, facts) : PAGE_RULE_SUSPECT;
    case WEBSHELL_TAMPERED:
        return PAGE_RULE_TAMPERED;
    default:
        return rule_of_foreign(record, facts);
    }
}

/* "line 12 Request["x"] -> line 15 eval" of the gravest reason: the proof in one row. */
static void write_way(const struct page_record *record, struct buf *out)
{
    const struct page_reason *reason = &record->reasons[0];
    buf_clear(out);
    for (size_t i = 0; record->reason_count && i < reason->step_count; i++) {
        buf_printf(out, "%sline %lu ", i ? " -> " : "", (unsigned long)reason->steps[i].line);
        buf_add_slice(out, reason->steps[i].text);
    }
}

static void write_fields(const struct page_row *row, struct buf *out)
{
    char hash[HASH_TEXT_SIZE], time[TIME_TEXT_SIZE];
    const struct page_record *record = &row->record;
    buf_clear(out);
    struct json json = json_open(out);
    json_text(&json, "file.path", row->path);
    json_text(&json, "file.hash.sha256",
              slice_from(hash_text(record->sha256, sizeof record->sha256, hash)));
    json_text(&json, "hauberk.class", slice_from(webshell_class_name(row->class)));
    if (record->modified != TIME_NONE)
        json_text(&json, "file.mtime", slice_from(time_format(record->modified, time)));
    json_close(&json);
}

struct settler {
    struct casefile *casefile;
    struct host_facts facts;
    int64_t first_rule;
    struct query update, event, insert, match, stage;
    struct page_row row;
    struct buf way, fields;
    struct arena arena; /* of the row */
};

/* The event of the finding that is inserted next: its row, or absent, and s->fields. */
static void add_event(struct settler *s, struct slice row)
{
    query_bind_text(&s->event, row);
    query_bind_text(&s->event, buf_slice(&s->fields));
    query_run(&s->event);
}

static void add_finding(struct settler *s)
{
    const struct page_record *record = &s->row.record;
    enum page_rule rule = rule_of(s->row.class, record, &s->facts);
    enum stage stage = pages_rule_stage(rule);
    struct query *query = &s->insert;
    write_way(record, &s->way);
    write_fields(&s->row, &s->fields);
    add_event(s, s->way.len ? buf_slice(&s->way) : SLICE_NULL);
    query_bind_int(query, s->row.item);
    query_bind_int(query, s->first_rule + (int64_t)rule);
    query_bind_text(query, s->row.host);
    query_bind_text(query, slice_from(stage_name(stage)));
    query_bind_int(query, (int64_t)grade_of(stage, OUTCOME_SUCCESS));
    query_bind_text(query, record->url.len ? record->url : SLICE_NULL);
    query_bind_int(query, record->standing == STANDING_FOREIGN);
    query_run(query);
}

/* A match of a user's rule: its offset, its string, and whether it had to be decoded. */
static void write_match(const struct page_row *row, const struct page_match *match,
                        struct buf *out)
{
    buf_clear(out);
    struct json json = json_open(out);
    json_text(&json, "file.path", row->path);
    json_text(&json, "hauberk.yara.string", match->string);
    if (match->decoded)
        json_text(&json, "hauberk.yara.decoded", SLICE_LIT("true"));
    json_close(&json);
}

/* Of a user's rule; false: there is none of this number. */
static bool read_stage(struct settler *s, int64_t rule, enum stage *out)
{
    query_rewind(&s->stage);
    query_bind_int(&s->stage, rule);
    bool known = query_next(&s->stage);
    *out = known ? stage_by_name(query_text(&s->stage, 0)) : STAGE_NONE;
    return known;
}

static void add_matches(struct settler *s)
{
    struct query *query = &s->match;
    for (size_t i = 0; i < page_record_matches(&s->row.record); i++) {
        const struct page_match *match = &s->row.record.match[i];
        int64_t rule = s->first_rule + PAGE_RULE_COUNT + match->rule;
        enum stage stage;
        if (!read_stage(s, rule, &stage))
            continue;
        write_match(&s->row, match, &s->fields);
        add_event(s, SLICE_NULL);
        query_bind_int(query, s->row.item);
        query_bind_int(query, (int64_t)match->offset);
        query_bind_int(query, rule);
        query_bind_text(query, s->row.host);
        query_bind_text(query, slice_from(stage_name(stage)));
        query_bind_int(query, (int64_t)grade_of(stage, OUTCOME_SUCCESS));
        query_bind_text(query, s->row.record.url.len ? s->row.record.url : SLICE_NULL);
        query_run(query);
    }
}

static void settle_page(struct settler *s, struct query *pages)
{
    arena_reset(&s->arena);
    if (!pages_read(pages, &s->arena, &s->row) || !s->row.host.ptr)
        return;
    facts_for(&s->facts, s->casefile, s->row.host);
    const char *decided = decide(&s->row.record, &s->facts);
    enum webshell_class added = WEBSHELL_NONE;
    if (decided)
        added = decided[0] == 't' ? WEBSHELL_TAMPERED : WEBSHELL_FOREIGN;
    if (added > s->row.class)
        s->row.class = added;
    if (decided) {
        query_bind_text(&s->update, slice_from(webshell_class_name(s->row.class)));
        query_bind_text(&s->update, slice_from(decided));
        query_bind_int(&s->update, s->row.item);
        query_run(&s->update);
    }
    if (s->row.class != WEBSHELL_NONE)
        add_finding(s);
    add_matches(s);
}

static void settle_classes(struct casefile *casefile)
{
    struct query pages;
    struct settler *s = mem_alloc(sizeof *s);
    s->casefile = casefile;
    s->first_rule = pages_rule_id(casefile, PAGE_RULE_SHELL);
    query_open(&s->update, casefile, "UPDATE page SET class=?, decided=? WHERE item=?");
    query_open(&s->event, casefile, "INSERT INTO event(row,fields) VALUES(?,?)");
    query_open(&s->insert, casefile,
               "INSERT INTO finding(item,offset,rule,host,family,stage,outcome,grade,own_probe,"
               "from_itself,hits_only,silent,status,url_path,page,page_foreign,event) VALUES("
               "?1,0,?2,?3,'file',?4,'success',?5,0,0,0,0,0,?6,?6,?7,last_insert_rowid())");
    query_open(&s->match, casefile,
               "INSERT INTO finding(item,offset,rule,host,family,stage,outcome,grade,own_probe,"
               "from_itself,hits_only,silent,status,url_path,page,page_foreign,event) VALUES("
               "?1,?2,?3,?4,'file',?5,'success',?6,0,0,0,0,0,?7,?7,0,last_insert_rowid())");
    query_open(&s->stage, casefile, "SELECT stage FROM rule WHERE id=?");
    query_open(&pages, casefile,
               "SELECT " PAGE_ROW_COLUMNS " FROM" PAGE_ROW_TABLES
               "WHERE p.matches OR p.found<>'none' OR p.standing IN ('foreign','other build')"
               " ORDER BY p.host, p.item");
    while (query_next(&pages))
        settle_page(s, &pages);
    query_close(&pages);
    query_close(&s->update);
    query_close(&s->event);
    query_close(&s->insert);
    query_close(&s->match);
    query_close(&s->stage);
    buf_deinit(&s->facts.host);
    buf_deinit(&s->way);
    buf_deinit(&s->fields);
    arena_deinit(&s->arena);
    free(s);
}

/* ---- answers ---- */

/*
 * The page of this host to which an answered URL belongs, its item plus 1; 0 when there is
 * none, or when other pages of the host have paths that end like it, too: then nobody can tell
 * which one it was.
 */
static int64_t page_of_answer(struct casefile *casefile, struct slice host, struct slice url)
{
    struct query query;
    int64_t item = 0;
    bool others = false;
    query_open(&query, casefile,
               "SELECT p.item, i.path, p.url, p.class IN ('shell','loader','stealer')"
               " FROM" PAGE_ROW_TABLES "WHERE p.host=?");
    query_bind_text(&query, host);
    while (query_next(&query)) {
        if (!pages_matches_url(query_text(&query, 1), query_text(&query, 2), url))
            continue;
        if (!query_int(&query, 3))
            others = true;
        else if (!item)
            item = query_int(&query, 0) + 1;
    }
    query_close(&query);
    return others ? 0 : item;
}

/* A page whose URL nobody knew has one now: its finding joins those of its answers. */
static void name_page(struct casefile *casefile, int64_t item, struct slice url)
{
    struct query query;
    query_open(&query, casefile,
               "UPDATE finding SET page=coalesce(page,?1), url_path=coalesce(url_path,?1)"
               " WHERE item=?2 AND family='file'");
    query_bind_text(&query, url);
    query_bind_int(&query, item);
    query_run(&query);
    query_close(&query);
}

static void drop_answers(struct casefile *casefile, int64_t rule, struct slice host,
                         struct slice url)
{
    struct query query;
    query_open(&query, casefile, "DELETE FROM finding WHERE rule=? AND host IS ? AND page=?");
    query_bind_int(&query, rule);
    query_bind_text(&query, host);
    query_bind_text(&query, url);
    query_run(&query);
    query_close(&query);
}

/* Each URL of a host once: is it a back door's? */
static void settle_answers(struct casefile *casefile)
{
    struct query urls;
    int64_t rule = pages_rule_id(casefile, PAGE_RULE_ANSWERED);
    casefile_execute(casefile, "CREATE TEMP TABLE IF NOT EXISTS answer(host TEXT, url TEXT);"
                               "DELETE FROM temp.answer");
    query_open(&urls, casefile,
               "INSERT INTO temp.answer SELECT DISTINCT host, page FROM finding WHERE rule=?");
    query_bind_int(&urls, rule);
    query_run(&urls);
    query_close(&urls);
    query_open(&urls, casefile, "SELECT host, url FROM temp.answer");
    while (query_next(&urls)) {
        struct slice host = query_text(&urls, 0), url = query_text(&urls, 1);
        int64_t item = page_of_answer(casefile, host, url);
        if (item)
            name_page(casefile, item - 1, url);
        else
            drop_answers(casefile, rule, host, url);
    }
    query_close(&urls);
}

void pages_settle(struct casefile *casefile)
{
    if (!casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM page)"))
        return;
    settle_classes(casefile);
    settle_answers(casefile);
}
