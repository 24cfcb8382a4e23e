/*
 * A case in which every text has been changed: what `report --redact` reads instead of the case
 * itself. Because the texts are changed before any report sees them, no format can forget to.
 * Only tables and columns of our own schema are copied. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_COPY_H
#define HAUBERK_CASEFILE_COPY_H

#include "base/buf.h"
#include "casefile/casefile.h"

/* Where a text stands. */
struct case_cell {
    const char *table, *column;
    struct slice text;
};

/* Appends to *out what the cell becomes; false: NULL. */
typedef bool case_change(void *context, const struct case_cell *cell, struct buf *out);

/* Every text of the case: findings and what their rows say first, in the order of time, so that
 * the order does not depend on the workers. */
void casefile_each_text(struct casefile *casefile,
                        void (*see)(void *context, const struct case_cell *cell),
                        void *context);

/*
 * A temporary case with all texts changed; close it like any other. Values that are neither
 * text nor numbers are left out. <0 with *err.
 */
int casefile_copy(struct casefile **out, struct casefile *from, case_change *change,
                  void *context, struct err *err);

#endif
