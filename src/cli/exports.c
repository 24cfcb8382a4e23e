#include "cli/exports.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "report/html.h"
#include "report/redact.h"
#include "report/stix.h"

#define ALSO_MAX (1U << 20) /* bytes of --redact-also */

struct export_row {
    const char *option;
    int (*write)(struct casefile *casefile, const struct export_options *options, FILE *out,
                 struct err *err);
};

static int write_html(struct casefile *casefile, const struct export_options *options,
                      FILE *out, struct err *err)
{
    return report_html(casefile, options->show_secrets, out, err);
}

static const struct export_row rows[EXPORT_KINDS] = {
    [EXPORT_HTML] = { "html", write_html },
    [EXPORT_CSV] = { "csv", export_csv },
    [EXPORT_STIX] = { "stix", export_stix },
    [EXPORT_ECS] = { "ecs", export_ecs },
};

/* ---- options ---- */

static int set_path(void *context, enum export_kind kind, const char *value)
{
    ((struct exports *)context)->paths[kind] = value;
    return 0;
}

int exports_set_html(void *context, const char *value, struct err *err)
{
    (void)err;
    return set_path(context, EXPORT_HTML, value);
}

int exports_set_csv(void *context, const char *value, struct err *err)
{
    (void)err;
    return set_path(context, EXPORT_CSV, value);
}

int exports_set_stix(void *context, const char *value, struct err *err)
{
    (void)err;
    return set_path(context, EXPORT_STIX, value);
}

int exports_set_ecs(void *context, const char *value, struct err *err)
{
    (void)err;
    return set_path(context, EXPORT_ECS, value);
}

int exports_set_tlp(void *context, const char *value, struct err *err)
{
    if (!stix_knows_tlp(value))
        return err_set(err, ERR_USAGE, "\"%s\" is none of clear, green, amber and red", value);
    ((struct exports *)context)->tlp = value;
    return 0;
}

int exports_set_redact(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct exports *)context)->redact = true;
    return 0;
}

int exports_set_redact_key(void *context, const char *value, struct err *err)
{
    ((struct exports *)context)->redact_key = value;
    return exports_set_redact(context, value, err);
}

int exports_set_redact_also(void *context, const char *value, struct err *err)
{
    ((struct exports *)context)->redact_also = value;
    return exports_set_redact(context, value, err);
}

int exports_set_redact_internal(void *context, const char *value, struct err *err)
{
    ((struct exports *)context)->redact_internal = true;
    return exports_set_redact(context, value, err);
}

int exports_set_show_secrets(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct exports *)context)->show_secrets = true;
    return 0;
}

/* ---- files ---- */

bool exports_wanted(const struct exports *exports)
{
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        if (exports->paths[i])
            return true;
    return false;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static size_t count_stdout(const struct exports *exports)
{
    size_t count = 0;
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        count += is_stdout(exports->paths[i]);
    return count;
}

bool exports_take_stdout(const struct exports *exports)
{
    return count_stdout(exports) > 0;
}

static int check_options(const struct exports *exports, struct err *err)
{
    if (count_stdout(exports) > 1)
        return err_set(err, ERR_USAGE, "only one export can go to stdout");
    if (exports->redact && exports->show_secrets)
        return err_set(err, ERR_USAGE,
                       "--show-secrets shows tokens that name people: not with --redact");
    if (exports->tlp && !exports->paths[EXPORT_STIX])
        return err_set(err, ERR_USAGE, "--tlp is for --stix");
    return 0;
}

static int open_file(struct exports *exports, size_t kind, struct err *err)
{
    const char *path = exports->paths[kind];
    if (!path)
        return 0;
    exports->files[kind] = is_stdout(path) ? stdout : fopen(path, "wbx");
    if (exports->files[kind])
        return 0;
    exports->paths[kind] = NULL; /* not ours to take away */
    if (errno == EEXIST)
        return err_set(err, ERR_USAGE, "--%s: %s exists; it was left as it is, name another",
                       rows[kind].option, path);
    return err_set(err, ERR_USAGE, "--%s: %s: %s", rows[kind].option, path, strerror(errno));
}

static int read_list(const char *path, size_t max, struct buf *out, struct err *err)
{
    if (!path || file_read_all(path, max, out, err) == 0)
        return 0;
    err->code = ERR_USAGE;
    return -1;
}

static int read_redaction(struct exports *exports, struct err *err)
{
    struct buf *key = &exports->key;
    if (read_list(exports->redact_also, ALSO_MAX, &exports->also, err) < 0)
        return err_wrap(err, "--redact-also");
    if (read_list(exports->redact_key, REDACT_KEY_MAX, key, err) < 0)
        return err_wrap(err, "--redact-key");
    while (key->len && strchr("\r\n", key->ptr[key->len - 1]))
        key->len--;
    if (exports->redact_key && key->len < REDACT_KEY_MIN)
        return err_set(err, ERR_USAGE, "--redact-key: %s holds less than %d bytes",
                       exports->redact_key, REDACT_KEY_MIN);
    return 0;
}

int exports_open(struct exports *exports, struct err *err)
{
    if (check_options(exports, err) < 0 || read_redaction(exports, err) < 0)
        return -1;
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        if (open_file(exports, i, err) < 0) {
            exports_close(exports, false);
            return -1;
        }
    return 0;
}

int exports_write(const struct exports *exports, struct casefile *casefile, struct err *err)
{
    struct export_options options = { exports->show_secrets, exports->tlp };
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        if (exports->files[i] && rows[i].write(casefile, &options, exports->files[i], err) < 0)
            return err_wrap(err, "--%s", rows[i].option);
    return 0;
}

void exports_close(struct exports *exports, bool keep)
{
    for (size_t i = 0; i < EXPORT_KINDS; i++) {
        if (!exports->files[i] || exports->files[i] == stdout)
            continue;
        fclose(exports->files[i]);
        exports->files[i] = NULL;
        if (!keep)
            remove(exports->paths[i]);
    }
    buf_deinit(&exports->key);
    buf_deinit(&exports->also);
}

/* ---- redaction ---- */

int exports_view(const struct exports *exports, struct casefile *casefile,
                 struct casefile **out, struct err *err)
{
    struct redact_options options = {
        exports->redact_key ? buf_slice(&exports->key) : SLICE_NULL,
        exports->redact_also ? buf_slice(&exports->also) : SLICE_NULL,
        exports->redact_internal,
    };
    *out = casefile;
    return exports->redact ? redact_case(out, casefile, &options, err) : 0;
}

void exports_view_close(struct casefile *view, struct casefile *casefile)
{
    if (view != casefile)
        casefile_close(view, NULL);
}
