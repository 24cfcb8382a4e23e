/* hauberk page: web pages → class and reasons. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/yara.h"
#include "hunt/pages.h"
#include "report/event_line.h"
#include "report/page_entry.h"

#define INPUT_BYTES_MAX (256U << 20) /* of standard input */

struct settings {
    enum output_format format;
    bool all;
    struct slice host;
    struct buf host_name, input;
    struct yara_paths rules;
    struct yara_set *yara; /* NULL: none */
    const char *baseline_path;
    struct baseline *baseline; /* NULL: none */
    struct pages_options how;
};

static int set_format(void *context, const char *value, struct err *err)
{
    return output_format_parse(value, &((struct settings *)context)->format, err);
}

static int set_all(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->all = true;
    return 0;
}

static int set_yara(void *context, const char *value, struct err *err)
{
    return yara_paths_add(&((struct settings *)context)->rules, value, err);
}

static int set_baseline(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->baseline_path = value;
    return 0;
}

static int set_host(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    struct slice name = slice_first(slice_from(value), slice_find_char(slice_from(value), '.'));
    if (!name.len)
        return err_set(err, ERR_USAGE, "\"%s\" is no name of a server", value);
    buf_clear(&settings->host_name);
    for (size_t i = 0; i < name.len; i++)
        buf_add_char(&settings->host_name, ascii_lower(name.ptr[i]));
    settings->host = buf_slice(&settings->host_name);
    return 0;
}

static int set_number(const char *value, uint64_t most, uint64_t *out, struct err *err)
{
    if (!slice_to_u64(slice_from(value), out) || *out < 1 || *out > most)
        return err_set(err, ERR_USAGE, "\"%s\" is no number from 1 to %" PRIu64, value, most);
    return 0;
}

static int set_jobs(void *context, const char *value, struct err *err)
{
    uint64_t jobs;
    if (set_number(value, 64, &jobs, err) < 0)
        return -1;
    ((struct settings *)context)->how.jobs = (unsigned)jobs;
    return 0;
}

static int set_timeout(void *context, const char *value, struct err *err)
{
    uint64_t seconds;
    if (set_number(value, 86400, &seconds, err) < 0)
        return -1;
    ((struct settings *)context)->how.silence_ms = (int64_t)seconds * MS_PER_SECOND;
    return 0;
}

static const struct option_row options[] = {
    { 0, "format", "FORMAT", "text (default) or ndjson: one record for each file", set_format },
    { 'v', "all", NULL, "text: also the files in which nothing was found", set_all },
    { 0, "yara", "PATH", "YARA rules too: a file, or a folder of .yar and .yara", set_yara },
    { 0, "baseline", "FILE", "files in this list are known to you (hauberk baseline learn)",
      set_baseline },
    { 0, "host", "NAME", "name of the server that the pages are from", set_host },
    { 'j', "jobs", "N", "workers (default: one for each processor)", set_jobs },
    { 0, "worker-timeout", "SEC", "end a worker that hangs on a file (120)", set_timeout },
};

/* ---- printing -------------------------------------------------------------------------------
 */

struct printer {
    const struct settings *settings;
    struct page page;
    struct buf line;
};

static bool print_page(void *context, const char *path, const struct page_record *record)
{
    struct printer *printer = context;
    struct page_place place = { printer->settings->host, slice_from(path),
                                printer->settings->yara };
    if (printer->settings->format == OUTPUT_TEXT) {
        if (record->class != WEBSHELL_NONE || record->matches || printer->settings->all)
            page_entry_text(&printer->page, &place, record);
        return !ferror(stdout);
    }
    buf_clear(&printer->line);
    page_entry_ndjson(&printer->line, &place, record);
    return fwrite(printer->line.ptr, 1, printer->line.len, stdout) == printer->line.len;
}

static void complain(struct printer *printer, const char *what, const char *path,
                     const char *reason)
{
    buf_clear(&printer->line);
    escape_text(&printer->line, slice_from(path));
    buf_add_text(&printer->line, ": ");
    escape_text(&printer->line, slice_from(reason));
    fprintf(stderr, "hauberk: %s: %s\n", what, printer->line.ptr);
}

static void print_damage(void *context, const char *path, const char *reason)
{
    struct printer *printer = context;
    complain(printer, "damage", path, reason);
    if (printer->settings->format != OUTPUT_NDJSON)
        return;
    buf_clear(&printer->line);
    event_line_damage(&printer->line, slice_from(path), 0, slice_from(reason));
    fwrite(printer->line.ptr, 1, printer->line.len, stdout);
}

static void print_unread(void *context, const char *path, const char *note)
{
    complain(context, "not read", path, note);
}

/* "1204 files: 2 shell, 1 writer, 1201 none" */
static void print_counts(const struct pages_result *result)
{
    uint64_t files = 0;
    const char *separator = ": ";
    for (int c = 0; c <= WEBSHELL_SHELL; c++)
        files += result->pages[c];
    printf("%" PRIu64 " file%s", files, files == 1 ? "" : "s");
    for (int c = WEBSHELL_SHELL; c >= 0; c--) {
        if (!result->pages[c])
            continue;
        printf("%s%" PRIu64 " %s", separator, result->pages[c],
               webshell_class_name((enum webshell_class)c));
        separator = ", ";
    }
    putchar('\n');
    if (result->listed)
        printf("%" PRIu64 " page%s known by your baseline\n", result->listed,
               result->listed == 1 ? "" : "s");
}

/* ---- running --------------------------------------------------------------------------------
 */

static int read_input(struct settings *settings, struct err *err)
{
    struct buf *input = &settings->input;
    size_t got;
    do {
        buf_reserve(input, 65536);
        got = fread(input->ptr + input->len, 1, 65536, stdin);
        input->len += got;
        if (input->len > INPUT_BYTES_MAX)
            return err_set(err, ERR_USAGE, "standard input is longer than %u MiB",
                           INPUT_BYTES_MAX >> 20);
    } while (got);
    settings->how.input = buf_slice(input);
    return ferror(stdin) ? err_set(err, ERR_EVIDENCE, "cannot read standard input") : 0;
}

static int status_of(const struct pages_result *result)
{
    for (int c = WEBSHELL_NONE + 1; c <= WEBSHELL_SHELL; c++)
        if (result->pages[c])
            return EXIT_FINDINGS;
    if (result->matched)
        return EXIT_FINDINGS;
    return result->damages || result->interrupted ? EXIT_UNREAD : EXIT_CLEAN;
}

/* Returns the exit status, <0 with *err. */
static int analyse(struct settings *settings, struct err *err)
{
    struct printer printer = { settings, { stdout, terminal_wants_colour(stdout) }, BUF_INIT };
    struct pages_sink sink = { print_page, print_damage, print_unread, &printer };
    struct pages_result result;
    bool input_read = false;
    for (size_t i = 0; i < settings->how.path_count && !input_read; i++) {
        input_read = strcmp(settings->how.paths[i], "-") == 0;
        if (input_read && read_input(settings, err) < 0)
            return -1;
    }
    int status = pages_run(&settings->how, &sink, &result, err);
    buf_deinit(&printer.line);
    if (status < 0)
        return -1;
    if (result.interrupted)
        fputs("hauberk: interrupted; not all was read\n", stderr);
    if (settings->format == OUTPUT_TEXT)
        print_counts(&result);
    if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
        return err_set(err, ERR_ENVIRONMENT, "cannot write");
    return status_of(&result);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .format = OUTPUT_TEXT };
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0 && first == argc)
        status = err_set(&err, ERR_USAGE,
                         "which page? Name a file or folder, or - (see page --help)");
    settings.how.paths = argv + first;
    settings.how.path_count = (size_t)(argc - first);
    if (status == 0)
        status = yara_paths_load(&settings.rules, &settings.yara, &err);
    settings.how.yara = settings.yara;
    if (status == 0 && settings.baseline_path)
        status = baseline_read(settings.baseline_path, &settings.baseline, &err);
    settings.how.baseline = settings.baseline;
    if (status == 0)
        status = analyse(&settings, &err);
    yara_set_free(settings.yara);
    baseline_free(settings.baseline);
    buf_deinit(&settings.host_name);
    buf_deinit(&settings.input);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_page = {
    .name = "page",
    .arguments = "PATH...",
    .summary = "web pages -> back door or not, and why",
    .example = "  What lies in the folders that the web server serves?\n"
               "      hauberk page C/inetpub/wwwroot \"C/Program Files/Microsoft/Exchange "
               "Server/V15/FrontEnd\"\n"
               "  One page, from a pipe:\n"
               "      hauberk page - < discover.aspx\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
