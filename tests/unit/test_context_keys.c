/* The nearest events before and after findings, against a plain list of all events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "casefile/casefile.h"
#include "hunt/context_keys.h"

#define MOST 3
#define EVENTS 200

/* A case with findings of one source at these times (seconds), all in item 0. */
static struct casefile *make_case(const int *times, size_t count)
{
    struct casefile *casefile;
    struct err err = ERR_INIT;
    assert_int_equal(casefile_create(&casefile, NULL, SLICE_LIT("x"), &err), 0);
    for (size_t i = 0; i < count; i++) {
        char sql[256];
        snprintf(
            sql, sizeof sql,
            "INSERT INTO finding(item, offset, rule, time, family, source, silent,"
            " own_probe, from_itself, grade) VALUES(0, %d, 0, %d, 'iis', '192.0.2.1', 0, 0,"
            " 0, 1)",
            times[i], times[i] * 1000);
        casefile_execute(casefile, sql);
    }
    return casefile;
}

static void offer(struct context_keys *keys, int time)
{
    struct buf scratch = BUF_INIT;
    struct neighbour event = {
        { (int64_t)time * 1000, 0, (uint64_t)time }, FAMILY_IIS, SLICE_LIT(""), SLICE_LIT("row")
    };
    size_t key =
        context_keys_find(keys, SHARED_SOURCE, SLICE_LIT(""), SLICE_LIT("192.0.2.1"), &scratch);
    assert_int_not_equal(key, SIZE_MAX);
    context_keep(keys, context_gap_of(&keys->keys[key], &event.place), &event);
    buf_deinit(&scratch);
}

/* "time: before | after" a finding, as the case has it. */
static void print_stored(struct casefile *casefile, struct buf *out)
{
    struct query q;
    int64_t last = -1;
    query_open(&q, casefile,
               "SELECT f.offset, c.position, c.offset FROM context c JOIN finding f ON"
               " f.id=c.finding ORDER BY f.offset, c.position");
    while (query_next(&q)) {
        if (query_int(&q, 0) != last)
            buf_printf(out, "\n%d:", (int)query_int(&q, 0));
        last = query_int(&q, 0);
        buf_printf(out, " %d=%d", (int)query_int(&q, 1), (int)query_int(&q, 2));
    }
    query_close(&q);
}

/* Up to MOST events in one direction, the nearest first. */
static int nearest(int from, int step, const bool *there, int *out)
{
    int found = 0;
    for (int t = from + step; t >= 0 && t < EVENTS && found < MOST; t += step)
        if (there[t])
            out[found++] = t;
    return found;
}

static void print_expected(const int *findings, size_t count, const bool *there,
                           struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        int before[MOST], after[MOST];
        int left = nearest(findings[i], -1, there, before);
        int right = nearest(findings[i], 1, there, after);
        if (left + right)
            buf_printf(out, "\n%d:", findings[i]);
        for (int k = left; k-- > 0;)
            buf_printf(out, " %d=%d", -k - 1, before[k]);
        for (int k = 0; k < right; k++)
            buf_printf(out, " %d=%d", k + 1, after[k]);
    }
}

/* Any set of events in any order: findings far apart, side by side, at both ends. */
static void test_nearest(void **state)
{
    static const int findings[] = { 0, 50, 51, 52, 60, 120, 199 };
    size_t count = sizeof findings / sizeof *findings;
    (void)state;
    srand(7);
    for (int round = 0; round < 40; round++) {
        bool there[EVENTS] = { false };
        struct buf stored = BUF_INIT, expected = BUF_INIT;
        struct err err = ERR_INIT;
        struct casefile *casefile = make_case(findings, count);
        struct context_keys *keys = context_keys_new(casefile, MOST);
        assert_int_equal(keys->finding_count, count);
        for (size_t i = 0; i < count; i++) {
            there[findings[i]] = true; /* the finding's own row is met too */
            offer(keys, findings[i]);
        }
        for (int i = 0; i < round * 3; i++) {
            int time = rand() % EVENTS;
            there[time] = true;
            offer(keys, time);
            offer(keys, time); /* twice: from both ends of a worker's gap */
        }
        context_store(keys, casefile);
        buf_add_text(&stored, "");
        buf_add_text(&expected, "");
        print_stored(casefile, &stored);
        print_expected(findings, count, there, &expected);
        assert_string_equal(stored.ptr, expected.ptr);
        context_keys_free(keys);
        assert_int_equal(casefile_close(casefile, &err), 0);
        buf_deinit(&stored);
        buf_deinit(&expected);
    }
}

/* There is room for so many findings; the others are counted. */
static void test_no_room(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    struct casefile *casefile = make_case(NULL, 0);
    casefile_execute(casefile,
                     "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE"
                     " i<2999) INSERT INTO finding(item, offset, rule, time, family, source,"
                     " silent, own_probe, from_itself, grade) SELECT 0, i, 0, i, 'iis',"
                     " '10.0.' || (i/250) || '.' || (i%250), 0, 0, 0, 1 FROM n");
    struct context_keys *keys = context_keys_new(casefile, 100);
    assert_int_equal(keys->finding_count, 256);
    assert_int_equal(keys->left_out, 3000 - 256);
    context_keys_free(keys);
    keys = context_keys_new(casefile, 1); /* now keys are what is short */
    assert_int_equal(keys->finding_count, 1000);
    assert_int_equal(keys->left_out, 2000);
    context_keys_free(keys);
    assert_int_equal(casefile_close(casefile, &err), 0);
}

/* What everybody shares, or what is too short, joins nothing. */
static void test_keys(void **state)
{
    struct err err = ERR_INIT;
    struct buf scratch = BUF_INIT;
    (void)state;
    struct casefile *casefile = make_case(NULL, 0);
    casefile_execute(casefile,
                     "INSERT INTO event VALUES(1, NULL, '{}'), (2, NULL,"
                     "'{\"TargetLogonId\":\"0x1A\",\"SubjectLogonId\":\"0x3e7\"}');"
                     "INSERT INTO finding(item, offset, time, host, family, source, session,"
                     " silent, own_probe, from_itself, grade, event, user) VALUES"
                     " (0,1,1,'a','iis','192.0.2.1',NULL,0,0,1,1,1,NULL),"
                     " (0,2,2,'a','iis','::1','SESSION1',0,0,0,1,1,NULL),"
                     " (0,3,3,'a','security',NULL,NULL,0,0,0,1,2,'ann'),"
                     " (0,4,4,'a','security',NULL,NULL,0,0,0,1,1,'bob'),"
                     " (0,5,5,'a','security',NULL,NULL,0,0,0,1,1,NULL),"
                     " (0,6,6,'a','iis','192.0.2.2',NULL,1,0,0,1,1,NULL),"
                     " (0,7,7,'a','iis','192.0.2.3',NULL,0,1,0,1,1,NULL),"
                     " (0,8,NULL,'a','iis','192.0.2.4',NULL,0,0,0,1,1,NULL)");
    struct context_keys *keys = context_keys_new(casefile, 2);
    assert_int_equal(keys->finding_count, 4);
    assert_int_equal(keys->key_count, 4);
    assert_int_equal(keys->left_out, 0);
    assert_true(keys->filter && keys->event_logs);
#define KNOWN(shared, id)                                                                      \
    (context_keys_find(keys, shared, SLICE_LIT("a"), SLICE_LIT(id), &scratch) != SIZE_MAX)
    assert_true(KNOWN(SHARED_SESSION, "session1"));
    assert_true(KNOWN(SHARED_LOGON, "0x1a"));
    assert_true(KNOWN(SHARED_USER, "Bob"));
    assert_true(KNOWN(SHARED_NEAR, "security"));
    assert_false(KNOWN(SHARED_SOURCE, "192.0.2.1"));
    assert_false(KNOWN(SHARED_SOURCE, "::1"));
    assert_false(KNOWN(SHARED_LOGON, "0x3e7"));
    assert_false(KNOWN(SHARED_USER, "ann"));
    context_keys_free(keys);
    buf_deinit(&scratch);
    assert_int_equal(casefile_close(casefile, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
