/*
 * Gates. Some rules can match only where an item about one cell holds ("the page of this path
 * is foreign"), and logs ask for the same paths again and again. What such an item says is kept
 * by the cell's text, so that a candidate whose path is known to be harmless is not even split.
 */
#include "match/evaluator.h"

#include <stdlib.h>

#define PLACES 256
#define TEXT_MAX 110

struct gate_place {
    uint32_t known, open; /* bit: a gate */
    uint8_t len;
    char text[TEXT_MAX];
};

struct gates {
    struct gate_place places[PLACES];
};

static const struct derived_field *derived_of_item(const struct engine *engine,
                                                   const struct item *item)
{
    for (size_t i = 0; item->field != NOT_A_FIELD && i < engine->options.derived_count; i++)
        if (slice_eq(engine->fields[item->field], slice_from(engine->options.derived[i].name)))
            return &engine->options.derived[i];
    return NULL;
}

static bool is_about_path_alone(const struct engine *engine, const struct item *item)
{
    const struct derived_field *derived = derived_of_item(engine, item);
    for (size_t i = 0; i < item->count; i++)
        if (item->matchers[i].kind == SIGMA_VALUE_FIELD)
            return false;
    return derived && derived->of_path;
}

static unsigned number_of(struct engine *engine, size_t item)
{
    for (unsigned i = 0; i < engine->gate_count; i++)
        if (engine->gates[i] == item)
            return i;
    if (engine->gate_count == GATES_MAX)
        return NO_GATE;
    engine->gates[engine->gate_count] = item;
    return engine->gate_count++;
}

/* Conditions share nodes: the search goes down few levels only. */
static unsigned find(struct engine *engine, const struct rule *rule,
                     const struct sigma_node *node, int levels)
{
    unsigned gate = NO_GATE;
    if (node->kind == SIGMA_NODE_ITEM) {
        size_t item = rule->items[node->id];
        return is_about_path_alone(engine, &engine->items[item]) ? number_of(engine, item)
                                                                 : NO_GATE;
    }
    if (node->kind != SIGMA_NODE_AND || levels == 0)
        return NO_GATE;
    for (size_t i = 0; i < node->count && gate == NO_GATE; i++)
        gate = find(engine, rule, node->children[i], levels - 1);
    return gate;
}

unsigned gate_of_rule(struct engine *engine, const struct rule *rule)
{
    return find(engine, rule, rule->sigma->detection, 2);
}

void gates_free(struct gates *gates)
{
    free(gates);
}

static struct gate_place *place_of(struct evaluator *ev, struct slice text)
{
    if (!ev->gates)
        ev->gates = mem_alloc(sizeof *ev->gates);
    struct gate_place *place = &ev->gates->places[slice_hash(text, false) % PLACES];
    if (place->len == text.len && memcmp(place->text, text.ptr, text.len) == 0)
        return place;
    *place = (struct gate_place){ .len = (uint8_t)text.len };
    memcpy(place->text, text.ptr, text.len);
    return place;
}

/* The place of the line's path; NULL where it has none or a long one. */
static struct gate_place *place_of_line(struct evaluator *ev, struct slice line)
{
    struct slice cell;
    enum log_format format = ev->schema->family->format;
    size_t column = ev->schema->role[ROLE_URL_PATH];
    if ((format != FORMAT_W3C && format != FORMAT_CSV) || column == COLUMN_NONE ||
        !row_peek_cell(ev->schema, line, column, &cell) || !cell.len || cell.len > TEXT_MAX)
        return NULL;
    return place_of(ev, cell);
}

bool gate_is_shut(struct evaluator *ev, struct slice line, unsigned gate)
{
    uint32_t bit = UINT32_C(1) << gate;
    if (!ev->gate_looked) {
        ev->gate_looked = true;
        ev->gate_place = place_of_line(ev, line);
    }
    struct gate_place *place = ev->gate_place;
    if (!place)
        return false;
    if (!(place->known & bit)) {
        text_row_split(ev, line);
        ev->gave_up = false;
        bool open = evaluator_item_matches(ev, ev->engine->gates[gate]) || ev->gave_up;
        place->known |= bit;
        place->open |= open ? bit : 0;
    }
    return !(place->open & bit);
}
