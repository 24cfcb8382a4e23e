#include "webshell/baseline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HEX_LEN ((size_t)2 * SHA256_BYTES)
#define FIRST_LINE "# hauberk baseline 1"
#define ALL_FILES ", all files"
#define WEB_FILES ", web files"

struct entry {
    struct baseline_file file;
    struct slice folded; /* "/httpproxy/owa/auth/logon.aspx" */
    size_t line;
};

struct baseline {
    struct arena arena;
    struct buf text; /* of baseline_read() */
    bool all_files;
    size_t count, capacity;
    struct entry *entries;        /* in the order of paths */
    const struct entry **by_hash; /* in the order of hashes */
};

/* ---- which files ---- */

bool baseline_is_web_file(struct slice path)
{
    static const char *const endings[] = {
        ".aspx",  ".ascx",  ".ashx",  ".asmx",  ".asax",  ".svc",   ".master",   ".browser",
        ".asp",   ".asa",   ".cer",   ".cdx",   ".soap",  ".rem",   ".cshtml",   ".vbhtml",
        ".cshtm", ".vbhtm", ".xamlx", ".xoml",  ".rules", ".shtml", ".shtm",     ".stm",
        ".inc",   ".php",   ".phtml", ".phar",  ".jsp",   ".jspx",  ".jspf",     ".jsw",
        ".tag",   ".war",   ".jar",   ".class", ".cfm",   ".cfc",   ".cs",       ".vb",
        ".java",  ".js",    ".htm",   ".html",  ".xsl",   ".xslt",  ".config",   ".dll",
        ".exe",   ".ps1",   ".bat",   ".cmd",   ".vbs",   ".req",   ".compiled",
    };
    for (size_t i = 0; i < COUNT(endings); i++)
        if (slice_icase_ends(path, slice_from(endings[i])))
            return true;
    return false;
}

/* ---- writing ---- */

void baseline_write_head(struct buf *out, struct slice root, bool all_files, int64_t now)
{
    char time[TIME_TEXT_SIZE];
    buf_printf(out, FIRST_LINE "\n# made %s of ", time_format_plain(now, time));
    for (size_t i = 0; i < root.len; i++)
        buf_add_char(out, (unsigned char)root.ptr[i] < ' ' ? '?' : root.ptr[i]);
    buf_add_text(out, all_files ? ALL_FILES "\n" : WEB_FILES "\n");
}

/* As sha256sum: a line with such a name starts with '\', and the name is escaped. */
static bool needs_escape(struct slice path)
{
    return slice_find_char(path, '\\') != SIZE_MAX || slice_find_char(path, '\n') != SIZE_MAX ||
           slice_find_char(path, '\r') != SIZE_MAX;
}

static void write_escaped(struct buf *out, struct slice path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (c == '\\' || c == '\n' || c == '\r')
            buf_add_char(out, '\\');
        buf_add_char(out, (char)(c == '\n' ? 'n' : c == '\r' ? 'r' : c));
    }
}

void baseline_write_file(struct buf *out, const struct baseline_file *file)
{
    char hex[HASH_TEXT_SIZE];
    bool escape = needs_escape(file->path);
    hash_text(file->sha256, SHA256_BYTES, hex);
    buf_printf(out, "%s%s  ", escape ? "\\" : "", hex);
    if (escape)
        write_escaped(out, file->path);
    else
        buf_add_slice(out, file->path);
    buf_add_char(out, '\n');
}

/* ---- reading ---- */

/* False when a '\' is followed by something that sha256sum does not write. */
static bool unescape(struct arena *arena, struct slice *path)
{
    char *text = arena_alloc(arena, path->len + 1);
    size_t len = 0;
    for (size_t i = 0; i < path->len; i++) {
        char c = path->ptr[i];
        if (c == '\\') {
            char next = (char)(++i < path->len ? path->ptr[i] : '\0');
            if (next != '\\' && next != 'n' && next != 'r')
                return false;
            c = (char)(next == 'n' ? '\n' : next == 'r' ? '\r' : '\\');
        }
        text[len++] = c;
    }
    *path = slice_of(text, len);
    return true;
}

/* "<hash>  <path>"; sha256sum writes '*' for the second blank of binary files. */
static bool parse_file(struct arena *arena, struct slice line, struct baseline_file *out)
{
    bool escaped = slice_starts(line, SLICE_LIT("\\"));
    if (escaped)
        line = slice_from_offset(line, 1);
    if (line.len <= HEX_LEN + 2 || line.len > HEX_LEN + 2 + BASELINE_PATH_MAX ||
        line.ptr[HEX_LEN] != ' ' ||
        (line.ptr[HEX_LEN + 1] != ' ' && line.ptr[HEX_LEN + 1] != '*') ||
        !hash_parse(slice_first(line, HEX_LEN), out->sha256, SHA256_BYTES))
        return false;
    out->path = slice_from_offset(line, HEX_LEN + 2);
    return !escaped || unescape(arena, &out->path);
}

static int add_file(struct baseline *baseline, const struct baseline_file *file, size_t line,
                    struct err *err)
{
    if (baseline->count == BASELINE_FILES_MAX)
        return err_set(err, ERR_RESOURCE, "more than %u files", BASELINE_FILES_MAX);
    baseline->entries = mem_reserve(baseline->entries, baseline->count, &baseline->capacity,
                                    sizeof *baseline->entries);
    struct entry *entry = &baseline->entries[baseline->count++];
    *entry = (struct entry){ *file, path_fold(&baseline->arena, file->path), line };
    return 0;
}

static int parse_line(struct baseline *baseline, struct slice line, size_t number,
                      struct err *err)
{
    struct baseline_file file;
    if (slice_icase_ends(line, SLICE_LIT("\r")))
        line.len--;
    if (number == 1 && !slice_eq(line, SLICE_LIT(FIRST_LINE)))
        return err_set(err, ERR_USAGE, "no baseline: it begins with \"" FIRST_LINE "\"");
    if (line.len == 0 || line.ptr[0] == '#') {
        baseline->all_files |= slice_starts(line, SLICE_LIT("# made ")) &&
                               slice_icase_ends(line, SLICE_LIT(ALL_FILES));
        return 0;
    }
    if (!parse_file(&baseline->arena, line, &file))
        return err_set(err, ERR_USAGE, "no SHA-256, two blanks and a path");
    return add_file(baseline, &file, number, err);
}

/* Sorted arrays, not maps: nobody can choose paths that make a sort slow. */
static int compare_text(struct slice a, struct slice b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_paths(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = compare_text(left->folded, right->folded);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static int compare_hashes(const void *a, const void *b)
{
    const struct entry *const *left = a, *const *right = b;
    return memcmp((*left)->file.sha256, (*right)->file.sha256, SHA256_BYTES);
}

/* Each path once. A list with two contents for one path says nothing: <0. */
static int sort_paths(struct baseline *baseline, struct err *err)
{
    size_t kept = 0;
    struct entry *entries = baseline->entries;
    if (baseline->count > 0)
        qsort(entries, baseline->count, sizeof *entries, compare_paths);
    for (size_t i = 0; i < baseline->count; i++) {
        bool twice = kept > 0 && slice_eq(entries[kept - 1].folded, entries[i].folded);
        if (!twice)
            entries[kept++] = entries[i];
        else if (memcmp(entries[kept - 1].file.sha256, entries[i].file.sha256, SHA256_BYTES) !=
                 0)
            return err_set(err, ERR_USAGE, "line %lu: the path of line %lu, with another hash",
                           (unsigned long)entries[i].line,
                           (unsigned long)entries[kept - 1].line);
    }
    baseline->count = kept;
    return 0;
}

static void sort_hashes(struct baseline *baseline)
{
    baseline->by_hash =
        arena_array(&baseline->arena, baseline->count, sizeof *baseline->by_hash);
    for (size_t i = 0; i < baseline->count; i++)
        baseline->by_hash[i] = &baseline->entries[i];
    if (baseline->count > 0)
        qsort(baseline->by_hash, baseline->count, sizeof *baseline->by_hash, compare_hashes);
}

static int parse(struct baseline *baseline, struct slice text, struct err *err)
{
    size_t number = 0;
    for (struct slice rest = text; rest.ptr;) {
        struct slice line = slice_cut(&rest, '\n');
        if (parse_line(baseline, line, ++number, err) < 0)
            return err_wrap(err, "line %lu", (unsigned long)number);
    }
    if (sort_paths(baseline, err) < 0)
        return -1;
    sort_hashes(baseline);
    return 0;
}

static struct baseline *baseline_new(void)
{
    struct baseline *baseline = mem_alloc(sizeof *baseline);
    *baseline = (struct baseline){ .arena = ARENA_INIT, .text = BUF_INIT };
    return baseline;
}

int baseline_parse(struct slice text, struct baseline **out, struct err *err)
{
    struct baseline *baseline = baseline_new();
    if (parse(baseline, text, err) < 0) {
        baseline_free(baseline);
        return -1;
    }
    *out = baseline;
    return 0;
}

int baseline_read(const char *path, struct baseline **out, struct err *err)
{
    struct baseline *baseline = baseline_new();
    if (file_read_all(path, BASELINE_BYTES_MAX, &baseline->text, err) < 0) {
        baseline_free(baseline);
        return -1;
    }
    if (parse(baseline, buf_slice(&baseline->text), err) < 0) {
        baseline_free(baseline);
        return err_wrap(err, "%s", path);
    }
    *out = baseline;
    return 0;
}

void baseline_free(struct baseline *baseline)
{
    if (!baseline)
        return;
    buf_deinit(&baseline->text);
    arena_deinit(&baseline->arena);
    free(baseline->entries);
    free(baseline);
}

/* ---- asking ---- */

bool baseline_is_of_all(const struct baseline *baseline)
{
    return baseline->all_files;
}

uint64_t baseline_hash(const struct baseline *baseline)
{
    uint64_t hash = baseline->all_files;
    for (size_t i = 0; i < baseline->count; i++) {
        const struct baseline_file *file = &baseline->entries[i].file;
        struct slice digest = slice_of((const char *)file->sha256, sizeof file->sha256);
        hash = (hash * 31 + slice_hash(file->path, false)) * 31 + slice_hash(digest, false);
    }
    return hash;
}

size_t baseline_count(const struct baseline *baseline)
{
    return baseline->count;
}

const struct baseline_file *baseline_at(const struct baseline *baseline, size_t index)
{
    return &baseline->entries[index].file;
}

/* The first in the order of hashes that is not less than this one. */
static size_t lower_bound(const struct baseline *baseline, const uint8_t *sha256)
{
    size_t low = 0, high = baseline->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(baseline->by_hash[middle]->file.sha256, sha256, SHA256_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_hash(const struct baseline *baseline, size_t index, const uint8_t *sha256)
{
    return index < baseline->count &&
           memcmp(baseline->by_hash[index]->file.sha256, sha256, SHA256_BYTES) == 0;
}

bool baseline_knows(const struct baseline *baseline, struct slice path,
                    const uint8_t sha256[SHA256_BYTES])
{
    size_t index = lower_bound(baseline, sha256);
    if (!has_hash(baseline, index, sha256))
        return false;
    struct arena arena = ARENA_INIT;
    struct slice folded = path_fold(&arena, path);
    bool known = false;
    for (; !known && has_hash(baseline, index, sha256); index++)
        known = slice_icase_ends(folded, baseline->by_hash[index]->folded);
    arena_deinit(&arena);
    return known;
}

size_t baseline_find(const struct baseline *baseline, struct slice path)
{
    struct arena arena = ARENA_INIT;
    struct slice folded = path_fold(&arena, path);
    size_t low = 0, high = baseline->count, found = SIZE_MAX;
    while (low < high && found == SIZE_MAX) {
        size_t middle = low + (high - low) / 2;
        int order = compare_text(folded, baseline->entries[middle].folded);
        if (order == 0)
            found = middle;
        else if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    arena_deinit(&arena);
    return found;
}
