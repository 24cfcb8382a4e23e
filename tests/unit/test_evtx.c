/* Chunks that are made here, record by record: what is read of good ones and of bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <uchar.h>

#include <cmocka.h>

#include "base/buf.h"
#include "evtx_writer.h"

struct bench {
    struct writer w;
    struct evtx *reader;
    struct evtx_chunk_info info;
    struct evtx_record record;
    struct err err;
    struct arena scratch;
    struct buf text;
};

static int setup(void **state)
{
    struct bench *b = mem_alloc(sizeof *b);
    b->reader = evtx_new();
    writer_init(&b->w, 1);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    evtx_free(b->reader);
    arena_deinit(&b->scratch);
    buf_deinit(&b->text);
    free(b);
    return 0;
}

static unsigned read_chunk(struct bench *b)
{
    return (unsigned)evtx_chunk(b->reader, b->w.chunk, sizeof b->w.chunk, &b->info);
}

/* "name=value name=value": absent values are left out, elements of an array are joined by |. */
static const char *record_text(struct bench *b)
{
    const struct evtx_record *record = &b->record;
    buf_clear(&b->text);
    buf_add(&b->text, "", 0);
    for (size_t i = 0; i < record->shape->count; i++) {
        size_t count = evtx_value_count(&record->values[i]);
        if (!record->values[i].bytes)
            continue;
        buf_printf(&b->text, "%s%.*s=", b->text.len ? " " : "",
                   SLICE_FMT(record->shape->names[i]));
        for (size_t k = 0; k < count; k++) {
            struct slice text = evtx_value_text(&record->values[i], k, &b->scratch);
            buf_printf(&b->text, "%s%.*s", k ? "|" : "", SLICE_FMT(text));
        }
    }
    return b->text.ptr;
}

static void expect_record(struct bench *b, const char *wanted)
{
    int status = evtx_next(b->reader, &b->record, &b->err);
    if (status != 1)
        fail_msg("no record: %d, %s", status, b->err.msg);
    assert_string_equal(record_text(b), wanted);
}

static void expect_damage(struct bench *b, const char *reason)
{
    assert_int_equal(evtx_next(b->reader, &b->record, &b->err), -1);
    if (!strstr(b->err.msg, reason))
        fail_msg("'%s' is not '%s'", b->err.msg, reason);
}

static void expect_end(struct bench *b)
{
    assert_int_equal(evtx_next(b->reader, &b->record, &b->err), 0);
    assert_int_equal(evtx_next(b->reader, &b->record, &b->err), 0);
}

/* --- what events look like ------------------------------------------------------------------
 */

static const uint8_t id_4624[] = { 0x10, 0x12 };
static const uint8_t number_7[] = { 7 };

/* <Event><System>...</System> with substitutions 0 to 3; </Event> is the caller's. */
static void write_system(struct writer *w)
{
    open_tag(w, "Event", true);
    attribute(w, "xmlns");
    text(w, "http://schemas.microsoft.com/win/2004/08/events/event");
    content(w);
    open_tag(w, "System", false);
    content(w);
    open_tag(w, "Provider", true);
    attribute(w, "Name");
    text(w, "Security");
    close_empty(w);
    open_tag(w, "EventID", true);
    attribute(w, "Qualifiers");
    substitution(w, 0, true);
    content(w);
    substitution(w, 1, false);
    close_tag(w);
    element_sub(w, "Channel", 2, true);
    open_tag(w, "Correlation", false);
    close_empty(w);
    close_tag(w);
}

static void write_login_template(struct writer *w)
{
    template_begin(w, 1);
    write_system(w);
    open_tag(w, "EventData", false);
    content(w);
    data_sub(w, "User", 3, true);
    data_sub(w, "Type", 4, false);
    close_tag(w);
    close_tag(w);
    template_end(w);
}

static void write_login_values(struct writer *w)
{
    const struct writer_value list[] = { VALUE_NULL, VALUE(0x06, id_4624),
                                         VALUE_U16(u"Security"), VALUE_U16(u"ann"),
                                         VALUE(0x04, number_7) };
    values(w, list, 5);
}

#define LOGIN "Provider_Name=Security EventID=4624 Channel=Security User=ann Type=7"

static void write_logins(struct writer *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        record_begin(w);
        if (i == 0)
            write_login_template(w);
        else
            template_again(w, 1);
        write_login_values(w);
        record_end(w);
    }
    chunk_end(w);
}

static void test_logins(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 3);
    assert_int_equal(read_chunk(b), 0);
    assert_int_equal(b->info.first_number, 1);
    assert_int_equal(b->info.last_number, 3);
    assert_int_equal(b->info.used, b->w.pos);
    expect_record(b, LOGIN);
    const struct evtx_shape *shape = b->record.shape;
    assert_int_equal(b->record.offset, 512);
    assert_int_equal(b->record.number, 1);
    assert_int_equal(b->record.flags, 0);
    assert_int_equal(b->record.written, INT64_C(1614754800000));
    expect_record(b, LOGIN);
    assert_ptr_equal(b->record.shape, shape);
    expect_record(b, LOGIN);
    expect_end(b);
}

static void test_roles(void **state)
{
    struct bench *b = *state;
    uint64_t id;
    write_logins(&b->w, 1);
    read_chunk(b);
    expect_record(b, LOGIN);
    const struct evtx_shape *shape = b->record.shape;
    assert_true(slice_eq(shape->names[shape->provider], SLICE_LIT("Provider_Name")));
    assert_true(slice_eq(shape->names[shape->channel], SLICE_LIT("Channel")));
    assert_int_equal(shape->computer, SIZE_MAX);
    assert_true(evtx_value_u64(&b->record.values[shape->event_id], &id));
    assert_int_equal(id, 4624);
}

/* A Channel in the data is not the record's channel. */
static void test_roles_are_of_system(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = { VALUE_U16(u"Application") };
    record_begin(&b->w);
    template_begin(&b->w, 1);
    open_tag(&b->w, "Event", false);
    content(&b->w);
    open_tag(&b->w, "EventData", false);
    content(&b->w);
    data_sub(&b->w, "Channel", 0, true);
    close_tag(&b->w);
    close_tag(&b->w);
    template_end(&b->w);
    values(&b->w, list, 1);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "Channel=Application");
    assert_int_equal(b->record.shape->channel, SIZE_MAX);
}

/* Null and optional is no element; null and not optional is an empty one; "" is "". */
static void test_null(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = {
        VALUE_NULL, VALUE_NULL, VALUE_NULL, { 0x01, "", 0 }, VALUE_NULL
    };
    record_begin(&b->w);
    write_login_template(&b->w);
    values(&b->w, list, 5);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "Provider_Name=Security EventID= User= Type=");
    assert_int_equal(b->record.shape->count, 6);
}

/* Fewer values than the template asks for are nulls. */
static void test_missing_values(void **state)
{
    struct bench *b = *state;
    record_begin(&b->w);
    write_login_template(&b->w);
    values(&b->w, NULL, 0);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "Provider_Name=Security EventID= Type=");
}

/* --- parts of an event ----------------------------------------------------------------------
 */

/* One record: <Event>, what `body` writes, </Event>, and its values. */
static void write_event(struct writer *w, void (*body)(struct writer *),
                        const struct writer_value *list, size_t count)
{
    record_begin(w);
    template_begin(w, 1);
    open_tag(w, "Event", false);
    content(w);
    body(w);
    close_tag(w);
    template_end(w);
    values(w, list, count);
    record_end(w);
    chunk_end(w);
}

static void body_unnamed(struct writer *w)
{
    open_tag(w, "EventData", false);
    content(w);
    element_sub(w, "Data", 0, true);
    element_sub(w, "Data", 1, true);
    element_sub(w, "Binary", 2, true);
    open_tag(w, "Data", true);
    attribute(w, "Name");
    text(w, "Empty");
    close_empty(w);
    close_tag(w);
}

static void test_unnamed_data(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = { { 0x81, u"one\0two\0\0four", 26 },
                                         VALUE_U16(u"last"),
                                         { 0x0e, "\xde\xad", 2 } };
    write_event(&b->w, body_unnamed, list, 3);
    read_chunk(b);
    expect_record(b, "Data=one|two||four Data=last Binary=DEAD Empty=");
}

static void body_user_data(struct writer *w)
{
    open_tag(w, "UserData", false);
    content(w);
    open_tag(w, "LogFileCleared", true);
    attribute(w, "xmlns");
    text(w, "http://example.com");
    attribute(w, "xmlns:auto");
    text(w, "x");
    content(w);
    element_sub(w, "Channel", 0, true);
    open_tag(w, "Error", true);
    attribute(w, "Code");
    substitution(w, 1, true);
    close_empty(w);
    close_tag(w);
    close_tag(w);
}

static void test_user_data(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = { VALUE_U16(u"Security"), VALUE(0x04, number_7) };
    write_event(&b->w, body_user_data, list, 2);
    read_chunk(b);
    expect_record(b, "Channel=Security Error_Code=7");
}

static void body_rendering(struct writer *w)
{
    open_tag(w, "RenderingInfo", true);
    attribute(w, "Culture");
    text(w, "en-US");
    content(w);
    open_tag(w, "Message", false);
    content(w);
    text(w, "Hello");
    close_tag(w);
    open_tag(w, "Keywords", false);
    content(w);
    open_tag(w, "Keyword", false);
    content(w);
    text(w, "K");
    close_tag(w);
    close_tag(w);
    close_tag(w);
}

static void test_rendering(void **state)
{
    struct bench *b = *state;
    write_event(&b->w, body_rendering, NULL, 0);
    read_chunk(b);
    expect_record(b, "RenderingInfo_Culture=en-US RenderingInfo_Message=Hello "
                     "RenderingInfo_Keyword=K");
}

static void body_named_by_value(struct writer *w)
{
    open_tag(w, "EventData", false);
    content(w);
    open_tag(w, "Data", true);
    attribute(w, "Name");
    substitution(w, 0, false);
    content(w);
    substitution(w, 1, false);
    close_tag(w);
    close_tag(w);
}

static void test_name_is_value(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = { VALUE_U16(u"User"), VALUE_U16(u"ann") };
    const struct writer_value nameless[] = { VALUE_NULL, VALUE_U16(u"bob") };
    write_event(&b->w, body_named_by_value, list, 2);
    record_begin(&b->w);
    template_again(&b->w, 1);
    values(&b->w, nameless, 2);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "User=ann");
    expect_record(b, "Data=bob");
}

/* Text of many pieces: CDATA, references, substitutions, an unknown entity, instructions. */
static void body_pieces(struct writer *w)
{
    open_tag(w, "EventData", false);
    content(w);
    open_tag(w, "Data", true);
    attribute(w, "Name");
    text(w, "a");
    put_number(w, 0x48, 1);
    put_number(w, 'b', 2);
    content(w);
    put_number(w, 0x0a, 1);
    put_name(w, "target");
    put_number(w, 0x0b, 1);
    put_number(w, 2, 2);
    put_units(w, "pi");
    text(w, "x ");
    put_number(w, 0x07, 1);
    put_number(w, 3, 2);
    put_units(w, "<c>");
    put_number(w, 0x49, 1);
    put_name(w, "amp");
    put_number(w, 0x09, 1);
    put_name(w, "nbsp");
    substitution(w, 0, true);
    substitution(w, 1, true);
    close_tag(w);
    close_tag(w);
}

static void test_pieces(void **state)
{
    struct bench *b = *state;
    const struct writer_value list[] = { VALUE(0x04, number_7), VALUE_NULL };
    write_event(&b->w, body_pieces, list, 2);
    read_chunk(b);
    expect_record(b, "ab=x <c>&&nbsp;7");
}

/* --- fragments in values --------------------------------------------------------------------
 */

static void body_inner(struct writer *w)
{
    substitution(w, 0, true);
}

/* A record whose value 0 is a fragment that `inner` writes. */
static void write_inner(struct writer *w, void (*inner)(struct writer *))
{
    record_begin(w);
    template_begin(w, 1);
    open_tag(w, "Event", false);
    content(w);
    body_inner(w);
    close_tag(w);
    template_end(w);
    put_number(w, 1, 4);
    uint32_t entry = w->pos;
    put_number(w, 0x210000, 4);
    put_raw(w, "\x0f\x01\x01", 4);
    inner(w);
    put_number(w, 0, 1);
    put_number_at(w, entry, w->pos - entry - 4, 2);
    record_end(w);
    chunk_end(w);
}

static void inner_template(struct writer *w)
{
    const struct writer_value list[] = { VALUE_U16(u"ann") };
    template_begin(w, 2);
    open_tag(w, "EventData", false);
    content(w);
    data_sub(w, "User", 0, true);
    close_tag(w);
    template_end(w);
    values(w, list, 1);
}

static void test_inner_template(void **state)
{
    struct bench *b = *state;
    write_inner(&b->w, inner_template);
    read_chunk(b);
    expect_record(b, "User=ann");
    assert_int_equal(b->record.shape->count, 1);
}

/* Elements of a fragment lack the dependency. */
static void inner_bare(struct writer *w)
{
    open_bare(w, "UserData");
    content(w);
    open_bare(w, "X");
    content(w);
    open_bare(w, "X");
    content(w);
    text(w, "1");
    close_tag(w);
    close_tag(w);
    close_tag(w);
}

static void test_inner_bare(void **state)
{
    struct bench *b = *state;
    write_inner(&b->w, inner_bare);
    read_chunk(b);
    expect_record(b, "X=1");
}

static void inner_broken(struct writer *w)
{
    put_number(w, 0x3f, 1);
}

static void test_inner_broken(void **state)
{
    struct bench *b = *state;
    write_inner(&b->w, inner_broken);
    read_chunk(b);
    expect_record(b, "");
    assert_int_equal(b->record.flags, EVTX_RECORD_PARTIAL);
}

static void write_plain_record(struct writer *w, void (*open)(struct writer *, const char *))
{
    record_begin(w);
    open(w, "Event");
    content(w);
    open(w, "EventData");
    content(w);
    open(w, "Data");
    content(w);
    text(w, "plain");
    close_tag(w);
    close_tag(w);
    close_tag(w);
    record_end(w);
}

static void open_dependent(struct writer *w, const char *name)
{
    open_tag(w, name, false);
}

/* The first element shows whether its record has dependencies. */
static void test_record_without_template(void **state)
{
    struct bench *b = *state;
    write_plain_record(&b->w, open_dependent);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "Data=plain");
    expect_end(b);
    writer_init(&b->w, 1);
    write_plain_record(&b->w, open_bare);
    write_plain_record(&b->w, open_bare);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "Data=plain");
    expect_record(b, "Data=plain");
    expect_end(b);
}

/* --- the same template in several chunks ----------------------------------------------------
 */

static void test_shape_over_chunks(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 1);
    read_chunk(b);
    expect_record(b, LOGIN);
    const struct evtx_shape *shape = b->record.shape;
    /* The names lie elsewhere now. */
    writer_init(&b->w, 1);
    record_begin(&b->w);
    open_bare(&b->w, "Channel");
    content(&b->w);
    close_tag(&b->w);
    record_end(&b->w);
    write_logins(&b->w, 1);
    assert_int_equal(read_chunk(b), 0);
    assert_int_equal(evtx_next(b->reader, &b->record, NULL), 1);
    expect_record(b, LOGIN);
    assert_ptr_equal(b->record.shape, shape);
}

/* Equal bytes of a template do not mean equal names. */
static void test_other_names_same_bytes(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 1);
    read_chunk(b);
    expect_record(b, LOGIN);
    uint32_t id = b->record.shape->id;
    for (size_t i = 0; i < b->w.name_count; i++)
        if (strcmp(b->w.names[i].text, "Channel") == 0)
            b->w.chunk[b->w.names[i].offset + 8] = 'c';
    assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_DATA_CRC);
    expect_record(b, "Provider_Name=Security EventID=4624 channel=Security User=ann Type=7");
    assert_int_not_equal(b->record.shape->id, id);
    assert_int_equal(b->record.shape->channel, SIZE_MAX);
}

/* Beyond what the reader keeps, shapes pass by, and are right. */
static void test_passing_shapes(void **state)
{
    struct bench *b = *state;
    char16_t name[] = u"N0000";
    const struct writer_value list[] = { VALUE_U16(name), VALUE_U16(u"v") };
    bool passed = false;
    for (unsigned i = 0; i < 6000; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "N%04u=v", i);
        for (size_t k = 0; k < 5; k++)
            name[k] = (char16_t)wanted[k];
        writer_init(&b->w, 1);
        write_event(&b->w, body_named_by_value, list, 2);
        read_chunk(b);
        expect_record(b, wanted);
        passed |= b->record.shape->passing;
        assert_int_equal(b->record.shape->passing, b->record.shape->id == UINT32_MAX);
    }
    assert_true(passed);
}

static void body_x_name(struct writer *w)
{
    open_tag(w, "UserData", false);
    content(w);
    open_tag(w, "X", true);
    attribute(w, "Name");
    text(w, "x");
    close_empty(w);
    open_tag(w, "Y", true);
    attribute(w, "Name");
    text(w, "y");
    close_empty(w);
    close_tag(w);
}

static void body_y_name(struct writer *w)
{
    open_tag(w, "UserData", false);
    content(w);
    open_tag(w, "Y", true);
    attribute(w, "Name");
    text(w, "y");
    close_empty(w);
    close_tag(w);
}

static void body_tags(struct writer *w)
{
    open_tag(w, "UserData", false);
    content(w);
    data_sub(w, "Z", 0, true);
    element_sub(w, "X", 0, true);
    element_sub(w, "Y", 0, true);
    close_tag(w);
}

static void read_event(struct bench *b, void (*body)(struct writer *),
                       const struct writer_value *list, size_t count)
{
    writer_init(&b->w, 1);
    write_event(&b->w, body, list, count);
    read_chunk(b);
}

/* Names as long as that, until no more are kept. */
static void fill_names(struct bench *b, size_t len)
{
    static char16_t name[20000];
    const struct writer_value list[] = { { 0x01, name, 2 * len }, VALUE_U16(u"v") };
    for (size_t i = 0; i < len; i++)
        name[i] = 'n';
    do {
        name[1]++;
        read_event(b, body_named_by_value, list, 2);
        assert_int_equal(evtx_next(b->reader, &b->record, &b->err), 1);
    } while (!b->record.shape->passing);
}

/*
 * Names of columns that are too many to be kept end with their chunk; so must a program that
 * has them, although all names in its template are kept.
 */
static void test_passing_names(void **state)
{
    struct bench *b = *state;
    read_event(b, body_tags, NULL, 0);
    expect_record(b, "");
    fill_names(b, 20000);
    fill_names(b, 500);
    fill_names(b, 4);
    for (unsigned i = 0; i < 4; i++) {
        read_event(b, i % 2 ? body_x_name : body_y_name, NULL, 0);
        expect_record(b, i % 2 ? "X_Name=x Y_Name=y" : "Y_Name=y");
        assert_true(b->record.shape->passing);
    }
}

/* --- damage ---------------------------------------------------------------------------------
 */

static void test_bad_sizes(void **state)
{
    static const struct {
        uint32_t size;
        const char *reason;
    } cases[] = {
        { 0, "its size is too small" },
        { 27, "its size is too small" },
        { 70000, "it is longer than the chunk" },
        { UINT32_MAX, "it is longer than the chunk" },
    };
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        writer_init(&b->w, 1);
        write_logins(&b->w, 3);
        read_chunk(b);
        expect_record(b, LOGIN);
        uint32_t first = b->record.size;
        put_number_at(&b->w, 512 + first + 4, cases[i].size, 4);
        assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_DATA_CRC);
        expect_record(b, LOGIN);
        expect_damage(b, cases[i].reason);
        assert_int_equal(b->record.offset, 512 + first);
        expect_record(b, LOGIN);
        assert_int_equal(b->record.number, 3);
        expect_end(b);
    }
}

static void test_bad_record_magic(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 2);
    b->w.chunk[512] = '+';
    read_chunk(b);
    expect_damage(b, "it does not begin as a record does");
    /* Its template is still there: the second record uses it. */
    expect_record(b, LOGIN);
    expect_end(b);
}

static void test_torn(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 2);
    read_chunk(b);
    expect_record(b, LOGIN);
    b->w.chunk[512 + b->record.size - 4] ^= 1;
    read_chunk(b);
    expect_record(b, LOGIN);
    assert_int_equal(b->record.flags, EVTX_RECORD_TORN);
    expect_record(b, LOGIN);
    assert_int_equal(b->record.flags, 0);
    expect_end(b);
}

static void test_bad_templates(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 3);
    read_chunk(b);
    expect_record(b, LOGIN);
    uint32_t second = 512 + b->record.size + 28;
    put_number_at(&b->w, second + 6, 70000, 4);
    read_chunk(b);
    expect_record(b, LOGIN);
    expect_damage(b, "its template lies outside the chunk");
    assert_int_equal(b->record.number, 2);
    expect_record(b, LOGIN);

    put_number_at(&b->w, second + 6, 600, 4);
    read_chunk(b);
    expect_record(b, LOGIN);
    expect_damage(b, "its template is another than it asks for");

    put_number_at(&b->w, second + 6, b->w.templates[1], 4);
    put_number_at(&b->w, second + 10, 20000, 4);
    read_chunk(b);
    expect_record(b, LOGIN);
    expect_damage(b, "it has more values than bytes");

    put_number_at(&b->w, b->w.templates[1] + 20, 65536, 4);
    read_chunk(b);
    expect_damage(b, "its template is longer than the chunk");
}

/* The value table asks for one byte more than there is. */
static void test_values_too_long(void **state)
{
    struct bench *b = *state;
    record_begin(&b->w);
    write_login_template(&b->w);
    uint32_t entry = value_entry(&b->w, 3);
    write_login_values(&b->w);
    record_end(&b->w);
    chunk_end(&b->w);
    put_number_at(&b->w, entry, 6 + 2, 2);
    read_chunk(b);
    expect_damage(b, "its values are longer than it is");
}

/* Each byte of a record, changed: nothing but the reader's own words may come of it. */
static void test_every_byte(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 2);
    for (uint32_t at = 0; at < b->w.pos; at++)
        for (unsigned bit = 0; bit < 8; bit += 3) {
            int status, count = 0;
            b->w.chunk[at] ^= (uint8_t)(1u << bit);
            read_chunk(b);
            while ((status = evtx_next(b->reader, &b->record, &b->err)) != 0 && count < 10) {
                count++;
                if (status > 0)
                    record_text(b);
                arena_reset(&b->scratch);
            }
            assert_in_range(count, 0, 4);
            b->w.chunk[at] ^= (uint8_t)(1u << bit);
        }
}

/* --- hostile --------------------------------------------------------------------------------
 */

/* A template whose body is an instance of itself. */
static void test_self_reference(void **state)
{
    struct bench *b = *state;
    record_begin(&b->w);
    template_begin(&b->w, 1);
    template_again(&b->w, 1);
    values(&b->w, NULL, 0);
    template_end(&b->w);
    values(&b->w, NULL, 0);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    expect_record(b, "");
    assert_int_equal(b->record.flags, EVTX_RECORD_PARTIAL);
    expect_end(b);
}

static void body_deep(struct writer *w)
{
    for (unsigned i = 0; i < 70; i++) {
        open_tag(w, "D", false);
        content(w);
    }
    for (unsigned i = 0; i < 70; i++)
        close_tag(w);
}

static void test_deep_elements(void **state)
{
    struct bench *b = *state;
    write_event(&b->w, body_deep, NULL, 0);
    read_chunk(b);
    expect_damage(b, "its elements are nested too deeply");
}

/* Each level uses the level below twice: 2^40 of them, if nobody counted. */
static void test_doubling(void **state)
{
    struct bench *b = *state;
    const unsigned levels = 40;
    uint32_t entries[40];
    record_begin(&b->w);
    template_begin(&b->w, 1);
    open_tag(&b->w, "Event", false);
    content(&b->w);
    substitution(&b->w, 0, true);
    substitution(&b->w, 0, true);
    close_tag(&b->w);
    template_end(&b->w);
    for (unsigned i = 0; i < levels; i++) {
        put_number(&b->w, 1, 4);
        entries[i] = b->w.pos;
        put_number(&b->w, 0x210000, 4);
        template_again(&b->w, 1);
    }
    values(&b->w, NULL, 0);
    for (unsigned i = 0; i < levels; i++)
        put_number_at(&b->w, entries[i], b->w.pos - entries[i] - 4, 2);
    record_end(&b->w);
    chunk_end(&b->w);
    read_chunk(b);
    assert_int_equal(evtx_next(b->reader, &b->record, &b->err), 1);
    assert_true(b->record.flags & EVTX_RECORD_CUT);
    assert_true(b->record.shape->count < 100000);
}

/* Thousands of columns that all show one text of 20 KB. */
static void body_flood(struct writer *w)
{
    for (unsigned i = 0; i < 1500; i++)
        element_sub(w, "D", 0, true);
}

static void test_flood(void **state)
{
    struct bench *b = *state;
    static uint8_t large[20000];
    const struct writer_value list[] = { { 0x0e, large, sizeof large } };
    size_t bytes = 0, records = 0;
    write_event(&b->w, body_flood, list, 1);
    while (b->w.pos < EVTX_CHUNK_BYTES - sizeof large - 100) {
        record_begin(&b->w);
        template_again(&b->w, 1);
        values(&b->w, list, 1);
        record_end(&b->w);
    }
    chunk_end(&b->w);
    read_chunk(b);
    for (; evtx_next(b->reader, &b->record, &b->err) > 0; records++) {
        assert_true(b->record.flags & EVTX_RECORD_CUT);
        for (size_t i = 0; i < b->record.shape->count; i++)
            bytes += b->record.values[i].len;
    }
    assert_int_equal(records, 1);
    assert_true(bytes <= 524288);
}

/* --- chunks ---------------------------------------------------------------------------------
 */

static void test_empty_chunks(void **state)
{
    struct bench *b = *state;
    assert_int_equal(read_chunk(b), EVTX_CHUNK_EMPTY);
    expect_end(b);
    chunk_end(&b->w);
    assert_int_equal(read_chunk(b), EVTX_CHUNK_EMPTY);
    expect_end(b);
    assert_int_equal(evtx_chunk(b->reader, "", 0, &b->info),
                     EVTX_CHUNK_EMPTY | EVTX_CHUNK_TRUNCATED);
    expect_end(b);
    assert_int_equal(evtx_chunk(b->reader, "rubbish", 7, &b->info),
                     EVTX_CHUNK_BAD_MAGIC | EVTX_CHUNK_TRUNCATED);
    expect_end(b);
}

static void test_chunk_flags(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 2);
    b->w.chunk[600] ^= 0x20;
    assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_DATA_CRC);
    b->w.chunk[600] ^= 0x20;
    b->w.chunk[130] = 1;
    assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_HEADER_CRC);
    put_number_at(&b->w, 120, 4, 4);
    assert_int_equal(read_chunk(b), 0);
    put_number_at(&b->w, 120, 1, 4);
    chunk_sign(&b->w);
    assert_int_equal(read_chunk(b), EVTX_CHUNK_DIRTY);
    memcpy(b->w.chunk, "ElfChnX", 8);
    assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_MAGIC);
    expect_record(b, LOGIN);
    expect_record(b, LOGIN);
    expect_end(b);
}

static void test_truncated_chunk(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 2);
    unsigned flags = (unsigned)evtx_chunk(b->reader, b->w.chunk, b->w.pos - 1, &b->info);
    assert_int_equal(flags, EVTX_CHUNK_TRUNCATED);
    expect_record(b, LOGIN);
    expect_damage(b, "it is longer than the chunk");
    expect_end(b);
}

/* Behind the end of the records lies what an earlier use of the chunk left: not read. */
static void test_slack(void **state)
{
    struct bench *b = *state;
    write_logins(&b->w, 3);
    put_number_at(&b->w, 48, b->w.record, 4);
    put_number_at(&b->w, 44, 512, 4);
    uint32_t end = b->w.pos;
    b->w.pos = b->w.record;
    chunk_sign(&b->w);
    b->w.pos = end;
    assert_int_equal(read_chunk(b), 0);
    expect_record(b, LOGIN);
    expect_record(b, LOGIN);
    expect_end(b);
}

/* A damaged header: records are found by themselves, those with older ids are left-overs. */
static void test_damaged_header(void **state)
{
    struct bench *b = *state;
    b->w.number = 10;
    write_logins(&b->w, 2);
    b->w.number = 5;
    record_begin(&b->w);
    template_again(&b->w, 1);
    write_login_values(&b->w);
    record_end(&b->w);
    put_number_at(&b->w, 48, 3, 4);
    assert_int_equal(read_chunk(b), EVTX_CHUNK_BAD_OFFSETS | EVTX_CHUNK_BAD_HEADER_CRC);
    expect_record(b, LOGIN);
    expect_record(b, LOGIN);
    assert_int_equal(b->record.number, 11);
    expect_damage(b, "as left-overs have");
    assert_int_equal(b->record.number, 5);
    expect_end(b);
}

/* --- files ----------------------------------------------------------------------------------
 */

static void test_file_header(void **state)
{
    (void)state;
    static uint8_t header[EVTX_FILE_HEADER_BYTES];
    struct evtx_file_info info;
    memcpy(header, "ElfFile", 8);
    header[24] = 9;
    header[32] = 128;
    header[36] = 2;
    header[38] = 3;
    header[41] = 0x10;
    header[42] = 1;
    assert_int_equal(evtx_file_check(header, sizeof header, &info), EVTX_FILE_BAD_CRC);
    uint32_t crc = libdeflate_crc32(0, header, 120);
    memcpy(header + 124, &crc, sizeof crc);
    assert_int_equal(evtx_file_check(header, sizeof header, &info), 0);
    assert_int_equal(info.major, 3);
    assert_int_equal(info.minor, 2);
    assert_int_equal(info.chunks, 1);
    assert_int_equal(info.next_number, 9);
    header[120] = 3;
    assert_int_equal(evtx_file_check(header, sizeof header, &info),
                     EVTX_FILE_DIRTY | EVTX_FILE_FULL);
    assert_int_equal(evtx_file_check(header, 128, &info),
                     EVTX_FILE_DIRTY | EVTX_FILE_FULL | EVTX_FILE_TRUNCATED);
    assert_int_equal(evtx_file_check(header, 127, &info), EVTX_FILE_TRUNCATED);
    assert_int_equal(evtx_file_check(header, 7, &info), EVTX_FILE_NOT_EVTX);
    assert_int_equal(evtx_file_check("ElfChnk", 8, &info), EVTX_FILE_NOT_EVTX);
    header[38] = 4;
    header[120] = 4;
    assert_int_equal(evtx_file_check(header, sizeof header, &info), EVTX_FILE_BAD_VERSION);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_logins),
        TEST(test_roles),
        TEST(test_roles_are_of_system),
        TEST(test_null),
        TEST(test_missing_values),
        TEST(test_unnamed_data),
        TEST(test_user_data),
        TEST(test_rendering),
        TEST(test_name_is_value),
        TEST(test_pieces),
        TEST(test_inner_template),
        TEST(test_inner_bare),
        TEST(test_inner_broken),
        TEST(test_record_without_template),
        TEST(test_shape_over_chunks),
        TEST(test_other_names_same_bytes),
        TEST(test_passing_shapes),
        TEST(test_passing_names),
        TEST(test_bad_sizes),
        TEST(test_bad_record_magic),
        TEST(test_torn),
        TEST(test_bad_templates),
        TEST(test_values_too_long),
        TEST(test_every_byte),
        TEST(test_self_reference),
        TEST(test_deep_elements),
        TEST(test_doubling),
        TEST(test_flood),
        TEST(test_empty_chunks),
        TEST(test_chunk_flags),
        TEST(test_truncated_chunk),
        TEST(test_slack),
        TEST(test_damaged_header),
        cmocka_unit_test(test_file_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
