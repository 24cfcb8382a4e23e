/* hauberk report: a case file → the report again. */
#include <string.h>

#include "cli/output.h"
#include "cli/verbs.h"

struct settings {
    enum output_format format;
    bool show_secrets;
    const char *html_path; /* NULL: no HTML */
    bool checklist;
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
};

static int print(const struct settings *settings, struct casefile *casefile, struct err *err)
{
    if (settings->html_path)
        return output_html(casefile, settings->html_path, settings->show_secrets, err);
    if (settings->checklist)
        return output_checklist(casefile, settings->show_secrets, err);
    return output_case(casefile, settings->format, settings->show_secrets, err);
}

static int show(const struct settings *settings, const char *path, struct err *err)
{
    struct casefile *casefile;
    if (casefile_open(&casefile, path, err) < 0)
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
    if (status == 0)
        status = show(&settings, argv[first], &err);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_report = {
    .name = "report",
    .arguments = "CASE",
    .summary = "a case file that hunt --case kept -> the report",
    .example = "      hauberk report --format ndjson ex01.case\n"
               "      hauberk report --html ex01.html ex01.case\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
