#include "casefile/window.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sigma/correlation.h"

/* When is the condition looked at? See the header. */
enum mode { WITH_EACH_HIT, WHEN_COMPLETE, FROM_EACH_HIT, IN_ORDER };

struct window {
    const struct sigma_correlation *correlation;
    window_found *found;
    void *context;
    enum mode mode;
    uint64_t left_out;

    /* hits[first .. end-1], oldest first */
    size_t first, end, capacity;
    struct window_hit *hits;

    /* Number of hits by slot; `wide`: in the timespan before too (FROM_EACH_HIT). */
    size_t *seen, *wide;
    size_t slots_seen;
    size_t start, until; /* FROM_EACH_HIT: hits[start .. until-1] are in the window */

    /* By rank: how many hits; as a Fenwick tree, to find the k-th; what number it is. */
    size_t ranks, rank_capacity, values_seen;
    uint32_t *by_rank;
    uint32_t *tree;
    double *numbers;

    /* Sums without subtraction, which would leave rounding errors behind: hits[i].sum_to is the
     * sum of hits[i .. flip-1]; behind flip it is in `rest`. */
    size_t flip;
    double rest;
    double *sum_to;

    /* IN_ORDER: chain[i] is the latest chain that has seen rules 0..i */
    struct window_hit chain[SIGMA_ORDERED_MAX][SIGMA_ORDERED_MAX];
    bool alive[SIGMA_ORDERED_MAX];
};

/* ---- modes ----------------------------------------------------------------------------------
 */

static bool has_not(const struct sigma_node *node)
{
    bool found = node->kind == SIGMA_NODE_NOT;
    for (size_t i = 0; !found && i < node->count; i++)
        found = has_not(node->children[i]);
    return found;
}

static enum mode mode_of(const struct sigma_correlation *correlation)
{
    if (correlation->kind == SIGMA_TEMPORAL_ORDERED)
        return IN_ORDER;
    if (correlation->expression)
        return has_not(correlation->expression) ? FROM_EACH_HIT : WITH_EACH_HIT;
    for (size_t i = 0; i < correlation->bound_count; i++) {
        enum sigma_compare compare = correlation->bounds[i].compare;
        if (compare != SIGMA_GT && compare != SIGMA_GTE)
            return WHEN_COMPLETE;
    }
    return WITH_EACH_HIT;
}

static bool needs_ranks(const struct window *window)
{
    enum sigma_correlation_kind kind = window->correlation->kind;
    return kind == SIGMA_VALUE_COUNT || kind == SIGMA_VALUE_PERCENTILE ||
           kind == SIGMA_VALUE_MEDIAN;
}

static bool needs_sums(const struct window *window)
{
    enum sigma_correlation_kind kind = window->correlation->kind;
    return kind == SIGMA_VALUE_SUM || kind == SIGMA_VALUE_AVG;
}

struct window *window_new(const struct sigma_correlation *correlation, window_found *found,
                          void *context)
{
    struct window *window = mem_alloc(sizeof *window);
    window->correlation = correlation;
    window->found = found;
    window->context = context;
    window->mode = mode_of(correlation);
    window->seen = mem_alloc((correlation->rule_count + 1) * sizeof *window->seen);
    window->wide = mem_alloc((correlation->rule_count + 1) * sizeof *window->wide);
    return window;
}

void window_free(struct window *window)
{
    free(window->hits);
    free(window->seen);
    free(window->wide);
    free(window->by_rank);
    free(window->tree);
    free(window->numbers);
    free(window->sum_to);
    free(window);
}

uint64_t window_left_out(const struct window *window)
{
    return window->left_out;
}

/* ---- what is known of the hits inside -------------------------------------------------------
 */

static void rank_change(struct window *window, const struct window_hit *hit, int by)
{
    uint32_t *count = &window->by_rank[hit->rank];
    window->values_seen += by > 0 && *count == 0;
    *count += (uint32_t)by;
    window->values_seen -= by < 0 && *count == 0;
    window->numbers[hit->rank] = hit->number;
    for (size_t i = (size_t)hit->rank + 1; i <= window->ranks; i += i & -i)
        window->tree[i] += (uint32_t)by;
}

/* The number that is the k-th smallest of those inside, k from 1. */
static double kth_number(const struct window *window, size_t k)
{
    size_t at = 0, step = 1;
    while (step * 2 <= window->ranks)
        step *= 2;
    for (; step > 0; step /= 2)
        if (at + step <= window->ranks && window->tree[at + step] < k) {
            at += step;
            k -= window->tree[at];
        }
    return window->numbers[at];
}

static void take_in(struct window *window, const struct window_hit *hit)
{
    window->slots_seen += window->seen[hit->slot]++ == 0;
    if (needs_ranks(window))
        rank_change(window, hit, 1);
    if (needs_sums(window))
        window->rest += hit->number;
}

static void let_out(struct window *window, const struct window_hit *hit)
{
    window->slots_seen -= --window->seen[hit->slot] == 0;
    if (needs_ranks(window))
        rank_change(window, hit, -1);
}

/* Prepares the sums for letting hits out at the front: hits[first .. end-1]. */
static void flip_sums(struct window *window)
{
    double sum = 0;
    for (size_t i = window->end; i > window->first; i--)
        window->sum_to[i - 1] = sum += window->hits[i - 1].number;
    window->flip = window->end;
    window->rest = 0;
}

static double sum_inside(const struct window *window)
{
    return (window->first < window->flip ? window->sum_to[window->first] : 0) + window->rest;
}

static void drop_first(struct window *window)
{
    if (needs_sums(window) && window->first >= window->flip)
        flip_sums(window);
    let_out(window, &window->hits[window->first]);
    window->first++;
}

static void start_anew(struct window *window)
{
    while (window->first < window->end)
        let_out(window, &window->hits[window->first++]);
    window->first = window->end = window->flip = 0;
    window->rest = 0;
    memset(window->alive, 0, sizeof window->alive);
}

/* Makes room at the end; what is in front of `first` is forgotten. */
static void make_room(struct window *window)
{
    size_t gone = window->first;
    if (window->end < window->capacity)
        return;
    if (gone > window->capacity / 2) {
        memmove(window->hits, window->hits + gone, (window->end - gone) * sizeof *window->hits);
        if (needs_sums(window))
            memmove(window->sum_to, window->sum_to + gone,
                    (window->end - gone) * sizeof *window->sum_to);
        window->first -= gone;
        window->end -= gone;
        if (window->mode == FROM_EACH_HIT) {
            window->start -= gone;
            window->until -= gone;
        }
        window->flip = window->flip > gone ? window->flip - gone : 0;
        return;
    }
    size_t capacity = window->capacity;
    window->hits =
        mem_reserve(window->hits, window->end, &window->capacity, sizeof *window->hits);
    if (needs_sums(window))
        window->sum_to =
            mem_reserve(window->sum_to, window->end, &capacity, sizeof *window->sum_to);
}

static bool append(struct window *window, const struct window_hit *hit)
{
    if (window->end - window->first >= WINDOW_HITS_MAX) {
        window->left_out++;
        return false;
    }
    make_room(window);
    window->hits[window->end++] = *hit;
    return true;
}

/* ---- conditions -----------------------------------------------------------------------------
 */

/* Nearest rank: the smallest number that is not less than p percent of all. */
static double percentile_inside(const struct window *window, size_t count)
{
    double rank = ceil(window->correlation->percentile / 100 * (double)count);
    return kth_number(window, rank < 1 ? 1 : (size_t)rank);
}

static double median_inside(const struct window *window, size_t count)
{
    double upper = kth_number(window, count / 2 + 1);
    return count % 2 ? upper : (kth_number(window, count / 2) + upper) / 2;
}

static double measure(const struct window *window)
{
    size_t count = window->end - window->first;
    switch (window->correlation->kind) {
    case SIGMA_EVENT_COUNT:
        return (double)count;
    case SIGMA_VALUE_COUNT:
        return (double)window->values_seen;
    case SIGMA_VALUE_SUM:
        return sum_inside(window);
    case SIGMA_VALUE_AVG:
        return sum_inside(window) / (double)count;
    case SIGMA_VALUE_PERCENTILE:
        return percentile_inside(window, count);
    case SIGMA_VALUE_MEDIAN:
        return median_inside(window, count);
    case SIGMA_TEMPORAL:
    case SIGMA_TEMPORAL_ORDERED:
        break;
    }
    return (double)window->slots_seen;
}

/* Recursion ends: conditions nest 64 deep. */
static bool expression_holds(const struct sigma_node *node, const size_t *seen,
                             const size_t *wide)
{
    bool decisive = node->kind == SIGMA_NODE_OR;
    switch (node->kind) {
    case SIGMA_NODE_ITEM:
        return seen[node->id] > 0;
    case SIGMA_NODE_NOT:
        return !expression_holds(node->children[0], wide, wide);
    case SIGMA_NODE_AND:
    case SIGMA_NODE_OR:
        break;
    }
    for (size_t i = 0; i < node->count; i++)
        if (expression_holds(node->children[i], seen, wide) == decisive)
            return decisive;
    return !decisive;
}

/* How many different rules there are to be seen: the same one may be named twice. */
static size_t different_rules(const struct sigma_correlation *correlation)
{
    size_t count = 0;
    for (size_t i = 0; i < correlation->rule_count; i++) {
        size_t k = 0;
        while (correlation->rules[k] != correlation->rules[i])
            k++;
        count += k == i;
    }
    return count;
}

static bool condition_holds(const struct window *window)
{
    const struct sigma_correlation *correlation = window->correlation;
    if (window->first == window->end)
        return false;
    if (correlation->expression)
        return expression_holds(correlation->expression, window->seen, window->seen);
    if (correlation->bound_count == 0)
        return window->slots_seen == different_rules(correlation);
    return sigma_bounds_hold(correlation->bounds, correlation->bound_count, measure(window));
}

static bool is_within(const struct window *window, int64_t from, int64_t to)
{
    return to - from <= window->correlation->timespan_ms;
}

/* ---- with each hit --------------------------------------------------------------------------
 */

static void tell(struct window *window)
{
    window->found(window->context, window->hits + window->first, window->end - window->first);
    start_anew(window);
}

static void add_sliding(struct window *window, const struct window_hit *hit)
{
    while (window->first < window->end &&
           !is_within(window, window->hits[window->first].time, hit->time))
        drop_first(window);
    if (!append(window, hit))
        return;
    take_in(window, hit);
    if (condition_holds(window))
        tell(window);
}

/* ---- when complete --------------------------------------------------------------------------
 */

static void close_window(struct window *window)
{
    if (condition_holds(window))
        tell(window);
    else
        start_anew(window);
}

static void add_to_complete(struct window *window, const struct window_hit *hit)
{
    if (window->first < window->end &&
        !is_within(window, window->hits[window->first].time, hit->time))
        close_window(window);
    if (append(window, hit))
        take_in(window, hit);
}

/* ---- from each hit: conditions with "not" ---------------------------------------------------
 *
 * hits[first .. end-1] are kept; the window that is looked at starts with hits[start]. `seen`
 * counts hits[start .. until-1], `wide` hits[first .. until-1].
 */

static void see_until(struct window *window, int64_t time)
{
    while (window->until < window->end &&
           is_within(window, time, window->hits[window->until].time)) {
        window->seen[window->hits[window->until].slot]++;
        window->wide[window->hits[window->until].slot]++;
        window->until++;
    }
}

static void forget_before(struct window *window, int64_t time)
{
    while (window->first < window->start &&
           !is_within(window, window->hits[window->first].time, time))
        window->wide[window->hits[window->first++].slot]--;
}

static void step(struct window *window, size_t count)
{
    for (size_t i = 0; i < count; i++)
        window->seen[window->hits[window->start++].slot]--;
}

/* Looks at all windows that no later hit can change: those that end before `time`. */
static void look_at_complete(struct window *window, int64_t time, bool all)
{
    while (window->start < window->end) {
        int64_t begin = window->hits[window->start].time;
        if (!all && is_within(window, begin, time))
            return;
        see_until(window, begin);
        forget_before(window, begin);
        size_t count = window->until - window->start;
        bool holds =
            expression_holds(window->correlation->expression, window->seen, window->wide);
        if (holds)
            window->found(window->context, window->hits + window->start, count);
        step(window, holds ? count : 1);
    }
}

static void add_for_not(struct window *window, const struct window_hit *hit)
{
    look_at_complete(window, hit->time, false);
    append(window, hit);
}

static void end_for_not(struct window *window)
{
    look_at_complete(window, 0, true);
    memset(window->wide, 0, window->correlation->rule_count * sizeof *window->wide);
    memset(window->seen, 0, window->correlation->rule_count * sizeof *window->seen);
    window->first = window->end = window->start = window->until = 0;
}

/* ---- in order -------------------------------------------------------------------------------
 */

static bool follows(const struct window *window, size_t step, int64_t time)
{
    return step == 0 || (window->alive[step - 1] &&
                         is_within(window, window->chain[step - 1][0].time, time));
}

/* Hits of one event come from the last step to the first: it does not take two at once. */
static void add_in_order(struct window *window, const struct window_hit *hit)
{
    size_t i = hit->slot;
    if (!follows(window, i, hit->time))
        return;
    if (i > 0)
        memcpy(window->chain[i], window->chain[i - 1], i * sizeof *hit);
    window->chain[i][i] = *hit;
    window->alive[i] = true;
    if (i + 1 < window->correlation->rule_count)
        return;
    window->found(window->context, window->chain[i], i + 1);
    start_anew(window);
}

/* ---- groups ---------------------------------------------------------------------------------
 */

/* All counters are zero when a group has ended, so growing them needs no copy. */
static void make_ranks(struct window *window, size_t ranks)
{
    window->ranks = ranks;
    if (ranks <= window->rank_capacity)
        return;
    free(window->by_rank);
    free(window->tree);
    free(window->numbers);
    window->by_rank = mem_alloc((ranks + 1) * sizeof *window->by_rank);
    window->tree = mem_alloc((ranks + 1) * sizeof *window->tree);
    window->numbers = mem_alloc((ranks + 1) * sizeof *window->numbers);
    window->rank_capacity = ranks;
}

#define RANKS_MAX 8000000U /* different values of one group: 128 MB */

void window_enter(struct window *window, size_t ranks)
{
    if (window->mode == FROM_EACH_HIT)
        end_for_not(window);
    else if (window->mode == WHEN_COMPLETE)
        close_window(window);
    else
        start_anew(window);
    if (needs_ranks(window))
        make_ranks(window, ranks < RANKS_MAX ? ranks : RANKS_MAX);
}

void window_add(struct window *window, const struct window_hit *hit)
{
    static void (*const add[])(struct window *, const struct window_hit *) = {
        [WITH_EACH_HIT] = add_sliding,
        [WHEN_COMPLETE] = add_to_complete,
        [FROM_EACH_HIT] = add_for_not,
        [IN_ORDER] = add_in_order,
    };
    if (hit->slot >= window->correlation->rule_count)
        return; /* a case may be edited */
    if (needs_ranks(window) && hit->rank >= window->ranks)
        window->left_out++;
    else
        add[window->mode](window, hit);
}
