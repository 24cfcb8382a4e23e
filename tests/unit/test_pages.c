/* Pages of a case: what their hosts make of them, the findings that follow, and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_maker.h"
#include "casefile/pages.h"

#define FINDINGS                                                                               \
    "SELECT r.rule_id, f.grade, f.host, f.page FROM finding f JOIN rule r ON r.id=f.rule"      \
    " ORDER BY f.item, f.offset, r.id"

static struct casefile *new_case(void)
{
    struct casefile *casefile = case_new();
    pages_add_rules(casefile, 0);
    casefile_add_root(casefile, 0, SLICE_LIT("e"), SLICE_LIT("e"));
    return casefile;
}

static void add_page(struct casefile *casefile, uint64_t item, const char *path,
                     enum webshell_class class)
{
    static struct record record;
    struct arena arena = ARENA_INIT;
    struct place_report place;
    record = (struct record){ .kind = RECORD_PAGE };
    record.page.kind = PAGE_KIND_ASPX;
    record.page.modified = TIME_NONE;
    memset(record.page.sha256, 1, sizeof record.page.sha256);
    if (class != WEBSHELL_NONE) {
        struct page_reason reason = { .code = REASON_ODD_NAME, .class = class };
        page_record_add(&record.page, &reason);
    }
    place_judge(&arena, slice_from(path), record.page.sha256, NULL, &place);
    page_record_place(&record.page, &place);
    casefile_add_item(casefile, item, 0, slice_from(path), 10);
    casefile_add_record(casefile, item, &record);
    arena_deinit(&arena);
}

static void add_build(struct casefile *casefile, uint16_t build, uint16_t revision,
                      int64_t second)
{
    static struct record record;
    record = (struct record){ .kind = RECORD_BUILD };
    record.build = (struct build_note){ SLICE_LIT("ex1"),
                                        { { 15, 1, build, revision } },
                                        BUILD_OF_COLUMNS,
                                        case_time(second),
                                        case_time(second),
                                        0,
                                        0 };
    casefile_add_record(casefile, 90, &record);
}

static void finish(struct casefile *casefile)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    if (casefile_finish(casefile, &set, SLICE_LIT("ex1"), false, &err) < 0)
        fail_msg("%s", err.msg);
    sigma_set_deinit(&set);
}

static void test_classes_become_findings(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, "e/site/a.aspx", WEBSHELL_SHELL);
    add_page(casefile, 2, "e/site/b.aspx", WEBSHELL_LOADER);
    add_page(casefile, 3, "e/site/c.aspx", WEBSHELL_STEALER);
    add_page(casefile, 4, "e/site/d.aspx", WEBSHELL_WRITER);
    add_page(casefile, 5, "e/site/e.aspx", WEBSHELL_SUSPECT);
    add_page(casefile, 6, "e/site/f.aspx", WEBSHELL_NONE);
    finish(casefile);
    case_assert(casefile, "findings", FINDINGS, 3,
                "hauberk-page-shell|5|ex1 hauberk-page-loader|5|ex1 hauberk-page-stealer|5|ex1 "
                "hauberk-page-writer|0|ex1 hauberk-page-suspect|0|ex1");
    case_close(casefile);
}

static void test_foreign_by_place(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, "e/FrontEnd/HttpProxy/owa/auth/zz.aspx", WEBSHELL_NONE);
    add_page(casefile, 2, "e/inetpub/wwwroot/aspnet_client/zz.aspx", WEBSHELL_SUSPECT);
    add_page(casefile, 3, "e/ClientAccess/ecp/zz.aspx", WEBSHELL_NONE); /* of a later build? */
    add_page(casefile, 4, "e/ClientAccess/ecp/yy.aspx", WEBSHELL_SHELL);
    finish(casefile);
    case_assert(
        casefile, "findings", FINDINGS, 4,
        "hauberk-page-foreign|5|ex1|/owa/auth/zz.aspx "
        "hauberk-page-foreign|5|ex1|/aspnet_client/zz.aspx "
        "hauberk-page-unknown|0|ex1|/ecp/zz.aspx hauberk-page-shell|5|ex1|/ecp/yy.aspx");
    case_close(casefile);
}

static void test_tampered_needs_a_known_build(void **state)
{
    static const char *const page = "e/FrontEnd/HttpProxy/owa/auth/logon.aspx";
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, page, WEBSHELL_NONE);
    finish(casefile);
    case_assert(casefile, "no build", FINDINGS, 1, "");
    case_close(casefile);

    casefile = new_case();
    add_page(casefile, 1, page, WEBSHELL_NONE);
    add_build(casefile, 2106, 2, 0);
    finish(casefile);
    case_assert(casefile, "known build", FINDINGS, 2, "hauberk-page-tampered|0");
    case_assert(casefile, "class", "SELECT class, found, decided FROM page", 3,
                "tampered|none|tampered");
    case_close(casefile);

    casefile = new_case();
    add_page(casefile, 1, page, WEBSHELL_NONE);
    add_build(casefile, 2106, 2, 0);
    add_build(casefile, 2507, 61, 60); /* the last one counts, and of it we know no pages */
    finish(casefile);
    case_assert(casefile, "later build", FINDINGS, 1, "");
    case_close(casefile);
}

static void test_root_belongs_to_exchange_or_not(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, "e/inetpub/wwwroot/zz.aspx", WEBSHELL_NONE);
    finish(casefile);
    case_assert(casefile, "some site", FINDINGS, 1, "");
    case_close(casefile);

    casefile = new_case();
    add_page(casefile, 1, "e/inetpub/wwwroot/zz.aspx", WEBSHELL_NONE);
    add_page(casefile, 2, "e/inetpub/wwwroot/default.aspx", WEBSHELL_NONE);
    casefile_add_item(casefile, 3, 0, SLICE_LIT("e/log"), 10);
    case_cover(casefile, 3, "ex1", FAMILY_HTTPPROXY, 0, 1, 2);
    finish(casefile);
    case_assert(casefile, "Exchange", FINDINGS, 2, "hauberk-page-foreign|5");
    case_close(casefile);
}

static void add_answer(struct casefile *casefile, uint64_t item, uint64_t offset,
                       const char *url)
{
    casefile_add_item(casefile, item, 0, SLICE_LIT("e/u_ex.log"), 10);
    case_add(casefile, &(struct given){ .stage = STAGE_ANSWER,
                                        .outcome = OUTCOME_SUCCESS,
                                        .rule = PAGE_RULE_ANSWERED,
                                        .family = FAMILY_IIS,
                                        .item = item,
                                        .offset = offset,
                                        .source = "203.0.113.9",
                                        .page = url,
                                        .path = url });
}

static void test_answers_find_their_page(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, "e/D/sites/shop/up.aspx", WEBSHELL_SHELL);
    add_page(casefile, 2, "e/D/sites/other/twice.aspx", WEBSHELL_SHELL);
    add_page(casefile, 3, "e/D/copies/other/twice.aspx", WEBSHELL_NONE);
    add_answer(casefile, 8, 10, "/shop/up.aspx");
    add_answer(casefile, 8, 20, "/other/twice.aspx"); /* which of the two? */
    add_answer(casefile, 8, 30, "/elsewhere/up.aspx");
    finish(casefile);
    case_assert(casefile, "findings", FINDINGS, 4,
                "hauberk-page-shell|5|ex1|/shop/up.aspx hauberk-page-shell|5|ex1|- "
                "hauberk-page-answered|6|ex1|/shop/up.aspx");
    case_assert(casefile, "one incident",
                "SELECT count(DISTINCT incident) FROM finding WHERE page='/shop/up.aspx'", 1,
                "1");
    case_close(casefile);
}

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *path, *page_url, *url;
        bool wanted;
    } cases[] = {
        { "C\\sites\\Shop\\Up.ASPX", NULL, "/shop/up.aspx", true },
        { "C/sites/shop/up.aspx", NULL, "/up.aspx", true },
        { "C/sites/shop/up.aspx", NULL, "/op/up.aspx", false },
        { "C/sites/shop/up.aspx", NULL, "p.aspx", false },
        { "C/sites/shop/default.aspx", NULL, "/default.aspx", false },
        { "C/sites/shop/default.aspx", NULL, "/shop/default.aspx", true },
        { "x/owa/auth/a.aspx", "/owa/auth/a.aspx", "/owa/auth/a.aspx", true },
        { "x/owa/auth/a.aspx", "/owa/auth/a.aspx", "/auth/a.aspx", false },
        { "", NULL, "/", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(pages_matches_url(slice_from(cases[i].path),
                                           slice_from(cases[i].page_url),
                                           slice_from(cases[i].url)),
                         cases[i].wanted);
}

/* A case that somebody changed: the row is left out, nothing else happens. */
static void test_broken_row(void **state)
{
    (void)state;
    struct casefile *casefile = new_case();
    add_page(casefile, 1, "e/site/a.aspx", WEBSHELL_SHELL);
    casefile_execute(casefile, "UPDATE page SET analysis=x'0102'");
    finish(casefile);
    case_assert(casefile, "findings", FINDINGS, 1, "");
    case_close(casefile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_become_findings),
        cmocka_unit_test(test_foreign_by_place),
        cmocka_unit_test(test_tampered_needs_a_known_build),
        cmocka_unit_test(test_root_belongs_to_exchange_or_not),
        cmocka_unit_test(test_answers_find_their_page),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_broken_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
