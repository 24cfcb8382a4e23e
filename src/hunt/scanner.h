/*
 * A worker's state, as the files of hunt/ that scan see it: scan.c takes orders, scan_text.c
 * and scan_log.c read what is ordered, scan_hit.c says what was hit. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_SCANNER_H
#define HAUBERK_HUNT_SCANNER_H

#include "events/event_log.h"
#include "events/text_log.h"
#include "evidence/lines.h"
#include "hunt/coverage.h"
#include "hunt/scan.h"

#define SEND_BYTES (64U << 10)

struct scanner {
    const struct scan_settings *settings;
    struct channel *channel;
    struct evaluator *evaluator;
    struct coverage *coverage;
    struct buf out;
    bool gone; /* nobody reads us any more */

    /* the item at hand */
    struct lines *lines;
    struct text_log log;
    struct finding finding;
    enum family_id family; /* first one seen */
    bool hits_only, assumed;
    uint64_t damages;
    uint64_t odd_rows, odd_offset; /* rows that nobody understands */
    uint64_t zeros, zero_offset;
    uint64_t progress;

    /* event logs */
    struct evtx *reader; /* of all files: what it learns of templates serves the next */
    char *chunk;
    struct evtx_value computer; /* of the last record; bytes in the arena */
    struct slice computer_text;
    struct arena computer_arena;
};

/* Sends what is to be said when it is `threshold` bytes or more. */
void scanner_send(struct scanner *scanner, size_t threshold);

/* After 64 damaged places of an item only their number is told, by scanner_sum_up_damage(). */
void scanner_report_damage(struct scanner *scanner, uint64_t offset, const char *reason);
void scanner_sum_up_damage(struct scanner *scanner);

/* Tells the coordinator now and then how far the source is read. */
void scanner_report_progress(struct scanner *scanner, const struct source *source);

/* The evaluator's sink; its context is the scanner. */
void scanner_on_hit(void *context, const struct sigma_rule *rule, const struct event *event);
void scanner_on_gave_up(void *context, const struct sigma_rule *rule,
                        const struct event *event);

/* Read the item at hand to its end, and say so. They take the source over. */
void scan_text(struct scanner *scanner, struct source *source, const struct scan_order *order);
void scan_log(struct scanner *scanner, struct source *source, const struct scan_order *order);

/* Offset of the first chunk of an event log that starts at `offset` or behind it. */
uint64_t scan_log_start(uint64_t offset);

#endif
