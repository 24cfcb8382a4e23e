#include "report/ndjson.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/json.h"
#include "casefile/actors.h"
#include "casefile/settings.h"
#include "casefile/taken.h"
#include "casefile/triage.h"
#include "casefile/verdict.h"
#include "casefile/volumes.h"
#include "report/build_entry.h"
#include "report/page_entry.h"
#include "report/secrets.h"
#include "report/taken_words.h"
#include "report/words.h"

#define SCHEMA_VERSION 1

struct writer {
    struct casefile *casefile;
    bool show_secrets;
    FILE *out;
    struct buf line;
    struct json json;
    struct buf scratch;
};

static void record_begin(struct writer *w, const char *kind, struct slice host)
{
    buf_clear(&w->line);
    w->json = json_open(&w->line);
    json_text(&w->json, "record", slice_from(kind));
    json_int(&w->json, "hauberk.schema", SCHEMA_VERSION);
    json_text(&w->json, "host.name", host.ptr ? host : slice_from(""));
}

static void record_end(struct writer *w)
{
    json_close(&w->json);
    buf_add_char(&w->line, '\n');
    fwrite(w->line.ptr, 1, w->line.len, w->out);
}

/* A text member that may hold a secret. */
static void member(struct writer *w, const char *key, struct slice value)
{
    if (!value.len)
        return;
    if (w->show_secrets) {
        json_text(&w->json, key, value);
        return;
    }
    buf_clear(&w->scratch);
    secrets_shorten(&w->scratch, value);
    json_text(&w->json, key, buf_slice(&w->scratch));
}

static void add_field(struct writer *w, struct json *json, struct slice name,
                      struct slice value)
{
    buf_clear(&w->scratch);
    if (w->show_secrets)
        buf_add_slice(&w->scratch, value);
    else if (secrets_is_secret_field(name))
        secrets_shorten_whole(&w->scratch, value);
    else
        secrets_shorten(&w->scratch, value);
    json_text_key(json, name, buf_slice(&w->scratch));
}

/* The event's own fields, stored as one flat JSON object of texts. */
static void fields(struct writer *w, struct slice stored)
{
    json_t *object = json_loadb(stored.ptr ? stored.ptr : "{}", stored.ptr ? stored.len : 2,
                                JSON_ALLOW_NUL, NULL);
    const char *key;
    json_t *value;
    struct buf text = BUF_INIT;
    struct json json = json_open(&text);
    json_object_foreach(object, key, value)
    {
        struct slice s = slice_of(json_string_value(value), json_string_length(value));
        add_field(w, &json, slice_from(key), s);
    }
    json_close(&json);
    json_raw(&w->json, "hauberk.fields", buf_slice(&text));
    buf_deinit(&text);
    json_decref(object);
}

static void write_finding(struct writer *w, struct query *q)
{
    record_begin(w, "finding", query_text(q, 0));
    json_time(&w->json, "@timestamp", query_time(q, 1));
    json_text(&w->json, "rule.id", query_text(q, 2));
    json_text(&w->json, "rule.name", query_text(q, 3));
    json_text(&w->json, "hauberk.level", query_text(q, 4));
    json_text(&w->json, "hauberk.grade", slice_from(grade_name(query_grade(q, 5))));
    json_text(&w->json, "hauberk.stage", query_text(q, 6));
    json_text(&w->json, "hauberk.outcome", query_text(q, 7));
    json_text(&w->json, "hauberk.source", query_text(q, 8));
    json_text(&w->json, "log.file.path", query_text(q, 9));
    json_int(&w->json, "hauberk.offset", query_int(q, 10));
    json_text(&w->json, "hauberk.incident", query_text(q, 11));
    json_text(&w->json, "source.ip", query_text(q, 12));
    json_text(&w->json, "http.request.method", query_text(q, 13));
    member(w, "url.path", query_text(q, 14));
    member(w, "url.query", query_text(q, 15));
    if (query_int(q, 16))
        json_int(&w->json, "http.response.status_code", query_int(q, 16));
    json_text(&w->json, "user_agent.original", query_text(q, 17));
    json_text(&w->json, "user.name", query_text(q, 18));
    json_text(&w->json, "hauberk.page", query_text(q, 19));
    if (query_int(q, 20))
        json_bool(&w->json, "hauberk.own_probe", true);
    json_text(&w->json, "hauberk.allowed", query_text(q, 22));
    fields(w, query_text(q, 21));
    record_end(w);
}

static void write_findings(struct writer *w)
{
    struct query q;
    query_open(
        &q, w->casefile,
        "SELECT f.host, f.time, r.rule_id, r.title, r.level, f.grade, f.stage, f.outcome,"
        " f.family, i.path, f.offset, n.name, f.source, f.method, f.url_path, f.url_query,"
        " f.status, f.agent, f.user, f.page, f.own_probe, e.fields,"
        " CASE f.silent WHEN 2 THEN coalesce((SELECT t.reason FROM closed c JOIN triage t ON"
        " t.id=c.triage WHERE c.finding=f.id),'') END FROM finding f"
        " LEFT JOIN event e ON e.id=f.event JOIN rule r ON r.id=f.rule JOIN item i ON "
        "i.id=f.item"
        " LEFT JOIN incident n ON n.id=f.incident AND n.host=f.host"
        " WHERE f.silent<>1 ORDER BY f.time, f.item, f.offset, f.rule");
    while (query_next(&q))
        write_finding(w, &q);
    query_close(&q);
}

static void write_neighbour(struct writer *w, struct query *q)
{
    record_begin(w, "context", query_text(q, 0));
    json_time(&w->json, "@timestamp", query_time(q, 1));
    json_text(&w->json, "rule.id", query_text(q, 2));
    json_text(&w->json, "hauberk.finding.path", query_text(q, 3));
    json_int(&w->json, "hauberk.finding.offset", query_int(q, 4));
    json_int(&w->json, "hauberk.position", query_int(q, 5));
    json_text(&w->json, "hauberk.shared", query_text(q, 6));
    json_text(&w->json, "hauberk.source", query_text(q, 7));
    json_text(&w->json, "log.file.path", query_text(q, 8));
    json_int(&w->json, "hauberk.offset", query_int(q, 9));
    member(w, "hauberk.row", query_text(q, 10));
    record_end(w);
}

/* Cases of older versions have no such table. */
static void write_context(struct writer *w)
{
    struct query q;
    if (!casefile_count(w->casefile, "SELECT count(*) FROM sqlite_master WHERE name='context'"))
        return;
    query_open(&q, w->casefile,
               "SELECT c.host, c.time, r.rule_id, fi.path, f.offset, c.position, c.shared,"
               " c.family, i.path, c.offset, c.row FROM context c JOIN finding f ON"
               " f.id=c.finding JOIN rule r ON r.id=f.rule JOIN item fi ON fi.id=f.item"
               " JOIN item i ON i.id=c.item"
               " ORDER BY f.time, f.item, f.offset, f.rule, c.position");
    while (query_next(&q))
        write_neighbour(w, &q);
    query_close(&q);
}

static void write_pages(struct writer *w)
{
    struct query q;
    struct arena arena = ARENA_INIT;
    AUTO_FREE struct page_row *row = mem_alloc(sizeof *row);
    query_open(&q, w->casefile,
               "SELECT " PAGE_ROW_COLUMNS " FROM" PAGE_ROW_TABLES
               "WHERE p.class<>'none' ORDER BY p.item");
    while (query_next(&q)) {
        arena_reset(&arena);
        if (!pages_read(&q, &arena, row))
            continue;
        struct page_place place = { row->host, row->path, NULL };
        row->record.class = row->class;
        buf_clear(&w->line);
        page_entry_ndjson(&w->line, &place, &row->record);
        fwrite(w->line.ptr, 1, w->line.len, w->out);
    }
    query_close(&q);
    arena_deinit(&arena);
}

static void write_holes(struct writer *w, const char *key, uint32_t holes)
{
    json_list_begin(&w->json, key);
    for (size_t i = 0; i < mitigation_hole_count; i++)
        if (holes >> i & 1)
            json_list_text(&w->json, slice_from(mitigation_holes[i].cve));
    json_list_end(&w->json);
}

static void write_setting(struct writer *w, struct slice host, const struct proof *proof,
                          uint32_t line)
{
    record_begin(w, "setting", host);
    json_text(&w->json, "file.path", proof->path);
    json_int(&w->json, "hauberk.offset", (int64_t)proof->offset);
    json_int(&w->json, "hauberk.line", line);
}

static void write_mitigation(struct writer *w, struct slice host, const struct mitigation *m)
{
    write_setting(w, host, &m->proof, m->line);
    json_text(&w->json, "hauberk.mitigation", slice_from(mitigation_id_name(m->id)));
    json_text(&w->json, "hauberk.state", slice_from(mitigation_state_name(m->state)));
    member(w, "hauberk.place", m->place);
    member(w, "hauberk.name", m->name);
    member(w, "hauberk.value", m->value);
    write_holes(w, "hauberk.stops", m->holes);
    write_holes(w, "hauberk.stops_in_part", m->partly);
    record_end(w);
}

static void write_added(struct writer *w, struct slice host, const struct setting_finding *f)
{
    write_setting(w, host, &f->proof, f->line);
    json_text(&w->json, "hauberk.setting", slice_from(notice_name(f->notice)));
    json_text(&w->json, "hauberk.grade", slice_from(grade_name(f->grade)));
    member(w, "hauberk.place", f->place);
    member(w, "hauberk.name", f->name);
    member(w, "hauberk.value", f->value);
    member(w, "hauberk.detail", f->detail);
    record_end(w);
}

static void write_settings(struct writer *w, const struct host_verdict *v)
{
    struct arena arena = ARENA_INIT;
    struct settings settings;
    settings_read(w->casefile, &arena, v->host, &settings);
    for (size_t i = 0; i < settings.mitigation_count; i++)
        write_mitigation(w, v->host, &settings.mitigations[i]);
    for (size_t i = 0; i < settings.finding_count; i++)
        write_added(w, v->host, &settings.findings[i]);
    arena_deinit(&arena);
}

static void write_coverage(struct writer *w, const struct host_verdict *v)
{
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        record_begin(w, "coverage", v->host);
        json_text(&w->json, "hauberk.source", slice_from(line->family->name));
        json_time(&w->json, "hauberk.from", line->from);
        json_time(&w->json, "hauberk.to", line->to);
        json_int(&w->json, "hauberk.events", (int64_t)line->events);
        json_list_begin(&w->json, "hauberk.gaps");
        for (size_t g = 0; g < line->gap_count; g++)
            json_list_pair(&w->json, slice_from(time_format(line->gaps[g].from, from)),
                           slice_from(time_format(line->gaps[g].to, to)));
        json_list_end(&w->json);
        record_end(w);
    }
}

static void write_damage_row(struct writer *w, struct query *q)
{
    record_begin(w, "damage", query_text(q, 0));
    json_text(&w->json, "log.file.path", query_text(q, 1));
    json_int(&w->json, "hauberk.offset", query_int(q, 2));
    json_text(&w->json, "hauberk.reason", query_text(q, 3));
    record_end(w);
}

static void write_damage(struct writer *w)
{
    struct query q;
    query_open(&q, w->casefile,
               "SELECT (SELECT min(c.host) FROM item j JOIN coverage c ON c.item=j.id WHERE"
               " j.path=i.path), i.path, d.offset,"
               " d.reason FROM damage d JOIN item i ON i.id=d.item ORDER BY i.id, d.offset");
    while (query_next(&q))
        write_damage_row(w, &q);
    query_close(&q);
    query_open(&q, w->casefile,
               "SELECT NULL, path, 0, reason FROM trouble WHERE NOT skipped ORDER BY path");
    while (query_next(&q))
        write_damage_row(w, &q);
    query_close(&q);
}

static void write_sources(struct writer *w, int64_t incident, struct slice host)
{
    struct query q;
    query_open(
        &q, w->casefile,
        "SELECT DISTINCT source FROM finding WHERE incident=? AND host=?"
        " AND source IS NOT NULL AND NOT silent AND NOT from_itself ORDER BY 1 LIMIT 1000");
    query_bind_int(&q, incident);
    query_bind_text(&q, host);
    json_list_begin(&w->json, "hauberk.sources");
    while (query_next(&q))
        json_list_text(&w->json, query_text(&q, 0));
    json_list_end(&w->json);
    query_close(&q);
}

static void write_incidents(struct writer *w)
{
    struct query q;
    query_open(
        &q, w->casefile,
        "SELECT id, host, name, first, last, grade FROM incident ORDER BY host, first, id");
    while (query_next(&q)) {
        record_begin(w, "incident", query_text(&q, 1));
        json_text(&w->json, "hauberk.incident", query_text(&q, 2));
        json_time(&w->json, "hauberk.first", query_time(&q, 3));
        json_time(&w->json, "hauberk.last", query_time(&q, 4));
        json_text(&w->json, "hauberk.grade", slice_from(grade_name(query_grade(&q, 5))));
        write_sources(w, query_int(&q, 0), query_text(&q, 1));
        record_end(w);
    }
    query_close(&q);
}

/* "hauberk.harm_reason.mail": why; the logs that were read or are missing, or the proof. */
static void write_harm_reason(struct writer *w, enum harm_kind kind,
                              const struct harm_reason *reason)
{
    char key[64];
    const char *name = words_harm_kind(kind);
    snprintf(key, sizeof key, "hauberk.harm_reason.%s", name);
    json_text(&w->json, key, slice_from(words_harm_because(reason->because)));
    if (reason->proof.path.ptr) {
        snprintf(key, sizeof key, "hauberk.harm_proof.%s.path", name);
        json_text(&w->json, key, reason->proof.path);
        snprintf(key, sizeof key, "hauberk.harm_proof.%s.offset", name);
        json_int(&w->json, key, (int64_t)reason->proof.offset);
        return;
    }
    snprintf(key, sizeof key, "hauberk.harm_logs.%s", name);
    json_list_begin(&w->json, key);
    for (size_t i = 0; i < reason->family_count; i++)
        json_list_text(&w->json, slice_from(family_get(reason->families[i])->name));
    json_list_end(&w->json);
}

static void write_allowed(struct writer *w)
{
    struct arena arena = ARENA_INIT;
    struct triage_entry *entries;
    size_t count = triage_read(w->casefile, &arena, &entries);
    for (size_t i = 0; i < count; i++) {
        const struct triage_entry *entry = &entries[i];
        record_begin(w, "allow", SLICE_LIT(""));
        json_text(&w->json, "hauberk.reason", entry->reason);
        json_text(&w->json, "hauberk.by", entry->by.len ? entry->by : SLICE_NULL);
        json_time(&w->json, "hauberk.expires", entry->expires);
        json_bool(&w->json, "hauberk.expired", entry->expired);
        json_text(&w->json, "hauberk.keys", entry->keys);
        json_int(&w->json, "hauberk.line", entry->line);
        json_bool(&w->json, "hauberk.matched", entry->closed || entry->held);
        json_int(&w->json, "hauberk.findings", (int64_t)entry->closed);
        json_int(&w->json, "hauberk.held", (int64_t)entry->held);
        if (entry->closed)
            json_text(&w->json, "hauberk.grade", slice_from(grade_name(entry->gravest)));
        record_end(w);
    }
    arena_deinit(&arena);
}

static void write_verdict(struct writer *w, const struct host_verdict *v)
{
    struct triage_host closed = triage_of_host(w->casefile, v->host);
    record_begin(w, "verdict", v->host);
    json_text(&w->json, "hauberk.grade", slice_from(grade_name(v->grade)));
    json_text(&w->json, "hauberk.word", slice_from(grade_word(v->grade)));
    json_time(&w->json, "hauberk.first", v->first);
    json_time(&w->json, "hauberk.last", v->last);
    json_bool(&w->json, "hauberk.partial", v->partial);
    if (closed.closed) {
        json_int(&w->json, "hauberk.allowed.findings", (int64_t)closed.closed);
        json_text(&w->json, "hauberk.allowed.grade", slice_from(grade_name(closed.gravest)));
    }
    for (int k = 0; k < HARM_COUNT; k++) {
        char key[64];
        snprintf(key, sizeof key, "hauberk.harm.%s", words_harm_kind((enum harm_kind)k));
        json_text(&w->json, key, slice_from(words_harm_state(v->harm[k])));
    }
    for (int k = 0; k < HARM_COUNT; k++)
        write_harm_reason(w, (enum harm_kind)k, &v->harm_reason[k]);
    json_list_begin(&w->json, "hauberk.undecided");
    for (size_t i = 0; i < v->undecided_count; i++)
        json_list_text(&w->json, slice_from(v->undecided[i]->id));
    json_list_end(&w->json);
    record_end(w);
}

static void write_exposure(struct writer *w)
{
    struct arena names = ARENA_INIT, arena = ARENA_INIT;
    AUTO_FREE struct exposure *exposure = mem_alloc(sizeof *exposure);
    struct slice *hosts;
    size_t count = exposure_hosts(w->casefile, &names, &hosts);
    for (size_t i = 0; i < count; i++) {
        exposure_read(w->casefile, &arena, hosts[i], exposure);
        buf_clear(&w->line);
        build_entry_host_ndjson(&w->line, exposure);
        if (w->line.len)
            fwrite(w->line.ptr, 1, w->line.len, w->out);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    arena_deinit(&names);
}

static void write_proof(struct writer *w, const struct proof *proof)
{
    if (!proof->path.ptr)
        return;
    json_text(&w->json, "log.file.path", proof->path);
    json_int(&w->json, "hauberk.offset", (int64_t)proof->offset);
}

static void write_actors(struct writer *w, struct arena *arena, struct slice host)
{
    struct actors_report actors;
    actors_read(w->casefile, arena, host, &actors);
    for (size_t i = 0; i < actors.source_count; i++) {
        const struct actor_source *source = &actors.sources[i];
        record_begin(w, "actor", host);
        json_text(&w->json, "source.ip", source->address);
        json_int(&w->json, "hauberk.actor", (int64_t)source->actor);
        json_text(&w->json, "hauberk.role", slice_from(taken_words_role_name(source->role)));
        json_text(&w->json, "hauberk.tie", slice_from(taken_words_tie_name(source->tie)));
        json_time(&w->json, "hauberk.first", source->first);
        json_time(&w->json, "hauberk.last", source->last);
        json_int(&w->json, "hauberk.findings", (int64_t)source->findings);
        json_int(&w->json, "hauberk.names_tried", (int64_t)source->names_tried);
        json_list_begin(&w->json, "hauberk.pages");
        for (size_t p = 0; p < source->page_count; p++)
            json_list_text(&w->json, source->pages[p]);
        json_list_end(&w->json);
        json_list_begin(&w->json, "user_agent.original");
        for (size_t a = 0; a < source->agent_count; a++)
            json_list_text(&w->json, source->agents[a]);
        json_list_end(&w->json);
        write_proof(w, &source->proof);
        record_end(w);
    }
}

static void write_line(struct writer *w, struct slice host, const struct taken_line *line)
{
    record_begin(w, "taken", host);
    json_text(&w->json, "hauberk.kind", slice_from(taken_words_kind_name(line)));
    json_text(&w->json, "hauberk.state", slice_from(taken_words_state(line->state)));
    json_text(&w->json, "hauberk.because", slice_from(taken_words_because_name(line->because)));
    bool command = line->kind == TAKEN_KIND_DEED;
    json_text(&w->json, command ? "user.name" : "source.ip", line->actor);
    member(w, line->kind == TAKEN_KIND_ARCHIVE ? "url.path" : "hauberk.mailbox", line->mailbox);
    json_time(&w->json, "hauberk.first", line->first);
    json_time(&w->json, "hauberk.last", line->last);
    json_int(&w->json, "hauberk.requests", (int64_t)line->requests);
    json_list_begin(&w->json, "hauberk.operations");
    for (size_t i = 0; i < line->operation_count; i++)
        json_list_text(&w->json, line->operations[i].name);
    json_list_end(&w->json);
    if (line->sized) {
        json_int(&w->json, "hauberk.bytes_lower", (int64_t)line->lower);
        json_int(&w->json, "hauberk.bytes_upper", (int64_t)line->upper);
    }
    json_list_begin(&w->json, "hauberk.sources");
    for (size_t i = 0; i < line->family_count; i++)
        json_list_text(&w->json, slice_from(family_get(line->families[i])->name));
    json_list_end(&w->json);
    write_proof(w, &line->proof);
    record_end(w);
}

static void write_volumes(struct writer *w, struct arena *arena, struct slice host)
{
    struct volume_report *volumes = arena_alloc(arena, sizeof *volumes);
    volumes_read(w->casefile, arena, host, volumes);
    for (size_t i = 0; i < volumes->log_count; i++)
        for (size_t l = 0; l < volumes->logs[i].line_count; l++) {
            const struct volume_log *log = &volumes->logs[i];
            const struct volume_line *line = &log->lines[l];
            record_begin(w, "volume", host);
            json_time(&w->json, "@timestamp", line->day);
            json_text(&w->json, "source.ip", line->source);
            json_text(&w->json, "hauberk.source", slice_from(log->family->name));
            json_int(&w->json, "hauberk.bytes", (int64_t)line->bytes);
            json_int(&w->json, "hauberk.requests", (int64_t)line->requests);
            json_int(&w->json, "hauberk.median", (int64_t)log->median);
            json_int(&w->json, "hauberk.sources_compared", (int64_t)log->sources);
            json_bool(&w->json, "hauberk.intruder", line->intruder);
            write_proof(w, &line->proof);
            record_end(w);
        }
}

/* Actors, what was taken, volumes. */
static void write_taken(struct writer *w, const struct host_verdict *v)
{
    struct arena arena = ARENA_INIT;
    struct taken_report taken;
    write_actors(w, &arena, v->host);
    taken_read(w->casefile, &arena, v->host, &taken);
    for (size_t i = 0; i < taken.line_count; i++)
        write_line(w, v->host, &taken.lines[i]);
    write_volumes(w, &arena, v->host);
    arena_deinit(&arena);
}

/* One host after the other in memory that is used again: a hostile log can name thousands. */
static void for_each_host(struct writer *w,
                          void (*write)(struct writer *w, const struct host_verdict *v))
{
    struct arena names = ARENA_INIT, arena = ARENA_INIT;
    struct slice *hosts;
    size_t count = verdict_hosts(w->casefile, &names, &hosts);
    for (size_t i = 0; i < count; i++) {
        struct host_verdict verdict;
        verdict_read(w->casefile, &arena, hosts[i], &verdict);
        write(w, &verdict);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    arena_deinit(&names);
}

static int finish(struct writer *w, struct err *err)
{
    buf_deinit(&w->line);
    buf_deinit(&w->scratch);
    if ((fflush(w->out) != 0 || ferror(w->out)) && errno != EPIPE) /* he may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(w->casefile, err);
}

int report_exposure_ndjson(struct casefile *casefile, FILE *out, struct err *err)
{
    struct writer w = { .casefile = casefile, .out = out };
    write_damage(&w);
    write_exposure(&w);
    return finish(&w, err);
}

int report_ndjson(struct casefile *casefile, bool show_secrets, FILE *out, struct err *err)
{
    struct writer w = { .casefile = casefile, .show_secrets = show_secrets, .out = out };
    write_findings(&w);
    write_context(&w);
    write_pages(&w);
    for_each_host(&w, write_settings);
    for_each_host(&w, write_coverage);
    write_damage(&w);
    write_incidents(&w);
    write_exposure(&w);
    for_each_host(&w, write_taken);
    write_allowed(&w);
    for_each_host(&w, write_verdict);
    return finish(&w, err);
}
