#include "casefile/casefile.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "casefile/exposure.h"
#include "casefile/finish.h"
#include "casefile/pages.h"
#include "casefile/settings.h"
#include "casefile/triage.h"

#define CASE_FORMAT "hauberk-case-4"
#define CHECKPOINT_MS 1000
#define CACHE_KIB "12288" /* sorting for an index takes about as much again, several times */

/* The event that was written last: several rules may fit it, and their findings come together.
 */
struct last_event {
    int64_t id; /* 0: none */
    uint64_t item, offset;
    struct buf row, fields;
};

struct casefile {
    sqlite3 *db;
    struct err failure; /* first one */
    struct last_event last;
    struct query add_event, add_finding, add_key, add_coverage, add_damage, add_item;
    struct query item_done, end_item, set_source;
    bool writing;
    int64_t checkpoint_at;
};

static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE root(id INTEGER PRIMARY KEY, path TEXT, name TEXT);"
    "CREATE TABLE item(id INTEGER PRIMARY KEY, root INTEGER, path TEXT, size INTEGER,"
    " done INTEGER NOT NULL DEFAULT 0, family TEXT, hits_only INTEGER, note TEXT);"
    "CREATE TABLE trouble(path TEXT, reason TEXT, skipped INTEGER);"
    "CREATE TABLE rule(id INTEGER PRIMARY KEY, rule_id TEXT, title TEXT, level TEXT, stage "
    "TEXT,"
    " description TEXT, tags TEXT, file TEXT);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, row TEXT, fields TEXT);"
    "CREATE TABLE finding(id INTEGER PRIMARY KEY, item INTEGER, offset INTEGER, rule INTEGER,"
    " time INTEGER, host TEXT, family TEXT, stage TEXT, outcome TEXT, grade INTEGER,"
    " own_probe INTEGER, from_itself INTEGER, hits_only INTEGER, silent INTEGER,"
    " source TEXT, method TEXT, url_path TEXT, url_query TEXT, status INTEGER, agent TEXT,"
    " user TEXT, page TEXT, page_foreign INTEGER, request_id TEXT, session TEXT,"
    " event INTEGER, incident INTEGER, actor TEXT, host_guessed INTEGER NOT NULL DEFAULT 0,"
    " own_grade INTEGER, near_ms INTEGER);"
    "CREATE TABLE correlation_key(rule INTEGER, slot INTEGER, key TEXT, value TEXT,"
    " number REAL, finding INTEGER);"
    "CREATE TABLE correlation_part(finding INTEGER, part INTEGER);"
    "CREATE TABLE coverage(item INTEGER, host TEXT, family TEXT, time_from INTEGER,"
    " time_to INTEGER, events INTEGER, host_guessed INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE damage(item INTEGER, offset INTEGER, reason TEXT);"
    "CREATE TABLE damaged_host(host TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE request(host TEXT, request_id TEXT, rows INTEGER, grade INTEGER,"
    " proxy_grade INTEGER, PRIMARY KEY(host, request_id)) WITHOUT ROWID;"
    "CREATE TABLE context(finding INTEGER, position INTEGER, item INTEGER, offset INTEGER,"
    " time INTEGER, host TEXT, family TEXT, shared TEXT, row TEXT);"
    "CREATE TABLE page(item INTEGER PRIMARY KEY, host TEXT, class TEXT, found TEXT,"
    " decided TEXT, served INTEGER, standing TEXT, url TEXT, sha256 TEXT, size INTEGER,"
    " modified INTEGER, analysis BLOB, matches INTEGER, host_guessed INTEGER NOT NULL DEFAULT "
    "0);"
    "CREATE TABLE custody(path TEXT PRIMARY KEY, size INTEGER, modified INTEGER, sha256 TEXT,"
    " problem TEXT) WITHOUT ROWID;"
    "CREATE TABLE host_build(item INTEGER, host TEXT, build TEXT, source TEXT, seen INTEGER,"
    " last INTEGER, offset INTEGER, last_offset INTEGER,"
    " host_guessed INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE setting(item INTEGER, host TEXT, kind TEXT, place TEXT, name TEXT, value "
    "TEXT,"
    " detail TEXT, flags INTEGER, notice TEXT, line INTEGER, offset INTEGER, site_mask INTEGER,"
    " application_mask INTEGER, host_guessed INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE taken(host TEXT, what TEXT, family TEXT, source TEXT, subject TEXT,"
    " operation TEXT, act TEXT, slot INTEGER, first INTEGER, last INTEGER, requests INTEGER,"
    " answered INTEGER, bytes INTEGER, sized INTEGER, item INTEGER, offset INTEGER, row TEXT,"
    " PRIMARY KEY(what, host, source, family, subject, operation, act, slot)) WITHOUT ROWID;"
    "CREATE TABLE skew(host TEXT, family TEXT, other_host TEXT, other_family TEXT,"
    " median_ms INTEGER, pairs INTEGER, item INTEGER, offset INTEGER);"
    "CREATE TABLE triage(id INTEGER PRIMARY KEY, line INTEGER, reason TEXT, author TEXT,"
    " expires INTEGER, time_from INTEGER, time_until INTEGER, source TEXT, rule TEXT,"
    " page TEXT, sha256 TEXT, agent TEXT, host TEXT, expired INTEGER, closed INTEGER,"
    " held INTEGER, gravest INTEGER);"
    "CREATE TABLE closed(finding INTEGER PRIMARY KEY, triage INTEGER);"
    "CREATE TABLE incident(id INTEGER PRIMARY KEY, host TEXT, name TEXT, first INTEGER,"
    " last INTEGER, grade INTEGER);";

/* ---- queries --------------------------------------------------------------------------------
 */

static void fail(struct casefile *casefile)
{
    if (casefile->failure.code == ERR_NONE)
        err_set(&casefile->failure, ERR_ENVIRONMENT, "case file: %s",
                sqlite3_errmsg(casefile->db));
}

void query_open(struct query *query, struct casefile *casefile, const char *sql)
{
    *query = (struct query){ casefile, NULL, 0 };
    if (sqlite3_prepare_v2(casefile->db, sql, -1, &query->statement, NULL) != SQLITE_OK)
        fail(casefile);
}

void query_close(struct query *query)
{
    sqlite3_finalize(query->statement);
    query->statement = NULL;
}

static void bind_text(struct query *query, struct slice text, sqlite3_destructor_type lifetime)
{
    query->parameters++;
    if (text.ptr)
        sqlite3_bind_text64(query->statement, query->parameters, text.ptr, text.len, lifetime,
                            SQLITE_UTF8);
    else
        sqlite3_bind_null(query->statement, query->parameters);
}

void query_bind_text(struct query *query, struct slice text)
{
    bind_text(query, text, SQLITE_TRANSIENT);
}

void query_bind_borrowed(struct query *query, struct slice text)
{
    bind_text(query, text, SQLITE_STATIC);
}

void query_bind_int(struct query *query, int64_t value)
{
    sqlite3_bind_int64(query->statement, ++query->parameters, value);
}

void query_bind_double(struct query *query, double value)
{
    sqlite3_bind_double(query->statement, ++query->parameters, value);
}

void query_bind_null(struct query *query)
{
    sqlite3_bind_null(query->statement, ++query->parameters);
}

void query_bind_time(struct query *query, int64_t ms)
{
    if (ms == TIME_NONE)
        sqlite3_bind_null(query->statement, ++query->parameters);
    else
        query_bind_int(query, ms);
}

bool query_next(struct query *query)
{
    if (!query->statement)
        return false;
    int got = sqlite3_step(query->statement);
    if (got != SQLITE_ROW && got != SQLITE_DONE)
        fail(query->casefile);
    return got == SQLITE_ROW;
}

void query_rewind(struct query *query)
{
    sqlite3_reset(query->statement);
    query->parameters = 0;
}

void query_run(struct query *query)
{
    query_next(query);
    query_rewind(query);
}

struct slice query_text(struct query *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    if (!text)
        return SLICE_NULL;
    return slice_of(text, (size_t)sqlite3_column_bytes(query->statement, column));
}

bool query_is_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

bool query_is_text(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_TEXT;
}

bool query_is_real(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_FLOAT;
}

bool query_is_blob(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_BLOB;
}

int query_column_count(struct query *query)
{
    return query->statement ? sqlite3_column_count(query->statement) : 0;
}

const char *query_column_name(struct query *query, int column)
{
    return sqlite3_column_name(query->statement, column);
}

int64_t query_int(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double query_double(struct query *query, int column)
{
    return sqlite3_column_double(query->statement, column);
}

enum grade query_grade(struct query *query, int column)
{
    int64_t grade = query_int(query, column);
    return grade >= GRADE_N && grade <= GRADE_E6 ? (enum grade)grade : GRADE_N;
}

int64_t query_time(struct query *query, int column)
{
    if (query_is_null(query, column))
        return TIME_NONE;
    int64_t ms = query_int(query, column);
    return ms >= TIME_FIRST && ms <= TIME_LAST ? ms : TIME_NONE; /* a case may be edited */
}

void casefile_execute(struct casefile *casefile, const char *sql)
{
    if (sqlite3_exec(casefile->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(casefile);
}

int64_t casefile_count(struct casefile *casefile, const char *sql)
{
    struct query query;
    query_open(&query, casefile, sql);
    int64_t count = query_next(&query) ? query_int(&query, 0) : 0;
    query_close(&query);
    return count;
}

/* ---- opening and closing --------------------------------------------------------------------
 */

static int open_database(struct casefile **out, const char *path, int flags, struct err *err)
{
    struct casefile *casefile = mem_alloc(sizeof *casefile);
    flags |= SQLITE_OPEN_NOMUTEX; /* a case has one owner */
    if (sqlite3_open_v2(path, &casefile->db, flags, NULL) != SQLITE_OK) {
        err_set(err, ERR_USAGE, "%s: %s (does its folder exist?)", path,
                sqlite3_errmsg(casefile->db));
        sqlite3_close(casefile->db);
        free(casefile);
        return -1;
    }
    sqlite3_exec(casefile->db, "PRAGMA cache_size=-" CACHE_KIB, NULL, NULL, NULL);
    /* A case comes from somewhere: its schema must not run functions of ours. */
    sqlite3_db_config(casefile->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(casefile->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    *out = casefile;
    return 0;
}

static void prepare_writers(struct casefile *casefile)
{
    query_open(&casefile->add_event, casefile, "INSERT INTO event(row,fields) VALUES(?,?)");
    query_open(&casefile->add_finding, casefile,
               "INSERT INTO finding(item,offset,rule,time,host,family,stage,outcome,grade,"
               "own_probe,from_itself,hits_only,silent,source,method,url_path,url_query,status,"
               "agent,user,page,page_foreign,request_id,session,event) VALUES"
               "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    query_open(&casefile->add_key, casefile, "INSERT INTO correlation_key VALUES(?,?,?,?,?,?)");
    query_open(&casefile->add_coverage, casefile, "INSERT INTO coverage VALUES(?,?,?,?,?,?,0)");
    query_open(&casefile->add_damage, casefile, "INSERT INTO damage VALUES(?,?,?)");
    query_open(&casefile->add_item, casefile,
               "INSERT OR IGNORE INTO item(id,root,path,size) VALUES(?,?,?,?)");
    query_open(&casefile->item_done, casefile, "SELECT done FROM item WHERE id=?");
    query_open(&casefile->end_item, casefile, "UPDATE item SET done=1 WHERE id=?");
    query_open(&casefile->set_source, casefile,
               "UPDATE item SET family=?, hits_only=?, note=? WHERE id=?");
    casefile->writing = true;
}

static bool meta_equals(struct casefile *casefile, const char *key, struct slice value)
{
    struct query query;
    query_open(&query, casefile, "SELECT value FROM meta WHERE key=?");
    query_bind_text(&query, slice_from(key));
    bool equal = query_next(&query) && slice_eq(query_text(&query, 0), value);
    query_close(&query);
    return equal;
}

/* What belongs to items that were not finished is dropped: they are read again. */
static int resume(struct casefile *casefile, struct slice fingerprint, const char *path,
                  struct err *err)
{
    if (!meta_equals(casefile, "format", SLICE_LIT(CASE_FORMAT)))
        return err_set(err, ERR_USAGE,
                       "%s exists and is not a case file; it was left as it is, name another",
                       path);
    if (meta_equals(casefile, "finished", SLICE_LIT("1")))
        return err_set(err, ERR_USAGE,
                       "%s exists: it is a finished case; `hauberk report` prints it", path);
    if (!meta_equals(casefile, "fingerprint", fingerprint))
        return err_set(
            err, ERR_USAGE,
            "%s exists: it is an unfinished case of other evidence, rules or options", path);
    triage_reopen(casefile);
    pages_reopen(casefile);
    settings_reopen(casefile);
    casefile_unjoin(casefile);
    casefile_execute(
        casefile,
        "DELETE FROM correlation_key WHERE finding IN (SELECT f.id FROM finding f JOIN item i"
        " ON i.id=f.item WHERE NOT i.done);"
        "DELETE FROM event WHERE id IN (SELECT f.event FROM finding f JOIN item i"
        " ON i.id=f.item WHERE NOT i.done);"
        "DELETE FROM finding WHERE item IN (SELECT id FROM item WHERE NOT done);"
        "DELETE FROM correlation_key WHERE finding IN (SELECT finding FROM correlation_part);"
        "DELETE FROM finding WHERE id IN (SELECT finding FROM correlation_part);"
        "DELETE FROM coverage WHERE item IN (SELECT id FROM item WHERE NOT done);"
        "DELETE FROM damage WHERE item IN (SELECT id FROM item WHERE NOT done);"
        "DELETE FROM correlation_part; DELETE FROM trouble; DELETE FROM damaged_host;"
        "DELETE FROM taken; DELETE FROM rule; DELETE FROM root;"
        "UPDATE finding SET host=NULL, host_guessed=0 WHERE host_guessed;"
        "UPDATE coverage SET host=NULL, host_guessed=0 WHERE host_guessed;");
    return 1;
}

/* Schema and names at once: a hunt that is killed in between leaves an empty file, not half. */
static int begin_case(struct casefile *casefile, bool temporary, struct slice fingerprint)
{
    if (temporary)
        casefile_execute(casefile, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
    casefile_execute(casefile, "PRAGMA page_size=16384"); /* a finding has some kilobytes */
    casefile_execute(casefile, "BEGIN");
    casefile_execute(casefile, schema);
    casefile_set_meta(casefile, "format", SLICE_LIT(CASE_FORMAT));
    casefile_set_meta(casefile, "fingerprint", fingerprint);
    casefile_set_meta(casefile, "finished", SLICE_LIT("0"));
    casefile_set_meta(casefile, "version", SLICE_LIT(HAUBERK_VERSION));
    casefile_execute(casefile, "COMMIT");
    return 0;
}

static bool is_empty(struct casefile *casefile)
{
    return casefile_count(casefile, "SELECT count(*) FROM sqlite_master") == 0 &&
           casefile_error(casefile, NULL) == 0;
}

int casefile_create(struct casefile **out, const char *path, struct slice fingerprint,
                    struct err *err)
{
    struct casefile *casefile;
    if (open_database(&casefile, path ? path : "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                      err) < 0)
        return -1;
    int result = is_empty(casefile) ? begin_case(casefile, !path, fingerprint)
                                    : resume(casefile, fingerprint, path, err);
    if (result >= 0 && casefile_error(casefile, err) < 0)
        result = -1;
    if (result < 0) {
        casefile_close(casefile, NULL);
        return -1;
    }
    prepare_writers(casefile);
    casefile_execute(casefile, "BEGIN");
    *out = casefile;
    return result;
}

#define PROGRESS_STEPS 100000 /* of SQLite's machine, between two looks for Ctrl-C */

static int stop_when_interrupted(void *context)
{
    (void)context;
    return interrupt_seen();
}

/* A view or trigger is code: a case that somebody sent must not run any. */
static bool has_foreign_schema(struct casefile *casefile)
{
    return casefile_count(casefile, "SELECT count(*) FROM sqlite_master WHERE type NOT IN"
                                    " ('table','index')") > 0;
}

static int open_existing(struct casefile **out, const char *path, int flags, struct err *err)
{
    struct casefile *casefile;
    if (file_kind(path, true, NULL) != FILE_REGULAR)
        return err_set(err, ERR_USAGE, "%s: no such case file", path);
    if (open_database(&casefile, path, flags, err) < 0)
        return -1;
    sqlite3_progress_handler(casefile->db, PROGRESS_STEPS, stop_when_interrupted, NULL);
    if (has_foreign_schema(casefile) ||
        !meta_equals(casefile, "format", SLICE_LIT(CASE_FORMAT))) {
        casefile_close(casefile, NULL);
        return err_set(err, ERR_USAGE, "%s is not a case file of this version", path);
    }
    *out = casefile;
    return 0;
}

int casefile_open(struct casefile **out, const char *path, struct err *err)
{
    return open_existing(out, path, SQLITE_OPEN_READONLY, err);
}

/* The connection is read-only, and so is what it attaches. */
int casefile_attach(struct casefile *casefile, const char *path, struct err *err)
{
    struct casefile *other;
    struct query query;
    if (casefile_open(&other, path, err) < 0) /* is it one of ours, without code in it? */
        return -1;
    casefile_close(other, NULL);
    AUTO_FREE char *absolute = path_absolute(path);
    query_open(&query, casefile, "ATTACH ? AS old");
    query_bind_text(&query, slice_from(absolute));
    query_run(&query);
    query_close(&query);
    return casefile_error(casefile, err);
}

int casefile_open_changing(struct casefile **out, const char *path, struct err *err)
{
    if (open_existing(out, path, SQLITE_OPEN_READWRITE, err) < 0)
        return -1;
    casefile_execute(*out, "BEGIN IMMEDIATE");
    if (sqlite3_db_readonly((*out)->db, "main") == 1 || casefile_error(*out, err) < 0) {
        casefile_close(*out, NULL);
        return err_set(err, ERR_USAGE, "%s cannot be written; copy it to where it can", path);
    }
    prepare_writers(*out);
    return 0;
}

int casefile_open_copy(struct casefile **out, const char *path, struct err *err)
{
    struct casefile *original, *copy;
    if (casefile_open(&original, path, err) < 0)
        return -1;
    if (open_database(&copy, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) < 0) {
        casefile_close(original, NULL);
        return -1;
    }
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", original->db, "main");
    if (backup)
        sqlite3_backup_step(backup, -1);
    if (!backup || sqlite3_backup_finish(backup) != SQLITE_OK)
        fail(copy);
    casefile_close(original, NULL);
    if (casefile_error(copy, err) < 0) {
        casefile_close(copy, NULL);
        return -1;
    }
    casefile_execute(copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN");
    prepare_writers(copy);
    *out = copy;
    return 0;
}

int casefile_close(struct casefile *casefile, struct err *err)
{
    if (!casefile)
        return 0;
    if (casefile->writing)
        casefile_execute(casefile, "COMMIT");
    query_close(&casefile->add_event);
    query_close(&casefile->add_finding);
    query_close(&casefile->add_key);
    query_close(&casefile->add_coverage);
    query_close(&casefile->add_damage);
    query_close(&casefile->add_item);
    query_close(&casefile->item_done);
    query_close(&casefile->end_item);
    query_close(&casefile->set_source);
    int result = casefile_error(casefile, err);
    sqlite3_close(casefile->db);
    buf_deinit(&casefile->last.row);
    buf_deinit(&casefile->last.fields);
    free(casefile);
    return result;
}

int casefile_error(const struct casefile *casefile, struct err *err)
{
    if (casefile->failure.code == ERR_NONE)
        return 0;
    if (err)
        *err = casefile->failure;
    return -1;
}

/* ---- writing --------------------------------------------------------------------------------
 */

void casefile_set_meta(struct casefile *casefile, const char *key, struct slice value)
{
    struct query query;
    query_open(&query, casefile, "INSERT OR REPLACE INTO meta VALUES(?,?)");
    query_bind_text(&query, slice_from(key));
    query_bind_text(&query, value);
    query_run(&query);
    query_close(&query);
}

static void join_tags(const struct sigma_rule *rule, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < rule->tag_count; i++) {
        if (i)
            buf_add_char(out, ' ');
        buf_add_slice(out, rule->tags[i]);
    }
}

void casefile_add_rules(struct casefile *casefile, const struct sigma_set *set)
{
    struct query query;
    struct buf tags = BUF_INIT;
    query_open(&query, casefile, "INSERT INTO rule VALUES(?,?,?,?,?,?,?,?)");
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct sigma_rule *rule = set->rules[i];
        struct slice stage = sigma_rule_tag(rule, SLICE_LIT("hauberk.stage."));
        join_tags(rule, &tags);
        query_bind_int(&query, (int64_t)i);
        query_bind_text(&query, rule->id.len ? rule->id : rule->title);
        query_bind_text(&query, rule->title);
        query_bind_text(&query, slice_from(sigma_level_name(rule->level)));
        query_bind_text(&query, slice_from(stage_name(stage_by_name(stage))));
        query_bind_text(&query, rule->description);
        query_bind_text(&query, buf_slice(&tags));
        query_bind_text(&query, rule->file);
        query_run(&query);
    }
    buf_deinit(&tags);
    query_close(&query);
}

void casefile_add_root(struct casefile *casefile, size_t root, struct slice path,
                       struct slice name)
{
    struct query query;
    query_open(&query, casefile, "INSERT INTO root VALUES(?,?,?)");
    query_bind_int(&query, (int64_t)root);
    query_bind_text(&query, path);
    query_bind_text(&query, name);
    query_run(&query);
    query_close(&query);
}

void casefile_add_item(struct casefile *casefile, uint64_t item, size_t root, struct slice path,
                       uint64_t size)
{
    struct query *query = &casefile->add_item;
    query_bind_int(query, (int64_t)item);
    query_bind_int(query, (int64_t)root);
    query_bind_text(query, path);
    query_bind_int(query, (int64_t)size);
    query_run(query);
}

void casefile_add_trouble(struct casefile *casefile, struct slice path, struct slice reason,
                          bool skipped)
{
    struct query query;
    query_open(&query, casefile, "INSERT INTO trouble VALUES(?,?,?)");
    query_bind_text(&query, path);
    query_bind_text(&query, reason);
    query_bind_int(&query, skipped);
    query_run(&query);
    query_close(&query);
}

bool casefile_item_done(struct casefile *casefile, uint64_t item)
{
    struct query *query = &casefile->item_done;
    query_bind_int(query, (int64_t)item);
    bool done = query_next(query) && query_int(query, 0);
    query_run(query);
    return done;
}

static const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = { "unknown", "success", "refused" };
    return names[outcome];
}

static struct slice family_text(enum family_id id)
{
    const struct family *family = family_get(id);
    return family ? slice_from(family->name) : SLICE_NULL;
}

/* Exchange's own probes keep their findings but never a grade. */
static enum grade grade_of_finding(const struct finding *finding)
{
    return finding->own_probe ? GRADE_N : grade_of(finding->stage, finding->outcome);
}

static void add_keys(struct casefile *casefile, const struct finding *finding, int64_t id)
{
    struct query *query = &casefile->add_key;
    for (size_t i = 0; i < finding->key_count; i++) {
        const struct record_key *key = &finding->keys[i];
        double number;
        query_bind_int(query, key->correlation);
        query_bind_int(query, key->slot);
        query_bind_text(query, key->key);
        query_bind_text(query, key->value);
        if (slice_to_number(key->value, &number))
            query_bind_double(query, number);
        else
            query_bind_null(query);
        query_bind_int(query, id);
        query_run(query);
    }
}

static bool is_last_event(const struct last_event *last, uint64_t item, const struct finding *f)
{
    return last->id && last->item == item && last->offset == f->offset &&
           slice_eq(buf_slice(&last->row), f->row) &&
           slice_eq(buf_slice(&last->fields), f->fields);
}

static int64_t add_event(struct casefile *casefile, uint64_t item, const struct finding *f)
{
    struct last_event *last = &casefile->last;
    if (is_last_event(last, item, f))
        return last->id;
    query_bind_borrowed(&casefile->add_event, f->row);
    query_bind_borrowed(&casefile->add_event, f->fields);
    query_run(&casefile->add_event);
    last->id = sqlite3_last_insert_rowid(casefile->db);
    last->item = item;
    last->offset = f->offset;
    buf_clear(&last->row);
    buf_add_slice(&last->row, f->row);
    buf_clear(&last->fields);
    buf_add_slice(&last->fields, f->fields);
    return last->id;
}

static void add_finding(struct casefile *casefile, uint64_t item, const struct finding *f)
{
    int64_t event = add_event(casefile, item, f);
    struct query *query = &casefile->add_finding;
    query_bind_int(query, (int64_t)item);
    query_bind_int(query, (int64_t)f->offset);
    query_bind_int(query, f->rule);
    query_bind_time(query, f->time);
    query_bind_borrowed(query, f->host);
    query_bind_borrowed(query, family_text(f->family));
    query_bind_borrowed(query, slice_from(stage_name(f->stage)));
    query_bind_borrowed(query, slice_from(outcome_name(f->outcome)));
    query_bind_int(query, (int64_t)grade_of_finding(f));
    query_bind_int(query, f->own_probe);
    query_bind_int(query, f->from_itself);
    query_bind_int(query, f->hits_only);
    query_bind_int(query, f->silent);
    query_bind_borrowed(query, f->source);
    query_bind_borrowed(query, f->method);
    query_bind_borrowed(query, f->url_path);
    query_bind_borrowed(query, f->url_query);
    query_bind_int(query, f->status);
    query_bind_borrowed(query, f->agent);
    query_bind_borrowed(query, f->user);
    query_bind_borrowed(query, f->page);
    query_bind_int(query, f->page_foreign);
    query_bind_borrowed(query, f->request_id);
    query_bind_borrowed(query, f->session);
    query_bind_int(query, event);
    query_run(query);
    add_keys(casefile, f, sqlite3_last_insert_rowid(casefile->db));
}

static void add_coverage(struct casefile *casefile, uint64_t item,
                         const struct coverage_part *part)
{
    struct query *query = &casefile->add_coverage;
    query_bind_int(query, (int64_t)item);
    query_bind_text(query, part->host);
    query_bind_text(query, family_text(part->family));
    query_bind_time(query, part->from);
    query_bind_time(query, part->to);
    query_bind_int(query, (int64_t)part->events);
    query_run(query);
}

static void add_damage(struct casefile *casefile, uint64_t item, uint64_t offset,
                       struct slice reason)
{
    struct query *query = &casefile->add_damage;
    query_bind_int(query, (int64_t)item);
    query_bind_int(query, (int64_t)offset);
    query_bind_text(query, reason);
    query_run(query);
}

void casefile_add_damage(struct casefile *casefile, uint64_t item, uint64_t offset,
                         const char *reason)
{
    add_damage(casefile, item, offset, slice_from(reason));
}

static void set_source(struct casefile *casefile, uint64_t item, const struct source_note *note)
{
    struct query *query = &casefile->set_source;
    query_bind_text(query, family_text(note->family));
    query_bind_int(query, note->hits_only);
    query_bind_text(query, note->note);
    query_bind_int(query, (int64_t)item);
    query_run(query);
}

static void run_for_item(struct casefile *casefile, const char *sql, uint64_t item)
{
    struct query query;
    query_open(&query, casefile, sql);
    query_bind_int(&query, (int64_t)item);
    query_run(&query);
    query_close(&query);
}

void casefile_add_record(struct casefile *casefile, uint64_t item, const struct record *record)
{
    switch (record->kind) {
    case RECORD_FINDING:
        add_finding(casefile, item, &record->finding);
        break;
    case RECORD_COVERAGE:
        add_coverage(casefile, item, &record->coverage);
        break;
    case RECORD_DAMAGE:
        add_damage(casefile, item, record->damage.offset, record->damage.reason);
        break;
    case RECORD_SOURCE:
        set_source(casefile, item, &record->source);
        break;
    case RECORD_END:
        query_bind_int(&casefile->end_item, (int64_t)item);
        query_run(&casefile->end_item);
        break;
    case RECORD_PAGE:
        pages_add(casefile, item, &record->page);
        break;
    case RECORD_BUILD:
        exposure_add_build(casefile, item, &record->build);
        break;
    case RECORD_TAKEN: /* of the second reading: taken_add() */
        break;
    case RECORD_SETTING:
        settings_add(casefile, item, &record->setting);
        break;
    case RECORD_PROGRESS:
        break;
    }
}

void casefile_forget_item(struct casefile *casefile, uint64_t item)
{
    run_for_item(casefile,
                 "DELETE FROM correlation_key WHERE finding IN"
                 " (SELECT id FROM finding WHERE item=?)",
                 item);
    run_for_item(casefile,
                 "DELETE FROM event WHERE id IN (SELECT event FROM finding WHERE item=?)",
                 item);
    run_for_item(casefile, "DELETE FROM finding WHERE item=?", item);
    casefile->last.id = 0;
    run_for_item(casefile, "DELETE FROM coverage WHERE item=?", item);
    run_for_item(casefile, "DELETE FROM damage WHERE item=?", item);
    pages_forget(casefile, item);
    settings_forget(casefile, item);
    run_for_item(casefile, "UPDATE item SET done=0 WHERE id=?", item);
}

void casefile_checkpoint(struct casefile *casefile)
{
    int64_t now = clock_monotonic_ms();
    if (now - casefile->checkpoint_at < CHECKPOINT_MS)
        return;
    casefile->checkpoint_at = now;
    casefile_execute(casefile, "COMMIT; BEGIN");
}
