/*
 * The case as a STIX 2.1 bundle (docs/exports.md): who was attacked and how, what to look for
 * elsewhere, what was observed where. Findings are grouped: one observed-data for each host,
 * rule, source and path. Requests of Exchange's own monitoring, and rules without a stage, are
 * left out.
 */
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "casefile/verdict.h"
#include "report/stix.h"

#define TOLD " NOT f.silent AND NOT f.own_probe AND f.stage IN " STAGES_TOLD
#define NOT_THE_SERVER " NOT f.from_itself AND f.source IS NOT NULL"
#define SIGHTING_REFS_MAX 100 /* observed-data that a sighting names; the bundle has all */
#define HOSTS_NAMED_MAX 100   /* in the report's description */
#define COUNT_MAX 999999999   /* of number_observed and count */
#define RULES_MAX 100         /* techniques of one source */

struct bundle {
    struct stix stix;
    struct casefile *casefile;
    const struct export_options *options;
    struct buf plain, pattern, key;
};

static struct slice plain(struct bundle *b, struct slice text)
{
    buf_clear(&b->plain);
    export_plain(&b->plain, text, b->options->show_secrets);
    return buf_slice(&b->plain);
}

static void time_member(struct bundle *b, const char *key, int64_t time)
{
    if (time == TIME_NONE || time < 0)
        json_text(&b->stix.json, key, slice_from(b->stix.created));
    else
        json_time(&b->stix.json, key, time);
}

static void count_member(struct bundle *b, const char *key, int64_t count)
{
    json_int(&b->stix.json, key, count < 1 ? 1 : count > COUNT_MAX ? COUNT_MAX : count);
}

static void list_of_one(struct bundle *b, const char *key, const char *value)
{
    json_list_begin(&b->stix.json, key);
    json_list_text(&b->stix.json, slice_from(value));
    json_list_end(&b->stix.json);
}

/* ---- who ---- */

static void write_author(struct bundle *b)
{
    if (!stix_object_begin(&b->stix, "identity", &b->stix.author, true))
        return;
    json_text(&b->stix.json, "name", SLICE_LIT("Hauberk"));
    json_text(&b->stix.json, "description", SLICE_LIT("Evidence hunter for Exchange servers"));
    json_text(&b->stix.json, "identity_class", SLICE_LIT("system"));
    stix_object_end(&b->stix);
}

static struct stix_id host_id(struct bundle *b, struct slice host)
{
    return stix_make_id(&b->stix, "identity", host, false);
}

static void write_hosts(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT DISTINCT f.host FROM finding f WHERE f.host IS NOT NULL AND" TOLD
               " ORDER BY 1");
    while (query_next(&q)) {
        struct stix_id id = host_id(b, query_text(&q, 0));
        if (!stix_object_begin(&b->stix, "identity", &id, false))
            continue;
        json_text(&b->stix.json, "name", query_text(&q, 0));
        json_text(&b->stix.json, "description", SLICE_LIT("Exchange server that was examined"));
        json_text(&b->stix.json, "identity_class", SLICE_LIT("system"));
        stix_object_end(&b->stix);
    }
    query_close(&q);
}

/* ---- how: techniques and vulnerabilities ---- */

struct technique {
    const char *id, *name;
};

/* Of MITRE ATT&CK, those that the built-in rules name. */
static const struct technique techniques[] = {
    { "T1003", "OS Credential Dumping" },
    { "T1003.001", "LSASS Memory" },
    { "T1003.002", "Security Account Manager" },
    { "T1003.003", "NTDS" },
    { "T1047", "Windows Management Instrumentation" },
    { "T1053.005", "Scheduled Task" },
    { "T1059", "Command and Scripting Interpreter" },
    { "T1059.001", "PowerShell" },
    { "T1059.003", "Windows Command Shell" },
    { "T1070", "Indicator Removal" },
    { "T1070.001", "Clear Windows Event Logs" },
    { "T1074", "Data Staged" },
    { "T1098", "Account Manipulation" },
    { "T1114", "Email Collection" },
    { "T1114.002", "Remote Email Collection" },
    { "T1114.003", "Email Forwarding Rule" },
    { "T1136", "Create Account" },
    { "T1190", "Exploit Public-Facing Application" },
    { "T1505.002", "Transport Agent" },
    { "T1505.003", "Web Shell" },
    { "T1505.004", "IIS Components" },
    { "T1543.003", "Windows Service" },
    { "T1595.002", "Vulnerability Scanning" },
};

static const char *technique_name(const char *id)
{
    for (size_t i = 0; i < sizeof techniques / sizeof *techniques; i++)
        if (strcmp(techniques[i].id, id) == 0)
            return techniques[i].name;
    return id;
}

/* "T1505.003" of a tag; false: it names no technique. */
static bool technique_of(struct slice tag, char out[16])
{
    struct slice id = export_technique(tag);
    if (!id.ptr)
        return false;
    snprintf(out, 16, "T%.*s", SLICE_FMT(slice_from_offset(id, 1)));
    return true;
}

static bool cve_of(struct slice tag, char out[32])
{
    struct slice id = export_cve(tag);
    if (!id.ptr)
        return false;
    snprintf(out, 32, "CVE-%.4s-%.*s", id.ptr, SLICE_FMT(slice_from_offset(id, 5)));
    return true;
}

static struct stix_id technique_id(struct bundle *b, const char *id)
{
    return stix_make_id(&b->stix, "attack-pattern", slice_from(id), true);
}

static void write_technique(struct bundle *b, const char *technique)
{
    struct stix_id id = technique_id(b, technique);
    if (!stix_object_begin(&b->stix, "attack-pattern", &id, true))
        return;
    json_text(&b->stix.json, "name", slice_from(technique_name(technique)));
    stix_external(&b->stix, "mitre-attack", slice_from(technique));
    stix_object_end(&b->stix);
}

static void write_cve(struct bundle *b, const char *cve)
{
    struct stix_id id = stix_make_id(&b->stix, "vulnerability", slice_from(cve), true);
    if (!stix_object_begin(&b->stix, "vulnerability", &id, true))
        return;
    json_text(&b->stix.json, "name", slice_from(cve));
    stix_external(&b->stix, "cve", slice_from(cve));
    stix_object_end(&b->stix);
}

static void write_relation(struct bundle *b, const struct stix_id *from, const char *how,
                           const struct stix_id *to, bool global)
{
    buf_clear(&b->key);
    buf_printf(&b->key, "%s %s %s", from->text, how, to->text);
    struct stix_id id = stix_make_id(&b->stix, "relationship", buf_slice(&b->key), global);
    if (!stix_object_begin(&b->stix, "relationship", &id, global))
        return;
    json_text(&b->stix.json, "relationship_type", slice_from(how));
    stix_ref(&b->stix, "source_ref", from);
    stix_ref(&b->stix, "target_ref", to);
    stix_object_end(&b->stix);
}

/* A rule that names T1190 and a CVE: the one targets the other. */
static void write_targets(struct bundle *b, struct slice tags, const char *technique)
{
    struct stix_id from = technique_id(b, technique);
    char cve[32];
    for (struct slice rest = tags; rest.ptr;)
        if (cve_of(slice_cut(&rest, ' '), cve)) {
            struct stix_id to = stix_make_id(&b->stix, "vulnerability", slice_from(cve), true);
            write_relation(b, &from, "targets", &to, true);
        }
}

static void write_tags(struct bundle *b, struct slice tags)
{
    char name[32];
    for (struct slice rest = tags; rest.ptr;) {
        struct slice tag = slice_cut(&rest, ' ');
        if (cve_of(tag, name))
            write_cve(b, name);
    }
    for (struct slice rest = tags; rest.ptr;) {
        struct slice tag = slice_cut(&rest, ' ');
        if (!technique_of(tag, name))
            continue;
        write_technique(b, name);
        if (strcmp(name, "T1190") == 0)
            write_targets(b, tags, name);
    }
}

static void write_techniques(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT r.tags FROM rule r WHERE r.tags IS NOT NULL AND r.id IN"
               " (SELECT DISTINCT f.rule FROM finding f WHERE" TOLD ") ORDER BY r.id");
    while (query_next(&q))
        write_tags(b, query_text(&q, 0));
    query_close(&q);
}

/* ---- what was observed ---- */

/* Columns of a group; of those that differ, one row's. */
#define GROUP_COLUMNS                                                                          \
    "f.host, f.rule, f.source, f.method, f.url_path, f.url_query, f.agent, f.user, f.item,"    \
    " f.from_itself, min(f.time), max(f.time), count(*)"
#define GROUPED " GROUP BY f.host, f.rule, f.source, f.method, f.url_path, f.user"

/* The id of the group in the current row. */
static struct stix_id observed_id(struct bundle *b, struct query *q)
{
    static const int columns[] = { 0, 2, 3, 4, 7 };
    struct buf key = BUF_INIT;
    buf_put_u64(&key, (uint64_t)query_int(q, 1));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        buf_put_text(&key, query_text(q, columns[i]));
    struct stix_id id = stix_make_id(&b->stix, "observed-data", buf_slice(&key), false);
    buf_deinit(&key);
    return id;
}

static struct stix_id request_of(struct bundle *b, struct query *q, struct stix_id source)
{
    struct buf value = BUF_INIT, method = BUF_INIT, agent = BUF_INIT;
    export_plain(&value, query_text(q, 4), b->options->show_secrets);
    if (query_text(q, 5).len) {
        buf_add_char(&value, '?');
        export_plain(&value, query_text(q, 5), b->options->show_secrets);
    }
    for (size_t i = 0; i < query_text(q, 3).len; i++)
        buf_add_char(&method, ascii_lower(query_text(q, 3).ptr[i]));
    export_plain(&agent, query_text(q, 6), b->options->show_secrets);
    struct stix_request request = { source, stix_domain(&b->stix, query_text(q, 0)),
                                    method.len ? buf_slice(&method) : SLICE_LIT("get"),
                                    buf_slice(&value), buf_slice(&agent) };
    struct stix_id id = { "" };
    if (request.source.text[0] || request.host.text[0])
        id = stix_traffic(&b->stix, &request);
    buf_deinit(&value);
    buf_deinit(&method);
    buf_deinit(&agent);
    return id;
}

/* The file it stands in; of a page, with its hash. */
static struct stix_id file_of(struct bundle *b, int64_t item)
{
    struct query q;
    struct stix_id id = { "" };
    query_open(&q, b->casefile,
               "SELECT i.path, p.sha256, p.size FROM item i LEFT JOIN page p ON p.item=i.id"
               " WHERE i.id=?");
    query_bind_int(&q, item);
    if (query_next(&q)) {
        struct slice path = query_text(&q, 0);
        for (size_t i = path.len; i > 0; i--)
            if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\') {
                path = slice_from_offset(path, i);
                break;
            }
        id = stix_file(&b->stix, path.len ? path : SLICE_LIT("unnamed"), query_text(&q, 1),
                       query_is_null(&q, 2) ? -1 : query_int(&q, 2));
    }
    query_close(&q);
    return id;
}

static void add_ref(struct stix_id *refs, size_t *count, struct stix_id id)
{
    if (id.text[0])
        refs[(*count)++] = id;
}

/* The observables of a group. */
static size_t write_observables(struct bundle *b, struct query *q, struct stix_id refs[4])
{
    size_t count = 0;
    struct stix_id source = stix_address(&b->stix, query_text(q, 2));
    add_ref(refs, &count, source);
    if (query_text(q, 4).len)
        add_ref(refs, &count, request_of(b, q, source));
    add_ref(refs, &count, stix_account(&b->stix, query_text(q, 7)));
    if (count == 0)
        add_ref(refs, &count, file_of(b, query_int(q, 8)));
    return count;
}

static void write_group(struct bundle *b, struct query *q)
{
    struct stix_id id = observed_id(b, q), refs[4];
    size_t count = write_observables(b, q, refs);
    if (count == 0 || !stix_object_begin(&b->stix, "observed-data", &id, false))
        return;
    time_member(b, "first_observed", query_time(q, 10));
    time_member(b, "last_observed", query_time(q, 11));
    count_member(b, "number_observed", query_int(q, 12));
    stix_refs(&b->stix, "object_refs", refs, count);
    stix_object_end(&b->stix);
}

static void write_observed(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile, "SELECT " GROUP_COLUMNS " FROM finding f WHERE" TOLD GROUPED);
    while (query_next(&q))
        write_group(b, &q);
    query_close(&q);
}

/* ---- what to look for elsewhere ---- */

struct indicator {
    struct stix_id id;
    const char *kind; /* of indicator-type-ov */
    struct slice name, description, pattern;
    int64_t from;
};

static bool write_indicator(struct bundle *b, const struct indicator *indicator)
{
    if (!stix_object_begin(&b->stix, "indicator", &indicator->id, false))
        return false;
    json_text(&b->stix.json, "name", indicator->name);
    stix_text(&b->stix, "description", indicator->description);
    list_of_one(b, "indicator_types", indicator->kind);
    json_text(&b->stix.json, "pattern", indicator->pattern);
    json_text(&b->stix.json, "pattern_type", SLICE_LIT("stix"));
    time_member(b, "valid_from", indicator->from);
    stix_object_end(&b->stix);
    return true;
}

static struct stix_id address_indicator(struct bundle *b, struct slice address)
{
    return stix_make_id(&b->stix, "indicator", address, false);
}

/* What the rules say that the source matched. */
static void write_indicated(struct bundle *b, const struct stix_id *indicator,
                            struct slice source)
{
    struct query q;
    char technique[16];
    query_open(&q, b->casefile,
               "SELECT r.tags FROM rule r WHERE r.id IN (SELECT DISTINCT f.rule FROM finding f"
               " WHERE f.source=? AND" NOT_THE_SERVER " AND" TOLD ") ORDER BY r.id LIMIT ?");
    query_bind_text(&q, source);
    query_bind_int(&q, RULES_MAX);
    while (query_next(&q))
        for (struct slice rest = query_text(&q, 0); rest.ptr;)
            if (technique_of(slice_cut(&rest, ' '), technique)) {
                struct stix_id to = technique_id(b, technique);
                write_relation(b, indicator, "indicates", &to, false);
            }
    query_close(&q);
}

static void write_address(struct bundle *b, struct query *q)
{
    struct slice address;
    if (!export_address(query_text(q, 0), &address))
        return;
    struct buf name = BUF_INIT;
    bool worked = query_grade(q, 3) >= GRADE_E2;
    buf_clear(&b->pattern);
    buf_printf(&b->pattern, "[%s-addr:value = '",
               slice_find_char(address, ':') != SIZE_MAX ? "ipv6" : "ipv4");
    stix_pattern_text(&b->pattern, address);
    buf_add_text(&b->pattern, "']");
    buf_printf(&name, "%.*s: %s", SLICE_FMT(address), grade_word(query_grade(q, 3)));
    struct indicator indicator = {
        address_indicator(b, address),
        worked ? "malicious-activity" : "anomalous-activity",
        buf_slice(&name),
        worked ? SLICE_LIT("Address from which the server was attacked with success")
               : SLICE_LIT("Address from which the server was scanned or attacked in vain"),
        buf_slice(&b->pattern),
        query_time(q, 1),
    };
    if (write_indicator(b, &indicator))
        write_indicated(b, &indicator.id, query_text(q, 0));
    buf_deinit(&name);
}

static void write_addresses(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT f.source, min(f.time), max(f.time), max(f.grade) FROM finding f "
               "WHERE" NOT_THE_SERVER " AND" TOLD " GROUP BY f.source ORDER BY f.source");
    while (query_next(&q))
        write_address(b, &q);
    query_close(&q);
}

/* Pages that are not Microsoft's and answered. */
static void write_pages(struct bundle *b)
{
    struct query q;
    char shell[16] = "T1505.003";
    query_open(&q, b->casefile,
               "SELECT f.page, min(f.time) FROM finding f WHERE f.page_foreign AND"
               " f.outcome='success' AND f.stage IN ('plant','answer') AND f.page IS NOT NULL"
               " AND NOT f.silent AND NOT f.own_probe GROUP BY f.page ORDER BY f.page");
    while (query_next(&q)) {
        struct buf name = BUF_INIT;
        buf_clear(&b->pattern);
        buf_add_text(&b->pattern, "[url:value LIKE '%");
        stix_pattern_text(&b->pattern, plain(b, query_text(&q, 0)));
        buf_add_text(&b->pattern, "']");
        buf_printf(&name, "Page %.*s", SLICE_FMT(buf_slice(&b->plain)));
        struct indicator indicator = {
            stix_make_id(&b->stix, "indicator", query_text(&q, 0), false),
            "compromised",
            buf_slice(&name),
            SLICE_LIT("Page that is not Microsoft's, and that answered"),
            buf_slice(&b->pattern),
            query_time(&q, 1),
        };
        struct stix_id to = technique_id(b, shell);
        write_technique(b, shell);
        if (write_indicator(b, &indicator))
            write_relation(b, &indicator.id, "indicates", &to, false);
        buf_deinit(&name);
    }
    query_close(&q);
}

struct class_row {
    const char *class, *malware;
};

/* Classes of pages that are malware whatever their place, and the word of malware-type-ov. */
static const struct class_row classes[] = {
    { "shell", "webshell" },
    { "loader", "webshell" },
    { "stealer", "spyware" },
    { "writer", "dropper" },
};

static const char *malware_type(struct slice class)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (slice_eq(class, slice_from(classes[i].class)))
            return classes[i].malware;
    return "unknown";
}

static void write_malware(struct bundle *b, struct query *q)
{
    struct slice sha256 = query_text(q, 1);
    struct buf name = BUF_INIT;
    struct stix_id file = file_of(b, query_int(q, 0));
    struct stix_id malware = stix_make_id(&b->stix, "malware", sha256, false);
    buf_printf(&name, "Page on disk: %.*s", SLICE_FMT(query_text(q, 2)));
    if (stix_object_begin(&b->stix, "malware", &malware, false)) {
        json_text(&b->stix.json, "name", buf_slice(&name));
        json_bool(&b->stix.json, "is_family", false);
        list_of_one(b, "malware_types", malware_type(query_text(q, 2)));
        stix_refs(&b->stix, "sample_refs", &file, 1);
        stix_object_end(&b->stix);
    }
    buf_clear(&b->pattern);
    buf_printf(&b->pattern, "[file:hashes.'SHA-256' = '%.*s']", SLICE_FMT(sha256));
    struct indicator indicator = { stix_make_id(&b->stix, "indicator", sha256, false),
                                   "malicious-activity",
                                   buf_slice(&name),
                                   SLICE_LIT("Hash of a page that was found on the server"),
                                   buf_slice(&b->pattern),
                                   TIME_NONE };
    if (write_indicator(b, &indicator))
        write_relation(b, &indicator.id, "indicates", &malware, false);
    buf_deinit(&name);
}

static bool is_sha256(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.ptr[i]) && (text.ptr[i] < 'a' || text.ptr[i] > 'f'))
            return false;
    return text.len == 64;
}

static void write_disk(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT p.item, p.sha256, p.class FROM page p WHERE p.class IN"
               " ('shell','loader','stealer','writer') ORDER BY p.item");
    while (query_next(&q))
        if (is_sha256(query_text(&q, 1)))
            write_malware(b, &q);
    query_close(&q);
}

/* ---- where it was seen ---- */

/* The observed-data of one source on one host, at most SIGHTING_REFS_MAX. */
static void add_observed(struct bundle *b, struct slice source, struct slice host)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT " GROUP_COLUMNS
               " FROM finding f WHERE f.source=? AND f.host=? AND" NOT_THE_SERVER
               " AND" TOLD GROUPED " LIMIT ?");
    query_bind_text(&q, source);
    query_bind_text(&q, host);
    query_bind_int(&q, SIGHTING_REFS_MAX);
    json_list_begin(&b->stix.json, "observed_data_refs");
    while (query_next(&q)) {
        struct stix_id id = observed_id(b, &q);
        json_list_text(&b->stix.json, slice_from(id.text));
    }
    json_list_end(&b->stix.json);
    query_close(&q);
}

static void write_sighting(struct bundle *b, struct query *q)
{
    struct slice address;
    if (!export_address(query_text(q, 0), &address))
        return;
    struct stix_id of = address_indicator(b, address), where = host_id(b, query_text(q, 1));
    buf_clear(&b->key);
    buf_printf(&b->key, "%s %s", of.text, where.text);
    struct stix_id id = stix_make_id(&b->stix, "sighting", buf_slice(&b->key), false);
    if (!stix_object_begin(&b->stix, "sighting", &id, false))
        return;
    time_member(b, "first_seen", query_time(q, 2));
    time_member(b, "last_seen", query_time(q, 3));
    count_member(b, "count", query_int(q, 4));
    stix_ref(&b->stix, "sighting_of_ref", &of);
    add_observed(b, query_text(q, 0), query_text(q, 1));
    stix_refs(&b->stix, "where_sighted_refs", &where, 1);
    stix_object_end(&b->stix);
}

static void write_sightings(struct bundle *b)
{
    struct query q;
    query_open(&q, b->casefile,
               "SELECT f.source, f.host, min(f.time), max(f.time), count(*) FROM finding f"
               " WHERE f.host IS NOT NULL AND" NOT_THE_SERVER " AND" TOLD
               " GROUP BY f.source, f.host ORDER BY f.source, f.host");
    while (query_next(&q))
        write_sighting(b, &q);
    query_close(&q);
}

/* ---- the report about all of it ---- */

static void describe(struct bundle *b, struct buf *out)
{
    struct arena arena = ARENA_INIT;
    struct verdict_summary *hosts;
    size_t count = verdict_summaries(b->casefile, &arena, &hosts);
    for (size_t i = 0; i < count && i < HOSTS_NAMED_MAX; i++) {
        if (i)
            buf_add_text(out, "; ");
        escape_text(out, hosts[i].host);
        buf_printf(out, ": %s, %s", grade_name(hosts[i].grade), grade_word(hosts[i].grade));
    }
    if (count > HOSTS_NAMED_MAX)
        buf_printf(out, "; and %lu hosts more", (unsigned long)(count - HOSTS_NAMED_MAX));
    arena_deinit(&arena);
}

/* Straight to the file: the list is as long as the bundle. */
static void write_refs(struct bundle *b, const struct stix_id *report)
{
    struct query q;
    bool first = true;
    fwrite(b->stix.line.ptr, 1, b->stix.line.len, b->stix.out);
    fputs(",\"object_refs\":[", b->stix.out);
    query_open(&q, b->casefile, "SELECT id FROM temp.stix WHERE id<>? ORDER BY id");
    query_bind_text(&q, slice_from(report->text));
    while (query_next(&q)) {
        fprintf(b->stix.out, "%s\"%.*s\"", first ? "" : ",", SLICE_FMT(query_text(&q, 0)));
        first = false;
    }
    query_close(&q);
    fputs("]}", b->stix.out);
}

static void write_report(struct bundle *b)
{
    struct buf text = BUF_INIT;
    struct stix_id id = stix_make_id(&b->stix, "report", SLICE_LIT("case"), false);
    describe(b, &text);
    if (!stix_object_begin(&b->stix, "report", &id, false))
        return;
    json_text(&b->stix.json, "name", SLICE_LIT("Hauberk: what was found on Exchange servers"));
    stix_text(&b->stix, "description", buf_slice(&text));
    list_of_one(b, "report_types", "threat-report");
    json_text(&b->stix.json, "published", slice_from(b->stix.created));
    write_refs(b, &id);
    buf_deinit(&text);
}

int export_stix(struct casefile *casefile, const struct export_options *options, FILE *out,
                struct err *err)
{
    struct bundle b = { .casefile = casefile, .options = options };
    stix_begin(&b.stix, casefile, out, options->tlp);
    write_author(&b);
    write_hosts(&b);
    write_techniques(&b);
    write_observed(&b);
    write_addresses(&b);
    write_pages(&b);
    write_disk(&b);
    write_sightings(&b);
    write_report(&b);
    stix_end(&b.stix);
    buf_deinit(&b.plain);
    buf_deinit(&b.pattern);
    buf_deinit(&b.key);
    return export_end(casefile, out, err);
}
