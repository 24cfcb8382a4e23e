/* Back-end protocol logs: EWS (92 columns), MAPI over HTTP (46) and
 * Autodiscover (23). facts/exchange.md 2.6. */
#include "gen_rows.h"

static void put_ews_generic(struct gen_world *w, struct gen_buf *b,
                            const struct gen_ews_call *c)
{
    const struct gen_request *r = c->request;
    gen_putf(b, "MessageId_0=%g;ResponseTime_0=%u;SoapAction_0=%s;,", &r->activity, r->latency,
             c->soap_action);
    gen_putf(
        b,
        "SKU=Unknown;App_BeginReq_Start=0;RequestHandler=Wcf;BackEndAuthenticator="
        "WindowsAuthenticator;"
        "CSCWTI=0;ADIdentityCache=%s;MailboxTypeCacheSize=%u;S:WLM.Bal=299999;S:WLM.BT=Ews;"
        "S:ActivityStandardMetadata.Component=Ews;Dbl:WLM.TS=%u;I32:MAPI.C[%s.%g]=2;I32:ADS.C[%"
        "s]=1,",
        r->latency & 1 ? "Miss" : "Hit", gen_rng_below(&w->rng, 90), r->latency, w->host,
        r->database, w->vocab.dc);
}

void gen_ews_row(struct gen_world *w, const struct gen_ews_call *c)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_EWS, w->now);
    if (!b)
        return;
    const struct gen_request *r = c->request;
    gen_putf(b,
             "%t,%g,15,1,%u,%u,Unknown,,%s,true,%s,%s,%h,Target=None;Req=Exchange2010_SP2/"
             "Exchange2010_SP2;,",
             w->now, &r->activity, w->build.build, w->build.revision, r->auth, c->mail,
             w->vocab.ad, r->agent);
    gen_putf(b, "%s,%s,%s,%s,%u,%u,%u,,,,,%x,%g,PrimaryServer,LocalTask,", r->client, w->host,
             w->fqdn, c->soap_action, r->back_status, r->request_bytes, c->response_bytes,
             r->id.lo, &r->id);
    /* 30 RemoteBackendCount .. 52 ThrottlingPolicy */
    gen_put_str(b, "0,1,0,1,0,0,1,0,0,,,,,,,0,0,0,0,,,,[C],0,0,");
    /* 55 TotalDCRequestCount .. 67 DetailedExchangePrincipalLatency */
    unsigned directory = gen_rng_below(&w->rng, 9), mailbox = gen_rng_below(&w->rng, 30);
    gen_putf(b, "1,%u,2,%u,0,%u,,1,%u,,0,%u,%u,,", directory, mailbox, directory, mailbox / 3,
             r->latency > 2 ? r->latency - 2 : 0, r->latency);
    put_ews_generic(w, b, c);
    /* 71 AuthenticationErrors is closed above; Puid is empty. */
    gen_putf(b, ",,,%t,%u,,137%u,139%u,4038_450_53,4038_450_53,,,,,,,,,,,,",
             w->now - r->latency, w->pid, 100000 + r->latency, 200000 + r->latency);
    gen_out_end_row(w->out, FAMILY_EWS);
}

void gen_mapihttp_row(struct gen_world *w, const struct gen_request *r,
                      const struct gen_user *user, const char *type)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_MAPIHTTP, w->now);
    if (!b)
        return;
    /* 1-19 */
    gen_putf(b, "%t,%g,%h,,%s,%u,0,0,0,%u,,15,1,%u,%u,%s,%s,,,", w->now, &r->activity,
             r->client_request_id, type, r->back_status, r->latency, w->build.build,
             w->build.revision, user->mail, user->mail);
    /* 20-33 */
    gen_putf(b, "%g@%s,%g,,%s,%s,,,%x,%x,%u,OUTLOOK.EXE,16.0.%u.20208,Cached,%s,",
             &user->mailbox, w->vocab.domain, &w->vocab.databases[user->database], r->client,
             w->fqdn, r->id.hi, r->id.lo, r->latency & 63, gen_rng_range(&w->rng, 12026, 13801),
             r->auth);
    /* 34-46 */
    gen_putf(b, "0,,,,,,,,%s,%s,Logon:Owner %s;,BeginRequest=%t;EndRequest=%t;,", r->account,
             type[0] == 'E' ? "Logon+GetProps+QueryRows" : "", user->login, w->now - r->latency,
             w->now);
    gen_out_end_row(w->out, FAMILY_MAPIHTTP);
}

void gen_autodiscover_row(struct gen_world *w, const struct gen_request *r, const char *account)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_AUTODISCOVER, w->now);
    if (!b)
        return;
    gen_putf(b, "%t,%g,15,1,%u,%u,,%s,true,%s,,%h,Exchange2013,%s,%s,%s,", w->now, &r->activity,
             w->build.build, w->build.revision, r->auth, account, r->agent, r->client, w->host,
             w->fqdn);
    gen_putf(b, "POX,%u,,%u,Caller=%s;ResolveMethod=FoundBySMTP;RequestedUser=%s;,,",
             r->back_status, r->latency, account, account);
    gen_out_end_row(w->out, FAMILY_AUTODISCOVER);
}
