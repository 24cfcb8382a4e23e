/* Digests by Windows' CNG (bcrypt.dll). */
#include "base/hash.h"

#include <windows.h>

#include <bcrypt.h>
#include <stdio.h>
#include <stdlib.h>

struct hash {
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE handle;
    enum hash_kind kind;
};

static void must(NTSTATUS status)
{
    if (status >= 0)
        return;
    fputs("hauberk: Windows refuses a digest\n", stderr);
    abort();
}

static const wchar_t *name_of(enum hash_kind kind)
{
    switch (kind) {
    case HASH_MD5:
        return BCRYPT_MD5_ALGORITHM;
    case HASH_SHA1:
        return BCRYPT_SHA1_ALGORITHM;
    default:
        return BCRYPT_SHA256_ALGORITHM;
    }
}

struct hash *hash_new(enum hash_kind kind)
{
    struct hash *hash = mem_alloc(sizeof *hash);
    hash->kind = kind;
    must(BCryptOpenAlgorithmProvider(&hash->algorithm, name_of(kind), NULL, 0));
    must(BCryptCreateHash(hash->algorithm, &hash->handle, NULL, 0, NULL, 0, 0));
    return hash;
}

void hash_add(struct hash *hash, const void *bytes, size_t len)
{
    const unsigned char *next = bytes;
    while (len > 0) { /* CNG counts in 32 bits, and promises not to write */
        ULONG part = len > (1U << 30) ? 1U << 30 : (ULONG)len;
        must(BCryptHashData(hash->handle, (PUCHAR)(uintptr_t)next, part, 0));
        next += part;
        len -= part;
    }
}

void hash_finish(struct hash *hash, uint8_t *digest_out)
{
    must(BCryptFinishHash(hash->handle, digest_out, (ULONG)hash_size(hash->kind), 0));
}

void hash_free(struct hash *hash)
{
    if (!hash)
        return;
    BCryptDestroyHash(hash->handle);
    BCryptCloseAlgorithmProvider(hash->algorithm, 0);
    free(hash);
}
