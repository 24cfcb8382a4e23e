#include "base/ip.h"

static bool parse_v4(struct slice s, unsigned char out[4])
{
    struct slice rest = s;
    for (int i = 0; i < 4; i++) {
        uint64_t octet;
        if (!rest.ptr)
            return false;
        struct slice part = slice_cut(&rest, '.');
        if (part.len > 3 || !slice_to_u64(part, &octet) || octet > 255)
            return false;
        out[i] = (unsigned char)octet;
    }
    return !rest.ptr;
}

static bool parse_group(struct slice s, unsigned *out)
{
    unsigned value = 0;
    if (s.len == 0 || s.len > 4)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = ascii_lower(s.ptr[i]);
        unsigned digit;
        if (ascii_is_digit(c))
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a' + 10);
        else
            return false;
        value = value * 16 + digit;
    }
    *out = value;
    return true;
}

/* Groups separated by ':' with an optional v4 tail, into bytes; at most `max` bytes. */
static bool parse_groups(struct slice s, unsigned char *out, size_t max, size_t *len_out)
{
    size_t len = 0;
    struct slice rest = s;
    while (rest.ptr && s.len) {
        struct slice part = slice_cut(&rest, ':');
        unsigned group;
        if (!rest.ptr && slice_find_char(part, '.') != SIZE_MAX) {
            if (len + 4 > max || !parse_v4(part, out + len))
                return false;
            len += 4;
        } else {
            if (len + 2 > max || !parse_group(part, &group))
                return false;
            out[len++] = (unsigned char)(group >> 8);
            out[len++] = (unsigned char)group;
        }
    }
    *len_out = len;
    return true;
}

static bool parse_v6(struct slice s, struct ip *out)
{
    unsigned char head[16], tail[16];
    size_t head_len, tail_len = 0;
    size_t gap = slice_find(s, SLICE_LIT("::"));
    struct slice front = gap == SIZE_MAX ? s : slice_first(s, gap);
    if (!parse_groups(front, head, 16, &head_len))
        return false;
    if (gap == SIZE_MAX) {
        memcpy(out->bytes, head, 16);
        return head_len == 16;
    }
    if (!parse_groups(slice_from_offset(s, gap + 2), tail, 16, &tail_len) ||
        head_len + tail_len > 14)
        return false;
    memset(out->bytes, 0, 16);
    memcpy(out->bytes, head, head_len);
    memcpy(out->bytes + 16 - tail_len, tail, tail_len);
    return true;
}

struct slice ip_text(struct slice text)
{
    struct slice s = slice_trim(text);
    if (s.len && s.ptr[0] == '[') {
        s = slice_from_offset(s, 1);
        size_t close = slice_find_char(s, ']');
        s = slice_first(s, close);
    } else {
        size_t colon = slice_find_char(s, ':');
        bool one_colon = colon != SIZE_MAX &&
                         slice_find_char(slice_from_offset(s, colon + 1), ':') == SIZE_MAX;
        if (one_colon)
            s = slice_first(s, colon); /* 1.2.3.4:56026 */
    }
    return slice_first(s, slice_find_char(s, '%'));
}

bool ip_parse(struct slice text, struct ip *out)
{
    struct slice s = ip_text(text);
    if (slice_find_char(s, ':') != SIZE_MAX)
        return parse_v6(s, out);
    memset(out->bytes, 0, 10);
    out->bytes[10] = out->bytes[11] = 0xff;
    return parse_v4(s, out->bytes + 12);
}

bool ip_network_parse(struct slice text, struct ip_network *out)
{
    struct slice rest = slice_trim(text);
    struct slice address = slice_cut(&rest, '/');
    if (!ip_parse(address, &out->address))
        return false;
    bool v6 = slice_find_char(address, ':') != SIZE_MAX;
    uint64_t prefix = v6 ? 128 : 32;
    if (rest.ptr && (!slice_to_u64(rest, &prefix) || prefix > (v6 ? 128U : 32U)))
        return false;
    out->prefix = (unsigned)prefix + (v6 ? 0 : 96);
    return true;
}

bool ip_in_network(const struct ip *ip, const struct ip_network *network)
{
    unsigned whole = network->prefix / 8, bits = network->prefix % 8;
    if (memcmp(ip->bytes, network->address.bytes, whole) != 0)
        return false;
    unsigned mask = bits ? 0xffU << (8 - bits) : 0;
    return bits == 0 ||
           ((ip->bytes[whole] ^ network->address.bytes[whole]) & mask & 0xffU) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const unsigned char v6[16] = { [15] = 1 };
    static const unsigned char v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (memcmp(ip->bytes, v6, 16) == 0)
        return true;
    return memcmp(ip->bytes, v4_mapped, 12) == 0 && ip->bytes[12] == 127;
}
