/*
 * Drafts of the notices that a victim owes: to the authority (GDPR Article 33), to clients, to
 * the persons concerned (Article 34). The texts are in packs/notices/, filled from the case;
 * what a case cannot know is a blank in brackets. No legal advice. docs/exports.md says how the
 * templates are read. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_LETTER_H
#define HAUBERK_REPORT_LETTER_H

#include <stdio.h>

#include "casefile/casefile.h"

enum letter { LETTER_NONE, LETTER_AUTHORITY, LETTER_CLIENTS, LETTER_PERSONS };

/* "authority", "clients", "persons"; <0 with *err on anything else. */
int notice_by_name(const char *name, enum letter *out, struct err *err);

/* A case in which no attack had success gives no draft, but a sentence that says so. */
int report_notice(struct casefile *casefile, enum letter letter, bool show_secrets, FILE *out,
                  struct err *err);

#endif
