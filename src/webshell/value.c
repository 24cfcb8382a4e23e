#include "webshell/value.h"

#include <math.h>
#include <stdio.h>

struct value value_text(struct slice text)
{
    return (struct value){ .kind = VALUE_TEXT, .text = text };
}

struct value value_number(double number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

/* What a walk through a value collects. */
struct gathered {
    uint32_t sources, notes;
    struct flow_step *steps;
    unsigned fields; /* how many were looked at: objects may be large and share others */
};

#define FIELDS_MAX 512

static void gather(const struct value *value, struct gathered *into, unsigned depth);

static void gather_object(struct object *object, struct gathered *into, unsigned depth)
{
    if (object->busy) {
        return;
    }
    object->busy = true;
    gather(&object->whole, into, depth);
    for (const struct field *field = object->fields; field != NULL && into->fields < FIELDS_MAX;
         field = field->next) {
        into->fields++;
        gather(&field->value, into, depth);
    }
    object->busy = false;
}

/* What limits the caller's data limits a whole only if it limits each part that is his. */
#define LIMITS ((uint32_t)(FLOW_CHECKED | FLOW_NAME_ONLY | FLOW_NUMBER | FLOW_PART))

static uint32_t joined_notes(uint32_t sources_a, uint32_t a, uint32_t sources_b, uint32_t b)
{
    uint32_t limits = (sources_a != 0 ? a : LIMITS) & (sources_b != 0 ? b : LIMITS) & LIMITS;
    bool none = sources_a == 0 && sources_b == 0;
    return ((a | b) & ~LIMITS) | (none ? (a | b) & LIMITS : limits);
}

static void take(struct gathered *into, uint32_t sources, uint32_t notes,
                 struct flow_step *steps)
{
    into->notes = joined_notes(into->sources, into->notes, sources, notes);
    into->sources |= sources;
    if (into->steps == NULL && sources != 0) {
        into->steps = steps;
    }
}

static void gather(const struct value *value, struct gathered *into, unsigned depth)
{
    take(into, value->sources, value->notes, value->steps);
    if (value->kind == VALUE_LIST) {
        take(into, value->list->sources, value->list->notes, value->list->steps);
    } else if (value->kind == VALUE_OBJECT && depth > 0) {
        gather_object(value->object, into, depth - 1);
    }
}

uint32_t value_sources(const struct value *value)
{
    struct gathered all = { 0 };
    gather(value, &all, VALUE_DEPTH_MAX);
    return all.sources;
}

uint32_t value_notes(const struct value *value)
{
    struct gathered all = { 0 };
    gather(value, &all, VALUE_DEPTH_MAX);
    return all.notes;
}

void value_join(struct value *into, const struct value *from)
{
    struct gathered all = { 0 };
    gather(from, &all, VALUE_DEPTH_MAX);
    into->notes = joined_notes(into->sources, into->notes, all.sources, all.notes);
    into->sources |= all.sources;
    if (into->steps == NULL) {
        into->steps = all.steps;
    }
}

static struct slice number_text(struct arena *arena, double number)
{
    char digits[40];
    bool whole = fabs(number) < 1e15 && floor(number) == number;
    int len = snprintf(digits, sizeof digits, whole ? "%.0f" : "%.15g", number);
    return arena_copy(arena, slice_of(digits, (size_t)len));
}

struct slice value_as_text(struct arena *arena, const struct value *value)
{
    if (value->kind == VALUE_TEXT) {
        return value->text;
    }
    return value->kind == VALUE_NUMBER ? number_text(arena, value->number) : SLICE_NULL;
}

bool value_as_number(const struct value *value, double *out)
{
    if (value->kind == VALUE_NUMBER) {
        *out = value->number;
        return true;
    }
    return value->kind == VALUE_TEXT && slice_to_number(slice_trim(value->text), out);
}

/* What both beginnings have in common. */
static struct slice common_head(struct slice a, struct slice b)
{
    size_t len = 0;
    while (len < a.len && len < b.len && a.ptr[len] == b.ptr[len]) {
        len++;
    }
    return len == 0 ? SLICE_NULL : slice_first(a, len);
}

static struct slice head_of(const struct value *value)
{
    return value->kind == VALUE_TEXT ? value->text : value->head;
}

struct value value_either(const struct value *a, const struct value *b)
{
    /* The later one is what the page goes on with; the one that knows more wins otherwise. */
    bool keep_a = b->kind == VALUE_UNKNOWN && b->sources == 0 && b->type.ptr == NULL;
    struct value either = keep_a ? *a : *b;
    const struct value *other = keep_a ? b : a;
    if (either.kind == VALUE_UNKNOWN) {
        either.head = common_head(head_of(a), head_of(b));
    }
    if (either.type.ptr == NULL) {
        either.type = other->type;
    }
    value_join(&either, other);
    return either;
}

struct object *object_new(struct arena *arena, const struct value *whole)
{
    struct object *object = arena_alloc(arena, sizeof *object);
    object->whole = *whole;
    return object;
}

struct field *object_field(const struct object *object, struct slice name)
{
    for (struct field *field = object->fields; field != NULL; field = field->next) {
        if (slice_icase_eq(field->name, name)) {
            return field;
        }
    }
    return NULL;
}

void object_set(struct arena *arena, struct object *object, struct slice name,
                const struct value *value)
{
    struct field *field = object_field(object, name);
    if (field == NULL && object->field_count >= OBJECT_FIELDS_MAX) {
        value_join(&object->whole, value);
        return;
    }
    if (field == NULL) {
        object->field_count++;
        field = arena_alloc(arena, sizeof *field);
        field->name = name;
        field->next = object->fields;
        object->fields = field;
    }
    field->value = *value;
}

struct list *list_new(struct arena *arena, size_t capacity)
{
    struct list *list = arena_alloc(arena, sizeof *list);
    list->capacity = capacity > 0 ? capacity : 1;
    list->items = arena_array(arena, list->capacity, sizeof *list->items);
    return list;
}

void list_add(struct arena *arena, struct list *list, const struct value *value)
{
    if (list->count == list->capacity) {
        struct value *wider = arena_array(arena, list->capacity * 2, sizeof *wider);
        memcpy(wider, list->items, list->count * sizeof *wider);
        list->items = wider;
        list->capacity *= 2;
    }
    list->items[list->count++] = *value;
    struct gathered all = { .sources = list->sources,
                            .notes = list->notes,
                            .steps = list->steps };
    gather(value, &all, VALUE_DEPTH_MAX);
    list->sources = all.sources;
    list->notes = all.notes;
    list->steps = all.steps;
}
