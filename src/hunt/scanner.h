/*
 * A worker's state, as the files of hunt/ that scan see it: scan.c takes orders and listens to
 * the reader, scan_hit.c says what was hit. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_SCANNER_H
#define HAUBERK_HUNT_SCANNER_H

#include "hunt/build_watch.h"
#include "hunt/coverage.h"
#include "hunt/page_file.h"
#include "hunt/scan.h"

#define SEND_BYTES (64U << 10)

struct scanner {
    const struct scan_settings *settings;
    struct channel *channel;
    struct reader *reader;
    struct evaluator *evaluator;
    struct coverage *coverage;
    struct buf out;
    bool gone;      /* nobody reads us any more */
    uint64_t event; /* of which `finding`, `request` and `fields` tell; 0: of none */
    struct finding finding;
    struct request request;
    struct buf fields; /* as JSON */

    /* pages */
    struct page_reader *pages; /* NULL: they are not looked for */
    struct page_record *page;

    struct build_watch *builds;

    /* event logs */
    struct evtx_value computer; /* of the last record; bytes in the arena */
    struct slice computer_text;
    struct arena computer_arena;
};

/* Sends what is to be said when it is `threshold` bytes or more. */
void scanner_send(struct scanner *scanner, size_t threshold);

/* The file as a page, if it may be one. True: it is named as one, so it is no log. */
bool scanner_look_at_page(struct scanner *scanner, const struct reader_part *part);

/* The file as a configuration. True: it is one, so it is no log. */
bool scanner_look_at_settings(struct scanner *scanner, const struct reader_part *part);

/* The evaluator's sink; its context is the scanner. */
void scanner_on_hit(void *context, const struct sigma_rule *rule, const struct event *event);
void scanner_on_gave_up(void *context, const struct sigma_rule *rule,
                        const struct event *event);

#endif
