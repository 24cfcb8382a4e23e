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

struct prefilter_scanner {
    const struct prefilter *filter;
    uint32_t *stamps; /* by literal: the line in which it was last found */
    uint32_t stamp;
    uint32_t *found;
    size_t found_count;

    struct slice text;
    prefilter_line *report; /* NULL: the text is one line */
    void *context;
    size_t line_start, line_end; /* of the line that `found` belongs to */
};

struct prefilter_scanner *prefilter_scanner_new(const struct prefilter *filter)
{
    struct prefilter_scanner *scanner = mem_alloc(sizeof *scanner);
    scanner->filter = filter;
    scanner->stamps = mem_alloc((filter->literal_count + 1) * sizeof *scanner->stamps);
    scanner->found = mem_alloc((filter->literal_count + 1) * sizeof *scanner->found);
    return scanner;
}

void prefilter_scanner_free(struct prefilter_scanner *scanner)
{
    if (!scanner)
        return;
    free(scanner->stamps);
    free(scanner->found);
    free(scanner);
}

static void begin_line(struct prefilter_scanner *scanner)
{
    scanner->found_count = 0;
    if (++scanner->stamp != 0)
        return;
    memset(scanner->stamps, 0, scanner->filter->literal_count * sizeof *scanner->stamps);
    scanner->stamp = 1;
}

static void end_line(struct prefilter_scanner *scanner)
{
    if (!scanner->report || scanner->found_count == 0)
        return;
    struct slice line = slice_of(scanner->text.ptr + scanner->line_start,
                                 scanner->line_end - scanner->line_start);
    scanner->report(scanner->context, line, scanner->found, scanner->found_count);
}

static void find_line(struct prefilter_scanner *scanner, size_t at)
{
    struct slice text = scanner->text;
    size_t start = at;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    scanner->line_start = start;
    scanner->line_end = end ? (size_t)(end - text.ptr) : text.len;
}

static void found(struct prefilter_scanner *scanner, uint32_t literal, size_t at)
{
    if (scanner->report && at >= scanner->line_end) {
        end_line(scanner);
        begin_line(scanner);
        find_line(scanner, at);
    }
    if (scanner->stamps[literal] == scanner->stamp)
        return;
    scanner->stamps[literal] = scanner->stamp;
    scanner->found[scanner->found_count++] = literal;
}

static void confirm(struct prefilter_scanner *scanner, size_t at, uint32_t slot)
{
    const struct prefilter *filter = scanner->filter;
    struct slice text = scanner->text;
    for (uint32_t i = filter->heads[slot]; i; i = filter->entries[i - 1].next) {
        const struct entry *entry = &filter->entries[i - 1];
        struct slice literal = filter->literals[entry->literal];
        if (at < entry->offset || text.len - (at - entry->offset) < literal.len)
            continue;
        size_t start = at - entry->offset;
        if (slice_icase_eq(slice_of(text.ptr + start, literal.len), literal))
            found(scanner, entry->literal, start);
    }
}

static void look_everywhere(struct prefilter_scanner *scanner)
{
    const struct prefilter *filter = scanner->filter;
    struct slice text = scanner->text;
    if (text.len >= GRAM && filter->entry_count)
        for (size_t at = 0; at <= text.len - GRAM; at += filter->stride) {
            uint32_t slot = slot_of(gram_at(text.ptr + at));
            if (__builtin_expect(filter->bits[slot / 64] >> (slot % 64) & 1, 0))
                confirm(scanner, at, slot);
        }
}

void prefilter_lines(struct prefilter_scanner *scanner, struct slice text, prefilter_line *line,
                     void *context)
{
    scanner->text = text;
    scanner->report = line;
    scanner->context = context;
    scanner->line_end = 0;
    begin_line(scanner);
    look_everywhere(scanner);
    end_line(scanner);
}

struct prefilter_found prefilter_text(struct prefilter_scanner *scanner, struct slice text)
{
    scanner->text = text;
    scanner->report = NULL;
    begin_line(scanner);
    look_everywhere(scanner);
    return (struct prefilter_found){ scanner->found, scanner->found_count };
}
