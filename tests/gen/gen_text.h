/* gen_text: bounded text building and calendar arithmetic.
 * A gen_buf never grows: what does not fit is cut, never written past the end.
 * All functions are pure or write only to their buffer. */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "gen_rng.h"

struct gen_buf {
    char *data;
    size_t len, cap;
};

struct gen_civil {
    unsigned year, month, day, hour, minute, second, milli, weekday; /* weekday: 0 = Sunday */
};

#define GEN_HOUR_MS INT64_C(3600000)
#define GEN_DAY_MS (24 * GEN_HOUR_MS)

/* Milliseconds since 1970-01-01 UTC to and from the calendar (times >= 1970 only). */
struct gen_civil gen_civil_from_ms(int64_t ms);
int64_t gen_ms_from_date(unsigned year, unsigned month, unsigned day);

void gen_put_mem(struct gen_buf *b, const char *p, size_t n);
void gen_put_str(struct gen_buf *b, const char *s);

/* A small formatter of our own: printf is too slow for gigabytes of rows.
 *   %s const char *           as it is
 *   %i const char *           IIS: space becomes '+'
 *   %h const char *           HttpProxy, EWS: comma becomes a space
 *   %q const char *           CSV: '"' doubled
 *   %k const char *           Exchange key=value text: ' doubled
 *   %j const char *           JSON inside a CSV cell
 *   %u unsigned   %U uint64_t   %x uint64_t as 16 upper-case hex digits
 *   %g const struct gen_guid *  lower case   %X the same in upper case
 *   %t int64_t    2021-03-03T06:49:42.162Z
 *   %d int64_t    2021-03-03 06:49:42
 *   %%            a percent sign */
void gen_putf(struct gen_buf *b, const char *fmt, ...);
void gen_vputf(struct gen_buf *b, const char *fmt, va_list ap);

/* Formats into dst, always ends with NUL. Returns dst. */
char *gen_text(char *dst, size_t cap, const char *fmt, ...);

#endif
