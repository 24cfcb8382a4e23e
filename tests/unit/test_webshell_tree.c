/* Code of the languages with curly braces → tree: forms of each, tolerance, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/tree.h"

struct tree_case {
    enum piece_kind kind;
    const char *code, *tree; /* without the (block ...) around it */
};

static const struct tree_case csharp_cases[] = {
    { PIECE_CODE, "a = b + c + d - e;",
      "(assign = (name a) (binary - (binary + (name b) (name c) (name d)) (name e)))" },
    { PIECE_CODE, "x = 1 + 2 * 3;",
      "(assign = (name x) (binary + (number 1) (binary * (number 2) (number 3))))" },
    { PIECE_CODE, "if (a) b(); else if (c) d(); else { e(); }",
      "(if (name a) (block (call (name b))) (name c) (block (call (name d))) (block (call "
      "(name e))))" },
    { PIECE_CODE, "var s = \"a\\x41\\u0042\\n\" + @\"c:\\q\"\"x\" + 'z';",
      "(variable s:var (binary + (text \"aAB\\n\") (text \"c:\\\\q\\\"x\") (text \"z\")))" },
    { PIECE_CODE, "s = $\"a{b}c{d:x2}{{\";",
      "(assign = (name s) (binary + (text \"a\") (name b) (text \"c\") (name d) (text "
      "\"{\")))" },
    { PIECE_CODE, "s = \"\"\"x\"y\"\"\";", "(assign = (name s) (text \"x\\\"y\"))" },
    { PIECE_CODE, "byte[] b = new byte[] { 1, 0x2f, 0b11 };",
      "(variable b:byte[] (new byte[] (list (number 1) (number 47) (number 3))))" },
    { PIECE_CODE,
      "p.StartInfo = new System.Diagnostics.ProcessStartInfo(\"a\") { Arguments = x, "
      "UseShellExecute = false };",
      "(assign = (member (name p) StartInfo) (new System.Diagnostics.ProcessStartInfo (text "
      "\"a\") (assign = (name Arguments) (name x)) (assign = (name UseShellExecute) (name "
      "false))))" },
    { PIECE_CODE, "var l = new List<string> { \"a\", \"b\" };",
      "(variable l:var (new List (list (text \"a\") (text \"b\"))))" },
    { PIECE_CODE, "var y = (string)x[\"k\"]; z = (a) + 1; w = (Foo)(bar); v = -(int)-3;",
      "(variable y:var (cast :string (index (name x) (text \"k\")))) (assign = (name z) "
      "(binary + (name a) (number 1))) (assign = (name w) (cast :Foo (name bar))) (assign = "
      "(name v) (unary - (cast :int (number -3))))" },
    { PIECE_CODE, "foo<Bar>(1); i = a < b ? 1 : 2;",
      "(call (name foo:Bar) (number 1)) (assign = (name i) (choice (binary < (name a) (name "
      "b)) (number 1) (number 2)))" },
    { PIECE_CODE, "t = x as string; if (o is string q && q.Length > 0) {}",
      "(assign = (name t) (cast :string (name x))) (if (binary && (assign = (name q) (name o)) "
      "(binary > (member (name q) Length) (number 0))) (block))" },
    { PIECE_CODE, "a?.b?[0]?.c();",
      "(call (member (index (member (name a) b) (number 0)) c))" },
    { PIECE_CODE, "f = (x, y) => x + y; g = async z => { await h(z); };",
      "(assign = (name f) (function (parameter x) (parameter y) (block (return (binary + (name "
      "x) (name y)))))) (assign = (name g) (function (parameter z) (block (call (name h) (name "
      "z)))))" },
    { PIECE_CODE, "d = delegate(int i) { return i; };",
      "(assign = (name d) (function (parameter i:int) (block (return (name i)))))" },
    { PIECE_CODE, "foreach (var k in list) { use(k); }",
      "(each (variable k:var) (name list) (block (call (name use) (name k))))" },
    { PIECE_CODE, "for (int i = 0, j = 1; i < 9; i++) ;",
      "(loop (variable i:int (number 0)) (variable j:int (number 1)) (binary < (name i) "
      "(number 9)) (unary x++ (name i)) (block))" },
    { PIECE_CODE,
      "using (var r = open()) { r.read(); } using System.IO; using P = "
      "System.Diagnostics.Process;",
      "(block (variable r:var (call (name open))) (block (call (member (name r) read)))) "
      "(import :System.IO) (import P:System.Diagnostics.Process)" },
    { PIECE_CODE, "switch (x) { case 1: a(); break; case \"b\": default: c(); break; }",
      "(if (name x) (block (call (name a))) (block) (block (call (name c))))" },
    { PIECE_CODE, "var r = x switch { 1 => \"a\", string s when s.Length > 2 => s, _ => y };",
      "(variable r:var (choice (name x) (text \"a\") (name s) (name y)))" },
    { PIECE_CODE, "try { a(); } catch (Exception e) when (e != null) { b(); } finally { c(); }",
      "(try (block (call (name a))) (binary != (name e) (name null)) (block (call (name b))) "
      "(block (call (name c))))" },
    { PIECE_CODE, "typeof(System.Type).GetMethod(\"x\").Invoke(null, new object[] { y });",
      "(call (member (call (member (call (name typeof) (name System.Type)) GetMethod) (text "
      "\"x\")) Invoke) (name null) (new object[] (list (name y))))" },
    { PIECE_CODE, "\\u0065val(x); ev\342\200\213al(y); @class = 1;",
      "(call (name eval) (name x)) (call (name eval) (name y)) (assign = (name class) (number "
      "1))" },
    { PIECE_CODE, "int add(int a, int b) => a + b; (int p, string q) = t;",
      "(function add (parameter a:int) (parameter b:int) (block (return (binary + (name a) "
      "(name b))))) (assign = (list (name p) (name q)) (name t))" },
    { PIECE_CODE, "a ?\?= b ?\? c; var q = from i in l where i > 1 select i;",
      "(assign ?\?= (name a) (choice (name b) (name c))) (variable q:var (list (variable i "
      "(name l)) (binary > (name i) (number 1)) (name i)))" },
    { PIECE_MEMBERS,
      "using System; namespace N { [Serializable] public partial class C : Page, IX { private "
      "static string f = \"a\", g; public C(int x) : base(x) { } ~C() { } } }",
      "(import :System) (block (attribute Serializable) (class C:Page, IX (variable f:string "
      "(text \"a\")) (variable g:string) (function C (parameter x:int) (block (call (name "
      "base) (name x)))) (function C (block))))" },
    { PIECE_MEMBERS,
      "public string P { get { return a; } set { a = value; } } public int Q { get; set; } = "
      "3; public int R => s; int this[int i] { get { return i; } }",
      "(function P (block (return (name a)))) (function P (parameter value) (block (assign = "
      "(name a) (name value)))) (variable Q:int (number 3)) (function R (block (return (name "
      "s)))) (function this (block (return (name i))))" },
    { PIECE_MEMBERS,
      "[WebMethod(EnableSession = true)] public void Foo(string a, ref int b, params object[] "
      "c) { } event EventHandler E; public static C operator +(C a, C b) { return a; } enum K "
      "{ A = 1, B }",
      "(attribute WebMethod (assign = (name EnableSession) (number 1))) (function Foo "
      "(parameter a:string) (parameter b:int) (parameter c:object[]) (block)) (variable "
      "E:EventHandler) (function operator (parameter a:C) (parameter b:C) (block (return (name "
      "a)))) (class K (variable A (number 1)) (variable B))" },
    { PIECE_MEMBERS,
      "T Get<T>(T x) where T : new() { return x; } void IFoo.Bar() { } delegate int D(int x);",
      "(function Get (parameter x:T) (block (return (name x)))) (function Bar (block)) "
      "(function D (parameter x:int))" },
    { PIECE_VALUE, " Request[\"a\"] ", "(call (name =) (index (name Request) (text \"a\")))" },
};

static const struct tree_case jscript_cases[] = {
    { PIECE_CODE, "eval(Request.Item[\"x\"], \"un\" + \"safe\");",
      "(call (name eval) (index (member (name Request) Item) (text \"x\")) (binary + (text "
      "\"un\") (text \"safe\")))" },
    { PIECE_CODE,
      "var a : String = \"x\", b = 'y'; function f(p : int, q) : String { return p }",
      "(block (variable a:String (text \"x\")) (variable b (text \"y\"))) (function f "
      "(parameter p:int) (parameter q) (block (return (name p))))" },
    { PIECE_CODE, "o = {a: 1, \"b\": [1, 2], c: function() { return 1; }};",
      "(assign = (name o) (list (pair (text \"a\") (number 1)) (pair (text \"b\") (list "
      "(number 1) (number 2))) (pair (text \"c\") (function (block (return (number 1)))))))" },
    { PIECE_CODE, "x = a / b / c; y = /a[/]b/gi.test(s); z = x.replace(/x/g, \"\")",
      "(assign = (name x) (binary / (name a) (name b) (name c))) (assign = (name y) (call "
      "(member (text \"a[/]b\":/gi) test) (name s))) (assign = (name z) (call (member (name x) "
      "replace) (text \"x\":/g) (text \"\")))" },
    { PIECE_CODE, "a = 1\nb = 2\nreturn\nc()",
      "(assign = (name a) (number 1)) (assign = (name b) (number 2)) (return) (call (name "
      "c))" },
    { PIECE_CODE, "for (var k in o) f(k); for (x in o) g(x); for each (var e in l) h(e)",
      "(each (variable k) (name o) (block (call (name f) (name k)))) (each (variable x) (name "
      "o) (block (call (name g) (name x)))) (each (variable e) (name l) (block (call (name h) "
      "(name e))))" },
    { PIECE_CODE, "new ActiveXObject(\"a\" + \"b\").Run(c); new this[\"x\"](y); new (f())()",
      "(call (member (new ActiveXObject (binary + (text \"a\") (text \"b\"))) Run) (name c)) "
      "(new (index (name this) (text \"x\")) (name y)) (new (call (name f)))" },
    { PIECE_CODE, "with (o) { p() }", "(with (name o) (block (call (name p))))" },
    { PIECE_CODE, "/*@cc_on run(a) @*/ b();", "(call (name run) (name a)) (call (name b))" },
    { PIECE_CODE, "\\u0065\\u0076al(\"\\145\\x76\\u0061l\")",
      "(call (name eval) (text \"eval\"))" },
    { PIECE_CODE, "i++; ++j; k = typeof x; delete o.p; void 0; throw e",
      "(unary x++ (name i)) (unary ++ (name j)) (assign = (name k) (unary typeof (name x))) "
      "(unary delete (member (name o) p)) (unary void (number 0)) (return (name e))" },
    { PIECE_CODE,
      "import System.IO; package P { class A extends B { var f = 1; function A() {} static "
      "function m() {} } }",
      "(import :System.IO) (block (class A:B (variable f (number 1)) (function A (block)) "
      "(function m (block))))" },
    { PIECE_CODE, "f = (a, b) => a; (function() { g() })()",
      "(assign = (name f) (function (parameter a) (parameter b) (block (return (name a))))) "
      "(call (function (block (call (name g)))))" },
};

static const struct tree_case java_cases[] = {
    { PIECE_CODE, "String c = request.getParameter(\"c\"); Runtime.getRuntime().exec(c);",
      "(variable c:String (call (member (name request) getParameter) (text \"c\"))) (call "
      "(member (call (member (name Runtime) getRuntime)) exec) (name c))" },
    { PIECE_CODE,
      "String[] a = {\"x\", \"y\"}, b; int n[] = new int[]{1}; byte[][] z = new byte[2][];",
      "(block (variable a:String[] (list (text \"x\") (text \"y\"))) (variable b:String[])) "
      "(variable n:int (new int[] (list (number 1)))) (variable z:byte[][] (new byte[][] "
      "(number 2)))" },
    { PIECE_CODE, "Object o = new Thread() { public void run() { go(); } }; o.<String>m();",
      "(variable o:Object (new Thread (class (function run (block (call (name go))))))) (call "
      "(member (name o) m))" },
    { PIECE_CODE, "for (String s : list) { use(s); } for (int i = 0; i < 3; i++) {}",
      "(each (variable s:String) (name list) (block (call (name use) (name s)))) (loop "
      "(variable i:int (number 0)) (binary < (name i) (number 3)) (unary x++ (name i)) "
      "(block))" },
    { PIECE_CODE,
      "try (InputStream in = open(); Reader r = x) { read(in); } catch (A | B e) { }",
      "(try (block (variable in:InputStream (call (name open))) (variable r:Reader (name x)) "
      "(block (call (name read) (name in)))) (block))" },
    { PIECE_CODE,
      "Function<String, String> f = (x) -> x + 1; l.forEach(System.out::println); g = (int a) "
      "-> { return a; };",
      "(variable f:Function<String,String> (function (parameter x) (block (return (binary + "
      "(name x) (number 1)))))) (call (member (name l) forEach) (member (member (name System) "
      "out) println)) (assign = (name g) (function (parameter a:int) (block (return (name "
      "a)))))" },
    { PIECE_CODE, "\\u0052untime.get\\u0052untime();",
      "(call (member (name Runtime) getRuntime))" },
    { PIECE_CODE,
      "Class<?> k = byte[].class; Object v = ((Foo) x).y; int w = (int) z; if (o instanceof "
      "String s) p(s);",
      "(variable k:Class<?> (member (name byte[]) class)) (variable v:Object (member (cast "
      ":Foo (name x)) y)) (variable w:int (cast :int (name z))) (if (assign = (name s) (name "
      "o)) (block (call (name p) (name s))))" },
    { PIECE_CODE, "s = \"\"\"\n    a\n      b\"\"\";",
      "(assign = (name s) (text \"a\\n  b\"))" },
    { PIECE_CODE,
      "int r = switch (x) { case 1, 2 -> 3; default -> y; }; switch (q) { case \"a\": b(); }",
      "(variable r:int (choice (name x) (number 3) (name y))) (if (name q) (block (call (name "
      "b))))" },
    { PIECE_CODE,
      "label: while (true) { break label; } do { x(); } while (y); synchronized (z) { w(); } "
      "assert a : b;",
      "(loop (number 1) (block)) (loop (block (call (name x))) (name y)) (block (name z) "
      "(block (call (name w)))) (name a)" },
    { PIECE_CODE, "x = (char)(c ^ 1); char d = '\\\\'; e = 017;",
      "(assign = (name x) (cast :char (binary ^ (name c) (number 1)))) (variable d:char (text "
      "\"\\\\\")) (assign = (name e) (number 15))" },
    { PIECE_MEMBERS,
      "@WebServlet(name = \"a\", urlPatterns = {\"/b\"}) public class S extends HttpServlet "
      "implements X { @Override public <T> void f(final String a, int... b) throws E { } "
      "static { g(); } int i = 1; S() { } }",
      "(attribute WebServlet (assign = (name name) (text \"a\")) (assign = (name urlPatterns) "
      "(list (text \"/b\")))) (class S:HttpServlet implements X (attribute Override) (function "
      "f (parameter a:String) (parameter b:int) (block)) (block (call (name g))) (variable "
      "i:int (number 1)) (function S (block)))" },
    { PIECE_MEMBERS, "enum E { A(\"x\") { void m() { } }, B; E(String s) { } }",
      "(class E (variable A (text \"x\")) (function m (block)) (variable B) (function E "
      "(parameter s:String) (block)))" },
    { PIECE_MEMBERS,
      "import java.io.*; import static a.B.c; interface I { default int m() { return 1; } void "
      "n(); } record R(int a) { }",
      "(import :java.io.*) (import :a.B.c) (class I (function m (block (return (number 1)))) "
      "(function n)) (class R)" },
    { PIECE_VALUE, " x ", "(call (name =) (name x))" },
};

static const struct tree_case php_cases[] = {
    { PIECE_CODE, "$a = \"x$b[k] $c[0] $d->e {$f['g']} ${h}\"; echo $a, 'it\\'s\\n';",
      "(assign = (name $a) (binary + (text \"x\") (index (name $b) (text \"k\")) (text \" \") "
      "(index (name $c) (number 0)) (text \" \") (member (name $d) e) (text \" \") (index "
      "(name $f) (text \"g\")) (text \" \") (name $h))) (call (name echo) (name $a) (text "
      "\"it's\\\\n\"))" },
    { PIECE_CODE, "$x = $_GET['a'] . \"b\" . $c; $x .= 'd'; @eval($x);",
      "(assign = (name $x) (binary + (index (name $_GET) (text \"a\")) (text \"b\") (name "
      "$c))) (assign += (name $x) (text \"d\")) (call (name eval) (name $x))" },
    { PIECE_CODE,
      "$f($y); $$z = 1; ${\"a\" . \"b\"}(); $o->$m(1); $o->{\"p\" . q}(2); A::$s; A::$t(3); "
      "A::b(); $o?->n;",
      "(call (name $f) (name $y)) (assign = (name (name $z)) (number 1)) (call (name (binary + "
      "(text \"a\") (text \"b\")))) (call (member (name $o) (name $m)) (number 1)) (call "
      "(member (name $o) (binary + (text \"p\") (name q))) (number 2)) (member (name A) $s) "
      "(call (member (name A) (name $t)) (number 3)) (call (member (name A) b)) (member (name "
      "$o) n)" },
    { PIECE_CODE, "`ls $d`; exit; die(\"x\"); include \"a\" . $b; print $c; require_once($d);",
      "(call (name shell_exec) (binary + (text \"ls \") (name $d))) (call (name exit)) (call "
      "(name die) (text \"x\")) (call (name include) (binary + (text \"a\") (name $b))) (call "
      "(name print) (name $c)) (call (name require_once) (name $d))" },
    { PIECE_CODE,
      "if ($a): b(); elseif ($c): d(); else: e(); endif; while ($x): y(); endwhile;",
      "(if (name $a) (block (call (name b))) (name $c) (block (call (name d))) (block (call "
      "(name e)))) (loop (name $x) (block (call (name y))))" },
    { PIECE_CODE,
      "foreach ($a as $k => $v) { } foreach ($b as list($x, $y)) f($x); for ($i = 0, $j = 1; "
      "$i < 3; $i++): endfor;",
      "(each (pair (variable $k) (variable $v)) (name $a) (block)) (each (list (name $x) (name "
      "$y)) (name $b) (block (call (name f) (name $x)))) (loop (list (assign = (name $i) "
      "(number 0)) (assign = (name $j) (number 1))) (binary < (name $i) (number 3)) (unary x++ "
      "(name $i)) (block))" },
    { PIECE_CODE, "list($a, , $b) = [1, \"k\" => 2]; [$c, $d] = array(\"x\" => $y, 5);",
      "(assign = (list (name $a) (name) (name $b)) (list (number 1) (pair (text \"k\") (number "
      "2)))) (assign = (list (name $c) (name $d)) (list (pair (text \"x\") (name $y)) (number "
      "5)))" },
    { PIECE_CODE,
      "$f = function ($a, &$b = 1, ...$c) use ($d): string { return $a; }; $g = fn(int $x) => "
      "$x + 1; $h = static fn() => 1;",
      "(assign = (name $f) (function (parameter $a) (parameter $b (number 1)) (parameter $c) "
      "(block (return (name $a))))) (assign = (name $g) (function (parameter $x:int) (block "
      "(return (binary + (name $x) (number 1)))))) (assign = (name $h) (function (block "
      "(return (number 1)))))" },
    { PIECE_CODE,
      "global $a; static $b = 1; const C = \"x\"; use A\\B as D, E; use function system as s; "
      "use X\\{Y, Z as W}; namespace N; \\system($x);",
      "(call (name global) (name $a)) (block (variable $b:static (number 1))) (block (variable "
      "C:const (text \"x\"))) (block (import D:A\\B) (import :E)) (block (import s:system)) "
      "(block (import :X\\Y) (import W:X\\Z)) (call (name system) (name $x))" },
    { PIECE_CODE, "$a = <<<EOT\n  x $b\n  y\n  EOT;\n$c = <<<'E'\na$b\nE;\n",
      "(assign = (name $a) (binary + (text \"x \") (name $b) (text \"\\ny\"))) (assign = (name "
      "$c) (text \"a$b\"))" },
    { PIECE_CODE,
      "$o = new class(1) extends B { public $x = 2; function f() { } }; new $c($d); new A\\B; "
      "new static; new ($e)(1);",
      "(assign = (name $o) (new B (number 1) (class :B (variable $x (number 2)) (function f "
      "(block))))) (new (name $c) (name $d)) (new A\\B) (new static) (new (name $e) (number "
      "1))" },
    { PIECE_CODE,
      "$a = $b ?: $c; $d = $e ?\? $f; $g = !$h and $i; $j = (string)$k; $l = $m instanceof N; "
      "clone $o; $p{0};",
      "(assign = (name $a) (choice (name $b) (name $c))) (assign = (name $d) (choice (name $e) "
      "(name $f))) (assign = (name $g) (binary && (unary ! (name $h)) (name $i))) (assign = "
      "(name $j) (cast :string (name $k))) (assign = (name $l) (binary is (name $m) (name N))) "
      "(unary clone (name $o)) (index (name $p) (number 0))" },
    { PIECE_CODE,
      "abstract class A extends B implements C { use T { x as y; } const D = 1; public static "
      "?int $e = 2, $f; public function __construct(private string $g = \"h\") { } abstract "
      "function i(); }",
      "(class A:B implements C (variable D (number 1)) (variable $e:?int (number 2)) (variable "
      "$f:?int) (function __construct (parameter $g:string (text \"h\")) (block)) (function "
      "i))" },
    { PIECE_CODE,
      "switch ($a) { case 1: b(); break; default: c(); } $r = match($x) { 1, 2 => $y, default "
      "=> z() }; try { } catch (A|B $e) { } finally { }",
      "(if (name $a) (block (call (name b))) (block (call (name c)))) (assign = (name $r) "
      "(choice (name $x) (name $y) (call (name z)))) (try (block) (block) (block))" },
    { PIECE_CODE,
      "# c\n// d ?> html <?php $a = 1 /* e */; #[Attr(1)]\nfunction f() { } function &g() { "
      "yield 1; }",
      "(assign = (name $a) (number 1)) (block (attribute Attr (number 1)) (function f "
      "(block))) (function g (block (return (number 1))))" },
    { PIECE_CODE,
      "declare(strict_types=1); $a = &$b[\"c\"]; goto x; x: unset($d); $s = "
      "\"\\x41\\101\\u{42}\\q\\$\";",
      "(assign = (name $a) (index (name $b) (text \"c\"))) (call (name unset) (name $d)) "
      "(assign = (name $s) (text \"AAB\\\\q$\"))" },
    { PIECE_CODE, "$a = \"{{$b[\"c\"]}} {d} \\{$e}\";",
      "(assign = (name $a) (binary + (text \"{\") (index (name $b) (text \"c\")) (text \"} {d} "
      "\\\\{\") (name $e) (text \"}\")))" },
    { PIECE_CODE, "<?php f(); ?> x <?= $v ?> y <? g() ?>",
      "(call (name f)) (call (name =) (name $v)) (call (name g))" },
    { PIECE_CODE,
      "$_=[];$_=\"$_\";$_=$_['!'=='@'];$_++;($a^$b)($c); (\"sys\".\"tem\")($d); (function() { "
      "e(); })();",
      "(assign = (name $_) (list)) (assign = (name $_) (binary + (text \"\") (name $_))) "
      "(assign = (name $_) (index (name $_) (binary == (text \"!\") (text \"@\")))) (unary x++ "
      "(name $_)) (call (binary ^ (name $a) (name $b)) (name $c)) (call (binary + (text "
      "\"sys\") (text \"tem\")) (name $d)) (call (function (block (call (name e)))))" },
};

static void parse(struct arena *arena, enum language language, const struct piece *pieces,
                  size_t count, struct tree *tree, struct buf *out)
{
    tree_parse(arena, language, pieces, count, tree);
    tree_print(tree, out);
}

static void check_tree(enum language language, const struct piece *pieces, size_t count,
                       const char *wanted)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct buf whole = BUF_INIT;
    struct tree tree;
    parse(&arena, language, pieces, count, &tree, &out);
    buf_printf(&whole, *wanted ? "(block %s)" : "(block%s)", wanted);
    assert_string_equal(out.ptr, whole.ptr);
    buf_deinit(&whole);
    buf_deinit(&out);
    arena_deinit(&arena);
}

static void check_cases(enum language language, const struct tree_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct piece piece = { cases[i].kind, language, 1, slice_from(cases[i].code) };
        check_tree(language, &piece, 1, cases[i].tree);
    }
}

#define CHECK(language, cases) check_cases(language, (cases), sizeof(cases) / sizeof *(cases))

static void test_csharp(void **state)
{
    (void)state;
    CHECK(LANGUAGE_CSHARP, csharp_cases);
}

static void test_jscript(void **state)
{
    (void)state;
    CHECK(LANGUAGE_JSCRIPT, jscript_cases);
}

static void test_java(void **state)
{
    (void)state;
    CHECK(LANGUAGE_JAVA, java_cases);
}

static void test_php(void **state)
{
    (void)state;
    CHECK(LANGUAGE_PHP, php_cases);
}

/* --- pieces --- */

static void test_pieces_are_one_program(void **state)
{
    (void)state;
    const struct piece pieces[] = {
        { PIECE_CODE, LANGUAGE_CSHARP, 1, SLICE_LIT("if (a) {") },
        { PIECE_VALUE, LANGUAGE_CSHARP, 2, SLICE_LIT(" b ") },
        { PIECE_CODE, LANGUAGE_CSHARP, 3, SLICE_LIT("} ") },
        { PIECE_CODE, LANGUAGE_VB, 3, SLICE_LIT("If x Then") },
        { PIECE_CODE, LANGUAGE_CSHARP, 4, SLICE_LIT("else { ") },
        { PIECE_MEMBERS, LANGUAGE_CSHARP, 5, SLICE_LIT("int c;") },
        { PIECE_CODE, LANGUAGE_CSHARP, 6, SLICE_LIT("d(); }") },
    };
    check_tree(LANGUAGE_CSHARP, pieces, sizeof pieces / sizeof *pieces,
               "(variable c:int) (if (name a) (block (call (name =) (name b))) "
               "(block (call (name d))))");
}

static void test_lines(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, LANGUAGE_JAVA, 7,
                                 SLICE_LIT("// \\u000a x\n/*\n*/\n y();") };
    tree_parse(&arena, LANGUAGE_JAVA, &piece, 1, &tree);
    const struct node *x = tree.root->first;
    assert_int_equal(x->line, 7); /* an escaped line end ends the comment, but no line */
    assert_non_null(x->next);
    assert_int_equal(x->next->line, 10);
    arena_deinit(&arena);
}

/* --- tolerance --- */

static uint32_t skipped_of(enum language language, const char *code, const char *wanted)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, language, 1, slice_from(code) };
    parse(&arena, language, &piece, 1, &tree, &out);
    assert_non_null(strstr(out.ptr, wanted));
    buf_deinit(&out);
    arena_deinit(&arena);
    return tree.skipped;
}

static void test_nonsense_is_skipped(void **state)
{
    (void)state;
    static const enum language languages[] = { LANGUAGE_CSHARP, LANGUAGE_JSCRIPT, LANGUAGE_JAVA,
                                               LANGUAGE_PHP };
    static const char *const codes[] = {
        ") ] f(x);",         "a b c = ; f(x);", "} f(x);",     "if if ( f(x);",
        "x = (1 +; f(x);",   "? : => f(x);",    "{ ) f(x); }", "for (;; f(x);",
        "class { f(x); } }", "new ; f(x);",     "a.; f(x);",   "case 1: f(x);",
    };
    for (size_t l = 0; l < sizeof languages / sizeof *languages; l++)
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
            skipped_of(languages[l], codes[i], "(call (name f) (name x))");
    assert_int_equal(skipped_of(LANGUAGE_CSHARP, "f(x);", "f"), 0);
    assert_true(skipped_of(LANGUAGE_CSHARP, "a ) f(x);", "f") > 0);
}

/* --- bounds --- */

static unsigned height_of(const struct node *node)
{
    unsigned most = 0;
    for (const struct node *child = node->first; child; child = child->next) {
        unsigned height = height_of(child);
        most = height > most ? height : most;
    }
    return most + 1;
}

/* `open` many times, then `close` as many times. */
static struct tree parse_repeated(struct arena *arena, enum language language, const char *open,
                                  size_t count, const char *end)
{
    struct buf code = BUF_INIT;
    struct tree tree;
    for (size_t i = 0; i < count; i++)
        buf_add_text(&code, open);
    buf_add_text(&code, end);
    struct piece piece = { PIECE_CODE, language, 1, arena_copy(arena, buf_slice(&code)) };
    tree_parse(arena, language, &piece, 1, &tree);
    buf_deinit(&code);
    return tree;
}

static void test_chains_are_low(void **state)
{
    (void)state;
    static const char *const links[] = { "a(",         "a.b(1).c(",   "a[",
                                         "a+b-",       "a ? b : ",    "a=",
                                         "!",          "(",           "{",
                                         "[",          "if (a) ",     "if (a) {} else ",
                                         "x => ",      "(x) => ",     "function(){",
                                         "new a(",     "a??",         "a?.b",
                                         "a(1)",       "(a)",         "a<",
                                         "class a {",  "@a ",         "$",
                                         "case 1:",    "\"{$a[",      "try {",
                                         "do ",        "$\"{",        "`${",
                                         "b is c or ", "b as c as ",  "a.b",
                                         "a{",         "fn() => ",    "${",
                                         "match(1) {", "switch(1) {", "a switch {",
                                         "/*@if ",     "from x in ",  "<" };
    static const enum language languages[] = { LANGUAGE_CSHARP, LANGUAGE_JSCRIPT, LANGUAGE_JAVA,
                                               LANGUAGE_PHP };
    for (size_t l = 0; l < sizeof languages / sizeof *languages; l++)
        for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
            struct arena arena = ARENA_INIT;
            struct tree tree = parse_repeated(&arena, languages[l], links[i], 20000, "c;");
            assert_true(height_of(tree.root) < 3 * TREE_HEIGHT_MAX);
            arena_deinit(&arena);
        }
}

static void test_long_sum_is_flat(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree = parse_repeated(&arena, LANGUAGE_CSHARP, "\"a\"+", 100000, "b;");
    assert_false(tree.truncated);
    assert_int_equal(height_of(tree.root), 3);
    arena_deinit(&arena);
}

static void test_long_chain_keeps_its_arguments(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct tree tree = parse_repeated(&arena, LANGUAGE_CSHARP, "a(source).", 5000, "b(last);");
    assert_true(tree.truncated);
    tree_print(&tree, &out);
    size_t sources = 0;
    for (const char *p = out.ptr; (p = strstr(p, "(name source)")); p++)
        sources++;
    assert_int_equal(sources, 5000);
    buf_deinit(&out);
    arena_deinit(&arena);
}

static void test_nodes_are_counted(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree = parse_repeated(&arena, LANGUAGE_JSCRIPT, "a;", TREE_NODES_MAX, "b;");
    assert_true(tree.truncated);
    assert_true(tree.nodes < TREE_NODES_MAX + 1000);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csharp),
        cmocka_unit_test(test_jscript),
        cmocka_unit_test(test_java),
        cmocka_unit_test(test_php),
        cmocka_unit_test(test_pieces_are_one_program),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nonsense_is_skipped),
        cmocka_unit_test(test_chains_are_low),
        cmocka_unit_test(test_long_sum_is_flat),
        cmocka_unit_test(test_long_chain_keeps_its_arguments),
        cmocka_unit_test(test_nodes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
