#include "webshell/tree_basic.h"

/* --- variables --- */

/* As New Type(arguments), As Type() */
static struct node *parse_as(struct basic *basic, struct slice *type)
{
    struct node *value = NULL;
    if (basic_accept_key(basic, KEY_NEW)) {
        value = basic_new(basic);
        *type = value->text;
    } else {
        *type = basic_type(basic);
        while (basic_is_symbol(basic, '('))
            basic_pass_group(basic, '(', ')');
    }
    basic_accept_symbol(basic, '?');
    return value;
}

static struct node *parse_declarator(struct basic *basic)
{
    struct node *node = basic_node(basic, NODE_VARIABLE, basic->now.text);
    struct node_list value = NODE_LIST_EMPTY;
    if (basic->now.kind != BASIC_WORD)
        return NULL;
    basic_advance(basic);
    basic_accept_symbol(basic, '?');
    while (basic_is_symbol(basic, '('))
        basic_pass_group(basic, '(', ')');
    if (basic_accept_key(basic, KEY_AS))
        tree_add(&value, parse_as(basic, &node->type));
    if (basic_accept_symbol(basic, '=')) {
        basic_skip_lines(basic);
        tree_add(&value, basic_expression(basic));
    }
    return tree_adopt(node, value);
}

/* Dim a, b As Type: b's type is a's, too. */
static void share_type(struct node *first, struct node *last)
{
    for (struct node *node = first; node && node != last; node = node->next)
        if (!node->type.ptr && !node->first)
            node->type = last->type;
}

void basic_declarators(struct basic *basic, struct node_list *list)
{
    struct node *untyped = NULL;
    for (;;) {
        struct node *node = parse_declarator(basic);
        if (!node)
            return;
        tree_add(list, node);
        if (!untyped)
            untyped = node;
        if (node->type.ptr) {
            share_type(untyped, node);
            untyped = NULL;
        }
        if (!basic_accept_symbol(basic, ','))
            return;
        basic_skip_lines(basic);
    }
}

/* --- attributes --- */

/* Behind "<" or ",": name(arguments) */
static bool parse_attribute(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_ATTRIBUTE, SLICE_NULL);
    struct node_list args = NODE_LIST_EMPTY;
    basic_skip_lines(basic);
    if (basic->now.kind != BASIC_WORD)
        return false;
    node->text = basic_type(basic);
    if (basic->now.kind == BASIC_COLON) { /* <Assembly: name> */
        basic_advance(basic);
        node->text = basic_type(basic);
    }
    if (basic_accept_symbol(basic, '('))
        basic_arguments(basic, &args);
    tree_add(list, tree_adopt(node, args));
    basic_skip_lines(basic);
    return basic_accept_symbol(basic, ',');
}

static void parse_attributes(struct basic *basic, struct node_list *list)
{
    while (basic_accept_symbol(basic, '<')) {
        while (parse_attribute(basic, list))
            ;
        if (!basic_accept_symbol(basic, '>'))
            return;
        basic_skip_lines(basic);
    }
}

/* --- procedures --- */

static struct node *parse_parameter(struct basic *basic, struct node_list *ignored)
{
    parse_attributes(basic, ignored);
    while (basic_accept_key(basic, KEY_BYVAL) || basic_accept_key(basic, KEY_BYREF) ||
           basic_accept_key(basic, KEY_OPTIONAL) || basic_accept_key(basic, KEY_PARAMARRAY))
        ;
    struct node *node = parse_declarator(basic);
    if (node)
        node->kind = NODE_PARAMETER;
    return node;
}

void basic_parameters(struct basic *basic, struct node_list *list)
{
    struct node_list ignored = NODE_LIST_EMPTY;
    if (basic_is_symbol(basic, '(') && basic_peek(basic).key == KEY_OF)
        basic_pass_group(basic, '(', ')');
    if (!basic_accept_symbol(basic, '('))
        return;
    do {
        basic_skip_lines(basic);
        tree_add(list, parse_parameter(basic, &ignored));
        basic_skip_lines(basic);
    } while (basic_accept_symbol(basic, ','));
    while (!basic_at_end(basic) && !basic_is_symbol(basic, ')'))
        basic_advance(basic);
    basic_accept_symbol(basic, ')');
}

/* Behind the parameters: As Type, then Handles and Implements, which move no data. */
static void parse_signature(struct basic *basic, struct node *node, struct node_list *list)
{
    basic_parameters(basic, list);
    struct node_list ignored = NODE_LIST_EMPTY;
    if (basic_accept_key(basic, KEY_AS)) {
        parse_attributes(basic, &ignored);
        node->type = basic_type(basic);
    }
    while (basic_is_symbol(basic, '('))
        basic_pass_group(basic, '(', ')');
    if (basic_is_key(basic, KEY_HANDLES) || basic_is_key(basic, KEY_IMPLEMENTS))
        basic_pass_statement(basic);
}

/* The name, or the sign of an operator. */
static struct node *named_function(struct basic *basic)
{
    bool word = basic->now.kind == BASIC_WORD;
    struct node *node =
        basic_node(basic, NODE_FUNCTION, word ? basic->now.text : SLICE_LIT("operator"));
    basic_advance(basic);
    return node;
}

static void parse_procedure(struct basic *basic, struct node_list *list, bool body)
{
    basic_advance(basic);
    struct node *node = named_function(basic);
    struct node_list children = NODE_LIST_EMPTY;
    parse_signature(basic, node, &children);
    if (body && !basic->interface)
        tree_add(&children, basic_body(basic, BLOCK_PROCEDURE));
    tree_add(list, tree_adopt(node, children));
}

/* Declare Function Name Lib "library" Alias "name" (...): as [DllImport("library")] in C#. */
static void parse_declare(struct basic *basic, struct node_list *list)
{
    struct node *attribute = basic_node(basic, NODE_ATTRIBUTE, SLICE_LIT("DllImport"));
    struct node_list args = NODE_LIST_EMPTY, children = NODE_LIST_EMPTY;
    while (!basic_at_end(basic) && !basic_is_key(basic, KEY_SUB) &&
           !basic_is_key(basic, KEY_FUNCTION))
        basic_advance(basic);
    if (!basic_at_end(basic))
        basic_advance(basic);
    struct node *node = named_function(basic);
    while (basic_is_name(basic, SLICE_LIT("lib")) || basic_is_name(basic, SLICE_LIT("alias"))) {
        basic_advance(basic);
        tree_add(&args, basic_node(basic, NODE_TEXT, basic->now.text));
        basic_advance(basic);
    }
    parse_signature(basic, node, &children);
    tree_add(list, tree_adopt(attribute, args));
    tree_add(list, tree_adopt(node, children));
}

/* --- properties --- */

static bool is_accessor(struct basic *basic)
{
    struct basic_word word = basic->now;
    if (basic_is_key(basic, KEY_MODIFIER))
        word = basic_peek(basic);
    return word.kind == BASIC_WORD && (word.key == KEY_GET || word.key == KEY_SET ||
                                       slice_icase_ends(word.text, SLICE_LIT("handler")) ||
                                       slice_icase_eq(word.text, SLICE_LIT("raiseevent")));
}

static struct node *parse_accessor(struct basic *basic, struct slice name)
{
    while (basic_accept_key(basic, KEY_MODIFIER))
        ;
    struct node *node = basic_node(basic, NODE_FUNCTION, name);
    struct node_list children = NODE_LIST_EMPTY;
    node->type = basic->now.text;
    basic_advance(basic);
    basic_parameters(basic, &children);
    tree_add(&children, basic_body(basic, BLOCK_ACCESSOR));
    return tree_adopt(node, children);
}

static void parse_accessors(struct basic *basic, struct slice name, struct node_list *list)
{
    if (basic->interface)
        return;
    while (is_accessor(basic)) {
        tree_add(list, parse_accessor(basic, name));
        while (basic->now.kind == BASIC_LINE)
            basic_advance(basic);
    }
    basic_accept_end(basic, BLOCK_PROPERTY);
}

/* Visual Basic: Property Name As Type [= value], then Get and Set, or nothing. */
static void parse_net_property(struct basic *basic, struct node_list *list)
{
    struct node *node = basic_node(basic, NODE_VARIABLE, basic->now.text);
    struct node_list value = NODE_LIST_EMPTY, ignored = NODE_LIST_EMPTY;
    basic_advance(basic);
    basic_parameters(basic, &ignored);
    if (basic_accept_key(basic, KEY_AS))
        tree_add(&value, parse_as(basic, &node->type));
    if (basic_accept_symbol(basic, '='))
        tree_add(&value, basic_expression(basic));
    if (basic_is_key(basic, KEY_IMPLEMENTS))
        basic_pass_statement(basic);
    tree_add(list, tree_adopt(node, value));
    while (basic->now.kind == BASIC_LINE)
        basic_advance(basic);
    parse_accessors(basic, node->text, list);
}

/* VBScript: Property Get Name(...), Let, Set: a procedure each. */
static void parse_script_property(struct basic *basic, struct node_list *list)
{
    struct slice kind = basic->now.text;
    bool get = basic_is_key(basic, KEY_GET);
    basic_advance(basic);
    struct node *node = named_function(basic);
    struct node_list children = NODE_LIST_EMPTY;
    parse_signature(basic, node, &children);
    node->type = get ? node->type : kind;
    tree_add(&children, basic_body(basic, BLOCK_PROPERTY));
    tree_add(list, tree_adopt(node, children));
}

static void parse_property(struct basic *basic, struct node_list *list)
{
    basic_advance(basic);
    bool script = basic_is_key(basic, KEY_GET) || basic_is_key(basic, KEY_LET) ||
                  basic_is_key(basic, KEY_SET);
    if (script && basic_peek(basic).kind == BASIC_WORD)
        parse_script_property(basic, list);
    else
        parse_net_property(basic, list);
}

/* --- classes and namespaces --- */

/* Inherits A and Implements B, C behind the first line of a class: its bases. */
static void parse_bases(struct basic *basic, struct node *node)
{
    for (;;) {
        while (basic->now.kind == BASIC_LINE || basic->now.kind == BASIC_COLON)
            basic_advance(basic);
        bool inherits = basic_is_key(basic, KEY_INHERITS);
        if (!inherits && !basic_is_key(basic, KEY_IMPLEMENTS))
            return;
        basic_advance(basic);
        do {
            struct slice base = basic_type(basic);
            bool whole = !node->type.len;
            if (whole)
                node->type = base;
            else if (base.ptr > node->type.ptr)
                node->type.len = (size_t)(base.ptr + base.len - node->type.ptr);
        } while (basic_accept_symbol(basic, ','));
        basic_pass_statement(basic);
    }
}

static void parse_class(struct basic *basic, struct node_list *list)
{
    bool outer = basic->interface;
    basic->interface = basic_is_key(basic, KEY_INTERFACE);
    basic_advance(basic);
    struct node *node = basic_node(basic, NODE_CLASS, basic->now.text);
    struct node_list members = NODE_LIST_EMPTY;
    basic_pass_statement(basic);
    parse_bases(basic, node);
    basic_statements(basic, BLOCK_CLASS, &members);
    basic->interface = outer;
    basic_accept_end(basic, BLOCK_CLASS);
    tree_add(list, tree_adopt(node, members));
}

static void parse_namespace(struct basic *basic, struct node_list *list)
{
    basic_pass_statement(basic);
    tree_add(list, basic_block(basic, BLOCK_NAMESPACE));
    basic_accept_end(basic, BLOCK_NAMESPACE);
}

/* Imports A.B, C = D.E */
static void parse_imports(struct basic *basic, struct node_list *list)
{
    do {
        basic_advance(basic);
        struct node *node = basic_node(basic, NODE_IMPORT, SLICE_LIT(""));
        node->type = basic_type(basic);
        if (basic_accept_symbol(basic, '=')) {
            node->text = node->type;
            node->type = basic_type(basic);
        }
        tree_add(list, node);
        if (basic_is_symbol(basic, '<')) /* a namespace of XML */
            basic_pass_statement(basic);
    } while (basic_is_symbol(basic, ','));
}

/* --- which of them --- */

static bool is_member_key(enum basic_key key)
{
    return key == KEY_SUB || key == KEY_FUNCTION || key == KEY_PROPERTY || key == KEY_CLASS ||
           key == KEY_MODULE;
}

bool basic_starts_member(struct basic *basic)
{
    if (basic->now.kind != BASIC_WORD || !is_member_key(basic->now.key))
        return false;
    return basic_peek(basic).kind == BASIC_WORD;
}

/* Public, Private, Shared ...; told: whether they make fields, or leave out bodies. */
static bool pass_modifiers(struct basic *basic, bool *abstract)
{
    bool any = false;
    while (basic_is_key(basic, KEY_MODIFIER) && basic_peek(basic).kind == BASIC_WORD) {
        *abstract |= basic_is_name(basic, SLICE_LIT("mustoverride"));
        basic_advance(basic);
        any = true;
    }
    return any;
}

static void parse_custom_event(struct basic *basic, struct node_list *list)
{
    basic_advance(basic);
    struct slice name = basic->now.text;
    basic_pass_statement(basic);
    while (basic->now.kind == BASIC_LINE)
        basic_advance(basic);
    if (is_accessor(basic))
        parse_accessors(basic, name, list);
}

static void parse_fields(struct basic *basic, struct node_list *list)
{
    basic_advance(basic);
    while (basic_accept_key(basic, KEY_MODIFIER) || basic_accept_key(basic, KEY_CONST))
        ;
    basic_declarators(basic, list);
}

bool basic_declaration(struct basic *basic, struct node_list *list)
{
    bool abstract = false;
    if (basic_is_symbol(basic, '<')) {
        parse_attributes(basic, list);
        while (basic->now.kind == BASIC_LINE)
            basic_advance(basic);
        if (basic->now.kind == BASIC_END) /* <Assembly: name> alone */
            return true;
    }
    bool modified = pass_modifiers(basic, &abstract);
    bool word = basic->now.kind == BASIC_WORD;
    bool named = word && basic_peek(basic).kind != BASIC_COLON;
    switch (named ? basic->now.key : KEY_NONE) {
    case KEY_SUB:
    case KEY_FUNCTION:
    case KEY_OPERATOR:
        parse_procedure(basic, list, !abstract);
        return true;
    case KEY_PROPERTY:
        parse_property(basic, list);
        return true;
    case KEY_CLASS:
    case KEY_MODULE:
    case KEY_STRUCTURE:
    case KEY_INTERFACE:
    case KEY_ENUM:
        parse_class(basic, list);
        return true;
    case KEY_NAMESPACE:
        parse_namespace(basic, list);
        return true;
    case KEY_IMPORTS:
        parse_imports(basic, list);
        return true;
    case KEY_INHERITS:
    case KEY_IMPLEMENTS:
        basic_pass_statement(basic);
        return true;
    case KEY_DECLARE:
        parse_declare(basic, list);
        return true;
    case KEY_EVENT:
        parse_custom_event(basic, list);
        return true;
    case KEY_DIM:
    case KEY_CONST:
        parse_fields(basic, list);
        return true;
    default:
        if (modified && word)
            basic_declarators(basic, list);
        return modified && word;
    }
}
