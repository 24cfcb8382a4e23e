#include "report/export.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/ip.h"
#include "report/secrets.h"

/* ---- findings ---- */

static void read_finding(struct query *q, struct export_finding *out)
{
    *out = (struct export_finding){
        .time = query_time(q, 0),
        .host = query_text(q, 1),
        .rule_id = query_text(q, 2),
        .title = query_text(q, 3),
        .description = query_text(q, 4),
        .level = query_text(q, 5),
        .tags = query_text(q, 6),
        .stage = query_text(q, 7),
        .outcome = query_text(q, 8),
        .family = query_text(q, 9),
        .path = query_text(q, 10),
        .offset = (uint64_t)query_int(q, 11),
        .grade = query_grade(q, 12),
        .incident = query_text(q, 13),
        .actor = query_text(q, 14),
        .source = query_text(q, 15),
        .method = query_text(q, 16),
        .url_path = query_text(q, 17),
        .url_query = query_text(q, 18),
        .agent = query_text(q, 19),
        .user = query_text(q, 20),
        .page = query_text(q, 21),
        .own_probe = query_int(q, 23) != 0,
        .from_itself = query_int(q, 24) != 0,
        .row = query_text(q, 25),
        .fields = query_text(q, 26),
        .allowed = query_text(q, 27),
    };
    int64_t status = query_int(q, 22);
    out->status = status >= 100 && status <= 999 ? (int)status : 0; /* a case may be edited */
}

/* Rows are large: they are fetched one by one instead of being sorted. */
void export_each_finding(struct casefile *casefile, export_write *write, void *context)
{
    struct query order, q;
    query_open(&order, casefile,
               "SELECT id FROM finding WHERE silent<>1 ORDER BY time, item, offset, rule, id");
    query_open(
        &q, casefile,
        "SELECT f.time, f.host, r.rule_id, r.title, r.description, r.level, r.tags,"
        " f.stage, f.outcome, f.family, i.path, f.offset, f.grade, n.name, f.actor,"
        " f.source, f.method, f.url_path, f.url_query, f.agent, f.user, f.page, f.status,"
        " f.own_probe, f.from_itself, e.row, e.fields,"
        " CASE f.silent WHEN 2 THEN coalesce((SELECT t.reason FROM closed c JOIN triage"
        " t ON t.id=c.triage WHERE c.finding=f.id),'allowed') END FROM finding f"
        " LEFT JOIN event e ON e.id=f.event LEFT JOIN rule r ON r.id=f.rule"
        " LEFT JOIN item i ON i.id=f.item"
        " LEFT JOIN incident n ON n.id=f.incident AND n.host=f.host WHERE f.id=?");
    while (query_next(&order)) {
        struct export_finding finding;
        query_rewind(&q);
        query_bind_int(&q, query_int(&order, 0));
        if (!query_next(&q))
            continue;
        read_finding(&q, &finding);
        write(context, &finding);
    }
    query_close(&q);
    query_close(&order);
}

/* ---- values ---- */

void export_plain(struct buf *out, struct slice text, bool show_secrets)
{
    if (show_secrets)
        buf_add_slice(out, text);
    else
        secrets_shorten(out, text);
}

void export_url(struct buf *out, const struct export_finding *finding, bool show_secrets)
{
    if (!finding->url_path.len)
        return;
    export_plain(out, finding->url_path, show_secrets);
    if (!finding->url_query.len)
        return;
    buf_add_char(out, '?');
    export_plain(out, finding->url_query, show_secrets);
}

static void add_fields(struct buf *out, struct slice fields, bool show_secrets)
{
    json_t *object = json_loadb(fields.ptr, fields.len, JSON_ALLOW_NUL, NULL);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        struct slice text = slice_of(json_string_value(value), json_string_length(value));
        buf_printf(out, "%s%s=", out->len ? "; " : "", key);
        if (!show_secrets && secrets_is_secret_field(slice_from(key)))
            secrets_shorten_whole(out, text);
        else
            export_plain(out, text, show_secrets);
    }
    json_decref(object);
}

void export_row(struct buf *out, const struct export_finding *finding, bool show_secrets)
{
    if (finding->row.len)
        export_plain(out, finding->row, show_secrets);
    else if (finding->fields.len)
        add_fields(out, finding->fields, show_secrets);
}

static bool is_technique(struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (i == 0 ? ascii_lower(id.ptr[i]) != 't'
                   : !ascii_is_digit(id.ptr[i]) && !(id.ptr[i] == '.' && i == 5))
            return false;
    return id.len == 5 || id.len == 9;
}

struct slice export_technique(struct slice tag)
{
    struct slice prefix = SLICE_LIT("attack.");
    struct slice id = slice_from_offset(tag, prefix.len);
    return slice_icase_starts(tag, prefix) && is_technique(id) ? id : SLICE_NULL;
}

struct slice export_cve(struct slice tag)
{
    struct slice prefix = SLICE_LIT("cve.");
    struct slice id = slice_from_offset(tag, prefix.len);
    bool plain = slice_icase_starts(tag, prefix) && id.len >= 9 && id.len <= 16 &&
                 (id.ptr[4] == '-' || id.ptr[4] == '.');
    for (size_t i = 0; plain && i < id.len; i++)
        plain = i == 4 || ascii_is_digit(id.ptr[i]);
    return plain ? id : SLICE_NULL;
}

bool export_address(struct slice text, struct slice *out)
{
    struct ip ip;
    *out = ip_text(text);
    return out->len > 0 && ip_parse(text, &ip) && slice_find_char(*out, '%') == SIZE_MAX;
}

int export_end(struct casefile *casefile, FILE *out, struct err *err)
{
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE)
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
