/* What the verbs that print events have in common: `events` and `search`. */
#ifndef HAUBERK_CLI_LISTING_H
#define HAUBERK_CLI_LISTING_H

#include "cli/options.h"
#include "hunt/listing.h"

/* First member of the settings of such a verb. */
struct listing_arguments {
    struct listing_settings what;
    struct listing_options how;
    struct buf host;       /* lower case; what.host points into it */
    struct survey *survey; /* to be filled; events are printed when NULL */
};

void listing_arguments_init(struct listing_arguments *arguments);
void listing_arguments_deinit(struct listing_arguments *arguments);

/* Rows of an option table. */
int listing_set_since(void *context, const char *value, struct err *err);
int listing_set_until(void *context, const char *value, struct err *err);
int listing_set_source(void *context, const char *value, struct err *err);
int listing_set_host(void *context, const char *value, struct err *err);
int listing_set_most(void *context, const char *value, struct err *err);
int listing_set_jobs(void *context, const char *value, struct err *err);
int listing_set_part(void *context, const char *value, struct err *err);
int listing_set_timeout(void *context, const char *value, struct err *err);

#define LISTING_OPTIONS                                                                        \
    { 0, "since", "TIME", "nothing before (UTC; 2021-03-03 or with time)",                     \
      listing_set_since },                                                                     \
        { 0, "until", "TIME", "nothing after", listing_set_until },                            \
        { 0, "source", "NAME", "only this kind of log (iis, ecp, security; see docs/formats)", \
          listing_set_source },                                                                \
        { 0, "host", "NAME", "only this server's, and events that name no server",             \
          listing_set_host },                                                                  \
        { 'n', "max-count", "N", "stop after N events", listing_set_most },                    \
        { 'j', "jobs", "N", "workers (default: one for each processor)", listing_set_jobs },   \
        { 0, "part-size", "BYTES", "read larger files in parts (default 64 MiB)",              \
          listing_set_part },                                                                  \
    {                                                                                          \
        0, "worker-timeout", "SEC", "end a worker that hangs on a file (120)",                 \
            listing_set_timeout                                                                \
    }

/*
 * Lists what lies below the paths to stdout; damage and what is not recognised go to stderr,
 * the former also to stdout when the format is ndjson. With a survey to be filled nothing else
 * is printed. Returns how it went: 0 or <0 with *err.
 */
int listing_print(struct listing_arguments *arguments, char *const *paths, size_t path_count,
                  struct listing_result *out, struct err *err);

/* Exit status, design §3, of a listing that was done. */
int listing_status(const struct listing_result *result, bool events_are_findings);

#endif
