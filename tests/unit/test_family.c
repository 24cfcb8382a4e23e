/* The closed table of families: sound in itself, found by type and columns, log sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "events/schema.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t columns_of(const char *list, struct slice names[COLUMNS_MAX])
{
    size_t count = 0;
    struct slice rest = slice_from(list);
    while (rest.ptr && count < COLUMNS_MAX)
        names[count++] = column_next(&rest);
    return count;
}

static void test_table_is_sound(void **state)
{
    (void)state;
    assert_null(family_get(FAMILY_NONE));
    assert_null(family_get(FAMILY_COUNT));
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++) {
        const struct family *family = family_get((enum family_id)id);
        assert_non_null(family);
        assert_int_equal(family->id, id);
        assert_ptr_equal(family_by_name(slice_from(family->name)), family);
        assert_true(family->title && family->roles[ROLE_TIME]);
        bool has_type = family->format == FORMAT_CSV || family->format == FORMAT_ECP;
        assert_int_equal(family->log_type != NULL, has_type);
        if (family->log_type)
            assert_ptr_equal(family_by_log_type(slice_from(family->log_type)), family);
    }
}

/* The known header of each family is recognised as it, and holds the columns of its roles. */
static void test_columns(void **state)
{
    (void)state;
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++) {
        const struct family *family = family_get((enum family_id)id);
        struct slice names[COLUMNS_MAX];
        if (!family->columns)
            continue;
        size_t count = columns_of(family->columns, names);
        const struct family *found = family_by_columns(names, count);
        if (family->signature && found != family)
            fail_msg("%s is taken for %s", family->name, found ? found->name : "nothing");
        struct arena arena = ARENA_INIT;
        const struct schema *schema = schema_assumed(&arena, family);
        assert_int_equal(schema->count, count);
        assert_true(schema->assumed && !schema->hits_only);
        assert_int_not_equal(schema->role[ROLE_TIME], COLUMN_NONE);
        for (int role = 0; family->format == FORMAT_CSV && role < ROLE_COUNT; role++)
            if (family->roles[role] && schema->role[role] == COLUMN_NONE)
                fail_msg("%s has no column %s", family->name, family->roles[role]);
        arena_deinit(&arena);
    }
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        enum family_id id;
        size_t columns;
    } cases[] = {
        { FAMILY_IIS, 15 },   { FAMILY_HTTPPROXY, 74 }, { FAMILY_ECP, 4 },
        { FAMILY_SMTP, 9 },   { FAMILY_EWS, 92 },       { FAMILY_MESSAGETRACKING, 30 },
        { FAMILY_AGENT, 20 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice names[COLUMNS_MAX];
        assert_int_equal(columns_of(family_get(cases[i].id)->columns, names), cases[i].columns);
    }
}

static void test_log_types(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum family_id id;
    } cases[] = {
        { "HttpProxy Logs", FAMILY_HTTPPROXY },
        { "httpproxy logs", FAMILY_HTTPPROXY },
        { "ECP Server Log", FAMILY_ECP },
        { "ECP Activity Context Log", FAMILY_ECP_ACTIVITY },
        { "SMTP Receive Protocol Log", FAMILY_SMTP },
        { "SMTP Send Protocol Log", FAMILY_SMTP },
        { "Message Tracking Log", FAMILY_MESSAGETRACKING },
        { "Rps Cmdlet Logs", FAMILY_CMDLET },
        { "Rps Http Logs", FAMILY_RPS_HTTP },
        { "EWS Logs", FAMILY_EWS },
        { "", FAMILY_NONE },
        { "ECP", FAMILY_NONE },
        { "Some Other Log", FAMILY_NONE },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct family *family = family_by_log_type(slice_from(cases[i].type));
        if (family != family_get(cases[i].id))
            fail_msg("'%s' is taken for %s", cases[i].type, family ? family->name : "nothing");
    }
}

static void test_by_columns(void **state)
{
    (void)state;
    static const struct {
        const char *columns;
        enum family_id id;
    } cases[] = {
        { "date,time,cs-method,cs-uri-stem", FAMILY_IIS },
        { "DATE,TIME,CS-METHOD,CS-URI-STEM", FAMILY_IIS },
        { "cs-uri-stem,cs-method", FAMILY_IIS },
        { "cs-uri-stem", FAMILY_NONE },
        { "cs-uri,s-reason,date", FAMILY_HTTPERR },
        { "DateTime,UrlStem,UserAgent,ClientIpAddress,HttpStatus", FAMILY_HTTPPROXY },
        { "DateTime,UrlStem,UserAgent,ClientIpAddress", FAMILY_NONE },
        { "TimeStamp,ServerName,EventId,EventData", FAMILY_NONE }, /* two families have it */
        { "", FAMILY_NONE },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice names[COLUMNS_MAX];
        size_t count = columns_of(cases[i].columns, names);
        if (family_by_columns(names, count) != family_get(cases[i].id))
            fail_msg("'%s'", cases[i].columns);
    }
    assert_null(family_by_columns(NULL, 0));
}

static void test_log_sources(void **state)
{
    (void)state;
    static const struct {
        enum family_id id;
        const char *product, *category, *service;
        bool answers;
    } cases[] = {
        { FAMILY_IIS, NULL, "webserver", NULL, true },
        { FAMILY_IIS, NULL, "WebServer", NULL, true },
        { FAMILY_HTTPERR, NULL, "webserver", NULL, true },
        { FAMILY_HTTPPROXY, NULL, "webserver", NULL, true },
        { FAMILY_ECP, NULL, "webserver", NULL, false },
        { FAMILY_RPS_HTTP, NULL, "webserver", NULL, false },
        { FAMILY_IIS, NULL, "webserver", "iis", true },
        { FAMILY_HTTPPROXY, NULL, "webserver", "iis", false },
        { FAMILY_IIS, NULL, "proxy", NULL, false },
        { FAMILY_IIS, "windows", "webserver", NULL, false },
        { FAMILY_IIS, "exchange", NULL, NULL, false },
        { FAMILY_HTTPPROXY, "exchange", NULL, "httpproxy", true },
        { FAMILY_HTTPPROXY, "exchange", NULL, NULL, true },
        { FAMILY_HTTPPROXY, "exchange", NULL, "ecp", false },
        { FAMILY_HTTPPROXY, "exchange", "webserver", NULL, false },
        { FAMILY_ECP, "exchange", NULL, "ecp", true },
        { FAMILY_ECP_ACTIVITY, "exchange", NULL, "ecp", false },
        { FAMILY_ECP_ACTIVITY, "exchange", NULL, "ecp-activity", true },
        { FAMILY_ECP, "windows", NULL, "ecp", false },
        { FAMILY_ECP, "windows", NULL, NULL, false },
        { FAMILY_SMTP, "exchange", NULL, "smtp", true },
        { FAMILY_SMTP, NULL, "process_creation", NULL, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (family_answers(family_get(cases[i].id), slice_from(cases[i].product),
                           slice_from(cases[i].category),
                           slice_from(cases[i].service)) != cases[i].answers)
            fail_msg("case %zu (%s)", i, family_get(cases[i].id)->name);
}

static void test_schema(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct slice names[COLUMNS_MAX + 10];
    for (size_t i = 0; i < COUNT(names); i++)
        names[i] = SLICE_LIT("x");
    names[3] = SLICE_LIT("DATETIME");
    names[4] = SLICE_LIT("DateTime");
    names[COLUMNS_MAX] = SLICE_LIT("UrlStem"); /* one too far */
    const struct schema *schema =
        schema_new(&arena, family_get(FAMILY_HTTPPROXY), names, COUNT(names), true, false);
    assert_int_equal(schema->count, COLUMNS_MAX);
    assert_int_equal(schema->role[ROLE_TIME], 4); /* exact before any case */
    assert_int_equal(schema_find(schema, SLICE_LIT("datetime")), 3);
    assert_int_equal(schema->role[ROLE_URL_PATH], COLUMN_NONE);
    assert_int_equal(schema_find(schema, SLICE_LIT("")), COLUMN_NONE);
    assert_null(schema_assumed(&arena, family_get(FAMILY_AUTODISCOVER)));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sound), cmocka_unit_test(test_columns),
        cmocka_unit_test(test_widths),         cmocka_unit_test(test_log_types),
        cmocka_unit_test(test_by_columns),     cmocka_unit_test(test_log_sources),
        cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
