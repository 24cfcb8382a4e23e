/* What of base/hash.h does not depend on the platform. */
#include "base/hash.h"

size_t hash_size(enum hash_kind kind)
{
    static const size_t sizes[] = { [HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32 };
    return sizes[kind];
}

void hash_bytes(enum hash_kind kind, struct slice bytes, uint8_t *digest_out)
{
    struct hash *hash = hash_new(kind);
    hash_add(hash, bytes.ptr, bytes.len);
    hash_finish(hash, digest_out);
    hash_free(hash);
}

#define HMAC_BLOCK 64 /* bytes that SHA-256 takes at a time */

static void hmac_pass(const uint8_t key[HMAC_BLOCK], uint8_t mask, struct slice text,
                      uint8_t digest_out[SHA256_BYTES])
{
    uint8_t pad[HMAC_BLOCK];
    struct hash *hash = hash_new(HASH_SHA256);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] = key[i] ^ mask;
    hash_add(hash, pad, sizeof pad);
    hash_add(hash, text.ptr, text.len);
    hash_finish(hash, digest_out);
    hash_free(hash);
}

void hash_hmac(struct slice key, struct slice text, uint8_t digest_out[SHA256_BYTES])
{
    uint8_t block[HMAC_BLOCK] = { 0 }, inner[SHA256_BYTES];
    if (key.len > sizeof block)
        hash_bytes(HASH_SHA256, key, block);
    else if (key.len)
        memcpy(block, key.ptr, key.len);
    hmac_pass(block, 0x36, text, inner);
    hmac_pass(block, 0x5c, slice_of((const char *)inner, sizeof inner), digest_out);
}

const char *hash_text(const uint8_t *digest, size_t size, char out[HASH_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * size] = '\0';
    return out;
}

static int hex_value(char c)
{
    c = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hash_parse(struct slice hex, uint8_t *digest_out, size_t size)
{
    if (hex.len != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(hex.ptr[2 * i]), low = hex_value(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest_out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
