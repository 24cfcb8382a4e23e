/*
 * What a worker tells the coordinator, and its wire form. A worker has read hostile bytes and
 * may be in their power: record_decode() checks every number again.
 *
 * Message: u32 length of the rest, u8 kind, body. Numbers are little-endian, text is u32 length
 * (0xffffffff: absent) and bytes.
 */
#ifndef HAUBERK_CASEFILE_RECORD_H
#define HAUBERK_CASEFILE_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "casefile/grade.h"
#include "casefile/page_record.h"
#include "casefile/setting_record.h"
#include "events/family.h"
#include "exchange/builds.h"
#include "sigma/rule.h"

#define RECORD_KEYS_MAX SIGMA_FEEDS_MAX
#define RECORD_BYTES_MAX (64U << 20)  /* of one message */
#define ROW_STORED_MAX (64U << 10)    /* bytes of a row or a field that are kept */
#define FIELDS_STORED_MAX (12U << 20) /* bytes of JSON behind which no field is added */

enum record_kind {
    RECORD_FINDING = 1,
    RECORD_COVERAGE,
    RECORD_DAMAGE,
    RECORD_SOURCE, /* what the file is: family, or why it is not recognised */
    RECORD_PROGRESS,
    RECORD_END,     /* the item is done; with the header state at both ends of a part */
    RECORD_BUILD,   /* a build of Exchange: of rows, programs, folders */
    RECORD_PAGE,    /* the file is a server page: what its analysis found */
    RECORD_SETTING, /* a fact of a configuration */
    RECORD_TAKEN,   /* of the second reading: what rows of one kind add up to */
};

/* A key under which a base hit takes part in a correlation. */
struct record_key {
    uint32_t correlation; /* index of the rule */
    uint32_t slot;        /* index in its rules, through which the hit reaches it */
    struct slice key;     /* values of group-by, joined by U+001F */
    struct slice value;   /* of `field`, joined likewise; absent: none */
};

struct finding {
    uint32_t rule; /* index in the rule set */
    int64_t time;
    uint64_t offset;
    enum family_id family;
    enum stage stage;
    enum outcome outcome;
    bool own_probe, from_itself, hits_only;
    bool silent; /* only feeds correlations */
    int status;
    bool page_foreign;
    struct slice host, source, method, url_path, url_query, agent, user, page, request_id,
        session;
    struct slice row;
    struct slice fields; /* JSON: one object of texts; nobody has checked it */
    size_t key_count;
    struct record_key keys[RECORD_KEYS_MAX];
};

struct coverage_part { /* one interval of one host and family in one item */
    struct slice host;
    enum family_id family;
    int64_t from, to; /* TIME_NONE when the rows carry no time */
    uint64_t events;
};

struct damage {
    uint64_t offset;
    struct slice reason;
};

struct build_note {
    struct slice host; /* absent: that of its neighbours */
    struct build build;
    enum build_source source;
    int64_t from, to;             /* of the rows; TIME_NONE: it has no time, as a program */
    uint64_t offset, last_offset; /* where it stands first and last */
};

struct source_note {
    enum family_id family; /* FAMILY_NONE: not recognised */
    bool hits_only;
    struct slice note; /* for people: "binary data", "columns assumed" */
};

/* What the second reading looks for (hunt/taken.h). */
enum taken_what {
    TAKEN_MAIL,    /* requests of an intruder to services that hold mail */
    TAKEN_DEED,    /* a command that touches mail: exchange/deed.h */
    TAKEN_ARCHIVE, /* an archive or a memory dump that a web folder gave away */
    TAKEN_VOLUME,  /* what one source got in a day, whoever it is */
    TAKEN_WHAT_COUNT
};

/* Rows that agree in everything but their numbers. */
struct taken_note {
    enum taken_what what;
    enum family_id family;
    struct slice host, source;
    struct slice subject;   /* the mailbox, or the archive's path */
    struct slice operation; /* as exchange/mail.h or exchange/deed.h call it */
    struct slice act;       /* mail_act_name(), deed_name() */
    /* Mail: 1 behind the first success of its source, else 0. Deeds: the time. Volumes: the
     * day, counted from 1970. */
    int64_t slot;
    int64_t first, last;
    uint64_t requests, answered; /* answered: with success */
    uint64_t bytes, sized;       /* of those answered; sized: rows that name their bytes */
    uint64_t offset;             /* of the first row */
    struct slice row;            /* the first row; absent for volumes */
};

/* Appends one message. */
void record_put_finding(struct buf *out, const struct finding *finding);
void record_put_coverage(struct buf *out, const struct coverage_part *coverage);
void record_put_damage(struct buf *out, const struct damage *damage);
void record_put_source(struct buf *out, const struct source_note *note);
void record_put_build(struct buf *out, const struct build_note *build);
void record_put_page(struct buf *out, const struct page_record *page);
void record_put_setting(struct buf *out, const struct setting_record *setting);
void record_put_taken(struct buf *out, const struct taken_note *note);
void record_put_progress(struct buf *out, uint64_t bytes);
void record_put_end(struct buf *out, struct slice state_before, struct slice state_after);

/* A decoded message; text borrows from the message. */
struct record {
    enum record_kind kind;
    struct finding finding;
    struct coverage_part coverage;
    struct damage damage;
    struct source_note source;
    struct build_note build;
    struct page_record page;
    struct setting_record setting;
    struct taken_note taken;
    uint64_t number;                        /* RECORD_PROGRESS: bytes of the file so far */
    struct slice state_before, state_after; /* RECORD_END: see text_log_state_text() */
};

/* `message` is what follows the length. <0 with *err when it is not well-formed. */
int record_decode(struct slice message, size_t rule_count, struct record *out, struct err *err);

#endif
