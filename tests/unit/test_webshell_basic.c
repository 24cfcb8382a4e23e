/* Visual Basic and VBScript → tree: forms of each, tolerance, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/tree.h"

struct tree_case {
    const char *code, *tree; /* without the (block ...) around it */
};

static const struct tree_case script_cases[] = {
    { "a = b & c & d - e", "(assign = (name a) (binary + (name b) (name c) (binary - (name d) "
                           "(name e))))" },
    { "x = Not a = 1 And b Or c",
      "(assign = (name x) (binary | (binary & (unary ! (binary == (name a) (number 1))) (name "
      "b)) (name c)))" },
    { "x = -2 ^ 2 * 3 \\ 4 Mod 5", "(assign = (name x) (binary % (binary \\ (binary * (unary - "
                                   "(binary ** (number 2) (number "
                                   "2))) (number 3)) (number 4)) (number 5)))" },
    { "x = &HFF + &O17 + &17 + 1.5e2 + .5",
      "(assign = (name x) (binary + (number 255) (number 15) (number 15) (number 150) (number "
      "0.5)))" },
    { "x = \"a\"\"b\" & vbCrLf", "(assign = (name x) (binary + (text \"a\\\"b\") (text "
                                 "\"\\r\\n\")))" },
    { "x = a&Hex(b)", "(assign = (name x) (binary + (name a) (call (name Hex) (name b))))" },
    { "Write a, b", "(call (name Write) (name a) (name b))" },
    { "o.Write (a) & b, c",
      "(call (member (name o) Write) (binary + (name a) (name b)) (name c))" },
    { "o.Write (a)", "(call (member (name o) Write) (name a))" },
    { "o.Write(a).b & c",
      "(call (member (name o) Write) (binary + (member (name a) b) (name c)))" },
    { "f -1", "(call (name f) (unary - (number 1)))" },
    { "f a, , b", "(call (name f) (name a) (name) (name b))" },
    { "Randomize", "(call (name Randomize))" },
    { "Call o.f(a)", "(call (member (name o) f) (name a))" },
    { "Set x = o.f(1)(2)!n",
      "(assign = (name x) (call (call (call (member (name o) f) (number 1)) (number 2)) (text "
      "\"n\")))" },
    { "a(1) = 2 : b (1) = 2",
      "(assign = (call (name a) (number 1)) (number 2)) (assign = (call "
      "(name b) (number 1)) (number 2))" },
    { "Dim a, b(3) : Const c = 1", "(variable a) (variable b) (variable c (number 1))" },
    { "ReDim Preserve a(f(1))",
      "(call (name ReDim) (call (name a) (call (name f) (number 1))))" },
    { "If a Then b Else c : d", "(if (name a) (block (call (name b))) (block (call (name c)) "
                                "(call (name d))))" },
    { "If a Then If b Then c Else d",
      "(if (name a) (block (if (name b) (block (call (name c))) (block (call (name d))))))" },
    { "If a Then b End If : c", "(if (name a) (block (call (name b)))) (call (name c))" },
    { "If a Then\nb\nElseIf c Then\nd\nElse\ne\nEnd If",
      "(if (name a) (block (call (name b))) (name c) (block (call (name d))) (block (call "
      "(name "
      "e))))" },
    { "Select Case a\nCase 1, \"x\"\nb\nCase f(1)\nCase Else\nc\nEnd Select",
      "(if (name a) (block (call (name b))) (block (call (name f) (number 1))) (block (call "
      "(name c))))" },
    { "For i = 1 To 9 Step 2 : a i : Next",
      "(loop (variable i (number 1)) (binary <= (name i) (number 9)) (assign += (name i) "
      "(number 2)) (block (call (name a) (name i))))" },
    { "For i = 9 To 1 Step -1\nFor j = 1 To 2\nNext j, i\nb",
      "(loop (variable i (number 9)) (binary >= (name i) (number 1)) (assign += (name i) "
      "(unary "
      "- (number 1))) (block (loop (variable j (number 1)) (binary <= (name j) (number 2)) "
      "(assign += (name j) (number 1)) (block)))) (call (name b))" },
    { "For Each x In o.Form : Execute x : Next",
      "(each (variable x) (member (name o) Form) (block (call (name Execute) (name x))))" },
    { "Do While a : b : Loop : Do\nc\nLoop Until d",
      "(loop (name a) (block (call (name b)))) (loop (block (call (name c))) (name d))" },
    { "While a\nb\nWend", "(loop (name a) (block (call (name b))))" },
    { "With o\n.a = 1\nWrite .b\n.c .d\nEnd With",
      "(with (name o) (block (assign = (member (name With) a) (number 1)) (call (name Write) "
      "(member (name With) b)) (call (member (name With) c) (member (name With) d))))" },
    { "Function f(ByVal a, b())\nOn Error Resume Next\nf = a\nExit Function\nEnd Function",
      "(function f (parameter a) (parameter b) (block (assign = (name f) (name a))))" },
    { "Sub s : a : End Sub", "(function s (block (call (name a))))" },
    { "Class k\nPrivate m\nPublic Default Property Get P(i) : P = m : End Property\nProperty "
      "Let P(i, v)\nm = v\nEnd Property\nEnd Class",
      "(class k (variable m) (function P (parameter i) (block (assign = (name P) (name m)))) "
      "(function P:Let (parameter i) (parameter v) (block (assign = (name m) (name v)))))" },
    { "Set r = New RegExp : [a b] = 1", "(assign = (name r) (new RegExp)) (assign = (name a b) "
                                        "(number 1))" },
    { "a = 1 ' comment\nRem comment : b\n<!-- comment\nc _\n d",
      "(assign = (name a) (number "
      "1)) (call (name c) (name d))" },
    { "try = return : using = 1 : Imports x", /* keywords of Visual Basic .NET only */
      "(assign = (name try) (name return)) (assign = (name using) (number 1)) (call (name "
      "Imports) (name x))" },
    { "If a Then On Error Resume Next\nb", "(if (name a) (block)) (call (name b))" },
};

static const struct tree_case net_cases[] = {
    { "Imports System.IO, P = System.Diagnostics.Process",
      "(import :System.IO) (import P:System.Diagnostics.Process)" },
    { "Dim a As New List(Of String)(b) From {\"x\", \"y\"}, c, d As Byte() = e",
      "(variable a:List (new List (name b) (list (text \"x\") (text \"y\")))) (variable "
      "c:Byte) (variable d:Byte (name e))" },
    { "Dim i = New Info(\"a\") With {.Args = x, .B = \"c\"c}",
      "(variable i (new Info (text \"a\") (assign = (name Args) (name x)) (assign = (name B) "
      "(text \"c\"))))" },
    { "Dim b As Byte() = New Byte() {1, &H2F}",
      "(variable b:Byte (new Byte[] (list (number 1) (number 47))))" },
    { "x = CType(y, String) & DirectCast(z(1), A.B)",
      "(assign = (name x) (binary + (cast :String (name y)) (cast :A.B (call (name z) (number "
      "1)))))" },
    { "x = If(a, b, c) : y = If(a, b)", "(assign = (name x) (choice (name a) (name b) (name "
                                        "c))) (assign = (name y) (choice (name "
                                        "a) (name b)))" },
    { "x += 1 : y &= \"a\"", "(assign += (name x) (number 1)) (assign += (name y) (text "
                             "\"a\"))" },
    { "f(a, name:=b)", "(call (name f) (name a) (assign = (name name) (name b)))" },
    { "g = Function(x) x + 1 : h = Sub() k(1)",
      "(assign = (name g) (function (parameter x) (block (return (binary + (name x) (number "
      "1)))))) (assign = (name h) (function (block (call (name k) (number 1)))))" },
    { "t = New Thread(Sub()\nrun(1)\nEnd Sub)\nb()",
      "(assign = (name t) (new Thread (function (block (call (name run) (number 1)))))) (call "
      "(name b))" },
    { "AddHandler a.b, AddressOf c", "(call (name AddHandler) (member (name a) b) (name c))" },
    { "x = TypeOf a Is B AndAlso c IsNot Nothing OrElse d Like \"e\"",
      "(assign = (name x) (binary || (binary && (binary == (name a) (name B)) (binary != (name "
      "c) (name Nothing))) (binary like (name d) (text \"e\"))))" },
    { "Try\na()\nCatch ex As Exception When b\nc()\nFinally\nd()\nEnd Try",
      "(try (block (call (name a))) (block (variable ex:Exception) (name b) (call (name c))) "
      "(block (call (name d))))" },
    { "Using r As New R(x)\nr.go()\nEnd Using",
      "(block (variable r:R (new R (name x))) (call (member (name r) go)))" },
    { "<WebMethod()> _\nPublic Function F(ByVal a As String) As String Handles B.C\nReturn "
      "a\nEnd Function",
      "(attribute WebMethod) (function F:String (parameter a:String) (block (return (name "
      "a))))" },
    { "Public Class A\nInherits B.C\nImplements D, E\nProtected Overrides Sub OnLoad(e As "
      "Args)\nMe.x = 1\nEnd Sub\nMustOverride Sub M()\nEnd Class",
      "(class A:B.C\nImplements D, E (function OnLoad (parameter e:Args) (block (assign = "
      "(member (name Me) x) (number 1)))) (function M))" },
    { "ReadOnly Property P As String\nGet\nReturn a\nEnd Get\nEnd Property\nProperty Q As "
      "Integer = 1",
      "(variable P:String) (function P:Get (block (return (name a)))) (variable Q:Integer "
      "(number 1))" },
    { "Declare Function V Lib \"kernel32\" Alias \"W\" (ByVal a As Integer) As Integer",
      "(attribute DllImport (text \"kernel32\") (text \"W\")) (function V:Integer (parameter "
      "a:Integer))" },
    { "x = $\"a{b}c{d(\"e\"),3:x}\"",
      "(assign = (name x) (binary + (text \"\") (text \"a\") (name b) (text \"c\") (call (name "
      "d) (text \"e\"))))" },
    { "x = <a b=\"c\"><d/>e</a>.Value",
      "(assign = (name x) (member (text \"a b=\\\"c\\\"><d/>e</a>\") Value))" },
    { "x = a?.b?(0) : n% = 1% : s$ = Left$(t, 1)",
      "(assign = (name x) (call (member (name a) b) (number 0))) (assign = (name n) (number "
      "1)) "
      "(assign = (name s) (call (name Left) (name t) (number 1)))" },
    { "q = From x In y Where x.a Select x.b",
      "(assign = (name q) (list (variable x (name y)) (member (name x) a) (member (name x) "
      "b)))" },
    { "f(a,\n  b\n)", "(call (name f) (name a) (name b))" },
    { "\xef\xbc\xa5xec\xef\xbd\x95te(x)", "(call (name Execute) (name x))" },
    { "Ex\xe2\x80\x8b"
      "ecute(x)",
      "(call (name Execute) (name x))" },
    { "#Region \"a\"\nb()\n#End Region", "(call (name b))" },
    { "Namespace N\nModule M\nSub S()\nEnd Sub\nEnd Module\nEnd Namespace",
      "(block (class M (function S (block))))" },
};

static void check_tree(enum language language, const struct piece *pieces, size_t count,
                       const char *wanted)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct buf whole = BUF_INIT;
    struct tree tree;
    tree_parse(&arena, language, pieces, count, &tree);
    tree_print(&tree, &out);
    buf_printf(&whole, *wanted ? "(block %s)" : "(block%s)", wanted);
    assert_string_equal(out.ptr, whole.ptr);
    assert_int_equal(tree.skipped, 0);
    buf_deinit(&whole);
    buf_deinit(&out);
    arena_deinit(&arena);
}

static void check_cases(enum language language, const struct tree_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct piece piece = { PIECE_CODE, language, 1, slice_from(cases[i].code) };
        check_tree(language, &piece, 1, cases[i].tree);
    }
}

static void test_script(void **state)
{
    (void)state;
    check_cases(LANGUAGE_VBSCRIPT, script_cases, sizeof script_cases / sizeof *script_cases);
}

static void test_net(void **state)
{
    (void)state;
    check_cases(LANGUAGE_VB, net_cases, sizeof net_cases / sizeof *net_cases);
}

static void test_blocks_over_pieces(void **state)
{
    (void)state;
    const struct piece pieces[] = {
        { PIECE_CODE, LANGUAGE_VBSCRIPT, 1, SLICE_LIT("If a Then") },
        { PIECE_VALUE, LANGUAGE_VBSCRIPT, 2, SLICE_LIT(" b & c ") },
        { PIECE_CODE, LANGUAGE_JSCRIPT, 2, SLICE_LIT("}") },
        { PIECE_CODE, LANGUAGE_VBSCRIPT, 3, SLICE_LIT("Else") },
        { PIECE_MEMBERS, LANGUAGE_VBSCRIPT, 4, SLICE_LIT("Sub s\nEnd Sub") },
        { PIECE_CODE, LANGUAGE_VBSCRIPT, 5, SLICE_LIT("d : End If") },
    };
    check_tree(
        LANGUAGE_VBSCRIPT, pieces, sizeof pieces / sizeof *pieces,
        "(function s (block)) (if (name a) (block (call (name =) (binary + (name b) (name "
        "c)))) (block (call (name d))))");
}

static void test_lines(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, LANGUAGE_VBSCRIPT, 7,
                                 SLICE_LIT("a\r\n\r\nb _\r\n c\r\nd") };
    tree_parse(&arena, LANGUAGE_VBSCRIPT, &piece, 1, &tree);
    const struct node *node = tree.root->first;
    assert_int_equal(node->line, 7);
    assert_int_equal(node->next->line, 9);
    assert_int_equal(node->next->next->line, 11);
    arena_deinit(&arena);
}

static void test_escapes_are_counted(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, LANGUAGE_VB, 1,
                                 SLICE_LIT("Ex\xe2\x80\x8b"
                                           "ecute(x)\nPlain(y)") };
    tree_parse(&arena, LANGUAGE_VB, &piece, 1, &tree);
    assert_int_equal(tree.escapes, 1);
    arena_deinit(&arena);
}

/* --- tolerance --- */

static uint32_t skipped_of(enum language language, const char *code, const char *wanted)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, language, 1, slice_from(code) };
    tree_parse(&arena, language, &piece, 1, &tree);
    tree_print(&tree, &out);
    assert_non_null(strstr(out.ptr, wanted));
    buf_deinit(&out);
    arena_deinit(&arena);
    return tree.skipped;
}

static void test_nonsense_is_skipped(void **state)
{
    (void)state;
    static const char *const codes[] = {
        ") ]\nf(x)",
        "a b c = )\nf(x)",
        "End If\nf(x)",
        "If If (\nf(x)",
        "x = (1 +\nf(x)",
        "Next\nf(x)",
        "Loop : f(x)",
        "For x\nf(x)",
        "Class\nf(x)",
        "New\nf(x)",
        "a.\nf(x)",
        "Case 1 : f(x)",
        "Sub s\nEnd If\nf(x)",
        "a = request(1) f(x)",
        "\x01\x02\nf(x)",
        "\"a\nf(x)",
        "If a Then\nSub s\nf(x)",
        "Sub s\nSub t\nf(x)",
        "Dim\nf(x)",
        "Else\nf(x)",
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        skipped_of(LANGUAGE_VBSCRIPT, codes[i], "(name f) (name x)");
    assert_int_equal(skipped_of(LANGUAGE_VBSCRIPT, "f(x)", "f"), 0);
    assert_true(skipped_of(LANGUAGE_VBSCRIPT, ") f(x)\ng(x)", "g") > 0);
}

static void test_procedure_without_end(void **state)
{
    (void)state;
    skipped_of(LANGUAGE_VBSCRIPT, "Sub s\nIf a Then\nb\nSub t\nc\nEnd Sub\nd",
               "(function t (block (call (name c)))) (call (name d))");
}

/* --- bounds --- */

static void check_height(const struct node *node, unsigned above)
{
    assert_true(above < 4 * TREE_HEIGHT_MAX);
    for (const struct node *child = node->first; child; child = child->next)
        check_height(child, above + 1);
}

static void check_repeated(enum language language, const char *what, size_t times)
{
    struct arena arena = ARENA_INIT;
    struct buf code = BUF_INIT;
    struct tree tree;
    for (size_t i = 0; i < times; i++)
        buf_add_text(&code, what);
    const struct piece piece = { PIECE_CODE, language, 1, buf_slice(&code) };
    tree_parse(&arena, language, &piece, 1, &tree);
    check_height(tree.root, 0);
    buf_deinit(&code);
    arena_deinit(&arena);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    static const char *const repeated[] = {
        "(",          "a(",
        "Not ",       "-",
        "a & b - ",   "a.b",
        ".a(1)",      "If a Then\n",
        "If a Then ", "For i = 1 To ",
        "With a\n",   "Sub s\n",
        "Do\n",       "Select Case a\nCase 1\n",
        "Class a\n",  "Function(x) ",
        "x = <a>",    "$\"{",
        "New A(",     "{",
        "Try\n",      "a:=",
        "From x In ", "ElseIf a Then\n",
        "If(",        "Namespace a\n",
        "<A(",        "Property P\nGet\n",
        "&H",
    };
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        check_repeated(LANGUAGE_VB, repeated[i], 20000);
        check_repeated(LANGUAGE_VBSCRIPT, repeated[i], 20000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_net),
        cmocka_unit_test(test_blocks_over_pieces),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_escapes_are_counted),
        cmocka_unit_test(test_nonsense_is_skipped),
        cmocka_unit_test(test_procedure_without_end),
        cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
