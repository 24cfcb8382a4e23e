/* Which part of each literal is looked for, and the tables that follow from it. */
#include "match/prefilter_tables.h"

#include <stdlib.h>

#define STRIDE 4         /* wanted: literals of 7 bytes and more can have it */
#define STRIDE_SHORT 2   /* literals of 5 and 6 bytes can have it */
#define MASK_LITERALS 48 /* so many short literals still leave masks that say "no" */
#define LOAD_BITS 4      /* log2 of the bits of a set for each gram, at least */
#define USED_BITS 15
#define THIRD_BYTES 128 /* different ones, once folded */

/* One literal's place while windows are chosen. */
struct choice {
    uint32_t unique;
    uint32_t at;    /* of its first gram */
    uint8_t grams;  /* neighbours from there */
    uint8_t length; /* of a gram */
};

struct chooser {
    const struct prefilter *filter;
    const struct gram_sample *sample;
    struct prefilter_tables *tables;
    uint16_t *used; /* by hash of a gram: how many literals have chosen it */
    uint32_t *costs;
    struct choice *choices;
    size_t count; /* of choices */
};

static struct slice text_of(const struct unique *unique)
{
    return slice_of(unique->text, unique->len);
}

static uint32_t folded_gram(const char *text, size_t length)
{
    char padded[GRAM] = { 0 };
    memcpy(padded, text, length);
    uint32_t folded = load_32(padded) | FOLD_ALL;
    return length == GRAM ? folded : length == 3 ? folded & THREE : folded & 0xffff;
}

static unsigned used_slot(const char *text, size_t length)
{
    return gram_hash(folded_gram(text, length)) >> (32 - USED_BITS);
}

/* What it costs to look at one gram: how often it is met times how many literals then wait. */
static uint32_t cost_of(const struct chooser *chooser, const char *gram, size_t length)
{
    uint64_t rate = length == GRAM ? sample_rate_four(chooser->sample, gram)
                    : length == 3  ? sample_rate_three(chooser->sample, gram)
                                   : 1;
    uint64_t cost = rate * (1U + chooser->used[used_slot(gram, length)]);
    return cost < UINT32_MAX / 8 ? (uint32_t)cost : UINT32_MAX / 8;
}

/* The cheapest run of `grams` neighbours. */
static void choose(struct chooser *chooser, uint32_t unique, unsigned grams, unsigned length)
{
    struct slice text = text_of(&chooser->filter->uniques[unique]);
    size_t places = text.len - length + 1, best = 0;
    uint64_t sum = 0, least = UINT64_MAX;
    for (size_t i = 0; i < places; i++) {
        chooser->costs[i] = cost_of(chooser, text.ptr + i, length);
        sum += chooser->costs[i];
        if (i + 1 < grams)
            continue;
        if (sum < least) {
            least = sum;
            best = i + 1 - grams;
        }
        sum -= chooser->costs[i + 1 - grams];
    }
    for (unsigned g = 0; g < grams; g++) {
        uint16_t *used = &chooser->used[used_slot(text.ptr + best + g, length)];
        *used += *used < UINT16_MAX;
    }
    chooser->choices[chooser->count++] =
        (struct choice){ unique, (uint32_t)best, (uint8_t)grams, (uint8_t)length };
}

/* ---- sets and indexes
 * ------------------------------------------------------------------------
 */

static void set_init(struct gram_set *set, struct arena *arena, size_t grams)
{
    unsigned bits = 8; /* log2 of the words */
    while (bits < GRAM_SET_BITS_MAX && (UINT64_C(32) << bits) < (grams << LOAD_BITS))
        bits++;
    set->shift = 32 - bits;
    set->words = arena_array(arena, (size_t)1 << bits, sizeof *set->words);
}

static void set_add(struct gram_set *set, uint32_t folded)
{
    uint32_t hash = gram_hash(folded);
    set->words[hash >> set->shift] |=
        UINT32_C(1) << (hash >> GRAM_BIT_1 & 31) | UINT32_C(1) << (hash >> GRAM_BIT_2 & 31);
}

static struct gram_entry entry_of(const struct unique *unique, uint32_t index, uint32_t offset)
{
    /* Eight bytes that hold the gram, or all there are. */
    uint32_t start = unique->len < 8            ? 0
                     : offset < unique->len - 8 ? offset
                                                : (uint32_t)unique->len - 8;
    size_t len = unique->len < 8 ? unique->len : 8;
    char text[8] = { 0 }, fold[8] = { 0 }, mask[8] = { 0 };
    memcpy(text, unique->text + start, len);
    memcpy(fold, unique->fold + start, len);
    memset(mask, 0xff, len);
    return (struct gram_entry){ load_64(text), load_64(fold), load_64(mask),
                                index,         offset,        offset - start };
}

static bool belongs(const struct choice *choice, int index)
{
    static const unsigned lengths[INDEXES] = { 4, 3, 2 };
    return choice->length == lengths[index];
}

static size_t count_grams(const struct chooser *chooser, int index)
{
    size_t count = 0;
    for (size_t i = 0; i < chooser->count; i++)
        count += belongs(&chooser->choices[i], index) ? chooser->choices[i].grams : 0;
    return count;
}

typedef void use_gram(struct gram_index *index, const struct unique *unique, uint32_t number,
                      uint32_t offset, uint32_t slot);

static void for_each_gram(const struct chooser *chooser, int index, use_gram *use)
{
    struct gram_index *out = &chooser->tables->indexes[index];
    for (size_t i = 0; i < chooser->count; i++) {
        const struct choice *choice = &chooser->choices[i];
        const struct unique *unique = &chooser->filter->uniques[choice->unique];
        for (uint32_t g = 0; belongs(choice, index) && g < choice->grams; g++) {
            uint32_t offset = choice->at + g;
            uint32_t hash = gram_hash(folded_gram(unique->text + offset, choice->length));
            use(out, unique, choice->unique, offset, hash >> out->shift);
        }
    }
}

static void count_slot(struct gram_index *index, const struct unique *unique, uint32_t number,
                       uint32_t offset, uint32_t slot)
{
    (void)unique;
    (void)number;
    (void)offset;
    index->starts[slot + 1]++;
}

/* Behind count_slot, starts[slot + 1] is where the next entry of the slot goes. */
static void place_entry(struct gram_index *index, const struct unique *unique, uint32_t number,
                        uint32_t offset, uint32_t slot)
{
    index->entries[index->starts[slot + 1]++] = entry_of(unique, number, offset);
}

static void make_index(const struct chooser *chooser, int number)
{
    struct gram_index *index = &chooser->tables->indexes[number];
    size_t count = count_grams(chooser, number);
    if (count == 0)
        return;
    unsigned bits = 6;
    while (bits < 20 && ((size_t)1 << bits) < count * 2)
        bits++;
    index->shift = 32 - bits;
    index->starts =
        arena_array(&chooser->tables->arena, ((size_t)1 << bits) + 2, sizeof *index->starts);
    index->entries = arena_array(&chooser->tables->arena, count, sizeof *index->entries);
    for_each_gram(chooser, number, count_slot);
    uint32_t sum = 0;
    for (size_t slot = 0; slot <= (size_t)1 << bits; slot++) {
        uint32_t here = index->starts[slot + 1];
        index->starts[slot + 1] = sum;
        sum += here;
    }
    for_each_gram(chooser, number, place_entry);
}

/* ---- short literals
 * --------------------------------------------------------------------------
 */

static void add_nibbles(uint8_t low[16], uint8_t high[16], unsigned char c, uint8_t bucket)
{
    low[c & 15] |= bucket;
    high[c >> 4] |= bucket;
}

static void add_any(uint8_t low[16], uint8_t high[16], uint8_t bucket)
{
    for (int i = 0; i < 16; i++) {
        low[i] |= bucket;
        high[i] |= bucket;
    }
}

/* A piece is followed by up to MASK_BYTES of the literal, as many as there are. */
static void add_masks(struct kernel_tables *kernel, const struct unique *unique, size_t at,
                      uint8_t bucket)
{
    for (size_t i = 0; i < MASK_BYTES; i++) {
        if (at + i >= unique->len) {
            add_any(kernel->low[i], kernel->high[i], bucket);
            continue;
        }
        unsigned char c = (unsigned char)unique->text[at + i];
        add_nibbles(kernel->low[i], kernel->high[i], c, bucket);
        if (unique->fold[at + i])
            add_nibbles(kernel->low[i], kernel->high[i], c & (unsigned char)~0x20, bucket);
    }
}

struct piece {
    const struct unique *unique;
    uint32_t at;
};

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    struct slice s = slice_from_offset(text_of(x->unique), x->at);
    struct slice t = slice_from_offset(text_of(y->unique), y->at);
    size_t len = s.len < t.len ? s.len : t.len;
    int order = memcmp(s.ptr, t.ptr, len);
    return order ? order : s.len < t.len ? -1 : s.len > t.len;
}

/* Neighbours in the order of their bytes share nibbles, so each bucket takes a run of them. */
static void make_masks(struct chooser *chooser)
{
    struct piece pieces[MASK_LITERALS];
    size_t count = 0;
    for (size_t i = 0; i < chooser->count; i++) {
        const struct choice *choice = &chooser->choices[i];
        if (choice->length < GRAM)
            pieces[count++] =
                (struct piece){ &chooser->filter->uniques[choice->unique], choice->at };
    }
    qsort(pieces, count, sizeof *pieces, compare_pieces);
    for (size_t i = 0; i < count; i++)
        add_masks(&chooser->tables->kernel, pieces[i].unique, pieces[i].at,
                  (uint8_t)(1U << (i * 8 / count)));
}

/* The set of 3-grams; a piece of 2 bytes may be followed by any third. */
static void make_short_set(struct chooser *chooser)
{
    struct gram_set *set = &chooser->tables->kernel.short_grams;
    set_init(set, &chooser->tables->arena,
             count_grams(chooser, INDEX_THREE) + count_grams(chooser, INDEX_TWO) * THIRD_BYTES);
    for (size_t i = 0; i < chooser->count; i++) {
        const struct choice *choice = &chooser->choices[i];
        const char *text = chooser->filter->uniques[choice->unique].text + choice->at;
        if (choice->length == 3)
            set_add(set, folded_gram(text, 3));
        for (uint32_t third = 0; choice->length == 2 && third < 256; third++)
            if (third & 0x20)
                set_add(set, folded_gram(text, 2) | third << 16);
    }
}

/* ---- all of it
 * -------------------------------------------------------------------------------
 */

static size_t count_lengths(const struct prefilter *filter, size_t least, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < filter->unique_count; i++)
        count += filter->uniques[i].len >= least && filter->uniques[i].len <= most;
    return count;
}

/*
 * The stride that the 4-grams shall have. A few literals of 5 and 6 bytes are better among the
 * short ones, if those can be looked for by masks or are there anyway.
 */
static unsigned stride_for(const struct prefilter *filter)
{
    size_t shortest = count_lengths(filter, 0, 4), middle = count_lengths(filter, 5, 6);
    bool masks = filter->variant != PREFILTER_SCALAR && shortest + middle <= MASK_LITERALS;
    bool all = count_lengths(filter, 7, SIZE_MAX) > 0;
    if (middle == 0 || masks)
        return all ? STRIDE : 0;
    return STRIDE_SHORT;
}

static void choose_all(struct chooser *chooser)
{
    unsigned stride = chooser->tables->kernel.stride;
    for (uint32_t i = 0; i < chooser->filter->unique_count; i++) {
        size_t len = chooser->filter->uniques[i].len;
        if (stride && len >= stride + GRAM - 1)
            choose(chooser, i, stride, GRAM);
        else
            choose(chooser, i, 1, len >= 3 ? 3 : 2);
    }
}

static size_t longest(const struct prefilter *filter)
{
    size_t len = 0;
    for (size_t i = 0; i < filter->unique_count; i++)
        len = filter->uniques[i].len > len ? filter->uniques[i].len : len;
    return len;
}

static void make_short(struct chooser *chooser)
{
    struct kernel_tables *kernel = &chooser->tables->kernel;
    size_t count = count_grams(chooser, INDEX_THREE) + count_grams(chooser, INDEX_TWO);
    kernel->short_way = SHORT_NONE;
    if (count == 0)
        return;
    bool masks = chooser->filter->variant != PREFILTER_SCALAR && count <= MASK_LITERALS;
    kernel->short_way = masks ? SHORT_MASKS : SHORT_GRAMS;
    if (masks)
        make_masks(chooser);
    else
        make_short_set(chooser);
}

static void make_set(struct chooser *chooser)
{
    struct gram_set *set = &chooser->tables->kernel.grams;
    set_init(set, &chooser->tables->arena, count_grams(chooser, INDEX_FOUR));
    for (size_t i = 0; i < chooser->count; i++) {
        const struct choice *choice = &chooser->choices[i];
        const char *text = chooser->filter->uniques[choice->unique].text + choice->at;
        for (uint32_t g = 0; choice->length == GRAM && g < choice->grams; g++)
            set_add(set, folded_gram(text + g, GRAM));
    }
}

struct prefilter_tables *prefilter_tables_new(const struct prefilter *filter,
                                              const struct gram_sample *sample)
{
    struct prefilter_tables *tables = mem_alloc(sizeof *tables);
    AUTO_FREE uint16_t *used = mem_alloc(sizeof *used << USED_BITS);
    AUTO_FREE uint32_t *costs = mem_alloc((longest(filter) + 1) * sizeof *costs);
    AUTO_FREE struct choice *choices = mem_alloc((filter->unique_count + 1) * sizeof *choices);
    struct chooser chooser = { filter, sample, tables, used, costs, choices, 0 };
    tables->kernel.stride = stride_for(filter);
    choose_all(&chooser);
    make_set(&chooser);
    make_short(&chooser);
    for (int i = 0; i < INDEXES; i++)
        make_index(&chooser, i);
    return tables;
}

void prefilter_tables_free(struct prefilter_tables *tables)
{
    if (!tables)
        return;
    arena_deinit(&tables->arena);
    free(tables);
}
