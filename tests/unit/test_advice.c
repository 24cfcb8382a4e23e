/* The built-in advice: complete, in order, and commands that no name breaks out of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/escape.h"
#include "case_maker.h"
#include "exchange/cve.h"
#include "report/advice.h"
#include "sigma/set.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- the file ---- */

static struct advice builtin(struct arena *arena)
{
    struct advice advice;
    struct err err = ERR_INIT;
    if (advice_builtin(arena, &advice, &err) < 0)
        fail_msg("%s", err.msg);
    return advice;
}

static bool answers(const struct advice *advice, const char *key)
{
    for (size_t i = 0; i < advice->count; i++)
        for (size_t k = 0; k < advice->steps[i].key_count; k++)
            if (slice_eq(advice->steps[i].keys[k], slice_from(key)))
                return true;
    return false;
}

static void assert_answers(const struct advice *advice, const char *kind, const char *value)
{
    char key[160];
    snprintf(key, sizeof key, "%s:%s", kind, value);
    if (!answers(advice, key))
        fail_msg("no step for %s", key);
}

static void test_every_key_has_a_step(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct advice advice = builtin(&arena);
    for (int i = GRADE_N; i <= GRADE_E6; i++)
        assert_answers(&advice, "grade", grade_name((enum grade)i));
    for (int i = STAGE_NONE; i <= STAGE_CLEANUP; i++)
        assert_answers(&advice, "stage", stage_name((enum stage)i));
    for (int i = WEBSHELL_NONE + 1; i <= WEBSHELL_SHELL; i++)
        assert_answers(&advice, "page", webshell_class_name((enum webshell_class)i));
    for (size_t i = 0; i < cve_count; i++)
        assert_answers(&advice, "cve", cve_table[i].id + strlen("CVE-"));
    arena_deinit(&arena);
}

static void load_pack(struct sigma_set *set)
{
    for (size_t i = 0; i < embedded_file_count; i++) {
        struct slice name = slice_from(embedded_files[i].name);
        if (slice_starts(name, SLICE_LIT("exchange/")) &&
            slice_icase_ends(name, SLICE_LIT(".yml")))
            sigma_set_add_text(
                set, name,
                slice_of((const char *)embedded_files[i].data, embedded_files[i].size));
    }
}

/* CVEs of the pack's rules have a step, and rules that steps name are in the pack. */
static void test_agrees_with_the_pack(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct advice advice = builtin(&arena);
    struct sigma_set set = SIGMA_SET_INIT;
    load_pack(&set);
    assert_true(set.rule_count > 50);
    for (size_t i = 0; i < set.rule_count; i++)
        for (size_t t = 0; t < set.rules[i]->tag_count; t++) {
            struct slice tag = set.rules[i]->tags[t];
            if (slice_starts(tag, SLICE_LIT("cve.")))
                assert_answers(&advice, "cve", arena_text(&arena, slice_from_offset(tag, 4)));
        }
    for (size_t i = 0; i < advice.count; i++)
        for (size_t k = 0; k < advice.steps[i].key_count; k++) {
            struct slice key = advice.steps[i].keys[k];
            bool known = !slice_starts(key, SLICE_LIT("rule:"));
            for (size_t r = 0; !known && r < set.rule_count; r++)
                known = slice_eq(set.rules[r]->id, slice_from_offset(key, 5));
            if (!known)
                fail_msg("%.*s names no rule of the pack", SLICE_FMT(key));
        }
    sigma_set_deinit(&set);
    arena_deinit(&arena);
}

static void test_steps_are_well_formed(void **state)
{
    (void)state;
    static const char *const shells[] = { "PowerShell", "Exchange Management Shell", "cmd" };
    static const char *const names[] = { "<pages>", "<hashes>", "<sources>",
                                         "<from>",  "<to>",     "<host>" };
    struct arena arena = ARENA_INIT;
    struct advice advice = builtin(&arena);
    for (size_t i = 0; i < advice.count; i++) {
        const struct advice_step *step = &advice.steps[i];
        for (size_t j = 0; j < i; j++)
            assert_false(slice_eq(advice.steps[j].name, step->name));
        for (size_t c = 0; c < step->command_count; c++) {
            bool known = false;
            for (size_t s = 0; s < COUNT(shells); s++)
                known |= slice_eq(step->commands[c].shell, slice_from(shells[s]));
            assert_true(known);
            assert_true(slice_find_char(step->commands[c].run, '\n') == SIZE_MAX);
            for (struct slice rest = step->commands[c].run; rest.len;) {
                size_t open = slice_find_char(rest, '<');
                if (open == SIZE_MAX)
                    break;
                rest = slice_from_offset(rest, open);
                bool name = false;
                for (size_t n = 0; n < COUNT(names); n++)
                    name |= slice_starts(rest, slice_from(names[n]));
                if (!name || slice_eq(step->commands[c].shell, SLICE_LIT("cmd")))
                    fail_msg("%.*s", SLICE_FMT(rest)); /* names are quoted for PowerShell */
                rest = slice_from_offset(rest, 1);
            }
        }
    }
    for (int i = 0; i < ADVICE_PHASE_COUNT; i++)
        assert_true(strlen(advice_phase_words((enum advice_phase)i)) > 3);
    arena_deinit(&arena);
}

static void test_refused_files(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "a: b",
        "- x",
        "- {step: a, phase: keep, when: [grade:N]}",
        "- {step: a, phase: now, when: [grade:N], text: b}",
        "- {step: a, phase: keep, when: [colour:red], text: b}",
        "- {step: a, phase: keep, when: ['grade:'], text: b}",
        "- {step: a, phase: keep, when: [], text: b}",
        "- {step: a, phase: keep, when: [grade:N], text: b, more: c}",
        "- {step: a, phase: keep, when: [grade:N], text: b, commands: [{on: cmd}]}",
        "- {step: a, phase: keep, when: [grade:N], text: b, commands: x}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct arena arena = ARENA_INIT;
        struct advice advice;
        struct err err = ERR_INIT;
        if (advice_read(&arena, slice_from(texts[i]), &advice, &err) == 0)
            fail_msg("accepted: %s", texts[i]);
        arena_deinit(&arena);
    }
}

/* ---- quoting ---- */

static bool is_single_quote(uint32_t c)
{
    return c == '\'' || c == 0x2018 || c == 0x2019 || c == 0x201a || c == 0x201b;
}

/* Reads a string of PowerShell as its tokenizer does; what follows the string is the rest. */
static struct slice unquote(struct slice text, struct buf *value)
{
    size_t pos = 0;
    buf_clear(value);
    buf_add_text(value, "");
    assert_true(is_single_quote(utf8_next(text, &pos)));
    while (pos < text.len) {
        uint32_t c = utf8_next(text, &pos);
        size_t after = pos;
        if (is_single_quote(c)) {
            if (pos >= text.len || !is_single_quote(utf8_next(text, &after)))
                return slice_from_offset(text, pos);
            pos = after;
        }
        buf_add_utf8(value, c);
    }
    fail_msg("a string without end: %.*s", SLICE_FMT(text));
    return SLICE_NULL;
}

static void test_quoted_names_stay_inside(void **state)
{
    (void)state;
    static const char *const names[] = {
        "x.aspx",
        "it's.aspx",
        "'; Remove-Item -Recurse C:\\; '",
        "''",
        "'",
        "$(calc).aspx",
        "`$x`.aspx",
        "\"a\".aspx",
        "a\xE2\x80\x98; calc; \xE2\x80\x99.aspx",
        "\xE2\x80\x9A\xE2\x80\x9B'\xE2\x80\x98.aspx",
        "a';\xE2\x80\x98"
        "calc\xE2\x80\x99;'b",
        "[*]?.aspx",
        "-Recurse",
        "<pages>",
        "%windir%.aspx",
        "\xC3\xA4.aspx",
    };
    struct buf quoted = BUF_INIT, value = BUF_INIT;
    for (size_t i = 0; i < COUNT(names); i++) {
        buf_clear(&quoted);
        if (!advice_quote(&quoted, slice_from(names[i])))
            fail_msg("left out: %s", names[i]);
        struct slice rest = unquote(buf_slice(&quoted), &value);
        assert_int_equal(rest.len, 0);
        assert_string_equal(value.ptr, names[i]);
    }
    buf_deinit(&quoted);
    buf_deinit(&value);
}

static void test_names_that_no_quote_makes_harmless(void **state)
{
    (void)state;
    static char long_name[ADVICE_NAME_BYTES_MAX + 2];
    memset(long_name, 'a', sizeof long_name - 1);
    const struct slice names[] = {
        SLICE_LIT("a\nb"),
        SLICE_LIT("a\rb"),
        SLICE_LIT("a\x1b[31m"),
        SLICE_LIT("a\0b"),
        SLICE_LIT("a\xFF.aspx"),
        SLICE_LIT("a\xE2\x80\xAE.aspx"),
        SLICE_LIT("a\x7F"),
        SLICE_LIT("a\xC2\x85"),
        SLICE_LIT("a\xE2\x80\xA8"
                  "b"),
        SLICE_LIT(""),
        slice_from(long_name),
    };
    struct buf quoted = BUF_INIT;
    for (size_t i = 0; i < COUNT(names); i++)
        if (advice_quote(&quoted, names[i]) || quoted.len)
            fail_msg("name %lu is accepted", (unsigned long)i);
    buf_deinit(&quoted);
}

/* ---- for a host ---- */

static void read_advice(struct casefile *casefile, struct report *r, struct advice *advice)
{
    struct host_verdict *v = arena_alloc(&r->arena, sizeof *v);
    verdict_read(casefile, &r->arena, SLICE_LIT("ex1"), v);
    advice_for_host(r, v, advice);
}

static const struct advice_step *find(const struct advice *advice, const char *name)
{
    for (size_t i = 0; i < advice->count; i++)
        if (slice_eq(advice->steps[i].name, slice_from(name)))
            return &advice->steps[i];
    return NULL;
}

static void add_rule(struct casefile *casefile)
{
    casefile_execute(casefile, "INSERT INTO item(id,path) VALUES(0,'u_ex.log');"
                               "INSERT INTO rule VALUES(0,'r','Rule','high','answer','',"
                               "'cve.2021-33766','f')");
}

static void finish(struct casefile *casefile)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    if (casefile_finish(casefile, &set, SLICE_NULL, false, &err) < 0)
        fail_msg("%s", err.msg);
    sigma_set_deinit(&set);
}

static void test_commands_name_the_case(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    static struct report r;
    struct advice advice;
    add_rule(casefile);
    case_add(casefile, &(struct given){ .stage = STAGE_ANSWER,
                                        .outcome = OUTCOME_SUCCESS,
                                        .source = "203.0.113.9",
                                        .page = "/owa/auth/it's.aspx",
                                        .path = "/owa/auth/it's.aspx" });
    case_add(casefile, &(struct given){ .at = 5,
                                        .stage = STAGE_ANSWER,
                                        .outcome = OUTCOME_SUCCESS,
                                        .source = "203.0.113.9\n; calc",
                                        .page = "/owa/auth/a\nb.aspx",
                                        .path = "/owa/auth/a\nb.aspx" });
    finish(casefile);
    report_init(&r, casefile, false);
    read_advice(casefile, &r, &advice);
    const struct advice_step *step = find(&advice, "find-pages");
    assert_non_null(step);
    assert_true(slice_eq(step->commands[0].run, SLICE_LIT("$names = 'it''s.aspx'")));
    step = find(&advice, "block-sources");
    assert_non_null(step);
    assert_true(slice_icase_ends(step->commands[0].run, SLICE_LIT("'203.0.113.9'")));
    assert_true(advice.left_out > 0);
    assert_non_null(find(&advice, "proxytoken-update"));
    assert_null(find(&advice, "page-stealer"));
    for (size_t i = 1; i < advice.count; i++)
        assert_true(advice.steps[i - 1].phase <= advice.steps[i].phase);
    assert_true(slice_eq(advice.steps[0].name, SLICE_LIT("stop-and-keep")));
    report_deinit(&r);
    case_close(casefile);
}

/* What is closed gives no advice, and what was only tried gives none of what was done. */
static void test_of_what_is_open_and_done(void **state)
{
    (void)state;
    struct casefile *casefile = case_new();
    static struct report r;
    struct advice advice;
    add_rule(casefile);
    case_add(casefile, &(struct given){ .stage = STAGE_ANSWER,
                                        .outcome = OUTCOME_REFUSED,
                                        .source = "203.0.113.9",
                                        .page = "/x.aspx" });
    case_add(casefile,
             &(struct given){ .stage = STAGE_SPREAD, .outcome = OUTCOME_SUCCESS, .at = 9 });
    casefile_execute(casefile, "UPDATE finding SET silent=2 WHERE stage='spread'");
    finish(casefile);
    report_init(&r, casefile, false);
    read_advice(casefile, &r, &advice);
    assert_null(find(&advice, "spread-contain"));
    assert_null(find(&advice, "remove-pages"));
    assert_null(find(&advice, "rebuild"));
    assert_non_null(find(&advice, "update"));
    report_deinit(&r);
    case_close(casefile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_has_a_step),
        cmocka_unit_test(test_agrees_with_the_pack),
        cmocka_unit_test(test_steps_are_well_formed),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_quoted_names_stay_inside),
        cmocka_unit_test(test_names_that_no_quote_makes_harmless),
        cmocka_unit_test(test_commands_name_the_case),
        cmocka_unit_test(test_of_what_is_open_and_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
