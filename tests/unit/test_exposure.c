/* Builds that a case holds → when a host was vulnerable, and whether it was patched in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_maker.h"
#include "casefile/exposure.h"

#define HOUR 3600

struct seen {
    const char *build;
    enum build_source source;
    int64_t from, to; /* seconds; -1: it has no time */
};

struct fixture {
    struct casefile *casefile;
    struct arena arena;
    struct exposure exposure;
    uint64_t items;
};

static int set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    f->casefile = case_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    case_close(f->casefile);
    free(f);
    return 0;
}

static void add_seen(struct fixture *f, const char *host, const struct seen *seen, size_t count)
{
    static struct record record;
    for (size_t i = 0; i < count; i++) {
        record = (struct record){ .kind = RECORD_BUILD };
        struct build_note *note = &record.build;
        note->host = slice_from(host);
        note->source = seen[i].source;
        note->from = seen[i].from < 0 ? TIME_NONE : case_time(seen[i].from);
        note->to = seen[i].to < 0 ? TIME_NONE : case_time(seen[i].to);
        note->offset = 10 * i;
        note->last_offset = 10 * i + 5;
        assert_true(builds_parse(slice_from(seen[i].build), &note->build));
        casefile_add_item(f->casefile, f->items, 0, SLICE_LIT("e/log"), 10);
        casefile_add_record(f->casefile, f->items++, &record);
    }
}

#define READ(f, ...)                                                                           \
    read_seen(f, (const struct seen[]){ __VA_ARGS__ },                                         \
              sizeof((const struct seen[]){ __VA_ARGS__ }) / sizeof(struct seen))

static const struct exposure *read_seen(struct fixture *f, const struct seen *seen,
                                        size_t count)
{
    add_seen(f, "ex1", seen, count);
    exposure_read(f->casefile, &f->arena, SLICE_LIT("ex1"), &f->exposure);
    return &f->exposure;
}

static const struct exposure_cve *cve_of(const struct exposure *e, const char *id)
{
    return &e->cves[cve_find(slice_from(id))];
}

/* "15.1.2106.2 0-10 columns, ..." in hours */
static void assert_line(const struct exposure *e, const char *wanted)
{
    struct buf text = BUF_INIT;
    buf_add_text(&text, "");
    for (size_t i = 0; i < e->build_count; i++) {
        const struct exposure_build *b = &e->timeline[i];
        char build[BUILD_TEXT_SIZE];
        buf_printf(&text, "%s%s %d-%d %s", i ? ", " : "", builds_text(b->facts.build, build),
                   (int)((b->from - CASE_START) / MS_PER_HOUR),
                   (int)((b->to - CASE_START) / MS_PER_HOUR), build_source_name(b->source));
    }
    assert_string_equal(text.ptr, wanted);
    buf_deinit(&text);
}

static void test_patched(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.2", BUILD_OF_COLUMNS, 0, HOUR },
                                    { "15.1.2106.2", BUILD_OF_COLUMNS, 2 * HOUR, 5 * HOUR },
                                    { "15.1.2106.13", BUILD_OF_COLUMNS, 6 * HOUR, 9 * HOUR });
    assert_line(e, "15.1.2106.2 0-5 columns, 15.1.2106.13 6-9 columns");
    const struct exposure_cve *logon = cve_of(e, "2021-26855"),
                              *shell = cve_of(e, "2021-34473");
    assert_int_equal(logon->now, PATCH_FIXED);
    assert_int_equal(logon->interval_count, 1);
    const struct exposure_interval *patch = exposure_patched(logon);
    assert_non_null(patch);
    assert_true(patch->from == case_time(0) && patch->to == case_time(5 * HOUR) &&
                patch->until == case_time(6 * HOUR));
    assert_false(patch->began_fixed);
    assert_int_equal(patch->last.offset, 15);  /* of the second file */
    assert_int_equal(patch->fixed.offset, 20); /* of the third */
    assert_int_equal(shell->now, PATCH_VULNERABLE);
    assert_null(exposure_patched(shell));
    assert_true(shell->intervals[0].to == case_time(9 * HOUR));
    assert_int_equal(cve_of(e, "2020-0688")->interval_count, 0);
    assert_int_equal(exposure_count(e, PATCH_VULNERABLE), 16);
    char text[BUILD_TEXT_SIZE];
    assert_string_equal(builds_text(shell->fix->build, text), "15.1.2176.12");
}

/* Files of several services overlap; theirs is one stretch, and the order of files means
 * nothing. */
static void test_files_in_any_order(void **state)
{
    const struct exposure *e =
        READ(*state, { "15.1.2106.13", BUILD_OF_COLUMNS, 6 * HOUR, 9 * HOUR },
             { "15.1.2106.2", BUILD_OF_COLUMNS, 2 * HOUR, 6 * HOUR - 60 },
             { "15.1.2106.2", BUILD_OF_COLUMNS, 0, 3 * HOUR },
             { "15.1.2106.13", BUILD_OF_COLUMNS, 7 * HOUR, 8 * HOUR });
    assert_line(e, "15.1.2106.2 0-5 columns, 15.1.2106.13 6-9 columns");
    assert_int_equal(e->conflict_count, 0);
}

/* Version columns speak for their time; what is weaker, for what lies outside of it. */
static void test_sources_by_trust(void **state)
{
    const struct exposure *e =
        READ(*state, { "15.1.2106.2", BUILD_OF_COLUMNS, 4 * HOUR, 8 * HOUR },
             { "15.1.2044.4", BUILD_OF_HEADER, 0, 3 * HOUR },
             { "15.1.2044.4", BUILD_OF_ECP, 5 * HOUR, 6 * HOUR },
             { "15.1.1979.3", BUILD_OF_PATH, HOUR, 2 * HOUR },
             { "15.1.2106.13", BUILD_OF_PATH, 7 * HOUR, 12 * HOUR },
             { "15.1.2044.4", BUILD_OF_PATH, 9 * HOUR, 13 * HOUR },
             { "15.1.2106.99", BUILD_OF_PATH, 14 * HOUR, 15 * HOUR });
    assert_line(e,
                "15.1.2044.4 0-3 header, 15.1.2106.2 4-8 columns, 15.1.2106.13 8-12 owa-path");
}

static void test_integer_knows_the_cu_only(void **state)
{
    const struct exposure *e = READ(*state, { "1942063431", BUILD_OF_INTEGER, 0, HOUR });
    assert_line(e, "15.1.2375 0-1 integer");
    assert_int_equal(e->now->facts.basis, BASIS_CU);
    assert_int_equal(cve_of(e, "2021-26855")->now, PATCH_FIXED);
    assert_int_equal(cve_of(e, "2021-42321")->now, PATCH_UNKNOWN);
    assert_int_equal(cve_of(e, "2026-42897")->now, PATCH_VULNERABLE);
}

static void test_installed_program(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.2", BUILD_OF_COLUMNS, 0, HOUR },
                                    { "15.1.2106.13", BUILD_OF_SETUP, -1, -1 },
                                    { "15.1.2106.2", BUILD_OF_PROGRAM, -1, -1 },
                                    { "15.1.2106.13", BUILD_OF_PROGRAM, -1, -1 });
    assert_ptr_equal(e->now, e->installed);
    assert_int_equal(cve_of(e, "2021-26855")->now, PATCH_FIXED);
    assert_null(exposure_patched(cve_of(e, "2021-26855"))); /* nobody knows when */
    assert_int_equal(e->conflict_count, 1);
    assert_int_equal(e->conflicts[0].mix, MIX_SETUP_NEWER);
}

static void test_half_installed(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.8", BUILD_OF_SETUP, -1, -1 },
                                    { "15.1.2106.2", BUILD_OF_PROGRAM, -1, -1 },
                                    { "15.1.2106.13", BUILD_OF_PROGRAM, -1, -1 },
                                    { "15.1.2106.13", BUILD_OF_PROGRAM, -1, -1 });
    assert_int_equal(e->conflict_count, 1);
    assert_int_equal(e->conflicts[0].mix, MIX_PROGRAM_NEWER);
    assert_int_equal(e->conflicts[0].other.part[3], 13);
    assert_int_equal(cve_of(e, "2021-26855")->now, PATCH_VULNERABLE);
}

static void test_two_builds_at_once(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.2", BUILD_OF_COLUMNS, 0, 9 * HOUR },
                                    { "15.1.2106.13", BUILD_OF_COLUMNS, 4 * HOUR, 12 * HOUR });
    assert_int_equal(e->conflict_count, 1);
    assert_int_equal(e->conflicts[0].mix, MIX_OVERLAP);
}

static void test_rolled_back(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.13", BUILD_OF_COLUMNS, 0, HOUR },
                                    { "15.1.2106.2", BUILD_OF_COLUMNS, 2 * HOUR, 3 * HOUR },
                                    { "15.1.2106.13", BUILD_OF_COLUMNS, 4 * HOUR, 5 * HOUR });
    const struct exposure_cve *logon = cve_of(e, "2021-26855");
    assert_line(e,
                "15.1.2106.13 0-1 columns, 15.1.2106.2 2-3 columns, 15.1.2106.13 4-5 columns");
    assert_int_equal(logon->interval_count, 1);
    assert_true(logon->intervals[0].began_fixed);
    assert_true(exposure_patched(logon)->until == case_time(4 * HOUR));
}

static void test_folders_are_told_once(void **state)
{
    const struct exposure *e = READ(*state, { "15.1.2106.2", BUILD_OF_FOLDER, -1, -1 },
                                    { "15.1.2106.2", BUILD_OF_FOLDER, -1, -1 },
                                    { "15.1.2044.4", BUILD_OF_FOLDER, -1, -1 });
    assert_int_equal(e->folder_count, 2);
    assert_null(e->now); /* once installed is not installed now */
    assert_int_equal(e->build_count, 0);
}

/* ---- findings and coverage ---- */

static void add_rule(struct fixture *f, const char *tags)
{
    struct query query;
    query_open(&query, f->casefile,
               "INSERT INTO rule(id,rule_id,title,tags) VALUES(0,'r','R',?)");
    query_bind_text(&query, slice_from(tags));
    query_run(&query);
    query_close(&query);
}

static void test_used_before_it_was_fixed(void **state)
{
    struct fixture *f = *state;
    struct given refused = { .at = HOUR, .stage = STAGE_REACH, .outcome = OUTCOME_REFUSED },
                 used = { .at = 3 * HOUR,
                          .stage = STAGE_REACH,
                          .outcome = OUTCOME_SUCCESS,
                          .offset = 77,
                          .row = "ServerInfo~x/y?a~1942062522&b" };
    add_rule(f, "attack.t1190 cve.2021-26855 hauberk.stage.reach");
    case_add(f->casefile, &refused);
    case_add(f->casefile, &used);
    const struct exposure *e = READ(f, { "15.1.2106.2", BUILD_OF_COLUMNS, 0, 5 * HOUR },
                                    { "15.1.2106.13", BUILD_OF_COLUMNS, 6 * HOUR, 9 * HOUR });
    const struct exposure_cve *logon = cve_of(e, "2021-26855");
    assert_true(logon->first_used == case_time(3 * HOUR));
    assert_int_equal(logon->used.offset, 77);
    assert_int_equal(logon->when_used, PATCH_VULNERABLE);
    assert_true(cve_of(e, "2021-27065")->first_used == TIME_NONE);
    assert_int_equal(e->claim_count, 1); /* 15.1.1466: not this server's */
    assert_int_equal(e->claims[0].build.part[2], 1466);
}

static void test_watched_or_not(void **state)
{
    struct fixture *f = *state;
    case_cover(f->casefile, 0, "ex1", FAMILY_HTTPPROXY, 0, 4 * HOUR, 100);
    const struct exposure *e = READ(f, { "15.1.2106.2", BUILD_OF_COLUMNS, 0, 10 * HOUR });
    assert_true(cve_of(e, "2021-26855")->decidable);
    assert_true(cve_of(e, "2021-26855")->unwatched_ms == 6 * MS_PER_HOUR);
    assert_false(cve_of(e, "2021-26858")->decidable);
    assert_true(cve_of(e, "2021-26858")->unwatched_ms == 10 * MS_PER_HOUR);
    assert_false(cve_of(e, "2024-21410")->decidable);       /* no log can show it */
    assert_true(cve_of(e, "2020-0688")->unwatched_ms == 0); /* never vulnerable to it */
}

static void test_more_changes_than_are_told(void **state)
{
    struct fixture *f = *state;
    struct seen seen = { "15.1.2106.2", BUILD_OF_COLUMNS, 0, 0 };
    for (int i = 0; i < 3 * EXPOSURE_BUILDS_MAX; i++) {
        seen.build = i % 2 ? "15.1.2106.13" : "15.1.2106.2";
        seen.from = i * HOUR;
        seen.to = i * HOUR + 60;
        add_seen(f, "ex1", &seen, 1);
    }
    exposure_read(f->casefile, &f->arena, SLICE_LIT("ex1"), &f->exposure);
    assert_int_equal(f->exposure.build_count, EXPOSURE_BUILDS_MAX);
    assert_true(f->exposure.builds_left_out > 0);
}

static void test_hosts(void **state)
{
    struct fixture *f = *state;
    struct seen seen = { "15.1.2106.2", BUILD_OF_SETUP, -1, -1 };
    struct slice *hosts;
    case_cover(f->casefile, 0, "ex1", FAMILY_IIS, 0, 1, 1);
    add_seen(f, "ex1", &seen, 1);
    add_seen(f, "ex2", &seen, 1);
    assert_int_equal(exposure_hosts(f->casefile, &f->arena, &hosts), 2);
    assert_true(slice_eq(hosts[0], SLICE_LIT("ex1")) && slice_eq(hosts[1], SLICE_LIT("ex2")));
    exposure_read(f->casefile, &f->arena, SLICE_LIT("nobody"), &f->exposure);
    assert_null(f->exposure.now);
    assert_int_equal(exposure_count(&f->exposure, PATCH_UNKNOWN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_patched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sources_by_trust, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_integer_knows_the_cu_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_installed_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_installed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_builds_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rolled_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders_are_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_used_before_it_was_fixed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watched_or_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_changes_than_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hosts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
