/* The condition language: parentheses around an accepted condition change nothing. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "base/buf.h"
#include "sigma/rule.h"

static int print_condition(struct arena *arena, struct slice condition, struct slice *out)
{
    const struct slice names[] = {
        SLICE_LIT("a"),       SLICE_LIT("b"),        SLICE_LIT("selection"),
        SLICE_LIT("sel_one"), SLICE_LIT("sel_2"),    SLICE_LIT("filter-main"),
        SLICE_LIT("_hidden"), SLICE_LIT("keywords"),
    };
    return sigma_condition_print(arena, condition, names, sizeof names / sizeof *names, out,
                                 NULL);
}

static void check_in_parentheses(struct arena *arena, struct slice condition,
                                 struct slice wanted)
{
    struct buf buf = BUF_INIT;
    struct slice out = SLICE_NULL;
    buf_add_char(&buf, '(');
    buf_add_slice(&buf, condition);
    buf_add_char(&buf, ')');
    /* One level and a few bytes more may be too many. */
    if (print_condition(arena, buf_slice(&buf), &out) == 0 && !slice_eq(out, wanted))
        abort();
    buf_deinit(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct slice condition = slice_of((const char *)data, size);
    struct slice out = SLICE_NULL;
    if (print_condition(&arena, condition, &out) == 0)
        check_in_parentheses(&arena, condition, out);
    arena_deinit(&arena);
    return 0;
}
