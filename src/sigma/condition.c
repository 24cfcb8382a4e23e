#include "sigma/condition.h"

#include "sigma/node.h"

struct lexer {
    struct slice rest;
    struct slice token; /* "(", ")", "|" or a word; absent at the end */
};

struct condition {
    struct sigma_parse *parse;
    const struct sigma_search *searches;
    size_t search_count;
    struct lexer lexer;
    int line;
    unsigned depth;
    size_t nodes; /* of all conditions of the rule */
};

/* --- words --- */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_symbol(char c)
{
    return c == '(' || c == ')' || c == '|';
}

static size_t token_length(struct slice rest)
{
    size_t len = 0;
    while (len < rest.len && !is_blank(rest.ptr[len]) && !is_symbol(rest.ptr[len]))
        len++;
    return len ? len : 1; /* a symbol */
}

static void lexer_next(struct lexer *lexer)
{
    while (lexer->rest.len && is_blank(*lexer->rest.ptr))
        lexer->rest = slice_from_offset(lexer->rest, 1);
    if (lexer->rest.len == 0) {
        lexer->token = SLICE_NULL;
        return;
    }
    lexer->token = slice_first(lexer->rest, token_length(lexer->rest));
    lexer->rest = slice_from_offset(lexer->rest, lexer->token.len);
}

static bool is_word(struct slice token, const char *lower, const char *upper)
{
    return token.ptr &&
           (slice_eq(token, slice_from(lower)) || slice_eq(token, slice_from(upper)));
}

static bool take_word(struct condition *condition, const char *lower, const char *upper)
{
    if (!is_word(condition->lexer.token, lower, upper))
        return false;
    lexer_next(&condition->lexer);
    return true;
}

/* --- refusals --- */

static int refuse_token(struct condition *condition, const char *wanted)
{
    struct slice token = condition->lexer.token;
    if (!token.ptr)
        return sigma_refuse(condition->parse, condition->line,
                            "condition ends where %s should stand", wanted);
    if (token.ptr[0] == '|')
        return sigma_refuse(condition->parse, condition->line,
                            "'|' in a condition: an aggregation stands at the end of a rule's "
                            "only condition");
    return sigma_refuse(condition->parse, condition->line,
                        "condition has '%.*s' where %s should stand", SHOWN(token), wanted);
}

/* Counts nodes and edges, so that neither text nor "all of them" can multiply without end. */
static int charge(struct condition *condition, size_t count)
{
    condition->nodes += count;
    if (condition->nodes > SIGMA_CONDITION_MAX_NODES)
        return sigma_refuse(condition->parse, condition->line,
                            "condition has more than 10000 terms");
    return 0;
}

/* --- terms --- */

/* `*` stands for any run; linear in text and pattern but for the last `*` seen. */
static bool glob_match(struct slice pattern, struct slice text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool is_hidden(struct slice name)
{
    return name.len && name.ptr[0] == '_';
}

static bool selects(struct slice pattern, bool them, struct slice name)
{
    if (is_hidden(name) && (them || !is_hidden(pattern)))
        return false;
    return them || glob_match(pattern, name);
}

/* A pattern without '*' is a name, and a name that does not exist is a typing error. */
static int check_selected(struct condition *condition, struct slice pattern, bool them,
                          size_t count)
{
    if (count || them || slice_find_char(pattern, '*') != SIZE_MAX)
        return charge(condition, count + 1);
    return sigma_refuse(condition->parse, condition->line,
                        "condition names '%.*s', which the detection does not have",
                        SHOWN(pattern));
}

/* The part behind "of". */
static int parse_selector(struct condition *condition, enum sigma_node_kind kind,
                          struct sigma_node **out)
{
    struct slice pattern = condition->lexer.token;
    if (!pattern.ptr || is_symbol(pattern.ptr[0]))
        return refuse_token(condition, "a pattern of names");
    lexer_next(&condition->lexer);
    bool them = is_word(pattern, "them", "THEM");
    struct node_list list = NODE_LIST_INIT;
    for (size_t i = 0; i < condition->search_count; i++) {
        const struct sigma_search *search = &condition->searches[i];
        if (selects(pattern, them, search->name))
            node_list_add(condition->parse->arena, &list, search->node);
    }
    *out = node_group(condition->parse->arena, kind, &list);
    return check_selected(condition, pattern, them, list.count);
}

static int parse_name(struct condition *condition, struct sigma_node **out)
{
    struct slice name = condition->lexer.token;
    for (size_t i = 0; i < condition->search_count; i++) {
        if (!slice_eq(condition->searches[i].name, name))
            continue;
        lexer_next(&condition->lexer);
        *out = condition->searches[i].node;
        return charge(condition, 1);
    }
    return sigma_refuse(condition->parse, condition->line,
                        "condition names '%.*s', which the detection does not have",
                        SHOWN(name));
}

static bool is_number(struct slice token)
{
    uint64_t number;
    return slice_to_u64(token, &number);
}

/* "1 of ...": true, with the quantifier and "of" taken; false with nothing taken. */
static bool take_quantifier(struct condition *condition, struct slice *quantifier)
{
    *quantifier = condition->lexer.token;
    struct lexer ahead = condition->lexer;
    lexer_next(&ahead);
    bool known = is_word(*quantifier, "any", "ANY") || is_word(*quantifier, "all", "ALL") ||
                 is_number(*quantifier);
    if (!known || !is_word(ahead.token, "of", "OF"))
        return false;
    lexer_next(&ahead);
    condition->lexer = ahead;
    return true;
}

static int parse_or(struct condition *condition, struct sigma_node **out);

static int enter(struct condition *condition)
{
    if (++condition->depth > SIGMA_CONDITION_MAX_DEPTH)
        return sigma_refuse(condition->parse, condition->line,
                            "condition nested more than 64 levels deep");
    return charge(condition, 1);
}

static int parse_parentheses(struct condition *condition, struct sigma_node **out)
{
    lexer_next(&condition->lexer);
    if (enter(condition) < 0 || parse_or(condition, out) < 0)
        return -1;
    condition->depth--;
    return take_word(condition, ")", ")") ? 0 : refuse_token(condition, "')'");
}

static bool is_operator(struct slice token)
{
    return is_word(token, "and", "AND") || is_word(token, "or", "OR");
}

static int parse_term(struct condition *condition, struct sigma_node **out)
{
    struct slice token = condition->lexer.token;
    struct slice quantifier;
    if (is_word(token, "(", "("))
        return parse_parentheses(condition, out);
    if (!token.ptr || is_symbol(token.ptr[0]) || is_operator(token))
        return refuse_token(condition, "a search name");
    if (!take_quantifier(condition, &quantifier))
        return parse_name(condition, out);
    if (is_word(quantifier, "all", "ALL"))
        return parse_selector(condition, SIGMA_NODE_AND, out);
    if (is_word(quantifier, "any", "ANY") || is_word(quantifier, "1", "1"))
        return parse_selector(condition, SIGMA_NODE_OR, out);
    return sigma_refuse(condition->parse, condition->line,
                        "condition has '%.*s of': only '1 of', 'any of' and 'all of' exist",
                        SHOWN(quantifier));
}

/* --- operators; a dropped operand is NULL --- */

static int parse_not(struct condition *condition, struct sigma_node **out)
{
    if (!take_word(condition, "not", "NOT"))
        return parse_term(condition, out);
    struct sigma_node *operand = NULL;
    if (enter(condition) < 0 || parse_not(condition, &operand) < 0)
        return -1;
    condition->depth--;
    *out = operand ? node_not(condition->parse->arena, operand) : NULL;
    return 0;
}

static int list_add(struct condition *condition, struct node_list *list,
                    struct sigma_node *node)
{
    if (!node)
        return 0;
    node_list_add(condition->parse->arena, list, node);
    return charge(condition, 1);
}

static int parse_and(struct condition *condition, struct sigma_node **out)
{
    struct node_list list = NODE_LIST_INIT;
    do {
        struct sigma_node *operand = NULL;
        if (parse_not(condition, &operand) < 0 || list_add(condition, &list, operand) < 0)
            return -1;
    } while (take_word(condition, "and", "AND"));
    *out = node_group(condition->parse->arena, SIGMA_NODE_AND, &list);
    return 0;
}

static int parse_or(struct condition *condition, struct sigma_node **out)
{
    struct node_list list = NODE_LIST_INIT;
    do {
        struct sigma_node *operand = NULL;
        if (parse_and(condition, &operand) < 0 || list_add(condition, &list, operand) < 0)
            return -1;
    } while (take_word(condition, "or", "OR"));
    *out = node_group(condition->parse->arena, SIGMA_NODE_OR, &list);
    return 0;
}

static int parse_one(struct condition *condition, const struct yaml_doc_node *text,
                     struct sigma_node **out)
{
    condition->line = text->line;
    if (text->kind != YAML_DOC_SCALAR)
        return sigma_refuse(condition->parse, text->line, "'condition' must be text");
    if (text->text.len > SIGMA_CONDITION_MAX_BYTES)
        return sigma_refuse(condition->parse, text->line, "condition is longer than 64 KiB");
    condition->lexer = (struct lexer){ text->text, SLICE_NULL };
    lexer_next(&condition->lexer);
    if (parse_or(condition, out) < 0)
        return -1;
    if (condition->lexer.token.ptr)
        return refuse_token(condition, "'and', 'or' or the end");
    if (!*out)
        return sigma_refuse(condition->parse, text->line,
                            "condition is empty: its patterns match no search");
    return 0;
}

int sigma_condition_parse(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                          const struct sigma_search *searches, size_t search_count,
                          struct sigma_node **out)
{
    struct condition state = { .parse = parse,
                               .searches = searches,
                               .search_count = search_count };
    if (condition->kind != YAML_DOC_SEQUENCE)
        return parse_one(&state, condition, out);
    struct node_list list = NODE_LIST_INIT;
    for (size_t i = 0; i < condition->count; i++) {
        struct sigma_node *node = NULL;
        state.depth = 0;
        if (parse_one(&state, condition->children[i], &node) < 0)
            return -1;
        if (list_add(&state, &list, node) < 0)
            return -1;
    }
    *out = node_group(parse->arena, SIGMA_NODE_OR, &list);
    return *out ? 0 : sigma_refuse(parse, condition->line, "'condition' is an empty list");
}
