/* The BinXML of one record, which stands at 536 in its chunk: offsets of names and templates
 * are from the chunk's start. */
#include "fuzz_target.h"

#include "evtx_reading.h"

#define RECORD 512
#define HEAD 24

static void put_u32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = RECORD + HEAD + size + 4;
    if (len > EVTX_CHUNK_BYTES)
        return 0;
    uint8_t *chunk = mem_alloc(len);
    memcpy(chunk, "ElfChnk", 8);
    put_u32(chunk + 44, RECORD);
    put_u32(chunk + 48, (uint32_t)len);
    put_u32(chunk + 120, 4);
    memcpy(chunk + RECORD, "**\0", 4);
    put_u32(chunk + RECORD + 4, (uint32_t)(HEAD + size + 4));
    chunk[RECORD + 8] = 1;
    if (size > 0)
        memcpy(chunk + RECORD + HEAD, data, size);
    put_u32(chunk + len - 4, (uint32_t)(HEAD + size + 4));
    read_alike(chunk, len);
    free(chunk);
    return 0;
}
