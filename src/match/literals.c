#include "match/literals.h"

#include <stdlib.h>

#include "match/prefilter_tables.h"

#define LITERALS_PER_RULE_MAX 4096
#define DEPTH_MAX 128
#define WORDS_MAX 3 /* of one literal, where a space may be written in two ways */
#define COST_NONE UINT64_MAX
#define ALSO_LITERALS_MAX 6 /* more take longer to look for than the line to evaluate */

/* Per medium: lines of logs, and values of Windows events. */
struct literal_costs {
    struct gram_sample lines, values;
};

struct walk {
    struct arena *arena;
    enum literal_medium medium;
    const struct gram_sample *sample;
    struct literal_set *known; /* by sigma_node.id: conditions share nodes */
    bool *seen;
    literals_derived *derived;
    const void *context;
};

static const struct literal_set none = { 0, NULL, 0, NULL };

/* ---- costs
 * -----------------------------------------------------------------------------------
 */

static const char typical_values[] =
    "C:\\Windows\\System32\\svchost.exe -k netsvcs -p C:\\Windows\\explorer.exe "
    "C:\\Windows\\System32\\cmd.exe powershell.exe -NoProfile -ExecutionPolicy "
    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe "
    "C:\\Program Files\\Microsoft C:\\Program Files (x86)\\ C:\\ProgramData\\ "
    "C:\\Users\\user\\AppData\\Local\\Temp\\ Microsoft Windows Operating System "
    "Microsoft Corporation NT AUTHORITY\\SYSTEM S-1-5-18 S-1-5-21- 0x3e7 0x0 High System "
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\ HKU\\ \\Device\\HarddiskVolume "
    "\\SystemRoot\\System32 C:\\Windows\\SysWOW64\\ .dll .sys .exe rundll32.exe "
    "SHA1= MD5= SHA256= IMPHASH= Microsoft-Windows-Sysmon/Operational Security true false";

struct literal_costs *literal_costs_new(void)
{
    struct literal_costs *costs = mem_alloc(sizeof *costs);
    sample_add_typical(&costs->lines);
    sample_add(&costs->values, slice_from(typical_values));
    return costs;
}

void literal_costs_free(struct literal_costs *costs)
{
    free(costs);
}

static unsigned count_marks(struct slice text)
{
    unsigned marks = 0;
    for (size_t i = 0; i < text.len; i++)
        marks += !ascii_is_alnum(text.ptr[i]);
    return marks;
}

/*
 * How often the medium shows a literal, roughly, in 2^-26 of all places: as often as its rarest
 * gram, and four times less for every byte beyond that.
 */
static uint64_t cost_of(const struct walk *walk, struct slice literal)
{
    static const uint64_t pairs[] = { 12000 << 6, 4000 << 6, 1500 << 6 }; /* by marks */
    uint64_t least = UINT64_MAX;
    if (literal.len == 2)
        return pairs[count_marks(literal)];
    if (literal.len == 3)
        return (uint64_t)sample_rate_three(walk->sample, literal.ptr) << 6;
    for (size_t i = 0; i + GRAM <= literal.len; i++) {
        uint64_t rate = sample_rate_four(walk->sample, literal.ptr + i);
        least = rate < least ? rate : least;
    }
    size_t beyond = literal.len - GRAM < 6 ? literal.len - GRAM : 6;
    bool typical = least >= SAMPLE_TYPICAL;
    return (least << 6 >> (typical ? 0 : 2 * beyond)) + 1;
}

static uint64_t cost_of_set(const struct walk *walk, struct literal_set set)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < set.count; i++)
        cost += cost_of(walk, set.literals[i]);
    return set.count ? cost : COST_NONE;
}

static bool better(const struct walk *walk, struct literal_set a, struct literal_set b)
{
    return cost_of_set(walk, a) < cost_of_set(walk, b);
}

/* ---- pieces of a pattern
 * ---------------------------------------------------------------------
 */

static bool survives(enum literal_medium medium, char c)
{
    static const char *const changed[] = { [LITERAL_RAW_LINE] = " +\"',?",
                                           [LITERAL_W3C] = " ?",
                                           [LITERAL_CSV] = "\"?",
                                           [LITERAL_VALUE] = "" };
    return c >= ' ' && c < 0x7f && !strchr(changed[medium], c);
}

struct best {
    uint64_t cost;
    struct slice text;
    unsigned spaces; /* that may stand as '+' as well */
};

static void try_piece(const struct walk *walk, struct best *best, struct slice text,
                      unsigned spaces)
{
    if (text.len < PREFILTER_LITERAL_MIN)
        return;
    uint64_t cost = cost_of(walk, text) << spaces;
    if (cost < best->cost || (cost == best->cost && text.len > best->text.len))
        *best = (struct best){ cost, text, spaces };
}

static size_t word_end(const struct walk *walk, struct slice text, size_t at)
{
    while (at < text.len && survives(walk->medium, text.ptr[at]))
        at++;
    return at;
}

/* Words from `start` on: each run of up to WORDS_MAX that single spaces join. */
static void try_words(const struct walk *walk, struct best *best, struct slice text,
                      size_t start)
{
    size_t end = word_end(walk, text, start);
    try_piece(walk, best, slice_of(text.ptr + start, end - start), 0);
    for (unsigned spaces = 1; walk->medium == LITERAL_W3C && spaces < WORDS_MAX; spaces++) {
        if (end + 1 >= text.len || text.ptr[end] != ' ' ||
            !survives(walk->medium, text.ptr[end + 1]))
            return;
        end = word_end(walk, text, end + 1);
        try_piece(walk, best, slice_of(text.ptr + start, end - start), spaces);
    }
}

static void try_text(const struct walk *walk, struct best *best, struct slice text)
{
    for (size_t at = 0; at < text.len; at++)
        if (survives(walk->medium, text.ptr[at])) {
            try_words(walk, best, text, at);
            at = word_end(walk, text, at);
        }
}

/* All ways to write the spaces of a piece. */
static struct literal_set spellings(const struct walk *walk, const struct best *best)
{
    struct literal_set set = { .count = (size_t)1 << best->spaces };
    set.literals = arena_array(walk->arena, set.count, sizeof *set.literals);
    for (size_t way = 0; way < set.count; way++) {
        set.literals[way] = best->text;
        if (!best->spaces)
            continue;
        char *copy = arena_text(walk->arena, best->text);
        for (size_t i = 0, space = 0; i < best->text.len; i++)
            if (copy[i] == ' ' && way >> space++ & 1)
                copy[i] = '+';
        set.literals[way] = slice_of(copy, best->text.len);
    }
    return set;
}

static struct literal_set of_pattern(const struct walk *walk,
                                     const struct sigma_pattern *pattern)
{
    struct best best = { COST_NONE, SLICE_NULL, 0 };
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->tokens[i].kind == SIGMA_TOKEN_TEXT)
            try_text(walk, &best, pattern->tokens[i].text);
    return best.text.ptr ? spellings(walk, &best) : none;
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
    return of_pattern(walk, &value->pattern);
}

/* One set of all; none when one of them has none. At once: lists of thousands are usual. */
static struct literal_set join(const struct walk *walk, const struct literal_set *sets,
                               size_t count)
{
    struct literal_set all = none;
    if (count == 1)
        return sets[0];
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

static bool is_also(const struct literal_set *set)
{
    return set->count > 0 && set->count <= ALSO_LITERALS_MAX;
}

static void add_also(const struct walk *walk, struct literal_set *set,
                     const struct literal_set *more)
{
    if (!is_also(more) || set->also_count == LITERALS_ALSO_MAX)
        return;
    if (!set->also)
        set->also = arena_array(walk->arena, LITERALS_ALSO_MAX, sizeof *set->also);
    set->also[set->also_count++] = (struct literal_set){ more->count, more->literals, 0, NULL };
}

/* Of sets that are all needed: the best one, and with it what else is needed. */
static struct literal_set meet(const struct walk *walk, const struct literal_set *sets,
                               size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (better(walk, sets[i], sets[best]))
            best = i;
    if (count == 0 || sets[best].count == 0)
        return none;
    struct literal_set result = { sets[best].count, sets[best].literals, 0, NULL };
    for (size_t i = 0; i < count; i++) {
        if (i != best)
            add_also(walk, &result, &sets[i]);
        for (size_t k = 0; k < sets[i].also_count; k++)
            add_also(walk, &result, &sets[i].also[k]);
    }
    return result;
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
    AUTO_FREE struct literal_set *sets = mem_alloc((item->count + 1) * sizeof *sets);
    for (size_t i = 0; i < item->count; i++) {
        sets[i] = of_value(walk, &item->values[i]);
        if (!item->all && sets[i].count == 0)
            return none;
    }
    return item->all ? meet(walk, sets, item->count) : join(walk, sets, item->count);
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
    AUTO_FREE struct literal_set *sets = mem_alloc((node->count + 1) * sizeof *sets);
    for (size_t i = 0; i < node->count; i++)
        sets[i] = of_node(walk, node->children[i], depth);
    return meet(walk, sets, node->count);
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
                                     enum literal_medium medium,
                                     const struct literal_costs *costs,
                                     literals_derived *derived, const void *context)
{
    AUTO_FREE struct literal_set *known = mem_alloc((rule->node_count + 1) * sizeof *known);
    AUTO_FREE bool *seen = mem_alloc((rule->node_count + 1) * sizeof *seen);
    const struct gram_sample *sample = medium == LITERAL_VALUE ? &costs->values : &costs->lines;
    struct walk walk = { arena, medium, sample, known, seen, derived, context };
    return of_node(&walk, rule->detection, 0);
}

static bool any_in(const struct literal_set *set, struct slice text)
{
    for (size_t i = 0; i < set->count; i++)
        if (slice_icase_has(text, set->literals[i]))
            return true;
    return false;
}

bool literals_also_in(const struct literal_set *set, struct slice text)
{
    for (size_t i = 0; i < set->also_count; i++)
        if (!any_in(&set->also[i], text))
            return false;
    return true;
}
