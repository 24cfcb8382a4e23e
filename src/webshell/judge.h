/*
 * What was seen of a page → reasons, each with the class that it would give the page alone.
 *
 * A shell lets its caller choose what runs, not only with which numbers. Data that is limited
 * on its way (a name without folder, an extension that was compared, a role that was asked for)
 * makes a writer at most. Thread rule: pure functions.
 */
#ifndef HAUBERK_WEBSHELL_JUDGE_H
#define HAUBERK_WEBSHELL_JUDGE_H

#include "webshell/page.h"

/* What a walk through the code found. */
void judge_flow(const struct flow *flow, const struct tree *tree, struct page_report *report);

/* What the file is, whatever its code does: encoding, magic, name, frame. */
void judge_dress(struct slice bytes, struct slice path, const struct decoded *decoded,
                 const struct parts *parts, struct page_report *report);

#endif
