#include "webshell/webconfig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static const struct config_case {
    const char *text, *expected; /* "code weight line detail;" of each */
} cases[] = {
    { "<configuration/>", "" },
    { "<configuration><system.webServer><handlers>\n"
      "<add name='a' path='*.config' scriptProcessor='%windir%\\inetsrv\\asp.dll'/>\n"
      "<add name='b' path='*.aspx' type='System.Web.UI.PageHandlerFactory'/>\n"
      "<add name='c' path='*.x, *.JPG' type='System.Web.UI.PageHandlerFactory'/>\n"
      "<add name='d' path='*.png' type='Our.ImageHandler'/></handlers></system.webServer>"
      "</configuration>",
      "0 2 2 %windir%\\inetsrv\\asp.dll;1 1 4 *.JPG;" },
    { "<configuration><handlers><add path='*.q' "
      "scriptProcessor='C:\\x\\powershell.exe'/></handlers></configuration>",
      "2 2 1 C:\\x\\powershell.exe;" },
    { "<configuration><compilation><buildProviders>"
      "<add extension='.txt' type='System.Web.Compilation.PageBuildProvider'/>"
      "<add extension='.rdlc' "
      "type='Some.RdlBuildProvider'/></buildProviders></compilation></configuration>",
      "3 1 1 .txt;" },
    { "<configuration><globalization fileEncoding='utf-7' "
      "requestEncoding='utf-8'/></configuration>",
      "4 1 1 utf-7;" },
    { "<configuration><requestFiltering><fileExtensions><remove fileExtension='.config'/>"
      "<add fileExtension='.config' allowed='false'/></fileExtensions><hiddenSegments>"
      "<remove segment='web.config'/><remove "
      "segment='bin'/></hiddenSegments></requestFiltering>"
      "</configuration>",
      "5 1 1 .config;5 1 1 web.config;6 0 1 bin;" },
    { "<configuration><modules><add type='System.Web.X'/><add type='A.B, A'/></modules>"
      "<machineKey validationKey='00'/></configuration>",
      "7 0 1 A.B, A;8 0 1 ;" },
    { "<!DOCTYPE configuration [<!ENTITY a 'b'>]><configuration>&a;</configuration>",
      "9 0 1 a document type;" },
    { "robots: no XML at all", "" },
};

static void check_case(const struct config_case *c)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    buf_add_text(&out, "");
    for (const struct config_finding *f = webconfig_read(&arena, slice_from(c->text)); f;
         f = f->next)
        buf_printf(&out, "%d %d %u %.*s;", (int)f->code, (int)f->weight, f->line,
                   SLICE_FMT(f->detail));
    assert_string_equal(out.ptr ? out.ptr : "", c->expected);
    buf_deinit(&out);
    arena_deinit(&arena);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    buf_add_text(&text, "<configuration>");
    for (int i = 0; i < 100000; i++)
        buf_add_text(&text, "<handlers>");
    struct config_finding *found = webconfig_read(&arena, buf_slice(&text));
    assert_int_equal(found->code, CONFIG_UNREADABLE);
    assert_null(found->next);
    buf_deinit(&text);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
