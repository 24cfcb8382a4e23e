/* gen_rows: the row writers, one per log family. Each writes the row of the
 * event it is given at w->now. Strings in the parameter structs are borrowed
 * for the call; NULL means an empty cell where the comment says "may be". */
#ifndef GEN_ROWS_H
#define GEN_ROWS_H

#include <stdbool.h>

#include "gen_world.h"

enum gen_protocol { /* same order as FAMILY_PROXY_* */
                    PROTOCOL_AUTODISCOVER,
                    PROTOCOL_EAS,
                    PROTOCOL_ECP,
                    PROTOCOL_EWS,
                    PROTOCOL_MAPI,
                    PROTOCOL_OAB,
                    PROTOCOL_OWA,
                    PROTOCOL_OWACALENDAR,
                    PROTOCOL_POWERSHELL,
                    PROTOCOL_RPCHTTP,
};

enum gen_reach {
    REACH_NONE = 0,
    REACH_FRONT = 1,  /* a row in the front end's IIS log */
    REACH_PROXY = 2,  /* a row in the HttpProxy log */
    REACH_BACK = 4,   /* a row in the back end's IIS log */
    REACH_CHOSEN = 8, /* a back end was chosen, even if not asked */
    REACH_ALL = 15,
};

/* One request from a client, as far as it got. Start from gen_request_make. */
struct gen_request {
    struct gen_guid id;       /* RequestId = cafeReqId */
    struct gen_guid activity; /* ActID on the back end */
    enum gen_protocol protocol;
    unsigned reach; /* of enum gen_reach */
    const char *method, *host, *stem;
    const char *query; /* without '?'; may be "" */
    const char *action, *client_request_id, *auth, *organization;
    const char *account; /* DOMAIN\user, "" when anonymous */
    const char *anchor, *agent, *client, *hint, *cookie;
    const char *target; /* TargetServer, when not this server */
    const char *target_version;
    const char *extra, *errors;                        /* into GenericInfo, GenericErrors */
    const char *referrer;                              /* IIS only, "-" when none */
    const char *back_stem, *back_query, *back_account; /* NULL: as in front */
    const char *back_client;                           /* address the back end saw */
    const struct gen_guid *database;                   /* may be NULL */
    unsigned status, back_status, sub_status;
    unsigned request_bytes, response_bytes, latency;
    unsigned target_packed; /* BEVersion */
    bool tailed;            /* false: not an Exchange folder, no cafeReqId tail */
};

struct gen_request gen_request_make(struct gen_world *w, enum gen_protocol protocol);

enum { GEN_ACCOUNT = 64, GEN_ANCHOR = 128 }; /* bytes */

/* Makes `r` a request of `user` signed in with Windows; both texts must outlive `r`. */
void gen_request_sign_in(struct gen_request *r, const struct gen_world *w,
                         const struct gen_user *user, char account[GEN_ACCOUNT],
                         char anchor[GEN_ANCHOR]);
/* Writes every row the request left behind. */
void gen_request_emit(struct gen_world *w, const struct gen_request *r);

void gen_httpproxy_row(struct gen_world *w, const struct gen_request *r);
void gen_iis_front_row(struct gen_world *w, const struct gen_request *r);
void gen_iis_back_row(struct gen_world *w, const struct gen_request *r);
void gen_httperr_row(struct gen_world *w, const char *client, const char *method,
                     const char *uri, unsigned status, const char *reason);
/* AMSI said no: HttpRequestFiltering. */
void gen_filtering_row(struct gen_world *w, const struct gen_request *r,
                       const char *cookie_names);

/* ECP Server log. `command` is cmdlet and parameters with single quotes as the
 * cmdlet has them; the writer quotes the pair. `error` may be "". */
void gen_ecp_server_row(struct gen_world *w, const char *command, const char *url,
                        const char *error);
/* ECP Activity log; `account` may be NULL. */
void gen_ecp_activity_row(struct gen_world *w, const char *account, const char *url);

struct gen_ews_call {
    const struct gen_request *request;
    const char *mail, *soap_action;
    unsigned response_bytes;
};
void gen_ews_row(struct gen_world *w, const struct gen_ews_call *call);
void gen_mapihttp_row(struct gen_world *w, const struct gen_request *r,
                      const struct gen_user *user, const char *request_type);
void gen_autodiscover_row(struct gen_world *w, const struct gen_request *r,
                          const char *account);
void gen_oabgen_row(struct gen_world *w, const struct gen_guid *trace, const char *message);

struct gen_parameter {
    const char *name, *value; /* value NULL: $null */
};

/* One administrator's command, in whichever management logs it reaches. */
struct gen_command {
    const char *cmdlet;
    const struct gen_parameter *parameters;
    unsigned parameter_count;
    const char *account; /* DOMAIN\user or SYSTEM */
    const char *sid;
    const char *application; /* ClientApplication: EMS, ECP, ActiveMonitor... */
    const char *pool;        /* w3wp#... */
    const char *object;      /* ObjectId of the audit record */
    bool succeeded;
};
void gen_cmdlet_row(struct gen_world *w, const struct gen_command *c);
void gen_audit_row(struct gen_world *w, const struct gen_command *c);
void gen_rps_http_row(struct gen_world *w, const struct gen_request *r, const char *command);

struct gen_mail {
    const char *sender, *recipient, *subject;
    const char *peer; /* address of the other mail server */
    const char *peer_name;
    unsigned bytes;
    bool inbound;
};
void gen_mail_inbound(struct gen_world *w, const struct gen_mail *m);
void gen_mail_outbound(struct gen_world *w, const struct gen_mail *m);
void gen_mail_internal(struct gen_world *w, const struct gen_mail *m);
/* A connection that never becomes a mail: the monitoring probe's or a passer-by's. */
void gen_smtp_touch(struct gen_world *w, const char *peer);

#endif
