#include "cli/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/event_line.h"

#define UNREAD_TOLD_MAX 20

void listing_arguments_init(struct listing_arguments *arguments)
{
    *arguments = (struct listing_arguments){ .host = BUF_INIT };
    arguments->what.since = arguments->what.until = TIME_NONE;
}

void listing_arguments_deinit(struct listing_arguments *arguments)
{
    buf_deinit(&arguments->host);
}

static int set_time(const char *value, bool end, int64_t *out, struct err *err)
{
    if (!time_parse_argument(slice_from(value), end, out))
        return err_set(err, ERR_USAGE,
                       "\"%s\" is no date (2021-03-03) or time (2021-03-03T06:00:00Z)", value);
    return 0;
}

int listing_set_since(void *context, const char *value, struct err *err)
{
    return set_time(value, false, &((struct listing_arguments *)context)->what.since, err);
}

int listing_set_until(void *context, const char *value, struct err *err)
{
    return set_time(value, true, &((struct listing_arguments *)context)->what.until, err);
}

int listing_set_source(void *context, const char *value, struct err *err)
{
    const struct family *family = family_by_name(slice_from(value));
    if (!family)
        return err_set(err, ERR_USAGE, "\"%s\" is no kind of log (see docs/formats)", value);
    ((struct listing_arguments *)context)->what.family = family->id;
    return 0;
}

int listing_set_host(void *context, const char *value, struct err *err)
{
    struct listing_arguments *arguments = context;
    struct slice name = slice_from(value);
    name = slice_first(name, slice_find_char(name, '.'));
    if (!name.len)
        return err_set(err, ERR_USAGE, "\"%s\" is no name of a server", value);
    buf_clear(&arguments->host);
    for (size_t i = 0; i < name.len; i++)
        buf_add_char(&arguments->host, ascii_lower(name.ptr[i]));
    arguments->what.host = buf_slice(&arguments->host);
    return 0;
}

static int set_number(const char *value, uint64_t most, uint64_t *out, struct err *err)
{
    if (!slice_to_u64(slice_from(value), out) || *out < 1 || *out > most)
        return err_set(err, ERR_USAGE, "\"%s\" is no number from 1 to %" PRIu64, value, most);
    return 0;
}

int listing_set_most(void *context, const char *value, struct err *err)
{
    return set_number(value, INT64_MAX, &((struct listing_arguments *)context)->what.most, err);
}

int listing_set_jobs(void *context, const char *value, struct err *err)
{
    uint64_t jobs;
    if (set_number(value, 64, &jobs, err) < 0)
        return -1;
    ((struct listing_arguments *)context)->how.jobs = (unsigned)jobs;
    return 0;
}

int listing_set_part(void *context, const char *value, struct err *err)
{
    return set_number(value, INT64_MAX, &((struct listing_arguments *)context)->how.part_bytes,
                      err);
}

int listing_set_timeout(void *context, const char *value, struct err *err)
{
    uint64_t seconds;
    if (set_number(value, 86400, &seconds, err) < 0)
        return -1;
    ((struct listing_arguments *)context)->how.silence_ms = (int64_t)seconds * MS_PER_SECOND;
    return 0;
}

/* ---- printing -------------------------------------------------------------------------------
 */

struct printer {
    bool ndjson;
    uint64_t unread;
    struct buf line;
};

static bool print_text(void *context, struct slice text)
{
    (void)context;
    return fwrite(text.ptr, 1, text.len, stdout) == text.len;
}

static void tell(struct printer *printer, const char *what, struct slice path,
                 struct slice reason)
{
    buf_clear(&printer->line);
    escape_text(&printer->line, path);
    buf_add_text(&printer->line, ": ");
    escape_text(&printer->line, reason);
    fprintf(stderr, "hauberk: %s: %s\n", what, printer->line.ptr);
}

static void print_damage(void *context, struct slice path, uint64_t offset, struct slice reason)
{
    struct printer *printer = context;
    char what[64];
    snprintf(what, sizeof what, "damage at %" PRIu64, offset);
    tell(printer, what, path, reason);
    if (!printer->ndjson)
        return;
    buf_clear(&printer->line);
    event_line_damage(&printer->line, path, offset, reason);
    fwrite(printer->line.ptr, 1, printer->line.len, stdout);
}

static void print_unread(void *context, struct slice path, struct slice note)
{
    struct printer *printer = context;
    if (printer->unread++ < UNREAD_TOLD_MAX)
        tell(printer, "not recognised", path, note);
}

int listing_print(struct listing_arguments *arguments, char *const *paths, size_t path_count,
                  struct listing_result *out, struct err *err)
{
    struct printer printer = { arguments->what.ndjson, 0, BUF_INIT };
    struct listing_sink sink = { print_text, print_damage, print_unread, arguments->survey,
                                 &printer };
    arguments->what.survey = arguments->survey != NULL;
    arguments->how.paths = paths;
    arguments->how.path_count = path_count;
    int result = listing_run(&arguments->how, &arguments->what, &sink, out, err);
    if (printer.unread > UNREAD_TOLD_MAX)
        fprintf(stderr, "hauberk: ... and %" PRIu64 " more files\n",
                printer.unread - UNREAD_TOLD_MAX);
    if (result == 0 && out->interrupted)
        fputs("hauberk: interrupted; not all was read\n", stderr);
    if (result == 0 && (fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
        result = err_set(err, ERR_ENVIRONMENT, "cannot write");
    buf_deinit(&printer.line);
    return result;
}

int listing_status(const struct listing_result *result, bool events_are_findings)
{
    if (events_are_findings && result->events)
        return EXIT_FINDINGS;
    return result->damages || result->interrupted ? EXIT_UNREAD : EXIT_CLEAN;
}
