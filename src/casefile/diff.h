/*
 * What is new, gone or changed between two cases of the same servers (docs/triage.md).
 *
 * Findings are the same when host, rule, time and row are, not place: logs grow and move.
 * Those of files: rule, host, place on the server and hash. Equal rows are counted, so that the
 * third of three is new. Silent findings and Exchange's own probes are left out.
 *
 * Both files are opened read-only and refused as a report refuses them. What is found lies in
 * temporary tables of the later case, which SQLite keeps on disk: memory is constant.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_DIFF_H
#define HAUBERK_CASEFILE_DIFF_H

#include "casefile/casefile.h"
#include "casefile/verdict.h"

struct diff {
    struct casefile *before;
    struct casefile *after; /* with the other one attached as `old` */
};

/*
 * Compares. <0 with *err. Tables of diff->after (change: 'new', 'gone', 'changed'):
 *   temp.diff_finding  change, host, finding (of old when gone), grade_before, closed_before,
 *                      new_rule (1: the earlier case did not have the rule)
 *   temp.diff_page     change, host, place, item_before, item
 *   temp.diff_coverage change, host, family, and from, to, events with and without _before
 *   temp.diff_build    change, host, build
 *   temp.diff_rule     change, rule_id, title
 *   temp.diff_setting  change, key, value_before, value
 */
int diff_open(struct diff *diff, const char *before, const char *after, struct err *err);
int diff_close(struct diff *diff, struct err *err);

struct diff_verdict {
    struct slice host;
    bool was, is; /* in which case the host is */
    enum grade before, after;
};

/* All hosts of both cases, those that became worse first. Returns how many. */
size_t diff_verdicts(struct diff *diff, struct arena *arena, struct diff_verdict **out);

/* Is there a new finding that nobody closed, or a host whose grade went up? */
bool diff_has_news(struct diff *diff);

#endif
