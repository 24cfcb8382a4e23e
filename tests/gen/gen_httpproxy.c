/* HttpProxy rows, all 74 columns, facts/exchange.md 2.2. Commas inside a cell
 * become spaces (%h), cells are never quoted. Rows are written when the
 * request ends, so DateTime is the end and BeginRequest lies before it. */
#include "gen_rows.h"

static const char *const protocol_names[] = { "Autodiscover", "Eas",    "Ecp", "Ews",
                                              "Mapi",         "Oab",    "Owa", "OwaCalendar",
                                              "PowerShell",   "RpcHttp" };

/* Columns 1 to 23. */
static void put_request(struct gen_world *w, struct gen_buf *b, const struct gen_request *r)
{
    gen_putf(b, "%t,%g,15,1,%u,%u,%s,%s,%s,%h,%s,%s,%s,", w->now, &r->id, w->build.build,
             w->build.revision, r->client_request_id, protocol_names[r->protocol], r->host,
             r->stem, r->action, r->auth, *r->account ? "true" : "false");
    gen_putf(b, "%s,%s,%h,%h,%s,%s,%u,", r->account, r->organization, r->anchor, r->agent,
             r->client, w->host, r->status);
    if (r->reach & REACH_BACK)
        gen_putf(b, "%u,,%s,", r->back_status, r->method);
    else
        gen_putf(b, ",,%s,", r->method);
}

/* Columns 24 to 31. */
static void put_routing(struct gen_buf *b, const struct gen_request *r)
{
    if (r->reach & REACH_CHOSEN)
        gen_putf(b, "Proxy,%h,%s,IntraForest,%s,%s,,,", r->target, r->target_version, r->hint,
                 r->cookie);
    else
        gen_put_str(b, ",,,,,,,,");
}

/* Columns 32 to 65: sizes and latencies. */
static void put_latencies(struct gen_buf *b, const struct gen_request *r)
{
    unsigned back = r->latency > 3 ? r->latency - 3 : 0;
    if (!(r->reach & REACH_CHOSEN))
        gen_putf(b, "0,,,,,,,,,,,,,,,%u,,,,,,,,,,,,,,%u,,%u,%u,,", r->latency, r->latency,
                 r->latency, r->latency);
    else if (!(r->reach & REACH_BACK))
        gen_putf(b, "0,,,,0,1,,0,,0,,0,0,,0,%u,0,,,,,,,,,0,%u,0,,1,,1,%u,,", r->latency,
                 r->latency, r->latency);
    else
        gen_putf(b, "%u,%u,,,0,1,,0,,0,,0,1,,0,%u,0,0,1,0,%u,0,0,0,0,0,%u,0,%u,2,3,3,%u,,",
                 r->request_bytes, r->response_bytes, r->latency, back, r->latency - 1,
                 r->latency - 2, r->latency);
}

static void put_proxy_times(struct gen_world *w, struct gen_buf *b, const struct gen_request *r,
                            int64_t begin)
{
    gen_putf(b, "ProxyState-Run=None;FEAuth=BEVersion-%u;", r->target_packed);
    if (!(r->reach & REACH_BACK)) {
        gen_put_str(b, "ProxyState-Complete=PrepareServerRequest;");
        return;
    }
    if (r->database)
        gen_putf(b, "RoutingEntry=DatabaseGuid:%g%%40%s%%40%s Server:%s+%u@637502918448221390;",
                 r->database, w->vocab.ad, w->vocab.ad, w->fqdn, r->target_packed);
    if (r->id.lo & 1)
        gen_putf(b, "NewConnection=%s&0;", r->back_client);
    if (r->method[0] == 'P')
        gen_putf(b, "BeginGetRequestStream=%t;OnRequestStreamReady=%t;", begin + 1, begin + 1);
    gen_putf(b,
             "BeginGetResponse=%t;OnResponseReady=%t;EndGetResponse=%t;ProxyState-Complete="
             "ProxyResponseData;",
             begin + 1, w->now, w->now);
}

static void put_generic_info(struct gen_world *w, struct gen_buf *b,
                             const struct gen_request *r)
{
    int64_t begin = w->now - r->latency;
    gen_putf(b, "BeginRequest=%t;CorrelationID=<empty>;", begin);
    if (r->reach & REACH_CHOSEN)
        put_proxy_times(w, b, r, begin);
    gen_putf(b, "%hSharedCacheGuard=0;EndRequest=%t;", r->extra, w->now);
    if (*r->account && r->latency > 40)
        gen_putf(b, "I32:ADS.C[%s]=1;F:ADS.AL[%s]=1.%u;", w->vocab.dc, w->vocab.dc,
                 10000 + r->latency);
}

/* Columns 66 to 74. */
static void put_tail(struct gen_world *w, struct gen_buf *b, const struct gen_request *r)
{
    gen_putf(b, *r->query ? "?%h,," : "%h,,", r->query);
    put_generic_info(w, b, r);
    gen_putf(b, ",%h,,", r->errors);
    if (r->database)
        gen_putf(b, "|RoutingDB:%g", r->database);
    gen_put_str(b, r->reach & REACH_CHOSEN ? ",,,CafeV1" : ",,,");
}

void gen_httpproxy_row(struct gen_world *w, const struct gen_request *r)
{
    enum gen_family_id id = (enum gen_family_id)(FAMILY_PROXY_AUTODISCOVER + r->protocol);
    struct gen_buf *b = gen_out_begin_row(w->out, id, w->now);
    if (!b)
        return;
    put_request(w, b, r);
    put_routing(b, r);
    put_latencies(b, r);
    put_tail(w, b, r);
    gen_out_end_row(w->out, id);
}
