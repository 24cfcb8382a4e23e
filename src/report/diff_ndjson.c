#include "report/diff.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "report/secrets.h"

struct writer {
    struct diff *diff;
    bool show_secrets;
    FILE *out;
    struct buf line, scratch;
    struct json json;
};

static void record_begin(struct writer *w, const char *what, struct slice change,
                         struct slice host)
{
    buf_clear(&w->line);
    w->json = json_open(&w->line);
    json_text(&w->json, "record", SLICE_LIT("diff"));
    json_int(&w->json, "hauberk.schema", 1);
    json_text(&w->json, "host.name", host.ptr ? host : SLICE_LIT(""));
    json_text(&w->json, "hauberk.what", slice_from(what));
    json_text(&w->json, "hauberk.change", change);
}

static void record_end(struct writer *w)
{
    json_close(&w->json);
    buf_add_char(&w->line, '\n');
    fwrite(w->line.ptr, 1, w->line.len, w->out);
}

static void grade(struct writer *w, const char *key, enum grade value)
{
    json_text(&w->json, key, slice_from(grade_name(value)));
}

static void secret(struct writer *w, const char *key, struct slice value)
{
    if (!value.len)
        return;
    buf_clear(&w->scratch);
    if (w->show_secrets)
        buf_add_slice(&w->scratch, value);
    else
        secrets_shorten(&w->scratch, value);
    json_text(&w->json, key, buf_slice(&w->scratch));
}

static void write_verdicts(struct writer *w)
{
    struct arena arena = ARENA_INIT;
    struct diff_verdict *verdicts;
    size_t count = diff_verdicts(w->diff, &arena, &verdicts);
    for (size_t i = 0; i < count; i++) {
        const struct diff_verdict *v = &verdicts[i];
        if (v->was && v->is && v->before == v->after)
            continue;
        const char *change = !v->was ? "new" : !v->is ? "gone" : "changed";
        record_begin(w, "verdict", slice_from(change), v->host);
        if (v->was)
            grade(w, "hauberk.before.grade", v->before);
        if (v->is)
            grade(w, "hauberk.grade", v->after);
        record_end(w);
    }
    arena_deinit(&arena);
}

#define FINDINGS(case_name, changes)                                                           \
    "SELECT d.change, f.host, f.time, r.rule_id, r.title, r.level, f.grade, f.stage,"          \
    " f.outcome, f.family, i.path, f.offset, f.source, f.url_path, f.page, f.silent,"          \
    " d.grade_before, d.closed_before, d.new_rule FROM temp.diff_finding d JOIN " case_name    \
    ".finding f ON f.id=d.finding JOIN " case_name ".rule r ON r.id=f.rule JOIN " case_name    \
    ".item i ON i.id=f.item WHERE d.change IN (" changes ") ORDER BY d.change DESC, f.host,"   \
    " f.time, f.item, f.offset, f.rule"

static void write_finding(struct writer *w, struct query *q)
{
    bool changed = slice_eq(query_text(q, 0), SLICE_LIT("changed"));
    record_begin(w, "finding", query_text(q, 0), query_text(q, 1));
    json_time(&w->json, "@timestamp", query_time(q, 2));
    json_text(&w->json, "rule.id", query_text(q, 3));
    json_text(&w->json, "rule.name", query_text(q, 4));
    json_text(&w->json, "hauberk.level", query_text(q, 5));
    grade(w, "hauberk.grade", query_grade(q, 6));
    json_text(&w->json, "hauberk.stage", query_text(q, 7));
    json_text(&w->json, "hauberk.outcome", query_text(q, 8));
    json_text(&w->json, "hauberk.source", query_text(q, 9));
    json_text(&w->json, "log.file.path", query_text(q, 10));
    json_int(&w->json, "hauberk.offset", query_int(q, 11));
    json_text(&w->json, "source.ip", query_text(q, 12));
    secret(w, "url.path", query_text(q, 13));
    json_text(&w->json, "hauberk.page", query_text(q, 14));
    json_bool(&w->json, "hauberk.closed", query_int(q, 15) != 0);
    if (changed) {
        grade(w, "hauberk.before.grade", query_grade(q, 16));
        json_bool(&w->json, "hauberk.before.closed", query_int(q, 17) != 0);
    }
    if (query_int(q, 18))
        json_bool(&w->json, "hauberk.new_rule", true);
    record_end(w);
}

static void write_page(struct writer *w, struct query *q)
{
    record_begin(w, "page", query_text(q, 0), query_text(q, 1));
    json_text(&w->json, "hauberk.place", query_text(q, 2));
    json_text(&w->json, "file.path", query_text(q, 3));
    json_text(&w->json, "file.hash.sha256", query_text(q, 4));
    json_text(&w->json, "hauberk.class", query_text(q, 5));
    json_text(&w->json, "hauberk.before.sha256", query_text(q, 6));
    json_text(&w->json, "hauberk.before.class", query_text(q, 7));
    record_end(w);
}

static void write_build(struct writer *w, struct query *q)
{
    record_begin(w, "build", query_text(q, 0), query_text(q, 1));
    json_text(&w->json, "hauberk.build", query_text(q, 2));
    record_end(w);
}

static void write_coverage(struct writer *w, struct query *q)
{
    record_begin(w, "coverage", query_text(q, 0), query_text(q, 1));
    json_text(&w->json, "hauberk.source", query_text(q, 2));
    json_time(&w->json, "hauberk.before.from", query_time(q, 3));
    json_time(&w->json, "hauberk.before.to", query_time(q, 4));
    if (!query_is_null(q, 5))
        json_int(&w->json, "hauberk.before.events", query_int(q, 5));
    json_time(&w->json, "hauberk.from", query_time(q, 6));
    json_time(&w->json, "hauberk.to", query_time(q, 7));
    if (!query_is_null(q, 8))
        json_int(&w->json, "hauberk.events", query_int(q, 8));
    record_end(w);
}

static void write_rule(struct writer *w, struct query *q)
{
    record_begin(w, "rule", query_text(q, 0), SLICE_NULL);
    json_text(&w->json, "rule.id", query_text(q, 1));
    json_text(&w->json, "rule.name", query_text(q, 2));
    record_end(w);
}

static void write_setting(struct writer *w, struct query *q)
{
    record_begin(w, "setting", query_text(q, 0), SLICE_NULL);
    json_text(&w->json, "hauberk.setting", query_text(q, 1));
    json_text(&w->json, "hauberk.before.value", query_text(q, 2));
    json_text(&w->json, "hauberk.value", query_text(q, 3));
    record_end(w);
}

static const struct {
    const char *sql;
    void (*write)(struct writer *w, struct query *q);
} parts[] = {
    { FINDINGS("main", "'new','changed'"), write_finding },
    { FINDINGS("old", "'gone'"), write_finding },
    { "SELECT d.change, d.host, d.place, coalesce(i.path, j.path), coalesce(p.sha256, "
      "b.sha256),"
      " coalesce(p.class, b.class), CASE d.change WHEN 'changed' THEN b.sha256 END,"
      " CASE d.change WHEN 'changed' THEN b.class END FROM temp.diff_page d"
      " LEFT JOIN main.page p ON p.item=d.item LEFT JOIN main.item i ON i.id=d.item"
      " LEFT JOIN old.page b ON b.item=d.item_before LEFT JOIN old.item j ON"
      " j.id=d.item_before ORDER BY d.change DESC, d.host, d.place",
      write_page },
    { "SELECT change, host, build FROM temp.diff_build ORDER BY change DESC, host, build",
      write_build },
    { "SELECT * FROM temp.diff_coverage ORDER BY change DESC, host, family", write_coverage },
    { "SELECT * FROM temp.diff_rule ORDER BY change DESC, rule_id", write_rule },
    { "SELECT * FROM temp.diff_setting ORDER BY change DESC, key", write_setting },
};

int report_diff_ndjson(struct diff *diff, bool show_secrets, FILE *out, struct err *err)
{
    struct writer w = { .diff = diff, .show_secrets = show_secrets, .out = out };
    write_verdicts(&w);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct query q;
        query_open(&q, diff->after, parts[i].sql);
        while (query_next(&q))
            parts[i].write(&w, &q);
        query_close(&q);
    }
    buf_deinit(&w.line);
    buf_deinit(&w.scratch);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE)
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(diff->after, err);
}
