/*
 * The catalogue of sentences about builds, updates and exposure. Templates hold {names};
 * words_fill() puts values in their place. What decides (exchange/builds.c,
 * casefile/exposure.c) holds no words. Thread rule: constant data and pure functions.
 */
#ifndef HAUBERK_REPORT_EXPOSURE_WORDS_H
#define HAUBERK_REPORT_EXPOSURE_WORDS_H

#include "casefile/exposure.h"
#include "report/words.h"

enum exposure_word {
    EXPOSURE_NO_BUILD,
    EXPOSURE_SPAN,          /* {build} {name} {from} {from_ref} {to} {to_ref} */
    EXPOSURE_MOMENT,        /* {build} {name} {from} {from_ref} */
    EXPOSURE_SOURCE,        /* {source} */
    EXPOSURE_INSTALLED,     /* {build} {name} {ref} */
    EXPOSURE_LEFT_OUT,      /* {count} */
    EXPOSURE_PATCHED,       /* {cves} {last} {last_ref} {first} {first_ref} */
    EXPOSURE_PATCHED_BY,    /* {cves} {first} {first_ref}: rows of both builds overlap */
    EXPOSURE_PATCHED_AFTER, /* {cves} {last} {last_ref} {ref}: what is installed has no time */
    EXPOSURE_TOO_LATE,      /* {cves} {time} {ref} {before} */
    EXPOSURE_USED,          /* {cves} {time} {ref}: and it is vulnerable to this day */
    EXPOSURE_USED_FIXED,    /* {cves} {time} {ref} */
    EXPOSURE_NOW,           /* {cves} {count} {of} {known} */
    EXPOSURE_NOW_NONE,      /* {of} {known} */
    EXPOSURE_CONFIGURE,     /* {cve} {condition} */
    EXPOSURE_EARLIER,       /* {cves} */
    EXPOSURE_DEPENDS,       /* {cves} */
    EXPOSURE_UNASSESSED,    /* {cves} {product} {date} */
    EXPOSURE_UNWATCHED,     /* {cves} {time} */
    EXPOSURE_FOLDERS,       /* {builds} */
    EXPOSURE_CLAIM,         /* {build} {ref} */
    EXPOSURE_PROGRAM_NEWER, /* {one} {one_ref} {other} {other_ref} */
    EXPOSURE_SETUP_OLDER,
    EXPOSURE_SETUP_NEWER,
    EXPOSURE_OVERLAP,
    EXPOSURE_DERIVED,       /* {build} */
    EXPOSURE_CU_ONLY,       /* {build} */
    EXPOSURE_DISPUTED,      /* {cves} */
    EXPOSURE_SUPPORT_ENDED, /* {date} */
    EXPOSURE_SUPPORT_PAID,  /* {date} */
    EXPOSURE_SUPPORT_RUNS,
    EXPOSURE_NEWEST, /* {build} {name} */
    EXPOSURE_IS_NEWEST,
    EXPOSURE_WORDS
};

const char *exposure_word(enum exposure_word which);

/* What a code means, as a heading: "VULNERABLE", "FIXED". */
const char *exposure_words_code(enum patch_code code);

/* What a fixed build needs besides, as a sentence; "" when nothing. */
const char *exposure_words_condition(enum cve_condition condition);

/* "version columns of rows" */
const char *exposure_words_source(enum build_source source);

/* Doubts of the sources about a build, as sentences; nothing when there are none. */
void exposure_words_doubt(struct buf *out, unsigned doubt);

/* What CVEs beyond the table need besides an update: NULL-terminated. */
const char *const *exposure_words_beyond(void);

/* "Exchange Server 2016 CU18, Mar21SU (2021-03-02, KB5000871)" */
void exposure_words_build(struct buf *out, const struct build_facts *facts);

/* "CU18, Mar21SU (2021-03-02, KB5000871)" */
void exposure_words_row(struct buf *out, const struct build_row *row);

/*
 * Which update fixes it: "Fixed by Mar21SU, 15.1.2106.13, 2021-03-02, KB5000871". `fix` is of
 * builds_fix(); NULL: "No update of this product fixes it".
 */
void exposure_words_fix(struct buf *out, const struct build_facts *facts, size_t cve,
                        const struct build_row *fix);

/* "49 hours", "12 days" */
void exposure_words_duration(struct buf *out, int64_t ms);

#endif
