/* Channels, services and categories, as SigmaHQ's own map has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/winlog.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_channels(void **state)
{
    (void)state;
    static const struct {
        const char *channel;
        enum family_id id;
    } cases[] = {
        { "Security", FAMILY_WIN_SECURITY },
        { "security", FAMILY_WIN_SECURITY },
        { "Microsoft-Windows-Sysmon/Operational", FAMILY_WIN_SYSMON },
        { "PowerShellCore/Operational", FAMILY_WIN_POWERSHELL },
        { "Microsoft-Windows-AppLocker/EXE and DLL", FAMILY_WIN_APPLOCKER },
        { "MSExchange Management", FAMILY_WIN_MSEXCHANGE_MANAGEMENT },
        { "Securit", FAMILY_EVENTLOG },
        { "Security|System", FAMILY_EVENTLOG },
        { "", FAMILY_EVENTLOG },
        { NULL, FAMILY_EVENTLOG },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(winlog_family(slice_from(cases[i].channel))->id, cases[i].id);
    assert_null(winlog_get(FAMILY_IIS));
}

struct source {
    enum family_id id;
    uint64_t event_id;
    const char *product, *category, *service;
    size_t ways;
};

static void test_log_sources(void **state)
{
    (void)state;
    static const struct source cases[] = {
        { FAMILY_WIN_SECURITY, 4688, "windows", "process_creation", NULL, 1 },
        { FAMILY_WIN_SECURITY, 4688, NULL, "process_creation", NULL, 1 },
        { FAMILY_WIN_SECURITY, 4688, "linux", "process_creation", NULL, 0 },
        { FAMILY_WIN_SECURITY, 4689, "windows", "process_creation", NULL, 0 },
        { FAMILY_WIN_SECURITY, WINLOG_ANY_EVENT, "windows", "process_creation", NULL, 1 },
        { FAMILY_WIN_SYSMON, 1, "windows", "process_creation", NULL, 1 },
        { FAMILY_WIN_SYSMON, 1, "windows", "process_creation", "sysmon", 1 },
        { FAMILY_WIN_SYSMON, 1, "windows", "process_creation", "security", 0 },
        { FAMILY_WIN_SYSMON, 12, "windows", "registry_delete", NULL, 2 },
        { FAMILY_WIN_SYSMON, 12, "windows", "registry_event", NULL, 1 },
        { FAMILY_WIN_SYSMON, 24, "windows", "clipboard_capture", NULL, 1 },
        { FAMILY_WIN_WINDEFEND, 1116, NULL, "antivirus", NULL, 1 },
        { FAMILY_WIN_WINDEFEND, 5001, NULL, "antivirus", NULL, 0 },
        { FAMILY_WIN_SYSTEM, 7045, "windows", NULL, "system", 1 },
        { FAMILY_WIN_SYSTEM, 7045, "windows", NULL, NULL, 1 },
        { FAMILY_WIN_SYSTEM, 7045, NULL, NULL, NULL, 0 },
        { FAMILY_EVENTLOG, 1, "windows", NULL, NULL, 1 },
        { FAMILY_EVENTLOG, 1, "windows", NULL, "security", 0 },
        { FAMILY_WIN_SERVICEBUS_CLIENT, 1, "windows", NULL, "microsoft-servicebus-client", 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct source *c = &cases[i];
        size_t ways = winlog_covers(winlog_get(c->id), c->event_id, slice_from(c->product),
                                    slice_from(c->category), slice_from(c->service), NULL);
        if ((ways > 0) != (c->ways > 0) || (c->event_id != WINLOG_ANY_EVENT && ways != c->ways))
            fail_msg("case %zu: %zu ways", i, ways);
    }
}

static void test_gates(void **state)
{
    (void)state;
    struct winlog_gate gates[WINLOG_GATES_MAX];
    const struct family *sysmon = winlog_get(FAMILY_WIN_SYSMON);
    assert_int_equal(
        winlog_covers(sysmon, 12, SLICE_NULL, SLICE_LIT("registry_add"), SLICE_NULL, gates), 1);
    assert_string_equal(gates[0].field, WINLOG_GATE_FIELD);
    assert_string_equal(gates[0].value, "CreateKey");
    winlog_covers(sysmon, 13, SLICE_NULL, SLICE_LIT("registry_set"), SLICE_NULL, gates);
    assert_null(gates[0].field);
    winlog_covers(sysmon, 13, SLICE_NULL, SLICE_NULL, SLICE_LIT("sysmon"), gates);
    assert_null(gates[0].field);
}

static void test_aliases(void **state)
{
    (void)state;
    const struct family *security = winlog_get(FAMILY_WIN_SECURITY);
    assert_string_equal(winlog_alias(security, 4688, SLICE_LIT("image")).ptr, "NewProcessName");
    assert_null(winlog_alias(security, 4689, SLICE_LIT("Image")).ptr);
    assert_null(winlog_alias(security, 4688, SLICE_LIT("CommandLine")).ptr);
    assert_true(winlog_names_event(security, 4688));
    assert_false(winlog_names_event(security, 4624));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_log_sources),
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
