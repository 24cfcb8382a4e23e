/*
 * The tables of a prefilter, as the files prefilter*.c see them.
 *
 * A literal of n bytes holds n-3 grams of 4 bytes. If the text is looked at every S bytes with
 * S <= n-3, one of S neighbouring grams of each occurrence (the literal's window) is looked at,
 * wherever it starts. So the grams of one window of each literal go into a hashed set:
 *
 *   text      ... G E T   / o w a / a u t h / x . j s ...
 *   looked at     ^       ^       ^       ^      every 4 bytes
 *   literal               / o w a / a u t h / x . j s
 *   its window                            [h/x. /x.j x.js ...]   the S rarest neighbours
 *
 * A kernel (one for each kind of processor) answers "no" for nearly every place of the text.
 * What is left is looked up in an index of the grams, compared with eight bytes of the literal,
 * and then with all of it.
 *
 * Literals that are too short for the stride are looked for at every place by the 2 to 4 bytes
 * of their rarest piece: with masks of nibbles (few literals: "is this byte one that bucket k
 * has at its i-th place?" for 8 buckets at once), or with a set of 3-grams.
 *
 * Bytes are folded by | 0x20, which confuses a few marks ('@' and '`'): the comparison decides.
 */
#ifndef HAUBERK_MATCH_PREFILTER_TABLES_H
#define HAUBERK_MATCH_PREFILTER_TABLES_H

#include "match/prefilter.h"

#include "base/memory.h"
#include "base/word.h"

#define GRAM 4
#define FOLD_ALL 0x20202020U
#define THREE 0x00ffffffU     /* the bytes of a 3-gram in a little-endian load of 4 */
#define MASK_BYTES 4          /* of a short literal, looked at by masks */
#define KERNEL_STEP 64        /* a kernel is given a multiple of this... */
#define KERNEL_READS_BEYOND 4 /* ...and reads so many bytes behind it */
#define KERNEL_BYTES 4096     /* at most, in one call */

/* A set of grams: two bits of one word for each (a blocked Bloom filter). */
struct gram_set {
    uint32_t *words;
    unsigned shift; /* of the hash, to the index of a word */
};

enum short_way { SHORT_NONE, SHORT_MASKS, SHORT_GRAMS };

struct kernel_tables {
    unsigned stride; /* of the 4-grams: 4 or 2; 0: there are none */
    struct gram_set grams;
    enum short_way short_way;
    struct gram_set short_grams;
    uint8_t low[MASK_BYTES][16], high[MASK_BYTES][16]; /* bit k: bucket k has such a nibble */
};

#define CANDIDATE_GRAM 1U  /* a literal's 4-gram may start here */
#define CANDIDATE_SHORT 2U /* a short literal's piece may start here */

/*
 * Looks at text[0, len): len is a multiple of KERNEL_STEP, at most KERNEL_BYTES, and
 * KERNEL_READS_BEYOND more bytes are readable. Writes candidates in ascending order, as place *
 * 4 + kinds; returns how many. `out` has room for len + 1 of them.
 */
typedef size_t prefilter_kernel(const struct kernel_tables *tables, const char *text,
                                size_t len, uint32_t *out);

prefilter_kernel prefilter_scalar, prefilter_avx2, prefilter_avx512;

/* The kernel of a variant, NULL where this program or this processor lacks it. */
prefilter_kernel *prefilter_kernel_of(enum prefilter_variant variant);

static inline size_t write_first(uint64_t grams, uint64_t shorts, size_t at, uint32_t *out)
{
    uint64_t all = grams | shorts;
    unsigned bit = (unsigned)__builtin_ctzll(all | UINT64_C(1) << 63);
    out[0] = ((uint32_t)at + bit) * 4 + (uint32_t)(grams >> bit & 1) * CANDIDATE_GRAM +
             (uint32_t)(shorts >> bit & 1) * CANDIDATE_SHORT;
    return all != 0;
}

/*
 * For kernels: writes a candidate for each bit, returns how many. The first one is written even
 * where there is none: a processor that has to guess whether there is one loses more time.
 */
static inline size_t write_candidates(uint64_t grams, uint64_t shorts, size_t at, uint32_t *out)
{
    uint64_t all = grams | shorts;
    size_t count = write_first(grams, shorts, at, out);
    for (all &= all - 1; __builtin_expect(all != 0, 0); all &= all - 1)
        count += write_first(grams & all, shorts & all, at, out + count);
    return count;
}

/* Multiplicative hash: high bits choose the word, lower ones two bits of it. */
#define GRAM_HASH_FACTOR 0x9E3779B1U
#define GRAM_BIT_1 11
#define GRAM_BIT_2 6
#define GRAM_SET_BITS_MAX 16 /* log2 of the words */

static inline uint32_t gram_hash(uint32_t folded)
{
    return folded * GRAM_HASH_FACTOR;
}

/* One of a literal's grams, and the eight bytes to compare first. */
struct gram_entry {
    uint64_t value, fold; /* match when (text | fold) == value, in... */
    uint64_t mask;        /* ...these bytes */
    uint32_t unique;
    uint32_t offset; /* of the gram in the literal */
    uint32_t before; /* of the gram in the eight bytes */
};

/* gram -> entries: those of hash h are [starts[h >> shift], starts[(h >> shift) + 1]). */
struct gram_index {
    unsigned shift;
    uint32_t *starts; /* NULL: no entries */
    struct gram_entry *entries;
};

enum { INDEX_FOUR, INDEX_THREE, INDEX_TWO, INDEXES };

/* What a choice of windows leads to. Freed as a whole with its arena. */
struct prefilter_tables {
    struct kernel_tables kernel;
    struct gram_index indexes[INDEXES];
    struct arena arena;
};

/* A literal, folded; equal ones are one. */
struct unique {
    const char *text; /* lower case */
    const char *fold; /* 0x20 for letters, 0 for others: (c | fold) == text */
    size_t len;
    uint32_t first_id, id_count; /* in prefilter.ids */
};

struct prefilter {
    struct arena arena;
    enum prefilter_variant variant;
    prefilter_kernel *kernel;
    size_t literal_count; /* as given */
    size_t unique_count;
    struct unique *uniques;
    uint32_t *ids; /* of literals as given, in groups by unique */
    struct prefilter_tables *tables;
};

/* ---- prefilter_sample.c: how often does a text show a gram? ---------------------------------
 */

#define SAMPLE_BITS 15
#define FREQUENT_MAX 1024
#define FREQUENT_PART 2000 /* a gram is frequent if it is one of so many */

struct gram_sample {
    uint64_t bytes;
    size_t frequent_count;
    uint32_t frequent[FREQUENT_MAX]; /* 4-grams, as the text writes them */
    uint32_t byte[256];
    bool noted[1 << SAMPLE_BITS];    /* by hash: it is among the frequent ones */
    uint16_t four[1 << SAMPLE_BITS]; /* by hash; saturating */
    uint16_t three[1 << SAMPLE_BITS];
};

void sample_add(struct gram_sample *sample, struct slice text);

/* What the logs of mail servers are full of. */
void sample_add_typical(struct gram_sample *sample);

/* In 2^-20 of all places, at least 1. From SAMPLE_TYPICAL on, a short sample showed it. */
#define SAMPLE_TYPICAL 150
uint32_t sample_rate_four(const struct gram_sample *sample, const char *gram);
uint32_t sample_rate_three(const struct gram_sample *sample, const char *gram);

/* The same as a part of 1, of a gram as the text writes it. */
double sample_share_four(const struct gram_sample *sample, uint32_t gram);

/* ---- prefilter_windows.c -------------------------------------------------------------------
 */

/* Chooses windows that such a text shows rarely, and makes the tables of them. */
struct prefilter_tables *prefilter_tables_new(const struct prefilter *filter,
                                              const struct gram_sample *sample);
void prefilter_tables_free(struct prefilter_tables *tables);

#endif
