/*
 * Facts, the steps that lead to them, and what is compared on the way.
 */
#include "webshell/flow_internal.h"

#define STEP_BYTES 80
#define CONSTANT_BYTES 200
#define CONSTANT_FACTS_MAX 64 /* the caller's data matters more */

/* --- expressions as text --- */

static void print(struct buf *out, const struct node *node, unsigned depth);

static void print_list(struct buf *out, const struct node *first, unsigned depth)
{
    for (const struct node *n = first; n != NULL && out->len < STEP_BYTES; n = n->next) {
        if (n != first) {
            buf_add_text(out, ", ");
        }
        print(out, n, depth);
    }
}

static void print_quoted(struct buf *out, struct slice text)
{
    buf_add_char(out, '"');
    buf_add_slice(out, slice_first(text, STEP_BYTES));
    buf_add_char(out, '"');
}

static void print_call(struct buf *out, const struct node *node, char open, char close,
                       unsigned depth)
{
    print(out, node->first, depth);
    buf_add_char(out, open);
    print_list(out, node->first != NULL ? node->first->next : NULL, depth);
    buf_add_char(out, close);
}

static void print(struct buf *out, const struct node *node, unsigned depth)
{
    if (node == NULL || depth == 0 || out->len >= STEP_BYTES) {
        return;
    }
    switch (node->kind) {
    case NODE_TEXT:
        print_quoted(out, node->text);
        break;
    case NODE_NUMBER:
        buf_printf(out, "%.15g", node->number);
        break;
    case NODE_MEMBER:
        print(out, node->first, depth - 1);
        buf_add_char(out, '.');
        buf_add_slice(out, slice_first(node->text, STEP_BYTES));
        break;
    case NODE_INDEX:
        print_call(out, node, '[', ']', depth - 1);
        break;
    case NODE_CALL:
        print_call(out, node, '(', ')', depth - 1);
        break;
    case NODE_NEW:
        buf_add_text(out, "new ");
        buf_add_slice(out, slice_first(node->text, STEP_BYTES));
        buf_add_char(out, '(');
        print_list(out, node->first, depth - 1);
        buf_add_char(out, ')');
        break;
    case NODE_NAME:
        buf_add_slice(out, slice_first(node->text, STEP_BYTES));
        break;
    case NODE_CAST:
    case NODE_UNARY:
        print(out, node->first, depth - 1);
        break;
    default:
        buf_add_text(out, "...");
        break;
    }
}

struct slice node_text(struct arena *arena, const struct node *node)
{
    struct buf text = BUF_INIT;
    print(&text, node, 12);
    struct slice copy = arena_copy(arena, slice_first(buf_slice(&text), STEP_BYTES));
    buf_deinit(&text);
    return copy;
}

/* --- steps --- */

void follow_step(struct follow *follow, struct value *value, uint32_t line, struct slice text)
{
    const struct flow_step *last = value->steps;
    uint32_t count = last != NULL ? last->count : 0;
    bool again = last != NULL && last->line == line && slice_eq(last->text, text);
    if (value->sources == 0 || again || count >= FLOW_WAY_MAX) {
        return;
    }
    struct flow_step *step = arena_alloc(follow->arena, sizeof *step);
    *step = (struct flow_step){ line, count + 1, slice_first(text, STEP_BYTES), value->steps };
    value->steps = step;
}

/* --- facts --- */

/* Endings of pages: a path that ends so is the caller's whatever stands in front. */
bool ends_as_page(struct slice text)
{
    static const char *const pages[] = { ".aspx", ".asp", ".ashx", ".asmx", ".ascx",  ".jsp",
                                         ".jspx", ".php", ".cer",  ".asa",  ".config" };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (slice_icase_ends(text, slice_from(pages[i]))) {
            return true;
        }
    }
    return false;
}

bool ends_as_program(struct slice text)
{
    static const char *const programs[] = { ".vbs", ".vbe", ".js",  ".jse", ".wsf", ".bat",
                                            ".cmd", ".ps1", ".exe", ".com", ".scr", ".hta" };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (slice_icase_ends(text, slice_from(programs[i]))) {
            return true;
        }
    }
    return false;
}

static bool has_fixed_extension(struct slice tail)
{
    size_t dot = slice_find_char(tail, '.');
    return dot != SIZE_MAX && tail.len - dot >= 3 && !ends_as_page(tail);
}

/* What the caller sends, as the page has it: where the way of a value begins. */
static struct slice origin_of(const struct value *value)
{
    const struct flow_step *step = value->steps;
    while (step != NULL && step->previous != NULL) {
        step = step->previous;
    }
    return step != NULL ? step->text : SLICE_NULL;
}

/* A check of one thing says nothing of another that comes from a form as well. */
static bool is_checked(const struct follow *follow, const struct value *address,
                       uint32_t sources)
{
    if (sources == 0 || (sources & ~follow->checked) != 0) {
        return false;
    }
    struct slice origin = origin_of(address);
    bool known = origin.ptr == NULL;
    for (unsigned i = 0; i < follow->checked_count && !known; i++) {
        known = slice_icase_eq(follow->checked_origins[i], origin);
    }
    return known;
}

static void keep_origin(struct follow *follow, const struct value *data)
{
    struct slice origin = origin_of(data);
    for (unsigned i = 0; i < follow->checked_count; i++) {
        if (slice_icase_eq(follow->checked_origins[i], origin)) {
            return;
        }
    }
    if (origin.ptr != NULL && follow->checked_count < FOLLOW_ORIGINS_MAX) {
        follow->checked_origins[follow->checked_count++] = origin;
    }
}

#define PATH_NOTES (FLOW_CHECKED | FLOW_NAME_ONLY | FLOW_PART)

static uint32_t address_notes(const struct follow *follow, const struct value *address,
                              uint32_t sources)
{
    uint32_t notes = value_notes(address);
    if (is_checked(follow, address, sources) || has_fixed_extension(address->tail)) {
        notes |= FLOW_CHECKED;
    }
    return address->head.len > 0 ? notes | FLOW_PART : notes;
}

static struct flow_fact *find_fact(const struct follow *follow, const struct fact *fact,
                                   struct slice call)
{
    for (struct flow_fact *f = follow->out->facts; f != NULL; f = f->next) {
        if (f->sink == fact->sink && f->line == fact->call->node->line &&
            slice_eq(f->call, call)) {
            return f;
        }
    }
    return NULL;
}

static struct slice constant_of(struct follow *follow, const struct value *value)
{
    if (value == NULL) {
        return SLICE_NULL;
    }
    struct slice text = value_as_text(follow->arena, value);
    if (ends_as_page(value->tail)) {
        text = value->tail;
    } else if (text.ptr == NULL) {
        text = value->head;
    }
    if (text.len == 0) {
        return SLICE_NULL;
    }
    return text.ptr == NULL ? text : slice_first(text, CONSTANT_BYTES);
}

static struct flow_fact *add_fact(struct follow *follow, const struct fact *fact,
                                  struct slice call, uint32_t sources)
{
    struct flow *out = follow->out;
    bool constant = sources == 0;
    if (out->fact_count >= FLOW_FACTS_MAX ||
        (constant && follow->constant_facts >= CONSTANT_FACTS_MAX)) {
        return NULL;
    }
    follow->constant_facts += constant;
    struct flow_fact *made = arena_alloc(follow->arena, sizeof *made);
    made->sink = fact->sink;
    made->line = fact->call->node->line;
    made->call = call;
    *follow->facts_end = made;
    follow->facts_end = &made->next;
    out->fact_count++;
    return made;
}

static struct slice call_name(struct follow *follow, const struct node *node)
{
    bool called = node->kind == NODE_CALL || node->kind == NODE_INDEX;
    if (called || node->kind == NODE_ASSIGN) {
        return node_text(follow->arena, node->first);
    }
    return node->kind == NODE_NEW ? node->text : node_text(follow->arena, node);
}

/* What limits a path holds only if it holds each time that the caller gives it. */
static uint32_t limits_of(const struct flow_fact *fact, uint32_t notes, uint32_t path)
{
    bool had = fact->target & WRITE_PATH, has = path & FROM_CALLER;
    if (fact->sources == 0 || (has && !had)) {
        return notes & PATH_NOTES;
    }
    return (had && !has ? fact->notes : fact->notes & notes) & PATH_NOTES;
}

void follow_fact(struct follow *follow, const struct fact *fact)
{
    struct value all = VALUE_NOTHING;
    uint32_t path = fact->address != NULL ? value_sources(fact->address) : 0;
    uint32_t content = fact->content != NULL ? value_sources(fact->content) : 0;
    if (fact->address != NULL) {
        value_join(&all, fact->address);
        all.notes |= address_notes(follow, fact->address, path);
    }
    if (fact->content != NULL) { /* what limits the path says nothing of the content */
        uint32_t limits = path != 0 ? all.notes & PATH_NOTES : fact->content->notes & FLOW_PART;
        value_join(&all, fact->content);
        all.notes = (all.notes & ~(uint32_t)PATH_NOTES) | limits;
    }
    struct slice call = call_name(follow, fact->call->node);
    struct flow_fact *f = find_fact(follow, fact, call);
    if (f == NULL) {
        f = add_fact(follow, fact, call, all.sources);
    }
    if (f == NULL) {
        return;
    }
    bool first = f->sources == 0;
    uint32_t limits = limits_of(f, all.notes, path);
    f->notes = ((f->notes | all.notes) & ~(uint32_t)PATH_NOTES) | limits | fact->notes;
    f->notes |=
        (follow->layer > 0 ? FLOW_LAYER : 0U) | (follow->authorised ? FLOW_AUTHORISED : 0U);
    f->sources |= all.sources;
    f->target |= (path & (FROM_CALLER | FROM_UNSET | FROM_FOUND) ? WRITE_PATH : 0U) |
                 (content ? WRITE_CONTENT : 0U);
    if (f->constant.ptr == NULL) {
        f->constant = constant_of(follow, fact->address);
    }
    if (first && all.sources != 0) {
        follow_step(follow, &all, f->line, node_text(follow->arena, fact->call->node));
        f->steps = all.steps;
    }
}

/* --- checks --- */

static bool is_extension(struct slice text)
{
    static const char *const known[] = { "jpg", "jpeg", "png", "gif", "bmp", "txt",
                                         "doc", "docx", "pdf", "zip", "xls", "xlsx",
                                         "mp3", "mp4",  "swf", "csv", "xml", "svg" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slice_icase_has(text, slice_from(known[i]))) {
            return true;
        }
    }
    size_t dot = slice_find_char(text, '.');
    return dot != SIZE_MAX && text.len - dot >= 3 && text.len - dot <= 6;
}

static bool holds_extension(const struct value *value)
{
    if (value->kind == VALUE_TEXT) {
        return is_extension(value->text);
    }
    if (value->kind != VALUE_LIST) {
        return false;
    }
    for (size_t i = 0; i < value->list->count && i < 8; i++) {
        if (value->list->items[i].kind == VALUE_TEXT &&
            is_extension(value->list->items[i].text)) {
            return true;
        }
    }
    return false;
}

/* A file's name is also checked by a list that the page does not tell: from its settings. */
static void check_one(struct follow *follow, const struct value *data,
                      const struct value *against)
{
    uint32_t sources = value_sources(data);
    bool unknown = against->kind == VALUE_UNKNOWN && against->sources == 0;
    bool name = sources & FROM_FILE_NAME;
    if (sources != 0 && (holds_extension(against) || (name && unknown))) {
        follow->checked |= sources;
        keep_origin(follow, data);
    }
}

void follow_check(struct follow *follow, const struct value *a, const struct value *b)
{
    check_one(follow, a, b);
    check_one(follow, b, a);
}

static bool compares(struct slice name)
{
    static const struct slice names[] = {
        SLICE_INIT("EndsWith"),
        SLICE_INIT("Contains"),
        SLICE_INIT("Equals"),
        SLICE_INIT("IsMatch"),
        SLICE_INIT("Exists"),
        SLICE_INIT("IndexOf"),
        SLICE_INIT("in_array"),
        SLICE_INIT("InStr"),
        SLICE_INIT("Match"),
        SLICE_INIT("preg_match"),
        SLICE_INIT("equalsIgnoreCase"),
        SLICE_INIT("matches"),
        SLICE_INIT("test"),
        SLICE_INIT("Any"),
        SLICE_INIT("Compare"),
        SLICE_INIT("StrComp"),
        SLICE_INIT("ContainsKey"),
        SLICE_INIT("LastIndexOf"),
        SLICE_INIT("stripos"),
        SLICE_INIT("strpos"),
        SLICE_INIT("search"),
        SLICE_INIT("InStrRev"),
        SLICE_INIT("array_search"),
        SLICE_INIT("StartsWith"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

void follow_check_call(struct follow *follow, struct slice name, const struct call *call)
{
    if (slice_icase_eq(name, SLICE_LIT("IsInRole")) ||
        slice_icase_eq(name, SLICE_LIT("IsUserInRole"))) {
        follow->authorised = true;
        return;
    }
    if (call->count == 0 || !compares(name)) {
        return;
    }
    for (size_t i = 0; i < call->count; i++) {
        if (call->self != NULL) {
            follow_check(follow, call->self, &call->args[i]);
        }
        if (i > 0) {
            follow_check(follow, &call->args[0], &call->args[i]);
        }
    }
}
