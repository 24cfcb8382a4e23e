#include "cli/output.h"

#include <string.h>

#include "base/terminal.h"
#include "cli/options.h"
#include "report/ndjson.h"
#include "report/text.h"

int output_format_parse(const char *value, enum output_format *out, struct err *err)
{
    if (strcmp(value, "text") == 0)
        *out = OUTPUT_TEXT;
    else if (strcmp(value, "ndjson") == 0)
        *out = OUTPUT_NDJSON;
    else
        return err_set(err, ERR_USAGE, "\"%s\" is neither text nor ndjson", value);
    return 0;
}

int output_case(struct casefile *casefile, enum output_format format, bool show_secrets,
                struct err *err)
{
    if (format == OUTPUT_NDJSON)
        return report_ndjson(casefile, show_secrets, stdout, err);
    struct text_options options = { terminal_wants_colour(stdout), show_secrets };
    return report_text(casefile, &options, stdout, err);
}

int output_status(struct casefile *casefile)
{
    if (casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM finding WHERE NOT silent)"))
        return EXIT_FINDINGS;
    if (casefile_count(casefile,
                       "SELECT EXISTS(SELECT 1 FROM damage) OR EXISTS(SELECT 1 FROM"
                       " trouble WHERE NOT skipped) OR EXISTS(SELECT 1 FROM item WHERE"
                       " NOT done)"))
        return EXIT_UNREAD;
    return EXIT_CLEAN;
}
