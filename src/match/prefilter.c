/*
 * A literal of n bytes holds n-3 grams of 4 bytes. If the text is looked at every S bytes with
 * S <= n-3, one of S neighbouring grams of each occurrence is looked at, wherever it starts. So
 * of each literal S neighbouring grams (a window) go into a table; S is the same for all, set
 * by the shortest literal, 4 at most. A bit table answers "no" for nearly every position; where
 * it says "perhaps", the chain of that hash slot is compared in full.
 *
 * Gram bytes are folded by | 0x20, which confuses a few marks ('@' and '`'): the full
 * comparison decides.
 */
#include "match/prefilter.h"

#include <stdlib.h>

#include "base/memory.h"

#define SLOT_BITS 17
#define SLOTS (1U << SLOT_BITS)
#define STRIDE_MAX 4
#define GRAM 4

struct entry {
    uint32_t literal;
    uint32_t offset; /* of the gram in the literal */
    uint32_t next;   /* index + 1 of the next entry of the slot, 0 at the end */
};

struct prefilter {
    size_t stride;
    size_t literal_count;
    struct slice *literals; /* folded copies */
    uint32_t *heads;        /* SLOTS: index + 1 of the first entry */
    struct entry *entries;
    size_t entry_count;
    uint64_t bits[SLOTS / 64];
    struct arena arena;
};

static uint32_t gram_at(const char *p)
{
    uint32_t gram;
    memcpy(&gram, p, sizeof gram);
    return gram | 0x20202020U;
}

static uint32_t slot_of(uint32_t gram)
{
    return (gram * 2654435761U) >> (32 - SLOT_BITS);
}

/* Words that fill the logs of a mail server: a gram inside them is met in every other line. */
static const char common_text[] =
    "/owa/ /ecp/ /ews/exchange.asmx /mapi/emsmdb/ /rpc/ /oab/ /autodiscover/ powershell "
    "microsoft-server-activesync mozilla/5.0 https:// healthmailbox servername outlook windows";

/*
 * How common a gram is, roughly: digits and hexadecimal letters fill GUIDs and times,
 * lower-case English fills agents and paths. Marks make a gram rare.
 */
static unsigned commonness(const char *gram)
{
    bool in_words = slice_has(slice_from(common_text), slice_of(gram, GRAM));
    unsigned score = in_words ? 16 : 0;
    for (int i = 0; i < GRAM; i++) {
        char c = ascii_lower(gram[i]);
        if (ascii_is_digit(c))
            score += 4;
        else if (c && strchr("etaoinsrhldcmu/.-", c))
            score += 3;
        else if (c >= 'a' && c <= 'z')
            score += 2;
    }
    return score;
}

/* Offset of the window of `stride` grams that the text will show least often. */
static size_t rarest_window(struct slice literal, size_t stride)
{
    size_t best = 0;
    unsigned best_score = UINT32_MAX;
    for (size_t at = 0; at + stride + GRAM - 1 <= literal.len; at++) {
        unsigned score = 0;
        for (size_t i = 0; i < stride; i++)
            score += commonness(literal.ptr + at + i);
        if (score < best_score) {
            best_score = score;
            best = at;
        }
    }
    return best;
}

static void add_entry(struct prefilter *filter, size_t literal, size_t offset)
{
    uint32_t slot = slot_of(gram_at(filter->literals[literal].ptr + offset));
    struct entry *entry = &filter->entries[filter->entry_count++];
    *entry = (struct entry){ (uint32_t)literal, (uint32_t)offset, filter->heads[slot] };
    filter->heads[slot] = (uint32_t)filter->entry_count;
    filter->bits[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static struct slice folded_copy(struct arena *arena, struct slice literal)
{
    char *copy = arena_alloc(arena, literal.len + 1);
    for (size_t i = 0; i < literal.len; i++)
        copy[i] = ascii_lower(literal.ptr[i]);
    return slice_of(copy, literal.len);
}

static size_t common_stride(const struct slice *literals, size_t count)
{
    size_t stride = STRIDE_MAX;
    for (size_t i = 0; i < count; i++)
        if (literals[i].len - GRAM + 1 < stride)
            stride = literals[i].len - GRAM + 1;
    return stride;
}

struct prefilter *prefilter_build(const struct slice *literals, size_t count)
{
    struct prefilter *filter = mem_alloc(sizeof *filter);
    filter->stride = common_stride(literals, count);
    filter->literal_count = count;
    filter->heads = mem_alloc(SLOTS * sizeof *filter->heads);
    filter->literals = mem_alloc(count * sizeof *filter->literals);
    filter->entries = mem_alloc(count * STRIDE_MAX * sizeof *filter->entries);
    for (size_t i = 0; i < count; i++) {
        filter->literals[i] = folded_copy(&filter->arena, literals[i]);
        size_t window = rarest_window(filter->literals[i], filter->stride);
        for (size_t g = 0; g < filter->stride; g++)
            add_entry(filter, i, window + g);
    }
    return filter;
}

void prefilter_free(struct prefilter *filter)
{
    if (!filter)
        return;
    free(filter->heads);
    free(filter->literals);
    free(filter->entries);
    arena_deinit(&filter->arena);
    free(filter);
}

static void confirm(const struct prefilter *filter, struct slice text, size_t at, uint32_t slot,
                    prefilter_hit *hit, void *context)
{
    for (uint32_t i = filter->heads[slot]; i; i = filter->entries[i - 1].next) {
        const struct entry *entry = &filter->entries[i - 1];
        struct slice literal = filter->literals[entry->literal];
        if (at < entry->offset || text.len - (at - entry->offset) < literal.len)
            continue;
        size_t start = at - entry->offset;
        if (slice_icase_eq(slice_of(text.ptr + start, literal.len), literal))
            hit(context, entry->literal, start);
    }
}

static inline void look(const struct prefilter *filter, struct slice text, size_t at,
                        uint32_t gram, prefilter_hit *hit, void *context)
{
    uint32_t slot = slot_of(gram);
    if (__builtin_expect(filter->bits[slot / 64] >> (slot % 64) & 1, 0))
        confirm(filter, text, at, slot, hit, context);
}

/* Every second place, two of them from one load of eight bytes. Returns where it stopped. */
static size_t scan_pairs(const struct prefilter *filter, struct slice text, prefilter_hit *hit,
                         void *context)
{
    size_t at = 0;
    for (; at + 10 <= text.len; at += 4) {
        uint64_t eight;
        memcpy(&eight, text.ptr + at, sizeof eight);
        eight |= UINT64_C(0x2020202020202020);
        look(filter, text, at, (uint32_t)eight, hit, context);
        look(filter, text, at + 2, (uint32_t)(eight >> 16), hit, context);
    }
    return at;
}

void prefilter_scan(const struct prefilter *filter, struct slice text, prefilter_hit *hit,
                    void *context)
{
    if (text.len < GRAM || filter->entry_count == 0)
        return;
    size_t last = text.len - GRAM, at = 0;
    if (filter->stride == 2)
        at = scan_pairs(filter, text, hit, context);
    for (; at <= last; at += filter->stride)
        look(filter, text, at, gram_at(text.ptr + at), hit, context);
}
