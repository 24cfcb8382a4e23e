/* gen_decoy: rows of honest work that naive detectors take for an attack. They
 * are in every scenario, at every size. */
#ifndef GEN_DECOY_H
#define GEN_DECOY_H

#include "gen_world.h"

struct gen_decoy {
    const char *name;
    void (*emit)(struct gen_world *w);
};

extern const struct gen_decoy gen_decoys[];
extern const unsigned gen_decoy_count;

#endif
