#define PCRE2_CODE_UNIT_WIDTH 8
#include "exchange/rewrite.h"

#include <pcre2.h>

#include "base/buf.h"

#define INPUT_DEPTH_MAX 4
#define INPUT_BYTES_MAX 8192U
#define MATCH_STEPS_MAX 200000U
#define MATCH_DEPTH_MAX 2000U
#define MATCH_HEAP_KIB 4096U

/* ---- inputs: "{UrlDecode:{REQUEST_URI}}" ---- */

static struct slice variable(const struct web_request *request, struct slice name)
{
    const struct {
        const char *name, *value;
    } variables[] = {
        { "REQUEST_URI", request->raw },
        { "UNENCODED_URL", request->raw },
        { "URL", request->path },
        { "PATH_INFO", request->path },
        { "SCRIPT_NAME", request->path },
        { "QUERY_STRING", request->query },
        { "HTTP_COOKIE", request->cookie },
        { "HTTP_HOST", "mail.example.org" },
        { "SERVER_NAME", "mail.example.org" },
        { "REQUEST_METHOD", "POST" },
        { "HTTPS", "on" },
        { "SERVER_PORT", "443" },
        { "CACHE_URL", request->raw },
    };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (slice_icase_eq(name, slice_from(variables[i].name)))
            return slice_from(variables[i].value);
    return SLICE_LIT("");
}

static int hex_digit(char c)
{
    c = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_decoded(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
        if (text.ptr[i] == '%' && low >= 0) {
            buf_add_char(out, (char)(high << 4 | low));
            i += 2;
        } else {
            buf_add_char(out, text.ptr[i]);
        }
    }
}

static void add_encoded(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '/')
            buf_add_char(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

static void add_lower(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(out, ascii_lower(text.ptr[i]));
}

static const struct {
    const char *name;
    void (*add)(struct buf *out, struct slice text);
} functions[] = {
    { "UrlDecode", add_decoded },
    { "UrlEncode", add_encoded },
    { "ToLower", add_lower },
};

/* Where the brace at 0 is closed; the text's length: nowhere. */
static size_t closing(struct slice text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.ptr[i] == '{';
        if (text.ptr[i] == '}' && --depth == 0)
            return i;
    }
    return text.len;
}

static void expand(struct buf *out, const struct web_request *request, struct slice input,
                   unsigned depth);

static void expand_braces(struct buf *out, const struct web_request *request,
                          struct slice inner, unsigned depth)
{
    struct slice rest = inner, name = slice_cut(&rest, ':');
    for (size_t i = 0; rest.ptr && i < sizeof functions / sizeof *functions; i++) {
        if (!slice_icase_eq(name, slice_from(functions[i].name)))
            continue;
        struct buf argument = BUF_INIT;
        expand(&argument, request, rest, depth + 1);
        functions[i].add(out, buf_slice(&argument));
        buf_deinit(&argument);
        return;
    }
    if (!rest.ptr)
        buf_add_slice(out, variable(request, inner));
}

static void expand(struct buf *out, const struct web_request *request, struct slice input,
                   unsigned depth)
{
    while (input.len && out->len < INPUT_BYTES_MAX) {
        size_t end = input.ptr[0] == '{' ? closing(input) : input.len;
        if (end < input.len && depth < INPUT_DEPTH_MAX) {
            expand_braces(out, request, slice_of(input.ptr + 1, end - 1), depth);
            input = slice_from_offset(input, end + 1);
        } else {
            buf_add_char(out, input.ptr[0]);
            input = slice_from_offset(input, 1);
        }
    }
}

/* ---- patterns ---- */

struct pattern {
    enum rewrite_syntax syntax;
    struct slice text;
    bool match_case;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static bool pattern_open(struct pattern *pattern)
{
    int error;
    PCRE2_SIZE at;
    if (pattern->syntax != SYNTAX_REGEX)
        return true;
    if (pattern->text.len > REWRITE_PATTERN_MAX)
        return false;
    pattern->code = pcre2_compile((PCRE2_SPTR)pattern->text.ptr, pattern->text.len,
                                  pattern->match_case ? 0 : PCRE2_CASELESS, &error, &at, NULL);
    if (!pattern->code)
        return false;
    pattern->data = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    if (!pattern->data || !pattern->context)
        return false;
    pcre2_set_match_limit(pattern->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(pattern->context, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(pattern->context, MATCH_HEAP_KIB);
    return true;
}

static void pattern_close(struct pattern *pattern)
{
    pcre2_match_data_free(pattern->data);
    pcre2_match_context_free(pattern->context);
    pcre2_code_free(pattern->code);
}

static bool wildcard_matches(struct slice pattern, struct slice text, bool match_case)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        bool same = p < pattern.len &&
                    (match_case ? pattern.ptr[p] == text.ptr[t]
                                : ascii_lower(pattern.ptr[p]) == ascii_lower(text.ptr[t]));
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_text = t;
        } else if (same) {
            p++, t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

/* What takes too long does not hold: then the rule does not protect, either. */
static bool pattern_matches(struct pattern *pattern, struct slice text)
{
    switch (pattern->syntax) {
    case SYNTAX_WILDCARD:
        return wildcard_matches(pattern->text, text, pattern->match_case);
    case SYNTAX_EXACT:
        return pattern->match_case ? slice_eq(pattern->text, text)
                                   : slice_icase_eq(pattern->text, text);
    default:
        return pcre2_match(pattern->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, pattern->data,
                           pattern->context) >= 0;
    }
}

/* ---- rules ---- */

#define ALL_OF(count) ((count) >= 32 ? UINT32_MAX : (UINT32_C(1) << (count)) - 1)

static struct slice url_of(const struct web_request *request, enum rewrite_base base)
{
    struct slice path = slice_from_offset(slice_from(request->path), 1);
    if (base == BASE_SITE)
        return path;
    size_t slash = slice_find_char(path, '/');
    return slash == SIZE_MAX ? slice_first(path, 0) : slice_from_offset(path, slash + 1);
}

static uint32_t try_url(const struct rewrite_rule *rule, const struct web_request *requests,
                        size_t count, enum rewrite_base base, bool *broken)
{
    struct pattern pattern = {
        rule->syntax, rule->url, rule->url_match_case, NULL, NULL, NULL
    };
    uint32_t hits = 0;
    if (!pattern_open(&pattern))
        *broken = true;
    for (size_t i = 0; !*broken && i < count; i++)
        if (pattern_matches(&pattern, url_of(&requests[i], base)) != rule->url_negate)
            hits |= UINT32_C(1) << i;
    pattern_close(&pattern);
    return hits;
}

static uint32_t try_condition(const struct rewrite_rule *rule,
                              const struct rewrite_condition *condition,
                              const struct web_request *requests, size_t count, bool *broken)
{
    struct pattern pattern = {
        rule->syntax, condition->pattern, condition->match_case, NULL, NULL, NULL
    };
    struct buf input = BUF_INIT;
    uint32_t hits = 0;
    if (condition->undecidable)
        return 0;
    if (!pattern_open(&pattern))
        *broken = true;
    for (size_t i = 0; !*broken && i < count; i++) {
        buf_clear(&input);
        expand(&input, &requests[i], condition->input, 0);
        if (pattern_matches(&pattern, buf_slice(&input)) != condition->negate)
            hits |= UINT32_C(1) << i;
    }
    buf_deinit(&input);
    pattern_close(&pattern);
    return hits;
}

uint32_t rewrite_try(const struct rewrite_rule *rule, const struct web_request *requests,
                     size_t count, enum rewrite_base base, bool *broken)
{
    *broken = false;
    uint32_t hits = try_url(rule, requests, count, base, broken);
    uint32_t conditions = rule->any ? 0 : ALL_OF(count);
    for (size_t i = 0; i < rule->condition_count && !*broken; i++) {
        uint32_t one = try_condition(rule, &rule->conditions[i], requests, count, broken);
        conditions = rule->any ? conditions | one : conditions & one;
    }
    if (*broken || (rule->cut && !rule->any))
        return 0;
    return rule->condition_count ? hits & conditions : hits;
}

bool rewrite_stops(const struct rewrite_rule *rule)
{
    return rule->action == ACTION_ABORT || rule->action == ACTION_REDIRECT ||
           (rule->action == ACTION_RESPONSE && rule->status >= 400);
}

bool rewrite_leaves(const struct rewrite_rule *rule)
{
    size_t at = slice_find(rule->target, SLICE_LIT("://"));
    if (rule->outbound || at == SIZE_MAX || at > 8 ||
        (rule->action != ACTION_REWRITE && rule->action != ACTION_REDIRECT))
        return false;
    struct slice host = slice_from_offset(rule->target, at + 3);
    return host.len && host.ptr[0] != '{' && !slice_icase_starts(host, SLICE_LIT("localhost"));
}

/* ---- words ---- */

static const char *action_name(const struct rewrite_rule *rule)
{
    static const char *const names[] = {
        [ACTION_NONE] = "None",          [ACTION_REWRITE] = "Rewrite",
        [ACTION_REDIRECT] = "Redirect",  [ACTION_RESPONSE] = "CustomResponse",
        [ACTION_ABORT] = "AbortRequest",
    };
    return names[rule->action];
}

struct slice rewrite_text(struct arena *arena, const struct rewrite_rule *rule)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s %.*s", rule->outbound ? "answer" : "url", SLICE_FMT(rule->url));
    if (rule->variable.len)
        buf_printf(&text, " in %.*s", SLICE_FMT(rule->variable));
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct rewrite_condition *c = &rule->conditions[i];
        buf_printf(&text, "%s %.*s %s %.*s", i ? rule->any ? " or" : " and" : ", if",
                   SLICE_FMT(c->input), c->negate ? "is not" : "is", SLICE_FMT(c->pattern));
    }
    buf_printf(&text, ": %s", action_name(rule));
    if (rule->target.len)
        buf_printf(&text, " %.*s", SLICE_FMT(rule->target));
    struct slice kept = arena_copy(arena, buf_slice(&text));
    buf_deinit(&text);
    return kept;
}
