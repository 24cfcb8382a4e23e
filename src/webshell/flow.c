#include "webshell/flow_internal.h"

#define ROUNDS_MAX 2
#define LOOPS_TWICE_MAX 1 /* loops run twice; those within them once each time */

bool follow_spend(struct follow *follow)
{
    struct flow *out = follow->out;
    if (out->exhausted) {
        return false;
    }
    out->steps++;
    out->exhausted = out->steps > FLOW_STEPS_MAX ||
                     follow->arena->used - follow->arena_start > FOLLOW_MEMORY_MAX ||
                     follow->arena->used > PAGE_ARENA_MAX;
    return !out->exhausted;
}

void follow_children(struct follow *follow, const struct node *node)
{
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        follow_node(follow, n);
    }
}

/* --- statements --- */

typedef struct value walk_function(struct follow *follow, const struct node *node);

static struct value walk_text(struct follow *follow, const struct node *node)
{
    (void)follow;
    return value_text(node->text);
}

static struct value walk_number(struct follow *follow, const struct node *node)
{
    (void)follow;
    return value_number(node->number);
}

/* Functions are known from the start of their block. */
static void declare_functions(struct follow *follow, const struct node *block)
{
    for (const struct node *n = block->first; n != NULL; n = n->next) {
        if (n->kind == NODE_FUNCTION && n->text.len > 0) {
            struct variable *v = scope_declare(follow, follow->scope, n->text);
            v->value = (struct value){ .kind = VALUE_FUNCTION, .function = n };
        }
    }
}

static struct value walk_block(struct follow *follow, const struct node *node)
{
    if (follow->scope != &follow->page) {
        declare_functions(follow, node);
    }
    struct value last = VALUE_NOTHING;
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        last = follow_node(follow, n);
    }
    return last; /* eval("1; x") is x */
}

void follow_enter_branch(struct follow *follow, const struct node *node)
{
    if (follow->branch < BRANCHES_MAX) {
        follow->branches[follow->branch] = node;
    }
    follow->branch++;
}

void follow_leave_branch(struct follow *follow)
{
    follow->branch--;
}

static void walk_rest(struct follow *follow, const struct node *first)
{
    for (const struct node *n = first; n != NULL; n = n->next) {
        follow_enter_branch(follow, n);
        follow_node(follow, n);
        follow_leave_branch(follow);
    }
}

/* The first child runs in any case, the others perhaps: IF, TRY. */
static struct value walk_if(struct follow *follow, const struct node *node)
{
    if (node->first != NULL) {
        follow_node(follow, node->first);
        walk_rest(follow, node->first->next);
    }
    return VALUE_NOTHING;
}

static unsigned loop_rounds(const struct follow *follow)
{
    return follow->loop < LOOPS_TWICE_MAX ? 2 : 1;
}

/* For i = 1 To n; PHP: for (...; $i++), $i += 2, $i = $i + 1 */
static bool is_counting(const struct follow *follow, const struct node *step)
{
    bool assigns = step->kind == NODE_ASSIGN;
    bool steps = step->kind == NODE_UNARY && slice_has(step->text, SLICE_LIT("++"));
    return follow->fold_case ? assigns && step->text.len == 2
                             : follow->language == LANGUAGE_PHP && (assigns || steps);
}

/* Which number it is, is not known in the body. */
static void forget_counter(struct follow *follow, const struct node *step)
{
    const struct node *name = step->first;
    bool counts = is_counting(follow, step) && name != NULL && name->kind == NODE_NAME;
    struct variable *counter = counts ? follow_variable(follow, name->text) : NULL;
    if (counter != NULL && counter->value.kind == VALUE_NUMBER) {
        counter->value.kind = VALUE_UNKNOWN;
    }
}

static struct value walk_loop(struct follow *follow, const struct node *node)
{
    unsigned rounds = loop_rounds(follow);
    follow->loop++;
    follow_enter_branch(follow, node);
    while (rounds-- > 0) {
        for (const struct node *n = node->first; n != NULL; n = n->next) {
            follow_node(follow, n);
            forget_counter(follow, n);
        }
    }
    follow_leave_branch(follow);
    follow->loop--;
    return VALUE_NOTHING;
}

#define ITEMS_JOINED 64

static struct value any_item(struct follow *follow, const struct value *collection,
                             const struct node *node)
{
    struct value item = VALUE_NOTHING;
    if (collection->kind == VALUE_LIST) {
        const struct list *list = collection->list;
        for (size_t i = 0; i < list->count && i < ITEMS_JOINED; i++) {
            item = i == 0 ? list->items[0] : value_either(&item, &list->items[i]);
        }
        return item;
    }
    struct value index = VALUE_NOTHING;
    return follow_element(follow, collection, &index, node);
}

static struct value walk_each(struct follow *follow, const struct node *node)
{
    const struct node *variable = node->first;
    const struct node *collection = variable != NULL ? variable->next : NULL;
    if (collection == NULL) {
        return VALUE_NOTHING;
    }
    unsigned rounds = loop_rounds(follow);
    struct value all = follow_node(follow, collection);
    all = follow_used(follow, &all, collection);
    struct value item = any_item(follow, &all, collection);
    if (variable->kind == NODE_VARIABLE) {
        follow_typed(follow, variable->type, &item);
    }
    follow->loop++;
    follow_set(follow, variable, &item);
    while (rounds-- > 0) {
        walk_rest(follow, collection->next);
    }
    follow->loop--;
    return VALUE_NOTHING;
}

static struct value walk_return(struct follow *follow, const struct node *node)
{
    struct scope *scope = follow->scope;
    if (node->first == NULL) {
        return VALUE_NOTHING;
    }
    struct value value = follow_node(follow, node->first);
    value = follow_used(follow, &value, node);
    scope->result = scope->returned ? value_either(&scope->result, &value) : value;
    scope->returned = true;
    return value;
}

/* A lambda runs some day, with what it sees around it. */
static struct value walk_function_node(struct follow *follow, const struct node *node)
{
    struct value value = { .kind = VALUE_FUNCTION, .function = node };
    if (node->text.len == 0 && follow->round == 0) {
        struct call call = { .node = node };
        follow_enter_branch(follow, node);
        follow_enter(follow, node, &call, NULL);
        follow_leave_branch(follow);
    }
    return value;
}

/* Fields; methods are entered by themselves. */
static struct value walk_class(struct follow *follow, const struct node *node)
{
    for (const struct node *n = node->first; n != NULL; n = n->next) {
        if (n->kind == NODE_VARIABLE || n->kind == NODE_ASSIGN || n->kind == NODE_CLASS) {
            follow_node(follow, n);
        }
    }
    return VALUE_NOTHING;
}

static struct value walk_import(struct follow *follow, const struct node *node)
{
    if (node->text.len > 0) {
        struct slice type = api_type(follow->index, node->type);
        struct variable *alias = scope_declare(follow, &follow->page, node->text);
        alias->value = VALUE_NOTHING; /* of a namespace */
        if (api_is_type(follow->index, type)) {
            alias->value = (struct value){ .kind = VALUE_TYPE, .type = type };
        }
    }
    return VALUE_NOTHING;
}

static struct value walk_with(struct follow *follow, const struct node *node)
{
    struct value outer = follow->with;
    if (node->first == NULL) {
        return VALUE_NOTHING;
    }
    struct value value = follow_node(follow, node->first);
    struct object *object = follow_object(follow, node->first);
    if (object != NULL) {
        value = (struct value){ .kind = VALUE_OBJECT, .type = value.type, .object = object };
    }
    follow->with = value;
    for (const struct node *n = node->first->next; n != NULL; n = n->next) {
        follow_node(follow, n);
    }
    follow->with = outer;
    return VALUE_NOTHING;
}

static struct value walk_pair(struct follow *follow, const struct node *node)
{
    follow_children(follow, node);
    return VALUE_NOTHING;
}

static struct value walk_nothing(struct follow *follow, const struct node *node)
{
    (void)follow;
    (void)node;
    return VALUE_NOTHING;
}

static walk_function *const walks[] = {
    [NODE_NONE] = walk_nothing,
    [NODE_TEXT] = walk_text,
    [NODE_NUMBER] = walk_number,
    [NODE_NAME] = follow_name,
    [NODE_MEMBER] = follow_member,
    [NODE_INDEX] = follow_index,
    [NODE_CALL] = follow_call,
    [NODE_NEW] = follow_new,
    [NODE_UNARY] = follow_unary,
    [NODE_BINARY] = follow_binary,
    [NODE_CHOICE] = follow_choice,
    [NODE_ASSIGN] = follow_assign,
    [NODE_LIST] = follow_list,
    [NODE_PAIR] = walk_pair,
    [NODE_FUNCTION] = walk_function_node,
    [NODE_PARAMETER] = walk_nothing,
    [NODE_CAST] = follow_cast,
    [NODE_BLOCK] = walk_block,
    [NODE_VARIABLE] = follow_declare,
    [NODE_IF] = walk_if,
    [NODE_LOOP] = walk_loop,
    [NODE_EACH] = walk_each,
    [NODE_RETURN] = walk_return,
    [NODE_CLASS] = walk_class,
    [NODE_IMPORT] = walk_import,
    [NODE_WITH] = walk_with,
    [NODE_TRY] = walk_if,
    [NODE_ATTRIBUTE] = walk_nothing,
};

struct value follow_node(struct follow *follow, const struct node *node)
{
    if (follow->depth >= FOLLOW_DEPTH_MAX || !follow_spend(follow)) {
        follow->out->exhausted = true;
        return VALUE_NOTHING;
    }
    follow->depth++;
    struct value value = walks[node->kind](follow, node);
    follow->depth--;
    return value;
}

/* --- the page --- */

/* A statement that only names a method calls it in VB: `process.Start`. */
static void walk_page(struct follow *follow, const struct tree *tree)
{
    for (follow->round = 0; follow->round < ROUNDS_MAX; follow->round++) {
        follow->page_changed = false;
        follow_node(follow, tree->root);
        follow_php_destruct(follow);
        for (const struct function *f = follow->functions; f != NULL && !follow->out->exhausted;
             f = f->next) {
            follow_enter_itself(follow, f);
        }
        if (!follow->page_changed || follow->out->exhausted) {
            return;
        }
        for (struct function *f = follow->functions; f != NULL; f = f->next) {
            f->memos = NULL;
            f->memo_count = 0;
        }
    }
}

static bool folds_case(enum language language)
{
    return language == LANGUAGE_VB || language == LANGUAGE_VBSCRIPT;
}

void follow_use_language(struct follow *follow, enum language language)
{
    follow->language = language;
    follow->fold_case = folds_case(language);
    follow->index = api_library_index(follow->library, follow->parts->kind, language);
}

void flow_follow(struct arena *arena, struct api_library *library, const struct parts *parts,
                 const struct tree *tree, struct flow *out)
{
    *out = (struct flow){ 0 };
    struct follow follow = {
        .arena = arena,
        .arena_start = arena->used,
        .library = library,
        .parts = parts,
        .out = out,
        .fold = { .arena = arena, .budget = (size_t)8 * FLOW_TEXT_MAX },
    };
    follow_use_language(&follow, tree->language);
    follow.functions_end = &follow.functions;
    follow.facts_end = &out->facts;
    follow.scope = &follow.page;
    scope_init(&follow, &follow.page, NULL);
    follow_declare_controls(&follow);
    follow_collect(&follow, tree->root);
    walk_page(&follow, tree);
}
