#include "match/value_set.h"

#include "base/unicode.h"

/* Below these, comparing one after the other is as fast. */
#define INSIDE_MIN 4
#define ENDS_MIN 12

#define WINDOW_MAX 8
#define WINDOW_KINDS 5
#define TEXT_ON_STACK 1024

static const uint64_t HASH_START = UINT64_C(0xcbf29ce484222325);

static inline uint64_t hash_step(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

/* --- texts found by their hash: the whole value, or its first or last bytes --- */

struct table {
    size_t count, capacity; /* a power of two, at least twice the count */
    struct slice *slots;    /* ptr == NULL: free */
    uint64_t *hashes;
    size_t length_count;
    size_t *lengths; /* that texts have, ascending */
};

/* Hash of the first `len` bytes, or of the last, which are taken backwards. */
static uint64_t table_hash(struct slice text, bool backwards)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < text.len; i++)
        hash = hash_step(hash, text.ptr[backwards ? text.len - 1 - i : i]);
    return hash;
}

static bool table_has(const struct table *table, struct slice text, uint64_t hash)
{
    size_t mask = table->capacity - 1;
    for (size_t i = hash & mask; table->slots[i].ptr; i = (i + 1) & mask)
        if (table->hashes[i] == hash && slice_eq(table->slots[i], text))
            return true;
    return false;
}

static void table_put(struct table *table, struct slice text, bool backwards)
{
    uint64_t hash = table_hash(text, backwards);
    size_t mask = table->capacity - 1, i = hash & mask;
    while (table->slots[i].ptr)
        i = (i + 1) & mask;
    table->slots[i] = text;
    table->hashes[i] = hash;
}

static void table_note_length(struct table *table, size_t len)
{
    size_t at = 0;
    while (at < table->length_count && table->lengths[at] < len)
        at++;
    if (at < table->length_count && table->lengths[at] == len)
        return;
    memmove(table->lengths + at + 1, table->lengths + at,
            (table->length_count - at) * sizeof *table->lengths);
    table->lengths[at] = len;
    table->length_count++;
}

static size_t power_of_two(size_t least)
{
    size_t size = 8;
    while (size < least)
        size *= 2;
    return size;
}

static void table_init(struct table *table, struct arena *arena, size_t count)
{
    table->count = count;
    table->capacity = power_of_two(count * 2);
    table->slots = arena_array(arena, table->capacity, sizeof *table->slots);
    table->hashes = arena_array(arena, table->capacity, sizeof *table->hashes);
    table->lengths = arena_array(arena, count + 1, sizeof *table->lengths);
}

/* Looks at each length that a text of the table has: one pass over the value. */
static bool table_matches(const struct table *table, struct slice value, bool backwards)
{
    uint64_t hash = HASH_START;
    size_t done = 0;
    for (size_t i = 0; i < table->length_count && table->lengths[i] <= value.len; i++) {
        size_t len = table->lengths[i];
        for (; done < len; done++)
            hash = hash_step(hash, value.ptr[backwards ? value.len - 1 - done : done]);
        struct slice part =
            backwards ? slice_from_offset(value, value.len - len) : slice_first(value, len);
        if (table_has(table, part, hash))
            return true;
    }
    return false;
}

static bool table_has_whole(const struct table *table, struct slice value)
{
    if (table->length_count == 0 || value.len > table->lengths[table->length_count - 1])
        return false;
    return table_has(table, value, table_hash(value, false));
}

/* --- texts found inside, by a window of their bytes --- */

struct window {
    struct slice text;
    uint32_t offset; /* of the window in the text */
    uint32_t next;   /* index + 1 of the next one of the bucket, 0 at the end */
};

/* All texts whose window is of one size. */
struct inside {
    size_t count;
    uint64_t mask;   /* of the bytes of a window */
    unsigned shift;  /* from the product to a bucket */
    uint32_t *heads; /* by bucket: index + 1 of the first window */
    struct window *windows;
};

static const size_t window_sizes[WINDOW_KINDS] = { 8, 4, 3, 2, 1 };

static size_t window_kind(size_t len)
{
    size_t kind = 0;
    while (window_sizes[kind] > len)
        kind++;
    return kind;
}

/* The eight bytes at `p`, in the same order on every machine of one kind. */
static inline uint64_t load(const char *p)
{
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    return eight;
}

static uint64_t window_mask(size_t size)
{
    char bytes[WINDOW_MAX] = { 0 };
    memset(bytes, 0xFF, size);
    return load(bytes);
}

static inline size_t bucket_of(const struct inside *inside, uint64_t window)
{
    return (size_t)((window * UINT64_C(0x9E3779B97F4A7C15)) >> inside->shift);
}

static void inside_init(struct inside *inside, struct arena *arena, size_t count, size_t size)
{
    unsigned bits = 6;
    while (((size_t)1 << bits) < count * 8)
        bits++;
    inside->mask = window_mask(size);
    inside->shift = 64 - bits;
    inside->heads = arena_array(arena, (size_t)1 << bits, sizeof *inside->heads);
    inside->windows = arena_array(arena, count, sizeof *inside->windows);
}

static size_t chain_length(const struct inside *inside, size_t bucket)
{
    size_t length = 0;
    for (uint32_t i = inside->heads[bucket]; i; i = inside->windows[i - 1].next)
        length++;
    return length;
}

/* Bytes at text.ptr[at] as a window; the text may end before eight. */
static uint64_t window_at(const struct inside *inside, struct slice text, size_t at)
{
    char bytes[WINDOW_MAX] = { 0 };
    size_t len = text.len - at < sizeof bytes ? text.len - at : sizeof bytes;
    memcpy(bytes, text.ptr + at, len);
    return load(bytes) & inside->mask;
}

/*
 * The end of a text tells more than its beginning ("SHA256=..."), so it is tried first; another
 * place is taken when other texts end alike.
 */
static void inside_put(struct inside *inside, struct slice text, size_t size)
{
    size_t last = text.len - size;
    const size_t places[] = { last, last / 2, 0, last * 3 / 4 };
    size_t best = last, shortest = SIZE_MAX, bucket = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places && shortest > 0; i++) {
        size_t at = bucket_of(inside, window_at(inside, text, places[i]));
        size_t length = chain_length(inside, at);
        if (length >= shortest)
            continue;
        shortest = length;
        best = places[i];
        bucket = at;
    }
    inside->windows[inside->count++] =
        (struct window){ text, (uint32_t)best, inside->heads[bucket] };
    inside->heads[bucket] = (uint32_t)inside->count;
}

static bool confirm(const struct inside *inside, struct slice value, size_t at, size_t bucket)
{
    for (uint32_t i = inside->heads[bucket]; i; i = inside->windows[i - 1].next) {
        const struct window *window = &inside->windows[i - 1];
        if (at < window->offset || value.len - (at - window->offset) < window->text.len)
            continue;
        const char *start = value.ptr + (at - window->offset);
        if (memcmp(start, window->text.ptr, window->text.len) == 0)
            return true;
    }
    return false;
}

/* `value` is followed by WINDOW_MAX readable bytes. */
static bool inside_matches(const struct inside *inside, struct slice value, size_t size)
{
    for (size_t at = 0; at + size <= value.len; at++) {
        size_t bucket = bucket_of(inside, load(value.ptr + at) & inside->mask);
        if (__builtin_expect(inside->heads[bucket] != 0, 0) &&
            confirm(inside, value, at, bucket))
            return true;
    }
    return false;
}

/* --- the set --- */

struct value_set {
    bool cased;
    bool wide; /* a value beyond ASCII: texts beyond it are folded as a whole */
    struct table whole, first, last;
    struct inside inside[WINDOW_KINDS];
};

/* How a matcher takes part; SHAPE_ANY: not at all. */
static enum matcher_shape role_of(const struct matcher *matcher, bool anywhere)
{
    if (matcher->kind != SIGMA_VALUE_PATTERN || matcher->shape == SHAPE_GLOB ||
        matcher->shape == SHAPE_ANY || (anywhere && matcher->text.len == 0))
        return SHAPE_ANY;
    return anywhere ? SHAPE_CONTAINS : matcher->shape;
}

struct counts {
    size_t whole, first, last, inside;
    size_t windows[WINDOW_KINDS];
};

static void count_values(const struct matcher *matchers, size_t count, bool anywhere,
                         struct counts *out)
{
    for (size_t i = 0; i < count; i++) {
        enum matcher_shape role = role_of(&matchers[i], anywhere);
        out->whole += role == SHAPE_EXACT;
        out->first += role == SHAPE_PREFIX;
        out->last += role == SHAPE_SUFFIX;
        out->inside += role == SHAPE_CONTAINS;
        if (role == SHAPE_CONTAINS)
            out->windows[window_kind(matchers[i].text.len)]++;
    }
    if (out->whole < ENDS_MIN)
        out->whole = 0;
    if (out->first < ENDS_MIN)
        out->first = 0;
    if (out->last < ENDS_MIN)
        out->last = 0;
    if (out->inside < INSIDE_MIN)
        out->inside = 0;
}

/* ASCII values are folded here; wide ones are already. */
static struct slice text_of(struct arena *arena, const struct matcher *matcher)
{
    if (matcher->cased || matcher->wide)
        return matcher->text;
    return unicode_fold_text(matcher->text,
                             arena_alloc(arena, UNICODE_FOLD_ROOM(matcher->text.len)));
}

static void put_end(struct table *table, struct slice text, bool backwards)
{
    table_put(table, text, backwards);
    table_note_length(table, text.len);
}

/* Puts a value into the set; false when it stays outside. */
static bool put_value(struct value_set *set, struct arena *arena, const struct counts *counts,
                      const struct matcher *matcher, enum matcher_shape role)
{
    bool wanted =
        (role == SHAPE_EXACT && counts->whole) || (role == SHAPE_PREFIX && counts->first) ||
        (role == SHAPE_SUFFIX && counts->last) || (role == SHAPE_CONTAINS && counts->inside);
    if (!wanted)
        return false;
    struct slice text = text_of(arena, matcher);
    set->wide |= matcher->wide;
    if (role == SHAPE_CONTAINS) {
        size_t kind = window_kind(text.len);
        inside_put(&set->inside[kind], text, window_sizes[kind]);
        return true;
    }
    struct table *table = role == SHAPE_EXACT    ? &set->whole
                          : role == SHAPE_PREFIX ? &set->first
                                                 : &set->last;
    put_end(table, text, role == SHAPE_SUFFIX);
    return true;
}

static struct value_set *set_new(struct arena *arena, const struct counts *counts, bool cased)
{
    struct value_set *set = arena_alloc(arena, sizeof *set);
    set->cased = cased;
    if (counts->whole)
        table_init(&set->whole, arena, counts->whole);
    if (counts->first)
        table_init(&set->first, arena, counts->first);
    if (counts->last)
        table_init(&set->last, arena, counts->last);
    for (size_t i = 0; counts->inside && i < WINDOW_KINDS; i++)
        if (counts->windows[i])
            inside_init(&set->inside[i], arena, counts->windows[i], window_sizes[i]);
    return set;
}

struct value_set *value_set_take(struct arena *arena, struct matcher *matchers, size_t *count,
                                 bool anywhere)
{
    struct counts counts = { 0 };
    count_values(matchers, *count, anywhere, &counts);
    if (!counts.whole && !counts.first && !counts.last && !counts.inside)
        return NULL;
    struct value_set *set = set_new(arena, &counts, matchers[0].cased);
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        enum matcher_shape role = role_of(&matchers[i], anywhere);
        if (!put_value(set, arena, &counts, &matchers[i], role))
            matchers[left++] = matchers[i];
    }
    *count = left;
    return set;
}

/* `text` is folded and followed by WINDOW_MAX readable bytes. */
static bool matches_folded(const struct value_set *set, struct slice text)
{
    if (set->whole.count && table_has_whole(&set->whole, text))
        return true;
    if (set->first.count && table_matches(&set->first, text, false))
        return true;
    if (set->last.count && table_matches(&set->last, text, true))
        return true;
    for (size_t i = 0; i < WINDOW_KINDS; i++)
        if (set->inside[i].count && inside_matches(&set->inside[i], text, window_sizes[i]))
            return true;
    return false;
}

static struct slice fold_for(const struct value_set *set, struct slice value, char *out)
{
    if (set->cased)
        memcpy(out, value.ptr, value.len);
    else if (set->wide && !unicode_is_ascii(value))
        return unicode_fold_text(value, out);
    else
        for (size_t i = 0; i < value.len; i++)
            out[i] = ascii_lower(value.ptr[i]);
    return slice_of(out, value.len);
}

bool value_set_matches(const struct value_set *set, struct slice value)
{
    char small[TEXT_ON_STACK];
    if (!value.ptr)
        return false;
    size_t room = (set->wide ? UNICODE_FOLD_ROOM(value.len) : value.len) + WINDOW_MAX;
    AUTO_FREE char *large = room > sizeof small ? mem_alloc(room) : NULL;
    char *out = large ? large : small;
    struct slice text = fold_for(set, value, out);
    memset(out + text.len, 0, WINDOW_MAX);
    return matches_folded(set, text);
}
