#include "base/map.h"

#include <stdlib.h>

static struct map_slot *slot_for(struct map_slot *slots, size_t capacity, struct slice key)
{
    size_t i = (size_t)slice_hash(key, false) & (capacity - 1);
    while (slots[i].key.ptr && !slice_eq(slots[i].key, key))
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(struct map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct map_slot *slots = mem_alloc(capacity * sizeof *slots);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key.ptr)
            *slot_for(slots, capacity, map->slots[i].key) = map->slots[i];
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
}

uint64_t *map_at(struct map *map, struct slice key, bool *added)
{
    if (map->count * 4 >= map->capacity * 3)
        grow(map);
    struct map_slot *slot = slot_for(map->slots, map->capacity, key);
    bool is_new = !slot->key.ptr;
    if (is_new) {
        slot->key = arena_copy(&map->arena, key);
        map->count++;
    }
    if (added)
        *added = is_new;
    return &slot->value;
}

const uint64_t *map_find(const struct map *map, struct slice key)
{
    if (!map->capacity)
        return NULL;
    const struct map_slot *slot = slot_for(map->slots, map->capacity, key);
    return slot->key.ptr ? &slot->value : NULL;
}

void map_deinit(struct map *map)
{
    free(map->slots);
    arena_deinit(&map->arena);
    *map = (struct map)MAP_INIT;
}
