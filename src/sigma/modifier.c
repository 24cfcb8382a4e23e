#include "sigma/modifier.h"

#include <assert.h>

#include "base/escape.h"
#include "base/unicode.h"
#include "sigma/cidr.h"
#include "sigma/encode.h"
#include "sigma/node.h"
#include "sigma/pattern.h"
#include "sigma/placeholders.h"
#include "sigma/scalar.h"

/* Combinations of dashes in one value that is encoded: 5 dashes in 5 places. */
#define DASHES_ENCODED_MAX 5U

enum {
    FIRST = 1,      /* takes the value as written: no modifier may stand in front */
    SINGLE = 2,     /* no other modifier beside it, one value only */
    AFTER_TIME = 4, /* but one that takes a part of a time may */
};

/* A value on its way. */
struct entry {
    struct sigma_value value;
    const struct yaml_doc_node *raw; /* the scalar it came from */
    size_t group;                    /* index of that scalar: `all` asks for one of each */
    bool needs_base64;               /* bytes that are no text */
};

struct entries {
    size_t count, capacity;
    struct entry *list;
};

/* One item on its way. */
struct work {
    struct sigma_parse *parse;
    struct sigma_item *item;
    struct entries entries;
    bool split; /* a value became several */
    bool negated;
};

struct modifier;

typedef int (*value_function)(struct work *work, const struct modifier *modifier,
                              struct entry *entry);
/* Adds what the value becomes to `out`. */
typedef int (*split_function)(struct work *work, const struct modifier *modifier,
                              const struct entry *entry, struct entries *out);
typedef void (*item_function)(struct work *work);

struct modifier {
    const char *name;
    value_function on_value;
    split_function on_split;
    item_function on_item;
    unsigned rules;    /* FIRST, SINGLE, AFTER_TIME */
    unsigned argument; /* what the function wants to know: ends, flag, comparison */
};

static struct entry *entries_add(struct arena *arena, struct entries *entries,
                                 const struct entry *entry)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 4;
        struct entry *grown = arena_array(arena, capacity, sizeof *grown);
        if (entries->count)
            memcpy(grown, entries->list, entries->count * sizeof *grown);
        entries->list = grown;
        entries->capacity = capacity;
    }
    entries->list[entries->count] = *entry;
    return &entries->list[entries->count++];
}

/* --- one value becomes another --- */

static int refuse_value(struct work *work, const struct modifier *modifier,
                        const struct entry *entry, const char *wanted)
{
    return sigma_refuse(work->parse, entry->raw->line, "modifier '%s' needs %s, not '%.*s'",
                        modifier->name, wanted, SHOWN(entry->raw->text));
}

/*
 * A regular expression searches already, so `contains` adds nothing to it. pySigma adds ".*" at
 * the open end, for engines that compare the whole value; for one that searches, the other end
 * has to be held.
 */
static void hold_ends(struct sigma_value *value)
{
    value->regex_flags &= ~(SIGMA_REGEX_START | SIGMA_REGEX_END);
    if (value->open == SIGMA_OPEN_AFTER)
        value->regex_flags |= SIGMA_REGEX_START;
    if (value->open == SIGMA_OPEN_BEFORE)
        value->regex_flags |= SIGMA_REGEX_END;
}

static int open_ends(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    struct sigma_value *value = &entry->value;
    unsigned open = modifier->argument;
    switch (value->kind) {
    case SIGMA_VALUE_REGEX:
        value->open |= open;
        hold_ends(value);
        return 0;
    case SIGMA_VALUE_FIELD:
        value->open |= open;
        return 0;
    case SIGMA_VALUE_PATTERN:
        value->pattern = sigma_pattern_open(work->parse->arena, value->pattern,
                                            open & SIGMA_OPEN_BEFORE, open & SIGMA_OPEN_AFTER);
        return 0;
    default:
        return refuse_value(work, modifier, entry, "text");
    }
}

/* Whether PCRE2 takes the expression is for match/ to say, which compiles it. */
static int to_regex(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    if (entry->value.kind != SIGMA_VALUE_PATTERN)
        return refuse_value(work, modifier, entry, "a regular expression");
    entry->value.kind = SIGMA_VALUE_REGEX;
    entry->value.text = arena_copy(work->parse->arena, entry->raw->text);
    return 0;
}

static int add_regex_flag(struct work *work, const struct modifier *modifier,
                          struct entry *entry)
{
    if (entry->value.kind != SIGMA_VALUE_REGEX)
        return sigma_refuse(work->parse, entry->raw->line, "modifier '%s' must follow 're'",
                            modifier->name);
    entry->value.regex_flags |= modifier->argument;
    return 0;
}

static int to_cidr(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    struct sigma_network network;
    if (entry->value.kind != SIGMA_VALUE_PATTERN ||
        !sigma_network_parse(entry->raw->text, &network))
        return refuse_value(work, modifier, entry,
                            "a network as 10.0.0.0/8 or fe80::/10 without host bits");
    entry->value.kind = SIGMA_VALUE_CIDR;
    entry->value.text = arena_copy(work->parse->arena, entry->raw->text);
    return 0;
}

static int to_compare(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    struct sigma_value *value = &entry->value;
    if (!sigma_scalar_to_number(entry->raw, &value->number))
        return refuse_value(work, modifier, entry, "a number without quotes");
    if (value->kind != SIGMA_VALUE_TIME)
        value->kind = SIGMA_VALUE_COMPARE;
    value->compare = (enum sigma_compare)modifier->argument;
    return 0;
}

static int to_time_part(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    struct sigma_value *value = &entry->value;
    if (!sigma_scalar_to_number(entry->raw, &value->number))
        return refuse_value(work, modifier, entry, "a number without quotes");
    value->kind = SIGMA_VALUE_TIME;
    value->part = (enum sigma_time_part)modifier->argument;
    value->compare = SIGMA_EQ;
    return 0;
}

static int to_exists(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    if (!sigma_scalar_to_bool(entry->raw, &entry->value.wanted))
        return refuse_value(work, modifier, entry, "true or false without quotes");
    entry->value.kind = SIGMA_VALUE_EXISTS;
    return 0;
}

static int to_field(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    struct sigma_value *value = &entry->value;
    struct sigma_pattern pattern = value->pattern;
    bool plain = pattern.count == 1 && pattern.tokens[0].kind == SIGMA_TOKEN_TEXT;
    if (value->kind != SIGMA_VALUE_PATTERN || !plain)
        return refuse_value(work, modifier, entry, "the name of a field, without wildcards");
    value->kind = SIGMA_VALUE_FIELD;
    value->text = pattern.tokens[0].text;
    return 0;
}

static int to_dashes(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    if (entry->value.kind != SIGMA_VALUE_PATTERN)
        return refuse_value(work, modifier, entry, "text");
    entry->value.pattern = sigma_pattern_dashes(work->parse->arena, entry->value.pattern);
    return 0;
}

static int require_text(struct work *work, const struct modifier *modifier, struct entry *entry)
{
    enum sigma_value_kind kind = entry->value.kind;
    if (kind == SIGMA_VALUE_PATTERN || kind == SIGMA_VALUE_FIELD)
        return 0;
    return refuse_value(work, modifier, entry, "text");
}

/* --- one value becomes several --- */

static int entries_put(struct work *work, struct entries *out, const struct entry *entry)
{
    if (out->count == SIGMA_MAX_VALUES)
        return sigma_refuse(work->parse, entry->raw->line,
                            "modifiers make more than 100000 values of this list");
    entries_add(work->parse->arena, out, entry);
    return 0;
}

/* "\xE2\x80\x93" is U+2013 EN DASH; the others follow it. */
static struct slice dash_text(unsigned which)
{
    static const char *const dashes[] = { "-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
                                          "\xE2\x80\x95" };
    return slice_from(dashes[which]);
}

#define DASH_COUNT 5U

/* All readings of a value with dashes. Recursion ends: one DASH less each time. */
static int put_readings(struct work *work, const struct modifier *modifier,
                        const struct entry *entry, unsigned depth, struct entries *out)
{
    struct arena *arena = work->parse->arena;
    size_t at = sigma_pattern_find(entry->value.pattern, SIGMA_TOKEN_DASH);
    if (at == entry->value.pattern.count)
        return entries_put(work, out, entry);
    if (depth == DASHES_ENCODED_MAX)
        return refuse_value(work, modifier, entry, "a value with five dashes at most");
    for (unsigned which = 0; which < DASH_COUNT; which++) {
        struct entry reading = *entry;
        reading.value.pattern = sigma_pattern_splice(
            arena, entry->value.pattern, at, sigma_pattern_text(arena, dash_text(which)));
        if (put_readings(work, modifier, &reading, depth + 1, out) < 0)
            return -1;
    }
    return 0;
}

/* The readings of a value that can be encoded; `wildcards`: they may hold any. */
static int readings_of(struct work *work, const struct modifier *modifier,
                       const struct entry *entry, bool wildcards, struct entries *out)
{
    const struct sigma_pattern *pattern = &entry->value.pattern;
    if (entry->value.kind != SIGMA_VALUE_PATTERN ||
        sigma_pattern_find(*pattern, SIGMA_TOKEN_PLACEHOLDER) < pattern->count)
        return refuse_value(work, modifier, entry, "text");
    bool has_wildcards = sigma_pattern_find(*pattern, SIGMA_TOKEN_RUN) < pattern->count ||
                         sigma_pattern_find(*pattern, SIGMA_TOKEN_ONE) < pattern->count;
    if (has_wildcards && !wildcards)
        return refuse_value(work, modifier, entry, "a value without wildcards");
    return put_readings(work, modifier, entry, 0, out);
}

enum { UTF16_LITTLE, UTF16_BIG, UTF16_MARKED };

static void encode_wide(struct arena *arena, struct entry *entry, unsigned order)
{
    struct sigma_pattern old = entry->value.pattern;
    struct sigma_pattern wide = { 0, arena_array(arena, old.count + 1, sizeof *wide.tokens) };
    if (order == UTF16_MARKED)
        sigma_pattern_append(arena, &wide,
                             (struct sigma_token){ SIGMA_TOKEN_TEXT, SLICE_LIT("\xFF\xFE") });
    for (size_t i = 0; i < old.count; i++) {
        struct sigma_token token = old.tokens[i];
        entry->needs_base64 |= !unicode_is_ascii(token.text);
        if (token.kind == SIGMA_TOKEN_TEXT)
            token.text = encode_utf16(arena, token.text, order == UTF16_BIG);
        sigma_pattern_append(arena, &wide, token);
    }
    entry->needs_base64 |= order == UTF16_MARKED;
    entry->value.pattern = wide;
}

static int to_wide(struct work *work, const struct modifier *modifier,
                   const struct entry *entry, struct entries *out)
{
    size_t first = out->count;
    if (readings_of(work, modifier, entry, true, out) < 0)
        return -1;
    for (size_t i = first; i < out->count; i++)
        encode_wide(work->parse->arena, &out->list[i], modifier->argument);
    return 0;
}

static struct slice only_text(struct sigma_pattern pattern)
{
    return pattern.count ? pattern.tokens[0].text : SLICE_LIT("");
}

static int to_base64(struct work *work, const struct modifier *modifier,
                     const struct entry *entry, struct entries *out)
{
    struct arena *arena = work->parse->arena;
    size_t first = out->count;
    if (readings_of(work, modifier, entry, false, out) < 0)
        return -1;
    for (size_t i = first; i < out->count; i++) {
        struct sigma_pattern *pattern = &out->list[i].value.pattern;
        *pattern = sigma_pattern_text(arena, encode_base64(arena, only_text(*pattern)));
        out->list[i].needs_base64 = false;
    }
    return 0;
}

#define BASE64_OFFSETS 3U

static int put_offsets(struct work *work, const struct modifier *modifier,
                       const struct entry *entry, struct entries *out)
{
    struct arena *arena = work->parse->arena;
    for (unsigned offset = 0; offset < BASE64_OFFSETS; offset++) {
        struct entry shifted = *entry;
        struct slice inside =
            encode_base64_inside(arena, only_text(entry->value.pattern), offset);
        if (inside.len == 0)
            return refuse_value(work, modifier, entry, "two bytes or more");
        shifted.value.pattern = sigma_pattern_text(arena, inside);
        shifted.needs_base64 = false;
        if (entries_put(work, out, &shifted) < 0)
            return -1;
    }
    return 0;
}

static int to_base64_offsets(struct work *work, const struct modifier *modifier,
                             const struct entry *entry, struct entries *out)
{
    struct entries readings = { 0, 0, NULL };
    if (readings_of(work, modifier, entry, false, &readings) < 0)
        return -1;
    for (size_t i = 0; i < readings.count; i++)
        if (put_offsets(work, modifier, &readings.list[i], out) < 0)
            return -1;
    return 0;
}

static int refuse_placeholder(struct work *work, const struct entry *entry, struct slice name)
{
    return sigma_refuse(work->parse, entry->raw->line,
                        "the placeholder %%%.*s%% has no list (give one with --expand "
                        "%.*s=FILE)",
                        SHOWN(name), SHOWN(name));
}

/* Puts each value of the list at the first placeholder; those behind it come in the next turn.
 */
static int fill_placeholder(struct work *work, const struct entry *entry, size_t at,
                            struct entries *out)
{
    struct arena *arena = work->parse->arena;
    struct slice name = entry->value.pattern.tokens[at].text;
    const struct sigma_placeholder *list =
        sigma_placeholders_find(work->parse->placeholders, name);
    if (!list)
        return refuse_placeholder(work, entry, name);
    for (size_t i = 0; i < list->count; i++) {
        struct entry filled = *entry;
        filled.value.pattern = sigma_pattern_splice(
            arena, entry->value.pattern, at, sigma_pattern_parse(arena, list->values[i]));
        if (entries_put(work, out, &filled) < 0)
            return -1;
    }
    return 0;
}

/* Placeholders are filled one after the other, so that a product is counted while it grows. */
static int to_expanded(struct work *work, const struct modifier *modifier,
                       const struct entry *entry, struct entries *out)
{
    struct entries now = { 0, 0, NULL };
    if (entry->value.kind != SIGMA_VALUE_PATTERN)
        return refuse_value(work, modifier, entry, "text");
    entries_add(work->parse->arena, &now, entry);
    for (;;) {
        assert(now.count > 0); /* a list has a value at least */
        struct sigma_pattern first = now.list[0].value.pattern;
        size_t at = sigma_pattern_find(first, SIGMA_TOKEN_PLACEHOLDER);
        if (at == first.count)
            break;
        struct entries next = { 0, 0, NULL };
        for (size_t i = 0; i < now.count; i++) {
            struct sigma_pattern pattern = now.list[i].value.pattern;
            at = sigma_pattern_find(pattern, SIGMA_TOKEN_PLACEHOLDER);
            if (fill_placeholder(work, &now.list[i], at, &next) < 0)
                return -1;
        }
        now = next;
    }
    for (size_t i = 0; i < now.count; i++)
        if (entries_put(work, out, &now.list[i]) < 0)
            return -1;
    return 0;
}

/* --- what is said of the item --- */

static void set_all(struct work *work)
{
    work->item->all = true;
}

static void set_cased(struct work *work)
{
    work->item->cased = true;
}

static void set_negated(struct work *work)
{
    work->negated = true;
}

static const struct modifier modifiers[] = {
    { "contains", open_ends, NULL, NULL, 0, SIGMA_OPEN_BEFORE | SIGMA_OPEN_AFTER },
    { "startswith", open_ends, NULL, NULL, 0, SIGMA_OPEN_AFTER },
    { "endswith", open_ends, NULL, NULL, 0, SIGMA_OPEN_BEFORE },
    { "all", NULL, NULL, set_all, 0, 0 },
    { "neq", NULL, NULL, set_negated, 0, 0 },
    { "cased", require_text, NULL, set_cased, 0, 0 },
    { "re", to_regex, NULL, NULL, FIRST, 0 },
    { "i", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_ICASE },
    { "ignorecase", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_ICASE },
    { "m", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_MULTILINE },
    { "multiline", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_MULTILINE },
    { "s", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_DOTALL },
    { "dotall", add_regex_flag, NULL, NULL, 0, SIGMA_REGEX_DOTALL },
    { "cidr", to_cidr, NULL, NULL, FIRST, 0 },
    { "lt", to_compare, NULL, NULL, FIRST | AFTER_TIME, SIGMA_LT },
    { "lte", to_compare, NULL, NULL, FIRST | AFTER_TIME, SIGMA_LTE },
    { "gt", to_compare, NULL, NULL, FIRST | AFTER_TIME, SIGMA_GT },
    { "gte", to_compare, NULL, NULL, FIRST | AFTER_TIME, SIGMA_GTE },
    { "exists", to_exists, NULL, NULL, FIRST | SINGLE, 0 },
    { "fieldref", to_field, NULL, NULL, 0, 0 },
    { "windash", to_dashes, NULL, NULL, 0, 0 },
    { "wide", NULL, to_wide, NULL, 0, UTF16_LITTLE },
    { "utf16le", NULL, to_wide, NULL, 0, UTF16_LITTLE },
    { "utf16be", NULL, to_wide, NULL, 0, UTF16_BIG },
    { "utf16", NULL, to_wide, NULL, 0, UTF16_MARKED },
    { "base64", NULL, to_base64, NULL, 0, 0 },
    { "base64offset", NULL, to_base64_offsets, NULL, 0, 0 },
    { "expand", NULL, to_expanded, NULL, 0, 0 },
    { "minute", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_MINUTE },
    { "hour", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_HOUR },
    { "day", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_DAY },
    { "week", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_WEEK },
    { "month", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_MONTH },
    { "year", to_time_part, NULL, NULL, FIRST, SIGMA_TIME_YEAR },
};

static const struct modifier *modifier_find(struct slice name)
{
    for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        if (slice_eq(name, slice_from(modifiers[i].name)))
            return &modifiers[i];
    }
    return NULL;
}

/* --- the chain --- */

static int check_place(struct work *work, const struct modifier *modifier,
                       const struct modifier *previous, bool last)
{
    bool after_time =
        (modifier->rules & AFTER_TIME) && previous && previous->on_value == to_time_part;
    if ((modifier->rules & FIRST) && previous && !after_time)
        return sigma_refuse(work->parse, work->item->line, "modifier '%s' must be the first",
                            modifier->name);
    if ((modifier->rules & SINGLE) && (!last || work->entries.count != 1))
        return sigma_refuse(work->parse, work->item->line,
                            "modifier '%s' must stand alone, with one value", modifier->name);
    return 0;
}

static int split_values(struct work *work, const struct modifier *modifier)
{
    struct entries out = { 0, 0, NULL };
    for (size_t i = 0; i < work->entries.count; i++)
        if (modifier->on_split(work, modifier, &work->entries.list[i], &out) < 0)
            return -1;
    work->split |= out.count != work->entries.count;
    work->entries = out;
    return 0;
}

static int modifier_apply(struct work *work, const struct modifier *modifier)
{
    if (modifier->on_split)
        return split_values(work, modifier);
    for (size_t i = 0; modifier->on_value && i < work->entries.count; i++)
        if (modifier->on_value(work, modifier, &work->entries.list[i]) < 0)
            return -1;
    if (modifier->on_item)
        modifier->on_item(work);
    return 0;
}

static int chain_apply(struct work *work, struct slice chain)
{
    const struct modifier *previous = NULL;
    while (chain.ptr) {
        struct slice name = slice_cut(&chain, '|');
        const struct modifier *modifier = modifier_find(name);
        if (!modifier)
            return sigma_refuse(work->parse, work->item->line, "unknown modifier '%.*s'",
                                SHOWN(name));
        if (check_place(work, modifier, previous, !chain.ptr) < 0 ||
            modifier_apply(work, modifier) < 0)
            return -1;
        previous = modifier;
    }
    return 0;
}

static bool chain_has(struct slice chain, struct slice name)
{
    while (chain.ptr)
        if (slice_eq(slice_cut(&chain, '|'), name))
            return true;
    return false;
}

/* --- the item --- */

static struct sigma_value value_of(struct arena *arena, const struct yaml_doc_node *raw,
                                   bool expand)
{
    struct sigma_value value = { .kind = SIGMA_VALUE_NULL };
    if (sigma_scalar_is_null(raw))
        return value;
    value.kind = SIGMA_VALUE_PATTERN;
    value.pattern = expand ? sigma_pattern_parse_expand(arena, sigma_scalar_text(raw))
                           : sigma_pattern_parse(arena, sigma_scalar_text(raw));
    return value;
}

static int read_values(struct work *work, const struct yaml_doc_node *const *raw, size_t count,
                       struct slice chain)
{
    bool expand = chain_has(chain, SLICE_LIT("expand"));
    for (size_t i = 0; i < count; i++) {
        if (raw[i]->kind != YAML_DOC_SCALAR)
            return sigma_refuse(work->parse, raw[i]->line,
                                "a list or a map where a plain value should stand");
        struct entry entry = { .raw = raw[i], .group = i };
        entry.value = value_of(work->parse->arena, raw[i], expand);
        entries_add(work->parse->arena, &work->entries, &entry);
    }
    return 0;
}

/* Without a field there is nothing whose absence, number or address could be asked for. */
static int check_values(struct work *work)
{
    for (size_t i = 0; i < work->entries.count; i++) {
        const struct entry *entry = &work->entries.list[i];
        enum sigma_value_kind kind = entry->value.kind;
        if (entry->needs_base64)
            return sigma_refuse(work->parse, entry->raw->line,
                                "UTF-16 of '%.*s' is no text: base64 or base64offset must "
                                "follow",
                                SHOWN(entry->raw->text));
        if (!work->item->field.ptr && kind != SIGMA_VALUE_PATTERN && kind != SIGMA_VALUE_REGEX)
            return sigma_refuse(work->parse, work->item->line,
                                "keywords must be text or regular expressions");
    }
    return 0;
}

static struct sigma_node *item_node(struct work *work, size_t first, size_t count, bool all)
{
    struct sigma_item *item = arena_alloc(work->parse->arena, sizeof *item);
    *item = *work->item;
    item->all = all;
    item->count = count;
    item->values = arena_array(work->parse->arena, count, sizeof *item->values);
    for (size_t i = 0; i < count; i++)
        item->values[i] = work->entries.list[first + i].value;
    return node_item(work->parse->arena, item);
}

/* `all` asks for each value that was written, in any of the forms that it became. */
static struct sigma_node *all_of_groups(struct work *work)
{
    struct node_list list = NODE_LIST_INIT;
    const struct entries *entries = &work->entries;
    for (size_t i = 0, end; i < entries->count; i = end) {
        for (end = i + 1; end < entries->count; end++)
            if (entries->list[end].group != entries->list[i].group)
                break;
        node_list_add(work->parse->arena, &list, item_node(work, i, end - i, false));
    }
    return node_group(work->parse->arena, SIGMA_NODE_AND, &list);
}

int sigma_item_build(struct sigma_parse *parse, struct sigma_item *item,
                     const struct yaml_doc_node *const *raw, size_t count, struct slice chain,
                     struct sigma_node **out)
{
    struct work work = { .parse = parse, .item = item };
    if (read_values(&work, raw, count, chain) < 0 || chain_apply(&work, chain) < 0 ||
        check_values(&work) < 0)
        return -1;
    struct sigma_node *node = work.split && item->all
                                  ? all_of_groups(&work)
                                  : item_node(&work, 0, work.entries.count, item->all);
    *out = work.negated ? node_not(parse->arena, node) : node;
    return 0;
}
