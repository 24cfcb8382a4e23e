/* Digests by OpenSSL's libcrypto. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* struct hash is EVP_MD_CTX under our name. */
static EVP_MD_CTX *context_of(struct hash *hash)
{
    return (EVP_MD_CTX *)hash;
}

static void must(int done)
{
    if (done == 1)
        return;
    fputs("hauberk: the system's OpenSSL refuses a digest\n", stderr);
    abort();
}

static const EVP_MD *digest_of(enum hash_kind kind)
{
    switch (kind) {
    case HASH_MD5:
        return EVP_md5();
    case HASH_SHA1:
        return EVP_sha1();
    default:
        return EVP_sha256();
    }
}

struct hash *hash_new(enum hash_kind kind)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    must(EVP_DigestInit_ex(context, digest_of(kind), NULL));
    return (struct hash *)context;
}

void hash_add(struct hash *hash, const void *bytes, size_t len)
{
    must(EVP_DigestUpdate(context_of(hash), bytes, len));
}

void hash_finish(struct hash *hash, uint8_t *digest_out)
{
    must(EVP_DigestFinal_ex(context_of(hash), digest_out, NULL));
}

void hash_free(struct hash *hash)
{
    EVP_MD_CTX_free(context_of(hash));
}
