/*
 * Time of evidence: milliseconds since 1970-01-01T00:00:00Z as int64_t, proleptic Gregorian,
 * always UTC. No time zone of the machine is ever consulted. Years 1601 to 9999 are accepted.
 * Thread rule: pure functions, but for clock_monotonic_ms() and clock_today_ms().
 */
#ifndef HAUBERK_BASE_CLOCK_H
#define HAUBERK_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define TIME_NONE INT64_MIN                   /* no time known */
#define TIME_FIRST (-INT64_C(11644473600000)) /* 1601-01-01, where Windows' time starts */
#define TIME_LAST INT64_C(253402300799999)    /* 9999-12-31 */
#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_HOUR (3600 * MS_PER_SECOND)
#define MS_PER_DAY (24 * MS_PER_HOUR)

/* "YYYY-MM-DD" at the start of s. */
bool time_parse_date(struct slice s, int64_t *ms_out);

/* "HH:MM:SS[.fraction]" at the start of s, as milliseconds of the day. */
bool time_parse_clock(struct slice s, int64_t *ms_out);

/*
 * ISO 8601 as the logs write it: date, 'T' or ' ' , clock, optional fraction, optional "Z" or
 * offset (+02:00). Also the culture date of HttpRequestFiltering ("6/30/2021 10:03:57 AM",
 * month first as in Microsoft's own sample). Whole slice; false when it is no time.
 */
bool time_parse(struct slice s, int64_t *ms_out);

/* A day ("2021-03-03") or a time; what --since takes. With `end`, a bare day means its end. */
bool time_parse_argument(struct slice s, bool end, int64_t *ms_out);

#define TIME_TEXT_SIZE 32
const char *time_format(int64_t ms, char out[TIME_TEXT_SIZE]); /* 2021-03-03T06:59:13.030Z */
const char *time_format_plain(int64_t ms, char out[TIME_TEXT_SIZE]); /* 2021-03-03 06:59:13Z */

int64_t clock_monotonic_ms(void); /* for progress only */
int64_t clock_today_ms(void);     /* the machine's own time: for days on which things expire */

#endif
