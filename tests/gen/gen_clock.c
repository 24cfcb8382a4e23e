#include "gen_clock.h"

#include "gen_text.h"

/* Share of people at work by hour, UTC, of an office in central Europe. */
static const unsigned char people_by_hour[24] = { 6,  4,   3,  3,  5,  14, 38, 72,
                                                  96, 100, 98, 90, 74, 84, 92, 88,
                                                  70, 46,  30, 24, 20, 17, 13, 9 };

unsigned gen_clock_people(int64_t time)
{
    struct gen_civil c = gen_civil_from_ms(time);
    unsigned level = people_by_hour[c.hour] * 10u;
    return c.weekday == 0 || c.weekday == 6 ? level / 5 + 20 : level;
}

/* Probes run all day, so an empty night still has most of its rows. */
static double hour_weight(int64_t time)
{
    return 600.0 + gen_clock_people(time);
}

void gen_clock_init(struct gen_clock *clock, int64_t start, unsigned days, uint64_t target)
{
    *clock = (struct gen_clock){ .start = start, .hours = days * 24, .target = target };
    clock->end = start + (int64_t)days * GEN_DAY_MS;
    for (unsigned h = 0; h < clock->hours; h++)
        clock->total_weight += hour_weight(start + h * GEN_HOUR_MS);
}

int64_t gen_clock_at(struct gen_clock *clock, uint64_t bytes)
{
    double at = (double)bytes / (double)clock->target * clock->total_weight;
    double weight;
    for (;;) {
        if (clock->hour >= clock->hours)
            return clock->end;
        weight = hour_weight(clock->start + clock->hour * GEN_HOUR_MS);
        if (at < clock->passed + weight)
            break;
        clock->passed += weight;
        clock->hour++;
    }
    double part = (at - clock->passed) / weight;
    return clock->start + clock->hour * GEN_HOUR_MS + (int64_t)(part * (double)GEN_HOUR_MS);
}
