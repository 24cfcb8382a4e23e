/* Case files: made, refused, continued; what a continued case keeps and what it drops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "case_maker.h"
#include "temp_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Creates or continues the case at `path`; the result of casefile_create(). */
static int create(const char *path, const char *fingerprint, struct casefile **out)
{
    struct err err = ERR_INIT;
    int got = casefile_create(out, path, slice_from(fingerprint), &err);
    assert_int_equal(err.code == ERR_NONE, got >= 0);
    return got;
}

static void finish(struct casefile *casefile, bool partial)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    if (casefile_finish(casefile, &set, SLICE_NULL, partial, &err) < 0)
        fail_msg("%s", err.msg);
    sigma_set_deinit(&set);
}

static void end_item(struct casefile *casefile, uint64_t item)
{
    static struct record record;
    record = (struct record){ .kind = RECORD_END };
    casefile_add_record(casefile, item, &record);
}

static void test_temporary(void **state)
{
    (void)state;
    struct casefile *casefile;
    assert_int_equal(create(NULL, "f", &casefile), 0);
    assert_int_equal(casefile_count(casefile, "SELECT count(*) FROM finding"), 0);
    case_close(casefile);
    assert_int_equal(casefile_close(NULL, NULL), 0);
}

static void test_who_may_continue(void **state)
{
    (void)state;
    static const struct {
        const char *fingerprint;
        bool finished, partial;
        int wanted;
    } cases[] = {
        { "same", false, false, 1 }, /* interrupted, never finished */
        { "same", true, true, 1 },   /* finished as a partial case */
        { "same", true, false, -1 }, /* complete */
        { "other", false, false, -1 }, { "other", true, true, -1 },
        { "sam", false, false, -1 },   { "", false, false, -1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_name();
        struct casefile *casefile;
        assert_int_equal(create(file.path, "same", &casefile), 0);
        if (cases[i].finished)
            finish(casefile, cases[i].partial);
        case_close(casefile);
        int got = create(file.path, cases[i].fingerprint, &casefile);
        if (got != cases[i].wanted)
            fail_msg("case %zu: %d", i, got);
        if (got >= 0)
            case_close(casefile);
        temp_file_remove(&file);
    }
}

/* Whatever is there already stays as it is. */
static void test_no_case(void **state)
{
    (void)state;
    static const char *const texts[] = { "text", "SQLite format 3", "\n\n" };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct temp_file file = temp_file_write(slice_from(texts[i]));
        struct casefile *casefile;
        char bytes[100];
        if (create(file.path, "f", &casefile) != -1)
            fail_msg("'%s' was taken for a case", texts[i]);
        struct err err = ERR_INIT;
        assert_true(casefile_open(&casefile, file.path, &err) < 0);
        FILE *in = fopen(file.path, "rb");
        assert_non_null(in);
        assert_int_equal(fread(bytes, 1, sizeof bytes, in), strlen(texts[i]));
        fclose(in);
        temp_file_remove(&file);
    }
    struct temp_file file = temp_file_name();
    struct casefile *casefile;
    assert_int_equal(create(file.folder, "f", &casefile), -1);
    struct err err = ERR_INIT;
    assert_true(casefile_open(&casefile, file.path, &err) < 0); /* not there */
    assert_int_equal(err.code, ERR_USAGE);
    assert_true(casefile_open(&casefile, file.folder, &err) < 0);
    assert_int_equal(create("/no/such/folder/x.case", "f", &casefile), -1);
    temp_file_remove(&file);
}

/* What a hunt leaves that was killed before it wrote anything: begun anew. */
static void test_empty_file(void **state)
{
    (void)state;
    struct temp_file file = temp_file_write(SLICE_LIT(""));
    struct casefile *casefile;
    struct err err = ERR_INIT;
    assert_true(casefile_open(&casefile, file.path, &err) < 0);
    assert_int_equal(create(file.path, "f", &casefile), 0);
    case_add(casefile, &(struct given){ .stage = STAGE_SCAN });
    case_close(casefile);
    assert_int_equal(create(file.path, "f", &casefile), 1);
    case_close(casefile);
    temp_file_remove(&file);
}

static void test_open(void **state)
{
    (void)state;
    struct temp_file file = temp_file_name();
    struct casefile *casefile;
    struct err err = ERR_INIT;
    assert_int_equal(create(file.path, "f", &casefile), 0);
    case_add(casefile, &(struct given){ .stage = STAGE_SCAN });
    finish(casefile, false);
    case_close(casefile);
    assert_int_equal(casefile_open(&casefile, file.path, &err), 0);
    case_assert(casefile, "open",
                "SELECT count(*), (SELECT value FROM meta WHERE key='finished')"
                " FROM finding",
                2, "1|1");
    casefile_execute(casefile, "DELETE FROM finding"); /* read only */
    assert_true(casefile_error(casefile, &err) < 0);
    assert_true(casefile_close(casefile, NULL) < 0);
    temp_file_remove(&file);
}

static void test_findings(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    static const struct given findings[] = {
        { .stage = STAGE_PLANT, .outcome = OUTCOME_SUCCESS, .source = "203.0.113.9" },
        { .stage = STAGE_PLANT, .outcome = OUTCOME_REFUSED },
        { .stage = STAGE_PLANT, .outcome = OUTCOME_SUCCESS, .own_probe = true },
        { .stage = STAGE_NONE, .timeless = true, .nameless = true },
    };
    for (size_t i = 0; i < COUNT(findings); i++)
        case_add(casefile, &findings[i]);
    case_assert(casefile, "findings",
                "SELECT id, host, time, stage, outcome, grade, own_probe, source FROM finding",
                8,
                "1|ex1|1614751200000|plant|success|5|0|203.0.113.9 "
                "2|ex1|1614751200000|plant|refused|2|0|- "
                "3|ex1|1614751200000|plant|success|0|1|- "
                "4|-|-|none|unknown|0|0|-");
    case_close(casefile);
}

/* Findings of one event share it; nothing else does. */
static void test_events(void **state)
{
    (void)state;
    static const struct given given[] = {
        { .offset = 7, .field = "a", .value = "b" },
        { .offset = 7, .field = "a", .value = "b" },
        { .offset = 7, .field = "a", .value = "c" },
        { .offset = 7, .field = "a", .row = "x" },
        { .offset = 8, .field = "a", .row = "x" },
        { .offset = 8, .field = "a", .row = "x" },
        { .item = 1, .offset = 8, .field = "a", .row = "x" },
    };
    struct casefile *casefile = case_new();
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        case_add(casefile, &given[i]);
    case_assert(casefile, "shared", "SELECT event FROM finding ORDER BY id", 1,
                "1 1 2 3 4 4 5");
    case_assert(casefile, "what", "SELECT row, fields FROM event WHERE id<4", 2,
                "row|{\"a\":\"b\"} row|{\"a\":\"c\"} x|{}");
    casefile_forget_item(casefile, 1);
    case_add(casefile, &given[6]); /* the same again is a new one */
    case_assert(casefile, "again",
                "SELECT count(*), count(DISTINCT e.id) FROM finding f JOIN event e ON"
                " e.id=f.event",
                2, "7|5");
    case_assert(casefile, "none too many", "SELECT count(*) FROM event", 1, "5");
    case_close(casefile);
}

static void test_items(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    casefile_add_item(casefile, 0, 0, SLICE_LIT("a"), 10);
    casefile_add_item(casefile, 1, 0, SLICE_LIT("b"), 10);
    casefile_add_item(casefile, 1, 0, SLICE_LIT("again"), 99); /* the first counts */
    end_item(casefile, 1);
    assert_false(casefile_item_done(casefile, 0));
    assert_true(casefile_item_done(casefile, 1));
    assert_false(casefile_item_done(casefile, 2));
    for (uint64_t item = 0; item < 2; item++) {
        case_add(casefile, &(struct given){ .item = item, .key = "k" });
        case_cover(casefile, item, "ex1", FAMILY_IIS, 0, 1, 1);
        casefile_add_damage(casefile, item, 5, "cut");
    }
    casefile_forget_item(casefile, 1);
    assert_false(casefile_item_done(casefile, 1));
    case_assert(
        casefile, "forgotten",
        "SELECT (SELECT group_concat(item) FROM finding),(SELECT group_concat(item) FROM "
        "coverage),(SELECT group_concat(item) FROM damage),(SELECT "
        "group_concat(finding) FROM correlation_key),(SELECT path FROM item WHERE id=1)",
        5, "0|0|0|1|b");
    case_close(casefile);
}

/* What belongs to unfinished items and what finishing made goes; the rest stays. */
static void test_resume(void **state)
{
    (void)state;
    struct temp_file file = temp_file_name();
    struct casefile *casefile;
    assert_int_equal(create(file.path, "f", &casefile), 0);
    casefile_add_root(casefile, 0, SLICE_LIT("e"), SLICE_LIT("rootname"));
    for (uint64_t item = 0; item < 2; item++) {
        casefile_add_item(casefile, item, 0, SLICE_LIT("e/x"), 10);
        case_add(casefile, &(struct given){ .stage = STAGE_ATTEMPT,
                                            .family = FAMILY_IIS,
                                            .item = item,
                                            .source = "203.0.113.9",
                                            .key = "k",
                                            .request_id = "abcdefgh",
                                            .nameless = true });
        case_add(casefile, &(struct given){ .stage = STAGE_SCAN,
                                            .item = item,
                                            .nameless = true,
                                            .request_id = "abcdefgh" });
        case_cover(casefile, item, NULL, FAMILY_IIS, 0, 1, 1);
        casefile_add_damage(casefile, item, 5, "cut");
    }
    end_item(casefile, 0);
    casefile_add_trouble(casefile, SLICE_LIT("p"), SLICE_LIT("r"), false);
    finish(casefile, true);
    case_assert(casefile, "finished",
                "SELECT group_concat(host), group_concat(grade), count(incident) FROM finding",
                3, "rootname,rootname,rootname,rootname|1,1,1,1|4");
    case_close(casefile);
    assert_int_equal(create(file.path, "f", &casefile), 1);
    assert_true(casefile_item_done(casefile, 0));
    assert_false(casefile_item_done(casefile, 1));
    case_assert(casefile, "findings",
                "SELECT id, item, host, grade, own_grade, host_guessed, incident, actor FROM "
                "finding",
                8, "1|0|-|2|-|0|-|- 2|0|-|1|-|0|-|-");
    case_assert(casefile, "others",
                "SELECT (SELECT group_concat(item) FROM coverage WHERE host IS NULL),(SELECT "
                "group_concat(item) FROM damage),(SELECT group_concat(finding) FROM "
                "correlation_key),(SELECT count(*) FROM incident),(SELECT count(*) FROM "
                "trouble),(SELECT count(*) FROM root),(SELECT count(*) FROM event)",
                7, "0|0|1|0|0|0|1");
    case_close(casefile);
    temp_file_remove(&file);
}

static void test_rules(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct casefile *casefile = case_new();
    sigma_set_add_text(&set, SLICE_LIT("f.yml"),
                       SLICE_LIT("title: one\nid: 6fe3ad0e-4d09-4f5c-a8b8-2ed06f2e2ad2\n"
                                 "level: high\ntags: [hauberk.stage.plant, cve.2021-26855]\n"
                                 "logsource: {service: httpproxy, product: exchange}\n"
                                 "detection: {s: {A: 1}, condition: s}\n---\n"
                                 "title: two\nlogsource: {product: exchange}\n"
                                 "detection: {s: {A: 1}, condition: s}\n"));
    sigma_set_link(&set);
    assert_int_equal(set.refusal_count, 0);
    casefile_add_rules(casefile, &set);
    case_assert(casefile, "rules",
                "SELECT id, rule_id, title, level, stage, tags, file FROM rule", 7,
                "0|6fe3ad0e-4d09-4f5c-a8b8-2ed06f2e2ad2|one|high|plant|hauberk.stage.plant "
                "cve.2021-26855|f.yml 1|two|two|none|none||f.yml");
    case_close(casefile);
    sigma_set_deinit(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_temporary), cmocka_unit_test(test_who_may_continue),
        cmocka_unit_test(test_no_case),   cmocka_unit_test(test_empty_file),
        cmocka_unit_test(test_open),      cmocka_unit_test(test_findings),
        cmocka_unit_test(test_events),    cmocka_unit_test(test_items),
        cmocka_unit_test(test_resume),    cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
