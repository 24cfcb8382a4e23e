/* Configurations become facts; rules of URL Rewrite are tried on the forms of attacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "exchange/mitigation.h"
#include "exchange/setting.h"

/* "kind place|name|value|detail flags notice;" of each fact. */
static void facts_of(const char *path, const char *text, struct buf *out)
{
    struct arena arena = ARENA_INIT;
    struct config_report report;
    config_read(&arena, slice_from(text), slice_from(path), &report);
    buf_clear(out);
    buf_printf(out, "%s:", config_file_name(report.file));
    for (const struct setting *s = report.first; s; s = s->next) {
        buf_printf(out, "%s %.*s|%.*s|%.*s", setting_kind_name(s->kind), SLICE_FMT(s->place),
                   SLICE_FMT(s->name), SLICE_FMT(s->value));
        if (s->detail.len)
            buf_printf(out, "|%.*s", SLICE_FMT(s->detail));
        enum notice notice = setting_judge(&arena, s);
        if (s->flags)
            buf_printf(out, " f%x", s->flags);
        if (notice)
            buf_printf(out, " n%d", (int)notice);
        buf_add_char(out, ';');
    }
    arena_deinit(&arena);
}

#define HOST(inner) "<configuration><system.applicationHost>" inner "</configuration>"
#define SITE(inner)                                                                            \
    "<configuration><system.applicationHost><sites><site name='Default Web Site'>" inner       \
    "</site></sites></system.applicationHost></configuration>"
#define GLOBAL(inner)                                                                          \
    "<configuration><system.applicationHost/><system.webServer>" inner                         \
    "</system.webServer></configuration>"

static const struct {
    const char *path, *text, *wanted;
} files[] = {
    { "x", "<other/>", "unknown:" },
    { "x", "<configuration><runtime/></configuration>", "unknown:" },
    { "C/inetpub/wwwroot/web.config",
      "<configuration><system.web><machineKey validationKey='CB2721ABDAF8E9DC5'/>"
      "</system.web></configuration>",
      "web.config:machine key Default Web Site||CB2721AB n8;" },
    { "x/FrontEnd/HttpProxy/owa/web.config",
      "<configuration><location path='auth'><system.web><machineKey validationKey='00aa'/>"
      "</system.web></location></configuration>",
      "web.config:machine key Default Web Site/owa/auth||00aa n9;" },
    { "x/FrontEnd/HttpProxy/owa/web.config",
      "<configuration><system.web><machineKey validationKey='AutoGenerate,IsolateApps'/>"
      "</system.web></configuration>",
      "web.config:" },
    /* Directories that attackers of 2021 made, and others. */
    { "applicationHost.config",
      SITE("<application path='/owa'><virtualDirectory path='/' physicalPath='C:\\X\\owa'/>"
           "<virtualDirectory path='/a' physicalPath='C:\\ProgramData\\COM1\\x'/></application>"
           "<application path='/'><virtualDirectory path='/b' "
           "physicalPath='C:\\ProgramData\\ZING'/>"
           "<virtualDirectory path='/c' physicalPath='\\\\?\\C:\\q'/>"
           "<virtualDirectory path='/d' physicalPath='\\\\srv\\share'/>"
           "<virtualDirectory path='/e' physicalPath='C:\\inetpub\\wwwroot'/>"
           "<virtualDirectory path='/f' physicalPath='C:\\contoso\\com1x\\auxiliary'/>"
           "</application>"),
      "applicationHost.config:virtual directory Default Web Site/owa||C:\\X\\owa;"
      "virtual directory Default Web Site/owa/a||C:\\ProgramData\\COM1\\x n1;"
      "virtual directory Default Web Site/b||C:\\ProgramData\\ZING n2;"
      "virtual directory Default Web Site/c||\\\\?\\C:\\q n1;"
      "virtual directory Default Web Site/d||\\\\srv\\share n3;"
      "virtual directory Default Web Site/e||C:\\inetpub\\wwwroot;"
      "virtual directory Default Web Site/f||C:\\contoso\\com1x\\auxiliary;" },
    /* Modules: Microsoft's, a vendor's (listed), one from where nothing is installed. */
    { "applicationHost.config",
      GLOBAL("<globalModules><add name='S' image='%windir%\\System32\\inetsrv\\static.dll'/>"
             "<add name='V' image='C:\\Program Files\\Vendor\\agent.dll'/>"
             "<add name='B' image='C:\\Windows\\Temp\\b.dll'/></globalModules>"
             "<modules><add name='S'/><add name='M' type='System.Web.X'/>"
             "<add name='O' type='Owa.Module, Owa'/></modules>"),
      "applicationHost.config:native module |S|%windir%\\System32\\inetsrv\\static.dll;"
      "native module |V|C:\\Program Files\\Vendor\\agent.dll n5;"
      "native module |B|C:\\Windows\\Temp\\b.dll n4;module |M|System.Web.X;"
      "module |O|Owa.Module, Owa n5;" },
    { "inetpub/wwwroot/web.config",
      "<configuration><system.webServer><handlers>"
      "<add name='a' path='*.jpg' scriptProcessor='C:\\w\\aspnet_isapi.dll'/>"
      "<add name='b' path='*.aspx' type='System.Web.UI.PageHandlerFactory'/>"
      "<add name='c' path='*.q' scriptProcessor='C:\\windows\\system32\\cmd.exe'/>"
      "</handlers></system.webServer></configuration>",
      "web.config:handler Default Web Site|a|*.jpg|C:\\w\\aspnet_isapi.dll n6;"
      "handler Default Web Site|b|*.aspx|System.Web.UI.PageHandlerFactory;"
      "handler Default Web Site|c|*.q|C:\\windows\\system32\\cmd.exe n7;" },
    { "applicationHost.config",
      HOST(
          "<applicationPools><add name='MSExchangeECPAppPool' autoStart='false'/>"
          "<add name='P'/></applicationPools></system.applicationHost>"
          "<location path='Default Web Site/owa'><system.webServer><security>"
          "<access sslFlags='Ssl'/><authentication><anonymousAuthentication userName='eve'/>"
          "<windowsAuthentication><extendedProtection tokenChecking='Require'/>"
          "</windowsAuthentication></authentication></security></system.webServer></location>"),
      "applicationHost.config:application pool |MSExchangeECPAppPool|autoStart=\"false\" f1;"
      "application pool |P|;ssl Default Web Site/owa||Ssl;"
      "anonymous user Default Web Site/owa||eve n15;"
      "extended protection Default Web Site/owa||Require;" },
    { "redirection.config",
      "<configuration><configRedirection enabled='true' path='\\\\srv\\c'/></configuration>",
      "redirection.config:shared configuration ||\\\\srv\\c n14;" },
    { "agents.config",
      "<configuration><mexRuntime><agentList>"
      "<agent name='T' classFactory='Microsoft.Exchange.A' assemblyPath='C:\\Program "
      "Files\\Microsoft\\Exchange Server\\V15\\x.dll' enabled='true'/>"
      "<agent name='F' classFactory='V.A' assemblyPath='C:\\Program Files\\V\\v.dll' "
      "enabled='false'/>"
      "<agent name='E' classFactory='E.A' assemblyPath='C:\\ProgramData\\e.dll'/>"
      "</agentList></mexRuntime></configuration>",
      "agents.config:transport agent |T|C:\\Program Files\\Microsoft\\Exchange "
      "Server\\V15\\x.dll|Microsoft.Exchange.A;"
      "transport agent |F|C:\\Program Files\\V\\v.dll|V.A f1 n11;"
      "transport agent |E|C:\\ProgramData\\e.dll|E.A n10;" },
    /* What HealthChecker captures. */
    { "GetService.xml",
      "<Objs><Obj><Props><S N='ServiceName'>MSExchangeUM</S><Obj N='ServicesDependedOn'><LST>"
      "<Obj><Props><S N='ServiceName'>Other</S><Obj N='Status'><ToString>Running</ToString>"
      "</Obj></Props></Obj></LST></Obj><Obj N='Status'><ToString>Stopped</ToString></Obj>"
      "<Obj N='StartType'><ToString>Disabled</ToString></Obj></Props></Obj></Objs>",
      "captured objects:service |MSExchangeUM|Disabled|Stopped f1;" },
    { "GetExchangeServer.xml",
      "<Objs><Obj><Props><B N='MitigationsEnabled'>true</B><Obj N='MitigationsApplied'><LST>"
      "<S>PING1</S><S>M1</S></LST></Obj><Nil N='MitigationsBlocked'/></Props></Obj></Objs>",
      "captured objects:server setting |MitigationsEnabled|true;"
      "mitigation listed |PING1|applied;mitigation listed |M1|applied;" },
};

static void test_files(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        facts_of(files[i].path, files[i].text, &out);
        assert_string_equal(out.ptr, files[i].wanted);
    }
    buf_deinit(&out);
}

static void test_candidates(void **state)
{
    (void)state;
    assert_true(config_is_candidate(SLICE_LIT("\xef\xbb\xbf<?xml?>\n<configuration>")));
    assert_true(config_is_candidate(SLICE_LIT("<\0c\0o\0n\0f\0i\0g\0u\0r\0a\0t\0i\0o\0n\0")));
    assert_true(config_is_candidate(SLICE_LIT("<Objs Version='1.1'>")));
    assert_false(config_is_candidate(SLICE_LIT("#Fields: date time")));
}

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *path, *wanted;
    } cases[] = {
        { "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\sync\\"
          "web.config",
          "Default Web Site/Microsoft-Server-ActiveSync" },
        { "e/V15/ClientAccess/exchweb/EWS/web.config", "Exchange Back End/EWS" },
        { "e/ClientAccess/mapi/emsmdb/web.config", "Exchange Back End/mapi/emsmdb" },
        { "/x/inetpub/wwwroot/web.config", "Default Web Site" },
        { "/x/DefaultWebSite_web1.config", "Default Web Site" },
        { "/x/DefaultWebSite-OWA_web.config", "Default Web Site/owa" },
        { "/x/ExchangeBackEnd-AutoD_web.config", "Exchange Back End/Autodiscover" },
        { "/x/web.config", "?" },
        { "web.config", "?" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct slice place = config_place(&arena, slice_from(cases[i].path));
        if (!slice_icase_eq(place, slice_from(cases[i].wanted)))
            fail_msg("%s: %.*s", cases[i].path, SLICE_FMT(place));
        arena_deinit(&arena);
    }
}

/* ---- rules ---- */

#define LOGON (FORM_BIT(FORM_BACKEND_ECP) | FORM_BIT(FORM_BACKEND_OWA))
#define SHELL                                                                                  \
    (FORM_BIT(FORM_AUTODISCOVER) | FORM_BIT(FORM_AT_ENCODED) | FORM_BIT(FORM_ENCODED) |        \
     FORM_BIT(FORM_WITHOUT_AT))
#define OWA (FORM_BIT(FORM_OWA) | FORM_BIT(FORM_OWA_ENCODED))
#define RULE(attributes, match, conditions)                                                    \
    "<rule name='r' " attributes "><match " match "/><conditions>" conditions                  \
    "</conditions><action type='AbortRequest'/></rule>"
#define ADD(input, pattern) "<add input='" input "' pattern='" pattern "'/>"

static const struct {
    const char *rules;
    uint32_t stops; /* of the last rule */
    unsigned flags;
} rules[] = {
    /* Microsoft's own */
    { RULE("", "url='.*'", ADD("{HTTP_COOKIE}", "(.*)X-AnonResource-Backend(.*)")),
      FORM_BIT(FORM_ANON_BACKEND), SETTING_STOPS },
    { RULE("stopProcessing='true'", "url='.*'",
           ADD("{HTTP_COOKIE}", "(.*)X-BEResource=(.+)/(.+)~(.+)")),
      LOGON, SETTING_STOPS | SETTING_ENDS },
    { RULE("", "url='.*'",
           ADD("{UrlDecode:{REQUEST_URI}}", "(?=.*autodiscover)(?=.*powershell)")),
      SHELL, SETTING_STOPS },
    /* The first advice: '@' encoded, letters encoded and no '@' at all get through. */
    { RULE("", "url='.*'", ADD("{REQUEST_URI}", ".*autodiscover\\.json.*\\@.*Powershell.*")),
      FORM_BIT(FORM_AUTODISCOVER), SETTING_STOPS },
    { RULE("", "url='.*'", ADD("{REQUEST_URI}", "(?=.*autodiscover)(?=.*powershell)")),
      SHELL & ~FORM_BIT(FORM_ENCODED), SETTING_STOPS },
    /* With case: the server does not mind it. */
    { RULE("", "url='.*'",
           "<add input='{UrlDecode:{REQUEST_URI}}' "
           "pattern='(?=.*autodiscover)(?=.*powershell)' ignoreCase='false'/>"),
      FORM_BIT(FORM_AUTODISCOVER), SETTING_STOPS },
    /* By hand, against OWASSRF, too */
    { RULE("", "url='.*'", ADD("{UrlDecode:{REQUEST_URI}}", "powershell")), SHELL | OWA,
      SETTING_STOPS },
    { RULE("patternSyntax='Wildcard'", "url='*'",
           ADD("{UrlDecode:{REQUEST_URI}}", "*autodiscover*powershell*")),
      SHELL, SETTING_STOPS },
    { RULE("", "url='^autodiscover/'", ADD("{QUERY_STRING}", "powershell")),
      SHELL & ~FORM_BIT(FORM_ENCODED), SETTING_STOPS },
    /* Tricks */
    { RULE("enabled='false'", "url='.*'", ADD("{HTTP_COOKIE}", "X-BEResource=(.+)/(.+)~")),
      LOGON, SETTING_STOPS | SETTING_OFF },
    { "<rule name='r'><match url='.*'/><conditions>" ADD(
          "{HTTP_COOKIE}", "X-BEResource=(.+)~") "</conditions><action type='None'/></rule>",
      LOGON, 0 },
    { RULE("", "url='.*'",
           "<add input='{HTTP_COOKIE}' pattern='X-BEResource=(.+)~' negate='true'/>"),
      FORMS_ALL & ~LOGON, SETTING_STOPS },
    { RULE("", "url='('", ADD("{HTTP_COOKIE}", "X")), 0, SETTING_STOPS | SETTING_BROKEN },
    { RULE("", "url='.*'",
           "<add input='{REQUEST_FILENAME}' matchType='IsFile'/>" ADD("{HTTP_COOKIE}", "X-BE")),
      0, SETTING_STOPS },
    { RULE("", "url='nothing'", ADD("{HTTP_COOKIE}", "X-BEResource=(.+)~")), 0, SETTING_STOPS },
    /* A rule in front ends the search, and lets pass. */
    { "<rule name='q' stopProcessing='true'><match url='^ecp/'/><action "
      "type='None'/></rule>" RULE("", "url='.*'",
                                  ADD("{HTTP_COOKIE}", "X-BEResource=(.+)/(.+)~")),
      FORM_BIT(FORM_BACKEND_OWA), SETTING_STOPS | SETTING_SHADOWED },
    /* Time that a pattern may cost is limited. */
    { RULE("", "url='.*'", ADD("{REQUEST_URI}", "^(a|.)*(b|.)*(c|.)*\\0$")), 0, SETTING_STOPS },
};

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct arena arena = ARENA_INIT;
        struct buf text = BUF_INIT;
        struct config_report report;
        const struct setting *last;
        buf_printf(&text,
                   "<configuration><system.webServer><rewrite><rules>%s</rules></rewrite>"
                   "</system.webServer></configuration>",
                   rules[i].rules);
        config_read(&arena, buf_slice(&text), SLICE_LIT("DefaultWebSite_web.config"), &report);
        assert_non_null(report.first);
        for (last = report.first; last->next;)
            last = last->next;
        if (last->site_mask != rules[i].stops || last->flags != rules[i].flags)
            fail_msg("rule %lu: %x %x", (unsigned long)i, last->site_mask, last->flags);
        buf_deinit(&text);
        arena_deinit(&arena);
    }
}

/* `match url` is compared with what lies behind the application. */
static void test_base(void **state)
{
    (void)state;
    struct rewrite_rule rule = { .url = SLICE_LIT("^autodiscover\\.json"), .enabled = true };
    bool broken;
    assert_int_equal(rewrite_try(&rule, mitigation_probes, FORM_COUNT, BASE_SITE, &broken), 0);
    assert_int_equal(
        rewrite_try(&rule, mitigation_probes, FORM_COUNT, BASE_APPLICATION, &broken),
        SHELL | FORM_BIT(FORM_MAPI));
    assert_false(broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),  cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_places), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
