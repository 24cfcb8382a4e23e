/*
 * References between the rules of a set (spec, "Sigma Correlation Rules: Related rules").
 *
 * Two sorted indexes, ids with letters folded (a UUID means the same in either case) and names
 * as written, so that thousands of rules link in n log n.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sigma/filter.h"
#include "sigma/node.h"
#include "sigma/parse.h"
#include "sigma/set.h"

struct entry {
    struct slice key;
    struct sigma_rule *rule;
};

struct index {
    size_t count;
    struct entry *entries;
};

struct linker {
    struct sigma_set *set;
    struct index ids, names;
    bool *refused; /* by sigma_rule.index */
    bool *done;    /* of correlations: its references are known to be good */
    size_t *seen;  /* by sigma_rule.index: stamp of the last walk that came by */
    size_t stamp;
    size_t steps; /* of all walks */
};

/* A set whose correlations name each other again and again is not followed without end. */
#define WALK_STEPS_MAX 10000000U

/* --- indexes --- */

static int slice_order(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Equal keys in the order of the rules. */
static int entry_order(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = slice_order(a->key, b->key);
    return order != 0 ? order
                      : (a->rule->index > b->rule->index) - (a->rule->index < b->rule->index);
}

static void index_add(struct index *index, struct slice key, struct sigma_rule *rule)
{
    if (key.len)
        index->entries[index->count++] = (struct entry){ key, rule };
}

static void index_sort(struct index *index)
{
    if (index->count)
        qsort(index->entries, index->count, sizeof *index->entries, entry_order);
}

/* First entry whose key is not less. */
static size_t index_lower_bound(const struct index *index, struct slice key)
{
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_order(index->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct slice fold(struct arena *arena, struct slice text)
{
    char *folded = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        folded[i] = ascii_lower(text.ptr[i]);
    return slice_of(folded, text.len);
}

static void linker_build_indexes(struct linker *linker, struct arena *scratch)
{
    struct sigma_set *set = linker->set;
    linker->ids.entries = arena_array(scratch, set->rule_count, sizeof(struct entry));
    linker->names.entries = arena_array(scratch, set->rule_count, sizeof(struct entry));
    linker->refused = arena_array(scratch, set->rule_count, sizeof(bool));
    linker->done = arena_array(scratch, set->rule_count, sizeof(bool));
    linker->seen = arena_array(scratch, set->rule_count, sizeof(size_t));
    for (size_t i = 0; i < set->rule_count; i++) {
        struct sigma_rule *rule = set->rules[i];
        rule->index = i;
        if (rule->owner)
            continue; /* nobody can name it */
        index_add(&linker->ids, fold(scratch, rule->id), rule);
        index_add(&linker->names, rule->name, rule);
    }
    index_sort(&linker->ids);
    index_sort(&linker->names);
}

/* --- refusals --- */

static void linker_refuse(struct linker *linker, const struct sigma_rule *rule,
                          const char *reason, struct slice what)
{
    char text[256];
    snprintf(text, sizeof text, "%s: '%.*s'", reason, SHOWN(what));
    linker->refused[rule->index] = true;
    sigma_set_refuse(linker->set,
                     (struct sigma_refusal){
                         .file = rule->file,
                         .line = rule->line,
                         .rule = rule->title,
                         .reason = arena_copy(&linker->set->arena, slice_from(text)),
                     });
}

static void refuse_duplicates(struct linker *linker)
{
    const struct entry *entries = linker->ids.entries;
    for (size_t i = 1; i < linker->ids.count; i++) {
        if (slice_eq(entries[i - 1].key, entries[i].key))
            linker_refuse(linker, entries[i].rule, "a second rule with the same id",
                          entries[i].rule->id);
    }
}

/* --- references --- */

/* Counts the rules that `key` means, up to two; a refused duplicate means nothing. */
static size_t index_find(const struct linker *linker, const struct index *index,
                         struct slice key, struct sigma_rule **found)
{
    size_t count = 0;
    size_t at = index_lower_bound(index, key);
    for (; count < 2 && at < index->count && slice_eq(index->entries[at].key, key); at++) {
        struct sigma_rule *rule = index->entries[at].rule;
        if (linker->refused[rule->index] || rule == *found)
            continue;
        *found = rule;
        count++;
    }
    return count;
}

/* Is the rule still in the set? It may have been left out, or refused by match/. */
static bool is_there(const struct linker *linker, const struct sigma_rule *rule)
{
    return rule->index < linker->set->rule_count && linker->set->rules[rule->index] == rule &&
           !linker->refused[rule->index];
}

static struct sigma_rule *resolve(struct linker *linker, struct arena *scratch,
                                  const struct sigma_rule *rule, struct slice reference)
{
    struct sigma_rule *found = NULL;
    size_t count = index_find(linker, &linker->ids, fold(scratch, reference), &found);
    count += index_find(linker, &linker->names, reference, &found);
    if (count == 1)
        return found;
    linker_refuse(linker, rule,
                  count ? "the name of the rule that it correlates is ambiguous"
                        : "the rule that it correlates is not loaded",
                  reference);
    return NULL;
}

/* The detections that were cut out of the correlation's own document. */
static void check_own(struct linker *linker, struct sigma_rule *rule)
{
    for (size_t i = 0; i < rule->correlation->rule_count; i++)
        if (!is_there(linker, rule->correlation->rules[i]))
            linker->refused[rule->index] = true; /* the document was refused already */
}

static void resolve_rules(struct linker *linker, struct arena *scratch, struct sigma_rule *rule)
{
    struct sigma_correlation *correlation = rule->correlation;
    if (correlation->rules) {
        check_own(linker, rule);
        return;
    }
    correlation->rules =
        arena_array(&linker->set->arena, correlation->rule_count, sizeof(struct sigma_rule *));
    for (size_t i = 0; i < correlation->rule_count; i++) {
        correlation->rules[i] = resolve(linker, scratch, rule, correlation->rule_refs[i]);
        if (!correlation->rules[i])
            return;
    }
}

/* --- feeds: which hits reach which correlation, under which names --- */

static bool is_named(const struct sigma_rule *rule, struct slice reference)
{
    return (rule->id.len && slice_icase_eq(rule->id, reference)) ||
           (rule->name.len && slice_eq(rule->name, reference));
}

/* What a name in group-by or field means in events of `rule`, or of what it feeds: `direct`. */
static struct slice field_of(const struct sigma_correlation *correlation, struct slice name,
                             const struct sigma_rule *rule, const struct sigma_rule *direct)
{
    const struct sigma_rule *const order[] = { rule, direct };
    for (size_t i = 0; i < correlation->alias_count; i++) {
        struct sigma_alias *alias = &correlation->aliases[i];
        for (size_t k = 0; slice_eq(alias->name, name) && k < 2; k++)
            for (size_t r = 0; r < alias->count; r++) {
                if (!is_named(order[k], alias->rules[r]))
                    continue;
                alias->used[r] = true;
                return alias->fields[r];
            }
    }
    return name;
}

static struct slice *fields_of(struct arena *arena, const struct sigma_correlation *correlation,
                               const struct slice *names, size_t count,
                               const struct sigma_rule *rule, const struct sigma_rule *direct)
{
    struct slice *fields = arena_array(arena, count, sizeof *fields);
    for (size_t i = 0; i < count; i++)
        fields[i] = field_of(correlation, names[i], rule, direct);
    return fields;
}

static bool add_feed(struct linker *linker, const struct sigma_rule *owner, size_t slot,
                     struct sigma_rule *rule)
{
    const struct sigma_correlation *correlation = owner->correlation;
    const struct sigma_rule *direct = correlation->rules[slot];
    struct arena *arena = &linker->set->arena;
    if (rule->feed_count == SIGMA_FEEDS_MAX)
        return false;
    if (rule->feed_count == rule->feed_capacity) {
        rule->feed_capacity = rule->feed_capacity ? rule->feed_capacity * 2 : 4;
        struct sigma_feed *grown = arena_array(arena, rule->feed_capacity, sizeof *grown);
        if (rule->feed_count)
            memcpy(grown, rule->feeds, rule->feed_count * sizeof *grown);
        rule->feeds = grown;
    }
    rule->feeds[rule->feed_count++] = (struct sigma_feed){
        .correlation = owner,
        .slot = slot,
        .group_by = fields_of(arena, correlation, correlation->group_by,
                              correlation->group_count, rule, direct),
        .fields = fields_of(arena, correlation, correlation->fields, correlation->field_count,
                            rule, direct),
    };
    return true;
}

/* All detections below rules[slot]. Recursion ends: chains are SIGMA_CHAIN_MAX long at most. */
static bool feed_from(struct linker *linker, const struct sigma_rule *owner, size_t slot,
                      struct sigma_rule *below)
{
    if (linker->seen[below->index] == linker->stamp)
        return true;
    linker->seen[below->index] = linker->stamp;
    if (linker->steps++ > WALK_STEPS_MAX)
        return false;
    if (!below->correlation)
        return add_feed(linker, owner, slot, below);
    for (size_t i = 0; i < below->correlation->rule_count; i++)
        if (!feed_from(linker, owner, slot, below->correlation->rules[i]))
            return false;
    return true;
}

/* Is the same rule named before? Only an order of steps can mean it twice. */
static bool is_repeated(const struct sigma_correlation *correlation, size_t slot)
{
    for (size_t i = 0; i < slot; i++)
        if (correlation->rules[i] == correlation->rules[slot])
            return correlation->kind != SIGMA_TEMPORAL_ORDERED;
    return false;
}

static void drop_feeds(struct linker *linker, const struct sigma_rule *owner)
{
    for (size_t i = 0; i < linker->set->rule_count; i++) {
        struct sigma_rule *rule = linker->set->rules[i];
        size_t kept = 0;
        for (size_t k = 0; k < rule->feed_count; k++)
            if (rule->feeds[k].correlation != owner)
                rule->feeds[kept++] = rule->feeds[k];
        rule->feed_count = kept;
    }
}

/* An alias for a rule that takes no part is a mistyped name. */
static void check_aliases(struct linker *linker, const struct sigma_rule *rule)
{
    const struct sigma_correlation *correlation = rule->correlation;
    for (size_t i = 0; i < correlation->alias_count; i++) {
        const struct sigma_alias *alias = &correlation->aliases[i];
        bool asked = false;
        for (size_t k = 0; k < correlation->group_count; k++)
            asked |= slice_eq(correlation->group_by[k], alias->name);
        for (size_t k = 0; k < correlation->field_count; k++)
            asked |= slice_eq(correlation->fields[k], alias->name);
        for (size_t k = 0; asked && k < alias->count; k++) {
            if (alias->used[k] || linker->refused[rule->index])
                continue;
            linker_refuse(linker, rule, "an alias names a rule that is not correlated",
                          alias->rules[k]);
        }
    }
}

static void link_feeds(struct linker *linker, struct sigma_rule *rule)
{
    struct sigma_correlation *correlation = rule->correlation;
    for (size_t slot = 0; slot < correlation->rule_count; slot++) {
        if (is_repeated(correlation, slot))
            continue;
        linker->stamp++;
        if (feed_from(linker, rule, slot, correlation->rules[slot]))
            continue;
        linker_refuse(linker, rule,
                      "a rule that it correlates takes part in too many correlations",
                      correlation->rules[slot]->title);
        break;
    }
    check_aliases(linker, rule);
    if (linker->refused[rule->index])
        drop_feeds(linker, rule);
}

/* --- chains, from the bottom to the top --- */

static bool find_refused_child(struct linker *linker, const struct sigma_rule *rule)
{
    const struct sigma_correlation *correlation = rule->correlation;
    for (size_t i = 0; i < correlation->rule_count; i++) {
        if (is_there(linker, correlation->rules[i]))
            continue;
        linker_refuse(linker, rule, "the rule that it correlates is not loaded",
                      correlation->rules[i]->title);
        return true;
    }
    return false;
}

static bool children_are_done(const struct linker *linker, const struct sigma_rule *rule)
{
    const struct sigma_correlation *correlation = rule->correlation;
    for (size_t i = 0; i < correlation->rule_count; i++) {
        const struct sigma_rule *child = correlation->rules[i];
        if (child->correlation && !linker->done[child->index])
            return false;
    }
    return true;
}

static size_t depth_of(const struct sigma_correlation *correlation)
{
    size_t depth = 1;
    for (size_t i = 0; i < correlation->rule_count; i++) {
        const struct sigma_correlation *child = correlation->rules[i]->correlation;
        if (child && child->depth >= depth)
            depth = child->depth + 1;
    }
    return depth;
}

/* One round links the correlations all of whose references are linked. */
static void link_round(struct linker *linker)
{
    for (size_t i = 0; i < linker->set->rule_count; i++) {
        struct sigma_rule *rule = linker->set->rules[i];
        if (!rule->correlation || linker->refused[i] || linker->done[i] ||
            find_refused_child(linker, rule) || !children_are_done(linker, rule))
            continue;
        rule->correlation->depth = depth_of(rule->correlation);
        if (rule->correlation->depth > SIGMA_CHAIN_MAX)
            continue;
        link_feeds(linker, rule);
        linker->done[i] = !linker->refused[i];
    }
}

static void link_correlations(struct linker *linker, struct arena *scratch)
{
    struct sigma_set *set = linker->set;
    for (size_t i = 0; i < set->rule_count; i++)
        if (set->rules[i]->correlation && !linker->refused[i])
            resolve_rules(linker, scratch, set->rules[i]);
    for (size_t round = 0; round <= SIGMA_CHAIN_MAX; round++)
        link_round(linker);
    for (size_t i = 0; i < set->rule_count; i++)
        if (set->rules[i]->correlation && !linker->refused[i] && !linker->done[i])
            linker_refuse(linker, set->rules[i],
                          "it correlates itself, or a chain of more than 16 correlations",
                          set->rules[i]->title);
}

/* --- filters --- */

static bool filter_names(const struct sigma_filter *filter, const struct sigma_rule *rule)
{
    const struct sigma_rule *named = rule->owner ? rule->owner : rule;
    for (size_t i = 0; i < filter->ref_count; i++)
        if (is_named(named, filter->refs[i]))
            return true;
    return filter->any;
}

/* The filters hang beside the rule's own tree, each a copy, since nodes are numbered by rule.
 */
static void filter_rule(struct sigma_set *set, struct sigma_rule *rule)
{
    struct node_list all = NODE_LIST_INIT;
    node_list_add(&set->arena, &all, rule->detection);
    for (size_t i = 0; i < set->filter_count; i++) {
        const struct sigma_filter *filter = &set->filters[i];
        if (!sigma_logsource_covers(&filter->rule->logsource, &rule->logsource) ||
            !filter_names(filter, rule))
            continue;
        node_list_add(&set->arena, &all,
                      node_copy(&set->arena, filter->rule, rule->node_count));
        rule->node_count += filter->rule->node_count;
    }
    if (all.count == 1)
        return;
    rule->detection = node_group(&set->arena, SIGMA_NODE_AND, &all);
    rule->detection->id = rule->node_count++;
}

static void apply_filters(struct linker *linker)
{
    for (size_t i = 0; i < linker->set->rule_count; i++)
        if (linker->set->rules[i]->detection)
            filter_rule(linker->set, linker->set->rules[i]);
}

/* --- what is left --- */

static void drop_refused(struct linker *linker)
{
    struct sigma_set *set = linker->set;
    size_t kept = 0;
    for (size_t i = 0; i < set->rule_count; i++) /* while the indexes are good */
        if (set->rules[i]->owner && !is_there(linker, set->rules[i]->owner))
            linker->refused[i] = true;
    for (size_t i = 0; i < set->rule_count; i++) {
        if (linker->refused[i])
            continue;
        set->rules[kept] = set->rules[i];
        set->rules[kept]->index = kept;
        kept++;
    }
    set->rule_count = kept;
}

static void set_silent(struct sigma_set *set, bool generate, bool silent)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct sigma_correlation *correlation = set->rules[i]->correlation;
        if (!correlation || correlation->generate != generate)
            continue;
        for (size_t j = 0; j < correlation->rule_count; j++)
            correlation->rules[j]->silent = silent;
    }
}

size_t sigma_set_loaded(const struct sigma_set *set)
{
    size_t count = set->filter_count;
    for (size_t i = 0; i < set->rule_count; i++)
        count += !set->rules[i]->owner;
    return count;
}

void sigma_set_link(struct sigma_set *set)
{
    struct arena scratch = ARENA_INIT;
    struct linker linker = { .set = set };
    linker_build_indexes(&linker, &scratch);
    refuse_duplicates(&linker);
    apply_filters(&linker);
    link_correlations(&linker, &scratch);
    drop_refused(&linker);
    /* A correlation that was refused silences nothing; one that generates outvotes others. */
    set_silent(set, false, true);
    set_silent(set, true, false);
    arena_deinit(&scratch);
}
