/*
 * The user's own list of files that belong on a web server: one line for each, as sha256sum
 * writes it, below comments (docs/formats/baseline.md). He makes it from a tree that he trusts
 * and keeps it; whoever can change the list can hide a page.
 *
 *     # hauberk baseline 1
 *     # made 2026-11-24 17:10:00Z of D:/Exchange/FrontEnd, web files
 *     9f86d081884c7d65...  HttpProxy/owa/auth/logon.aspx
 *
 * A list may come from somebody else: size, lines and lengths have limits, and a line that is
 * not understood refuses the whole list. Paths are compared without case, '\' as '/'.
 * Thread rule: constant after reading.
 */
#ifndef HAUBERK_WEBSHELL_BASELINE_H
#define HAUBERK_WEBSHELL_BASELINE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define BASELINE_BYTES_MAX (256U << 20)
#define BASELINE_FILES_MAX (1U << 20)
#define BASELINE_PATH_MAX 32768

struct baseline;

struct baseline_file {
    struct slice path; /* as in the list */
    uint8_t sha256[SHA256_BYTES];
};

/* Reads the list at `path`, or its text (which must outlive it). <0 with *err names the line.
 */
int baseline_read(const char *path, struct baseline **out, struct err *err);
int baseline_parse(struct slice text, struct baseline **out, struct err *err);
void baseline_free(struct baseline *baseline); /* NULL is fine */

/* Was it made of all files, not only of those that baseline_is_web_file() names? */
bool baseline_is_of_all(const struct baseline *baseline);

/* For telling two lists apart. */
uint64_t baseline_hash(const struct baseline *baseline);

/* Its files, in the order of their paths. */
size_t baseline_count(const struct baseline *baseline);
const struct baseline_file *baseline_at(const struct baseline *baseline, size_t index);

/*
 * Is this file in the list: with this content, and a path that ends in the list's path (whole
 * names; evidence has more folders in front)?
 */
bool baseline_knows(const struct baseline *baseline, struct slice path,
                    const uint8_t sha256[SHA256_BYTES]);

/* The number of the file with exactly this path, or SIZE_MAX. */
size_t baseline_find(const struct baseline *baseline, struct slice path);

/* What a server runs, loads, or sends to browsers as script or page, by its name. */
bool baseline_is_web_file(struct slice path);

/* Writing a list: the head, then each file in the order of its path. */
void baseline_write_head(struct buf *out, struct slice root, bool all_files, int64_t now);
void baseline_write_file(struct buf *out, const struct baseline_file *file);

#endif
