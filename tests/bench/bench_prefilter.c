/*
 * How fast is the prefilter alone, next to Hyperscan, on the same bytes with the same literals?
 *
 *     bench-prefilter LITERALS BYTES FILE...
 *
 * LITERALS holds one a line; BYTES of the files are read into memory first. Literals that stand
 * in more than one line of each MB of a sample are left out, for all alike: rules do not use
 * such ones. Each row is the best of three runs, in CPU seconds of this process. Hostile texts
 * are made of the literals. The sets of literals found in each line are compared with
 * Hyperscan's: a difference ends the run with status 1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/memory.h"
#include "match/prefilter.h"
#include "peer.h"

#define RUNS 3
#define BLOCK (256U << 10)
#define SAMPLE (16U << 20)
#define COMMON_PER_MB 1
#define HOSTILE_BYTES (8U << 20)

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void read_into(struct buf *out, const char *path, size_t most)
{
    char block[65536];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    while (out->len < most && (got = fread(block, 1, sizeof block, file)) > 0)
        buf_add(out, block, got < most - out->len ? got : most - out->len);
    fclose(file);
}

/* Whole lines of about BLOCK bytes, as a hunt reads them. */
static struct slice next_block(struct slice *rest)
{
    size_t len = rest->len < BLOCK ? rest->len : BLOCK;
    while (len < rest->len && rest->ptr[len - 1] != '\n')
        len++;
    struct slice block = slice_first(*rest, len);
    *rest = slice_from_offset(*rest, len);
    return block;
}

struct tally {
    uint64_t hits, sum; /* over lines: literals in it, and a sum over (line, literal) */
    const char *base;
    uint64_t *by_literal; /* NULL: not wanted */
};

static void tally_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct tally *tally = context;
    uint64_t at = (uint64_t)(line.ptr - tally->base) + 1;
    tally->hits += count;
    for (size_t i = 0; i < count; i++) {
        tally->sum += at * (literals[i] * UINT64_C(0x9E3779B97F4A7C15) + 1);
        if (tally->by_literal)
            tally->by_literal[literals[i]]++;
    }
}

static struct tally run_ours(struct prefilter *filter, struct slice text, uint64_t *by_literal)
{
    struct tally tally = { 0, 0, text.ptr, by_literal };
    struct prefilter_scanner *scanner = prefilter_scanner_new(filter);
    for (struct slice rest = text; rest.len;)
        prefilter_lines(scanner, next_block(&rest), tally_line, &tally);
    prefilter_scanner_free(scanner);
    return tally;
}

static struct tally run_peer(struct peer *peer, struct slice text)
{
    struct tally tally = { 0, 0, text.ptr, NULL };
    for (struct slice rest = text; rest.len;)
        peer_lines(peer, next_block(&rest), tally_line, &tally);
    return tally;
}

struct set {
    struct slice *literals;
    size_t count;
};

static void print_rate(const char *name, struct slice text, double seconds, double build)
{
    printf("  %-10s %8.3f GB/s   build %7.2f ms\n", name, (double)text.len / 1e9 / seconds,
           build * 1e3);
}

static struct tally measure_ours(const struct set *set, struct slice text,
                                 enum prefilter_variant variant, const char *name)
{
    double best = 1e9, build = cpu_seconds();
    struct prefilter *filter = prefilter_build_variant(set->literals, set->count, variant);
    struct tally tally = { 0, 0, NULL, NULL };
    build = cpu_seconds() - build;
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_seconds();
        tally = run_ours(filter, text, NULL);
        double took = cpu_seconds() - start;
        best = took < best ? took : best;
    }
    print_rate(name, text, best, build);
    prefilter_free(filter);
    return tally;
}

/* Is what they found the same? */
static bool measure_peer(const struct set *set, struct slice text, struct tally wanted)
{
    double best = 1e9, build = cpu_seconds();
    struct peer *peer = peer_new(set->literals, set->count);
    build = cpu_seconds() - build;
    if (!peer)
        return true;
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_seconds();
        for (struct slice rest = text; rest.len;)
            peer_count(peer, next_block(&rest));
        double took = cpu_seconds() - start;
        best = took < best ? took : best;
    }
    struct tally got = run_peer(peer, text);
    print_rate(peer_name, text, best, build);
    bool same = got.hits == wanted.hits && got.sum == wanted.sum;
    printf("  %" PRIu64 " literals in lines, %s\n", wanted.hits,
           same ? "the same ones" : "NOT THE SAME ONES");
    peer_free(peer);
    return same;
}

static bool measure(const char *title, const struct set *set, struct slice text)
{
    static const struct {
        enum prefilter_variant variant;
        const char *name;
    } variants[] = { { PREFILTER_SCALAR, "scalar" },
                     { PREFILTER_AVX2, "avx2" },
                     { PREFILTER_AVX512, "avx512" } };
    struct tally wanted = { 0, 0, NULL, NULL };
    bool same = true;
    printf("%s, %zu literals, %.1f MB\n", title, set->count, (double)text.len / 1e6);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        if (!prefilter_has_variant(variants[i].variant)) {
            printf("  %-10s skipped: this processor lacks it\n", variants[i].name);
            continue;
        }
        struct tally got = measure_ours(set, text, variants[i].variant, variants[i].name);
        if (i > 0)
            same &= got.hits == wanted.hits && got.sum == wanted.sum;
        wanted = got;
    }
    same &= measure_peer(set, text, wanted);
    fflush(stdout);
    return same;
}

/* The first `want` literals that the sample does not show too often. */
static struct set choose(const struct slice *all, size_t count, size_t want, struct slice text)
{
    struct slice sample = slice_first(text, SAMPLE);
    uint64_t *seen = mem_alloc((count + 1) * sizeof *seen);
    struct set set = { mem_alloc((want + 1) * sizeof(struct slice)), 0 };
    struct prefilter *filter = prefilter_build(all, count);
    run_ours(filter, sample, seen);
    prefilter_free(filter);
    for (size_t i = 0; i < count && set.count < want; i++)
        if (seen[i] * (1U << 20) <= COMMON_PER_MB * (uint64_t)sample.len)
            set.literals[set.count++] = all[i];
    free(seen);
    return set;
}

/* ---- hostile texts --------------------------------------------------------------------------
 */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

enum hostility { WHOLE, WHOLE_IN_LINES, WITHOUT_LAST, WITHOUT_FIRST, GRAMS, REPEATED };

static void add_hostile(struct buf *out, struct slice literal, enum hostility hostility,
                        uint32_t *seed)
{
    size_t half = literal.len / 2, at = next_random(seed) % (literal.len - 3);
    switch (hostility) {
    case WHOLE:
    case WHOLE_IN_LINES:
        buf_add(out, literal.ptr, literal.len);
        break;
    case WITHOUT_LAST:
        buf_add(out, literal.ptr, literal.len - 1);
        break;
    case WITHOUT_FIRST:
        buf_add(out, literal.ptr + 1, literal.len - 1);
        break;
    case GRAMS:
        buf_add(out, literal.ptr + at, 4);
        break;
    case REPEATED:
        for (size_t i = 0; i < 200; i++)
            buf_add(out, literal.ptr + half / 2, half + 1);
        break;
    }
}

static void make_hostile(struct buf *out, const struct set *set, enum hostility hostility)
{
    uint32_t seed = 3;
    size_t line = 0, width = hostility == WHOLE_IN_LINES ? 1 : 200;
    while (set->count && out->len < HOSTILE_BYTES) {
        add_hostile(out, set->literals[next_random(&seed) % set->count], hostility, &seed);
        if (out->len - line >= width) {
            buf_add(out, "\n", 1);
            line = out->len;
        }
    }
}

static bool measure_hostile(const struct set *set)
{
    static const struct {
        enum hostility hostility;
        const char *name;
    } kinds[] = { { WHOLE, "hostile: literals back to back" },
                  { WHOLE_IN_LINES, "hostile: a literal a line" },
                  { WITHOUT_LAST, "hostile: literals without their last byte" },
                  { WITHOUT_FIRST, "hostile: literals without their first byte" },
                  { GRAMS, "hostile: pieces of 4 bytes" },
                  { REPEATED, "hostile: a piece repeated" } };
    bool same = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct buf text = BUF_INIT;
        make_hostile(&text, set, kinds[i].hostility);
        same &= measure(kinds[i].name, set, buf_slice(&text));
        buf_deinit(&text);
    }
    return same;
}

int main(int argc, char **argv)
{
    static const size_t counts[] = { 30, 300, 3000, 15000 };
    struct buf lines = BUF_INIT, text = BUF_INIT;
    if (argc < 4)
        return fprintf(stderr, "bench-prefilter LITERALS BYTES FILE...\n"), 2;
    read_into(&lines, argv[1], SIZE_MAX);
    for (int i = 3; i < argc; i++)
        read_into(&text, argv[i], strtoul(argv[2], NULL, 10));
    struct slice *literals = mem_alloc((lines.len + 1) * sizeof *literals);
    size_t count = 0;
    for (struct slice rest = buf_slice(&lines); rest.ptr && rest.len;) {
        struct slice literal = slice_cut(&rest, '\n');
        if (literal.len >= 5)
            literals[count++] = literal;
    }
    bool same = true;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct set set = choose(literals, count, counts[i], buf_slice(&text));
        same &= measure("logs", &set, buf_slice(&text));
        if (counts[i] == 3000 && set.count)
            same &= measure_hostile(&set);
        free(set.literals);
    }
    free(literals);
    buf_deinit(&lines);
    buf_deinit(&text);
    return same ? 0 : 1;
}
