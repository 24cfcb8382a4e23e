/*
 * Evidence holds secrets that a document must not spread: the request key of a web shell, ECP
 * canaries, access tokens, cookies. They are shortened to their first characters and their
 * length, so that two of them can still be told apart. Thread rule: pure functions.
 */
#ifndef HAUBERK_REPORT_SECRETS_H
#define HAUBERK_REPORT_SECRETS_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the text with every secret in it shortened: "klk123456" → "klk...(9)". */
void secrets_shorten(struct buf *out, struct slice text);

/* Appends the whole text as one shortened secret. */
void secrets_shorten_whole(struct buf *out, struct slice secret);

/* Is the whole value of a field of this name a secret (a cookie)? */
bool secrets_is_secret_field(struct slice name);

#endif
