/* Blocks → runs: the header conventions of both worlds, rows without any, midnight, hostile
 * text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "events/event.h"
#include "events/text_log.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MARK "\xEF\xBB\xBF"

/* One line a run: "<family>[*assumed][!exported] <columns>: <rows as written, LF as |>". */
static void print_run(struct buf *out, const struct run *run)
{
    const struct schema *schema = run->schema;
    if (schema)
        buf_printf(out, "%s%s%s %zu: ", schema->family->name, schema->assumed ? "*" : "",
                   schema->hits_only ? "!" : "", schema->count);
    else
        buf_add_text(out, "?: ");
    for (size_t i = 0; i < run->text.len; i++)
        if (run->text.ptr[i] == '\n')
            buf_add_char(out, '|');
        else if (run->text.ptr[i] != '\r')
            buf_add_char(out, run->text.ptr[i]);
    buf_add_char(out, '\n');
}

static void feed(struct text_log *log, struct slice block, struct buf *out)
{
    struct run run;
    struct slice rest = block;
    while (text_log_next(log, &rest, &run) > 0) {
        assert_true(run.text.len > 0); /* so that it ends */
        print_run(out, &run);
    }
    assert_int_equal(rest.len, 0);
}

static void assert_runs_of(struct slice text, const char *wanted)
{
    struct text_log *log = mem_alloc(sizeof *log);
    struct buf out = BUF_INIT;
    buf_add_text(&out, "");
    text_log_init(log);
    feed(log, text, &out);
    if (strcmp(out.ptr, wanted) != 0)
        fail_msg("%.*s\n--- gives\n%s--- not\n%s", SLICE_FMT(text), out.ptr, wanted);
    buf_deinit(&out);
    text_log_deinit(log);
    free(log);
}

static void assert_runs(const char *text, const char *wanted)
{
    assert_runs_of(slice_from(text), wanted);
    struct buf crlf = BUF_INIT; /* the same with CRLF */
    for (const char *p = text; *p; p++) {
        if (*p == '\n' && (p == text || p[-1] != '\r'))
            buf_add_char(&crlf, '\r');
        buf_add_char(&crlf, *p);
    }
    assert_runs_of(buf_slice(&crlf), wanted);
    buf_deinit(&crlf);
}

struct runs_case {
    const char *text, *runs;
};

static void assert_all_runs(const struct runs_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_runs(cases[i].text, cases[i].runs);
}

#define IIS_HEAD "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
#define IIS_FIELDS "#Fields: date time cs-method cs-uri-stem sc-status\n"
#define IIS_ROW "2021-03-03 06:49:53 GET /owa/ 200\n"
#define IIS_RUN "2021-03-03 06:49:53 GET /owa/ 200|"

static void test_w3c(void **state)
{
    (void)state;
    static const struct runs_case cases[] = {
        { "", "" },
        { "\n\n", "" },
        { IIS_HEAD IIS_FIELDS, "" },
        { IIS_HEAD IIS_FIELDS IIS_ROW IIS_ROW, "iis 5: " IIS_RUN IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS "2021-03-03 06:49:53 GET /x 200", /* no end of line */
          "iis 5: 2021-03-03 06:49:53 GET /x 200\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW IIS_HEAD IIS_FIELDS IIS_ROW,
          "iis 5: " IIS_RUN "\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW
          "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query sc-status\n"
          "2021-03-03 06:49:54 ::1 GET /x - 200\n",
          "iis 5: " IIS_RUN "\niis 7: 2021-03-03 06:49:54 ::1 GET /x - 200|\n" },
        { IIS_HEAD "#fields: date time cs-method cs-uri-stem\n" IIS_ROW,
          "iis 4: " IIS_RUN "\n" },
        { IIS_HEAD "#Fields:   date time cs-method cs-uri-stem  \n" IIS_ROW,
          "iis 4: " IIS_RUN "\n" },
        { MARK IIS_HEAD IIS_FIELDS IIS_ROW, "iis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW MARK IIS_HEAD IIS_FIELDS IIS_ROW,
          "iis 5: " IIS_RUN "\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW MARK IIS_ROW,
          "iis 5: " IIS_RUN "\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW "\n" IIS_ROW,
          "iis 5: " IIS_RUN "\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS "garbage\n" IIS_ROW, "?: garbage|\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS "one\ntwo\n#Remark: x\n" IIS_ROW,
          "?: one|two|\niis 5: " IIS_RUN "\n" },
        { "#Software: Microsoft Internet Information Services 10.0\n"
          "#Fields: date time x-own\n2021-03-03 06:49:53 y\n",
          "iis 3: 2021-03-03 06:49:53 y|\n" },
        { "#Fields: date time x-own\n2021-03-03 06:49:53 y\n", "?: 2021-03-03 06:49:53 y|\n" },
        { "#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip cs-uri s-reason\n"
          "2021-03-03 06:49:53 ::1 /x Timer\n",
          "httperr 5: 2021-03-03 06:49:53 ::1 /x Timer|\n" },
        { "#Fields: date time c-ip cs-uri s-reason\n2021-03-03 06:49:53 ::1 /x Timer\n",
          "httperr 5: 2021-03-03 06:49:53 ::1 /x Timer|\n" },
        { "#Software: Microsoft HTTP API 2.0\n#Fields: date time\n2021-03-03 "
          "06:49:53\n" IIS_HEAD IIS_FIELDS IIS_ROW,
          "httperr 2: 2021-03-03 06:49:53|\niis 5: " IIS_RUN "\n" },
        { "#\n#x\n##\n#Fields\n", "" },
    };
    assert_all_runs(cases, COUNT(cases));
}

#define HP_HEAD                                                                                \
    "#Software: Microsoft Exchange Server\n#Version: 15.01.2375.007\n#Log-type: HttpProxy "    \
    "Logs\n"
#define HP_NAMES "DateTime,RequestId,UrlStem,HttpStatus"
#define HP_ROW "2021-03-03T06:49:53.772Z,1,/owa/,200\n"
#define HP_RUN "2021-03-03T06:49:53.772Z,1,/owa/,200|"

static void test_exchange(void **state)
{
    (void)state;
    static const struct runs_case cases[] = {
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW, "httpproxy 4: " HP_RUN "\n" },
        { HP_NAMES "\n" HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW HP_ROW,
          "httpproxy 4: " HP_RUN HP_RUN "\n" },
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_NAMES "\n" HP_ROW, "httpproxy 4: " HP_RUN "\n" },
        { HP_HEAD HP_NAMES "\n" HP_ROW, "httpproxy 4: " HP_RUN "\n" },
        { MARK HP_NAMES "\n" HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW,
          "httpproxy 4: " HP_RUN "\n" },
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW MARK HP_NAMES "\n" HP_HEAD
                  "#Fields: " HP_NAMES ",Method\n2021-03-03T06:49:54Z,1,/x,200,GET\n",
          "httpproxy 4: " HP_RUN "\nhttpproxy 5: 2021-03-03T06:49:54Z,1,/x,200,GET|\n" },
        /* without a type, columns tell */
        { "#Fields: DateTime,UrlStem,UserAgent,ClientIpAddress,HttpStatus\n" HP_ROW,
          "httpproxy 5: " HP_RUN "\n" },
        { "DateTime,UrlStem,UserAgent,ClientIpAddress,HttpStatus\n" HP_ROW,
          "httpproxy 5: " HP_RUN "\n" },
        { "DateTime,A,B\n" HP_ROW, "?: " HP_RUN "\n" },
        { "#Log-type: ECP Server Log\n#Fields: TimeStamp,ServerName,EventId,EventData\n"
          "2021-03-03T06:49:53.772Z,EX1,ECP.Request,S:A=b,c\n",
          "ecp 4: 2021-03-03T06:49:53.772Z,EX1,ECP.Request,S:A=b,c|\n" },
        { "#Log-type: ECP Activity Context Log\nTimeStamp,ServerName,EventId,EventData\n"
          "2021-03-03T06:49:53.772Z,EX1,Request,S:A=b\n",
          "ecp-activity 4: 2021-03-03T06:49:53.772Z,EX1,Request,S:A=b|\n" },
        { "#Log-type: SMTP Receive Protocol Log\n#Fields: date-time,connector-id,data\n"
          "2021-03-03T06:49:53.772Z,c,d\n",
          "smtp 3: 2021-03-03T06:49:53.772Z,c,d|\n" },
        { "#Log-type: Some Other Log\n#Fields: DateTime,What\n" HP_ROW, "?: " HP_RUN "\n" },
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW
                  "#Log-type: Some Other Log\n#Fields: DateTime,What\n" HP_ROW,
          "httpproxy 4: " HP_RUN "\n?: " HP_RUN "\n" },
        /* a new type forgets the header of the old one */
        { HP_HEAD "#Fields: " HP_NAMES "\n#Log-type: SMTP Send Protocol Log\n" HP_ROW,
          "?: " HP_RUN "\n" },
        /* both worlds in one file */
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW IIS_HEAD IIS_FIELDS IIS_ROW,
          "httpproxy 4: " HP_RUN "\niis 5: " IIS_RUN "\n" },
        { IIS_HEAD IIS_FIELDS IIS_ROW HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW,
          "iis 5: " IIS_RUN "\nhttpproxy 4: " HP_RUN "\n" },
        /* rows that go on in a second line */
        { HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW "the rest of a cell\",x\n" HP_ROW,
          "httpproxy 4: " HP_RUN "\n?: the rest of a cell\",x|\nhttpproxy 4: " HP_RUN "\n" },
        /* a header behind a line that nobody understands */
        { "garbage\nDateTime,UrlStem,UserAgent,ClientIpAddress,HttpStatus\n" HP_ROW,
          "?: garbage|\nhttpproxy 5: " HP_RUN "\n" },
    };
    assert_all_runs(cases, COUNT(cases));
}

/* What Test-ProxyLogon.ps1 and Export-Csv write. */
static void test_exports(void **state)
{
    (void)state;
    static const struct runs_case cases[] = {
        { "#TYPE Selected.System.Management.Automation.PSCustomObject\n"
          "\"DateTime\",\"UrlStem\",\"UserAgent\",\"ClientIpAddress\",\"HttpStatus\"\n"
          "\"2021-03-03T06:49:53.772Z\",\"/ecp/y.js\",\"a,b\",\"::1\",\"241\"\n",
          "httpproxy! 5: "
          "\"2021-03-03T06:49:53.772Z\",\"/ecp/y.js\",\"a,b\",\"::1\",\"241\"|\n" },
        { "\"DateTime\",\"UrlStem\",\"UserAgent\",\"ClientIpAddress\",\"HttpStatus\"\n"
          "\"2021-03-03T06:49:53.772Z\",\"/ecp/y.js\",\"\",\"\",\"\"\n",
          "httpproxy! 5: \"2021-03-03T06:49:53.772Z\",\"/ecp/y.js\",\"\",\"\",\"\"|\n" },
        { MARK "#TYPE System.Object\n\"a\",\"b\"\n\"1\",\"2\"\n", "?: \"1\",\"2\"|\n" },
        /* a log that follows is a log again */
        { "#TYPE X\n\"DateTime\",\"UrlStem\",\"UserAgent\",\"ClientIpAddress\",\"HttpStatus\"\n"
          "\"2021-03-03T06:49:53.772Z\",\"x\",\"\",\"\",\"\"\n" HP_HEAD "#Fields: " HP_NAMES
          "\n" HP_ROW,
          "httpproxy! 5: \"2021-03-03T06:49:53.772Z\",\"x\",\"\",\"\",\"\"|\n"
          "httpproxy 4: " HP_RUN "\n" },
    };
    assert_all_runs(cases, COUNT(cases));
}

/* --- rows before any header --- */

#define GUID "2021-03-03T06:49:53Z,0f8fad5b-d9cb-469f-a165-70867728950e"

static void add_cells(struct buf *row, const char *first, size_t more, char separator)
{
    buf_add_text(row, first);
    for (size_t i = 0; i < more; i++)
        buf_printf(row, "%cx", separator);
}

static void test_shapes(void **state)
{
    (void)state;
    static const char iso[] = "2021-03-03T06:49:53.772Z";
    static const struct {
        const char *first;
        size_t more;
        char separator;
        const char *family; /* with its columns; NULL: not recognised */
    } cases[] = {
        { "2021-03-03 06:49:53 ::1 GET /owa/", 10, ' ', "iis* 15" },
        { "2021-03-03 06:49:53 ::1 GET /owa/", 9, ' ', NULL },
        { "2021-03-03 06:49:53 ::1 GET /owa/", 11, ' ', NULL },
        { "2021-03-03 06:49:53 ::1 GET owa", 10, ' ', NULL },
        { "2021-03-03 06:49:53 ::1 GET -", 10, ' ', NULL },
        { "06:49:53 x ::1 GET /owa/", 10, ' ', NULL },
        { GUID ",15", 71, ',', "httpproxy* 74" },
        { GUID ",15", 66, ',', "httpproxy* 74" }, /* an older build: fewer last columns */
        { GUID ",15", 50, ',', NULL },
        { GUID ",x", 71, ',', NULL },
        { iso, 73, ',', NULL },
        { "2021-03-03T06:49:53Z,EX1,ECP.Request,S:A=b", 0, ',', "ecp* 4" },
        { "2021-03-03T06:49:53Z,EX1,ECP.Request,S:A=b,c,d", 0, ',', "ecp* 4" },
        { "2021-03-03T06:49:53Z,EX1,Request,S:A=b", 0, ',', "ecp-activity* 4" },
        { "2021-03-03T06:49:53Z,EX1,Request,A=b", 0, ',', NULL },
        { "2021-03-03T06:49:53Z,EX1,Other,S:A=b", 0, ',', NULL },
        /* the right number of cells is not enough */
        { iso, 5, ',', NULL },
        { "2021-03-03T06:49:53Z,1,x,0f8fad5b-d9cb-469f-a165-70867728950e", 2, ',',
          "oabgenerator* 6" },
        { iso, 8, ',', NULL },
        { "2021-03-03T06:49:53Z,c,s,1,l,r,<", 2, ',', "smtp* 9" },
        { iso, 29, ',', NULL },
        { iso, 19, ',', NULL },
        { "2021-03-03T06:49:53Z,s,l,10.0.0.1:25", 16, ',', "agent* 20" },
        { iso, 11, ',', NULL },
        { "2021-03-03T06:49:53Z,EX1,t,ExchangeAdmin,\"{}\"", 7, ',', "audit* 12" },
        { iso, 2, ',', NULL },
        { "2021-13-03T06:49:53Z", 8, ',', NULL },
        { "1", 8, ',', NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf row = BUF_INIT, wanted = BUF_INIT;
        add_cells(&row, cases[i].first, cases[i].more, cases[i].separator);
        buf_printf(&wanted, "%s: %s|\n", cases[i].family ? cases[i].family : "?", row.ptr);
        buf_add_char(&row, '\n');
        assert_runs(row.ptr, wanted.ptr);
        buf_deinit(&row);
        buf_deinit(&wanted);
    }
}

static void test_header_after_shape(void **state)
{
    (void)state;
    assert_runs(
        "2021-03-03 06:49:53 ::1 GET /owa/ - 443 - ::1 - - 200 0 0 1\n" IIS_FIELDS IIS_ROW,
        "iis* 15: 2021-03-03 06:49:53 ::1 GET /owa/ - 443 - ::1 - - 200 0 0 1|\n"
        "iis 5: " IIS_RUN "\n");
}

/* An initializer, NULs included. */
#define ZEROED(text)                                                                           \
    {                                                                                          \
        "" text, sizeof(text) - 1                                                              \
    }

static void test_zeros(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        const char *runs;
    } cases[] = {
        { ZEROED(IIS_FIELDS "\0\0\0" IIS_ROW), "iis 5: " IIS_RUN "\n" },
        { ZEROED(IIS_FIELDS IIS_ROW "\0\0" IIS_ROW),
          "iis 5: " IIS_RUN "\niis 5: " IIS_RUN "\n" },
        { ZEROED("\0\0\0" IIS_FIELDS IIS_ROW), "iis 5: " IIS_RUN "\n" },
        { ZEROED("\0\0" MARK IIS_FIELDS IIS_ROW), "iis 5: " IIS_RUN "\n" },
        { ZEROED(IIS_FIELDS IIS_ROW "\0\0\0\0"), "iis 5: " IIS_RUN "\n" },
        { ZEROED(IIS_FIELDS "\0\n\0\0\r\n" IIS_ROW), "iis 5: " IIS_RUN "\n" },
        { ZEROED("\0\0\0\0\0"), "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_runs_of(cases[i].text, cases[i].runs);
}

/* --- rows with a time only --- */

static const char midnight_log[] = "#Date: 2021-03-02 22:00:00\n"
                                   "#Fields: time cs-method cs-uri-stem\n"
                                   "22:00:01 GET /\n"
                                   "23:59:59 GET /\n"
                                   "23:59:58 GET /\n" /* small steps back are normal */
                                   "00:00:00 GET /\n"
                                   "garbage\n"
                                   "00:00:01 GET /\n"
                                   "- GET /\n"
                                   "12:00:00 GET /\n"
                                   "23:00:00 GET /\n"
                                   "01:00:00 GET /\n"
                                   "#Date: 2021-03-10 05:00:00\n"
                                   "05:00:01 GET /\n"
                                   "04:00:00 GET /\n";
static const char *const midnight_times[] = {
    "2021-03-02 22:00:01Z", "2021-03-02 23:59:59Z", "2021-03-02 23:59:58Z",
    "2021-03-03 00:00:00Z", "2021-03-03 00:00:01Z", "2021-03-03 12:00:00Z",
    "2021-03-03 23:00:00Z", "2021-03-04 01:00:00Z", "2021-03-10 05:00:01Z",
    "2021-03-10 04:00:00Z",
};

static void check_times(struct text_log *log, struct slice text, size_t *index)
{
    struct run run;
    while (text_log_next(log, &text, &run) > 0) {
        for (struct slice rows = run.text; run.schema && rows.ptr && rows.len; (*index)++) {
            char got[TIME_TEXT_SIZE];
            int64_t time = row_time(run.schema, line_cut(&rows), run.day);
            assert_true(*index < COUNT(midnight_times));
            if (strcmp(time_format_plain(time, got), midnight_times[*index]) != 0)
                fail_msg("row %zu is %s, not %s", *index, got, midnight_times[*index]);
        }
    }
}

static void hand_over(struct text_log *log)
{
    struct buf state = BUF_INIT;
    struct err err = ERR_INIT;
    text_log_state_text(log, &state);
    text_log_deinit(log);
    text_log_init(log);
    assert_int_equal(text_log_resume(log, buf_slice(&state), &err), 0);
    buf_deinit(&state);
}

/* Whole, and cut into two blocks behind each line; with `resume`, read by two readers. */
static void check_midnight(bool resume)
{
    struct slice whole = slice_from(midnight_log);
    struct text_log *log = mem_alloc(sizeof *log);
    for (size_t at = 0; at <= whole.len; at++) {
        if (at && whole.ptr[at - 1] != '\n')
            continue;
        size_t index = 0;
        text_log_init(log);
        check_times(log, slice_first(whole, at), &index);
        if (resume)
            hand_over(log);
        check_times(log, slice_from_offset(whole, at), &index);
        assert_int_equal(index, COUNT(midnight_times));
        text_log_deinit(log);
    }
    free(log);
}

static void test_midnight(void **state)
{
    (void)state;
    check_midnight(false);
}

static void test_midnight_across_parts(void **state)
{
    (void)state;
    check_midnight(true);
}

static void test_times_without_date(void **state)
{
    (void)state;
    struct text_log *log = mem_alloc(sizeof *log);
    text_log_init(log);
    struct slice rest = SLICE_LIT("#Fields: time cs-method cs-uri-stem\n23:00:00 GET /\n"
                                  "00:00:00 GET /\n");
    struct run run;
    while (text_log_next(log, &rest, &run) > 0) {
        assert_non_null(run.schema);
        assert_true(run.day == TIME_NONE);
        assert_true(row_time(run.schema, line_cut(&run.text), run.day) == TIME_NONE);
    }
    text_log_deinit(log);
    free(log);
}

/* --- in parts --- */

/* Cut behind any line and read on by another reader, a log gives the same rows. */
static void test_resume(void **state)
{
    (void)state;
    static const char *const logs[] = {
        IIS_HEAD IIS_FIELDS IIS_ROW IIS_ROW
        "#Fields: date time cs-method cs-uri-stem\n" IIS_ROW IIS_ROW,
        HP_NAMES "\n" HP_HEAD "#Fields: " HP_NAMES "\n" HP_ROW HP_ROW,
        HP_HEAD HP_NAMES "\n" HP_ROW HP_ROW,
        "#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip\n2021-03-03 06:49:53 ::1\n"
        "2021-03-03 06:49:54 ::1\n",
        "#TYPE X\n\"DateTime\",\"UrlStem\",\"UserAgent\",\"ClientIpAddress\",\"HttpStatus\"\n"
        "\"2021-03-03T06:49:53.772Z\",\"x\",\"\",\"\",\"\"\n"
        "\"2021-03-03T06:49:53.772Z\",\"y\",\"\",\"\",\"\"\n",
        "#Log-type: Some Other Log\n#Fields: DateTime,What\n" HP_ROW HP_ROW,
        HP_HEAD "#Fields: " HP_NAMES "\n#Log-type: SMTP Send Protocol Log\n" HP_ROW HP_ROW,
    };
    struct text_log *log = mem_alloc(sizeof *log);
    for (size_t i = 0; i < COUNT(logs); i++) {
        struct slice whole = slice_from(logs[i]);
        for (size_t at = 1; at < whole.len; at++) {
            struct buf cut = BUF_INIT, same = BUF_INIT;
            if (whole.ptr[at - 1] != '\n')
                continue;
            text_log_init(log); /* one reader, two blocks */
            feed(log, slice_first(whole, at), &same);
            feed(log, slice_from_offset(whole, at), &same);
            text_log_deinit(log);
            text_log_init(log);
            feed(log, slice_first(whole, at), &cut);
            hand_over(log);
            feed(log, slice_from_offset(whole, at), &cut);
            text_log_deinit(log);
            if (!slice_eq(buf_slice(&cut), buf_slice(&same)))
                fail_msg("%s\n--- cut at %zu gives\n%s--- not\n%s", logs[i], at, cut.ptr,
                         same.ptr);
            buf_deinit(&cut);
            buf_deinit(&same);
        }
    }
    free(log);
}

static void test_resume_malformed(void **state)
{
    (void)state;
    struct text_log *log = mem_alloc(sizeof *log);
    struct buf text = BUF_INIT;
    text_log_init(log);
    text_log_state_text(log, &text);
    for (size_t len = 0; len < text.len; len++) {
        struct err err = ERR_INIT;
        assert_true(text_log_resume(log, slice_first(buf_slice(&text), len), &err) < 0);
        assert_int_equal(err.code, ERR_BUG);
    }
    buf_deinit(&text);
    text_log_deinit(log);
    free(log);
}

/* --- hostile --- */

/* Returns how many rows came without schema. */
static size_t survive(struct slice text, size_t *schemas_out)
{
    struct text_log *log = mem_alloc(sizeof *log);
    struct run run;
    size_t lost = 0;
    text_log_init(log);
    while (text_log_next(log, &text, &run) > 0) {
        assert_true(run.text.len > 0);
        lost += run.schema == NULL;
    }
    *schemas_out = log->schema_count;
    text_log_deinit(log);
    free(log);
    return lost;
}

static void test_alternating_headers(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    size_t schemas;
    for (int i = 0; i < 50000; i++)
        buf_add_text(&text,
                     IIS_FIELDS IIS_ROW "#Fields: date time cs-uri-stem cs-method\n" IIS_ROW);
    assert_int_equal(survive(buf_slice(&text), &schemas), 0);
    assert_int_equal(schemas, 2);
    buf_deinit(&text);
}

static void test_ever_new_headers(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    size_t schemas;
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "#Fields: date time cs-method cs-uri-stem x%d\n" IIS_ROW, i);
    assert_int_equal(survive(buf_slice(&text), &schemas), 20000 - SCHEMAS_MAX);
    assert_int_equal(schemas, SCHEMAS_MAX);
    buf_deinit(&text);
}

static void test_long_directives(void **state)
{
    (void)state;
    static const char *const starts[] = { "#Fields: ", "#Fields: a,",    "#Log-type: ",
                                          "#Date: ",   "#Software: ",    "#",
                                          "DateTime,", "\"DateTime\",\"" };
    for (size_t i = 0; i < COUNT(starts); i++) {
        for (int separator = 0; separator < 3; separator++) {
            struct buf text = BUF_INIT;
            size_t schemas;
            buf_add_text(&text, starts[i]);
            while (text.len < 1000000)
                buf_add_char(&text, text.len % 7 ? 'x' : " ,x"[separator]);
            buf_add_text(&text, "\n" IIS_FIELDS IIS_ROW);
            survive(buf_slice(&text), &schemas);
            assert_true(schemas > 0);
            buf_deinit(&text);
        }
    }
}

static void test_300_columns(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, wanted = BUF_INIT;
    buf_add_text(&text, "#Fields: date time cs-method cs-uri-stem");
    for (int i = 0; i < 296; i++)
        buf_printf(&text, " x%d", i);
    buf_add_text(&text, "\n2021-03-03 06:49:53 GET /");
    buf_printf(&wanted, "iis %d: 2021-03-03 06:49:53 GET /", COLUMNS_MAX);
    for (int i = 0; i < 296; i++) {
        buf_printf(&text, " %d", i);
        buf_printf(&wanted, " %d", i);
    }
    buf_add_text(&text, "\n");
    buf_add_text(&wanted, "|\n");
    assert_runs(text.ptr, wanted.ptr);
    buf_deinit(&text);
    buf_deinit(&wanted);
}

static void test_many_odd_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "x\n", "a,b\n", "\"\n", "9\n", "\0\n", "DateTime,x\n"
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct buf text = BUF_INIT;
        size_t schemas;
        for (int k = 0; k < 100000; k++)
            buf_add(&text, lines[i], lines[i][0] ? strlen(lines[i]) : 2);
        survive(buf_slice(&text), &schemas);
        buf_deinit(&text);
    }
}

/* Random pieces, in memory of exactly their size: each byte is given out at most once. */
static void test_any_pieces(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "#Fields: ",  "#TYPE ",     "#Log-type: ECP Server Log\n",
        "date time ", "DateTime,",  "\n",
        "\r\n",       MARK,         "2021-03-03",
        " 06:49:53 ", "\"",         ",",
        "x",          "-",          "#Date: 2021-03-03 23:00:00\n",
        "23:59:59",   "\n00:00:00", "#Fields: time cs-method cs-uri-stem\n",
        "\n9",
    };
    uint32_t seed = 11;
    struct text_log *log = mem_alloc(sizeof *log);
    for (int round = 0; round < 5000; round++) {
        struct buf text = BUF_INIT;
        buf_add_text(&text, "");
        for (int n = 0; n < 30; n++) {
            seed = seed * 1664525 + 1013904223;
            size_t pick = (seed >> 16) % (COUNT(pieces) + 1);
            if (pick == COUNT(pieces))
                buf_add_char(&text, '\0');
            else
                buf_add_text(&text, pieces[pick]);
        }
        char *exact = malloc(text.len);
        assert_non_null(exact);
        memcpy(exact, text.ptr, text.len);
        struct slice rest = slice_of(exact, text.len);
        const char *last = exact;
        struct run run;
        text_log_init(log);
        while (text_log_next(log, &rest, &run) > 0) {
            assert_true(run.text.len > 0 && run.text.ptr >= last);
            last = run.text.ptr + run.text.len;
            assert_true(last <= exact + text.len);
        }
        text_log_deinit(log);
        free(exact);
        buf_deinit(&text);
    }
    free(log);
}

static void test_line_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
        bool more;
    } cases[] = {
        { "", "", false },       { "a", "a", false },        { "a\n", "a", true },
        { "a\r\nb", "a", true }, { "a\r", "a", false },      { MARK "a\n", "a", true },
        { "\r\n", "", true },    { "a\rb\n", "a\rb", true }, { MARK, "", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice rest = slice_from(cases[i].text);
        struct slice line = line_cut(&rest);
        assert_true(slice_eq(line, slice_from(cases[i].line)));
        assert_int_equal(rest.ptr != NULL, cases[i].more);
    }
}

/* Rows of all lengths, and one line that is no row at each place of a block. */
static void test_odd_line_anywhere(void **state)
{
    (void)state;
    for (size_t width = 1; width <= 70; width++)
        for (size_t odd = 1; odd <= 12; odd++) {
            struct buf text = BUF_INIT;
            struct run run;
            struct text_log *log = mem_alloc(sizeof *log);
            buf_add_text(&text, "#Fields: date time cs-uri-stem\n");
            size_t start = text.len;
            for (size_t i = 0; i < odd; i++)
                buf_printf(&text, "2%0*d\n", (int)(width - 1 + i % 3), 0);
            size_t end = text.len;
            buf_add_text(&text, odd % 2 ? "odd\n\"2\n3" : "-\n\"2\n3");
            struct slice rest = buf_slice(&text);
            text_log_init(log);
            assert_int_equal(text_log_next(log, &rest, &run), 1);
            assert_ptr_equal(run.text.ptr, text.ptr + start);
            assert_int_equal(run.text.len, end - start);
            assert_int_equal(text_log_next(log, &rest, &run), 1);
            assert_null(run.schema);
            assert_int_equal(text_log_next(log, &rest, &run), 1);
            assert_int_equal(run.text.len, strlen("\"2\n3"));
            text_log_deinit(log);
            free(log);
            buf_deinit(&text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_w3c),
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_exports),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_header_after_shape),
        cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_midnight),
        cmocka_unit_test(test_midnight_across_parts),
        cmocka_unit_test(test_times_without_date),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_resume_malformed),
        cmocka_unit_test(test_alternating_headers),
        cmocka_unit_test(test_ever_new_headers),
        cmocka_unit_test(test_long_directives),
        cmocka_unit_test(test_300_columns),
        cmocka_unit_test(test_many_odd_lines),
        cmocka_unit_test(test_any_pieces),
        cmocka_unit_test(test_odd_line_anywhere),
        cmocka_unit_test(test_line_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
