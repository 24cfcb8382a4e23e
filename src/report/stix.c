#include "report/stix.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/hash.h"

#define UUID_BYTES 16

/* Of observables: STIX 2.1, section 3.4. Of the others: drawn once for this program. */
static const uint8_t observables[UUID_BYTES] = {
    0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
    0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7
};
static const uint8_t ours[UUID_BYTES] = { 0x5b, 0x7c, 0x1e, 0x90, 0x3d, 0x6f, 0x4e, 0x21,
                                          0x8a, 0x44, 0xd0, 0x17, 0x62, 0xf3, 0xb5, 0x0e };

#define GLOBAL_CREATED "2026-11-24T00:00:00.000Z"

/* The markings of TLP 1.0 as section 7.2.1.4 prints them; "clear" is what it calls white. */
static const struct tlp {
    const char *name, *level, *id;
} levels[] = {
    { "clear", "white", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9" },
    { "green", "green", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da" },
    { "amber", "amber", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82" },
    { "red", "red", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed" },
};

static const struct tlp *tlp_by_name(const char *name)
{
    for (size_t i = 0; name && i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].name, name) == 0)
            return &levels[i];
    return NULL;
}

bool stix_knows_tlp(const char *tlp)
{
    return tlp_by_name(tlp) != NULL;
}

/* ---- ids ---- */

/* RFC 4122, version 5. */
static struct stix_id make_uuid(const char *type, const uint8_t space[UUID_BYTES],
                                struct slice name)
{
    struct stix_id id;
    uint8_t digest[HASH_BYTES_MAX];
    char hex[HASH_TEXT_SIZE];
    struct hash *hash = hash_new(HASH_SHA1);
    hash_add(hash, space, UUID_BYTES);
    hash_add(hash, name.ptr, name.len);
    hash_finish(hash, digest);
    hash_free(hash);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    hash_text(digest, UUID_BYTES, hex);
    snprintf(id.text, sizeof id.text, "%s--%.8s-%.4s-%.4s-%.4s-%.12s", type, hex, hex + 8,
             hex + 12, hex + 16, hex + 20);
    return id;
}

struct stix_id stix_make_id(struct stix *stix, const char *type, struct slice key, bool global)
{
    buf_clear(&stix->key);
    buf_put_text(&stix->key, slice_from(type));
    if (!global)
        buf_put_text(&stix->key, buf_slice(&stix->case_key));
    buf_put_text(&stix->key, key);
    return make_uuid(type, ours, buf_slice(&stix->key));
}

/* ---- canonical JSON (RFC 8785) of what an observable's id is made of ---- */

static void canonical_text(struct buf *out, struct slice text)
{
    static const char controls[] = "\b\t\n\f\r", letters[] = "btnfr";
    for (size_t i = 0; i < text.len;) {
        size_t at = i;
        char c = text.ptr[i];
        if (c == '"' || c == '\\') {
            buf_add_char(out, '\\');
            buf_add_char(out, c);
            i++;
        } else if ((unsigned char)c < 0x20) {
            const char *known = c ? strchr(controls, c) : NULL;
            if (known)
                buf_printf(out, "\\%c", letters[known - controls]);
            else
                buf_printf(out, "\\u%04x", (unsigned)c);
            i++;
        } else {
            buf_add_utf8(out, utf8_next(text, &at));
            i = at;
        }
    }
}

/* ,"key":"value"; the keys must come in the order of the alphabet. */
static void canonical_member(struct buf *out, const char *key, struct slice value)
{
    if (!value.len)
        return;
    buf_printf(out, "%s\"%s\":\"", out->len && out->ptr[out->len - 1] != '{' ? "," : "", key);
    canonical_text(out, value);
    buf_add_char(out, '"');
}

/* ---- the bundle ---- */

static void write_marking(struct stix *stix, const struct tlp *tlp)
{
    snprintf(stix->marking.text, sizeof stix->marking.text, "%s", tlp->id);
    fprintf(stix->out,
            "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"%s\","
            "\"created\":\"2017-01-20T00:00:00.000Z\",\"definition_type\":\"tlp\","
            "\"name\":\"TLP:%s\",\"definition\":{\"tlp\":\"%s\"}}",
            tlp->id,
            strcmp(tlp->level, "white") == 0   ? "WHITE"
            : strcmp(tlp->level, "green") == 0 ? "GREEN"
            : strcmp(tlp->level, "amber") == 0 ? "AMBER"
                                               : "RED",
            tlp->level);
    stix->first = false;
}

static void read_meta(struct stix *stix)
{
    struct query q;
    query_open(&q, stix->casefile, "SELECT value FROM meta WHERE key='fingerprint'");
    if (query_next(&q))
        buf_add_slice(&stix->case_key, query_text(&q, 0));
    query_close(&q);
    query_open(&q, stix->casefile, "SELECT max(time) FROM finding WHERE NOT silent");
    int64_t last = query_next(&q) ? query_time(&q, 0) : TIME_NONE;
    time_format(last == TIME_NONE || last < 0 ? 0 : last, stix->created);
    buf_put_text(&stix->case_key, slice_from(stix->created));
    query_close(&q);
}

void stix_begin(struct stix *stix, struct casefile *casefile, FILE *out, const char *tlp)
{
    const struct tlp *level = tlp_by_name(tlp);
    *stix = (struct stix){ .out = out, .casefile = casefile, .first = true };
    casefile_execute(casefile,
                     "CREATE TEMP TABLE IF NOT EXISTS stix(id TEXT PRIMARY KEY) WITHOUT ROWID;"
                     "DELETE FROM stix");
    query_open(&stix->remember, casefile,
               "INSERT OR IGNORE INTO temp.stix VALUES(?) RETURNING id");
    read_meta(stix);
    struct stix_id id = make_uuid("bundle", ours, buf_slice(&stix->case_key));
    fprintf(out, "{\"type\":\"bundle\",\"id\":\"%s\",\"objects\":[\n", id.text);
    if (level)
        write_marking(stix, level);
    stix->author = stix_make_id(stix, "identity", SLICE_LIT("hauberk"), true);
}

void stix_end(struct stix *stix)
{
    fputs("\n]}\n", stix->out);
    query_close(&stix->remember);
    casefile_execute(stix->casefile, "DROP TABLE temp.stix");
    buf_deinit(&stix->case_key);
    buf_deinit(&stix->line);
    buf_deinit(&stix->text);
    buf_deinit(&stix->key);
}

static bool is_new(struct stix *stix, const struct stix_id *id)
{
    query_rewind(&stix->remember);
    query_bind_text(&stix->remember, slice_from(id->text));
    bool inserted = query_next(&stix->remember);
    query_rewind(&stix->remember);
    return inserted;
}

/* Opens an object of any kind. */
static bool begin(struct stix *stix, const char *type, const struct stix_id *id)
{
    if (!is_new(stix, id))
        return false;
    buf_clear(&stix->line);
    if (!stix->first)
        buf_add_text(&stix->line, ",\n");
    stix->first = false;
    stix->json = json_open(&stix->line);
    json_text(&stix->json, "type", slice_from(type));
    json_text(&stix->json, "spec_version", SLICE_LIT("2.1"));
    json_text(&stix->json, "id", slice_from(id->text));
    if (stix->marking.text[0])
        stix_refs(stix, "object_marking_refs", &stix->marking, 1);
    return true;
}

bool stix_object_begin(struct stix *stix, const char *type, const struct stix_id *id,
                       bool global)
{
    struct slice created = slice_from(global ? GLOBAL_CREATED : stix->created);
    if (!begin(stix, type, id))
        return false;
    if (!slice_eq(slice_from(id->text), slice_from(stix->author.text)))
        stix_ref(stix, "created_by_ref", &stix->author);
    json_text(&stix->json, "created", created);
    json_text(&stix->json, "modified", created);
    return true;
}

void stix_object_end(struct stix *stix)
{
    json_close(&stix->json);
    fwrite(stix->line.ptr, 1, stix->line.len, stix->out);
}

void stix_text(struct stix *stix, const char *key, struct slice value)
{
    if (value.len)
        json_text(&stix->json, key, value);
}

void stix_ref(struct stix *stix, const char *key, const struct stix_id *id)
{
    stix_text(stix, key, slice_from(id->text));
}

void stix_refs(struct stix *stix, const char *key, const struct stix_id *ids, size_t count)
{
    json_list_begin(&stix->json, key);
    for (size_t i = 0; i < count; i++)
        json_list_text(&stix->json, slice_from(ids[i].text));
    json_list_end(&stix->json);
}

void stix_external(struct stix *stix, const char *source, struct slice id)
{
    struct buf text = BUF_INIT;
    buf_add_char(&text, '[');
    struct json json = json_open(&text);
    json_text(&json, "source_name", slice_from(source));
    json_text(&json, "external_id", id);
    json_close(&json);
    buf_add_char(&text, ']');
    json_raw(&stix->json, "external_references", buf_slice(&text));
    buf_deinit(&text);
}

void stix_pattern_text(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, text.ptr[i]);
    }
}

/* ---- observables ---- */

/* One whose id and only member is this text. */
static struct stix_id simple(struct stix *stix, const char *type, const char *key,
                             struct slice value)
{
    buf_clear(&stix->text);
    buf_add_char(&stix->text, '{');
    canonical_member(&stix->text, key, value);
    buf_add_char(&stix->text, '}');
    struct stix_id id = make_uuid(type, observables, buf_slice(&stix->text));
    if (begin(stix, type, &id)) {
        json_text(&stix->json, key, value);
        stix_object_end(stix);
    }
    return id;
}

struct stix_id stix_address(struct stix *stix, struct slice address)
{
    struct slice plain;
    if (!export_address(address, &plain))
        return (struct stix_id){ "" };
    bool v6 = slice_find_char(plain, ':') != SIZE_MAX;
    return simple(stix, v6 ? "ipv6-addr" : "ipv4-addr", "value", plain);
}

struct stix_id stix_domain(struct stix *stix, struct slice name)
{
    if (!name.len)
        return (struct stix_id){ "" };
    return simple(stix, "domain-name", "value", name);
}

struct stix_id stix_account(struct stix *stix, struct slice login)
{
    if (!login.len)
        return (struct stix_id){ "" };
    return simple(stix, "user-account", "account_login", login);
}

struct stix_id stix_file(struct stix *stix, struct slice name, struct slice sha256,
                         int64_t size)
{
    buf_clear(&stix->text);
    buf_add_char(&stix->text, '{');
    if (sha256.len)
        buf_printf(&stix->text, "\"hashes\":{\"SHA-256\":\"%.*s\"}", SLICE_FMT(sha256));
    canonical_member(&stix->text, "name", name);
    buf_add_char(&stix->text, '}');
    struct stix_id id = make_uuid("file", observables, buf_slice(&stix->text));
    if (!begin(stix, "file", &id))
        return id;
    if (sha256.len) {
        struct json hashes = json_begin(&stix->json, "hashes");
        json_text(&hashes, "SHA-256", sha256);
        json_close(&hashes);
    }
    stix_text(stix, "name", name);
    if (size >= 0)
        json_int(&stix->json, "size", size);
    stix_object_end(stix);
    return id;
}

/* Its id: dst_ref, extensions, protocols and src_ref, in this order. */
static struct stix_id traffic_id(struct stix *stix, const struct stix_request *request)
{
    struct buf *text = &stix->text;
    buf_clear(text);
    buf_add_char(text, '{');
    canonical_member(text, "dst_ref", slice_from(request->host.text));
    buf_printf(text, "%s\"extensions\":{\"http-request-ext\":{", text->len > 1 ? "," : "");
    if (request->agent.len) {
        buf_add_text(text, "\"request_header\":{\"User-Agent\":[\"");
        canonical_text(text, request->agent);
        buf_add_text(text, "\"]}");
        buf_add_char(text, ',');
    }
    buf_add_text(text, "\"request_method\":\"");
    canonical_text(text, request->method);
    buf_add_text(text, "\",\"request_value\":\"");
    canonical_text(text, request->value);
    buf_add_text(text, "\"}},\"protocols\":[\"tcp\",\"http\"]");
    canonical_member(text, "src_ref", slice_from(request->source.text));
    buf_add_char(text, '}');
    return make_uuid("network-traffic", observables, buf_slice(text));
}

struct stix_id stix_traffic(struct stix *stix, const struct stix_request *request)
{
    struct stix_id id = traffic_id(stix, request);
    if (!begin(stix, "network-traffic", &id))
        return id;
    stix_ref(stix, "src_ref", &request->source);
    stix_ref(stix, "dst_ref", &request->host);
    json_list_begin(&stix->json, "protocols");
    json_list_text(&stix->json, SLICE_LIT("tcp"));
    json_list_text(&stix->json, SLICE_LIT("http"));
    json_list_end(&stix->json);
    struct json extensions = json_begin(&stix->json, "extensions");
    struct json http = json_begin(&extensions, "http-request-ext");
    json_text(&http, "request_method", request->method);
    json_text(&http, "request_value", request->value);
    if (request->agent.len) {
        struct json header = json_begin(&http, "request_header");
        json_list_begin(&header, "User-Agent");
        json_list_text(&header, request->agent);
        json_list_end(&header);
        json_close(&header);
    }
    json_close(&http);
    json_close(&extensions);
    stix_object_end(stix);
    return id;
}
