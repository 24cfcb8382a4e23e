/* The stream writer of JSON: commas, absent members, lists, escaped keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"

static void test_members(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    struct json json = json_open(&buf);
    json_text(&json, "absent", SLICE_NULL);
    json_text(&json, "rule.id", SLICE_LIT("a\"b"));
    json_text(&json, "empty", SLICE_LIT(""));
    json_int(&json, "least", INT64_MIN);
    json_bool(&json, "yes", true);
    json_bool(&json, "no", false);
    json_time(&json, "never", TIME_NONE);
    json_time(&json, "then", 0);
    json_raw(&json, "raw", SLICE_LIT("[1]"));
    json_text_key(&json, SLICE_LIT("k\n"), SLICE_LIT("v\x1b"));
    json_text_key(&json, SLICE_LIT("gone"), SLICE_NULL);
    json_close(&json);
    assert_string_equal(buf.ptr, "{\"rule.id\":\"a\\\"b\",\"empty\":\"\","
                                 "\"least\":-9223372036854775808,\"yes\":true,\"no\":false,"
                                 "\"then\":\"1970-01-01T00:00:00.000Z\",\"raw\":[1],"
                                 "\"k\\n\":\"v\\u001b\"}");
    buf_deinit(&buf);
}

static void test_lists(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    struct json json = json_open(&buf);
    json_list_begin(&json, "none");
    json_list_end(&json);
    json_list_begin(&json, "texts");
    json_list_text(&json, SLICE_LIT("a"));
    json_list_text(&json, SLICE_LIT("\xff"));
    json_list_end(&json);
    json_list_begin(&json, "pairs");
    json_list_pair(&json, SLICE_LIT("a"), SLICE_LIT("b"));
    json_list_pair(&json, SLICE_LIT("c"), SLICE_LIT("d"));
    json_list_end(&json);
    json_int(&json, "after", 1);
    json_close(&json);
    assert_string_equal(buf.ptr, "{\"none\":[],\"texts\":[\"a\",\"\xEF\xBF\xBD\"],"
                                 "\"pairs\":[[\"a\",\"b\"],[\"c\",\"d\"]],\"after\":1}");
    buf_deinit(&buf);
}

static void test_empty(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    struct json json = json_open(&buf);
    json_close(&json);
    assert_string_equal(buf.ptr, "{}");
    buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
