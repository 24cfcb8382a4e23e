/*
 * What an event says about a request: who, how, for what, with which answer. One reading for
 * all log families, so that everything behind it (grades, incidents, reports) speaks one
 * language.
 *
 * Thread rule: pure functions; slices borrow from the event, its scratch arena or its row.
 */
#ifndef HAUBERK_EXCHANGE_REQUEST_H
#define HAUBERK_EXCHANGE_REQUEST_H

#include "base/ip.h"
#include "events/event.h"
#include "exchange/page.h"

/* Load balancers whose X-Forwarded-For is believed (--trusted-proxy). */
struct trusted_proxies {
    size_t count;
    struct ip_network *networks;
};

enum probe {
    PROBE_NO,
    PROBE_LIKELY,  /* excuses scans and attempts */
    PROBE_CERTAIN, /* never raises a grade */
};

struct request {
    struct slice host;   /* first label, lower case; absent when the row names none */
    struct slice source; /* client address, behind trusted proxies the forwarded one */
    struct slice method;
    struct slice url_path;  /* without query */
    struct slice url_query; /* without the tail that Exchange adds for itself */
    struct slice agent;     /* as the client sent it: IIS's '+' undone */
    struct slice user;
    int status;        /* 0: the row has none */
    struct slice page; /* normal form, absent when the request runs no page */
    enum page_class page_class;
    struct slice request_id; /* joins IIS rows (cafeReqId) and HttpProxy rows (RequestId) */
    struct slice session;    /* ECP canary or ACTID; absent when a placeholder */
    enum probe probe;        /* Exchange's own monitoring? */
    bool from_itself;        /* the server speaks to itself: its address tells no actor */
};

void request_read(const struct event *event, const struct trusted_proxies *proxies,
                  struct request *out);

/* Fields that rules can use besides the log's columns; `context` is not used. */
struct slice request_page_class(const void *context, const struct event *event);
struct slice request_page_path(const void *context, const struct event *event);

/* Substrings that a row with a page must hold; NULL-terminated. */
extern const char *const request_page_literals[];

enum outcome { OUTCOME_UNKNOWN, OUTCOME_SUCCESS, OUTCOME_REFUSED };

/*
 * How the request ended (docs/formats, facts on 200, 241 and 302). `success` are further
 * statuses that mean success for the rule that matched, besides 200-299.
 */
enum outcome request_outcome(const struct event *event, const struct request *request,
                             const int *success, size_t success_count);

/* A placeholder ("xxx", "<empty>", all zeros) must never join two rows. */
bool request_is_placeholder(struct slice key);

#endif
