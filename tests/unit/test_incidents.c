/* Findings → incidents and actors; the same request in two logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "case_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FINDINGS_MAX 8
#define ONE "203.0.113.1"
#define TWO "203.0.113.2"
#define REACH .stage = STAGE_REACH, .outcome = OUTCOME_SUCCESS
#define ANSWER .stage = STAGE_ANSWER, .outcome = OUTCOME_SUCCESS

struct incidents_case {
    const char *what;
    struct given findings[FINDINGS_MAX]; /* ended by `row` NULL: see F */
    const char *wanted;                  /* "incident/actor" of each, '-': none */
};

#define F(...)                                                                                 \
    {                                                                                          \
        .row = "r", __VA_ARGS__                                                                \
    }

/* The order in which workers deliver does not matter. */
static void assert_case(const struct incidents_case *c)
{
    size_t count = 0;
    while (count < FINDINGS_MAX && c->findings[count].row)
        count++;
    for (int backwards = 0; backwards < 2; backwards++) {
        struct casefile *casefile = case_new();
        for (size_t i = 0; i < count; i++) {
            struct given given = c->findings[backwards ? count - 1 - i : i];
            given.offset = backwards ? count - 1 - i : i;
            case_add(casefile, &given);
        }
        incidents_build(casefile);
        case_assert(
            casefile, c->what,
            "SELECT coalesce(n.name,'-')||'/'||coalesce(f.actor,'-') FROM finding f LEFT"
            " JOIN incident n ON n.id=f.incident ORDER BY f.offset",
            1, c->wanted);
        case_close(casefile);
    }
}

static void assert_all(const struct incidents_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_case(&cases[i]);
}

static void test_keys(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "one address",
          { F(REACH, .source = ONE), F(.at = 90000, .stage = STAGE_SCAN, .source = ONE) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "two attackers",
          { F(REACH, .source = ONE), F(.at = 1, REACH, .source = TWO) },
          "ex1-1/" ONE " ex1-2/" TWO },
        { "session",
          { F(REACH, .source = ONE, .session = "s1"),
            F(.at = 9000, REACH, .source = TWO, .session = "s1") },
          "ex1-1/" ONE " ex1-1/" TWO },
        { "other session",
          { F(REACH, .source = ONE, .session = "s1"),
            F(.at = 9000, REACH, .source = TWO, .session = "s2") },
          "ex1-1/" ONE " ex1-2/" TWO },
        { "request",
          { F(REACH, .source = ONE, .request_id = "r1"),
            F(.at = 9000, .stage = STAGE_ABUSE, .request_id = "r1") },
          "ex1-1/" ONE " ex1-1/-" },
        { "page that answered both",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 9000, ANSWER, .source = TWO, .page = "/x.aspx") },
          "ex1-1/" ONE " ex1-1/" TWO },
        { "page that refused one",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 9000, .stage = STAGE_ANSWER, .outcome = OUTCOME_REFUSED, .source = TWO,
              .page = "/x.aspx") },
          "ex1-1/" ONE " ex1-2/" TWO },
        { "chain: address, session, page",
          { F(REACH, .source = ONE, .session = "s1"),
            F(.at = 9000, .stage = STAGE_PLANT, .session = "s1", .page = "/x.aspx"),
            F(.at = 18000, ANSWER, .source = TWO, .page = "/y.aspx"),
            F(.at = 27000, ANSWER, .source = TWO, .session = "s1", .page = "/z.aspx") },
          "ex1-1/" ONE " ex1-1/- ex1-1/" TWO " ex1-1/" TWO },
        { "united late",
          { F(REACH, .source = ONE), F(.at = 5000, REACH, .source = TWO),
            F(.at = 9000, REACH, .source = ONE, .session = "s"),
            F(.at = 9500, REACH, .source = TWO, .session = "s") },
          "ex1-1/" ONE " ex1-1/" TWO " ex1-1/" ONE " ex1-1/" TWO },
        { "hosts are kept apart",
          { F(REACH, .source = ONE, .session = "s1"),
            F(.at = 1, REACH, .source = ONE, .session = "s1", .host = "ex2") },
          "ex1-1/" ONE " ex2-1/" ONE },
        { "a source that is no address", { F(REACH, .source = "garbage") }, "ex1-1/-" },
    };
    assert_all(cases, COUNT(cases));
}

#define PROCESS "{ABCDEF01-0000-0000-1122-334455667788}"
#define SYSMON .stage = STAGE_ANSWER, .outcome = OUTCOME_SUCCESS, .family = FAMILY_WIN_SYSMON
#define SECURITY .stage = STAGE_SPREAD, .family = FAMILY_WIN_SECURITY
#define EXPORT .stage = STAGE_PLANT, .outcome = OUTCOME_SUCCESS, .family = FAMILY_CMDLET

/* Values of event logs, and the page that a command wrote. */
static void test_fields(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "a process and its child",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SYSMON, .field = "ProcessGuid", .value = PROCESS),
            F(.at = 90000, SYSMON, .field = "ParentProcessGuid", .value = PROCESS) },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-1/-" },
        { "another process",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SYSMON, .field = "ProcessGuid", .value = PROCESS),
            F(.at = 90000, SYSMON, .field = "ProcessGuid",
              .value = "{ABCDEF02-0000-0000-1122-334455667788}") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-2/-" },
        { "a logon, within a day",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SECURITY, .field = "SubjectLogonId", .value = "0x4f21"),
            F(.at = 80000, SECURITY, .field = "TargetLogonId", .value = "0x4f21") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-1/-" },
        { "a logon id that was given out again",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SECURITY, .field = "SubjectLogonId", .value = "0x4f21"),
            F(.at = 99000, SECURITY, .field = "SubjectLogonId", .value = "0x4f21") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-2/-" },
        { "everybody's logon",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SECURITY, .field = "SubjectLogonId", .value = "0x3e7"),
            F(.at = 9000, SECURITY, .field = "SubjectLogonId", .value = "0x3e7") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-2/-" },
        { "an account that was made",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SECURITY, .field = "TargetSid", .value = "S-1-5-21-1-2-3-1107"),
            F(.at = 90000, SECURITY, .field = "MemberSid", .value = "S-1-5-21-1-2-3-1107") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-1/-" },
        { "the administrator's own",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 60, SECURITY, .field = "TargetSid", .value = "S-1-5-21-1-2-3-500"),
            F(.at = 90000, SECURITY, .field = "MemberSid", .value = "S-1-5-21-1-2-3-500") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-2/-" },
        { "the page that a command wrote",
          { F(EXPORT, .field = "Parameters",
              .value = "-FilePath "
                       "\"\\\\127.0.0.1\\C$\\inetpub\\wwwroot\\aspnet_client\\zz.aspx\""),
            F(.at = 9000, ANSWER, .source = ONE, .page = "/aspnet_client/zz.aspx"),
            F(.at = 9000, ANSWER, .source = TWO, .page = "/aspnet_client/yy.aspx") },
          "ex1-1/- ex1-1/" ONE " ex1-2/" TWO },
    };
    assert_all(cases, COUNT(cases));
}

static void test_near(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "120 s behind",
          { F(REACH, .source = ONE), F(.at = 120, .stage = STAGE_PLANT) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "121 s behind",
          { F(REACH, .source = ONE), F(.at = 121, .stage = STAGE_PLANT) },
          "ex1-1/" ONE " ex1-2/-" },
        { "120 s in front",
          { F(.stage = STAGE_PLANT), F(.at = 120, REACH, .source = ONE) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "121 s in front",
          { F(.stage = STAGE_PLANT), F(.at = 121, REACH, .source = ONE) },
          "ex1-1/- ex1-2/" ONE },
        { "not near a scan",
          { F(.stage = STAGE_SCAN, .source = ONE), F(.at = 1, .stage = STAGE_PLANT) },
          "ex1-1/" ONE " ex1-2/-" },
        { "the last exploit",
          { F(REACH, .source = ONE), F(.at = 50, REACH, .source = TWO),
            F(.at = 60, .stage = STAGE_PLANT) },
          "ex1-1/" ONE " ex1-2/" TWO " ex1-2/" TWO },
        { "the server's call to itself",
          { F(REACH, .source = ONE),
            F(.at = 5, .stage = STAGE_PLANT, .source = "192.0.2.1", .from_itself = true) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "another host",
          { F(REACH, .source = ONE), F(.stage = STAGE_PLANT, .host = "ex2") },
          "ex1-1/" ONE " ex2-1/-" },
        { "no time",
          { F(REACH, .source = ONE), F(.timeless = true, .stage = STAGE_PLANT) },
          "ex1-2/" ONE " ex1-1/-" },
        { "nobody near: one bag for each host",
          { F(.stage = STAGE_PLANT), F(.at = 9000, .stage = STAGE_CLEANUP),
            F(.at = 9001, .stage = STAGE_PLANT, .host = "ex2") },
          "ex1-1/- ex1-1/- ex2-1/-" },
        { "a session brings its rows along",
          { F(REACH, .source = ONE), F(.at = 5, .stage = STAGE_PLANT, .session = "s"),
            F(.at = 5000, .stage = STAGE_CLEANUP, .session = "s") },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-1/-" },
    };
    assert_all(cases, COUNT(cases));
}

/* What was done on the machine follows from the page that somebody used just then. */
static void test_near_a_page(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "a command behind a page",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"), F(.at = 120, ANSWER) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "too late",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"), F(.at = 121, ANSWER) },
          "ex1-1/" ONE " ex1-2/-" },
        { "what follows from it",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"), F(.at = 9, .stage = STAGE_SPREAD) },
          "ex1-1/" ONE " ex1-1/" ONE },
        { "a page that did not answer",
          { F(.stage = STAGE_ANSWER, .outcome = OUTCOME_REFUSED, .source = ONE,
              .page = "/x.aspx"),
            F(.at = 1, ANSWER) },
          "ex1-1/" ONE " ex1-2/-" },
        { "a write follows from exploits only",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"), F(.at = 1, .stage = STAGE_PLANT) },
          "ex1-1/" ONE " ex1-2/-" },
        { "an exploit that is nearer",
          { F(ANSWER, .source = ONE, .page = "/x.aspx"), F(.at = 10, REACH, .source = TWO),
            F(.at = 12, ANSWER) },
          "ex1-1/" ONE " ex1-2/" TWO " ex1-2/" TWO },
        { "a page that is nearer",
          { F(REACH, .source = TWO), F(.at = 10, ANSWER, .source = ONE, .page = "/x.aspx"),
            F(.at = 12, ANSWER) },
          "ex1-1/" TWO " ex1-2/" ONE " ex1-2/" ONE },
    };
    assert_all(cases, COUNT(cases));
}

/* In front of the one and behind the other: the nearer counts. */
static void test_nearest_of_two(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "nearer to the one in front",
          { F(REACH, .source = ONE), F(.at = 10, .stage = STAGE_PLANT),
            F(.at = 100, REACH, .source = TWO) },
          "ex1-1/" ONE " ex1-1/" ONE " ex1-2/" TWO },
        { "nearer to the one behind",
          { F(REACH, .source = ONE), F(.at = 110, .stage = STAGE_PLANT),
            F(.at = 112, REACH, .source = TWO) },
          "ex1-1/" ONE " ex1-2/" TWO " ex1-2/" TWO },
    };
    assert_all(cases, COUNT(cases));
}

/* A key that leads nowhere does not keep a row from the exploit behind it. */
static void test_session_in_front(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "session in front",
          { F(.stage = STAGE_PLANT, .session = "s"), F(.at = 5, REACH, .source = ONE) },
          "ex1-1/" ONE " ex1-1/" ONE },
    };
    assert_all(cases, COUNT(cases));
}

static void test_left_out(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "probe", { F(REACH, .source = ONE, .own_probe = true) }, "-/-" },
        { "silent", { F(REACH, .source = ONE, .silent = true) }, "-/-" },
        { "no stage", { F(.source = ONE) }, "-/-" },
        { "a probe joins nobody",
          { F(REACH, .source = ONE, .session = "s1"),
            F(.at = 1, REACH, .source = ONE, .session = "s2", .own_probe = true),
            F(.at = 9000, REACH, .source = TWO, .session = "s2") },
          "ex1-1/" ONE " -/- ex1-2/" TWO },
        { "a probe is no exploit to be near of",
          { F(REACH, .source = ONE, .own_probe = true), F(.at = 1, .stage = STAGE_PLANT) },
          "-/- ex1-1/-" },
        { "clean-up belongs to it",
          { F(REACH, .source = ONE), F(.at = 1, .stage = STAGE_CLEANUP) },
          "ex1-1/" ONE " ex1-1/" ONE },
    };
    assert_all(cases, COUNT(cases));
}

static void test_names(void **state)
{
    (void)state;
    static const struct incidents_case cases[] = {
        { "first contact",
          { F(.at = 300, REACH, .source = ONE), F(.at = 100, REACH, .source = TWO),
            F(.at = 200, REACH, .source = "203.0.113.3"),
            F(.at = 50, REACH, .source = ONE, .host = "ex2") },
          "ex1-3/" ONE " ex1-1/" TWO " ex1-2/203.0.113.3 ex2-1/" ONE },
        { "an early scan counts",
          { F(.at = 300, REACH, .source = ONE), F(.at = 200, REACH, .source = TWO),
            F(.at = 100, .stage = STAGE_SCAN, .source = ONE) },
          "ex1-1/" ONE " ex1-2/" TWO " ex1-1/" ONE },
    };
    assert_all(cases, COUNT(cases));
}

static void test_span(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    case_add(casefile, &(struct given){ .at = 10, REACH, .source = ONE });
    case_add(casefile, &(struct given){ .at = 5, .stage = STAGE_SCAN, .source = ONE });
    case_add(casefile, &(struct given){ .at = 60, ANSWER, .source = ONE, .own_probe = true });
    case_add(casefile, &(struct given){ .at = 30, .stage = STAGE_CLEANUP, .source = ONE });
    incidents_build(casefile);
    case_assert(
        casefile, "span",
        "SELECT name, (first-1614751200000)/1000, (last-1614751200000)/1000, grade FROM "
        "incident",
        4, "ex1-1|5|30|3");
    case_close(casefile);
}

/* More keys than are kept, made by somebody who asks often enough. */
static void add_many_keys(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<500010)"
        " INSERT INTO finding(item,offset,rule,time,host,family,stage,outcome,grade,own_probe,"
        "from_itself,hits_only,silent,request_id) SELECT 0,i,0,1614751200000,'ex1','httpproxy',"
        "'scan','refused',1,0,0,0,0,'request'||i FROM n");
}

/* They must not end the hunt, nor mix the hosts. */
static void test_too_many_keys(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    add_many_keys(casefile);
    case_add(casefile, &(struct given){ .at = 5000, REACH, .source = ONE, .host = "ex2" });
    case_add(casefile, &(struct given){ .at = 5000, REACH, .source = TWO, .host = "ex3" });
    case_add(casefile, &(struct given){ .at = 9001, .stage = STAGE_PLANT, .host = "ex4" });
    incidents_build(casefile);
    case_assert(casefile, "too many keys",
                "SELECT count(DISTINCT host) FROM incident WHERE host<>'ex1'", 1, "3");
    case_close(casefile);
}

/* A row with a group next to an exploit that got none. */
static void test_near_an_exploit_without_group(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    case_add(casefile, &(struct given){ .at = 5001, .stage = STAGE_PLANT, .session = "s" });
    add_many_keys(casefile);
    case_add(casefile, &(struct given){ .at = 5000, REACH, .source = ONE });
    incidents_build(casefile);
    case_assert(casefile, "no group", "SELECT incident IS NOT NULL FROM finding WHERE id=1", 1,
                "1");
    case_close(casefile);
}

/* ---- twins ---- */

struct twins_case {
    const char *what;
    struct given first, second; /* the first is looked at */
    const char *wanted;         /* grade|own_grade */
};

#define IIS_ATTEMPT .stage = STAGE_ATTEMPT, .family = FAMILY_IIS

static void test_twins(void **state)
{
    (void)state;
    static const struct twins_case cases[] = {
        { "lowered",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1" },
          "1|2" },
        { "never raised",
          { IIS_ATTEMPT, .request_id = "r1" },
          { REACH, .request_id = "r1" },
          "2|-" },
        { "the same grade",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_ATTEMPT, .request_id = "r1" },
          "2|-" },
        { "no twin",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r2" },
          "2|-" },
        { "no request id", { IIS_ATTEMPT }, { .stage = STAGE_SCAN }, "2|-" },
        { "another host",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1", .host = "ex2" },
          "2|-" },
        { "a rule without a stage",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_NONE, .request_id = "r1" },
          "2|-" },
        { "clean-up",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_CLEANUP, .request_id = "r1" },
          "2|-" },
        { "a silent finding",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1", .silent = true },
          "2|-" },
        { "a probe",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1", .own_probe = true },
          "2|-" },
        { "only by HttpProxy",
          { IIS_ATTEMPT, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1", .family = FAMILY_RPS_HTTP },
          "2|-" },
        { "only of IIS",
          { .stage = STAGE_ATTEMPT, .family = FAMILY_RPS_HTTP, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1" },
          "2|-" },
        { "only attempts: a page that answered stays",
          { ANSWER, .family = FAMILY_IIS, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1" },
          "6|-" },
        { "only attempts: a refused exploit stays",
          { .stage = STAGE_REACH, .family = FAMILY_IIS, .request_id = "r1" },
          { .stage = STAGE_SCAN, .request_id = "r1" },
          "2|-" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct casefile *casefile = case_new();
        case_add(casefile, &cases[i].first);
        case_add(casefile, &cases[i].second);
        twins_settle(casefile);
        case_assert(casefile, cases[i].what, "SELECT grade, own_grade FROM finding WHERE id=1",
                    2, cases[i].wanted);
        case_assert(casefile, cases[i].what, "SELECT own_grade FROM finding WHERE id=2", 1,
                    "-");
        case_close(casefile);
    }
}

/* Of several findings of the other log, the highest counts. */
static void test_best_twin(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    case_add(casefile, &(struct given){ IIS_ATTEMPT, .request_id = "r1" });
    case_add(casefile, &(struct given){ .stage = STAGE_SCAN, .request_id = "r1" });
    case_add(casefile, &(struct given){ .stage = STAGE_ATTEMPT, .request_id = "r1" });
    twins_settle(casefile);
    case_assert(casefile, "best", "SELECT grade, own_grade FROM finding WHERE id=1", 2, "2|-");
    case_close(casefile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_near_a_page),
        cmocka_unit_test(test_nearest_of_two),
        cmocka_unit_test(test_session_in_front),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_best_twin),
        cmocka_unit_test(test_too_many_keys),
        cmocka_unit_test(test_near_an_exploit_without_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
