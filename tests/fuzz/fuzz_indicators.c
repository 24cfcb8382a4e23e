/* Lists of indicators: whatever was taken is counted, and has literals that the filter takes.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "match/indicator_list.h"

static void check(const struct indicators *set, const struct indicator_report *report)
{
    uint64_t added = 0, reasons = 0;
    for (size_t i = 0; i < INDICATOR_TYPE_COUNT; i++)
        added += report->added[i];
    for (size_t i = 0; i < report->reason_count; i++)
        reasons += report->reasons[i].count;
    if (added != indicators_count(set) || reasons != report->left_out ||
        indicators_literal_count(set) < indicators_count(set))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct indicators *set = indicators_new();
    struct indicator_report *report = mem_alloc(sizeof *report);
    struct err err = ERR_INIT;
    indicator_list_read(set, SLICE_LIT("list"), slice_of((const char *)data, size), report,
                        &err);
    check(set, report);
    indicators_seal(set);
    free(report);
    indicators_free(set);
    return 0;
}
