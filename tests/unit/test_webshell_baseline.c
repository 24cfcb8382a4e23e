/* The user's own list: what is written is read, what is wrong is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "webshell/baseline.h"

#define HEAD "# hauberk baseline 1\n"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"

static const uint8_t *digest_of(uint8_t byte)
{
    static uint8_t digest[SHA256_BYTES];
    memset(digest, byte, sizeof digest);
    return digest;
}

static struct baseline *parsed(const char *text)
{
    struct baseline *baseline;
    struct err err = ERR_INIT;
    if (baseline_parse(slice_from(text), &baseline, &err) < 0)
        fail_msg("%s", err.msg);
    return baseline;
}

static void test_round_trip(void **state)
{
    (void)state;
    static const char *const paths[] = { "a/logon.aspx", "b c/\xc3\xa9.aspx",
                                         "d\\e\nf\rg.ashx" };
    struct buf text = BUF_INIT;
    baseline_write_head(&text, SLICE_LIT("/srv/\x1bnew\nline"), true, INT64_C(1614754800000));
    for (uint8_t i = 0; i < 3; i++) {
        struct baseline_file file = { .path = slice_from(paths[i]) };
        memcpy(file.sha256, digest_of(i), SHA256_BYTES);
        baseline_write_file(&text, &file);
    }
    struct baseline *baseline = parsed(text.ptr);
    assert_int_equal(baseline_count(baseline), 3);
    assert_true(baseline_is_of_all(baseline));
    for (uint8_t i = 0; i < 3; i++) {
        assert_true(slice_eq(baseline_at(baseline, i)->path, slice_from(paths[i])));
        assert_memory_equal(baseline_at(baseline, i)->sha256, digest_of(i), SHA256_BYTES);
    }
    baseline_free(baseline);
    buf_deinit(&text);
}

static void test_lookup(void **state)
{
    (void)state;
    struct baseline *baseline = parsed(HEAD "# made x of y, web files\r\n" ONES
                                            "  HttpProxy/owa/auth/Logon.aspx\r\n" ONES
                                            " *copy/logon2.aspx\n" TWOS "  x.aspx");
    const uint8_t *ones = digest_of(0x11);
    assert_int_equal(baseline_count(baseline), 3);
    assert_false(baseline_is_of_all(baseline));
    assert_true(baseline_knows(baseline, SLICE_LIT("HttpProxy/owa/auth/logon.aspx"), ones));
    assert_true(
        baseline_knows(baseline, SLICE_LIT("D:\\X\\httpproxy\\OWA\\auth\\LOGON.aspx"), ones));
    assert_true(baseline_knows(baseline, SLICE_LIT("evidence/copy/logon2.aspx"), ones));
    /* Not the whole name of a folder; another name; another hash. */
    assert_false(baseline_knows(baseline, SLICE_LIT("MyHttpProxy/owa/auth/logon.aspx"), ones));
    assert_false(baseline_knows(baseline, SLICE_LIT("owa/auth/logon.aspx"), ones));
    assert_false(baseline_knows(baseline, SLICE_LIT("a/x.aspx"), ones));
    assert_true(baseline_knows(baseline, SLICE_LIT("a/x.aspx"), digest_of(0x22)));
    assert_false(baseline_knows(baseline, SLICE_LIT("a/x.aspx"), digest_of(0x33)));
    assert_int_equal(baseline_find(baseline, SLICE_LIT("copy\\LOGON2.aspx")), 0);
    assert_true(baseline_find(baseline, SLICE_LIT("logon2.aspx")) == SIZE_MAX);
    baseline_free(baseline);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "", "line 1: no baseline" },
        { ONES "  x.aspx\n", "line 1: no baseline" },
        { HEAD "\n" ONES "  x.aspx\n" ONES " x.aspx\n", "line 4: no SHA-256" },
        { HEAD "11  x.aspx\n", "line 2: no SHA-256" },
        { HEAD ONES "  \n", "line 2: no SHA-256" },
        { HEAD "\\" ONES "  a\\b\n", "line 2: no SHA-256" },
        { HEAD "\\" ONES "  a\\\n", "line 2: no SHA-256" },
        { HEAD ONES "  x.aspx\n" TWOS "  X.ASPX\n", "line 3: the path of line 2" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct baseline *baseline = NULL;
        struct err err = ERR_INIT;
        assert_true(baseline_parse(slice_from(cases[i].text), &baseline, &err) < 0);
        if (strncmp(err.msg, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("case %d: %s", (int)i, err.msg);
    }
    struct baseline *baseline = parsed(HEAD ONES "  x.aspx\n" ONES "  X.ASPX\n");
    assert_int_equal(baseline_count(baseline), 1);
    baseline_free(baseline);
    baseline_free(NULL);
}

static void test_web_files(void **state)
{
    (void)state;
    assert_true(baseline_is_web_file(SLICE_LIT("a/b.ASPX")));
    assert_true(baseline_is_web_file(SLICE_LIT("web.config")));
    assert_true(baseline_is_web_file(SLICE_LIT("bin/x.dll")));
    assert_false(baseline_is_web_file(SLICE_LIT("a.png")));
    assert_false(baseline_is_web_file(SLICE_LIT("aspx")));
    assert_false(baseline_is_web_file(SLICE_NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_web_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
