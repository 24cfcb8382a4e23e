#include "match/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/memory.h"
#include "base/unicode.h"

/* A rule file may be an enemy's: an expression may not run away on one value. */
#define REGEX_MATCH_LIMIT 200000
#define REGEX_DEPTH_LIMIT 20000

struct regex {
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *data; /* workers are processes: one user at a time */
    bool translated;        /* to machine code, which most expressions never need */
};

static void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->limits);
    pcre2_code_free(regex->code);
    free(regex);
}

static uint32_t regex_options(unsigned flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    options |= flags & SIGMA_REGEX_ICASE ? PCRE2_CASELESS : 0;
    options |= flags & SIGMA_REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
    options |= flags & SIGMA_REGEX_DOTALL ? PCRE2_DOTALL : 0;
    options |= flags & SIGMA_REGEX_START ? PCRE2_ANCHORED : 0;
    options |= flags & SIGMA_REGEX_END ? PCRE2_ENDANCHORED : 0;
    return options;
}

static int regex_new(struct regex **out, const struct sigma_value *value, struct err *err)
{
    int code;
    PCRE2_SIZE at;
    struct regex *regex = mem_alloc(sizeof *regex);
    regex->code = pcre2_compile((PCRE2_SPTR)value->text.ptr, value->text.len,
                                regex_options(value->regex_flags), &code, &at, NULL);
    if (!regex->code) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(code, why, sizeof why);
        free(regex);
        return err_set(err, ERR_RULE, "regular expression: %s at character %lu", (char *)why,
                       (unsigned long)at);
    }
    regex->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(regex->limits, REGEX_MATCH_LIMIT);
    pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
    regex->data = pcre2_match_data_create(1, NULL);
    *out = regex;
    return 0;
}

static int regex_search(struct regex *regex, struct slice value)
{
    if (!regex->translated) /* the interpreter serves where it fails */
        pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    regex->translated = true;
    int got = pcre2_match(regex->code, (PCRE2_SPTR)value.ptr, value.len, 0, 0, regex->data,
                          regex->limits);
    if (got == PCRE2_ERROR_JIT_STACKLIMIT) /* a long value; the interpreter has a heap */
        got = pcre2_match(regex->code, (PCRE2_SPTR)value.ptr, value.len, 0, PCRE2_NO_JIT,
                          regex->data, regex->limits);
    if (got >= 0)
        return 1;
    return got == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static enum matcher_shape shape_of(const struct sigma_pattern *pattern, struct slice *text)
{
    const struct sigma_token *t = pattern->tokens;
    size_t n = pattern->count;
    *text = slice_from("");
    if (n == 0)
        return SHAPE_EXACT;
    if (n == 1 && t[0].kind == SIGMA_TOKEN_RUN)
        return SHAPE_ANY;
    size_t first = t[0].kind == SIGMA_TOKEN_RUN, last = n - 1;
    bool open_end = t[last].kind == SIGMA_TOKEN_RUN;
    size_t inner = n - first - open_end;
    if (inner != 1 || t[first].kind != SIGMA_TOKEN_TEXT)
        return SHAPE_GLOB;
    *text = t[first].text;
    if (first && open_end)
        return SHAPE_CONTAINS;
    if (first)
        return SHAPE_SUFFIX;
    return open_end ? SHAPE_PREFIX : SHAPE_EXACT;
}

static bool is_wide(const struct sigma_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        if (!unicode_is_ascii(pattern->tokens[i].text))
            return true;
    return false;
}

static struct slice folded_copy(struct arena *arena, struct slice text)
{
    return unicode_fold_text(text, arena_alloc(arena, UNICODE_FOLD_ROOM(text.len)));
}

static void fold_pattern(struct matcher *matcher, struct arena *arena)
{
    struct sigma_pattern *pattern = &matcher->pattern;
    struct sigma_token *tokens = arena_array(arena, pattern->count, sizeof *tokens);
    for (size_t i = 0; i < pattern->count; i++) {
        tokens[i] = pattern->tokens[i];
        if (tokens[i].kind == SIGMA_TOKEN_TEXT)
            tokens[i].text = folded_copy(arena, tokens[i].text);
    }
    pattern->tokens = tokens;
    matcher->text = folded_copy(arena, matcher->text);
}

static void pattern_init(struct matcher *matcher, struct arena *arena)
{
    matcher->shape = shape_of(&matcher->pattern, &matcher->text);
    matcher->wide = is_wide(&matcher->pattern);
    if (matcher->wide && !matcher->cased)
        fold_pattern(matcher, arena);
}

int matcher_init(struct matcher *matcher, struct arena *arena, const struct sigma_value *value,
                 bool cased, struct err *err)
{
    *matcher = (struct matcher){ .kind = value->kind,
                                 .cased = cased,
                                 .pattern = value->pattern,
                                 .open = value->open,
                                 .compare = value->compare,
                                 .part = value->part,
                                 .number = value->number,
                                 .wanted = value->wanted };
    if (value->kind == SIGMA_VALUE_PATTERN)
        pattern_init(matcher, arena);
    if (value->kind == SIGMA_VALUE_FIELD)
        matcher->text = value->text;
    if (value->kind == SIGMA_VALUE_REGEX)
        return regex_new(&matcher->regex, value, err);
    if (value->kind == SIGMA_VALUE_CIDR && !ip_network_parse(value->text, &matcher->network))
        return err_set(err, ERR_RULE, "not a network: %.*s", SLICE_FMT(value->text));
    return 0;
}

void matcher_deinit(struct matcher *matcher)
{
    regex_free(matcher->regex);
    matcher->regex = NULL;
}

static void add_pattern_key(const struct sigma_pattern *pattern, struct buf *out)
{
    buf_put_u32(out, (uint32_t)pattern->count);
    for (size_t i = 0; i < pattern->count; i++) {
        buf_put_u8(out, (uint8_t)pattern->tokens[i].kind);
        buf_put_text(out, pattern->tokens[i].text);
    }
}

static void add_value_key(const struct sigma_value *value, struct buf *out)
{
    uint64_t number;
    memcpy(&number, &value->number, sizeof number);
    buf_put_u8(out, (uint8_t)value->kind);
    add_pattern_key(&value->pattern, out);
    buf_put_text(out, value->text);
    buf_put_u8(out, (uint8_t)value->regex_flags);
    buf_put_u8(out, (uint8_t)value->open);
    buf_put_u8(out, (uint8_t)value->compare);
    buf_put_u8(out, (uint8_t)value->part);
    buf_put_u64(out, number);
    buf_put_u8(out, value->wanted);
}

void matcher_item_key(const struct sigma_item *item, struct buf *out)
{
    buf_put_text(out, item->field);
    buf_put_u8(out, (uint8_t)(item->all | item->cased << 1));
    for (size_t i = 0; i < item->count; i++)
        add_value_key(&item->values[i], out);
}

static bool text_equal(const struct matcher *matcher, struct slice a, struct slice b)
{
    return matcher->cased ? slice_eq(a, b) : slice_icase_eq(a, b);
}

/* - and / and U+2013 to U+2015: programs of Windows take each for the other (windash). */
static bool is_dash(uint32_t c)
{
    return c == '-' || c == '/' || (c >= 0x2013 && c <= 0x2015);
}

/* Bytes that one token takes at value.ptr[pos], SIZE_MAX when it does not fit there. */
static size_t token_take(const struct matcher *matcher, const struct sigma_token *token,
                         struct slice value, size_t pos)
{
    if (token->kind == SIGMA_TOKEN_TEXT) {
        if (value.len - pos < token->text.len)
            return SIZE_MAX;
        struct slice part = slice_of(value.ptr + pos, token->text.len);
        return text_equal(matcher, part, token->text) ? token->text.len : SIZE_MAX;
    }
    if (pos >= value.len)
        return SIZE_MAX;
    size_t next = pos;
    uint32_t c = utf8_next(value, &next);
    if (token->kind == SIGMA_TOKEN_DASH && !is_dash(c))
        return SIZE_MAX;
    return next - pos; /* ONE takes any code point */
}

/*
 * Greedy matching with one point to go back to, the last '*': enough, since a later '*' can
 * take over whatever an earlier one could have taken. Time is bounded by value length × pattern
 * length.
 */
static bool glob_matches(const struct matcher *matcher, struct slice value)
{
    const struct sigma_pattern *p = &matcher->pattern;
    size_t token = 0, pos = 0, back_token = SIZE_MAX, back_pos = 0;
    for (;;) {
        if (token < p->count && p->tokens[token].kind == SIGMA_TOKEN_RUN) {
            back_token = ++token;
            back_pos = pos;
            continue;
        }
        if (token == p->count && pos == value.len)
            return true;
        size_t took =
            token < p->count ? token_take(matcher, &p->tokens[token], value, pos) : SIZE_MAX;
        if (took != SIZE_MAX) {
            pos += took;
            token++;
            continue;
        }
        if (back_token == SIZE_MAX || back_pos >= value.len)
            return false;
        utf8_next(value, &back_pos);
        token = back_token;
        pos = back_pos;
    }
}

static bool text_contains(const struct matcher *matcher, struct slice value)
{
    return matcher->cased ? slice_has(value, matcher->text)
                          : slice_icase_has(value, matcher->text);
}

static bool shape_matches(const struct matcher *matcher, struct slice value)
{
    struct slice text = matcher->text;
    switch (matcher->shape) {
    case SHAPE_ANY:
        return true;
    case SHAPE_EXACT:
        return text_equal(matcher, value, text);
    case SHAPE_CONTAINS:
        return text_contains(matcher, value);
    case SHAPE_GLOB:
        return glob_matches(matcher, value);
    case SHAPE_PREFIX:
        return value.len >= text.len && text_equal(matcher, slice_first(value, text.len), text);
    case SHAPE_SUFFIX:
        return value.len >= text.len &&
               text_equal(matcher, slice_from_offset(value, value.len - text.len), text);
    }
    return false;
}

#define FOLDED_ON_STACK 512

/*
 * A pattern beyond ASCII is folded already; so is the value then, and the two are compared as
 * they are. An ASCII value cannot hold such a pattern, an ASCII pattern does not see the rest.
 */
static bool wide_matches(const struct matcher *matcher, struct slice value,
                         bool (*matches)(const struct matcher *matcher, struct slice value))
{
    char small[FOLDED_ON_STACK];
    if (unicode_is_ascii(value))
        return false;
    size_t room = UNICODE_FOLD_ROOM(value.len);
    AUTO_FREE char *large = room > sizeof small ? mem_alloc(room) : NULL;
    struct matcher exact = *matcher;
    exact.cased = true;
    return matches(&exact, unicode_fold_text(value, large ? large : small));
}

static bool pattern_matches(const struct matcher *matcher, struct slice value)
{
    return matcher->wide && !matcher->cased ? wide_matches(matcher, value, shape_matches)
                                            : shape_matches(matcher, value);
}

static bool number_compares(const struct matcher *matcher, double n)
{
    switch (matcher->compare) {
    case SIGMA_LT:
        return n < matcher->number;
    case SIGMA_LTE:
        return n <= matcher->number;
    case SIGMA_GT:
        return n > matcher->number;
    case SIGMA_GTE:
        return n >= matcher->number;
    case SIGMA_EQ:
        return n >= matcher->number && n <= matcher->number;
    case SIGMA_NEQ:
        return n < matcher->number || n > matcher->number;
    }
    return false;
}

static bool number_matches(const struct matcher *matcher, struct slice value)
{
    double n;
    return slice_to_number(value, &n) && number_compares(matcher, n);
}

/* --- parts of a time ---
 *
 * The text as it stands, without time zones. A column may hold the day only, or the clock only;
 * it has no parts of the other.
 */

struct written_time {
    bool has_day, has_clock;
    int year, month, day, hour, minute;
};

static bool digits_at(struct slice text, size_t at, size_t count, int *out)
{
    uint64_t number;
    if (at + count > text.len || !slice_to_u64(slice_of(text.ptr + at, count), &number))
        return false;
    *out = (int)number;
    return true;
}

static bool char_at(struct slice text, size_t at, const char *wanted)
{
    return at < text.len && text.ptr[at] && strchr(wanted, text.ptr[at]);
}

/* YYYY-MM-DD at the start; returns the offset behind it and the 'T' or blank, 0 when none. */
static size_t read_day(struct slice text, struct written_time *out)
{
    int64_t ms;
    out->has_day = digits_at(text, 0, 4, &out->year) && char_at(text, 4, "-") &&
                   digits_at(text, 5, 2, &out->month) && char_at(text, 7, "-") &&
                   digits_at(text, 8, 2, &out->day) && time_parse_date(text, &ms);
    return out->has_day ? 10 + char_at(text, 10, "T ") : 0;
}

static void read_clock(struct slice text, size_t at, struct written_time *out)
{
    out->has_clock = digits_at(text, at, 2, &out->hour) && char_at(text, at + 2, ":") &&
                     digits_at(text, at + 3, 2, &out->minute) && out->hour < 24 &&
                     out->minute < 60;
}

/* Days since 1970-01-01 of a day that read_day() took. */
static int64_t days_of(struct slice text)
{
    int64_t ms;
    return time_parse_date(text, &ms)
               ? (ms - ((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / MS_PER_DAY
               : 0;
}

/* ISO 8601: weeks begin on Monday, and the first holds the year's first Thursday. */
static int week_of(int64_t days)
{
    int64_t weekday = ((days + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday; Monday is 0 */
    int64_t thursday = days - weekday + 3;
    char text[TIME_TEXT_SIZE];
    time_format(thursday * MS_PER_DAY, text);
    struct slice new_year = { text, 10 };
    memcpy(text + 5, "01-01", 5);
    return (int)((thursday - days_of(new_year)) / 7) + 1;
}

static bool part_of(enum sigma_time_part part, struct slice text, int *out)
{
    struct written_time t = { 0 };
    read_clock(text, read_day(text, &t), &t);
    switch (part) {
    case SIGMA_TIME_MINUTE:
        *out = t.minute;
        return t.has_clock;
    case SIGMA_TIME_HOUR:
        *out = t.hour;
        return t.has_clock;
    case SIGMA_TIME_DAY:
        *out = t.day;
        return t.has_day;
    case SIGMA_TIME_WEEK:
        *out = t.has_day ? week_of(days_of(text)) : 0;
        return t.has_day;
    case SIGMA_TIME_MONTH:
        *out = t.month;
        return t.has_day;
    case SIGMA_TIME_YEAR:
        *out = t.year;
        return t.has_day;
    }
    return false;
}

static bool time_matches(const struct matcher *matcher, struct slice value)
{
    int n;
    return part_of(matcher->part, value, &n) && number_compares(matcher, n);
}

/* --- */

int matcher_matches(const struct matcher *matcher, struct slice value)
{
    struct ip ip;
    if (matcher->kind == SIGMA_VALUE_EXISTS)
        return (value.ptr != NULL) == matcher->wanted;
    if (matcher->kind == SIGMA_VALUE_NULL)
        return value.len == 0;
    if (!value.ptr)
        return 0;
    switch (matcher->kind) {
    case SIGMA_VALUE_PATTERN:
        return pattern_matches(matcher, value);
    case SIGMA_VALUE_REGEX:
        return regex_search(matcher->regex, value);
    case SIGMA_VALUE_CIDR:
        return ip_parse(value, &ip) && ip_in_network(&ip, &matcher->network);
    case SIGMA_VALUE_TIME:
        return time_matches(matcher, value);
    case SIGMA_VALUE_COMPARE:
        return number_matches(matcher, value);
    default: /* SIGMA_VALUE_FIELD asks for two values */
        return 0;
    }
}

/* "a*b" anywhere: the pattern with a '*' at both ends. */
static bool glob_found_in(const struct matcher *matcher, struct slice text)
{
    const struct sigma_pattern *p = &matcher->pattern;
    AUTO_FREE struct sigma_token *tokens = mem_alloc((p->count + 2) * sizeof *tokens);
    size_t n = 0;
    if (p->tokens[0].kind != SIGMA_TOKEN_RUN)
        tokens[n++] = (struct sigma_token){ SIGMA_TOKEN_RUN, SLICE_NULL };
    memcpy(tokens + n, p->tokens, p->count * sizeof *tokens);
    n += p->count;
    if (tokens[n - 1].kind != SIGMA_TOKEN_RUN)
        tokens[n++] = (struct sigma_token){ SIGMA_TOKEN_RUN, SLICE_NULL };
    struct matcher open = *matcher;
    open.pattern = (struct sigma_pattern){ n, tokens };
    return glob_matches(&open, text);
}

static bool shape_found_in(const struct matcher *matcher, struct slice text)
{
    if (matcher->shape == SHAPE_ANY)
        return true;
    return matcher->shape == SHAPE_GLOB ? glob_found_in(matcher, text)
                                        : text_contains(matcher, text);
}

int matcher_found_in(const struct matcher *matcher, struct slice text)
{
    if (matcher->kind != SIGMA_VALUE_PATTERN || !text.ptr)
        return matcher_matches(matcher, text);
    return matcher->wide && !matcher->cased ? wide_matches(matcher, text, shape_found_in)
                                            : shape_found_in(matcher, text);
}

bool matcher_matches_field(const struct matcher *matcher, struct slice value,
                           struct slice other)
{
    static const enum matcher_shape shapes[] = { SHAPE_EXACT, SHAPE_SUFFIX, SHAPE_PREFIX,
                                                 SHAPE_CONTAINS };
    if (!value.len || !other.len)
        return false;
    struct matcher against = { .kind = SIGMA_VALUE_PATTERN,
                               .shape = shapes[matcher->open],
                               .cased = matcher->cased,
                               .wide = !unicode_is_ascii(other),
                               .text = other };
    if (!against.wide || against.cased)
        return shape_matches(&against, value);
    AUTO_FREE char *folded = mem_alloc(UNICODE_FOLD_ROOM(other.len));
    against.text = unicode_fold_text(other, folded);
    return wide_matches(&against, value, shape_matches);
}
