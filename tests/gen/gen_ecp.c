/* ECP logs and the OAB generator's. Four columns; all after the third comma
 * is EventData: typed pairs, the whole pair in single quotes when it holds a
 * quote (facts/exchange.md 2.0 and 2.3). */
#include "gen_rows.h"

#include <string.h>

static void put_command(struct gen_buf *b, const char *command)
{
    if (strchr(command, '\''))
        gen_putf(b, "'S:CMD=%k';", command);
    else
        gen_putf(b, "S:CMD=%s;", command);
}

static void put_error(struct gen_buf *b, const char *error)
{
    if (*error)
        gen_putf(b, "'S:EX=%k';", error);
    else
        gen_put_str(b, "S:EX=;");
}

void gen_ecp_server_row(struct gen_world *w, const char *command, const char *url,
                        const char *error)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_ECP_SERVER, w->now);
    if (!b)
        return;
    struct gen_guid session = gen_rng_guid(&w->rng), activity = gen_rng_guid(&w->rng),
                    user = gen_rng_guid(&w->rng);
    gen_putf(b, "%t,%s,ECP.Request,S:TIME=%u;S:SID=%g;", w->now, w->host,
             gen_rng_range(&w->rng, 8, 900), &session);
    put_command(b, command);
    gen_putf(b, "S:REQID=;S:URL=%s;S:REFERRER=;", url);
    put_error(b, error);
    gen_putf(b, "S:ACTID=%g;S:RS=0;S:BLD=%s;S:TNAME=<null>;S:TID=;S:USID=%g;S:EDOID=;S:ACID=",
             &activity, w->build.plain, &user);
    gen_out_end_row(w->out, FAMILY_ECP_SERVER);
}

void gen_ecp_activity_row(struct gen_world *w, const char *account, const char *url)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_ECP_ACTIVITY, w->now);
    if (!b)
        return;
    struct gen_guid activity = gen_rng_guid(&w->rng);
    const struct gen_guid *db = &w->vocab.databases[0];
    gen_putf(b, "%t,%s,Request,", w->now, w->host);
    if (account)
        gen_putf(b, "S:PSA=<PII>%s</PII>;", account);
    gen_putf(b, "S:URL=https://localhost:444%s;S:Bld=%s;S:ActID=%g;", url, w->build.plain,
             &activity);
    if (account)
        gen_putf(b, "Dbl:MAPI.T[%s.%g]=3;I32:ADS.C[%s]=1;F:ADS.AL[%s]=1.%u;I32:RPC.C[%s.%g]=4;",
                 w->host, db, w->vocab.dc, w->vocab.dc, gen_rng_range(&w->rng, 1000, 99999),
                 w->host, db);
    gen_putf(b, "S:WLM.Bal=2.147484E+09;Dbl:WLM.TS=%u", gen_rng_below(&w->rng, 90));
    gen_out_end_row(w->out, FAMILY_ECP_ACTIVITY);
}

void gen_oabgen_row(struct gen_world *w, const struct gen_guid *trace, const char *message)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_OABGEN, w->now);
    if (!b)
        return;
    gen_putf(b, "%t,Information,%g,%g,%g,%h", w->now, trace, &w->vocab.oab,
             &w->vocab.databases[1], message);
    gen_out_end_row(w->out, FAMILY_OABGEN);
}
