/* Builds of Exchange: the whole table by the rule, every tricky case, every form of a version.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>

#include "exchange/builds.h"

struct fixture {
    struct arena arena;
    const struct builds *builds;
};

static int set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    f->builds = builds_load(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static struct build build_of(const char *text)
{
    struct build build;
    assert_true(builds_parse(slice_from(text), &build));
    return build;
}

static char code_of(const struct fixture *f, const char *text, const char *cve)
{
    struct build_facts facts;
    assert_true(builds_describe(f->builds, build_of(text), &facts));
    size_t i = cve_find(slice_from(cve));
    assert_true(i < CVE_COUNT);
    return patch_letter(facts.codes[i]);
}

/* ---- the whole table ---- */

static void test_rule_gives_the_whole_table(void **state)
{
    const struct fixture *f = *state;
    size_t cells = 0;
    assert_int_equal(f->builds->count, 366);
    for (size_t i = 0; i < f->builds->count; i++) {
        const struct build_row *row = &f->builds->rows[i];
        for (size_t c = 0; c < CVE_COUNT; c++, cells++) {
            enum patch_code code = builds_apply_rule(f->builds, row->build, c);
            if (code != row->codes[c]) {
                char text[BUILD_TEXT_SIZE];
                fail_msg("%s %s: rule %c, table %c", builds_text(row->build, text),
                         cve_table[c].id, patch_letter(code), patch_letter(row->codes[c]));
            }
        }
    }
    assert_int_equal(cells, 366 * 21);
}

/* What the program says of a build is what the table says, by whatever way it is asked. */
static void test_descriptions_are_the_table(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < f->builds->count; i++) {
        const struct build_row *row = &f->builds->rows[i];
        struct build_facts facts;
        char text[BUILD_TEXT_SIZE];
        assert_true(
            builds_describe(f->builds, build_of(builds_text(row->build, text)), &facts));
        assert_int_equal(facts.basis, BASIS_LISTED);
        assert_ptr_equal(facts.row, row);
        assert_memory_equal(facts.codes, row->codes, sizeof facts.codes);
    }
}

/* A row of the table that ours was made of: build in column 1, codes in 10 to 30. */
static void compare_with_facts(const struct fixture *f, char *line)
{
    struct slice cells[32], rest = slice_from(line);
    for (size_t i = 0; i < 32; i++)
        cells[i] = slice_cut(&rest, '\t');
    struct build_facts facts;
    struct build build;
    assert_true(builds_parse(cells[0], &build));
    assert_true(builds_describe(f->builds, build, &facts));
    assert_int_equal(facts.basis, BASIS_LISTED);
    assert_true(slice_eq(facts.row->update, cells[4]));
    for (size_t c = 0; c < CVE_COUNT; c++)
        assert_int_equal(patch_letter(facts.codes[c]), cells[9 + c].ptr[0]);
}

static void test_table_is_the_facts(void **state)
{
    char path[4096], line[2048];
    const char *corpora = getenv("HAUBERK_CORPORA");
    snprintf(path, sizeof path, "%s/../facts/exchange_builds.tsv", corpora ? corpora : "");
    FILE *file = corpora ? fopen(path, "r") : NULL;
    size_t rows = 0;
    if (!file) {
        puts("skipped: no corpora");
        skip();
    }
    while (fgets(line, sizeof line, file)) {
        if (!ascii_is_digit(line[0]))
            continue;
        compare_with_facts(*state, line);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 366);
}

static void test_table_is_in_order(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 1; i < f->builds->count; i++)
        assert_true(builds_compare(f->builds->rows[i - 1].build, f->builds->rows[i].build) < 0);
    assert_true(slice_eq(f->builds->known_on, SLICE_LIT("2026-11-24")));
}

/* ---- tricky cases ---- */

static void test_tricky_builds(void **state)
{
    static const struct {
        const char *build, *cve;
        char code;
    } cases[] = {
        /* lower, and yet fixed: an update of its own CU */
        { "15.1.2106.13", "2021-26855", 'F' },
        { "15.1.2176.2", "2021-26855", 'V' },
        { "15.1.2176.9", "2021-26855", 'F' },
        { "15.1.2242.4", "2021-26855", 'F' }, /* CU20 contains it */
        /* special updates for old CUs: March's only */
        { "15.1.1847.12", "2020-0688", 'Q' },
        { "15.2.464.15", "2020-0688", 'Q' },
        { "15.1.1913.12", "2020-0688", 'F' },
        { "15.1.1713.10", "2020-0688", 'V' },
        { "15.1.1713.10", "2021-27065", 'F' },
        { "15.0.847.64", "2021-26855", 'F' },
        { "15.0.847.64", "2020-0688", 'V' },
        { "15.2.221.18", "2021-26858", 'F' },
        /* silently fixed in April, told in July */
        { "15.1.2176.12", "2021-34473", 'F' },
        { "15.1.2176.12", "2021-31207", 'V' },
        { "15.1.2308.8", "2021-31196", 'V' }, /* CU21 came out before July's update */
        { "15.1.2375.7", "2021-31196", 'F' },
        /* configuration */
        { "15.2.986.29", "2024-21410", 'C' },
        { "15.2.986.26", "2024-21410", 'V' },
        { "15.2.1544.25", "2025-53786", 'C' },
        { "15.2.1544.14", "2025-53786", 'V' },
        { "15.2.2562.17", "2025-53786", 'C' },
        { "15.2.2562.17", "2026-42897", 'V' },
        /* products that nobody looks at any more */
        { "15.0.1497.48", "2025-53786", 'E' },
        { "15.0.1497.48", "2024-21410", 'C' },
        { "15.0.1497.26", "2021-42321", 'N' },
        { "14.3.513.0", "2021-26857", 'F' },
        { "14.3.509.0", "2021-26857", 'V' },
        { "14.3.509.0", "2021-26855", 'N' },
        { "14.3.509.0", "2020-0688", '?' },
        /* 2019 CU9 came out twice */
        { "15.2.858.2", "2021-26855", 'F' },
        { "15.2.858.5", "2021-26855", 'F' },
        /* not in the table */
        { "15.1.2106.14", "2021-26855", 'F' },
        { "15.1.2106.14", "2021-28480", 'V' },
        { "15.1.2106.12", "2021-26855", 'V' },
        { "15.1.2176.8", "2021-26855", 'V' },
        { "15.1.1847.13", "2020-0688", 'Q' },
        { "15.1.2200.1", "2021-26855", 'F' }, /* no CU that we know, higher than all */
        { "15.1.2150.9", "2021-26855", 'V' },
        { "15.2.2562.99", "2026-96940", 'F' },
        { "15.2.1999.1", "2021-26855", 'F' },
        /* only the CU: what holds for all of its builds */
        { "15.1.2106", "2021-26855", '?' },
        { "15.1.2106", "2021-28480", 'V' },
        { "15.1.2242", "2021-26855", 'F' },
        { "1942063431", "2021-42321", '?' },
        { "1942063431", "2021-26855", 'F' },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (code_of(*state, cases[i].build, cases[i].cve) != cases[i].code)
            fail_msg("%s %s: %c", cases[i].build, cases[i].cve,
                     code_of(*state, cases[i].build, cases[i].cve));
}

static void test_basis(void **state)
{
    const struct fixture *f = *state;
    struct build_facts facts;
    assert_true(builds_describe(f->builds, build_of("15.1.2106.12"), &facts));
    assert_int_equal(facts.basis, BASIS_DERIVED);
    assert_true(slice_eq(facts.row->update, SLICE_LIT("Feb21SU")));
    assert_true(slice_eq(facts.above->update, SLICE_LIT("Mar21SU")));
    assert_true(builds_describe(f->builds, build_of("15.1.2150.9"), &facts));
    assert_null(facts.row);
    assert_true(slice_eq(facts.below->cu, SLICE_LIT("CU18")));
    assert_true(slice_eq(facts.above->cu, SLICE_LIT("CU19")));
    assert_true(builds_describe(f->builds, build_of("15.1.2106"), &facts));
    assert_int_equal(facts.basis, BASIS_CU);
    assert_string_equal(facts.product->name, "Exchange Server 2016");
    assert_true(builds_describe(f->builds, build_of("15.2.2562.99"), &facts));
    assert_null(facts.above);
    assert_string_equal(facts.product->key, "SE");
}

/* HealthChecker and Microsoft's page name different builds of the same update. */
static void test_sources_disagree(void **state)
{
    static const struct {
        const char *build;
        bool disputed;
    } cases[] = {
        { "15.1.1415.7", false },  { "15.1.1415.8", true },   { "15.1.1415.9", true },
        { "15.1.1415.10", false }, { "15.1.1466.12", false }, { "15.1.1466.13", true },
        { "15.1.1466.15", true },  { "15.1.1466.16", false }, { "15.1.2106.13", false },
    };
    const struct fixture *f = *state;
    size_t logon = cve_find(SLICE_LIT("2021-26855")), shell = cve_find(SLICE_LIT("2021-34473"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct build_facts facts;
        assert_true(builds_describe(f->builds, build_of(cases[i].build), &facts));
        assert_int_equal(facts.disputed[logon], cases[i].disputed);
        assert_false(facts.disputed[shell]);
    }
}

/* ---- which update fixes it ---- */

static void test_fix(void **state)
{
    static const struct {
        const char *build, *cve, *fix, *update, *kb;
    } cases[] = {
        { "15.1.2106.2", "2021-26855", "15.1.2106.13", "Mar21SU", "KB5000871" },
        { "15.1.2106.13", "2021-26855", "15.1.2106.13", "Mar21SU", "KB5000871" },
        { "15.1.2106.13", "2021-34473", "15.1.2176.12", "Apr21SU", "KB5001779" },
        { "15.1.2242.4", "2021-26855", "15.1.2242.4", "base", NULL },
        { "15.0.1395.12", "2020-0688", "15.0.1497.6", "Feb20SU", NULL },
        { "14.3.123.4", "2021-26857", "14.3.513.0", "RU32", NULL },
        { "15.2.986.26", "2024-21410", "15.2.986.29", "Aug22SU", NULL },
        { "15.2.1748.10", "2026-96940", "15.2.1748.53", "Sep26SUv2", "KB5129956" },
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[BUILD_TEXT_SIZE];
        const struct build_row *fix =
            builds_fix(f->builds, build_of(cases[i].build), cve_find(slice_from(cases[i].cve)));
        assert_non_null(fix);
        assert_string_equal(builds_text(fix->build, text), cases[i].fix);
        assert_true(slice_eq(fix->update, slice_from(cases[i].update)));
        assert_true(slice_eq(fix->kb, slice_from(cases[i].kb)));
    }
    assert_null(
        builds_fix(f->builds, build_of("15.0.1497.48"), cve_find(SLICE_LIT("2025-53786"))));
}

static void test_doubts(void **state)
{
    const struct fixture *f = *state;
    struct build_facts facts;
    assert_true(builds_describe(f->builds, build_of("15.2.2562.53"), &facts));
    assert_int_equal(facts.row->doubt, DOUBT_SECONDARY);
    assert_true(builds_describe(f->builds, build_of("15.2.858.5"), &facts));
    assert_int_equal(facts.row->doubt, DOUBT_RERELEASE);
    assert_true(builds_describe(f->builds, build_of("15.1.1466.16"), &facts));
    assert_int_equal(facts.row->doubt, DOUBT_MICROSOFT | DOUBT_OLD_CU);
    assert_true(builds_describe(f->builds, build_of("15.1.1497.9"), &facts));
    assert_null(facts.row);
}

/* ---- forms ---- */

static void test_forms(void **state)
{
    static const struct {
        const char *text, *build;
    } cases[] = {
        { "15.1.2106.13", "15.1.2106.13" },
        { "15.01.2106.013", "15.1.2106.13" },
        { " 15.01.2375.007 ", "15.1.2375.7" },
        { "15.1.2375", "15.1.2375" },
        { "Version 15.1 (Build 2106.13)", "15.1.2106.13" },
        { "Version 15.1 (Build 2106)", "15.1.2106" },
        { "1942063431", "15.1.2375" },
        { "1942062522", "15.1.1466" },
        { "1941997017", "15.0.1497" },
        { "0x73C18947", "15.1.2375" },
        { "73c18947", "15.1.2375" },
        { "14.3.513.0", "14.3.513.0" },
        { "15.2.2562.17", "15.2.2562.17" },
        { "15.0.0.0", NULL }, /* the version of a log's format */
        { "15.01.0000.000", NULL },
        { "1.0", NULL },
        { "15.1", NULL },
        { "15.1.2106.13.1", NULL },
        { "15.1.2106.-1", NULL },
        { "15.1.2106.65535", NULL }, /* stands for an unknown revision */
        { "15.1.2106.13a", NULL },
        { "15.3.2106.13", NULL },
        { "16.0.2106.13", NULL },
        { "1942030663", NULL }, /* bit 15 is not set */
        { "42", NULL },
        { "4294967296", NULL },
        { "", NULL },
        { "Version", NULL },
        { "Version 15.1 (Build )", NULL },
        { "Version  (Build 2106.13)", NULL },
        { "..", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct build build;
        char text[BUILD_TEXT_SIZE];
        bool parsed = builds_parse(slice_from(cases[i].text), &build);
        if (parsed != (cases[i].build != NULL))
            fail_msg("\"%s\": %s", cases[i].text, parsed ? "taken" : "refused");
        if (parsed)
            assert_string_equal(builds_text(build, text), cases[i].build);
    }
}

static void test_cves(void **state)
{
    (void)state;
    assert_int_equal(cve_find(SLICE_LIT("CVE-2021-26855")), cve_find(SLICE_LIT("2021-26855")));
    assert_int_equal(cve_find(SLICE_LIT("2021-2685")), CVE_COUNT);
    assert_int_equal(cve_find(SLICE_LIT("")), CVE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rule_gives_the_whole_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_descriptions_are_the_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_is_the_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_is_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tricky_builds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_basis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sources_disagree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_doubts, set_up, tear_down),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_cves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
