/* gen_traffic: what an Exchange server's logs hold on any day: probes, people,
 * administrators, mail and the background noise of the Internet. */
#ifndef GEN_TRAFFIC_H
#define GEN_TRAFFIC_H

#include "gen_world.h"

/* Writes one transaction (one or several requests) at w->now. */
void gen_traffic_step(struct gen_world *w);

#endif
