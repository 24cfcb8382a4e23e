/*
 * Which words are nobody's name: what redaction leaves as it is, so that its reader still
 * understands the attack. Words come in lower case. Thread rule: constant data.
 */
#ifndef HAUBERK_REPORT_REDACT_WORDS_H
#define HAUBERK_REPORT_REDACT_WORDS_H

#include <stdbool.h>

#include "base/slice.h"

/* A name of only such words is a role, a machine or a file: "administrator". */
bool redact_is_stop_word(struct slice word);

/* Somebody's name only where names stand ("sales@..."): not replaced anywhere else. */
bool redact_is_common_word(struct slice word);

/* Accounts that Windows and Exchange make themselves: "EX01$", "HealthMailbox83d6..." */
bool redact_is_machine(struct slice name);

/* What stands in front of a backslash without being a domain: "authority", "builtin". */
bool redact_is_authority(struct slice name);

/* Parameters of URLs and logs that hold a name: "user", "mailbox". Any case. */
bool redact_is_parameter(struct slice name);

#endif
