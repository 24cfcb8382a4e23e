/* Templates and their fillers; a word for every grade, stage and harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_fill(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "{page}", "/x.aspx" },
        { "{page} at {time}.", "/x.aspx at noon." },
        { "{page}{page}", "/x.aspx/x.aspx" },
        { "{time}{page}{time}", "noon/x.aspxnoon" },
        { "a {unknown} b {time}", "a {unknown} b noon" },
        { "{}", "{}" },
        { "{time", "{time" },
        { "time}", "time}" },
        { "{ time }", "{ time }" },
        { "{Time}", "{Time}" },
        { "{time}}", "noon}" },
        { "{none}", "" },         /* absent */
        { "{braces}", "{page}" }, /* a value is no template */
        { "{braces}{time}", "{page}noon" },
        { "} {time}", "} noon" },
    };
    const struct filler fillers[] = {
        { "page", SLICE_LIT("/x.aspx") },
        { "time", SLICE_LIT("noon") },
        { "none", SLICE_NULL },
        { "braces", SLICE_LIT("{page}") },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        buf_add_text(&out, "");
        words_fill(&out, cases[i].text, fillers, COUNT(fillers));
        if (strcmp(out.ptr, cases[i].wanted) != 0)
            fail_msg("%s gives \"%s\", not \"%s\"", cases[i].text, out.ptr, cases[i].wanted);
        buf_deinit(&out);
    }
}

static void test_fill_appends(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    buf_add_text(&out, "before ");
    words_fill(&out, "{x}", NULL, 0);
    assert_string_equal(out.ptr, "before {x}");
    buf_deinit(&out);
}

/* Braces of the catalogue come in pairs, and a name holds letters and '_' only. */
static void check_template(const char *text)
{
    for (struct slice rest = slice_from(text); rest.len;) {
        size_t open = slice_find_char(rest, '{'), close = slice_find_char(rest, '}');
        if (open == SIZE_MAX && close == SIZE_MAX)
            return;
        if (open == SIZE_MAX || close == SIZE_MAX || close < open + 2)
            fail_msg("braces: %s", text);
        for (size_t i = open + 1; i < close; i++)
            assert_true((rest.ptr[i] >= 'a' && rest.ptr[i] <= 'z') || rest.ptr[i] == '_');
        rest = slice_from_offset(rest, close + 1);
    }
}

static void test_catalogue(void **state)
{
    (void)state;
    for (int i = 0; i < WORD_COUNT; i++) {
        assert_non_null(word((enum word)i));
        assert_true(strlen(word((enum word)i)) > 0);
        check_template(word((enum word)i));
    }
    for (int i = GRADE_N; i <= GRADE_E6; i++) {
        assert_true(strlen(words_headline((enum grade)i)) > 0);
    }
    for (int i = STAGE_NONE; i <= STAGE_CLEANUP; i++)
        assert_in_range(strlen(words_stage((enum stage)i)), 1, 8); /* a column of the story */
    for (int i = 0; i < HARM_COUNT; i++)
        assert_true(strlen(words_harm_kind((enum harm_kind)i)) > 0);
    for (int i = HARM_NONE_SEEN; i <= HARM_PROVEN; i++)
        assert_true(strlen(words_harm_state((enum harm_state)i)) > 0);
}

/* Nothing that says "clean" may be said of a host. */
static void test_headlines(void **state)
{
    (void)state;
    for (int i = GRADE_E4; i <= GRADE_E6; i++)
        assert_string_equal(words_headline((enum grade)i), "COMPROMISED");
    assert_false(slice_icase_has(slice_from(words_headline(GRADE_N)), SLICE_LIT("clean")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_fill_appends),
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_headlines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
