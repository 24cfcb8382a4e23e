/*
 * Text → small number, for joins: open addressing, keys copied, never shrinks.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_BASE_MAP_H
#define HAUBERK_BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"

struct map_slot {
    struct slice key; /* ptr == NULL: free */
    uint64_t value;
};

struct map {
    struct arena arena;
    struct map_slot *slots;
    size_t capacity, count;
};
#define MAP_INIT                                                                               \
    {                                                                                          \
        ARENA_INIT, NULL, 0, 0                                                                 \
    }

void map_deinit(struct map *map);

/*
 * The value of a key, for reading and writing; a new key starts at 0 and sets *added (if
 * given). The pointer lives until the next map_at().
 */
uint64_t *map_at(struct map *map, struct slice key, bool *added);
const uint64_t *map_find(const struct map *map, struct slice key); /* NULL: not there */

#endif
