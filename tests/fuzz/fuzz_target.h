/* What a fuzz target defines: libFuzzer calls it with new inputs, replay_main.c with old ones.
 */
#ifndef HAUBERK_FUZZ_TARGET_H
#define HAUBERK_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Takes any bytes, must return 0. data is borrowed for the call; size may be 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
