/*
 * Findings as documents of the Elastic Common Schema 8.11, ready for Elastic's bulk API: a line
 * that says "create", with an id that depends on the finding alone, then the document. Loading
 * the same case twice changes nothing. Keys are dotted; Elasticsearch takes them for objects.
 *
 * The row's own fields are not expanded: their names are the log's, so an attacker could fill
 * the index's mapping. event.original has the row.
 */
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "report/export.h"

#define ECS_VERSION "8.11.0"
#define ID_BYTES 16

struct ecs {
    const struct export_options *options;
    FILE *out;
    struct buf line, text;
    struct json json;
};

/* ---- what kind of event ---- */

struct stage_kind {
    const char *stage, *category, *type;
};

/* event.category and event.type; types that the category may have. */
static const struct stage_kind kinds[] = {
    { "scan", "web", "access" },
    { "attempt", "intrusion_detection", "info" },
    { "reach", "web", "access" },
    { "abuse", "configuration", "change" },
    { "plant", "file", "creation" },
    { "answer", "web", "access" },
    { "spread", "process", "info" },
    { "cleanup", "configuration", "change" },
    { "none", "intrusion_detection", "info" },
};

static const struct stage_kind *kind_of(struct slice stage)
{
    size_t last = sizeof kinds / sizeof *kinds - 1;
    for (size_t i = 0; i < last; i++)
        if (slice_eq(stage, slice_from(kinds[i].stage)))
            return &kinds[i];
    return &kinds[last];
}

static const char *outcome_of(struct slice outcome)
{
    if (slice_eq(outcome, SLICE_LIT("success")))
        return "success";
    return slice_eq(outcome, SLICE_LIT("refused")) ? "failure" : "unknown";
}

/* event.severity: 0 to 100, as Elastic's own rules have it. */
static int severity_of(struct slice level)
{
    static const struct {
        const char *level;
        int severity;
    } rows[] = { { "critical", 99 }, { "high", 73 }, { "medium", 47 }, { "low", 21 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_eq(level, slice_from(rows[i].level)))
            return rows[i].severity;
    return 0;
}

/* ---- members ---- */

/* Left out when empty; secrets shortened. */
static void add(struct ecs *ecs, const char *key, struct slice value)
{
    if (!value.len)
        return;
    buf_clear(&ecs->text);
    export_plain(&ecs->text, value, ecs->options->show_secrets);
    json_text(&ecs->json, key, buf_slice(&ecs->text));
}

static void add_one(struct ecs *ecs, const char *key, struct slice value)
{
    if (!value.len)
        return;
    json_list_begin(&ecs->json, key);
    json_list_text(&ecs->json, value);
    json_list_end(&ecs->json);
}

/* A list of what `pick` finds in the tags, in upper case. */
static void add_from_tags(struct ecs *ecs, const char *key, struct slice tags,
                          bool (*pick)(struct slice tag, struct buf *out))
{
    bool any = false;
    for (struct slice rest = tags; rest.ptr;) {
        struct slice tag = slice_cut(&rest, ' ');
        buf_clear(&ecs->text);
        if (!pick(tag, &ecs->text))
            continue;
        if (!any)
            json_list_begin(&ecs->json, key);
        any = true;
        json_list_text(&ecs->json, buf_slice(&ecs->text));
    }
    if (any)
        json_list_end(&ecs->json);
}

/* "T1505" of "attack.t1505.003" */
static bool pick_technique(struct slice tag, struct buf *out)
{
    struct slice id = export_technique(tag);
    if (!id.ptr)
        return false;
    buf_add_char(out, 'T');
    buf_add_slice(out, slice_of(id.ptr + 1, 4));
    return true;
}

static bool pick_subtechnique(struct slice tag, struct buf *out)
{
    struct slice id = export_technique(tag);
    if (id.len != 9)
        return false;
    buf_add_char(out, 'T');
    buf_add_slice(out, slice_from_offset(id, 1));
    return true;
}

static bool pick_cve(struct slice tag, struct buf *out)
{
    struct slice id = export_cve(tag);
    if (!id.ptr)
        return false;
    buf_printf(out, "CVE-%.4s-%.*s", id.ptr, SLICE_FMT(slice_from_offset(id, 5)));
    return true;
}

static bool has_technique(struct slice tags)
{
    for (struct slice rest = tags; rest.ptr;)
        if (export_technique(slice_cut(&rest, ' ')).ptr)
            return true;
    return false;
}

/* The schema has room for one; all of them are in a field of ours. */
static void add_vulnerability(struct ecs *ecs, struct slice tags)
{
    for (struct slice rest = tags; rest.ptr;) {
        buf_clear(&ecs->text);
        if (!pick_cve(slice_cut(&rest, ' '), &ecs->text))
            continue;
        json_text(&ecs->json, "vulnerability.id", buf_slice(&ecs->text));
        break;
    }
    add_from_tags(ecs, "hauberk.cve", tags, pick_cve);
}

static void add_threat(struct ecs *ecs, struct slice tags)
{
    if (has_technique(tags)) {
        json_text(&ecs->json, "threat.framework", SLICE_LIT("MITRE ATT&CK"));
        add_from_tags(ecs, "threat.technique.id", tags, pick_technique);
        add_from_tags(ecs, "threat.technique.subtechnique.id", tags, pick_subtechnique);
    }
    add_vulnerability(ecs, tags);
}

/* source.ip takes addresses only, or Elasticsearch refuses the document. */
static void add_source(struct ecs *ecs, const struct export_finding *f)
{
    struct slice address;
    add(ecs, "source.address", f->source);
    if (export_address(f->source, &address))
        json_text(&ecs->json, "source.ip", address);
    if (export_address(f->source, &address) || export_address(f->actor, &address))
        add_one(ecs, "related.ip", address);
}

/* MONTCLAIR\anna, anna@montclair.example, anna */
static void add_user(struct ecs *ecs, struct slice user)
{
    size_t at = slice_find_char(user, '\\');
    struct slice name = user;
    if (!user.len)
        return;
    if (at != SIZE_MAX) {
        json_text(&ecs->json, "user.domain", slice_first(user, at));
        name = slice_from_offset(user, at + 1);
    } else if (slice_find_char(user, '@') != SIZE_MAX) {
        json_text(&ecs->json, "user.email", user);
    }
    if (name.len)
        json_text(&ecs->json, "user.name", name);
    add_one(ecs, "related.user", name);
}

static void add_request(struct ecs *ecs, const struct export_finding *f)
{
    struct buf url = BUF_INIT;
    add(ecs, "http.request.method", f->method);
    if (f->status)
        json_int(&ecs->json, "http.response.status_code", f->status);
    export_url(&url, f, true);
    add(ecs, "url.original", buf_slice(&url));
    add(ecs, "url.path", f->url_path);
    add(ecs, "url.query", f->url_query);
    add(ecs, "user_agent.original", f->agent);
    buf_deinit(&url);
}

static void add_event(struct ecs *ecs, const struct export_finding *f)
{
    const struct stage_kind *kind = kind_of(f->stage);
    bool files = slice_eq(f->family, SLICE_LIT("file"));
    json_text(&ecs->json, "event.kind", SLICE_LIT("alert"));
    add_one(ecs, "event.category", slice_from(files ? "file" : kind->category));
    add_one(ecs, "event.type", slice_from(files ? "info" : kind->type));
    json_text(&ecs->json, "event.outcome", slice_from(outcome_of(f->outcome)));
    json_int(&ecs->json, "event.severity", severity_of(f->level));
    json_text(&ecs->json, "event.module", SLICE_LIT("hauberk"));
    json_text(&ecs->json, "event.dataset", SLICE_LIT("hauberk.finding"));
    buf_clear(&ecs->text);
    export_row(&ecs->text, f, ecs->options->show_secrets);
    if (ecs->text.len)
        json_text(&ecs->json, "event.original", buf_slice(&ecs->text));
}

static void add_ours(struct ecs *ecs, const struct export_finding *f)
{
    json_text(&ecs->json, "hauberk.grade", slice_from(grade_name(f->grade)));
    json_text(&ecs->json, "hauberk.word", slice_from(grade_word(f->grade)));
    add(ecs, "hauberk.stage", f->stage);
    add(ecs, "hauberk.level", f->level);
    add(ecs, "hauberk.source", f->family);
    add(ecs, "hauberk.incident", f->incident);
    add(ecs, "hauberk.actor", f->actor);
    add(ecs, "hauberk.page", f->page);
    add(ecs, "hauberk.allowed", f->allowed);
    json_int(&ecs->json, "hauberk.offset", (int64_t)f->offset);
    if (f->own_probe)
        json_bool(&ecs->json, "hauberk.own_probe", true);
}

static void add_message(struct ecs *ecs, const struct export_finding *f)
{
    buf_clear(&ecs->text);
    buf_printf(&ecs->text, "%s %.*s", grade_name(f->grade), SLICE_FMT(f->title));
    json_text(&ecs->json, "message", buf_slice(&ecs->text));
}

/* ---- lines ---- */

/* The same finding of the same case has the same id, so that it is loaded once. */
static void add_id(struct ecs *ecs, const struct export_finding *f)
{
    uint8_t digest[SHA256_BYTES];
    char hex[HASH_TEXT_SIZE];
    buf_clear(&ecs->text);
    buf_put_text(&ecs->text, f->host);
    buf_put_text(&ecs->text, f->rule_id);
    buf_put_text(&ecs->text, f->path);
    buf_put_u64(&ecs->text, f->offset);
    buf_put_u64(&ecs->text, (uint64_t)f->time);
    hash_bytes(HASH_SHA256, buf_slice(&ecs->text), digest);
    json_text(&ecs->json, "_id", slice_from(hash_text(digest, ID_BYTES, hex)));
}

static void write_action(struct ecs *ecs, const struct export_finding *f)
{
    struct json outer = json_open(&ecs->line);
    ecs->json = json_begin(&outer, "create");
    add_id(ecs, f);
    json_close(&ecs->json);
    json_close(&outer);
    buf_add_char(&ecs->line, '\n');
}

static void write_document(void *context, const struct export_finding *f)
{
    struct ecs *ecs = context;
    buf_clear(&ecs->line);
    write_action(ecs, f);
    ecs->json = json_open(&ecs->line);
    /* Required of every document; the tag tells that there was none. */
    json_time(&ecs->json, "@timestamp", f->time == TIME_NONE ? 0 : f->time);
    if (f->time == TIME_NONE)
        add_one(ecs, "tags", SLICE_LIT("hauberk-no-time"));
    json_text(&ecs->json, "ecs.version", SLICE_LIT(ECS_VERSION));
    add_message(ecs, f);
    add_event(ecs, f);
    add(ecs, "host.name", f->host);
    add_one(ecs, "related.hosts", f->host);
    add(ecs, "log.file.path", f->path);
    json_text(&ecs->json, "rule.id", f->rule_id);
    json_text(&ecs->json, "rule.name", f->title);
    if (f->description.len)
        json_text(&ecs->json, "rule.description", f->description);
    add_threat(ecs, f->tags);
    add_source(ecs, f);
    add_user(ecs, f->user);
    add_request(ecs, f);
    add_ours(ecs, f);
    json_close(&ecs->json);
    buf_add_char(&ecs->line, '\n');
    fwrite(ecs->line.ptr, 1, ecs->line.len, ecs->out);
}

int export_ecs(struct casefile *casefile, const struct export_options *options, FILE *out,
               struct err *err)
{
    struct ecs ecs = { .options = options, .out = out };
    export_each_finding(casefile, write_document, &ecs);
    buf_deinit(&ecs.line);
    buf_deinit(&ecs.text);
    return export_end(casefile, out, err);
}
