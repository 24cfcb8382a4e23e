/* Reports: what decode, flow, traces and places say, heaviest first. */
#include "webshell/page.h"

void page_report_add(struct page_report *report, const struct reason *reason)
{
    size_t at = report->reason_count;
    while (at > 0 && report->reasons[at - 1].class < reason->class)
        at--;
    if (at == PAGE_REASONS_MAX)
        return;
    if (report->reason_count < PAGE_REASONS_MAX)
        report->reason_count++;
    for (size_t i = report->reason_count - 1; i > at; i--)
        report->reasons[i] = report->reasons[i - 1];
    report->reasons[at] = *reason;
    if (reason->class > report->class)
        report->class = reason->class;
}
