#include "casefile/settings_internal.h"

#include "base/json.h"

/* ---- rules ---- */

static const struct notice_row {
    const char *name;
    const char *id, *title, *level, *stage; /* id NULL: it is only listed */
} notices[NOTICE_COUNT] = {
    [NOTICE_NONE] = { "", NULL, NULL, NULL, NULL },
    [NOTICE_RESERVED_DIRECTORY] = { "reserved directory", "hauberk-setting-reserved-directory",
                                    "Site serves a folder that Windows cannot open", "critical",
                                    "plant" },
    [NOTICE_OPEN_DIRECTORY] = { "open directory", "hauberk-setting-open-directory",
                                "Site serves a folder outside of the web folders", "high",
                                "none" },
    [NOTICE_FAR_DIRECTORY] = { "far directory", "hauberk-setting-far-directory",
                               "Site serves a folder of another computer", "medium", "none" },
    [NOTICE_OPEN_MODULE] = { "open module", "hauberk-setting-open-module",
                             "IIS loads code from a folder where none is installed", "high",
                             "none" },
    [NOTICE_MODULE] = { "module", NULL, NULL, NULL, NULL },
    [NOTICE_SCRIPT_HANDLER] = { "script handler", "hauberk-setting-script-handler",
                                "Script engine for files that are no pages", "high", "none" },
    [NOTICE_PROGRAM_HANDLER] = { "program handler", "hauberk-setting-program-handler",
                                 "Command line as handler of requests", "critical", "plant" },
    [NOTICE_PUBLIC_KEY] = { "public key", "hauberk-setting-public-key",
                            "Machine key that everybody knows", "high", "none" },
    [NOTICE_FIXED_KEY] = { "fixed key", NULL, NULL, NULL, NULL },
    [NOTICE_OPEN_AGENT] = { "open agent", "hauberk-setting-open-agent",
                            "Transport agent from a folder where none is installed", "high",
                            "none" },
    [NOTICE_AGENT] = { "agent", NULL, NULL, NULL, NULL },
    [NOTICE_FORWARDS] = { "forwards", "hauberk-setting-forwards",
                          "Requests are handed on to another host", "medium", "none" },
    [NOTICE_REDIRECTS] = { "redirects", NULL, NULL, NULL, NULL },
    [NOTICE_SHARED] = { "shared configuration", NULL, NULL, NULL, NULL },
    [NOTICE_ANONYMOUS] = { "anonymous user", NULL, NULL, NULL, NULL },
};

const char *notice_name(enum notice notice)
{
    return notices[notice].name;
}

static const char *description_of(enum notice notice)
{
    return notice == NOTICE_RESERVED_DIRECTORY
               ? "A virtual directory points to a path with the name of a device (AUX, COM1 "
                 "...)"
                 " or below \\\\?\\: no program installs itself there, back doors of 2021 did."
               : "Found in a configuration of IIS or Exchange.";
}

void settings_add_rules(struct casefile *casefile, size_t first_id)
{
    struct query query;
    query_open(&query, casefile,
               "INSERT INTO rule(id,rule_id,title,level,stage,description,tags,file)"
               " VALUES(?,?,?,?,?,?,'','(built in)')");
    for (size_t i = 0; i < NOTICE_COUNT; i++) {
        if (!notices[i].id)
            continue;
        query_bind_int(&query, (int64_t)(first_id + i));
        query_bind_text(&query, slice_from(notices[i].id));
        query_bind_text(&query, slice_from(notices[i].title));
        query_bind_text(&query, slice_from(notices[i].level));
        query_bind_text(&query, slice_from(notices[i].stage));
        query_bind_text(&query, slice_from(description_of((enum notice)i)));
        query_run(&query);
    }
    query_close(&query);
}

/* ---- what workers say ---- */

void settings_add(struct casefile *casefile, uint64_t item, const struct setting_record *record)
{
    const struct setting *s = &record->setting;
    struct query query;
    query_open(&query, casefile,
               "INSERT INTO setting(item,kind,place,name,value,detail,flags,notice,line,offset,"
               "site_mask,application_mask) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
    query_bind_int(&query, (int64_t)item);
    query_bind_text(&query, slice_from(setting_kind_name(s->kind)));
    query_bind_text(&query, s->place);
    query_bind_text(&query, s->name);
    query_bind_text(&query, s->value);
    query_bind_text(&query, s->detail);
    query_bind_int(&query, s->flags);
    query_bind_text(&query,
                    record->notice ? slice_from(notice_name(record->notice)) : SLICE_NULL);
    query_bind_int(&query, s->line);
    query_bind_int(&query, (int64_t)s->offset);
    query_bind_int(&query, s->site_mask);
    query_bind_int(&query, s->application_mask);
    query_run(&query);
    query_close(&query);
}

void settings_forget(struct casefile *casefile, uint64_t item)
{
    struct query query;
    query_open(&query, casefile, "DELETE FROM setting WHERE item=?");
    query_bind_int(&query, (int64_t)item);
    query_run(&query);
    query_close(&query);
}

void settings_reopen(struct casefile *casefile)
{
    casefile_execute(casefile,
                     "DELETE FROM setting WHERE item IN (SELECT id FROM item WHERE NOT done);"
                     "DELETE FROM event WHERE id IN"
                     " (SELECT event FROM finding WHERE family='setting');"
                     "DELETE FROM finding WHERE family='setting';"
                     "UPDATE setting SET host=NULL, host_guessed=0 WHERE host_guessed;");
}

/* ---- findings ---- */

static enum notice notice_by_name(struct slice name)
{
    for (size_t i = NOTICE_NONE + 1; i < NOTICE_COUNT; i++)
        if (slice_eq(name, slice_from(notices[i].name)))
            return (enum notice)i;
    return NOTICE_NONE;
}

static int64_t rule_id(struct casefile *casefile, enum notice notice)
{
    struct query query;
    query_open(&query, casefile, "SELECT id FROM rule WHERE rule_id=?");
    query_bind_text(&query, slice_from(notices[notice].id));
    int64_t id = query_next(&query) ? query_int(&query, 0) : -1;
    query_close(&query);
    return id;
}

/* "virtual directory Default Web Site/x: C:\..." : the proof in one row. */
static void write_row(struct query *rows, struct buf *out)
{
    buf_clear(out);
    buf_printf(out, "line %lu: %.*s", (unsigned long)query_int(rows, 7),
               SLICE_FMT(query_text(rows, 2)));
    for (int column = 3; column <= 6; column++)
        if (query_text(rows, column).len)
            buf_printf(out, "%s%.*s", column == 5 ? ": " : " ",
                       SLICE_FMT(query_text(rows, column)));
}

static void write_fields(struct query *rows, struct buf *out)
{
    static const char *const keys[] = { "hauberk.setting", "hauberk.place", "hauberk.name",
                                        "hauberk.value", "hauberk.detail" };
    buf_clear(out);
    struct json json = json_open(out);
    json_text(&json, "file.path", query_text(rows, 10));
    for (int i = 0; i < 5; i++)
        if (query_text(rows, 2 + i).len)
            json_text(&json, keys[i], query_text(rows, 2 + i));
    json_close(&json);
}

struct settler {
    struct casefile *casefile;
    struct query event, insert;
    struct buf row, fields;
    int64_t rules[NOTICE_COUNT];
};

static void add_finding(struct settler *s, struct query *rows, enum notice notice)
{
    enum stage stage = stage_by_name(slice_from(notices[notice].stage));
    write_row(rows, &s->row);
    write_fields(rows, &s->fields);
    query_bind_text(&s->event, buf_slice(&s->row));
    query_bind_text(&s->event, buf_slice(&s->fields));
    query_run(&s->event);
    query_bind_int(&s->insert, query_int(rows, 0));
    query_bind_int(&s->insert, query_int(rows, 8));
    query_bind_int(&s->insert, s->rules[notice]);
    query_bind_text(&s->insert, query_text(rows, 1));
    query_bind_text(&s->insert, slice_from(stage_name(stage)));
    query_bind_int(&s->insert, (int64_t)grade_of(stage, OUTCOME_SUCCESS));
    query_run(&s->insert);
}

void settings_settle(struct casefile *casefile)
{
    struct settler s = { .casefile = casefile, .row = BUF_INIT, .fields = BUF_INIT };
    struct query rows;
    if (!casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM setting WHERE notice NOTNULL)"))
        return;
    for (size_t i = 0; i < NOTICE_COUNT; i++)
        s.rules[i] = notices[i].id ? rule_id(casefile, (enum notice)i) : -1;
    query_open(&s.event, casefile, "INSERT INTO event(row,fields) VALUES(?,?)");
    query_open(&s.insert, casefile,
               "INSERT INTO finding(item,offset,rule,host,family,stage,outcome,grade,own_probe,"
               "from_itself,hits_only,silent,status,page_foreign,event) VALUES("
               "?1,?2,?3,?4,'setting',?5,'success',?6,0,0,0,0,0,0,last_insert_rowid())");
    query_open(&rows, casefile,
               "SELECT s.item, s.host, s.kind, s.place, s.name, s.value, s.detail, s.line,"
               " s.offset, s.notice, i.path FROM setting s JOIN item i ON i.id=s.item"
               " WHERE s.notice NOTNULL AND s.host NOTNULL ORDER BY s.item, s.rowid");
    while (query_next(&rows)) {
        enum notice notice = notice_by_name(query_text(&rows, 9));
        if (notices[notice].id && s.rules[notice] >= 0)
            add_finding(&s, &rows, notice);
    }
    query_close(&rows);
    query_close(&s.event);
    query_close(&s.insert);
    buf_deinit(&s.row);
    buf_deinit(&s.fields);
}

/* ---- reading ---- */

static struct setting_finding *finding_slot(struct settings *out)
{
    if (out->finding_count < SETTINGS_LIST_MAX)
        return &out->findings[out->finding_count++];
    out->finding_left_out++;
    return NULL;
}

void settings_read_findings(struct casefile *casefile, struct arena *arena, struct slice host,
                            struct settings *out)
{
    struct query rows;
    struct buf row = BUF_INIT;
    out->findings = arena_array(arena, SETTINGS_LIST_MAX, sizeof *out->findings);
    query_open(&rows, casefile,
               "SELECT s.item, s.host, s.kind, s.place, s.name, s.value, s.detail, s.line,"
               " s.offset, s.notice, i.path FROM setting s JOIN item i ON i.id=s.item"
               " WHERE s.notice NOTNULL AND s.host=? ORDER BY s.notice<>'reserved directory',"
               " s.notice IN ('module','agent','fixed key','redirects'), s.item, s.rowid");
    query_bind_text(&rows, host);
    while (query_next(&rows)) {
        struct setting_finding *f = finding_slot(out);
        if (!f)
            continue;
        f->notice = notice_by_name(query_text(&rows, 9));
        f->counts = notices[f->notice].id != NULL;
        f->grade = f->counts ? grade_of(stage_by_name(slice_from(notices[f->notice].stage)),
                                        OUTCOME_SUCCESS)
                             : GRADE_N;
        f->place = arena_copy(arena, query_text(&rows, 3));
        f->name = arena_copy(arena, query_text(&rows, 4));
        f->value = arena_copy(arena, query_text(&rows, 5));
        f->detail = arena_copy(arena, query_text(&rows, 6));
        f->line = (uint32_t)query_int(&rows, 7);
        write_row(&rows, &row);
        f->proof =
            (struct proof){ arena_copy(arena, query_text(&rows, 10)),
                            (uint64_t)query_int(&rows, 8), arena_copy(arena, buf_slice(&row)) };
    }
    query_close(&rows);
    buf_deinit(&row);
}
