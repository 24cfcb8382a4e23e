/*
 * The vulnerabilities that this version knows: which update fixes each, what it needs besides,
 * and which evidence could show that it was used, so that a report can say what the given
 * evidence cannot decide. In the order of the table of builds. Thread rule: constant data.
 */
#ifndef HAUBERK_EXCHANGE_CVE_H
#define HAUBERK_EXCHANGE_CVE_H

#include "events/family.h"

#define CVE_FAMILIES_MAX 6
#define CVE_COUNT 21

/* What a fixed build needs besides. */
enum cve_condition {
    CONDITION_NONE,
    CONDITION_MACHINE_KEY,         /* the old key must be gone from web.config */
    CONDITION_EXTENDED_PROTECTION, /* must be switched on for all virtual directories */
    CONDITION_HYBRID_APP,          /* a dedicated hybrid application, or no hybrid */
    CONDITION_REMOTE_POWERSHELL,   /* advised besides: none for ordinary users */
};

struct cve {
    const char *id;           /* "CVE-2021-26855" */
    const char *name;         /* what people call it */
    const char *fixed_by;     /* the update of 2013 to SE, as the table calls it */
    bool needs_configuration; /* that update brings the means only */
    enum cve_condition condition;
    enum family_id
        shown_by[CVE_FAMILIES_MAX]; /* any one of these can show it; FAMILY_NONE ends: with none
                                       at all, no log of the server can */
};

extern const struct cve cve_table[];
extern const size_t cve_count;

/* By "2021-26855" or "CVE-2021-26855"; its place in the table, or CVE_COUNT. */
size_t cve_find(struct slice id);

#endif
