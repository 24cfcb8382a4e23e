/*
 * One file of evidence → what the analysis of pages says of it. For workers: the bytes are
 * hostile. One open, one look at its size, reads, one close; buffers are used again.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_PAGE_FILE_H
#define HAUBERK_HUNT_PAGE_FILE_H

#include "base/err.h"
#include "casefile/page_record.h"
#include "webshell/baseline.h"
#include "webshell/yara.h"

#define PAGE_HEAD_BYTES (64U << 10) /* what page_is_candidate() is shown */

struct page_reader;

/*
 * `yara`: rules to run over each file, too; NULL: none. `baseline`: files that the user knows,
 * which are not analysed; NULL: none.
 */
struct page_reader *page_reader_new(const struct yara_set *yara,
                                    const struct baseline *baseline);
void page_reader_free(struct page_reader *reader); /* NULL is fine */

/*
 * Analyses the file, whatever it is; 0 done, <0 with *err when it cannot be read. The record
 * lives until the next call.
 */
int page_reader_analyse(struct page_reader *reader, const char *path, struct page_record *out,
                        struct err *err);

/* The same; 1 and nothing else done when neither name nor first bytes are those of a page. */
int page_reader_look(struct page_reader *reader, const char *path, struct page_record *out,
                     struct err *err);

/* The same for bytes that are in memory. */
void page_reader_analyse_bytes(struct page_reader *reader, struct slice bytes, const char *path,
                               struct page_record *out);

/* The version of a program, from its version resource; 1: it has none. */
int page_reader_version(struct page_reader *reader, const char *path, uint16_t out[4],
                        struct err *err);

#endif
