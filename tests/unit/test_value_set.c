/* Many values at once must say what each of them says alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "match/value_set.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define VALUES_MAX 3000

struct list {
    struct arena arena;
    size_t count, left;
    struct matcher *alone, *in_set;
    struct value_set *set;
};

static void list_add(struct list *list, const char *raw, bool cased)
{
    struct sigma_value value = { .kind = SIGMA_VALUE_PATTERN };
    value.pattern =
        sigma_pattern_parse(&list->arena, arena_copy(&list->arena, slice_from(raw)));
    assert_true(list->count < VALUES_MAX);
    matcher_init(&list->alone[list->count++], &list->arena, &value, cased, NULL);
}

static void list_open(struct list *list)
{
    *list = (struct list){ .alone = calloc(VALUES_MAX, sizeof(struct matcher)),
                           .in_set = calloc(VALUES_MAX, sizeof(struct matcher)) };
}

static void list_seal(struct list *list, bool anywhere)
{
    list->left = list->count;
    memcpy(list->in_set, list->alone, list->count * sizeof *list->alone);
    list->set = value_set_take(&list->arena, list->in_set, &list->left, anywhere);
}

static void list_close(struct list *list)
{
    free(list->alone);
    free(list->in_set);
    arena_deinit(&list->arena);
}

static bool one_by_one(const struct list *list, struct slice text, bool anywhere)
{
    for (size_t i = 0; i < list->count; i++)
        if (anywhere ? matcher_found_in(&list->alone[i], text)
                     : matcher_matches(&list->alone[i], text))
            return true;
    return false;
}

static bool at_once(const struct list *list, struct slice text, bool anywhere)
{
    if (list->set && value_set_matches(list->set, text))
        return true;
    for (size_t i = 0; i < list->left; i++)
        if (anywhere ? matcher_found_in(&list->in_set[i], text)
                     : matcher_matches(&list->in_set[i], text))
            return true;
    return false;
}

static void assert_same(const struct list *list, struct slice text, bool anywhere)
{
    if (one_by_one(list, text, anywhere) != at_once(list, text, anywhere))
        fail_msg("'%.*s': %s alone", SLICE_FMT(text),
                 one_by_one(list, text, anywhere) ? "matches" : "does not match");
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static const char *const letters[] = {
    "a", "b", "A", "\\\\", ".", "1", "\xC3\xA4", "\xC3\x84", "\xE2\x84\xAA", "\xF0\x9F\x98\x80"
};

static void random_text(struct buf *out, unsigned *seed, size_t length, size_t alphabet)
{
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < length; i++)
        buf_add_text(out, letters[next_random(seed) % alphabet]);
}

/* Few letters and short values, so that there are hits, near hits and values inside values. */
static void test_random_lists(void **state)
{
    (void)state;
    static const char *const before[] = { "", "", "*", "*", "*a?" };
    static const char *const behind[] = { "", "*", "", "*", "*" };
    unsigned seed = 7;
    size_t hits = 0;
    for (int round = 0; round < 400; round++) {
        struct list list;
        struct buf text = BUF_INIT;
        bool cased = round % 5 == 0, anywhere = round % 3 == 0;
        size_t alphabet = round % 2 ? 4 : COUNT(letters);
        list_open(&list);
        size_t count = 1 + next_random(&seed) % 60;
        for (size_t i = 0; i < count; i++) {
            char raw[256];
            random_text(&text, &seed, next_random(&seed) % 12, alphabet);
            size_t frame = next_random(&seed) % COUNT(before);
            snprintf(raw, sizeof raw, "%s%s%s", before[frame], text.ptr, behind[frame]);
            list_add(&list, raw, cased);
        }
        list_seal(&list, anywhere);
        for (int i = 0; i < 60; i++) {
            random_text(&text, &seed, next_random(&seed) % 30, alphabet);
            assert_same(&list, buf_slice(&text), anywhere);
            hits += at_once(&list, buf_slice(&text), anywhere);
        }
        buf_deinit(&text);
        list_close(&list);
    }
    assert_true(hits > 2000); /* of 24,000: both answers are tried */
    assert_true(hits < 22000);
}

static void test_few_values_are_left_alone(void **state)
{
    (void)state;
    struct list list;
    list_open(&list);
    list_add(&list, "a", false);
    list_add(&list, "*b*", false);
    list_seal(&list, false);
    assert_null(list.set);
    assert_int_equal(list.left, 2);
    list_close(&list);
}

/* What is no plain text stays outside, in its order. */
static void test_the_rest_stays(void **state)
{
    (void)state;
    struct list list;
    list_open(&list);
    list_add(&list, "x*y", false);
    for (int i = 0; i < 100; i++) {
        char raw[32];
        snprintf(raw, sizeof raw, "*value%d*", i);
        list_add(&list, raw, false);
    }
    list_add(&list, "p?q", false);
    list_seal(&list, false);
    assert_non_null(list.set);
    assert_int_equal(list.left, 2);
    assert_true(matcher_matches(&list.in_set[0], SLICE_LIT("x-y")));
    assert_true(matcher_matches(&list.in_set[1], SLICE_LIT("p-q")));
    assert_false(value_set_matches(list.set, SLICE_LIT("x-y")));
    assert_true(value_set_matches(list.set, SLICE_LIT("a VALUE42 b")));
    list_close(&list);
}

static void test_long_texts_and_border_cases(void **state)
{
    (void)state;
    struct list list;
    struct buf text = BUF_INIT;
    list_open(&list);
    for (int i = 0; i < 2000; i++) {
        char raw[80];
        snprintf(raw, sizeof raw, "*SHA256=%064d*", i);
        list_add(&list, raw, false);
    }
    list_seal(&list, false);
    assert_int_equal(list.left, 0);
    for (int i = 0; i < 100000; i++)
        buf_add_text(&text, "sha256=0");
    assert_false(value_set_matches(list.set, buf_slice(&text)));
    buf_printf(&text, "sha256=%064d", 1999);
    assert_true(value_set_matches(list.set, buf_slice(&text)));
    text.len--; /* cut by one */
    assert_false(value_set_matches(list.set, buf_slice(&text)));
    assert_false(value_set_matches(list.set, SLICE_LIT("")));
    assert_false(value_set_matches(list.set, SLICE_NULL));
    buf_deinit(&text);
    list_close(&list);
}

/* SigmaHQ has a rule with 1,300 of them. */
static void test_single_characters_beyond_ascii(void **state)
{
    (void)state;
    struct list list;
    list_open(&list);
    for (unsigned c = 0; c < 1300; c++) {
        struct buf raw = BUF_INIT;
        buf_add_char(&raw, '*');
        buf_add_utf8(&raw, 0x1F300 + c);
        buf_add_char(&raw, '*');
        list_add(&list, raw.ptr, false);
        buf_deinit(&raw);
    }
    list_seal(&list, false);
    assert_int_equal(list.left, 0);
    assert_true(value_set_matches(list.set, SLICE_LIT("cmd /c \xF0\x9F\x98\x80")));
    assert_false(value_set_matches(list.set, SLICE_LIT("cmd /c \xE2\x82\xAC")));
    assert_false(value_set_matches(list.set, SLICE_LIT("cmd /c")));
    list_close(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lists),
        cmocka_unit_test(test_few_values_are_left_alone),
        cmocka_unit_test(test_the_rest_stays),
        cmocka_unit_test(test_long_texts_and_border_cases),
        cmocka_unit_test(test_single_characters_beyond_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
