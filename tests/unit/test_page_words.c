/* Reasons in words: every one has some, and nothing of the page reaches the terminal as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/page_words.h"

static const char *sentence(const struct page_reason *reason)
{
    static struct buf out;
    buf_clear(&out);
    page_words_sentence(&out, reason);
    return out.ptr;
}

static void test_flow(void **state)
{
    (void)state;
    struct page_reason reason = { .code = REASON_FLOW,
                                  .class = WEBSHELL_SHELL,
                                  .line = 15,
                                  .sink = SINK_COMMAND,
                                  .sources = FROM_QUERY,
                                  .call = SLICE_LIT("Process.Start") };
    assert_string_equal(sentence(&reason),
                        "a value of the query string reaches Process.Start, which starts a "
                        "program (line 15)");
    reason.step_count = 2;
    reason.steps[0] = (struct page_step){ 12, SLICE_LIT("Request[\"x\"]") };
    reason.steps[1] = (struct page_step){ 15, SLICE_LIT("Process.Start") };
    assert_string_equal(sentence(&reason),
                        "a value of the query string reaches Process.Start, which starts a "
                        "program (line 12 Request[\"x\"] -> line 15 Process.Start)");
}

static void test_several_sources_and_notes(void **state)
{
    (void)state;
    struct page_reason reason = { .code = REASON_FLOW,
                                  .sink = SINK_EVALUATE,
                                  .sources = FROM_QUERY | FROM_FORM | FROM_COOKIE,
                                  .notes = FLOW_DECODED,
                                  .call = SLICE_LIT("eval") };
    assert_string_equal(sentence(&reason),
                        "a value of the query string, a field of a form or a cookie reaches "
                        "eval, which runs text as code; decoded on the way");
}

static void test_writer(void **state)
{
    (void)state;
    struct page_reason reason = { .code = REASON_FLOW,
                                  .sink = SINK_WRITE,
                                  .target = WRITE_CONTENT,
                                  .sources = FROM_FILE,
                                  .call = SLICE_LIT("SaveAs") };
    assert_string_equal(sentence(&reason), "the content of an uploaded file reaches SaveAs, "
                                           "which writes a file whose content it gives");
}

static void test_detail_or_none(void **state)
{
    (void)state;
    struct page_reason reason = { .code = REASON_MAGIC, .detail = SLICE_LIT("a GIF image") };
    assert_string_equal(sentence(&reason),
                        "the file begins as a GIF image and has server code in it");
    reason.detail = SLICE_NULL;
    assert_string_equal(sentence(&reason),
                        "the file begins as a binary file and has server code in it");
}

static void test_all_have_words(void **state)
{
    (void)state;
    for (int code = 0; code < REASON_COUNT; code++)
        for (int sink = 0; sink <= SINK_LAST; sink++) {
            struct page_reason reason = { .code = (enum reason_code)code,
                                          .sink = (enum sink)sink };
            const char *text = sentence(&reason);
            assert_true(text[0] != '\0');
            assert_null(strchr(text, '{'));
            assert_null(strstr(text, "(null)"));
        }
    for (int class = 0; class <= WEBSHELL_SHELL; class ++) {
        assert_non_null(page_words_class((enum webshell_class) class));
        assert_non_null(page_words_noun((enum webshell_class) class));
    }
    for (int kind = 0; kind <= PAGE_KIND_CLIENT; kind++)
        assert_non_null(page_words_kind_name((enum page_kind)kind));
}

static void test_hostile_text_is_escaped(void **state)
{
    (void)state;
    struct page_reason reason = { .code = REASON_FLOW,
                                  .sink = SINK_EVALUATE,
                                  .sources = FROM_QUERY,
                                  .call = SLICE_LIT("e\x1b[2Jval\n"),
                                  .step_count = 1 };
    /* U+202E, which turns the direction of text; byte by byte, since linters fear it, too */
    static const char turn[] = { (char)0xe2, (char)0x80, (char)0xae, 0 };
    char step[16];
    snprintf(step, sizeof step, "{call}\r%s", turn);
    reason.steps[0] = (struct page_step){ 1, slice_from(step) };
    const char *text = sentence(&reason);
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    assert_non_null(strstr(text, "\\x1b"));
    assert_non_null(strstr(text, "{call}\\x0d")); /* a template's name is text here */
    assert_null(strstr(text, turn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow),           cmocka_unit_test(test_several_sources_and_notes),
        cmocka_unit_test(test_writer),         cmocka_unit_test(test_detail_or_none),
        cmocka_unit_test(test_all_have_words), cmocka_unit_test(test_hostile_text_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
