/*
 * The reader of allow lists (docs/triage.md): a YAML sequence of entries that close findings
 * of one's own scanners and known pages, each with a reason and a day on which it expires.
 *
 *     - reason: Vulnerability scanner of the IT department
 *       expires: 2026-12-31
 *       source: [192.0.2.10, 198.51.100.0/28]
 *
 * A list is strict: what is unknown, too wide or could be claimed by anybody is refused with
 * its line, since a mistake here would hide an intruder. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_ALLOW_H
#define HAUBERK_CASEFILE_ALLOW_H

#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/memory.h"

#define ALLOW_ENTRIES_MAX 1000
#define ALLOW_VALUES_MAX 256 /* of one key */
#define ALLOW_FILE_MAX (1U << 20)

enum allow_key {
    ALLOW_SOURCE, /* addresses and networks */
    ALLOW_RULE,   /* ids */
    ALLOW_PAGE,   /* URL paths or file paths, in normal form */
    ALLOW_SHA256, /* lower-case hex */
    ALLOW_AGENT,  /* user agents; a '*' at the end stands for any rest */
    ALLOW_HOST,   /* first labels */
    ALLOW_KEY_COUNT
};

struct allow_values {
    size_t count; /* 0: the key is not given */
    struct slice *items;
};

struct allow_entry {
    int line;                /* of the file */
    struct slice reason, by; /* by: may be empty */
    int64_t expires;         /* last moment at which it closes anything */
    int64_t from, until;     /* TIME_NONE: open */
    struct allow_values keys[ALLOW_KEY_COUNT];
    struct ip_network *networks; /* of ALLOW_SOURCE */
};

struct allow_list {
    struct arena arena; /* everything lives here */
    size_t count;
    struct allow_entry *entries;
    struct buf warnings; /* lines for people, each with '\n' */
};

#define ALLOW_LIST_INIT                                                                        \
    {                                                                                          \
        ARENA_INIT, 0, NULL, BUF_INIT                                                          \
    }

const char *allow_key_name(enum allow_key key); /* "source" */

/* Reads the text of a file called `name`; `now` for warnings about far days. <0 with *err. */
int allow_read(struct allow_list *list, const char *name, struct slice text, int64_t now,
               struct err *err);
int allow_read_file(struct allow_list *list, const char *path, int64_t now, struct err *err);
void allow_list_deinit(struct allow_list *list);

/*
 * One value of a key, as it stands in a file or in a case, appended to the entry. NULL when
 * done, else why it is refused.
 */
const char *allow_add_value(struct arena *arena, struct allow_entry *entry, enum allow_key key,
                            struct slice value);

/* Why the entry as a whole is refused; NULL: it is not. */
const char *allow_refusal(const struct allow_entry *entry);

#endif
