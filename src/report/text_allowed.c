/* What is closed by an allow list: told, never hidden. */
#include <inttypes.h>

#include "report/text_internal.h"

#define CLOSED_PRINTED_MAX 5 /* of one entry; NDJSON and the case have all */

/* Rule, place and count of what it closed. */
static void print_closed(struct text *t, const struct triage_entry *entry)
{
    struct query q;
    int64_t rows = 0;
    query_open(&q, t->r->casefile,
               "SELECT r.title, count(*), f.host, i.path, min(f.offset) FROM closed c"
               " JOIN finding f ON f.id=c.finding JOIN rule r ON r.id=f.rule"
               " JOIN item i ON i.id=f.item WHERE c.triage=? AND f.silent=2"
               " GROUP BY f.rule, f.host, i.path ORDER BY max(f.grade) DESC, 2 DESC");
    query_bind_int(&q, entry->id);
    while (query_next(&q))
        if (rows++ < CLOSED_PRINTED_MAX)
            page_wrap(
                &t->page, INK_FAINT, NULL, 6,
                tell_format(t->r, "%.*s: %" PRId64 " on %.*s, %.*s at byte %" PRId64,
                            SLICE_FMT(tell_safe(t->r, query_text(&q, 0))), query_int(&q, 1),
                            SLICE_FMT(tell_safe(t->r, query_text(&q, 2))),
                            SLICE_FMT(tell_safe(t->r, query_text(&q, 3))), query_int(&q, 4)));
    query_close(&q);
    if (rows > CLOSED_PRINTED_MAX)
        page_wrap(&t->page, INK_FAINT, NULL, 6,
                  tell_format(t->r, "... and %" PRId64 " more rules and files",
                              rows - CLOSED_PRINTED_MAX));
}

static void print_entry(struct text *t, const struct triage_entry *entry)
{
    page_wrap(&t->page, entry->expired || entry->held ? INK_BOLD : INK_PLAIN, "  - ", 4,
              tell_allow_entry(t->r, entry));
    print_closed(t, entry);
}

void text_allowed(struct text *t)
{
    struct triage_entry *entries;
    size_t count = triage_read(t->r->casefile, &t->r->arena, &entries);
    if (count)
        page_heading(&t->page, "ALLOWED (closed by your list: no grade, no exit status)");
    for (size_t i = 0; i < count; i++)
        print_entry(t, &entries[i]);
}
