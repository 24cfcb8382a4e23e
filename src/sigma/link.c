/*
 * References between the rules of a set (spec, "Sigma Correlation Rules: Related rules").
 *
 * Two sorted indexes, ids with letters folded (a UUID means the same in either case) and names
 * as written, so that thousands of rules link in n log n.
 */
#include <stdio.h>
#include <stdlib.h>

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
};

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
    for (size_t i = 0; i < set->rule_count; i++) {
        struct sigma_rule *rule = set->rules[i];
        rule->index = i;
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

static struct sigma_rule *resolve(struct linker *linker, struct arena *scratch,
                                  const struct sigma_rule *rule, struct slice reference)
{
    struct sigma_rule *found = NULL;
    size_t count = index_find(linker, &linker->ids, fold(scratch, reference), &found);
    count += index_find(linker, &linker->names, reference, &found);
    const char *reason = NULL;
    if (count == 0)
        reason = "the rule that it correlates is not loaded";
    else if (count > 1)
        reason = "the name of the rule that it correlates is ambiguous";
    else if (found->correlation)
        reason = "chains of correlations are not supported";
    if (!reason)
        return found;
    linker_refuse(linker, rule, reason, reference);
    return NULL;
}

static void link_correlation(struct linker *linker, struct arena *scratch,
                             struct sigma_rule *rule)
{
    struct sigma_correlation *correlation = rule->correlation;
    correlation->rules =
        arena_array(&linker->set->arena, correlation->rule_count, sizeof(struct sigma_rule *));
    for (size_t i = 0; i < correlation->rule_count; i++) {
        correlation->rules[i] = resolve(linker, scratch, rule, correlation->rule_refs[i]);
        if (!correlation->rules[i])
            return;
    }
}

static void link_correlations(struct linker *linker, struct arena *scratch)
{
    for (size_t i = 0; i < linker->set->rule_count; i++) {
        struct sigma_rule *rule = linker->set->rules[i];
        if (rule->correlation && !linker->refused[i])
            link_correlation(linker, scratch, rule);
    }
}

/* --- what is left --- */

static void drop_refused(struct linker *linker)
{
    struct sigma_set *set = linker->set;
    size_t kept = 0;
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

void sigma_set_link(struct sigma_set *set)
{
    struct arena scratch = ARENA_INIT;
    struct linker linker = { .set = set };
    linker_build_indexes(&linker, &scratch);
    refuse_duplicates(&linker);
    link_correlations(&linker, &scratch);
    drop_refused(&linker);
    /* A correlation that was refused silences nothing; one that generates outvotes others. */
    set_silent(set, false, true);
    set_silent(set, true, false);
    arena_deinit(&scratch);
}
