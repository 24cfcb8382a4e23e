#include "sigma/scalar.h"

#include <stdlib.h>

#define NUMBER_BYTES 64

static bool is_one_of(struct slice text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(text, slice_from(words[i])))
            return true;
    }
    return false;
}

bool sigma_scalar_is_null(const struct yaml_doc_node *node)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };
    return node->kind == YAML_DOC_SCALAR && node->plain && is_one_of(node->text, words, 5);
}

bool sigma_scalar_to_bool(const struct yaml_doc_node *node, bool *out)
{
    static const char *const yes[] = { "true", "True", "TRUE" };
    static const char *const no[] = { "false", "False", "FALSE" };
    if (node->kind != YAML_DOC_SCALAR || !node->plain)
        return false;
    *out = is_one_of(node->text, yes, 3);
    return *out || is_one_of(node->text, no, 3);
}

static size_t skip_digits(struct slice text, size_t at)
{
    while (at < text.len && ascii_is_digit(text.ptr[at]))
        at++;
    return at;
}

static bool is_at(struct slice text, size_t at, const char *set)
{
    return at < text.len && text.ptr[at] != '\0' && strchr(set, text.ptr[at]);
}

static bool is_hex(struct slice text)
{
    if (text.len < 3 || !slice_starts(text, SLICE_LIT("0x")))
        return false;
    for (size_t i = 2; i < text.len; i++) {
        if (!is_at(text, i, "0123456789abcdefABCDEF"))
            return false;
    }
    return true;
}

/* [-+]? ( digits [. digits?] | . digits ) ( [eE] [-+]? digits )? */
static bool is_decimal(struct slice text)
{
    size_t start = is_at(text, 0, "+-") ? 1 : 0;
    size_t at = skip_digits(text, start);
    size_t digits = at - start;
    if (is_at(text, at, ".")) {
        size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        digits += at - fraction;
    }
    if (digits == 0)
        return false;
    if (is_at(text, at, "eE")) {
        at += is_at(text, at + 1, "+-") ? 2 : 1;
        size_t end = skip_digits(text, at);
        if (end == at)
            return false;
        at = end;
    }
    return at == text.len;
}

/* strtod() after the form is checked; it wants a '.', so LC_NUMERIC must stay "C". */
bool sigma_scalar_to_number(const struct yaml_doc_node *node, double *out)
{
    if (node->kind != YAML_DOC_SCALAR || !node->plain || node->text.len >= NUMBER_BYTES)
        return false;
    if (!is_hex(node->text) && !is_decimal(node->text))
        return false;
    char digits[NUMBER_BYTES];
    memcpy(digits, node->text.ptr, node->text.len);
    digits[node->text.len] = '\0';
    *out = strtod(digits, NULL);
    return *out - *out == 0.0; /* not infinite */
}

struct slice sigma_scalar_text(const struct yaml_doc_node *node)
{
    bool value;
    if (sigma_scalar_to_bool(node, &value))
        return value ? SLICE_LIT("true") : SLICE_LIT("false");
    return node->text;
}

int sigma_scalar_read(struct sigma_parse *parse, const struct yaml_doc_node *node,
                      const char *what, struct slice *out)
{
    if (!node || sigma_scalar_is_null(node))
        return 0;
    if (node->kind != YAML_DOC_SCALAR)
        return sigma_refuse(parse, node->line, "'%s' must be text", what);
    *out = arena_copy(parse->arena, node->text);
    return 0;
}

int sigma_scalar_read_list(struct sigma_parse *parse, const struct yaml_doc_node *node,
                           const char *what, struct slice **out, size_t *count_out)
{
    if (!node || sigma_scalar_is_null(node))
        return 0;
    if (node->kind == YAML_DOC_MAPPING)
        return sigma_refuse(parse, node->line, "'%s' must be a list of texts", what);
    bool single = node->kind == YAML_DOC_SCALAR;
    size_t count = single ? 1 : node->count;
    struct slice *texts = arena_array(parse->arena, count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_doc_node *item = single ? node : node->children[i];
        if (item->kind != YAML_DOC_SCALAR || sigma_scalar_is_null(item))
            return sigma_refuse(parse, item->line, "'%s' must be a list of texts", what);
        texts[i] = arena_copy(parse->arena, item->text);
    }
    *out = texts;
    *count_out = count;
    return 0;
}
