#include "hunt/build_watch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "events/event.h"

#define SIGHTINGS_MAX 64             /* kept apart; beyond that they are written early */
#define PATHS_HEAD_BYTES (64U << 10) /* of a run of IIS that is searched for paths */
#define PATHS_TAIL_BYTES (16U << 10)

struct build_watch {
    int64_t since, until;
    struct build header; /* of the item's last "#Version:"; all 0: none */
    uint64_t header_offset;
    struct slice folder; /* told last, in the arena */
    struct arena folder_arena, hosts, scratch;
    size_t count;
    struct build_note sightings[SIGHTINGS_MAX]; /* hosts in the arena */
    struct event event;
};

struct build_watch *build_watch_new(int64_t since, int64_t until)
{
    struct build_watch *watch = mem_alloc(sizeof *watch);
    watch->since = since;
    watch->until = until;
    return watch;
}

void build_watch_free(struct build_watch *watch)
{
    if (!watch)
        return;
    arena_deinit(&watch->folder_arena);
    arena_deinit(&watch->hosts);
    arena_deinit(&watch->scratch);
    free(watch);
}

/* ---- sightings ---- */

static void write_all(struct build_watch *watch, struct buf *out)
{
    for (size_t i = 0; i < watch->count; i++)
        record_put_build(out, &watch->sightings[i]);
    watch->count = 0;
    arena_reset(&watch->hosts);
}

void build_watch_flush(struct build_watch *watch, struct buf *out)
{
    write_all(watch, out);
    watch->header = (struct build){ { 0, 0, 0, 0 } };
}

static bool is_same(const struct build_note *a, const struct build_note *b)
{
    return a->source == b->source && memcmp(&a->build, &b->build, sizeof a->build) == 0 &&
           slice_eq(a->host, b->host) && (a->host.ptr == NULL) == (b->host.ptr == NULL);
}

static void extend(struct build_note *known, const struct build_note *note)
{
    if (note->from == TIME_NONE)
        return;
    if (known->from == TIME_NONE || note->from < known->from) {
        known->from = note->from;
        known->offset = note->offset;
    }
    if (known->to == TIME_NONE || note->to >= known->to) {
        known->to = note->to;
        known->last_offset = note->last_offset;
    }
}

/* One row's build, at one time and place. */
static void add(struct build_watch *watch, const struct build_note *note, struct buf *out)
{
    for (size_t i = 0; i < watch->count; i++)
        if (is_same(&watch->sightings[i], note)) {
            extend(&watch->sightings[i], note);
            return;
        }
    if (watch->count == SIGHTINGS_MAX)
        write_all(watch, out);
    struct build_note *added = &watch->sightings[watch->count++];
    *added = *note;
    added->host = note->host.ptr ? arena_copy(&watch->hosts, note->host) : SLICE_NULL;
}

/* ---- rows ---- */

static bool read_part(const struct event *event, struct slice column, uint16_t *out)
{
    uint64_t number;
    if (!slice_to_u64(event_field(event, column), &number) || number >= UINT16_MAX)
        return false;
    *out = (uint16_t)number;
    return true;
}

static bool read_columns(const struct event *event, struct build_note *out)
{
    return read_part(event, SLICE_LIT("MajorVersion"), &out->build.part[0]) &&
           read_part(event, SLICE_LIT("MinorVersion"), &out->build.part[1]) &&
           read_part(event, SLICE_LIT("BuildVersion"), &out->build.part[2]) &&
           read_part(event, SLICE_LIT("RevisionVersion"), &out->build.part[3]) &&
           builds_is_build(out->build);
}

/*
 * "BEVersion-1942063431" of a row without version columns (an export). What stands in anchors
 * and cookies is the client's own word: public exploit code sends one build to all.
 */
static bool read_integer(const struct event *event, struct build_note *out)
{
    struct slice info = event_field(event, SLICE_LIT("GenericInfo")),
                 key = SLICE_LIT("BEVersion-");
    size_t at = slice_find(info, key), digits = 0;
    uint64_t number;
    if (at == SIZE_MAX)
        return false;
    struct slice value = slice_from_offset(info, at + key.len);
    while (digits < value.len && ascii_is_digit(value.ptr[digits]))
        digits++;
    out->source = BUILD_OF_INTEGER;
    return slice_to_u64(slice_first(value, digits), &number) &&
           builds_from_integer(number, &out->build);
}

static bool read_proxy(const struct event *event, struct build_note *out)
{
    return read_columns(event, out) || read_integer(event, out);
}

static bool read_ecp(const struct event *event, struct build_note *out)
{
    struct slice value = event_field(event, SLICE_LIT("BLD"));
    if (!value.ptr)
        value = event_field(event, SLICE_LIT("Bld"));
    out->source = BUILD_OF_ECP;
    return value.ptr && builds_parse(value, &out->build);
}

/* "OriginatingServer":"EX01 (15.01.2375.007)" in the JSON of an audit record. */
static bool read_audit(const struct event *event, struct build_note *out)
{
    struct slice key = SLICE_LIT("\"OriginatingServer\":\"");
    struct slice data = event_field(event, SLICE_LIT("Data"));
    size_t at = slice_find(data, key);
    if (at == SIZE_MAX)
        return false;
    struct slice value = slice_from_offset(data, at + key.len);
    value = slice_first(value, slice_find_char(value, '"'));
    struct slice version = value;
    slice_cut(&version, '(');
    out->source = BUILD_OF_AUDIT;
    return version.ptr && builds_parse(slice_cut(&version, ')'), &out->build);
}

static const struct reading {
    enum family_id family;
    bool (*read)(const struct event *event, struct build_note *out);
} readings[] = {
    { FAMILY_HTTPPROXY, read_proxy },  { FAMILY_CMDLET, read_columns },
    { FAMILY_RPS_HTTP, read_columns }, { FAMILY_EWS, read_columns },
    { FAMILY_MAPIHTTP, read_columns }, { FAMILY_AUTODISCOVER, read_columns },
    { FAMILY_ECP, read_ecp },          { FAMILY_ECP_ACTIVITY, read_ecp },
    { FAMILY_AUDIT, read_audit },
};

static const struct reading *reading_of(enum family_id family)
{
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        if (readings[i].family == family)
            return &readings[i];
    return NULL;
}

static bool is_outside(const struct build_watch *watch, int64_t time)
{
    return time != TIME_NONE && ((watch->since != TIME_NONE && time < watch->since) ||
                                 (watch->until != TIME_NONE && time > watch->until));
}

struct spot {
    const struct reader *reader;
    const struct run *run;
};

/* Splits a row; the event lives until the next one. False: it does not count. */
static bool split(struct build_watch *watch, const struct spot *spot, struct slice row,
                  struct build_note *out)
{
    arena_reset(&watch->scratch);
    event_split(&watch->event, spot->run->schema, row, spot->run->day, &watch->scratch);
    *out = (struct build_note){ .host = event_host(&watch->event),
                                .source = BUILD_OF_COLUMNS,
                                .from = watch->event.time,
                                .to = watch->event.time,
                                .offset = reader_offset(spot->reader, row.ptr) };
    out->last_offset = out->offset;
    return !is_outside(watch, watch->event.time);
}

static void add_header(struct build_watch *watch, const struct build_note *row, struct buf *out)
{
    struct build_note note = *row;
    if (!watch->header.part[0])
        return;
    note.build = watch->header;
    note.source = BUILD_OF_HEADER;
    note.offset = note.last_offset = watch->header_offset;
    add(watch, &note, out);
}

/* True when the row shows a build of its own; *build is it. */
static bool look_at_row(struct build_watch *watch, const struct spot *spot, struct slice row,
                        struct build *build, struct buf *out)
{
    struct build_note note;
    const struct reading *reading = reading_of(spot->run->schema->family->id);
    if (!split(watch, spot, row, &note))
        return false;
    add_header(watch, &note, out);
    if (!reading || !reading->read(&watch->event, &note))
        return false;
    add(watch, &note, out);
    *build = note.build;
    return true;
}

static struct slice last_line(struct slice text)
{
    size_t end = text.len;
    while (end > 0 && (text.ptr[end - 1] == '\n' || text.ptr[end - 1] == '\r'))
        end--;
    size_t start = end;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    return slice_of(text.ptr + start, end - start);
}

static void look_at_rows(struct build_watch *watch, const struct spot *spot, struct buf *out)
{
    struct build first, last;
    struct slice rest = spot->run->text, row = line_cut(&rest);
    if (!rest.len) {
        look_at_row(watch, spot, row, &first, out);
        return;
    }
    bool shown = look_at_row(watch, spot, row, &first, out);
    shown &= look_at_row(watch, spot, last_line(spot->run->text), &last, out);
    if (!shown || builds_compare(first, last) == 0)
        return;
    while (rest.len)
        look_at_row(watch, spot, line_cut(&rest), &first, out);
}

static void note_header(struct build_watch *watch, const struct spot *spot)
{
    struct build build;
    if (!spot->run->version.ptr || !builds_parse(spot->run->version, &build))
        return;
    watch->header = build;
    watch->header_offset = reader_offset(spot->reader, spot->run->version.ptr);
}

/* ---- paths in rows of IIS ---- */

static struct slice cut_name(struct slice *path)
{
    size_t end = 0;
    while (end < path->len && path->ptr[end] != '/' && path->ptr[end] != '\\')
        end++;
    struct slice name = slice_first(*path, end);
    *path = end < path->len ? slice_from_offset(*path, end + 1) : SLICE_NULL;
    return name;
}

/* owa/prem/15.1.2375.7, owa/auth/15.1.2375 (the CU), ecp/15.1.2375.7: as folder and as URL. */
static bool read_path(struct slice path, struct build *out)
{
    struct slice before = SLICE_LIT(""), last = SLICE_LIT("");
    while (path.ptr) {
        struct slice name = cut_name(&path);
        bool of_owa = slice_icase_eq(before, SLICE_LIT("owa")) &&
                      (slice_icase_eq(last, SLICE_LIT("prem")) ||
                       slice_icase_eq(last, SLICE_LIT("auth")));
        if ((of_owa || slice_icase_eq(last, SLICE_LIT("ecp"))) &&
            slice_starts(name, SLICE_LIT("15.")) && builds_parse(name, out))
            return true;
        before = last;
        last = name;
    }
    return false;
}

static void look_at_path(struct build_watch *watch, const struct spot *spot, struct slice row,
                         struct buf *out)
{
    struct build_note note;
    uint64_t status;
    if (!split(watch, spot, row, &note) ||
        !slice_to_u64(event_role(&watch->event, ROLE_STATUS), &status))
        return;
    note.source = BUILD_OF_PATH;
    /* Anybody can ask for any path: the server must have had it. */
    if ((status == 200 || status == 304) &&
        read_path(event_role(&watch->event, ROLE_URL_PATH), &note.build))
        add(watch, &note, out);
}

static struct slice line_around(struct slice text, size_t at)
{
    size_t start = at;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    struct slice rest = slice_from_offset(text, start);
    return line_cut(&rest);
}

/* The first row of a part of the run that holds a path with a build. */
static void search_paths(struct build_watch *watch, const struct spot *spot, struct slice part,
                         struct buf *out)
{
    static const char *const needles[] = { "/owa/prem/15.", "/owa/auth/15.", "/ecp/15." };
    struct slice text = spot->run->text;
    for (size_t i = 0; i < sizeof needles / sizeof *needles; i++) {
        size_t at = slice_find(part, slice_from(needles[i]));
        if (at != SIZE_MAX)
            look_at_path(watch, spot, line_around(text, (size_t)(part.ptr - text.ptr) + at),
                         out);
    }
}

static void look_at_paths(struct build_watch *watch, const struct spot *spot, struct buf *out)
{
    struct slice text = spot->run->text;
    search_paths(watch, spot, slice_first(text, PATHS_HEAD_BYTES), out);
    if (text.len > PATHS_HEAD_BYTES + PATHS_TAIL_BYTES)
        search_paths(watch, spot, slice_from_offset(text, text.len - PATHS_TAIL_BYTES), out);
}

void build_watch_run(struct build_watch *watch, const struct reader *reader,
                     const struct run *run, struct buf *out)
{
    struct spot spot = { reader, run };
    enum family_id family = run->schema->family->id;
    note_header(watch, &spot);
    if (family == FAMILY_IIS)
        look_at_paths(watch, &spot, out);
    else if (reading_of(family) || watch->header.part[0])
        look_at_rows(watch, &spot, out);
}

/* ---- folders ---- */

void build_watch_path(struct build_watch *watch, struct slice path, struct buf *out)
{
    struct build_note note = { .source = BUILD_OF_FOLDER, .from = TIME_NONE, .to = TIME_NONE };
    struct slice folder = slice_first(path, path.len - path_last(path).len);
    if (slice_eq(folder, watch->folder) || !read_path(folder, &note.build))
        return;
    arena_reset(&watch->folder_arena);
    watch->folder = arena_copy(&watch->folder_arena, folder);
    record_put_build(out, &note);
}
