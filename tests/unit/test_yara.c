/* Rules of users: namespaces, what does not compile, external variables, where they match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "temp_file.h"
#include "webshell/yara.h"

#define FILES_MAX 8

struct refused {
    size_t count;
    char reason[256];
};

static void on_refusal(void *context, const char *file, const char *reason)
{
    struct refused *refused = context;
    (void)file;
    refused->count++;
    snprintf(refused->reason, sizeof refused->reason, "%s", reason);
}

/* A set of these texts, a file each. */
static struct yara_set *set_of(const char *const *texts, size_t count, struct refused *refused)
{
    struct yara_set *set = yara_set_new();
    struct err err = ERR_INIT;
    struct temp_file files[FILES_MAX];
    assert_true(count <= FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        files[i] = temp_file_write(slice_from(texts[i]));
        yara_set_add(set, files[i].path, on_refusal, refused);
    }
    if (yara_set_seal(set, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < count; i++)
        temp_file_remove(&files[i]);
    return set;
}

struct found {
    size_t count;
    struct yara_hit hits[8];
};

static void on_hit(void *context, const struct yara_hit *hit)
{
    struct found *found = context;
    if (found->count < 8)
        found->hits[found->count] = *hit;
    found->count++;
}

static struct found scan(const struct yara_set *set, const char *path, struct slice bytes)
{
    struct yara_scanner *scanner = yara_scanner_new(set);
    struct found found = { 0 };
    struct err err = ERR_INIT;
    assert_int_equal(yara_scan(scanner, bytes, path, on_hit, &found, &err), 0);
    yara_scanner_free(scanner);
    return found;
}

#define RULE(name, condition)                                                                  \
    "rule " name " { meta: description = \"about " name "\" score = 75 hauberk_stage = "       \
    "\"plant\" strings: $a = \"needle\" condition: " condition " }"

static void test_match(void **state)
{
    static const char *const texts[] = { RULE("one", "$a") };
    struct refused refused = { 0 };
    (void)state;
    struct yara_set *set = set_of(texts, 1, &refused);
    assert_int_equal(yara_set_count(set), 1);
    const struct yara_rule *rule = yara_set_rule(set, 0);
    assert_string_equal(rule->name, "one");
    assert_string_equal(rule->description, "about one");
    assert_string_equal(rule->stage, "plant");
    assert_int_equal(rule->score, 75);
    struct found found = scan(set, "x.aspx", SLICE_LIT("a needle, a needle"));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.hits[0].offset, 2);
    assert_string_equal(found.hits[0].string, "$a");
    assert_int_equal(scan(set, "x.aspx", SLICE_LIT("nothing")).count, 0);
    assert_int_equal(scan(set, "x.aspx", SLICE_LIT("")).count, 0);
    assert_null(yara_set_rule(set, 1));
    yara_set_free(set);
}

static void test_names_may_repeat_in_files(void **state)
{
    static const char *const texts[] = { RULE("same", "$a"), RULE("same", "not $a") };
    struct refused refused = { 0 };
    (void)state;
    struct yara_set *set = set_of(texts, 2, &refused);
    assert_int_equal(refused.count, 0);
    assert_int_equal(yara_set_count(set), 2);
    struct found found = scan(set, "x", SLICE_LIT("hay"));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.hits[0].rule, 1);
    assert_null(found.hits[0].string);
    yara_set_free(set);
}

static void test_bad_file_is_left_out(void **state)
{
    static const char *const texts[] = { RULE("good", "$a"), "rule bad { condition: nosuch }",
                                         "no rule at all", RULE("too", "$a") };
    struct refused refused = { 0 };
    (void)state;
    struct yara_set *set = set_of(texts, 4, &refused);
    assert_int_equal(refused.count, 2);
    assert_non_null(strstr(refused.reason, "line 1"));
    assert_int_equal(yara_set_files(set), 2);
    assert_int_equal(scan(set, "x", SLICE_LIT("needle")).count, 2);
    yara_set_free(set);
}

static void test_externals(void **state)
{
    static const char *const texts[] = {
        RULE("by_name", "$a and filename == \"x.aspx\""),
        RULE("by_folder", "$a and filepath == \"a/b\""),
        RULE("by_extension", "$a and extension == \".aspx\""),
        RULE("by_type", "$a and filetype == \"GIF\""),
        RULE("by_owner", "$a and owner == \"\""),
        RULE("by_hash", "$a and md5 == \"2a3f9d5a5e1de3a0b0f17b6ea4a0c5ee\""),
    };
    struct refused refused = { 0 };
    (void)state;
    struct yara_set *set = set_of(texts, 6, &refused);
    assert_int_equal(refused.count, 0);
    assert_int_equal(scan(set, "a/b/x.aspx", SLICE_LIT("needle")).count, 4);
    assert_int_equal(scan(set, "a/b/x.aspx", SLICE_LIT("GIF89a needle")).count, 5);
    assert_int_equal(scan(set, "noext", SLICE_LIT("needle")).count, 1);
    yara_set_free(set);
}

static void test_nothing_compiles(void **state)
{
    static const char *const texts[] = { "rule {" };
    struct refused refused = { 0 };
    (void)state;
    struct yara_set *set = set_of(texts, 1, &refused);
    assert_int_equal(refused.count, 1);
    assert_int_equal(yara_set_count(set), 0);
    yara_set_free(set);
    assert_int_equal(yara_set_count(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_names_may_repeat_in_files),
        cmocka_unit_test(test_bad_file_is_left_out),
        cmocka_unit_test(test_externals),
        cmocka_unit_test(test_nothing_compiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
