/* hauberk rules: what is loaded, what is refused and why. */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "casefile/grade.h"
#include "cli/rules.h"
#include "cli/verbs.h"

struct settings {
    bool strict;
    struct sigma_placeholders placeholders;
};

static int set_strict(void *context, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct settings *)context)->strict = true;
    return 0;
}

static int set_expand(void *context, const char *value, struct err *err)
{
    return rules_add_placeholders(&((struct settings *)context)->placeholders, value, err);
}

static const struct option_row options[] = {
    { 0, "expand", "NAME=FILE", "values of %NAME% in rules; or a folder of NAME.txt",
      set_expand },
    { 0, "strict", NULL, "check: exit 1 when a rule is refused", set_strict },
};

static int load(struct sigma_set *set, char **paths, int count, struct err *err)
{
    if (count == 0)
        rules_add_embedded(set);
    for (int i = 0; i < count; i++)
        if (rules_add_path(set, paths[i], err) < 0)
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
        list_rule(set->rules[i]);
    printf("%lu rules have no literal: they are evaluated on every line of their log source\n",
           (unsigned long)engine_unfiltered_count(engine));
    engine_free(engine);
}

static int work(const struct settings *settings, int argc, char **argv, struct err *err)
{
    struct sigma_set set = SIGMA_SET_INIT;
    set.placeholders = &settings->placeholders;
    bool lists = argc > 0 && strcmp(argv[0], "list") == 0;
    if (!lists && (argc == 0 || strcmp(argv[0], "check") != 0))
        return err_set(err, ERR_USAGE, "rules check or rules list (see rules --help)");
    int status = load(&set, argv + 1, argc - 1, err);
    if (status == 0) {
        rules_print_refusals(&set);
        if (lists)
            list(&set);
        printf("rules: %lu read, %lu loaded, %lu refused\n", (unsigned long)set.documents,
               (unsigned long)set.rule_count, (unsigned long)set.refusal_count);
        status = settings->strict && set.refusal_count ? EXIT_FINDINGS : EXIT_CLEAN;
    }
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
    .arguments = "check|list [PATH...]",
    .summary = "what is loaded, what is refused and why",
    .example = "  The built-in rules:\n"
               "      hauberk rules list\n"
               "  Your own, failing when one is refused:\n"
               "      hauberk rules check --strict my-rules/\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
