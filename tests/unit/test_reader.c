/* A file or part → what a listener is told: rows, damage, header states, notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evtx_writer.h"
#include "hunt/reader.h"
#include "temp_file.h"

void reader_fault(const char *path)
{
    (void)path; /* the program's is not in the library */
}

struct listener {
    struct reader *reader;
    struct buf rows, damage, begin;
    unsigned runs, stop_after;
    uint64_t first; /* offset of the first row */
};

static void on_run(void *context, const struct run *run)
{
    struct listener *l = context;
    if (l->rows.len == 0)
        l->first = reader_offset(l->reader, run->text.ptr);
    buf_add_slice(&l->rows, run->text);
    if (++l->runs == l->stop_after)
        reader_stop(l->reader);
}

static const struct family *on_record(void *context, const struct evtx_record *record,
                                      uint64_t offset)
{
    struct listener *l = context;
    buf_printf(&l->rows, "%d@%d;", (int)record->number, (int)offset);
    return family_get(FAMILY_EVENTLOG);
}

static void on_damage(void *context, uint64_t offset, const char *reason)
{
    struct listener *l = context;
    buf_printf(&l->damage, "%d %s;", (int)offset, reason);
}

static void on_begin(void *context, struct slice state)
{
    struct listener *l = context;
    buf_add_slice(&l->begin, state);
}

static void on_end(void *context)
{
    struct listener *l = context;
    reader_report_damage(l->reader, 1, "told at the end");
}

static int setup(void **state)
{
    struct listener *l = mem_alloc(sizeof *l);
    struct reader_sink sink = {
        .begin = on_begin, .run = on_run, .record = on_record, .damage = on_damage, .context = l
    };
    l->reader = reader_new(&sink);
    buf_add_text(&l->rows, "");
    buf_add_text(&l->damage, "");
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    struct listener *l = *state;
    reader_free(l->reader);
    buf_deinit(&l->rows);
    buf_deinit(&l->damage);
    buf_deinit(&l->begin);
    mem_free_auto(state);
    return 0;
}

static void read_part(struct listener *l, struct slice bytes, uint64_t start, uint64_t length,
                      struct slice state, struct reader_end *end)
{
    struct temp_file file = temp_file_write(bytes);
    struct reader_part part = { file.path, start, length, state };
    reader_read(l->reader, &part, end);
    temp_file_remove(&file);
}

static void end_deinit(struct reader_end *end)
{
    buf_deinit(&end->before);
    buf_deinit(&end->after);
}

#define HEAD "#Fields: date time c-ip cs-method cs-uri-stem\n"
#define ROW1 "2021-03-03 06:00:00 192.0.2.1 GET /a\n"
#define ROW2 "2021-03-03 06:00:01 192.0.2.1 GET /b\n"

static void test_whole_file(void **state)
{
    struct listener *l = *state;
    struct reader_end end;
    read_part(l, SLICE_LIT(HEAD ROW1 ROW2), 0, UINT64_MAX, SLICE_NULL, &end);
    assert_string_equal(l->rows.ptr, ROW1 ROW2);
    assert_string_equal(l->damage.ptr, "");
    assert_int_equal(l->first, sizeof HEAD - 1);
    assert_int_equal(end.family, FAMILY_IIS);
    assert_string_equal(end.note, "");
    assert_int_equal(end.before.len, l->begin.len);
    end_deinit(&end);
}

/* The state that the first part ends with is the one that the second starts with. */
static void test_parts(void **state)
{
    struct listener *l = *state;
    struct reader_end first, second;
    struct slice text = SLICE_LIT(HEAD ROW1 ROW2);
    uint64_t cut = sizeof HEAD + 3; /* inside of the first row */
    read_part(l, text, 0, cut, SLICE_NULL, &first);
    assert_string_equal(l->rows.ptr, ROW1);
    buf_clear(&l->rows);
    read_part(l, text, cut, UINT64_MAX - cut, SLICE_NULL, &second);
    assert_string_equal(l->rows.ptr, ROW2);
    assert_true(slice_eq(buf_slice(&first.after), buf_slice(&second.before)));
    end_deinit(&second);
    buf_clear(&l->rows);
    read_part(l, text, cut, UINT64_MAX - cut, buf_slice(&first.after), &second);
    assert_string_equal(l->rows.ptr, ROW2);
    end_deinit(&first);
    end_deinit(&second);
}

static void test_what_is_no_log(void **state)
{
    const struct {
        struct slice bytes;
        const char *note;
    } cases[] = {
        { SLICE_LIT("nothing that we know\nat all\n"), "text that is no known log" },
        { SLICE_LIT("\x7f\x45LF\1\2\3\0\0\0\0\0\0\0\0\0\0"), "binary data" },
        { SLICE_LIT(HEAD), "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct listener *l = *state;
        struct reader_end end;
        read_part(l, cases[i].bytes, 0, UINT64_MAX, SLICE_NULL, &end);
        assert_string_equal(l->rows.ptr, "");
        if (cases[i].note[0])
            assert_string_equal(end.note, cases[i].note);
        assert_int_equal(end.family, cases[i].note[0] ? FAMILY_NONE : FAMILY_IIS);
        end_deinit(&end);
    }
}

static void test_missing_file(void **state)
{
    struct listener *l = *state;
    struct reader_end end;
    struct reader_part part = { "/missing/file", 0, UINT64_MAX, SLICE_NULL };
    reader_read(l->reader, &part, &end);
    assert_non_null(strstr(l->damage.ptr, "0 "));
    assert_int_equal(end.family, FAMILY_NONE);
    end_deinit(&end);
}

static void test_cut_last_line(void **state)
{
    struct listener *l = *state;
    struct reader_end end;
    read_part(l, SLICE_LIT(HEAD ROW1 "2021-03-03 06:0"), 0, UINT64_MAX, SLICE_NULL, &end);
    assert_non_null(strstr(l->damage.ptr, "the last line is cut off"));
    end_deinit(&end);
}

/* 64 are told, then their number; the listener's own counts too. */
static void test_flood_of_damage(void **state)
{
    struct listener *l = *state;
    struct reader_end end;
    struct reader_sink sink = {
        .run = on_run, .record = on_record, .damage = on_damage, .end = on_end, .context = l
    };
    reader_free(l->reader);
    l->reader = reader_new(&sink);
    struct buf log = BUF_INIT;
    buf_add(&log, "ElfFile\0", 8);
    for (size_t i = 0; i < 70; i++) { /* chunks that are no chunks */
        buf_reserve(&log, EVTX_CHUNK_BYTES);
        size_t want = EVTX_FILE_HEADER_BYTES + i * EVTX_CHUNK_BYTES;
        while (log.len < want)
            buf_add_char(&log, '\1');
    }
    read_part(l, buf_slice(&log), 0, UINT64_MAX, SLICE_NULL, &end);
    size_t told = 0;
    for (const char *p = l->damage.ptr; (p = strchr(p, ';')); p++)
        told++;
    assert_int_equal(told, 65);
    assert_non_null(strstr(l->damage.ptr, "more damaged places;"));
    assert_int_equal(end.family, FAMILY_EVENTLOG);
    assert_string_equal(end.note, "no events in it");
    end_deinit(&end);
    buf_deinit(&log);
}

/*
 * A record of template 1. Its definition stands in a record that an earlier use of the chunk
 * left behind its end: what lies there is read for this record, and is no record of the log.
 */
static void add_chunk(struct buf *log, uint64_t number, size_t len)
{
    static struct writer w;
    writer_init(&w, number + 100);
    w.pos = 40000;
    record_begin(&w);
    template_begin(&w, 1);
    element_sub(&w, "User", 0, false);
    template_end(&w);
    values(&w, &(struct writer_value)VALUE_U16(u"ann"), 1);
    record_end(&w);
    w.pos = EVTX_CHUNK_HEADER_BYTES;
    w.number = number;
    record_begin(&w);
    template_again(&w, 1);
    values(&w, &(struct writer_value)VALUE_U16(u"bob"), 1);
    record_end(&w);
    chunk_end(&w);
    buf_add(log, w.chunk, len);
}

static void test_used_part_of_chunks(void **state)
{
    static const struct {
        size_t last; /* bytes that are left of the last chunk */
        const char *rows, *damage;
    } cases[] = {
        { EVTX_CHUNK_BYTES, "7@4608;8@70144;", "" },
        { 50000, "7@4608;8@70144;", "" }, /* nothing is lost */
        { 30000, "7@4608;", "70144 record 8 at 512: its template lies outside the chunk;" },
        { 520, "7@4608;",
          "69632 the file ends inside a chunk;70144 record at 512: bytes that are no record;" },
    };
    struct listener *l = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reader_end end;
        struct buf log = BUF_INIT;
        buf_add(&log, "ElfFile\0", 8);
        while (log.len < EVTX_FILE_HEADER_BYTES)
            buf_add_char(&log, '\0');
        add_chunk(&log, 7, EVTX_CHUNK_BYTES);
        add_chunk(&log, 8, cases[i].last);
        buf_clear(&l->rows);
        buf_clear(&l->damage);
        read_part(l, buf_slice(&log), 0, UINT64_MAX, SLICE_NULL, &end);
        const char *header = strstr(l->damage.ptr, "unknown version;"); /* of the file */
        assert_non_null(header);
        assert_string_equal(l->rows.ptr, cases[i].rows);
        assert_string_equal(strchr(header, ';') + 1, cases[i].damage);
        end_deinit(&end);
        buf_deinit(&log);
    }
}

static void test_stop(void **state)
{
    struct listener *l = *state;
    struct reader_end end;
    struct buf log = BUF_INIT;
    buf_add_text(&log, HEAD);
    while (log.len < (1U << 20)) /* several blocks */
        buf_add_text(&log, ROW1);
    l->stop_after = 1;
    read_part(l, buf_slice(&log), 0, UINT64_MAX, SLICE_NULL, &end);
    assert_int_equal(l->runs, 1);
    end_deinit(&end);
    buf_deinit(&log);
}

static void test_can_split(void **state)
{
    const struct {
        struct slice bytes;
        enum reader_split split;
    } cases[] = {
        { SLICE_LIT("short"), READER_SPLIT_NO },
        { SLICE_LIT(HEAD ROW1), READER_SPLIT_LINES },
        { SLICE_LIT("\xef\xbb\xbf" HEAD ROW1), READER_SPLIT_LINES },
        { SLICE_LIT("\x1f\x8b\x08" HEAD ROW1), READER_SPLIT_NO },
        { SLICE_LIT("ElfFile\0" HEAD ROW1), READER_SPLIT_CHUNKS },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct temp_file file = temp_file_write(cases[i].bytes);
        assert_int_equal(reader_can_split(file.path), cases[i].split);
        temp_file_remove(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_last_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood_of_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_used_part_of_chunks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_can_split, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
