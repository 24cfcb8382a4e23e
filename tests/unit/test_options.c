/* Command lines → settings, operands and messages; help from the same table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/options.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARGS_MAX 8

static int set_case(void *settings, const char *value, struct err *err)
{
    (void)err;
    buf_printf(settings, "case=%s ", value);
    return 0;
}

static int set_jobs(void *settings, const char *value, struct err *err)
{
    if (value[0] < '0' || value[0] > '9')
        return err_set(err, ERR_USAGE, "\"%s\" is no number", value);
    buf_printf(settings, "jobs=%s ", value);
    return 0;
}

static int set_stats(void *settings, const char *value, struct err *err)
{
    (void)err;
    assert_null(value);
    buf_add_text(settings, "stats ");
    return 0;
}

static int set_quiet(void *settings, const char *value, struct err *err)
{
    (void)err;
    assert_null(value);
    buf_add_text(settings, "quiet ");
    return 0;
}

static const struct option_row rows[] = {
    { 0, "case", "FILE", "keep the case", set_case },
    { 'j', "jobs", "N", "workers", set_jobs },
    { 's', "stats", NULL, "numbers", set_stats },
    { 0, "quiet", NULL, "say less", set_quiet },
};

static const struct verb verb = { .name = "test",
                                  .arguments = "PATH...",
                                  .summary = "a verb for this test",
                                  .example = "    hauberk test x\n",
                                  .options = rows,
                                  .option_count = COUNT(rows) };

struct options_case {
    const char *args[ARGS_MAX];
    const char *settings, *operands; /* operands NULL: refused */
    const char *message;             /* a part of it */
};

static void assert_case(const struct options_case *c)
{
    char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "test" };
    int argc = 1, first = 0;
    for (; argc <= ARGS_MAX && c->args[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)c->args[argc - 1];
    struct buf settings = BUF_INIT, operands = BUF_INIT;
    struct err err = ERR_INIT;
    buf_add_text(&settings, "");
    buf_add_text(&operands, "");
    optind = 0; /* start anew: glibc's way */
    int got = options_parse(&verb, argc, argv, &settings, &first, &err);
    if (got != (c->operands ? 0 : -1))
        fail_msg("%s: %d %s", c->args[0], got, err.msg);
    for (int i = first; got == 0 && i < argc; i++)
        buf_printf(&operands, "%s ", argv[i]);
    if (c->operands) {
        assert_string_equal(settings.ptr, c->settings);
        assert_string_equal(operands.ptr, c->operands);
    } else {
        assert_int_equal(err.code, ERR_USAGE);
        if (!strstr(err.msg, c->message))
            fail_msg("\"%s\" lacks \"%s\"", err.msg, c->message);
    }
    buf_deinit(&settings);
    buf_deinit(&operands);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct options_case cases[] = {
        { { NULL }, "", "", NULL },
        { { "a", "b" }, "", "a b ", NULL },
        { { "--case", "x" }, "case=x ", "", NULL },
        { { "--case=x" }, "case=x ", "", NULL },
        { { "--case=" }, "case= ", "", NULL },
        { { "--case", "--stats" }, "case=--stats ", "", NULL },
        { { "-j", "4", "a" }, "jobs=4 ", "a ", NULL },
        { { "-j4", "a" }, "jobs=4 ", "a ", NULL },
        { { "--jobs=4" }, "jobs=4 ", "", NULL },
        { { "-s" }, "stats ", "", NULL },
        { { "--stats" }, "stats ", "", NULL },
        { { "-sj4" }, "stats jobs=4 ", "", NULL },
        { { "--quiet", "-s" }, "quiet stats ", "", NULL },
        { { "-s", "-s" }, "stats stats ", "", NULL },
        { { "--case", "x", "--case", "y" }, "case=x case=y ", "", NULL },
        { { "a", "--stats", "b" }, "stats ", "a b ", NULL }, /* options may stand behind */
        { { "--", "--stats" }, "", "--stats ", NULL },
        { { "-s", "--", "-j" }, "stats ", "-j ", NULL },
        { { "-" }, "", "- ", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct options_case cases[] = {
        { { "--case" }, NULL, NULL, "--case needs a value" },
        { { "-j" }, NULL, NULL, "-j needs a value" },
        { { "-sj" }, NULL, NULL, "needs a value" },
        { { "--nothing" }, NULL, NULL, "unknown option --nothing" },
        { { "--nothing=1" }, NULL, NULL, "unknown option --nothing" },
        { { "-x" }, NULL, NULL, "unknown option -x" },
        { { "a", "-x" }, NULL, NULL, "unknown option -x" },
        { { "--stats=1" }, NULL, NULL, "--stats" },
        { { "-?" }, NULL, NULL, "unknown option -?" },
        { { "--nothing" }, NULL, NULL, "hauberk test --help" },
        { { "-j", "four" }, NULL, NULL, "--jobs: \"four\" is no number" },
        { { "--jobs=" }, NULL, NULL, "--jobs: \"\" is no number" },
        { { "--stats", "--jobs", "-1" }, NULL, NULL, "--jobs: \"-1\" is no number" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

/* An unknown letter among others: the message names it. */
static void test_unknown_letter_in_a_group(void **state)
{
    (void)state;
    static const struct options_case cases[] = {
        { { "-xs" }, NULL, NULL, "unknown option -x" },
        { { "-sxs" }, NULL, NULL, "x" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

/* Runs options_parse() with what it prints caught in a file. */
static int parse_help(const char *arg, struct buf *printed)
{
    char *argv[] = { (char *)(uintptr_t) "test", (char *)(uintptr_t)arg, NULL };
    char bytes[4096];
    int first;
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    optind = 0;
    int got = options_parse(&verb, 2, argv, printed, &first, NULL);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    buf_add(printed, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
    return got;
}

static void test_help(void **state)
{
    (void)state;
    static const char *const asked[] = { "--help", "-h" };
    static const char *const wanted[] = {
        "hauberk test [options] PATH...",
        "a verb for this test",
        "--case FILE",
        "-j, --jobs N",
        "-s, --stats",
        "--quiet",
        "-h, --help",
        "hauberk test x",
        "say less",
    };
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct buf printed = BUF_INIT;
        assert_int_equal(parse_help(asked[i], &printed), 1);
        for (size_t k = 0; k < COUNT(wanted); k++)
            if (!strstr(printed.ptr, wanted[k]))
                fail_msg("help lacks \"%s\":\n%s", wanted[k], printed.ptr);
        buf_deinit(&printed);
    }
}

static void test_full_table(void **state)
{
    (void)state;
    static char names[OPTIONS_MAX][8];
    static struct option_row full[OPTIONS_MAX];
    for (size_t i = 0; i < OPTIONS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "o%zu", i);
        full[i] = (struct option_row){ "abcdefgijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"[i], names[i],
                                       "N", "help", set_jobs };
    }
    struct verb big = verb;
    big.options = full;
    big.option_count = OPTIONS_MAX;
    char *argv[] = { (char *)(uintptr_t) "test", (char *)(uintptr_t) "--o39=7",
                     (char *)(uintptr_t) "-a8", NULL };
    struct buf settings = BUF_INIT;
    struct err err = ERR_INIT;
    int first;
    optind = 0;
    assert_int_equal(options_parse(&big, 3, argv, &settings, &first, &err), 0);
    assert_string_equal(settings.ptr, "jobs=7 jobs=8 ");
    buf_deinit(&settings);
}

static void test_statuses(void **state)
{
    (void)state;
    static const struct {
        enum err_code code;
        int status;
    } cases[] = {
        { ERR_USAGE, EXIT_USAGE },       { ERR_RULE, EXIT_USAGE },
        { ERR_EVIDENCE, EXIT_UNREAD },   { ERR_ENVIRONMENT, EXIT_INTERNAL },
        { ERR_RESOURCE, EXIT_INTERNAL }, { ERR_BUG, EXIT_INTERNAL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = ERR_INIT;
        err_set(&err, cases[i].code, "this test: status %d", cases[i].status);
        assert_int_equal(report_failure(&err), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unknown_letter_in_a_group),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_full_table),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
