/* hauberk search: a pattern in every kind of evidence → whole events. */
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/verbs.h"

#define PATTERNS_MAX 1024

struct settings {
    struct listing_arguments listing;
    bool regex, cased, no_prefilter;
    struct slice field; /* absent: all */
    size_t pattern_count;
    const char *patterns[PATTERNS_MAX];
};

static int set_pattern(void *context, const char *value, struct err *err)
{
    struct settings *settings = context;
    if (!*value)
        return err_set(err, ERR_USAGE, "an empty pattern is everywhere");
    if (settings->pattern_count == PATTERNS_MAX)
        return err_set(err, ERR_USAGE, "more than %d patterns (see hunt --ioc)", PATTERNS_MAX);
    settings->patterns[settings->pattern_count++] = value;
    return 0;
}

static int set_field(void *context, const char *value, struct err *err)
{
    (void)err;
    ((struct settings *)context)->field = slice_from(value);
    return 0;
}

static int set_format(void *context, const char *value, struct err *err)
{
    enum output_format format;
    if (output_format_parse(value, &format, err) < 0)
        return -1;
    ((struct settings *)context)->listing.what.ndjson = format == OUTPUT_NDJSON;
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

SWITCH(regex)
SWITCH(cased)
SWITCH(no_prefilter)

static const struct option_row options[] = {
    { 'e', "pattern", "PATTERN", "what to look for (repeatable: one of them is enough)",
      set_pattern },
    { 'E', "regex", NULL, "patterns are regular expressions (PCRE2)", set_regex },
    { 's', "case-sensitive", NULL, "upper and lower case are different", set_cased },
    { 0, "field", "NAME", "look into this field only", set_field },
    { 0, "format", "FORMAT", "text (default) or ndjson", set_format },
    LISTING_OPTIONS,
    { 0, "no-prefilter", NULL, "look at every event: same hits, slower", set_no_prefilter },
};

/* ---- the patterns as a rule -----------------------------------------------------------------
 */

/* A literal may stand anywhere in a value; keywords do so by themselves. */
static struct sigma_pattern pattern_of(struct arena *arena, struct slice text, bool anywhere)
{
    struct sigma_token run = { .kind = SIGMA_TOKEN_RUN };
    struct sigma_token literal = { .kind = SIGMA_TOKEN_TEXT, .text = text };
    struct sigma_pattern pattern = { 1, arena_array(arena, 3, sizeof *pattern.tokens) };
    pattern.tokens[0] = literal;
    if (anywhere) {
        pattern.count = 3;
        pattern.tokens[0] = pattern.tokens[2] = run;
        pattern.tokens[1] = literal;
    }
    return pattern;
}

static struct sigma_item *item_of(const struct settings *settings, struct arena *arena)
{
    struct sigma_item *item = arena_alloc(arena, sizeof *item);
    item->field = settings->field;
    item->cased = settings->cased;
    item->count = settings->pattern_count;
    item->values = arena_array(arena, item->count, sizeof *item->values);
    for (size_t i = 0; i < item->count; i++) {
        struct sigma_value *value = &item->values[i];
        value->kind = settings->regex ? SIGMA_VALUE_REGEX : SIGMA_VALUE_PATTERN;
        value->text = slice_from(settings->patterns[i]);
        value->regex_flags = settings->cased ? 0 : SIGMA_REGEX_ICASE;
        value->pattern = pattern_of(arena, value->text, settings->field.ptr != NULL);
    }
    return item;
}

/* One rule for all kinds of logs: the engine finds its literals and its columns. */
static int make_rule(const struct settings *settings, struct sigma_set *set, struct err *err)
{
    struct sigma_rule *rule = arena_alloc(&set->arena, sizeof *rule);
    rule->title = rule->id = SLICE_LIT("search");
    rule->detection = arena_alloc(&set->arena, sizeof *rule->detection);
    rule->detection->kind = SIGMA_NODE_ITEM;
    rule->detection->item = item_of(settings, &set->arena);
    rule->node_count = 1;
    set->rules =
        mem_reserve(set->rules, set->rule_count, &set->rule_capacity, sizeof *set->rules);
    set->rules[set->rule_count++] = rule;
    return engine_validate_rule(rule, err);
}

static int search(struct settings *settings, char *const *paths, size_t path_count,
                  struct err *err)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct listing_result result;
    struct engine *engine = NULL;
    struct engine_options engine_options = { .no_prefilter = settings->no_prefilter,
                                             .every_source = true,
                                             .no_memo = true, /* one rule: nothing to save */
                                             .derived = rules_derived,
                                             .derived_count = rules_derived_count };
    int status = make_rule(settings, &set, err);
    if (status == 0) {
        engine = engine_new(&set, &engine_options);
        settings->listing.what.engine = engine;
        status = listing_print(&settings->listing, paths, path_count, &result, err);
    }
    engine_free(engine);
    sigma_set_deinit(&set);
    return status < 0 ? status : listing_status(&result, true);
}

/* The first operand is the pattern, unless -e gave some. */
static int take_pattern(struct settings *settings, int argc, char **argv, int *first,
                        struct err *err)
{
    if (settings->pattern_count == 0 && *first < argc &&
        set_pattern(settings, argv[(*first)++], err) < 0)
        return -1;
    if (settings->pattern_count == 0)
        return err_set(err, ERR_USAGE, "search for what? (see search --help)");
    if (*first == argc)
        return err_set(err, ERR_USAGE, "search where? Name a file or folder");
    return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = { .pattern_count = 0 };
    struct err err = ERR_INIT;
    int first;
    listing_arguments_init(&settings.listing);
    int parsed = options_parse(verb, argc, argv, &settings, &first, &err);
    int status = parsed > 0 ? EXIT_CLEAN : parsed;
    if (parsed == 0)
        status = take_pattern(&settings, argc, argv, &first, &err);
    if (parsed == 0 && status == 0)
        status = search(&settings, argv + first, (size_t)(argc - first), &err);
    listing_arguments_deinit(&settings.listing);
    return status < 0 ? report_failure(&err) : status;
}

const struct verb verb_search = {
    .name = "search",
    .arguments = "PATTERN PATH...",
    .summary = "a pattern in every kind of evidence -> whole events",
    .example =
        "  What else did this address do, in all logs and event logs?\n"
        "      hauberk search 203.0.113.66 evidence\n"
        "  Two names, in one field, as JSON lines:\n"
        "      hauberk search --format ndjson --field Image -e procdump -e rundll32 logs\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
