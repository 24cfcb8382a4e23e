/*
 * The worker's side: one item of evidence → records on the channel.
 *
 * A worker has the compiled rules in its memory from before it was started. It reads orders
 * (struct order) until the channel closes. Thread rule: one worker, one process.
 */
#ifndef HAUBERK_HUNT_SCAN_H
#define HAUBERK_HUNT_SCAN_H

#include "base/process.h"
#include "casefile/record.h"
#include "exchange/request.h"
#include "hunt/order.h"
#include "match/engine.h"
#include "webshell/baseline.h"
#include "webshell/yara.h"

#define RULE_SUCCESS_MAX 8

/* What the tags of a rule say about its hits. */
struct rule_facts {
    enum stage stage;
    size_t success_count;
    int success[RULE_SUCCESS_MAX]; /* tags hauberk.success.<status> */
};

struct scan_settings {
    const struct sigma_set *set;
    const struct engine *engine;
    const struct rule_facts *facts; /* by rule index */
    int64_t since, until;
    struct trusted_proxies proxies;
    bool pages;                      /* look for pages, too */
    const struct yara_set *yara;     /* rules to run over them; NULL: none */
    const struct baseline *baseline; /* pages that the user knows; NULL: none */
};

/* Reads the tags of all rules; free() the array. */
struct rule_facts *rule_facts_new(const struct sigma_set *set);

/* process_body: context is const struct scan_settings *. */
int scan_worker(void *settings, struct channel *channel);

#endif
