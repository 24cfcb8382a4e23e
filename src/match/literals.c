#include "match/literals.h"

#include "match/prefilter.h"

#define LITERALS_PER_RULE_MAX 4096
#define USEFUL_LENGTH                                                                          \
    (PREFILTER_LITERAL_MIN + 1) /* one short literal halves the speed of all */
#define DEPTH_MAX 128

struct walk {
    struct arena *arena;
    enum literal_medium medium;
    struct literal_set *known; /* by sigma_node.id: conditions share nodes */
    bool *seen;
    literals_derived *derived;
    const void *context;
};

static const struct literal_set none = { 0, NULL };

static bool survives(enum literal_medium medium, char c)
{
    if (medium == LITERAL_VALUE)
        return c >= ' ' && c < 0x7f;
    return c > ' ' && c < 0x7f && !strchr("+\"',?", c);
}

/* The longest run of characters that the medium keeps unchanged. */
static struct slice best_piece(enum literal_medium medium, struct slice text)
{
    struct slice best = slice_of(text.ptr, 0);
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && survives(medium, text.ptr[i]))
            continue;
        if (i - start > best.len)
            best = slice_of(text.ptr + start, i - start);
        start = i + 1;
    }
    return best;
}

static struct slice best_of_pattern(enum literal_medium medium,
                                    const struct sigma_pattern *pattern)
{
    struct slice best = slice_of("", 0);
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->tokens[i].kind != SIGMA_TOKEN_TEXT)
            continue;
        struct slice piece = best_piece(medium, pattern->tokens[i].text);
        if (piece.len > best.len)
            best = piece;
    }
    return best;
}

/*
 * Words that every log of a mail server is full of: a literal that says no more than one of
 * them filters nearly nothing, however long it is. Only speed depends on this list.
 */
static const char *const common_words[] = {
    "/owa/auth/",    "/owa/",         "/ecp/",
    "/ews/",         "/mapi/emsmdb/", "/rpc/",
    "/oab/",         "/autodiscover", "/microsoft-server-activesync",
    "mozilla/5.0",   "exchange.asmx", "https://",
    "healthmailbox", "microsoft",
};

static bool is_common(struct slice literal)
{
    for (size_t i = 0; i < sizeof common_words / sizeof *common_words; i++)
        if (slice_icase_has(slice_from(common_words[i]), literal))
            return true;
    return false;
}

/* How well the set filters: the length of its weakest literal, common words counting least. */
static size_t strength(struct literal_set set)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < set.count; i++) {
        size_t value = is_common(set.literals[i]) ? 1 : set.literals[i].len;
        least = value < least ? value : least;
    }
    return set.count ? least : 0;
}

/* Among equals, fewer literals are better. */
static bool better(struct literal_set a, struct literal_set b)
{
    size_t sa = strength(a), sb = strength(b);
    return sa != sb ? sa > sb : a.count < b.count;
}

static struct literal_set single(const struct walk *walk, struct slice literal)
{
    if (literal.len < USEFUL_LENGTH)
        return none;
    struct slice *copy = arena_alloc(walk->arena, sizeof *copy);
    *copy = literal;
    return (struct literal_set){ 1, copy };
}

static struct literal_set of_derived(const struct walk *walk, const char *const *names)
{
    struct literal_set set = none;
    for (const char *const *n = names; *n; n++)
        set.count++;
    set.literals = arena_array(walk->arena, set.count, sizeof *set.literals);
    for (size_t i = 0; i < set.count; i++)
        set.literals[i] = slice_from(names[i]);
    return set;
}

static struct literal_set of_value(const struct walk *walk, const struct sigma_value *value)
{
    if (value->kind != SIGMA_VALUE_PATTERN)
        return none;
    return single(walk, best_of_pattern(walk->medium, &value->pattern));
}

/* One set of all; none when one of them has none. At once: lists of thousands are usual. */
static struct literal_set join(const struct walk *walk, const struct literal_set *sets,
                               size_t count)
{
    struct literal_set all = none;
    for (size_t i = 0; i < count; i++) {
        if (sets[i].count == 0 || all.count + sets[i].count > LITERALS_PER_RULE_MAX)
            return none;
        all.count += sets[i].count;
    }
    all.literals = arena_array(walk->arena, all.count, sizeof *all.literals);
    struct slice *next = all.literals;
    for (size_t i = 0; i < count; i++) {
        memcpy(next, sets[i].literals, sets[i].count * sizeof *next);
        next += sets[i].count;
    }
    return all;
}

/* Does the item hold only for rows in which its field has a value? */
static bool needs_presence(const struct sigma_item *item)
{
    for (size_t i = 0; i < item->count; i++)
        if (item->values[i].kind == SIGMA_VALUE_NULL ||
            (item->values[i].kind == SIGMA_VALUE_EXISTS && !item->values[i].wanted))
            return false;
    return item->count > 0;
}

static struct literal_set of_item(const struct walk *walk, const struct sigma_item *item)
{
    const char *const *names =
        item->field.ptr && walk->derived ? walk->derived(walk->context, item->field) : NULL;
    if (names)
        return needs_presence(item) ? of_derived(walk, names) : none;
    struct literal_set result = none;
    AUTO_FREE struct literal_set *sets = mem_alloc((item->count + 1) * sizeof *sets);
    for (size_t i = 0; i < item->count; i++) {
        sets[i] = of_value(walk, &item->values[i]);
        if (item->all && better(sets[i], result))
            result = sets[i];
        if (!item->all && sets[i].count == 0)
            return none;
    }
    return item->all ? result : join(walk, sets, item->count);
}

static struct literal_set of_node(const struct walk *walk, const struct sigma_node *node,
                                  int depth);

static struct literal_set of_any(const struct walk *walk, const struct sigma_node *node,
                                 int depth)
{
    AUTO_FREE struct literal_set *sets = mem_alloc((node->count + 1) * sizeof *sets);
    for (size_t i = 0; i < node->count; i++) {
        sets[i] = of_node(walk, node->children[i], depth);
        if (sets[i].count == 0)
            return none;
    }
    return join(walk, sets, node->count);
}

static struct literal_set of_all(const struct walk *walk, const struct sigma_node *node,
                                 int depth)
{
    struct literal_set result = none;
    for (size_t i = 0; i < node->count; i++) {
        struct literal_set set = of_node(walk, node->children[i], depth);
        if (set.count && better(set, result))
            result = set;
    }
    return result;
}

static struct literal_set of_kind(const struct walk *walk, const struct sigma_node *node,
                                  int depth)
{
    switch (node->kind) {
    case SIGMA_NODE_ITEM:
        return of_item(walk, node->item);
    case SIGMA_NODE_AND:
        return of_all(walk, node, depth + 1);
    case SIGMA_NODE_OR:
        return of_any(walk, node, depth + 1);
    case SIGMA_NODE_NOT:
        return none;
    }
    return none;
}

static struct literal_set of_node(const struct walk *walk, const struct sigma_node *node,
                                  int depth)
{
    if (depth > DEPTH_MAX)
        return none;
    if (!walk->seen[node->id]) {
        walk->known[node->id] = of_kind(walk, node, depth);
        walk->seen[node->id] = true;
    }
    return walk->known[node->id];
}

struct literal_set literals_required(struct arena *arena, const struct sigma_rule *rule,
                                     enum literal_medium medium, literals_derived *derived,
                                     const void *context)
{
    AUTO_FREE struct literal_set *known = mem_alloc((rule->node_count + 1) * sizeof *known);
    AUTO_FREE bool *seen = mem_alloc((rule->node_count + 1) * sizeof *seen);
    struct walk walk = { arena, medium, known, seen, derived, context };
    return of_node(&walk, rule->detection, 0);
}
