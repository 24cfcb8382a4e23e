#include "match/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/escape.h"
#include "base/memory.h"

/* A rule file may be an enemy's: an expression may not run away on one value. */
#define REGEX_MATCH_LIMIT 200000
#define REGEX_DEPTH_LIMIT 20000

struct regex {
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *data; /* workers are processes: one user at a time */
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
    pcre2_jit_compile(regex->code,
                      PCRE2_JIT_COMPLETE); /* the interpreter serves where it fails */
    regex->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(regex->limits, REGEX_MATCH_LIMIT);
    pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
    regex->data = pcre2_match_data_create(1, NULL);
    *out = regex;
    return 0;
}

static int regex_search(const struct regex *regex, struct slice value)
{
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

int matcher_init(struct matcher *matcher, const struct sigma_value *value, bool cased,
                 struct err *err)
{
    *matcher = (struct matcher){ .kind = value->kind,
                                 .cased = cased,
                                 .pattern = value->pattern,
                                 .compare = value->compare,
                                 .number = value->number,
                                 .wanted = value->wanted };
    if (value->kind == SIGMA_VALUE_PATTERN)
        matcher->shape = shape_of(&value->pattern, &matcher->text);
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
    buf_put_u8(out, (uint8_t)value->compare);
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
    utf8_next(value, &next); /* SIGMA_TOKEN_ONE: one code point */
    return next - pos;
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

static bool pattern_matches(const struct matcher *matcher, struct slice value)
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

/* Decimal or 0x text as a number; false when it is none. */
static bool to_number(struct slice value, double *out)
{
    char text[64], *end;
    if (value.len == 0 || value.len >= sizeof text)
        return false;
    for (size_t i = 0; i < value.len; i++) /* no "inf", "nan", blanks or NUL for strtod() */
        if (!value.ptr[i] || !strchr("0123456789abcdefABCDEFxX.+-", value.ptr[i]))
            return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    *out = strtod(text, &end);
    return end == text + value.len;
}

static bool number_matches(const struct matcher *matcher, struct slice value)
{
    double n;
    if (!to_number(value, &n))
        return false;
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
    default:
        return number_matches(matcher, value);
    }
}

int matcher_found_in(const struct matcher *matcher, struct slice text)
{
    if (matcher->kind != SIGMA_VALUE_PATTERN || matcher->shape == SHAPE_ANY)
        return matcher_matches(matcher, text);
    if (matcher->shape != SHAPE_GLOB)
        return text_contains(matcher, text);
    /* "a*b" anywhere: the pattern with a '*' at both ends. */
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
