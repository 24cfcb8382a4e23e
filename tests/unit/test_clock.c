/* Times as logs write them; the calendar against itself over four centuries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BAD TIME_NONE

struct time_case {
    const char *text;
    int64_t ms;
};

static void test_iso(void **state)
{
    (void)state;
    static const struct time_case cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01 00:00:00", 0 },
        { "2021-03-03T06:59:13.030Z", INT64_C(1614754753030) },
        { "2021-03-03T06:59:13.03Z", INT64_C(1614754753030) },
        { "2021-03-03T06:59:13.0301234Z", INT64_C(1614754753030) },
        { "2021-03-03T06:59:13z", INT64_C(1614754753000) },
        { "2021-03-03T08:59:13+02:00", INT64_C(1614754753000) },
        { "2021-03-03T01:29:13.5-05:30", INT64_C(1614754753500) },
        { "2020-02-29T00:00:00Z", INT64_C(1582934400000) },
        { "2000-02-29T00:00:00Z", INT64_C(951782400000) },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "1601-01-01T00:00:00Z", INT64_C(-11644473600000) },
        { "9999-12-31T23:59:59Z", INT64_C(253402300799000) },
        { "2016-12-31T23:59:60Z", INT64_C(1483228800000) }, /* leap second */
        { "", BAD },
        { "2021-03-03", BAD },
        { "2021-03-03T06:59", BAD },
        { "2021-03-03T06:59:1", BAD },
        { "2021-03-03x06:59:13", BAD },
        { "2021-03-03T06:59:13.", BAD },
        { "2021-03-03T06:59:13 ", BAD },
        { "2021-03-03T06:59:13ZZ", BAD },
        { "2021-03-03T06:59:13+2:00", BAD },
        { "2021-03-03T06:59:13+15:00", BAD },
        { "2021-03-03T06:59:13+0200", BAD },
        { "2021-03-03T24:00:00Z", BAD },
        { "2021-03-03T06:60:00Z", BAD },
        { "2021-03-03T06:59:61Z", BAD },
        { "2021-00-03T06:59:13Z", BAD },
        { "2021-13-03T06:59:13Z", BAD },
        { "2021-03-00T06:59:13Z", BAD },
        { "2021-03-32T06:59:13Z", BAD },
        { "2021-04-31T06:59:13Z", BAD },
        { "2021-02-30T06:59:13Z", BAD },
        { "2021-02-29T06:59:13Z", BAD },
        { "1900-02-29T06:59:13Z", BAD },
        { "1600-12-31T06:59:13Z", BAD },
        { "0000-01-01T06:59:13Z", BAD },
        { "2021/03/03 06:59:13", BAD },
        { "-021-03-03T06:59:13Z", BAD },
        { " 2021-03-03T06:59:13Z", BAD },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = BAD;
        bool valid = time_parse(slice_from(cases[i].text), &ms);
        if (valid != (cases[i].ms != BAD) || (valid && ms != cases[i].ms))
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
    }
}

static void test_culture(void **state)
{
    (void)state;
    static const struct time_case cases[] = {
        { "6/30/2021 10:03:57 AM", INT64_C(1625047437000) },
        { "06/30/2021 10:03:57 am", INT64_C(1625047437000) },
        { "6/30/2021 10:03:57 PM", INT64_C(1625090637000) },
        { "6/30/2021 12:00:00 AM", INT64_C(1625011200000) },
        { "6/30/2021 12:00:00 PM", INT64_C(1625054400000) },
        { "30/6/2021 10:03:57 AM", BAD },
        { "6/31/2021 10:03:57 AM", BAD },
        { "6/30/2021 0:03:57 AM", BAD },
        { "6/30/2021 13:03:57 PM", BAD },
        { "6/30/2021 10:03:57", BAD },
        { "6/30/2021 10:03 AM", BAD },
        { "6/30/2021 10:03:57 XM", BAD },
        { "6/30/99999 10:03:57 AM", BAD },
        { "//  :: AM", BAD },
        { "6/30/2021", BAD },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = BAD;
        bool valid = time_parse(slice_from(cases[i].text), &ms);
        if (valid != (cases[i].ms != BAD) || (valid && ms != cases[i].ms))
            fail_msg("'%s': %lld", cases[i].text, (long long)ms);
    }
}

static void test_date_and_clock(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(time_parse_date(SLICE_LIT("1970-01-02 and more"), &ms));
    assert_int_equal(ms, MS_PER_DAY);
    assert_false(time_parse_date(SLICE_LIT("1970-01-0"), &ms));
    assert_false(time_parse_date(SLICE_NULL, &ms));
    assert_true(time_parse_clock(SLICE_LIT("23:59:59.9991 x"), &ms));
    assert_int_equal(ms, MS_PER_DAY - 1);
    assert_true(time_parse_clock(SLICE_LIT("00:00:01"), &ms));
    assert_int_equal(ms, MS_PER_SECOND);
    assert_false(time_parse_clock(SLICE_LIT("0:00:01"), &ms));
    assert_false(time_parse_clock(SLICE_LIT("00:00"), &ms));
    assert_false(time_parse_clock(SLICE_NULL, &ms));
}

static void test_argument(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(time_parse_argument(SLICE_LIT("1970-01-02"), false, &ms));
    assert_int_equal(ms, MS_PER_DAY);
    assert_true(time_parse_argument(SLICE_LIT("1970-01-02"), true, &ms));
    assert_int_equal(ms, 2 * MS_PER_DAY - 1);
    assert_true(time_parse_argument(SLICE_LIT("1970-01-02T00:00:01Z"), true, &ms));
    assert_int_equal(ms, MS_PER_DAY + MS_PER_SECOND);
    assert_false(time_parse_argument(SLICE_LIT("1970-01-02 "), false, &ms));
    assert_false(time_parse_argument(SLICE_LIT("6/30/2021 10:03:57 AM"), false, &ms));
    assert_false(time_parse_argument(SLICE_LIT("yesterday"), false, &ms));
}

/* Each day is one longer than the last, is printed as the next date, and is read back. */
static void test_calendar(void **state)
{
    (void)state;
    char last[TIME_TEXT_SIZE] = "", text[TIME_TEXT_SIZE];
    int64_t first, end, back;
    assert_true(time_parse_date(SLICE_LIT("1601-01-01"), &first));
    assert_true(time_parse_date(SLICE_LIT("2010-01-01"), &end));
    for (int64_t ms = first; ms <= end; ms += MS_PER_DAY) {
        time_format(ms, text);
        assert_true(strcmp(last, text) < 0);
        assert_true(time_parse(slice_from(text), &back));
        assert_true(back == ms);
        memcpy(last, text, sizeof last);
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *iso, *plain;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00Z" },
        { -1, "1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59Z" },
        { -MS_PER_DAY, "1969-12-31T00:00:00.000Z", "1969-12-31 00:00:00Z" },
        { INT64_C(1614754753030), "2021-03-03T06:59:13.030Z", "2021-03-03 06:59:13Z" },
        { TIME_NONE, "", "at an unknown time" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[TIME_TEXT_SIZE];
        assert_string_equal(time_format(cases[i].ms, text), cases[i].iso);
        assert_string_equal(time_format_plain(cases[i].ms, text), cases[i].plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_culture),
        cmocka_unit_test(test_date_and_clock),
        cmocka_unit_test(test_argument),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
