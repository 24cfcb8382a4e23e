/*
 * The worker's side: one item of evidence → records on the channel.
 *
 * A worker has the compiled rules in its memory from before it was started. It reads orders
 * (struct scan_order) until the channel closes. Thread rule: one worker, one process.
 */
#ifndef HAUBERK_HUNT_SCAN_H
#define HAUBERK_HUNT_SCAN_H

#include "base/process.h"
#include "casefile/record.h"
#include "exchange/request.h"
#include "match/engine.h"

#define RULE_SUCCESS_MAX 8

/* What the tags of a rule and the correlations say about its hits. */
struct rule_facts {
    enum stage stage;
    size_t success_count;
    int success[RULE_SUCCESS_MAX]; /* tags hauberk.success.<status> */
    size_t correlation_count;      /* correlations that this rule feeds */
    const struct sigma_rule *correlations[RECORD_KEYS_MAX];
};

struct scan_settings {
    const struct sigma_set *set;
    const struct engine *engine;
    const struct rule_facts *facts; /* by rule index */
    int64_t since, until;
    struct trusted_proxies proxies;
};

/* Reads the tags and correlations of all rules; free() the array. */
struct rule_facts *rule_facts_new(const struct sigma_set *set);

struct scan_order {
    uint64_t item;
    const char *path;
    uint64_t start, length; /* of the part; 0 and UINT64_MAX: the whole file */
    struct slice state;     /* header state in front of the part; absent: find out */
};

/* Coordinator's side of the order. */
void scan_order_put(struct buf *out, const struct scan_order *order);

/* process_body: context is const struct scan_settings *. */
int scan_worker(void *settings, struct channel *channel);

/*
 * Can the file be read in parts, and where may it be cut? The coordinator asks, so only 64
 * bytes are looked at and nothing is parsed: they must be plain text, or start as an event log
 * does.
 */
enum scan_split { SCAN_SPLIT_NO, SCAN_SPLIT_LINES, SCAN_SPLIT_CHUNKS };
enum scan_split scan_can_split(const char *path);

/*
 * Fault switch for tests: crashes, hangs or ends the worker when the path asks for it. Does
 * nothing in the program that is shipped (fault_off.c); see fault_on.c.
 */
void scan_fault(const char *path);

#endif
