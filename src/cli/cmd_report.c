/* hauberk report: a case file → the report again. */
#include <string.h>

#include "base/clock.h"
#include "casefile/finish.h"
#include "casefile/triage.h"
#include "cli/allow.h"
#include "cli/output.h"
#include "cli/verbs.h"

struct settings {
    enum output_format format;
    bool show_secrets;
    const char *html_path; /* NULL: no HTML */
    bool checklist;
    const char *allow_path;
    bool no_allow;
    struct allow_list allow;
};

static int set_format(void *context, const char *value, struct err *err)
{
    return output_format_parse(value, &((struct settings *)context)->format, err);
}

static int set_show_secrets(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->show_secrets = true;
    return 0;
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

static int set_html(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->html_path = value;
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
    { 0, "html", "FILE", "write the report as one HTML file instead (-: to stdout)", set_html },
    { 0, "checklist", NULL, "print CISA's Emergency Directive 21-02 as a checklist instead",
      set_checklist },
    { 0, "show-secrets", NULL, "print keys, canaries, tokens and cookies in full",
      set_show_secrets },
    { 0, "allow", "FILE", "close findings as the list says (docs/triage.md); the case keeps it",
      set_allow },
    { 0, "no-allow", NULL, "open again what a list has closed; the case keeps it",
      set_no_allow },
};

static int print(const struct settings *settings, struct casefile *casefile, struct err *err)
{
    if (settings->html_path)
        return output_html(casefile, settings->html_path, settings->show_secrets, err);
    if (settings->checklist)
        return output_checklist(casefile, settings->show_secrets, err);
    return output_case(casefile, settings->format, settings->show_secrets, err);
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
    int status = print(settings, casefile, err);
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
        status = show(&settings, argv[first], &err);
    allow_list_deinit(&settings.allow);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_report = {
    .name = "report",
    .arguments = "CASE",
    .summary = "a case file that hunt --case kept -> the report",
    .example = "      hauberk report --format ndjson ex01.case\n"
               "      hauberk report --html ex01.html ex01.case\n"
               "  Close the findings of your own scanner, and keep that in the case:\n"
               "      hauberk report --allow own-scanners.yml ex01.case\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
