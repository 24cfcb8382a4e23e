#include "gen_traffic.h"

#include "gen_rows.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

#define OLD_CHROME                                                                             \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "        \
    "Chrome/62.0.3202.62 Safari/537.36"

enum { TEXT = 320 };

/* A person's or probe's request, with the strings that live as long as it. */
struct visit {
    struct gen_request r;
    const struct gen_user *user;
    char account[GEN_ACCOUNT], anchor[GEN_ANCHOR], cookie[160], stem[TEXT], query[TEXT],
        id_text[192];
};

static const char *pick_client(struct gen_world *w, const struct gen_user *u)
{
    unsigned k = gen_rng_below(&w->rng, 100);
    return k < 62 ? u->office : k < 88 ? u->home : u->roam;
}

static void visit_database(struct gen_world *w, struct visit *v)
{
    v->r.database = &w->vocab.databases[v->user->database];
    /* The cookie is absent on the first request of a session. */
    if (gen_rng_chance(&w->rng, 600)) {
        gen_text(v->cookie, sizeof v->cookie, "Database~%g~~%t~%s~1", v->r.database,
                 w->now + 30 * GEN_DAY_MS, w->vocab.ad);
        v->r.cookie = v->cookie;
    }
}

static void visit_init(struct gen_world *w, struct visit *v, enum gen_protocol protocol,
                       const struct gen_user *user)
{
    v->r = gen_request_make(w, protocol);
    v->user = user;
    gen_request_sign_in(&v->r, w, user, v->account, v->anchor);
    v->r.client = pick_client(w, user);
    v->r.stem = v->stem;
    v->r.query = v->query;
    v->stem[0] = v->query[0] = '\0';
    visit_database(w, v);
}

static void visit_init_probe(struct gen_world *w, struct visit *v, enum gen_protocol protocol)
{
    static const char *const local[] = { "127.0.0.1", "127.0.0.1", "::1" };
    visit_init(w, v, protocol, gen_world_probe(w));
    v->r.client = GEN_PICK(&w->rng, local);
    v->r.host = "localhost";
}

/* --- probes of Managed Availability: more than four rows of five ----------- */

static void probe_front_end(struct gen_world *w)
{
    static const struct {
        enum gen_protocol protocol;
        const char *stem;
    } probes[] = { { PROTOCOL_EWS, "/ews/" },
                   { PROTOCOL_OWA, "/owa/" },
                   { PROTOCOL_ECP, "/ecp/" },
                   { PROTOCOL_MAPI, "/mapi/" },
                   { PROTOCOL_EAS, "/Microsoft-Server-ActiveSync/" },
                   { PROTOCOL_OAB, "/oab/" },
                   { PROTOCOL_RPCHTTP, "/rpc/" },
                   { PROTOCOL_AUTODISCOVER, "/autodiscover/" },
                   { PROTOCOL_OWACALENDAR, "/owa/calendar/" },
                   { PROTOCOL_POWERSHELL, "/powershell/" } };
    struct visit v;
    unsigned k = gen_rng_below(&w->rng, COUNT(probes) * 4) % COUNT(probes);
    visit_init_probe(w, &v, probes[k].protocol);
    v.r.reach = REACH_FRONT | REACH_PROXY | REACH_CHOSEN;
    v.r.method = "GET";
    v.r.stem = probes[k].stem;
    v.r.cookie = "";
    v.r.latency = 1 + gen_rng_below(&w->rng, 4);
    v.r.agent = "AMProbe/Local/ClientAccess";
    gen_request_emit(w, &v.r);
}

static void mapi_request(struct gen_world *w, struct visit *v, const char *type, unsigned n)
{
    gen_text(v->id_text, sizeof v->id_text, "R:%g:%u;RT:%s;CI:%g:1;CID:%g", &v->user->mailbox,
             n, type, &w->vocab.databases[v->user->database], &v->r.activity);
    gen_text(v->stem, sizeof v->stem, "/mapi/%s/",
             gen_rng_chance(&w->rng, 100) ? "nspi" : "emsmdb");
    gen_text(v->query, sizeof v->query, "mailboxId=%g@%s", &v->user->mailbox, w->vocab.domain);
    gen_text(v->anchor, sizeof v->anchor, "MailboxGuid~%g", &v->user->mailbox);
    v->r.client_request_id = v->id_text;
    v->r.hint = "MailboxGuidWithDomain";
    v->r.organization = w->vocab.domain;
    gen_request_emit(w, &v->r);
    gen_mapihttp_row(w, &v->r, v->user, type);
}

static void probe_mapi(struct gen_world *w)
{
    static const char *const types[] = { "Connect", "Execute", "Disconnect" };
    for (unsigned n = 0; n < COUNT(types); n++) {
        struct visit v;
        visit_init_probe(w, &v, PROTOCOL_MAPI);
        v.r.agent = "MapiHttpClient";
        v.r.client = w->link_local;
        v.r.host = w->fqdn;
        mapi_request(w, &v, types[n], n + 1);
        gen_world_tick(w, 12);
    }
}

static void ews_call(struct gen_world *w, struct visit *v, const char *action,
                     unsigned response_bytes)
{
    gen_text(v->stem, sizeof v->stem, "/EWS/Exchange.asmx");
    v->r.back_stem = "/ews/exchange.asmx";
    v->r.response_bytes = response_bytes;
    gen_request_emit(w, &v->r);
    gen_ews_row(w, &(struct gen_ews_call){ &v->r, v->user->mail, action, response_bytes });
}

static void probe_ews(struct gen_world *w)
{
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_EWS);
    char agent[96];
    v.r.agent = gen_text(agent, sizeof agent, "Ews_AM_Probe/Local (ExchangeServicesClient/%s)",
                         w->build.padded);
    bool often = gen_rng_chance(&w->rng, 700);
    ews_call(w, &v, often ? "GetFolder" : "ConvertId", gen_rng_range(&w->rng, 400, 900));
}

static void probe_owa(struct gen_world *w)
{
    static const char *const stems[] = { "/owa/auth/logon.aspx", "/owa/", "/owa/auth.owa",
                                         "/owa/service.svc", "/owa/sessiondata.ashx" };
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_OWA);
    v.r.stem = GEN_PICK(&w->rng, stems);
    v.r.auth = "FBA";
    v.r.method = v.r.stem[5] == 'a' && v.r.stem[9] == '.' ? "POST" : "GET";
    v.r.agent = "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON; "
                "ACTIVEMONITORING; OWACTP)";
    gen_request_emit(w, &v.r);
}

static void probe_ecp(struct gen_world *w)
{
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_ECP);
    char canary[40], url[TEXT];
    gen_rng_word(&w->rng, LOWER DIGITS, canary, 32);
    gen_text(v.stem, sizeof v.stem, "/ecp/RulesEditor/InboxRules.svc/GetList");
    gen_text(v.query, sizeof v.query, "msExchEcpCanary=%s.", canary);
    gen_text(url, sizeof url, "%s?%s", v.stem, v.query);
    v.r.auth = "FBA";
    v.r.agent =
        "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON; ACTIVEMONITORING)";
    gen_request_emit(w, &v.r);
    gen_ecp_server_row(w, "Get-InboxRule", url, "");
    gen_ecp_activity_row(w, v.user->mail, url);
    if (gen_rng_chance(&w->rng, 300))
        gen_ecp_activity_row(w, NULL, "/ecp/logoff.aspx");
}

static void winrm_request(struct gen_world *w, struct visit *v, const char *command)
{
    char action[80];
    v->r.action = gen_text(action, sizeof action, "%s:%s", *command ? command : "New-PSSession",
                           *command ? "Command" : "Receive");
    gen_text(v->stem, sizeof v->stem, "/powershell");
    gen_text(v->anchor, sizeof v->anchor, "ServerVersion~Version 15.1 (Build %u.0)",
             w->build.build - 1);
    gen_text(v->cookie, sizeof v->cookie, "Server~%s~%u~%t", w->fqdn, w->build.packed,
             w->now + 600000);
    v->r.hint = "ExchClientVer-ServerCookie";
    v->r.auth = "Kerberos";
    v->r.cookie = v->cookie;
    v->r.database = NULL;
    v->r.agent = "Microsoft WinRM Client";
    v->r.host = w->fqdn;
    gen_request_emit(w, &v->r);
    gen_rps_http_row(w, &v->r, command);
}

static void probe_powershell(struct gen_world *w)
{
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_POWERSHELL);
    v.r.client = w->address;
    bool command = gen_rng_chance(&w->rng, 300);
    gen_text(v.query, sizeof v.query,
             "clientApplication=ActiveMonitor;PSVersion=5.1.14393.4046&sessionID=%x",
             v.r.id.hi);
    winrm_request(w, &v, command ? "Get-Mailbox" : "");
    if (!command)
        return;
    static const struct gen_parameter one[] = { { "ResultSize", "1" } };
    gen_cmdlet_row(w, &(struct gen_command){ "Get-Mailbox", one, 1, v.account, v.user->sid,
                                             "ActiveMonitor",
                                             "w3wp#MSExchangePowerShellAppPool", "", true });
}

static void autodiscover_call(struct gen_world *w, struct visit *v)
{
    gen_text(v->stem, sizeof v->stem, "/autodiscover/autodiscover.xml");
    gen_request_emit(w, &v->r);
    gen_autodiscover_row(w, &v->r, v->user->mail);
}

static void probe_autodiscover(struct gen_world *w)
{
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_AUTODISCOVER);
    v.r.agent = "ExchangeAutodiscover/Probe (ActiveMonitor)";
    autodiscover_call(w, &v);
}

/* Straight to the back end: no front-end row, no HttpProxy row. */
static void probe_back_end(struct gen_world *w)
{
    static const struct {
        const char *stem, *agent;
    } probes[] = { { "/ews/exchange.asmx", "AMProbe/Local/Mailbox" },
                   { "/owa/exhealth.check", "AMProbe/Local/Mailbox" },
                   { "/ecp/exhealth.check", "AMProbe/Local/Mailbox" },
                   { "/mapi/emsmdb/", "MapiHttpClient" },
                   { "/Microsoft-Server-ActiveSync/exhealth.check", "AMProbe/Local/Mailbox" },
                   { "/powershell", "Microsoft WinRM Client" },
                   { "/owa/proxylogon.owa", "OwaProbe/Local (ActiveMonitor)" } };
    struct visit v;
    visit_init_probe(w, &v, PROTOCOL_OWA);
    unsigned k = gen_rng_below(&w->rng, COUNT(probes));
    v.r.reach = REACH_BACK;
    v.r.method = k == 3 || k == 5 ? "POST" : "GET";
    v.r.stem = probes[k].stem;
    v.r.agent = probes[k].agent;
    v.r.back_client = gen_rng_chance(&w->rng, 500) ? "::1" : "127.0.0.1";
    gen_request_emit(w, &v.r);
}

static void probe_smtp(struct gen_world *w)
{
    gen_smtp_touch(w, "127.0.0.1");
}

static void probe_set_mailbox(struct gen_world *w)
{
    const struct gen_user *probe = gen_world_probe(w);
    char object[160];
    gen_text(object, sizeof object,
             "%s/Microsoft Exchange System Objects/Monitoring Mailboxes/%s", w->vocab.ad,
             probe->login);
    const struct gen_parameter parameters[] = {
        { "Identity", object }, { "Password", "<Secure Information Omitted>" }
    };
    struct gen_command c = { "Set-Mailbox",
                             parameters,
                             2,
                             "NT AUTHORITY\\SYSTEM (MSExchangeHMHost)",
                             "S-1-5-18",
                             "ActiveMonitor",
                             "MSExchangeHMWorker",
                             object,
                             true };
    gen_audit_row(w, &c);
}

/* --- people ---------------------------------------------------------------- */

static void person_mapi(struct gen_world *w)
{
    const struct gen_user *user = gen_world_user(w);
    unsigned n = gen_rng_range(&w->rng, 1, 5);
    for (unsigned i = 1; i <= n; i++) {
        struct visit v;
        visit_init(w, &v, PROTOCOL_MAPI, user);
        v.r.auth = gen_rng_chance(&w->rng, 600) ? "Negotiate" : "NTLM";
        v.r.agent = user->agent[AGENT_OUTLOOK];
        mapi_request(w, &v, i == 1 ? "Connect" : i == n && n > 2 ? "Disconnect" : "Execute", i);
        gen_world_tick(w, 20);
    }
}

static void person_activesync(struct gen_world *w)
{
    static const char *const commands[] = { "Ping",     "Ping",     "Ping",
                                            "Sync",     "Sync",     "FolderSync",
                                            "Settings", "SendMail", "ItemOperations",
                                            "Search" };
    struct visit v;
    visit_init(w, &v, PROTOCOL_EAS, gen_world_user(w));
    const char *command = GEN_PICK(&w->rng, commands);
    gen_text(v.stem, sizeof v.stem, "/Microsoft-Server-ActiveSync/default.eas");
    gen_text(v.query, sizeof v.query, "Cmd=%s&User=%s%%5C%s&DeviceId=%s&DeviceType=%s", command,
             w->vocab.netbios, v.user->login, v.user->device,
             v.user->agent[AGENT_MOBILE][0] == 'O' ? "Outlook" : "iPhone");
    v.r.auth = "Basic";
    v.r.client = gen_rng_chance(&w->rng, 700) ? v.user->roam : v.user->home;
    v.r.agent = v.user->agent[AGENT_MOBILE];
    v.r.latency += command[0] == 'P' ? gen_rng_range(&w->rng, 30000, 900000) : 0;
    if (gen_rng_chance(&w->rng, 15))
        v.r.status = v.r.back_status = gen_rng_chance(&w->rng, 500) ? 403 : 449;
    gen_request_emit(w, &v.r);
}

static void owa_static(struct gen_world *w, struct visit *v)
{
    static const char *const files[] = {
        "/owa/auth/%s/themes/resources/logon.css",
        "/owa/auth/%s/themes/resources/segoeui-regular.ttf",
        "/owa/auth/%s/themes/resources/favicon.ico",
        "/owa/auth/%s/themes/resources/lgntopl.gif",
        "/owa/auth/%s/scripts/premium/fexppw.js",
        "/owa/prem/%s/scripts/boot.worldwide.0.mouse.js",
        "/owa/prem/%s/resources/styles/0/boot.worldwide.mouse.css",
        "/owa/auth/%s/scripts/premium/flogon.js"
    };
    const char *version = gen_rng_chance(&w->rng, 200) ? "Current" : w->build.plain;
    gen_text(v->stem, sizeof v->stem, GEN_PICK(&w->rng, files), version);
    v->r.method = "GET";
    v->r.status = gen_rng_chance(&w->rng, 250) ? 304 : 200;
    v->r.account = "";
    v->r.anchor = "";
    v->r.cookie = "";
    v->r.database = NULL;
    v->r.reach = REACH_FRONT | REACH_PROXY;
}

static void owa_page(struct gen_world *w, struct visit *v)
{
    static const struct {
        const char *method, *stem, *query;
    } pages[] = {
        { "POST", "/owa/service.svc", "action=FindConversation&EP=1&ID=-%u&AC=1" },
        { "POST", "/owa/service.svc", "action=GetItem&EP=1&ID=-%u&AC=1" },
        { "POST", "/owa/service.svc", "action=CreateItem&EP=1&ID=-%u&AC=1" },
        { "POST", "/owa/sessiondata.ashx", "appcacheclient=0&acver=%u" },
        { "GET", "/owa/ev.owa2", "ns=PendingRequest&ev=FinishNotificationRequest&UA=0&cid=%u" },
        { "POST", "/owa/plt1.ashx", "cId=%u&msg=sent" },
        { "GET", "/owa/", "" },
        { "GET", "/owa/auth/logon.aspx",
          "replaceCurrent=1&url=https%%3a%%2f%%2fmail%%2fowa%%2f&n=%u" },
        { "POST", "/owa/auth.owa", "" },
        { "GET", "/owa/auth/logoff.aspx", "Cmd=logoff&src=exch&n=%u" },
        { "GET", "/owa/auth/errorFE.aspx", "httpCode=500&msg=%u" },
        { "GET", "/owa/auth/signout.aspx", "" },
        { "GET", "/owa/service.svc/s/GetFileAttachment", "id=AAMkAD%u&X-OWA-CANARY=redacted" },
        { "GET", "/owa/lang.owa", "" }
    };
    unsigned k = gen_rng_below(&w->rng, 1000) < 700 ? gen_rng_below(&w->rng, 6)
                                                    : gen_rng_below(&w->rng, COUNT(pages));
    v->r.method = pages[k].method;
    gen_text(v->stem, sizeof v->stem, "%s", pages[k].stem);
    gen_text(v->query, sizeof v->query, pages[k].query, gen_rng_range(&w->rng, 1, 4000000));
    if (v->r.stem[5] != 'a')
        return;
    /* The logon pages are answered by the front end, before a name is known. */
    v->r.account = v->r.anchor = v->r.cookie = "";
    v->r.database = NULL;
    v->r.reach = REACH_FRONT | REACH_PROXY;
    v->r.status = v->r.method[0] == 'P' ? 302 : 200;
}

static void owa_explicit_logon(struct gen_world *w, struct visit *v)
{
    const struct gen_user *other = gen_world_user(w);
    gen_text(v->stem, sizeof v->stem, "/owa/%s/", other->mail);
    gen_text(v->anchor, sizeof v->anchor, "Smtp~%s", other->mail);
    v->r.method = "GET";
    v->r.hint = "ExplicitLogon-SMTP";
}

static void person_owa(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_OWA, gen_world_user(w));
    unsigned k = gen_rng_below(&w->rng, 100);
    v.r.auth = "FBA";
    v.r.agent = v.user->agent[AGENT_BROWSER];
    if (k < 22)
        owa_static(w, &v);
    else if (k < 96)
        owa_page(w, &v);
    else
        owa_explicit_logon(w, &v);
    gen_request_emit(w, &v.r);
}

static void person_ews(struct gen_world *w)
{
    static const char *const actions[] = { "GetItem",         "FindItem",
                                           "SyncFolderItems", "SyncFolderHierarchy",
                                           "GetFolder",       "GetUserAvailability",
                                           "Subscribe",       "GetStreamingEvents",
                                           "CreateItem",      "ResolveNames",
                                           "GetAttachment",   "UpdateItem" };
    struct visit v;
    visit_init(w, &v, PROTOCOL_EWS, gen_world_user(w));
    bool mac = gen_rng_chance(&w->rng, 450);
    v.r.auth = mac ? "NTLM" : "Negotiate";
    v.r.agent = v.user->agent[mac ? AGENT_MAC : AGENT_OUTLOOK];
    const char *action = GEN_PICK(&w->rng, actions);
    ews_call(w, &v, action, gen_rng_range(&w->rng, 500, 90000));
}

static void person_autodiscover(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_AUTODISCOVER, gen_world_user(w));
    v.r.host = w->vocab.autodiscover_host;
    v.r.auth = "NTLM";
    v.r.agent = v.user->agent[gen_rng_chance(&w->rng, 800) ? AGENT_OUTLOOK : AGENT_MAC];
    gen_text(v.anchor, sizeof v.anchor, "Smtp~%s", v.user->mail);
    autodiscover_call(w, &v);
}

static void person_rpc(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_RPCHTTP, gen_world_user(w));
    v.r.method = gen_rng_chance(&w->rng, 500) ? "RPC_IN_DATA" : "RPC_OUT_DATA";
    gen_text(v.stem, sizeof v.stem, "/rpc/rpcproxy.dll");
    gen_text(v.query, sizeof v.query, "%g@%s:6001", &v.user->mailbox, w->vocab.domain);
    gen_text(v.anchor, sizeof v.anchor, "MailboxGuid~%g", &v.user->mailbox);
    v.r.auth = "NTLM";
    v.r.hint = "MailboxGuidWithDomain";
    v.r.agent = "MSRPC";
    v.r.back_stem = "/rpcwithcert/rpcproxy.dll";
    gen_request_emit(w, &v.r);
}

static void person_oab(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_OAB, gen_world_user(w));
    gen_text(v.stem, sizeof v.stem,
             gen_rng_chance(&w->rng, 700) ? "/OAB/%g/oab.xml" : "/OAB/%g/d1a4-data-112.lzx",
             &w->vocab.oab);
    v.r.method = "GET";
    v.r.agent = "Microsoft BITS/7.8";
    v.r.auth = "NTLM";
    gen_request_emit(w, &v.r);
}

static void person_calendar(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_OWACALENDAR, gen_world_user(w));
    gen_text(v.stem, sizeof v.stem, "/owa/calendar/%g@%s/reachcalendar.ics", &v.user->mailbox,
             w->vocab.domain);
    v.r.method = "GET";
    v.r.account = "";
    v.r.auth = "";
    v.r.agent = v.user->agent[AGENT_BROWSER];
    gen_request_emit(w, &v.r);
}

static void admin_ecp(struct gen_world *w)
{
    static const struct {
        const char *method, *stem, *query, *command;
    } pages[] = { { "GET", "/ecp/default.aspx", "", "" },
                  { "GET", "/ecp/WebResource.axd", "d=%u-kQ1b&t=637399194", "" },
                  { "GET", "/ecp/ScriptResource.axd", "d=%u-Lm9a&t=ffffffff", "" },
                  { "POST", "/ecp/DDI/DDIService.svc/GetList",
                    "schema=MailboxService&msExchEcpCanary=Qk%uZb.", "Get-Recipient" },
                  { "POST", "/ecp/DDI/DDIService.svc/GetList",
                    "schema=VirtualDirectory&msExchEcpCanary=Qk%uZb.",
                    "Get-WebServicesVirtualDirectory" },
                  { "POST", "/ecp/DDI/DDIService.svc/GetObject",
                    "schema=MailboxService&msExchEcpCanary=Qk%uZb.", "Get-Mailbox" },
                  { "GET", "/ecp/UsersGroups/Mailboxes.slab", "showhelp=false&n=%u", "" },
                  { "GET", "/ecp/VDirMgmt/VirtualDirectories.slab", "showhelp=false&n=%u",
                    "" } };
    struct visit v;
    visit_init(w, &v, PROTOCOL_ECP, &w->vocab.admin);
    unsigned k = gen_rng_below(&w->rng, COUNT(pages));
    v.r.method = pages[k].method;
    v.r.auth = "FBA";
    v.r.client = v.user->office;
    v.r.agent = v.user->agent[AGENT_BROWSER];
    gen_text(v.stem, sizeof v.stem, "%s", pages[k].stem);
    gen_text(v.query, sizeof v.query, pages[k].query, gen_rng_below(&w->rng, 900000));
    gen_request_emit(w, &v.r);
    char url[TEXT];
    gen_text(url, sizeof url, "%s?%s", v.stem, v.query);
    if (*pages[k].command)
        gen_ecp_server_row(w, pages[k].command, url, "");
    gen_ecp_activity_row(w, v.user->mail, url);
}

/* A user's own settings page, reached with the explicit logon form. */
static void person_ecp(struct gen_world *w)
{
    struct visit v;
    visit_init(w, &v, PROTOCOL_ECP, gen_world_user(w));
    gen_text(v.stem, sizeof v.stem, "/ecp/%s/PersonalSettings/EditAccount.aspx", v.user->mail);
    gen_text(v.query, sizeof v.query, "rfr=owa&chgPhoto=1");
    v.r.method = "GET";
    v.r.auth = "FBA";
    v.r.agent = v.user->agent[AGENT_BROWSER];
    gen_request_emit(w, &v.r);
}

static void admin_shell(struct gen_world *w)
{
    static const struct {
        const char *cmdlet, *name, *value;
    } work[] = { { "Get-MailboxStatistics", "Database", "DB01" },
                 { "Get-Queue", "ResultSize", "Unlimited" },
                 { "Get-MailboxDatabase", "Status", "True" },
                 { "Get-MessageTrackingLog", "ResultSize", "1000" },
                 { "Set-Mailbox", "ProhibitSendQuota", "4GB" },
                 { "Get-ExchangeServer", "Status", "True" },
                 { "Add-DistributionGroupMember", "Identity", "All staff" } };
    struct visit v;
    visit_init(w, &v, PROTOCOL_POWERSHELL, &w->vocab.admin);
    unsigned k = gen_rng_below(&w->rng, COUNT(work));
    v.r.client = gen_rng_chance(&w->rng, 500) ? w->address : v.user->office;
    gen_text(v.query, sizeof v.query, "clientApplication=EMC;PSVersion=5.1.14393.4046");
    winrm_request(w, &v, work[k].cmdlet);
    struct gen_parameter p = { work[k].name, work[k].value };
    struct gen_command c = { work[k].cmdlet,
                             &p,
                             1,
                             v.account,
                             v.user->sid,
                             "EMC",
                             "w3wp#MSExchangePowerShellAppPool",
                             "All staff",
                             true };
    gen_cmdlet_row(w, &c);
    if (work[k].cmdlet[0] != 'G')
        gen_audit_row(w, &c);
}

/* The anonymous first leg of NTLM: IIS logs it, HttpProxy does not. */
static void challenge(struct gen_world *w)
{
    static const char *const stems[] = { "/EWS/Exchange.asmx", "/autodiscover/autodiscover.xml",
                                         "/mapi/emsmdb/", "/OAB/", "/rpc/rpcproxy.dll" };
    struct visit v;
    visit_init(w, &v, PROTOCOL_EWS, gen_world_user(w));
    v.r.stem = GEN_PICK(&w->rng, stems);
    v.r.reach = REACH_FRONT;
    v.r.status = 401;
    v.r.sub_status = 1;
    v.r.account = "";
    v.r.latency = gen_rng_below(&w->rng, 6);
    v.r.agent = v.user->agent[AGENT_OUTLOOK];
    gen_request_emit(w, &v.r);
}

/* --- mail ------------------------------------------------------------------ */

struct letter {
    struct gen_mail mail;
    char outside[72], subject[80], peer[GEN_ADDRESS], peer_name[48];
};

static void letter_make(struct gen_world *w, struct letter *l, bool inbound)
{
    const struct gen_user *user = gen_world_user(w);
    gen_vocab_outside_mail(&w->rng, l->outside, sizeof l->outside);
    gen_vocab_subject(&w->rng, l->subject, sizeof l->subject);
    gen_vocab_public_address(&w->rng, l->peer);
    gen_text(l->peer_name, sizeof l->peer_name, "mx%u.relay.example",
             gen_rng_range(&w->rng, 1, 90));
    l->mail = (struct gen_mail){ .sender = inbound ? l->outside : user->mail,
                                 .recipient = inbound ? user->mail : l->outside,
                                 .subject = l->subject,
                                 .peer = l->peer,
                                 .peer_name = l->peer_name,
                                 .bytes = gen_rng_range(&w->rng, 3000, 400000),
                                 .inbound = inbound };
}

static void mail_in(struct gen_world *w)
{
    struct letter l;
    letter_make(w, &l, true);
    gen_mail_inbound(w, &l.mail);
}

static void mail_out(struct gen_world *w)
{
    struct letter l;
    letter_make(w, &l, false);
    gen_mail_outbound(w, &l.mail);
}

static void mail_inside(struct gen_world *w)
{
    struct letter l;
    letter_make(w, &l, false);
    l.mail.recipient = gen_world_user(w)->mail;
    l.mail.peer = w->link_local;
    gen_mail_internal(w, &l.mail);
}

static void oab_generation(struct gen_world *w)
{
    static const char *const messages[] = { "Generation started", "Address list has been read",
                                            "Full details file written",
                                            "Files published to the distribution folder",
                                            "Generation finished" };
    struct gen_guid trace = gen_rng_guid(&w->rng);
    for (unsigned i = 0; i < COUNT(messages); i++) {
        gen_oabgen_row(w, &trace, messages[i]);
        gen_world_tick(w, 30);
    }
}

/* --- the Internet ---------------------------------------------------------- */

static const char *noise_agent(struct gen_world *w)
{
    static const char *const agents[] = {
        "Go-http-client/1.1", "curl/7.68.0", "python-requests/2.24.0", "",
        "Mozilla/5.0 (compatible; SiteSurvey/2.1; +https://survey.example/bot)",
        /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma) */
        OLD_CHROME
    };
    return GEN_PICK(&w->rng, agents);
}

static void noise_web(struct gen_world *w)
{
    static const struct {
        const char *stem;
        unsigned status;
    } hits[] = { { "/wp-login.php", 404 },
                 { "/.env", 404 },
                 { "/admin.cfg", 302 },
                 { "/robots.txt", 404 },
                 { "/favicon.ico", 404 },
                 { "/", 302 },
                 { "/phpmyadmin/index.php", 404 },
                 { "/HNAP1/", 404 },
                 { "/boaform/admin/formLogin", 404 },
                 { "/solr/admin/info/system", 404 },
                 { "/.git/config", 404 },
                 { "/xmlrpc.php", 404 },
                 { "/cgi-bin/luci", 404 },
                 { "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", 404 },
                 { "/sitemap.xml", 404 } };
    char client[GEN_ADDRESS];
    unsigned k = gen_rng_below(&w->rng, COUNT(hits));
    struct gen_request r = gen_request_make(w, PROTOCOL_OWA);
    r.reach = REACH_FRONT;
    r.method = "GET";
    r.tailed = false;
    r.stem = hits[k].stem;
    r.status = hits[k].status;
    r.agent = noise_agent(w);
    r.client = gen_vocab_public_address(&w->rng, client);
    gen_request_emit(w, &r);
}

/* The same below /owa and /rpc, where Exchange's modules see and log it. */
static void noise_exchange(struct gen_world *w)
{
    static const struct {
        enum gen_protocol protocol;
        const char *stem;
        unsigned status;
    } hits[] = { { PROTOCOL_OWA, "/owa/admin.cfg", 302 },
                 { PROTOCOL_OWA, "/owa/", 302 },
                 { PROTOCOL_RPCHTTP, "/rpc", 401 },
                 { PROTOCOL_OWA, "/owa/favicon.ico", 302 },
                 { PROTOCOL_EWS, "/ews/", 401 } };
    char client[GEN_ADDRESS];
    unsigned k = gen_rng_below(&w->rng, COUNT(hits));
    struct gen_request r = gen_request_make(w, hits[k].protocol);
    r.reach = REACH_FRONT | REACH_PROXY;
    r.method = "GET";
    r.auth = hits[k].protocol == PROTOCOL_OWA ? "FBA" : "NTLM";
    r.stem = hits[k].stem;
    r.status = hits[k].status;
    r.extra = hits[k].status == 302 ? "NoCookies=302 - GET/E14AuthPost;" : "";
    r.agent = noise_agent(w);
    r.client = gen_vocab_public_address(&w->rng, client);
    gen_request_emit(w, &r);
}

static void noise_httperr(struct gen_world *w)
{
    static const struct {
        const char *method, *uri, *reason;
        unsigned status;
    } errors[] = { { "-", "-", "Timer_ConnectionIdle", 0 },
                   { "-", "-", "Timer_ConnectionIdle", 0 },
                   { "GET", "/", "Hostname", 400 },
                   { "-", "-", "Timer_MinBytesPerSecond", 0 },
                   { "POST", "/Microsoft-Server-ActiveSync/default.eas",
                     "Connection_Abandoned_By_ReqQueue", 0 },
                   { "GET", "/%uff0e", "URL", 400 },
                   { "-", "-", "BadRequest", 400 } };
    char client[GEN_ADDRESS];
    unsigned k = gen_rng_below(&w->rng, COUNT(errors));
    gen_vocab_public_address(&w->rng, client);
    gen_httperr_row(w, client, errors[k].method, errors[k].uri, errors[k].status,
                    errors[k].reason);
}

static void noise_smtp(struct gen_world *w)
{
    char client[GEN_ADDRESS];
    gen_smtp_touch(w, gen_vocab_public_address(&w->rng, client));
}

/* Weights are calls per 10,000; with the rows per call they give the
 * proportions of facts/exchange.md 2.8. `human` follows the working day. */
static const struct activity {
    void (*emit)(struct gen_world *w);
    unsigned weight;
    bool human;
} activities[] = {
    { probe_front_end, 6300, false },
    { probe_mapi, 170, false },
    { probe_back_end, 700, false },
    { probe_powershell, 420, false },
    { probe_owa, 200, false },
    { probe_ews, 180, false },
    { probe_autodiscover, 120, false },
    { probe_smtp, 60, false },
    { probe_ecp, 40, false },
    { probe_set_mailbox, 12, false },
    { challenge, 800, true },
    { person_activesync, 520, true },
    { person_mapi, 330, true },
    { person_owa, 420, true },
    { person_ews, 260, true },
    { mail_in, 300, true },
    { mail_out, 420, true },
    { mail_inside, 1000, true },
    { person_autodiscover, 120, true },
    { person_rpc, 50, true },
    { person_oab, 36, true },
    { person_ecp, 12, true },
    { person_calendar, 6, true },
    { admin_ecp, 14, true },
    { admin_shell, 6, true },
    { noise_web, 60, false },
    { noise_exchange, 24, false },
    { noise_httperr, 90, false },
    { noise_smtp, 30, false },
    { oab_generation, 4, false },
};

static unsigned total_weight(void)
{
    unsigned total = 0;
    for (unsigned i = 0; i < COUNT(activities); i++)
        total += activities[i].weight;
    return total;
}

void gen_traffic_step(struct gen_world *w)
{
    unsigned at = gen_rng_below(&w->rng, total_weight()), i = 0;
    while (at >= activities[i].weight)
        at -= activities[i++].weight;
    if (activities[i].human && !gen_rng_chance(&w->rng, gen_clock_people(w->now)))
        i = 0;
    activities[i].emit(w);
}
