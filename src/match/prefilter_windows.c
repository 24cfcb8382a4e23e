/* Which part of each literal is looked for, and the tables that follow from it. */
#include "match/prefilter_tables.h"

#include <stdlib.h>

#define STRIDE 4       /* wanted: literals of 7 bytes and more can have it */
#define STRIDE_SHORT 2 /* literals of 5 and 6 bytes can have it */
#define MASK_LITERALS 100
#define LOAD_BITS 4          /* log2 of the bits of a set for each gram, at least... */
#define LOAD_BITS_SMALL 7    /* ...and while the set stays in the nearest cache */
#define SMALL_SET_BITS 12    /* log2 of its words */
#define FREQUENT_WINDOW 2000 /* in 2^-20 of all places: masks do better */
#define SMALL_INDEX_BITS 12  /* log2 of the slots of an index that may be mostly empty */
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

/*
 * What it costs to look at one gram: how often it is met, or less if it is looked for already,
 * but more for each literal that then waits to be compared.
 */
static uint32_t cost_of(const struct chooser *chooser, const char *gram, size_t length)
{
    uint64_t rate = length == GRAM ? sample_rate_four(chooser->sample, gram)
                    : length == 3  ? sample_rate_three(chooser->sample, gram)
                                   : 1;
    uint64_t used = chooser->used[used_slot(gram, length)];
    uint64_t cost = used ? rate * used / 4 + 1 : rate;
    return cost < UINT32_MAX / 8 ? (uint32_t)cost : UINT32_MAX / 8;
}

struct window {
    size_t at;
    uint64_t cost;
};

/* The cheapest run of `grams` neighbours. Masks look at MASK_BYTES of a short literal. */
static struct window cheapest_window(const struct chooser *chooser, struct slice text,
                                     unsigned grams, unsigned length)
{
    size_t least_len = length < GRAM && text.len >= MASK_BYTES ? MASK_BYTES : length;
    size_t places = text.len - least_len + 1;
    struct window best = { 0, UINT64_MAX };
    uint64_t sum = 0;
    for (size_t i = 0; i < places; i++) {
        chooser->costs[i] = cost_of(chooser, text.ptr + i, length);
        sum += chooser->costs[i];
        if (i + 1 < grams)
            continue;
        if (sum < best.cost)
            best = (struct window){ i + 1 - grams, sum };
        sum -= chooser->costs[i + 1 - grams];
    }
    return best;
}

static void take(struct chooser *chooser, uint32_t unique, size_t at, unsigned grams,
                 unsigned length)
{
    const char *text = chooser->filter->uniques[unique].text + at;
    for (unsigned g = 0; g < grams; g++) {
        uint16_t *used = &chooser->used[used_slot(text + g, length)];
        *used += *used < UINT16_MAX;
    }
    chooser->choices[chooser->count++] =
        (struct choice){ unique, (uint32_t)at, (uint8_t)grams, (uint8_t)length };
}

/* ---- sets and indexes
 * ------------------------------------------------------------------------
 */

static void set_init(struct gram_set *set, struct arena *arena, size_t grams)
{
    unsigned bits = 8; /* log2 of the words */
    while (bits < SMALL_SET_BITS && (UINT64_C(32) << bits) < (grams << LOAD_BITS_SMALL))
        bits++;
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
    while (bits < 20 && ((size_t)1 << bits) < count * (bits < SMALL_INDEX_BITS ? 16 : 2))
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

#define BUCKETS 8
#define ROUNDS 2 /* of looking for a better bucket */
#define ALL_NIBBLES 0xffff

/* What the bytes at each place of a bucket's pieces look like: sets of nibbles. */
struct shape {
    uint16_t low[MASK_BYTES], high[MASK_BYTES];
};

struct piece {
    struct shape shape;
    unsigned bucket;
};

static void add_byte(struct shape *shape, size_t place, unsigned char c)
{
    shape->low[place] |= (uint16_t)(1U << (c & 15));
    shape->high[place] |= (uint16_t)(1U << (c >> 4));
}

/* MASK_BYTES of the literal; where it has fewer, any byte may follow. */
static struct shape shape_of(const struct unique *unique, size_t at)
{
    struct shape shape = { { 0 }, { 0 } };
    for (size_t i = 0; i < MASK_BYTES; i++) {
        if (at + i >= unique->len) {
            shape.low[i] = shape.high[i] = ALL_NIBBLES;
            continue;
        }
        unsigned char c = (unsigned char)unique->text[at + i];
        add_byte(&shape, i, c);
        if (unique->fold[at + i])
            add_byte(&shape, i, c & (unsigned char)~0x20);
    }
    return shape;
}

static void add_shape(struct shape *shape, const struct shape *more)
{
    for (size_t i = 0; i < MASK_BYTES; i++) {
        shape->low[i] |= more->low[i];
        shape->high[i] |= more->high[i];
    }
}

/* The part of a text's bytes that have one of the nibbles in both halves. */
static double share_of(const struct gram_sample *sample, unsigned low, unsigned high)
{
    double sum = 0;
    for (unsigned h = 0; h < 16; h++)
        for (unsigned l = 0; (high >> h & 1) && l < 16; l++)
            sum += low >> l & 1 ? 1 + (double)sample->byte[h << 4 | l] : 0;
    return sum / (double)(sample->bytes + 256);
}

static bool has_shape(const struct shape *shape, uint32_t gram)
{
    for (size_t i = 0; i < MASK_BYTES; i++, gram >>= 8)
        if (!(shape->low[i] >> (gram & 15) & shape->high[i] >> (gram >> 4 & 15) & 1))
            return false;
    return true;
}

/* How often a text shows something of that shape: frequent grams, and others by their bytes. */
static double rate_of(const struct gram_sample *sample, const struct shape *shape)
{
    double rate = 1;
    for (size_t i = 0; i < MASK_BYTES; i++)
        rate *= share_of(sample, shape->low[i], shape->high[i]);
    for (size_t i = 0; i < sample->frequent_count; i++)
        if (has_shape(shape, sample->frequent[i]))
            rate += sample_share_four(sample, sample->frequent[i]);
    return rate;
}

static struct shape shape_of_bucket(const struct piece *pieces, size_t count, unsigned bucket,
                                    const struct piece *without)
{
    struct shape shape = { { 0 }, { 0 } };
    for (size_t i = 0; i < count; i++)
        if (pieces[i].bucket == bucket && &pieces[i] != without)
            add_shape(&shape, &pieces[i].shape);
    return shape;
}

/* The bucket that is met least more often for having this piece too. `rates` are the buckets'.
 */
static unsigned best_bucket(const struct gram_sample *sample, const struct piece *pieces,
                            size_t count, const struct piece *piece, const double *rates)
{
    unsigned best = 0;
    double least = 2;
    for (unsigned b = 0; b < BUCKETS; b++) {
        struct shape shape = shape_of_bucket(pieces, count, b, piece);
        double more = b == piece->bucket ? -rate_of(sample, &shape) : -rates[b];
        add_shape(&shape, &piece->shape);
        more += rate_of(sample, &shape);
        if (more < least) {
            least = more;
            best = b;
        }
    }
    return best;
}

static double rate_of_bucket(const struct gram_sample *sample, const struct piece *pieces,
                             size_t count, unsigned bucket)
{
    struct shape shape = shape_of_bucket(pieces, count, bucket, NULL);
    return rate_of(sample, &shape);
}

/* Looks for a better bucket for each piece in turn. */
static void move_pieces(const struct gram_sample *sample, struct piece *pieces, size_t count)
{
    double rates[BUCKETS];
    for (unsigned b = 0; b < BUCKETS; b++)
        rates[b] = rate_of_bucket(sample, pieces, count, b);
    for (size_t i = 0; i < count; i++) {
        unsigned from = pieces[i].bucket;
        unsigned to = best_bucket(sample, pieces, count, &pieces[i], rates);
        if (to == from)
            continue;
        pieces[i].bucket = to;
        rates[from] = rate_of_bucket(sample, pieces, count, from);
        rates[to] = rate_of_bucket(sample, pieces, count, to);
    }
}

static size_t gather_pieces(const struct chooser *chooser, struct piece *pieces)
{
    size_t count = 0;
    for (size_t i = 0; i < chooser->count; i++) {
        const struct choice *choice = &chooser->choices[i];
        if (choice->length < GRAM)
            pieces[count++].shape =
                shape_of(&chooser->filter->uniques[choice->unique], choice->at);
    }
    return count;
}

static void use_shape(struct kernel_tables *kernel, const struct shape *shape, unsigned bucket)
{
    for (size_t i = 0; i < MASK_BYTES; i++)
        for (unsigned n = 0; n < 16; n++) {
            kernel->low[i][n] |= (uint8_t)((shape->low[i] >> n & 1U) << bucket);
            kernel->high[i][n] |= (uint8_t)((shape->high[i] >> n & 1U) << bucket);
        }
}

static void make_masks(struct chooser *chooser)
{
    struct piece pieces[MASK_LITERALS];
    size_t count = gather_pieces(chooser, pieces);
    for (size_t i = 0; i < count; i++) /* literals of a rule are often alike */
        pieces[i].bucket = (unsigned)(i * BUCKETS / count);
    for (int round = 0; round < ROUNDS; round++)
        move_pieces(chooser->sample, pieces, count);
    for (size_t i = 0; i < count; i++)
        use_shape(&chooser->tables->kernel, &pieces[i].shape, pieces[i].bucket);
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

static void choose_short(struct chooser *chooser, uint32_t unique)
{
    struct slice text = text_of(&chooser->filter->uniques[unique]);
    unsigned length = text.len >= 3 ? 3 : 2;
    take(chooser, unique, cheapest_window(chooser, text, 1, length).at, 1, length);
}

/* How many literals may be looked for by masks though they are long enough for 4-grams. */
static size_t room_in_masks(const struct chooser *chooser)
{
    unsigned stride = chooser->tables->kernel.stride;
    size_t few = count_lengths(chooser->filter, 0, stride ? stride + GRAM - 2 : SIZE_MAX);
    bool masks = chooser->filter->variant != PREFILTER_SCALAR && few && few < MASK_LITERALS;
    return masks ? MASK_LITERALS - few : 0;
}

static void choose_all(struct chooser *chooser)
{
    unsigned stride = chooser->tables->kernel.stride;
    size_t room = room_in_masks(chooser);
    for (uint32_t i = 0; i < chooser->filter->unique_count; i++) {
        struct slice text = text_of(&chooser->filter->uniques[i]);
        if (!stride || text.len < stride + GRAM - 1) {
            choose_short(chooser, i);
            continue;
        }
        struct window window = cheapest_window(chooser, text, stride, GRAM);
        if (room && window.cost > FREQUENT_WINDOW) {
            room--;
            choose_short(chooser, i);
        } else {
            take(chooser, i, window.at, stride, GRAM);
        }
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
