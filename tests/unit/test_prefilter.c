/* The prefilter against a naive search: the literals of each line, in order of lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/memory.h"
#include "match/prefilter.h"

struct hit {
    size_t line, literal; /* line: the offset of its start */
};

struct hits {
    const char *text;
    size_t count, capacity;
    struct hit *items;
};

static void add_hit(struct hits *hits, size_t line, size_t literal)
{
    hits->items = mem_reserve(hits->items, hits->count, &hits->capacity, sizeof *hits->items);
    hits->items[hits->count++] = (struct hit){ line, literal };
}

static int compare(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->literal < y->literal ? -1 : x->literal > y->literal;
}

static void sort(struct hits *hits)
{
    if (hits->count)
        qsort(hits->items, hits->count, sizeof *hits->items, compare);
}

static void search_naively(const struct slice *literals, size_t count, struct slice text,
                           struct hits *out)
{
    for (struct slice rest = text; rest.ptr && rest.len;) {
        struct slice line = slice_cut(&rest, '\n');
        for (size_t i = 0; i < count; i++)
            if (slice_icase_has(line, literals[i]))
                add_hit(out, (size_t)(line.ptr - text.ptr), i);
    }
}

static void on_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct hits *hits = context;
    size_t start = (size_t)(line.ptr - hits->text);
    assert_true(count > 0);
    assert_true(start == 0 || line.ptr[-1] == '\n');
    assert_int_equal(slice_find_char(line, '\n'), SIZE_MAX);
    if (hits->count) /* lines come in order, each once */
        assert_true(start > hits->items[hits->count - 1].line);
    for (size_t i = 0; i < count; i++)
        add_hit(hits, start, literals[i]);
}

static void assert_same(struct hits *got, struct hits *wanted, struct slice text)
{
    sort(got);
    if (got->count != wanted->count)
        fail_msg("%zu hits, not %zu, in '%.*s'", got->count, wanted->count,
                 SLICE_FMT(slice_first(text, 200)));
    for (size_t i = 0; i < got->count; i++)
        assert_int_equal(compare(&got->items[i], &wanted->items[i]), 0);
    got->count = wanted->count = 0;
}

static void check_lines(struct prefilter_scanner *scanner, const struct slice *literals,
                        size_t count, struct slice text)
{
    struct hits got = { text.ptr, 0, 0, NULL }, wanted = { text.ptr, 0, 0, NULL };
    prefilter_lines(scanner, text, on_line, &got);
    search_naively(literals, count, text, &wanted);
    assert_same(&got, &wanted, text);
    free(got.items);
    free(wanted.items);
}

static void check_text(struct prefilter_scanner *scanner, const struct slice *literals,
                       size_t count, struct slice text)
{
    struct hits got = { text.ptr, 0, 0, NULL }, wanted = { text.ptr, 0, 0, NULL };
    struct prefilter_found found = prefilter_text(scanner, text);
    for (size_t i = 0; i < found.count; i++)
        add_hit(&got, 0, found.literals[i]);
    for (size_t i = 0; i < count; i++)
        if (slice_icase_has(text, literals[i]))
            add_hit(&wanted, 0, i);
    assert_same(&got, &wanted, text);
    free(got.items);
    free(wanted.items);
}

static const enum prefilter_variant variants[] = { PREFILTER_SCALAR, PREFILTER_AVX2,
                                                   PREFILTER_AVX512 };

static void check_variant(const struct slice *literals, size_t count, struct slice text,
                          enum prefilter_variant variant)
{
    struct prefilter *filter = prefilter_build_variant(literals, count, variant);
    struct prefilter_scanner *scanner = prefilter_scanner_new(filter);
    check_lines(scanner, literals, count, text);
    check_text(scanner, literals, count, text);
    prefilter_scanner_free(scanner);
    prefilter_free(filter);
}

/*
 * With each kind of kernel that this processor has, in memory of exactly the text's size, so
 * that reading past it is seen.
 */
static void check(const struct slice *literals, size_t count, struct slice text)
{
    char *exact = malloc(text.len ? text.len : 1);
    assert_non_null(exact);
    if (text.len)
        memcpy(exact, text.ptr, text.len);
    text.ptr = exact;
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++)
        if (prefilter_has_variant(variants[v]))
            check_variant(literals, count, text, variants[v]);
    free(exact);
}

#define CHECK(text, ...)                                                                       \
    do {                                                                                       \
        const struct slice literals[] = { __VA_ARGS__ };                                       \
        check(literals, sizeof literals / sizeof *literals, slice_from(text));                 \
    } while (0)

static void test_examples(void **state)
{
    (void)state;
    CHECK("", SLICE_LIT("abcd"));
    CHECK("abc", SLICE_LIT("abcd"));
    CHECK("abcd", SLICE_LIT("abcd"));
    CHECK("ABCD", SLICE_LIT("abcd"));
    CHECK("abcd", SLICE_LIT("ABCD"));
    CHECK("xabcd", SLICE_LIT("abcd"), SLICE_LIT("bcd\x7f"), SLICE_LIT("abcd"));
    CHECK("aaaaaaaaaaaaaaaa", SLICE_LIT("aaaa"), SLICE_LIT("aaaaaaaa"),
          SLICE_LIT("aaaaaaaaaaaaaaaa"));
    CHECK("abababababab", SLICE_LIT("abab"), SLICE_LIT("baba"), SLICE_LIT("ababababab"));
    CHECK("GET /owa/auth/x.aspx\nGET /ecp/\n", SLICE_LIT("/owa/auth/"), SLICE_LIT(".aspx"));
    CHECK("```` @@@@ [[[[ {{{{", SLICE_LIT("@@@@"), SLICE_LIT("[[[["), SLICE_LIT("{{{{"));
    CHECK("powershell", SLICE_LIT("powershell"), SLICE_LIT("shell"), SLICE_LIT("hell"));
    CHECK("\xC3\xA4\xC3\xB6\xC3\xBC", SLICE_LIT("\xC3\xA4\xC3\xB6"));
}

static void test_nothing_to_look_for(void **state)
{
    (void)state;
    check(NULL, 0, SLICE_LIT("some text"));
    prefilter_free(NULL);
    prefilter_scanner_free(NULL);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

static void fill(char *out, size_t len, const char *letters, size_t letter_count,
                 uint32_t *seed)
{
    for (size_t i = 0; i < len; i++)
        out[i] = letters[next_random(seed) % letter_count];
}

/* Few letters make many occurrences; lengths of 2 to 40; texts end anywhere. */
static void test_random_texts(void **state)
{
    (void)state;
    static const char *const alphabets[] = { "ab", "aAbB\n", "ab@`c/.-", "0123456789abcdef\n" };
    uint32_t seed = 1;
    for (int round = 0; round < 1500; round++) {
        const char *letters = alphabets[round % 4];
        size_t letter_count = strlen(letters), count = 1 + next_random(&seed) % 20;
        char text[400], bytes[20][41];
        struct slice literals[20];
        size_t len = next_random(&seed) % sizeof text;
        fill(text, len, letters, letter_count, &seed);
        for (size_t i = 0; i < count; i++) {
            size_t literal_len = 2 + next_random(&seed) % (round % 3 ? 7 : 39);
            bool from_text = len > literal_len && next_random(&seed) % 2;
            if (from_text)
                memcpy(bytes[i], text + next_random(&seed) % (len - literal_len), literal_len);
            else
                fill(bytes[i], literal_len, letters, letter_count, &seed);
            for (size_t k = 0; k < literal_len; k++)
                if (bytes[i][k] == '\n') /* literals hold no newline */
                    bytes[i][k] = 'a';
            literals[i] = slice_of(bytes[i], literal_len);
        }
        check(literals, count, slice_of(text, len));
    }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Literals that nothing here holds: they decide how the others are looked for. */
static size_t add_company(struct slice *literals, size_t count, size_t len, size_t many)
{
    static char bytes[200][8];
    for (size_t i = 0; i < many; i++) {
        memcpy(bytes[i], "\x01\x02\x03\x04\x05\x06\x07", 8);
        bytes[i][0] = (char)('A' + i % 26);
        bytes[i][1] = (char)('0' + i / 26);
        literals[count++] = slice_of(bytes[i], len);
    }
    return count;
}

/*
 * A literal of each length at each place of a block, its very end included, among few literals
 * and among so many short ones that each way to look for them is taken.
 */
static void test_every_place(void **state)
{
    (void)state;
    static const char word[] = "/ecp/x.js?ClientId=0123456789-abcdefghij";
    static const struct {
        size_t len, many;
    } company[] = { { 4, 0 }, { 3, 150 }, { 5, 150 }, { 2, 20 } };
    for (size_t c = 0; c < COUNT(company); c++)
        for (size_t len = 2; len <= 40; len += len < 9 ? 1 : 7) {
            struct slice literals[202] = { slice_of(word, len), SLICE_LIT("/ECP") };
            size_t count = add_company(literals, 2, company[c].len, company[c].many);
            for (size_t at = 0; at < 140; at += c ? 5 : 1) {
                char text[256];
                memset(text, '.', sizeof text);
                memcpy(text + at, word, len);
                check(literals, count, slice_of(text, at + len));
                check(literals, count, slice_of(text, at + len - 1));
                check(literals, 1, slice_of(text, at + 75));
            }
        }
}

static void test_many_literals(void **state)
{
    (void)state;
    enum { LITERALS = 3000 };
    uint32_t seed = 8;
    struct arena arena = ARENA_INIT;
    struct slice *literals = arena_array(&arena, LITERALS, sizeof *literals);
    for (size_t i = 0; i < LITERALS; i++) {
        char bytes[12];
        size_t len = 4 + next_random(&seed) % 9;
        fill(bytes, len, "abcdefgh", 8, &seed);
        literals[i] = arena_copy(&arena, slice_of(bytes, len));
    }
    char text[4000];
    fill(text, sizeof text, "abcdefgh\n", 9, &seed);
    check(literals, LITERALS, slice_of(text, sizeof text));
    arena_deinit(&arena);
}

struct tally {
    size_t lines, sum;
};

static void sum_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct tally *tally = context;
    tally->lines++;
    for (size_t i = 0; i < count; i++)
        tally->sum += (literals[i] + 1) * line.len;
}

static struct tally total(const struct slice *literals, size_t count, struct slice text,
                          enum prefilter_variant variant, size_t block)
{
    struct tally tally = { 0, 0 };
    struct prefilter *filter = prefilter_build_variant(literals, count, variant);
    struct prefilter_scanner *scanner = prefilter_scanner_new(filter);
    for (size_t at = 0; at < text.len; at += block)
        prefilter_lines(scanner, slice_first(slice_from_offset(text, at), block), sum_line,
                        &tally);
    prefilter_scanner_free(scanner);
    prefilter_free(filter);
    return tally;
}

/* A long text that shows every window again and again: others are chosen, nothing is lost. */
static void test_other_windows(void **state)
{
    (void)state;
    enum { LINE = 64, LINES = 96 * 1024 };
    static const char *const words[] = { "/owa/auth/logon", "powershell/x", "autodisco",
                                         "mapi/nsp", ".aspx" };
    struct slice literals[COUNT(words)];
    for (size_t i = 0; i < COUNT(words); i++)
        literals[i] = slice_from(words[i]);
    char *text = malloc((size_t)LINE * LINES);
    assert_non_null(text);
    size_t lines = 0, sum = 0;
    for (size_t i = 0; i < LINES; i++) {
        const char *word = words[i % COUNT(words)];
        size_t len = strlen(word), cut = i % 3 == 0; /* every third is whole */
        memset(text + i * LINE, '-', LINE);
        memcpy(text + i * LINE + i % 40, word + (cut ? 0 : 1), len - (cut ? 0 : 1));
        text[i * LINE + LINE - 1] = '\n';
        lines += cut;
        sum += cut ? (i % COUNT(words) + 1) * (LINE - 1) : 0;
    }
    for (size_t v = 0; v < COUNT(variants); v++) {
        if (!prefilter_has_variant(variants[v]))
            continue;
        struct tally got = total(literals, COUNT(words), slice_of(text, (size_t)LINE * LINES),
                                 variants[v], (size_t)LINE * 1024);
        assert_int_equal(got.lines, lines);
        assert_int_equal(got.sum, sum);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),      cmocka_unit_test(test_nothing_to_look_for),
        cmocka_unit_test(test_random_texts),  cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_many_literals), cmocka_unit_test(test_other_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
