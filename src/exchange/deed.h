/*
 * What a command of an administrator does to mail: exports, rights over mailboxes, forwarding,
 * rules. Each is honest work on most days; the case decides what it means (casefile/taken.h).
 *
 * Commands stand in four logs: CmdletInfra (Cmdlet, Parameters), admin audit (Operation, Data),
 * the ECP server log (CMD) and MSExchange Management (Data[0], Data[1]); facts:
 * exchange.md 2.3, 2.5, 2.6, 3.5. Thread rule: pure functions; slices borrow from the event.
 */
#ifndef HAUBERK_EXCHANGE_DEED_H
#define HAUBERK_EXCHANGE_DEED_H

#include "events/event.h"

enum deed {
    DEED_NONE,
    DEED_EXPORT,          /* a mailbox, or a search in it, copied to a file or a mailbox */
    DEED_EXPORT_RIGHT,    /* the role Mailbox Import Export */
    DEED_DELEGATE,        /* FullAccess, a folder, Send As */
    DEED_IMPERSONATION,   /* the role ApplicationImpersonation */
    DEED_FORWARDING,      /* of a whole mailbox */
    DEED_INBOX_RULE,      /* one that sends mail on, or away */
    DEED_TRANSPORT_RULE,  /* of the organisation, journal rules among them */
    DEED_TRANSPORT_AGENT, /* code that sees every message */
    DEED_COUNT
};

struct deed_facts {
    enum deed deed;
    struct slice cmdlet;
    struct slice mailbox; /* whose, as the command names it; absent when it names none */
};

/* Stable name for the case and for NDJSON: "export". NULL when out of range. */
const char *deed_name(enum deed deed);
enum deed deed_by_name(struct slice name);

/* DEED_NONE when the event is no such command. */
void deed_read(const struct event *event, struct deed_facts *out);

/* A row with a deed holds one of these; NULL-terminated. */
extern const char *const deed_literals[];

/* Do rows of the family tell of commands? */
bool deed_is_told_by(enum family_id family);

#endif
