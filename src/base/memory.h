/*
 * Memory that cannot be had ends the program: a hunter that goes on without memory would lose
 * findings silently. Workers are processes, so the coordinator survives a worker's end.
 *
 * Arenas: one for each rule set or evidence item, freed as a whole. Thread rule: one owner.
 */
#ifndef HAUBERK_BASE_MEMORY_H
#define HAUBERK_BASE_MEMORY_H

#include <stddef.h>

#include "base/slice.h"

#define NEVER_NULL __attribute__((returns_nonnull, warn_unused_result))

void *mem_alloc(size_t size) NEVER_NULL; /* never NULL; zeroed; free() it */
void *mem_grow(void *ptr, size_t count,
               size_t size); /* realloc of count*size, overflow checked */
char *mem_strdup(const char *text) NEVER_NULL;

/*
 * Makes room for one more element in an array of `*capacity` elements of `size` bytes that
 * holds `count`. Returns the array, possibly moved.
 */
void *mem_reserve(void *array, size_t count, size_t *capacity, size_t size) NEVER_NULL;

/* Cleanup attribute: `AUTO_FREE char *p = ...` frees p when the scope ends. */
void mem_free_auto(void *ptr_to_ptr);
#define AUTO_FREE __attribute__((cleanup(mem_free_auto)))

struct arena {
    struct arena_block *head;
    size_t used; /* bytes handed out, for budgets */
};
#define ARENA_INIT                                                                             \
    {                                                                                          \
        NULL, 0                                                                                \
    }

void *arena_alloc(struct arena *arena,
                  size_t size) NEVER_NULL; /* zeroed, aligned for any type */
void *arena_array(struct arena *arena, size_t count, size_t size) NEVER_NULL;
struct slice arena_copy(struct arena *arena, struct slice s); /* also NUL terminated */
char *arena_text(struct arena *arena, struct slice s);        /* the same as C string */
void arena_reset(struct arena *arena);                        /* keeps one block for reuse */
void arena_deinit(struct arena *arena);                       /* frees everything */

#endif
