/*
 * IP addresses and networks, v4 and v6, with the forms logs write: "[::1]:443",
 * "1.2.3.4:56026", "fe80::1%3". Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_IP_H
#define HAUBERK_BASE_IP_H

#include <stdbool.h>

#include "base/slice.h"

/* v4 is kept as v4-mapped v6 (::ffff:a.b.c.d), so that one comparison serves both. */
struct ip {
    unsigned char bytes[16];
};

struct ip_network {
    struct ip address;
    unsigned prefix; /* bits, 0..128; a v4 /8 is 104 */
};

bool ip_parse(struct slice text, struct ip *out); /* brackets, port and zone are cut off */
bool ip_network_parse(struct slice text, struct ip_network *out); /* "10.0.0.0/8", "::1" */
bool ip_in_network(const struct ip *ip, const struct ip_network *network);
bool ip_is_loopback(const struct ip *ip);

/* The address part of what logs write, without brackets, port and zone. Borrowed. */
struct slice ip_text(struct slice text);

#endif
