/* hauberk events: any log or event log → JSON lines. */
#include "cli/listing.h"
#include "cli/verbs.h"

static const struct option_row options[] = { LISTING_OPTIONS };

static int run(const struct verb *verb, int argc, char **argv)
{
    struct listing_arguments arguments;
    struct listing_result result;
    struct err err = ERR_INIT;
    int first;
    listing_arguments_init(&arguments);
    arguments.what.ndjson = true;
    int status = options_parse(verb, argc, argv, &arguments, &first, &err);
    if (status == 0 && first == argc)
        status = err_set(&err, ERR_USAGE,
                         "events of what? Name a file or folder (see events --help)");
    if (status == 0) {
        status = listing_print(&arguments, argv + first, (size_t)(argc - first), &result, &err);
        if (status == 0)
            status = listing_status(&result, false);
    } else if (status > 0) {
        status = EXIT_CLEAN;
    }
    listing_arguments_deinit(&arguments);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_events = {
    .name = "events",
    .arguments = "PATH...",
    .summary = "any log or event log -> JSON lines",
    .example = "  Who logged on over the network, from where?\n"
               "      hauberk events --source security Security.evtx |\n"
               "          jq -r 'select(.\"event.code\"==\"4624\") | .\"hauberk.fields\"'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
