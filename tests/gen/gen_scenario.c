#include <string.h>

#include "gen_story.h"

#define STEPS(table)                                                                           \
    {                                                                                          \
        (table), sizeof(table) / sizeof((table)[0])                                            \
    }

#define PYTHON "python-requests/2.25.1"
#define EWS_CLIENT "ExchangeServicesClient/0.0.0.0"
#define BROWSER                                                                                \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "        \
    "Chrome/88.0.4324.182 Safari/537.36"
#define ANTSWORD "antSword/v2.1"
#define ZGRAB "Mozilla/5.0 zgrab/0.x"
#define NMAP "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"
#define EXPORT_TOOL                                                                            \
    "/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application"
#define DDI "/ecp/DDI/DDIService.svc/"
#define CAT "X-Rps-CAT"

/* Every server: a restart of the services on an ordinary day. */
static const struct gen_step routine[] = {
    { 210, 0, gen_step_restart, "", "", "", 0 },
};

static const struct gen_step scans[] = {
    { 90, 0, gen_step_scan, EXPORT_TOOL, "", ZGRAB, 200 },
    { 300, 0, gen_step_scan, EXPORT_TOOL, "", ZGRAB, 200 },
    { 620, 0, gen_step_scan, EXPORT_TOOL, "", ZGRAB, 200 },
    { 250, 0, gen_step_ssrf_local, "/owa/auth/x.js", "localhost/owa/auth/logon.aspx?", NMAP,
      500 },
    { 251, 700, gen_step_ssrf_local, "/owa/auth/x.js", "localhost/ecp/default.flt?", NMAP,
      200 },
    { 700, 0, gen_step_ssrf_local, "/owa/auth/x.js", "localhost/owa/auth/logon.aspx?", NMAP,
      500 },
    { 480, 0, gen_step_ssrf, "/autodiscover/autodiscover.xml", "", EWS_CLIENT, 200 },
    { 480, 900, gen_step_ssrf, "/autodiscover/autodiscover.xml", "", EWS_CLIENT, 200 },
    { 810, 0, gen_step_ssrf, "/autodiscover/autodiscover.xml", "", EWS_CLIENT, 503 },
};

/* Steps 1 to 5 of the chain: a session, and a script in ExternalUrl. */
static const struct gen_step chain[] = {
    { 330, 0, gen_step_ssrf, "/autodiscover/autodiscover.xml", "", EWS_CLIENT, 200 },
    { 330, 1540, gen_step_ssrf, "/mapi/emsmdb/", "", PYTHON, 200 },
    { 330, 4050, gen_step_ssrf, "/ecp/proxyLogon.ecp", "", PYTHON, 241 },
    { 330, 9380, gen_step_ssrf, DDI "GetObject", "OABVirtualDirectory", PYTHON, 200 },
    { 330, 9385, gen_step_ecp, "GetObject", "OABVirtualDirectory",
      "Get-OabVirtualDirectory.ADPropertiesOnly=$true.Identity=$null", 0 },
    { 330, 9490, gen_step_ecp, "GetObject", "OABVirtualDirectory",
      "Pipeline.1|Get-MailboxRegionalConfiguration", 0 },
    { 330, 11770, gen_step_ecp_script, "SetObject", "OABVirtualDirectory", "", 0 },
    { 330, 11830, gen_step_ecp, "SetObject", "OABVirtualDirectory",
      "Get-OabVirtualDirectory.ADPropertiesOnly=$true.Identity='@'", 0 },
    { 330, 11900, gen_step_ssrf, DDI "SetObject", "OABVirtualDirectory", PYTHON, 200 },
};

/* Steps 6 and 7: the directory is dumped to a page, the traces covered. */
static const struct gen_step planting[] = {
    { 330, 16280, gen_step_ecp, "SetObject", "ResetOABVirtualDirectory",
      "Get-OABVirtualDirectory.Identity='@'", 0 },
    { 330, 16420, gen_step_ecp, "SetObject", "ResetOABVirtualDirectory",
      "Get-ExchangeServer.Identity='^'", 0 },
    { 330, 18710, gen_step_ecp, "SetObject", "ResetOABVirtualDirectory",
      "Remove-OABVirtualDirectory.Force=$true.Identity='^\\OAB (Default Web Site)'", 0 },
    { 330, 26390, gen_step_ecp, "SetObject", "ResetOABVirtualDirectory",
      "New-OABVirtualDirectory.WebSiteName='Default Web "
      "Site'.Server='^'.Role='ClientAccess'.Path='C:\\Program "
      "Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\OAB'",
      0 },
    { 330, 26500, gen_step_ssrf, DDI "SetObject", "ResetOABVirtualDirectory", PYTHON, 200 },
    { 330, 28830, gen_step_ecp, "SetObject", "OABVirtualDirectory",
      "Set-OabVirtualDirectory.ExternalUrl=$null.Identity='@'", 0 },
    { 330, 28900, gen_step_ssrf, DDI "SetObject", "OABVirtualDirectory", PYTHON, 200 },
};

static const struct gen_step use[] = {
    { 334, 0, gen_step_page, "GET", "0", PYTHON, 200 },
    { 420, 0, gen_step_page, "GET", "0", BROWSER, 200 },
    { 420, 9100, gen_step_page, "POST", "0", BROWSER, 200 },
    { 420, 15300, gen_step_page, "POST", "0", BROWSER, 200 },
    { 505, 0, gen_step_page, "GET", "1", BROWSER, 200 },
    { 505, 4200, gen_step_page, "POST", "1", ANTSWORD, 200 },
    { 505, 8800, gen_step_page, "POST", "1", ANTSWORD, 200 },
    { 560, 0, gen_step_page, "POST", "1", ANTSWORD, 200 },
};

static const struct gen_step removal[] = {
    { 640, 0, gen_step_cleaning, "Identity", "ExternalUrl", "Set-OabVirtualDirectory", 0 },
    { 640, 41000, gen_step_cleaning, "Identity", "", "Remove-OabVirtualDirectory", 0 },
    { 640, 77000, gen_step_cleaning, "Server", "", "New-OabVirtualDirectory", 0 },
    { 660, 0, gen_step_patch, "", "", "", 0 },
    { 720, 0, gen_step_page, "GET", "1", BROWSER, 302 },
    { 720, 700, gen_step_page, "GET", "1", BROWSER, 302 },
    { 725, 0, gen_step_page, "POST", "1", ANTSWORD, 302 },
    { 880, 0, gen_step_page, "GET", "0", BROWSER, 302 },
};

/* A patched server says no to all of it. */
static const struct gen_step refused[] = {
    { 280, 0, gen_step_ssrf, "/autodiscover/autodiscover.xml", "", EWS_CLIENT, 503 },
    { 280, 1200, gen_step_ssrf, "/mapi/emsmdb/", "", PYTHON, 500 },
    { 280, 2900, gen_step_ssrf, "/ecp/proxyLogon.ecp", "", PYTHON, 500 },
    { 280, 4100, gen_step_ssrf, DDI "GetObject", "OABVirtualDirectory", PYTHON, 503 },
    { 280, 5200, gen_step_ssrf, DDI "SetObject", "ResetOABVirtualDirectory", PYTHON, 404 },
    { 285, 0, gen_step_filtered, "/ecp/x.js", "", "X-BEResource", 0 },
    { 540, 0, gen_step_json, "/mapi/nspi/", "", "GET", 401 },
    { 540, 1900, gen_step_json, "/powershell/", CAT, "POST", 401 },
    { 541, 0, gen_step_json, "/EWS/exchange.asmx", "", "POST", 401 },
    { 760, 0, gen_step_foreign, "/owa/auth/RedirSuiteServerProxy.aspx", "GET", BROWSER, 302 },
    { 760, 400, gen_step_foreign, "/owa/auth/errorEE.aspx", "GET", BROWSER, 302 },
    { 760, 900, gen_step_foreign, "/aspnet_client/discover.aspx", "GET", BROWSER, 404 },
    { 760, 1300, gen_step_foreign, "/aspnet_client/supp0rt.aspx", "POST", BROWSER, 404 },
    { 760, 1800, gen_step_foreign, "/owa/auth/Current/themes/errorFS.aspx", "GET", BROWSER,
      302 },
};

static const struct gen_step shells[] = {
    { 330, 0, gen_step_json, "/mapi/nspi/", "", "GET", 200 },
    { 330, 2100, gen_step_json, "/autodiscover/autodiscover.xml", "", "POST", 200 },
    { 330, 3300, gen_step_json, "/mapi/emsmdb", "", "POST", 200 },
    { 331, 0, gen_step_create_item, "/EWS/exchange.asmx", "", "POST", 200 },
    { 331, 4000, gen_step_mail, "", "", "", 0 },
    { 332, 0, gen_step_shell, "/powershell/", CAT, "", 200 },
    { 332, 1400, gen_step_shell, "/powershell/", CAT, "New-ManagementRoleAssignment", 200 },
    { 332, 6900, gen_step_shell, "/powershell/", CAT, "New-MailboxExportRequest", 200 },
    { 332, 31000, gen_step_shell, "/powershell/", CAT, "Remove-MailboxExportRequest", 200 },
};

/* Mail read in the victim's name, a rule that sends it on, an archive beside the page. */
static const struct gen_step theft[] = {
    { 331, 0, gen_step_ews, "FindItem", "180", PYTHON, 200 },
    { 331, 2100, gen_step_ews, "GetItem", "5200", PYTHON, 200 },
    { 331, 5300, gen_step_ews, "GetItem", "61000", PYTHON, 200 },
    { 331, 9700, gen_step_ews, "ExportItems", "148000", PYTHON, 200 },
    { 331, 12000, gen_step_inbox_rule, "", "", "", 0 },
    { 332, 0, gen_step_ews, "GetAttachment", "23000", PYTHON, 200 },
    { 505, 60000, gen_step_archive, ".zip", "", ANTSWORD, 200 },
    { 505, 70000, gen_step_archive, ".7z", "", ANTSWORD, 404 },
};

const struct gen_scenario gen_scenarios[] = {
    { "clean",
      "N",
      "an ordinary server, with what naive detectors trip over",
      2021,
      3,
      1,
      2106,
      2,
      0,
      { STEPS(routine) } },
    { "scanned",
      "E0",
      "clean, and the version scans of March 2021",
      2021,
      3,
      1,
      2106,
      2,
      0,
      { STEPS(routine), STEPS(scans) } },
    { "attempted",
      "E1",
      "a patched server that refused everything",
      2021,
      3,
      1,
      2106,
      13,
      0,
      { STEPS(routine), STEPS(refused) } },
    { "exploited",
      "E3",
      "ProxyLogon up to the changed ExternalUrl",
      2021,
      3,
      1,
      2106,
      2,
      0,
      { STEPS(routine), STEPS(chain) } },
    { "planted-and-used",
      "E5",
      "the whole of ProxyLogon, page used",
      2021,
      3,
      1,
      2106,
      2,
      0,
      { STEPS(routine), STEPS(chain), STEPS(planting), STEPS(use) } },
    { "cleaned-up",
      "E5",
      "the same, later cleaned and patched",
      2021,
      3,
      1,
      2106,
      2,
      13,
      { STEPS(routine), STEPS(chain), STEPS(planting), STEPS(use), STEPS(removal) } },
    { "proxyshell",
      "E5",
      "ProxyShell, a page by mailbox export, used",
      2021,
      8,
      9,
      2106,
      13,
      0,
      { STEPS(routine), STEPS(shells), STEPS(use) } },
    { "mail-theft",
      "E5",
      "ProxyLogon, mail read over EWS, an archive taken",
      2021,
      3,
      1,
      2106,
      2,
      0,
      { STEPS(routine), STEPS(chain), STEPS(planting), STEPS(use), STEPS(theft) } },
};
const unsigned gen_scenario_count = sizeof gen_scenarios / sizeof gen_scenarios[0];

const struct gen_scenario *gen_scenario_find(const char *name)
{
    for (unsigned i = 0; i < gen_scenario_count; i++)
        if (strcmp(gen_scenarios[i].name, name) == 0)
            return &gen_scenarios[i];
    return NULL;
}
