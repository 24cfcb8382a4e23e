/* Transport: message tracking (30 columns), SMTP protocol logs (9) and the
 * agent log (20). One mail writes to several. facts/exchange.md 2.7. */
#include "gen_rows.h"

struct tracking {
    const char *client_ip, *client_host, *server_ip, *context, *connector, *source, *event;
    const char *status, *info, *direction;
};

static void put_tracking(struct gen_world *w, const struct gen_mail *m,
                         const struct gen_guid *id, const struct tracking *t)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_TRACKING, w->now);
    if (!b)
        return;
    /* 1-12 */
    gen_putf(b, "%t,%s,%s,%s,%s,%s,%s,%s,%s,%U,<%x@%s>,%g,", w->now, t->client_ip,
             t->client_host, t->server_ip, w->host, t->context, t->connector, t->source,
             t->event, id->lo >> 24, id->hi, m->inbound ? m->peer_name : w->fqdn, id);
    /* 13-22 */
    gen_putf(b, "%s,%s,%u,1,,,\"%q\",%s,%s,%s,", m->recipient, t->status, m->bytes, m->subject,
             m->sender, m->sender, t->info);
    /* 23-30 */
    gen_putf(b, "%s,,%s,%s,S:DeliveryPriority=Normal;S:AccountForest=%s,Email,%g,%s",
             t->direction, m->peer, w->address, w->vocab.ad, &w->vocab.databases[id->lo & 3],
             w->build.padded);
    gen_out_end_row(w->out, FAMILY_TRACKING);
}

struct smtp_session {
    enum gen_family_id family;
    const char *connector;
    uint64_t id;
    unsigned sequence;
    char local[24], remote[24];
};

static struct smtp_session smtp_session_make(struct gen_world *w, enum gen_family_id family,
                                             const char *peer)
{
    bool receives = family == FAMILY_SMTP_RECEIVE;
    struct smtp_session s = { .family = family,
                              .id = UINT64_C(0x08d8d0) << 40 | gen_rng_next(&w->rng) >> 24 };
    s.connector = receives ? "Default Frontend " : "To Internet ";
    unsigned port = gen_rng_range(&w->rng, 1025, 65000);
    gen_text(s.local, sizeof s.local, "%s:%u", w->address, receives ? 25 : port);
    gen_text(s.remote, sizeof s.remote, "%s:%u", peer, receives ? port : 25);
    return s;
}

/* `event` is + - > < *; `data` is a finished cell. */
static void put_smtp(struct gen_world *w, struct smtp_session *s, const char *event,
                     const char *data, const char *context)
{
    struct gen_buf *b = gen_out_begin_row(w->out, s->family, w->now);
    if (b) {
        gen_putf(b, "%t,%s\\%s%s,%x,%u,%s,%s,%s,%s,%s", w->now, w->host, s->connector, w->host,
                 s->id, s->sequence++, s->local, s->remote, event, data, context);
        gen_out_end_row(w->out, s->family);
    }
    gen_world_tick(w, 9);
}

/* `in` is what this server receives: '<' in RECV files, '>' in SEND files. */
static void put_conversation(struct gen_world *w, struct smtp_session *s,
                             const struct gen_mail *m, const char *in, const char *out)
{
    char text[240];
    struct gen_civil c = gen_civil_from_ms(w->now);
    const char *name = m->inbound ? m->peer_name : w->fqdn;
    put_smtp(w, s, "+", "", "");
    gen_text(text, sizeof text,
             "\"220 %s Microsoft ESMTP MAIL Service ready at %u-%u-%u %u:%u +0000, go ahead\"",
             m->inbound ? w->fqdn : m->peer_name, c.year, c.month, c.day, c.hour, c.minute);
    put_smtp(w, s, out, text, "");
    put_smtp(w, s, in, gen_text(text, sizeof text, "EHLO %s", name), "");
    put_smtp(w, s, out,
             "250  SIZE 37748736 PIPELINING DSN ENHANCEDSTATUSCODES STARTTLS X-ANONYMOUSTLS "
             "8BITMIME",
             "");
    put_smtp(w, s, in,
             gen_text(text, sizeof text, "MAIL FROM:<%s> SIZE=%u", m->sender, m->bytes), "");
    put_smtp(w, s, in, gen_text(text, sizeof text, "RCPT TO:<%s>", m->recipient), "");
    put_smtp(w, s, out, "250 2.1.0 Sender OK", "");
    put_smtp(w, s, in, "DATA", "");
    put_smtp(w, s, out, "354 Start mail input; end with <CRLF>.<CRLF>", "");
    put_smtp(w, s, out, "250 2.6.0 Queued mail for delivery", "");
    put_smtp(w, s, "-", "", "Local");
}

static void put_agent(struct gen_world *w, const struct gen_mail *m, const struct gen_guid *id)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_AGENT, w->now);
    if (!b)
        return;
    gen_putf(b,
             "%t,%x,%s,%s:%u,%s,,%s,%s;,%s,1,Connection Filtering "
             "Agent,OnEndOfHeaders,AcceptMessage,,,,,%g,,Incoming",
             w->now, id->hi, w->address, m->peer, gen_rng_range(&w->rng, 1025, 65000), m->peer,
             m->sender, m->sender, m->recipient, id);
    gen_out_end_row(w->out, FAMILY_AGENT);
}

static void put_delivery(struct gen_world *w, const struct gen_mail *m,
                         const struct gen_guid *id, const char *direction)
{
    gen_world_tick(w, 9);
    put_tracking(w, m, id,
                 &(struct tracking){ w->link_local, w->fqdn, w->link_local,
                                     "08D8D0C1A2B3F411;2021-01-01T00:00:00.000Z;0", "",
                                     "STOREDRIVER", "DELIVER", "",
                                     "SRV=TOTAL-DEL=0.204|SMRDE=0.031", direction });
}

void gen_mail_inbound(struct gen_world *w, const struct gen_mail *m)
{
    struct gen_guid id = gen_rng_guid(&w->rng);
    struct smtp_session s = smtp_session_make(w, FAMILY_SMTP_RECEIVE, m->peer);
    put_conversation(w, &s, m, "<", ">");
    put_agent(w, m, &id);
    put_tracking(w, m, &id,
                 &(struct tracking){ m->peer, m->peer_name, w->address, "08D8D0C1A2B3F411;;;",
                                     "Default Frontend", "SMTP", "HAREDIRECT", "", "",
                                     "Incoming" });
    put_tracking(w, m, &id,
                 &(struct tracking){ m->peer, m->peer_name, w->address, "08D8D0C1A2B3F411;;;",
                                     "Default Frontend", "SMTP", "RECEIVE", "",
                                     "0cI: ", "Incoming" });
    put_delivery(w, m, &id, "Incoming");
}

static void put_submission(struct gen_world *w, const struct gen_mail *m,
                           const struct gen_guid *id)
{
    char context[200];
    gen_text(context, sizeof context,
             "\"MDB:%g, Mailbox:%g, Event:%u, MessageClass:IPM.Note, CreationTime:%t, "
             "ClientType:MOMT\"",
             &w->vocab.databases[id->lo & 3], id, gen_rng_range(&w->rng, 4000000, 69999999),
             w->now - 90);
    put_tracking(w, m, id,
                 &(struct tracking){ w->link_local, w->host, "", context, "", "STOREDRIVER",
                                     "SUBMIT", "", "", "Originating" });
    put_tracking(w, m, id,
                 &(struct tracking){ w->link_local, w->fqdn, w->link_local, context, "",
                                     "STOREDRIVER", "RECEIVE", "To", "04I: ", "Originating" });
}

void gen_mail_outbound(struct gen_world *w, const struct gen_mail *m)
{
    struct gen_guid id = gen_rng_guid(&w->rng);
    put_submission(w, m, &id);
    struct smtp_session s = smtp_session_make(w, FAMILY_SMTP_SEND, m->peer);
    put_conversation(w, &s, m, ">", "<");
    put_tracking(
        w, m, &id,
        &(struct tracking){ w->address, w->host, m->peer,
                            "08D8D0C1A2B3F412;250 2.0.0 OK;ClientSubmitTime:", "To Internet",
                            "SMTP", "SENDEXTERNAL", "250 2.1.5 Recipient OK",
                            "LSRV=TOTAL-HUB=0.411", "Originating" });
}

void gen_mail_internal(struct gen_world *w, const struct gen_mail *m)
{
    struct gen_guid id = gen_rng_guid(&w->rng);
    put_submission(w, m, &id);
    put_delivery(w, m, &id, "Originating");
}

void gen_smtp_touch(struct gen_world *w, const char *peer)
{
    char text[160];
    struct smtp_session s = smtp_session_make(w, FAMILY_SMTP_RECEIVE, peer);
    put_smtp(w, &s, "+", "", "");
    gen_text(text, sizeof text, "220 %s Microsoft ESMTP MAIL Service ready", w->fqdn);
    put_smtp(w, &s, ">", text, "");
    put_smtp(w, &s, "<", "QUIT", "");
    put_smtp(w, &s, ">", "221 2.0.0 Service closing transmission channel", "");
    put_smtp(w, &s, "-", "", "Local");
}
