/* hauberk patch: a build, or evidence → vulnerable to what, fixed by which update, since when.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/terminal.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/verbs.h"
#include "hunt/hunt.h"
#include "report/build_entry.h"
#include "report/ndjson.h"
#include "report/text.h"

struct settings {
    enum output_format format;
    struct slice host;
    unsigned jobs;
    const struct builds *builds;
    char **builds_given, **paths; /* the operands, told apart */
    size_t build_count, path_count;
};

/* What the answers add up to: the exit status. */
struct answers {
    bool vulnerable, undecided;
};

static int set_format(void *context, const char *value, struct err *err)
{
    return output_format_parse(value, &((struct settings *)context)->format, err);
}

static int set_host(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->host = slice_from(value);
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

static const struct option_row options[] = {
    { 0, "format", "FORMAT", "text (default) or ndjson", set_format },
    { 0, "host", "NAME", "name of the server whose rows name none", set_host },
    { 'j', "jobs", "N", "workers (default: one for each processor)", set_jobs },
};

static void count_codes(struct answers *answers, const enum patch_code *codes)
{
    for (size_t i = 0; i < CVE_COUNT; i++) {
        answers->vulnerable |= codes[i] == PATCH_VULNERABLE;
        answers->undecided |= codes[i] == PATCH_UNKNOWN || codes[i] == PATCH_NEEDS_EARLIER;
    }
}

/* ---- builds ---- */

static void answer_build(const struct settings *settings, const char *text,
                         struct answers *answers)
{
    struct page page = { stdout, terminal_wants_colour(stdout) };
    struct build_facts facts;
    struct build build;
    struct buf line = BUF_INIT;
    if (!builds_parse(slice_from(text), &build) ||
        !builds_describe(settings->builds, build, &facts))
        return;
    count_codes(answers, facts.codes);
    if (settings->format == OUTPUT_TEXT) {
        build_entry_text(&page, settings->builds, &facts);
        page_blank(&page);
        return;
    }
    build_entry_ndjson(&line, &facts);
    fwrite(line.ptr, 1, line.len, stdout);
    buf_deinit(&line);
}

/* ---- evidence ---- */

static void count_hosts(struct casefile *casefile, struct answers *answers)
{
    struct arena arena = ARENA_INIT;
    AUTO_FREE struct exposure *exposure = mem_alloc(sizeof *exposure);
    struct slice *hosts;
    size_t count = exposure_hosts(casefile, &arena, &hosts);
    answers->undecided |= count == 0;
    for (size_t i = 0; i < count; i++) {
        struct arena scratch = ARENA_INIT;
        exposure_read(casefile, &scratch, hosts[i], exposure);
        if (exposure->now)
            count_codes(answers, exposure->now->facts.codes);
        else
            answers->undecided = true;
        arena_deinit(&scratch);
    }
    answers->undecided |= casefile_count(
        casefile, "SELECT EXISTS(SELECT 1 FROM damage) OR EXISTS(SELECT 1 FROM trouble WHERE"
                  " NOT skipped) OR EXISTS(SELECT 1 FROM item WHERE NOT done)");
    arena_deinit(&arena);
}

static int print_case(const struct settings *settings, struct casefile *casefile,
                      struct err *err)
{
    struct text_options text = { terminal_wants_colour(stdout), false };
    if (settings->format == OUTPUT_NDJSON)
        return report_exposure_ndjson(casefile, stdout, err);
    return report_exposure_text(casefile, &text, stdout, err);
}

/* As a hunt reads it, with the built-in rules: "patched, but used before" needs them. */
static int hunt_evidence(const struct settings *settings, const struct sigma_set *set,
                         struct casefile *casefile, struct err *err)
{
    struct engine_options how = { .derived = rules_derived,
                                  .derived_count = rules_derived_count };
    struct engine *engine = engine_new(set, &how);
    struct rule_facts *facts = rule_facts_new(set);
    struct scan_settings scan = { .set = set,
                                  .engine = engine,
                                  .facts = facts,
                                  .since = TIME_NONE,
                                  .until = TIME_NONE,
                                  .pages = true };
    struct hunt_options hunt = { .paths = settings->paths,
                                 .path_count = settings->path_count,
                                 .jobs = settings->jobs,
                                 .host = settings->host };
    struct hunt_result result;
    int status = hunt_run(&hunt, &scan, casefile, &result, err);
    if (status == 0 && result.interrupted)
        fputs("hauberk: interrupted; what was read so far follows and is partial\n", stderr);
    free(facts);
    engine_free(engine);
    return status;
}

static int answer_evidence(const struct settings *settings, struct answers *answers,
                           struct err *err)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct casefile *casefile = NULL;
    rules_add_embedded(&set);
    rules_seal(&set, NULL, 0);
    int status = casefile_create(&casefile, NULL, SLICE_LIT(""), err);
    if (status >= 0)
        status = hunt_evidence(settings, &set, casefile, err);
    if (status >= 0)
        status = print_case(settings, casefile, err);
    if (status >= 0)
        count_hosts(casefile, answers);
    if (casefile_close(casefile, status >= 0 ? err : NULL) < 0)
        status = -1;
    sigma_set_deinit(&set);
    return status;
}

/* ---- running ---- */

/* What exists as a path is evidence; everything else must be a build. */
static int sort_operands(struct settings *settings, char **operands, size_t count,
                         struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct build build;
        if (file_kind(operands[i], true, NULL) != FILE_MISSING)
            settings->paths[settings->path_count++] = operands[i];
        else if (builds_parse(slice_from(operands[i]), &build))
            settings->builds_given[settings->build_count++] = operands[i];
        else
            return err_set(err, ERR_USAGE,
                           "\"%s\" is neither a path nor a build of Exchange (15.1.2106.13)",
                           operands[i]);
    }
    return 0;
}

static int answer_all(struct settings *settings, struct err *err)
{
    struct answers answers = { false, false };
    for (size_t i = 0; i < settings->build_count; i++)
        answer_build(settings, settings->builds_given[i], &answers);
    if (settings->path_count && answer_evidence(settings, &answers, err) < 0)
        return -1;
    if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)
        return err_set(err, ERR_ENVIRONMENT, "cannot write");
    if (answers.vulnerable)
        return EXIT_FINDINGS;
    return answers.undecided ? EXIT_UNREAD : EXIT_CLEAN;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .format = OUTPUT_TEXT };
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0 && first == argc)
        status = err_set(&err, ERR_USAGE,
                         "which build? Name one, or a file or folder (see patch --help)");
    if (status == 0) {
        size_t count = (size_t)(argc - first);
        settings.builds = builds_load(&arena);
        settings.paths = arena_array(&arena, count, sizeof *settings.paths);
        settings.builds_given = arena_array(&arena, count, sizeof *settings.builds_given);
        status = sort_operands(&settings, argv + first, count, &err);
    }
    if (status == 0)
        status = answer_all(&settings, &err);
    arena_deinit(&arena);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_patch = {
    .name = "patch",
    .arguments = "BUILD|PATH...",
    .summary = "a build, or evidence -> vulnerable to what, since when",
    .example =
        "  Is this build fixed? (also 15.01.2106.013, 15.1.2106, or a version integer)\n"
        "      hauberk patch 15.1.2106.13\n"
        "  Which builds did this server run, and was it patched in time?\n"
        "      hauberk patch evidence\n"
        "  What exists as a path is evidence, everything else a build. Exit: 1 vulnerable to "
        "a\n"
        "  known CVE by the (newest) build, that is what was asked for and found; else 3 when\n"
        "  that could not be decided, or a part of the evidence not be read; else 0.\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
