/* Mitigations of a host, judged from all its files; what is added to them becomes findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_maker.h"
#include "casefile/settings.h"

struct file {
    const char *path, *text;
};

static void add_file(struct casefile *casefile, uint64_t item, const struct file *file)
{
    static struct record record;
    struct arena arena = ARENA_INIT;
    struct config_report report;
    casefile_add_item(casefile, item, 0, slice_from(file->path), 10);
    config_read(&arena, slice_from(file->text), slice_from(file->path), &report);
    record = (struct record){ .kind = RECORD_SETTING };
    record.setting.setting = (struct setting){
        .kind = SETTING_FILE,
        .name = slice_from(config_file_name(report.file)),
        .value = slice_from(report.problem ? report.problem : ""),
        .place = report.file == CONFIG_WEB ? config_place(&arena, slice_from(file->path))
                                           : SLICE_LIT(""),
        .detail = SLICE_LIT(""),
    };
    casefile_add_record(casefile, item, &record);
    for (const struct setting *s = report.first; s; s = s->next) {
        record.setting = (struct setting_record){ *s, setting_judge(&arena, s) };
        if (setting_is_kept(s, record.setting.notice))
            casefile_add_record(casefile, item, &record);
    }
    arena_deinit(&arena);
}

static struct casefile *case_of(const struct file *files, size_t count)
{
    struct casefile *casefile = case_new();
    settings_add_rules(casefile, 0);
    casefile_add_root(casefile, 0, SLICE_LIT("e"), SLICE_LIT("e"));
    for (size_t i = 0; i < count && files[i].path; i++)
        add_file(casefile, i, &files[i]);
    casefile_finish(casefile, &(struct sigma_set){ 0 }, SLICE_LIT("ex1"), false, NULL);
    return casefile;
}

static void write_holes(struct buf *out, const char *what, uint32_t holes)
{
    for (size_t i = 0; i < mitigation_hole_count; i++)
        if (holes >> i & 1)
            buf_printf(out, " %s%s", what, mitigation_holes[i].cve + 4);
}

static void write_settings(struct casefile *casefile, struct buf *out)
{
    struct arena arena = ARENA_INIT;
    struct settings settings;
    settings_read(casefile, &arena, SLICE_LIT("ex1"), &settings);
    buf_clear(out);
    for (size_t i = 0; i < settings.mitigation_count; i++) {
        const struct mitigation *m = &settings.mitigations[i];
        buf_printf(out, "%s %s %x;", mitigation_id_name(m->id), mitigation_state_name(m->state),
                   m->why);
    }
    write_holes(out, "", settings.holes);
    write_holes(out, "~", settings.partly);
    write_holes(out, "?", settings.undecided);
    arena_deinit(&arena);
}

#define FILES_MAX 4
#define WEB "V15/FrontEnd/HttpProxy/"
#define ROOT "inetpub/wwwroot/web.config"
#define RULES(inner)                                                                           \
    "<configuration><system.webServer><rewrite><rules>" inner                                  \
    "</rules></rewrite></system.webServer></configuration>"
#define ABORT(name, input, pattern)                                                            \
    "<rule name='" name "' stopProcessing='true'><match url='.*'/><conditions>"                \
    "<add input='" input "' pattern='" pattern                                                 \
    "'/></conditions><action type='AbortRequest'/></rule>"
#define EOMT_1                                                                                 \
    "<rule name='X-AnonResource-Backend Abort - inbound'><match url='.*'/><conditions>"        \
    "<add input='{HTTP_COOKIE}' pattern='(.*)X-AnonResource-Backend(.*)'/></conditions>"       \
    "<action type='AbortRequest'/></rule>"
#define EOMT_2                                                                                 \
    ABORT("X-BEResource Abort - inbound", "{HTTP_COOKIE}", "(.*)X-BEResource=(.+)/(.+)~(.+)")
#define EOMT2                                                                                  \
    ABORT("PowerShell - inbound", "{UrlDecode:{REQUEST_URI}}",                                 \
          "(?=.*autodiscover)(?=.*powershell)")
#define M1                                                                                     \
    ABORT("EEMS M1.1 PowerShell - inbound", "{UrlDecode:{REQUEST_URI}}",                       \
          "(?=.*autodiscover)(?=.*powershell)")
#define HOST(modules, locations)                                                               \
    "<configuration><system.applicationHost/><system.webServer><globalModules>" modules        \
    "</globalModules></system.webServer>" locations "</configuration>"
#define REWRITE                                                                                \
    "<add name='RewriteModule' image='%SystemRoot%\\system32\\inetsrv\\rewrite.dll'/>"
#define WITH_MODULE                                                                            \
    {                                                                                          \
        "applicationHost.config", HOST(REWRITE, "")                                            \
    }
#define LOCATION(path, inner)                                                                  \
    "<location path='" path "'><system.webServer>" inner "</system.webServer></location>"
#define SHELL_HOLES " 2022-41040 ~2021-34473 ~2022-41082"

static const struct {
    struct file files[FILES_MAX];
    const char *wanted;
} cases[] = {
    { { { ROOT, RULES("") } }, "" },
    /* EOMT: its two rules together */
    { { WITH_MODULE, { ROOT, RULES(EOMT_1 EOMT_2) } },
      "EOMT effective 0;EOMT effective 0; 2021-26855" },
    { { WITH_MODULE, { ROOT, RULES(EOMT_2) } }, "EOMT effective 0; ~2021-26855" },
    /* EOMTv2 and M1 do not stop OWASSRF. */
    { { WITH_MODULE, { ROOT, RULES(EOMT2) } }, "EOMTv2 effective 0;" SHELL_HOLES },
    { { WITH_MODULE, { ROOT, RULES(M1) } }, "EEMS M1 effective 0;" SHELL_HOLES },
    { { WITH_MODULE,
        { ROOT, RULES(ABORT("mine", "{UrlDecode:{REQUEST_URI}}", "powershell")) } },
      "hand-made effective 0; 2022-41040 2022-41080 2022-41082 ~2021-34473" },
    /* The name is right, the pattern is the one that was bypassed. */
    { { WITH_MODULE,
        { ROOT, RULES(ABORT("PowerShell - inbound", "{REQUEST_URI}",
                            ".*autodiscover\\.json.*\\@.*Powershell.*")) } },
      "EOMTv2 partly effective 10; ~2021-34473 ~2022-41040 ~2022-41082" },
    { { WITH_MODULE,
        { ROOT, RULES(ABORT("EEMS M1.1 PowerShell - inbound", "{REQUEST_URI}", "nothing")) } },
      "EEMS M1 not effective 10;" },
    /* Switched off; an action that does nothing */
    { { WITH_MODULE,
        { ROOT, RULES("<rule name='PowerShell - inbound' enabled='false'><match url='.*'/>"
                      "<action type='AbortRequest'/></rule>") } },
      "EOMTv2 not effective 1;" },
    { { WITH_MODULE,
        { ROOT, RULES("<rule name='PowerShell - inbound'><match url='.*'/>"
                      "<action type='None'/></rule>") } },
      "EOMTv2 not effective 2;" },
    /* No module; no word about modules */
    { { { "applicationHost.config", HOST("", "") }, { ROOT, RULES(EOMT2) } },
      "EOMTv2 not effective 20;" },
    { { { ROOT, RULES(EOMT2) } },
      "EOMTv2 not decidable 40; ?2021-34473 ?2022-41040 ?2022-41082" },
    /* The wrong site, an unknown one, one application of several */
    { { WITH_MODULE, { "V15/ClientAccess/web.config", RULES(EOMT2) } },
      "EOMTv2 not effective 80;" },
    { { WITH_MODULE, { "copy/web.config", RULES(EOMT2) } },
      "EOMTv2 not decidable 100; ?2021-34473 ?2022-41040 ?2022-41082" },
    { { WITH_MODULE, { WEB "Autodiscover/web.config", RULES(EOMT2) } },
      "EOMTv2 effective 0;" SHELL_HOLES },
    { { WITH_MODULE, { WEB "owa/web.config", RULES(EOMT2) } }, "EOMTv2 not effective 4010;" },
    /* Cleared further down, or removed by name; cleared where nothing of it comes in */
    { { WITH_MODULE,
        { ROOT, RULES(EOMT2) },
        { WEB "Autodiscover/web.config", RULES("<clear/>") } },
      "EOMTv2 not effective 210;" },
    { { WITH_MODULE,
        { ROOT, RULES(EOMT2) },
        { WEB "Autodiscover/web.config", RULES("<remove name='PowerShell - inbound'/>") } },
      "EOMTv2 not effective 210;" },
    { { WITH_MODULE,
        { ROOT, RULES(EOMT2) },
        { WEB "Autodiscover/web.config", RULES("<remove name='Another'/>") } },
      "EOMTv2 effective 0;" SHELL_HOLES },
    { { WITH_MODULE, { ROOT, RULES(EOMT2) }, { WEB "EWS/web.config", RULES("<clear/>") } },
      "EOMTv2 effective 0;" SHELL_HOLES },
    { { WITH_MODULE,
        { ROOT, RULES(EOMT_1 EOMT_2) },
        { WEB "ecp/web.config", RULES("<clear/>") } },
      "EOMT effective 0;EOMT partly effective 210; ~2021-26855" },
    { { WITH_MODULE, { ROOT, RULES(EOMT2 "<clear/>") } }, "EOMTv2 not effective 210;" },
    { { WITH_MODULE, { ROOT, RULES("<clear/>" EOMT2) } }, "EOMTv2 effective 0;" SHELL_HOLES },
    /* In applicationHost.config, cleared by the site's own file */
    { { { "applicationHost.config",
          HOST(REWRITE,
               LOCATION("Default Web Site", "<rewrite><rules>" EOMT2 "</rules></rewrite>")) },
        { ROOT, RULES("<clear/>") } },
      "EOMTv2 not effective 210;" },
    /* A file that IIS refuses */
    { { WITH_MODULE,
        { ROOT, "<configuration><x><y></x><system.webServer><rewrite><rules>" EOMT2
                "</rules></rewrite></system.webServer></configuration>" } },
      "EOMTv2 not decidable 8; ?2021-34473 ?2022-41040 ?2022-41082" },
    /* EEMS M2: outbound, with its precondition, in OWA */
    { { WITH_MODULE,
        { WEB "owa/web.config",
          "<configuration><system.webServer><rewrite><outboundRules>"
          "<rule name='EEMS M2.1 OWA CSP - outbound' preCondition='p'><match "
          "serverVariable='RESPONSE_Content_Security_Policy' pattern='.*'/>"
          "<action type='Rewrite' value='script-src self'/></rule>"
          "<preConditions><preCondition name='p'/></preConditions></outboundRules></rewrite>"
          "</system.webServer></configuration>" } },
      "EEMS M2 effective 0; 2026-42897" },
    { { WITH_MODULE,
        { WEB "owa/web.config",
          "<configuration><system.webServer><rewrite><outboundRules>"
          "<rule name='EEMS M2.1 OWA CSP - outbound' preCondition='p'><match "
          "serverVariable='RESPONSE_Content_Security_Policy' pattern='.*'/>"
          "<action type='Rewrite' value='script-src self'/></rule>"
          "</outboundRules></rewrite></system.webServer></configuration>" } },
      "EEMS M2 not effective 800;" },
    /* Pools and services */
    { { { "applicationHost.config",
          "<configuration><system.applicationHost><applicationPools>"
          "<add name='MSExchangeECPAppPool' autoStart='false'/><add name='X' "
          "autoStart='false'/></applicationPools></system.applicationHost></configuration>" } },
      "application pool not decidable 1000; ?2021-27065" },
    { { { "GetService.xml",
          "<Objs><Obj><S N='ServiceName'>MSExchangeUM</S><Obj N='Status'><ToString>Stopped"
          "</ToString></Obj><Obj "
          "N='StartType'><ToString>Disabled</ToString></Obj></Obj></Objs>" } },
      "service effective 0; 2021-26857" },
    /* Extended Protection: here and there; without TLS it is none */
    { { { "applicationHost.config",
          HOST("",
               LOCATION("Default Web Site/owa", "<access sslFlags='Ssl'/><extendedProtection "
                                                "tokenChecking='Require'/>")) } },
      "Extended Protection effective 0; 2024-21410" },
    { { { "applicationHost.config",
          HOST("", LOCATION("Default Web Site/owa", "<extendedProtection "
                                                    "tokenChecking='Require'/>")) } },
      "Extended Protection not effective 2000;" },
    { { { "applicationHost.config",
          HOST("", LOCATION("Default Web Site", "<access sslFlags='Ssl'/>")
                       LOCATION("Default Web Site/owa", "<extendedProtection "
                                                        "tokenChecking='Require'/>")
                           LOCATION("Default Web Site/ecp", "<extendedProtection "
                                                            "tokenChecking='Allow'/>")) } },
      "Extended Protection partly effective 2000; ~2024-21410" },
    /* The server's own list */
    { { WITH_MODULE,
        { ROOT, RULES("") },
        { "GetExchangeServer.xml", "<Objs><Obj><Obj N='MitigationsApplied'><LST><S>PING1</S>"
                                   "<S>M1</S></LST></Obj></Obj></Objs>" } },
      "EEMS M1 lost 0;" },
    { { WITH_MODULE,
        { ROOT, RULES(M1) },
        { "GetExchangeServer.xml", "<Objs><Obj><Obj N='MitigationsApplied'><LST><S>PING1</S>"
                                   "<S>M1</S></LST></Obj></Obj></Objs>" } },
      "EEMS M1 effective 0;" SHELL_HOLES },
};

static void test_mitigations(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct casefile *casefile = case_of(cases[i].files, FILES_MAX);
        write_settings(casefile, &out);
        if (!slice_eq(buf_slice(&out), slice_from(cases[i].wanted)))
            fail_msg("case %lu: %s", (unsigned long)i, out.ptr);
        case_close(casefile);
    }
    buf_deinit(&out);
}

static const struct {
    const char *physical, *wanted;
} directories[] = {
    { "C:\\ProgramData\\COM1\\x", "hauberk-setting-reserved-directory|5|ex1;" },
    { "C:\\ProgramData\\ZOO", "hauberk-setting-open-directory|0|ex1;" },
    { "C:\\Program Files\\Vendor\\site", "" },
};

static void test_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        struct buf text = BUF_INIT, out = BUF_INIT;
        struct query query;
        buf_add_text(&out, "");
        buf_printf(
            &text,
            "<configuration><system.applicationHost><site name='S'><application path='/'>"
            "<virtualDirectory path='/d' physicalPath='%s'/></application></site>"
            "</system.applicationHost><globalModules><add name='v' image='C:\\Program "
            "Files\\Vendor\\v.dll'/></globalModules></configuration>",
            directories[i].physical);
        struct file file = { "applicationHost.config", text.ptr };
        struct casefile *casefile = case_of(&file, 1);
        query_open(
            &query, casefile,
            "SELECT r.rule_id, f.grade, f.host FROM finding f JOIN rule r ON r.id=f.rule");
        while (query_next(&query))
            buf_printf(&out, "%.*s|%d|%.*s;", SLICE_FMT(query_text(&query, 0)),
                       (int)query_int(&query, 1), SLICE_FMT(query_text(&query, 2)));
        query_close(&query);
        assert_string_equal(out.ptr, directories[i].wanted);
        case_close(casefile);
        buf_deinit(&text);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mitigations),
        cmocka_unit_test(test_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
