/* Rows, headers and paths → the builds that they show, with host, time and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "hunt/build_watch.h"
#include "temp_file.h"

void reader_fault(const char *path)
{
    (void)path; /* the program's is not in the library */
}

struct listener {
    struct reader *reader;
    struct build_watch *watch;
    struct buf out;
};

static void on_run(void *context, const struct run *run)
{
    struct listener *l = context;
    build_watch_run(l->watch, l->reader, run, &l->out);
}

static const struct family *on_record(void *context, const struct evtx_record *record,
                                      uint64_t offset)
{
    (void)context;
    (void)record;
    (void)offset;
    return NULL;
}

/* "ex1 15.1.2106.2 columns 07:00:00-08:00:00 @120-340\n" for each record. */
static void print_one(struct slice message, struct buf *text)
{
    static struct record record;
    struct err err = ERR_INIT;
    char build[BUILD_TEXT_SIZE], from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    if (record_decode(message, 1, &record, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(record.kind, RECORD_BUILD);
    const struct build_note *note = &record.build;
    buf_printf(text, "%.*s %s %s", SLICE_FMT(note->host.ptr ? note->host : SLICE_LIT("-")),
               builds_text(note->build, build), build_source_name(note->source));
    if (note->from != TIME_NONE)
        buf_printf(text, " %.8s-%.8s @%d-%d", time_format(note->from, from) + 11,
                   time_format(note->to, to) + 11, (int)note->offset, (int)note->last_offset);
    buf_add_char(text, '\n');
}

static void print_all(struct slice records, struct buf *text)
{
    buf_clear(text);
    buf_add_text(text, "");
    while (records.len > 4) {
        struct wire wire = { records.ptr, records.len, false };
        uint32_t len = wire_u32(&wire);
        print_one(slice_of(wire.ptr, len), text);
        records = slice_from_offset(records, 4 + (size_t)len);
    }
}

static void watch_text(struct slice content, int64_t since, int64_t until, struct buf *text)
{
    struct listener l = { NULL, build_watch_new(since, until), BUF_INIT };
    struct reader_sink sink = { .run = on_run, .record = on_record, .context = &l };
    struct temp_file file = temp_file_write(content);
    struct reader_part part = { file.path, 0, UINT64_MAX, SLICE_NULL };
    struct reader_end end;
    l.reader = reader_new(&sink);
    reader_read(l.reader, &part, &end);
    build_watch_flush(l.watch, &l.out);
    print_all(buf_slice(&l.out), text);
    buf_deinit(&end.before);
    buf_deinit(&end.after);
    buf_deinit(&l.out);
    reader_free(l.reader);
    build_watch_free(l.watch);
    temp_file_remove(&file);
}

static void add_head(struct buf *log, const char *version)
{
    buf_add_text(log, "#Software: Microsoft Exchange Server\r\n#Version: ");
    buf_add_text(log, version);
    buf_add_text(log,
                 "\r\n#Log-type: HttpProxy Logs\r\n#Fields: DateTime,RequestId,MajorVersion,"
                 "MinorVersion,BuildVersion,RevisionVersion,Protocol,ServerHostName,"
                 "AnchorMailbox,GenericInfo\r\n");
}

static void add_row(struct buf *log, const char *clock, const char *quad, const char *host)
{
    buf_printf(log, "2021-03-03T%s.000Z,47a25adf-57a3-4538-ba98-4bafdfee8095,%s,Owa,%s,,\r\n",
               clock, quad, host);
}

static void assert_watched(struct buf *log, const char *wanted)
{
    struct buf text = BUF_INIT;
    watch_text(buf_slice(log), TIME_NONE, TIME_NONE, &text);
    if (strcmp(text.ptr, wanted) != 0)
        fail_msg("\n%s--- not\n%s--- from\n%s", text.ptr, wanted, log->ptr);
    buf_deinit(&text);
    buf_deinit(log);
}

static void test_columns_of_first_and_last_row(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    add_head(&log, "15.0.0.0"); /* the version of a format: no build */
    add_row(&log, "06:00:00", "15,1,2106,2", "EX1.corp.test");
    add_row(&log, "06:30:00", "15,1,2106,2", "EX1");
    add_row(&log, "07:00:00", "15,1,2106,2", "ex1");
    assert_watched(&log, "ex1 15.1.2106.2 columns 06:00:00-07:00:00 @219-399\n");
}

/* The change is within a run: every row of it is looked at. */
static void test_change_within_a_run(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    add_head(&log, "15.0.0.0");
    add_row(&log, "06:00:00", "15,1,2106,2", "EX1");
    add_row(&log, "06:10:00", "15,1,2106,2", "EX1");
    add_row(&log, "06:20:00", "15,1,2106,13", "EX1");
    add_row(&log, "06:30:00", "15,1,2106,13", "EX1");
    assert_watched(&log, "ex1 15.1.2106.2 columns 06:00:00-06:10:00 @219-304\n"
                         "ex1 15.1.2106.13 columns 06:20:00-06:30:00 @389-475\n");
}

static void test_header_tells_a_build(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    add_head(&log, "15.01.2375.007");
    add_row(&log, "06:00:00", ",,,", "EX1");
    add_row(&log, "07:00:00", ",,,", "EX1");
    add_head(&log, "15.01.2375.012");
    add_row(&log, "08:00:00", ",,,", "EX1");
    assert_watched(&log, "ex1 15.1.2375.7 header 06:00:00-07:00:00 @48-48\n"
                         "ex1 15.1.2375.12 header 08:00:00-08:00:00 @427-427\n");
}

static void test_hostile_versions(void **state)
{
    static const char *const quads[] = { "15,1,2106,65535", "15,1,99999,2", "16,1,2106,2",
                                         "15,0,0,0",        "-1,1,2106,2",  "15,1,,2",
                                         "x,y,z,w" };
    (void)state;
    for (size_t i = 0; i < sizeof quads / sizeof *quads; i++) {
        struct buf log = BUF_INIT;
        add_head(&log, "15.01.99999999999999999999.1");
        add_row(&log, "06:00:00", quads[i], "EX1");
        assert_watched(&log, "");
    }
}

/* What the server wrote counts; anchors are the client's own word. */
static void test_integers(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    add_head(&log, "15.0.0.0");
    buf_add_text(&log,
                 "2021-03-03T06:00:00.000Z,47a25adf-57a3-4538-ba98-4bafdfee8095,,,,,Ecp,EX1,"
                 "ServerInfo~x/y~1942062522,BEVersion-1942063431;a=b\r\n");
    buf_add_text(&log,
                 "2021-03-03T07:00:00.000Z,47a25adf-57a3-4538-ba98-4bafdfee8095,,,,,Ecp,EX1,"
                 "ServerInfo~x/y~1942062522,\r\n");
    assert_watched(&log, "ex1 15.1.2375 integer 06:00:00-06:00:00 @219-219\n");
}

static void test_ecp_and_audit(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    buf_add_text(&log,
                 "#Log-type: ECP Server Log\n#Fields: TimeStamp,ServerName,EventId,EventData\n"
                 "2023-01-11T00:02:33.966Z,EX1,ECP.Request,S:TIME=13;S:BLD=15.1.2375.7;S:X=\n");
    assert_watched(&log, "ex1 15.1.2375.7 ecp 00:02:33-00:02:33 @74-74\n");
    buf_add_text(&log,
                 "#Log-type: ECP Activity Context Log\n#Fields: TimeStamp,ServerName,EventId,"
                 "EventData\n2023-01-11T00:02:33.966Z,EX1,Request,S:U=/x;S:Bld=15.1.2375.7\n");
    assert_watched(&log, "ex1 15.1.2375.7 ecp 00:02:33-00:02:33 @84-84\n");
    buf_add_text(
        &log, "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"
              "ResultStatus,Version,Scope\n2023-01-11T15:56:33.189Z,EX1,0,ExchangeAdmin,"
              "\"{\"\"Id\"\":1,\"\"OriginatingServer\"\":\"\"EX1 (15.01.2375.007)\"\"}\",k,i,"
              "Set-Mailbox,Exchange,True,1,s\n");
    assert_watched(&log, "ex1 15.1.2375.7 audit 15:56:33-15:56:33 @105-105\n");
}

static void add_request(struct buf *log, const char *clock, const char *path, int status)
{
    buf_printf(log, "2021-03-03 %s GET %s 192.0.2.1 %d\n", clock, path, status);
}

#define IIS_HEAD                                                                               \
    "#Software: Microsoft Internet Information Services 10.0\n"                                \
    "#Fields: date time cs-method cs-uri-stem c-ip sc-status\n"

/* Only what the server had; what stands far from both ends of a run is not looked for. */
static void test_paths_of_iis(void **state)
{
    struct buf log = BUF_INIT;
    (void)state;
    buf_add_text(&log, IIS_HEAD);
    add_request(&log, "06:00:00", "/owa/prem/15.1.9999.9/x.js", 404);
    assert_watched(&log, "");
    buf_add_text(&log, IIS_HEAD);
    add_request(&log, "06:00:00", "/owa/", 200);
    add_request(&log, "06:01:00", "/owa/prem/15.1.2106.2/scripts/x.js", 200);
    add_request(&log, "06:02:00", "/owa/auth/15.1.2106/themes/x.css", 304);
    add_request(&log, "06:03:00", "/ecp/15.1.2106.2/scripts/x.js", 200);
    assert_watched(&log, "- 15.1.2106.2 owa-path 06:01:00-06:03:00 @156-300\n"
                         "- 15.1.2106 owa-path 06:02:00-06:02:00 @229-229\n");
    buf_add_text(&log, IIS_HEAD);
    add_request(&log, "06:00:00", "/x/15.1.2106.2/y", 200);
    add_request(&log, "06:00:00", "/owa/prem/15.1.2106.2.evil/y", 200);
    assert_watched(&log, "");
}

static void test_since_and_until(void **state)
{
    struct buf log = BUF_INIT, text = BUF_INIT;
    int64_t since, until;
    (void)state;
    add_head(&log, "15.01.2106.002");
    add_row(&log, "06:00:00", "15,1,2106,2", "EX1");
    add_row(&log, "08:00:00", "15,1,2106,13", "EX1");
    assert_true(time_parse_argument(SLICE_LIT("2021-03-04"), false, &since));
    assert_true(time_parse_argument(SLICE_LIT("2021-03-02"), true, &until));
    watch_text(buf_slice(&log), since, TIME_NONE, &text);
    assert_string_equal(text.ptr, "");
    watch_text(buf_slice(&log), TIME_NONE, until, &text);
    assert_string_equal(text.ptr, "");
    buf_deinit(&text);
    buf_deinit(&log);
}

static void test_folders(void **state)
{
    static const struct {
        const char *path, *wanted;
    } cases[] = {
        { "V15/ClientAccess/Owa/prem/15.1.2375.7/x.js", "- 15.1.2375.7 folder\n" },
        { "V15\\ClientAccess\\Owa\\prem\\15.1.2375.7\\y\\x.js", "- 15.1.2375.7 folder\n" },
        { "FrontEnd/HttpProxy/owa/auth/15.1.2375/x.css", "- 15.1.2375 folder\n" },
        { "ClientAccess/ecp/15.1.2375.12/x.js", "- 15.1.2375.12 folder\n" },
        { "ClientAccess/Owa/prem/15.0.0.0/x.js", "" },
        { "ClientAccess/Owa/prem/1942063431/x.js", "" },
        { "prem/15.1.2375.7/x.js", "" },
        { "owa/auth/logon.aspx", "" },
        { "", "" },
    };
    struct buf text = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct build_watch *watch = build_watch_new(TIME_NONE, TIME_NONE);
        struct buf out = BUF_INIT;
        build_watch_path(watch, slice_from(cases[i].path), &out);
        build_watch_path(watch, slice_from(cases[i].path), &out); /* told once */
        print_all(buf_slice(&out), &text);
        assert_string_equal(text.ptr, cases[i].wanted);
        buf_deinit(&out);
        build_watch_free(watch);
    }
    buf_deinit(&text);
}

/* More builds than are kept apart: all of them are written. */
static void test_more_builds_than_fit(void **state)
{
    struct buf log = BUF_INIT, text = BUF_INIT;
    size_t lines = 0;
    (void)state;
    add_head(&log, "15.0.0.0");
    for (int i = 0; i < 200; i++) {
        char quad[32], clock[16];
        snprintf(quad, sizeof quad, "15,1,2106,%d", i + 1);
        snprintf(clock, sizeof clock, "06:%02d:%02d", i / 60, i % 60);
        add_row(&log, clock, quad, "EX1");
    }
    watch_text(buf_slice(&log), TIME_NONE, TIME_NONE, &text);
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    assert_true(lines >= 200); /* written early, the last one is there twice */
    buf_deinit(&text);
    buf_deinit(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_of_first_and_last_row),
        cmocka_unit_test(test_change_within_a_run),
        cmocka_unit_test(test_header_tells_a_build),
        cmocka_unit_test(test_hostile_versions),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_ecp_and_audit),
        cmocka_unit_test(test_paths_of_iis),
        cmocka_unit_test(test_since_and_until),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_more_builds_than_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
