/*
 * Builds of Exchange: what a version means, which update it is, and what it is vulnerable to
 * (packs/exchange/builds.tsv; of the CVEs known on the day that builds_known_on() names).
 *
 * When is a vulnerability fixed? Say the update S fixes it, and S[cu] is S's build for each
 * cumulative update (CU) that got it. A build is fixed if it is not lower than the highest of
 * these, or not lower than S[its own CU]; else it is vulnerable. To compare numbers alone is
 * wrong: 15.1.2106.13 (CU18 with the update of March 2021) is lower than 15.1.2176.2 (CU19 as
 * it came out), and only the first is fixed. Source of the rule: CSS-Exchange, HealthChecker.
 *
 * Builds of the table have the table's answer; for others the rule is applied to their
 * neighbours, and the answer says that it is derived.
 *
 * Thread rule: builds_load() makes the table, everything else is pure.
 */
#ifndef HAUBERK_EXCHANGE_BUILDS_H
#define HAUBERK_EXCHANGE_BUILDS_H

#include "base/memory.h"
#include "exchange/cve.h"
#include "exchange/known_good.h"

#define BUILD_NO_REVISION UINT16_MAX /* part 3 of a build of which only the CU is known */

enum patch_code {
    PATCH_UNKNOWN,       /* '?' not derived, or it depends on the update within the CU */
    PATCH_VULNERABLE,    /* 'V' */
    PATCH_NEEDS_EARLIER, /* 'Q' fixed only if the update that fixes it was installed before */
    PATCH_CONFIGURE,     /* 'C' the code is there, protection needs configuration */
    PATCH_UNASSESSED,    /* 'E' out of support, not assessed */
    PATCH_FIXED,         /* 'F' */
    PATCH_NOT_AFFECTED,  /* 'N' */
    PATCH_CODES,
};

/* Why the public sources leave a doubt, or-ed. */
enum build_doubt {
    DOUBT_HEALTHCHECKER = 1, /* HealthChecker has this build, Microsoft's page another */
    DOUBT_MICROSOFT = 2,     /* the other way round */
    DOUBT_SECONDARY = 4,     /* no source of Microsoft's has it */
    DOUBT_RERELEASE = 8,     /* the same update came out in two builds */
    DOUBT_OLD_CU = 16,       /* for a CU without support: fixes the CVEs of March 2021 only */
    DOUBT_SP2 = 32,          /* the source calls it an update of Service Pack 2 */
};

/* Where a build of a host was seen, the most trustworthy first. */
enum build_source {
    BUILD_OF_SETUP,   /* version of bin\ExSetup.exe: what is installed */
    BUILD_OF_COLUMNS, /* version columns of rows: what was running */
    BUILD_OF_ECP,     /* BLD of ECP's rows */
    BUILD_OF_HEADER,  /* "#Version:" of a log */
    BUILD_OF_AUDIT,   /* OriginatingServer of audit records */
    BUILD_OF_PROGRAM, /* version of another of Exchange's programs: an update changes some */
    BUILD_OF_FOLDER,  /* a folder that every update adds: was installed once */
    BUILD_OF_PATH,    /* what browsers asked for and got: they keep pages for a while */
    BUILD_OF_INTEGER, /* a version integer that the server wrote: the CU only */
    BUILD_SOURCES,
};

const char *build_source_name(enum build_source source);   /* stable: "exsetup" */
enum build_source build_source_by_name(struct slice name); /* BUILD_SOURCES: none */

struct product {
    const char *key;                    /* of the table: "2016" */
    const char *name;                   /* "Exchange Server 2016" */
    uint16_t major, minor, first, last; /* of the third part */
    const char *support_ended;          /* "2025-10-14"; of SE a date to come */
    bool paid_updates;                  /* sold beyond that (until October 2026) */
};

struct build_row {
    struct build build;
    const struct product *product;
    struct slice cu;     /* "CU18", "RTM", "SP3" */
    struct slice update; /* "Mar21SU"; "base": the CU itself */
    struct slice date;   /* "2021-03-02", or only a month */
    bool date_derived;   /* from the update's name */
    struct slice kb;     /* absent where not known */
    unsigned doubt;
    enum patch_code codes[CVE_COUNT];
};

struct builds {
    struct slice known_on; /* "2026-11-24" */
    size_t count;
    struct build_row *rows; /* ascending */
};

/* Everything lives in the arena; slices in the program. */
const struct builds *builds_load(struct arena *arena);

/* ---- texts ---- */

/*
 * A version in any form in which Exchange writes it, whole slice: "15.1.2106.13",
 * "15.01.2106.013", "15.1.2106" (the CU only), "Version 15.1 (Build 2106.13)", a version
 * integer "1942063431" or "0x73C18947" (the CU only). Only what can be a build of Exchange: not
 * "15.0.0.0", which is the version of a log's format.
 */
bool builds_parse(struct slice text, struct build *out);

/* Can it be a build of some product? */
bool builds_is_build(struct build build);

/*
 * The integer in cookies, anchors and GenericInfo ("BEVersion-1942063431"): bits 22 to 27
 * major, 16 to 21 minor, 0 to 14 build; the highest four are 7 and bit 15 is set.
 */
bool builds_from_integer(uint64_t number, struct build *out);

/* "15.1.2106.13", or "15.1.2106" when only the CU is known. */
const char *builds_text(struct build build, char out[BUILD_TEXT_SIZE]);

/* <0, 0, >0; an unknown revision is the lowest. */
int builds_compare(struct build a, struct build b);
bool builds_same_cu(struct build a, struct build b);

/* ---- what a build is ---- */

enum build_basis {
    BASIS_LISTED,  /* in the table */
    BASIS_DERIVED, /* not in the table: by the rule, from its neighbours */
    BASIS_CU,      /* only the CU is known: what holds for all its builds */
};

struct build_facts {
    struct build build;
    enum build_basis basis;
    const struct product *product;
    const struct build_row *row;   /* its own, or the next lower one of its CU; NULL: none */
    const struct build_row *below; /* of the product, the next lower and higher ones; or NULL */
    const struct build_row *above;
    const struct build_row *newest; /* of the product */
    enum patch_code codes[CVE_COUNT];
    bool disputed[CVE_COUNT]; /* public sources disagree whether this build is fixed */
};

/* False when it is no build of a product that we know. */
bool builds_describe(const struct builds *builds, struct build build, struct build_facts *out);

/* The rule of above, for any build with a revision: what the table is checked against. */
enum patch_code builds_apply_rule(const struct builds *builds, struct build build, size_t cve);

/*
 * The first build that is fixed against the CVE (or could be, by configuration): of the build's
 * own CU, else of a later one; NULL when the product never got one.
 */
const struct build_row *builds_fix(const struct builds *builds, struct build build, size_t cve);

char patch_letter(enum patch_code code);
enum patch_code patch_code_of(char letter); /* PATCH_CODES when it is none */

#endif
