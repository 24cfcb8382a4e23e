/* Allow lists over cases in memory: which finding an entry may close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_maker.h"
#include "casefile/triage.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW (CASE_START + 10 * MS_PER_DAY)

static void read_list(struct allow_list *list, const char *keys)
{
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    *list = (struct allow_list)ALLOW_LIST_INIT;
    buf_printf(&text, "- {reason: ours, expires: 2021-12-31, %s}\n", keys);
    if (allow_read(list, "a.yml", buf_slice(&text), NOW, &err) < 0)
        fail_msg("%s", err.msg);
    buf_deinit(&text);
}

static struct casefile *new_case(void)
{
    struct casefile *casefile = case_new();
    casefile_execute(casefile,
                     "INSERT INTO item(id,path) VALUES(0,'ev/u_ex.log');"
                     "INSERT INTO rule(id,rule_id,title) VALUES(0,'r0','R0'),(1,'r1','R1'),"
                     "(2,'r2','R2')");
    return casefile;
}

/* Of one finding: "closed held". */
static void assert_judged(const struct given *given, const char *keys, const char *wanted)
{
    struct casefile *casefile = new_case();
    struct allow_list list;
    case_add(casefile, given);
    read_list(&list, keys);
    triage_set(casefile, &list);
    triage_settle(casefile, NOW);
    case_assert(casefile, keys, "SELECT closed, held FROM triage", 2, wanted);
    case_assert(casefile, keys, "SELECT count(*) FROM finding WHERE silent=2", 1,
                wanted[0] == '1' ? "1" : "0");
    triage_reopen(casefile);
    case_assert(casefile, keys, "SELECT count(*) FROM finding WHERE silent", 1, "0");
    allow_list_deinit(&list);
    case_close(casefile);
}

static void test_what_is_enough(void **state)
{
    (void)state;
#define BOUND "from: 2021-03-01, until: 2021-03-05"
    static const struct {
        enum stage stage;
        enum outcome outcome;
        const char *source, *page, *keys, *wanted;
    } cases[] = {
        { STAGE_SCAN, OUTCOME_SUCCESS, "192.0.2.1", NULL, "rule: r0", "1|0" },
        { STAGE_NONE, OUTCOME_SUCCESS, "192.0.2.1", NULL, "rule: r0", "1|0" },
        { STAGE_ATTEMPT, OUTCOME_SUCCESS, "192.0.2.1", NULL, "rule: r0", "1|0" },
        { STAGE_ATTEMPT, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx", "page: /a.aspx", "0|1" },
        { STAGE_REACH, OUTCOME_SUCCESS, "192.0.2.1", NULL, "rule: r0", "0|1" },
        { STAGE_REACH, OUTCOME_SUCCESS, "192.0.2.1", NULL, "source: 192.0.2.1", "1|0" },
        { STAGE_PLANT, OUTCOME_REFUSED, "192.0.2.1", NULL, "rule: r0", "0|1" },
        { STAGE_PLANT, OUTCOME_REFUSED, "192.0.2.1", NULL, "source: 192.0.2.1", "1|0" },
        { STAGE_PLANT, OUTCOME_SUCCESS, "192.0.2.1", NULL, "source: 192.0.2.1", "0|1" },
        { STAGE_PLANT, OUTCOME_SUCCESS, "192.0.2.1", NULL, "source: 192.0.2.1, rule: r0",
          "1|0" },
        { STAGE_PLANT, OUTCOME_SUCCESS, "192.0.2.1", NULL, "source: 192.0.2.1, rule: r9",
          "0|0" },
        { STAGE_ABUSE, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx", "page: /a.aspx", "0|1" },
        { STAGE_ABUSE, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx",
          "page: /a.aspx, source: 192.0.2.0/24", "1|0" },
        { STAGE_ANSWER, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx", "page: /A.aspx", "1|0" },
        { STAGE_ANSWER, OUTCOME_SUCCESS, "192.0.2.1", "/b.aspx", "page: /a.aspx", "0|0" },
        { STAGE_ANSWER, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx", "rule: r0", "0|1" },
        { STAGE_ANSWER, OUTCOME_SUCCESS, "192.0.2.1", "/a.aspx",
          "page: /a.aspx, sha256: "
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0|0" }, /* no such file is known */
        /* events without source: one rule, on one host, for some days */
        { STAGE_SPREAD, OUTCOME_UNKNOWN, NULL, NULL, "rule: r0", "0|1" },
        { STAGE_SPREAD, OUTCOME_UNKNOWN, NULL, NULL, "rule: r0, host: ex1", "0|1" },
        { STAGE_SPREAD, OUTCOME_UNKNOWN, NULL, NULL, "rule: r0, host: ex1, " BOUND, "1|0" },
        { STAGE_SPREAD, OUTCOME_UNKNOWN, NULL, NULL, "rule: r0, host: ex2, " BOUND, "0|0" },
        { STAGE_SPREAD, OUTCOME_UNKNOWN, NULL, NULL,
          "rule: r0, host: ex1, from: 2021-03-01, until: 2021-03-15", "0|1" },
        { STAGE_PLANT, OUTCOME_SUCCESS, "192.0.2.1", NULL, "rule: r0, host: ex1, " BOUND,
          "0|1" },
        { STAGE_CLEANUP, OUTCOME_SUCCESS, NULL, NULL, "rule: r0", "0|1" },
        { STAGE_CLEANUP, OUTCOME_SUCCESS, NULL, NULL, "rule: r0, host: ex1, " BOUND, "1|0" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_judged(&(struct given){ .stage = cases[i].stage,
                                       .outcome = cases[i].outcome,
                                       .source = cases[i].source,
                                       .page = cases[i].page,
                                       .path = cases[i].page },
                      cases[i].keys, cases[i].wanted);
}

static void test_requests_of_the_server_itself_have_no_source(void **state)
{
    (void)state;
    assert_judged(&(struct given){ .stage = STAGE_SCAN,
                                   .outcome = OUTCOME_SUCCESS,
                                   .source = "192.0.2.1",
                                   .from_itself = true },
                  "source: 192.0.2.1", "0|0");
}

static void test_timeless_findings_fit_no_window(void **state)
{
    (void)state;
    assert_judged(&(struct given){ .stage = STAGE_SCAN,
                                   .outcome = OUTCOME_SUCCESS,
                                   .source = "192.0.2.1",
                                   .timeless = true },
                  "source: 192.0.2.1, from: 2021-01-01", "0|0");
}

/* The back end's row of a request goes with the front end's; not when another one is open, and
 * not when it shows more. */
static void test_back_end_rows(void **state)
{
    (void)state;
    static const struct {
        enum stage back;
        const char *other; /* a second row of the front end */
        const char *wanted;
    } cases[] = {
        { STAGE_SCAN, NULL, "2" },
        { STAGE_SCAN, "198.51.100.7", "1" },
        { STAGE_ABUSE, NULL, "1" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct casefile *casefile = new_case();
        struct allow_list list;
        struct given front = { .stage = STAGE_SCAN,
                               .outcome = OUTCOME_SUCCESS,
                               .source = "192.0.2.1",
                               .request_id = "q" };
        struct given back = { .stage = cases[i].back,
                              .outcome = OUTCOME_SUCCESS,
                              .source = "10.0.0.5",
                              .from_itself = true,
                              .request_id = "q" };
        case_add(casefile, &front);
        case_add(casefile, &back);
        front.source = cases[i].other;
        if (cases[i].other)
            case_add(casefile, &front);
        read_list(&list, "source: 192.0.2.1");
        triage_set(casefile, &list);
        triage_settle(casefile, NOW);
        case_assert(casefile, "back end", "SELECT closed FROM triage", 1, cases[i].wanted);
        allow_list_deinit(&list);
        case_close(casefile);
    }
}

/* 3: a correlation of 1 and 2; 4: one of 3. */
static void test_chain_of_correlations(void **state)
{
    (void)state;
    static const struct {
        const char *first, *keys, *wanted;
    } cases[] = {
        { "192.0.2.1", "source: 192.0.2.1", "4" },
        { "198.51.100.7", "source: 192.0.2.1", "3" }, /* the base finding alone */
        { "192.0.2.1", "source: 192.0.2.1, rule: r2", "4" },
        { "198.51.100.7", "source: 192.0.2.1, rule: r2", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct casefile *casefile = new_case();
        struct allow_list list;
        struct given base = { .stage = STAGE_SCAN,
                              .outcome = OUTCOME_SUCCESS,
                              .source = cases[i].first };
        case_add(casefile, &base);
        base.source = "192.0.2.1";
        case_add(casefile, &base);
        base.rule = 1;
        case_add(casefile, &base);
        base.rule = 2;
        case_add(casefile, &base);
        casefile_execute(casefile, "INSERT INTO correlation_part VALUES(3,1),(3,2),(4,3)");
        read_list(&list, cases[i].keys);
        triage_set(casefile, &list);
        triage_settle(casefile, NOW);
        bool closed = casefile_count(casefile, "SELECT count(*) FROM closed WHERE finding=4");
        assert_int_equal(closed, cases[i].wanted[0] == '4');
        allow_list_deinit(&list);
        case_close(casefile);
    }
}

static void test_expiry(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    struct allow_list list;
    case_add(casefile, &(struct given){ .stage = STAGE_SCAN, .source = "192.0.2.1" });
    read_list(&list, "source: 192.0.2.1");
    triage_set(casefile, &list);
    int64_t last = list.entries[0].expires; /* the end of the day */
    triage_settle(casefile, last);
    case_assert(casefile, "last moment", "SELECT closed, expired FROM triage", 2, "1|0");
    assert_false(triage_is_stale(casefile, last));
    assert_true(triage_is_stale(casefile, last + 1));
    triage_settle(casefile, last + 1);
    case_assert(casefile, "expired", "SELECT closed, expired FROM triage", 2, "0|1");
    assert_false(triage_is_stale(casefile, last + 1));
    allow_list_deinit(&list);
    case_close(casefile);
}

/* Entries of a case are no more trusted than those of a file. */
static void test_edited_case(void **state)
{
    (void)state;
    static const char *const edits[] = {
        "UPDATE triage SET source=NULL",
        "UPDATE triage SET source='0.0.0.0/0'",
        "UPDATE triage SET source='nonsense'",
        "UPDATE triage SET source=NULL, agent='curl'",
        "UPDATE triage SET expires=NULL",
        "UPDATE triage SET reason=NULL",
        "UPDATE triage SET source=x'ff00', host=7",
    };
    for (size_t i = 0; i < COUNT(edits); i++) {
        struct casefile *casefile = new_case();
        struct allow_list list;
        struct arena arena = ARENA_INIT;
        struct triage_entry *entries;
        case_add(casefile, &(struct given){ .stage = STAGE_SCAN, .source = "192.0.2.1" });
        read_list(&list, "source: 192.0.2.1");
        triage_set(casefile, &list);
        casefile_execute(casefile, edits[i]);
        triage_settle(casefile, NOW);
        case_assert(casefile, edits[i], "SELECT count(*) FROM closed", 1, "0");
        assert_int_equal(triage_read(casefile, &arena, &entries), 1);
        arena_deinit(&arena);
        allow_list_deinit(&list);
        case_close(casefile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_enough),
        cmocka_unit_test(test_requests_of_the_server_itself_have_no_source),
        cmocka_unit_test(test_timeless_findings_fit_no_window),
        cmocka_unit_test(test_back_end_rows),
        cmocka_unit_test(test_chain_of_correlations),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_edited_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
