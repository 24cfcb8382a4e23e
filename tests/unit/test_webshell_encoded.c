/* VBScript.Encode and JScript.Encode: the tables, code pages, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/decode_script.h"
#include "webshell/tree.h"

/* Texts were encoded by a script of its own, from the published tables. */
static void check(const char *encoded, const char *wanted, bool is_encoded)
{
    struct arena arena = ARENA_INIT;
    bool found = false;
    struct slice text = decode_script(&arena, slice_from(encoded), &found);
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.ptr, wanted, text.len);
    assert_int_equal(found, is_encoded);
    arena_deinit(&arena);
}

static void test_every_character(void **state)
{
    (void)state;
    check(
        "#@~^gQAAAA==P4+~$Ebm3,4MGh\x09PWWXP%;sw/,G\\\x7f"
        "DPD4nP^l.X~NGLBPPCA~p`q/F,AI6\x09gPoro~xj\\h?,r.AI,PCAPJb\\5~9}Mi,TFy&cl\x7f{%OPeJ:^"
        "Y'E`be3SOczlxQ$-D?|=`u)=dyUAAA==^#~@",
        "The quick brown fox jumps over the lazy dog, THE QUICK BROWN FOX JUMPS OVER THE LAZY "
        "DOG; 0123456789 !\"#$%&'()*+,-./:=?[\\]^_`{|}~",
        true);
    check("#@~^FgAAAA==a,'~rli4J,B,TFy&**+G01eQQAAA==^#~@", "x = \"a\tb\" ' 0123456789", true);
}

static void test_escapes(void **state)
{
    (void)state;
    check("#@~^MQAAAA==(6PC,@!,4Pzx9~4,@*~m,K4n\x09@#@&,~N@$+P{~q@#@&2\x09N~qWXgoAAA==^#~@",
          "If a < b And b > c Then\r\n  d@e = 1\r\nEnd If", true);
}

/* The number of characters tells how many bytes one has. */
static void test_code_pages(void **state)
{
    (void)state;
    check("#@~^EgAAAA==C,'~r\xc8\xd5\xb1\xbeJ,)P(P{~J1JM9AAAA==^#~@",
          "a = \"\xc8\xd5\xb1\xbe\" : b = \"c\"", true);
    check("#@~^EwAAAA==C,'~r\xf0\xfd\xfeJ,)P(P{~J1J0QYAAA==^#~@",
          "a = \"\xf0\xfd\xfe\" : b = \"c\"", true);
    check("#@~^EgAAAA==C,'~r\xe6\x97\xa5\xe6\x9c\xacJ,)P(P{~J1JM9AAAA==^#~@",
          "a = \"\xe6\x97\xa5\xe6\x9c\xac\" : b = \"c\"", true);
}

static void test_text_around_and_damage(void **state)
{
    (void)state;
    check("a #@~^FgAAAA==a,'~rli4J,B,TFy&**+G01eQQAAA==^#~@ b", "a x = \"a\tb\" ' 0123456789 b",
          true);
    check("#@~^FgAAAA==a,'~rli4J", "x = \"a\tb\"", true); /* has no end */
    check("#@~^ no number", "#@~^ no number", false);
    check("#@~^", "#@~^", false);
    check("", "", false);
}

static void test_tree_tells(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct tree tree;
    const struct piece piece = { PIECE_CODE, LANGUAGE_VBSCRIPT, 1,
                                 SLICE_LIT("#@~^FgAAAA==a,'~rli4J,B,TFy&**+G01eQQAAA==^#~@") };
    tree_parse(&arena, LANGUAGE_VBSCRIPT, &piece, 1, &tree);
    assert_true(tree.encoded);
    assert_int_equal(tree.root->first->kind, NODE_ASSIGN);
    tree_parse(&arena, LANGUAGE_JSCRIPT, &piece, 1, &tree);
    assert_false(tree.encoded); /* the piece is of another language */
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character), cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_code_pages),      cmocka_unit_test(test_text_around_and_damage),
        cmocka_unit_test(test_tree_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
