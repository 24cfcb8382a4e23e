/*
 * What the exports share: findings one after the other in the order of time, whatever their
 * number. Text borrows from the case until the next finding; nothing of it is escaped yet.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_EXPORT_H
#define HAUBERK_REPORT_EXPORT_H

#include <stdio.h>

#include "base/buf.h"
#include "casefile/casefile.h"

struct export_options {
    bool show_secrets;
    const char *tlp; /* of STIX: "clear", "green", "amber", "red"; NULL: none */
};

struct export_finding {
    int64_t time;
    struct slice host, rule_id, title, description, level, tags, stage, outcome, family, path;
    uint64_t offset;
    enum grade grade;
    struct slice incident, actor, source, method, url_path, url_query, agent, user, page;
    int status; /* 0: none */
    bool own_probe, from_itself;
    struct slice row, fields; /* fields: JSON */
    struct slice allowed;     /* why --allow closed it; absent: it is open */
};

typedef void export_write(void *context, const struct export_finding *finding);

void export_each_finding(struct casefile *casefile, export_write *write, void *context);

/* Appends the text, its secrets shortened unless they are to be shown. */
void export_plain(struct buf *out, struct slice text, bool show_secrets);

/* "url_path?url_query"; empty when there is no path. */
void export_url(struct buf *out, const struct export_finding *finding, bool show_secrets);

/* What the log says: the row, or the values of a record of an event log, "Name=value; ". */
void export_row(struct buf *out, const struct export_finding *finding, bool show_secrets);

/* "T1505.003" of the tag "attack.t1505.003"; absent when the tag names no technique. */
struct slice export_technique(struct slice tag);
/* "2021-26855" of the tag "cve.2021-26855" or "cve.2021.26855"; absent: no CVE. */
struct slice export_cve(struct slice tag);

/* Is the address one that can be written down as an IP address? Without port and zone. */
bool export_address(struct slice text, struct slice *out);

/* <0 with *err when `out` could not be written, or the case could not be read. A reader that
 * has enough is no failure. */
int export_end(struct casefile *casefile, FILE *out, struct err *err);

/* ---- the formats: each writes all findings of the case ---- */

/* Columns of Timesketch, RFC 4180 (docs/exports.md). */
int export_csv(struct casefile *casefile, const struct export_options *options, FILE *out,
               struct err *err);
/* Lines for Elastic's bulk API, fields of the Elastic Common Schema 8.11. */
int export_ecs(struct casefile *casefile, const struct export_options *options, FILE *out,
               struct err *err);
/* A STIX 2.1 bundle. */
int export_stix(struct casefile *casefile, const struct export_options *options, FILE *out,
                struct err *err);

#endif
