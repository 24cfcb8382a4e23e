/*
 * Lists of values for placeholders (spec, modifier "expand"): what %Workstations% stands for on
 * this network. Filled before rules are read, read-only afterwards. Thread rule: one owner.
 */
#ifndef HAUBERK_SIGMA_PLACEHOLDERS_H
#define HAUBERK_SIGMA_PLACEHOLDERS_H

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

#define SIGMA_PLACEHOLDER_BYTES_MAX ((size_t)16 << 20) /* of one list */

struct sigma_placeholder {
    struct slice name;
    size_t count, capacity;
    struct slice *values; /* as written: '*' and '?' are wildcards, as pySigma reads them */
};

struct sigma_placeholders {
    struct arena arena;
    size_t count, capacity;
    struct sigma_placeholder *lists;
    uint64_t text_hash; /* of all names and lists, to tell edited ones from these */
};
#define SIGMA_PLACEHOLDERS_INIT                                                                \
    {                                                                                          \
        ARENA_INIT, 0, 0, NULL, 0                                                              \
    }

void sigma_placeholders_deinit(struct sigma_placeholders *placeholders);

/*
 * Adds the lines of `text` to the list `name`; both are copied. Blanks around a value, empty
 * lines and lines that begin with '#' are left out. <0 with *err when the name could stand in
 * no rule or when there is no value.
 */
int sigma_placeholders_add(struct sigma_placeholders *placeholders, struct slice name,
                           struct slice text, struct err *err);

/* NULL when there is no such list, or no lists at all (`placeholders` NULL). */
const struct sigma_placeholder *
sigma_placeholders_find(const struct sigma_placeholders *placeholders, struct slice name);

#endif
