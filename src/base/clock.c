#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int *y_out, int *m_out, int *d_out)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d_out = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m_out = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y_out = (int)(yoe + era * 400 + (*m_out <= 2));
}

static bool two_digits(const char *p, int max, int *out)
{
    if (!ascii_is_digit(p[0]) || !ascii_is_digit(p[1]))
        return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return *out <= max;
}

static int64_t seconds_of_day(int h, int m, int s)
{
    return INT64_C(3600) * h + INT64_C(60) * m + s;
}

static bool civil_ms(int y, int m, int d, int64_t *ms_out)
{
    static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    if (y < 1601 || y > 9999 || m < 1 || m > 12 || d < 1 || d > month_days[m - 1] ||
        (m == 2 && d == 29 && !leap))
        return false;
    *ms_out = days_from_civil(y, m, d) * MS_PER_DAY;
    return true;
}

bool time_parse_date(struct slice s, int64_t *ms_out)
{
    int high, low, m, d;
    if (s.len < 10 || s.ptr[4] != '-' || s.ptr[7] != '-')
        return false;
    if (!two_digits(s.ptr, 99, &high) || !two_digits(s.ptr + 2, 99, &low) ||
        !two_digits(s.ptr + 5, 12, &m) || !two_digits(s.ptr + 8, 31, &d))
        return false;
    return civil_ms(high * 100 + low, m, d, ms_out);
}

/* Digits behind the dot, to milliseconds; returns how many characters were used. */
static size_t parse_fraction(struct slice s, int64_t *ms_out)
{
    size_t i = 0;
    int64_t ms = 0, unit = 100;
    while (i < s.len && ascii_is_digit(s.ptr[i])) {
        ms += (s.ptr[i] - '0') * unit;
        unit /= 10;
        i++;
    }
    *ms_out = ms;
    return i;
}

static bool parse_clock_prefix(struct slice s, int64_t *ms_out, size_t *used_out)
{
    int h, m, sec;
    if (s.len < 8 || s.ptr[2] != ':' || s.ptr[5] != ':')
        return false;
    if (!two_digits(s.ptr, 23, &h) || !two_digits(s.ptr + 3, 59, &m) ||
        !two_digits(s.ptr + 6, 60, &sec))
        return false;
    int64_t ms = 0;
    size_t used = 8;
    if (s.len > 9 && s.ptr[8] == '.')
        used = 9 + parse_fraction(slice_from_offset(s, 9), &ms);
    *ms_out = seconds_of_day(h, m, sec) * MS_PER_SECOND + ms;
    *used_out = used;
    return true;
}

bool time_parse_clock(struct slice s, int64_t *ms_out)
{
    size_t used;
    return parse_clock_prefix(s, ms_out, &used);
}

/* "Z", nothing, or an offset such as +02:00, which is taken off. */
static bool parse_zone(struct slice s, int64_t *shift_out)
{
    *shift_out = 0;
    if (s.len == 0 || (s.len == 1 && (s.ptr[0] == 'Z' || s.ptr[0] == 'z')))
        return true;
    int h, m;
    if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') || s.ptr[3] != ':' ||
        !two_digits(s.ptr + 1, 14, &h) || !two_digits(s.ptr + 4, 59, &m))
        return false;
    int64_t shift = ((int64_t)h * 60 + m) * 60 * MS_PER_SECOND;
    *shift_out = s.ptr[0] == '+' ? -shift : shift;
    return true;
}

static bool parse_iso(struct slice s, int64_t *ms_out)
{
    int64_t day, clock, shift;
    size_t used;
    if (s.len < 19 || (s.ptr[10] != 'T' && s.ptr[10] != ' ') || !time_parse_date(s, &day) ||
        !parse_clock_prefix(slice_from_offset(s, 11), &clock, &used) ||
        !parse_zone(slice_from_offset(s, 11 + used), &shift))
        return false;
    *ms_out = day + clock + shift;
    return true;
}

static bool small_number(struct slice s, int *out)
{
    uint64_t value;
    if (!slice_to_u64(s, &value) || value > 9999)
        return false;
    *out = (int)value;
    return true;
}

/* M/D/YYYY H:MM:SS AM|PM */
static bool parse_culture(struct slice s, int64_t *ms_out)
{
    struct slice rest = s;
    int month, day, year, hour, minute, second;
    if (!small_number(slice_cut(&rest, '/'), &month) || !rest.ptr ||
        !small_number(slice_cut(&rest, '/'), &day) || !rest.ptr ||
        !small_number(slice_cut(&rest, ' '), &year) || !rest.ptr ||
        !small_number(slice_cut(&rest, ':'), &hour) || !rest.ptr ||
        !small_number(slice_cut(&rest, ':'), &minute) || !rest.ptr ||
        !small_number(slice_cut(&rest, ' '), &second) || !rest.ptr)
        return false;
    bool pm = slice_icase_eq(rest, SLICE_LIT("PM"));
    if ((!pm && !slice_icase_eq(rest, SLICE_LIT("AM"))) || hour < 1 || hour > 12 ||
        minute > 59 || second > 59 || !civil_ms(year, month, day, ms_out))
        return false;
    hour = hour % 12 + (pm ? 12 : 0);
    *ms_out += seconds_of_day(hour, minute, second) * MS_PER_SECOND;
    return true;
}

bool time_parse(struct slice s, int64_t *ms_out)
{
    return parse_iso(s, ms_out) || parse_culture(s, ms_out);
}

bool time_parse_argument(struct slice s, bool end, int64_t *ms_out)
{
    if (s.len == 10 && time_parse_date(s, ms_out)) {
        *ms_out += end ? MS_PER_DAY - 1 : 0;
        return true;
    }
    return parse_iso(s, ms_out);
}

static void split(int64_t ms, int *y, int *mo, int *d, int *ms_of_day)
{
    int64_t days = ms >= 0 ? ms / MS_PER_DAY : -((-ms + MS_PER_DAY - 1) / MS_PER_DAY);
    civil_from_days(days, y, mo, d);
    *ms_of_day = (int)(ms - days * MS_PER_DAY);
}

static char *put_number(char *out, int value, unsigned digits, char behind)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    out[digits] = behind;
    return out + digits + 1;
}

/* By hand, since event logs have one or more for each record. */
const char *time_format(int64_t ms, char out[TIME_TEXT_SIZE])
{
    int y, mo, d, rest;
    char *p = out;
    if (ms == TIME_NONE) {
        out[0] = '\0';
        return out;
    }
    split(ms, &y, &mo, &d, &rest);
    p = put_number(p, y, 4, '-');
    p = put_number(p, mo, 2, '-');
    p = put_number(p, d, 2, 'T');
    p = put_number(p, rest / 3600000, 2, ':');
    p = put_number(p, rest / 60000 % 60, 2, ':');
    p = put_number(p, rest / 1000 % 60, 2, '.');
    p = put_number(p, rest % 1000, 3, 'Z');
    *p = '\0';
    return out;
}

const char *time_format_plain(int64_t ms, char out[TIME_TEXT_SIZE])
{
    int y, mo, d, rest;
    if (ms == TIME_NONE) {
        snprintf(out, TIME_TEXT_SIZE, "at an unknown time");
        return out;
    }
    split(ms, &y, &mo, &d, &rest);
    snprintf(out, TIME_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d:%02dZ", y, mo, d, rest / 3600000,
             rest / 60000 % 60, rest / 1000 % 60);
    return out;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_today_ms(void)
{
    return (int64_t)time(NULL) * MS_PER_SECOND;
}
