/* hauberk baseline: the user's own list of what belongs on a web server. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "evidence/walk.h"
#include "report/event_line.h"
#include "webshell/baseline.h"

#define READ_BYTES (256U << 10)

struct settings {
    const char *output;
    bool all_files;
    enum output_format format;
};

static int set_output(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->output = value;
    return 0;
}

static int set_all(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->all_files = true;
    return 0;
}

static int set_format(void *context, const char *value, struct err *err)
{
    return output_format_parse(value, &((struct settings *)context)->format, err);
}

static const struct option_row options[] = {
    { 'o', "output", "FILE", "learn: where to write the list; never over an older one",
      set_output },
    { 0, "all", NULL, "learn: every file, not only what web servers run, load or send",
      set_all },
    { 0, "format", "FORMAT", "check: text (default) or ndjson, a record for each difference",
      set_format },
};

/* ---- files below folders ---- */

/* One run over folders: hashes what is asked for, counts what cannot be read. */
struct run {
    struct evidence_list list;
    char *const *roots;
    bool all_files, ndjson;
    unsigned long unread;
};

static void tell(struct run *run, const char *path, const char *why)
{
    struct buf line = BUF_INIT;
    escape_text(&line, slice_from(path));
    buf_add_text(&line, ": ");
    escape_text(&line, slice_from(why));
    fprintf(stderr, "not read: %s\n", line.ptr);
    buf_clear(&line);
    if (run->ndjson) {
        event_line_damage(&line, slice_from(path), 0, slice_from(why));
        fwrite(line.ptr, 1, line.len, stdout);
    }
    buf_deinit(&line);
    run->unread++;
}

static void walk(struct run *run, char *const *roots, size_t count)
{
    run->roots = roots;
    evidence_walk(&run->list, roots, count);
    for (size_t i = 0; i < run->list.trouble_count; i++)
        if (!run->list.troubles[i].skipped)
            tell(run, run->list.troubles[i].path, run->list.troubles[i].reason);
}

/* The path below its root; of a root that is a file, its name. */
static struct slice relative(const struct run *run, size_t index)
{
    struct slice path = slice_from(run->list.files[index].path);
    struct slice root = slice_from(run->roots[run->list.files[index].root]);
    if (path.len <= root.len)
        return path_last(path);
    path = slice_from_offset(path, root.len);
    while (path.len > 0 && (path.ptr[0] == '/' || path.ptr[0] == '\\'))
        path = slice_from_offset(path, 1);
    return path;
}

static int hash_file(const char *path, uint8_t *digest_out, struct err *err)
{
    struct file *file;
    if (file_open(path, &file, err) < 0)
        return -1;
    AUTO_FREE char *part = mem_alloc(READ_BYTES);
    struct hash *hash = hash_new(HASH_SHA256);
    uint64_t offset = 0;
    int64_t got;
    while ((got = file_read(file, offset, part, READ_BYTES, err)) > 0) {
        hash_add(hash, part, (size_t)got);
        offset += (uint64_t)got;
    }
    hash_finish(hash, digest_out);
    hash_free(hash);
    file_close(file);
    return got < 0 ? -1 : 0;
}

/* False: not asked for. `out` is filled otherwise, but for the hash of what cannot be read. */
static bool next_file(struct run *run, size_t index, struct baseline_file *out, bool *read_out)
{
    struct err err = ERR_INIT;
    out->path = relative(run, index);
    if (!run->all_files && !baseline_is_web_file(out->path))
        return false;
    *read_out = hash_file(run->list.files[index].path, out->sha256, &err) == 0;
    if (!*read_out)
        tell(run, run->list.files[index].path, err.msg);
    return true;
}

/* ---- learn ---- */

static int write_list(const char *path, struct slice text, struct err *err)
{
    FILE *file = fopen(path, "wbx");
    if (!file)
        return err_set(err, ERR_ENVIRONMENT, "%s: %s", path, strerror(errno));
    bool written = fwrite(text.ptr, 1, text.len, file) == text.len;
    if (fclose(file) != 0 || !written)
        return err_set(err, ERR_ENVIRONMENT, "%s: not written: %s", path, strerror(errno));
    return 0;
}

static int learn(const struct settings *settings, char *const *paths, struct err *err)
{
    struct run run = { .list = EVIDENCE_LIST_INIT, .all_files = settings->all_files };
    struct buf text = BUF_INIT;
    AUTO_FREE char *root = path_absolute(paths[0]);
    unsigned long count = 0;
    walk(&run, paths, 1);
    baseline_write_head(&text, slice_from(root), settings->all_files,
                        (int64_t)time(NULL) * MS_PER_SECOND);
    for (size_t i = 0; i < run.list.file_count; i++) {
        struct baseline_file file;
        bool read;
        if (!next_file(&run, i, &file, &read) || !read)
            continue;
        baseline_write_file(&text, &file);
        count++;
    }
    int status = write_list(settings->output, buf_slice(&text), err);
    if (status == 0)
        printf("%lu files learned, %lu not read\n", count, run.unread);
    if (status == 0 && run.unread > 0)
        status = EXIT_UNREAD;
    evidence_list_deinit(&run.list);
    buf_deinit(&text);
    return status;
}

/* ---- check ---- */

struct differences {
    unsigned long added, changed, missing, same;
};

/* `sha256`: of the file as it is now, or as it was learned when it is missing. */
static void record_difference(struct buf *line, const char *what,
                              const struct baseline_file *file)
{
    char hash[HASH_TEXT_SIZE];
    struct json json = json_open(line);
    json_text(&json, "record", SLICE_LIT("difference"));
    json_int(&json, "hauberk.schema", 1);
    json_text(&json, "hauberk.difference", slice_from(what));
    json_text(&json, "file.path", file->path);
    json_text(&json, "file.hash.sha256",
              slice_from(hash_text(file->sha256, sizeof file->sha256, hash)));
    json_close(&json);
    buf_add_char(line, '\n');
}

static void print_difference(const struct run *run, const char *what,
                             const struct baseline_file *file)
{
    struct buf line = BUF_INIT;
    if (run->ndjson) {
        record_difference(&line, what, file);
    } else {
        buf_printf(&line, "%-8s ", what);
        escape_text(&line, file->path);
        buf_add_char(&line, '\n');
    }
    fwrite(line.ptr, 1, line.len, stdout);
    buf_deinit(&line);
}

/* *seen: one flag for each file of the list. */
static void check_file(const struct run *run, const struct baseline *baseline,
                       const struct baseline_file *file, bool read, struct differences *out,
                       bool *seen)
{
    size_t index = baseline_find(baseline, file->path);
    if (index != SIZE_MAX)
        seen[index] = true;
    if (!read)
        return;
    bool same = index != SIZE_MAX &&
                memcmp(baseline_at(baseline, index)->sha256, file->sha256, SHA256_BYTES) == 0;
    if (same) {
        out->same++;
        return;
    }
    print_difference(run, index == SIZE_MAX ? "new" : "changed", file);
    (index == SIZE_MAX ? &out->added : &out->changed)[0]++;
}

static void check_missing(const struct run *run, const struct baseline *baseline,
                          struct differences *out, const bool *seen)
{
    for (size_t i = 0; i < baseline_count(baseline); i++)
        if (!seen[i]) {
            print_difference(run, "missing", baseline_at(baseline, i));
            out->missing++;
        }
}

static int check(const struct settings *settings, char *const *paths, size_t count,
                 struct err *err)
{
    struct baseline *baseline;
    if (baseline_read(paths[0], &baseline, err) < 0)
        return -1;
    struct run run = { .list = EVIDENCE_LIST_INIT,
                       .all_files = baseline_is_of_all(baseline),
                       .ndjson = settings->format == OUTPUT_NDJSON };
    struct differences found = { 0, 0, 0, 0 };
    AUTO_FREE bool *seen = mem_alloc(baseline_count(baseline) + 1);
    walk(&run, paths + 1, count - 1);
    evidence_leave_out(&run.list, paths[0]);
    for (size_t i = 0; i < run.list.file_count; i++) {
        struct baseline_file file;
        bool read;
        if (next_file(&run, i, &file, &read))
            check_file(&run, baseline, &file, read, &found, seen);
    }
    check_missing(&run, baseline, &found, seen);
    if (!run.ndjson)
        printf("%lu new, %lu changed, %lu missing, %lu as learned, %lu not read\n", found.added,
               found.changed, found.missing, found.same, run.unread);
    evidence_list_deinit(&run.list);
    baseline_free(baseline);
    if (found.added + found.changed + found.missing > 0)
        return EXIT_FINDINGS;
    return run.unread > 0 ? EXIT_UNREAD : EXIT_CLEAN;
}

/* ---- the verb ---- */

static int run_what(const struct settings *settings, int argc, char **argv, struct err *err)
{
    const char *what = argc > 0 ? argv[0] : "";
    if (strcmp(what, "learn") == 0) {
        if (argc != 2 || !settings->output || settings->format != OUTPUT_TEXT)
            return err_set(err, ERR_USAGE,
                           "learn one folder into a file: baseline learn DIR -o "
                           "FILE");
        return learn(settings, argv + 1, err);
    }
    if (strcmp(what, "check") != 0)
        return err_set(err, ERR_USAGE,
                       "baseline learn or baseline check (see baseline --help)");
    if (argc < 3)
        return err_set(err, ERR_USAGE, "check which folder? baseline check FILE DIR...");
    if (settings->output || settings->all_files)
        return err_set(err, ERR_USAGE, "--output and --all are for baseline learn");
    return check(settings, argv + 1, (size_t)argc - 1, err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .format = OUTPUT_TEXT };
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0)
        status = run_what(&settings, argc - first, argv + first, &err);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_baseline = {
    .name = "baseline",
    .arguments = "learn DIR -o FILE | check FILE DIR...",
    .summary = "your own list of what belongs on a web server: learn it, check against it",
    .example = "  After an installation that you trust:\n"
               "      hauberk baseline learn D:/Exchange/FrontEnd -o frontend.baseline\n"
               "  Later, on the server or on a copy:\n"
               "      hauberk baseline check frontend.baseline evidence/EX01/FrontEnd\n"
               "  Exit: 1 when a file is new, changed or missing.\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
