#include "report/notice.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/map.h"
#include "report/page.h"
#include "report/taken_words.h"
#include "report/tell_taken.h"
#include "report/telling.h"

#define HOSTS_TOLD_MAX 100 /* attacked with success; more are counted */
#define VALUES_MAX 48
#define LIST_ITEMS_MAX 200

struct value {
    const char *name;
    struct slice text; /* empty: lines that ask for it are left out */
};

/* "{*facts}": one item for each sentence. */
struct list {
    const char *name;
    size_t count, left_out;
    struct slice items[LIST_ITEMS_MAX];
};

struct draft {
    struct report *report;
    struct page page;
    size_t value_count;
    struct value values[VALUES_MAX];
    struct list facts, taken, unseen;
    struct map mailboxes; /* that the evidence names */
    size_t host_count, hosts_left_out;
    struct slice hosts[HOSTS_TOLD_MAX];
    enum harm_state harm[HARM_COUNT]; /* the worst of all hosts */
    int64_t first, last;
    bool planted;
};

static const struct {
    const char *name, *file;
} notices[] = {
    [LETTER_NONE] = { "", "" },
    [LETTER_AUTHORITY] = { "authority", "notices/authority.txt" },
    [LETTER_CLIENTS] = { "clients", "notices/clients.txt" },
    [LETTER_PERSONS] = { "persons", "notices/persons.txt" },
};

int notice_by_name(const char *name, enum letter *out, struct err *err)
{
    for (size_t i = LETTER_AUTHORITY; i < sizeof notices / sizeof *notices; i++)
        if (strcmp(name, notices[i].name) == 0) {
            *out = (enum letter)i;
            return 0;
        }
    return err_set(err, ERR_USAGE, "\"%s\" is none of authority, clients and persons", name);
}

/* ---- what the case says ---- */

static void set(struct draft *d, const char *name, struct slice text)
{
    if (d->value_count < VALUES_MAX)
        d->values[d->value_count++] = (struct value){ name, text };
}

static void set_if(struct draft *d, const char *name, bool yes)
{
    set(d, name, yes ? SLICE_LIT("yes") : SLICE_LIT(""));
}

static void add_item(struct list *list, struct slice item)
{
    if (!item.len)
        return;
    if (list->count < LIST_ITEMS_MAX)
        list->items[list->count++] = item;
    else
        list->left_out++;
}

static void add_unseen(struct draft *d, const struct host_verdict *v)
{
    struct sentences *sentences = arena_alloc(&d->report->arena, sizeof *sentences);
    tell_unseen(d->report, v, sentences);
    for (size_t i = 0; i < sentences->count; i++)
        add_item(&d->unseen,
                 tell_format(d->report, "%.*s: %.*s", SLICE_FMT(tell_safe(d->report, v->host)),
                             SLICE_FMT(sentences->items[i])));
}

/* Whether it is proven or possible stands in front; what no log shows goes to what is unknown.
 */
static void add_taken(struct draft *d, struct slice host)
{
    struct report *r = d->report;
    struct taken_report *taken = arena_alloc(&r->arena, sizeof *taken);
    struct slice shown = tell_safe(r, host);
    taken_read(r->casefile, &r->arena, host, taken);
    for (size_t i = 0; i < taken->line_count; i++) {
        const struct taken_line *line = &taken->lines[i];
        bool seen = line->state != TAKEN_NOT_OBSERVABLE;
        add_item(seen ? &d->taken : &d->unseen,
                 tell_format(r, "%.*s, %s: %.*s", SLICE_FMT(shown),
                             taken_words_state(line->state), SLICE_FMT(tell_taken(r, line))));
        if (seen && line->kind == TAKEN_KIND_MAIL && line->mailbox.len)
            map_at(&d->mailboxes, line->mailbox, NULL);
    }
    d->taken.left_out += taken->lines_left_out;
    struct slice total = tell_taken_total(r, taken);
    if (total.len)
        add_item(&d->taken, tell_format(r, "%.*s: %.*s", SLICE_FMT(shown), SLICE_FMT(total)));
}

static void add_host(struct draft *d, struct slice host)
{
    struct report *r = d->report;
    struct host_verdict *v = arena_alloc(&r->arena, sizeof *v);
    verdict_read(r->casefile, &r->arena, host, v);
    d->hosts[d->host_count++] = host;
    if (v->first != TIME_NONE && (d->first == TIME_NONE || v->first < d->first))
        d->first = v->first;
    if (v->last != TIME_NONE && (d->last == TIME_NONE || v->last > d->last))
        d->last = v->last;
    for (int k = 0; k < HARM_COUNT; k++)
        if (v->harm[k] > d->harm[k])
            d->harm[k] = v->harm[k];
    d->planted |= v->plant.time != TIME_NONE || v->disk_planted > 0;
    add_item(&d->facts, tell_format(r, "%.*s: %.*s", SLICE_FMT(tell_safe(r, host)),
                                    SLICE_FMT(tell_verdict(r, v))));
    add_taken(d, host);
    add_unseen(d, v);
}

/* Only an attack that had success is a breach. */
static void add_hosts(struct draft *d)
{
    struct verdict_summary *summaries;
    size_t count = verdict_summaries(d->report->casefile, &d->report->arena, &summaries);
    for (size_t i = 0; i < count; i++) {
        if (summaries[i].grade < GRADE_E2)
            continue;
        if (d->host_count < HOSTS_TOLD_MAX)
            add_host(d, summaries[i].host);
        else
            d->hosts_left_out++;
    }
}

/* "2021-03-02 16:03:02Z [1]": the first step that had success. */
static struct slice first_success(struct draft *d)
{
    struct report *r = d->report;
    struct query q;
    struct slice text = SLICE_LIT("");
    query_open(&q, r->casefile,
               "SELECT f.time, i.path, f.offset FROM finding f JOIN item i ON i.id=f.item WHERE"
               " f.stage IN " STAGES_GRADED " AND NOT f.silent AND NOT f.own_probe AND"
               " f.grade>=? AND f.time IS NOT NULL ORDER BY f.time, f.item, f.offset LIMIT 1");
    query_bind_int(&q, GRADE_E2);
    if (query_next(&q)) {
        struct proof *proof = arena_alloc(&r->arena, sizeof *proof);
        proof->path = arena_copy(&r->arena, query_text(&q, 1));
        proof->offset = (uint64_t)query_int(&q, 2);
        text = tell_format(r, "%.*s %.*s", SLICE_FMT(tell_when(r, query_time(&q, 0))),
                           SLICE_FMT(tell_cite(r, proof)));
    }
    query_close(&q);
    return text;
}

/* The CVEs that rules with success in reach, abuse or plant name. */
static struct slice list_cves(struct draft *d)
{
    struct query q;
    struct slice names[LIST_TOLD_MAX];
    size_t count = 0;
    for (size_t i = 0; i < cve_count && count < LIST_TOLD_MAX; i++) {
        query_open(
            &q, d->report->casefile,
            "SELECT EXISTS(SELECT 1 FROM finding f JOIN rule r ON r.id=f.rule WHERE"
            " f.stage IN ('reach','abuse','plant') AND f.outcome='success' AND NOT"
            " f.silent AND NOT f.own_probe AND ' '||r.tags||' ' LIKE '% cve.'||?||' %')");
        query_bind_text(&q, slice_from(cve_table[i].id + strlen("CVE-")));
        if (query_next(&q) && query_int(&q, 0))
            names[count++] = slice_from(cve_table[i].id);
        query_close(&q);
    }
    return count ? tell_names(d->report, names, count) : SLICE_LIT("");
}

/* mail_proven, mail_possible, mail_unseen, mail_none; mail_open: proven or possible. */
static void set_harm(struct draft *d, const char *kind, enum harm_state state)
{
    static const struct {
        const char *ending;
        unsigned states; /* bits */
    } endings[] = {
        { "proven", 1U << HARM_PROVEN },
        { "possible", 1U << HARM_POSSIBLE },
        { "unseen", 1U << HARM_NOT_OBSERVABLE },
        { "none", 1U << HARM_NONE_SEEN },
        { "open", 1U << HARM_PROVEN | 1U << HARM_POSSIBLE | 1U << HARM_NOT_OBSERVABLE },
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        set_if(d, tell_format(d->report, "%s_%s", kind, endings[i].ending).ptr,
               endings[i].states >> state & 1U);
}

static void set_values(struct draft *d)
{
    struct report *r = d->report;
    struct slice servers = tell_names(r, d->hosts, d->host_count);
    if (d->hosts_left_out)
        servers = tell_format(r, "%.*s and %lu more", SLICE_FMT(servers),
                              (unsigned long)d->hosts_left_out);
    struct slice unknown = SLICE_LIT("[not known from the evidence]");
    set(d, "version", SLICE_LIT(HAUBERK_VERSION));
    set(d, "servers", servers);
    set(d, "server_words",
        d->host_count == 1 ? SLICE_LIT("one server")
                           : tell_format(r, "%lu servers",
                                         (unsigned long)(d->host_count + d->hosts_left_out)));
    set(d, "first", d->first == TIME_NONE ? unknown : tell_when(r, d->first));
    set(d, "last", d->last == TIME_NONE ? unknown : tell_when(r, d->last));
    struct slice success = first_success(d);
    set(d, "success", success);
    set(d, "success_time",
        success.len ? slice_first(success, strlen("2021-03-02 16:03:02Z")) : unknown);
    set(d, "success_day", success.len ? slice_first(success, strlen("2021-03-02")) : unknown);
    set(d, "cves", list_cves(d));
    set_if(d, "taken", d->taken.count > 0);
    set(d, "mailboxes",
        d->mailboxes.count ? tell_format(r, "%lu", (unsigned long)d->mailboxes.count)
                           : SLICE_LIT(""));
    set_if(d, "planted", d->planted);
    set_harm(d, "mail", d->harm[HARM_MAIL]);
    set_harm(d, "credentials", d->harm[HARM_CREDENTIALS]);
    set_harm(d, "persistence", d->harm[HARM_PERSISTENCE]);
    set_harm(d, "spread", d->harm[HARM_SPREAD]);
}

/* ---- the template ---- */

static struct slice value_of(const struct draft *d, struct slice name)
{
    for (size_t i = 0; i < d->value_count; i++)
        if (slice_eq(name, slice_from(d->values[i].name)))
            return d->values[i].text;
    return SLICE_LIT("");
}

static void print_list(struct draft *d, struct slice name)
{
    const struct list *lists[] = { &d->facts, &d->taken, &d->unseen };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        if (!slice_eq(name, slice_from(lists[l]->name)))
            continue;
        for (size_t i = 0; i < lists[l]->count; i++)
            page_wrap(&d->page, INK_PLAIN, "- ", 2, lists[l]->items[i]);
        if (lists[l]->left_out)
            page_wrap(&d->page, INK_PLAIN, "- ", 2,
                      tell_format(d->report, "[%lu more: see the report]",
                                  (unsigned long)lists[l]->left_out));
    }
}

static void print_text(struct draft *d, struct slice line)
{
    struct buf text = BUF_INIT;
    struct filler fillers[VALUES_MAX];
    for (size_t i = 0; i < d->value_count; i++)
        fillers[i] = (struct filler){ d->values[i].name, d->values[i].text };
    words_fill(&text, arena_text(&d->report->arena, line), fillers, d->value_count);
    struct slice filled = buf_slice(&text);
    if (slice_starts(filled, SLICE_LIT("= "))) {
        page_wrap(&d->page, INK_BOLD, NULL, 0, slice_from_offset(filled, 2));
    } else if (slice_starts(filled, SLICE_LIT("- "))) {
        page_wrap(&d->page, INK_PLAIN, "- ", 2, slice_from_offset(filled, 2));
    } else {
        page_wrap(&d->page, INK_PLAIN, NULL, 0, filled);
    }
    buf_deinit(&text);
}

/* "{?mail_proven} text": only where the value is not empty. */
static void print_line(struct draft *d, struct slice line)
{
    if (slice_starts(line, SLICE_LIT("#")))
        return;
    if (!line.len) {
        page_blank(&d->page);
        return;
    }
    struct slice rest = slice_from_offset(line, 2);
    if (slice_starts(line, SLICE_LIT("{*"))) {
        print_list(d, slice_cut(&rest, '}'));
        return;
    }
    if (!slice_starts(line, SLICE_LIT("{?"))) {
        print_text(d, line);
        return;
    }
    if (value_of(d, slice_cut(&rest, '}')).len)
        print_text(d, slice_trim(rest));
}

/* Where each [n] stands. */
static void print_proofs(struct draft *d)
{
    struct report *r = d->report;
    if (!r->proof_count)
        return;
    page_blank(&d->page);
    page_wrap(&d->page, INK_BOLD, NULL, 0, SLICE_LIT("Evidence"));
    page_blank(&d->page);
    for (size_t i = 0; i < r->proof_count; i++)
        page_wrap(&d->page, INK_PLAIN, tell_format(r, "[%lu] ", (unsigned long)(i + 1)).ptr, 6,
                  tell_format(r, "%.*s, byte %" PRIu64,
                              SLICE_FMT(tell_safe(r, r->proofs[i]->path)),
                              r->proofs[i]->offset));
}

static void print_draft(struct draft *d, enum letter letter)
{
    const struct embedded_file *file = embedded_find(notices[letter].file);
    struct slice rest = slice_of((const char *)file->data, file->size);
    while (rest.len) /* the file ends with a newline */
        print_line(d, slice_cut(&rest, '\n'));
    if (letter == LETTER_AUTHORITY)
        print_proofs(d);
}

int report_notice(struct casefile *casefile, enum letter letter, bool show_secrets, FILE *out,
                  struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    AUTO_FREE struct draft *d = mem_alloc(sizeof *d);
    report_init(r, casefile, show_secrets);
    *d = (struct draft){ .report = r,
                         .page = { out, false },
                         .first = TIME_NONE,
                         .last = TIME_NONE,
                         .facts = { .name = "facts" },
                         .taken = { .name = "taken" },
                         .unseen = { .name = "unseen" } };
    add_hosts(d);
    set_values(d);
    if (d->host_count)
        print_draft(d, letter);
    else
        page_wrap(&d->page, INK_PLAIN, NULL, 0,
                  SLICE_LIT("No draft: the evidence of this case shows no attack that had "
                            "success. That does not prove that there was none; the report "
                            "says what could not be seen."));
    map_deinit(&d->mailboxes);
    report_deinit(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE)
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
