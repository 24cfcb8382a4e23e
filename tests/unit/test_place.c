/* Files on disk: where they lie, whether they belong there, which URL they answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/place.h"

#define X "C/Program Files/Microsoft/Exchange Server/V15/"
#define OWA_AUTH X "FrontEnd/HttpProxy/owa/auth/"

/* The first half is the one that Microsoft's TimeoutLogout.aspx has in 44 builds of 2013. */
static const char known_hash[] =
    "75865af05b1bdc6bc93e75ded27e40fddcdbe120184f9efe2546e806a5166da0";
static const struct build in_table = { { 15, 1, 2176, 9 } }, later = { { 15, 1, 2507, 6 } };

struct place_case {
    const char *path;
    enum place place;
    enum standing standing; /* with an unknown hash, in a build of the table */
    const char *url;        /* NULL: absent */
};

static const struct place_case cases[] = {
    /* Microsoft's names. */
    { OWA_AUTH "logon.aspx", PLACE_FRONT_END, STANDING_TAMPERED, "/owa/auth/logon.aspx" },
    { "C:\\PROGRAM FILES\\Microsoft\\Exchange Server\\V15\\FRONTEND\\HttpProxy\\OWA\\Auth\\"
      "errorFE.ASPX",
      PLACE_FRONT_END, STANDING_TAMPERED, "/owa/auth/errorfe.aspx" },
    { "D:/Mail/FrontEnd/HttpProxy/ecp/auth/TimeoutLogout.aspx", PLACE_FRONT_END,
      STANDING_TAMPERED, "/ecp/auth/timeoutlogout.aspx" },
    { "FrontEnd//HttpProxy/./owa/auth/logon.aspx", PLACE_FRONT_END, STANDING_TAMPERED,
      "/owa/auth/logon.aspx" },
    { "HttpProxy/owa/auth/logon.aspx", PLACE_FRONT_END, STANDING_TAMPERED,
      "/owa/auth/logon.aspx" },
    { "ClientAccess/exchweb/ews/exchange.asmx", PLACE_BACK_END, STANDING_TAMPERED,
      "/ews/exchange.asmx" },
    { X "FrontEnd/HttpProxy/sync/global.asax", PLACE_FRONT_END, STANDING_TAMPERED,
      "/microsoft-server-activesync/global.asax" },

    /* Others. */
    { OWA_AUTH "RedirSuiteServerProxy.aspx", PLACE_FRONT_END, STANDING_FOREIGN,
      "/owa/auth/redirsuiteserverproxy.aspx" },
    { OWA_AUTH "Current/logon.aspx", PLACE_FRONT_END, STANDING_FOREIGN,
      "/owa/auth/current/logon.aspx" },
    { OWA_AUTH "15.1.2375/logon.aspx", PLACE_FRONT_END, STANDING_FOREIGN,
      "/owa/auth/15.1.2375/logon.aspx" },
    { X "FrontEnd/HttpProxy/ecp/auth/TimeoutLogoff.aspx", PLACE_FRONT_END, STANDING_FOREIGN,
      "/ecp/auth/timeoutlogoff.aspx" },
    { OWA_AUTH "x.aspx.req", PLACE_FRONT_END, STANDING_FOREIGN, "/owa/auth/x.aspx.req" },
    { X "ClientAccess/ecp/a.ashx", PLACE_BACK_END, STANDING_FOREIGN, "/ecp/a.ashx" },
    { X "FrontEnd/HttpProxy/new/a.php", PLACE_FRONT_END, STANDING_FOREIGN, "/new/a.php" },
    { X "FrontEnd/HttpProxy/bin/a.dll", PLACE_FRONT_END, STANDING_FOREIGN, NULL },
    { X "ClientAccess/new/a.aspx", PLACE_BACK_END, STANDING_FOREIGN, NULL },
    /* A page of the back end has no business in the front end. */
    { OWA_AUTH "error.aspx", PLACE_FRONT_END, STANDING_FOREIGN, "/owa/auth/error.aspx" },
    /* An intruder's folders do not make a place of Exchange. */
    { OWA_AUTH "ClientAccess/owa/auth/logoff.aspx", PLACE_FRONT_END, STANDING_FOREIGN,
      "/owa/auth/clientaccess/owa/auth/logoff.aspx" },

    /* The site. */
    { "C/inetpub/wwwroot/aspnet_client/system_web/x.aspx", PLACE_ASPNET_CLIENT,
      STANDING_FOREIGN, "/aspnet_client/system_web/x.aspx" },
    { "aspnet_client/x.asp", PLACE_ASPNET_CLIENT, STANDING_FOREIGN, "/aspnet_client/x.asp" },
    { "C/inetpub/wwwroot/x.aspx", PLACE_SITE_ROOT, STANDING_FOREIGN, "/x.aspx" },
    { "C/inetpub/wwwroot/default.aspx", PLACE_SITE_ROOT, STANDING_UNJUDGED, "/default.aspx" },
    { "C/inetpub/wwwroot/iisstart.htm", PLACE_SITE_ROOT, STANDING_UNJUDGED, "/iisstart.htm" },
    { "C/inetpub/wwwroot/shop/cart.aspx", PLACE_SITE_ROOT, STANDING_UNJUDGED,
      "/shop/cart.aspx" },

    /* Not ours to judge. */
    { OWA_AUTH "logon.css", PLACE_FRONT_END, STANDING_UNJUDGED, "/owa/auth/logon.css" },
    { X "FrontEnd/HttpProxy/owa/web.config", PLACE_FRONT_END, STANDING_UNJUDGED,
      "/owa/web.config" },
    { X "Logging/HttpProxy/Owa/x.aspx", PLACE_OTHER, STANDING_UNJUDGED, NULL },
    { "C/Program Files/Microsoft/Exchange Server/V14/ClientAccess/Owa/auth/x.aspx", PLACE_OTHER,
      STANDING_UNJUDGED, NULL },
    { "site/clientaccess/pages/x.aspx", PLACE_OTHER, STANDING_UNJUDGED, NULL },
    { "x.aspx", PLACE_OTHER, STANDING_UNJUDGED, NULL },
    { "", PLACE_OTHER, STANDING_UNJUDGED, NULL },
};

static void test_cases(void **state)
{
    (void)state;
    static const uint8_t unknown[SHA256_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct place_report report;
        const struct place_case *c = &cases[i];
        place_judge(&arena, slice_from(c->path), unknown, &in_table, &report);
        if (report.place != c->place || report.standing != c->standing ||
            !slice_eq(report.url, slice_from(c->url)))
            fail_msg("%s: place %d, standing %d, URL %.*s", c->path, (int)report.place,
                     (int)report.standing, SLICE_FMT(report.url));
        assert_false(report.hash_is_known);
        assert_false(report.later_builds);
        arena_deinit(&arena);
    }
}

static enum standing judge(const char *path, const char *hex, const struct build *build,
                           struct place_report *out)
{
    static struct arena arena = ARENA_INIT;
    uint8_t digest[SHA256_BYTES];
    arena_reset(&arena);
    assert_true(!hex || hash_parse(slice_from(hex), digest, sizeof digest));
    place_judge(&arena, slice_from(path), hex ? digest : NULL, build, out);
    return out->standing;
}

static void test_hashes_and_builds(void **state)
{
    (void)state;
    const char *page = X "FrontEnd/HttpProxy/ecp/auth/TimeoutLogout.aspx";
    struct place_report report;
    char text[BUILD_TEXT_SIZE];

    assert_int_equal(judge(page, known_hash, NULL, &report), STANDING_KNOWN);
    assert_string_equal(build_text(report.known.first, text), "15.0.516.32");
    assert_int_equal(report.known.builds, 44);
    assert_true(slice_eq(report.folder, SLICE_LIT("frontend/httpproxy/ecp/auth")));

    char other[sizeof known_hash];
    memcpy(other, known_hash, sizeof other);
    other[0] = '8';
    assert_int_equal(judge(page, other, &in_table, &report), STANDING_TAMPERED);
    assert_int_equal(judge(page, other, &later, &report), STANDING_OTHER_BUILD);
    assert_true(report.later_builds);
    assert_int_equal(judge(page, other, NULL, &report), STANDING_OTHER_BUILD);
    assert_int_equal(judge(page, NULL, &in_table, &report), STANDING_OTHER_BUILD);

    /* Microsoft's page under another name: foreign, and said to be a copy. */
    assert_int_equal(judge(OWA_AUTH "x.aspx", known_hash, &later, &report), STANDING_FOREIGN);
    assert_true(report.later_builds);
    assert_true(report.hash_is_known);
    assert_true(slice_eq(report.known.path,
                         SLICE_LIT("frontend/httpproxy/ecp/auth/timeoutlogout.aspx")));
}

static void test_versions(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_true(slice_eq(exchange_installed_path(
                             &arena, SLICE_LIT(X "ClientAccess\\Owa\\15.1.2375.7\\web.config")),
                         SLICE_LIT("clientaccess/owa/version/web.config")));
    assert_true(slice_eq(exchange_url_of_file(&arena, SLICE_LIT(OWA_AUTH "logon.aspx")),
                         SLICE_LIT("/owa/auth/logon.aspx")));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_hashes_and_builds),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
