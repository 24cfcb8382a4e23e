/* gen_rng: the generator's own random numbers (xoshiro256**, seeded by
 * splitmix64), so that one seed gives the same tree on every machine.
 * Not for cryptography. One struct per host; not shared between threads.
 *
 * C does not fix the order in which arguments and initialisers are evaluated:
 * two draws in one call or one brace list would make the tree depend on the
 * compiler. Draw into variables first. */
#ifndef GEN_RNG_H
#define GEN_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gen_rng {
    uint64_t s[4];
};

struct gen_guid {
    uint64_t hi, lo;
};

void gen_rng_init(struct gen_rng *rng, uint64_t seed);
uint64_t gen_rng_next(struct gen_rng *rng);
/* Returns a number in [0, n); n must not be 0. */
unsigned gen_rng_below(struct gen_rng *rng, unsigned n);
/* Returns a number in [lo, hi]. */
unsigned gen_rng_range(struct gen_rng *rng, unsigned lo, unsigned hi);
/* Returns true in `permille` of 1000 calls. */
bool gen_rng_chance(struct gen_rng *rng, unsigned permille);
/* Returns a version 4 identifier. */
struct gen_guid gen_rng_guid(struct gen_rng *rng);
/* Fills dst with n characters of `alphabet` and a terminating NUL (n + 1 bytes). */
void gen_rng_word(struct gen_rng *rng, const char *alphabet, char *dst, size_t n);

#define GEN_PICK(rng, array)                                                                   \
    ((array)[gen_rng_below((rng), (unsigned)(sizeof(array) / sizeof((array)[0])))])

#endif
