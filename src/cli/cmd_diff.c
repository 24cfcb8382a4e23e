/* hauberk diff: two cases of the same servers → what is new. */
#include <stdio.h>

#include "base/terminal.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "report/diff.h"

struct settings {
    enum output_format format;
    bool show_secrets;
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

static const struct option_row options[] = {
    { 0, "format", "FORMAT", "text (default) or ndjson", set_format },
    { 0, "show-secrets", NULL, "print keys, canaries, tokens and cookies in full",
      set_show_secrets },
};

static int show(const struct settings *settings, char *const *paths, struct err *err)
{
    struct diff diff;
    if (diff_open(&diff, paths[0], paths[1], err) < 0)
        return -1;
    int status = settings->format == OUTPUT_NDJSON
                     ? report_diff_ndjson(&diff, settings->show_secrets, stdout, err)
                     : report_diff_text(&diff, terminal_wants_colour(stdout),
                                        settings->show_secrets, stdout, err);
    if (status == 0)
        status = diff_has_news(&diff) ? EXIT_FINDINGS : EXIT_CLEAN;
    if (diff_close(&diff, status >= 0 ? err : NULL) < 0)
        status = -1;
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { OUTPUT_TEXT, false };
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0 && argc - first != 2)
        status = err_set(&err, ERR_USAGE, "name two case files (see diff --help)");
    if (status == 0)
        status = show(&settings, argv + first, &err);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_diff = {
    .name = "diff",
    .arguments = "CASE1 CASE2",
    .summary = "two cases of the same servers -> what is new, gone, changed",
    .example =
        "  Monday's case and today's; the exit status is 1 when something new was found:\n"
        "      hauberk diff monday.case today.case\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
