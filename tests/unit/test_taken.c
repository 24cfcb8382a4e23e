/* The second reading's sums → lines, volumes; sources → actors; clocks of two logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "casefile/actors.h"
#include "casefile/joins.h"
#include "casefile/taken.h"
#include "casefile/volumes.h"

#include "case_maker.h"

#define ONE "203.0.113.1"
#define TWO "203.0.113.2"
#define REACH .stage = STAGE_REACH, .outcome = OUTCOME_SUCCESS

struct sum {
    enum taken_what what;
    enum family_id family;
    const char *source, *subject, *operation, *act;
    int64_t slot, at;
    uint64_t bytes, sized;
    uint64_t item, offset;
};

static struct taken_note note_of(const struct sum *sum)
{
    return (struct taken_note){ .what = sum->what,
                                .family = sum->family,
                                .host = SLICE_LIT("EX1.corp.example"),
                                .source = slice_from(sum->source),
                                .subject = slice_from(sum->subject),
                                .operation = slice_from(sum->operation),
                                .act = slice_from(sum->act),
                                .slot =
                                    sum->what == TAKEN_DEED ? case_time(sum->at) : sum->slot,
                                .first = case_time(sum->at),
                                .last = case_time(sum->at),
                                .requests = 1,
                                .answered = 1,
                                .bytes = sum->bytes,
                                .sized = sum->sized,
                                .offset = sum->offset };
}

static void write_sums(struct casefile *casefile, const struct sum *sums, size_t count)
{
    struct record *record = mem_alloc(sizeof *record);
    struct taken_writer *writer = taken_writer_open(casefile);
    casefile_add_item(casefile, 0, 0, SLICE_LIT("a.log"), 1);
    casefile_add_item(casefile, 1, 0, SLICE_LIT("b.log"), 1);
    for (size_t i = 0; i < count; i++) {
        record->kind = RECORD_TAKEN;
        record->taken = note_of(&sums[i]);
        taken_writer_add(writer, sums[i].item, record);
    }
    taken_writer_close(writer, false, false);
    free(record);
}

static struct casefile *broken_into(void)
{
    struct casefile *casefile = case_new();
    case_add(casefile, &(struct given){ .at = 100, REACH, .source = ONE });
    incidents_build(casefile);
    return casefile;
}

#define MAIL(...)                                                                              \
    {                                                                                          \
        .what = TAKEN_MAIL, .source = ONE, .subject = "ann", .slot = 1, __VA_ARGS__            \
    }

static void test_sums_are_added_up(void **state)
{
    (void)state;
    static const struct sum sums[] = {
        MAIL(.family = FAMILY_EWS, .operation = "GetItem", .act = "read", .at = 300, .bytes = 7,
             .sized = 1, .item = 1, .offset = 5),
        MAIL(.family = FAMILY_EWS, .operation = "GetItem", .act = "read", .at = 200, .bytes = 4,
             .sized = 1, .item = 0, .offset = 9),
        MAIL(.family = FAMILY_HTTPPROXY, .operation = "ews", .act = "reached", .at = 300,
             .bytes = 90, .sized = 1),
    };
    struct casefile *casefile = broken_into();
    struct arena arena = ARENA_INIT;
    struct taken_report report;
    write_sums(casefile, sums, 3);
    case_assert(casefile, "sums",
                "SELECT host, requests, bytes, item, offset FROM taken WHERE"
                " family='ews'",
                5, "ex1|2|11|0|9");
    taken_read(casefile, &arena, SLICE_LIT("ex1"), &report);
    assert_true(report.looked && !report.cut);
    const struct taken_line *line = &report.lines[0];
    assert_int_equal(line->state, TAKEN_PROVEN);
    assert_true(line->lower == 11 && line->upper == 90 && line->requests == 2);
    assert_true(line->first == case_time(200) && line->last == case_time(300));
    assert_int_equal(line->proof.offset, 9);
    assert_true(report.lower == 11 && report.upper == 90);
    arena_deinit(&arena);
    case_close(casefile);
}

static void test_nobody_got_in(void **state)
{
    (void)state;
    static const struct sum sums[] = {
        MAIL(.family = FAMILY_EWS, .operation = "GetItem", .act = "read", .at = 1),
    };
    struct casefile *casefile = case_new();
    struct arena arena = ARENA_INIT;
    struct taken_report report;
    case_add(casefile, &(struct given){ .stage = STAGE_ATTEMPT, .source = ONE });
    write_sums(casefile, sums, 1);
    taken_read(casefile, &arena, SLICE_LIT("ex1"), &report);
    assert_true(report.looked && report.line_count == 0);
    arena_deinit(&arena);
    case_close(casefile);
}

#define DEED(time, log)                                                                        \
    {                                                                                          \
        .what = TAKEN_DEED, .source = "boss", .subject = "ann", .operation = "New-InboxRule",  \
        .act = "inbox-rule", .at = (time), .family = (log)                                     \
    }

static size_t count_deeds(const struct taken_report *report, enum taken_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < report->line_count; i++)
        count += report->lines[i].kind == TAKEN_KIND_DEED && report->lines[i].state == state;
    return count;
}

static void test_commands(void **state)
{
    (void)state;
    static const struct sum sums[] = {
        DEED(-1000, FAMILY_CMDLET), DEED(-999, FAMILY_AUDIT), /* long before */
        DEED(110, FAMILY_CMDLET),   DEED(112, FAMILY_AUDIT),  /* one command, two logs */
        DEED(114, FAMILY_CMDLET),                             /* another one */
        DEED(9000, FAMILY_CMDLET),                            /* hours later */
    };
    struct casefile *casefile = broken_into();
    struct arena arena = ARENA_INIT;
    struct taken_report report;
    write_sums(casefile, sums, 6);
    taken_read(casefile, &arena, SLICE_LIT("ex1"), &report);
    assert_int_equal(count_deeds(&report, TAKEN_PROVEN), 2);
    assert_int_equal(count_deeds(&report, TAKEN_POSSIBLE), 1);
    assert_int_equal(report.before, 1);
    arena_deinit(&arena);
    case_close(casefile);
}

/* ---- volumes ---- */

#define SOURCES 40

static void read_volumes(size_t sources, uint64_t thief, struct volume_report *out,
                         struct arena *arena)
{
    struct sum *sums = mem_alloc((sources + 1) * sizeof *sums);
    char(*names)[20] = mem_alloc((sources + 1) * sizeof *names);
    struct casefile *casefile = broken_into();
    for (size_t i = 0; i <= sources; i++) {
        snprintf(names[i], sizeof names[i], "198.51.100.%lu", (unsigned long)i);
        sums[i] = (struct sum){ .what = TAKEN_VOLUME,
                                .family = FAMILY_HTTPPROXY,
                                .source = i == sources ? ONE : names[i],
                                .slot = 18689,
                                .bytes = i == sources ? thief : 10000 + 500 * i,
                                .sized = 1 };
    }
    write_sums(casefile, sums, sources + 1);
    volumes_read(casefile, arena, SLICE_LIT("ex1"), out);
    case_close(casefile);
    free(names);
    free(sums);
}

static void test_volumes(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct volume_report *report = mem_alloc(sizeof *report);
    read_volumes(SOURCES, 1000000000, report, &arena);
    assert_int_equal(report->log_count, 1);
    const struct volume_log *log = &report->logs[0];
    assert_true(log->enough && log->sources == SOURCES + 1 && log->sums == SOURCES + 1);
    assert_in_range(log->median, 19000, 21000);
    assert_int_equal(log->line_count, 1);
    assert_true(slice_eq(log->lines[0].source, SLICE_LIT(ONE)));
    assert_true(log->lines[0].intruder && log->lines[0].score > VOLUME_SCORE_MIN);
    assert_true(log->lines[0].day == INT64_C(18689) * MS_PER_DAY);
    read_volumes(SOURCES, 60000, report, &arena);
    assert_int_equal(report->logs[0].line_count, 0);
    read_volumes(VOLUME_SOURCES_MIN - 2, 1000000000, report, &arena);
    assert_true(!report->logs[0].enough && report->logs[0].line_count == 0);
    free(report);
    arena_deinit(&arena);
}

/* ---- actors ---- */

static void test_secret_names(void **state)
{
    (void)state;
    static const char *const secret[] = { "/aspnet_client/q7x2kw9z.aspx",
                                          "/owa/auth/yrpcaxkg.aspx" };
    static const char *const known[] = { "/aspnet_client/discover.aspx",
                                         "/owa/auth/8Lw7tAhF9i1pJnRo.aspx", "/owa/auth/x1.aspx",
                                         "/owa/auth/redirection.aspx", "" };
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        assert_true(actors_page_is_secret(slice_from(secret[i])));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_false(actors_page_is_secret(slice_from(known[i])));
}

static void test_actors(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    struct arena arena = ARENA_INIT;
    struct actors_report report;
    case_add(casefile, &(struct given){ REACH, .source = ONE, .session = "s1" });
    case_add(casefile,
             &(struct given){ .at = 1, .stage = STAGE_SCAN, .source = "203.0.113.3" });
    case_add(casefile, &(struct given){ .at = 9000,
                                        .stage = STAGE_PLANT,
                                        .outcome = OUTCOME_SUCCESS,
                                        .source = TWO,
                                        .session = "s1" });
    incidents_build(casefile);
    actors_read(casefile, &arena, SLICE_LIT("ex1"), &report);
    assert_true(report.source_count == 3 && report.actor_count == 2);
    assert_int_equal(report.sources[0].role, ACTOR_PLANTED);
    assert_int_equal(report.sources[1].role, ACTOR_ENTERED);
    assert_true(report.sources[0].actor == 1 && report.sources[1].actor == 1);
    assert_int_equal(report.sources[0].tie, ACTOR_SESSION);
    assert_int_equal(report.sources[2].role, ACTOR_SCANNER);
    arena_deinit(&arena);
    case_close(casefile);
}

/* ---- clocks ---- */

static size_t read_skew(int64_t ahead, size_t pairs, struct skew_line *lines,
                        struct arena *arena)
{
    static const char *const ids[] = { "request01", "request02", "request03", "request04" };
    struct casefile *casefile = case_new();
    casefile_add_item(casefile, 0, 0, SLICE_LIT("a.log"), 1);
    for (size_t i = 0; i < pairs; i++) {
        int64_t at = (int64_t)i * 1000;
        case_add(casefile,
                 &(struct given){ .at = at, REACH, .source = ONE, .request_id = ids[i] });
        case_add(casefile, &(struct given){ .at = at + ahead,
                                            REACH,
                                            .source = ONE,
                                            .request_id = ids[i],
                                            .family = FAMILY_IIS,
                                            .host = "ex2" });
    }
    joins_measure_skew(casefile);
    size_t count = joins_read_skew(casefile, arena, SLICE_LIT("ex1"), lines);
    case_close(casefile);
    return count;
}

static void test_skew(void **state)
{
    (void)state;
    struct skew_line *lines = mem_alloc(SKEW_LINES_MAX * sizeof *lines);
    struct arena arena = ARENA_INIT;
    assert_int_equal(read_skew(90, 4, lines, &arena), 1);
    assert_true(lines[0].median_ms == 90000 && lines[0].pairs == 4);
    assert_true(slice_eq(lines[0].other_host, SLICE_LIT("ex2")));
    assert_int_equal(read_skew(-90, 3, lines, &arena), 1);
    assert_true(lines[0].median_ms == -90000);
    assert_int_equal(read_skew(4, 4, lines, &arena), 0);  /* whole seconds and latency */
    assert_int_equal(read_skew(90, 2, lines, &arena), 0); /* two are no proof */
    arena_deinit(&arena);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_added_up),
        cmocka_unit_test(test_nobody_got_in),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_secret_names),
        cmocka_unit_test(test_actors),
        cmocka_unit_test(test_skew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
