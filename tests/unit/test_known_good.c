/*
 * Microsoft's files: the table in the program against the list it was made of, where that is at
 * hand (HAUBERK_CORPORA/../facts), and what the table says by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/file.h"
#include "evidence/lines.h"
#include "exchange/known_good.h"

static const char logon[] = "frontend/httpproxy/owa/auth/logon.aspx";

static bool list_path(char *out, size_t size)
{
    const char *corpora = getenv("HAUBERK_CORPORA");
    snprintf(out, size, "%s/../facts/exchange_web_baseline.tsv.gz", corpora ? corpora : "");
    return corpora && file_kind(out, true, NULL) == FILE_REGULAR;
}

static void assert_build(struct build build, struct slice text)
{
    struct build expected;
    assert_true(build_parse(text, &expected));
    assert_memory_equal(build.part, expected.part, sizeof build.part);
    assert_true(known_good_has_build(build));
}

/* A line of the list: sha256, type, path, number of builds, first, last. */
static bool check_line(struct slice line)
{
    struct slice hash = slice_cut(&line, '\t'), type = slice_cut(&line, '\t');
    struct slice path = slice_cut(&line, '\t'), builds = slice_cut(&line, '\t');
    struct slice first = slice_cut(&line, '\t');
    uint8_t digest[SHA256_BYTES];
    if (!type.ptr || !hash_parse(hash, digest, sizeof digest))
        return false;

    char text[512];
    struct known_good_file file;
    uint64_t count;
    assert_true(path.len < sizeof text && slice_to_u64(builds, &count));
    for (size_t i = 0; i < path.len; i++)
        text[i] = path.ptr[i] == '\\' ? '/' : path.ptr[i];
    path = slice_of(text, path.len);
    assert_int_equal(known_good_lookup(path, digest, &file), KNOWN_GOOD_FILE);
    assert_true(slice_eq(file.path, path));
    assert_int_equal(file.builds, count);
    assert_true(file.range >= file.builds);
    assert_build(file.first, first);
    assert_build(file.last, slice_trim(line));
    assert_true(known_good_by_hash(digest, &file));
    digest[15] ^= 1;
    assert_int_equal(known_good_lookup(path, digest, &file), KNOWN_GOOD_OTHER_HASH);
    return true;
}

static void test_equals_list(void **state)
{
    (void)state;
    char path[4096];
    struct source *source;
    struct err err = ERR_INIT;
    if (!list_path(path, sizeof path)) {
        print_message("skipped: no list of Microsoft's files\n");
        skip();
    }
    assert_int_equal(source_open(&source, path, 0, UINT64_MAX, &err), 0);
    struct lines *lines = lines_open(source, 0, false);
    struct block block;
    size_t count = 0;
    while (lines_next(lines, &block, &err) > 0)
        for (struct slice rest = block.text; rest.ptr;)
            count += check_line(slice_cut(&rest, '\n'));
    lines_close(lines);
    assert_int_equal(count, known_good_count());
}

static void test_counts(void **state)
{
    (void)state;
    assert_int_equal(known_good_count(), 13473);
    assert_int_equal(known_good_build_count(), 131);
}

static void test_builds(void **state)
{
    (void)state;
    struct build build;
    char text[BUILD_TEXT_SIZE];
    assert_true(build_parse(SLICE_LIT("15.01.2176.009"), &build));
    assert_string_equal(build_text(build, text), "15.1.2176.9");
    assert_true(known_good_has_build(build));
    assert_true(build_parse(SLICE_LIT("15.1.2242.10"), &build)); /* May 2021 */
    assert_false(known_good_has_build(build));
    assert_false(build_parse(SLICE_LIT("15.1.2242"), &build));
    assert_false(build_parse(SLICE_LIT("15.1.2242.1.1"), &build));
    assert_false(build_parse(SLICE_LIT("15.1.2242."), &build));
    assert_false(build_parse(SLICE_LIT("15.1.65536.1"), &build));
    assert_false(build_parse(SLICE_NULL, &build));
}

static void test_paths(void **state)
{
    (void)state;
    static const uint8_t nothing[SHA256_BYTES];
    struct known_good_file file;
    assert_int_equal(known_good_lookup(slice_from(logon), nothing, &file),
                     KNOWN_GOOD_OTHER_HASH);
    assert_true(slice_eq(file.path, slice_from(logon)));
    assert_int_equal(
        known_good_lookup(SLICE_LIT("frontend/httpproxy/owa/auth/x.aspx"), nothing, &file),
        KNOWN_GOOD_NO_PATH);
    assert_false(known_good_by_hash(nothing, &file));
    assert_true(known_good_has_folder(SLICE_LIT("clientaccess/owa/")));
    assert_false(known_good_has_folder(SLICE_LIT("clientaccess/owb/")));
    assert_false(known_good_has_folder(SLICE_LIT("zzz/")));
    assert_false(known_good_has_path(SLICE_LIT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_equals_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
