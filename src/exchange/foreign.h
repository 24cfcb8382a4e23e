/*
 * Pages and traces in their place: the reasons that only those know who know Exchange.
 *
 * Adds to a page's or trace's report REASON_FOREIGN and REASON_TAMPERED, and to the reasons of
 * a trace their weight. What they say depends on the host's build (place.h): with
 * `later_builds` a foreign page may be one that Microsoft added after March 2021. Thread rule:
 * pure functions; memory of the caller's arena.
 */
#ifndef HAUBERK_EXCHANGE_FOREIGN_H
#define HAUBERK_EXCHANGE_FOREIGN_H

#include "exchange/place.h"
#include "webshell/trace.h"

/*
 * A page. True when it is Microsoft's file at its place: then nothing is added, and what the
 * analysis of its content said may be dropped (or not be asked for).
 */
bool foreign_judge_page(const struct place_report *place, struct page_report *report);

/*
 * A trace, read from the file that `place` is about. Pages that ran and are none of Exchange's
 * are FOREIGN, and so are assemblies and modules that belong to nobody we know. An assembly
 * that claims Microsoft's key is let pass where the build may be a later one;
 * `claims_microsoft` says so. True as above.
 */
struct trace_verdict {
    bool known;
    bool claims_microsoft; /* by key or by company name, which anybody can write */
};
struct trace_verdict foreign_judge_trace(struct arena *arena, const struct place_report *place,
                                         struct slice path, struct trace *trace);

/* Is the native module one of IIS's, .NET's or Exchange's own, by name and folder? */
bool foreign_is_stock_module(struct arena *arena, struct slice path);

#endif
