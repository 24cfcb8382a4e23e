/*
 * Objects of STIX 2.1 (OASIS, June 2021), written one after the other into a bundle. An object
 * is written once: its id is remembered in a table of the case's own temporary database, so
 * that memory does not grow with the bundle.
 *
 * Ids are UUIDs of version 5, so that the same case gives the same bundle: of observables over
 * their contributing properties as section 3.4 has it, of others over a text of ours.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_STIX_H
#define HAUBERK_REPORT_STIX_H

#include "base/json.h"
#include "report/export.h"

#define STIX_ID_MAX 80

struct stix_id {
    char text[STIX_ID_MAX]; /* "indicator--..."; empty: there is none */
};

struct stix {
    FILE *out;
    struct casefile *casefile;
    struct query remember;
    bool first;
    char created[40]; /* of all objects of this case */
    struct stix_id author, marking;
    struct buf case_key, line, text, key;
    struct json json;
};

void stix_begin(struct stix *stix, struct casefile *casefile, FILE *out, const char *tlp);
void stix_end(struct stix *stix);

/* Is `tlp` one of clear, green, amber and red? */
bool stix_knows_tlp(const char *tlp);

/* The id of an object of this case that `key` stands for; `global`: of all cases. */
struct stix_id stix_make_id(struct stix *stix, const char *type, struct slice key, bool global);

/*
 * Opens an object with its common members; its own follow in stix->json, then
 * stix_object_end(). False when it has been written before: nothing is to be added then.
 */
bool stix_object_begin(struct stix *stix, const char *type, const struct stix_id *id,
                       bool global);
void stix_object_end(struct stix *stix);

/* Members. */
void stix_text(struct stix *stix, const char *key, struct slice value); /* empty: left out */
void stix_ref(struct stix *stix, const char *key, const struct stix_id *id);
void stix_refs(struct stix *stix, const char *key, const struct stix_id *ids, size_t count);
void stix_external(struct stix *stix, const char *source, struct slice id);

/* A string in a STIX pattern, without its quotes: ' and \ behind a backslash. */
void stix_pattern_text(struct buf *out, struct slice text);

/* Observables, written if they are new. An id without text: the value cannot be one. */
struct stix_id stix_address(struct stix *stix, struct slice address);
struct stix_id stix_domain(struct stix *stix, struct slice name);
struct stix_id stix_account(struct stix *stix, struct slice login);
struct stix_id stix_file(struct stix *stix, struct slice name, struct slice sha256,
                         int64_t size); /* sha256 absent, size -1: not known */

struct stix_request {
    struct stix_id source, host; /* either may be empty, not both */
    struct slice method, value, agent;
};
struct stix_id stix_traffic(struct stix *stix, const struct stix_request *request);

#endif
