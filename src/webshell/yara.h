/*
 * YARA rules that users bring (--yara): libyara (BSD 3-clause) behind this one header.
 *
 * Files are compiled before the workers start, each in a namespace of its own, so that rules of
 * one name do not meet. One that does not compile is told and left out. External variables are
 * those that Loki and Thor set: filename, filepath, extension, filetype, owner and md5, all
 * text. Rules are trusted not to be hostile, the bytes they are run on are; they are run in
 * workers, each with a scanner of its own and a limit of time for each file.
 *
 * Thread rule: a sealed set is read-only and may be shared; one owner for each scanner.
 */
#ifndef HAUBERK_WEBSHELL_YARA_H
#define HAUBERK_WEBSHELL_YARA_H

#include "base/err.h"
#include "base/memory.h"

struct yara_set;

struct yara_rule {
    const char *name;
    const char *description; /* meta; the name when there is none */
    const char *stage;       /* meta hauberk_stage: "plant" ...; NULL: none */
    const char *file;        /* that it is from */
    int64_t score;           /* meta; -1: none */
};

/* Who is told of a file that does not compile. */
typedef void yara_refusal(void *context, const char *file, const char *reason);

struct yara_set *yara_set_new(void);
void yara_set_free(struct yara_set *set); /* NULL is fine */

/* A file of rules. One that does not compile is told to `refused`. */
void yara_set_add(struct yara_set *set, const char *path, yara_refusal *refused, void *context);

/* Compiles all that was added. <0 with *err when they do not go together. */
int yara_set_seal(struct yara_set *set, struct err *err);

size_t yara_set_count(const struct yara_set *set); /* of rules; NULL: 0 */
size_t yara_set_files(const struct yara_set *set); /* that were compiled */
/* NULL when there is no such rule. Lives as long as the set. */
const struct yara_rule *yara_set_rule(const struct yara_set *set, size_t index);

/* Stands for the text of all rules: equal sets have equal ones. */
uint64_t yara_set_hash(const struct yara_set *set);

struct yara_scanner;

struct yara_hit {
    uint32_t rule;
    uint64_t offset;    /* of the first string that matched; 0 when the rule has none */
    const char *string; /* its name, "$a1"; or NULL */
};

#define YARA_TIMEOUT_SECONDS 20

struct yara_scanner *yara_scanner_new(const struct yara_set *set);
void yara_scanner_free(struct yara_scanner *scanner); /* NULL is fine */

/*
 * Runs the rules over the bytes of the file `path`; `hit` is called for each that matches.
 * 0 done, 1 it took too long: not all is known; <0 with *err when libyara failed.
 */
int yara_scan(struct yara_scanner *scanner, struct slice bytes, const char *path,
              void (*hit)(void *context, const struct yara_hit *hit), void *context,
              struct err *err);

#endif
