/*
 * The prefilter against Hyperscan: the same literals in the same lines, of random and of
 * hostile texts, with thousands of literals. Skipped where Hyperscan is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "peer.h"

enum { LITERALS = 2000, TEXT = 1 << 20, BLOCK = 1 << 16 };

struct hash {
    const char *base;
    uint64_t lines, sum;
};

static void add_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct hash *hash = context;
    uint64_t at = (uint64_t)(line.ptr - hash->base) + 1;
    hash->lines++;
    for (size_t i = 0; i < count; i++)
        hash->sum += at * (literals[i] * UINT64_C(0x9E3779B97F4A7C15) + 1);
}

static struct hash ask_ours(const struct slice *literals, size_t count, struct slice text,
                            enum prefilter_variant variant)
{
    struct hash hash = { text.ptr, 0, 0 };
    struct prefilter *filter = prefilter_build_variant(literals, count, variant);
    struct prefilter_scanner *scanner = prefilter_scanner_new(filter);
    for (size_t at = 0; at < text.len; at += BLOCK)
        prefilter_lines(scanner, slice_first(slice_from_offset(text, at), BLOCK), add_line,
                        &hash);
    prefilter_scanner_free(scanner);
    prefilter_free(filter);
    return hash;
}

static struct hash ask_peer(struct peer *peer, struct slice text)
{
    struct hash hash = { text.ptr, 0, 0 };
    for (size_t at = 0; at < text.len; at += BLOCK)
        peer_lines(peer, slice_first(slice_from_offset(text, at), BLOCK), add_line, &hash);
    return hash;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void fill(struct buf *out, size_t len, const char *letters, uint32_t *seed)
{
    size_t count = strlen(letters);
    for (size_t i = 0; i < len; i++)
        buf_add(out, &letters[next_random(seed) % count], 1);
}

/* Whole literals, ones that lack a byte, and noise. */
static void make_text(struct buf *text, const struct slice *literals, size_t count,
                      const char *letters, unsigned noise, uint32_t *seed)
{
    while (text->len < TEXT) {
        struct slice literal = literals[next_random(seed) % count];
        size_t cut = next_random(seed) % 3, from = cut == 1;
        buf_add(text, literal.ptr + from, literal.len - from - (cut == 2));
        fill(text, noise ? next_random(seed) % noise : 0, letters, seed);
        if (next_random(seed) % 8 == 0)
            buf_add(text, "\n", 1);
    }
}

static void compare(const char *letters, size_t shortest, size_t longest, unsigned noise)
{
    uint32_t seed = (uint32_t)(shortest * 31 + longest);
    struct buf bytes = BUF_INIT, text = BUF_INIT;
    struct slice literals[LITERALS];
    size_t lens[LITERALS], at = 0;
    for (size_t i = 0; i < LITERALS; i++) {
        lens[i] = shortest + next_random(&seed) % (longest - shortest + 1);
        fill(&bytes, lens[i], letters, &seed);
    }
    for (size_t i = 0; i < LITERALS; at += lens[i++])
        literals[i] = slice_of(bytes.ptr + at, lens[i]);
    make_text(&text, literals, LITERALS, letters, noise, &seed);
    struct peer *peer = peer_new(literals, LITERALS);
    if (!peer) {
        print_message("skipped: no libhs (tools/setup.sh build bench)\n");
        skip();
    }
    struct hash wanted = ask_peer(peer, buf_slice(&text));
    for (int v = PREFILTER_SCALAR; v <= PREFILTER_AVX512; v++) {
        if (!prefilter_has_variant((enum prefilter_variant)v))
            continue;
        struct hash got =
            ask_ours(literals, LITERALS, buf_slice(&text), (enum prefilter_variant)v);
        assert_int_equal(got.lines, wanted.lines);
        assert_int_equal(got.sum, wanted.sum);
    }
    assert_true(wanted.lines > 0);
    peer_free(peer);
    buf_deinit(&bytes);
    buf_deinit(&text);
}

static void test_words(void **state)
{
    (void)state;
    compare("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789/.-_@`[{", 8, 30, 40);
    compare("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789/.-_@`[{", 5, 9, 10);
}

static void test_short(void **state)
{
    (void)state;
    compare("abcdefghijklmnopqrstuvwxyz%./", 3, 6, 20);
    compare("abcdefghijklmnopqrstuvwxyz%./", 2, 12, 0);
}

/* Few letters: every place is a candidate for many. */
static void test_floods(void **state)
{
    (void)state;
    compare("abAB", 7, 14, 3);
    compare("aA@`", 4, 40, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_floods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
