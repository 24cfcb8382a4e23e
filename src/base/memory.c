#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK_BYTES 16384
#define ARENA_BLOCK_MAX (1U << 20) /* blocks grow with the arena up to this */

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

static void out_of_memory(void)
{
    fputs("hauberk: out of memory\n", stderr);
    abort();
}

void *mem_alloc(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (!ptr)
        out_of_memory();
    return ptr;
}

void *mem_grow(void *ptr, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    void *grown = realloc(ptr, bytes > 0 ? bytes : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *mem_strdup(const char *text)
{
    size_t len = strlen(text) + 1;
    return memcpy(mem_alloc(len), text, len);
}

void *mem_reserve(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    return mem_grow(array, *capacity, size);
}

void mem_free_auto(void *ptr_to_ptr)
{
    void *ptr;
    memcpy(&ptr, ptr_to_ptr, sizeof ptr);
    free(ptr);
}

static struct arena_block *block_new(size_t size, struct arena_block *next)
{
    struct arena_block *block = mem_grow(NULL, 1, sizeof *block + size); /* zeroed when used */
    block->used = 0;
    block->size = size;
    block->next = next;
    return block;
}

/* As much again as is in use: few blocks, and none much larger than what was asked for. */
static size_t block_size(const struct arena *arena, size_t size)
{
    size_t wanted = arena->used < ARENA_BLOCK_BYTES ? ARENA_BLOCK_BYTES : arena->used;
    wanted = wanted < ARENA_BLOCK_MAX ? wanted : ARENA_BLOCK_MAX;
    return size > wanted ? size : wanted;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        out_of_memory();
    size = (size + align - 1) / align * align;
    struct arena_block *block = arena->head;
    if (!block || block->size - block->used < size) {
        block = block_new(block_size(arena, size), arena->head);
        arena->head = block;
    }
    void *ptr = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    memset(ptr, 0, size);
    return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return arena_alloc(arena, count * size);
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return slice_of(copy, s.len);
}

char *arena_text(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return copy;
}

/* Of two blocks the one to keep: the larger, unless it was made for something huge. */
static bool is_better(const struct arena_block *a, const struct arena_block *b)
{
    return a->size <= ARENA_BLOCK_MAX && (b->size > ARENA_BLOCK_MAX || a->size > b->size);
}

static struct arena_block *best_of(struct arena_block *block)
{
    struct arena_block *best = block;
    for (; block; block = block->next)
        if (is_better(block, best))
            best = block;
    return best;
}

/* The block that is kept is the largest, so that the next use takes none from the system. */
void arena_reset(struct arena *arena)
{
    struct arena_block *kept = best_of(arena->head);
    for (struct arena_block *block = arena->head, *next; block; block = next) {
        next = block->next;
        if (block != kept)
            free(block);
    }
    if (kept) {
        kept->used = 0;
        kept->next = NULL;
    }
    arena->head = kept;
    arena->used = 0;
}

void arena_deinit(struct arena *arena)
{
    arena_reset(arena);
    free(arena->head);
    arena->head = NULL;
}
