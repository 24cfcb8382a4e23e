/* Pages among the evidence, and which build of Exchange the logs are from. */
#include "base/clock.h"
#include "base/file.h"
#include "hunt/scanner.h"

/* ---- builds ---- */

static bool read_part(const struct event *event, struct slice column, uint16_t *out)
{
    uint64_t number;
    if (!slice_to_u64(event_field(event, column), &number) || number > UINT16_MAX)
        return false;
    *out = (uint16_t)number;
    return true;
}

static bool read_build(const struct event *event, struct build *out)
{
    return read_part(event, SLICE_LIT("MajorVersion"), &out->part[0]) &&
           read_part(event, SLICE_LIT("MinorVersion"), &out->part[1]) &&
           read_part(event, SLICE_LIT("BuildVersion"), &out->part[2]) &&
           read_part(event, SLICE_LIT("RevisionVersion"), &out->part[3]);
}

static void tell_build(struct scanner *scanner, const struct event *event)
{
    struct build_note *last = &scanner->build, note = { .time = event->time };
    note.host = event_host(event);
    if (!note.host.ptr || !read_build(event, &note.build))
        return;
    if (slice_eq(last->host, note.host) &&
        memcmp(&last->build, &note.build, sizeof note.build) == 0)
        return;
    record_put_build(&scanner->out, &note);
    arena_reset(&scanner->build_arena);
    *last = note;
    last->host = arena_copy(&scanner->build_arena, note.host);
}

void scanner_note_build(struct scanner *scanner, const struct run *run)
{
    struct arena scratch = ARENA_INIT;
    if (run->schema->family->id != FAMILY_HTTPPROXY)
        return;
    AUTO_FREE struct event *event = mem_alloc(sizeof *event);
    struct slice row = slice_first(run->text, slice_find_char(run->text, '\n'));
    event_split(event, run->schema, row, run->day, &scratch);
    tell_build(scanner, event);
    arena_deinit(&scratch);
}

/*
 * Setup's own program has the version of the build that is installed. It has no time: rows,
 * which have one, are believed before it. Whose it is, its place among the evidence says.
 */
static void tell_installed_build(struct scanner *scanner, const char *path)
{
    struct err err = ERR_INIT;
    struct build_note note = { .time = TIME_NONE };
    if (page_reader_version(scanner->pages, path, note.build.part, &err) == 0)
        record_put_build(&scanner->out, &note);
}

static bool is_setup(const char *path)
{
    return slice_icase_eq(path_last(slice_from(path)), SLICE_LIT("ExSetup.exe"));
}

/* ---- pages ---- */

bool scanner_look_at_page(struct scanner *scanner, const struct reader_part *part)
{
    struct err err = ERR_INIT;
    bool whole = part->start == 0 && part->length == UINT64_MAX;
    reader_fault(part->path);
    if (whole && is_setup(part->path))
        tell_installed_build(scanner, part->path);
    if (!whole || page_reader_look(scanner->pages, part->path, scanner->page, &err) != 0)
        return false; /* one that cannot be read is the log reader's to tell */
    bool named = page_is_candidate(slice_from(part->path), SLICE_LIT(""));
    if (scanner->page->match_gave_up) {
        struct damage damage = {
            0, SLICE_LIT("the YARA rules took too long: not all of them are decided")
        };
        record_put_damage(&scanner->out, &damage);
    }
    if (scanner->page->trace != TRACE_NONE)
        named = true;
    if (named || scanner->page->kind != PAGE_KIND_NONE || scanner->page->matches)
        record_put_page(&scanner->out, scanner->page);
    return named;
}
