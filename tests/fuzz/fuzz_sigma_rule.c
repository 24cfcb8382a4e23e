/* Rule files: whatever the bytes are, each document is a rule or a refusal, and trees are
 * sound. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "sigma/placeholders.h"
#include "sigma/rule.h"

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_pattern(const struct sigma_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const struct sigma_token *token = &pattern->tokens[i];
        require(token->kind != SIGMA_TOKEN_TEXT || token->text.len > 0);
        require(token->kind != SIGMA_TOKEN_PLACEHOLDER);
        require(i == 0 || token->kind == SIGMA_TOKEN_ONE || token->kind == SIGMA_TOKEN_DASH ||
                token->kind != pattern->tokens[i - 1].kind);
    }
}

static void check_item(const struct sigma_item *item)
{
    require(item->count > 0 && item->line > 0);
    for (size_t i = 0; i < item->count; i++)
        check_pattern(&item->values[i].pattern);
}

/* Children have lower ids, so that a tree is walked once by visiting ids in order. */
static void check_node(const struct sigma_node *node, size_t limit)
{
    require(node->id < limit);
    require((node->kind == SIGMA_NODE_ITEM) == (node->count == 0));
    require(node->kind != SIGMA_NODE_NOT || node->count == 1);
    if (node->kind == SIGMA_NODE_ITEM)
        check_item(node->item);
    for (size_t i = 0; i < node->count; i++)
        check_node(node->children[i], node->id);
}

/* Chains lead down, and everything that is named is in the set. */
static void check_reference(const struct sigma_rule *rule, const struct sigma_rule *named)
{
    require(named->detection ||
            (named->correlation && named->correlation->depth < rule->correlation->depth));
    require(rule->correlation->depth <= SIGMA_CHAIN_MAX);
}

static void check_feed(const struct sigma_set *set, const struct sigma_feed *feed)
{
    const struct sigma_rule *owner = feed->correlation;
    require(owner->index < set->rule_count && set->rules[owner->index] == owner);
    require(feed->slot < owner->correlation->rule_count);
}

static void check_rule(const struct sigma_set *set, const struct sigma_rule *rule)
{
    require((rule->detection == NULL) != (rule->correlation == NULL));
    require(rule->title.len > 0 && rule->line > 0);
    if (rule->detection)
        check_node(rule->detection, rule->node_count);
    for (size_t i = 0; rule->correlation && i < rule->correlation->rule_count; i++)
        check_reference(rule, rule->correlation->rules[i]);
    require(rule->feed_count <= SIGMA_FEEDS_MAX && (rule->detection || !rule->feed_count));
    for (size_t i = 0; i < rule->feed_count; i++)
        check_feed(set, &rule->feeds[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct sigma_placeholders lists = SIGMA_PLACEHOLDERS_INIT;
    sigma_placeholders_add(&lists, SLICE_LIT("x"), SLICE_LIT("a\nb*\n"), NULL);
    set.placeholders = &lists;
    sigma_set_add_text(&set, SLICE_LIT("fuzz.yml"), slice_of((const char *)data, size));
    sigma_set_link(&set);
    require(set.documents == sigma_set_loaded(&set) + set.refusal_count);
    for (size_t i = 0; i < set.rule_count; i++) {
        require(set.rules[i]->index == i);
        check_rule(&set, set.rules[i]);
    }
    for (size_t i = 0; i < set.refusal_count; i++)
        require(set.refusals[i].reason.len > 0 && set.refusals[i].line > 0);
    sigma_set_deinit(&set);
    sigma_placeholders_deinit(&lists);
    return 0;
}
