/* Messages there and back, cut at every byte, and numbers that a worker has no right to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/clock.h"
#include "casefile/record.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RULES 5

static struct finding example(void)
{
    struct finding finding = {
        .rule = 3,
        .time = INT64_C(1614754193772),
        .offset = UINT64_C(0x123456789a),
        .family = FAMILY_HTTPPROXY,
        .stage = STAGE_PLANT,
        .outcome = OUTCOME_SUCCESS,
        .status = 241,
        .host = SLICE_LIT("ex01"),
        .source = SLICE_LIT("203.0.113.9"),
        .method = SLICE_LIT("POST"),
        .url_path = SLICE_LIT("/ecp/y.js"),
        .url_query = SLICE_LIT(""),
        .agent = SLICE_NULL,
        .user = SLICE_LIT("u\0v"),
        .page = SLICE_LIT("/ecp/x.aspx"),
        .request_id = SLICE_LIT("id"),
        .session = SLICE_LIT("session"),
        .row = SLICE_LIT("the row"),
        .fields = SLICE_LIT("{\"Method\":\"POST\"}"),
        .key_count = 2,
    };
    finding.keys[0] = (struct record_key){ 0, 3, SLICE_LIT("a\x1f"), SLICE_LIT("v") };
    finding.keys[1] = (struct record_key){ 4, 0, SLICE_LIT(""), SLICE_NULL };
    return finding;
}

/* The message without its length, which is checked. */
static struct slice body_of(const struct buf *out)
{
    struct wire wire = { out->ptr, out->len, false };
    assert_int_equal(wire_u32(&wire), out->len - 4);
    return slice_of(wire.ptr, wire.len);
}

static void assert_text(struct slice got, struct slice wanted)
{
    assert_int_equal(got.ptr == NULL, wanted.ptr == NULL);
    assert_true(slice_eq(got, wanted));
}

static void assert_same_finding(const struct finding *a, const struct finding *b)
{
    assert_int_equal(a->rule, b->rule);
    assert_true(a->time == b->time && a->offset == b->offset);
    assert_true(a->family == b->family && a->stage == b->stage && a->outcome == b->outcome);
    assert_true(a->own_probe == b->own_probe && a->from_itself == b->from_itself);
    assert_true(a->hits_only == b->hits_only && a->silent == b->silent);
    assert_true(a->page_foreign == b->page_foreign && a->status == b->status);
    const struct slice *const texts[][2] = {
        { &a->host, &b->host },
        { &a->source, &b->source },
        { &a->method, &b->method },
        { &a->url_path, &b->url_path },
        { &a->url_query, &b->url_query },
        { &a->agent, &b->agent },
        { &a->user, &b->user },
        { &a->page, &b->page },
        { &a->request_id, &b->request_id },
        { &a->session, &b->session },
        { &a->row, &b->row },
        { &a->fields, &b->fields },
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_text(*texts[i][0], *texts[i][1]);
    assert_int_equal(a->key_count, b->key_count);
    for (size_t i = 0; i < a->key_count; i++) {
        assert_int_equal(a->keys[i].correlation, b->keys[i].correlation);
        assert_int_equal(a->keys[i].slot, b->keys[i].slot);
        assert_text(a->keys[i].key, b->keys[i].key);
        assert_text(a->keys[i].value, b->keys[i].value);
    }
}

static int decode(struct slice message, struct record *record)
{
    struct err err = ERR_INIT;
    int got = record_decode(message, RULES, record, &err);
    assert_int_equal(err.code, got < 0 ? ERR_EVIDENCE : ERR_NONE);
    return got;
}

static void assert_finding_survives(const struct finding *finding)
{
    struct buf out = BUF_INIT;
    struct record *record = mem_alloc(sizeof *record);
    record_put_finding(&out, finding);
    assert_int_equal(decode(body_of(&out), record), 0);
    assert_int_equal(record->kind, RECORD_FINDING);
    assert_same_finding(&record->finding, finding);
    free(record);
    buf_deinit(&out);
}

static void test_finding(void **state)
{
    (void)state;
    struct finding finding = example();
    assert_finding_survives(&finding);
    for (unsigned flags = 0; flags < 32; flags++) {
        finding.own_probe = flags & 1;
        finding.from_itself = flags & 2;
        finding.hits_only = flags & 4;
        finding.silent = flags & 8;
        finding.page_foreign = flags & 16;
        assert_finding_survives(&finding);
    }
    finding = example();
    for (int i = 0; i < FAMILY_COUNT; i++) {
        finding.family = (enum family_id)i;
        finding.stage = (enum stage)(i % (STAGE_CLEANUP + 1));
        finding.outcome = (enum outcome)(i % 3);
        finding.status = i * 999 / (FAMILY_COUNT - 1);
        assert_finding_survives(&finding);
    }
    finding.time = TIME_NONE;
    finding.offset = INT64_MAX;
    assert_finding_survives(&finding);
    struct finding empty = { 0 };
    assert_finding_survives(&empty);
}

static void test_full_finding(void **state)
{
    (void)state;
    struct finding finding = example();
    finding.key_count = RECORD_KEYS_MAX;
    for (size_t i = 0; i < RECORD_KEYS_MAX; i++)
        finding.keys[i] =
            (struct record_key){ (uint32_t)i % RULES, 1, SLICE_LIT("key"), SLICE_LIT("value") };
    assert_finding_survives(&finding);
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    struct finding finding = example();
    struct buf out = BUF_INIT;
    struct record *record = mem_alloc(sizeof *record);
    char *row = mem_alloc(ROW_STORED_MAX + 10);
    memset(row, 'x', ROW_STORED_MAX + 10);
    finding.row = finding.fields = slice_of(row, ROW_STORED_MAX + 10);
    record_put_finding(&out, &finding);
    assert_int_equal(decode(body_of(&out), record), 0);
    assert_int_equal(record->finding.row.len, ROW_STORED_MAX);
    assert_int_equal(record->finding.fields.len, ROW_STORED_MAX + 10); /* half is no JSON */
    free(record);
    free(row);
    buf_deinit(&out);
}

static void put_any(struct buf *out, enum record_kind kind)
{
    struct finding finding = example();
    struct coverage_part part = { SLICE_LIT("ex1"), FAMILY_IIS, 1000, 2000, 7 };
    struct damage damage = { 77, SLICE_LIT("cut off") };
    struct build_note build = {
        SLICE_LIT("ex1"), { { 15, 1, 2106, 2 } }, BUILD_OF_COLUMNS, 1000, 2000, 5, 6
    };
    struct source_note note = { FAMILY_ECP, true, SLICE_LIT("columns assumed") };
    switch (kind) {
    case RECORD_FINDING:
        record_put_finding(out, &finding);
        break;
    case RECORD_COVERAGE:
        record_put_coverage(out, &part);
        break;
    case RECORD_DAMAGE:
        record_put_damage(out, &damage);
        break;
    case RECORD_SOURCE:
        record_put_source(out, &note);
        break;
    case RECORD_PROGRESS:
        record_put_progress(out, 4711);
        break;
    case RECORD_END:
        record_put_end(out, SLICE_LIT("before"), SLICE_NULL);
        break;
    case RECORD_BUILD:
        record_put_build(out, &build);
        break;
    case RECORD_SETTING: {
        struct setting_record setting = { .setting = { .kind = SETTING_POOL, .line = 3 } };
        record_put_setting(out, &setting);
        break;
    }
    case RECORD_PAGE: {
        struct page_record page = { .class = WEBSHELL_SHELL, .modified = TIME_NONE };
        record_put_page(out, &page);
        break;
    }
    case RECORD_TAKEN: {
        struct taken_note taken = { .what = TAKEN_MAIL,
                                    .family = FAMILY_EWS,
                                    .source = SLICE_LIT("203.0.113.9"),
                                    .subject = SLICE_LIT("anna"),
                                    .operation = SLICE_LIT("GetItem"),
                                    .slot = -1,
                                    .first = 1000,
                                    .last = TIME_NONE,
                                    .requests = 3,
                                    .bytes = 99,
                                    .offset = 12 };
        record_put_taken(out, &taken);
        break;
    }
    }
}

static void test_other_kinds(void **state)
{
    (void)state;
    struct record *record = mem_alloc(sizeof *record);
    struct buf outs[RECORD_TAKEN + 1] = { BUF_INIT }; /* decoded text borrows from them */
    for (int kind = RECORD_FINDING; kind <= RECORD_TAKEN; kind++) {
        put_any(&outs[kind], (enum record_kind)kind);
        assert_int_equal(decode(body_of(&outs[kind]), record), 0);
        assert_int_equal(record->kind, kind);
    }
    assert_text(record->coverage.host, SLICE_LIT("ex1"));
    assert_int_equal(record->coverage.family, FAMILY_IIS);
    assert_true(record->coverage.from == 1000 && record->coverage.to == 2000);
    assert_int_equal(record->coverage.events, 7);
    assert_int_equal(record->damage.offset, 77);
    assert_text(record->damage.reason, SLICE_LIT("cut off"));
    assert_int_equal(record->source.family, FAMILY_ECP);
    assert_true(record->source.hits_only);
    assert_text(record->source.note, SLICE_LIT("columns assumed"));
    assert_text(record->taken.operation, SLICE_LIT("GetItem"));
    assert_text(record->taken.host, SLICE_NULL);
    assert_true(record->taken.slot == -1 && record->taken.first == 1000);
    assert_true(record->taken.last == TIME_NONE && record->taken.requests == 3);
    assert_true(record->taken.bytes == 99 && record->taken.offset == 12);
    assert_int_equal(record->number, 4711);
    assert_text(record->state_before, SLICE_LIT("before"));
    assert_text(record->state_after, SLICE_NULL);
    free(record);
    for (int kind = RECORD_FINDING; kind <= RECORD_TAKEN; kind++)
        buf_deinit(&outs[kind]);
}

/* In a block of exactly its size, so that a sanitizer sees each byte too many. */
static int decode_copy(struct slice message, struct record *record)
{
    char *copy = malloc(message.len ? message.len : 1);
    assert_non_null(copy);
    memcpy(copy, message.ptr, message.len);
    int got = decode(slice_of(copy, message.len), record);
    free(copy);
    return got;
}

static void test_truncated(void **state)
{
    (void)state;
    struct record *record = mem_alloc(sizeof *record);
    struct buf out = BUF_INIT;
    for (int kind = RECORD_FINDING; kind <= RECORD_TAKEN; kind++) {
        buf_clear(&out);
        put_any(&out, (enum record_kind)kind);
        struct slice body = body_of(&out);
        for (size_t len = 0; len < body.len; len++)
            assert_true(decode_copy(slice_first(body, len), record) < 0);
        assert_int_equal(decode_copy(body, record), 0);
        buf_add_char(&out, 'x');
        assert_true(decode_copy(slice_of(body.ptr, body.len + 1), record) < 0);
    }
    free(record);
    buf_deinit(&out);
}

/* Each byte of each message replaced by each of some values: refused or decoded, never worse.
 */
static void test_flipped(void **state)
{
    (void)state;
    static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
    struct record *record = mem_alloc(sizeof *record);
    for (int kind = RECORD_FINDING; kind <= RECORD_TAKEN; kind++) {
        struct buf out = BUF_INIT;
        put_any(&out, (enum record_kind)kind);
        for (size_t i = 4; i < out.len * COUNT(values); i++) {
            size_t at = i % out.len;
            char kept = out.ptr[at];
            if (at < 4)
                continue;
            out.ptr[at] = (char)values[i / out.len];
            if (decode_copy(slice_of(out.ptr + 4, out.len - 4), record) == 0 &&
                record->kind == RECORD_FINDING) {
                const struct finding *f = &record->finding;
                assert_true(f->rule < RULES && f->family < FAMILY_COUNT);
                assert_true(f->stage <= STAGE_CLEANUP && f->outcome <= OUTCOME_REFUSED);
                assert_true(f->status >= 0 && f->status <= 999);
                assert_true(f->key_count <= RECORD_KEYS_MAX);
                for (size_t k = 0; k < f->key_count; k++)
                    assert_true(f->keys[k].correlation < RULES);
            }
            out.ptr[at] = kept;
        }
        buf_deinit(&out);
    }
    free(record);
}

/* Where the numbers of a finding lie behind the kind. */
enum finding_offset {
    AT_RULE = 1,
    AT_TIME = 5,
    AT_FAMILY = 21,
    AT_STAGE,
    AT_OUTCOME,
    AT_FLAGS,
    AT_STATUS
};

static void test_hostile_numbers(void **state)
{
    (void)state;
    static const struct {
        size_t at, bytes;
        uint64_t value;
    } cases[] = {
        { 0, 1, 0 },
        { 0, 1, RECORD_PAGE + 1 },
        { 0, 1, 0xff },
        { AT_RULE, 4, RULES },
        { AT_RULE, 4, UINT32_MAX },
        { AT_FAMILY, 1, FAMILY_COUNT },
        { AT_FAMILY, 1, 0xff },
        { AT_STAGE, 1, STAGE_CLEANUP + 1 },
        { AT_OUTCOME, 1, OUTCOME_REFUSED + 1 },
        { AT_FLAGS, 1, 32 },
        { AT_STATUS, 4, 1000 },
        { AT_STATUS, 4, UINT32_MAX },
        { AT_STATUS + 4, 4, 0x7fffffff }, /* length of the host */
        { AT_STATUS + 4, 4, 0xfffffffe },
    };
    struct record *record = mem_alloc(sizeof *record);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        put_any(&out, RECORD_FINDING);
        for (size_t k = 0; k < cases[i].bytes; k++)
            out.ptr[4 + cases[i].at + k] = (char)(cases[i].value >> (8 * k));
        if (decode_copy(body_of(&out), record) == 0)
            fail_msg("%zu: %lu was taken", cases[i].at, (unsigned long)cases[i].value);
        buf_deinit(&out);
    }
    free(record);
}

/* A finding without text but with these counts, and nothing behind them. */
static void test_hostile_counts(void **state)
{
    (void)state;
    static const uint32_t counts[] = { 1, RECORD_KEYS_MAX + 1, 0x7fffffff, UINT32_MAX - 1 };
    struct finding empty = { 0 };
    struct record *record = mem_alloc(sizeof *record);
    for (size_t i = 0; i < COUNT(counts) * 2; i++) {
        struct buf out = BUF_INIT;
        record_put_finding(&out, &empty);
        size_t at = out.len - (i % 2 ? 8 : 4); /* bytes of fields, keys */
        for (size_t k = 0; k < 4; k++)
            out.ptr[at + k] = (char)(counts[i / 2] >> (8 * k));
        assert_true(decode_copy(body_of(&out), record) < 0);
        buf_deinit(&out);
    }
    free(record);
}

static void test_other_hostile_numbers(void **state)
{
    (void)state;
    struct record *record = mem_alloc(sizeof *record);
    struct finding finding = example();
    struct buf out = BUF_INIT;
    finding.keys[0].correlation = RULES;
    record_put_finding(&out, &finding);
    assert_true(decode_copy(body_of(&out), record) < 0);
    buf_clear(&out);
    finding = example();
    record_put_finding(&out, &finding);
    assert_true(record_decode(body_of(&out), 0, record, NULL) < 0); /* no rules at all */
    assert_true(record_decode(body_of(&out), 3, record, NULL) < 0);
    buf_clear(&out);
    struct coverage_part part = { SLICE_LIT("x"), FAMILY_COUNT, 0, 0, 0 };
    record_put_coverage(&out, &part);
    assert_true(decode_copy(body_of(&out), record) < 0);
    buf_clear(&out);
    struct source_note note = { FAMILY_COUNT, false, SLICE_NULL };
    record_put_source(&out, &note);
    assert_true(decode_copy(body_of(&out), record) < 0);
    buf_deinit(&out);
    free(record);
}

/* Times that no log can hold would overflow whatever subtracts two of them. */
static void test_hostile_times(void **state)
{
    (void)state;
    static const int64_t times[] = { INT64_MAX, INT64_MAX / 2, INT64_MIN + 1, INT64_MIN / 2 };
    struct record *record = mem_alloc(sizeof *record);
    for (size_t i = 0; i < COUNT(times); i++) {
        struct buf out = BUF_INIT;
        struct finding finding = example();
        finding.time = times[i];
        record_put_finding(&out, &finding);
        if (decode_copy(body_of(&out), record) == 0)
            fail_msg("a finding at %ld was taken", (long)times[i]);
        buf_clear(&out);
        struct coverage_part part = { SLICE_LIT("x"), FAMILY_IIS, 0, times[i], 1 };
        record_put_coverage(&out, &part);
        if (decode_copy(body_of(&out), record) == 0)
            fail_msg("coverage to %ld was taken", (long)times[i]);
        buf_deinit(&out);
    }
    free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_full_finding),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_hostile_numbers),
        cmocka_unit_test(test_hostile_counts),
        cmocka_unit_test(test_other_hostile_numbers),
        cmocka_unit_test(test_hostile_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
