/* What an analysis found, there and back over the wire, and what a worker must not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "casefile/record.h"

#define WAY 40 /* steps: more than are kept */

static struct flow_step steps[WAY];
static char texts[WAY][16];

/* A way of `count` steps, as flow.h links them: from the sink to the source. */
static struct flow_step *way(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "step %lu", (unsigned long)i);
        steps[i] = (struct flow_step){ .line = (uint32_t)i + 1,
                                       .text = slice_from(texts[i]),
                                       .previous = i ? &steps[i - 1] : NULL };
    }
    return &steps[count - 1];
}

static struct page_record *example(size_t step_count)
{
    static struct page_record record;
    static struct page_report report;
    static struct flow_fact fact;
    fact = (struct flow_fact){ .sink = SINK_WRITE,
                               .sources = FROM_QUERY | FROM_FILE,
                               .notes = FLOW_DECODED,
                               .target = WRITE_PATH | WRITE_CONTENT,
                               .line = 7,
                               .call = SLICE_LIT("SaveAs"),
                               .steps = way(step_count) };
    report = (struct page_report){ .class = WEBSHELL_SHELL,
                                   .kind = PAGE_KIND_ASPX,
                                   .language = LANGUAGE_CSHARP,
                                   .encoding = ENCODING_UTF7,
                                   .reason_count = 2 };
    report.reasons[0] = (struct reason){ REASON_FLOW, WEBSHELL_SHELL, 7, &fact, SLICE_NULL };
    report.reasons[1] = (struct reason){ REASON_HIDDEN_ENCODING, WEBSHELL_SUSPECT, 0, NULL,
                                         SLICE_LIT("UTF-7") };
    record = (struct page_record){ .size = 1234, .modified = INT64_C(1614751200000) };
    memset(record.sha256, 0xab, sizeof record.sha256);
    page_record_fill(&record, &report);
    return &record;
}

static struct slice message_of(const struct page_record *record, struct buf *out)
{
    buf_clear(out);
    record_put_page(out, record);
    return slice_from_offset(buf_slice(out), 4);
}

static void test_round_trip(void **state)
{
    static struct record got;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    (void)state;
    struct slice message = message_of(example(3), &out);
    assert_int_equal(record_decode(message, 1, &got, &err), 0);
    assert_int_equal(got.kind, RECORD_PAGE);
    const struct page_record *page = &got.page;
    assert_int_equal(page->class, WEBSHELL_SHELL);
    assert_int_equal(page->encoding, ENCODING_UTF7);
    assert_int_equal(page->size, 1234);
    assert_int_equal(page->sha256[31], 0xab);
    assert_int_equal(page->reason_count, 2);
    const struct page_reason *flow = &page->reasons[0];
    assert_int_equal(flow->sources, FROM_QUERY | FROM_FILE);
    assert_int_equal(flow->target, WRITE_PATH | WRITE_CONTENT);
    assert_true(slice_eq(flow->call, SLICE_LIT("SaveAs")));
    assert_int_equal(flow->step_count, 3);
    assert_int_equal(flow->steps[0].line, 1);
    assert_true(slice_eq(flow->steps[2].text, SLICE_LIT("step 2")));
    assert_true(slice_eq(page->reasons[1].detail, SLICE_LIT("UTF-7")));
    assert_int_equal(page->reasons[1].sink, SINK_NONE);
    buf_deinit(&out);
}

static void test_long_way_keeps_both_ends(void **state)
{
    (void)state;
    const struct page_reason *flow = &example(WAY)->reasons[0];
    assert_int_equal(flow->step_count, PAGE_STEPS_MAX);
    assert_int_equal(flow->steps[0].line, 1);
    assert_int_equal(flow->steps[PAGE_STEPS_MAX / 2 - 1].line, PAGE_STEPS_MAX / 2);
    assert_int_equal(flow->steps[PAGE_STEPS_MAX / 2].line, WAY - PAGE_STEPS_MAX / 2 + 1);
    assert_int_equal(flow->steps[PAGE_STEPS_MAX - 1].line, WAY);
}

static void test_cut_messages_fail(void **state)
{
    static struct record got;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    (void)state;
    struct slice message = message_of(example(3), &out);
    for (size_t len = 0; len < message.len; len++)
        assert_int_equal(record_decode(slice_first(message, len), 1, &got, &err), -1);
    buf_deinit(&out);
}

/* Every byte changed to 0xff: refused, or a record within its limits (the fuzz target checks
 * those); the class and the counts stand at the start. */
static void test_impossible_numbers_fail(void **state)
{
    static struct record got;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    (void)state;
    struct slice message = message_of(example(3), &out);
    for (size_t at = 1; at < 8; at++) { /* class, kind, language, encoding, flags, place ... */
        char *byte = out.ptr + 4 + at, saved = *byte;
        *byte = '\xff';
        assert_int_equal(record_decode(message, 1, &got, &err), -1);
        *byte = saved;
    }
    buf_deinit(&out);
}

static void test_texts_are_cut(void **state)
{
    static struct record got;
    static char long_text[4 * PAGE_DETAIL_TEXT_MAX];
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    (void)state;
    struct page_record *record = example(1);
    memset(long_text, 'x', sizeof long_text);
    record->reasons[1].detail = slice_of(long_text, sizeof long_text);
    record->reasons[0].steps[0].text = slice_of(long_text, sizeof long_text);
    assert_int_equal(record_decode(message_of(record, &out), 1, &got, &err), 0);
    assert_int_equal(got.page.reasons[1].detail.len, PAGE_DETAIL_TEXT_MAX);
    assert_int_equal(got.page.reasons[0].steps[0].text.len, PAGE_STEP_TEXT_MAX);
    buf_deinit(&out);
}

static void test_add_by_weight(void **state)
{
    (void)state;
    struct page_record *record = example(1);
    struct page_reason foreign = { .code = REASON_FOREIGN, .class = WEBSHELL_FOREIGN };
    struct page_reason loader = { .code = REASON_LOADS_CODE, .class = WEBSHELL_LOADER };
    page_record_add(record, &foreign);
    page_record_add(record, &loader);
    assert_int_equal(record->class, WEBSHELL_SHELL);
    assert_int_equal(record->reason_count, 4);
    assert_int_equal(record->reasons[1].code, REASON_LOADS_CODE);
    assert_int_equal(record->reasons[3].code, REASON_FOREIGN);
    for (size_t i = 0; i < (size_t)2 * PAGE_REASONS_MAX; i++)
        page_record_add(record, &loader);
    assert_int_equal(record->reason_count, PAGE_REASONS_MAX);
    assert_int_equal(record->reasons[0].class, WEBSHELL_SHELL);
    assert_int_equal(record->reasons[PAGE_REASONS_MAX - 1].class, WEBSHELL_LOADER);
}

static void test_place(void **state)
{
    (void)state;
    struct place_report place = { .place = PLACE_FRONT_END,
                                  .standing = STANDING_FOREIGN,
                                  .later_builds = true,
                                  .folder = SLICE_LIT("frontend/httpproxy/owa/auth"),
                                  .url = SLICE_LIT("/owa/auth/x.aspx") };
    struct page_record record = { .class = WEBSHELL_NONE };
    page_record_place(&record, &place);
    assert_int_equal(record.class, WEBSHELL_FOREIGN);
    assert_int_equal(record.reasons[0].code, REASON_FOREIGN);
    record = (struct page_record){ .class = WEBSHELL_NONE };
    place.place = PLACE_SITE_ROOT; /* perhaps not Exchange's */
    page_record_place(&record, &place);
    assert_int_equal(record.class, WEBSHELL_NONE);
    assert_int_equal(record.standing, STANDING_FOREIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_long_way_keeps_both_ends),
        cmocka_unit_test(test_cut_messages_fail),
        cmocka_unit_test(test_impossible_numbers_fail),
        cmocka_unit_test(test_texts_are_cut),
        cmocka_unit_test(test_add_by_weight),
        cmocka_unit_test(test_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
