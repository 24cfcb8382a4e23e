/* hauberk hunt: evidence → verdict. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/terminal.h"
#include "casefile/triage.h"
#include "cli/allow.h"
#include "cli/exports.h"
#include "cli/indicators.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/verbs.h"
#include "cli/yara.h"
#include "hunt/context.h"
#include "hunt/hunt.h"

#define LIST_MAX 256 /* values of one repeatable option */

struct list {
    size_t count;
    char *values[LIST_MAX];
};

struct settings {
    struct exports exports; /* first: see cli/exports.h */
    struct list rules, disabled, indicators;
    bool with_builtin, no_prefilter, no_memo, no_progress, stats, custody;
    const char *case_path;
    enum output_format format;
    int64_t since, until;
    struct slice host;
    unsigned jobs;
    uint64_t part_bytes;
    uint64_t context;
    bool volumes;
    int64_t silence_ms;
    struct trusted_proxies proxies;
    struct sigma_placeholders placeholders;
    struct loaded_indicators loaded;
    struct yara_paths yara_paths;
    struct yara_set *yara; /* NULL: none */
    const char *baseline_path;
    struct baseline *baseline; /* NULL: none */
    const char *allow_path;    /* NULL: what the case has, if it is continued */
    struct allow_list allow;
    struct buf text; /* whatever changes the result, for the case's fingerprint */
};

static int add(struct list *list, const char *value, struct err *err)
{
    if (list->count == LIST_MAX)
        return err_set(err, ERR_USAGE, "more than %d values", LIST_MAX);
    list->values[list->count++] = (char *)(uintptr_t)value;
    return 0;
}

static void note(struct settings *settings, const char *name, const char *value)
{
    buf_printf(&settings->text, "%s=%s\n", name, value);
}

static int set_rules(void *context, const char *value, struct err *err)
{
    return add(&((struct settings *)context)->rules, value, err);
}

static int set_ioc(void *context, const char *value, struct err *err)
{
    return add(&((struct settings *)context)->indicators, value, err);
}

static int set_yara(void *context, const char *value, struct err *err)
{
    return yara_paths_add(&((struct settings *)context)->yara_paths, value, err);
}

static int set_baseline(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->baseline_path = value;
    return 0;
}

static int set_allow(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->allow_path = value;
    return 0;
}

static int set_with_builtin(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->with_builtin = true;
    return 0;
}

static int set_expand(void *context, const char *value, struct err *err)
{
    return rules_add_placeholders(&((struct settings *)context)->placeholders, value, err);
}

static int set_disable(void *context, const char *value, struct err *err)
{
    note(context, "disable", value);
    return add(&((struct settings *)context)->disabled, value, err);
}

static int set_case(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->case_path = value;
    return 0;
}

static int set_format(void *context, const char *value, struct err *err)
{
    return output_format_parse(value, &((struct settings *)context)->format, err);
}

static int set_time(struct settings *settings, const char *name, const char *value, bool end,
                    int64_t *out, struct err *err)
{
    note(settings, name, value);
    if (!time_parse_argument(slice_from(value), end, out))
        return err_set(err, ERR_USAGE,
                       "\"%s\" is no date (2021-03-03) or time "
                       "(2021-03-03T06:00:00Z)",
                       value);
    return 0;
}

static int set_volumes(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->volumes = true;
    note(context, "volumes", "1");
    return 0;
}

static int set_since(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    return set_time(settings, "since", value, false, &settings->since, err);
}

static int set_until(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    return set_time(settings, "until", value, true, &settings->until, err);
}

static int set_host(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    (void)err;
    settings->host = slice_from(value);
    note(settings, "host", value);
    return 0;
}

static int set_jobs(void *context, const char *value, struct err *err)
{
    uint64_t jobs;
    if (!slice_to_u64(slice_from(value), &jobs) || jobs < 1 || jobs > 64)
        return err_set(err, ERR_USAGE, "\"%s\" is no number from 1 to 64", value);
    ((struct settings *)context)->jobs = (unsigned)jobs;
    return 0;
}

static int set_context(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    if (!slice_to_u64(slice_from(value), &settings->context) ||
        settings->context > CONTEXT_EVENTS_MAX)
        return err_set(err, ERR_USAGE, "\"%s\" is no number up to %d", value,
                       CONTEXT_EVENTS_MAX);
    return 0;
}

static int set_part(void *context, const char *value, struct err *err)
{
    uint64_t bytes;
    if (!slice_to_u64(slice_from(value), &bytes) || bytes < 1)
        return err_set(err, ERR_USAGE, "\"%s\" is no number of bytes", value);
    ((struct settings *)context)->part_bytes = bytes;
    return 0;
}

static int set_worker_timeout(void *context, const char *value, struct err *err)
{
    uint64_t seconds;
    if (!slice_to_u64(slice_from(value), &seconds) || seconds < 1 || seconds > 86400)
        return err_set(err, ERR_USAGE, "\"%s\" is no number of seconds up to a day", value);
    ((struct settings *)context)->silence_ms = (int64_t)seconds * MS_PER_SECOND;
    return 0;
}

static int set_trusted_proxy(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    struct trusted_proxies *proxies = &settings->proxies;
    proxies->networks =
        mem_grow(proxies->networks, proxies->count + 1, sizeof *proxies->networks);
    if (!ip_network_parse(slice_from(value), &proxies->networks[proxies->count]))
        return err_set(err, ERR_USAGE, "\"%s\" is no network (10.0.0.0/8)", value);
    proxies->count++;
    note(settings, "trusted-proxy", value);
    return 0;
}

#define SWITCH(member)                                                                         \
    static int set_##member(void *context, const char *value, struct err *err)                 \
    {                                                                                          \
        (void)value;                                                                           \
        (void)err;                                                                             \
        ((struct settings *)context)->member = true;                                           \
        return 0;                                                                              \
    }

SWITCH(no_prefilter)
SWITCH(no_memo)
SWITCH(no_progress)
SWITCH(stats)
SWITCH(custody)

static const struct option_row options[] = {
    { 'r', "rules", "PATH", "Sigma rules instead of the built-in ones", set_rules },
    { 0, "with-builtin", NULL, "with --rules: the built-in ones too", set_with_builtin },
    { 0, "expand", "NAME=FILE", "values of %NAME% in rules; or a folder of NAME.txt",
      set_expand },
    { 0, "disable", "RULE-ID", "leave a rule out", set_disable },
    { 0, "ioc", "FILE", "indicators too: a plain list, CSV or STIX 2.1", set_ioc },
    { 0, "yara", "PATH", "YARA rules over pages too: a file, or a folder of .yar and .yara",
      set_yara },
    { 0, "baseline", "FILE", "pages in this list are known to you (hauberk baseline learn)",
      set_baseline },
    { 0, "allow", "FILE",
      "findings of own scanners and known pages are closed (docs/triage.md)", set_allow },
    { 'o', "case", "FILE", "keep the case; an unfinished one is continued", set_case },
    { 0, "format", "FORMAT", "text (default) or ndjson", set_format },
    { 0, "custody", NULL, "SHA-256 of all files, not only of a kept case's findings",
      set_custody },
    { 0, "since", "TIME", "read nothing before (UTC; 2021-03-03 or with time)", set_since },
    { 0, "until", "TIME", "read nothing after", set_until },
    { 0, "host", "NAME", "name of the server whose rows name none", set_host },
    { 0, "trusted-proxy", "CIDR", "believe X-Forwarded-For of this load balancer",
      set_trusted_proxy },
    EXPORT_OPTIONS,
    { 0, "context", "N", "keep N events of the same source before and after a finding",
      set_context },
    { 0, "volumes", NULL, "add up what each client got on every host, attacked or not",
      set_volumes },
    { 'j', "jobs", "N", "workers (default: one for each processor)", set_jobs },
    { 0, "part-size", "BYTES", "read larger files in parts (default 64 MiB)", set_part },
    { 0, "worker-timeout", "SEC", "end a worker that hangs on a file (120)",
      set_worker_timeout },
    { 0, "no-progress", NULL, "no progress bar", set_no_progress },
    { 0, "no-prefilter", NULL, "evaluate every line: same findings, slower", set_no_prefilter },
    { 0, "no-memo", NULL,
      "evaluate repeating events of event logs again: same findings, slower", set_no_memo },
    { 0, "stats", NULL, "rates, time and memory on stderr", set_stats },
};

static int load_rules(struct settings *settings, struct sigma_set *set, struct err *err)
{
    set->placeholders = &settings->placeholders;
    if (settings->placeholders.count)
        buf_printf(&settings->text, "expand=%016" PRIx64 "\n",
                   settings->placeholders.text_hash);
    if (settings->rules.count == 0 || settings->with_builtin)
        rules_add_embedded(set);
    for (size_t i = 0; i < settings->rules.count; i++)
        if (rules_add_path(set, settings->rules.values[i], err) < 0)
            return -1;
    rules_seal(set, settings->disabled.values, settings->disabled.count);
    rules_print_refusals(set);
    if (settings->rules.count)
        fprintf(stderr, "rules: %lu read, %lu loaded, %lu refused\n",
                (unsigned long)set->documents, (unsigned long)sigma_set_loaded(set),
                (unsigned long)set->refusal_count);
    if (set->rule_count == 0)
        return err_set(err, ERR_USAGE, "no rule was loaded");
    if (indicators_load(&settings->loaded, settings->indicators.values,
                        settings->indicators.count, set, err) < 0)
        return -1;
    if (yara_paths_load(&settings->yara_paths, &settings->yara, err) < 0)
        return -1;
    if (settings->yara)
        buf_printf(&settings->text, "yara=%016" PRIx64 "\n", yara_set_hash(settings->yara));
    if (settings->baseline_path) {
        if (baseline_read(settings->baseline_path, &settings->baseline, err) < 0)
            return -1;
        buf_printf(&settings->text, "baseline=%016" PRIx64 "\n",
                   baseline_hash(settings->baseline));
    }
    if (settings->loaded.set)
        buf_printf(&settings->text, "ioc=%016" PRIx64 "\n", settings->loaded.text_hash);
    return 0;
}

struct bar {
    int64_t started, shown;
};

/* [#####.....]  50%  1.2 GB  640 MB/s  2 s left */
static void show_progress(void *context, const struct hunt_progress *progress)
{
    struct bar *bar = context;
    int64_t now = clock_monotonic_ms(), elapsed = now - bar->started;
    if (now - bar->shown < 200 || elapsed <= 0)
        return;
    bar->shown = now;
    double done =
        progress->bytes_total ? (double)progress->bytes / (double)progress->bytes_total : 1.0;
    double rate = (double)progress->bytes / (double)elapsed / 1e3; /* MB/s */
    double left = done > 0 ? (double)elapsed / done * (1 - done) / 1e3 : 0;
    char line[24];
    int filled = (int)(done * 20);
    for (int i = 0; i < 20; i++)
        line[i] = i < filled ? '#' : '.';
    line[20] = '\0';
    fprintf(stderr, "\r[%s] %3.0f%%  %.1f MB  %.0f MB/s  %.0f s left \x1b[K", line, done * 100,
            (double)progress->bytes / 1e6, rate, left);
}

static void print_stats(const struct hunt_result *result, int64_t started)
{
    int64_t user, system;
    double seconds = (double)(clock_monotonic_ms() - started) / 1e3;
    process_cpu_time(&user, &system);
    double cpu = (double)(user + system) / 1e3;
    fprintf(stderr,
            "stats: files %lu, bytes %" PRIu64 ", workers %u, wall %.2f s, cpu %.2f s "
            "(user %.2f, system %.2f), %.3f GB/s per core, peak memory %.1f MB\n",
            (unsigned long)result->files, result->bytes, result->jobs, seconds, cpu,
            (double)user / 1e3, (double)system / 1e3,
            cpu > 0 ? (double)result->bytes / 1e9 / cpu : 0.0,
            (double)process_peak_memory() / 1e6);
}

static void set_meta_time(struct casefile *casefile, const char *key, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    casefile_set_meta(casefile, key, slice_from(time_format_plain(time, text)));
}

/* Findings for which --context had no room. */
static void tell_left_out(struct casefile *casefile)
{
    int64_t count =
        casefile_count(casefile, "SELECT coalesce(sum(CAST(value AS INTEGER)),0) FROM meta"
                                 " WHERE key='context_left_out'");
    if (count)
        fprintf(stderr,
                "hauberk: no room for the context of %" PRId64
                " findings; the gravest have theirs. A smaller --context keeps more\n",
                count);
}

/* The text of a hunt is shown whatever files were asked for, unless one of them is stdout. */
static int write_view(const struct settings *settings, struct casefile *casefile,
                      struct err *err)
{
    const struct exports *exports = &settings->exports;
    struct casefile *view;
    if (exports_view(exports, casefile, &view, err) < 0)
        return -1;
    int status = exports_write(exports, view, err);
    if (status == 0 && !exports_take_stdout(exports))
        status = output_case(view, settings->format, exports->show_secrets, err);
    exports_view_close(view, casefile);
    return status;
}

/* Evidence and rules are ready: hunts and reports. Returns the exit status, <0 with *err. */
static int hunt_into(const struct settings *settings, const struct hunt_options *hunt,
                     const struct scan_settings *scan, struct casefile *casefile,
                     struct err *err)
{
    struct hunt_result result;
    int64_t started = clock_monotonic_ms();
    if (settings->since != TIME_NONE)
        set_meta_time(casefile, "since", settings->since);
    if (settings->until != TIME_NONE)
        set_meta_time(casefile, "until", settings->until);
    if (settings->allow_path)
        triage_set(casefile, &settings->allow);
    if (hunt_run(hunt, scan, casefile, &result, err) < 0)
        return -1;
    if (hunt->progress)
        fputs("\r\x1b[K", stderr);
    if (result.interrupted)
        fputs("hauberk: interrupted; what was found so far follows and is partial\n", stderr);
    if (settings->context)
        tell_left_out(casefile);
    if (settings->stats)
        print_stats(&result, started);
    if (write_view(settings, casefile, err) < 0)
        return -1;
    return output_status(casefile);
}

/* Files of findings are hashed for a case that is kept or a document that is forwarded. */
static enum custody_wish custody_wish(const struct settings *settings)
{
    if (settings->custody)
        return CUSTODY_ALL;
    return settings->case_path || exports_wanted(&settings->exports) ? CUSTODY_FINDINGS
                                                                     : CUSTODY_NONE;
}

static int hunt_with_rules(struct settings *settings, const struct sigma_set *set,
                           char *const *paths, size_t path_count, struct err *err)
{
    struct engine_options engine_options = { .no_prefilter = settings->no_prefilter,
                                             .no_memo = settings->no_memo,
                                             .derived = rules_derived,
                                             .derived_count = rules_derived_count,
                                             .indicators = settings->loaded.set,
                                             .indicator_rules = settings->loaded.rules };
    struct engine *engine = engine_new(set, &engine_options);
    struct rule_facts *facts = rule_facts_new(set);
    struct scan_settings scan = { set,
                                  engine,
                                  facts,
                                  settings->since,
                                  settings->until,
                                  settings->proxies,
                                  true,
                                  settings->yara,
                                  settings->baseline };
    struct bar bar = { clock_monotonic_ms(), 0 };
    bool watch = !settings->no_progress && terminal_is(stderr);
    struct hunt_options hunt = { .paths = paths,
                                 .path_count = path_count,
                                 .case_path = settings->case_path,
                                 .jobs = settings->jobs,
                                 .host = settings->host,
                                 .silence_ms = settings->silence_ms,
                                 .part_bytes = settings->part_bytes,
                                 .custody = custody_wish(settings),
                                 .volumes = settings->volumes,
                                 .context = (size_t)settings->context,
                                 .progress = watch ? show_progress : NULL,
                                 .progress_context = &bar };
    struct buf fingerprint = BUF_INIT;
    struct casefile *casefile = NULL;
    if (settings->case_path) /* it looks at all files: a case that is not kept needs none */
        hunt_fingerprint(&hunt, set, buf_slice(&settings->text), &fingerprint);
    int status = casefile_create(&casefile, settings->case_path, buf_slice(&fingerprint), err);
    if (status > 0)
        fprintf(stderr, "hauberk: going on with the case in %s\n", settings->case_path);
    if (status >= 0)
        status = hunt_into(settings, &hunt, &scan, casefile, err);
    if (casefile_close(casefile, status >= 0 ? err : NULL) < 0)
        status = -1;
    buf_deinit(&fingerprint);
    free(facts);
    engine_free(engine);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .since = TIME_NONE, .until = TIME_NONE };
    struct sigma_set set = SIGMA_SET_INIT;
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0 && first == argc)
        status = err_set(&err, ERR_USAGE, "hunt what? Name a file or folder (see hunt --help)");
    if (status == 0 && settings.since != TIME_NONE && settings.until != TIME_NONE &&
        settings.until < settings.since)
        status = err_set(&err, ERR_USAGE, "--until is before --since");
    if (status == 0 && settings.allow_path)
        status = allow_load(settings.allow_path, &settings.allow, &err);
    if (status == 0)
        status = load_rules(&settings, &set, &err);
    if (status == 0)
        status = exports_open(&settings.exports, &err);
    if (status == 0)
        status = hunt_with_rules(&settings, &set, argv + first, (size_t)(argc - first), &err);
    exports_close(&settings.exports, status >= 0);
    indicators_unload(&settings.loaded);
    yara_set_free(settings.yara);
    baseline_free(settings.baseline);
    allow_list_deinit(&settings.allow);
    sigma_set_deinit(&set);
    buf_deinit(&settings.text);
    free(settings.proxies.networks);
    sigma_placeholders_deinit(&settings.placeholders);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_hunt = {
    .name = "hunt",
    .arguments = "PATH...",
    .summary = "logs of a server -> verdict, story, proof",
    .example =
        "  Copy C:\\inetpub\\logs, Exchange's Logging folder and winevt\\Logs into evidence/, "
        "then:\n"
        "      hauberk hunt evidence\n"
        "  Keep the case, and look at March only:\n"
        "      hauberk hunt -o ex01.case --since 2021-03-01 --until 2021-03-31 evidence\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
