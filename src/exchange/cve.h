/*
 * The vulnerabilities whose traces this version knows: which evidence could show each, so that
 * a report can say what the given evidence cannot decide. Thread rule: constant data.
 */
#ifndef HAUBERK_EXCHANGE_CVE_H
#define HAUBERK_EXCHANGE_CVE_H

#include "events/family.h"

#define CVE_FAMILIES_MAX 6

struct cve {
    const char *id;   /* "CVE-2021-26855" */
    const char *name; /* what people call it */
    enum family_id
        shown_by[CVE_FAMILIES_MAX]; /* any one of these can show it; FAMILY_NONE ends */
};

extern const struct cve cve_table[];
extern const size_t cve_count;

#endif
