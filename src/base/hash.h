/*
 * Cryptographic digests: SHA-256 for known files and cases, SHA-1 and MD5 for lists of
 * indicators, which still come with them. OpenSSL's libcrypto, CNG on Windows
 * (docs/adr/0009-libcrypto.md). A digest that the system refuses ends the program, as memory
 * that cannot be had does.
 *
 * Thread rule: one owner for each struct hash; the rest are pure functions.
 */
#ifndef HAUBERK_BASE_HASH_H
#define HAUBERK_BASE_HASH_H

#include "base/memory.h"

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256 };

#define HASH_BYTES_MAX 32
#define SHA256_BYTES 32
#define HASH_TEXT_SIZE (2 * HASH_BYTES_MAX + 1)

size_t hash_size(enum hash_kind kind); /* bytes of the digest: 16, 20, 32 */

/* A stream: hash_new(), hash_add() as often as needed, hash_finish() once, hash_free(). */
struct hash;
struct hash *hash_new(enum hash_kind kind) NEVER_NULL;
void hash_add(struct hash *hash, const void *bytes, size_t len);
void hash_finish(struct hash *hash, uint8_t *digest_out); /* hash_size() bytes */
void hash_free(struct hash *hash);                        /* NULL is fine */

/* All at once; digest_out has room for hash_size() bytes. */
void hash_bytes(enum hash_kind kind, struct slice bytes, uint8_t *digest_out);

/* HMAC-SHA-256 (RFC 2104) of the text under the key. */
void hash_hmac(struct slice key, struct slice text, uint8_t digest_out[SHA256_BYTES]);

/* Lower-case hex digits, NUL terminated; returns `out`. size <= HASH_BYTES_MAX. */
const char *hash_text(const uint8_t *digest, size_t size, char out[HASH_TEXT_SIZE]);

/* Exactly 2 * size hex digits of any case. */
bool hash_parse(struct slice hex, uint8_t *digest_out, size_t size);

#endif
