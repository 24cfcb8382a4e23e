/* Whose rows are those that name no host? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "case_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FILES_MAX 8

struct hosts_case {
    const char *root;
    struct {
        const char *path, *host; /* host NULL: its rows name none */
    } files[FILES_MAX];
    const char *given, *wanted; /* hosts of the files, in their order */
};

/* Files name their hosts in findings or in coverage: both count. */
static void assert_case(const struct hosts_case *c, bool by_finding)
{
    struct casefile *casefile = case_new();
    casefile_add_root(casefile, 0, slice_from(c->root), SLICE_LIT("rootname"));
    for (uint64_t i = 0; i < FILES_MAX && c->files[i].path; i++) {
        casefile_add_item(casefile, i, 0, slice_from(c->files[i].path), 1);
        if (by_finding)
            case_add(casefile, &(struct given){ .item = i,
                                                .host = c->files[i].host,
                                                .nameless = !c->files[i].host });
        else
            case_cover(casefile, i, c->files[i].host, FAMILY_IIS, 0, 1, 1);
    }
    hosts_resolve(casefile, slice_from(c->given));
    case_assert(casefile, c->root,
                by_finding ? "SELECT host FROM finding ORDER BY item"
                           : "SELECT host FROM coverage ORDER BY item",
                1, c->wanted);
    case_close(casefile);
}

static void assert_all(const struct hosts_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_case(&cases[i], true);
        assert_case(&cases[i], false);
    }
}

static void test_neighbourhood(void **state)
{
    (void)state;
    static const struct hosts_case cases[] = {
        { "e", { { "e/iis/x.log", NULL }, { "e/hp/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "e", { { "e/x.log", NULL } }, NULL, "rootname" },
        { "e",
          { { "e/iis/x.log", NULL }, { "e/hp/y.log", "ex1" }, { "e/hp/z.log", "ex2" } },
          NULL,
          "rootname ex1 ex2" },
        /* the nearest folder that knows one host */
        { "e",
          { { "e/a/iis/x.log", NULL },
            { "e/a/hp/y.log", "ex1" },
            { "e/b/iis/x.log", NULL },
            { "e/b/hp/y.log", "ex2" },
            { "e/c/iis/x.log", NULL } },
          NULL,
          "ex1 ex1 ex2 ex2 rootname" },
        { "e",
          { { "e/a/iis/x.log", NULL },
            { "e/a/hp/y.log", "ex1" },
            { "e/a/hp/z.log", "ex2" },
            { "e/b/y.log", "ex3" } },
          NULL,
          "rootname ex1 ex2 ex3" },
        /* in the file itself, before its folder */
        { "e",
          { { "e/a/x.log", NULL }, { "e/a/x.log", "ex1" }, { "e/a/y.log", "ex2" } },
          NULL,
          "ex1 ex1 ex2" },
        /* one name for one folder */
        { "e",
          { { "e/a1/x.log", NULL }, { "e/a/y.log", "ex1" }, { "e/b/y.log", "ex2" } },
          NULL,
          "rootname ex1 ex2" },
        { "/mnt/e",
          { { "/mnt/e/i/x.log", NULL }, { "/mnt/e/h/y.log", "ex1" } },
          NULL,
          "ex1 ex1" },
        /* a file as PATH */
        { "e/x.log", { { "e/x.log", NULL } }, NULL, "rootname" },
        { "C:\\e",
          { { "C:\\e\\i\\x.log", NULL }, { "C:\\e\\h\\y.log", "ex1" } },
          NULL,
          "ex1 ex1" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_dot_roots(void **state)
{
    (void)state;
    static const struct hosts_case cases[] = {
        { ".", { { "./i/x.log", NULL }, { "./h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { ".", { { "./x.log", NULL }, { "./y.log", "ex1" } }, NULL, "ex1 ex1" },
        { ".",
          { { "./i/x.log", NULL }, { "./h/y.log", "ex1" }, { "./h/z.log", "ex2" } },
          NULL,
          "rootname ex1 ex2" },
        { "..", { { "../i/x.log", NULL }, { "../h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "../e", { { "../e/i/x.log", NULL }, { "../e/h/y.log", "ex1" } }, NULL, "ex1 ex1" },
    };
    assert_all(cases, COUNT(cases));
}

/* Shells complete folders with a slash. */
static void test_trailing_slash(void **state)
{
    (void)state;
    static const struct hosts_case cases[] = {
        { "e/", { { "e/i/x.log", NULL }, { "e/h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "e//", { { "e//i/x.log", NULL }, { "e//h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "e/", { { "e/x.log", NULL }, { "e/h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "./", { { "./i/x.log", NULL }, { "./h/y.log", "ex1" } }, NULL, "ex1 ex1" },
        { "C:\\e\\",
          { { "C:\\e\\i\\x.log", NULL }, { "C:\\e\\h\\y.log", "ex1" } },
          NULL,
          "ex1 ex1" },
    };
    assert_all(cases, COUNT(cases));
}

/* The root of a disk. */
static void test_root_of_disk(void **state)
{
    (void)state;
    static const struct hosts_case cases[] = {
        { "/", { { "/i/x.log", NULL }, { "/h/y.log", "ex1" } }, NULL, "ex1 ex1" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_given(void **state)
{
    (void)state;
    static const struct hosts_case cases[] = {
        { "e", { { "e/i/x.log", NULL }, { "e/h/y.log", "ex1" } }, "EX9", "ex9 ex1" },
        { "e",
          { { "e/i/x.log", NULL }, { "e/h/y.log", "ex1" } },
          "EX9.contoso.com",
          "ex9 ex1" },
    };
    assert_all(cases, COUNT(cases));
}

/* Folders of one PATH do not name the rows of another; guesses are marked. */
static void test_two_roots(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    casefile_add_root(casefile, 0, SLICE_LIT("a"), SLICE_LIT("first"));
    casefile_add_root(casefile, 1, SLICE_LIT("b"), SLICE_LIT("second"));
    casefile_add_item(casefile, 0, 0, SLICE_LIT("a/x.log"), 1);
    casefile_add_item(casefile, 1, 1, SLICE_LIT("b/y.log"), 1);
    casefile_add_item(casefile, 2, 1, SLICE_LIT("b/z.log"), 1);
    case_add(casefile, &(struct given){ .item = 0, .nameless = true });
    case_add(casefile, &(struct given){ .item = 1, .nameless = true });
    case_cover(casefile, 2, "ex1", FAMILY_HTTPPROXY, 0, 1, 1);
    hosts_resolve(casefile, SLICE_NULL);
    case_assert(casefile, "roots", "SELECT host, host_guessed FROM finding ORDER BY item", 2,
                "first|1 ex1|1");
    case_assert(casefile, "named", "SELECT host, host_guessed FROM coverage", 2, "ex1|0");
    case_close(casefile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbourhood),  cmocka_unit_test(test_dot_roots),
        cmocka_unit_test(test_trailing_slash), cmocka_unit_test(test_root_of_disk),
        cmocka_unit_test(test_given),          cmocka_unit_test(test_two_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
