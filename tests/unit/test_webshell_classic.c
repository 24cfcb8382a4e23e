/* Pages of classic ASP: what is honest in them by the hundred, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/api.h"
#include "webshell/page.h"

#define FILES "Set fso = CreateObject(\"Scripting.FileSystemObject\")\n"
#define SAVE                                                                                   \
    "Sub Save(n, t)\nSet s = CreateObject(\"ADODB.Stream\")\ns.Write t\ns.SaveToFile n, "      \
    "2\nEnd Sub\n"
#define DATABASE "Set c = CreateObject(\"ADODB.Connection\")\n"

static const struct page_case {
    const char *code;
    enum webshell_class class;
} cases[] = {
    /* A known place that is no page; a page from settings; a dropped page. */
    { FILES "fso.CreateTextFile(\"log.txt\").Write Request(\"a\")", WEBSHELL_NONE },
    { FILES "fso.CreateTextFile(\"set.asp\").Write \"x = \" & Request(\"a\")",
      WEBSHELL_WRITER },
    { FILES "fso.CreateTextFile(\"b.asp\").Write Request(\"a\")", WEBSHELL_SHELL },
    { FILES "fso.CreateTextFile(\"set.asp\").Write \"x = 1\"", WEBSHELL_NONE },
    /* The folder is the page's; the name and the text are the caller's. */
    { FILES "fso.CreateTextFile(\"up/\" & Request(\"n\")).Write Request(\"a\")",
      WEBSHELL_WRITER },
    { FILES "fso.CreateTextFile(Request(\"n\")).Write Request(\"a\")", WEBSHELL_SHELL },
    /* A function that is followed for itself says nothing of what limits the path. */
    { SAVE "Save \"up/\" & Request(\"n\"), Request(\"a\")", WEBSHELL_WRITER },
    { SAVE "Save Request(\"n\"), Request(\"a\")", WEBSHELL_SHELL },
    /* Pages made from a database; what is stored stands in front. */
    { FILES "fso.CreateTextFile(Session(\"d\") & Request(\"n\")).Write Session(\"t\")",
      WEBSHELL_NONE },
    /* A backup, a picture that is removed: only a file manager does more. */
    { FILES "fso.CopyFile Request(\"a\"), Request(\"b\")", WEBSHELL_NONE },
    { FILES "fso.DeleteFile Request(\"a\")", WEBSHELL_NONE },
    { FILES "fso.DeleteFile Request(\"a\")\nFor Each f In fso.GetFolder(Request(\"b\")).Files\n"
            "Next",
      WEBSHELL_WRITER },
    /* An import of a database; one of the caller's choice. */
    { DATABASE
      "c.Open \"Data Source=\" & Request(\"d\")\nc.Execute \"select \" & Request(\"f\")",
      WEBSHELL_NONE },
    { DATABASE "c.Open \"Data Source=\" & Request(\"d\")\nc.Execute Request(\"f\")",
      WEBSHELL_SHELL },
    { DATABASE "c.Open Request(\"d\")\nc.Execute \"select \" & Request(\"f\")",
      WEBSHELL_SHELL },
    /* The parts of an upload in a dictionary in a dictionary. */
    { FILES "Set d = CreateObject(\"Scripting.Dictionary\")\nSub Build(b)\n"
            "Set e = CreateObject(\"Scripting.Dictionary\")\ne.Add \"v\", b\nd.Add \"p\", e\n"
            "End Sub\nBuild Request.BinaryRead(9)\np = d.Item(\"p\").Item(\"v\")\n"
            "fso.CreateTextFile(p).Write p",
      WEBSHELL_SHELL },
};

static void test_pages(void **state)
{
    (void)state;
    struct api_library *library = api_library_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct buf text = BUF_INIT;
        struct page_report report;
        buf_printf(&text, "<%%\n%s\n%%>", cases[i].code);
        page_analyse(&arena, library, buf_slice(&text), SLICE_LIT("a.asp"), &report);
        if (report.class != cases[i].class) {
            print_error("%s\n  is %s\n", cases[i].code, webshell_class_name(report.class));
        }
        assert_int_equal(report.class, cases[i].class);
        buf_deinit(&text);
        arena_deinit(&arena);
    }
    api_library_free(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
