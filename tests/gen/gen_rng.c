#include "gen_rng.h"

#include <string.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void gen_rng_init(struct gen_rng *rng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        rng->s[i] = splitmix64(&seed);
}

static uint64_t rotl(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t gen_rng_next(struct gen_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

unsigned gen_rng_below(struct gen_rng *rng, unsigned n)
{
    /* Multiply-shift: the bias is below 2^-32 and of no matter here. */
    return (unsigned)(((gen_rng_next(rng) >> 32) * n) >> 32);
}

unsigned gen_rng_range(struct gen_rng *rng, unsigned lo, unsigned hi)
{
    return lo + gen_rng_below(rng, hi - lo + 1);
}

bool gen_rng_chance(struct gen_rng *rng, unsigned permille)
{
    return gen_rng_below(rng, 1000) < permille;
}

struct gen_guid gen_rng_guid(struct gen_rng *rng)
{
    struct gen_guid g;
    g.hi = gen_rng_next(rng);
    g.lo = gen_rng_next(rng);
    g.hi = (g.hi & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    g.lo = (g.lo >> 2) | (UINT64_C(1) << 63);
    return g;
}

void gen_rng_word(struct gen_rng *rng, const char *alphabet, char *dst, size_t n)
{
    unsigned count = (unsigned)strlen(alphabet);
    for (size_t i = 0; i < n; i++)
        dst[i] = alphabet[gen_rng_below(rng, count)];
    dst[n] = '\0';
}
