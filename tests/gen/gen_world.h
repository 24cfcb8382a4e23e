/* gen_world: one simulated Exchange server: its clock, people, build and
 * output tree. Everything a row writer needs is in here; it is passed down,
 * there is no other state. One world per host, one thread per world. */
#ifndef GEN_WORLD_H
#define GEN_WORLD_H

#include <stdint.h>

#include "gen_clock.h"
#include "gen_out.h"
#include "gen_rng.h"
#include "gen_vocab.h"

/* 15.1.<build>.<revision>: Exchange 2016. 2106 is CU18. */
struct gen_build {
    unsigned build, revision;
    unsigned packed;       /* the integer of cookies and GenericInfo */
    char plain[20];        /* 15.1.2106.2 */
    char padded[20];       /* 15.01.2106.002 */
    char short_padded[20]; /* 15.01.2106.000 */
};

struct gen_world {
    struct gen_rng rng;
    struct gen_clock clock;
    struct gen_vocab vocab;
    struct gen_out *out;
    struct gen_build build;
    int64_t now;
    unsigned pid;
    char host[40];       /* EX01 */
    char fqdn[96];       /* EX01.ad.northmill.example */
    char address[16];    /* 10.20.30.x */
    char link_local[48]; /* fe80::...%N */
};

struct gen_build gen_build_make(unsigned build, unsigned revision);

/* Installs a build: version columns and file headers from now on. */
void gen_world_set_build(struct gen_world *w, unsigned build, unsigned revision);
/* Services restart: new process id, IIS headers in mid-file, new Exchange files. */
void gen_world_restart(struct gen_world *w);
/* Moves the clock forward by up to `most` ms, inside one transaction. */
void gen_world_tick(struct gen_world *w, unsigned most);

const struct gen_user *gen_world_user(struct gen_world *w);
const struct gen_user *gen_world_probe(struct gen_world *w);

#endif
