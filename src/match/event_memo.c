#include "match/event_memo.h"

#include <stdlib.h>

#include <xxhash.h>

#include "base/memory.h"

#define SLOT_BITS 17
#define STORE_BYTES (48U << 20) /* of keys and answers; a full store is emptied */
#define KEY_MAX (64U << 10)     /* larger events are evaluated each time */

struct slot {
    uint64_t hash;
    uint32_t at; /* in the store, + 1; 0: free */
    uint32_t key_len, count;
};

struct event_memo {
    struct slot *slots; /* one entry for each hash: the newer one wins */
    char *store;        /* key, then rules, each entry aligned to 4 bytes */
    size_t used;
};

struct event_memo *event_memo_new(void)
{
    struct event_memo *memo = mem_alloc(sizeof *memo);
    memo->slots = mem_alloc(sizeof *memo->slots << SLOT_BITS);
    memo->store = mem_alloc(STORE_BYTES);
    return memo;
}

void event_memo_free(struct event_memo *memo)
{
    if (!memo)
        return;
    free(memo->slots);
    free(memo->store);
    free(memo);
}

void event_memo_clear(struct event_memo *memo)
{
    memset(memo->slots, 0, sizeof *memo->slots << SLOT_BITS);
    memo->used = 0;
}

static struct slot *slot_of(const struct event_memo *memo, uint64_t hash)
{
    return &memo->slots[hash >> (64 - SLOT_BITS)];
}

static size_t aligned(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

bool event_memo_find(const struct event_memo *memo, struct slice key,
                     struct event_memo_hits *out)
{
    uint64_t hash = XXH3_64bits(key.ptr, key.len);
    const struct slot *slot = slot_of(memo, hash);
    if (!slot->at || slot->hash != hash || slot->key_len != key.len)
        return false;
    const char *entry = memo->store + slot->at - 1;
    if (memcmp(entry, key.ptr, key.len) != 0)
        return false;
    out->count = slot->count;
    out->rules = (const uint32_t *)(const void *)(entry + aligned(key.len));
    return true;
}

void event_memo_put(struct event_memo *memo, struct slice key, const uint32_t *rules,
                    size_t count)
{
    size_t size = aligned(key.len) + count * sizeof *rules;
    if (key.len > KEY_MAX || size > STORE_BYTES)
        return;
    if (size > STORE_BYTES - memo->used)
        event_memo_clear(memo);
    uint64_t hash = XXH3_64bits(key.ptr, key.len);
    char *entry = memo->store + memo->used;
    memcpy(entry, key.ptr, key.len);
    if (count)
        memcpy(entry + aligned(key.len), rules, count * sizeof *rules);
    *slot_of(memo, hash) =
        (struct slot){ hash, (uint32_t)memo->used + 1, (uint32_t)key.len, (uint32_t)count };
    memo->used += size;
}
