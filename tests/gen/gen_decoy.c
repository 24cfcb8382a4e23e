#include "gen_decoy.h"

#include "gen_rows.h"

enum { TEXT = 320 };

struct desk {
    struct gen_request r;
    const struct gen_user *user;
    char account[GEN_ACCOUNT], anchor[GEN_ANCHOR];
};

static void desk_init(struct gen_world *w, struct desk *d, enum gen_protocol protocol,
                      const struct gen_user *user)
{
    d->r = gen_request_make(w, protocol);
    d->user = user;
    gen_request_sign_in(&d->r, w, user, d->account, d->anchor);
    d->r.client = user->office;
    d->r.agent = user->agent[AGENT_BROWSER];
    d->r.database = &w->vocab.databases[user->database];
}

static void desk_command(struct gen_world *w, const struct desk *d, const char *cmdlet,
                         const struct gen_parameter *p, unsigned count, const char *application)
{
    struct gen_command c = { cmdlet,
                             p,
                             count,
                             d->account,
                             d->user->sid,
                             application,
                             application[1] == 'C' ? "w3wp#MSExchangeECPAppPool"
                                                   : "w3wp#MSExchangePowerShellAppPool",
                             p->value ? p->value : "",
                             true };
    gen_cmdlet_row(w, &c);
    gen_audit_row(w, &c);
}

static void ecp_post(struct gen_world *w, const char *verb, const char *schema,
                     const char *command)
{
    struct desk d;
    char stem[TEXT], query[TEXT], url[TEXT];
    desk_init(w, &d, PROTOCOL_ECP, &w->vocab.admin);
    gen_text(stem, sizeof stem, "/ecp/DDI/DDIService.svc/%s", verb);
    gen_text(query, sizeof query, "msExchEcpCanary=Gh%xk.&schema=%s", d.r.id.lo, schema);
    gen_text(url, sizeof url, "%s?%s", stem, query);
    d.r.auth = "FBA";
    d.r.stem = stem;
    d.r.query = query;
    gen_request_emit(w, &d.r);
    gen_ecp_server_row(w, command, url, "");
    gen_ecp_activity_row(w, d.user->mail, url);
    gen_world_tick(w, 400);
}

/* An administrator gives the OAB directory its public https address. */
static void admin_sets_oab_url(struct gen_world *w)
{
    struct desk d;
    char command[TEXT], identity[80], url[80];
    struct gen_guid object = gen_rng_guid(&w->rng);
    desk_init(w, &d, PROTOCOL_ECP, &w->vocab.admin);
    gen_text(identity, sizeof identity, "%s\\OAB (Default Web Site)", w->host);
    gen_text(url, sizeof url, "https://%s/OAB", w->vocab.mail_host);
    gen_text(command, sizeof command,
             "Get-OabVirtualDirectory.ADPropertiesOnly=$true.Identity='%g'", &object);
    ecp_post(w, "GetObject", "OABVirtualDirectory", command);
    gen_text(command, sizeof command, "Set-OabVirtualDirectory.ExternalUrl='%s'.Identity='%g'",
             url, &object);
    ecp_post(w, "SetObject", "OABVirtualDirectory", command);
    const struct gen_parameter p[] = { { "Identity", identity }, { "ExternalUrl", url } };
    desk_command(w, &d, "Set-OabVirtualDirectory", p, 2, "ECP");
}

static void admin_sets_ecp_url(struct gen_world *w)
{
    struct desk d;
    char identity[80], url[80];
    desk_init(w, &d, PROTOCOL_POWERSHELL, &w->vocab.admin);
    gen_text(identity, sizeof identity, "%s\\ecp (Default Web Site)", w->host);
    gen_text(url, sizeof url, "https://%s/ecp", w->vocab.mail_host);
    const struct gen_parameter p[] = { { "Identity", identity },
                                       { "ExternalUrl", url },
                                       { "InternalUrl", url } };
    desk_command(w, &d, "Set-EcpVirtualDirectory", p, 3, "EMC");
}

/* A mailbox of someone who left goes to a file server, as a .pst. */
static void admin_exports_mailbox(struct gen_world *w)
{
    struct desk d;
    char path[120];
    const struct gen_user *leaver = gen_world_user(w);
    desk_init(w, &d, PROTOCOL_POWERSHELL, &w->vocab.admin);
    gen_text(path, sizeof path, "\\\\FILER01\\PST$\\%s.pst", leaver->login);
    const struct gen_parameter p[] = { { "Mailbox", leaver->mail }, { "FilePath", path } };
    desk_command(w, &d, "New-MailboxExportRequest", p, 2, "EMC");
}

static void oab_download_failed(struct gen_world *w)
{
    char message[TEXT];
    struct gen_guid trace = gen_rng_guid(&w->rng);
    gen_text(message, sizeof message,
             "Download failed and temporary file 'C:\\Program Files\\Microsoft\\Exchange "
             "Server\\V15\\ClientAccess\\OAB\\"
             "Temp\\%g.tmp' needs to be removed",
             &trace);
    gen_oabgen_row(w, &trace, message);
}

static void activity_with_pii_marks(struct gen_world *w)
{
    gen_ecp_activity_row(w, w->vocab.admin.mail,
                         "/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory");
}

/* Outlook for Mac reads a whole folder: large EWS answers, no thief. */
static void mac_reads_much(struct gen_world *w)
{
    struct desk d;
    desk_init(w, &d, PROTOCOL_EWS, gen_world_user(w));
    d.r.agent = d.user->agent[AGENT_MAC];
    d.r.client = d.user->home;
    d.r.stem = "/EWS/Exchange.asmx";
    d.r.back_stem = "/ews/exchange.asmx";
    d.r.response_bytes = gen_rng_range(&w->rng, 20000000, 90000000);
    gen_request_emit(w, &d.r);
    gen_ews_row(w, &(struct gen_ews_call){ &d.r, d.user->mail, "GetItem", d.r.response_bytes });
}

/* Outlook's own use of autodiscover.json. */
static void outlook_asks_json(struct gen_world *w)
{
    struct desk d;
    char stem[TEXT], query[TEXT];
    desk_init(w, &d, PROTOCOL_AUTODISCOVER, gen_world_user(w));
    bool by_path = gen_rng_chance(&w->rng, 500);
    gen_text(stem, sizeof stem,
             by_path ? "/autodiscover/autodiscover.json/v1.0/%s"
                     : "/autodiscover/autodiscover.json",
             d.user->mail);
    gen_text(query, sizeof query,
             by_path ? "Protocol=Autodiscoverv1"
                     : "Email=%s&Protocol=ActiveSync&RedirectCount=1",
             d.user->mail);
    gen_text(d.anchor, sizeof d.anchor, "Smtp~%s", d.user->mail);
    d.r.method = "GET";
    d.r.host = w->vocab.autodiscover_host;
    d.r.account = "";
    d.r.auth = "";
    d.r.agent = d.user->agent[AGENT_OUTLOOK];
    d.r.stem = stem;
    d.r.query = query;
    gen_request_emit(w, &d.r);
}

/* The cookie that ProxyLogon abused has honest uses: static files of another
 * server, and a ServerInfo anchor that names a host and no path. */
static void static_file_by_server(struct gen_world *w)
{
    struct desk d;
    char stem[TEXT];
    desk_init(w, &d, PROTOCOL_ECP, gen_world_user(w));
    gen_text(stem, sizeof stem, "/ecp/%s/themes/default/main_default.css", w->build.plain);
    gen_text(d.anchor, sizeof d.anchor, "ServerInfo~%s", w->fqdn);
    d.r.method = "GET";
    d.r.auth = "FBA";
    d.r.account = "";
    d.r.hint = "X-BEResource-Cookie";
    d.r.stem = stem;
    gen_request_emit(w, &d.r);
}

static void server_by_own_name(struct gen_world *w)
{
    struct desk d;
    desk_init(w, &d, PROTOCOL_OAB, gen_world_user(w));
    gen_text(d.anchor, sizeof d.anchor, "ServerInfo~%s", w->fqdn);
    d.r.method = "GET";
    d.r.hint = "TargetBackEndServer";
    d.r.stem = "/OAB/";
    gen_request_emit(w, &d.r);
}

static void explicit_logon_of_admin(struct gen_world *w)
{
    struct desk d;
    char stem[TEXT];
    desk_init(w, &d, PROTOCOL_ECP, &w->vocab.admin);
    gen_text(stem, sizeof stem, "/ecp/%s/default.aspx", gen_world_user(w)->mail);
    d.r.method = "GET";
    d.r.auth = "FBA";
    d.r.stem = stem;
    gen_request_emit(w, &d.r);
}

const struct gen_decoy gen_decoys[] = {
    { "admin_sets_oab_url", admin_sets_oab_url },
    { "admin_sets_ecp_url", admin_sets_ecp_url },
    { "admin_exports_mailbox", admin_exports_mailbox },
    { "oab_download_failed", oab_download_failed },
    { "activity_with_pii_marks", activity_with_pii_marks },
    { "mac_reads_much", mac_reads_much },
    { "outlook_asks_json", outlook_asks_json },
    { "static_file_by_server", static_file_by_server },
    { "server_by_own_name", server_by_own_name },
    { "explicit_logon_of_admin", explicit_logon_of_admin },
};
const unsigned gen_decoy_count = sizeof gen_decoys / sizeof gen_decoys[0];
