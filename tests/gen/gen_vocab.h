/* gen_vocab: the people, programs and addresses of one organisation, made
 * once from the seed and then only read. All names are invented; addresses of
 * attackers come from the documentation ranges, so nobody is accused. */
#ifndef GEN_VOCAB_H
#define GEN_VOCAB_H

#include <stddef.h>

#include "gen_rng.h"

enum gen_agent_kind { AGENT_OUTLOOK, AGENT_MOBILE, AGENT_BROWSER, AGENT_MAC, AGENT_KINDS };

enum { GEN_ADDRESS = 16, GEN_AGENT = 176 };

struct gen_user {
    char login[32];
    char mail[72];
    char sid[56];
    struct gen_guid mailbox;
    unsigned database;
    const char *agent[AGENT_KINDS];
    char office[GEN_ADDRESS], home[GEN_ADDRESS], roam[GEN_ADDRESS];
    char device[33];
};

struct gen_vocab {
    /* northmill.example, ad.northmill.example, NORTHMILL */
    char domain[40], ad[48], netbios[20];
    char mail_host[56], autodiscover_host[64], dc[64];
    struct gen_user *users;
    unsigned user_count;
    struct gen_user admin;
    struct gen_user probes[8]; /* HealthMailbox accounts */
    struct gen_guid databases[6];
    struct gen_guid oab;
    char (*agents[AGENT_KINDS])[GEN_AGENT];
};

/* Returns 0, or -1 when memory is short. Free with gen_vocab_deinit either way. */
int gen_vocab_init(struct gen_vocab *v, struct gen_rng *rng, unsigned user_count);
void gen_vocab_deinit(struct gen_vocab *v);

/* Write an address and return it: public-looking, or of a documentation range. */
char *gen_vocab_public_address(struct gen_rng *rng, char dst[GEN_ADDRESS]);
char *gen_vocab_documentation_address(struct gen_rng *rng, char dst[GEN_ADDRESS]);
/* Writes a foreign mail address (sender or recipient outside). */
char *gen_vocab_outside_mail(struct gen_rng *rng, char *dst, size_t cap);
/* Writes a mail subject; may hold commas and quotes. */
char *gen_vocab_subject(struct gen_rng *rng, char *dst, size_t cap);

#endif
