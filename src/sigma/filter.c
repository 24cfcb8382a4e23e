#include "sigma/filter.h"

#include "sigma/detection.h"
#include "sigma/scalar.h"

static int read_rules(struct sigma_parse *parse, const struct yaml_doc_node *section,
                      struct sigma_filter *out)
{
    const struct yaml_doc_node *rules = yaml_doc_get(section, "rules");
    if (!rules || sigma_scalar_is_null(rules))
        return sigma_refuse(parse, section->line,
                            "the filter must say for which 'rules' (a list, or 'any')");
    if (sigma_scalar_read_list(parse, rules, "rules", &out->refs, &out->ref_count) < 0)
        return -1;
    out->any = out->ref_count == 0 || (rules->kind == YAML_DOC_SCALAR &&
                                       slice_icase_eq(rules->text, SLICE_LIT("any")));
    return 0;
}

/* Each node once: they are shared. */
static bool has_not(const struct sigma_node *node, bool *seen)
{
    if (seen[node->id])
        return false;
    seen[node->id] = true;
    bool found = node->kind == SIGMA_NODE_NOT;
    for (size_t i = 0; !found && i < node->count; i++)
        found = has_not(node->children[i], seen);
    return found;
}

int sigma_filter_parse(struct sigma_parse *parse, const struct yaml_doc_node *section,
                       struct sigma_filter *out, bool *positive)
{
    if (section->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, section->line, "'filter' must be a map");
    if (read_rules(parse, section, out) < 0 ||
        sigma_detection_parse_filter(parse, section, out->rule) < 0)
        return -1;
    AUTO_FREE bool *seen = mem_alloc((out->rule->node_count + 1) * sizeof *seen);
    *positive = !has_not(out->rule->detection, seen);
    return 0;
}

static bool attribute_covers(struct slice wide, struct slice narrow)
{
    return !wide.ptr || slice_eq(wide, narrow);
}

bool sigma_logsource_covers(const struct sigma_logsource *wide,
                            const struct sigma_logsource *narrow)
{
    return attribute_covers(wide->product, narrow->product) &&
           attribute_covers(wide->category, narrow->category) &&
           attribute_covers(wide->service, narrow->service);
}
