#include <inttypes.h>

#include "report/text_internal.h"

#define ROW_PRINTED_MAX 420 /* characters of a row */

#define NEIGHBOURS_PRINTED_MAX 20 /* of one proof */
#define NEIGHBOUR_PRINTED_MAX 160 /* characters of its row */

/* "-1  2021-03-02 16:04:11Z  iis  <row>": what the same source did around it. */
static void print_neighbours(struct text *t, const struct proof *proof)
{
    struct query q;
    query_open(&q, t->r->casefile,
               "SELECT * FROM (SELECT position, time, family, row FROM context WHERE finding="
               "(SELECT min(f.id) FROM finding f JOIN item i ON i.id=f.item WHERE i.path=?"
               " AND f.offset=? AND EXISTS(SELECT 1 FROM context c WHERE c.finding=f.id))"
               " ORDER BY abs(position) LIMIT ?) ORDER BY position");
    query_bind_text(&q, proof->path);
    query_bind_int(&q, (int64_t)proof->offset);
    query_bind_int(&q, NEIGHBOURS_PRINTED_MAX);
    while (query_next(&q)) {
        struct slice row = slice_first(query_text(&q, 3), NEIGHBOUR_PRINTED_MAX);
        struct slice head = tell_format(t->r, "       %+" PRId64 " ", query_int(&q, 0));
        page_wrap(&t->page, INK_FAINT, head.ptr, 11,
                  tell_format(t->r, "%.*s %.*s %.*s",
                              SLICE_FMT(tell_when(t->r, query_time(&q, 1))),
                              SLICE_FMT(query_text(&q, 2)), SLICE_FMT(tell_safe(t->r, row))));
    }
    query_close(&q);
}

void text_proofs(struct text *t)
{
    if (!t->r->proof_count)
        return;
    page_heading(&t->page, "PROOF (the first line of each step, and the byte where it starts)");
    for (size_t i = 0; i < t->r->proof_count; i++) {
        const struct proof *proof = t->r->proofs[i];
        struct slice head = tell_format(t->r, "  [%lu] ", (unsigned long)(i + 1));
        page_wrap(&t->page, INK_PLAIN, head.ptr, 7,
                  tell_format(t->r, "%.*s at byte %" PRIu64,
                              SLICE_FMT(tell_safe(t->r, proof->path)), proof->offset));
        page_wrap(&t->page, INK_FAINT, NULL, 7, tell_proof_row(t->r, proof, ROW_PRINTED_MAX));
        print_neighbours(t, proof);
    }
}
