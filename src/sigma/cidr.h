/*
 * Addresses and networks, IPv4 and IPv6, in the text forms that rules and logs use.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_SIGMA_CIDR_H
#define HAUBERK_SIGMA_CIDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct sigma_address {
    unsigned size;     /* 4 or 16 bytes */
    uint8_t bytes[16]; /* network order */
};

struct sigma_network {
    struct sigma_address address; /* bits behind the prefix are zero */
    unsigned prefix;              /* 0 .. 8 * address.size */
};

/* "10.1.2.3" or "fe80::1" or "::ffff:10.1.2.3"; no zone, no port, no brackets. */
bool sigma_address_parse(struct slice text, struct sigma_address *out);

/* An address and a prefix length, or an address alone: a network of one. */
bool sigma_network_parse(struct slice text, struct sigma_network *out);

bool sigma_network_has(const struct sigma_network *network,
                       const struct sigma_address *address);

#endif
