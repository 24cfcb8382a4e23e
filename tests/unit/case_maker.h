/*
 * Cases in memory for tests of what turns findings into a verdict: findings from short tables,
 * answers as text ("a|b" for each row), so that a wanted result is one string.
 */
#ifndef HAUBERK_TEST_CASE_MAKER_H
#define HAUBERK_TEST_CASE_MAKER_H

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "casefile/finish.h"
#include "casefile/query.h"

#define CASE_START INT64_C(1614751200000) /* 2021-03-03T06:00:00Z: second 0 of the tables */

/* A finding. Host "ex1" unless another is given or `nameless`. */
struct given {
    int64_t at; /* seconds behind CASE_START */
    enum stage stage;
    enum outcome outcome;
    const char *source, *host, *session, *request_id, *page, *path, *method, *query, *row, *key;
    const char *field, *value; /* one of the row's own */
    enum family_id family;
    int status;
    uint64_t item, offset;
    uint32_t rule, correlation; /* `key` is one of this correlation */
    size_t key_count;           /* or: several */
    struct record_key *keys;
    bool own_probe, from_itself, silent, timeless, nameless;
};

static inline int64_t case_time(int64_t second)
{
    return CASE_START + second * MS_PER_SECOND;
}

static inline struct casefile *case_new(void)
{
    struct casefile *casefile;
    struct err err = ERR_INIT;
    if (casefile_create(&casefile, NULL, SLICE_LIT("test"), &err) != 0)
        fail_msg("%s", err.msg);
    return casefile;
}

static inline void case_close(struct casefile *casefile)
{
    struct err err = ERR_INIT;
    if (casefile_close(casefile, &err) != 0)
        fail_msg("%s", err.msg);
}

static inline void case_add(struct casefile *casefile, const struct given *given)
{
    static struct record record;
    struct buf fields = BUF_INIT;
    struct json json = json_open(&fields);
    record = (struct record){ .kind = RECORD_FINDING };
    record.finding = (struct finding){
        .rule = given->rule,
        .time = given->timeless ? TIME_NONE : case_time(given->at),
        .offset = given->offset,
        .family = given->family ? given->family : FAMILY_HTTPPROXY,
        .stage = given->stage,
        .outcome = given->outcome,
        .own_probe = given->own_probe,
        .from_itself = given->from_itself,
        .silent = given->silent,
        .status = given->status,
        .page_foreign = given->page != NULL,
        .host = given->nameless ? SLICE_NULL : slice_from(given->host ? given->host : "ex1"),
        .source = slice_from(given->source),
        .method = slice_from(given->method),
        .url_path = slice_from(given->path),
        .url_query = slice_from(given->query),
        .page = slice_from(given->page),
        .request_id = slice_from(given->request_id),
        .session = slice_from(given->session),
        .row = slice_from(given->row ? given->row : "row"),
        .key_count = given->key_count ? given->key_count
                     : given->key     ? 1
                                      : 0,
    };
    record.finding.keys[0] =
        (struct record_key){ given->correlation, 0, slice_from(given->key), SLICE_NULL };
    if (given->field)
        json_text(&json, given->field, slice_from(given->value));
    json_close(&json);
    record.finding.fields = buf_slice(&fields);
    for (size_t i = 0; i < given->key_count; i++)
        record.finding.keys[i] = given->keys[i];
    casefile_add_record(casefile, given->item, &record);
    buf_deinit(&fields);
}

static inline void case_cover(struct casefile *casefile, uint64_t item, const char *host,
                              enum family_id family, int64_t from, int64_t to, uint64_t events)
{
    static struct record record;
    record = (struct record){ .kind = RECORD_COVERAGE };
    record.coverage = (struct coverage_part){ slice_from(host), family,
                                              from == TIME_NONE ? from : case_time(from),
                                              to == TIME_NONE ? to : case_time(to), events };
    casefile_add_record(casefile, item, &record);
}

/* All rows of a query: columns joined by '|', rows by ' '; NULL is '-'. */
static inline void case_read(struct casefile *casefile, const char *sql, int columns,
                             struct buf *out)
{
    struct query query;
    buf_clear(out);
    buf_add_text(out, "");
    query_open(&query, casefile, sql);
    while (query_next(&query)) {
        if (out->len)
            buf_add_char(out, ' ');
        for (int i = 0; i < columns; i++) {
            struct slice text = query_text(&query, i);
            if (i)
                buf_add_char(out, '|');
            buf_add_slice(out, text.ptr ? text : SLICE_LIT("-"));
        }
    }
    query_close(&query);
}

static inline void case_assert(struct casefile *casefile, const char *what, const char *sql,
                               int columns, const char *wanted)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    case_read(casefile, sql, columns, &out);
    if (casefile_error(casefile, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
    if (strcmp(out.ptr, wanted) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", what, out.ptr, wanted);
    buf_deinit(&out);
}

#endif
