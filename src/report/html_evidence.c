/*
 * The evidence table: the findings that matter most, in the order of time, as many as fit; and
 * the rows that sentences cite.
 *
 * What matters most: the first of each kind (host, incident, rule, actor), the gravest first.
 * So ten thousand requests of one scanner leave room for the one that came in.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/html_internal.h"

#define CHOSEN_MAX 10000U
#define RAW_MAX 1000U     /* rows that can be opened */
#define PRINTED_MAX 300U  /* rows on paper */
#define FIRST_OF_KIND 25U /* of each kind, before more of any kind */
#define KIND_SLOTS (1U << 16)
#define CUSTODY_BYTES (420U << 10) /* kept free for what follows */
#define RAW_BYTES 640U
#define REQUEST_BYTES 110U
#define PROOF_BYTES 1000U

/* ---- the choice -----------------------------------------------------------------------------
 */

struct chosen {
    uint64_t weight; /* more is more important */
    uint64_t turn;   /* in which it was read */
    int64_t id, time;
    size_t html_len;
    const char *html;
};

struct choice {
    size_t count;
    struct chosen *heap; /* the least important on top, until it is sorted */
    uint32_t *seen;      /* findings of a kind so far; kinds that share a slot count together */
    uint64_t findings;   /* in all */
};

/* Least important first; of equals, the one that was read later. */
static bool is_less(const struct chosen *a, const struct chosen *b)
{
    return a->weight != b->weight ? a->weight < b->weight : a->turn > b->turn;
}

static void sift_down(struct choice *choice, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < choice->count; child++)
            if (is_less(&choice->heap[child], &choice->heap[least]))
                least = child;
        if (least == at)
            return;
        struct chosen moved = choice->heap[at];
        choice->heap[at] = choice->heap[least];
        choice->heap[least] = moved;
        at = least;
    }
}

static void offer(struct choice *choice, const struct chosen *finding)
{
    if (choice->count < CHOSEN_MAX) {
        choice->heap[choice->count++] = *finding;
        if (choice->count == CHOSEN_MAX)
            for (size_t i = CHOSEN_MAX / 2; i-- > 0;)
                sift_down(choice, i);
        return;
    }
    if (is_less(finding, &choice->heap[0]))
        return;
    choice->heap[0] = *finding;
    sift_down(choice, 0);
}

static uint64_t kind_of(struct query *q)
{
    uint64_t kind = slice_hash(query_text(q, 3), false);
    kind = kind * 31 + slice_hash(query_text(q, 4), false);
    kind = kind * 31 + (uint64_t)query_int(q, 5);
    kind = kind * 31 + (uint64_t)query_int(q, 6);
    return kind ^ kind >> 29;
}

static uint64_t weight_of(struct choice *choice, struct query *q)
{
    uint32_t *seen = &choice->seen[kind_of(q) % KIND_SLOTS];
    uint32_t before = *seen;
    *seen += *seen < UINT32_MAX;
    uint64_t first = before < FIRST_OF_KIND;
    uint64_t grade = (uint64_t)query_grade(q, 2);
    return first << 40 | grade << 32 | (UINT32_MAX - before);
}

/* In the order of the evidence: what the workers were faster with does not matter. */
static void choose(struct html_report *h, struct choice *choice)
{
    struct query q;
    query_open(&q, h->r->casefile,
               "SELECT id, time, grade, host, actor, incident, rule FROM finding"
               " WHERE NOT silent AND NOT own_probe ORDER BY item, offset, rule");
    while (query_next(&q)) {
        struct chosen finding = { .weight = weight_of(choice, &q),
                                  .turn = choice->findings++,
                                  .id = query_int(&q, 0),
                                  .time = query_time(&q, 1) };
        offer(choice, &finding);
    }
    query_close(&q);
}

static int compare_weight(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    return is_less(x, y) - is_less(y, x);
}

static int compare_time(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* ---- one row --------------------------------------------------------------------------------
 */

enum column {
    COLUMN_TIME,
    COLUMN_HOST,
    COLUMN_GRADE,
    COLUMN_TITLE,
    COLUMN_SOURCE,
    COLUMN_METHOD,
    COLUMN_PATH,
    COLUMN_QUERY,
    COLUMN_STATUS,
    COLUMN_OUTCOME,
    COLUMN_FILE,
    COLUMN_OFFSET,
    COLUMN_ACTOR,
    COLUMN_ROW,
    COLUMN_FIELDS,
};

#define ROW_SQL                                                                                \
    "SELECT f.time, f.host, f.grade, r.title, f.source, f.method, f.url_path, f.url_query,"    \
    " f.status, f.outcome, i.path, f.offset, f.actor, e.row, e.fields FROM finding f"          \
    " JOIN rule r ON r.id=f.rule JOIN item i ON i.id=f.item"                                   \
    " LEFT JOIN event e ON e.id=f.event WHERE f.id=?"

/* A cell of evidence: secrets shortened, at most `most` bytes. */
static void add_cell(struct html_report *h, struct html *row, struct slice text, size_t most)
{
    html_text_cut(row, tell_safe(h->r, slice_first(text, most)), most);
}

static void add_request(struct html_report *h, struct html *row, struct query *q)
{
    struct buf text = BUF_INIT;
    struct slice method = query_text(q, COLUMN_METHOD), query = query_text(q, COLUMN_QUERY);
    if (method.len) {
        buf_add_slice(&text, slice_first(method, 16));
        buf_add_char(&text, ' ');
    }
    buf_add_slice(&text, slice_first(query_text(q, COLUMN_PATH), REQUEST_BYTES));
    if (query.len) {
        buf_add_char(&text, '?');
        buf_add_slice(&text, slice_first(query, REQUEST_BYTES));
    }
    if (text.len) {
        html_markup(row, "<code>");
        add_cell(h, row, buf_slice(&text), REQUEST_BYTES);
        html_markup(row, "</code>");
    }
    buf_deinit(&text);
}

/* What was found, what was asked for, and the row where there is room for it. */
static void add_found(struct html_report *h, struct html *row, struct query *q, bool raw)
{
    if (!raw) {
        add_cell(h, row, query_text(q, COLUMN_TITLE), 90);
        add_request(h, row, q);
        return;
    }
    struct slice text = tell_event_row(h->r, query_text(q, COLUMN_ROW),
                                       query_text(q, COLUMN_FIELDS), RAW_BYTES);
    html_markup(row, "<details><summary>");
    add_cell(h, row, query_text(q, COLUMN_TITLE), 160);
    add_request(h, row, q);
    html_markup(row, "</summary><pre class=raw>");
    html_text_cut(row, text, RAW_BYTES);
    html_markup(row, "</pre></details>");
}

static void add_place(struct html_report *h, struct html *row, struct query *q)
{
    struct slice path = query_text(q, COLUMN_FILE);
    const uint64_t *number = path.len ? map_find(&h->files, path) : NULL;
    if (number) {
        html_markup(row, "<a href=#f");
        html_number(row, (int64_t)*number);
        html_markup(row, ">f");
        html_number(row, (int64_t)*number);
        html_markup(row, "</a>");
    } else {
        add_cell(h, row, path, 80);
    }
    html_markup(row, " @");
    html_number(row, query_int(q, COLUMN_OFFSET));
}

static void add_row(struct html_report *h, struct html *row, struct query *q, size_t rank)
{
    char text[TIME_TEXT_SIZE];
    int64_t time = query_time(q, COLUMN_TIME), status = query_int(q, COLUMN_STATUS);
    struct slice source = query_text(q, COLUMN_SOURCE);
    enum grade grade = query_grade(q, COLUMN_GRADE);
    html_markup(row, "<tr class=\"e");
    html_number(row, (int64_t)grade - GRADE_E0);
    html_markup(row, rank >= PRINTED_MAX ? " x\"><td>" : "\"><td>");
    if (time != TIME_NONE)
        html_text(row, slice_from(time_format_plain(time, text)));
    html_markup(row, "<td>");
    add_cell(h, row, query_text(q, COLUMN_HOST), 64);
    html_markup(row, "<td>");
    html_markup(row, grade_name(grade));
    html_markup(row, "<td>");
    add_found(h, row, q, rank < RAW_MAX);
    html_markup(row, "<td>");
    add_cell(h, row, source.len ? source : query_text(q, COLUMN_ACTOR), 46);
    html_markup(row, "<td>");
    if (status > 0) {
        html_number(row, status);
        html_markup(row, " ");
    }
    add_cell(h, row, query_text(q, COLUMN_OUTCOME), 16);
    html_markup(row, "<td>");
    add_place(h, row, q);
    html_markup(row, "\n");
}

/* Rows in the order of importance, until there is no room. Returns how many there are. */
static size_t render(struct html_report *h, struct choice *choice, struct arena *arena,
                     size_t room)
{
    struct query q;
    struct html row;
    size_t done = 0, used = 0;
    html_init(&row, NULL);
    query_open(&q, h->r->casefile, ROW_SQL);
    for (; done < choice->count; done++) {
        struct chosen *chosen = &choice->heap[done];
        query_rewind(&q);
        query_bind_int(&q, chosen->id);
        buf_clear(&row.text);
        if (query_next(&q))
            add_row(h, &row, &q, done);
        if (used + row.text.len > room)
            break;
        used += row.text.len;
        struct slice kept = arena_copy(arena, buf_slice(&row.text));
        chosen->html = kept.ptr;
        chosen->html_len = kept.len;
    }
    query_close(&q);
    html_deinit(&row);
    return done;
}

/* ---- the table ------------------------------------------------------------------------------
 */

static void write_tools(struct html *html)
{
    html_markup(html,
                "<form class=\"tools\" id=\"evidence-tools\" role=\"search\" hidden>\n"
                "<label>Find in the table<input id=\"filter-words\" type=\"search\""
                " autocomplete=\"off\" spellcheck=\"false\"></label>\n"
                "<label>Host<select id=\"filter-host\"><option value=\"\">all</option>"
                "</select></label>\n"
                "<label>Grade<select id=\"filter-grade\"><option value=\"\">all</option>"
                "<option value=\"E1\">E1 and above</option>"
                "<option value=\"E2\">E2 and above</option>"
                "<option value=\"E4\">E4 and above</option></select></label>\n"
                "<button type=\"button\" id=\"open-all\" aria-pressed=\"false\">Open all rows"
                "</button>\n<button type=\"button\" id=\"take-rest\" hidden>Include the rest"
                "</button>\n<span class=\"grow\" id=\"filter-told\" role=\"status\"></span>\n"
                "</form>\n");
}

static void write_amount(struct html_report *h, const struct choice *choice, size_t rows)
{
    struct html *html = &h->html;
    html_markup(html, "<p class=\"note\">");
    html_count(html, choice->findings);
    html_markup(html, choice->findings == 1 ? " finding" : " findings");
    if (rows < choice->findings) {
        html_markup(html, "; this table shows ");
        html_count(html, rows);
        html_markup(html, " of them: the first of each kind (host, incident, rule, actor), the "
                          "gravest first. The case file holds all");
    }
    html_markup(html, ". ");
    if (rows > RAW_MAX) {
        html_markup(html, "The ");
        html_count(html, RAW_MAX);
        html_markup(html, " that matter most come first and can be opened to their row. ");
    }
    html_markup(html, "</p>\n");
    if (rows > PRINTED_MAX) {
        html_markup(html, "<p class=\"note printed\">");
        html_text(html, slice_from(html_word(HTML_EVIDENCE_PRINTED)));
        html_markup(html, "</p>\n");
    }
}

static void write_rows(struct html *html, const char *id, const struct chosen *rows,
                       size_t count)
{
    static const char *const heads[] = { "Time",   "Host",  "Grade", "Finding",
                                         "Source", "Ended", "Where" };
    html_markup(html, "<table class=\"ev\" id=\"");
    html_markup(html, id);
    html_markup(html, "\">\n<caption>");
    html_text(html, slice_from(html_word(HTML_EVIDENCE_CAPTION)));
    html_markup(html, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        html_markup(html,
                    i ? "<th scope=\"col\">" : "<th scope=\"col\" aria-sort=\"ascending\">");
        html_markup(html, heads[i]);
        html_markup(html, "</th>");
    }
    html_markup(html, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++) {
        buf_add(&html->text, rows[i].html, rows[i].html_len);
        html_flush(html);
    }
    html_markup(html, "</tbody>\n</table>\n");
}

/* A browser does not lay out what is closed: so a long table opens at once. */
static void write_table(struct html_report *h, const struct choice *choice, size_t rows)
{
    struct html *html = &h->html;
    size_t main = rows < RAW_MAX ? rows : RAW_MAX;
    qsort(choice->heap, main, sizeof *choice->heap, compare_time);
    qsort(choice->heap + main, rows - main, sizeof *choice->heap, compare_time);
    write_tools(html);
    write_rows(html, "evidence-table", choice->heap, main);
    if (rows == main)
        return;
    html_markup(html, "<details id=\"evidence-rest\"><summary>");
    html_count(html, rows - main);
    html_markup(html, " more findings, in a table of their own</summary>\n");
    write_rows(html, "evidence-more", choice->heap + main, rows - main);
    html_markup(html, "</details>\n");
}

void html_evidence(struct html_report *h)
{
    struct arena arena = ARENA_INIT;
    AUTO_FREE struct chosen *heap = mem_alloc(CHOSEN_MAX * sizeof *heap);
    AUTO_FREE uint32_t *seen = mem_alloc(KIND_SLOTS * sizeof *seen);
    struct choice choice = { 0, heap, seen, 0 };
    uint64_t used = html_size(&h->html) + CUSTODY_BYTES;
    size_t room = used < HTML_BYTES_MAX ? (size_t)(HTML_BYTES_MAX - used) : 0;
    choose(h, &choice);
    qsort(heap, choice.count, sizeof *heap, compare_weight);
    size_t rows = render(h, &choice, &arena, room);
    html_markup(&h->html, "<section class=\"part\" id=\"evidence\">\n<h2>");
    html_text(&h->html, slice_from(html_word(HTML_EVIDENCE)));
    html_markup(&h->html, "</h2>\n");
    if (choice.findings) {
        write_amount(h, &choice, rows);
        write_table(h, &choice, rows);
    } else {
        html_note(h, HTML_EVIDENCE_NONE);
    }
    html_markup(&h->html, "</section>\n");
    arena_deinit(&arena);
}

/* ---- what sentences cite --------------------------------------------------------------------
 */

#define NEIGHBOURS_TOLD_MAX 20 /* of one proof */
#define NEIGHBOUR_BYTES 160

static void write_neighbours(struct html_report *h, const struct proof *proof)
{
    struct query q;
    struct html *html = &h->html;
    bool any = false;
    query_open(&q, h->r->casefile,
               "SELECT * FROM (SELECT position, time, family, row FROM context WHERE finding="
               "(SELECT min(f.id) FROM finding f JOIN item i ON i.id=f.item WHERE i.path=?"
               " AND f.offset=? AND EXISTS(SELECT 1 FROM context c WHERE c.finding=f.id))"
               " ORDER BY abs(position) LIMIT ?) ORDER BY position");
    query_bind_text(&q, proof->path);
    query_bind_int(&q, (int64_t)proof->offset);
    query_bind_int(&q, NEIGHBOURS_TOLD_MAX);
    while (query_next(&q)) {
        html_markup(html, any ? "" : "<ol class=\"near\">\n");
        any = true;
        html_markup(html, "<li>");
        html_number(html, query_int(&q, 0));
        html_markup(html, " ");
        html_time(h, query_time(&q, 1));
        html_markup(html, " ");
        html_text(html, query_text(&q, 2));
        html_markup(html, " ");
        add_cell(h, html, query_text(&q, 3), NEIGHBOUR_BYTES);
        html_markup(html, "</li>\n");
    }
    html_markup(html, any ? "</ol>\n" : "");
    query_close(&q);
}

static void write_proof(struct html_report *h, const struct proof *proof, size_t number)
{
    struct html *html = &h->html;
    html_markup(html, "<li");
    html_id(html, "p", number);
    html_markup(html, "><span class=\"no\">[");
    html_number(html, (int64_t)number);
    html_markup(html, "]</span><span class=\"at fact\">");
    html_text_cut(html, tell_safe(h->r, proof->path), 600);
    html_markup(html, "</span> <span class=\"at\">at byte ");
    html_number(html, (int64_t)proof->offset);
    html_markup(html, "</span>\n");
    struct slice row = tell_proof_row(h->r, proof, PROOF_BYTES);
    if (row.len) {
        html_markup(html, "<pre class=\"raw\">");
        html_text_cut(html, row, PROOF_BYTES);
        html_markup(html, "</pre>\n");
    }
    write_neighbours(h, proof);
    html_markup(html, "</li>\n");
}

void html_proofs(struct html_report *h)
{
    if (!h->r->proof_count)
        return;
    html_markup(&h->html, "<section class=\"part\" id=\"proof\">\n<h2>");
    html_text(&h->html, slice_from(html_word(HTML_PROOFS)));
    html_markup(&h->html, "</h2>\n");
    html_note(h, HTML_PROOFS_NOTE);
    html_markup(&h->html, "<ol class=\"proofs\">\n");
    for (size_t i = 0; i < h->r->proof_count; i++)
        write_proof(h, h->r->proofs[i], i + 1);
    html_markup(&h->html, "</ol>\n</section>\n");
}
