/*
 * The catalogue: every sentence that people read, in one place, so that it can be translated
 * and tested on readers. Templates hold {names}; words_fill() puts values in their place. The
 * code that decides (casefile/verdict.c) holds no words. Thread rule: constant data.
 */
#ifndef HAUBERK_REPORT_WORDS_H
#define HAUBERK_REPORT_WORDS_H

#include "base/buf.h"
#include "casefile/verdict.h"

enum word {
    WORD_VERDICT_N,
    WORD_VERDICT_E0,
    WORD_VERDICT_E1,
    WORD_VERDICT_E2,
    WORD_VERDICT_E3,
    WORD_VERDICT_E4,
    WORD_VERDICT_E5,
    WORD_VERDICT_E6,
    WORD_EXPLOIT,       /* {hole} {sources} {time} {ref} */
    WORD_EXPLOIT_SPAN,  /* {hole} {sources} {first} {first_ref} {time} {ref} */
    WORD_HOLE,          /* when the rule names no CVE */
    WORD_SOMEBODY,      /* when no address is known */
    WORD_NO_ENTRY,      /* harm is seen, the way in is not */
    WORD_CHANGED,       /* {time} {ref} */
    WORD_SCRIPT,        /* {time} {ref} */
    WORD_BLIND,         /* {from} {to} */
    WORD_OUTSIDE,       /* {from} {to} */
    WORD_LIMITED,       /* {since} {until} */
    WORD_PLANT,         /* {time} {ref} */
    WORD_PLANT_NAMED,   /* {time} {file} {ref} */
    WORD_PLANT_TITLED,  /* {title} {time} {ref}: a write that is no page's */
    WORD_PLANT_FOUND,   /* {title} {time} {file} {ref} */
    WORD_CLEARED,       /* {time} {ref} */
    WORD_VERDICT_DISK,  /* verdict E4 when no write, but a page on disk is seen */
    WORD_DISK,          /* {file} {class} {ref} */
    WORD_DISK_ANSWERED, /* {file} {class} {ref} {page} {answer_ref} */
    WORD_DISK_MORE,     /* {count} */
    WORD_DISK_TIME,     /* {time} */
    WORD_DISK_LATER,    /* the build may be one that has this page */
    WORD_DISK_READ,     /* {count} {known} */
    WORD_DISK_LISTED,   /* {count} */
    WORD_DISK_NONE,     /* no page was among the evidence */
    WORD_COMMAND_ONLY,  /* verdict E5 when no page is seen to answer */
    WORD_COMMAND,       /* {time} {ref} */
    WORD_COMMAND_LINE,  /* {time} {line} {ref} */
    WORD_STEP_COMMAND,  /* for the story */
    WORD_SPREAD,        /* {time} {title} {ref} */
    WORD_RUNS,          /* {count} {list} */
    WORD_RUN_SCRIPT,
    WORD_RUN_RECREATED,
    WORD_RUN_CHANGED,
    WORD_RUN_REACHED,
    WORD_RUN_UNCONFIRMED,
    WORD_RUN_WRITTEN, /* {time} */
    WORD_RUN_CLEARED, /* {time} */
    WORD_PAGE_ONLY,   /* {page} {time} {use} {ref} {sources} */
    WORD_PAGE_FIRST,  /* {count} {page} {time} {use} {ref} {sources} */
    WORD_PAGE_ALSO,   /* {page} {time} {use} {ref} {sources} */
    WORD_PAGE_GONE,   /* {page} {last} {time} {ref} */
    WORD_PAGE_STILL,  /* {page} {time} */
    WORD_ASKED,       /* {count} {example} */
    WORD_ASKED_NONE,  /* {count} {example}: no page answered at all */
    WORD_USE_CHECKED,
    WORD_USE_LIKELY,
    WORD_USE_SEEN,
    WORD_UNDECIDED,   /* {cve} {name} {needs} */
    WORD_NEVER_SHOWN, /* {cves} */
    WORD_NOT_CLEAN,
    WORD_HARM_NO_LOG,  /* {logs} */
    WORD_HARM_NOTHING, /* {logs} */
    WORD_HARM_ABLE,
    WORD_NO_HOST,
    WORD_PARTIAL,
    WORD_ALLOWED_HOST,    /* {count} {s} {grade} {word} */
    WORD_ALLOWED,         /* {count} {s} {grade} {reason} {by} {until} {keys} */
    WORD_ALLOWED_BY,      /* {by} */
    WORD_ALLOWED_NONE,    /* {reason} {by} {until} {keys} */
    WORD_ALLOWED_EXPIRED, /* {reason} {by} {until} {keys} */
    WORD_ALLOWED_HELD,    /* {count} {s} */
    WORD_COUNT
};

const char *word(enum word which);

struct filler {
    const char *name;
    struct slice value; /* escaped by the caller when it comes from evidence */
};

/* Appends the template with {name} replaced; unknown names stay as they are. */
void words_fill(struct buf *out, const char *text, const struct filler *fillers, size_t count);

const char *words_headline(enum grade grade);              /* "COMPROMISED" */
const char *words_harm_kind(enum harm_kind kind);          /* "mail" */
const char *words_harm_state(enum harm_state state);       /* "proven" */
const char *words_harm_because(enum harm_because because); /* for programs: "no-log" */
const char *words_stage(enum stage stage);                 /* for the story */

#endif
