#include "webshell/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static const char *const kinds[] = { "none", "aspx",   "handler", "razor",  "asp",   "jsp",
                                     "php",  "config", "xslt",    "source", "client" };
static const char *const languages[] = { "-", "cs", "vb", "js", "vbs", "java", "php" };
static const char *const pieces[] = { "code", "value", "members" };

/* One line for each part: directives, controls, pieces. */
static void print_attributes(struct buf *out, const struct attribute *a)
{
    for (; a; a = a->next)
        buf_printf(out, " %.*s=%.*s", SLICE_FMT(a->name), SLICE_FMT(a->value));
    buf_add_char(out, '\n');
}

static void print_parts(struct buf *out, const struct parts *parts)
{
    buf_printf(out, "%s%s %s\n", kinds[parts->kind], parts->told_by_content ? "!" : "",
               languages[parts->language]);
    for (const struct directive *d = parts->directives; d; d = d->next) {
        buf_printf(out, "@%u %.*s", d->line, SLICE_FMT(d->name));
        print_attributes(out, d->attributes);
    }
    for (const struct control *c = parts->controls; c; c = c->next)
        buf_printf(out, "#%u %.*s %.*s\n", c->line, SLICE_FMT(c->type), SLICE_FMT(c->id));
    for (size_t i = 0; i < parts->piece_count; i++)
        buf_printf(out, "%u %s %s|%.*s|\n", parts->pieces[i].line,
                   pieces[parts->pieces[i].kind], languages[parts->pieces[i].language],
                   SLICE_FMT(slice_trim(parts->pieces[i].text)));
}

static const struct split_case {
    const char *name, *text, *expected;
} cases[] = {
    { "a.aspx",
      "<%@ Page Language=\"C#\" %>\n<%-- <% no %> --%>\n<script type='x' RUNAT = server>int a;"
      "</script>\n<asp:TextBox Text='<%# Eval(\"y\") %>' id=box runat=\"server\"/>\n<%= z %>",
      "aspx cs\n@1 Page Language=C#\n#4 asp:TextBox box\n3 members cs|int a;|\n"
      "4 value cs|Eval(\"y\")|\n5 value cs|z|\n" },
    /* A quote that is never closed hides no script. */
    { "a.aspx", "<b title=\"x><script language=vb runat=server>Dim a</script>",
      "aspx vb\n1 members vb|Dim a|\n" },
    { "a.aspx", "<%@ Page %><% foo(\"%>\n", "aspx vb\n@1 Page\n1 code vb|foo(\"|\n" },
    { "a.asp", "<%@ LANGUAGE = JScript %>\n<!--#include file=\"b.inc\"-->\n<% f() %>",
      "asp js\n@1  LANGUAGE=JScript\n@2 include file=b.inc\n3 code js|f()|\n" },
    { "a.asp", "<script language=JScript runat=server>f();</script><% g %>",
      "asp vbs\n1 code js|f();|\n1 code vbs|g|\n" },
    { "a.asp", "<object runat=server id=s classid='clsid:1'></object><% s.x %>",
      "asp vbs\n#1 object s\n1 code vbs|s.x|\n" },
    { "h.ashx", "<%@ WebHandler Language=\"C#\" Class=\"H\" %>\nclass H { }",
      "handler cs\n@1 WebHandler Language=C# Class=H\n2 members cs|class H { }|\n" },
    { "j.jsp", "<%! int a; %>\n<% b(); %>${param.c}\n<jsp:scriptlet>d();</jsp:scriptlet>",
      "jsp java\n1 members java|int a;|\n2 code java|b();|\n2 value java|param.c|\n"
      "3 code java|d();|\n" },
    { "j.jspx",
      "<r:root xmlns:r=\"http://java.sun.com/JSP/Page\"><r:directive.page import=\"a.b\"/>\n"
      "<r:scriptlet>if (a &amp;&amp; b) &#x66;();</r:scriptlet>\n"
      "<r:expression><![CDATA[a<b]]></r:expression></r:root>",
      "jsp java\n@1 page import=a.b\n2 code java|if (a && b) f();|\n3 value java|a<b|\n" },
    { "p.php",
      "<?php // no ?> x\n<?= $a ?>\n<? f('?>', \"?>\"); /* ?> */ g(<<<E\n?>\nE\n); ?> y",
      "php php\n1 code php|// no|\n2 value php|$a|\n"
      "3 code php|f('?>', \"?>\"); /* ?> */ g(<<<E\n?>\nE\n);|\n" },
    { "p.php",
      "<?xml version='1.0'?><script language=\"php\">f();</script>x<?php g(); "
      "__HALT_COMPILER(); <?php h();",
      "php php\n1 code php|f();|\n1 code php|g();|\n" },
    { "r.cshtml",
      "@using System.IO\n@functions { int a; }\n@{ var b = \"}\"; <p>@c.d(e)[0] a@b.de</p> "
      "f(); }"
      "\n@if (g) { <br> h(); } else { i(); }\n@(j + 1) @@k @* l *@",
      "razor cs\n@1 Import Namespace=System.IO\n2 members cs|int a;|\n"
      "3 code cs|var b = \"}\";|\n3 value cs|c.d(e)[0]|\n3 code cs|f();|\n"
      "4 code cs|if (g) {|\n4 code cs|h();|\n4 code cs|}|\n4 code cs|else {|\n"
      "4 code cs|i();|\n4 code cs|}|\n5 value cs|j + 1|\n" },
    { "x.xslt",
      "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\""
      " xmlns:r=\"java:java.lang.Thing\">\n<m:script language=\"C#\"><![CDATA[int "
      "a;]]></m:script>"
      "\n<xsl:value-of select=\"r:do('x')\"/></xsl:stylesheet>",
      "xslt -\n2 members cs|int a;|\n3 value java|java.lang.Thing.do('x')|\n" },
    { "b.cs", "class A { }", "source cs\n1 members cs|class A { }|\n" },
    /* By content, whatever the name. */
    { "i.jpg", "GIF89a\n<%@ Page Language=\"JScript\" %><% f(); %>",
      "aspx! js\n@2 Page Language=JScript\n2 code js|f();|\n" },
    { "x.asp;.jpg", "<% f %>", "asp vbs\n1 code vbs|f|\n" },
    { "x.aspx::$DATA", "<%@ Page Language=VB %>", "aspx vb\n@1 Page Language=VB\n" },
    { "t.txt", "<?php f($x); ?>", "php! php\n1 code php|f($x);|\n" },
    /* Prose, templates of the browser, programs: no pages. */
    { "README.md", "Write `<?php f($x); ?>` or <% request(1) %>.", "none -\n" },
    { "t.html", "<html><%= name %><% _.each(a, function (b) { %></html>", "client -\n" },
    { "t.dll", "MZ<%@ Page Language=\"C#\" %>", "none -\n" },
    { "t.log", "1.2.3.4 GET /?a=<?php f($x); ?>", "none -\n" },
    { "", "", "none -\n" },
};

static void check_case(const struct split_case *c)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct parts parts;
    split_page(&arena, slice_from(c->text), slice_from(c->name), &parts);
    print_parts(&out, &parts);
    if (!slice_eq(buf_slice(&out), slice_from(c->expected)))
        print_error("%s: %s\nis:\n%sexpected:\n%s", c->name, c->text, out.ptr, c->expected);
    assert_true(slice_eq(buf_slice(&out), slice_from(c->expected)));
    buf_deinit(&out);
    arena_deinit(&arena);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

static void test_magic(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct parts parts;
    split_page(&arena, SLICE_LIT("!BDN\x01\x02\n\n<script runat=server>a</script>"),
               SLICE_LIT("x.aspx"), &parts);
    assert_string_equal(parts.magic, "a PST");
    assert_int_equal(parts.magic_line, 3);
    arena_deinit(&arena);
}

/* What an enemy repeats must not cost more than its length. */
static void test_repetition_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = { "<%",
                                         "<%--",
                                         "<!--#",
                                         "<a b=\"",
                                         "<script runat=server ",
                                         "${",
                                         "@{",
                                         "@if(",
                                         "<?",
                                         "<?php <<<A\n",
                                         "<%@",
                                         "<j:scriptlet>",
                                         "runat=server <a \"'<%" };
    static const char *const names[] = { "a.aspx", "a.asp",  "a.jsp", "a.php",   "a.cshtml",
                                         "a.xslt", "a.ashx", "a",     "a.vbhtml" };
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        struct buf text = BUF_INIT;
        while (text.len < 300000)
            buf_add_text(&text, units[u]);
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            struct arena arena = ARENA_INIT;
            struct parts parts;
            split_page(&arena, buf_slice(&text), slice_from(names[n]), &parts);
            arena_deinit(&arena);
        }
        buf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_magic),
        cmocka_unit_test(test_repetition_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
