#include "casefile/allow.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "exchange/page.h"
#include "sigma/yaml_doc.h"

#define V4_PREFIX_MIN 104  /* a /8 */
#define V4_PREFIX_WIDE 112 /* a /16: told, but accepted */
#define V6_PREFIX_MIN 32
#define V6_PREFIX_WIDE 48
#define FAR_MS (366 * MS_PER_DAY)

static const char *const key_names[] = {
    [ALLOW_SOURCE] = "source", [ALLOW_RULE] = "rule",   [ALLOW_PAGE] = "page",
    [ALLOW_SHA256] = "sha256", [ALLOW_AGENT] = "agent", [ALLOW_HOST] = "host",
};

const char *allow_key_name(enum allow_key key)
{
    return key_names[key];
}

/* ---- values ---- */

static bool contains(const struct ip_network *network, const char *address)
{
    struct ip ip;
    return ip_parse(slice_from(address), &ip) && ip_in_network(&ip, network);
}

/* Does it hold addresses of IPv4? These are kept as ::ffff:a.b.c.d. */
static bool has_v4(const struct ip_network *network)
{
    return network->prefix >= 96
               ? memcmp(network->address.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0
               : contains(network, "0.0.0.0");
}

static const char *add_network(struct arena *arena, struct allow_entry *entry,
                               struct slice value)
{
    struct ip_network network;
    if (!ip_network_parse(value, &network))
        return "is no address or network (192.0.2.10, 198.51.100.0/28)";
    if (network.prefix < (has_v4(&network) ? V4_PREFIX_MIN : V6_PREFIX_MIN))
        return "is too wide a network: an intruder would be in it, too (at least /8, IPv6 /32)";
    if (contains(&network, "127.0.0.1") || contains(&network, "::1"))
        return "is the server itself, through which exploits speak: that names nobody";
    size_t count = entry->keys[ALLOW_SOURCE].count;
    struct ip_network *grown = arena_array(arena, count + 1, sizeof *grown);
    if (count)
        memcpy(grown, entry->networks, count * sizeof *grown);
    grown[count] = network;
    entry->networks = grown;
    return NULL;
}

/* "C:\inetpub\x.aspx", a file, and "/owa/auth/x.aspx", a URL: lower case, '/' between. */
static const char *normal_page(struct arena *arena, struct slice *value)
{
    char scratch[PAGE_SCRATCH_SIZE];
    bool drive = value->len > 2 && value->ptr[1] == ':';
    struct slice path = drive ? slice_from_offset(*value, 2) : *value;
    if (!path.len || (path.ptr[0] != '/' && path.ptr[0] != '\\'))
        return "is no path: it starts with / or with a drive";
    if (path.ptr[path.len - 1] == '/' || path.ptr[path.len - 1] == '\\')
        return "is a folder: name a page";
    path = exchange_path_normalise(path, scratch, sizeof scratch);
    if (path.len < 2)
        return "is a folder: name a page";
    struct buf text = BUF_INIT;
    if (drive)
        buf_printf(&text, "%c:", ascii_lower(value->ptr[0]));
    buf_add_slice(&text, path);
    *value = arena_copy(arena, buf_slice(&text));
    buf_deinit(&text);
    return NULL;
}

static const char *normal_hash(struct arena *arena, struct slice *value)
{
    uint8_t digest[SHA256_BYTES];
    char text[HASH_TEXT_SIZE];
    if (!hash_parse(*value, digest, sizeof digest))
        return "is no SHA-256 (64 hex digits)";
    *value = arena_copy(arena, slice_from(hash_text(digest, sizeof digest, text)));
    return NULL;
}

static const char *normal_host(struct arena *arena, struct slice *value)
{
    struct slice rest = *value;
    struct slice label = slice_cut(&rest, '.');
    char *text = arena_text(arena, label);
    for (size_t i = 0; i < label.len; i++)
        text[i] = ascii_lower(text[i]);
    *value = slice_of(text, label.len);
    return label.len ? NULL : "is no host";
}

static const char *normal_agent(struct slice value)
{
    size_t star = slice_find_char(value, '*');
    if (star != SIZE_MAX && star + 1 != value.len)
        return "has a '*' that is not its last character";
    return star == SIZE_MAX || star >= 4 ? NULL : "needs four characters before the '*'";
}

static const char *normalise(struct arena *arena, struct allow_entry *entry, enum allow_key key,
                             struct slice *value)
{
    switch (key) {
    case ALLOW_SOURCE:
        return add_network(arena, entry, *value);
    case ALLOW_PAGE:
        return normal_page(arena, value);
    case ALLOW_SHA256:
        return normal_hash(arena, value);
    case ALLOW_AGENT:
        return normal_agent(*value);
    case ALLOW_HOST:
        return normal_host(arena, value);
    case ALLOW_RULE:
    case ALLOW_KEY_COUNT:
        break;
    }
    return NULL;
}

const char *allow_add_value(struct arena *arena, struct allow_entry *entry, enum allow_key key,
                            struct slice value)
{
    struct allow_values *values = &entry->keys[key];
    value = slice_trim(value);
    if (!value.len)
        return "is empty";
    if (values->count == ALLOW_VALUES_MAX)
        return "is one value too many: a key has 256 at most";
    const char *refusal = normalise(arena, entry, key, &value);
    if (refusal)
        return refusal;
    struct slice *grown = arena_array(arena, values->count + 1, sizeof *grown);
    if (values->count)
        memcpy(grown, values->items, values->count * sizeof *grown);
    grown[values->count++] = arena_copy(arena, value);
    values->items = grown;
    return NULL;
}

const char *allow_refusal(const struct allow_entry *entry)
{
    bool names = false;
    for (int key = ALLOW_SOURCE; key <= ALLOW_SHA256; key++)
        names |= entry->keys[key].count > 0;
    if (!names && entry->keys[ALLOW_AGENT].count)
        return "an agent is what anybody can send: name a source as well";
    if (!names)
        return "this entry would close everything: name a source, rule, page or sha256";
    if (entry->keys[ALLOW_AGENT].count && !entry->keys[ALLOW_SOURCE].count)
        return "an agent is what anybody can send: name a source as well";
    if (!entry->reason.len)
        return "no reason is given";
    if (entry->expires == TIME_NONE)
        return "expires is not given: every entry needs a last day";
    if (entry->from != TIME_NONE && entry->until != TIME_NONE && entry->until < entry->from)
        return "until is before from";
    return NULL;
}

/* ---- files ---- */

struct reader {
    struct allow_list *list;
    struct allow_entry *entry;
    struct sigma_parse parse;
    struct arena yaml;
};

static int read_text(struct reader *reader, const struct yaml_doc_node *value,
                     struct slice *out)
{
    struct slice text = slice_trim(value->text);
    if (value->kind != YAML_DOC_SCALAR || !text.len)
        return sigma_refuse(&reader->parse, value->line, "a text is expected here");
    *out = arena_copy(&reader->list->arena, text);
    return 0;
}

static int read_time(struct reader *reader, const struct yaml_doc_node *value, bool end,
                     int64_t *out)
{
    if (value->kind != YAML_DOC_SCALAR || !time_parse_argument(value->text, end, out))
        return sigma_refuse(&reader->parse, value->line,
                            "'%.*s' is no date (2026-12-31) or time (2026-12-31T06:00:00Z)",
                            SHOWN(value->text));
    return 0;
}

static int add_value(struct reader *reader, enum allow_key key,
                     const struct yaml_doc_node *value)
{
    if (value->kind != YAML_DOC_SCALAR)
        return sigma_refuse(&reader->parse, value->line, "%s: a text or a list of texts",
                            key_names[key]);
    const char *refusal =
        allow_add_value(&reader->list->arena, reader->entry, key, value->text);
    if (refusal)
        return sigma_refuse(&reader->parse, value->line, "%s: '%.*s' %s", key_names[key],
                            SHOWN(value->text), refusal);
    return 0;
}

static int add_values(struct reader *reader, enum allow_key key,
                      const struct yaml_doc_node *value)
{
    if (value->kind != YAML_DOC_SEQUENCE)
        return add_value(reader, key, value);
    if (value->count == 0)
        return sigma_refuse(&reader->parse, value->line, "%s: an empty list", key_names[key]);
    for (size_t i = 0; i < value->count; i++)
        if (add_value(reader, key, value->children[i]) < 0)
            return -1;
    return 0;
}

static int read_pair(struct reader *reader, const struct yaml_doc_node *key,
                     const struct yaml_doc_node *value)
{
    struct allow_entry *entry = reader->entry;
    for (int k = 0; k < ALLOW_KEY_COUNT; k++)
        if (slice_eq(key->text, slice_from(key_names[k])))
            return add_values(reader, (enum allow_key)k, value);
    if (slice_eq(key->text, SLICE_LIT("reason")))
        return read_text(reader, value, &entry->reason);
    if (slice_eq(key->text, SLICE_LIT("by")))
        return read_text(reader, value, &entry->by);
    if (slice_eq(key->text, SLICE_LIT("expires")))
        return read_time(reader, value, true, &entry->expires);
    if (slice_eq(key->text, SLICE_LIT("from")))
        return read_time(reader, value, false, &entry->from);
    if (slice_eq(key->text, SLICE_LIT("until")))
        return read_time(reader, value, true, &entry->until);
    return sigma_refuse(&reader->parse, key->line,
                        "'%.*s' is no key of an entry (docs/triage.md lists them)",
                        SHOWN(key->text));
}

static int read_entry(struct reader *reader, const struct yaml_doc_node *node)
{
    if (node->kind != YAML_DOC_MAPPING)
        return sigma_refuse(&reader->parse, node->line,
                            "an entry is a map: reason, expires, and what it closes");
    struct allow_entry *entry = &reader->list->entries[reader->list->count];
    *entry = (struct allow_entry){
        .line = node->line, .expires = TIME_NONE, .from = TIME_NONE, .until = TIME_NONE
    };
    reader->entry = entry;
    for (size_t i = 0; i < yaml_doc_pairs(node); i++)
        if (read_pair(reader, yaml_doc_key(node, i), yaml_doc_value(node, i)) < 0)
            return -1;
    const char *refusal = allow_refusal(entry);
    if (refusal)
        return sigma_refuse(&reader->parse, node->line, "%s", refusal);
    reader->list->count++;
    return 0;
}

static int read_document(struct reader *reader, const struct yaml_doc_node *root)
{
    if (root->kind != YAML_DOC_SEQUENCE)
        return sigma_refuse(&reader->parse, root->line,
                            "an allow list is a list: each entry starts with '- '");
    if (root->count > ALLOW_ENTRIES_MAX)
        return sigma_refuse(&reader->parse, root->line, "more than %d entries",
                            ALLOW_ENTRIES_MAX);
    reader->list->entries =
        arena_array(&reader->list->arena, root->count + 1, sizeof *reader->list->entries);
    for (size_t i = 0; i < root->count; i++)
        if (read_entry(reader, root->children[i]) < 0)
            return -1;
    return 0;
}

/* A second document would be a second list, of which nobody thinks. */
static int read_documents(struct reader *reader, struct yaml_doc_reader *yaml)
{
    struct yaml_doc_node *root, *more;
    int got = yaml_doc_next(yaml, &reader->yaml, &root, &reader->parse);
    if (got < 0)
        return -1;
    if (root && read_document(reader, root) < 0)
        return -1;
    if (got > 0)
        return 0;
    got = yaml_doc_next(yaml, &reader->yaml, &more, &reader->parse);
    if (got < 0)
        return -1;
    return more ? sigma_refuse(&reader->parse, more->line, "a second document in one file") : 0;
}

static bool is_wide(const struct ip_network *network)
{
    return network->prefix < (has_v4(network) ? V4_PREFIX_WIDE : V6_PREFIX_WIDE);
}

static void warn(struct allow_list *list, const char *name, int64_t now)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct allow_entry *entry = &list->entries[i];
        if (entry->expires - now > FAR_MS)
            buf_printf(&list->warnings, "%s: line %d: expires in more than a year\n", name,
                       entry->line);
        for (size_t n = 0; n < entry->keys[ALLOW_SOURCE].count; n++)
            if (is_wide(&entry->networks[n]))
                buf_printf(&list->warnings, "%s: line %d: %.*s is a wide network\n", name,
                           entry->line, SHOWN(entry->keys[ALLOW_SOURCE].items[n]));
    }
}

int allow_read(struct allow_list *list, const char *name, struct slice text, int64_t now,
               struct err *err)
{
    struct reader reader = { .list = list, .parse.arena = &list->arena };
    struct yaml_doc_reader *yaml = yaml_doc_reader_new(text);
    int got = read_documents(&reader, yaml);
    yaml_doc_reader_free(yaml);
    arena_deinit(&reader.yaml);
    if (got < 0)
        return err_set(err, ERR_USAGE, "%s: line %d: %s", name, reader.parse.line,
                       reader.parse.err.msg);
    warn(list, name, now);
    return 0;
}

int allow_read_file(struct allow_list *list, const char *path, int64_t now, struct err *err)
{
    struct buf text = BUF_INIT;
    int got = file_read_all(path, ALLOW_FILE_MAX, &text, err);
    if (got == 0)
        got = allow_read(list, path, buf_slice(&text), now, err);
    buf_deinit(&text);
    return got;
}

void allow_list_deinit(struct allow_list *list)
{
    arena_deinit(&list->arena);
    buf_deinit(&list->warnings);
}
