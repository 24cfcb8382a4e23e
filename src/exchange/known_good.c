/*
 * packs/exchange/known_good.bin, as tools/make_known_good.py writes it; numbers little-endian:
 *
 *     "HKNOWN1\n"
 *     u32 builds B, u32 paths P, u32 bytes of all paths T, u32 files F
 *     B x  u16[4]      a build, ascending
 *     P+1 x u32        where a path starts in the text; the last is T
 *     T                paths, lower case, '/', ascending, without separators
 *     F x  u8[16]      the first half of a SHA-256, ascending
 *     F x  u16 path, u8 first build, u8 last build, u8 number of builds
 *
 * Files of one hash follow each other in the order of their paths.
 */
#include "exchange/known_good.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/embedded.h"

#define HEAD_BYTES 24
#define BUILD_BYTES 8
#define KEY_BYTES 16
#define PLACE_BYTES 5

struct table {
    size_t builds, paths, files;
    const unsigned char *build, *offset, *text, *key, *place; /* the parts, in their order */
};

static uint32_t u16_at(const unsigned char *p)
{
    return (uint32_t)(p[0] | p[1] << 8);
}

static uint32_t u32_at(const unsigned char *p)
{
    return u16_at(p) | u16_at(p + 2) << 16;
}

/* The file is part of the program: what does not fit is our own fault. */
static struct table table_open(void)
{
    const struct embedded_file *file = embedded_find("exchange/known_good.bin");
    assert(file && file->size > HEAD_BYTES && memcmp(file->data, "HKNOWN1\n", 8) == 0);
    struct table table = { .builds = u32_at(file->data + 8),
                           .paths = u32_at(file->data + 12),
                           .files = u32_at(file->data + 20),
                           .build = file->data + HEAD_BYTES };
    table.offset = table.build + table.builds * BUILD_BYTES;
    table.text = table.offset + (table.paths + 1) * 4;
    table.key = table.text + u32_at(file->data + 16);
    table.place = table.key + table.files * KEY_BYTES;
    assert(table.place + table.files * PLACE_BYTES == file->data + file->size);
    return table;
}

size_t known_good_count(void)
{
    return table_open().files;
}

size_t known_good_build_count(void)
{
    return table_open().builds;
}

/* ---- builds ---- */

bool build_parse(struct slice text, struct build *out)
{
    for (size_t i = 0; i < 4; i++) {
        uint64_t part;
        if (!text.ptr || !slice_to_u64(slice_cut(&text, '.'), &part) || part > UINT16_MAX)
            return false;
        out->part[i] = (uint16_t)part;
    }
    return text.ptr == NULL;
}

const char *build_text(struct build build, char out[BUILD_TEXT_SIZE])
{
    snprintf(out, BUILD_TEXT_SIZE, "%" PRIu16 ".%" PRIu16 ".%" PRIu16 ".%" PRIu16,
             build.part[0], build.part[1], build.part[2], build.part[3]);
    return out;
}

static struct build build_at(const struct table *table, size_t index)
{
    const unsigned char *p = table->build + index * BUILD_BYTES;
    struct build build;
    for (size_t i = 0; i < 4; i++)
        build.part[i] = (uint16_t)u16_at(p + 2 * i);
    return build;
}

bool known_good_has_build(struct build build)
{
    struct table table = table_open();
    for (size_t i = 0; i < table.builds; i++) {
        struct build known = build_at(&table, i);
        if (memcmp(known.part, build.part, sizeof build.part) == 0)
            return true;
    }
    return false;
}

/* ---- paths ---- */

static struct slice path_at(const struct table *table, size_t index)
{
    uint32_t begin = u32_at(table->offset + 4 * index);
    uint32_t end = u32_at(table->offset + 4 * index + 4);
    return slice_of((const char *)table->text + begin, end - begin);
}

static int compare(struct slice a, struct slice b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The first path that is not less than this one. */
static size_t path_lower_bound(const struct table *table, struct slice path)
{
    size_t low = 0, high = table->paths;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(path_at(table, middle), path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The number of the path, or SIZE_MAX. */
static size_t path_find(const struct table *table, struct slice path)
{
    size_t index = path_lower_bound(table, path);
    return index < table->paths && slice_eq(path_at(table, index), path) ? index : SIZE_MAX;
}

bool known_good_has_path(struct slice path)
{
    struct table table = table_open();
    return path_find(&table, path) != SIZE_MAX;
}

bool known_good_has_folder(struct slice folder)
{
    struct table table = table_open();
    size_t index = path_lower_bound(&table, folder);
    return index < table.paths && slice_starts(path_at(&table, index), folder);
}

/* ---- files ---- */

/* The first file whose hash is not less than this one. */
static size_t file_lower_bound(const struct table *table, const uint8_t *sha256)
{
    size_t low = 0, high = table->files;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(table->key + middle * KEY_BYTES, sha256, KEY_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool file_has(const struct table *table, size_t index, const uint8_t *sha256)
{
    return index < table->files &&
           memcmp(table->key + index * KEY_BYTES, sha256, KEY_BYTES) == 0;
}

static struct known_good_file file_at(const struct table *table, size_t index)
{
    const unsigned char *place = table->place + index * PLACE_BYTES;
    return (struct known_good_file){
        .path = path_at(table, u16_at(place)),
        .first = build_at(table, place[2]),
        .last = build_at(table, place[3]),
        .builds = place[4],
        .range = place[3] - place[2] + 1U,
    };
}

bool known_good_by_hash(const uint8_t sha256[SHA256_BYTES], struct known_good_file *out)
{
    struct table table = table_open();
    size_t index = file_lower_bound(&table, sha256);
    if (!file_has(&table, index, sha256))
        return false;
    *out = file_at(&table, index);
    return true;
}

enum known_good known_good_lookup(struct slice path, const uint8_t sha256[SHA256_BYTES],
                                  struct known_good_file *out)
{
    struct table table = table_open();
    size_t path_index = path_find(&table, path);
    if (path_index == SIZE_MAX)
        return KNOWN_GOOD_NO_PATH;
    for (size_t i = file_lower_bound(&table, sha256); file_has(&table, i, sha256); i++)
        if (u16_at(table.place + i * PLACE_BYTES) == path_index) {
            *out = file_at(&table, i);
            return KNOWN_GOOD_FILE;
        }
    *out = (struct known_good_file){ .path = path_at(&table, path_index) };
    return KNOWN_GOOD_OTHER_HASH;
}
