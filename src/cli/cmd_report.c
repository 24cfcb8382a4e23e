/* hauberk report: a case file → the report again. */
#include <string.h>

#include "base/clock.h"
#include "casefile/finish.h"
#include "casefile/triage.h"
#include "cli/allow.h"
#include "cli/exports.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "report/notice.h"

struct settings {
    struct exports exports; /* first: see cli/exports.h */
    enum output_format format;
    bool format_given, checklist;
    enum letter letter;
    const char *allow_path;
    bool no_allow;
    struct allow_list allow;
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

static int set_allow(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->allow_path = value;
    return 0;
}

static int set_no_allow(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->no_allow = true;
    return 0;
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
    { 0, "allow", "FILE", "close findings as the list says (docs/triage.md); the case keeps it",
      set_allow },
    { 0, "no-allow", NULL, "open again what a list has closed; the case keeps it",
      set_no_allow },
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

/*
 * With another allow list the case itself is changed. One whose entries have expired since is
 * settled again in a copy: whoever only reads changes nothing.
 */
static int open_case(struct settings *settings, const char *path, struct casefile **out,
                     struct err *err)
{
    if (settings->allow_path || settings->no_allow) {
        if (settings->allow_path && allow_load(settings->allow_path, &settings->allow, err) < 0)
            return -1;
        if (casefile_open_changing(out, path, err) < 0)
            return -1;
        triage_set(*out, &settings->allow);
        casefile_settle_again(*out);
        return 0;
    }
    if (casefile_open(out, path, err) < 0)
        return -1;
    if (!triage_is_stale(*out, clock_today_ms()))
        return 0;
    casefile_close(*out, NULL);
    if (casefile_open_copy(out, path, err) < 0)
        return -1;
    casefile_settle_again(*out);
    return 0;
}

static int show(struct settings *settings, const char *path, struct err *err)
{
    struct casefile *casefile;
    if (open_case(settings, path, &casefile, err) < 0)
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
    if (status == 0 && settings.allow_path && settings.no_allow)
        status = err_set(&err, ERR_USAGE, "--allow and --no-allow: choose one");
    if (status == 0)
        status = check_stdout(&settings, &err);
    if (status == 0)
        status = exports_open(&settings.exports, &err);
    if (status == 0)
        status = show(&settings, argv[first], &err);
    allow_list_deinit(&settings.allow);
    exports_close(&settings.exports, status >= 0);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_report = {
    .name = "report",
    .arguments = "CASE",
    .summary = "a case file that hunt --case kept -> the report",
    .example = "      hauberk report --format ndjson ex01.case\n"
               "  To forward, and for Timesketch, without the names of people:\n"
               "      hauberk report --redact --html ex01.html --csv ex01.csv ex01.case\n"
               "  Close the findings of your own scanner, and keep that in the case:\n"
               "      hauberk report --allow own-scanners.yml ex01.case\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
