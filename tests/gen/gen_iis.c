/* IIS W3C rows, default 14 fields (no s-computername), HTTPERR and the AMSI
 * filter. Format: facts/exchange.md 2.1. Space is written '+', empty '-'. */
#include "gen_rows.h"

static const char *dash(const char *s)
{
    return *s ? s : "-";
}

/* Exchange appends its ids to the query of requests that its modules saw. */
static void put_front_query(struct gen_buf *b, const struct gen_request *r)
{
    if (!r->tailed)
        gen_putf(b, "%i ", dash(r->query));
    else
        gen_putf(b, "%i&CorrelationID=<empty>;&cafeReqId=%g;&encoding=; ", r->query, &r->id);
}

static bool is_local(const char *client)
{
    return client[0] == ':' || client[0] == 'f' ||
           (client[0] == '1' && client[1] == '2' && client[2] == '7');
}

void gen_iis_front_row(struct gen_world *w, const struct gen_request *r)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_IIS_FRONT, w->now);
    if (!b)
        return;
    const char *server = is_local(r->client) ? r->client : w->address;
    gen_putf(b, "%d %s %s %i ", w->now, server, r->method, r->stem);
    put_front_query(b, r);
    gen_putf(b, "443 %i %s %i %i %u %u 0 %u", dash(r->account), r->client, dash(r->agent),
             r->referrer, r->status, r->sub_status, r->latency + 1);
    gen_out_end_row(w->out, FAMILY_IIS_FRONT);
}

void gen_iis_back_row(struct gen_world *w, const struct gen_request *r)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_IIS_BACK, w->now);
    if (!b)
        return;
    const char *query = r->back_query ? r->back_query : r->query;
    const char *account = r->back_account ? r->back_account : r->account;
    gen_putf(b, "%d %s %s %i ", w->now, r->back_client, r->method,
             r->back_stem ? r->back_stem : r->stem);
    gen_putf(b, "%i&ActID=%g;&CorrelationID=<empty>;&cafeReqId=%g; 444 %i %s %i - %u %u 0 %u",
             query, &r->activity, &r->id, dash(account), r->back_client, dash(r->agent),
             r->back_status, r->sub_status, r->latency);
    gen_out_end_row(w->out, FAMILY_IIS_BACK);
}

void gen_httperr_row(struct gen_world *w, const char *client, const char *method,
                     const char *uri, unsigned status, const char *reason)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_HTTPERR, w->now);
    if (!b)
        return;
    unsigned port = gen_rng_range(&w->rng, 1025, 65000);
    gen_putf(b, "%d %s %u %s 443 %s %s %i ", w->now, client, port, w->address,
             *method == '-' ? "-" : "HTTP/1.1", method, uri);
    if (status != 0)
        gen_putf(b, "%u ", status);
    else
        gen_put_str(b, "- ");
    gen_putf(b, "%s %s %s", *method == '-' ? "-" : "1", reason,
             *method == '-' ? "-" : "MSExchangeOWAAppPool");
    gen_out_end_row(w->out, FAMILY_HTTPERR);
}

void gen_filtering_row(struct gen_world *w, const struct gen_request *r,
                       const char *cookie_names)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_FILTERING, w->now);
    if (!b)
        return;
    gen_putf(b, "%t,15,1,%u,%u,%s,0,%u,%s,%s,%s,%h,", w->now, w->build.build, w->build.revision,
             w->host, r->latency, r->method, r->host, r->stem, r->query);
    gen_putf(b, "%s,HTTP/1.1,Host;User-Agent;Cookie;Content-Type,%s,Detected,ClientIp=%s;,",
             w->address, cookie_names, r->client);
    gen_out_end_row(w->out, FAMILY_FILTERING);
}
