/* The row that proves something. */
#include <string.h>

#include <jansson.h>

#include "report/secrets.h"
#include "report/telling.h"

/* Replaces the first `secret` in the row by its short form. */
static void shorten_in_row(struct buf *row, struct slice secret)
{
    struct buf changed = BUF_INIT;
    struct slice text = buf_slice(row);
    size_t at = secret.len ? slice_find(text, secret) : SIZE_MAX;
    if (at == SIZE_MAX)
        return;
    buf_add_slice(&changed, slice_first(text, at));
    secrets_shorten_whole(&changed, secret);
    buf_add_slice(&changed, slice_from_offset(text, at + secret.len));
    buf_deinit(row);
    *row = changed;
}

/* What every event has and nobody asks for in a proof. */
static bool is_envelope(const char *name)
{
    static const char *const names[] = { "Provider_Guid",
                                         "Version",
                                         "Level",
                                         "Task",
                                         "Opcode",
                                         "Keywords",
                                         "Execution_ThreadID",
                                         "Execution_ProcessID",
                                         "EventID_Qualifiers",
                                         "Correlation_ActivityID",
                                         "TimeCreated_SystemTime" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A record of an event log has no row: its values stand for it. */
static void add_values(struct buf *row, json_t *fields)
{
    const char *key;
    json_t *value;
    json_object_foreach(fields, key, value)
    {
        if (is_envelope(key))
            continue;
        struct slice text = slice_of(json_string_value(value), json_string_length(value));
        buf_printf(row, "%s%s=", row->len ? " " : "", key);
        buf_add_slice(row, slice_first(text, VALUE_TOLD_MAX));
        buf_add_text(row, text.len > VALUE_TOLD_MAX ? "..." : "");
    }
}

struct slice tell_event_row(struct report *r, struct slice stored_row, struct slice stored,
                            size_t most)
{
    struct buf row = BUF_INIT;
    const char *key;
    json_t *value;
    json_t *fields =
        stored.len ? json_loadb(stored.ptr, stored.len, JSON_ALLOW_NUL, NULL) : NULL;
    buf_add_slice(&row, stored_row);
    if (!stored_row.len)
        add_values(&row, fields);
    json_object_foreach(fields, key, value)
    {
        if (!r->show_secrets && secrets_is_secret_field(slice_from(key)))
            shorten_in_row(&row, slice_of(json_string_value(value), json_string_length(value)));
    }
    json_decref(fields);
    bool cut = row.len > most;
    struct slice shown = tell_safe(r, slice_first(buf_slice(&row), most));
    buf_deinit(&row);
    return cut ? tell_format(r, "%.*s ...", SLICE_FMT(shown)) : shown;
}

struct slice tell_proof_row(struct report *r, const struct proof *proof, size_t most)
{
    struct query q;
    query_open(&q, r->casefile,
               "SELECT e.fields FROM finding f JOIN event e ON e.id=f.event"
               " WHERE f.item IN (SELECT id FROM item WHERE path=?)"
               " AND f.offset=? LIMIT 1");
    query_bind_text(&q, proof->path);
    query_bind_int(&q, (int64_t)proof->offset);
    struct slice fields = query_next(&q) ? query_text(&q, 0) : SLICE_NULL;
    struct slice row = tell_event_row(r, proof->row, fields, most);
    query_close(&q);
    return row;
}
