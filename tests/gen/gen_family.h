/* gen_family: the table of log families: where each is stored, how its files
 * are named and cut, and what its header says. A new family is one row here
 * and one row writer (gen_rows.h). Constant data only. */
#ifndef GEN_FAMILY_H
#define GEN_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

enum gen_family_id {
    /* The HttpProxy folders come first, in the order of enum gen_protocol. */
    FAMILY_PROXY_AUTODISCOVER,
    FAMILY_PROXY_EAS,
    FAMILY_PROXY_ECP,
    FAMILY_PROXY_EWS,
    FAMILY_PROXY_MAPI,
    FAMILY_PROXY_OAB,
    FAMILY_PROXY_OWA,
    FAMILY_PROXY_OWACALENDAR,
    FAMILY_PROXY_POWERSHELL,
    FAMILY_PROXY_RPCHTTP,
    FAMILY_IIS_FRONT,
    FAMILY_IIS_BACK,
    FAMILY_HTTPERR,
    FAMILY_ECP_SERVER,
    FAMILY_ECP_ACTIVITY,
    FAMILY_EWS,
    FAMILY_MAPIHTTP,
    FAMILY_AUTODISCOVER,
    FAMILY_OABGEN,
    FAMILY_RPS_CMDLET,
    FAMILY_RPS_HTTP,
    FAMILY_FILTERING,
    FAMILY_AUDIT,
    FAMILY_TRACKING,
    FAMILY_SMTP_RECEIVE,
    FAMILY_SMTP_SEND,
    FAMILY_AGENT,
    FAMILY_COUNT
};

enum gen_cut {
    CUT_DAY,  /* one file a day, and after max_bytes */
    CUT_HOUR, /* Exchange's own: a new hour, and after max_bytes */
    CUT_SIZE, /* HTTP.sys: after max_bytes only */
};

enum gen_header {
    HEADER_IIS,      /* #Software #Version #Date #Fields, local-looking date */
    HEADER_BUILD,    /* Exchange, #Version is the server's build */
    HEADER_CONSTANT, /* Exchange, #Version is 15.0.0.0 */
};

struct gen_family {
    const char *group;    /* word for --families */
    const char *folder;   /* below the drive letter's folder */
    const char *name;     /* {Y} {y} {m} {d} {h} {n} {p} are replaced */
    const char *log_type; /* #Log-type, NULL for IIS and HTTP.sys */
    const char *software;
    const char *fields;
    uint64_t max_bytes; /* 0: no limit */
    enum gen_cut cut;
    enum gen_header header;
    bool bom;  /* UTF-8 byte order mark before the first line */
    bool bare; /* the column list also as a plain first line */
};

extern const struct gen_family gen_families[FAMILY_COUNT];

#endif
