/*
 * What a row of the tables does: facts, channels, constants, the value of the result.
 */
#include "webshell/flow_internal.h"

/* --- arguments --- */

static struct slice end_of(const struct value *value)
{
    return value->kind == VALUE_TEXT ? value->text : value->tail;
}

/* Of several paths the one that names a page is told: File.Copy(a, "b.aspx"). */
static void take(struct value *into, bool *any, const struct value *value)
{
    if (*any) {
        struct slice end = end_of(value);
        into->tail = ends_as_page(end) ? end : into->tail;
        value_join(into, value);
    } else {
        *into = *value;
        *any = true;
    }
}

/* The arguments of a mask as one value: the first as it is, the others join it. */
static bool masked(const struct call *call, uint32_t mask, struct value *out)
{
    bool any = false;
    *out = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        if (mask & ARG(i < 29 ? i : 29)) {
            take(out, &any, &call->args[i]);
        }
    }
    if ((mask & ARG_THIS) && call->self != NULL) {
        take(out, &any, call->self);
    }
    return any;
}

/* The first object of a mask that leads somewhere. */
static struct object *channel_in(const struct call *call, uint32_t mask)
{
    const struct value *self = call->self;
    if ((mask & ARG_THIS) && self != NULL && self->kind == VALUE_OBJECT &&
        self->object->channel != SINK_NONE) {
        return self->object;
    }
    for (size_t i = 0; i < call->count && i < 29; i++) {
        const struct value *arg = &call->args[i];
        if ((mask & ARG(i)) && arg->kind == VALUE_OBJECT && arg->object->channel != SINK_NONE) {
            return arg->object;
        }
    }
    return NULL;
}

/* --- facts --- */

/* Without the caller's data these are told all the same. */
static bool tells_constant(enum sink sink)
{
    return sink == SINK_EVALUATE || sink == SINK_COMMAND || sink == SINK_LOAD ||
           sink == SINK_MEMORY;
}

static struct value enter_code(struct follow *follow, const struct value *code, uint32_t line)
{
    struct value value = follow_layer(follow, code, line);
    for (size_t i = 0; code->kind == VALUE_LIST && i < code->list->count && i < FLOW_LAYERS_MAX;
         i++) {
        follow_layer(follow, &code->list->items[i], line);
    }
    return value;
}

static bool writes_page(const struct value *address)
{
    return ends_as_page(end_of(address)) || ends_as_page(address->tail);
}

/* What a page writes so that it can be run. */
static bool writes_program(const struct value *address)
{
    return ends_as_program(end_of(address)) || ends_as_program(address->tail);
}

static struct slice head_of(const struct value *value)
{
    return value->kind == VALUE_TEXT ? value->text : value->head;
}

/* PHP: is the file that is included one that the page wrote? What was written runs then. */
static const struct flow_fact *written_before(const struct follow *follow, enum sink sink,
                                              const struct value *address)
{
    bool constant = sink == SINK_INCLUDE && address != NULL && address->kind == VALUE_TEXT &&
                    address->text.len > 0;
    for (const struct flow_fact *f = constant ? follow->out->facts : NULL; f != NULL;
         f = f->next) {
        if (f->sink == SINK_WRITE && f->target == WRITE_CONTENT &&
            f->sources & (FROM_CALLER | FROM_FETCHED) && slice_eq(f->constant, address->text)) {
            return f;
        }
    }
    return NULL;
}

static void reach(struct follow *follow, enum sink sink, const struct value *address,
                  const struct value *content, const struct call *call)
{
    uint32_t sources = address != NULL ? value_sources(address) : 0;
    if (sink == SINK_CONNECT && address != NULL &&
        slice_icase_starts(head_of(address), SLICE_LIT("file:"))) {
        sink = SINK_READ;
    }
    sources |= content != NULL ? value_sources(content) : 0;
    const struct flow_fact *written = written_before(follow, sink, address);
    struct value code = VALUE_NOTHING;
    if (written != NULL) {
        code = (struct value){ .sources = written->sources, .steps = written->steps };
        code.notes = written->notes & ~(uint32_t)FLOW_PART;
        address = &code;
        sink = SINK_EVALUATE;
    }
    if (content != NULL && sink == SINK_WRITE) {
        follow_written(follow, content, call->node->line);
    }
    bool runs = sink == SINK_WRITE && address != NULL &&
                (writes_page(address) || writes_program(address));
    if (sources != 0 || runs || tells_constant(sink)) {
        follow_fact(follow, &(struct fact){ .sink = sink,
                                            .address = address,
                                            .content = content,
                                            .call = call,
                                            .notes = call->notes });
    }
}

/* PHP: preg_replace("/x/e", code, text) */
static bool has_flag(const struct call *call)
{
    if (call->count == 0) {
        return false;
    }
    if (call->count > 3 && call->args[3].kind == VALUE_TEXT) { /* mb_ereg_replace(,,, "e") */
        return slice_find_char(call->args[3].text, 'e') != SIZE_MAX;
    }
    const struct value *pattern = &call->args[0];
    struct slice text = slice_trim(pattern->kind == VALUE_TEXT ? pattern->text : pattern->tail);
    if (text.len == 0) {
        return value_sources(pattern) & (FROM_CALLER | FROM_READ | FROM_FETCHED);
    }
    if (ascii_is_alnum(text.ptr[0]) || text.ptr[0] == '\\') {
        return false; /* no delimiter */
    }
    for (size_t i = text.len; i-- > 0 && ascii_is_alnum(text.ptr[i]);) {
        if (text.ptr[i] == 'e') {
            return true;
        }
    }
    return false;
}

/* PHP: include "php://input", include "data:..." run what they stand for. */
static void reach_included(struct follow *follow, const struct value *code,
                           const struct call *call)
{
    follow_written(follow, code, call->node->line);
    reach(follow, SINK_EVALUATE, code, NULL, call);
}

/* PHP: create_function("$a", "code") is code that makes a function. */
static void wrap_function(struct follow *follow, const struct value *parameters,
                          struct value *code)
{
    struct value whole,
        parts[] = { value_text(slice_from("function(")), *parameters,
                    value_text(slice_from("){")), *code, value_text(slice_from("\n};")) };
    if (parameters->kind == VALUE_TEXT && code->kind == VALUE_TEXT &&
        fold_concat(&follow->fold, parts, 5, &whole)) {
        code->text = whole.text;
    } else {
        value_join(code, parameters);
    }
}

/* "\\1", "$0": what was found itself. */
static bool is_reference(const struct value *code)
{
    struct slice text = code->kind == VALUE_TEXT ? slice_trim(code->text) : SLICE_NULL;
    return text.len >= 2 && text.len <= 4 && (text.ptr[0] == '\\' || text.ptr[0] == '$') &&
           ascii_is_digit(text.ptr[text.len - 1]);
}

/* Returns the value of code that was evaluated. */
static struct value reach_sink(struct follow *follow, const struct api *row,
                               const struct call *call)
{
    struct value address, content;
    bool has_address = masked(call, row->args, &address);
    bool has_content = masked(call, row->content, &content);
    if (row->flagged && !has_flag(call)) {
        return VALUE_NOTHING;
    }
    if (row->flagged && call->count > 2 && is_reference(&address)) {
        address = call->args[2]; /* preg_replace("/(.*)/e", "\\1", code) */
    }
    if (row->args != 0 && !has_address && !has_content) {
        return VALUE_NOTHING; /* Start() without arguments, of nothing that is known */
    }
    if (row->sink == SINK_INCLUDE && row->fold != NULL &&
        row->fold(&follow->fold, &address, 1, &content)) {
        reach_included(follow, &content, call);
        return VALUE_NOTHING;
    }
    if (row->content == ARG(0) && has_content && row->sink == SINK_EVALUATE) {
        wrap_function(follow, &content, &address);
        has_content = false;
    }
    struct value value = row->sink == SINK_EVALUATE
                             ? enter_code(follow, &address, call->node->line)
                             : VALUE_NOTHING;
    reach(follow, row->sink, has_address ? &address : NULL, has_content ? &content : NULL,
          call);
    return value;
}

/* PHP: curl_setopt($channel, CURLOPT_URL, $address) */
static bool is_address(const struct api *row, const struct call *call)
{
    return row->option != NULL && call->count > 2 && call->args[1].kind == VALUE_TEXT &&
           slice_eq(call->args[1].text, slice_from(row->option));
}

static void reach_channel(struct follow *follow, const struct api *row, const struct call *call)
{
    struct value content;
    struct object *channel = channel_in(call, row->to);
    if (channel == NULL || !masked(call, row->content, &content)) {
        return;
    }
    if (is_address(row, call)) {
        channel->address = content;
        reach(follow, channel->channel, &channel->address, NULL, call);
        return;
    }
    enum sink sink = channel->channel == SINK_READ ? SINK_WRITE : channel->channel;
    reach(follow, sink, &channel->address, &content, call);
}

/* copy(from, to) reads, too: the fact is one of its own. */
static void reach_read(struct follow *follow, const struct api *row, const struct call *call)
{
    struct value address;
    if (masked(call, row->reads, &address)) {
        reach(follow, SINK_READ, &address, NULL, call);
    }
}

/* --- results --- */

/* FOLLOW_ARGS_MAX, the object, and a list that was taken apart a little. */
#define FOLD_ARGS 34

/* Puts the object and the arguments in the order that the row asks for. */
static size_t order_arguments(const struct api *row, const struct call *call,
                              struct value *args)
{
    size_t count = 0;
    if (row->order != NULL) {
        for (const char *o = row->order; *o != '\0' && count < FOLD_ARGS; o++) {
            size_t i = (size_t)(*o - '0');
            if (*o == 't' && call->self != NULL) {
                args[count++] = *call->self;
            } else if (*o != 't' && i < call->count) {
                args[count++] = call->args[i];
            }
        }
        return count;
    }
    if (call->self != NULL && call->self->kind != VALUE_TYPE) {
        args[count++] = *call->self;
    }
    for (size_t i = 0; i < call->count; i++) {
        args[count++] = call->args[i];
    }
    return count;
}

/* Most calls have few arguments: the arena is not asked for those. */
static bool fold_arguments(struct follow *follow, const struct api *row,
                           const struct call *call, struct value *out)
{
    struct value few[FOLD_ARGS];
    struct value *args = call->count < FOLD_ARGS
                             ? few
                             : arena_array(follow->arena, call->count + 1, sizeof few[0]);
    return row->fold(&follow->fold, args, order_arguments(row, call, args), out);
}

static bool folded(struct follow *follow, const struct api *row, const struct call *call,
                   struct value *out)
{
    if (row->fold == NULL || !fold_arguments(follow, row, call, out)) {
        return false;
    }
    follow->out->folded++;
    return true;
}

/* A compiled class or program that the page carries along in an encoding. */
static void tell_program(struct follow *follow, const struct value *made,
                         const struct call *call)
{
    bool program =
        made->kind == VALUE_TEXT && (slice_starts(made->text, SLICE_LIT("\xca\xfe\xba\xbe")) ||
                                     slice_starts(made->text, SLICE_LIT("MZ\x90\0")));
    if (program) {
        struct value bytes = { .notes = FLOW_DECODED };
        follow_fact(follow,
                    &(struct fact){ .sink = SINK_LOAD, .address = &bytes, .call = call });
    }
}

static void join_all(struct value *result, const struct call *call)
{
    if (call->self != NULL && call->self->kind != VALUE_TYPE) {
        value_join(result, call->self);
    }
    for (size_t i = 0; i < call->count; i++) {
        value_join(result, &call->args[i]);
    }
}

/* A text that was not folded may still have a beginning: Format("select {0}", x). */
static void keep_head(const struct api *row, const struct call *call, struct value *result)
{
    const struct value *first =
        call->self != NULL && call->self->kind != VALUE_TYPE ? call->self : call->args;
    if (first == NULL || (first != call->self && call->count == 0)) {
        return;
    }
    if (first->kind == VALUE_TEXT && first->text.len > 0) {
        size_t place = 0;
        while (place < first->text.len && first->text.ptr[place] != '{' &&
               first->text.ptr[place] != '%') {
            place++;
        }
        result->head = slice_first(first->text, place);
    } else if (first->kind == VALUE_UNKNOWN) {
        result->head = first->head;
    }
    bool formats = first->kind == VALUE_TEXT && result->head.len == 0;
    const struct value *leading = formats && call->count > 1 ? &call->args[1] : first;
    bool empty = leading->kind == VALUE_TEXT && leading->text.len == 0;
    bool joins = row->fold == fold_concat || row->fold == fold_format ||
                 row->fold == fold_sprintf || row->fold == fold_join_separator;
    if (joins && !empty && value_sources(leading) == 0) {
        result->notes |= FLOW_PART;
    }
}

/* Is the object a variable of the page? A class that is not known keeps nothing. */
static bool is_kept(const struct follow *follow, const struct node *node)
{
    while (node != NULL && (node->kind == NODE_MEMBER || node->kind == NODE_INDEX)) {
        node = node->first;
    }
    return node != NULL && (node->kind != NODE_NAME || follow_is_self(follow, node->text) ||
                            slice_icase_eq(node->text, SLICE_LIT("With")) ||
                            follow_variable(follow, node->text) != NULL);
}

/* What a call returned is not walked again: a.b().c().d() would take twice as long each time.
 */
struct object *follow_kept_object(struct follow *follow, const struct call *call)
{
    const struct node *node = call->self_node;
    if (node != NULL && (node->kind == NODE_CALL || node->kind == NODE_NEW)) {
        return call->self->kind == VALUE_OBJECT ? call->self->object : NULL;
    }
    return is_kept(follow, node) ? follow_object(follow, node) : NULL;
}

static void join_into_self(struct follow *follow, const struct call *call)
{
    struct value args = VALUE_NOTHING;
    for (size_t i = 0; i < call->count; i++) {
        value_join(&args, &call->args[i]);
    }
    struct object *self = follow_kept_object(follow, call);
    if (self == NULL) {
        return;
    }
    bool empty =
        call->count == 0 || (call->args[0].kind == VALUE_TEXT && call->args[0].text.len == 0);
    bool led = (self->whole.notes & FLOW_PART) ||
               (self->whole.sources == 0 && args.sources == 0 && !empty);
    bool constant = call->count > 0 && call->args[0].kind == VALUE_TEXT;
    if (self->whole.sources == 0 && self->whole.head.ptr == NULL && constant) {
        self->whole.head = call->args[0].text;
    }
    value_join(&self->whole, &args);
    self->whole.notes |= led ? FLOW_PART : 0U;
}

/*
 * Constant text that is picked apart letter by letter, where a loop goes: Mid(text, i, 1). What
 * is made of the letters was decoded, though by a rule that is the page's own.
 */
static bool picks_apart(const struct api *row, const struct call *call)
{
    const struct value *text = call->self != NULL ? call->self : call->args;
    size_t at = call->self != NULL ? 0 : 1;
    bool picks = row->fold == fold_mid || row->fold == fold_char_at ||
                 row->fold == fold_substring || row->fold == fold_code;
    double place;
    return picks && call->count > at && text->kind == VALUE_TEXT && text->text.len > 1 &&
           value_sources(&call->args[at]) == 0 && !value_as_number(&call->args[at], &place);
}

/* PHP: letters that are computed in a loop: $s .= chr(hexdec($t[$i]) ^ 7) */
static bool computes_letter(const struct follow *follow, const struct api *row,
                            const struct call *call)
{
    return follow->language == LANGUAGE_PHP && follow->loop > 0 && row->fold == fold_char &&
           call->count > 0 && value_sources(&call->args[0]) == 0;
}

/* What lies in a folder that was looked up was looked up, too. */
static uint32_t found_sources(const struct call *call)
{
    uint32_t sources = 0;
    for (size_t i = 0; i < call->count; i++) {
        sources |= value_sources(&call->args[i]);
    }
    return sources & FROM_FOUND;
}

static struct value plain_result(struct follow *follow, const struct api *row,
                                 const struct call *call)
{
    struct value result = VALUE_NOTHING;
    switch (row->result) {
    case RESULT_JOINED:
        join_all(&result, call);
        if (row->fold != NULL) {
            keep_head(row, call, &result);
        }
        break;
    case RESULT_THIS:
        if (call->self != NULL) {
            join_into_self(follow, call);
            result = *call->self;
            join_all(&result, call);
        }
        break;
    case RESULT_FIRST:
        result = call->count > 0 ? call->args[0] : result;
        break;
    case RESULT_GIVEN:
        result.sources = row->sink == SINK_LIST ? found_sources(call) : 0;
        break;
    case RESULT_CLEAN:
        break;
    }
    return result;
}

/* Request["password"], txtPassword.Text. */
static bool is_credential(struct follow *follow, const struct call *call)
{
    if (call->self != NULL && (call->self->notes & FLOW_CREDENTIAL)) {
        return true;
    }
    if (call->self_node != NULL && call->self_node->kind == NODE_NAME &&
        follow_names_password(call->self_node->text)) {
        return true;
    }
    return call->count > 0 &&
           follow_names_password(value_as_text(follow->arena, &call->args[0]));
}

/* Request.ServerVariables("SCRIPT_NAME"): the server's own word. */
static bool is_harmless(const struct api *row, const struct call *call)
{
    struct slice rest = slice_from(row->harmless);
    if (!rest.ptr || call->count == 0 || call->args[0].kind != VALUE_TEXT) {
        return false;
    }
    while (rest.ptr != NULL) {
        if (slice_icase_eq(slice_cut(&rest, ' '), call->args[0].text)) {
            return true;
        }
    }
    return false;
}

/* The page's own path: who writes there writes a page. */
static bool names_page_itself(struct slice variable)
{
    static const char *const names[] = { "SCRIPT_NAME", "URL", "PATH_INFO", "PATH_TRANSLATED" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_eq(variable, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static void give_sources(struct follow *follow, const struct api *row, const struct call *call,
                         struct value *result)
{
    bool harmless = is_harmless(row, call);
    uint32_t gives = harmless ? 0 : row->gives;
    if (harmless && names_page_itself(call->args[0].text)) {
        result->tail = SLICE_LIT(".asp");
    }
    result->sources |= gives;
    if (gives != 0) {
        result->notes |= is_credential(follow, call) ? FLOW_CREDENTIAL : 0U;
        follow_step(follow, result, call->node->line, node_text(follow->arena, call->node));
    }
}

/* --- objects that lead somewhere, types by name, methods by name --- */

static struct value open_channel(struct follow *follow, const struct api *row,
                                 const struct call *call, const struct value *result)
{
    struct value whole = *result;
    bool itself = row->result == RESULT_THIS; /* socket.Connect(host) */
    struct object *object = itself ? follow_kept_object(follow, call) : NULL;
    whole.kind = VALUE_UNKNOWN;
    if (object == NULL) {
        object = object_new(follow->arena, &whole);
    }
    const struct object *behind = channel_in(call, row->follows);
    if (behind != NULL) {
        object->channel = behind->channel;
        object->address = behind->address;
    } else if (row->opens != SINK_NONE) {
        object->channel = row->opens;
        masked(call, row->args, &object->address);
        reach(follow, row->opens, &object->address, NULL, call);
    }
    return (struct value){ .kind = VALUE_OBJECT, .type = whole.type, .object = object };
}

static void name_type(struct follow *follow, const struct api *row, const struct call *call,
                      struct value *result)
{
    struct value named;
    if (row->type != NULL) {
        result->type = slice_from(row->type);
    }
    if (row->makes != 0 && masked(call, row->makes, &named)) {
        struct slice type =
            named.kind == VALUE_TYPE ? named.type : value_as_text(follow->arena, &named);
        bool constant = type.ptr != NULL;
        type = constant ? api_type(follow->index, type) : named.type;
        bool known = constant &&
                     (api_is_type(follow->index, type) || follow_class(follow, type) != NULL);
        result->type = known || row->type == NULL ? type : result->type;
    }
}

static void name_method(struct follow *follow, const struct api *row, const struct call *call,
                        struct value *result)
{
    struct value named;
    if (row->constructs && call->self != NULL) {
        *result = (struct value){ .kind = VALUE_MEMBER, .text = SLICE_LIT("new") };
        result->type = value_type(call->self);
        value_join(result, call->self);
        return;
    }
    if (row->names == 0 || !masked(call, row->names, &named)) {
        return;
    }
    struct slice text = value_as_text(follow->arena, &named);
    if (text.ptr != NULL) {
        result->kind = VALUE_MEMBER;
        result->text = text;
        if (row->makes == 0) {
            result->type = call->self != NULL ? value_type(call->self) : SLICE_NULL;
        }
    }
}

/* The arguments behind number `from`, lists among them taken apart. */
void follow_pass(struct follow *follow, const struct call *call, size_t from,
                 struct call *passed)
{
    struct value items;
    fold_list(&follow->fold, NULL, 0, &items);
    for (size_t i = from; i < call->count; i++) {
        const struct value *arg = &call->args[i];
        const struct list *inner = arg->kind == VALUE_LIST ? arg->list : NULL;
        for (size_t k = 0; inner != NULL && k < inner->count && k < 64; k++) {
            list_add(follow->arena, items.list, &inner->items[k]);
        }
        if (inner == NULL) {
            list_add(follow->arena, items.list, arg);
        }
    }
    *passed = (struct call){ .node = call->node,
                             .args = items.list->items,
                             .count = items.list->count };
}

#define FIELDS_PASSED 8
#define ANY_NAME SLICE_LIT("?") /* where the name is not known */

/* PHP: array_walk(["key" => value], "f") calls f(value, "key"). */
static bool call_with_fields(struct follow *follow, const struct value *function,
                             const struct call *call, struct value *result)
{
    const struct value *data = call->args;
    bool map = data->kind == VALUE_OBJECT && data->object->channel == SINK_NONE &&
               data->object->class == NULL && data->object->fields != NULL;
    size_t passed = 0;
    for (const struct field *f = map ? data->object->fields : NULL;
         f != NULL && passed < FIELDS_PASSED; f = f->next, passed++) {
        struct value args[] = { f->value, value_text(f->name) };
        if (slice_eq(f->name, ANY_NAME)) {
            args[1] = VALUE_NOTHING;
            value_join(&args[1], &f->value);
        }
        struct call one = { .node = call->node, .args = args, .count = 2 };
        struct value returned = follow_invoke(follow, function, &one);
        value_join(result, &returned);
    }
    return passed > 0;
}

static void call_functions(struct follow *follow, const struct api *row,
                           const struct call *call, struct value *result)
{
    struct call passed;
    struct value returned;
    if ((row->calls & ARG_THIS) && call->self != NULL) {
        const struct value *function = row->names != 0 ? result : call->self;
        follow_pass(follow, call, 0, &passed);
        returned = follow_invoke(follow, function, &passed);
        bool known = returned.kind != VALUE_UNKNOWN || returned.type.ptr != NULL;
        value_join(known ? &returned : result, known ? result : &returned);
        *result = known ? returned : *result;
        result->kind = known ? result->kind : VALUE_UNKNOWN;
    }
    for (size_t i = 0; i < call->count && i < 29; i++) {
        if (row->calls & ARG(i)) {
            follow_pass(follow, call, i + 1, &passed);
            if (passed.count == 0 && i > 0 &&
                call_with_fields(follow, &call->args[i], call, result)) {
                continue;
            }
            if (passed.count == 0 && i > 0) { /* the data stands in front: usort, array_map */
                follow_pass(follow, call, 0, &passed);
                passed.count -= passed.count > 0;
            }
            returned = follow_invoke(follow, &call->args[i], &passed);
            value_join(result, &returned);
        }
    }
}

static bool leads_somewhere(const struct value *value)
{
    return value->kind == VALUE_OBJECT && value->object->channel != SINK_NONE;
}

static void fill_arguments(struct follow *follow, const struct api *row,
                           const struct call *call, const struct value *result)
{
    size_t i = 0;
    struct value filled = VALUE_NOTHING;
    bool pipes = leads_somewhere(result); /* proc_open($command, $how, $pipes) */
    value_join(&filled, result);
    filled = pipes ? *result : filled;
    for (const struct node *n = call->arg_nodes; n != NULL && i < call->count; n = n->next) {
        bool unset = call->args[i].sources & FROM_UNSET; /* this is what sets it */
        if ((row->fills & ARG(i < 29 ? i : 29)) && (filled.sources != 0 || unset || pipes)) {
            filled.sources &= unset ? ~(uint32_t)FROM_UNSET : UINT32_MAX;
            struct value either =
                unset || pipes ? filled : value_either(&call->args[i], &filled);
            follow_set(follow, n, &either);
        }
        i++;
    }
}

static const struct field *kept_field(const struct object *object, struct slice name)
{
    const struct field *field = object_field(object, name);
    return field != NULL ? field : object_field(object, ANY_NAME);
}

/* session.setAttribute("x", value), session.getAttribute("x"). */
static void keep(struct follow *follow, const struct api *row, const struct call *call,
                 struct value *result)
{
    struct value kept;
    struct slice name =
        call->count > 0 ? value_as_text(follow->arena, &call->args[0]) : SLICE_NULL;
    struct object *object =
        call->self != NULL && call->self->kind == VALUE_OBJECT ? call->self->object : NULL;
    if (object == NULL) {
        return;
    }
    name = name.ptr != NULL ? name : ANY_NAME;
    if (row->puts != 0 && masked(call, row->puts, &kept)) {
        object_set(follow->arena, object, name, &kept);
        follow->page_changed =
            follow->page_changed || value_sources(&kept) != 0 || leads_somewhere(&kept);
    }
    const struct field *field = row->gets != 0 ? kept_field(object, name) : NULL;
    if (field != NULL) {
        *result = field->value;
    }
}

static void enter_pages(struct follow *follow, const struct api *row, const struct call *call)
{
    for (size_t i = 0; i < call->count && i < 29; i++) {
        if (row->pages & ARG(i)) {
            follow_written(follow, &call->args[i], call->node->line);
        }
    }
}

/* PHP: ob_start("f") has f given what is printed. */
static void print(struct follow *follow, const struct api *row, const struct call *call)
{
    struct value printed, printer = follow->printer;
    if (row->prints_to != 0) {
        masked(call, row->prints_to, &follow->printer);
    } else if (masked(call, row->prints, &printed) && value_sources(&printed) != 0 &&
               (printer.kind == VALUE_FUNCTION || printer.kind == VALUE_TEXT)) {
        struct call passed = { .node = call->node, .args = &printed, .count = 1 };
        follow_invoke(follow, &printer, &passed);
    }
}

/* parse_str(text) sets variables, parse_str(text, $list) does not. */
static void scatter(struct follow *follow, const struct api *row, const struct call *call)
{
    struct value names;
    if (row->fills != 0 && call->count > 1) {
        return;
    }
    masked(call, row->scatters, &names);
    follow->namers |= (value_sources(&names) | row->gives) & FROM_CALLER;
}

struct value follow_apply(struct follow *follow, const struct api *row, const struct call *call)
{
    struct value result, evaluated = VALUE_NOTHING;
    if (row->shared) {
        return follow_shared(follow, slice_from(row->type));
    }
    if (row->sink != SINK_NONE) {
        evaluated = reach_sink(follow, row, call);
    }
    if (row->to != 0) {
        reach_channel(follow, row, call);
    }
    if (row->reads != 0) {
        reach_read(follow, row, call);
    }
    if (folded(follow, row, call, &result)) {
        join_all(&result, call);
        tell_program(follow, &result, call);
    } else {
        result = plain_result(follow, row, call);
        bool decodes = picks_apart(row, call) || computes_letter(follow, row, call);
        result.notes |= row->notes | (decodes ? FLOW_DECODED : 0U);
    }
    if (row->puts != 0 || row->gets != 0) {
        keep(follow, row, call, &result);
    }
    if (row->scatters != 0) {
        scatter(follow, row, call);
    }
    if (row->pages != 0) {
        enter_pages(follow, row, call);
    }
    if (row->prints_to != 0 || row->prints != 0) {
        print(follow, row, call);
    }
    if (evaluated.kind == VALUE_FUNCTION) {
        return evaluated;
    }
    value_join(&result, &evaluated);
    give_sources(follow, row, call, &result);
    if (call->self != NULL && call->count == 1) {
        follow_mark_password(follow, call->args, &result);
    }
    name_type(follow, row, call, &result);
    name_method(follow, row, call, &result);
    if (row->calls != 0) {
        call_functions(follow, row, call, &result);
    }
    if (row->opens != SINK_NONE || row->follows != 0) {
        result = open_channel(follow, row, call, &result);
    }
    if (row->fills != 0) {
        fill_arguments(follow, row, call, &result);
    }
    return result;
}
