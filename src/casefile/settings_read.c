/* The settings of one host: files, mitigations, what is lost. */
#include <stdlib.h>

#include "base/buf.h"
#include "casefile/settings_internal.h"

const char *mitigation_id_name(enum mitigation_id id)
{
    static const char *const names[MITIGATION_ID_COUNT] = {
        [MITIGATION_HAND_MADE] = "hand-made",
        [MITIGATION_EOMT] = "EOMT",
        [MITIGATION_EOMT2] = "EOMTv2",
        [MITIGATION_EEMS_M1] = "EEMS M1",
        [MITIGATION_EEMS_M2] = "EEMS M2",
        [MITIGATION_EEMS_OTHER] = "EEMS",
        [MITIGATION_POOL] = "application pool",
        [MITIGATION_SERVICE] = "service",
        [MITIGATION_PROTECTION] = "Extended Protection",
    };
    return names[id];
}

const char *mitigation_state_name(enum mitigation_state state)
{
    static const char *const names[] = { "effective", "partly effective", "not decidable",
                                         "not effective", "lost" };
    return names[state];
}

struct mitigation *settings_add_mitigation(struct settings *out, struct arena *arena,
                                           const struct setting_row *row, enum mitigation_id id)
{
    const struct setting *s = &row->setting;
    if (out->mitigation_count == SETTINGS_LIST_MAX) {
        out->mitigation_left_out++;
        return NULL;
    }
    struct mitigation *m = &out->mitigations[out->mitigation_count++];
    struct buf text = BUF_INIT;
    *m = (struct mitigation){ .id = id };
    m->name = s->name;
    m->place = s->place;
    m->value = s->value;
    m->line = s->line;
    buf_printf(&text, "line %lu: %.*s %.*s", (unsigned long)s->line, SLICE_FMT(s->name),
               SLICE_FMT(s->value));
    m->proof =
        (struct proof){ row->path, s->offset, arena_copy(arena, slice_trim(buf_slice(&text))) };
    buf_deinit(&text);
    return m;
}

/* ---- rows ---- */

static void read_row(struct host_settings *host, struct query *query)
{
    host->rows = mem_reserve(host->rows, host->count, &host->capacity, sizeof *host->rows);
    struct setting_row *row = &host->rows[host->count++];
    struct setting *s = &row->setting;
    *row = (struct setting_row){ .item = query_int(query, 0) };
    /* Rows of one file follow each other. */
    bool same = host->count > 1 && row[-1].item == row->item;
    row->path = same ? row[-1].path : arena_copy(host->arena, query_text(query, 1));
    s->kind = setting_kind_by_name(query_text(query, 2));
    s->place = arena_copy(host->arena, query_text(query, 3));
    s->name = arena_copy(host->arena, query_text(query, 4));
    s->value = arena_copy(host->arena, query_text(query, 5));
    s->detail = arena_copy(host->arena, query_text(query, 6));
    s->flags = (unsigned)query_int(query, 7) & SETTING_FLAGS_ALL;
    s->line = (uint32_t)query_int(query, 8);
    s->offset = (uint64_t)query_int(query, 9);
    s->site_mask = (uint32_t)query_int(query, 10) & FORMS_ALL;
    s->application_mask = (uint32_t)query_int(query, 11) & FORMS_ALL;
}

static bool read_rows(struct casefile *casefile, struct slice name, struct host_settings *host)
{
    struct query query;
    query_open(&query, casefile,
               "SELECT s.item, i.path, s.kind, s.place, s.name, s.value, s.detail, s.flags,"
               " s.line, s.offset, s.site_mask, s.application_mask FROM setting s JOIN item i"
               " ON i.id=s.item WHERE s.host=? ORDER BY s.item, s.rowid");
    query_bind_text(&query, name);
    bool more = query_next(&query);
    for (; more && host->count < SETTINGS_ROWS_MAX; more = query_next(&query))
        read_row(host, &query);
    query_close(&query);
    return more;
}

/* ---- files ---- */

static void add_file(const struct setting_row *row, struct settings *out)
{
    const struct setting *s = &row->setting;
    if (slice_eq(s->name, SLICE_LIT("applicationHost.config")))
        out->host_read = true;
    if (slice_eq(s->name, SLICE_LIT("web.config")) &&
        slice_icase_eq(s->place, SLICE_LIT("Default Web Site")))
        out->site_read = true;
    if (out->file_count == SETTINGS_LIST_MAX)
        out->file_left_out++;
    else
        out->files[out->file_count++] =
            (struct setting_file){ row->path, s->name, s->value, s->line };
}

static void read_files(const struct host_settings *host, struct settings *out)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->rows[i].setting.kind == SETTING_FILE)
            add_file(&host->rows[i], out);
}

/* ---- what the server says it has ---- */

static bool has_working(const struct settings *out, enum mitigation_id id)
{
    for (size_t i = 0; i < out->mitigation_count; i++)
        if (out->mitigations[i].id == id)
            return true;
    return false;
}

/* "M1", "M1.1" → EEMS M1. PING1 and others leave nothing in a configuration. */
static enum mitigation_id listed_id(struct slice name)
{
    if (slice_icase_starts(name, SLICE_LIT("M1")) &&
        (name.len == 2 || !ascii_is_digit(name.ptr[2])))
        return MITIGATION_EEMS_M1;
    if (slice_icase_starts(name, SLICE_LIT("M2")) &&
        (name.len == 2 || !ascii_is_digit(name.ptr[2])))
        return MITIGATION_EEMS_M2;
    return MITIGATION_HAND_MADE;
}

/* Lost is only what the list has and the configuration that was read has not. */
static void judge_list(const struct host_settings *host, struct settings *out)
{
    for (size_t i = 0; i < host->count; i++) {
        const struct setting_row *row = &host->rows[i];
        enum mitigation_id id = listed_id(row->setting.name);
        if (row->setting.kind != SETTING_LISTED ||
            !slice_eq(row->setting.value, SLICE_LIT("applied")))
            continue;
        out->listed = true;
        if (id == MITIGATION_HAND_MADE || !out->site_read || has_working(out, id))
            continue;
        struct mitigation *m = settings_add_mitigation(out, host->arena, row, id);
        if (m)
            m->state = MITIGATION_LOST;
    }
}

/* ---- all together ---- */

static void add_holes(const struct mitigation *m, struct settings *out)
{
    if (m->state == MITIGATION_WORKS || m->state == MITIGATION_PARTLY) {
        out->holes |= m->holes;
        out->partly |= m->partly;
    } else if (m->state == MITIGATION_UNDECIDED) {
        out->undecided |= m->holes | m->partly;
    }
}

/* Two rules may do together what neither does alone: EOMT is two. */
static void join_rules(struct settings *out)
{
    uint32_t stops = 0;
    for (size_t i = 0; i < out->mitigation_count; i++) {
        const struct mitigation *m = &out->mitigations[i];
        add_holes(m, out);
        if (m->state == MITIGATION_WORKS || m->state == MITIGATION_PARTLY)
            stops |= m->stops;
    }
    for (size_t i = 0; i < mitigation_hole_count; i++) {
        uint32_t probes = mitigation_holes[i].probes;
        if (probes && (stops & probes) == probes)
            out->holes |= UINT32_C(1) << i;
    }
    out->partly &= ~out->holes;
    out->undecided &= ~(out->holes | out->partly);
}

void settings_read(struct casefile *casefile, struct arena *arena, struct slice host,
                   struct settings *out)
{
    struct host_settings rows = { .arena = arena };
    *out = (struct settings){ 0 };
    out->files = arena_array(arena, SETTINGS_LIST_MAX, sizeof *out->files);
    out->mitigations = arena_array(arena, SETTINGS_LIST_MAX, sizeof *out->mitigations);
    out->cut = read_rows(casefile, host, &rows);
    read_files(&rows, out);
    settings_judge_rules(&rows, out);
    settings_judge_others(&rows, out);
    judge_list(&rows, out);
    join_rules(out);
    settings_read_findings(casefile, arena, host, out);
    free(rows.rows);
}
