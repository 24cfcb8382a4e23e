/* hauberk rules: what is loaded, what is refused and why, what a rule asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/map.h"
#include "casefile/grade.h"
#include "cli/explain.h"
#include "cli/explain_evidence.h"
#include "cli/listing.h"
#include "cli/rules.h"
#include "cli/verbs.h"

#define RULE_PATHS_MAX 256

struct settings {
    bool strict, json;
    size_t rule_count;
    const char *rules[RULE_PATHS_MAX];
    struct sigma_placeholders placeholders;
};

static int set_strict(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->strict = true;
    return 0;
}

static int set_rules(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    if (settings->rule_count == RULE_PATHS_MAX)
        return err_set(err, ERR_USAGE, "more than %d values", RULE_PATHS_MAX);
    settings->rules[settings->rule_count++] = value;
    return 0;
}

static int set_format(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    settings->json = strcmp(value, "json") == 0;
    if (!settings->json && strcmp(value, "text") != 0)
        return err_set(err, ERR_USAGE, "\"%s\" is neither text nor json", value);
    return 0;
}

static int set_expand(void *context, const char *value, struct err *err)
{
    return rules_add_placeholders(&((struct settings *)context)->placeholders, value, err);
}

static const struct option_row options[] = {
    { 'r', "rules", "PATH", "explain: Sigma rules instead of the built-in ones", set_rules },
    { 0, "expand", "NAME=FILE", "values of %NAME% in rules; or a folder of NAME.txt",
      set_expand },
    { 0, "format", "FORMAT", "explain: text (default) or json", set_format },
    { 0, "strict", NULL, "check: exit 1 when a rule is refused", set_strict },
};

static int load(struct sigma_set *set, const struct settings *settings, char **paths, int count,
                struct err *err)
{
    if (count == 0 && settings->rule_count == 0)
        rules_add_embedded(set);
    for (int i = 0; i < count; i++)
        if (rules_add_path(set, paths[i], err) < 0)
            return -1;
    for (size_t i = 0; i < settings->rule_count; i++)
        if (rules_add_path(set, settings->rules[i], err) < 0)
            return -1;
    rules_seal(set, NULL, 0);
    return 0;
}

static void add_part(struct buf *out, const char *name, struct slice value)
{
    if (!value.len)
        return;
    buf_printf(out, "%s%s=", out->len ? " " : "", name);
    escape_text(out, value);
}

static void list_rule(const struct sigma_rule *rule)
{
    struct buf source = BUF_INIT, title = BUF_INIT;
    struct slice stage = sigma_rule_tag(rule, SLICE_LIT("hauberk.stage."));
    add_part(&source, "product", rule->logsource.product);
    add_part(&source, "category", rule->logsource.category);
    add_part(&source, "service", rule->logsource.service);
    if (rule->correlation)
        buf_add_text(&source, "correlation");
    escape_text(&title, rule->title);
    printf("%-8s %-13s %-42.42s %s%s\n", stage_name(stage_by_name(stage)),
           sigma_level_name(rule->level), buf_slice(&source).ptr, buf_slice(&title).ptr,
           rule->silent ? " (feeds a correlation)" : "");
    buf_deinit(&source);
    buf_deinit(&title);
}

static void list(const struct sigma_set *set)
{
    struct engine_options engine_options = { .derived = rules_derived,
                                             .derived_count = rules_derived_count };
    struct engine *engine = engine_new(set, &engine_options);
    printf("%-8s %-13s %-42s %s\n", "stage", "level", "log source", "title");
    for (size_t i = 0; i < set->rule_count; i++)
        if (!set->rules[i]->owner)
            list_rule(set->rules[i]);
    printf("%lu rules have no literal: they are evaluated on every line of their log source\n",
           (unsigned long)engine_unfiltered_count(engine));
    engine_free(engine);
}

/* ---- check ----------------------------------------------------------------------------------
 */

static void print_refusal(struct buf *line, const char *what,
                          const struct sigma_refusal *refusal)
{
    buf_clear(line);
    rules_refusal_text(line, refusal);
    printf("%s: %s\n", what, line->ptr);
}

/* A reason without what it quotes: 'Foo', %Bar% and --expand Bar= are the same everywhere. */
static void add_kind_of_reason(struct buf *out, struct slice reason)
{
    for (size_t i = 0; i < reason.len; i++) {
        char c = reason.ptr[i];
        const char *end =
            c == '\'' || c == '%' ? memchr(reason.ptr + i + 1, c, reason.len - i - 1) : NULL;
        if (end) {
            buf_printf(out, "%c...%c", c, c);
            i = (size_t)(end - reason.ptr);
        } else if (c == '(') {
            break; /* what to do about it */
        } else {
            buf_add_char(out, c);
        }
    }
    while (out->len && out->ptr[out->len - 1] == ' ')
        out->ptr[--out->len] = '\0';
}

static int by_count(const void *left, const void *right)
{
    const struct map_slot *const *a = left;
    const struct map_slot *const *b = right;
    if ((*a)->value != (*b)->value)
        return (*a)->value < (*b)->value ? 1 : -1;
    return strcmp((*a)->key.ptr, (*b)->key.ptr);
}

static void print_reasons(const struct map *reasons)
{
    size_t count = 0;
    struct buf line = BUF_INIT;
    AUTO_FREE const struct map_slot **slots =
        mem_alloc((reasons->count + 1) * sizeof(struct map_slot *));
    for (size_t i = 0; i < reasons->capacity; i++)
        if (reasons->slots[i].key.ptr)
            slots[count++] = &reasons->slots[i];
    qsort(slots, count, sizeof(struct map_slot *), by_count);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&line);
        escape_text(&line, slots[i]->key);
        printf("%7lu  %s\n", (unsigned long)slots[i]->value, line.ptr);
    }
    buf_deinit(&line);
}

static void check(const struct sigma_set *set)
{
    struct buf line = BUF_INIT;
    struct map reasons = MAP_INIT;
    for (size_t i = 0; i < set->warning_count; i++)
        print_refusal(&line, "warning", &set->warnings[i]);
    for (size_t i = 0; i < set->refusal_count; i++) {
        print_refusal(&line, "refused", &set->refusals[i]);
        buf_clear(&line);
        add_kind_of_reason(&line, set->refusals[i].reason);
        ++*map_at(&reasons, buf_slice(&line), NULL);
    }
    if (reasons.count) {
        puts("\nrefused  because");
        print_reasons(&reasons);
        puts("");
    }
    map_deinit(&reasons);
    buf_deinit(&line);
}

static void print_sum(const struct sigma_set *set)
{
    printf("rules: %lu read, %lu loaded, %lu refused\n", (unsigned long)set->documents,
           (unsigned long)sigma_set_loaded(set), (unsigned long)set->refusal_count);
}

/* ---- explain --------------------------------------------------------------------------------
 */

static bool is_wanted(const struct sigma_rule *rule, struct slice wanted)
{
    return !rule->owner &&
           (slice_eq(wanted, SLICE_LIT("all")) || slice_icase_eq(rule->id, wanted) ||
            slice_eq(rule->name, wanted) || slice_eq(rule->title, wanted));
}

static void explain_rule(struct buf *out, const struct settings *settings,
                         const struct sigma_set *set, const struct sigma_rule *rule,
                         const struct survey *survey)
{
    struct buf evidence = BUF_INIT;
    if (!settings->json) {
        explain_text(out, rule);
        if (survey)
            explain_evidence_text(out, set, rule, survey);
        return;
    }
    if (survey)
        explain_evidence_json(&evidence, set, rule, survey);
    explain_json(out, rule, survey ? buf_slice(&evidence) : SLICE_NULL);
    buf_deinit(&evidence);
}

static int explain(const struct settings *settings, const struct sigma_set *set,
                   const char *wanted, const struct survey *survey, struct err *err)
{
    struct buf out = BUF_INIT;
    size_t found = 0;
    for (size_t i = 0; i < set->rule_count; i++) {
        if (!is_wanted(set->rules[i], slice_from(wanted)))
            continue;
        buf_clear(&out);
        explain_rule(&out, settings, set, set->rules[i], survey);
        if (found++ && !settings->json)
            puts("");
        fwrite(out.ptr, 1, out.len, stdout);
    }
    buf_deinit(&out);
    return found ? 0
                 : err_set(err, ERR_USAGE, "no rule has the id, name or title \"%s\"", wanted);
}

/* Reads the evidence first: damage is told, and makes the exit status. */
static int explain_with(const struct settings *settings, const struct sigma_set *set,
                        const char *wanted, char *const *paths, size_t path_count,
                        struct err *err)
{
    struct listing_arguments arguments;
    struct listing_result result;
    struct survey *survey = survey_new();
    listing_arguments_init(&arguments);
    arguments.survey = survey;
    int status = listing_print(&arguments, paths, path_count, &result, err);
    if (status == 0)
        status = explain(settings, set, wanted, survey, err);
    if (status == 0)
        status = listing_status(&result, false);
    listing_arguments_deinit(&arguments);
    survey_free(survey);
    return status;
}

/* ---- verbs of the verb ----------------------------------------------------------------------
 */

static int check_or_list(const struct settings *settings, const struct sigma_set *set,
                         bool lists)
{
    if (lists) {
        rules_print_refusals(set);
        list(set);
    } else {
        check(set);
    }
    print_sum(set);
    return settings->strict && set->refusal_count ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int work(const struct settings *settings, int argc, char **argv, struct err *err)
{
    struct sigma_set set = SIGMA_SET_INIT;
    set.placeholders = &settings->placeholders;
    const char *what = argc > 0 ? argv[0] : "";
    bool lists = strcmp(what, "list") == 0, explains = strcmp(what, "explain") == 0;
    if (!lists && !explains && strcmp(what, "check") != 0)
        return err_set(err, ERR_USAGE,
                       "rules check, rules list or rules explain (see rules --help)");
    if (explains && argc < 2)
        return err_set(err, ERR_USAGE, "rules explain what? An id, a name, a title, or all");
    int status = load(&set, settings, argv + 1, explains ? 0 : argc - 1, err);
    if (status == 0 && explains)
        rules_print_refusals(&set);
    if (status == 0 && !explains)
        status = check_or_list(settings, &set, lists);
    else if (status == 0 && argc > 2)
        status = explain_with(settings, &set, argv[1], argv + 2, (size_t)argc - 2, err);
    else if (status == 0)
        status = explain(settings, &set, argv[1], NULL, err);
    sigma_set_deinit(&set);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .strict = false };
    struct err err = ERR_INIT;
    int first, status = options_parse(verb, argc, argv, &settings, &first, &err);
    if (status > 0)
        return EXIT_CLEAN;
    if (status == 0)
        status = work(&settings, argc - first, argv + first, &err);
    sigma_placeholders_deinit(&settings.placeholders);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_rules = {
    .name = "rules",
    .arguments = "check|list [PATH...] | explain ID [EVIDENCE...]",
    .summary = "what is loaded, what is refused and why, what a rule asks for",
    .example = "  The built-in rules:\n"
               "      hauberk rules list\n"
               "  Your own, failing when one is refused:\n"
               "      hauberk rules check --strict my-rules/\n"
               "  What one asks for, and which logs can answer it:\n"
               "      hauberk rules explain -r my-rules/ 36a0f7a7-...\n"
               "  And what these logs can and cannot decide of it:\n"
               "      hauberk rules explain -r my-rules/ 36a0f7a7-... evidence/EX01\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
