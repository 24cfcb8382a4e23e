/*
 * VBScript.Encode and JScript.Encode: script that Microsoft's Script Encoder made unreadable.
 *
 *   #@~^LLLLLL==....CCCCCC==^#~@
 *
 * LLLLLL is the number of characters and CCCCCC their sum, both as Base64 of a little-endian
 * number. Each character is replaced by one of three tables; a fixed pattern of 64 says by
 * which. What would end a script block is escaped: @# @& @! @* @$. There is no key. Source:
 * MrBrownstone, "Breaking the Windows Script Encoder", and the samples themselves.
 *
 * Linear in the text, never fails. Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_WEBSHELL_DECODE_SCRIPT_H
#define HAUBERK_WEBSHELL_DECODE_SCRIPT_H

#include "base/memory.h"

/*
 * The text with all encoded parts decoded, in the arena; and *encoded becomes true. Text
 * without encoded parts is returned as it is. A part that has no end is decoded to the end of
 * the text.
 */
struct slice decode_script(struct arena *arena, struct slice text, bool *encoded);

#endif
