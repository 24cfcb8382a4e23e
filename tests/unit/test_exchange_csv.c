/* CSV cells with Exchange's habits, and the typed pairs of ECP's EventData (design §8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "events/exchange_csv.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Cells with '|' between them. */
static void print_cells(struct buf *buf, const struct slice *cells, size_t count)
{
    buf_add_text(buf, "");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(buf, '|');
        buf_add_slice(buf, cells[i]);
    }
}

static void test_csv(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        size_t count;
        const char *cells;
    } cases[] = {
        { "", 1, "" },
        { ",", 2, "|" },
        { "a", 1, "a" },
        { "a,b", 2, "a|b" },
        { "a,,b,", 4, "a||b|" },
        { "\"a,b\",c", 2, "a,b|c" },
        { "\"a\"\"b\",c", 2, "a\"b|c" },
        { "\"\",c", 2, "|c" },
        { "\"\"", 1, "" },
        { "\"\"\"\"", 1, "\"" },
        { "\"\"\"a\"\"\"", 1, "\"a\"" },
        { "\"\"\"\"\"\",x", 2, "\"\"|x" },
        { "a\"b,c", 2, "a\"b|c" }, /* a quote inside a bare cell is text */
        { "a,\"b", 2, "a|b" },     /* an open quote reaches to the end */
        { "\"", 1, "" },
        { "a,\"b,c,d", 2, "a|b,c,d" },
        { "\"a\"x,b", 2, "a|b" },
        { "\"a\" ,b", 2, "a|b" },
        { " \"a,b\"", 2, " \"a|b\"" },
        { "\"a\n\",b", 2, "a\n|b" },
        { "\"a\"\"", 1, "a\"" },
        { "x,\"a\"\"", 2, "x|a\"" },
        { "'a,b'", 2, "'a|b'" },
        { "\"a\",", 2, "a|" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena scratch = ARENA_INIT;
        struct buf buf = BUF_INIT;
        struct slice cells[8];
        size_t count = csv_split(slice_from(cases[i].row), cells, 8, &scratch);
        print_cells(&buf, cells, count);
        if (count != cases[i].count || strcmp(buf.ptr, cases[i].cells) != 0)
            fail_msg("<%s>: %zu cells, <%s>", cases[i].row, count, buf.ptr);
        buf_deinit(&buf);
        arena_deinit(&scratch);
    }
}

static void test_csv_beyond_max(void **state)
{
    (void)state;
    struct arena scratch = ARENA_INIT;
    struct slice cells[2] = { SLICE_NULL, SLICE_NULL };
    assert_int_equal(csv_split(SLICE_LIT("a,b,\"c,d\",e"), cells, 1, &scratch), 4);
    assert_true(slice_eq(cells[0], SLICE_LIT("a")));
    assert_null(cells[1].ptr);
    assert_int_equal(csv_split(SLICE_LIT("a,b"), NULL, 0, &scratch), 2);
    assert_int_equal(csv_split(SLICE_NULL, NULL, 0, &scratch), 0);
    arena_deinit(&scratch);
}

static void test_ecp_cells(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        size_t count;
        const char *cells;
    } cases[] = {
        { "t,s,ECP.Request,S:A=b", 4, "t|s|ECP.Request|S:A=b" },
        { "t,s,e,S:A=b,c,\"d\"", 4, "t|s|e|S:A=b,c,\"d\"" }, /* commas belong to EventData */
        { "t,s,e,", 4, "t|s|e|" },
        { "t,s,e", 3, "t|s|e" },
        { "t", 1, "t" },
        { "", 1, "" },
        { "\"t\",\"s\",\"e\",\"S:A=\"\"b\"\",c\"", 4, "t|s|e|S:A=\"b\",c" },
        { "t,s,e,\"S:A=b\",c", 4, "t|s|e|\"S:A=b\",c" }, /* quotes around a part only */
        { "t,s,e,\"S:A=b", 4, "t|s|e|S:A=b" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena scratch = ARENA_INIT;
        struct buf buf = BUF_INIT;
        struct slice cells[4];
        size_t count = ecp_split(slice_from(cases[i].row), cells, &scratch);
        print_cells(&buf, cells, count);
        if (count != cases[i].count || strcmp(buf.ptr, cases[i].cells) != 0)
            fail_msg("<%s>: %zu cells, <%s>", cases[i].row, count, buf.ptr);
        buf_deinit(&buf);
        arena_deinit(&scratch);
    }
}

static void print_pairs(struct buf *buf, const struct event_pair *pairs, size_t count)
{
    buf_add_text(buf, "");
    for (size_t i = 0; i < count; i++)
        buf_printf(buf, "[%.*s]=<%.*s>", SLICE_FMT(pairs[i].name), SLICE_FMT(pairs[i].value));
}

static void test_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *data, *pairs;
    } cases[] = {
        { "", "" },
        { "S:A=b", "[A]=<b>" },
        { "S:A=", "[A]=<>" },
        { "S:A=b;", "[A]=<b>" },
        { "S:A=b;S:C=d", "[A]=<b>[C]=<d>" },
        { "S:A=b;I32:B=1;Dbl:C=1.5;F:D=2;Dt:E=2021-03-03T06:49:53Z",
          "[A]=<b>[B]=<1>[C]=<1.5>[D]=<2>[E]=<2021-03-03T06:49:53Z>" },
        /* quoted pairs */
        { "'S:A=b'", "[A]=<b>" },
        { "'S:A=b;c=d';S:E=f", "[A]=<b;c=d>[E]=<f>" },
        { "'S:A=b;S:C=d';S:E=f", "[A]=<b;S:C=d>[E]=<f>" },
        { "'S:A=it''s';S:C=d", "[A]=<it's>[C]=<d>" },
        { "'S:A=''';S:C=d", "[A]=<'>[C]=<d>" },
        { "'S:A='';S:C=d", "[A]=<';S:C=d>" }, /* open: reaches to the end */
        { "'S:A=''''';S:C=d", "[A]=<''>[C]=<d>" },
        { "'S:A=''b''';S:C=d", "[A]=<'b'>[C]=<d>" },
        { "'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script>''"
          ".Identity=''x''';;S:EX=;S:RS=0",
          "[CMD]=<Set-OabVirtualDirectory.ExternalUrl='http://f/<script>'.Identity='x'>"
          "[EX]=<>[RS]=<0>" },
        { "S:A='b';S:C=d", "[A]=<'b'>[C]=<d>" }, /* quotes inside an unquoted value */
        { "S:A=b;'S:C=d;e';S:F=g", "[A]=<b>[C]=<d;e>[F]=<g>" },
        { "'S:A=b'trash;S:C=d", "[A]=<b>[C]=<d>" },
        { "'S:A=open;S:C=d", "[A]=<open;S:C=d>" },
        /* unquoted values end only where a typed key follows */
        { "S:A=b;c=d;S:E=f", "[A]=<b;c=d>[E]=<f>" },
        { "S:A=x=y;S:E=f", "[A]=<x=y>[E]=<f>" },
        { "S:A=b S:C=d", "[A]=<b S:C=d>" },
        { "S:A=bS:C=d;S:E=f", "[A]=<bS:C=d>[E]=<f>" },
        { "S:A=b;S:C;S:D=e", "[A]=<b;S:C>[D]=<e>" },
        { "S:A=b;S:=c;S:D=e", "[A]=<b;S:=c>[D]=<e>" },
        { "S:A=b;X:C=d", "[A]=<b;X:C=d>" },
        { "S:A=b;s:C=d", "[A]=<b;s:C=d>" }, /* types are written as they are */
        { "S:A=b; S:C=d", "[A]=<b; S:C=d>" },
        { "S:A=b;I64:C=1", "[A]=<b;I64:C=1>" },
        { "S:A=b;;S:EX=", "[A]=<b>[EX]=<>" },
        { "S:A=http://h/p?q=1&r=2;S:B=c", "[A]=<http://h/p?q=1&r=2>[B]=<c>" },
        { "S:URL=/ecp/y.js,x;S:B=c", "[URL]=</ecp/y.js,x>[B]=<c>" },
        /* keys */
        { "I32:ADS.C[EXCH1]=3;F:ADS.AL[EXCH1]=1.6", "[ADS.C[EXCH1]]=<3>[ADS.AL[EXCH1]]=<1.6>" },
        { "S:PSA=<PII>a@b.test</PII>;S:B=c", "[PSA]=<<PII>a@b.test</PII>>[B]=<c>" },
        { "S:a b=c", "[a b]=<c>" },
        { "S:A=1;S:A=2", "[A]=<1>[A]=<2>" },
        /* not at a pair at first */
        { "noise;S:A=b", "[A]=<b>" },
        { ";;S:A=b", "[A]=<b>" },
        { "''S:A=b", "" },
        { "'noise';S:A=b", "[A]=<b>" },
        { "A=b;C=d", "" },
        { "S:", "" },
        { "'S:", "" },
        { "'", "" },
        { "S:A='", "[A]=<'>" },
        { "S:A=<null>;S:B=<empty>", "[A]=<<null>>[B]=<<empty>>" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena scratch = ARENA_INIT;
        struct buf buf = BUF_INIT;
        struct event_pair pairs[16];
        print_pairs(&buf, pairs, ecp_pairs(slice_from(cases[i].data), pairs, 16, &scratch));
        if (strcmp(buf.ptr, cases[i].pairs) != 0)
            fail_msg("%s\n  %s\n  %s", cases[i].data, cases[i].pairs, buf.ptr);
        buf_deinit(&buf);
        arena_deinit(&scratch);
    }
}

static void test_pairs_beyond_max(void **state)
{
    (void)state;
    struct arena scratch = ARENA_INIT;
    struct event_pair pairs[3];
    memset(pairs, 0, sizeof pairs);
    assert_int_equal(ecp_pairs(SLICE_LIT("S:A=1;S:B=2;S:C=3"), pairs, 2, &scratch), 2);
    assert_null(pairs[2].name.ptr);
    assert_int_equal(ecp_pairs(SLICE_LIT("S:A=1"), pairs, 0, &scratch), 0);
    assert_int_equal(ecp_pairs(SLICE_NULL, pairs, 3, &scratch), 0);
    arena_deinit(&scratch);
}

/* Text that would be slow for a reader that looks ahead again and again. */
static void test_hostile_pairs(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        ";", "'", ";'S:", ";S:A", "S:A=;", "'S:A=''", ";;S:="
    };
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct arena scratch = ARENA_INIT;
        struct buf data = BUF_INIT;
        struct event_pair pairs[EVENT_PAIRS_MAX];
        while (data.len < 1000000)
            buf_add_text(&data, pieces[i]);
        assert_true(ecp_pairs(buf_slice(&data), pairs, EVENT_PAIRS_MAX, &scratch) <=
                    EVENT_PAIRS_MAX);
        assert_true(scratch.used <= 2 * data.len);
        buf_deinit(&data);
        arena_deinit(&scratch);
    }
}

/* Memory of exactly the row's size: reading past it is seen. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char letters[] = "\"\"'',;;S:=aI32F\n";
    uint32_t seed = 5;
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)(round % 24);
        char *exact = malloc(len ? len : 1);
        assert_non_null(exact);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            exact[i] = letters[(seed >> 24) % (sizeof letters - 1)];
        }
        struct arena scratch = ARENA_INIT;
        struct slice row = slice_of(exact, len), cells[4];
        struct event_pair pairs[4];
        size_t count = csv_split(row, cells, 4, &scratch);
        assert_int_equal(count, csv_split(row, NULL, 0, &scratch));
        assert_true(ecp_split(row, cells, &scratch) <= 4);
        assert_true(ecp_pairs(row, pairs, 4, &scratch) <= 4);
        arena_deinit(&scratch);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_csv_beyond_max),
        cmocka_unit_test(test_ecp_cells),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_pairs_beyond_max),
        cmocka_unit_test(test_hostile_pairs),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
