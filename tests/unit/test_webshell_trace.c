/* What pages leave behind: .compiled files, assemblies, native modules; whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assembly_writer.h"
#include "exchange/foreign.h"

#define TEMPORARY "C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files/"
#define OWA TEMPORARY "owa/8e05b027/e164d61b/"
#define PAGE_DLL OWA "App_Web_a1b2c3d4.dll"

static const char takes_bytes[] = { 0x00, 0x01, 0x12, 0x21, 0x1d, 0x05 };
static const char takes_nothing[] = { 0x00, 0x00, 0x01 };
static const char ecma_key[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 4 };
static const char microsoft_token[] = "\xb7\x7a\x5c\x56\x19\x34\xe0\x89";

/* The code of a page that evaluates what a request says. */
static void write_page(struct assembly_writer *w)
{
    put_assembly(w, "App_Web_a1b2c3d4", NULL, 0);
    put_reference(w, "System.Web", microsoft_token);
    unsigned request = put_type_used(w, "System.Web", "HttpRequest");
    unsigned eval = put_type_used(w, "Microsoft.JScript", "Eval");
    put_member(w, request, "get_Item", takes_nothing, sizeof takes_nothing);
    put_member(w, eval, "JScriptEvaluate", takes_nothing, sizeof takes_nothing);
    put_type(w, "", "<Module>");
    put_type(w, "ASP", "auth_x_1_aspx");
    put_type(w, "ASP", "left_aspx");
    put_type(w, "__ASP", "FastObjectFactory_app_web_a1b2c3d4");
    put_literal(w, "~/auth/X-1.aspx");
    put_literal(w, "~/auth/X-1.aspx");
    put_literal(w, "~/link.aspx");
}

static void read_written(struct arena *arena, struct assembly_writer *w, const char *path,
                         struct buf *bytes, struct trace *out)
{
    *bytes = writer_finish(w);
    writer_deinit(w);
    assert_true(trace_is_candidate(slice_from(path), buf_slice(bytes)));
    trace_read(arena, buf_slice(bytes), slice_from(path), out);
}

static void assert_text(struct slice text, const char *expected)
{
    if (!slice_eq(text, slice_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", SLICE_FMT(text), expected);
}

static void test_page_assembly(void **state)
{
    (void)state;
    static struct trace trace;
    struct arena arena = ARENA_INIT;
    struct assembly_writer w;
    struct buf bytes;
    writer_init(&w);
    write_page(&w);
    read_written(&arena, &w, PAGE_DLL, &bytes, &trace);
    assert_int_equal(trace.kind, TRACE_PAGE_ASSEMBLY);
    assert_text(trace.name, "App_Web_a1b2c3d4");
    assert_text(trace.assembly.runtime, "v4.0.30319");
    assert_true(trace.time == INT64_C(1614754800000));
    assert_int_equal(trace.page_count, 2);
    assert_text(trace.pages[0], "/owa/auth/X-1.aspx");
    assert_text(trace.pages[1], "ASP.left_aspx");
    assert_int_equal(trace.features, 1U << FEATURE_REQUEST | 1U << FEATURE_EVALUATE);
    assert_int_equal(trace.report.class, WEBSHELL_SUSPECT);
    assert_int_equal(trace.report.reasons[0].code, REASON_ASSEMBLY);
    assert_text(trace.report.reasons[0].detail, "reads requests, compiles or evaluates text");
    assert_int_equal(trace.report.reason_count, 3);
    buf_deinit(&bytes);
    arena_deinit(&arena);
}

/* The application is told by the folder, or not at all. */
static void test_applications(void **state)
{
    (void)state;
    static const struct {
        const char *path, *page;
    } cases[] = {
        { TEMPORARY "root/1/2/App_Web_x.dll", "/auth/X-1.aspx" },
        { "C:\\Windows\\TEMPORARY ASP.NET FILES\\ECP\\1\\App_Web_x.dll", "/ecp/auth/X-1.aspx" },
        { "site/bin/App_Web_x.dll", "~/auth/X-1.aspx" },
        { "App_Web_x.dll", "~/auth/X-1.aspx" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct trace trace;
        struct arena arena = ARENA_INIT;
        struct assembly_writer w;
        struct buf bytes;
        writer_init(&w);
        write_page(&w);
        read_written(&arena, &w, cases[i].path, &bytes, &trace);
        assert_text(trace.pages[0], cases[i].page);
        buf_deinit(&bytes);
        arena_deinit(&arena);
    }
}

static void test_assembly(void **state)
{
    (void)state;
    static struct trace trace;
    struct arena arena = ARENA_INIT;
    struct assembly_writer w;
    struct buf bytes;
    char token[ASSEMBLY_TOKEN_TEXT_SIZE];
    writer_init(&w);
    put_version(&w, "Contoso");
    put_assembly(&w, "Contoso.Shop", ecma_key, sizeof ecma_key);
    put_reference(&w, "mscorlib", microsoft_token);
    unsigned assembly = put_type_used(&w, "System.Reflection", "Assembly");
    put_type_used(&w, "System.Web", "IHttpModule");
    put_member(&w, assembly, "Load", takes_bytes, sizeof takes_bytes);
    put_native(&w, "kernel32.dll", "VirtualAllocEx");
    read_written(&arena, &w, "shop/bin/Contoso.Shop.dll", &bytes, &trace);
    const struct assembly *a = &trace.assembly;
    assert_int_equal(trace.kind, TRACE_ASSEMBLY);
    assert_text(a->self.name, "Contoso.Shop");
    assert_int_equal(a->self.version[0], 1);
    assert_int_equal(a->self.version[3], 4);
    assert_true(a->has_signature);
    assert_string_equal(assembly_token_text(&a->self, token), "b77a5c561934e089");
    assert_true(assembly_claims_microsoft(&a->self));
    assert_int_equal(a->reference_count, 1);
    assert_text(a->references[0].name, "mscorlib");
    assert_string_equal(assembly_token_text(&a->references[0], token), "b77a5c561934e089");
    assert_int_equal(a->member_count, 2);
    assert_text(a->members[0].space, "System.Reflection");
    assert_text(a->members[1].type, "kernel32.dll");
    assert_int_equal(trace.features, 1U << FEATURE_LOAD | 1U << FEATURE_LOAD_BYTES |
                                         1U << FEATURE_NATIVE | 1U << FEATURE_MODULE);
    /* Nothing of that reads a request. */
    assert_int_equal(trace.report.class, WEBSHELL_NONE);
    assert_text(trace.version.company, "Contoso");
    assert_int_equal(trace.version.file[0], 15);
    assert_int_equal(trace.version.file[2], 2176);
    assert_int_equal(trace.version.file[3], 9);
    buf_deinit(&bytes);
    arena_deinit(&arena);
}

/* A library may start programs, and one for the web reads requests; a page has no reason to. */
static void test_programs(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum webshell_class class;
    } cases[] = { { "shop/bin/Contoso.Shop.dll", WEBSHELL_NONE },
                  { PAGE_DLL, WEBSHELL_SUSPECT } };
    for (size_t i = 0; i < 2; i++) {
        static struct trace trace;
        struct arena arena = ARENA_INIT;
        struct assembly_writer w;
        struct buf bytes;
        writer_init(&w);
        put_assembly(&w, "x", NULL, 0);
        unsigned request = put_type_used(&w, "System.Web", "HttpRequest");
        unsigned process = put_type_used(&w, "System.Diagnostics", "Process");
        put_member(&w, request, "get_Form", takes_nothing, sizeof takes_nothing);
        put_member(&w, process, "Start", takes_nothing, sizeof takes_nothing);
        read_written(&arena, &w, cases[i].path, &bytes, &trace);
        assert_int_equal(trace.report.class, cases[i].class);
        buf_deinit(&bytes);
        arena_deinit(&arena);
    }
}

/* ---- in their place ---- */

static struct trace_verdict judge(struct arena *arena, const char *path, const char *build,
                                  struct trace *trace)
{
    static const uint8_t unknown[SHA256_BYTES];
    struct place_report place;
    struct build parsed;
    bool given = build_parse(slice_from(build), &parsed);
    place_judge(arena, slice_from(path), unknown, given ? &parsed : NULL, &place);
    return foreign_judge_trace(arena, &place, slice_from(path), trace);
}

static void test_foreign_page_ran(void **state)
{
    (void)state;
    static struct trace trace;
    struct arena arena = ARENA_INIT;
    struct assembly_writer w;
    struct buf bytes;
    writer_init(&w);
    write_page(&w);
    read_written(&arena, &w, PAGE_DLL, &bytes, &trace);
    judge(&arena, PAGE_DLL, NULL, &trace);
    assert_int_equal(trace.report.class, WEBSHELL_SUSPECT);
    assert_int_equal(trace.report.reason_count, 3);
    assert_int_equal(trace.report.reasons[1].code, REASON_COMPILED);
    assert_int_equal(trace.report.reasons[1].class, WEBSHELL_FOREIGN);
    assert_text(trace.report.reasons[1].detail, "/owa/auth/X-1.aspx");
    buf_deinit(&bytes);
    arena_deinit(&arena);
}

static void test_module(void **state)
{
    (void)state;
    static const struct {
        const char *path, *export, *company;
        enum trace_kind kind;
        enum webshell_class class;
    } cases[] = {
        { "C/Windows/System32/inetsrv/odd.dll", "RegisterModule", "Microsoft Corporation",
          TRACE_MODULE, WEBSHELL_FOREIGN },
        { "C/Windows/System32/inetsrv/static.dll", "RegisterModule", "Microsoft Corporation",
          TRACE_MODULE, WEBSHELL_NONE },
        { "C/ProgramData/static.dll", "RegisterModule", "", TRACE_MODULE, WEBSHELL_FOREIGN },
        { "C/ProgramData/filter1.dll", "GetFilterVersion", "", TRACE_MODULE, WEBSHELL_FOREIGN },
        { "C/Windows/System32/other.dll", "RegisterModules", "", TRACE_NONE, WEBSHELL_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct trace trace;
        struct arena arena = ARENA_INIT;
        struct assembly_writer w;
        struct buf bytes;
        writer_init(&w);
        w.unmanaged = true;
        put_export(&w, cases[i].export);
        put_version(&w, cases[i].company);
        read_written(&arena, &w, cases[i].path, &bytes, &trace);
        assert_int_equal(trace.kind, cases[i].kind);
        struct trace_verdict verdict = judge(&arena, cases[i].path, NULL, &trace);
        assert_int_equal(trace.report.class, cases[i].class);
        if (trace.kind == TRACE_MODULE)
            assert_int_equal(verdict.claims_microsoft, cases[i].company[0] != '\0');
        buf_deinit(&bytes);
        arena_deinit(&arena);
    }
}

static void test_foreign_assembly(void **state)
{
    (void)state;
    static const char bin[] =
        "C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy/"
        "bin/Odd.dll";
    static const char copy[] = OWA "assembly/dl3/1/2/Odd.dll";
    static const struct {
        const char *path, *build;
        bool key;
        enum webshell_class class;
    } cases[] = {
        { bin, NULL, false, WEBSHELL_FOREIGN },
        { bin, "15.1.2176.9", true,
          WEBSHELL_FOREIGN }, /* the build is known: so are its files */
        { bin, "15.1.2507.6", true, WEBSHELL_NONE },
        { copy, NULL, false, WEBSHELL_FOREIGN },
        { TEMPORARY "shop/1/assembly/dl3/1/2/Odd.dll", NULL, false, WEBSHELL_NONE },
        { "shop/bin/Odd.dll", NULL, false, WEBSHELL_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct trace trace;
        struct arena arena = ARENA_INIT;
        struct assembly_writer w;
        struct buf bytes;
        writer_init(&w);
        put_assembly(&w, "Odd", ecma_key, cases[i].key ? sizeof ecma_key : 0);
        read_written(&arena, &w, cases[i].path, &bytes, &trace);
        struct trace_verdict verdict = judge(&arena, cases[i].path, cases[i].build, &trace);
        if (trace.report.class != cases[i].class)
            fail_msg("case %zu: class %d", i, (int)trace.report.class);
        assert_int_equal(verdict.claims_microsoft, cases[i].key);
        assert_false(verdict.known);
        buf_deinit(&bytes);
        arena_deinit(&arena);
    }
}

/* ---- damage ---- */

/* Cut at every length and with every byte changed: an answer, and no read outside. */
static void test_damage(void **state)
{
    (void)state;
    static struct trace trace;
    struct assembly_writer w;
    writer_init(&w);
    put_version(&w, "Contoso");
    put_export(&w, "RegisterModule");
    write_page(&w);
    struct buf bytes = writer_finish(&w);
    writer_deinit(&w);
    for (size_t i = 0; i < bytes.len; i++) {
        struct arena arena = ARENA_INIT;
        char *copy = mem_alloc(i + 1); /* of exactly this size, for the sanitizer */
        memcpy(copy, bytes.ptr, i);
        trace_read(&arena, slice_of(copy, i), SLICE_LIT(PAGE_DLL), &trace);
        free(copy);
        bytes.ptr[i] ^= (char)0xff;
        trace_read(&arena, buf_slice(&bytes), SLICE_LIT(PAGE_DLL), &trace);
        bytes.ptr[i] ^= (char)0xff;
        arena_deinit(&arena);
    }
    buf_deinit(&bytes);
}

/* ---- .compiled ---- */

struct compiled_case {
    const char *text;
    bool is_one;
    bool damaged;
    size_t dependencies;
};

#define HEAD                                                                                   \
    "<preserve resultType=\"3\" virtualPath=\"/owa/auth/x.aspx\" hash=\"1\" filehash=\"f2\" "  \
    "assembly=\"App_Web_a1\" type=\"ASP.auth_x_aspx\">"

static const struct compiled_case compiled_cases[] = {
    { "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" HEAD
      "<filedeps><filedep name=\"/owa/auth/x.aspx\" /><filedep "
      "name=\"b\"/></filedeps></preserve>",
      true, false, 2 },
    { "\xef\xbb\xbf" HEAD "</preserve>", true, false, 0 },
    { HEAD "<filedeps><filedep name=\"a\"/><filed", true, true, 1 }, /* cut */
    { HEAD "<a><a><a><a><a><a><a><a><a><a/>", true, true, 0 },       /* too deep */
    { "<!DOCTYPE preserve [<!ENTITY a \"b\">]>" HEAD "</preserve>", false, true, 0 },
    { "<other virtualPath=\"/x\"/>", false, true, 0 },
    { "<other>" HEAD "</preserve></other>", false, true, 0 },
    { "<preserve/>", false, true, 0 },
    { "", false, true, 0 },
    { "MZ", false, true, 0 },
};

static void test_compiled(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof compiled_cases / sizeof *compiled_cases; i++) {
        static struct compiled compiled;
        const struct compiled_case *c = &compiled_cases[i];
        struct arena arena = ARENA_INIT;
        bool is_one = compiled_read(&arena, slice_from(c->text), &compiled);
        if (is_one != c->is_one || compiled.damaged != c->damaged ||
            compiled.dependency_count != c->dependencies)
            fail_msg("case %zu: %d %d %zu", i, is_one, compiled.damaged,
                     compiled.dependency_count);
        if (is_one) {
            assert_text(compiled.virtual_path, "/owa/auth/x.aspx");
            assert_text(compiled.assembly, "App_Web_a1");
            assert_text(compiled.type, "ASP.auth_x_aspx");
            assert_text(compiled.file_hash, "f2");
            assert_int_equal(compiled.result_type, 3);
        }
        arena_deinit(&arena);
    }
}

static void test_compiled_trace(void **state)
{
    (void)state;
    static struct trace trace;
    static const char path[] = OWA "x.aspx.cdcab7d2.compiled";
    static const char known[] = "<preserve virtualPath=\"/owa/auth/logon.aspx\"/>";
    struct arena arena = ARENA_INIT;
    assert_true(trace_is_candidate(slice_from(path), SLICE_NULL));
    assert_true(
        trace_read(&arena, slice_from(compiled_cases[0].text), slice_from(path), &trace));
    assert_int_equal(trace.kind, TRACE_COMPILED);
    judge(&arena, path, NULL, &trace);
    assert_int_equal(trace.report.class, WEBSHELL_FOREIGN);
    assert_int_equal(trace.report.reason_count, 1);

    assert_true(trace_read(&arena, slice_from(known), slice_from(path), &trace));
    judge(&arena, path, NULL, &trace);
    assert_int_equal(trace.report.class, WEBSHELL_NONE);
    assert_false(trace_read(&arena, SLICE_LIT("<x/>"), slice_from(path), &trace));
    assert_int_equal(trace.kind, TRACE_NONE);
    arena_deinit(&arena);
}

/* A report that is full keeps the heaviest. */
static void test_reasons(void **state)
{
    (void)state;
    static struct page_report report;
    for (size_t i = 0; i < PAGE_REASONS_MAX + 4; i++) {
        struct reason reason = { .code = REASON_MAGIC, .class = WEBSHELL_SUSPECT };
        page_report_add(&report, &reason);
    }
    struct reason light = { .code = REASON_FOREIGN, .class = WEBSHELL_FOREIGN };
    struct reason heavy = { .code = REASON_FLOW, .class = WEBSHELL_SHELL };
    page_report_add(&report, &light);
    page_report_add(&report, &heavy);
    assert_int_equal(report.reason_count, PAGE_REASONS_MAX);
    assert_int_equal(report.reasons[0].code, REASON_FLOW);
    assert_int_equal(report.reasons[PAGE_REASONS_MAX - 1].code, REASON_MAGIC);
    assert_int_equal(report.class, WEBSHELL_SHELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_assembly),    cmocka_unit_test(test_applications),
        cmocka_unit_test(test_assembly),         cmocka_unit_test(test_programs),
        cmocka_unit_test(test_foreign_page_ran), cmocka_unit_test(test_module),
        cmocka_unit_test(test_foreign_assembly), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_compiled),         cmocka_unit_test(test_compiled_trace),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
