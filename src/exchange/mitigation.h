/*
 * The known mitigations of Exchange's holes that stand in configurations, and how to see
 * whether one works: each hole has a few probes, requests of the forms in which it is asked
 * for, and a rule protects against those that it stops. A rule's name says only what it was
 * meant to be.
 *
 * Sources: Microsoft's EOMT.ps1, ExchangeMitigations.ps1, EOMTv2.ps1, the Emergency Mitigation
 * Service (EEMS), HealthChecker's test of Extended Protection. Thread rule: constant data and
 * pure functions.
 */
#ifndef HAUBERK_EXCHANGE_MITIGATION_H
#define HAUBERK_EXCHANGE_MITIGATION_H

#include "exchange/rewrite.h"

/* Forms of requests; bits of a mask. */
enum form {
    FORM_BACKEND_ECP,  /* ProxyLogon: cookie X-BEResource, below /ecp */
    FORM_BACKEND_OWA,  /* the same elsewhere */
    FORM_ANON_BACKEND, /* cookie X-AnonResource-Backend */
    FORM_AUTODISCOVER, /* path confusion to PowerShell, as first published */
    FORM_AT_ENCODED,   /* '@' as %40 */
    FORM_ENCODED,      /* letters as %50 */
    FORM_WITHOUT_AT,
    FORM_OWA,         /* OWASSRF: the same through /owa */
    FORM_OWA_ENCODED, /* and encoded */
    FORM_MAPI,        /* ProxyShell's step to MAPI */
    FORM_COUNT,
};
#define FORM_BIT(probe) (UINT32_C(1) << (probe))
#define FORMS_ALL (FORM_BIT(FORM_COUNT) - 1)

extern const struct web_request mitigation_probes[FORM_COUNT];
const char *mitigation_probe_application(enum form probe); /* "owa": asked for below /owa */

/* Holes against which a configuration can help. */
struct mitigation_hole {
    const char *cve;
    uint32_t probes; /* all of these must be stopped; 0: no rule helps */
};
extern const struct mitigation_hole mitigation_holes[];
extern const size_t mitigation_hole_count; /* at most 32 */

/* Index in the table; SIZE_MAX: not there. */
size_t mitigation_find_hole(const char *cve);

enum mitigation_id {
    MITIGATION_HAND_MADE,
    MITIGATION_EOMT,
    MITIGATION_EOMT2,
    MITIGATION_EEMS_M1,
    MITIGATION_EEMS_M2,
    MITIGATION_EEMS_OTHER, /* of later lists than we know */
    MITIGATION_POOL,       /* an application pool that is switched off */
    MITIGATION_SERVICE,    /* a service */
    MITIGATION_PROTECTION, /* Extended Protection */
    MITIGATION_ID_COUNT,
};

/* What a rule of that name is meant to be, and the probes that it should stop. */
enum mitigation_id mitigation_by_name(struct slice name, uint32_t *should_stop);

/*
 * The outbound rule of EEMS M2: sets a content security policy on OWA's pages, under a
 * precondition.
 */
bool mitigation_sets_policy(const struct rewrite_rule *rule);

/* The hole that is closed while this pool or service is off, or NULL. */
const char *mitigation_of_pool(struct slice pool);
const char *mitigation_of_service(struct slice service);

/*
 * What Extended Protection must be at an application of Exchange ("Default Web Site/owa"), as
 * Microsoft's own script sets it; NULL: no application of Exchange that has one.
 */
enum protection { PROTECTION_NONE, PROTECTION_ALLOW, PROTECTION_REQUIRE };
struct protection_row {
    const char *place;
    enum protection needs; /* at least */
};
extern const struct protection_row protection_table[];
extern const size_t protection_count;

#endif
