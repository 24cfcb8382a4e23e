/*
 * PHP: functions that need more than a row, because they look at the scope, take functions in
 * odd places or name variables; and the methods that PHP calls by itself.
 */
#include "webshell/flow_internal.h"

typedef struct value special_function(struct follow *follow, const struct call *call);

static struct slice text_of(struct follow *follow, const struct call *call, size_t i)
{
    return i < call->count ? value_as_text(follow->arena, &call->args[i]) : SLICE_NULL;
}

/* define("NAME", value): a name without $. */
static struct value call_define(struct follow *follow, const struct call *call)
{
    struct slice name = text_of(follow, call, 0);
    if (name.len > 0 && call->count > 1) {
        variable_assign(follow, scope_declare(follow, &follow->page, name), &call->args[1]);
    }
    return VALUE_NOTHING;
}

static struct value call_constant(struct follow *follow, const struct call *call)
{
    struct slice name = text_of(follow, call, 0);
    const struct variable *found = name.len > 0 ? follow_variable(follow, name) : NULL;
    return found != NULL ? found->value : VALUE_NOTHING;
}

static struct slice variable_name(struct follow *follow, struct slice bare)
{
    char *name = arena_alloc(follow->arena, bare.len + 1);
    name[0] = '$';
    memcpy(name + 1, bare.ptr, bare.len);
    return slice_of(name, bare.len + 1);
}

/* compact("a", "b") holds $a and $b. */
static struct value call_compact(struct follow *follow, const struct call *call)
{
    struct value none = VALUE_NOTHING;
    struct object *object = object_new(follow->arena, &none);
    for (size_t i = 0; i < call->count; i++) {
        struct slice bare = text_of(follow, call, i);
        const struct variable *variable =
            bare.len > 0 ? follow_variable(follow, variable_name(follow, bare)) : NULL;
        if (variable != NULL) {
            object_set(follow->arena, object, bare, &variable->value);
        }
    }
    return (struct value){ .kind = VALUE_OBJECT, .object = object };
}

static struct value call_func_get_args(struct follow *follow, const struct call *call)
{
    (void)call;
    const struct call *entered = follow->scope->call;
    struct value list = VALUE_NOTHING;
    if (entered != NULL) {
        fold_list(&follow->fold, entered->args, entered->count, &list);
    }
    return list;
}

static struct value call_func_get_arg(struct follow *follow, const struct call *call)
{
    double place;
    const struct call *entered = follow->scope->call;
    bool known = entered != NULL && call->count > 0 &&
                 value_as_number(&call->args[0], &place) && place >= 0 &&
                 place < (double)entered->count;
    return known ? entered->args[(size_t)place] : VALUE_NOTHING;
}

#define FILTERS_MAX 16

/* filter_var(data, FILTER_CALLBACK, ["options" => "f"]), also one for each name. */
static void call_filters(struct follow *follow, const struct value *options,
                         const struct call *data, unsigned depth)
{
    unsigned count = 0;
    const struct field *field = options->kind == VALUE_OBJECT ? options->object->fields : NULL;
    for (; field != NULL && count < FILTERS_MAX; field = field->next, count++) {
        if (slice_icase_eq(field->name, SLICE_LIT("options")) &&
            field->value.kind != VALUE_OBJECT) {
            follow_invoke(follow, &field->value, data);
        } else if (depth > 0) {
            call_filters(follow, &field->value, data, depth - 1);
        }
    }
}

static struct value filter(struct follow *follow, const struct call *call, uint32_t sources)
{
    struct value data = { .sources = sources };
    if (sources == 0 && call->count > 0) {
        value_join(&data, &call->args[0]);
    }
    struct call passed = { .node = call->node, .args = &data, .count = 1 };
    for (size_t i = 1; i < call->count; i++) {
        call_filters(follow, &call->args[i], &passed, 2);
    }
    return data;
}

static struct value call_filter_var(struct follow *follow, const struct call *call)
{
    return filter(follow, call, 0);
}

static struct value call_filter_input(struct follow *follow, const struct call *call)
{
    struct value given = filter(follow, call, FROM_REQUEST);
    follow_step(follow, &given, call->node->line, node_text(follow->arena, call->node));
    return given;
}

#define ITEMS_MAPPED 256

/* array_map("chr", [115, 121]): each item by itself, so that constants stay known. */
static struct value call_array_map(struct follow *follow, const struct call *call)
{
    const struct api *row = api_find(follow->index, SLICE_LIT(""), SLICE_LIT("array_map"));
    bool each = call->count == 2 && call->args[1].kind == VALUE_LIST &&
                call->args[1].list->count > 0 && call->args[1].list->count <= ITEMS_MAPPED &&
                (call->args[0].kind == VALUE_TEXT || call->args[0].kind == VALUE_FUNCTION);
    if (!each) {
        return row != NULL ? follow_apply(follow, row, call) : VALUE_NOTHING;
    }
    struct value list;
    fold_list(&follow->fold, NULL, 0, &list);
    for (size_t i = 0; i < call->args[1].list->count && follow_spend(follow); i++) {
        struct call one = { .node = call->node,
                            .args = &call->args[1].list->items[i],
                            .count = 1,
                            .notes = call->notes };
        struct value item = follow_invoke(follow, &call->args[0], &one);
        list_add(follow->arena, list.list, &item);
    }
    return list;
}

/* putenv("LD_PRELOAD=..."): the next program that starts loads it. */
static struct value call_putenv(struct follow *follow, const struct call *call)
{
    const struct value *setting = call->count > 0 ? &call->args[0] : NULL;
    if (setting != NULL) {
        struct slice head = setting->kind == VALUE_TEXT ? setting->text : setting->head;
        if (slice_starts(head, SLICE_LIT("LD_PRELOAD"))) {
            follow_fact(follow,
                        &(struct fact){ .sink = SINK_LOAD, .address = setting, .call = call });
        }
    }
    return VALUE_NOTHING;
}

static const struct {
    const char *name;
    special_function *call;
} specials[] = {
    { "define", call_define },
    { "constant", call_constant },
    { "compact", call_compact },
    { "func_get_args", call_func_get_args },
    { "func_get_arg", call_func_get_arg },
    { "filter_var", call_filter_var },
    { "filter_var_array", call_filter_var },
    { "filter_input", call_filter_input },
    { "filter_input_array", call_filter_input },
    { "array_map", call_array_map },
    { "putenv", call_putenv },
};

bool follow_php_special(struct follow *follow, struct slice name, const struct call *call,
                        struct value *out)
{
    if (follow->language != LANGUAGE_PHP || name.len < 6) {
        return false;
    }
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (slice_icase_eq(name, slice_from(specials[i].name))) {
            *out = specials[i].call(follow, call);
            return true;
        }
    }
    return false;
}

/* --- methods that are called by themselves --- */

static const struct function *magic(const struct follow *follow, const struct value *object,
                                    const char *name)
{
    const struct node *class = NULL;
    if (follow->language != LANGUAGE_PHP) {
        return NULL;
    }
    if (object->kind == VALUE_OBJECT) {
        class = object->object->class;
    } else if (object->kind == VALUE_TYPE) {
        class = follow_class(follow, object->type);
    }
    return class != NULL ? follow_function(follow, slice_from(name), class, 1) : NULL;
}

bool follow_php_magic_call(struct follow *follow, struct slice name, const struct call *call,
                           struct value *out)
{
    bool object = call->self->kind == VALUE_OBJECT;
    const struct function *function =
        magic(follow, call->self, object ? "__call" : "__callStatic");
    if (function == NULL) {
        return false;
    }
    struct value args[2] = { value_text(name), VALUE_NOTHING };
    fold_list(&follow->fold, call->args, call->count, &args[1]);
    struct call passed = { .node = call->node, .args = args, .count = 2 };
    *out = follow_enter(follow, function->node, &passed, object ? call->self->object : NULL);
    return true;
}

bool follow_php_magic_get(struct follow *follow, const char *method, const struct value *object,
                          const struct value *name, const struct node *node, struct value *out)
{
    const struct function *function = magic(follow, object, method);
    if (function == NULL || object->kind != VALUE_OBJECT) {
        return false;
    }
    struct call passed = { .node = node, .args = name, .count = 1 };
    *out = follow_enter(follow, function->node, &passed, object->object);
    return true;
}

struct value follow_php_text(struct follow *follow, const struct value *value,
                             const struct node *node)
{
    const struct function *function = magic(follow, value, "__toString");
    if (function == NULL || value->kind != VALUE_OBJECT) {
        return *value;
    }
    struct call passed = { .node = node };
    return follow_enter(follow, function->node, &passed, value->object);
}

/* Objects are gone when the page ends. */
void follow_php_keep(struct follow *follow, const struct value *made)
{
    if (magic(follow, made, "__destruct") != NULL && follow->destructed < DESTRUCTED_MAX) {
        follow->destructs[follow->destructed++] = made->object;
    }
}

void follow_php_destruct(struct follow *follow)
{
    for (size_t i = 0; i < follow->destructed && !follow->out->exhausted; i++) {
        struct value object = { .kind = VALUE_OBJECT, .object = follow->destructs[i] };
        const struct function *function = magic(follow, &object, "__destruct");
        struct call call = { .node = function->node };
        follow_enter(follow, function->node, &call, object.object);
    }
    follow->destructed = 0;
}
