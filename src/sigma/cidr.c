#include "sigma/cidr.h"

#define IPV4_BYTES 4U
#define IPV6_BYTES 16U

/* Decimal without leading zeros (as Python's ipaddress: 010 means 8 to some and 10 to others).
 */
static bool parse_small(struct slice text, uint64_t limit, unsigned *out)
{
    uint64_t number;
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    if (!slice_to_u64(text, &number) || number > limit)
        return false;
    *out = (unsigned)number;
    return true;
}

static bool parse_ipv4(struct slice text, uint8_t *bytes)
{
    struct slice rest = text;
    for (size_t i = 0; i < IPV4_BYTES; i++) {
        unsigned number;
        if (!rest.ptr || !parse_small(slice_cut(&rest, '.'), 255, &number))
            return false;
        bytes[i] = (uint8_t)number;
    }
    return !rest.ptr;
}

static int hex_digit(char c)
{
    c = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_group(struct slice text, uint8_t *bytes)
{
    unsigned number = 0;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.ptr[i]);
        if (digit < 0)
            return false;
        number = number * 16 + (unsigned)digit;
    }
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)number;
    return true;
}

/* Groups parted by ':'; `last`: an IPv4 address may end them. Returns the bytes, or -1. */
static int parse_groups(struct slice text, bool last, uint8_t *bytes)
{
    size_t used = 0;
    struct slice rest = text;
    while (rest.ptr && text.len) {
        struct slice group = slice_cut(&rest, ':');
        bool dotted = last && !rest.ptr && slice_find_char(group, '.') != SIZE_MAX;
        size_t size = dotted ? IPV4_BYTES : 2;
        if (used + size > IPV6_BYTES)
            return -1;
        if (!(dotted ? parse_ipv4(group, bytes + used) : parse_group(group, bytes + used)))
            return -1;
        used += size;
    }
    return (int)used;
}

static bool parse_ipv6(struct slice text, uint8_t *bytes)
{
    uint8_t tail[IPV6_BYTES];
    size_t gap = slice_find(text, SLICE_LIT("::"));
    if (gap == SIZE_MAX)
        return parse_groups(text, true, bytes) == (int)IPV6_BYTES;
    int head_size = parse_groups(slice_first(text, gap), false, bytes);
    int tail_size = parse_groups(slice_from_offset(text, gap + 2), true, tail);
    /* '::' stands for one group of zeros at least (RFC 4291 section 2.2). */
    if (head_size < 0 || tail_size < 0 || head_size + tail_size > (int)IPV6_BYTES - 2)
        return false;
    memcpy(bytes + IPV6_BYTES - tail_size, tail, (size_t)tail_size);
    return true;
}

bool sigma_address_parse(struct slice text, struct sigma_address *out)
{
    memset(out, 0, sizeof *out);
    bool six = slice_find_char(text, ':') != SIZE_MAX;
    out->size = six ? IPV6_BYTES : IPV4_BYTES;
    return six ? parse_ipv6(text, out->bytes) : parse_ipv4(text, out->bytes);
}

static uint8_t prefix_mask(unsigned prefix, unsigned byte)
{
    if (prefix >= (byte + 1) * 8)
        return 0xFF;
    return prefix <= byte * 8 ? 0 : (uint8_t)(0xFFU << (8 - (prefix - byte * 8)));
}

bool sigma_network_parse(struct slice text, struct sigma_network *out)
{
    struct slice rest = text;
    if (!sigma_address_parse(slice_cut(&rest, '/'), &out->address))
        return false;
    out->prefix = out->address.size * 8;
    if (rest.ptr && !parse_small(rest, out->prefix, &out->prefix))
        return false;
    for (unsigned i = 0; i < out->address.size; i++) {
        if (out->address.bytes[i] & (uint8_t)~prefix_mask(out->prefix, i))
            return false;
    }
    return true;
}

bool sigma_network_has(const struct sigma_network *network, const struct sigma_address *address)
{
    if (network->address.size != address->size)
        return false;
    for (unsigned i = 0; i < address->size; i++) {
        uint8_t differs = network->address.bytes[i] ^ address->bytes[i];
        if (differs & prefix_mask(network->prefix, i))
            return false;
    }
    return true;
}
