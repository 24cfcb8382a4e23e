#include "peer.h"

#include <hs.h>
#include <stdlib.h>

#include "base/memory.h"

const char *const peer_name = "hyperscan";

struct occurrence {
    uint64_t end;
    uint32_t literal;
};

struct peer {
    hs_database_t *database;
    hs_scratch_t *scratch;
    size_t count, capacity;
    struct occurrence *occurrences;
};

struct peer *peer_new(const struct slice *literals, size_t count)
{
    struct peer *peer = mem_alloc(sizeof *peer);
    const char **texts = mem_alloc((count + 1) * sizeof *texts);
    size_t *lens = mem_alloc((count + 1) * sizeof *lens);
    unsigned *flags = mem_alloc((count + 1) * sizeof *flags);
    unsigned *ids = mem_alloc((count + 1) * sizeof *ids);
    hs_compile_error_t *error = NULL;
    for (size_t i = 0; i < count; i++) {
        texts[i] = literals[i].ptr;
        lens[i] = literals[i].len;
        flags[i] = HS_FLAG_CASELESS;
        ids[i] = (unsigned)i;
    }
    int got = hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)count, HS_MODE_BLOCK,
                                   NULL, &peer->database, &error);
    if (got != HS_SUCCESS || hs_alloc_scratch(peer->database, &peer->scratch) != HS_SUCCESS)
        abort();
    free((void *)texts);
    free(lens);
    free(flags);
    free(ids);
    return peer;
}

void peer_free(struct peer *peer)
{
    hs_free_scratch(peer->scratch);
    hs_free_database(peer->database);
    free(peer->occurrences);
    free(peer);
}

static int count_one(unsigned id, unsigned long long from, unsigned long long to,
                     unsigned flags, void *context)
{
    uint64_t *count = context;
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ++*count;
    return 0;
}

uint64_t peer_count(struct peer *peer, struct slice text)
{
    uint64_t count = 0;
    hs_scan(peer->database, text.ptr, (unsigned)text.len, 0, peer->scratch, count_one, &count);
    return count;
}

static int keep(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                void *context)
{
    struct peer *peer = context;
    (void)from;
    (void)flags;
    peer->occurrences =
        mem_reserve(peer->occurrences, peer->count, &peer->capacity, sizeof *peer->occurrences);
    peer->occurrences[peer->count++] = (struct occurrence){ to, id };
    return 0;
}

static int by_literal(const void *a, const void *b)
{
    const struct occurrence *x = a, *y = b;
    return x->literal < y->literal ? -1 : x->literal > y->literal;
}

void peer_lines(struct peer *peer, struct slice text, prefilter_line *line, void *context)
{
    peer->count = 0;
    hs_scan(peer->database, text.ptr, (unsigned)text.len, 0, peer->scratch, keep, peer);
    uint32_t *literals = mem_alloc((peer->count + 1) * sizeof *literals);
    size_t i = 0; /* occurrences come in the order of their ends */
    for (struct slice rest = text; rest.ptr && rest.len && i < peer->count;) {
        struct slice here = slice_cut(&rest, '\n');
        uint64_t end = (uint64_t)(here.ptr - text.ptr) + here.len;
        size_t first = i, n = 0;
        while (i < peer->count && peer->occurrences[i].end <= end)
            i++;
        qsort(peer->occurrences + first, i - first, sizeof *peer->occurrences, by_literal);
        for (size_t k = first; k < i; k++)
            if (k == first || peer->occurrences[k].literal != literals[n - 1])
                literals[n++] = peer->occurrences[k].literal;
        if (n)
            line(context, here, literals, n);
    }
    free(literals);
}
