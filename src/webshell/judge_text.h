/*
 * Reasons that stand in the text of a file, whatever code the server runs of it: what a
 * web.config turns on, and client script that keeps or sends away a password.
 *
 * Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_WEBSHELL_JUDGE_TEXT_H
#define HAUBERK_WEBSHELL_JUDGE_TEXT_H

#include "webshell/page.h"

void judge_text(struct arena *arena, struct slice text, struct slice path,
                const struct parts *parts, struct page_report *report);

#endif
