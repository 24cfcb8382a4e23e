/*
 * A .NET assembly → its name, what it uses, what it holds: from the metadata alone (ECMA-335
 * II.22 to II.25), without running or decompiling anything.
 *
 * What an assembly says of itself is a claim. `token` is the short form of the public key that
 * it names, and anybody can write Microsoft's into an assembly that nobody signed: we do not
 * verify signatures. `has_signature` says that one is claimed too.
 *
 * Bytes are hostile: tables, names and user strings have limits (`cut` when one was hit), what
 * lies outside the file is empty. Thread rule: pure functions; slices borrow from the file and
 * the arena.
 */
#ifndef HAUBERK_WEBSHELL_ASSEMBLY_H
#define HAUBERK_WEBSHELL_ASSEMBLY_H

#include "webshell/pe.h"

#define ASSEMBLY_ROWS_MAX 65536      /* of each table */
#define ASSEMBLY_REFERENCES_MAX 4096 /* each may cost a hash */
#define ASSEMBLY_STRINGS_MAX 16384
#define ASSEMBLY_STRING_BYTES (1U << 20) /* of all user strings together */
#define ASSEMBLY_TOKEN_BYTES 8

struct assembly_name {
    struct slice name, culture; /* of a module without an assembly, the module's */
    uint16_t version[4];
    bool has_token;
    uint8_t token[ASSEMBLY_TOKEN_BYTES]; /* as people write it: b7 7a 5c 56 19 34 e0 89 */
};

struct assembly_type {
    struct slice space, name; /* "System.Diagnostics", "Process" */
};

/* A method or field of another assembly, or a native function. */
struct assembly_member {
    struct slice space, type, name; /* of a native function: type is the library, no space */
    struct slice signature;         /* ECMA-335 II.23.2, its head; absent for native ones */
    bool native;
};

struct assembly {
    struct assembly_name self;
    struct slice runtime; /* "v4.0.30319" */
    bool has_signature;   /* claims to be signed (COMIMAGE_FLAGS_STRONGNAMESIGNED) */
    bool cut;             /* more than the limits allow, or damaged tables */
    size_t reference_count, type_count, used_count, member_count, string_count;
    struct assembly_name *references; /* other assemblies */
    struct assembly_type *types;      /* defined here */
    struct assembly_type *used;       /* types of others */
    struct assembly_member *members;
    struct slice *strings; /* literals of its code, in UTF-8 */
};

/* False when the file has no .NET metadata. */
bool assembly_read(struct arena *arena, const struct pe *pe, struct assembly *out);

/* Does it use this type ("System.Web", "IHttpModule")? */
bool assembly_uses(const struct assembly *assembly, struct slice space, struct slice name);

/* 16 hex digits. */
#define ASSEMBLY_TOKEN_TEXT_SIZE 17
const char *assembly_token_text(const struct assembly_name *name,
                                char out[ASSEMBLY_TOKEN_TEXT_SIZE]);

/* Does it claim one of the keys with which Microsoft signs .NET and Exchange? */
bool assembly_claims_microsoft(const struct assembly_name *name);

#endif
