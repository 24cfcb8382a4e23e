/*
 * What the fold functions share: reading constant arguments, making text within the budget.
 */
#ifndef HAUBERK_WEBSHELL_FOLD_INTERNAL_H
#define HAUBERK_WEBSHELL_FOLD_INTERNAL_H

#include "webshell/fold.h"

/* The i-th argument as constant text or number; false when there is none or it is not known. */
bool fold_text_at(struct fold *fold, const struct value *args, size_t count, size_t i,
                  struct slice *out);
bool fold_number_at(const struct value *args, size_t count, size_t i, double *out);

/* An index or a length: clipped to 0 .. INT32_MAX. */
bool fold_index_at(const struct value *args, size_t count, size_t i, size_t *out);

/* Room for `len` bytes of a result; NULL when the budget is used up. */
char *fold_room(struct fold *fold, size_t len);

/* Writes a code point as UTF-8, returns the bytes (at most 4). */
size_t fold_put_char(char *out, uint32_t code_point);

#endif
