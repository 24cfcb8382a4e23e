/* A file of event logs from its header on, in chunks of 64 KiB. The last one may be short. */
#include "fuzz_target.h"

#include "evtx_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evtx_file_info info;
    unsigned flags = evtx_file_check(data, size, &info);
    require(size > 0 || flags == EVTX_FILE_NOT_EVTX);
    for (size_t at = EVTX_FILE_HEADER_BYTES; at < size; at += EVTX_CHUNK_BYTES) {
        size_t len = size - at < EVTX_CHUNK_BYTES ? size - at : EVTX_CHUNK_BYTES;
        read_alike(data + at, len);
    }
    return 0;
}
