#include "exchange/cve.h"

const struct cve cve_table[] = {
    { "CVE-2021-26855", "ProxyLogon: request forgery", { FAMILY_HTTPPROXY, FAMILY_IIS } },
    { "CVE-2021-26857", "ProxyLogon: Unified Messaging", { FAMILY_WIN_APPLICATION } },
    { "CVE-2021-26858", "ProxyLogon: file write by the OAB service", { FAMILY_OABGENERATOR } },
    { "CVE-2021-27065",
      "ProxyLogon: file write through ECP",
      { FAMILY_ECP, FAMILY_HTTPPROXY, FAMILY_CMDLET, FAMILY_IIS,
        FAMILY_WIN_MSEXCHANGE_MANAGEMENT } },
    { "CVE-2021-34473", "ProxyShell: path confusion", { FAMILY_IIS, FAMILY_HTTPPROXY } },
    { "CVE-2021-34523",
      "ProxyShell: PowerShell as another user",
      { FAMILY_IIS, FAMILY_HTTPPROXY, FAMILY_RPS_HTTP } },
    { "CVE-2021-31207",
      "ProxyShell: file write by mailbox export",
      { FAMILY_CMDLET, FAMILY_AUDIT, FAMILY_WIN_MSEXCHANGE_MANAGEMENT } },
    { "CVE-2021-33766", "ProxyToken", { FAMILY_HTTPPROXY, FAMILY_IIS } },
    { "CVE-2022-41040", "ProxyNotShell: request forgery", { FAMILY_IIS, FAMILY_HTTPPROXY } },
    { "CVE-2022-41080", "OWASSRF", { FAMILY_IIS, FAMILY_HTTPPROXY, FAMILY_RPS_HTTP } },
    { "CVE-2020-0688",
      "static validation key",
      { FAMILY_IIS, FAMILY_HTTPPROXY, FAMILY_WIN_APPLICATION } },
};

const size_t cve_count = sizeof cve_table / sizeof *cve_table;
