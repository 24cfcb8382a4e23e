#include "casefile/triage.h"

#include <string.h>

#include "base/clock.h"
#include "exchange/page.h"

#define BOUND_MS (7 * MS_PER_DAY) /* the longest window that bounds a rule without source */

/* ---- entries in the case ---- */

static const char *const columns[ALLOW_KEY_COUNT] = {
    [ALLOW_SOURCE] = "source", [ALLOW_RULE] = "rule",   [ALLOW_PAGE] = "page",
    [ALLOW_SHA256] = "sha256", [ALLOW_AGENT] = "agent", [ALLOW_HOST] = "host",
};

static void bind_values(struct query *query, const struct allow_values *values)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < values->count; i++) {
        if (i)
            buf_add_char(&text, '\n');
        buf_add_slice(&text, values->items[i]);
    }
    query_bind_text(query, values->count ? buf_slice(&text) : SLICE_NULL);
    buf_deinit(&text);
}

void triage_set(struct casefile *casefile, const struct allow_list *list)
{
    struct query query;
    triage_reopen(casefile);
    casefile_execute(casefile, "DELETE FROM triage");
    query_open(&query, casefile,
               "INSERT INTO triage(line,reason,author,expires,time_from,time_until,source,rule,"
               "page,sha256,agent,host,expired,closed,held,gravest)"
               " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,0,0,0,0)");
    for (size_t i = 0; i < list->count; i++) {
        const struct allow_entry *entry = &list->entries[i];
        query_bind_int(&query, entry->line);
        query_bind_text(&query, entry->reason);
        query_bind_text(&query, entry->by.len ? entry->by : SLICE_NULL);
        query_bind_time(&query, entry->expires);
        query_bind_time(&query, entry->from);
        query_bind_time(&query, entry->until);
        for (int key = 0; key < ALLOW_KEY_COUNT; key++)
            bind_values(&query, &entry->keys[key]);
        query_run(&query);
    }
    query_close(&query);
}

#define ENTRY_COLUMNS                                                                          \
    "SELECT id, line, reason, author, expires, time_from, time_until, source, rule, page,"     \
    " sha256, agent, host, expired, closed, held, gravest FROM triage ORDER BY id LIMIT 1000"
#define FIRST_KEY_COLUMN 7

/* A value that a list would refuse spoils the entry: somebody edited the case. */
static bool load_values(struct arena *arena, struct allow_entry *entry, enum allow_key key,
                        struct slice text)
{
    while (text.len)
        if (allow_add_value(arena, entry, key, slice_cut(&text, '\n')))
            return false;
    return true;
}

struct rule_entry {
    int64_t id;
    struct allow_entry allow;
    uint64_t closed, held;
};

struct closer {
    struct casefile *casefile;
    struct arena arena;
    size_t count;
    struct rule_entry *entries; /* that have not expired */
    struct query close, hashes, open_page, parts, mark;
};

static void load_entries(struct closer *closer, int64_t now)
{
    struct query query;
    query_open(&query, closer->casefile, ENTRY_COLUMNS);
    closer->entries = arena_array(&closer->arena, ALLOW_ENTRIES_MAX, sizeof *closer->entries);
    while (closer->count < ALLOW_ENTRIES_MAX && query_next(&query)) {
        struct rule_entry *entry = &closer->entries[closer->count];
        struct allow_entry *allow = &entry->allow;
        bool good = true;
        *entry = (struct rule_entry){ .id = query_int(&query, 0) };
        allow->reason = arena_copy(&closer->arena, query_text(&query, 2));
        allow->expires = query_time(&query, 4);
        allow->from = query_time(&query, 5);
        allow->until = query_time(&query, 6);
        for (int key = 0; key < ALLOW_KEY_COUNT; key++)
            good &= load_values(&closer->arena, allow, (enum allow_key)key,
                                query_text(&query, FIRST_KEY_COLUMN + key));
        if (good && !allow_refusal(allow) && allow->expires >= now)
            closer->count++;
    }
    query_close(&query);
}

/* ---- does an entry fit? ---- */

struct subject {
    int64_t id, time;
    struct slice rule, host, source, agent, page, url_path;
    struct slice sha256, file, url; /* of a file */
    enum stage stage;
    enum grade grade;
    bool is_file, own_probe, from_itself, is_silent;
};

#define SUBJECT                                                                                \
    "SELECT f.id, r.rule_id, f.time, f.host, f.family='file', f.stage,"                        \
    " f.grade, f.own_probe, f.from_itself, f.source, f.agent, f.page,"                         \
    " f.url_path, p.sha256, i.path, coalesce(p.url, f.page), f.silent FROM "
#define SUBJECT_TABLES                                                                         \
    " JOIN rule r ON r.id=f.rule JOIN item i ON i.id=f.item"                                   \
    " LEFT JOIN page p ON p.item=f.item AND f.family='file' "

static struct subject read_subject(struct query *query)
{
    return (struct subject){ .id = query_int(query, 0),
                             .rule = query_text(query, 1),
                             .time = query_time(query, 2),
                             .host = query_text(query, 3),
                             .is_file = query_int(query, 4) != 0,
                             .stage = stage_by_name(query_text(query, 5)),
                             .grade = query_grade(query, 6),
                             .own_probe = query_int(query, 7) != 0,
                             .from_itself = query_int(query, 8) != 0,
                             .source = query_text(query, 9),
                             .agent = query_text(query, 10),
                             .page = query_text(query, 11),
                             .url_path = query_text(query, 12),
                             .sha256 = query_text(query, 13),
                             .file = query_text(query, 14),
                             .url = query_text(query, 15),
                             .is_silent = query_int(query, 16) != 0 };
}

static bool has_value(const struct allow_values *values, struct slice text)
{
    for (size_t i = 0; text.len && i < values->count; i++)
        if (slice_icase_eq(values->items[i], text))
            return true;
    return false;
}

/* A request of the server to itself names no actor. */
static bool fits_source(const struct allow_entry *entry, const struct subject *subject)
{
    struct ip ip;
    if (subject->from_itself || !ip_parse(subject->source, &ip))
        return false;
    for (size_t i = 0; i < entry->keys[ALLOW_SOURCE].count; i++)
        if (ip_in_network(&ip, &entry->networks[i]))
            return true;
    return false;
}

static bool fits_agent(const struct allow_entry *entry, struct slice agent)
{
    const struct allow_values *values = &entry->keys[ALLOW_AGENT];
    for (size_t i = 0; agent.len && i < values->count; i++) {
        struct slice wanted = values->items[i];
        bool open = wanted.ptr[wanted.len - 1] == '*';
        if (open ? slice_icase_starts(agent, slice_first(wanted, wanted.len - 1))
                 : slice_icase_eq(agent, wanted))
            return true;
    }
    return false;
}

/* "C/inetpub/wwwroot/x.aspx" of the evidence ends with "/inetpub/wwwroot/x.aspx". */
static bool ends_with_path(struct slice file, struct slice wanted)
{
    char rooted[PAGE_SCRATCH_SIZE] = "/", scratch[PAGE_SCRATCH_SIZE];
    if (file.len + 2 > sizeof rooted)
        return false;
    memcpy(rooted + 1, file.ptr, file.len);
    struct slice path =
        exchange_path_normalise(slice_of(rooted, file.len + 1), scratch, sizeof scratch);
    return slice_icase_ends(path, wanted);
}

/* A file path counts as such; a URL only where the file's own is the same or not known. */
static bool is_file_of(const struct subject *subject, struct slice wanted)
{
    if (wanted.len > 2 && wanted.ptr[1] == ':')
        return ends_with_path(subject->file, slice_from_offset(wanted, 2));
    if (subject->url.len)
        return slice_icase_eq(subject->url, wanted);
    return ends_with_path(subject->file, wanted);
}

static bool fits_page(const struct allow_entry *entry, const struct subject *subject)
{
    char scratch[PAGE_SCRATCH_SIZE];
    const struct allow_values *values = &entry->keys[ALLOW_PAGE];
    for (size_t i = 0; subject->is_file && i < values->count; i++)
        if (is_file_of(subject, values->items[i]))
            return true;
    if (subject->is_file)
        return false;
    struct slice path = exchange_path_normalise(subject->url_path, scratch, sizeof scratch);
    return subject->page.len ? has_value(values, subject->page) : has_value(values, path);
}

/* A request fits a hash when every file that is known to lie behind its page has it. */
static bool fits_hash(struct closer *closer, const struct allow_entry *entry,
                      const struct subject *subject)
{
    const struct allow_values *values = &entry->keys[ALLOW_SHA256];
    bool all = false;
    if (subject->is_file)
        return has_value(values, subject->sha256);
    query_rewind(&closer->hashes);
    query_bind_text(&closer->hashes, subject->host);
    query_bind_text(&closer->hashes, subject->page);
    while (query_next(&closer->hashes)) {
        all = has_value(values, query_text(&closer->hashes, 0));
        if (!all)
            return false;
    }
    return all;
}

static bool fits_time(const struct allow_entry *entry, int64_t time)
{
    if (entry->from == TIME_NONE && entry->until == TIME_NONE)
        return true;
    return time != TIME_NONE && (entry->from == TIME_NONE || time >= entry->from) &&
           (entry->until == TIME_NONE || time <= entry->until);
}

/* All keys that are given, but for the rule. */
static bool fits_but_rule(struct closer *closer, const struct allow_entry *entry,
                          const struct subject *subject)
{
    const struct allow_values *keys = entry->keys;
    return fits_time(entry, subject->time) &&
           (!keys[ALLOW_HOST].count || has_value(&keys[ALLOW_HOST], subject->host)) &&
           (!keys[ALLOW_SOURCE].count || fits_source(entry, subject)) &&
           (!keys[ALLOW_AGENT].count || fits_agent(entry, subject->agent)) &&
           (!keys[ALLOW_PAGE].count || fits_page(entry, subject)) &&
           (!keys[ALLOW_SHA256].count || fits_hash(closer, entry, subject));
}

static bool fits(struct closer *closer, const struct allow_entry *entry,
                 const struct subject *subject)
{
    const struct allow_values *rules = &entry->keys[ALLOW_RULE];
    return (!rules->count || has_value(rules, subject->rule)) &&
           fits_but_rule(closer, entry, subject);
}

/* ---- may it close? ---- */

/* One rule on one host for some days: for events that have no source. */
static bool is_bounded(const struct allow_entry *entry)
{
    return entry->keys[ALLOW_RULE].count && entry->keys[ALLOW_HOST].count &&
           entry->from != TIME_NONE && entry->until != TIME_NONE &&
           entry->until - entry->from <= BOUND_MS;
}

static bool is_enough(const struct allow_entry *entry, const struct subject *subject)
{
    bool source = entry->keys[ALLOW_SOURCE].count, rule = entry->keys[ALLOW_RULE].count;
    bool hash = entry->keys[ALLOW_SHA256].count;
    bool page = entry->keys[ALLOW_PAGE].count || hash;
    bool bounded = is_bounded(entry) && !subject->source.len;
    enum stage stage = subject->stage;
    if (subject->is_file)
        return hash && (subject->grade == GRADE_N || entry->keys[ALLOW_PAGE].count);
    if (subject->own_probe || stage == STAGE_NONE || stage == STAGE_SCAN)
        return true;
    if (stage == STAGE_ATTEMPT)
        return source || rule;
    if (stage == STAGE_ANSWER && page)
        return true;
    if (subject->grade >= GRADE_E3 || stage == STAGE_CLEANUP)
        return (source && (rule || page)) || bounded;
    return source || bounded;
}

/* Does the page of this answer lie on disk as a back door that nobody closed? */
static bool is_of_open_back_door(struct closer *closer, const struct subject *subject)
{
    if (subject->is_file || subject->stage != STAGE_ANSWER || !subject->page.len)
        return false;
    query_rewind(&closer->open_page);
    query_bind_text(&closer->open_page, subject->host);
    query_bind_text(&closer->open_page, subject->page);
    return query_next(&closer->open_page);
}

/* ---- passes ---- */

static void close_finding(struct closer *closer, struct rule_entry *entry, int64_t finding,
                          bool is_silent)
{
    query_bind_int(&closer->close, finding);
    query_bind_int(&closer->close, entry->id);
    query_run(&closer->close);
    entry->closed += !is_silent;
}

/* The first entry that may close it does; what only fits is held. */
static void judge(struct closer *closer, const struct subject *subject)
{
    struct rule_entry *held = NULL;
    for (size_t i = 0; i < closer->count; i++) {
        struct rule_entry *entry = &closer->entries[i];
        if (!fits(closer, &entry->allow, subject))
            continue;
        if (is_enough(&entry->allow, subject) && !is_of_open_back_door(closer, subject)) {
            close_finding(closer, entry, subject->id, subject->is_silent);
            return;
        }
        held = held ? held : entry;
    }
    if (held && !subject->is_silent)
        held->held++;
}

static void judge_all(struct closer *closer, const char *sql)
{
    struct query query;
    query_open(&query, closer->casefile, sql);
    while (query_next(&query)) {
        struct subject subject = read_subject(&query);
        judge(closer, &subject);
    }
    query_close(&query);
}

/*
 * The server passes a request on to itself: what its back end logs of it names the server as
 * source. It is closed with what the front end logged, if all of that is and none is graver.
 * The id is the server's own; a client that repeats one in its own request does so from its own
 * address.
 */
static void close_back_end(struct closer *closer)
{
    struct query query;
    casefile_execute(
        closer->casefile,
        "CREATE TEMP TABLE IF NOT EXISTS closed_request(host TEXT, request_id TEXT,"
        " triage INTEGER, grade INTEGER, PRIMARY KEY(host, request_id)) WITHOUT ROWID;"
        "DELETE FROM temp.closed_request;"
        "INSERT INTO temp.closed_request SELECT f.host, f.request_id, min(c.triage),"
        " max(f.grade) FROM finding f LEFT JOIN closed c ON c.finding=f.id WHERE"
        " f.request_id IS NOT NULL AND f.host IS NOT NULL AND NOT f.from_itself"
        " AND f.source IS NOT NULL AND NOT f.silent GROUP BY f.host, f.request_id"
        " HAVING count(*)=count(c.triage)");
    query_open(&query, closer->casefile,
               "SELECT f.id, q.triage FROM finding f CROSS JOIN temp.closed_request q ON"
               " f.host=q.host AND f.request_id=q.request_id WHERE f.from_itself AND"
               " NOT f.silent AND f.grade<=q.grade AND f.stage<>'cleanup' AND f.id NOT IN"
               " (SELECT finding FROM closed)");
    while (query_next(&query)) {
        query_bind_int(&closer->close, query_int(&query, 0));
        query_bind_int(&closer->close, query_int(&query, 1));
        query_run(&closer->close);
    }
    query_close(&query);
}

static struct rule_entry *entry_by_id(struct closer *closer, int64_t id)
{
    for (size_t i = 0; i < closer->count; i++)
        if (closer->entries[i].id == id)
            return &closer->entries[i];
    return NULL;
}

/* The entry that closed the last of the parts, when all of them are closed; else NULL. */
static struct rule_entry *closed_with_parts(struct closer *closer, int64_t finding)
{
    struct query query;
    int64_t id = 0;
    bool all = false;
    query_open(&query, closer->casefile,
               "SELECT c.triage FROM correlation_part k LEFT JOIN closed c ON c.finding=k.part"
               " WHERE k.finding=? ORDER BY k.part");
    query_bind_int(&query, finding);
    while (query_next(&query)) {
        all = !query_is_null(&query, 0);
        id = query_int(&query, 0);
        if (!all)
            break;
    }
    query_close(&query);
    return all ? entry_by_id(closer, id) : NULL;
}

/* Every event below the correlation, of whatever rule, must be one that the entry means. */
static bool fits_parts(struct closer *closer, const struct allow_entry *entry, int64_t finding)
{
    bool all = false;
    query_rewind(&closer->parts);
    query_bind_int(&closer->parts, finding);
    while (query_next(&closer->parts)) {
        struct subject part = read_subject(&closer->parts);
        all = fits_but_rule(closer, entry, &part);
        if (!all)
            break;
    }
    return all;
}

static void judge_correlation(struct closer *closer, const struct subject *subject)
{
    struct rule_entry *held = NULL, *entry = closed_with_parts(closer, subject->id);
    for (size_t i = 0; !entry && i < closer->count; i++) {
        struct rule_entry *next = &closer->entries[i];
        if (!fits(closer, &next->allow, subject))
            continue;
        bool may = is_enough(&next->allow, subject) && !is_of_open_back_door(closer, subject) &&
                   fits_parts(closer, &next->allow, subject->id);
        if (may)
            entry = next;
        else
            held = held ? held : next;
    }
    if (entry)
        close_finding(closer, entry, subject->id, subject->is_silent);
    else if (held && !subject->is_silent)
        held->held++;
}

/* Those of correlations come behind their parts: they were made later. */
static void judge_correlations(struct closer *closer)
{
    struct query query;
    casefile_execute(closer->casefile, "CREATE INDEX IF NOT EXISTS correlation_part_finding ON"
                                       " correlation_part(finding)");
    query_open(
        &closer->parts, closer->casefile,
        "WITH RECURSIVE leaf(id) AS (SELECT part FROM correlation_part WHERE finding=?"
        " UNION SELECT k.part FROM leaf JOIN correlation_part k ON k.finding=leaf.id) " SUBJECT
        "leaf JOIN finding f ON f.id=leaf.id" SUBJECT_TABLES);
    query_open(&query, closer->casefile,
               SUBJECT "finding f" SUBJECT_TABLES
                       "WHERE f.id IN (SELECT finding FROM correlation_part) ORDER BY f.id");
    while (query_next(&query)) {
        struct subject subject = read_subject(&query);
        judge_correlation(closer, &subject);
    }
    query_close(&query);
    query_close(&closer->parts);
}

/* Back doors on disk that are open: their URLs, under which they may have answered. */
static void note_open_pages(struct closer *closer)
{
    casefile_execute(closer->casefile,
                     "CREATE TEMP TABLE IF NOT EXISTS open_page(host TEXT, page TEXT);"
                     "DELETE FROM temp.open_page;"
                     "INSERT INTO temp.open_page SELECT DISTINCT f.host,"
                     " coalesce(f.page, p.url) FROM finding f JOIN page p ON p.item=f.item"
                     " WHERE f.family='file' AND f.stage='plant' AND f.id NOT IN"
                     " (SELECT finding FROM closed) AND coalesce(f.page, p.url) IS NOT NULL");
}

static void close_all(struct closer *closer)
{
    struct casefile *casefile = closer->casefile;
    query_open(&closer->close, casefile, "INSERT OR IGNORE INTO closed VALUES(?,?)");
    query_open(&closer->hashes, casefile,
               "SELECT sha256 FROM page WHERE host=? AND url=? COLLATE NOCASE");
    judge_all(closer, SUBJECT "finding f" SUBJECT_TABLES "WHERE f.family='file'");
    note_open_pages(closer);
    query_open(&closer->open_page, casefile,
               "SELECT 1 FROM temp.open_page WHERE host=? AND page=? COLLATE NOCASE");
    judge_all(closer, SUBJECT "finding f" SUBJECT_TABLES "WHERE f.family<>'file'"
                              " AND f.id NOT IN (SELECT finding FROM correlation_part)");
    close_back_end(closer);
    judge_correlations(closer);
    query_close(&closer->close);
    query_close(&closer->hashes);
    query_close(&closer->open_page);
}

static void note_counts(struct closer *closer)
{
    struct query query;
    query_open(&query, closer->casefile, "UPDATE triage SET expired=0, held=? WHERE id=?");
    for (size_t i = 0; i < closer->count; i++) {
        query_bind_int(&query, (int64_t)closer->entries[i].held);
        query_bind_int(&query, closer->entries[i].id);
        query_run(&query);
    }
    query_close(&query);
    casefile_execute(
        closer->casefile,
        "UPDATE finding SET silent=2 WHERE NOT silent AND id IN (SELECT finding FROM closed);"
        "UPDATE triage SET closed=(SELECT count(*) FROM closed c JOIN finding f ON"
        " f.id=c.finding WHERE c.triage=triage.id AND f.silent=2),"
        " gravest=coalesce((SELECT max(f.grade) FROM closed c JOIN finding f ON"
        " f.id=c.finding WHERE c.triage=triage.id AND f.silent=2),0)");
}

void triage_reopen(struct casefile *casefile)
{
    casefile_execute(casefile, "DELETE FROM closed;"
                               "UPDATE triage SET closed=0, held=0, gravest=0;"
                               "UPDATE finding SET silent=0 WHERE silent=2");
}

void triage_settle(struct casefile *casefile, int64_t now)
{
    struct closer closer = { .casefile = casefile };
    if (!casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM triage)"))
        return;
    triage_reopen(casefile);
    casefile_execute(casefile, "UPDATE triage SET expired=1");
    load_entries(&closer, now);
    if (closer.count)
        close_all(&closer);
    note_counts(&closer);
    arena_deinit(&closer.arena);
}

bool triage_is_stale(struct casefile *casefile, int64_t now)
{
    struct query query;
    query_open(&query, casefile,
               "SELECT EXISTS(SELECT 1 FROM triage WHERE NOT expired AND expires<?)");
    query_bind_int(&query, now);
    bool stale = query_next(&query) && query_int(&query, 0);
    query_close(&query);
    return stale;
}

/* ---- for reports ---- */

static void add_key(struct buf *out, const char *name, struct slice values)
{
    if (!values.len)
        return;
    buf_printf(out, "%s%s ", out->len ? "; " : "", name);
    for (size_t n = 0; values.len; n++) {
        if (n)
            buf_add_text(out, ", ");
        buf_add_slice(out, slice_cut(&values, '\n'));
    }
}

static void add_time(struct buf *out, const char *name, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    if (time != TIME_NONE)
        buf_printf(out, "%s%s %s", out->len ? "; " : "", name, time_format_plain(time, text));
}

static struct slice keys_of(struct query *query, struct arena *arena)
{
    struct buf text = BUF_INIT;
    for (int key = 0; key < ALLOW_KEY_COUNT; key++)
        add_key(&text, columns[key], query_text(query, FIRST_KEY_COLUMN + key));
    add_time(&text, "from", query_time(query, 5));
    add_time(&text, "until", query_time(query, 6));
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

size_t triage_read(struct casefile *casefile, struct arena *arena, struct triage_entry **out)
{
    struct query query;
    size_t count = 0;
    *out = arena_array(arena, ALLOW_ENTRIES_MAX, sizeof **out);
    query_open(&query, casefile, ENTRY_COLUMNS);
    while (count < ALLOW_ENTRIES_MAX && query_next(&query)) {
        struct triage_entry *entry = &(*out)[count++];
        entry->id = query_int(&query, 0);
        entry->line = (int)query_int(&query, 1);
        entry->reason = arena_copy(arena, query_text(&query, 2));
        entry->by = arena_copy(arena, query_text(&query, 3));
        entry->keys = keys_of(&query, arena);
        entry->expires = query_time(&query, 4);
        entry->expired = query_int(&query, 13) != 0;
        entry->closed = (uint64_t)query_int(&query, 14);
        entry->held = (uint64_t)query_int(&query, 15);
        entry->gravest = query_grade(&query, 16);
    }
    query_close(&query);
    return count;
}

struct triage_host triage_of_host(struct casefile *casefile, struct slice host)
{
    struct query query;
    struct triage_host found = { 0, GRADE_N };
    query_open(&query, casefile,
               "SELECT count(*), max(CASE WHEN stage IN " STAGES_GRADED
               " AND NOT own_probe THEN grade ELSE 0 END) FROM closed c JOIN finding f ON"
               " f.id=c.finding WHERE f.host=? AND f.silent=2");
    query_bind_text(&query, host);
    if (query_next(&query)) {
        found.closed = (uint64_t)query_int(&query, 0);
        found.gravest = query_grade(&query, 1);
    }
    query_close(&query);
    return found;
}
