/*
 * STIX 2.1 (OASIS, chapters 4.7 indicator, 6 cyber-observable objects, 9 patterns). Of patterns
 * we honour comparisons with = and IN (ISSUBSET for networks) that are joined by OR, in one
 * pair of brackets or in several. AND, NOT, FOLLOWEDBY and qualifiers ask for more than one
 * place or time: such a pattern is left out as a whole, since a part of it would say something
 * else.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "match/indicator_list.h"

#define COMPARISONS_MAX 1024

struct comparison {
    struct slice path;
    struct slice value; /* as written, between its quotes */
};

struct pattern {
    struct slice rest;
    size_t count;
    struct comparison comparisons[COMPARISONS_MAX];
    const char *reason; /* why it cannot be honoured; NULL: it can */
};

/* ---- tokens ---- */

static void skip_blanks(struct pattern *p)
{
    p->rest = slice_trim(p->rest);
}

static bool take(struct pattern *p, const char *token)
{
    skip_blanks(p);
    struct slice t = slice_from(token);
    if (!slice_icase_starts(p->rest, t))
        return false;
    bool word = ascii_is_alnum(token[t.len - 1]);
    if (word && t.len < p->rest.len &&
        (ascii_is_alnum(p->rest.ptr[t.len]) || p->rest.ptr[t.len] == '_'))
        return false;
    p->rest = slice_from_offset(p->rest, t.len);
    return true;
}

static bool refuse(struct pattern *p, const char *reason)
{
    p->reason = reason;
    return false;
}

/* 'text' with \' and \\ inside; the slice keeps them. */
static bool take_text(struct pattern *p, struct slice *out)
{
    skip_blanks(p);
    if (!p->rest.len || p->rest.ptr[0] != '\'')
        return refuse(p, "a pattern with something else than text");
    size_t end = 1;
    while (end < p->rest.len && p->rest.ptr[end] != '\'')
        end += p->rest.ptr[end] == '\\' ? 2 : 1;
    if (end >= p->rest.len)
        return refuse(p, "a pattern that is cut off");
    *out = slice_of(p->rest.ptr + 1, end - 1);
    p->rest = slice_from_offset(p->rest, end + 1);
    return true;
}

/* file:hashes.'SHA-256' */
static bool take_path(struct pattern *p, struct slice *out)
{
    size_t end = 0;
    bool quoted = false;
    skip_blanks(p);
    for (; end < p->rest.len; end++) {
        char c = p->rest.ptr[end];
        if (c == '\'' || c == '"')
            quoted = !quoted;
        if (!quoted && (strchr(" \t\r\n=!<>", c) || c == '(' || c == ')'))
            break;
    }
    *out = slice_first(p->rest, end);
    p->rest = slice_from_offset(p->rest, end);
    return end > 0 || refuse(p, "a pattern that is not understood");
}

static bool add_comparison(struct pattern *p, struct slice path, struct slice value)
{
    if (p->count == COMPARISONS_MAX)
        return refuse(p, "a pattern of more than 1024 comparisons");
    p->comparisons[p->count++] = (struct comparison){ path, value };
    return true;
}

static bool take_list(struct pattern *p, struct slice path)
{
    struct slice value;
    if (!take(p, "("))
        return refuse(p, "a pattern that is not understood");
    do {
        if (!take_text(p, &value) || !add_comparison(p, path, value))
            return false;
    } while (take(p, ","));
    return take(p, ")") || refuse(p, "a pattern that is not understood");
}

static bool take_comparison(struct pattern *p)
{
    struct slice path, value;
    if (take(p, "NOT"))
        return refuse(p, "a pattern with NOT");
    if (take(p, "EXISTS") || !take_path(p, &path))
        return refuse(p, "a pattern with EXISTS");
    if (take(p, "NOT"))
        return refuse(p, "a pattern with NOT");
    if (take(p, "IN"))
        return take_list(p, path);
    if (take(p, "==") || take(p, "=") || take(p, "ISSUBSET"))
        return take_text(p, &value) && add_comparison(p, path, value);
    if (take(p, "LIKE") || take(p, "MATCHES"))
        return refuse(p, "a pattern with LIKE or MATCHES");
    return refuse(p, "a pattern with another comparison than =, IN and ISSUBSET");
}

/* a OR (b OR c) : parentheses only group, since there is nothing but OR. */
static bool take_alternatives(struct pattern *p)
{
    size_t open = 0;
    do {
        while (take(p, "("))
            open++;
        if (!take_comparison(p))
            return false;
        while (open && take(p, ")"))
            open--;
        if (take(p, "AND"))
            return refuse(p, "a pattern with AND");
    } while (take(p, "OR"));
    return open == 0 || refuse(p, "a pattern that is not understood");
}

static bool take_pattern(struct pattern *p)
{
    size_t open = 0;
    do {
        while (take(p, "("))
            open++;
        if (!take(p, "["))
            return refuse(p, "a pattern that is not understood");
        if (!take_alternatives(p))
            return false;
        if (!take(p, "]"))
            return refuse(p, "a pattern that is not understood");
        while (open && take(p, ")"))
            open--;
    } while (take(p, "OR"));
    if (take(p, "AND") || take(p, "FOLLOWEDBY"))
        return refuse(p, "a pattern with AND or FOLLOWEDBY");
    skip_blanks(p);
    return p->rest.len == 0 || refuse(p, "a pattern with a qualifier (WITHIN, REPEATS, START)");
}

/* ---- what is compared ---- */

static bool is_path(struct slice path, const char *wanted)
{
    return slice_icase_eq(path, slice_from(wanted));
}

static bool type_of_path(struct slice path, enum indicator_type *out)
{
    static const struct {
        const char *path;
        enum indicator_type type;
    } paths[] = {
        { "ipv4-addr:value", INDICATOR_ADDRESS },
        { "ipv6-addr:value", INDICATOR_ADDRESS },
        { "network-traffic:src_ref.value", INDICATOR_ADDRESS },
        { "network-traffic:dst_ref.value", INDICATOR_ADDRESS },
        { "domain-name:value", INDICATOR_DOMAIN },
        { "url:value", INDICATOR_URL },
        { "file:name", INDICATOR_FILE },
        { "file:hashes.md5", INDICATOR_HASH },
        { "file:hashes.'md5'", INDICATOR_HASH },
        { "file:hashes.\"md5\"", INDICATOR_HASH },
        { "file:hashes.sha1", INDICATOR_HASH },
        { "file:hashes.'sha-1'", INDICATOR_HASH },
        { "file:hashes.\"sha-1\"", INDICATOR_HASH },
        { "file:hashes.sha256", INDICATOR_HASH },
        { "file:hashes.'sha-256'", INDICATOR_HASH },
        { "file:hashes.\"sha-256\"", INDICATOR_HASH },
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (is_path(path, paths[i].path)) {
            *out = paths[i].type;
            return true;
        }
    return false;
}

static void leave_out_path(struct indicator_reading *reading, struct slice path)
{
    char reason[96];
    snprintf(reason, sizeof reason, "%.*s is not looked for", SLICE_FMT(slice_first(path, 60)));
    for (char *c = reason; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    indicator_leave_out(reading, reason);
}

static void read_comparison(struct indicator_reading *reading,
                            const struct comparison *comparison)
{
    struct buf value = BUF_INIT;
    enum indicator_type type;
    buf_add_text(&value, "");
    for (size_t i = 0; i < comparison->value.len; i++) {
        if (comparison->value.ptr[i] == '\\' && i + 1 < comparison->value.len)
            i++;
        buf_add_char(&value, comparison->value.ptr[i]);
    }
    if (type_of_path(comparison->path, &type))
        indicator_read(reading, type, buf_slice(&value));
    else
        leave_out_path(reading, comparison->path);
    buf_deinit(&value);
}

/* ---- objects ---- */

static struct slice text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return slice_from("");
    return slice_of(json_string_value(value), json_string_length(value));
}

static void read_indicator(struct indicator_reading *reading, const json_t *object)
{
    struct slice kind = text_of(object, "pattern_type");
    if (json_is_true(json_object_get(object, "revoked"))) {
        indicator_leave_out(reading, "revoked");
        return;
    }
    if (kind.len && !slice_icase_eq(kind, SLICE_LIT("stix"))) {
        indicator_leave_out(reading, "a pattern of another language than STIX");
        return;
    }
    struct pattern *pattern = mem_alloc(sizeof *pattern);
    pattern->rest = text_of(object, "pattern");
    if (!take_pattern(pattern))
        indicator_leave_out(reading, pattern->reason);
    else
        for (size_t i = 0; i < pattern->count; i++)
            read_comparison(reading, &pattern->comparisons[i]);
    mem_free_auto(&pattern);
}

static void read_hashes(struct indicator_reading *reading, const json_t *hashes)
{
    static const char *const known[] = { "MD5", "SHA-1", "SHA-256" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct slice value = text_of(hashes, known[i]);
        if (value.len)
            indicator_read(reading, INDICATOR_HASH, value);
    }
}

static void read_object(struct indicator_reading *reading, const json_t *object)
{
    static const struct {
        const char *kind;
        enum indicator_type type;
    } observables[] = {
        { "ipv4-addr", INDICATOR_ADDRESS },
        { "ipv6-addr", INDICATOR_ADDRESS },
        { "domain-name", INDICATOR_DOMAIN },
        { "url", INDICATOR_URL },
    };
    struct slice kind = text_of(object, "type");
    if (slice_eq(kind, SLICE_LIT("indicator")))
        read_indicator(reading, object);
    for (size_t i = 0; i < sizeof observables / sizeof *observables; i++)
        if (slice_eq(kind, slice_from(observables[i].kind)))
            indicator_read(reading, observables[i].type, text_of(object, "value"));
    if (!slice_eq(kind, SLICE_LIT("file")))
        return;
    struct slice name = text_of(object, "name");
    if (name.len)
        indicator_read(reading, INDICATOR_FILE, name);
    read_hashes(reading, json_object_get(object, "hashes"));
}

int indicator_read_stix(struct indicator_reading *reading, struct slice text, struct err *err)
{
    json_error_t error;
    const json_t *object;
    size_t i;
    if (slice_starts(text, SLICE_LIT("\xef\xbb\xbf")))
        text = slice_from_offset(text, 3);
    json_t *bundle = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, &error);
    if (!bundle)
        return err_set(err, ERR_USAGE, "no JSON: line %d: %s", error.line, error.text);
    const json_t *objects = json_is_array(bundle) ? bundle : json_object_get(bundle, "objects");
    int result = 0;
    if (!json_is_array(objects))
        result = err_set(err, ERR_USAGE, "no STIX bundle: it has no list of objects");
    json_array_foreach(objects, i, object)
    {
        reading->place = i + 1;
        read_object(reading, object);
    }
    json_decref(bundle);
    return result;
}
