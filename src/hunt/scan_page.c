/* Pages among the evidence, and which build of Exchange the logs are from. */
#include "base/clock.h"
#include "base/file.h"
#include "hunt/scanner.h"

/* ---- builds ---- */

/*
 * Setup's own program has the version of the build that is installed; of the others an update
 * replaces some. They have no time: rows, which have one, say when. Whose they are, their place
 * among the evidence says.
 */
static bool is_program(struct slice path, enum build_source *source)
{
    struct slice name = path_last(path);
    *source =
        slice_icase_eq(name, SLICE_LIT("ExSetup.exe")) ? BUILD_OF_SETUP : BUILD_OF_PROGRAM;
    return *source == BUILD_OF_SETUP ||
           (slice_icase_starts(name, SLICE_LIT("Microsoft.Exchange.")) &&
            (slice_icase_ends(name, SLICE_LIT(".dll")) ||
             slice_icase_ends(name, SLICE_LIT(".exe"))));
}

static void look_for_build(struct scanner *scanner, const char *path)
{
    struct err err = ERR_INIT;
    struct build_note note = { .from = TIME_NONE, .to = TIME_NONE };
    build_watch_path(scanner->builds, slice_from(path), &scanner->out);
    if (is_program(slice_from(path), &note.source) &&
        page_reader_version(scanner->pages, path, note.build.part, &err) == 0 &&
        builds_is_build(note.build))
        record_put_build(&scanner->out, &note);
}

/* ---- pages ---- */

bool scanner_look_at_page(struct scanner *scanner, const struct reader_part *part)
{
    struct err err = ERR_INIT;
    bool whole = part->start == 0 && part->length == UINT64_MAX;
    reader_fault(part->path);
    if (whole)
        look_for_build(scanner, part->path);
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
