#include "exchange/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct page_case {
    const char *url;
    enum page_class class;
    const char *page; /* NULL: absent */
};

static const struct page_case cases[] = {
    /* Pages of Microsoft's, as honest clients ask for them. */
    { "/owa/auth/logon.aspx", PAGE_KNOWN, "/owa/auth/logon.aspx" },
    { "/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2fmail%2fx.aspx", PAGE_KNOWN,
      "/owa/auth/logon.aspx" },
    { "/OWA/Auth/Logon.ASPX", PAGE_KNOWN, "/owa/auth/logon.aspx" },
    { "/owa/auth/errorFE.aspx", PAGE_KNOWN, "/owa/auth/errorfe.aspx" },
    { "/owa/auth/signout.aspx", PAGE_KNOWN, "/owa/auth/signout.aspx" },
    { "/owa/auth/RedirSuiteServiceProxy.aspx", PAGE_KNOWN,
      "/owa/auth/redirsuiteserviceproxy.aspx" },
    { "/owa/auth/expiredpassword.aspx", PAGE_KNOWN, "/owa/auth/expiredpassword.aspx" },
    { "/owa/default.aspx", PAGE_KNOWN, "/owa/default.aspx" },
    { "/owa/languageselection.aspx", PAGE_KNOWN, "/owa/languageselection.aspx" },
    { "/owa/redir.aspx?C=abc&URL=http%3a%2f%2fx", PAGE_KNOWN, "/owa/redir.aspx" },
    { "/owa/support/default.aspx", PAGE_KNOWN, "/owa/support/default.aspx" },
    { "/owa/service.svc?action=FindItem&EP=1", PAGE_KNOWN, "/owa/service.svc" },
    { "/owa/service.svc/s/GetFileAttachment?id=AAM", PAGE_KNOWN, "/owa/service.svc" },
    { "/owa/sessiondata.ashx?appcacheclient=0", PAGE_KNOWN, "/owa/sessiondata.ashx" },
    { "/owa/plt1.ashx", PAGE_KNOWN, "/owa/plt1.ashx" },
    { "/owa/userspecificresourceinjector.ashx?ver=15.1.2375.7", PAGE_KNOWN,
      "/owa/userspecificresourceinjector.ashx" },
    { "/owa/manifests/appCacheManifestHandler.ashx", PAGE_KNOWN,
      "/owa/manifests/appcachemanifesthandler.ashx" },
    { "/owa/user@contoso.com/sessiondata.ashx", PAGE_KNOWN,
      "/owa/user@contoso.com/sessiondata.ashx" },
    { "/owa/user%40contoso.com/service.svc", PAGE_KNOWN, "/owa/user@contoso.com/service.svc" },
    { "/owa/prem/15.2.986.5/owa14.aspx", PAGE_KNOWN, "/owa/prem/15.2.986.5/owa14.aspx" },
    { "/ecp/default.aspx", PAGE_KNOWN, "/ecp/default.aspx" },
    { "/ecp/auth/TimeoutLogout.aspx", PAGE_KNOWN, "/ecp/auth/timeoutlogout.aspx" },
    { "/ecp/DDI/DDIService.svc/GetList?schema=MailboxService", PAGE_KNOWN,
      "/ecp/ddi/ddiservice.svc" },
    { "/ecp/RulesEditor/InboxRules.svc/GetList", PAGE_KNOWN,
      "/ecp/ruleseditor/inboxrules.svc" },
    { "/ecp/user@contoso.com/RulesEditor/InboxRules.svc/NewObject", PAGE_KNOWN,
      "/ecp/user@contoso.com/ruleseditor/inboxrules.svc" },
    { "/ecp/15.1.2375.7/logoff.aspx", PAGE_KNOWN, "/ecp/15.1.2375.7/logoff.aspx" },
    { "/ecp/UsersGroups/Download.aspx?handlerClass=ExportCsvHandler", PAGE_KNOWN,
      "/ecp/usersgroups/download.aspx" },
    { "/EWS/Exchange.asmx", PAGE_KNOWN, "/ews/exchange.asmx" },
    { "/ews/exchange.asmx/s/GetUserPhoto?email=a@b", PAGE_KNOWN, "/ews/exchange.asmx" },
    { "/EWS/mrsproxy.svc", PAGE_KNOWN, "/ews/mrsproxy.svc" },
    { "/autodiscover/autodiscover.svc/wssecurity", PAGE_KNOWN,
      "/autodiscover/autodiscover.svc" },
    { "/PushNotifications/service.svc/AppDisabled", PAGE_KNOWN,
      "/pushnotifications/service.svc" },

    /* No pages at all. */
    { "", PAGE_NONE, NULL },
    { "/", PAGE_NONE, NULL },
    { "*", PAGE_NONE, NULL },
    { "-", PAGE_NONE, NULL },
    { "x.aspx", PAGE_NONE, NULL },
    { "/owa/", PAGE_NONE, NULL },
    { "/owa/?url=/owa/auth/x.aspx", PAGE_NONE, NULL },
    { "/owa/auth/15.1.2375/scripts/premium/flogon.js", PAGE_NONE, NULL },
    { "/owa/ev.owa2", PAGE_NONE, NULL },
    { "/ecp/y.js", PAGE_NONE, NULL },
    { "/ecp/proxyLogon.ecp", PAGE_NONE, NULL },
    { "/ecp/WebResource.axd", PAGE_NONE, NULL },
    { "/autodiscover/autodiscover.xml", PAGE_NONE, NULL },
    { "/autodiscover/autodiscover.json/v1.0/user@contoso.com?Protocol=Ews", PAGE_NONE, NULL },
    { "/Microsoft-Server-ActiveSync/default.eas", PAGE_NONE, NULL },
    { "/rpc/rpcproxy.dll", PAGE_NONE, NULL },
    { "/mapi/emsmdb/", PAGE_NONE, NULL },
    { "/ews/services.wsdl", PAGE_NONE, NULL },
    { "/api/v2.0/users('a@b.com')/messages('AAMk.asp')", PAGE_NONE, NULL },
    { "/aspnet_client/system_web/4_0_30319/WebUIValidation.js", PAGE_NONE, NULL },

    /* Not ours to judge. */
    { "/default.aspx", PAGE_NONE, NULL },
    { "/Default.asp", PAGE_NONE, NULL },
    { "/index.aspx", PAGE_NONE, NULL },
    { "/myapp/default.aspx", PAGE_NONE, NULL },
    { "/myapp/owa/auth/x.aspx", PAGE_NONE, NULL },
    { "/owa2/auth/x.aspx", PAGE_NONE, NULL },
    { "/certsrv/certfnsh.asp", PAGE_NONE, NULL },

    /* Foreign pages. */
    { "/owa/auth/x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/RedirSuiteServerProxy.aspx", PAGE_FOREIGN,
      "/owa/auth/redirsuiteserverproxy.aspx" },
    { "/owa/auth/TimeoutLogout.aspx", PAGE_FOREIGN, "/owa/auth/timeoutlogout.aspx" },
    { "/ecp/auth/TimeoutLogoff.aspx", PAGE_FOREIGN, "/ecp/auth/timeoutlogoff.aspx" },
    { "/owa/auth/Currentthemes/resources/win.ashx", PAGE_FOREIGN,
      "/owa/auth/currentthemes/resources/win.ashx" },
    { "/owa/auth/Current/scripts/premium/fexppw.aspx", PAGE_FOREIGN,
      "/owa/auth/current/scripts/premium/fexppw.aspx" },
    { "/owa/auth/current/x.aspx", PAGE_FOREIGN, "/owa/auth/current/x.aspx" },
    { "/owa/auth/15.1.2375/x.aspx", PAGE_FOREIGN, "/owa/auth/15.1.2375/x.aspx" },
    { "/owa/auth/current/logon.aspx", PAGE_FOREIGN, "/owa/auth/current/logon.aspx" },
    { "/owa/auth/plt1.ashx", PAGE_FOREIGN, "/owa/auth/plt1.ashx" },
    { "/ecp/auth/download.aspx", PAGE_FOREIGN, "/ecp/auth/download.aspx" },
    { "/owa/current/x.aspx", PAGE_FOREIGN, "/owa/current/x.aspx" },
    { "/owa/15.1.2375.7/x.aspx", PAGE_FOREIGN, "/owa/15.1.2375.7/x.aspx" },
    { "/owa/user@contoso.com/x.aspx", PAGE_FOREIGN, "/owa/user@contoso.com/x.aspx" },
    { "/aspnet_client/supp0rt.aspx", PAGE_FOREIGN, "/aspnet_client/supp0rt.aspx" },
    { "/aspnet_client/system_web/4_0_30319/a.ashx", PAGE_FOREIGN,
      "/aspnet_client/system_web/4_0_30319/a.ashx" },
    { "/aspnet_client/x.aspx.req", PAGE_FOREIGN, "/aspnet_client/x.aspx.req" },
    { "/shell.aspx", PAGE_FOREIGN, "/shell.aspx" },
    { "/owa.aspx", PAGE_FOREIGN, "/owa.aspx" },
    { "/owa/x.cer", PAGE_FOREIGN, "/owa/x.cer" },
    { "/rpc/a.asmx", PAGE_FOREIGN, "/rpc/a.asmx" },
    { "/oab/0x/x.aspx", PAGE_FOREIGN, "/oab/0x/x.aspx" },
    { "/autodiscover/x.php", PAGE_FOREIGN, "/autodiscover/x.php" },
    { "/ecp/handlers/uploadhandler2.ashx", PAGE_FOREIGN, "/ecp/handlers/uploadhandler2.ashx" },
    { "/exchange/x.asp", PAGE_FOREIGN, "/exchange/x.asp" },

    /* Tricks: path information, dot segments, encodings, names that Windows changes. */
    { "/owa/auth/x.aspx/logon.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx/", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx/a/b?c", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/logon.aspx/x.aspx", PAGE_KNOWN, "/owa/auth/logon.aspx" },
    { "/owa/auth/logon.aspx/../x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/logon.aspx/%2e%2e/x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/logon.aspx/..%5cx.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/myapp/../owa/auth/x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/../../owa/auth/x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx/../..", PAGE_NONE, NULL },
    { "/owa/./auth/./x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "//owa///auth//x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "\\owa\\auth\\x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa%2fauth%2Fx%2easpx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/%78.%61spx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/logon.aspx.", PAGE_KNOWN, "/owa/auth/logon.aspx" },
    { "/owa/auth/logon.aspx.%20.", PAGE_KNOWN, "/owa/auth/logon.aspx" },
    { "/owa/auth/x.aspx+", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx ", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth./x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx::$DATA", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.aspx;a=b", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "/owa/auth/x.asp;.jpg", PAGE_FOREIGN, "/owa/auth/x.asp" },
    { "/owa/auth;v=1/logon.aspx", PAGE_FOREIGN, "/owa/auth;v=1/logon.aspx" },
    { "/aspnet_client/a;b.aspx", PAGE_FOREIGN, "/aspnet_client/a;b.aspx" },
    { "/owa/auth/x.aspx%3fy", PAGE_NONE, NULL }, /* a name with '?' in it: no file */
    { "/owa/auth/x%252easpx", PAGE_NONE, NULL }, /* decoded once only */
    { "/owa/auth/x.aspx%", PAGE_NONE, NULL },
    { "/owa/auth/x%2", PAGE_NONE, NULL },
    { "https://mail.contoso.com/owa/auth/x.aspx", PAGE_FOREIGN, "/owa/auth/x.aspx" },
    { "http://mail.contoso.com", PAGE_NONE, NULL },
    { "/...", PAGE_NONE, NULL },
    { "/.aspx", PAGE_FOREIGN, "/.aspx" },
};

static void pages_are_classified(void **state)
{
    (void)state;
    char scratch[PAGE_SCRATCH_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice page;
        enum page_class class =
            exchange_page_classify(slice_from(cases[i].url), &page, scratch, sizeof scratch);
        struct slice wanted = slice_from(cases[i].page);
        if (class != cases[i].class || !page.ptr != !wanted.ptr || !slice_eq(page, wanted))
            fail_msg("%s: class %d, page %.*s", cases[i].url, (int)class, SLICE_FMT(page));
    }
}

static void absent_path_is_no_page(void **state)
{
    (void)state;
    struct slice page;
    assert_int_equal(exchange_page_classify(SLICE_NULL, &page, NULL, 0), PAGE_NONE);
    assert_null(page.ptr);
    assert_int_equal(exchange_page_classify(SLICE_LIT("/x.aspx"), &page, NULL, 0), PAGE_NONE);
}

/* A path that is too long must not hide the page at its start. */
static void long_path_information_does_not_hide_the_page(void **state)
{
    (void)state;
    char url[3 * PAGE_SCRATCH_SIZE], scratch[PAGE_SCRATCH_SIZE];
    struct slice page, start = SLICE_LIT("/owa/auth/x.aspx/");
    memset(url, 'a', sizeof url);
    memcpy(url, start.ptr, start.len);
    assert_int_equal(
        exchange_page_classify(slice_of(url, sizeof url), &page, scratch, sizeof scratch),
        PAGE_FOREIGN);
    assert_true(slice_eq(page, SLICE_LIT("/owa/auth/x.aspx")));
}

/* Every scratch size, with a guard byte behind it. */
static void small_scratch_is_never_overrun(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t size = 0; size < 64; size++) {
            char scratch[65];
            struct slice page;
            scratch[size] = 'G';
            exchange_page_classify(slice_from(cases[i].url), &page, scratch, size);
            assert_int_equal(scratch[size], 'G');
        }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Random bytes rich in what the parser looks at; the sanitizers watch. */
static void any_bytes_are_survived(void **state)
{
    (void)state;
    static const char *const pieces[] = { "/",    "\\",    "..",     ".", "%2e",    "%",
                                          "%2f",  ";",     ":",      "+", "owa",    "ecp",
                                          "auth", ".aspx", "x",      "@", "15.1.2", "current",
                                          "?",    "\xff",  "http://" };
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char url[256], scratch[96];
        size_t len = 0;
        for (uint32_t n = next_random(&seed) % 24; n > 0; n--) {
            const char *piece = pieces[next_random(&seed) % (sizeof pieces / sizeof *pieces)];
            memcpy(url + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *exact = malloc(len ? len : 1); /* so that reading past the end is seen */
        assert_non_null(exact);
        memcpy(exact, url, len);
        struct slice page;
        enum page_class class =
            exchange_page_classify(slice_of(exact, len), &page, scratch, sizeof scratch);
        assert_true((class == PAGE_NONE) == (page.ptr == NULL));
        assert_true(page.len <= sizeof scratch);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_classified),
        cmocka_unit_test(absent_path_is_no_page),
        cmocka_unit_test(long_path_information_does_not_hide_the_page),
        cmocka_unit_test(small_scratch_is_never_overrun),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
