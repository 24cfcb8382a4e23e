/*
 * Files that a case is written into besides the report, and redaction: options that `hunt` and
 * `report` share. A struct exports is the first member of their settings, which is what the
 * options' functions rely on. Thread rule: one owner.
 */
#ifndef HAUBERK_CLI_EXPORTS_H
#define HAUBERK_CLI_EXPORTS_H

#include <stdio.h>

#include "casefile/casefile.h"
#include "cli/options.h"
#include "report/export.h"

enum export_kind { EXPORT_HTML, EXPORT_CSV, EXPORT_STIX, EXPORT_ECS, EXPORT_KINDS };

struct exports {
    const char *paths[EXPORT_KINDS]; /* "-": stdout; NULL: not wanted */
    FILE *files[EXPORT_KINDS];
    const char *tlp;
    bool redact, redact_internal;
    const char *redact_key, *redact_also; /* files */
    struct buf key, also;                 /* what they hold */
    bool show_secrets;
};

int exports_set_html(void *context, const char *value, struct err *err);
int exports_set_csv(void *context, const char *value, struct err *err);
int exports_set_stix(void *context, const char *value, struct err *err);
int exports_set_ecs(void *context, const char *value, struct err *err);
int exports_set_tlp(void *context, const char *value, struct err *err);
int exports_set_redact(void *context, const char *value, struct err *err);
int exports_set_redact_key(void *context, const char *value, struct err *err);
int exports_set_redact_also(void *context, const char *value, struct err *err);
int exports_set_redact_internal(void *context, const char *value, struct err *err);
int exports_set_show_secrets(void *context, const char *value, struct err *err);

/* Rows of the option tables. */
#define EXPORT_OPTIONS                                                                         \
    { 0, "show-secrets", NULL, "print keys, canaries, tokens and cookies in full",             \
      exports_set_show_secrets },                                                              \
        { 0, "html", "FILE", "the report as one HTML file; - is stdout", exports_set_html },   \
        { 0, "csv", "FILE", "findings for Timesketch and spreadsheets", exports_set_csv },     \
        { 0, "stix", "FILE", "a STIX 2.1 bundle", exports_set_stix },                          \
        { 0, "tlp", "LEVEL", "of the bundle: clear, green, amber or red", exports_set_tlp },   \
        { 0, "ecs", "FILE", "findings for Elastic's bulk API", exports_set_ecs },              \
        { 0, "redact", NULL, "people's names and addresses become tokens in all output",       \
          exports_set_redact },                                                                \
        { 0, "redact-key", "FILE", "the same tokens in all cases redacted with this key",      \
          exports_set_redact_key },                                                            \
        { 0, "redact-also", "FILE", "more names to redact, one a line",                        \
          exports_set_redact_also },                                                           \
    {                                                                                          \
        0, "redact-internal", NULL, "redact addresses of private networks, too",               \
            exports_set_redact_internal                                                        \
    }

bool exports_wanted(const struct exports *exports);      /* any file? */
bool exports_take_stdout(const struct exports *exports); /* is one of them stdout? */

/* Reads the files of --redact and creates those of exports, before any work is done. A file
 * that exists is refused, as `--case` does.
 */
int exports_open(struct exports *exports, struct err *err);

/* Writes all of them. After a failure, exports_close() takes away what was written. */
int exports_write(const struct exports *exports, struct casefile *casefile, struct err *err);
void exports_close(struct exports *exports, bool keep);

/*
 * The case that reports may read: the case itself, or a redacted copy, which
 * exports_view_close() closes.
 */
int exports_view(const struct exports *exports, struct casefile *casefile,
                 struct casefile **out, struct err *err);
void exports_view_close(struct casefile *view, struct casefile *casefile);

#endif
