/* What the findings of a host add up to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "case_maker.h"
#include "casefile/verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ONE "203.0.113.1"
#define TWO "203.0.113.2"
#define SUCCESS .outcome = OUTCOME_SUCCESS
#define REACH .stage = STAGE_REACH, SUCCESS
#define ABUSE .stage = STAGE_ABUSE, SUCCESS
#define PLANT .stage = STAGE_PLANT, SUCCESS
#define CLEANUP .stage = STAGE_CLEANUP, SUCCESS
#define ANSWER .stage = STAGE_ANSWER, SUCCESS
#define REFUSAL .stage = STAGE_ANSWER, .outcome = OUTCOME_REFUSED

struct fixture {
    struct casefile *casefile;
    struct arena arena;
    struct host_verdict verdict;
};

/* Rules: 0 plain, 1 a script's step, 2 a re-creation, 3 harm to mail, 4 to credentials, 5
 * spread, 6 a command, 7 a back door that is no page */
static void add_rules(struct casefile *casefile)
{
    static const char *const tags[] = { "hauberk.stage.plant",      "hauberk.step.script",
                                        "hauberk.step.recreate",    "hauberk.harm.mail",
                                        "hauberk.harm.credentials", "hauberk.harm.spread",
                                        "hauberk.step.command",     "hauberk.step.backdoor" };
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf rules = BUF_INIT;
    for (size_t i = 0; i < COUNT(tags); i++)
        buf_printf(&rules,
                   "---\ntitle: rule %zu\ntags: [%s]\nlogsource: {product: exchange}\n"
                   "detection: {s: {A: 1}, condition: s}\n",
                   i, tags[i]);
    sigma_set_add_text(&set, SLICE_LIT("t.yml"), buf_slice(&rules));
    sigma_set_link(&set);
    assert_int_equal(set.refusal_count, 0);
    casefile_add_rules(casefile, &set);
    sigma_set_deinit(&set);
    buf_deinit(&rules);
}

static void begin(struct fixture *f)
{
    f->arena = (struct arena)ARENA_INIT;
    f->casefile = case_new();
    add_rules(f->casefile);
    casefile_add_root(f->casefile, 0, SLICE_LIT("e"), SLICE_LIT("rootname"));
    for (uint64_t i = 0; i < 4; i++) {
        char path[] = "e/0.log";
        path[2] = (char)('0' + i);
        casefile_add_item(f->casefile, i, 0, slice_from(path), 100);
    }
}

/* Finishes the case and reads the verdict of ex1. */
static void judge(struct fixture *f)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    if (casefile_finish(f->casefile, &set, SLICE_NULL, false, &err) < 0)
        fail_msg("%s", err.msg);
    verdict_read(f->casefile, &f->arena, SLICE_LIT("ex1"), &f->verdict);
    if (casefile_error(f->casefile, &err) < 0)
        fail_msg("%s", err.msg);
    sigma_set_deinit(&set);
}

static void end(struct fixture *f)
{
    case_close(f->casefile);
    arena_deinit(&f->arena);
}

static void add_all(struct fixture *f, const struct given *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct given given = findings[i];
        given.offset = i;
        case_add(f->casefile, &given);
    }
}

/* A case of the findings in front of the first without a row, at most `limit`, judged. */
static void begin_judged(struct fixture *f, const struct given *findings, size_t limit)
{
    size_t count = 0;
    while (count < limit && findings[count].row)
        count++;
    begin(f);
    add_all(f, findings, count);
    judge(f);
}

static int64_t second_of(int64_t time)
{
    return time == TIME_NONE ? -1 : (time - CASE_START) / MS_PER_SECOND;
}

static void test_hosts(void **state)
{
    (void)state;
    struct fixture f;
    struct slice *hosts;
    begin(&f);
    case_add(f.casefile, &(struct given){ .host = "ex2" });
    case_add(f.casefile, &(struct given){ .host = "ex1" });
    case_cover(f.casefile, 0, "ex3", FAMILY_IIS, 0, 1, 1);
    case_cover(f.casefile, 0, "ex1", FAMILY_IIS, 0, 1, 1);
    assert_int_equal(verdict_hosts(f.casefile, &f.arena, &hosts), 3);
    assert_true(slice_eq(hosts[0], SLICE_LIT("ex1")));
    assert_true(slice_eq(hosts[1], SLICE_LIT("ex2")));
    assert_true(slice_eq(hosts[2], SLICE_LIT("ex3")));
    end(&f);
}

static void test_grades(void **state)
{
    (void)state;
    static const struct {
        struct given finding;
        enum grade grade;
    } cases[] = {
        { { .stage = STAGE_NONE, SUCCESS }, GRADE_N },
        { { .stage = STAGE_SCAN }, GRADE_E0 },
        { { .stage = STAGE_ATTEMPT }, GRADE_E1 },
        { { .stage = STAGE_REACH }, GRADE_E1 },
        { { REACH }, GRADE_E2 },
        { { ABUSE }, GRADE_E3 },
        { { PLANT }, GRADE_E4 },
        { { ANSWER, .page = "/x.aspx" }, GRADE_E5 },
        { { REFUSAL, .page = "/x.aspx" }, GRADE_E1 },
        { { .stage = STAGE_SPREAD }, GRADE_E6 },
        { { CLEANUP }, GRADE_N },
        { { PLANT, .own_probe = true }, GRADE_N },
        { { PLANT, .silent = true }, GRADE_N },
        { { PLANT, .host = "ex2" }, GRADE_N },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        case_add(f.casefile, &cases[i].finding);
        judge(&f);
        if (f.verdict.grade != cases[i].grade)
            fail_msg("case %zu: grade %d", i, (int)f.verdict.grade);
        end(&f);
    }
}

static void test_counts(void **state)
{
    (void)state;
    static const struct given findings[] = {
        { .at = 50, .stage = STAGE_SCAN },
        { .at = 10, .stage = STAGE_SCAN },
        { .at = 90, REACH },
        { .at = 5, .stage = STAGE_NONE },
        { .at = 4, .stage = STAGE_SCAN, .own_probe = true },
        { .at = 3, .stage = STAGE_SCAN, .silent = true },
        { .at = 200, CLEANUP },
        { .stage = STAGE_SCAN, .timeless = true },
    };
    struct fixture f;
    begin(&f);
    add_all(&f, findings, COUNT(findings));
    judge(&f);
    assert_int_equal(f.verdict.findings[GRADE_E0], 3);
    assert_int_equal(f.verdict.findings[GRADE_E2], 1);
    assert_int_equal(f.verdict.other_matches, 1);
    assert_int_equal(f.verdict.probes, 1);
    assert_int_equal(second_of(f.verdict.first), 10);
    assert_int_equal(second_of(f.verdict.last), 90);
    assert_false(f.verdict.partial);
    end(&f);
}

/* Seconds of the last exploit, change, write and clean-up; -1: did not happen. */
struct moments_case {
    struct given findings[6]; /* row NULL ends */
    int64_t exploit, changed, plant, cleared;
};

#define F(...)                                                                                 \
    {                                                                                          \
        .row = "r", __VA_ARGS__                                                                \
    }

static void test_moments(void **state)
{
    (void)state;
    static const struct moments_case cases[] = {
        { { F(.stage = STAGE_SCAN) }, -1, -1, -1, -1 },
        { { F(.at = 1, REACH), F(.at = 5, REACH) }, 5, -1, -1, -1 },
        { { F(.at = 1, .stage = STAGE_REACH) }, -1, -1, -1, -1 },
        { { F(.at = 1, ABUSE), F(.at = 7, ABUSE) }, -1, 7, -1, -1 },
        /* the last ones in front of the first write */
        { { F(.at = 1, REACH), F(.at = 2, ABUSE), F(.at = 3, PLANT), F(.at = 4, REACH),
            F(.at = 5, ABUSE), F(.at = 6, PLANT) },
          1,
          2,
          3,
          -1 },
        { { F(.at = 3, REACH), F(.at = 3, ABUSE), F(.at = 3, PLANT) }, 3, 3, 3, -1 },
        { { F(.at = 3, PLANT), F(.at = 4, REACH) }, -1, -1, 3, -1 },
        { { F(.at = 1, .stage = STAGE_PLANT), F(.at = 2, REACH), F(.at = 3, PLANT) },
          2,
          -1,
          3,
          -1 },
        /* the first clean-up behind it */
        { { F(.at = 1, CLEANUP), F(.at = 3, PLANT), F(.at = 5, CLEANUP), F(.at = 7, CLEANUP) },
          -1,
          -1,
          3,
          5 },
        { { F(.at = 3, PLANT), F(.at = 3, CLEANUP) }, -1, -1, 3, 3 },
        { { F(.at = 1, CLEANUP) }, -1, -1, -1, 1 },
        /* neither probes nor silent nor timeless ones */
        { { F(PLANT, .own_probe = true), F(PLANT, .silent = true), F(PLANT, .timeless = true),
            F(REACH, .host = "ex2") },
          -1,
          -1,
          -1,
          -1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin_judged(&f, cases[i].findings, COUNT(cases[i].findings));
        const int64_t got[] = { second_of(f.verdict.exploit.time),
                                second_of(f.verdict.changed.time),
                                second_of(f.verdict.plant.time),
                                second_of(f.verdict.cleared.time) };
        const int64_t wanted[] = { cases[i].exploit, cases[i].changed, cases[i].plant,
                                   cases[i].cleared };
        for (size_t k = 0; k < 4; k++)
            if (got[k] != wanted[k])
                fail_msg("case %zu, moment %zu: %ld", i, k, (long)got[k]);
        end(&f);
    }
}

/* The first exploit, and the changes that were scripts. */
static void test_first_exploit_and_script(void **state)
{
    (void)state;
    static const struct given findings[] = {
        { .at = 1, .stage = STAGE_REACH },
        { .at = 2, REACH },
        { .at = 3, ABUSE, .rule = 1 },
        { .at = 4, ABUSE },
        { .at = 5, REACH },
        { .at = 6, PLANT },
        { .at = 7, ABUSE, .rule = 1 },
    };
    struct fixture f;
    begin(&f);
    add_all(&f, findings, COUNT(findings));
    judge(&f);
    assert_int_equal(second_of(f.verdict.first_exploit.time), 2);
    assert_int_equal(second_of(f.verdict.exploit.time), 5);
    assert_int_equal(second_of(f.verdict.script.time), 3);
    assert_int_equal(second_of(f.verdict.changed.time), 4);
    end(&f);
}

static void test_proof_and_file(void **state)
{
    (void)state;
    static const struct {
        const char *row, *what;
    } cases[] = {
        { "2021-03-03,x,C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx,y",
          "C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx" },
        { "a='C:\\x.ASPX';b=\"\\\\ex1\\c$\\longer\\y.ashx\"", "\\\\ex1\\c$\\longer\\y.ashx" },
        { "x.aspx", "" }, /* no folder */
        { "C:\\x.txt,/y.aspx", "" },
        { "<C:\\x.aspx>", "C:\\x.aspx" },
        { " C:\\x.aspx.req ", "C:\\x.aspx.req" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        case_add(f.casefile, &(struct given){ PLANT, .source = ONE, .row = cases[i].row,
                                              .item = 2, .offset = 77 });
        judge(&f);
        const struct moment *plant = &f.verdict.plant;
        assert_true(slice_eq(plant->actor, SLICE_LIT(ONE)));
        assert_true(slice_eq(plant->proof.path, SLICE_LIT("e/2.log")));
        assert_int_equal(plant->proof.offset, 77);
        assert_true(slice_eq(plant->proof.row, slice_from(cases[i].row)));
        if (!slice_eq(plant->what, slice_from(cases[i].what)))
            fail_msg("%s: '%.*s'", cases[i].row, SLICE_FMT(plant->what));
        end(&f);
    }
}

/* Events of event logs have no row: their values tell the file and the command line. */
static void test_values_instead_of_a_row(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value, *file, *line;
    } cases[] = {
        { "TargetFilename", "C:\\inetpub\\x.aspx", "C:\\inetpub\\x.aspx", "" },
        { "Path", "file:_C:\\a\\x.aspx; file:_C:\\b.aspx", "C:\\a\\x.aspx", "" },
        { "Data#2", "-FilePath \"\\\\ex1\\c$\\y.ashx\"", "\\\\ex1\\c$\\y.ashx", "" },
        { "CommandLine", "cmd /c \"whoami\"", "", "cmd /c \"whoami\"" },
        { "NewProcessName", "C:\\cmd.exe", "", "C:\\cmd.exe" },
        { "ParentImage", "C:\\w3wp.exe", "", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        case_add(f.casefile, &(struct given){ PLANT, .row = "", .field = cases[i].field,
                                              .value = cases[i].value, .rule = 7 });
        case_add(f.casefile,
                 &(struct given){ ANSWER, .at = 5, .row = "", .field = cases[i].field,
                                  .value = cases[i].value, .rule = 6, .offset = 1 });
        judge(&f);
        const struct moment *plant = &f.verdict.plant, *command = &f.verdict.command;
        assert_true(plant->backdoor);
        assert_true(slice_eq(plant->title, SLICE_LIT("rule 7")));
        assert_int_equal(second_of(command->time), 5);
        if (!slice_eq(plant->what, slice_from(cases[i].file)))
            fail_msg("%s: '%.*s'", cases[i].value, SLICE_FMT(plant->what));
        if (!slice_eq(command->what, slice_from(cases[i].line)))
            fail_msg("%s: '%.*s'", cases[i].value, SLICE_FMT(command->what));
        end(&f);
    }
}

static void test_spread(void **state)
{
    (void)state;
    static const struct given findings[] = {
        { .at = 9, .stage = STAGE_SPREAD, .outcome = OUTCOME_REFUSED, .rule = 5 },
        { .at = 7, .stage = STAGE_SPREAD, .rule = 4 },
        { .at = 5, .stage = STAGE_SPREAD, .own_probe = true },
        { .at = 4, ANSWER }, /* no command */
    };
    struct fixture f;
    begin(&f);
    add_all(&f, findings, COUNT(findings));
    judge(&f);
    assert_int_equal(second_of(f.verdict.spread.time), 7);
    assert_true(slice_eq(f.verdict.spread.title, SLICE_LIT("rule 4")));
    assert_int_equal(second_of(f.verdict.command.time), -1);
    assert_false(f.verdict.spread.backdoor);
    end(&f);
}

static void test_exploiters(void **state)
{
    (void)state;
    static const struct given findings[] = {
        { .at = 9, REACH, .source = ONE },
        { .at = 5, ABUSE, .source = TWO },
        { .at = 1, .stage = STAGE_REACH, .source = "203.0.113.3" }, /* refused */
        { .at = 2, ANSWER, .source = "203.0.113.4", .page = "/x.aspx" },
        { .at = 3, REACH, .source = "203.0.113.5", .own_probe = true },
        { .at = 20, REACH, .source = TWO },
    };
    struct fixture f;
    begin(&f);
    add_all(&f, findings, COUNT(findings));
    judge(&f);
    assert_int_equal(f.verdict.exploiter_count, 2);
    assert_true(slice_eq(f.verdict.exploiters[0], SLICE_LIT(TWO)));
    assert_true(slice_eq(f.verdict.exploiters[1], SLICE_LIT(ONE)));
    end(&f);
}

/* "first-last:reached,changed,planted,cleared/steps" of each run. */
static void print_runs(const struct host_verdict *v, struct buf *out)
{
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < v->run_count; i++) {
        const struct exploit_run *run = &v->runs[i];
        buf_printf(out, "%s%ld-%ld:%ld,%ld,%ld,%ld/%u", i ? " " : "",
                   (long)second_of(run->first), (long)second_of(run->last),
                   (long)second_of(run->reached), (long)second_of(run->changed),
                   (long)second_of(run->planted), (long)second_of(run->cleared), run->steps);
    }
}

static void test_runs(void **state)
{
    (void)state;
    static const struct {
        struct given findings[6];
        const char *wanted;
    } cases[] = {
        { { F(.stage = STAGE_SCAN), F(.stage = STAGE_REACH) }, "" },
        { { F(REACH) }, "0-0:0,-1,-1,-1/0" },
        { { F(REACH), F(.at = 10, ABUSE, .rule = 1), F(.at = 20, PLANT), F(.at = 30, CLEANUP) },
          "0-30:0,10,20,30/1" },
        { { F(REACH), F(.at = 5, REACH), F(.at = 6, PLANT), F(.at = 7, PLANT) },
          "0-7:5,-1,6,-1/0" },
        { { F(ABUSE, .rule = 1), F(.at = 1, ABUSE, .rule = 2) }, "0-1:-1,1,-1,-1/3" },
        /* five minutes */
        { { F(REACH), F(.at = 300, REACH) }, "0-300:300,-1,-1,-1/0" },
        { { F(REACH), F(.at = 301, REACH) }, "0-0:0,-1,-1,-1/0 301-301:301,-1,-1,-1/0" },
        { { F(REACH), F(.at = 300, REACH), F(.at = 600, REACH) }, "0-600:600,-1,-1,-1/0" },
        { { F(.at = 301, PLANT), F(REACH) }, "0-0:0,-1,-1,-1/0 301-301:-1,-1,301,-1/0" },
        /* what is no success of an exploit neither starts nor prolongs a run */
        { { F(REACH), F(.at = 200, .stage = STAGE_REACH), F(.at = 400, REACH) },
          "0-0:0,-1,-1,-1/0 400-400:400,-1,-1,-1/0" },
        { { F(REACH), F(.at = 200, REACH, .own_probe = true), F(.at = 400, REACH) },
          "0-0:0,-1,-1,-1/0 400-400:400,-1,-1,-1/0" },
        { { F(CLEANUP), F(.at = 10, REACH) }, "10-10:10,-1,-1,-1/0" },
    };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin_judged(&f, cases[i].findings, COUNT(cases[i].findings));
        print_runs(&f.verdict, &text);
        if (strcmp(text.ptr, cases[i].wanted) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, text.ptr, cases[i].wanted);
        assert_int_equal(f.verdict.runs_left_out, 0);
        end(&f);
    }
    buf_deinit(&text);
}

/* "only runs with a success": a clean-up long after the last one is none. */
static void test_late_cleanup_is_no_run(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    case_add(f.casefile, &(struct given){ PLANT });
    case_add(f.casefile, &(struct given){ .at = 4000, CLEANUP });
    judge(&f);
    assert_int_equal(f.verdict.run_count, 1);
    end(&f);
}

/* Runs are counted, not their findings. */
static void test_many_runs(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (int i = 0; i < VERDICT_RUNS_MAX + 2; i++)
        for (int k = 0; k < 3; k++)
            case_add(f.casefile, &(struct given){ .at = i * 1000 + k, REACH });
    judge(&f);
    assert_int_equal(f.verdict.run_count, VERDICT_RUNS_MAX);
    assert_int_equal(f.verdict.runs_left_out, 2);
    end(&f);
}

/* "page answered/refused first-last gone use sources" of each page. */
static void print_pages(const struct host_verdict *v, struct buf *out)
{
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < v->page_count; i++) {
        const struct page_fact *page = &v->pages[i];
        buf_printf(out, "%s%.*s %d/%d %ld-%ld %ld %d %zu", i ? ", " : "", SLICE_FMT(page->page),
                   (int)page->answered, (int)page->refused, (long)second_of(page->first_answer),
                   (long)second_of(page->last_answer),
                   (long)second_of(page->first_refusal_after), (int)page->use,
                   page->source_count);
    }
}

static void test_pages(void **state)
{
    (void)state;
#define X .page = "/x.aspx"
#define Y .page = "/y.aspx"
    static const struct {
        struct given findings[6];
        const char *wanted;
    } cases[] = {
        { { F(.stage = STAGE_SCAN, X) }, "" },
        { { F(ANSWER) }, "" }, /* no page */
        { { F(ANSWER, X, .status = 200, .source = ONE) }, "/x.aspx 1/0 0-0 -1 0 1" },
        { { F(ANSWER, X, .source = ONE), F(.at = 9, ANSWER, X, .source = TWO),
            F(.at = 10, ANSWER, X, .source = ONE) },
          "/x.aspx 3/0 0-10 -1 0 2" },
        { { F(REFUSAL, X, .status = 404) }, "/x.aspx 0/1 -1--1 -1 0 0" },
        { { F(REFUSAL, X, .status = 404), F(.at = 5, ANSWER, X) }, "/x.aspx 1/1 5-5 -1 0 0" },
        /* gone, and by which answers */
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 404),
            F(.at = 9, REFUSAL, X, .status = 404) },
          "/x.aspx 1/2 0-0 5 0 0" },
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 302) }, "/x.aspx 1/1 0-0 5 0 0" },
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 410) }, "/x.aspx 1/1 0-0 5 0 0" },
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 500) }, "/x.aspx 1/1 0-0 -1 0 0" },
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 401) }, "/x.aspx 1/1 0-0 -1 0 0" },
        /* there again, and gone again */
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 404), F(.at = 9, ANSWER, X) },
          "/x.aspx 2/1 0-9 -1 0 0" },
        { { F(ANSWER, X), F(.at = 5, REFUSAL, X, .status = 404), F(.at = 9, ANSWER, X),
            F(.at = 11, REFUSAL, X, .status = 404) },
          "/x.aspx 2/2 0-9 11 0 0" },
        /* answered ones first, in the order of time; the others by name */
        { { F(REFUSAL, .page = "/b.aspx"), F(REFUSAL, .page = "/a.aspx"), F(.at = 9, ANSWER, X),
            F(.at = 8, ANSWER, Y) },
          "/y.aspx 1/0 8-8 -1 0 0, /x.aspx 1/0 9-9 -1 0 0, /a.aspx 0/1 -1--1 -1 0 0, "
          "/b.aspx 0/1 -1--1 -1 0 0" },
        /* use */
        { { F(ANSWER, X, .method = "GET") }, "/x.aspx 1/0 0-0 -1 0 0" },
        { { F(ANSWER, X, .method = "HEAD") }, "/x.aspx 1/0 0-0 -1 0 0" },
        { { F(ANSWER, X, .method = "post") }, "/x.aspx 1/0 0-0 -1 1 0" },
        { { F(ANSWER, X, .method = "GET", .query = "a=1") }, "/x.aspx 1/0 0-0 -1 1 0" },
        { { F(ANSWER, X, .method = "GET", .query = "a=WhoAmI") }, "/x.aspx 1/0 0-0 -1 2 0" },
        { { F(ANSWER, X, .query = "cmd=dir"), F(.at = 1, ANSWER, X) },
          "/x.aspx 2/0 0-1 -1 2 0" },
        { { F(REFUSAL, X, .query = "cmd=dir"), F(.at = 1, ANSWER, X) },
          "/x.aspx 1/1 1-1 -1 0 0" },
        /* the letters of the first request, when it is the same path */
        { { F(ANSWER, X, .path = "/X.aspx/info"), F(.at = 1, ANSWER, X, .path = "/x.ASPX") },
          "/X.aspx 2/0 0-1 -1 0 0" },
        { { F(ANSWER, X, .path = "/%78.aspx") }, "/x.aspx 1/0 0-0 -1 0 0" },
        { { F(ANSWER, X, .own_probe = true), F(ANSWER, X, .silent = true),
            F(ANSWER, X, .host = "ex2") },
          "" },
    };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin_judged(&f, cases[i].findings, COUNT(cases[i].findings));
        print_pages(&f.verdict, &text);
        if (strcmp(text.ptr, cases[i].wanted) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, text.ptr, cases[i].wanted);
        assert_int_equal(f.verdict.answered_pages + f.verdict.asked_pages,
                         f.verdict.page_count);
        end(&f);
    }
    buf_deinit(&text);
}

/* Whoever asks for many names first must not hide the page that answers. */
static void test_many_asked_pages(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (int i = 0; i < VERDICT_PAGES_MAX + 3; i++) {
        char page[40];
        snprintf(page, sizeof page, "/owa/auth/p%d.aspx", i);
        case_add(f.casefile, &(struct given){ .at = i, REFUSAL, .status = 404, .page = page });
    }
    case_add(f.casefile, &(struct given){ .at = 9000, ANSWER, .page = "/owa/auth/evil.aspx" });
    judge(&f);
    assert_int_equal(f.verdict.grade, GRADE_E5);
    assert_int_equal(f.verdict.answered_pages, 1);
    assert_true(slice_eq(f.verdict.pages[0].key, SLICE_LIT("/owa/auth/evil.aspx")));
    end(&f);
}

/* Pages that are left out are counted, not the requests for them. */
static void test_pages_left_out(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (int i = 0; i < VERDICT_PAGES_MAX + 6; i++) {
        char page[40];
        snprintf(page, sizeof page, "/p%d.aspx", i < VERDICT_PAGES_MAX ? i : 9990 + i % 2);
        case_add(f.casefile, &(struct given){ .at = i, REFUSAL, .status = 404, .page = page });
    }
    judge(&f);
    assert_int_equal(f.verdict.page_count, VERDICT_PAGES_MAX);
    assert_int_equal(f.verdict.pages_left_out, 2);
    end(&f);
}

/* ---- coverage ---- */

struct cover {
    uint64_t item;
    enum family_id family;
    int64_t from, to; /* hours; -1: none */
};

/* "family from-to events gaps(from-to)" in hours. */
static void print_coverage(const struct host_verdict *v, struct buf *out)
{
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        buf_printf(out, "%s%s %ld-%ld %d", i ? ", " : "", line->family->name,
                   (long)(line->from == TIME_NONE ? -1 : second_of(line->from) / 3600),
                   (long)(line->to == TIME_NONE ? -1 : second_of(line->to) / 3600),
                   (int)line->events);
        for (size_t k = 0; k < line->gap_count; k++)
            buf_printf(out, " (%ld-%ld)", (long)second_of(line->gaps[k].from) / 3600,
                       (long)second_of(line->gaps[k].to) / 3600);
    }
}

static void test_coverage(void **state)
{
    (void)state;
    static const struct {
        struct cover covers[6];
        const char *wanted;
    } cases[] = {
        { { { 0 } }, "" },
        { { { 0, FAMILY_IIS, 0, 5 } }, "iis 0-5 10" },
        { { { 0, FAMILY_IIS, 0, 5 }, { 1, FAMILY_IIS, 8, 9 } },
          "iis 0-9 20" }, /* three hours */
        { { { 0, FAMILY_IIS, 0, 5 }, { 1, FAMILY_IIS, 9, 12 } }, "iis 0-12 20 (5-9)" },
        { { { 1, FAMILY_IIS, 9, 12 }, { 0, FAMILY_IIS, 0, 5 } }, "iis 0-12 20 (5-9)" },
        /* what one item lacks, another has */
        { { { 0, FAMILY_IIS, 0, 5 }, { 0, FAMILY_IIS, 20, 25 }, { 1, FAMILY_IIS, 4, 21 } },
          "iis 0-25 30" },
        { { { 0, FAMILY_IIS, 0, 100 }, { 1, FAMILY_IIS, 10, 12 }, { 2, FAMILY_IIS, 101, 102 } },
          "iis 0-102 30" },
        { { { 0, FAMILY_IIS, 0, 5 }, { 1, FAMILY_IIS, 20, 25 }, { 2, FAMILY_IIS, 40, 45 } },
          "iis 0-45 30 (5-20) (25-40)" },
        /* each family has its own silence */
        { { { 0, FAMILY_ECP, 0, 5 }, { 1, FAMILY_ECP, 77, 78 } }, "ecp 0-78 20" },
        { { { 0, FAMILY_ECP, 0, 5 }, { 1, FAMILY_ECP, 78, 79 } }, "ecp 0-79 20 (5-78)" },
        { { { 0, FAMILY_HTTPREQUESTFILTERING, 0, 5 },
            { 1, FAMILY_HTTPREQUESTFILTERING, 999, 999 } },
          "httprequestfiltering 0-999 20" },
        { { { 0, FAMILY_IIS, 0, 5 }, { 0, FAMILY_ECP, 0, 9 }, { 1, FAMILY_IIS, 20, 21 } },
          "ecp 0-9 10, iis 0-21 20 (5-20)" },
        /* without time */
        { { { 0, FAMILY_IIS, -1, -1 } }, "iis -1--1 10" },
        { { { 0, FAMILY_IIS, -1, -1 }, { 1, FAMILY_IIS, 3, 4 } }, "iis 3-4 20" },
    };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        for (size_t k = 0; k < 6 && cases[i].covers[k].family; k++) {
            const struct cover *c = &cases[i].covers[k];
            case_cover(f.casefile, c->item, "ex1", c->family,
                       c->from < 0 ? TIME_NONE : c->from * 3600,
                       c->to < 0 ? TIME_NONE : c->to * 3600, 10);
        }
        case_cover(f.casefile, 3, "ex2", FAMILY_IIS, 0, 999999, 10);
        judge(&f);
        print_coverage(&f.verdict, &text);
        if (strcmp(text.ptr, cases[i].wanted) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, text.ptr, cases[i].wanted);
        end(&f);
    }
    buf_deinit(&text);
}

static bool is_undecided(const struct host_verdict *v, const char *id)
{
    for (size_t i = 0; i < v->undecided_count; i++)
        if (strcmp(v->undecided[i]->id, id) == 0)
            return true;
    return false;
}

static void test_undecided(void **state)
{
    (void)state;
    static const struct {
        enum family_id family;
        bool logon, unified, oab, ecp, export;
    } cases[] = {
        { FAMILY_NONE, true, true, true, true, true },
        { FAMILY_IIS, false, true, true, false, true },
        { FAMILY_HTTPPROXY, false, true, true, false, true },
        { FAMILY_ECP, true, true, true, false, true },
        { FAMILY_OABGENERATOR, true, true, false, true, true },
        { FAMILY_CMDLET, true, true, true, false, false },
        { FAMILY_AUDIT, true, true, true, true, false },
        { FAMILY_SMTP, true, true, true, true, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        if (cases[i].family)
            case_cover(f.casefile, 0, "ex1", cases[i].family, 0, 1, 1);
        case_cover(f.casefile, 0, "ex2", FAMILY_HTTPPROXY, 0, 1, 1);
        judge(&f);
        assert_int_equal(is_undecided(&f.verdict, "CVE-2021-26855"), cases[i].logon);
        assert_int_equal(is_undecided(&f.verdict, "CVE-2021-26857"), cases[i].unified);
        assert_int_equal(is_undecided(&f.verdict, "CVE-2021-26858"), cases[i].oab);
        assert_int_equal(is_undecided(&f.verdict, "CVE-2021-27065"), cases[i].ecp);
        assert_int_equal(is_undecided(&f.verdict, "CVE-2021-31207"), cases[i].export);
        end(&f);
    }
}

static void test_harm(void **state)
{
    (void)state;
    enum {
        NONE = HARM_NONE_SEEN,
        BLIND = HARM_NOT_OBSERVABLE,
        MAY = HARM_POSSIBLE,
        SURE = HARM_PROVEN
    };
    static const struct {
        struct given finding;
        enum family_id covered;
        int mail, credentials, persistence, spread;
    } cases[] = {
        { { .stage = STAGE_SCAN }, FAMILY_IIS, NONE, BLIND, NONE, BLIND },
        { { .stage = STAGE_SCAN }, FAMILY_SMTP, BLIND, BLIND, BLIND, BLIND },
        { { .stage = STAGE_SCAN }, FAMILY_HTTPPROXY, NONE, BLIND, NONE, BLIND },
        { { REACH }, FAMILY_IIS, MAY, BLIND, NONE, BLIND },
        { { ABUSE }, FAMILY_IIS, MAY, BLIND, MAY, BLIND },
        { { PLANT }, FAMILY_IIS, MAY, BLIND, SURE, BLIND },
        { { ANSWER, .page = "/x.aspx" }, FAMILY_IIS, MAY, BLIND, SURE, BLIND },
        { { .stage = STAGE_SPREAD }, FAMILY_IIS, MAY, BLIND, MAY, SURE },
        { { ABUSE, .rule = 3 }, FAMILY_IIS, SURE, BLIND, MAY, BLIND },
        { { ABUSE, .rule = 4 }, FAMILY_IIS, MAY, SURE, MAY, BLIND },
        { { ABUSE, .rule = 5 }, FAMILY_IIS, MAY, BLIND, MAY, SURE },
        { { .stage = STAGE_ABUSE, .rule = 3 }, FAMILY_IIS, NONE, BLIND, NONE, BLIND },
        { { ABUSE, .rule = 3, .own_probe = true }, FAMILY_IIS, NONE, BLIND, NONE, BLIND },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        case_add(f.casefile, &cases[i].finding);
        case_cover(f.casefile, 0, "ex1", cases[i].covered, 0, 1, 1);
        judge(&f);
        const enum harm_state *harm = f.verdict.harm;
        if ((int)harm[HARM_MAIL] != cases[i].mail ||
            (int)harm[HARM_CREDENTIALS] != cases[i].credentials ||
            (int)harm[HARM_PERSISTENCE] != cases[i].persistence ||
            (int)harm[HARM_SPREAD] != cases[i].spread)
            fail_msg("case %zu: %d %d %d %d", i, (int)harm[0], (int)harm[1], (int)harm[2],
                     (int)harm[3]);
        end(&f);
    }
}

static void test_partial(void **state)
{
    (void)state;
    static const struct {
        int64_t damaged; /* item; -1: none */
        bool trouble, skipped, partial;
    } cases[] = {
        { -1, false, false, false }, { 0, false, false, true }, /* holds rows of ex1 */
        { 1, false, false, false },                             /* of ex2 only */
        { 2, false, false, true },                              /* of nobody: of all */
        { -1, true, false, true },   { -1, true, true, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin(&f);
        case_cover(f.casefile, 0, "ex1", FAMILY_IIS, 0, 1, 1);
        case_cover(f.casefile, 1, "ex2", FAMILY_IIS, 0, 1, 1);
        if (cases[i].damaged >= 0)
            casefile_add_damage(f.casefile, (uint64_t)cases[i].damaged, 0, "cut");
        if (cases[i].trouble)
            casefile_add_trouble(f.casefile, SLICE_LIT("p"), SLICE_LIT("r"), cases[i].skipped);
        judge(&f);
        if (f.verdict.partial != cases[i].partial)
            fail_msg("case %zu", i);
        end(&f);
    }
}

/* Twins are told once; a day of silence ends a visit, five minutes an exploit. */
static void test_story(void **state)
{
    (void)state;
    static const struct {
        struct given findings[4];
        size_t steps;
        uint64_t requests; /* of the first */
    } cases[] = {
        { { F(REACH, .source = ONE) }, 1, 1 },
        { { F(REACH, .source = ONE), F(.at = 300, REACH, .source = ONE) }, 1, 2 },
        { { F(REACH, .source = ONE), F(.at = 301, REACH, .source = ONE) }, 2, 1 },
        { { F(REACH, .source = ONE), F(.at = 1, REACH, .source = TWO) }, 2, 1 },
        { { F(REACH, .source = ONE), F(.at = 1, .stage = STAGE_REACH, .source = ONE) }, 2, 1 },
        { { F(ANSWER, .page = "/x", .source = ONE),
            F(.at = 86400, ANSWER, .page = "/x", .source = ONE) },
          1,
          2 },
        { { F(ANSWER, .page = "/x", .source = ONE),
            F(.at = 86401, ANSWER, .page = "/x", .source = ONE) },
          2,
          1 },
        { { F(ANSWER, .page = "/x", .source = ONE),
            F(.at = 1, ANSWER, .page = "/y", .source = ONE) },
          2,
          1 },
        /* the same request in two logs */
        { { F(REACH, .source = ONE, .request_id = "r1"),
            F(REACH, .source = ONE, .request_id = "r1", .family = FAMILY_IIS) },
          1,
          1 },
        { { F(REACH, .source = ONE, .request_id = "r1"),
            F(ABUSE, .source = ONE, .request_id = "r1") },
          1,
          1 },
        { { F(REACH, .source = ONE, .silent = true) }, 0, 0 },
        { { F(.source = ONE) }, 0, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        begin_judged(&f, cases[i].findings, COUNT(cases[i].findings));
        if (f.verdict.step_count != cases[i].steps)
            fail_msg("case %zu: %zu steps", i, f.verdict.step_count);
        if (cases[i].steps && f.verdict.steps[0].requests != cases[i].requests)
            fail_msg("case %zu: %d requests", i, (int)f.verdict.steps[0].requests);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_grades),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_first_exploit_and_script),
        cmocka_unit_test(test_proof_and_file),
        cmocka_unit_test(test_values_instead_of_a_row),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_exploiters),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_late_cleanup_is_no_run),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_many_asked_pages),
        cmocka_unit_test(test_pages_left_out),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_harm),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
