#include "gen_rows.h"

/* Draws in a fixed order, see gen_rng.h. */
static void draw(struct gen_world *w, struct gen_request *r)
{
    struct gen_rng *rng = &w->rng;
    r->id = gen_rng_guid(rng);
    r->activity = gen_rng_guid(rng);
    r->back_client = gen_rng_chance(rng, 700) ? w->link_local : w->address;
    r->request_bytes = gen_rng_range(rng, 180, 3900);
    r->response_bytes = gen_rng_range(rng, 300, 26000);
    r->latency = 2 + gen_rng_below(rng, 60);
    /* One request in sixteen is slow, as disks and directories are. */
    if (gen_rng_chance(rng, 60))
        r->latency += gen_rng_below(rng, 4000);
}

struct gen_request gen_request_make(struct gen_world *w, enum gen_protocol protocol)
{
    struct gen_request r = {
        .protocol = protocol,
        .reach = REACH_ALL,
        .method = "POST",
        .host = w->vocab.mail_host,
        .stem = "/",
        .query = "",
        .action = "",
        .client_request_id = "",
        .auth = "Negotiate",
        .organization = "",
        .account = "",
        .anchor = "",
        .agent = "",
        .client = "127.0.0.1",
        .hint = "",
        .cookie = "",
        .target = w->fqdn,
        .target_version = w->build.short_padded,
        .target_packed = w->build.packed,
        .extra = "",
        .errors = "",
        .referrer = "-",
        .status = 200,
        .back_status = 200,
        .tailed = true,
    };
    draw(w, &r);
    return r;
}

void gen_request_sign_in(struct gen_request *r, const struct gen_world *w,
                         const struct gen_user *user, char account[GEN_ACCOUNT],
                         char anchor[GEN_ANCHOR])
{
    gen_text(account, GEN_ACCOUNT, "%s\\%s", w->vocab.netbios, user->login);
    gen_text(anchor, GEN_ANCHOR, "Sid~%s", user->sid);
    r->account = account;
    r->anchor = anchor;
    r->hint = "WindowsIdentity";
}

void gen_request_emit(struct gen_world *w, const struct gen_request *r)
{
    if (r->reach & REACH_BACK)
        gen_iis_back_row(w, r);
    if (r->reach & REACH_PROXY)
        gen_httpproxy_row(w, r);
    if (r->reach & REACH_FRONT)
        gen_iis_front_row(w, r);
}
