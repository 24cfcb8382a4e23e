/*
 * What a request does with mail: which mailbox, which operation, how many bytes left the
 * server.
 *
 * Only EWS and MAPI over HTTP name the operation; HttpProxy and IIS show which service was
 * asked. Formats and columns: facts exchange.md 2.1, 2.2, 2.6. Thread rule: pure functions;
 * slices borrow from the event or its scratch arena.
 */
#ifndef HAUBERK_EXCHANGE_MAIL_H
#define HAUBERK_EXCHANGE_MAIL_H

#include "exchange/request.h"

enum mail_act {
    MAIL_NONE,      /* no request to a service that holds mail */
    MAIL_ADDRESSES, /* the address book: offline copies, NSPI */
    MAIL_REACHED,   /* a mail service was asked; what for is not in this log */
    MAIL_LOOKED,    /* folders, headers, settings */
    MAIL_READ,      /* messages, attachments, whole mailboxes */
    MAIL_WRITTEN,   /* sent, changed, deleted; rules and delegates set by the client */
    MAIL_ACT_COUNT
};

struct mail_facts {
    enum mail_act act;
    struct slice operation; /* "GetItem"; of HttpProxy and IIS the service: "ews" */
    struct slice mailbox;   /* local part, lower case; absent: the log does not tell */
    bool has_bytes;
    uint64_t bytes; /* of the answer */
};

const char *mail_act_name(enum mail_act act); /* "read" */
enum mail_act mail_act_by_name(struct slice name);

/* `request` is what request_read() made of the event. */
void mail_read(const struct event *event, const struct request *request,
               struct mail_facts *out);

/* The column in which a family logs the bytes of the answer; NULL: none. */
const char *mail_bytes_column(enum family_id family);

/* SYSTEM, or an account of a computer ("EX01$"): no person, and no mailbox. */
bool mail_is_machine(struct slice user);

#endif
