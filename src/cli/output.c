#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
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

#define UNREAD_TOLD_MAX 20

/* Files that were not recognised have no record in the JSON lines: they are told on stderr. */
static void tell_unread(struct casefile *casefile)
{
    struct query query;
    struct buf line = BUF_INIT;
    int64_t count = 0;
    query_open(&query, casefile,
               "SELECT path, coalesce(note,'not read') FROM item WHERE family IS NULL AND done"
               " AND id NOT IN (SELECT item FROM page) AND id NOT IN (SELECT item FROM"
               " host_build) AND id NOT IN (SELECT item FROM setting) GROUP BY path UNION ALL "
               "SELECT path, "
               "reason FROM trouble WHERE skipped");
    while (query_next(&query)) {
        if (count++ >= UNREAD_TOLD_MAX)
            continue;
        buf_clear(&line);
        escape_text(&line, query_text(&query, 0));
        buf_add_text(&line, ": ");
        escape_text(&line, query_text(&query, 1));
        fprintf(stderr, "hauberk: not recognised: %s\n", line.ptr);
    }
    query_close(&query);
    buf_deinit(&line);
    if (count > UNREAD_TOLD_MAX)
        fprintf(stderr, "hauberk: ... and %" PRId64 " more files\n", count - UNREAD_TOLD_MAX);
    if (!casefile_count(casefile,
                        "SELECT EXISTS(SELECT 1 FROM coverage) OR EXISTS"
                        "(SELECT 1 FROM finding) OR EXISTS(SELECT 1 FROM setting WHERE"
                        " place NOT LIKE '?%') OR EXISTS(SELECT 1 FROM page WHERE"
                        " served)"))
        fputs("hauberk: no log of an Exchange server was found, so there is no verdict\n",
              stderr);
}

int output_case(struct casefile *casefile, enum output_format format, bool show_secrets,
                struct err *err)
{
    if (format == OUTPUT_NDJSON) {
        tell_unread(casefile);
        return report_ndjson(casefile, show_secrets, stdout, err);
    }
    struct text_options options = { terminal_wants_colour(stdout), show_secrets };
    return report_text(casefile, &options, stdout, err);
}

int output_checklist(struct casefile *casefile, bool show_secrets, struct err *err)
{
    struct text_options options = { terminal_wants_colour(stdout), show_secrets };
    return report_checklist_text(casefile, &options, stdout, err);
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
