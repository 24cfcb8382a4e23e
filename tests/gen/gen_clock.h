/* gen_clock: the byte count is the clock. The wanted size is laid over the
 * hours of the span by their weight (day and night, weekday and weekend), so
 * the simulated time is a function of the bytes written: the size comes out
 * exact and the rows come out in time order, whatever the rows are. */
#ifndef GEN_CLOCK_H
#define GEN_CLOCK_H

#include <stdint.h>

struct gen_clock {
    int64_t start, end;
    double total_weight;
    double passed; /* weight of the hours before `hour` */
    unsigned hour, hours;
    uint64_t target;
};

void gen_clock_init(struct gen_clock *clock, int64_t start, unsigned days, uint64_t target);
/* Returns the time at which `bytes` have been written; must be called with growing numbers. */
int64_t gen_clock_at(struct gen_clock *clock, uint64_t bytes);
/* Returns how busy people are at this time, 30..1000. */
unsigned gen_clock_people(int64_t time);

#endif
