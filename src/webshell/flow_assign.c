/*
 * What assignments do: to variables, members, elements, in one language or the other.
 */
#include "webshell/flow_internal.h"

/* --- the object that an expression stands for --- */

static struct object *object_in_variable(struct follow *follow, struct variable *variable)
{
    struct value *value = &variable->value;
    if (value->kind != VALUE_OBJECT) {
        struct value whole = *value;
        bool keeps = whole.kind == VALUE_UNKNOWN;
        whole.kind = keeps ? whole.kind : VALUE_UNKNOWN;
        value->kind = VALUE_OBJECT;
        value->object = object_new(follow->arena, &whole);
    }
    return value->object;
}

/* PHP: $x .= "a" and $x["a"] = "b" of an $x that was not there set it. */
static bool is_unset(const struct follow *follow, const struct node *target)
{
    return follow->language == LANGUAGE_PHP && target->kind == NODE_NAME &&
           target->text.len > 1 && follow_variable(follow, target->text) == NULL &&
           api_find(follow->index, SLICE_LIT(""), target->text) == NULL;
}

static struct object *object_of_name(struct follow *follow, const struct node *node)
{
    if (slice_icase_eq(node->text, SLICE_LIT("With"))) {
        return follow->with.kind == VALUE_OBJECT ? follow->with.object : NULL;
    }
    struct variable *variable = follow_variable(follow, node->text);
    if (variable != NULL) {
        return object_in_variable(follow, variable);
    }
    if (follow_is_self(follow, node->text)) {
        return follow->scope->self;
    }
    struct value value = is_unset(follow, node) ? VALUE_NOTHING : follow_node(follow, node);
    if (value.kind == VALUE_OBJECT) {
        return value.object;
    }
    bool known = value.type.ptr != NULL || value.kind == VALUE_TYPE;
    if (known || node->text.len == 0) { /* Response, a class: nothing is kept in them */
        return NULL;
    }
    struct variable *made = scope_declare(follow, follow->scope, node->text);
    made->value = value; /* $_GET["x"] = "y" keeps the rest of $_GET */
    return object_in_variable(follow, made);
}

/* A member that is an object keeps what is put into it: p.StartInfo. */
static struct object *object_of_field(struct follow *follow, struct object *owner,
                                      struct slice name, const struct value *value)
{
    struct field *field = object_field(owner, name);
    if (field == NULL) {
        object_set(follow->arena, owner, name, value);
        field = object_field(owner, name);
    }
    if (field == NULL) { /* it holds too many */
        return owner;
    }
    if (field->value.kind != VALUE_OBJECT) {
        struct value whole = field->value;
        whole.kind = VALUE_UNKNOWN;
        field->value.kind = VALUE_OBJECT;
        field->value.object = object_new(follow->arena, &whole);
    }
    return field->value.object;
}

static bool is_self_node(const struct follow *follow, const struct node *node)
{
    return node != NULL && node->kind == NODE_NAME && follow_is_self(follow, node->text);
}

static struct object *object_of_member(struct follow *follow, const struct node *node)
{
    if (is_self_node(follow, node->first) && follow->scope->self == NULL) {
        struct variable *variable = scope_find(follow, &follow->page, node->text);
        return variable != NULL ? object_in_variable(follow, variable) : NULL;
    }
    struct value value = follow_node(follow, node);
    if (value.kind == VALUE_OBJECT) {
        return value.object;
    }
    struct object *owner = follow_object(follow, node->first);
    return owner != NULL ? object_of_field(follow, owner, node->text, &value) : NULL;
}

static struct object *object_of_index(struct follow *follow, const struct node *node)
{
    struct object *owner = follow_object(follow, node->first);
    const struct node *at = node->first != NULL ? node->first->next : NULL;
    struct value value = VALUE_NOTHING;
    if (owner == NULL || at == NULL) {
        return owner;
    }
    struct value index = follow_node(follow, at);
    struct slice name = value_as_text(follow->arena, &index);
    return name.ptr != NULL ? object_of_field(follow, owner, name, &value) : owner;
}

struct object *follow_object(struct follow *follow, const struct node *node)
{
    if (node == NULL || !follow_spend(follow) || follow->depth >= FOLLOW_DEPTH_MAX) {
        return NULL;
    }
    struct object *object = NULL;
    follow->depth++;
    if (node->kind == NODE_NAME) {
        object = object_of_name(follow, node);
    } else if (node->kind == NODE_MEMBER) {
        object = object_of_member(follow, node);
    } else if (node->kind == NODE_INDEX) {
        object = object_of_index(follow, node);
    } else {
        struct value value = follow_node(follow, node);
        object = value.kind == VALUE_OBJECT ? value.object : NULL;
    }
    follow->depth--;
    return object;
}

/* --- setting --- */

bool follow_setter(struct follow *follow, struct slice name, const struct value *value,
                   const struct node *node, struct object *self)
{
    const struct node *class = self != NULL ? self->class : NULL;
    const struct function *f = follow_function(follow, name, class, 1);
    const struct node *parameter = f != NULL ? f->node->first : NULL;
    bool sets = parameter != NULL && parameter->kind == NODE_PARAMETER &&
                (parameter->next == NULL || parameter->next->kind != NODE_PARAMETER) &&
                (slice_eq(parameter->text, SLICE_LIT("value")) ||
                 slice_icase_eq(f->node->type, SLICE_LIT("Set")));
    if (sets) {
        struct call call = { .node = node, .args = value, .count = 1 };
        follow_enter(follow, f->node, &call, self);
    }
    return sets;
}

static void set_name(struct follow *follow, const struct node *target,
                     const struct value *value)
{
    struct variable *variable = follow_variable(follow, target->text);
    struct object *self = follow->scope->self;
    if (variable == NULL && self != NULL && object_field(self, target->text) != NULL) {
        object_set(follow->arena, self, target->text, value);
        return;
    }
    bool local =
        variable != NULL && scope_find(follow, follow->scope, target->text) == variable;
    if (!local && follow_setter(follow, target->text, value, target, NULL)) {
        return;
    }
    if (variable == NULL) {
        /* JScript: a name without var is the page's. */
        bool global = follow->language == LANGUAGE_JSCRIPT;
        variable = scope_declare(follow, global ? &follow->page : follow->scope, target->text);
    }
    struct value named = *value;
    follow_step(follow, &named, target->line, target->text);
    variable_assign(follow, variable, &named);
}

/* A property whose setting means something: command.CommandText = ... */
static void apply_setter(struct follow *follow, const struct node *target,
                         const struct value *object, const struct value *value)
{
    char name[64];
    if (target->text.len == 0 || target->text.len + 1 > sizeof name) {
        return;
    }
    memcpy(name, target->text.ptr, target->text.len);
    name[target->text.len] = '=';
    const struct api *row =
        api_find(follow->index, value_type(object), slice_of(name, target->text.len + 1));
    if (row != NULL) {
        struct call call = { .node = target,
                             .self = object,
                             .self_node = target->first,
                             .args = value,
                             .count = 1 };
        follow_apply(follow, row, &call);
    }
}

static void set_field(struct follow *follow, struct object *object, struct slice name,
                      const struct value *value)
{
    const struct field *field = object_field(object, name);
    if (follow->branch > 0 && field != NULL) {
        struct value either = value_either(&field->value, value);
        object_set(follow->arena, object, name, &either);
        return;
    }
    struct value set = *value;
    if (follow->branch > 0 && value_sources(&object->whole) != 0) {
        value_join(&set, &object->whole); /* if (!$_POST["x"]) $_POST["x"] = "y"; */
    }
    object_set(follow->arena, object, name, &set);
}

static bool is_page_itself(const struct follow *follow, const struct node *node)
{
    return is_self_node(follow, node) && follow->scope->self == NULL;
}

static void set_member(struct follow *follow, const struct node *target,
                       const struct value *value)
{
    if (is_page_itself(follow, target->first)) {
        struct variable *variable = scope_declare(follow, &follow->page, target->text);
        variable_assign(follow, variable, value);
        return;
    }
    struct value object =
        target->first != NULL ? follow_node(follow, target->first) : follow->with;
    apply_setter(follow, target, &object, value);
    if (object.kind == VALUE_TYPE && follow_class(follow, object.type) != NULL) {
        struct variable *variable = scope_declare(follow, &follow->page, target->text);
        variable_assign(follow, variable, value);
        return;
    }
    struct object *into = follow_object(follow, target->first);
    if (into != NULL && into->class != NULL) {
        follow_setter(follow, target->text, value, target, into);
    }
    if (into != NULL) {
        set_field(follow, into, target->text, value);
    }
}

static void join_whole(struct object *object, const struct value *value)
{
    value_join(&object->whole, value);
}

/* PHP: $a = array(); $a["key"] = value; */
static bool becomes_map(const struct follow *follow, const struct value *list,
                        const struct value *index)
{
    double place;
    return follow->language == LANGUAGE_PHP && list->list->count == 0 &&
           index->kind == VALUE_TEXT && !value_as_number(index, &place);
}

#define ITEMS_FORGOTTEN 256

/* PHP: each item is decoded in place, in a loop: for (...) $a[$i] = f($a[$i]); */
static void forget_items(const struct follow *follow, struct list *list,
                         const struct value *value)
{
    bool decoded = follow->language == LANGUAGE_PHP && follow->loop > 0 &&
                   value->kind == VALUE_UNKNOWN &&
                   value->notes & (FLOW_DECODED | FLOW_DECRYPTED);
    for (size_t i = 0; decoded && i < list->count && i < ITEMS_FORGOTTEN; i++) {
        list->items[i] = *value;
    }
}

static void set_element(struct follow *follow, const struct node *target,
                        const struct value *value)
{
    const struct node *at = target->first != NULL ? target->first->next : NULL;
    struct value index = at != NULL ? follow_node(follow, at) : VALUE_NOTHING;
    struct value list;
    double place;
    if (at == NULL && target->first != NULL && is_unset(follow, target->first)) {
        fold_list(&follow->fold, value, 1, &list); /* $list[] = value */
        follow_set(follow, target->first, &list);
        return;
    }
    bool fresh = target->first == NULL || is_unset(follow, target->first);
    list = fresh ? VALUE_NOTHING : follow_node(follow, target->first);
    struct slice global = follow_global_name(follow, &list, &index);
    if (global.ptr != NULL) {
        variable_assign(follow, scope_declare(follow, &follow->page, global), value);
        return;
    }
    if (list.kind == VALUE_LIST && follow->branch == 0 && at != NULL &&
        value_as_number(&index, &place) && place >= 0 && place < (double)list.list->count) {
        list.list->items[(size_t)place] = *value;
        return;
    }
    if (list.kind == VALUE_LIST && !becomes_map(follow, &list, &index)) {
        forget_items(follow, list.list, value);
        list_add(follow->arena, list.list, value);
        return;
    }
    struct object *object = follow_object(follow, target->first);
    struct slice name = value_as_text(follow->arena, &index);
    if (object == NULL) {
        return;
    }
    if (name.ptr != NULL && at != NULL) {
        set_field(follow, object, name, value);
        struct scope *page = &follow->page;
        bool of_page = scope_find(follow, page, object->whole.type) != NULL;
        follow->page_changed = follow->page_changed || (of_page && value_sources(value) != 0);
    } else {
        join_whole(object, value);
    }
}

static void set_each(struct follow *follow, const struct node *target,
                     const struct value *value)
{
    struct value item = VALUE_NOTHING;
    value_join(&item, value);
    size_t i = 0;
    for (const struct node *n = target->first; n != NULL; n = n->next, i++) {
        bool known = value->kind == VALUE_LIST && i < value->list->count;
        follow_set(follow, n, known ? &value->list->items[i] : &item);
    }
}

/* PHP: $$name = value. Who chooses the name sets any variable. */
static void set_computed_name(struct follow *follow, const struct node *target,
                              const struct value *value)
{
    struct value inner =
        target->first != NULL ? follow_node(follow, target->first) : VALUE_NOTHING;
    struct slice text = value_as_text(follow->arena, &inner);
    bool many = follow->loop > 0; /* foreach (["a", "b"] as $name) $$name = $_GET[$name]; */
    follow->namers |= (value_sources(&inner) | (many ? value_sources(value) : 0)) & FROM_CALLER;
    if (text.len == 0 || text.len > 64) {
        return;
    }
    char *name = arena_alloc(follow->arena, text.len + 1);
    name[0] = '$';
    memcpy(name + 1, text.ptr, text.len);
    struct node named = { .kind = NODE_NAME, .line = target->line };
    named.text = slice_of(name, text.len + 1);
    set_name(follow, &named, value);
}

void follow_set(struct follow *follow, const struct node *target, const struct value *value)
{
    switch (target->kind) {
    case NODE_NAME:
        if (target->text.len > 0) {
            set_name(follow, target, value);
        } else {
            set_computed_name(follow, target, value);
        }
        break;
    case NODE_VARIABLE: {
        struct variable *variable = scope_declare(follow, follow->scope, target->text);
        variable_assign(follow, variable, value);
        break;
    }
    case NODE_MEMBER:
        set_member(follow, target, value);
        break;
    case NODE_INDEX:
    case NODE_CALL: /* VB: a(i) = x */
        set_element(follow, target, value);
        break;
    case NODE_LIST:
    case NODE_PAIR:
        set_each(follow, target, value);
        break;
    case NODE_CAST:
    case NODE_UNARY:
        if (target->first != NULL) {
            follow_set(follow, target->first, value);
        }
        break;
    default:
        break;
    }
}

/* $x .= "a" of an $x that was not there: it was empty before all branches. */
static struct value start_empty(struct follow *follow, struct slice name)
{
    struct variable *variable = scope_declare(follow, follow->scope, name);
    variable->value = value_text(slice_from(""));
    variable->branch = 0;
    variable->within = NULL;
    return variable->value;
}

struct value follow_assign(struct follow *follow, const struct node *node)
{
    const struct node *target = node->first;
    if (target == NULL || target->next == NULL) {
        return VALUE_NOTHING;
    }
    struct value value = follow_node(follow, target->next);
    bool handler = value.kind == VALUE_FUNCTION && node->text.len == 2;
    value = handler ? value : follow_used(follow, &value, node);
    if (node->text.len > 1 && !handler) { /* += and its like */
        struct slice operator= slice_first(node->text, node->text.len - 1);
        struct value old = is_unset(follow, target) ? start_empty(follow, target->text)
                                                    : follow_node(follow, target);
        value = slice_eq(operator, SLICE_LIT("??"))
                    ? value_either(&old, &value)
                    : value_operate(follow, operator, & old, &value);
    }
    follow_set(follow, target, &value);
    return value;
}

/* The type that is written says what an unknown value is; a number is nobody's text. */
void follow_typed(struct follow *follow, struct slice written, struct value *value)
{
    if (written.len == 0 || slice_icase_eq(written, SLICE_LIT("var"))) {
        return;
    }
    if (slice_find_char(written, '[') != SIZE_MAX) {
        return;
    }
    struct slice type = api_type(follow->index, written);
    double number;
    if (type_is_number(type)) {
        *value = value_as_number(value, &number) ? value_number(number) : VALUE_NOTHING;
        value->type = value->kind == VALUE_UNKNOWN ? type : value->type;
    } else if (value->type.ptr == NULL && value->kind == VALUE_UNKNOWN &&
               !slice_icase_eq(type, SLICE_LIT("object"))) {
        value->type = type;
    }
}

/* What an earlier round put into a map or a list of the page is still there. */
static bool is_same_object(const struct value *old, const struct value *made)
{
    return old->kind == VALUE_OBJECT && made->kind == VALUE_OBJECT && old->type.ptr != NULL &&
           slice_eq(old->type, made->type) && old->object->channel == made->object->channel &&
           value_sources(made) == 0;
}

struct value follow_declare(struct follow *follow, const struct node *node)
{
    struct value value = VALUE_NOTHING;
    if (node->first != NULL) {
        value = follow_node(follow, node->first);
        value = follow_used(follow, &value, node);
    }
    follow_typed(follow, node->type, &value);
    follow_step(follow, &value, node->line, node->text);
    bool known = scope_find(follow, follow->scope, node->text) != NULL;
    struct variable *variable = scope_declare(follow, follow->scope, node->text);
    if (known && node->first == NULL) {
        return variable->value; /* another round of a loop or of the page */
    }
    bool again = known && follow->round > 0 && follow->scope == &follow->page;
    if (again && is_same_object(&variable->value, &value)) {
        return variable->value;
    }
    if (again) {
        follow_enter_branch(follow, node);
    }
    variable_assign(follow, variable, &value);
    if (again) {
        follow_leave_branch(follow);
    }
    return value;
}
