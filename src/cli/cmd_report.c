/* hauberk report: a case file → the report again. */
#include <string.h>

#include "cli/exports.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "report/notice.h"

struct settings {
    struct exports exports; /* first: see cli/exports.h */
    enum output_format format;
    bool format_given, checklist;
    enum letter letter;
};

static int set_format(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    settings->format_given = true;
    return output_format_parse(value, &settings->format, err);
}

static int set_notice(void *context, const char *value, struct err *err)
{
    return notice_by_name(value, &((struct settings *)context)->letter, err);
}

static int set_checklist(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->checklist = true;
    return 0;
}

static const struct option_row options[] = {
    { 0, "format", "FORMAT", "text (default) or ndjson", set_format },
    { 0, "notice", "WHOM", "draft of a notice instead: to authority, clients or persons",
      set_notice },
    { 0, "checklist", NULL, "CISA's Emergency Directive 21-02 as a checklist instead",
      set_checklist },
    EXPORT_OPTIONS,
};

/* A report on the screen is wanted unless files were, and nothing was said of a format. */
static int print(const struct settings *settings, struct casefile *view, struct err *err)
{
    bool show_secrets = settings->exports.show_secrets;
    if (settings->letter)
        return report_notice(view, settings->letter, show_secrets, stdout, err);
    if (settings->checklist)
        return output_checklist(view, show_secrets, err);
    if (settings->format_given || !exports_wanted(&settings->exports))
        return output_case(view, settings->format, show_secrets, err);
    return 0;
}

static int write_view(const struct settings *settings, struct casefile *casefile,
                      struct err *err)
{
    struct casefile *view;
    if (exports_view(&settings->exports, casefile, &view, err) < 0)
        return -1;
    int status = exports_write(&settings->exports, view, err);
    if (status == 0)
        status = print(settings, view, err);
    exports_view_close(view, casefile);
    return status;
}

/* What goes to stdout: one thing at most. */
static int check_stdout(const struct settings *settings, struct err *err)
{
    int count = settings->format_given + settings->checklist +
                (settings->letter != LETTER_NONE) + exports_take_stdout(&settings->exports);
    if (count > 1)
        return err_set(err, ERR_USAGE,
                       "--format, --notice, --checklist and an export to - would share stdout: "
                       "only one of them");
    return 0;
}

static int show(const struct settings *settings, const char *path, struct err *err)
{
    struct casefile *casefile;
    if (casefile_open(&casefile, path, err) < 0)
        return -1;
    int status = write_view(settings, casefile, err);
    if (status == 0)
        status = output_status(casefile);
    if (casefile_close(casefile, status >= 0 ? err : NULL) < 0)
        status = -1;
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .format = OUTPUT_TEXT };
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0 && argc - first != 1)
        status = err_set(&err, ERR_USAGE, "name one case file (see report --help)");
    if (status == 0)
        status = check_stdout(&settings, &err);
    if (status == 0)
        status = exports_open(&settings.exports, &err);
    if (status == 0)
        status = show(&settings, argv[first], &err);
    exports_close(&settings.exports, status >= 0);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_report = {
    .name = "report",
    .arguments = "CASE",
    .summary = "a case file that hunt --case kept -> the report",
    .example = "      hauberk report --format ndjson ex01.case\n"
               "  To forward, and for Timesketch, without the names of people:\n"
               "      hauberk report --redact --html ex01.html --csv ex01.csv ex01.case\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
