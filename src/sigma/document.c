#include "sigma/document.h"

#include <stddef.h>

#include "sigma/correlation.h"
#include "sigma/detection.h"
#include "sigma/filter.h"
#include "sigma/node.h"
#include "sigma/scalar.h"

/* Index in `words`, or -1 when the text is none of them. */
static int find_word(struct slice text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(text, slice_from(words[i])))
            return (int)i;
    }
    return -1;
}

/* --- kinds of documents that are not taken --- */

static int check_kind(struct sigma_parse *parse, const struct yaml_doc_node *root)
{
    if (root->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, root->line, "not a Sigma rule: the document is not a map");
    const struct yaml_doc_node *action = yaml_doc_get(root, "action");
    if (action)
        return sigma_refuse(parse, action->line, "unknown 'action' '%.*s'",
                            SHOWN(action->text));
    return 0;
}

/* Another taxonomy gives the field names another meaning. */
static int check_taxonomy(struct sigma_parse *parse, const struct yaml_doc_node *root)
{
    const struct yaml_doc_node *taxonomy = yaml_doc_get(root, "taxonomy");
    if (!taxonomy || sigma_scalar_is_null(taxonomy) ||
        slice_eq(taxonomy->text, SLICE_LIT("sigma")))
        return 0;
    return sigma_refuse(parse, taxonomy->line, "taxonomy '%.*s' is not supported",
                        SHOWN(taxonomy->text));
}

/* --- what describes the rule --- */

static int read_texts(struct sigma_parse *parse, const struct yaml_doc_node *root,
                      struct sigma_rule *rule)
{
    const struct {
        const char *key;
        struct slice *text;
    } texts[] = {
        { "title", &rule->title },   { "id", &rule->id },
        { "name", &rule->name },     { "description", &rule->description },
        { "status", &rule->status },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *key = texts[i].key;
        if (sigma_scalar_read(parse, yaml_doc_get(root, key), key, texts[i].text) < 0)
            return -1;
    }
    if (rule->title.len == 0)
        return sigma_refuse(parse, root->line, "the rule has no 'title'");
    return 0;
}

static int check_status(struct sigma_parse *parse, const struct yaml_doc_node *root,
                        const struct sigma_rule *rule)
{
    static const char *const words[] = { "stable", "test", "experimental", "deprecated",
                                         "unsupported" };
    if (!rule->status.ptr || find_word(rule->status, words, 5) >= 0)
        return 0;
    return sigma_refuse(parse, yaml_doc_get(root, "status")->line, "unknown status '%.*s'",
                        SHOWN(rule->status));
}

static const char *const level_names[] = {
    [SIGMA_LEVEL_NONE] = "none", [SIGMA_LEVEL_INFORMATIONAL] = "informational",
    [SIGMA_LEVEL_LOW] = "low",   [SIGMA_LEVEL_MEDIUM] = "medium",
    [SIGMA_LEVEL_HIGH] = "high", [SIGMA_LEVEL_CRITICAL] = "critical",
};

const char *sigma_level_name(enum sigma_level level)
{
    return level_names[level];
}

static int read_level(struct sigma_parse *parse, const struct yaml_doc_node *root,
                      struct sigma_rule *rule)
{
    struct slice text = SLICE_NULL;
    const struct yaml_doc_node *node = yaml_doc_get(root, "level");
    if (sigma_scalar_read(parse, node, "level", &text) < 0)
        return -1;
    if (!text.ptr)
        return 0;
    int level = find_word(text, level_names, sizeof level_names / sizeof *level_names);
    if (level <= SIGMA_LEVEL_NONE)
        return sigma_refuse(parse, node->line, "unknown level '%.*s'", SHOWN(text));
    rule->level = (enum sigma_level)level;
    return 0;
}

static int read_description(struct sigma_parse *parse, const struct yaml_doc_node *root,
                            struct sigma_rule *rule)
{
    if (read_texts(parse, root, rule) < 0 || check_status(parse, root, rule) < 0 ||
        read_level(parse, root, rule) < 0)
        return -1;
    if (sigma_scalar_read_list(parse, yaml_doc_get(root, "tags"), "tags", &rule->tags,
                               &rule->tag_count) < 0)
        return -1;
    return sigma_scalar_read_list(parse, yaml_doc_get(root, "references"), "references",
                                  &rule->references, &rule->reference_count);
}

struct slice sigma_rule_tag(const struct sigma_rule *rule, struct slice prefix)
{
    for (size_t i = 0; i < rule->tag_count; i++) {
        if (slice_starts(rule->tags[i], prefix))
            return slice_from_offset(rule->tags[i], prefix.len);
    }
    return SLICE_NULL;
}

/* --- log source (spec, "Log source"): `definition` and other keys are prose --- */

static int read_attribute(struct sigma_parse *parse, const struct yaml_doc_node *logsource,
                          const char *key, struct slice *out)
{
    struct slice text = SLICE_NULL;
    if (sigma_scalar_read(parse, yaml_doc_get(logsource, key), key, &text) < 0)
        return -1;
    if (text.len == 0)
        return 0;
    char *lower = arena_alloc(parse->arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = ascii_lower(text.ptr[i]);
    *out = slice_of(lower, text.len);
    return 0;
}

static int read_logsource(struct sigma_parse *parse, const struct yaml_doc_node *root,
                          struct sigma_logsource *out)
{
    const struct yaml_doc_node *logsource = yaml_doc_get(root, "logsource");
    if (!logsource)
        return sigma_refuse(parse, root->line, "the rule has no 'logsource'");
    if (logsource->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, logsource->line, "'logsource' must be a map");
    if (read_attribute(parse, logsource, "product", &out->product) < 0 ||
        read_attribute(parse, logsource, "category", &out->category) < 0 ||
        read_attribute(parse, logsource, "service", &out->service) < 0)
        return -1;
    if (!out->product.ptr && !out->category.ptr && !out->service.ptr)
        return sigma_refuse(parse, logsource->line,
                            "the logsource has no product, category or service");
    return 0;
}

/* --- the document --- */

/* The detections of an aggregation: named after the rule, found by nobody. */
static void cut_out_feeders(struct sigma_parse *parse,
                            const struct sigma_aggregation *aggregation,
                            struct sigma_document *out)
{
    struct sigma_correlation *correlation = aggregation->correlation;
    out->feeder_count = aggregation->feeder_count;
    out->feeders = arena_array(parse->arena, out->feeder_count, sizeof(struct sigma_rule *));
    correlation->rules = out->feeders;
    for (size_t i = 0; i < out->feeder_count; i++) {
        struct sigma_rule *feeder = arena_alloc(parse->arena, sizeof *feeder);
        feeder->title = out->rule->title;
        feeder->level = out->rule->level;
        feeder->logsource = out->rule->logsource;
        feeder->line = out->rule->line;
        feeder->owner = out->rule;
        feeder->detection = aggregation->feeders[i];
        out->feeders[i] = feeder;
    }
    out->rule->correlation = correlation;
}

/* Feeders may share searches, and each numbers its own nodes. */
static void number_feeders(struct arena *arena, struct sigma_document *out)
{
    for (size_t i = 0; i < out->feeder_count; i++) {
        struct sigma_rule *feeder = out->feeders[i];
        feeder->detection = node_copy_unnumbered(arena, feeder->detection);
        feeder->node_count = node_number(feeder->detection);
    }
}

static int read_detection(struct sigma_parse *parse, const struct yaml_doc_node *root,
                          struct sigma_document *out)
{
    struct sigma_aggregation aggregation = { 0 };
    const struct yaml_doc_node *detection = yaml_doc_get(root, "detection");
    if (!detection)
        return sigma_refuse(parse, root->line, "the rule has no 'detection'");
    if (read_logsource(parse, root, &out->rule->logsource) < 0 ||
        sigma_detection_parse(parse, detection, out->rule, &aggregation) < 0)
        return -1;
    if (!aggregation.correlation)
        return 0;
    cut_out_feeders(parse, &aggregation, out);
    number_feeders(parse->arena, out);
    return 0;
}

static int read_filter(struct sigma_parse *parse, const struct yaml_doc_node *root,
                       const struct yaml_doc_node *filter, struct sigma_document *out)
{
    bool positive;
    out->is_filter = true;
    out->filter.rule = out->rule;
    if (read_logsource(parse, root, &out->rule->logsource) < 0 ||
        sigma_filter_parse(parse, filter, &out->filter, &positive) < 0)
        return -1;
    if (positive)
        out->warning = "this filter keeps only what its condition matches, as pySigma has it; "
                       "to drop that, write 'not selection'";
    return 0;
}

static int read_body(struct sigma_parse *parse, const struct yaml_doc_node *root,
                     struct sigma_document *out)
{
    const struct yaml_doc_node *correlation = yaml_doc_get(root, "correlation");
    const struct yaml_doc_node *filter = yaml_doc_get(root, "filter");
    const struct yaml_doc_node *detection = yaml_doc_get(root, "detection");
    if (correlation && (detection || filter))
        return sigma_refuse(parse, correlation->line, "'%s' and 'correlation' in one document",
                            detection ? "detection" : "filter");
    if (filter && detection)
        return sigma_refuse(parse, filter->line, "'detection' and 'filter' in one document");
    if (correlation)
        return sigma_correlation_parse(parse, root, out->rule);
    return filter ? read_filter(parse, root, filter, out) : read_detection(parse, root, out);
}

int sigma_document_parse(struct sigma_parse *parse, const struct yaml_doc_node *root,
                         struct sigma_document *out)
{
    *out = (struct sigma_document){ .rule = arena_alloc(parse->arena, sizeof *out->rule) };
    out->rule->line = root->line;
    if (check_kind(parse, root) < 0 || check_taxonomy(parse, root) < 0 ||
        read_description(parse, root, out->rule) < 0)
        return -1;
    return read_body(parse, root, out);
}
