/* Literals, one a line, an empty line, and a text: every kernel finds what a naive search does.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "fuzz_target.h"
#include "match/prefilter.h"

#define LITERALS_MAX 200

struct answers {
    const char *text;
    const struct slice *literals;
    size_t count, next; /* next: no line before it was left out */
};

static bool holds_any(const struct answers *answers, struct slice line)
{
    for (size_t i = 0; i < answers->count; i++)
        if (slice_icase_has(line, answers->literals[i]))
            return true;
    return false;
}

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_skipped(const struct answers *answers, size_t end)
{
    struct slice rest = slice_of(answers->text + answers->next, end - answers->next);
    while (rest.ptr && rest.len)
        require(!holds_any(answers, slice_cut(&rest, '\n')));
}

static void on_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct answers *answers = context;
    bool found[LITERALS_MAX] = { false };
    check_skipped(answers, (size_t)(line.ptr - answers->text));
    for (size_t i = 0; i < count; i++) {
        require(literals[i] < answers->count && !found[literals[i]]);
        found[literals[i]] = true;
    }
    for (size_t i = 0; i < answers->count; i++)
        require(found[i] == slice_icase_has(line, answers->literals[i]));
    answers->next = (size_t)(line.ptr - answers->text) + line.len;
}

static void check(const struct slice *literals, size_t count, struct slice text,
                  enum prefilter_variant variant)
{
    struct answers answers = { text.ptr, literals, count, 0 };
    struct prefilter *filter = prefilter_build_variant(literals, count, variant);
    struct prefilter_scanner *scanner = prefilter_scanner_new(filter);
    prefilter_lines(scanner, text, on_line, &answers);
    check_skipped(&answers, text.len);
    struct prefilter_found found = prefilter_text(scanner, text);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        wanted += slice_icase_has(text, literals[i]);
    require(found.count == wanted);
    for (size_t i = 0; i < found.count; i++)
        require(slice_icase_has(text, literals[found.literals[i]]));
    prefilter_scanner_free(scanner);
    prefilter_free(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size), literals[LITERALS_MAX];
    size_t count = 0;
    while (rest.ptr && rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        if (line.len == 0)
            break;
        if (line.len >= PREFILTER_LITERAL_MIN && count < LITERALS_MAX)
            literals[count++] = line;
    }
    if (!rest.ptr)
        rest = slice_of((const char *)data, 0);
    char *exact = malloc(rest.len + 1); /* so that reading past its end is seen */
    require(exact != NULL);
    memcpy(exact, rest.ptr, rest.len);
    exact = realloc(exact, rest.len ? rest.len : 1);
    for (int v = PREFILTER_SCALAR; v <= PREFILTER_AVX512; v++)
        if (prefilter_has_variant((enum prefilter_variant)v))
            check(literals, count, slice_of(exact, rest.len), (enum prefilter_variant)v);
    free(exact);
    return 0;
}
