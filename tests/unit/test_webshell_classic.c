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
    /* What is checked is not what is written. */
    { SAVE "If InStr(Request(\"n\"), \".jpg\") Then\nSave Request(\"n\"), Request(\"a\")\n"
           "End If",
      WEBSHELL_NONE },
    { SAVE "If InStr(Request(\"b\"), \".jpg\") Then\nSave Request(\"n\"), Request(\"a\")\n"
           "End If",
      WEBSHELL_SHELL },
    /* Another page's output; times and attributes of any file; the page itself. */
    { "Set t = CreateObject(\"MSWC.Tools\")\nt.ProcessForm Request(\"a\"), Request(\"b\")",
      WEBSHELL_SHELL },
    { FILES "Set f = fso.GetFile(Request(\"a\"))\nf.Attributes = 2", WEBSHELL_WRITER },
    { FILES "Set f = fso.GetFile(\"a.txt\")\nf.Attributes = Request(\"a\")", WEBSHELL_NONE },
    { FILES "p = Server.MapPath(Request.ServerVariables(\"SCRIPT_NAME\"))\n"
            "fso.OpenTextFile(p, 8).Write Request(\"a\")",
      WEBSHELL_SHELL },
    { FILES "p = Server.MapPath(Request.ServerVariables(\"SCRIPT_NAME\")) & \".txt\"\n"
            "fso.OpenTextFile(p, 8).Write Request(\"a\")",
      WEBSHELL_NONE },
    /* Places that are looked up all over the server. */
    { FILES "For Each d In fso.Drives\nfso.CreateTextFile(d.Path & \"\\t\").Write \"1\"\nNext",
      WEBSHELL_WRITER },
    /* New takes a class only; a name alone is no method of another class. */
    { "Call New Thing.Remove(Request(\"a\"))", WEBSHELL_NONE },
    { "Class One\nSub Run(n)\nExe"
      "cute n\nEnd Sub\nEnd Class\nRun Request(\"a\")",
      WEBSHELL_NONE },
    { "Class One\nSub Go(n)\nRun n\nEnd Sub\nSub Run(n)\nExe"
      "cute n\nEnd Sub\nEnd Class\n"
      "Set o = New One\no.Go Request(\"a\")",
      WEBSHELL_SHELL },
    /* A member by its name, of what unknown functions looked up; of what the caller says. */
    { "a = First(Request(\"a\"))\nb = Second(a)\nc = Third(b)\nExe"
      "cute(\"x=o.\" & c)",
      WEBSHELL_NONE },
    { "a = First(Request(\"a\"))\nExe"
      "cute(\"x=o.\" & a)",
      WEBSHELL_SHELL },
    { "a = First(Request(\"a\"))\nb = Second(a)\nc = Third(b)\nExe"
      "cute(c)",
      WEBSHELL_SHELL },
};

static enum webshell_class class_of(struct slice text)
{
    struct arena arena = ARENA_INIT;
    struct api_library *library = api_library_new();
    struct page_report report;
    page_analyse(&arena, library, text, SLICE_LIT("a.asp"), &report);
    api_library_free(library);
    arena_deinit(&arena);
    return report.budget_hit ? WEBSHELL_NONE : report.class;
}

/* Of `bytes` letters and digits, none of them alike for long. */
static void add_coded(struct buf *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        buf_add_char(text, (char)(i % 3 == 0 ? '0' + i % 10 : 'a' + (i * 7) % 26));
    }
}

/* A component that nobody knows is handed what nobody can read. */
static void test_coded(void **state)
{
    (void)state;
    static const struct {
        const char *component;
        size_t bytes;
        enum webshell_class class;
    } coded[] = {
        { "Any.Thing", 600, WEBSHELL_LOADER },
        { "Any.Thing", 100, WEBSHELL_NONE },
        { "ADODB.Stream", 600, WEBSHELL_NONE },
    };
    for (size_t i = 0; i < sizeof coded / sizeof *coded; i++) {
        struct buf text = BUF_INIT;
        buf_printf(&text, "<%% Set o = CreateObject(\"%s\")\no.Take \"", coded[i].component);
        add_coded(&text, coded[i].bytes);
        buf_add_text(&text, "\"\n%>");
        assert_int_equal(class_of(buf_slice(&text)), coded[i].class);
        buf_deinit(&text);
    }
}

#define ENTANGLED 12

/* Functions that call each other over and over do not hide what stands behind them. */
static void test_entangled(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_add_text(&text, "<%\n");
    for (int i = 0; i < ENTANGLED; i++) {
        buf_printf(&text, "Function f%d(ByVal x)\nDim a, b\n", i);
        for (int k = 0; k < ENTANGLED; k++) {
            buf_printf(&text, "a = a & f%d(x & \"%d\")\n", k, k);
        }
        buf_printf(&text, "f%d = a\nEnd Function\n", i);
    }
    buf_add_text(&text, "Sub Last(s)\nExe"
                        "cute f3(s) & s\nEnd Sub\nLast Request(\"a\")\n%>");
    assert_int_equal(class_of(buf_slice(&text)), WEBSHELL_SHELL);
    buf_deinit(&text);
}

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_coded),
        cmocka_unit_test(test_entangled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
