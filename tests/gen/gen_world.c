#include "gen_world.h"

struct gen_build gen_build_make(unsigned build, unsigned revision)
{
    /* Bits 22-27 major, 16-21 minor, 0-14 build; the rest is constant. */
    struct gen_build b = { .build = build,
                           .revision = revision,
                           .packed = 0x73c18000u | build };
    gen_text(b.plain, sizeof b.plain, "15.1.%u.%u", build, revision);
    gen_text(b.padded, sizeof b.padded, "15.01.%u.%s%u", build, revision < 10 ? "00" : "0",
             revision);
    gen_text(b.short_padded, sizeof b.short_padded, "15.01.%u.000", build);
    return b;
}

void gen_world_set_build(struct gen_world *w, unsigned build, unsigned revision)
{
    w->build = gen_build_make(build, revision);
    gen_out_identify(w->out, w->build.padded, w->pid);
}

void gen_world_restart(struct gen_world *w)
{
    w->pid = gen_rng_range(&w->rng, 900, 7000) * 4;
    gen_out_identify(w->out, w->build.padded, w->pid);
    gen_out_restart(w->out, w->now);
}

void gen_world_tick(struct gen_world *w, unsigned most)
{
    w->now += gen_rng_below(&w->rng, most + 1);
}

const struct gen_user *gen_world_user(struct gen_world *w)
{
    /* The smaller of two draws: a few people cause most of the traffic. */
    unsigned a = gen_rng_below(&w->rng, w->vocab.user_count),
             b = gen_rng_below(&w->rng, w->vocab.user_count);
    return &w->vocab.users[a < b ? a : b];
}

const struct gen_user *gen_world_probe(struct gen_world *w)
{
    return &GEN_PICK(&w->rng, w->vocab.probes);
}
