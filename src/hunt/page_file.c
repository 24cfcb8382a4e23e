#include "hunt/page_file.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "exchange/foreign.h"
#include "webshell/api.h"

#define HALF_BYTES (PAGE_BYTES_MAX / 2) /* of a longer file: head and tail */
#define HASH_STEP_BYTES (256U << 10)

struct page_reader {
    struct arena arena;
    struct api_library *library;
    struct buf bytes;
    struct buf step; /* for hashing what is not analysed */
    struct page_report report;
    struct trace trace;
    struct yara_scanner *yara;       /* NULL: none */
    const struct baseline *baseline; /* NULL: none */
    struct page_record *out;         /* of the scan at hand */
    bool decoded;
};

struct page_reader *page_reader_new(const struct yara_set *yara,
                                    const struct baseline *baseline)
{
    struct page_reader *reader = mem_alloc(sizeof *reader);
    reader->library = api_library_new();
    reader->baseline = baseline;
    if (yara_set_count(yara))
        reader->yara = yara_scanner_new(yara);
    return reader;
}

void page_reader_free(struct page_reader *reader)
{
    if (!reader)
        return;
    arena_deinit(&reader->arena);
    api_library_free(reader->library);
    buf_deinit(&reader->bytes);
    buf_deinit(&reader->step);
    yara_scanner_free(reader->yara);
    free(reader);
}

/* ---- reading --------------------------------------------------------------------------------
 */

/* Appends [offset, offset+len) or what there is of it. */
static int read_range(struct file *file, uint64_t offset, size_t len, struct buf *out,
                      struct err *err)
{
    buf_reserve(out, len);
    while (len) {
        int64_t got = file_read(file, offset, out->ptr + out->len, len, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return 0; /* it shrank */
        out->len += (size_t)got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return 0;
}

/* Files of more than PAGE_BYTES_MAX: their head and tail, each on lines of its own. */
static int read_ends(struct file *file, struct buf *out, struct err *err)
{
    uint64_t size = file_size(file);
    if (read_range(file, 0, HALF_BYTES, out, err) < 0)
        return -1;
    buf_add_char(out, '\n');
    return read_range(file, size - HALF_BYTES, HALF_BYTES, out, err);
}

static int hash_file(struct page_reader *reader, struct file *file, uint8_t *digest,
                     struct err *err)
{
    struct hash *hash = hash_new(HASH_SHA256);
    int result = 0;
    uint64_t size = file_size(file);
    for (uint64_t at = 0; at < size && result == 0;) {
        uint64_t left = size - at;
        buf_clear(&reader->step);
        result = read_range(file, at, left < HASH_STEP_BYTES ? (size_t)left : HASH_STEP_BYTES,
                            &reader->step, err);
        if (reader->step.len == 0)
            break;
        hash_add(hash, reader->step.ptr, reader->step.len);
        at += reader->step.len;
    }
    hash_finish(hash, digest);
    hash_free(hash);
    return result;
}

/* ---- analysis -------------------------------------------------------------------------------
 */

/* ---- YARA ---- */

static bool is_matched(const struct page_record *record, uint32_t rule)
{
    for (size_t i = 0; i < page_record_matches(record); i++)
        if (record->match[i].rule == rule)
            return true;
    return false;
}

static void on_match(void *context, const struct yara_hit *hit)
{
    struct page_reader *reader = context;
    struct page_record *out = reader->out;
    if (is_matched(out, hit->rule))
        return;
    if (out->matches < PAGE_MATCHES_MAX)
        out->match[out->matches] = (struct page_match){ hit->rule, hit->offset, reader->decoded,
                                                        slice_from(hit->string) };
    out->matches++;
}

static void run_rules(struct page_reader *reader, struct slice bytes, const char *path,
                      bool decoded, struct page_record *out)
{
    struct err err = ERR_INIT;
    reader->out = out;
    reader->decoded = decoded;
    if (yara_scan(reader->yara, bytes, path, on_match, reader, &err) != 0)
        out->match_gave_up = true;
}

/* As it is and, where scanners would not read it as it is, as the server reads it. */
static void match_rules(struct page_reader *reader, struct slice bytes, const char *path,
                        struct page_record *out)
{
    struct decoded decoded;
    run_rules(reader, bytes, path, false, out);
    if (out->encoding == ENCODING_PLAIN || out->encoding == ENCODING_UTF8_MARK)
        return;
    decode_page(&reader->arena, bytes, &decoded);
    run_rules(reader, decoded.text, path, true, out);
}

/* Microsoft's own, or known to the user: then nothing of its content is asked for. */
static bool is_known(enum standing standing)
{
    return standing == STANDING_KNOWN || standing == STANDING_BASELINE;
}

static void find_place(struct page_reader *reader, const char *path, const uint8_t *sha256,
                       struct place_report *out)
{
    place_judge(&reader->arena, slice_from(path), sha256, NULL, out);
    if (reader->baseline && baseline_knows(reader->baseline, slice_from(path), sha256))
        out->standing = STANDING_BASELINE;
}

static void analyse(struct page_reader *reader, struct slice bytes, const char *path,
                    struct page_record *out)
{
    struct place_report place;
    arena_reset(&reader->arena);
    reader->report = (struct page_report){ .class = WEBSHELL_NONE };
    find_place(reader, path, out->sha256, &place);
    if (!is_known(place.standing))
        page_analyse(&reader->arena, reader->library, bytes, slice_from(path), &reader->report);
    page_record_fill(out, &reader->report);
    page_record_place(out, &place);
    if (reader->yara && !is_known(place.standing))
        match_rules(reader, bytes, path, out);
}

void page_reader_analyse_bytes(struct page_reader *reader, struct slice bytes, const char *path,
                               struct page_record *out)
{
    out->size = bytes.len;
    out->modified = TIME_NONE;
    hash_bytes(HASH_SHA256, bytes, out->sha256);
    analyse(reader, bytes, path, out);
}

static int read_head(struct page_reader *reader, struct file *file, struct err *err)
{
    uint64_t size = file_size(file);
    return read_range(file, 0, size < PAGE_HEAD_BYTES ? (size_t)size : PAGE_HEAD_BYTES,
                      &reader->bytes, err);
}

/* ---- traces ---- */

#define TRACE_BYTES_MAX (64U << 20)

static struct slice cut_part(struct slice *rest)
{
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != '/' && rest->ptr[end] != '\\')
        end++;
    struct slice part = slice_first(*rest, end);
    *rest = end < rest->len ? slice_from_offset(*rest, end + 1) : SLICE_NULL;
    return part;
}

/* Where a web server loads code from; the rest of a disk has too many libraries. */
static bool is_trace_place(struct slice path)
{
    static const char *const parts[] = { "temporary asp.net files",
                                         "bin",
                                         "inetsrv",
                                         "inetpub",
                                         "httpproxy",
                                         "clientaccess",
                                         "frontend",
                                         "wwwroot" };
    for (struct slice rest = path; rest.ptr;) {
        struct slice part = cut_part(&rest);
        for (size_t i = 0; rest.ptr && i < sizeof parts / sizeof *parts; i++)
            if (slice_icase_eq(part, slice_from(parts[i])))
                return true;
    }
    return false;
}

static bool is_trace(const char *path, struct slice head)
{
    return trace_is_candidate(slice_from(path), head) && is_trace_place(slice_from(path));
}

static int analyse_trace(struct page_reader *reader, struct file *file, const char *path,
                         struct page_record *out, struct err *err)
{
    struct place_report place;
    size_t have = reader->bytes.len, size = (size_t)file_size(file);
    if (have < size && read_range(file, have, size - have, &reader->bytes, err) < 0)
        return -1;
    struct slice bytes = buf_slice(&reader->bytes);
    hash_bytes(HASH_SHA256, bytes, out->sha256);
    arena_reset(&reader->arena);
    find_place(reader, path, out->sha256, &place);
    bool trace = !is_known(place.standing) &&
                 trace_read(&reader->arena, bytes, slice_from(path), &reader->trace);
    if (trace)
        foreign_judge_trace(&reader->arena, &place, slice_from(path), &reader->trace);
    else
        reader->trace = (struct trace){ .kind = TRACE_NONE };
    page_record_fill(out, &reader->trace.report);
    page_record_trace(out, &place, &reader->trace);
    if (reader->yara && !is_known(place.standing))
        match_rules(reader, bytes, path, out);
    return 0;
}

static void note_size(struct page_record *out)
{
    struct page_reason reason = { .code = REASON_BUDGET, .class = WEBSHELL_NONE };
    out->budget_hit = true;
    page_record_add(out, &reason);
}

static int analyse_large(struct page_reader *reader, struct file *file, const char *path,
                         struct page_record *out, struct err *err)
{
    buf_clear(&reader->bytes); /* they follow */
    if (read_ends(file, &reader->bytes, err) < 0 ||
        hash_file(reader, file, out->sha256, err) < 0)
        return -1;
    analyse(reader, buf_slice(&reader->bytes), path, out);
    if (out->kind != PAGE_KIND_NONE)
        note_size(out);
    return 0;
}

/* The first `have` bytes are read already. */
static int analyse_small(struct page_reader *reader, struct file *file, const char *path,
                         struct page_record *out, struct err *err)
{
    size_t have = reader->bytes.len, size = (size_t)file_size(file);
    if (have < size && read_range(file, have, size - have, &reader->bytes, err) < 0)
        return -1;
    hash_bytes(HASH_SHA256, buf_slice(&reader->bytes), out->sha256);
    analyse(reader, buf_slice(&reader->bytes), path, out);
    return 0;
}

static int analyse_file(struct page_reader *reader, struct file *file, const char *path,
                        struct page_record *out, struct err *err)
{
    out->size = file_size(file);
    out->modified = file_modified(file);
    if (file_size(file) <= TRACE_BYTES_MAX && is_trace(path, buf_slice(&reader->bytes)))
        return analyse_trace(reader, file, path, out, err);
    return file_size(file) > PAGE_BYTES_MAX ? analyse_large(reader, file, path, out, err)
                                            : analyse_small(reader, file, path, out, err);
}

int page_reader_look(struct page_reader *reader, const char *path, struct page_record *out,
                     struct err *err)
{
    struct file *file;
    if (file_open(path, &file, err) < 0)
        return -1;
    buf_clear(&reader->bytes);
    int result = read_head(reader, file, err);
    struct slice head = buf_slice(&reader->bytes);
    if (result == 0 && !page_is_candidate(slice_from(path), head) && !is_trace(path, head))
        result = 1;
    if (result == 0)
        result = analyse_file(reader, file, path, out, err);
    file_close(file);
    return result;
}

int page_reader_analyse(struct page_reader *reader, const char *path, struct page_record *out,
                        struct err *err)
{
    struct file *file;
    if (file_open(path, &file, err) < 0)
        return -1;
    buf_clear(&reader->bytes);
    int result = read_head(reader, file, err);
    if (result == 0)
        result = analyse_file(reader, file, path, out, err);
    file_close(file);
    return result;
}

#define PE_HEAD_BYTES 8192U            /* headers: of programs as they are */
#define RESOURCES_BYTES_MAX (4U << 20) /* Exchange's own hold little but their version */

/* The headers, then the section of the resources alone: a program can be large. */
static int read_resources(struct page_reader *reader, struct file *file, struct pe *pe,
                          struct err *err)
{
    buf_clear(&reader->bytes);
    if (read_range(file, 0, PE_HEAD_BYTES, &reader->bytes, err) < 0)
        return -1;
    if (!pe_open(buf_slice(&reader->bytes), pe))
        return 1;
    const struct pe_section *section = pe_section_of(pe, PE_RESOURCE);
    if (!section)
        return 1;
    struct pe_section moved = *section;
    buf_clear(&reader->bytes);
    if (moved.size > RESOURCES_BYTES_MAX)
        moved.size = RESOURCES_BYTES_MAX;
    if (read_range(file, moved.offset, moved.size, &reader->bytes, err) < 0)
        return -1;
    moved.offset = 0;
    pe_set_section(pe, &moved, buf_slice(&reader->bytes));
    return 0;
}

int page_reader_version(struct page_reader *reader, const char *path, uint16_t out[4],
                        struct err *err)
{
    struct file *file;
    struct pe pe;
    struct pe_version version;
    if (file_open(path, &file, err) < 0)
        return -1;
    int result = read_resources(reader, file, &pe, err);
    file_close(file);
    if (result != 0)
        return result;
    arena_reset(&reader->arena);
    pe_read_version(&pe, &reader->arena, &version);
    memcpy(out, version.file, sizeof version.file);
    return version.file[0] ? 0 : 1;
}
