/*
 * The files that Microsoft installs into Exchange's web folders, by path and SHA-256.
 *
 * From Microsoft's own baselines of 131 builds, 15.0.516.32 (2013 RTM) to 15.2.858.5 (2019 CU9,
 * March 2021), as CSS-Exchange had them until September 2022 (MIT): pages, configurations,
 * assemblies and programs below FrontEnd and ClientAccess. Scripts for browsers, style sheets
 * and pictures are not in the table, and neither is anything of later builds or of Exchange
 * 2010.
 *
 * Of each file the table holds the first and the last build and how many builds have it, not
 * which: where the number is smaller than the range, builds inside it have another file. So a
 * hash is known or not "of any build", and only `builds == range` says that each one has it.
 * Which builds are in the table at all is exact: each is the first or the last of some file.
 *
 * A hash is kept to 16 of its 32 bytes: to make a file that passes as one of these takes 2^114
 * tries. Thread rule: pure functions over constant data.
 */
#ifndef HAUBERK_EXCHANGE_KNOWN_GOOD_H
#define HAUBERK_EXCHANGE_KNOWN_GOOD_H

#include "base/hash.h"

#define BUILD_TEXT_SIZE 24

struct build {
    uint16_t part[4]; /* 15, 1, 2375, 7 */
};

enum known_good {
    KNOWN_GOOD_NO_PATH,    /* no build has a file of this path */
    KNOWN_GOOD_OTHER_HASH, /* some build has this path, none with this content */
    KNOWN_GOOD_FILE,       /* Microsoft's file at its place */
};

struct known_good_file {
    struct slice path; /* "frontend/httpproxy/owa/auth/logon.aspx"; lives as long as we do */
    struct build first, last;
    unsigned builds; /* that have it */
    unsigned range;  /* builds from first to last that the table knows */
};

/*
 * `path` is one of exchange_installed_path(). Fills *out for KNOWN_GOOD_FILE; for
 * KNOWN_GOOD_OTHER_HASH only its path.
 */
enum known_good known_good_lookup(struct slice path, const uint8_t sha256[SHA256_BYTES],
                                  struct known_good_file *out);

/* Microsoft's file at whatever place; where several paths share it, the first of them. */
bool known_good_by_hash(const uint8_t sha256[SHA256_BYTES], struct known_good_file *out);

/* Has any build a file of this path? Below this folder ("clientaccess/owa/")? */
bool known_good_has_path(struct slice path);
bool known_good_has_folder(struct slice folder);

/* Is this build one of the 131? For another one an unknown hash means nothing. */
bool known_good_has_build(struct build build);

/* "15.1.2375.7", also "15.01.2375.007"; whole slice. */
bool build_parse(struct slice text, struct build *out);
const char *build_text(struct build build, char out[BUILD_TEXT_SIZE]);

/* What the table holds, for tests and people. */
size_t known_good_count(void);
size_t known_good_build_count(void);

#endif
