/*
 * The one writer of JSON: a stream of escaped keys and values into a buffer. It puts the
 * commas; the caller opens and closes. Thread rule: one owner.
 *
 *     struct json json = json_open(&buf);
 *     json_text(&json, "rule.id", id);
 *     json_close(&json);
 */
#ifndef HAUBERK_BASE_JSON_H
#define HAUBERK_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
    struct buf *out;
    bool first; /* no comma before the next member */
};

struct json json_open(struct buf *out); /* writes "{" */
void json_close(struct json *json);     /* writes "}" */

/* Members. Text that is absent (ptr == NULL) leaves the member out. */
void json_text(struct json *json, const char *key, struct slice value);
void json_text_key(struct json *json, struct slice key,
                   struct slice value); /* key escaped too */
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_time(struct json *json, const char *key, int64_t ms); /* left out when TIME_NONE */
void json_raw(struct json *json, const char *key, struct slice json_value); /* already JSON */

/* "key":{ ... } : the inner object; json_close() it before the outer one goes on. */
struct json json_begin(struct json *json, const char *key);

/* "key":[ ... ] : begin, elements, end. */
void json_list_begin(struct json *json, const char *key);
void json_list_text(struct json *json, struct slice value);
void json_list_pair(struct json *json, struct slice a, struct slice b); /* ["a","b"] */
void json_list_end(struct json *json);

#endif
