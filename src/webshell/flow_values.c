/*
 * What an expression may be: constants are computed, sources are joined.
 */
#include <math.h>

#include "webshell/flow_internal.h"

struct slice value_type(const struct value *value)
{
    if (value->type.ptr != NULL) {
        return value->type;
    }
    if (value->kind == VALUE_OBJECT) {
        return value->object->whole.type;
    }
    return value->kind == VALUE_TEXT ? SLICE_LIT("String") : SLICE_NULL;
}

static bool is_null(struct slice name)
{
    return slice_icase_eq(name, SLICE_LIT("null")) ||
           slice_icase_eq(name, SLICE_LIT("nothing")) ||
           slice_icase_eq(name, SLICE_LIT("undefined")) ||
           slice_icase_eq(name, SLICE_LIT("empty"));
}

static struct value type_value(struct slice type)
{
    return (struct value){ .kind = VALUE_TYPE, .type = type };
}

static struct value function_value(const struct node *node)
{
    return (struct value){ .kind = VALUE_FUNCTION, .function = node };
}

/* A row of a table that stands alone is read, or it is a method that nobody calls yet. */
static bool is_function(const struct api *row)
{
    return (row->sink != SINK_NONE && !(row->args & ARG_THIS)) || row->calls != 0 ||
           row->makes != 0 || row->names != 0;
}

static struct value read_row(struct follow *follow, const struct api *row,
                             const struct value *self, const struct node *node)
{
    struct call call = { .node = node, .self = self, .self_node = node->first };
    if (is_function(row) && !follow->fold_case) {
        struct value member = { .kind = VALUE_MEMBER, .text = node->text };
        member.type = self != NULL ? value_type(self) : SLICE_NULL;
        if (self != NULL) {
            value_join(&member, self);
        }
        return member;
    }
    return follow_apply(follow, row, &call);
}

static struct value self_value(struct follow *follow)
{
    if (follow->scope->self != NULL) {
        return (struct value){ .kind = VALUE_OBJECT, .object = follow->scope->self };
    }
    return (struct value){ .kind = VALUE_UNKNOWN, .type = SLICE_LIT("Page") };
}

/* VB declares a property as a variable and as functions. */
static bool is_property(const struct follow *follow, const struct variable *variable)
{
    return variable->value.kind == VALUE_UNKNOWN && variable->value.sources == 0 &&
           scope_find(follow, &follow->page, variable->name) == variable &&
           follow_function(follow, variable->name, NULL, 0) != NULL;
}

/* What the page itself says of a name; false when nothing. */
static bool own_name(struct follow *follow, struct slice name, struct value *out)
{
    const struct variable *variable = follow_variable(follow, name);
    if (variable != NULL && !is_property(follow, variable)) {
        *out = variable->value;
        return true;
    }
    const struct object *self = follow->scope->self;
    const struct field *field = self != NULL ? object_field(self, name) : NULL;
    if (field != NULL) {
        *out = field->value;
        return true;
    }
    const struct function *function = follow_bare_function(follow, name, 0);
    if (function != NULL) {
        *out = function_value(function->node);
        return true;
    }
    const struct node *class = follow_class(follow, name);
    if (class != NULL) {
        *out = type_value(class->text);
        return true;
    }
    return false;
}

/* PHP: ${expression} is the variable that the expression names. */
static struct value computed_name(struct follow *follow, const struct node *node)
{
    if (node->first == NULL) {
        return VALUE_NOTHING;
    }
    struct value inner = follow_node(follow, node->first);
    struct slice text = value_as_text(follow->arena, &inner);
    if (text.len == 0 || text.len > 64) {
        return inner;
    }
    char *name = arena_alloc(follow->arena, text.len + 1);
    name[0] = '$';
    memcpy(name + 1, text.ptr, text.len);
    struct node named = { .kind = NODE_NAME, .line = node->line };
    named.text = slice_of(name, text.len + 1);
    return follow_name(follow, &named);
}

/*
 * PHP: a variable that nothing sets. In the page's scope old servers set it from the request
 * (register_globals), in any scope extract() and $$name do.
 */
static struct value unset_variable(struct follow *follow, const struct node *node)
{
    bool of_page = follow->scope == &follow->page;
    struct value value = VALUE_NOTHING;
    value.sources = follow->namers | (of_page ? FROM_UNSET : 0U);
    if (value.sources == 0) {
        return value;
    }
    follow_step(follow, &value, node->line, node->text);
    struct variable *variable = scope_declare(follow, follow->scope, node->text);
    variable->value = value;
    variable->branch = of_page ? 0 : variable->branch;
    return value;
}

/* PHP: where the page lies. Only how its name ends is known. */
static struct value own_path(void)
{
    return (
        struct value){ .kind = VALUE_UNKNOWN, .notes = FLOW_OWN, .tail = SLICE_LIT(".php") };
}

/* PHP before 8: a constant that nobody defined is its own name. */
static struct value bare_name(const struct follow *follow, struct slice name)
{
    bool bare = follow->language == LANGUAGE_PHP && name.len > 0 && name.ptr[0] != '$';
    if (!bare) {
        return VALUE_NOTHING;
    }
    if (slice_icase_eq(name, SLICE_LIT("__FILE__"))) {
        return own_path();
    }
    return value_text(slice_icase_eq(name, SLICE_LIT("false")) ? slice_from("") : name);
}

struct value follow_name(struct follow *follow, const struct node *node)
{
    struct slice name = node->text;
    struct value value;
    if (name.len == 0) {
        return computed_name(follow, node);
    }
    if (own_name(follow, name, &value)) {
        return value;
    }
    if (slice_icase_eq(name, SLICE_LIT("With"))) {
        return follow->with;
    }
    if (follow_is_self(follow, name)) {
        return self_value(follow);
    }
    if (is_null(name)) {
        return value_text(slice_from(""));
    }
    const struct api *row = api_find(follow->index, SLICE_LIT(""), name);
    bool is_type = api_is_type(follow->index, name) && row != NULL &&
                   (row->fold != NULL || is_function(row)); /* String.Format */
    if (row != NULL && row->owner != NULL && !is_type) {
        return read_row(follow, row, NULL, node);
    }
    if (api_is_type(follow->index, name)) {
        return type_value(api_type(follow->index, name));
    }
    if (slice_find_char(name, '.') != SIZE_MAX) { /* typeof(System.Type) */
        struct slice type = api_type(follow->index, name);
        return api_is_type(follow->index, type) ? type_value(type) : VALUE_NOTHING;
    }
    bool variable = follow->language == LANGUAGE_PHP && name.ptr[0] == '$';
    if (variable && row == NULL) {
        return unset_variable(follow, node);
    }
    if (row != NULL) { /* a member of the page itself: Request, Session */
        return read_row(follow, row, NULL, node);
    }
    return bare_name(follow, name);
}

/* --- members --- */

static struct slice member_name(struct follow *follow, const struct node *node)
{
    const struct node *computed = node->first != NULL ? node->first->next : NULL;
    if (node->text.len > 1 || computed == NULL) {
        return node->text;
    }
    struct value name = follow_node(follow, computed);
    return value_as_text(follow->arena, &name);
}

static bool stored_member(struct follow *follow, const struct value *object, struct slice name,
                          struct value *out)
{
    if (object->kind != VALUE_OBJECT) {
        return false;
    }
    const struct field *field = object_field(object->object, name);
    if (field != NULL) {
        *out = field->value;
        return true;
    }
    const struct node *class = object->object->class;
    const struct function *method =
        class != NULL ? follow_function(follow, name, class, 0) : NULL;
    if (method != NULL) {
        *out = function_value(method->node);
        return true;
    }
    return false;
}

/* `this.x` is the page's x, and so is `x` of a class of the page. */
static bool page_member(struct follow *follow, const struct value *object, struct slice name,
                        struct value *out)
{
    bool ours = slice_icase_eq(object->type, SLICE_LIT("Page")) ||
                (object->kind == VALUE_OBJECT && object->object->class != NULL) ||
                (object->kind == VALUE_TYPE && follow_class(follow, object->type) != NULL);
    const struct variable *variable = ours ? scope_find(follow, &follow->page, name) : NULL;
    if (variable != NULL) {
        *out = variable->value;
        return true;
    }
    const struct function *function = ours ? follow_function(follow, name, NULL, 0) : NULL;
    if (function != NULL) {
        *out = function_value(function->node);
        return true;
    }
    return false;
}

/* A namespace is a name of which nothing is known. */
static bool may_be_namespace(const struct value *object)
{
    return object->kind == VALUE_UNKNOWN && object->sources == 0 && object->type.ptr == NULL;
}

static struct value joined_member(const struct value *object)
{
    struct value member = VALUE_NOTHING;
    value_join(&member, object);
    return member;
}

/* PHP: of an element that was not put there only what is known of the whole is said. */
static struct value absent_element(const struct follow *follow, const struct value *object,
                                   struct slice name)
{
    bool fields = follow->language == LANGUAGE_PHP && object->kind == VALUE_OBJECT &&
                  name.ptr != NULL && object->object->fields != NULL;
    if (!fields) {
        return joined_member(object);
    }
    const struct field *any = object_field(object->object, SLICE_LIT("?"));
    struct value member = joined_member(&object->object->whole);
    if (any != NULL) {
        value_join(&member, &any->value);
    }
    return member;
}

/* A text box holds what the page put there, or what the caller made of it. */
static struct value with_given(struct follow *follow, const struct api *row,
                               const struct value *object, const struct node *node,
                               const struct value *stored)
{
    struct value value = *stored;
    if (row != NULL && row->gives != 0) {
        struct value given = read_row(follow, row, object, node);
        value_join(&given, &value);
        return given;
    }
    return value;
}

/* p.StartInfo is one object, whoever asks for it. */
static struct value read_member(struct follow *follow, const struct api *row,
                                const struct value *object, const struct node *node)
{
    struct value value = read_row(follow, row, object, node);
    bool part = object->kind == VALUE_OBJECT && value.kind == VALUE_UNKNOWN &&
                row->type != NULL && row->gives == 0 && !row->shared;
    if (part) {
        value = (struct value){ .kind = VALUE_OBJECT,
                                .type = value.type,
                                .object = object_new(follow->arena, &value) };
        object_set(follow->arena, object->object, node->text, &value);
    }
    return value;
}

static struct value member_of(struct follow *follow, const struct value *object,
                              struct slice name, const struct node *node)
{
    struct value value;
    const struct api *row = api_find(follow->index, value_type(object), name);
    if (stored_member(follow, object, name, &value) ||
        page_member(follow, object, name, &value)) {
        return with_given(follow, row, object, node, &value);
    }
    if (may_be_namespace(object) && api_is_type(follow->index, name)) {
        return type_value(api_type(follow->index, name));
    }
    if (object->kind == VALUE_TYPE && slice_icase_eq(name, SLICE_LIT("Empty"))) {
        return value_text(slice_from(""));
    }
    if (row == NULL && slice_icase_eq(object->type, SLICE_LIT("Page"))) {
        row = api_find(follow->index, SLICE_LIT(""), name);
    }
    if (row != NULL) {
        return read_member(follow, row, object, node);
    }
    if (may_be_namespace(object) && follow_class(follow, name) != NULL) {
        return type_value(name);
    }
    struct value named = value_text(name);
    if (follow_php_magic_get(follow, "__get", object, &named, node, &value)) {
        return value;
    }
    return joined_member(object);
}

struct value follow_member(struct follow *follow, const struct node *node)
{
    struct value object = node->first != NULL ? follow_node(follow, node->first) : follow->with;
    object = follow_used(follow, &object, node);
    struct slice name = member_name(follow, node);
    return name.len > 0 ? member_of(follow, &object, name, node) : joined_member(&object);
}

/* --- indexes --- */

/* PHP: constant text that is picked apart letter by letter in a loop. */
static bool picks_letter(const struct follow *follow, const struct value *object,
                         const struct value *index)
{
    double place;
    return follow->language == LANGUAGE_PHP && follow->loop > 0 && object->kind == VALUE_TEXT &&
           object->text.len > 1 && value_sources(index) == 0 && !value_as_number(index, &place);
}

static bool list_element(struct follow *follow, const struct value *object,
                         const struct value *index, struct value *out)
{
    struct value args[] = { *object, *index };
    bool constant = object->kind == VALUE_LIST || object->kind == VALUE_TEXT;
    if (constant && fold_char_at(&follow->fold, args, 2, out)) {
        value_join(out, object);
        return true;
    }
    return false;
}

/* What the caller says stands in $_SERVER under names like these. */
static bool is_servers_own(struct slice type, struct slice key)
{
    static const char *const callers[] = { "HTTP_",  "PHP_AUTH",    "CONTENT_",  "REDIRECT_",
                                           "QUERY_", "REQUEST_URI", "PATH_INFO", "UNENCODED_" };
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        if (slice_icase_starts(key, slice_from(callers[i]))) {
            return false;
        }
    }
    return slice_eq(type, SLICE_LIT("$_SERVER"));
}

/* Of PHP's superglobals, keys have rows: $_SERVER['DOCUMENT_ROOT']. */
static const struct api *element_row(const struct follow *follow, struct slice type,
                                     struct slice key)
{
    bool keyed = type.len > 0 && type.ptr[0] == '$' && key.len > 0;
    const struct api *row = keyed ? api_find(follow->index, type, key) : NULL;
    if (row != NULL && row->owner != NULL) {
        return row;
    }
    if (keyed && is_servers_own(type, key)) {
        return api_find(follow->index, type, SLICE_LIT("SERVER_NAME"));
    }
    return api_find(follow->index, type, SLICE_LIT("[]"));
}

struct value follow_element(struct follow *follow, const struct value *object,
                            const struct value *index, const struct node *node)
{
    struct value value;
    struct slice name = value_as_text(follow->arena, index);
    const struct variable *variable = follow_global(follow, object, index);
    if (variable != NULL) {
        return variable->value;
    }
    bool pipes = object->kind == VALUE_OBJECT && object->object->channel == SINK_COMMAND;
    if (object->kind == VALUE_MEMBER || pipes) { /* one of several: getConstructors()[0] */
        return *object;
    }
    if (object->kind == VALUE_OBJECT && name.ptr != NULL) {
        const struct field *field = object_field(object->object, name);
        if (field != NULL) {
            return field->value;
        }
    }
    if (list_element(follow, object, index, &value)) {
        return value;
    }
    const struct api *row = element_row(follow, value_type(object), name);
    if (row != NULL) {
        struct call call = {
            .node = node, .self = object, .self_node = node->first, .args = index, .count = 1
        };
        return follow_apply(follow, row, &call);
    }
    if (follow_php_magic_get(follow, "offsetGet", object, index, node, &value)) {
        return value;
    }
    value = absent_element(follow, object, name);
    value.notes |= picks_letter(follow, object, index) ? FLOW_DECODED : 0U;
    value_join(&value, index);
    follow_mark_password(follow, index, &value);
    return value;
}

/* JScript: object["name"] is object.name, where the object has no index of its own. */
static bool is_member_index(const struct follow *follow, const struct value *object,
                            const struct value *index)
{
    struct slice type = value_type(object);
    return follow->language == LANGUAGE_JSCRIPT && index->kind == VALUE_TEXT &&
           index->text.len > 0 && object->kind != VALUE_LIST && object->kind != VALUE_TEXT &&
           api_find(follow->index, type, SLICE_LIT("[]")) == NULL;
}

struct value follow_index(struct follow *follow, const struct node *node)
{
    struct value object = follow_node(follow, node->first);
    object = follow_used(follow, &object, node);
    struct value index = VALUE_NOTHING;
    if (node->first != NULL && node->first->next != NULL) {
        index = follow_node(follow, node->first->next);
    }
    return is_member_index(follow, &object, &index)
               ? member_of(follow, &object, index.text, node)
               : follow_element(follow, &object, &index, node);
}

struct value follow_used(struct follow *follow, const struct value *value,
                         const struct node *node)
{
    bool property =
        value->kind == VALUE_FUNCTION && value->function->kind == NODE_FUNCTION &&
        value->function->text.len > 0 &&
        (value->function->first == NULL || value->function->first->kind != NODE_PARAMETER);
    if (!property) {
        return *value;
    }
    struct call call = { .node = node };
    return follow_enter(follow, value->function, &call, NULL);
}

/* --- operators --- */

static struct slice known_head(const struct value *value)
{
    return value->kind == VALUE_TEXT && value->text.len > 0 ? value->text : value->head;
}

static struct slice known_tail(const struct value *value)
{
    return value->kind == VALUE_TEXT && value->text.len > 0 ? value->text : value->tail;
}

#define KNOWN_BYTES 256 /* of the beginning and end of a text that is not known */

static struct slice last_bytes(struct slice text)
{
    return text.len > KNOWN_BYTES ? slice_from_offset(text, text.len - KNOWN_BYTES) : text;
}

/* Does something else stand in front of the caller's data? */
static bool is_led(const struct value *a, const struct value *b)
{
    bool empty = a->kind == VALUE_TEXT && a->text.len == 0;
    uint32_t sources = value_sources(a) & FROM_CALLER;
    if (empty) {
        return (value_notes(b) & FLOW_PART) != 0;
    }
    bool led = value_notes(a) & FLOW_PART;
    return led || (sources == 0 && value_sources(b) != 0);
}

/* PHP: a list in a text is the word "Array". */
static struct value in_text(const struct follow *follow, const struct value *value)
{
    bool word = follow->language == LANGUAGE_PHP && value->kind == VALUE_LIST &&
                value_sources(value) == 0;
    return word ? value_text(SLICE_LIT("Array")) : *value;
}

/* The beginnings of "a" + "b" + unknown are joined, too: `"up" + "load/" + name`. */
static struct value join_texts(struct follow *follow, const struct value *a,
                               const struct value *b)
{
    struct value parts[] = { in_text(follow, a), in_text(follow, b) }, joined = VALUE_NOTHING;
    a = &parts[0];
    b = &parts[1];
    bool constant = (a->kind == VALUE_TEXT || a->kind == VALUE_NUMBER) &&
                    (b->kind == VALUE_TEXT || b->kind == VALUE_NUMBER);
    if (!constant || !fold_concat(&follow->fold, parts, 2, &joined)) {
        bool empty = a->kind == VALUE_TEXT && a->text.len == 0;
        joined.type = SLICE_LIT("String");
        joined.head = slice_first(known_head(empty ? b : a), KNOWN_BYTES);
        empty = b->kind == VALUE_TEXT && b->text.len == 0;
        joined.tail = last_bytes(known_tail(empty ? a : b));
    }
    bool led = is_led(a, b);
    value_join(&joined, a);
    value_join(&joined, b);
    joined.notes = led ? joined.notes | FLOW_PART : joined.notes & ~(uint32_t)FLOW_PART;
    return joined;
}

static bool both_numbers(const struct value *a, const struct value *b)
{
    return a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER;
}

static int64_t whole(double number)
{
    return number > -9e15 && number < 9e15 ? (int64_t)number : 0;
}

static double shift(double a, double b, bool left)
{
    unsigned by = (unsigned)whole(b) & 31;
    return left ? (double)(int32_t)((uint32_t)whole(a) << by)
                : (double)((int32_t)whole(a) >> by);
}

static bool calculate(struct slice operator, double a, double b, double *out)
{
    switch (operator.len > 0 ? operator.ptr[0] : 0) {
    case '+':
        *out = a + b;
        return true;
    case '-':
        *out = a - b;
        return true;
    case '*':
        *out = a * b;
        return true;
    case '/':
    case '\\':
        *out = b != 0 ? a / b : 0;
        return b != 0;
    case '%':
        *out = b != 0 ? fmod(a, b) : 0;
        return b != 0;
    case '^':
        *out = (double)(whole(a) ^ whole(b));
        return true;
    case '&':
        *out = (double)(whole(a) & whole(b));
        return true;
    case '|':
        *out = (double)(whole(a) | whole(b));
        return true;
    case '<':
    case '>':
        *out = shift(a, b, operator.ptr[0] == '<');
        return operator.len >= 2 && operator.ptr[0] == operator.ptr[1];
    default:
        return false;
    }
}

static bool operator_is(struct slice operator, const struct slice * names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_icase_eq(operator, names[i])) {
            return true;
        }
    }
    return false;
}

static bool compares(struct slice operator)
{
    static const struct slice names[] = {
        SLICE_INIT("=="),   SLICE_INIT("!="),         SLICE_INIT("==="), SLICE_INIT("!=="),
        SLICE_INIT("<"),    SLICE_INIT(">"),          SLICE_INIT("<="),  SLICE_INIT(">="),
        SLICE_INIT("<>"),   SLICE_INIT("="),          SLICE_INIT("is"),  SLICE_INIT("in"),
        SLICE_INIT("like"), SLICE_INIT("instanceof"),
    };
    return operator_is(operator, names, sizeof names / sizeof *names);
}

static bool is_logical(struct slice operator)
{
    static const struct slice names[] = {
        SLICE_INIT("&&"),      SLICE_INIT("||"),     SLICE_INIT("and"), SLICE_INIT("or"),
        SLICE_INIT("andalso"), SLICE_INIT("orelse"), SLICE_INIT("not"),
    };
    return operator_is(operator, names, sizeof names / sizeof *names);
}

static bool is_xor(struct slice operator)
{
    return slice_eq(operator, SLICE_LIT("^")) || slice_icase_eq(operator, SLICE_LIT("xor"));
}

/* PHP: '!' == '@' is 0: numbers without digits. */
static struct value compared(const struct follow *follow, struct slice operator,
                             const struct value * a, const struct value *b)
{
    bool texts = a->kind == VALUE_TEXT && b->kind == VALUE_TEXT && a->text.len == 1 &&
                 b->text.len == 1 && operator.len> 0;
    if (follow->language != LANGUAGE_PHP || !texts || follow->branch > 0) {
        return VALUE_NOTHING;
    }
    int order = (unsigned char)a->text.ptr[0] - (unsigned char)b->text.ptr[0];
    char first = operator.ptr[0], last = operator.ptr[operator.len - 1];
    bool equal = operator.len> 1 && last == '=' && order == 0 && first != '!';
    return value_number(equal || (first == '<' && order < 0) || (first == '>' && order > 0) ||
                        (first == '!' && order != 0));
}

/* PHP: "a" ^ "b", of each byte; spells names without their letters. */
static bool combine_bytes(struct follow *follow, struct slice operator, const struct value * a,
                          const struct value *b, struct value *out)
{
    if (follow->language != LANGUAGE_PHP || operator.len != 1) {
        return false;
    }
    fold_function *fold = operator.ptr[0] == '^' ? fold_exclusive :
                          operator.ptr[0] == '&' ? fold_and
                          :
                          operator.ptr[0] == '|' ? fold_or
                                                 : NULL;
    return fold != NULL && fold(&follow->fold, (struct value[]){ *a, *b }, 2, out);
}

struct value value_operate(struct follow *follow, struct slice operator, const struct value * a,
                           const struct value *b)
{
    struct value result = VALUE_NOTHING;
    double number;
    if (compares(operator)) {
        follow_check(follow, a, b);
        return compared(follow, operator, a, b);
    }
    if (is_logical(operator)) { /* a || b is a value in JScript */
        return value_either(a, b);
    }
    operator= is_xor(operator) ? SLICE_LIT("^") : operator;
    if (both_numbers(a, b) && calculate(operator, a->number, b->number, &number)) {
        result = value_number(number);
    } else if (slice_eq(operator, SLICE_LIT("+")) || slice_eq(operator, SLICE_LIT("."))) {
        return join_texts(follow, a, b);
    } else if (combine_bytes(follow, operator, a, b, &result)) {
        follow->out->folded++;
    } else if (is_xor(operator) &&
               fold_xor(&follow->fold, (struct value[]){ *a, *b }, 2, &result)) {
        /* PHP: the XOR of two texts */
    }
    value_join(&result, a);
    value_join(&result, b);
    if (is_xor(operator)) {
        result.notes |= FLOW_DECRYPTED;
    }
    return result;
}

struct value follow_binary(struct follow *follow, const struct node *node)
{
    struct value result = VALUE_NOTHING;
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        struct value operand = follow_node(follow, n);
        operand = follow_used(follow, &operand, n);
        result =
            n == node->first ? operand : value_operate(follow, node->text, &result, &operand);
    }
    return result;
}

/* PHP: "a"++ is "b". Loops are left alone: their counters are not known. */
static struct value step_letter(struct follow *follow, const struct node *node,
                                const struct value *operand)
{
    bool letter = operand->kind == VALUE_TEXT && operand->text.len == 1 &&
                  ascii_is_alnum(operand->text.ptr[0]) &&
                  !ascii_is_digit(operand->text.ptr[0]) &&
                  ascii_lower(operand->text.ptr[0]) != 'z' && follow->loop == 0;
    if (!letter) {
        return *operand;
    }
    char next = (char)(operand->text.ptr[0] + 1);
    struct value value = value_text(arena_copy(follow->arena, slice_of(&next, 1)));
    follow_set(follow, node->first, &value);
    return value;
}

struct value follow_unary(struct follow *follow, const struct node *node)
{
    struct value operand =
        node->first != NULL ? follow_node(follow, node->first) : VALUE_NOTHING;
    if (slice_eq(node->text, SLICE_LIT("!")) || slice_icase_eq(node->text, SLICE_LIT("not"))) {
        return VALUE_NOTHING;
    }
    bool steps =
        slice_eq(node->text, SLICE_LIT("++")) || slice_eq(node->text, SLICE_LIT("x++"));
    if (steps && follow->language == LANGUAGE_PHP) {
        return step_letter(follow, node, &operand);
    }
    if (operand.kind == VALUE_NUMBER && slice_eq(node->text, SLICE_LIT("-"))) {
        operand.number = -operand.number;
    } else if (operand.kind == VALUE_NUMBER && slice_eq(node->text, SLICE_LIT("~"))) {
        operand.number = (double)~whole(operand.number);
    } else if (slice_eq(node->text, SLICE_LIT("~"))) {
        struct value bytes;
        if (fold_complement(&follow->fold, &operand, 1, &bytes)) {
            value_join(&bytes, &operand);
            return bytes;
        }
    }
    return operand;
}

struct value follow_choice(struct follow *follow, const struct node *node)
{
    struct value result = VALUE_NOTHING;
    size_t count = 0;
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        count++;
    }
    const struct node *n = node->first;
    if (count > 2) {
        follow_node(follow, n);
        n = n->next;
    }
    for (const struct node *first = n; n != NULL; n = n->next) {
        struct value branch = follow_node(follow, n);
        branch = follow_used(follow, &branch, n);
        result = n == first ? branch : value_either(&branch, &result);
    }
    return result;
}

/* Where a long list of constants is kept; NULL: this is none. */
static struct constant_list *kept_list(struct follow *follow, const struct node *node)
{
    struct constant_list *kept = &follow->lists[node->line % CONSTANT_LISTS];
    size_t count = 0;
    for (const struct node *n = node->first; kept->node != node && n != NULL; n = n->next) {
        if (n->kind != NODE_TEXT && n->kind != NODE_NUMBER) {
            return NULL;
        }
        count++;
    }
    return kept->node == node || count >= CONSTANT_LIST_MIN ? kept : NULL;
}

struct value follow_list(struct follow *follow, const struct node *node)
{
    struct object *object = NULL;
    struct constant_list *kept = kept_list(follow, node);
    if (kept != NULL && kept->node == node) {
        return (struct value){ .kind = VALUE_LIST, .list = kept->list };
    }
    struct list *list = list_new(follow->arena, 4);
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        if (n->kind == NODE_PAIR && n->first != NULL && n->first->next != NULL) {
            struct value none = VALUE_NOTHING, key = follow_node(follow, n->first);
            struct value item = follow_node(follow, n->first->next);
            struct slice name = n->first->kind == NODE_NAME
                                    ? n->first->text
                                    : value_as_text(follow->arena, &key);
            object = object != NULL ? object : object_new(follow->arena, &none);
            if (name.ptr == NULL) {
                value_join(&item, &key);
            }
            object_set(follow->arena, object, name.ptr != NULL ? name : slice_from("?"), &item);
            continue;
        }
        struct value item = follow_node(follow, n);
        list_add(follow->arena, list, &item);
    }
    struct value value = { .kind = VALUE_LIST, .list = list };
    if (kept != NULL) {
        *kept = (struct constant_list){ node, list };
    }
    if (object != NULL) {
        value = (struct value){ .kind = VALUE_OBJECT, .object = object };
    }
    return value;
}

static bool is_plain_number_type(struct slice type)
{
    struct slice last = type;
    for (size_t i = 0; i < type.len; i++) {
        if (type.ptr[i] == '[' || type.ptr[i] == '<' || type.ptr[i] == '(') {
            return false;
        }
        if (type.ptr[i] == '.') {
            last = slice_from_offset(type, i + 1);
        }
    }
    return type_is_number(last);
}

struct value follow_cast(struct follow *follow, const struct node *node)
{
    struct value value = node->first != NULL ? follow_node(follow, node->first) : VALUE_NOTHING;
    value = follow_used(follow, &value, node);
    if (slice_icase_eq(node->type, SLICE_LIT("char")) && value.kind == VALUE_NUMBER) {
        struct value character;
        return fold_char(&follow->fold, &value, 1, &character) ? character : value;
    }
    if (is_plain_number_type(node->type)) {
        double number;
        return value_as_number(&value, &number) ? value_number(number) : VALUE_NOTHING;
    }
    value = follow_php_text(follow, &value, node);
    struct slice type = api_type(follow->index, node->type);
    bool says_more = value.type.ptr == NULL && value.kind == VALUE_UNKNOWN &&
                     !slice_icase_eq(type, SLICE_LIT("object")) && type.len > 0;
    value.type = says_more ? type : value.type;
    return value;
}

/* --- objects --- */

static struct value new_array(struct follow *follow, const struct node *node)
{
    struct value value = VALUE_NOTHING;
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        struct value item = follow_node(follow, n);
        if (n->kind == NODE_LIST) {
            value = item;
        }
    }
    value.type = value.kind == VALUE_UNKNOWN ? node->text : value.type;
    return value;
}

static const struct node *arguments_end(const struct node *node)
{
    const struct node *n = node->first;
    while (n != NULL && n->kind != NODE_ASSIGN && n->kind != NODE_CLASS) {
        n = n->next;
    }
    return n;
}

/* Methods of a class without a name run some day, with the variables around them. */
static void enter_methods(struct follow *follow, const struct node *class)
{
    follow_enter_branch(follow, class);
    for (const struct node *n = class->first; n != NULL; n = n->next) {
        if (n->kind == NODE_FUNCTION) {
            struct call call = { .node = n };
            follow->closure = true;
            follow_enter(follow, n, &call, NULL);
            follow->closure = false;
        }
    }
    follow_leave_branch(follow);
}

static void set_initial_members(struct follow *follow, const struct node *node,
                                struct object *object)
{
    for (const struct node *n = arguments_end(node); n != NULL; n = n->next) {
        if (n->kind == NODE_ASSIGN && n->first != NULL && n->first->next != NULL) {
            struct value value = follow_node(follow, n->first->next);
            object_set(follow->arena, object, n->first->text, &value);
        } else if (n->kind == NODE_CLASS) {
            follow_collect(follow, n);
            enter_methods(follow, n);
        }
    }
}

void follow_construct(struct follow *follow, const struct node *class, const struct call *call,
                      struct object *object)
{
    static const char *const names[] = { "New", "__construct", "constructor",
                                         "Class_Initialize" };
    const struct function *f = follow_function(follow, class->text, class, call->count);
    for (size_t i = 0; f == NULL && i < sizeof names / sizeof *names; i++) {
        f = follow_function(follow, slice_from(names[i]), class, call->count);
    }
    if (f != NULL) {
        follow_enter(follow, f->node, call, object);
    }
}

/* Threads and tasks of Java: whoever makes one has it run. */
static void run_task(struct follow *follow, const struct node *class, struct object *object)
{
    static const char *const names[] = { "run", "call" };
    for (size_t i = 0; follow->language == LANGUAGE_JAVA && i < sizeof names / sizeof *names;
         i++) {
        const struct function *f = follow_function(follow, slice_from(names[i]), class, 0);
        if (f != NULL && class->type.len > 0) {
            struct call call = { .node = f->node };
            follow_enter(follow, f->node, &call, object);
        }
    }
}

/* Everything that went into it is known of the whole. */
static struct value new_object(struct follow *follow, struct slice type,
                               const struct value *made)
{
    struct value whole = *made;
    if (made->kind == VALUE_OBJECT) {
        return *made;
    }
    whole.kind = VALUE_UNKNOWN;
    whole.type = type;
    return (struct value){ .kind = VALUE_OBJECT,
                           .type = type,
                           .object = object_new(follow->arena, &whole) };
}

static struct value make(struct follow *follow, struct slice type, const struct call *call)
{
    const struct api *row = api_find(follow->index, type, SLICE_LIT("new"));
    if (row != NULL) {
        struct value made = follow_apply(follow, row, call);
        bool itself = made.kind != VALUE_UNKNOWN || made.type.ptr != NULL;
        return itself ? made : new_object(follow, type, &made);
    }
    bool delegate = call->count == 1 && (call->args[0].kind == VALUE_FUNCTION ||
                                         call->args[0].kind == VALUE_MEMBER);
    if (delegate && !api_is_type(follow->index, type)) {
        return call->args[0]; /* new Handler(Run) */
    }
    struct value joined = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        value_join(&joined, &call->args[i]);
    }
    return new_object(follow, type, &joined);
}

/* A class of the page is what it is derived from: class Start : Process. */
static struct slice base_type(const struct follow *follow, const struct node *class)
{
    struct slice bases = class->type;
    while (bases.ptr != NULL && bases.len > 0) {
        struct slice type = api_type(follow->index, slice_cut(&bases, ','));
        if (api_is_type(follow->index, type)) {
            return type;
        }
    }
    return class->text;
}

/* PHP: new $class(...), both of the caller's choice. */
static void tell_chosen_class(struct follow *follow, const struct call *call)
{
    struct value data = VALUE_NOTHING;
    for (size_t i = 1; i < call->count; i++) {
        value_join(&data, &call->args[i]);
    }
    bool chosen = value_sources(&call->args[0]) & FROM_CALLER;
    if (follow->language == LANGUAGE_PHP && chosen && data.sources & FROM_CALLER) {
        follow_fact(follow, &(struct fact){ .sink = SINK_REFLECT,
                                            .address = &call->args[0],
                                            .content = &data,
                                            .call = call,
                                            .notes = FLOW_INDIRECT });
    }
}

struct value follow_new(struct follow *follow, const struct node *node)
{
    if (node->text.len > 0 && slice_find_char(node->text, '[') != SIZE_MAX) {
        return new_array(follow, node);
    }
    struct value few[FOLLOW_ARGS_FEW];
    struct call call = { .node = node, .arg_nodes = node->first };
    call.args = follow_args(follow, node->first, few, &call.count);
    struct slice name = node->text;
    if (name.len == 0 && call.count > 0) { /* new $class(...) */
        name = value_as_text(follow->arena, &call.args[0]);
        tell_chosen_class(follow, &call);
        call.args++;
        call.count--;
        call.arg_nodes = call.arg_nodes->next;
    }
    const struct variable *alias = follow_variable(follow, name);
    if (alias != NULL && alias->value.kind == VALUE_TYPE) {
        name = alias->value.type;
    }
    const struct node *class = follow_class(follow, name);
    struct slice type =
        class != NULL ? base_type(follow, class) : api_type(follow->index, name);
    struct value value = make(follow, type, &call);
    if (value.kind == VALUE_OBJECT) {
        set_initial_members(follow, node, value.object);
        value.object->class = class;
        if (class != NULL) {
            follow_construct(follow, class, &call, value.object);
            run_task(follow, class, value.object);
            follow_php_keep(follow, &value);
        }
    }
    return value;
}
