#include "exchange/mitigation.h"

/*
 * Forms, not exploits: names and numbers are made up. What a rule sees of a request is its
 * path, its raw line and its cookies.
 */
const struct web_request mitigation_probes[FORM_COUNT] = {
    [FORM_BACKEND_ECP] = { "/ecp/y.js", "", "/ecp/y.js",
                           "X-BEResource=a]@host.example:444/ecp/x?a=~1942062522;" },
    [FORM_BACKEND_OWA] = { "/owa/auth/x.js", "", "/owa/auth/x.js",
                           "a=b; x-beresource=host.example/ews/x?a=~1942062522" },
    [FORM_ANON_BACKEND] = { "/owa/auth/x.js", "", "/owa/auth/x.js",
                            "X-AnonResource=true; X-AnonResource-Backend=host.example/ecp/"
                            "default.flt?~3; X-BEResource=host.example/owa/auth/logon.aspx" },
    [FORM_AUTODISCOVER] = { "/autodiscover/autodiscover.json",
                            "@a.example/powershell/?Email=autodiscover/autodiscover.json",
                            "/autodiscover/autodiscover.json?@a.example/powershell/"
                            "?Email=autodiscover/autodiscover.json",
                            "" },
    [FORM_AT_ENCODED] = { "/autodiscover/autodiscover.json", "%40a.example/PowerShell",
                          "/autodiscover/autodiscover.json?%40a.example/PowerShell", "" },
    [FORM_ENCODED] = { "/autodiscover/autodiscover.json", "@a.example/%50owerShe%6Cl",
                       "/%61utodiscover/autodiscover.json?@a.example/%50owerShe%6Cl", "" },
    [FORM_WITHOUT_AT] = { "/autodiscover/autodiscover.json",
                          "a..a.example/owa/?Email=autodiscover/autodiscover.json"
                          "?a..a.example&Protocol=PowerShell",
                          "/autodiscover/autodiscover.json?a..a.example/owa/?Email="
                          "autodiscover/autodiscover.json?a..a.example&Protocol=PowerShell",
                          "" },
    [FORM_OWA] = { "/owa/user@a.example/powershell", "", "/owa/user@a.example/powershell", "" },
    [FORM_OWA_ENCODED] = { "/owa/user@a.example/powershell", "",
                           "/owa/user%40a.example/%70owershell", "" },
    [FORM_MAPI] = { "/autodiscover/autodiscover.json",
                    "@a.example/mapi/nspi/?Email=autodiscover/autodiscover.json%3F@a.example",
                    "/autodiscover/autodiscover.json?@a.example/mapi/nspi/?Email="
                    "autodiscover/autodiscover.json%3F@a.example",
                    "" },
};

const char *mitigation_probe_application(enum form probe)
{
    static const char *const applications[FORM_COUNT] = {
        [FORM_BACKEND_ECP] = "ecp",         [FORM_BACKEND_OWA] = "owa",
        [FORM_ANON_BACKEND] = "owa",        [FORM_AUTODISCOVER] = "autodiscover",
        [FORM_AT_ENCODED] = "autodiscover", [FORM_ENCODED] = "autodiscover",
        [FORM_WITHOUT_AT] = "autodiscover", [FORM_OWA] = "owa",
        [FORM_OWA_ENCODED] = "owa",         [FORM_MAPI] = "autodiscover",
    };
    return applications[probe];
}

#define FORMS_LOGON                                                                            \
    (FORM_BIT(FORM_BACKEND_ECP) | FORM_BIT(FORM_BACKEND_OWA) | FORM_BIT(FORM_ANON_BACKEND))
#define FORMS_NOT_SHELL                                                                        \
    (FORM_BIT(FORM_AUTODISCOVER) | FORM_BIT(FORM_AT_ENCODED) | FORM_BIT(FORM_ENCODED) |        \
     FORM_BIT(FORM_WITHOUT_AT))
#define FORMS_OWASSRF (FORM_BIT(FORM_OWA) | FORM_BIT(FORM_OWA_ENCODED))

const struct mitigation_hole mitigation_holes[] = {
    { "CVE-2021-26855", FORMS_LOGON },
    { "CVE-2021-26857", 0 },
    { "CVE-2021-26858", 0 },
    { "CVE-2021-27065", 0 },
    { "CVE-2021-34473", FORMS_NOT_SHELL | FORM_BIT(FORM_MAPI) },
    { "CVE-2022-41040", FORMS_NOT_SHELL },
    { "CVE-2022-41080", FORMS_OWASSRF },
    { "CVE-2022-41082", FORMS_NOT_SHELL | FORMS_OWASSRF },
    { "CVE-2024-21410", 0 },
    { "CVE-2026-42897", 0 },
};
const size_t mitigation_hole_count = sizeof mitigation_holes / sizeof *mitigation_holes;

size_t mitigation_find_hole(const char *cve)
{
    for (size_t i = 0; i < mitigation_hole_count; i++)
        if (slice_eq(slice_from(mitigation_holes[i].cve), slice_from(cve)))
            return i;
    return SIZE_MAX;
}

static const struct {
    struct slice start; /* of the name */
    enum mitigation_id id;
    uint32_t should_stop;
} names[] = {
    { SLICE_INIT("X-AnonResource-Backend Abort - inbound"), MITIGATION_EOMT,
      FORM_BIT(FORM_ANON_BACKEND) },
    { SLICE_INIT("X-BEResource Abort - inbound"), MITIGATION_EOMT,
      FORM_BIT(FORM_BACKEND_ECP) | FORM_BIT(FORM_BACKEND_OWA) },
    { SLICE_INIT("PowerShell - inbound"), MITIGATION_EOMT2, FORMS_NOT_SHELL },
    { SLICE_INIT("EEMS M1"), MITIGATION_EEMS_M1, FORMS_NOT_SHELL },
    { SLICE_INIT("EEMS M2"), MITIGATION_EEMS_M2, 0 },
    { SLICE_INIT("EEMS "), MITIGATION_EEMS_OTHER, 0 },
};

enum mitigation_id mitigation_by_name(struct slice name, uint32_t *should_stop)
{
    *should_stop = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!slice_icase_starts(name, names[i].start))
            continue;
        *should_stop = names[i].should_stop;
        return names[i].id;
    }
    return MITIGATION_HAND_MADE;
}

bool mitigation_sets_policy(const struct rewrite_rule *rule)
{
    return rule->outbound && rule->action == ACTION_REWRITE && rule->target.len &&
           rule->precondition.len &&
           (slice_icase_eq(rule->variable, SLICE_LIT("RESPONSE_Content_Security_Policy")) ||
            slice_icase_eq(rule->variable, SLICE_LIT("RESPONSE_Content-Security-Policy")));
}

const char *mitigation_of_pool(struct slice pool)
{
    if (slice_icase_eq(pool, SLICE_LIT("MSExchangeECPAppPool")))
        return "CVE-2021-27065";
    return slice_icase_eq(pool, SLICE_LIT("MSExchangeOABAppPool")) ? "CVE-2021-26858" : NULL;
}

const char *mitigation_of_service(struct slice service)
{
    bool um = slice_icase_eq(service, SLICE_LIT("MSExchangeUM")) ||
              slice_icase_eq(service, SLICE_LIT("MSExchangeUMCR"));
    return um ? "CVE-2021-26857" : NULL;
}

/* The recommended settings, without those that must stay off. */
const struct protection_row protection_table[] = {
    { "Default Web Site/API", PROTECTION_REQUIRE },
    { "Default Web Site/ecp", PROTECTION_REQUIRE },
    { "Default Web Site/EWS", PROTECTION_ALLOW },
    { "Default Web Site/mapi", PROTECTION_REQUIRE },
    { "Default Web Site/Microsoft-Server-ActiveSync", PROTECTION_ALLOW },
    { "Default Web Site/OAB", PROTECTION_REQUIRE },
    { "Default Web Site/owa", PROTECTION_REQUIRE },
    { "Default Web Site/Rpc", PROTECTION_REQUIRE },
    { "Exchange Back End/API", PROTECTION_REQUIRE },
    { "Exchange Back End/ecp", PROTECTION_REQUIRE },
    { "Exchange Back End/EWS", PROTECTION_REQUIRE },
    { "Exchange Back End/mapi/emsmdb", PROTECTION_REQUIRE },
    { "Exchange Back End/mapi/nspi", PROTECTION_REQUIRE },
    { "Exchange Back End/Microsoft-Server-ActiveSync", PROTECTION_REQUIRE },
    { "Exchange Back End/OAB", PROTECTION_REQUIRE },
    { "Exchange Back End/owa", PROTECTION_REQUIRE },
    { "Exchange Back End/PowerShell", PROTECTION_REQUIRE },
    { "Exchange Back End/PushNotifications", PROTECTION_REQUIRE },
    { "Exchange Back End/Rpc", PROTECTION_REQUIRE },
    { "Exchange Back End/RpcWithCert", PROTECTION_REQUIRE },
};
const size_t protection_count = sizeof protection_table / sizeof *protection_table;
