#include "casefile/pages.h"

/* ---- rules ---- */

static const struct page_rule_row {
    const char *id, *title, *level, *stage, *description;
} rules[] = {
    [PAGE_RULE_SHELL] = { "hauberk-page-shell", "Web shell on disk", "critical", "plant",
                          "Data of the request reaches code, a command, a database statement, "
                          "or path and content of a file." },
    [PAGE_RULE_LOADER] = { "hauberk-page-loader", "Page on disk that loads code", "critical",
                           "plant", "The page runs code that it decrypts or fetches." },
    [PAGE_RULE_STEALER] = { "hauberk-page-stealer", "Page on disk that steals passwords",
                            "critical", "plant",
                            "The page keeps or sends away what people type into it." },
    [PAGE_RULE_FOREIGN] = { "hauberk-page-foreign", "Foreign page on disk", "high", "plant",
                            "A page in a folder in which only Microsoft's belong." },
    [PAGE_RULE_RAN] = { "hauberk-page-ran", "Trace of a foreign page that ran", "high", "plant",
                        "ASP.NET compiled a page that is not Microsoft's: it was there and was "
                        "asked for, even if it is gone." },
    [PAGE_RULE_UNKNOWN] = { "hauberk-page-unknown", "Page on disk that we do not know",
                            "medium", "none",
                            "A page in a folder of Exchange's that none of 131 builds has; "
                            "later builds may have it." },
    [PAGE_RULE_TAMPERED] = { "hauberk-page-tampered", "Microsoft's page with other content",
                             "high", "none",
                             "The host's build is known, and this page of it is another." },
    [PAGE_RULE_WRITER] = { "hauberk-page-writer", "Page on disk that writes files", "medium",
                           "none", "Data of the request reaches a file's path or content." },
    [PAGE_RULE_SUSPECT] = { "hauberk-page-suspect", "Suspect page on disk", "medium", "none",
                            "Signs of a back door, but no proof." },
    [PAGE_RULE_ANSWERED] = { "hauberk-page-answered", "Back door on disk asked for", "critical",
                             "answer",
                             "A page that lies on the disk as a back door was asked for." },
};

#define INSERT_RULE                                                                            \
    "INSERT INTO rule(id,rule_id,title,level,stage,description,tags,file)"                     \
    " VALUES(?,?,?,?,?,?,?,?)"

static void insert_rule(struct query *query, size_t id, const struct page_rule_row *row,
                        const char *file)
{
    query_bind_int(query, (int64_t)id);
    query_bind_text(query, slice_from(row->id));
    query_bind_text(query, slice_from(row->title));
    query_bind_text(query, slice_from(row->level));
    query_bind_text(query, slice_from(row->stage));
    query_bind_text(query, slice_from(row->description));
    query_bind_text(query, SLICE_LIT(""));
    query_bind_text(query, slice_from(file));
    query_run(query);
}

void pages_add_rules(struct casefile *casefile, size_t first_id)
{
    struct query query;
    query_open(&query, casefile, INSERT_RULE);
    for (size_t i = 0; i < PAGE_RULE_COUNT; i++)
        insert_rule(&query, first_id + i, &rules[i], "(built in)");
    query_close(&query);
}

static const char *level_of_score(int64_t score)
{
    if (score < 0)
        return "medium";
    return score >= 80 ? "high" : score >= 60 ? "medium" : "low";
}

/* What a user's rule says of a stage, if it is one of ours. */
static const char *stage_of(const struct yara_rule *rule)
{
    return stage_name(rule->stage ? stage_by_name(slice_from(rule->stage)) : STAGE_NONE);
}

void pages_add_yara(struct casefile *casefile, size_t first_id, const struct yara_set *yara)
{
    struct query query;
    query_open(&query, casefile, INSERT_RULE);
    for (size_t i = 0; i < yara_set_count(yara); i++) {
        const struct yara_rule *rule = yara_set_rule(yara, i);
        struct page_rule_row row = { rule->name, rule->description, level_of_score(rule->score),
                                     stage_of(rule), "" };
        insert_rule(&query, first_id + i, &row, rule->file);
    }
    query_close(&query);
}

enum stage pages_rule_stage(enum page_rule rule)
{
    return stage_by_name(slice_from(rules[rule].stage));
}

int64_t pages_rule_id(struct casefile *casefile, enum page_rule rule)
{
    struct query query;
    query_open(&query, casefile, "SELECT id FROM rule WHERE rule_id=?");
    query_bind_text(&query, slice_from(rules[rule].id));
    int64_t id = query_next(&query) ? query_int(&query, 0) : -1;
    query_close(&query);
    return id;
}

/* ---- what workers say ---- */

static bool is_served(enum page_kind kind)
{
    return kind >= PAGE_KIND_ASPX && kind <= PAGE_KIND_PHP;
}

void pages_add(struct casefile *casefile, uint64_t item, const struct page_record *page)
{
    struct query query;
    struct buf analysis = BUF_INIT;
    char hash[HASH_TEXT_SIZE];
    page_record_put(&analysis, page);
    hash_text(page->sha256, sizeof page->sha256, hash);
    query_open(&query, casefile,
               "INSERT OR REPLACE INTO page(item,class,found,served,standing,url,sha256,size,"
               "modified,analysis,matches) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    query_bind_int(&query, (int64_t)item);
    query_bind_text(&query, slice_from(webshell_class_name(page->class)));
    query_bind_text(&query, slice_from(webshell_class_name(page->class)));
    query_bind_int(&query, is_served(page->kind));
    query_bind_text(&query, slice_from(standing_name(page->standing)));
    query_bind_text(&query, page->url);
    query_bind_text(&query, slice_from(hash));
    query_bind_int(&query, (int64_t)page->size);
    query_bind_time(&query, page->modified);
    query_bind_text(&query, buf_slice(&analysis));
    query_bind_int(&query, page->matches);
    query_run(&query);
    query_close(&query);
    buf_deinit(&analysis);
}

void pages_forget(struct casefile *casefile, uint64_t item)
{
    static const char *const statements[] = { "DELETE FROM page WHERE item=?",
                                              "DELETE FROM host_build WHERE item=?" };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        struct query query;
        query_open(&query, casefile, statements[i]);
        query_bind_int(&query, (int64_t)item);
        query_run(&query);
        query_close(&query);
    }
}

/* Before rules are written anew: findings of the rules above are told by their ids. */
void pages_reopen(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "DELETE FROM page WHERE item IN (SELECT id FROM item WHERE NOT done);"
        "DELETE FROM host_build WHERE item IN (SELECT id FROM item WHERE NOT done);"
        "DELETE FROM finding WHERE family='file';"
        "DELETE FROM finding WHERE rule IN"
        " (SELECT id FROM rule WHERE rule_id LIKE 'hauberk-page-%' AND file='(built in)');"
        "UPDATE page SET class=found, decided=NULL;"
        "UPDATE page SET host=NULL, host_guessed=0 WHERE host_guessed;"
        "UPDATE host_build SET host=NULL, host_guessed=0 WHERE host_guessed;");
}

/* ---- reading ---- */

static enum webshell_class class_by_name(struct slice name)
{
    for (int c = WEBSHELL_NONE; c <= WEBSHELL_SHELL; c++)
        if (slice_eq(name, slice_from(webshell_class_name((enum webshell_class)c))))
            return (enum webshell_class)c;
    return WEBSHELL_NONE;
}

/* The reason that a page got when it was settled: "tampered" or "foreign". */
static void add_decided(struct page_row *row, struct slice decided)
{
    struct page_reason reason = { .detail = row->record.home };
    if (slice_eq(decided, SLICE_LIT("tampered"))) {
        reason.code = REASON_TAMPERED;
        reason.class = WEBSHELL_TAMPERED;
    } else if (slice_eq(decided, SLICE_LIT("foreign"))) {
        reason.code = REASON_FOREIGN;
        reason.class = WEBSHELL_FOREIGN;
        reason.detail = SLICE_NULL;
    } else {
        return;
    }
    page_record_add(&row->record, &reason);
}

bool pages_read(struct query *query, struct arena *arena, struct page_row *out)
{
    struct slice analysis = arena_copy(arena, query_text(query, 4));
    struct wire wire = { analysis.ptr, analysis.len, analysis.len == 0 };
    out->item = query_int(query, 0);
    out->host = query_text(query, 1);
    out->path = query_text(query, 2);
    out->class = class_by_name(query_text(query, 3));
    page_record_get(&wire, &out->record);
    if (wire.failed || wire.len)
        return false;
    add_decided(out, query_text(query, 5));
    return true;
}

/* ---- URLs ---- */

/* Names so common that a path of one name alone says nothing. */
static bool is_common_name(struct slice url)
{
    static const char *const names[] = { "/default.", "/index.", "/login.",  "/logon.",
                                         "/home.",    "/error.", "/upload.", "/test." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_starts(url, slice_from(names[i])))
            return true;
    return false;
}

static bool ends_with_url(struct slice path, struct slice url)
{
    if (url.len < 2 || url.ptr[0] != '/' || path.len < url.len)
        return false;
    for (size_t i = 0; i < url.len; i++) {
        char c = path.ptr[path.len - url.len + i];
        if ((c == '\\' ? '/' : ascii_lower(c)) != url.ptr[i])
            return false;
    }
    return true;
}

bool pages_matches_url(struct slice path, struct slice page_url, struct slice url)
{
    if (page_url.len)
        return slice_icase_eq(page_url, url);
    bool alone = slice_find_char(slice_from_offset(url, 1), '/') == SIZE_MAX;
    return ends_with_url(path, url) && !(alone && is_common_name(url));
}
