/*
 * A reader, as its files see it: reader.c opens and counts damage, reader_text.c and
 * reader_log.c read what was opened. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_READER_INTERNAL_H
#define HAUBERK_HUNT_READER_INTERNAL_H

#include "evidence/lines.h"
#include "hunt/reader.h"

struct reader {
    struct reader_sink sink;
    bool stopped;

    /* the part at hand */
    struct reader_end *out;
    bool assumed;
    uint64_t damages;
    uint64_t progress;

    /* text */
    struct lines *lines;
    struct text_log log;
    uint64_t odd_rows, odd_offset; /* rows that nobody understands */
    uint64_t zeros, zero_offset;

    /* event logs */
    struct evtx *evtx; /* of all files: what it learns of templates serves the next */
    char *chunk;
};

/* After 64 damaged places of a part only their number is told, by reader_sum_up_damage(). */
void reader_sum_up_damage(struct reader *reader);

/* Tells the listener now and then how far the source is read. */
void reader_report_progress(struct reader *reader, const struct source *source);

/* The last damage: the listener's own, a file that shrank, the sum. */
void reader_report_end(struct reader *reader, const struct source *source);

/* Read the part to its end. They take the source over. */
void reader_read_text(struct reader *reader, struct source *source,
                      const struct reader_part *part);
void reader_read_log(struct reader *reader, struct source *source,
                     const struct reader_part *part);

/* Offset of the first chunk of an event log that starts at `offset` or behind it. */
uint64_t reader_log_start(uint64_t offset);

#endif
