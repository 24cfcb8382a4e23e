#include <inttypes.h>

#include "report/text_internal.h"

#define GAPS_PRINTED_MAX 3

static void print_gaps(struct text *t, const struct coverage_line *line)
{
    size_t shown = line->gap_count < GAPS_PRINTED_MAX ? line->gap_count : GAPS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++)
        page_wrap(&t->page, INK_PLAIN, NULL, 28,
                  tell_format(t->r, "gap %.16s - %.16s",
                              tell_when(t->r, line->gaps[i].from).ptr,
                              tell_when(t->r, line->gaps[i].to).ptr));
    if (shown < line->gap_count)
        page_wrap(&t->page, INK_PLAIN, NULL, 28,
                  tell_format(t->r, "... and %lu more gaps",
                              (unsigned long)(line->gap_count - shown)));
}

void text_coverage(struct text *t, const struct host_verdict *v)
{
    page_heading(&t->page, "WHAT WAS READ");
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        struct slice head = tell_format(t->r, "  %-25s ", line->family->title);
        page_wrap(&t->page, INK_PLAIN, head.ptr, 28, tell_coverage(t->r, line));
        print_gaps(t, line);
    }
    struct slice pages = tell_disk_read(t->r, v);
    if (pages.len)
        page_wrap(&t->page, INK_PLAIN, "  Pages on disk             ", 28, pages);
    if (!v->coverage_count)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, SLICE_LIT("No log that counts as coverage."));
}

void text_unseen(struct text *t, const struct host_verdict *v)
{
    struct sentences list = { 0 };
    page_heading(&t->page, "WHAT COULD NOT BE SEEN");
    tell_unseen(t->r, v, &list);
    for (size_t i = 0; i < list.count; i++)
        text_point(t, "  - ", list.items[i]);
}

static void print_files(struct text *t, enum file_list which)
{
    struct sentences list = { 0 };
    struct slice more;
    tell_files(t->r, which, &list, &more);
    if (list.count)
        page_heading(&t->page, tell_files_heading(which));
    for (size_t i = 0; i < list.count; i++)
        text_point(t, "  - ", list.items[i]);
    text_point(t, "    ", more);
}

void text_files(struct text *t)
{
    for (int i = 0; i < FILE_LIST_COUNT; i++)
        print_files(t, (enum file_list)i);
}

void text_other_matches(struct text *t, const struct host_verdict *v)
{
    struct sentences list = { 0 };
    tell_other_matches(t->r, v, &list);
    if (list.count)
        page_heading(&t->page, "OTHER MATCHES (they do not change the verdict)");
    for (size_t i = 0; i < list.count; i++)
        text_point(t, "  - ", list.items[i]);
}
