/* Management logs: Rps_Cmdlet (67 columns), Rps_Http (38) and the audit queue
 * (12, with JSON in a quoted cell). facts/exchange.md 2.5 and 2.6. */
#include "gen_rows.h"

/* -Name ""value"" -Name2 $null: the cell's own quotes are doubled already. */
static void put_parameters(struct gen_buf *b, const struct gen_command *c)
{
    gen_put_str(b, "\"");
    for (unsigned i = 0; i < c->parameter_count; i++) {
        const struct gen_parameter *p = &c->parameters[i];
        gen_putf(b, p->value ? "%s-%s \"\"%q\"\"" : "%s-%s $null", i ? " " : "", p->name,
                 p->value);
    }
    gen_put_str(b, "\"");
}

static void put_cmdlet_info(struct gen_world *w, struct gen_buf *b, const struct gen_command *c,
                            unsigned total)
{
    /* 61 GenericLatency, 62 GenericInfo, 63-66 empty, 67 NonPiiParameters */
    gen_putf(b,
             "InitialSessionStateBuilder=19;TaskModuleLatency=4;TaskModuleLatency.C=68;"
             "BizLogic.C=%u;Cmd=%u;"
             "Cmd.ADC=3;Cmd.AD=4;,",
             total, total);
    gen_putf(b,
             "PSSenderInfo=%s;ADServerSettingsInEnd=ADViewEntireForest:False "
             "WriteShadowProperties:False "
             "ADRecipientViewRoot:%s ADConfigurationDomainControllers:%s;,,,,,",
             c->account, w->vocab.ad, w->vocab.dc);
    put_parameters(b, c);
}

void gen_cmdlet_row(struct gen_world *w, const struct gen_command *c)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_RPS_CMDLET, w->now);
    if (!b)
        return;
    struct gen_guid request = gen_rng_guid(&w->rng), unique = gen_rng_guid(&w->rng);
    unsigned total = gen_rng_range(&w->rng, 6, 900);
    /* 1-21 */
    gen_putf(b, "%t,%t,%g,,15,1,%u,%u,%s,%u,%s,%u,,,%s,%s,,,%s,%s,%s,", w->now, w->now - total,
             &request, w->build.build, w->build.revision, w->host, w->pid, c->pool,
             gen_rng_range(&w->rng, 12, 160), c->account, c->sid, "False", c->application,
             c->cmdlet);
    put_parameters(b, c);
    /* 23-36 */
    gen_putf(b, ",%g,,,GCRandomly,False,%s,%s,%s,%s,,,,,,", &unique, w->vocab.ad, w->vocab.dc,
             w->vocab.dc, w->vocab.dc);
    /* 37-60 */
    gen_putf(b, ",,,,,,,0,,,0,6,8,0,,9,,,6,%u,%s,%s,,,", total,
             c->succeeded ? "" : "ServerOperation", c->succeeded ? "Success" : "Error");
    put_cmdlet_info(w, b, c, total);
    gen_out_end_row(w->out, FAMILY_RPS_CMDLET);
}

static void put_audit_json(struct gen_world *w, struct gen_buf *b, const struct gen_command *c,
                           const struct gen_guid *id)
{
    gen_putf(b,
             "\"{\"\"CreationTime\"\":\"\"%t\"\",\"\"Id\"\":\"\"%g\"\",\"\"Operation\"\":\"\"%"
             "s\"\",",
             w->now, id, c->cmdlet);
    gen_putf(b,
             "\"\"OrganizationId\"\":\"\"00000000-0000-0000-0000-000000000000\"\","
             "\"\"RecordType\"\":1,"
             "\"\"ResultStatus\"\":\"\"%s\"\",\"\"UserKey\"\":\"\"%j\"\",\"\"UserType\"\":3,"
             "\"\"Version\"\":1,"
             "\"\"Workload\"\":\"\"Exchange\"\",\"\"ObjectId\"\":\"\"%j\"\",\"\"UserId\"\":"
             "\"\"%j\"\",",
             c->succeeded ? "True" : "False", c->account, c->object, c->account);
    gen_putf(b,
             "\"\"ExternalAccess\"\":false,\"\"OrganizationName\"\":\"\"First Organization\"\","
             "\"\"OriginatingServer\"\":\"\"%s (%s)\"\",\"\"Parameters\"\":[",
             w->host, w->build.padded);
    for (unsigned i = 0; i < c->parameter_count; i++)
        gen_putf(b, "%s{\"\"Name\"\":\"\"%s\"\",\"\"Value\"\":\"\"%j\"\"}", i ? "," : "",
                 c->parameters[i].name, c->parameters[i].value ? c->parameters[i].value : "");
    gen_put_str(b, "]}\"");
}

void gen_audit_row(struct gen_world *w, const struct gen_command *c)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_AUDIT, w->now);
    if (!b)
        return;
    struct gen_guid id = gen_rng_guid(&w->rng);
    gen_putf(b, "%t,%s,00000000-0000-0000-0000-000000000000,ExchangeAdmin,", w->now, w->host);
    put_audit_json(w, b, c, &id);
    gen_putf(b, ",%s,%g,%s,Exchange,%s,1,Online", c->account, &id, c->cmdlet,
             c->succeeded ? "True" : "False");
    gen_out_end_row(w->out, FAMILY_AUDIT);
}

void gen_rps_http_row(struct gen_world *w, const struct gen_request *r, const char *command)
{
    struct gen_buf *b = gen_out_begin_row(w->out, FAMILY_RPS_HTTP, w->now);
    if (!b)
        return;
    struct gen_guid session = gen_rng_guid(&w->rng), shell = gen_rng_guid(&w->rng);
    /* 1-18 */
    gen_putf(b, "%t,%t,%g,15,1,%u,%u,,%s,%s,%s,true,%s,,,%s,%s,%s,", w->now,
             w->now - r->latency, &r->id, w->build.build, w->build.revision, r->host,
             r->back_stem ? r->back_stem : r->stem, r->auth,
             r->back_account ? r->back_account : r->account, r->client, w->host, w->fqdn);
    /* 19-38 */
    gen_putf(b, "%u,0,,%s,,%s,%X,%X,,,%u,%h,,,%u,%u,%h,,SessionKey=%x;,", r->back_status,
             *command ? "Command" : "Receive", command, &session, &shell, r->request_bytes,
             r->agent, r->latency, r->latency, r->query, r->id.lo);
    gen_out_end_row(w->out, FAMILY_RPS_HTTP);
}
