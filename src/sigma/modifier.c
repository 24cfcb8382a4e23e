#include "sigma/modifier.h"

#include "sigma/cidr.h"
#include "sigma/pattern.h"
#include "sigma/scalar.h"

enum {
    FIRST = 1,  /* takes the value as written: no modifier may stand in front */
    SINGLE = 2, /* no other modifier beside it, one value only */
};

struct modifier;

/* One value and the scalar it came from. */
typedef int (*value_function)(struct sigma_parse *parse, const struct modifier *modifier,
                              struct sigma_value *value, const struct yaml_doc_node *raw);
typedef void (*item_function)(struct sigma_item *item);

struct modifier {
    const char *name;
    value_function on_value;
    item_function on_item;
    unsigned rules;    /* FIRST, SINGLE */
    unsigned argument; /* what on_value wants to know: ends, flag, comparison */
};

enum { BEFORE = 1, AFTER = 2 };

static int refuse_value(struct sigma_parse *parse, const struct modifier *modifier,
                        const struct yaml_doc_node *raw, const char *wanted)
{
    return sigma_refuse(parse, raw->line, "modifier '%s' needs %s, not '%.*s'", modifier->name,
                        wanted, SHOWN(raw->text));
}

/*
 * A regular expression searches already, so `contains` adds nothing to it. An end alone would
 * have to add an anchor, which the specification does not say: refused.
 */
static int open_ends(struct sigma_parse *parse, const struct modifier *modifier,
                     struct sigma_value *value, const struct yaml_doc_node *raw)
{
    if (value->kind == SIGMA_VALUE_REGEX && modifier->argument == (BEFORE | AFTER))
        return 0;
    if (value->kind == SIGMA_VALUE_REGEX)
        return refuse_value(parse, modifier, raw,
                            "text (in a regular expression write ^ or $)");
    if (value->kind != SIGMA_VALUE_PATTERN)
        return refuse_value(parse, modifier, raw, "text");
    value->pattern = sigma_pattern_open(
        parse->arena, value->pattern, modifier->argument & BEFORE, modifier->argument & AFTER);
    return 0;
}

/* Whether PCRE2 takes the expression is for match/ to say, which compiles it. */
static int to_regex(struct sigma_parse *parse, const struct modifier *modifier,
                    struct sigma_value *value, const struct yaml_doc_node *raw)
{
    if (value->kind != SIGMA_VALUE_PATTERN)
        return refuse_value(parse, modifier, raw, "a regular expression");
    value->kind = SIGMA_VALUE_REGEX;
    value->text = arena_copy(parse->arena, raw->text);
    return 0;
}

static int add_regex_flag(struct sigma_parse *parse, const struct modifier *modifier,
                          struct sigma_value *value, const struct yaml_doc_node *raw)
{
    if (value->kind != SIGMA_VALUE_REGEX)
        return sigma_refuse(parse, raw->line, "modifier '%s' must follow 're'", modifier->name);
    value->regex_flags |= modifier->argument;
    return 0;
}

static int to_cidr(struct sigma_parse *parse, const struct modifier *modifier,
                   struct sigma_value *value, const struct yaml_doc_node *raw)
{
    struct sigma_network network;
    if (value->kind != SIGMA_VALUE_PATTERN || !sigma_network_parse(raw->text, &network))
        return refuse_value(parse, modifier, raw,
                            "a network as 10.0.0.0/8 or fe80::/10 without host bits");
    value->kind = SIGMA_VALUE_CIDR;
    value->text = arena_copy(parse->arena, raw->text);
    return 0;
}

static int to_compare(struct sigma_parse *parse, const struct modifier *modifier,
                      struct sigma_value *value, const struct yaml_doc_node *raw)
{
    if (!sigma_scalar_to_number(raw, &value->number))
        return refuse_value(parse, modifier, raw, "a number without quotes");
    value->kind = SIGMA_VALUE_COMPARE;
    value->compare = (enum sigma_compare)modifier->argument;
    return 0;
}

static int to_exists(struct sigma_parse *parse, const struct modifier *modifier,
                     struct sigma_value *value, const struct yaml_doc_node *raw)
{
    if (!sigma_scalar_to_bool(raw, &value->wanted))
        return refuse_value(parse, modifier, raw, "true or false without quotes");
    value->kind = SIGMA_VALUE_EXISTS;
    return 0;
}

static int require_text(struct sigma_parse *parse, const struct modifier *modifier,
                        struct sigma_value *value, const struct yaml_doc_node *raw)
{
    return value->kind == SIGMA_VALUE_PATTERN ? 0 : refuse_value(parse, modifier, raw, "text");
}

static void set_all(struct sigma_item *item)
{
    item->all = true;
}

static void set_cased(struct sigma_item *item)
{
    item->cased = true;
}

/* Rows without functions are in the specification (or in pySigma) and not supported yet. */
static const struct modifier modifiers[] = {
    { "contains", open_ends, NULL, 0, BEFORE | AFTER },
    { "startswith", open_ends, NULL, 0, AFTER },
    { "endswith", open_ends, NULL, 0, BEFORE },
    { "all", NULL, set_all, 0, 0 },
    { "cased", require_text, set_cased, 0, 0 },
    { "re", to_regex, NULL, FIRST, 0 },
    { "i", add_regex_flag, NULL, 0, SIGMA_REGEX_ICASE },
    { "ignorecase", add_regex_flag, NULL, 0, SIGMA_REGEX_ICASE },
    { "m", add_regex_flag, NULL, 0, SIGMA_REGEX_MULTILINE },
    { "multiline", add_regex_flag, NULL, 0, SIGMA_REGEX_MULTILINE },
    { "s", add_regex_flag, NULL, 0, SIGMA_REGEX_DOTALL },
    { "dotall", add_regex_flag, NULL, 0, SIGMA_REGEX_DOTALL },
    { "cidr", to_cidr, NULL, FIRST, 0 },
    { "lt", to_compare, NULL, FIRST, SIGMA_LT },
    { "lte", to_compare, NULL, FIRST, SIGMA_LTE },
    { "gt", to_compare, NULL, FIRST, SIGMA_GT },
    { "gte", to_compare, NULL, FIRST, SIGMA_GTE },
    { "exists", to_exists, NULL, FIRST | SINGLE, 0 },
    { "base64", NULL, NULL, 0, 0 },
    { "base64offset", NULL, NULL, 0, 0 },
    { "wide", NULL, NULL, 0, 0 },
    { "utf16", NULL, NULL, 0, 0 },
    { "utf16le", NULL, NULL, 0, 0 },
    { "utf16be", NULL, NULL, 0, 0 },
    { "windash", NULL, NULL, 0, 0 },
    { "expand", NULL, NULL, 0, 0 },
    { "fieldref", NULL, NULL, 0, 0 },
    { "neq", NULL, NULL, 0, 0 },
    { "minute", NULL, NULL, 0, 0 },
    { "hour", NULL, NULL, 0, 0 },
    { "day", NULL, NULL, 0, 0 },
    { "week", NULL, NULL, 0, 0 },
    { "month", NULL, NULL, 0, 0 },
    { "year", NULL, NULL, 0, 0 },
};

static const struct modifier *modifier_find(struct slice name)
{
    for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++) {
        if (slice_eq(name, slice_from(modifiers[i].name)))
            return &modifiers[i];
    }
    return NULL;
}

static int check_place(struct sigma_parse *parse, const struct modifier *modifier,
                       const struct sigma_item *item, bool first, bool last)
{
    if ((modifier->rules & FIRST) && !first)
        return sigma_refuse(parse, item->line, "modifier '%s' must be the first",
                            modifier->name);
    if ((modifier->rules & SINGLE) && (!last || item->count != 1))
        return sigma_refuse(parse, item->line, "modifier '%s' must stand alone, with one value",
                            modifier->name);
    return 0;
}

static int modifier_apply(struct sigma_parse *parse, const struct modifier *modifier,
                          struct sigma_item *item, const struct yaml_doc_node *const *raw)
{
    for (size_t i = 0; modifier->on_value && i < item->count; i++) {
        int rc = modifier->on_value(parse, modifier, &item->values[i], raw[i]);
        if (rc < 0)
            return rc;
    }
    if (modifier->on_item)
        modifier->on_item(item);
    return 0;
}

int sigma_modifiers_apply(struct sigma_parse *parse, struct sigma_item *item,
                          const struct yaml_doc_node *const *raw, struct slice chain)
{
    for (bool first = true; chain.ptr; first = false) {
        struct slice name = slice_cut(&chain, '|');
        const struct modifier *modifier = modifier_find(name);
        if (!modifier)
            return sigma_refuse(parse, item->line, "unknown modifier '%.*s'", SHOWN(name));
        if (!modifier->on_value && !modifier->on_item)
            return sigma_refuse(parse, item->line, "modifier '%s' is not supported",
                                modifier->name);
        if (check_place(parse, modifier, item, first, !chain.ptr) < 0)
            return -1;
        if (modifier_apply(parse, modifier, item, raw) < 0)
            return -1;
    }
    return 0;
}
