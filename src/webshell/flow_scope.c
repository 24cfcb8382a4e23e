/*
 * Variables, functions, classes and controls by their names.
 */
#include "webshell/flow_internal.h"

static bool same_name(const struct follow *follow, struct slice a, struct slice b)
{
    return follow->fold_case ? slice_icase_eq(a, b) : slice_eq(a, b);
}

#define PAGE_BUCKETS 64
#define FUNCTION_SCOPE_BUCKETS 8

/* Where a function's variables are found: used again when it has ended. */
struct spare_buckets {
    struct variable *buckets[FUNCTION_SCOPE_BUCKETS];
    struct spare_buckets *next;
};

static struct spare_buckets *take_buckets(struct follow *follow)
{
    struct spare_buckets *spare = follow->spare_buckets;
    if (spare == NULL) {
        return arena_alloc(follow->arena, sizeof *spare);
    }
    follow->spare_buckets = spare->next;
    memset(spare, 0, sizeof *spare);
    return spare;
}

void scope_init(struct follow *follow, struct scope *scope, struct scope *parent)
{
    memset(scope, 0, sizeof *scope);
    scope->parent = parent;
    if (parent == NULL) {
        scope->bucket_count = PAGE_BUCKETS;
        scope->buckets = arena_array(follow->arena, PAGE_BUCKETS, sizeof(void *));
        return;
    }
    scope->bucket_count = FUNCTION_SCOPE_BUCKETS;
    scope->spare = take_buckets(follow);
    scope->buckets = scope->spare->buckets;
}

void scope_release(struct follow *follow, struct scope *scope)
{
    for (size_t i = 0; i < scope->bucket_count; i++) {
        for (struct variable *v = scope->buckets[i], *next; v != NULL; v = next) {
            next = v->next;
            v->next = follow->spare_variables;
            follow->spare_variables = v;
        }
    }
    scope->spare->next = follow->spare_buckets;
    follow->spare_buckets = scope->spare;
}

static struct variable *take_variable(struct follow *follow)
{
    struct variable *spare = follow->spare_variables;
    if (spare == NULL) {
        return arena_alloc(follow->arena, sizeof *spare);
    }
    follow->spare_variables = spare->next;
    memset(spare, 0, sizeof *spare);
    return spare;
}

static struct variable **bucket_of(const struct scope *scope, struct slice name)
{
    return &scope->buckets[slice_hash(name, true) % scope->bucket_count];
}

struct variable *scope_find(const struct follow *follow, const struct scope *scope,
                            struct slice name)
{
    for (struct variable *v = *bucket_of(scope, name); v != NULL; v = v->next) {
        if (same_name(follow, v->name, name)) {
            return v;
        }
    }
    return NULL;
}

struct variable *follow_variable(const struct follow *follow, struct slice name)
{
    for (const struct scope *scope = follow->scope; scope != NULL; scope = scope->parent) {
        struct variable *found = scope_find(follow, scope, name);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool is_globals(const struct follow *follow, const struct value *object)
{
    return follow->language == LANGUAGE_PHP && slice_eq(object->type, SLICE_LIT("$GLOBALS"));
}

#define ANY_GLOBAL SLICE_LIT("$GLOBALS[]") /* of a name that is not known */

/* PHP: $GLOBALS["x"] is the page's $x. Absent when `object` is none of it. */
struct slice follow_global_name(struct follow *follow, const struct value *object,
                                const struct value *index)
{
    bool globals = is_globals(follow, object);
    struct slice text = globals ? value_as_text(follow->arena, index) : SLICE_NULL;
    if (globals && text.ptr == NULL) {
        return ANY_GLOBAL;
    }
    if (text.len == 0 || text.len > 64) {
        return SLICE_NULL;
    }
    char *name = arena_alloc(follow->arena, text.len + 1);
    name[0] = '$';
    memcpy(name + 1, text.ptr, text.len);
    return slice_of(name, text.len + 1);
}

const struct variable *follow_global(struct follow *follow, const struct value *object,
                                     const struct value *index)
{
    struct slice name = follow_global_name(follow, object, index);
    const struct variable *variable =
        name.ptr != NULL ? scope_find(follow, &follow->page, name) : NULL;
    bool own = variable == NULL && name.len > 1 &&
               api_find(follow->index, object->type, slice_from_offset(name, 1)) == NULL;
    return own ? scope_find(follow, &follow->page, ANY_GLOBAL) : variable;
}

static void widen(struct follow *follow, struct scope *scope)
{
    struct variable **old = scope->buckets;
    size_t old_count = scope->bucket_count;
    scope->bucket_count *= 4;
    scope->buckets = arena_array(follow->arena, scope->bucket_count, sizeof(void *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct variable *v = old[i], *next; v != NULL; v = next) {
            struct variable **bucket = bucket_of(scope, v->name);
            next = v->next;
            v->next = *bucket;
            *bucket = v;
        }
    }
}

/* NULL: none, or too many to tell. */
static const struct node *innermost(const struct follow *follow, unsigned branch)
{
    return branch > 0 && branch <= BRANCHES_MAX ? follow->branches[branch - 1] : NULL;
}

struct variable *scope_declare(struct follow *follow, struct scope *scope, struct slice name)
{
    struct variable *variable = scope_find(follow, scope, name);
    if (variable != NULL) {
        return variable;
    }
    if (++scope->count > scope->bucket_count * 4) {
        widen(follow, scope);
    }
    variable = take_variable(follow);
    variable->name = name;
    variable->of_page = scope == &follow->page;
    variable->branch = scope == &follow->page && follow->scope != scope ? 0 : follow->branch;
    variable->within = innermost(follow, variable->branch);
    struct variable **bucket = bucket_of(scope, name);
    variable->next = *bucket;
    *bucket = variable;
    return variable;
}

/* Text that is put together piece by piece, or the piece. */
static bool grows(const struct follow *follow, struct slice old, struct slice new)
{
    bool longer = old.len > 0 && (slice_starts(new, old) || slice_icase_ends(new, old));
    return follow->language != LANGUAGE_PHP || longer || (old.len <= 1 && new.len <= 1);
}

/*
 * In a branch or a loop the old value may stay. A constant that a loop makes is not known:
 * `s = s & Chr(Asc(c) - 1)` is text that was decoded.
 */
void variable_assign(struct follow *follow, struct variable *variable,
                     const struct value *value)
{
    struct value old = variable->value;
    bool deeper = follow->branch > variable->branch;
    bool elsewhere = innermost(follow, variable->branch) != variable->within;
    bool maybe = deeper || (elsewhere && follow->branch == variable->branch);
    variable->value = maybe ? value_either(&old, value) : *value;
    bool differs =
        old.kind == VALUE_TEXT && value->kind == VALUE_TEXT && !slice_eq(old.text, value->text);
    if (maybe && follow->loop > 0 && differs) {
        variable->value.kind = VALUE_UNKNOWN;
        variable->value.notes |= grows(follow, old.text, value->text) ? FLOW_DECODED : 0U;
    }
    bool counts =
        old.kind == VALUE_NUMBER && value->kind == VALUE_NUMBER && old.number != value->number;
    if (maybe && follow->loop > 0 && counts && follow->fold_case) {
        variable->value.kind = VALUE_UNKNOWN; /* i = i + 1 */
    }
    variable->assigned = true;
    if (follow->branch < variable->branch) {
        variable->branch = follow->branch;
        variable->within = innermost(follow, follow->branch);
    }
    if (variable->of_page && value_sources(value) & ~value_sources(&old)) {
        follow->page_changed = true;
    }
}

/* --- functions and classes --- */

#define SIBLINGS_MAX 256U /* in one bucket */

static struct function *add_function(struct follow *follow, struct function **buckets,
                                     const struct node *node, const struct node *class)
{
    uint64_t hash = slice_hash(node->text, true);
    struct function **bucket = &buckets[hash % FUNCTION_BUCKETS];
    size_t siblings = 0;
    for (struct function *f = *bucket; f != NULL; f = f->sibling) {
        if (f->node == node) {
            return f;
        }
        siblings++;
    }
    struct function *function = arena_alloc(follow->arena, sizeof *function);
    function->node = node;
    function->hash = hash;
    function->class = class;
    if (siblings >= SIBLINGS_MAX) { /* it is followed for itself, but not where it is called */
        follow->out->shortened = true;
        return function;
    }
    function->sibling = *bucket;
    *bucket = function;
    return function;
}

static bool makes_web_method(const struct node *attribute)
{
    return slice_icase_has(attribute->text, SLICE_LIT("WebMethod")) ||
           slice_icase_has(attribute->text, SLICE_LIT("OperationContract")) ||
           slice_icase_has(attribute->text, SLICE_LIT("WebInvoke")) ||
           slice_icase_has(attribute->text, SLICE_LIT("WebGet")) ||
           slice_icase_ends(attribute->text, SLICE_LIT("Mapping")) ||
           slice_icase_eq(attribute->text, SLICE_LIT("OnMessage"));
}

/* Java: what comes over a WebSocket is the caller's word. */
static bool is_callback(const struct follow *follow, const struct node *function)
{
    return follow->language == LANGUAGE_JAVA &&
           slice_eq(function->text, SLICE_LIT("onMessage"));
}

/* PHP: `if (!function_exists("f")) { function f() ... }` */
static bool is_conditional(const struct follow *follow, const struct node *node)
{
    bool holds = node->kind == NODE_IF || node->kind == NODE_TRY || node->kind == NODE_LOOP ||
                 node->kind == NODE_EACH;
    return holds && follow->language == LANGUAGE_PHP;
}

static void collect(struct follow *follow, const struct node *block, const struct node *class,
                    unsigned depth)
{
    bool web_method = false;
    for (const struct node *node = block->first; node != NULL && depth > 0; node = node->next) {
        if (!follow_spend(follow)) {
            return;
        }
        bool attribute = node->kind == NODE_ATTRIBUTE || node->kind == NODE_NAME; /* JScript */
        if (attribute) {
            web_method = web_method || makes_web_method(node);
            continue;
        }
        if (node->kind == NODE_FUNCTION && node->text.len > 0) {
            struct function *f = add_function(follow, follow->by_name, node, class);
            f->web_method = web_method || is_callback(follow, node);
            if (!f->listed) { /* a lambda's class may be met again */
                f->listed = true;
                *follow->functions_end = f;
                follow->functions_end = &f->next;
            }
            if (follow->language == LANGUAGE_PHP && class == NULL) {
                collect(follow, node, NULL, depth - 1); /* functions in it are the page's */
            }
        } else if (node->kind == NODE_CLASS) {
            add_function(follow, follow->classes, node, class);
            collect(follow, node, node, depth - 1);
        } else if (node->kind == NODE_BLOCK || is_conditional(follow, node)) {
            collect(follow, node, class, depth - 1);
        }
        web_method = false;
    }
}

void follow_collect(struct follow *follow, const struct node *block)
{
    collect(follow, block, NULL, 8);
}

static size_t parameter_count(const struct node *function)
{
    size_t count = 0;
    for (const struct node *n = function->first; n != NULL && n->kind == NODE_PARAMETER;
         n = n->next) {
        count++;
    }
    return count;
}

/* Whose functions are meant. */
enum owner { OWNER_ANY, OWNER_PAGE, OWNER_CLASS };

static bool is_of(const struct function *function, enum owner owner, const struct node *class)
{
    return owner == OWNER_ANY || function->class == (owner == OWNER_PAGE ? NULL : class);
}

/* Of several with the name: the one with as many parameters, or the next best. */
static struct function *best_function(const struct follow *follow, struct slice name,
                                      enum owner owner, const struct node *class, size_t args)
{
    struct function *best = NULL;
    uint64_t hash = slice_hash(name, true);
    for (struct function *f = follow->by_name[hash % FUNCTION_BUCKETS]; f != NULL;
         f = f->sibling) {
        if (f->hash != hash || !slice_icase_eq(f->node->text, name) ||
            !is_of(f, owner, class)) {
            continue;
        }
        if (parameter_count(f->node) == args) {
            return f;
        }
        best = f;
    }
    return best;
}

struct function *follow_function(const struct follow *follow, struct slice name,
                                 const struct node *class, size_t args)
{
    return best_function(follow, name, class != NULL ? OWNER_CLASS : OWNER_ANY, class, args);
}

/* The class whose method runs now; NULL: none. */
static const struct node *running_class(const struct follow *follow)
{
    const struct node *node = follow->scope->function;
    if (node == NULL) {
        return NULL;
    }
    size_t bucket = slice_hash(node->text, true) % FUNCTION_BUCKETS;
    for (const struct function *f = follow->by_name[bucket]; f != NULL; f = f->sibling) {
        if (f->node == node) {
            return f->class;
        }
    }
    return NULL;
}

struct function *follow_bare_function(const struct follow *follow, struct slice name,
                                      size_t args)
{
    if (follow->language != LANGUAGE_VBSCRIPT) {
        return follow_function(follow, name, NULL, args);
    }
    const struct node *class = running_class(follow);
    struct function *own =
        class != NULL ? best_function(follow, name, OWNER_CLASS, class, args) : NULL;
    return own != NULL ? own : best_function(follow, name, OWNER_PAGE, NULL, args);
}

const struct node *follow_class(const struct follow *follow, struct slice name)
{
    uint64_t hash = slice_hash(name, true);
    for (const struct function *f = follow->classes[hash % FUNCTION_BUCKETS]; f != NULL;
         f = f->sibling) {
        if (f->hash == hash && slice_icase_eq(f->node->text, name)) {
            return f->node;
        }
    }
    return NULL;
}

/* --- what the page knows without saying --- */

bool follow_is_self(const struct follow *follow, struct slice name)
{
    static const char *const names[] = { "this",    "me",    "base",   "mybase",
                                         "myclass", "$this", "self",   "parent",
                                         "static",  "super", "window", "page" };
    (void)follow;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_eq(name, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

bool type_is_number(struct slice type)
{
    static const char *const numbers[] = {
        "int",    "long",     "short",   "bool",   "boolean", "integer",
        "double", "float",    "decimal", "single", "date",    "datetime",
        "guid",   "timespan", "int16",   "int32",  "int64",   "uint",
        "ulong",  "ushort",   "uint32",  "uint64", "uint16",  "datetimeoffset",
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (slice_icase_eq(type, slice_from(numbers[i]))) {
            return true;
        }
    }
    return false;
}

struct value follow_shared(struct follow *follow, struct slice type)
{
    struct variable *variable = scope_find(follow, &follow->page, type);
    if (variable == NULL || variable->value.kind != VALUE_OBJECT) {
        struct value whole = { .type = type };
        variable = scope_declare(follow, &follow->page, type);
        variable->value = whole;
        variable->value.kind = VALUE_OBJECT;
        variable->value.object = object_new(follow->arena, &whole);
    }
    return variable->value;
}

/* "asp:TextBox" → "TextBox", "input" of type file → "HtmlInputFile". */
static struct slice control_type(const struct follow *follow, const struct control *control)
{
    struct slice class_id = attribute_value(control->attributes, SLICE_LIT("classid"));
    struct slice prog_id = attribute_value(control->attributes, SLICE_LIT("progid"));
    if (class_id.ptr != NULL || prog_id.ptr != NULL) {
        struct slice id = class_id.ptr != NULL ? class_id : prog_id;
        struct slice prefix = SLICE_LIT("clsid:");
        return api_type(follow->index, slice_icase_starts(id, prefix)
                                           ? slice_from_offset(id, prefix.len)
                                           : id);
    }
    struct slice type = control->type;
    if (slice_eq(type, SLICE_LIT("jsp:useBean"))) {
        return api_type(follow->index,
                        attribute_value(control->attributes, SLICE_LIT("class")));
    }
    size_t colon = slice_find_char(type, ':');
    if (colon != SIZE_MAX) {
        return api_type(follow->index, slice_from_offset(type, colon + 1));
    }
    struct slice kind = attribute_value(control->attributes, SLICE_LIT("type"));
    if (slice_icase_eq(type, SLICE_LIT("input")) && slice_icase_eq(kind, SLICE_LIT("file"))) {
        return SLICE_LIT("HtmlInputFile");
    }
    bool input = slice_icase_eq(type, SLICE_LIT("input")) ||
                 slice_icase_eq(type, SLICE_LIT("textarea")) ||
                 slice_icase_eq(type, SLICE_LIT("select"));
    return input ? SLICE_LIT("HtmlInputText") : SLICE_LIT("HtmlControl");
}

static bool is_password_box(const struct control *control)
{
    struct slice mode = attribute_value(control->attributes, SLICE_LIT("TextMode"));
    struct slice type = attribute_value(control->attributes, SLICE_LIT("type"));
    return slice_icase_eq(mode, SLICE_LIT("Password")) ||
           slice_icase_eq(type, SLICE_LIT("password"));
}

void follow_declare_controls(struct follow *follow)
{
    for (const struct control *c = follow->parts->controls; c != NULL; c = c->next) {
        if (c->id.len == 0) {
            continue;
        }
        struct variable *variable = scope_declare(follow, &follow->page, c->id);
        struct slice type = control_type(follow, c);
        const struct api *row = api_find(follow->index, type, SLICE_LIT("new"));
        variable->value.type = type;
        variable->value.sources = row != NULL && row->owner != NULL ? row->gives : 0;
        variable->value.notes = is_password_box(c) ? FLOW_CREDENTIAL : 0;
    }
}
