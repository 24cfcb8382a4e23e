/*
 * Calls: what is it that is called?
 */
#include "webshell/flow_internal.h"

#define SPREAD 3 /* arguments that an unknown list stands for */

/* PHP: f(...$list) */
static bool is_spread(const struct follow *follow, const struct node *node)
{
    return follow->language == LANGUAGE_PHP && node->kind == NODE_UNARY &&
           slice_eq(node->text, SLICE_LIT("..."));
}

/* The last of the arguments is a list: its items take its place. */
static struct value *spread(struct follow *follow, const struct value *args, size_t *count,
                            size_t room)
{
    struct value last = args[*count - 1];
    bool known = last.kind == VALUE_LIST;
    size_t items = known ? last.list->count : SPREAD;
    items = items < FOLLOW_ARGS_MAX ? items : FOLLOW_ARGS_MAX;
    struct value *wider = arena_array(follow->arena, room + items + 1, sizeof *wider);
    memcpy(wider, args, (*count - 1) * sizeof *wider);
    for (size_t i = 0; i < items; i++) {
        wider[*count - 1 + i] = known ? last.list->items[i] : last;
    }
    *count += items - 1;
    return wider;
}

struct value *follow_args(struct follow *follow, const struct node *first, struct value *few,
                          size_t *count)
{
    size_t n = 0;
    for (const struct node *node = first; node != NULL && n < FOLLOW_ARGS_MAX;
         node = node->next) {
        n++;
    }
    struct value *args =
        n <= FOLLOW_ARGS_FEW ? few : arena_array(follow->arena, n, sizeof *args);
    size_t i = 0;
    for (const struct node *node = first; node != NULL && i < n; node = node->next) {
        if (node->kind == NODE_CLASS) {
            continue;
        }
        if (node->kind == NODE_ASSIGN && node->first != NULL && node->first->next != NULL) {
            args[i++] = follow_node(follow, node->first->next); /* name:=value */
            continue;
        }
        struct value value = follow_node(follow, node);
        args[i++] = follow_used(follow, &value, node);
        if (is_spread(follow, node)) {
            args = spread(follow, args, &i, n);
        }
    }
    *count = i;
    return args;
}

static struct value joined(const struct call *call)
{
    struct value result = VALUE_NOTHING;
    if (call->self != NULL) {
        value_join(&result, call->self);
    }
    for (size_t i = 0; i < call->count; i++) {
        value_join(&result, &call->args[i]);
    }
    return result;
}

/* One more function that is not known. */
static uint32_t strange_notes(uint32_t notes)
{
    if (notes & FLOW_STRANGER) {
        return FLOW_STRANGEST;
    }
    return notes & FLOW_STRANGE ? FLOW_STRANGER : FLOW_STRANGE;
}

static bool is_of_library(const struct follow *follow, const struct call *call)
{
    struct slice type = call->self != NULL ? value_type(call->self) : SLICE_NULL;
    return type.ptr != NULL && api_is_type(follow->index, type);
}

/* A function that is not known may give back anything; the caller does not choose what. */
static struct value foreign(const struct follow *follow, const struct call *call)
{
    struct value result = joined(call);
    bool own = call->self != NULL && value_sources(call->self) != 0; /* data.Get("x") */
    if (result.sources != 0 && !is_of_library(follow, call) && !own) {
        result.notes |= FLOW_PART | strange_notes(result.notes);
    }
    return result;
}

/* --- functions of the page --- */

static const struct node *body_of(const struct node *function)
{
    for (const struct node *n = function->first; n != NULL; n = n->next) {
        if (n->kind == NODE_BLOCK) {
            return n;
        }
    }
    return NULL;
}

/* Where a value comes from, whatever it is. */
static uint64_t origin_key(const struct value *value)
{
    const void *object = value->kind == VALUE_OBJECT ? value->object : NULL;
    return (uint64_t)value->kind * 31 + value_sources(value) * 7919ULL +
           value_notes(value) * 104729ULL + (uintptr_t)object;
}

/* A page whose functions call each other over and over: only origins are told apart then. */
static bool is_entangled(const struct follow *follow)
{
    return follow->out->steps > FLOW_STEPS_MAX / 16;
}

static uint64_t rough_key(const struct call *call, struct object *self)
{
    uint64_t key = 0x2545f4914f6cdd1dU + call->count;
    if (self != NULL) {
        key += origin_key(&(struct value){ .kind = VALUE_OBJECT, .object = self });
    }
    for (size_t i = 0; i < call->count; i++) {
        key = (key ^ origin_key(&call->args[i])) * 0x100000001b3ULL;
    }
    return key | 1;
}

/* Arguments in one number, 0 when they cannot be told apart by it. */
static uint64_t memo_key(const struct call *call)
{
    uint64_t key = 0x9e3779b97f4a7c15U + call->count;
    for (size_t i = 0; i < call->count; i++) {
        const struct value *v = &call->args[i];
        if (v->kind == VALUE_OBJECT || v->kind == VALUE_LIST || v->kind == VALUE_FUNCTION) {
            return 0;
        }
        uint64_t part = (uint64_t)v->kind * 31 + v->sources * 7919ULL + v->notes * 104729ULL;
        part ^= slice_hash(v->text, false) + slice_hash(v->type, false) * 3;
        part += (uint64_t)(int64_t)(v->number > -1e15 && v->number < 1e15 ? v->number : 0);
        key = (key ^ part) * 0x100000001b3ULL;
    }
    return key | 1;
}

static uint64_t key_of(const struct follow *follow, const struct call *call,
                       struct object *self)
{
    if (is_entangled(follow)) {
        return rough_key(call, self);
    }
    return self == NULL && call->count > 0 ? memo_key(call) : 0;
}

static struct function *registered(const struct follow *follow, const struct node *node)
{
    size_t bucket = slice_hash(node->text, true) % FUNCTION_BUCKETS;
    for (struct function *f = follow->by_name[bucket]; f != NULL; f = f->sibling) {
        if (f->node == node) {
            return f;
        }
    }
    return NULL;
}

static const struct memo *find_memo(const struct function *function, uint64_t key)
{
    for (const struct memo *m = function->memos; m != NULL; m = m->next) {
        if (m->key == key) {
            return m;
        }
    }
    return NULL;
}

static void keep_memo(struct follow *follow, struct function *function, uint64_t key,
                      const struct value *result)
{
    unsigned max = is_entangled(follow) ? FOLLOW_ROUGH_MEMOS_MAX : FOLLOW_MEMOS_MAX;
    if (function->memo_count < max) {
        struct memo *memo = arena_alloc(follow->arena, sizeof *memo);
        *memo = (struct memo){ key, *result, function->memos };
        function->memos = memo;
        function->memo_count++;
    }
}

/* Does it run already? Through others only once the page is known to be entangled. */
static bool is_entered(const struct follow *follow, const struct node *function)
{
    bool through_others = is_entangled(follow);
    for (const struct scope *s = follow->scope; s != NULL;
         s = through_others ? s->caller : s->parent) {
        if (s->function == function) {
            return true;
        }
    }
    return false;
}

/* PHP: constant text that a function gives to itself again is taken apart letter by letter. */
static struct value recurred(const struct follow *follow, const struct call *call)
{
    struct value result = joined(call);
    bool function = follow->language == LANGUAGE_PHP && call->self == NULL;
    for (size_t i = 0; i < call->count && function; i++) {
        bool text = call->args[i].kind == VALUE_TEXT && call->args[i].text.len > 1;
        result.notes |= text ? FLOW_DECODED : 0U;
    }
    return result;
}

static struct value parameter_value(struct follow *follow, const struct node *parameter,
                                    const struct call *call, size_t i)
{
    struct value value = VALUE_NOTHING;
    if (i < call->count) {
        value = call->args[i];
        bool last = parameter->next == NULL || parameter->next->kind != NODE_PARAMETER;
        for (size_t k = i + 1; last && k < call->count; k++) {
            value_join(&value, &call->args[k]);
        }
    } else if (parameter->first != NULL) {
        value = follow_node(follow, parameter->first);
    } else if (follow->web_method) {
        value.sources = FROM_PARAMETER;
    }
    follow_typed(follow, parameter->type, &value);
    return value;
}

static void bind(struct follow *follow, const struct node *function, const struct call *call)
{
    size_t i = 0;
    bool web_method = follow->web_method;
    for (const struct node *n = function->first; n != NULL && n->kind == NODE_PARAMETER;
         n = n->next) {
        struct value value = parameter_value(follow, n, call, i++);
        if (web_method || call->count > 0) {
            follow_step(follow, &value, n->line, n->text);
        }
        scope_declare(follow, follow->scope, n->text)->value = value;
    }
    follow->web_method = false;
}

/* VBScript passes by reference: what the function made of its parameters comes back. */
static void give_back(struct follow *follow, const struct node *function,
                      const struct scope *inner, const struct call *call)
{
    const struct node *arg = call->arg_nodes;
    for (const struct node *n = function->first;
         n != NULL && n->kind == NODE_PARAMETER && arg != NULL; n = n->next, arg = arg->next) {
        const struct variable *v = scope_find(follow, inner, n->text);
        if (v != NULL && v->assigned && arg->kind == NODE_NAME) {
            follow_set(follow, arg, &v->value);
        }
    }
}

static void run(struct follow *follow, const struct node *function, const struct node *body,
                const struct call *call, struct scope *scope)
{
    struct scope *outer = follow->scope;
    struct value with = follow->with;
    follow->scope = scope;
    follow->with = VALUE_NOTHING;
    follow->calls++;
    bind(follow, function, call);
    follow_node(follow, body);
    const struct variable *named = scope_find(follow, scope, function->text);
    if (named != NULL && function->text.len > 0) { /* VB: f = result */
        scope->result =
            scope->returned ? value_either(&scope->result, &named->value) : named->value;
    }
    follow->calls--;
    follow->with = with;
    follow->scope = outer;
}

/* A function of a library: [DllImport]. */
static struct value enter_foreign(struct follow *follow, const struct node *function,
                                  const struct call *call)
{
    const struct api *row = api_find(follow->index, SLICE_LIT(""), function->text);
    return row != NULL ? follow_apply(follow, row, call) : joined(call);
}

struct value follow_enter(struct follow *follow, const struct node *function,
                          const struct call *call, struct object *self)
{
    const struct node *body = body_of(function);
    if (body == NULL) {
        return enter_foreign(follow, function, call);
    }
    if (follow->calls >= FOLLOW_CALLS_MAX || is_entered(follow, function)) {
        return recurred(follow, call);
    }
    struct function *known = registered(follow, function);
    uint64_t key = known != NULL ? key_of(follow, call, self) : 0;
    const struct memo *memo = key != 0 ? find_memo(known, key) : NULL;
    if (memo != NULL) {
        return memo->result;
    }
    bool inner =
        function->text.len == 0 || follow->language == LANGUAGE_JSCRIPT || follow->closure;
    follow->closure = false;
    struct scope scope;
    scope_init(follow, &scope, inner ? follow->scope : &follow->page);
    scope.function = function;
    scope.call = call;
    scope.caller = follow->scope;
    scope.self = self != NULL || !inner ? self : follow->scope->self;
    run(follow, function, body, call, &scope);
    if (follow->language == LANGUAGE_VBSCRIPT) {
        give_back(follow, function, &scope, call);
    }
    if (key != 0) {
        keep_memo(follow, known, key, &scope.result);
    }
    scope_release(follow, &scope);
    return scope.result;
}

void follow_enter_itself(struct follow *follow, const struct function *function)
{
    struct call call = { .node = function->node };
    follow_enter_branch(follow, function->node);
    follow->web_method = function->web_method;
    follow_enter(follow, function->node, &call, NULL);
    follow->web_method = false;
    follow_leave_branch(follow);
}

/* --- functions as values --- */

static bool is_script(const struct follow *follow)
{
    return follow->language == LANGUAGE_PHP || follow->language == LANGUAGE_JSCRIPT;
}

static struct value invoke_named(struct follow *follow, struct slice owner, struct slice name,
                                 const struct call *call)
{
    struct call named = *call;
    struct value result;
    named.notes |= FLOW_INDIRECT;
    size_t colons = is_script(follow) ? slice_find(name, SLICE_LIT("::")) : SIZE_MAX;
    if (colons != SIZE_MAX) { /* PHP: "Class::method" */
        owner = slice_first(name, colons);
        name = slice_from_offset(name, colons + 2);
    }
    const struct node *class = owner.ptr != NULL ? follow_class(follow, owner) : NULL;
    const struct function *function = follow_function(follow, name, class, call->count);
    if (function != NULL) {
        return follow_enter(follow, function->node, &named, NULL);
    }
    if (owner.ptr == NULL && follow_php_special(follow, name, &named, &result)) {
        return result;
    }
    struct slice alone = SLICE_LIT("");
    const struct api *row = api_find(follow->index, owner.ptr != NULL ? owner : alone, name);
    return row != NULL ? follow_apply(follow, row, &named) : joined(call);
}

/* PHP: an object that is called like a function. */
static const struct function *invoked_method(const struct follow *follow,
                                             const struct value *object)
{
    const struct node *class = object->kind == VALUE_OBJECT ? object->object->class : NULL;
    return class != NULL ? follow_function(follow, SLICE_LIT("__invoke"), class, 1) : NULL;
}

/* The caller's data goes to a method that the page does not name. */
static void tell_reflected(struct follow *follow, const struct value *function,
                           const struct call *call)
{
    bool method = slice_eq(function->type, SLICE_LIT("Method")) ||
                  slice_eq(function->type, SLICE_LIT("Constructor"));
    if (follow->language != LANGUAGE_JAVA || function->kind != VALUE_UNKNOWN || !method) {
        return;
    }
    struct value data = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        value_join(&data, &call->args[i]);
    }
    if (data.sources & FROM_CALLER) {
        follow_fact(follow,
                    &(struct fact){ .sink = SINK_REFLECT, .content = &data, .call = call });
    }
}

/*
 * PHP: nobody spells the name of a function by a rule of his own, or out of his page's name or
 * comments, but to hide it. What it is given is as good as code.
 */
static void tell_hidden(struct follow *follow, const struct value *function,
                        const struct call *call)
{
    uint32_t hidden = FLOW_DECODED | FLOW_DECRYPTED | FLOW_OWN;
    bool spelled = function->kind == VALUE_UNKNOWN && value_notes(function) & hidden;
    bool read = value_sources(function) & (FROM_READ | FROM_FETCHED);
    struct value data = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        value_join(&data, &call->args[i]);
    }
    bool tells = spelled || (read && data.sources & FROM_CALLER);
    if (follow->language != LANGUAGE_PHP || !tells) {
        return;
    }
    data.notes &= ~(uint32_t)FLOW_PART; /* "x" . $_GET["y"] as well */
    follow_fact(follow, &(struct fact){ .sink = SINK_EVALUATE,
                                        .address = function,
                                        .content = &data,
                                        .call = call,
                                        .notes = FLOW_INDIRECT });
}

struct value follow_invoke(struct follow *follow, const struct value *function,
                           const struct call *call)
{
    if (function->kind == VALUE_FUNCTION && function->function->kind == NODE_FUNCTION) {
        return follow_enter(follow, function->function, call, NULL);
    }
    const struct function *method = invoked_method(follow, function);
    if (method != NULL) {
        return follow_enter(follow, method->node, call, function->object);
    }
    if (function->kind == VALUE_LIST && function->list->count == 2) { /* PHP: [class, name] */
        const struct value *items = function->list->items;
        if (items[1].kind == VALUE_FUNCTION) { /* a bare name */
            return follow_enter(follow, items[1].function, call, NULL);
        }
        struct slice name = value_as_text(follow->arena, &items[1]);
        struct slice owner =
            items[0].kind == VALUE_TEXT ? items[0].text : value_type(&items[0]);
        if (name.ptr != NULL) {
            return invoke_named(follow, owner, name, call);
        }
    }
    uint32_t sources = value_sources(function);
    if (sources & (FROM_CALLER | FROM_UNSET)) {
        follow_fact(follow,
                    &(struct fact){ .sink = is_script(follow) ? SINK_EVALUATE : SINK_REFLECT,
                                    .address = function,
                                    .call = call,
                                    .notes = FLOW_INDIRECT });
    }
    tell_reflected(follow, function, call);
    tell_hidden(follow, function, call);
    if (function->kind == VALUE_MEMBER || function->kind == VALUE_TEXT) {
        struct slice owner = function->kind == VALUE_MEMBER ? function->type : SLICE_NULL;
        return invoke_named(follow, owner, function->text, call);
    }
    struct value result = joined(call);
    value_join(&result, function);
    return result;
}

static bool is_callable(const struct value *value)
{
    return value->kind == VALUE_FUNCTION || value->kind == VALUE_MEMBER;
}

/* --- names --- */

/* Request("x"): an object that is called is indexed. */
static bool is_indexed(const struct follow *follow, const struct api *row)
{
    bool acts = row->sink != SINK_NONE || row->opens != SINK_NONE || row->makes != 0 ||
                row->calls != 0 || row->fold != NULL || row->args != 0 || row->to != 0;
    return !acts && row->type != NULL &&
           api_find(follow->index, slice_from(row->type), SLICE_LIT("[]")) != NULL;
}

static struct value index_row(struct follow *follow, const struct api *row,
                              const struct call *call)
{
    struct call bare = *call;
    bare.count = 0;
    struct value object = follow_apply(follow, row, &bare);
    return follow_element(follow, &object, &call->args[0], call->node);
}

static struct value apply_or_index(struct follow *follow, const struct api *row,
                                   const struct call *call)
{
    return call->count > 0 && is_indexed(follow, row) ? index_row(follow, row, call)
                                                      : follow_apply(follow, row, call);
}

static struct value call_variable(struct follow *follow, const struct value *value,
                                  const struct call *call, struct slice name)
{
    bool php = name.len > 0 && name.ptr[0] == '$';
    if (is_callable(value) || php) {
        return follow_invoke(follow, value, call);
    }
    if (call->count > 0) {
        return follow_element(follow, value, &call->args[0], call->node);
    }
    return *value;
}

static bool call_own(struct follow *follow, struct slice name, const struct call *call,
                     struct value *out)
{
    struct object *self = follow->scope->self;
    const struct node *class = self != NULL ? self->class : NULL;
    const struct function *function =
        class != NULL ? follow_function(follow, name, class, call->count) : NULL;
    if (function == NULL) {
        self = NULL;
        function = follow_bare_function(follow, name, call->count);
    }
    if (function == NULL) {
        return false;
    }
    *out = follow_enter(follow, function->node, call, self);
    return true;
}

static struct value call_name(struct follow *follow, const struct node *name,
                              const struct call *call)
{
    struct value result;
    if (slice_eq(name->text, SLICE_LIT("="))) {
        return VALUE_NOTHING; /* what the page writes to its answer */
    }
    follow_check_call(follow, name->text, call);
    bool recursive = follow->scope->function != NULL &&
                     slice_icase_eq(follow->scope->function->text, name->text);
    const struct variable *variable = recursive ? NULL : follow_variable(follow, name->text);
    if (variable != NULL) {
        struct value value = variable->value;
        return call_variable(follow, &value, call, name->text);
    }
    if (follow->language == LANGUAGE_PHP && name->text.ptr[0] == '$') {
        struct value value = follow_node(follow, name); /* nothing sets it, or $_GET itself */
        return follow_invoke(follow, &value, call);
    }
    if (call_own(follow, name->text, call, &result) ||
        follow_php_special(follow, name->text, call, &result)) {
        return result;
    }
    const struct api *row = api_find(follow->index, SLICE_LIT(""), name->text);
    return row != NULL ? apply_or_index(follow, row, call) : foreign(follow, call);
}

/* --- methods --- */

static bool invokes(struct slice name)
{
    static const char *const names[] = { "Invoke", "DynamicInvoke", "BeginInvoke", "call",
                                         "apply",  "__invoke",      "bind" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_eq(name, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool adds(struct slice name)
{
    return slice_icase_eq(name, SLICE_LIT("Add")) || slice_icase_eq(name, SLICE_LIT("push")) ||
           slice_icase_eq(name, SLICE_LIT("append"));
}

static bool is_page(const struct value *object)
{
    return object->kind == VALUE_UNKNOWN && slice_eq(object->type, SLICE_LIT("Page"));
}

/* method.Invoke(object, new object[] { x }), f.apply(this, [x]): the first is the object. */
static struct value invoke_method(struct follow *follow, struct slice name,
                                  const struct call *call)
{
    bool reflected = call->self->kind == VALUE_MEMBER && call->count > 1;
    bool script = follow->language == LANGUAGE_JSCRIPT &&
                  (slice_eq(name, SLICE_LIT("call")) || slice_eq(name, SLICE_LIT("apply")));
    struct call passed = *call;
    if (call->count > 0 && (reflected || script)) {
        follow_pass(follow, call, 1, &passed);
    }
    return follow_invoke(follow, call->self, &passed);
}

/* A method of the page or of one of its classes. */
static bool call_own_method(struct follow *follow, struct slice name, const struct call *call,
                            struct value *out)
{
    const struct value *self = call->self;
    const struct node *class = NULL;
    struct object *object = NULL;
    if (self->kind == VALUE_OBJECT) {
        object = self->object;
        class = object->class;
    } else if (self->kind == VALUE_TYPE) {
        class = follow_class(follow, self->type);
    }
    if (class == NULL && !is_page(self)) {
        return false;
    }
    const struct function *function = follow_function(follow, name, class, call->count);
    if (function == NULL && class != NULL && follow->language == LANGUAGE_PHP) {
        function = follow_function(follow, name, NULL, call->count); /* of a parent, a trait */
    }
    if (function == NULL) {
        return false;
    }
    *out = follow_enter(follow, function->node, call, object);
    return true;
}

/* PHP: (new ReflectionClass("C"))->newInstance(...) */
static bool make_reflected(struct follow *follow, struct slice name, const struct call *call,
                           struct value *out)
{
    bool makes =
        slice_icase_starts(name, SLICE_LIT("newInstance")) && follow->language == LANGUAGE_PHP;
    struct slice type = makes ? value_type(call->self) : SLICE_NULL;
    const struct node *class = type.ptr != NULL ? follow_class(follow, type) : NULL;
    if (class == NULL) {
        return false;
    }
    struct value none = VALUE_NOTHING;
    struct call passed = *call;
    if (slice_icase_ends(name, SLICE_LIT("Args"))) {
        follow_pass(follow, call, 0, &passed);
    }
    *out = (struct value){ .kind = VALUE_OBJECT, .type = type };
    out->object = object_new(follow->arena, &none);
    out->object->class = class;
    follow_construct(follow, class, &passed, out->object);
    return true;
}

static bool call_field(struct follow *follow, struct slice name, const struct call *call,
                       struct value *out)
{
    const struct field *field =
        call->self->kind == VALUE_OBJECT ? object_field(call->self->object, name) : NULL;
    if (field != NULL && is_callable(&field->value)) {
        *out = follow_invoke(follow, &field->value, call);
        return true;
    }
    return false;
}

/* PHP: ($object->name)(...) where the class says what the property is. */
static bool call_property(struct follow *follow, struct slice name, const struct call *call,
                          struct value *out)
{
    bool object = follow->language == LANGUAGE_PHP && call->self->kind == VALUE_OBJECT &&
                  call->self->object->class != NULL;
    const struct variable *property = object ? scope_find(follow, &follow->page, name) : NULL;
    if (property == NULL || property->value.kind != VALUE_TEXT) {
        return false;
    }
    struct value function = property->value;
    *out = follow_invoke(follow, &function, call);
    return true;
}

/* items.ForEach(x => ...): functions among the arguments are called with what the object holds.
 */
static void call_given_functions(struct follow *follow, const struct call *call)
{
    struct value item = VALUE_NOTHING;
    value_join(&item, call->self);
    struct call passed = { .node = call->node, .args = &item, .count = 1 };
    for (size_t i = 0; i < call->count && item.sources != 0; i++) {
        if (call->args[i].kind == VALUE_FUNCTION) {
            follow_invoke(follow, &call->args[i], &passed);
        }
    }
}

#define CODED_BYTES_MIN 256

/* A long text without a word in it. */
static bool is_coded(const struct value *value)
{
    struct slice text = value->kind == VALUE_TEXT ? value->text : SLICE_NULL;
    bool seen[256] = { false };
    size_t signs = 0, different = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        signs += !ascii_is_alnum(text.ptr[i]);
        different += !seen[c];
        seen[c] = true;
    }
    return text.len >= CODED_BYTES_MIN && signs * 16 < text.len && different >= 16;
}

/* Classic ASP: a component that nobody knows is handed code that nobody can read. */
static void tell_coded(struct follow *follow, const struct call *call)
{
    bool component = follow->parts->kind == PAGE_KIND_ASP && call->self != NULL &&
                     value_type(call->self).ptr != NULL && !is_of_library(follow, call);
    if (component && call->count > 0 && is_coded(&call->args[0])) {
        struct value code = { .notes = FLOW_DECODED };
        follow_fact(follow,
                    &(struct fact){ .sink = SINK_LOAD, .address = &code, .call = call });
    }
}

/* A method that nobody knows: what goes in may come out, and stays in the object. */
static struct value call_unknown(struct follow *follow, struct slice name,
                                 const struct call *call)
{
    const struct function *function = value_type(call->self).ptr == NULL
                                          ? follow_function(follow, name, NULL, call->count)
                                          : NULL;
    if (function != NULL) {
        return follow_enter(follow, function->node, call, NULL);
    }
    if (call->self->kind == VALUE_LIST && adds(name) && call->count > 0) {
        list_add(follow->arena, call->self->list, &call->args[0]);
        return *call->self;
    }
    call_given_functions(follow, call);
    tell_coded(follow, call);
    struct value args = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        value_join(&args, &call->args[i]);
    }
    bool kept = args.sources != 0 && !is_page(call->self) && call->self->kind != VALUE_TYPE;
    struct object *object = kept ? follow_kept_object(follow, call) : NULL;
    if (object != NULL) {
        args.notes |= is_of_library(follow, call) ? 0U : strange_notes(args.notes);
        value_join(&object->whole, &args);
    }
    return foreign(follow, call);
}

static const struct api *method_row(const struct follow *follow, const struct value *self,
                                    struct slice name)
{
    const struct api *row = api_find(follow->index, value_type(self), name);
    bool global = row == NULL && (is_page(self) || self->kind == VALUE_UNKNOWN) &&
                  (self->type.ptr == NULL || is_page(self));
    return global && is_page(self) ? api_find(follow->index, SLICE_LIT(""), name) : row;
}

/* Java calls a lambda by the one method of its interface, whatever that is called. */
static bool is_lambda(const struct value *value)
{
    return value->kind == VALUE_FUNCTION && value->function->text.len == 0;
}

/* optional.map(x -> ...): the lambda is called with what the object holds. */
static void call_lambdas(struct follow *follow, const struct call *call)
{
    struct value held = VALUE_NOTHING;
    value_join(&held, call->self);
    struct call passed = { .node = call->node, .args = &held, .count = 1 };
    for (size_t i = 0; i < call->count && held.sources != 0; i++) {
        if (is_lambda(&call->args[i])) {
            follow_invoke(follow, &call->args[i], &passed);
        }
    }
}

static struct value call_method(struct follow *follow, struct slice name,
                                const struct call *call)
{
    struct value result;
    follow_check_call(follow, name, call);
    if (make_reflected(follow, name, call, &result) ||
        call_own_method(follow, name, call, &result) ||
        call_field(follow, name, call, &result)) {
        return result;
    }
    if (is_callable(call->self) && (invokes(name) || is_lambda(call->self))) {
        return invoke_method(follow, name, call);
    }
    const struct api *row = method_row(follow, call->self, name);
    if (row != NULL) {
        return apply_or_index(follow, row, call);
    }
    if (follow_php_magic_call(follow, name, call, &result) ||
        call_property(follow, name, call, &result)) {
        return result;
    }
    call_lambdas(follow, call);
    return call_unknown(follow, name, call);
}

static struct value call_member(struct follow *follow, const struct node *member,
                                const struct call *call)
{
    struct value self =
        member->first != NULL ? follow_node(follow, member->first) : follow->with;
    self = follow_used(follow, &self, member);
    struct call own = *call;
    own.self = &self;
    own.self_node = member->first;
    struct slice name = member->text;
    const struct node *computed = member->first != NULL ? member->first->next : NULL;
    if (name.len <= 1 && computed != NULL) {
        struct value method = follow_node(follow, computed);
        name = value_as_text(follow->arena, &method);
        if (name.ptr == NULL) {
            return follow_invoke(follow, &method, &own);
        }
        own.notes |= FLOW_INDIRECT;
    }
    return call_method(follow, name, &own);
}

static bool is_self(const struct follow *follow, const struct node *node)
{
    return node != NULL && node->kind == NODE_NAME && follow_is_self(follow, node->text);
}

/* this["ev" + "al"](x), $table['f'](x). */
static struct value call_index(struct follow *follow, const struct node *index,
                               struct call *call)
{
    const struct node *at = index->first != NULL ? index->first->next : NULL;
    struct value name = at != NULL ? follow_node(follow, at) : VALUE_NOTHING;
    if (name.kind == VALUE_TEXT &&
        (is_self(follow, index->first) || follow->language == LANGUAGE_JSCRIPT)) {
        struct value self = follow_node(follow, index->first);
        struct call own = *call;
        own.self = &self;
        own.self_node = index->first;
        own.notes |= FLOW_INDIRECT;
        return call_method(follow, name.text, &own);
    }
    struct value function = follow_node(follow, index);
    if (is_callable(&function) || follow->language == LANGUAGE_PHP) {
        return follow_invoke(follow, &function, call);
    }
    return call->count > 0 ? follow_element(follow, &function, &call->args[0], call->node)
                           : function;
}

/* `Request.Form("x")` tells more than `Request.Form`: the step of a source is the whole. */
static void widen_step(struct follow *follow, const struct node *node, struct value *value)
{
    const struct flow_step *last = value->steps;
    if (value->sources == 0 || last == NULL || last->count != 1 || last->line != node->line ||
        node->first == NULL) {
        return;
    }
    struct slice text = node_text(follow->arena, node);
    bool longer = text.len > last->text.len && slice_starts(text, last->text) &&
                  (text.ptr[last->text.len] == '(' || text.ptr[last->text.len] == '[');
    if (longer) {
        value->steps = NULL;
        follow_step(follow, value, node->line, text);
    }
}

/* PHP: f(...) and $this->f(...) are the functions themselves. */
static bool is_first_class(const struct follow *follow, const struct node *args)
{
    return follow->language == LANGUAGE_PHP && args != NULL && args->next == NULL &&
           args->kind == NODE_UNARY && args->first == NULL &&
           slice_eq(args->text, SLICE_LIT("..."));
}

static struct value first_class(const struct follow *follow, const struct node *callee)
{
    const struct function *own = follow_function(follow, callee->text, NULL, 0);
    if (own != NULL) {
        return (struct value){ .kind = VALUE_FUNCTION, .function = own->node };
    }
    return callee->kind == NODE_NAME ? value_text(callee->text) : VALUE_NOTHING;
}

struct value follow_call(struct follow *follow, const struct node *node)
{
    const struct node *callee = node->first;
    if (callee == NULL) {
        return VALUE_NOTHING;
    }
    if (is_first_class(follow, callee->next)) {
        return first_class(follow, callee);
    }
    struct value few[FOLLOW_ARGS_FEW];
    struct call call = { .node = node, .arg_nodes = callee->next };
    call.args = follow_args(follow, callee->next, few, &call.count);
    struct value result;
    if (callee->kind == NODE_NAME && callee->text.len > 0) {
        result = call_name(follow, callee, &call);
    } else if (callee->kind == NODE_MEMBER) {
        result = call_member(follow, callee, &call);
    } else if (callee->kind == NODE_INDEX) {
        result = call_index(follow, callee, &call);
    } else {
        struct value function = follow_node(follow, callee);
        result = is_callable(&function) || follow->language == LANGUAGE_PHP || call.count == 0
                     ? follow_invoke(follow, &function, &call)
                     : follow_element(follow, &function, &call.args[0], node);
    }
    if (follow_hashes(callee->text)) {
        result.notes &= ~(uint32_t)FLOW_CREDENTIAL;
    }
    widen_step(follow, node, &result);
    return result;
}
