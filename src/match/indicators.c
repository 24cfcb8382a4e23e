#include "match/indicators.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ip.h"
#include "base/map.h"

#define TOLD_MAX 8  /* indicators of one group that one hit names */
#define PIECE_MIN 4 /* characters of a literal: shorter ones are everywhere */
#define V4_PREFIX_MIN (96 + 8)
#define V6_PREFIX_MIN 16

struct indicator {
    struct slice text; /* as it is compared: without scheme, slashes forward */
    struct slice told; /* as the list has it, without what made it harmless */
    uint32_t group;
    struct ip_network network; /* of INDICATOR_ADDRESS */
};

struct group {
    struct slice list;
    enum indicator_type type;
    size_t size;
    struct map known; /* texts */
};

struct indicators {
    struct arena arena;
    size_t count, capacity;
    struct indicator *all;
    size_t group_count, group_capacity;
    struct group *groups;
    size_t literal_count, literal_capacity;
    struct slice *literals;
    size_t owner_capacity;
    uint32_t *owners; /* literal → indicator */
    struct prefilter *filter;
};

const char *indicator_type_name(enum indicator_type type)
{
    static const char *const names[] = { "address", "domain", "url", "file", "hash" };
    return type < INDICATOR_TYPE_COUNT ? names[type] : "";
}

struct indicators *indicators_new(void)
{
    return mem_alloc(sizeof(struct indicators));
}

void indicators_free(struct indicators *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->group_count; i++)
        map_deinit(&set->groups[i].known);
    prefilter_free(set->filter);
    free(set->all);
    free(set->groups);
    free(set->literals);
    free(set->owners);
    arena_deinit(&set->arena);
    free(set);
}

size_t indicators_group(struct indicators *set, struct slice list, enum indicator_type type)
{
    for (size_t i = 0; i < set->group_count; i++)
        if (set->groups[i].type == type && slice_eq(set->groups[i].list, list))
            return i;
    set->groups =
        mem_reserve(set->groups, set->group_count, &set->group_capacity, sizeof *set->groups);
    set->groups[set->group_count] =
        (struct group){ arena_copy(&set->arena, list), type, 0, MAP_INIT };
    return set->group_count++;
}

size_t indicators_count(const struct indicators *set)
{
    return set->count;
}

size_t indicators_group_count(const struct indicators *set)
{
    return set->group_count;
}

struct slice indicators_group_list(const struct indicators *set, size_t group)
{
    return set->groups[group].list;
}

enum indicator_type indicators_group_type(const struct indicators *set, size_t group)
{
    return set->groups[group].type;
}

size_t indicators_group_size(const struct indicators *set, size_t group)
{
    return set->groups[group].size;
}

const struct prefilter *indicators_filter(const struct indicators *set)
{
    return set->filter;
}

size_t indicators_literal_count(const struct indicators *set)
{
    return set->literal_count;
}

/* ---- how people write them ------------------------------------------------------------------
 */

/* What stands for one character so that nobody clicks on it. */
static const struct {
    const char *written, *meant;
} disguises[] = {
    { "[://]", "://" }, { "[.]", "." },   { "(.)", "." },     { "{.}", "." },
    { "[dot]", "." },   { "(dot)", "." }, { "[:]", ":" },     { "[@]", "@" },
    { "[at]", "@" },    { "[/]", "/" },   { "hxxp", "http" }, { "h**p", "http" },
};

/* Appends what the text starts with and returns its length. */
static size_t reveal(struct slice rest, bool at_start, struct buf *out)
{
    for (size_t i = 0; i < sizeof disguises / sizeof *disguises; i++) {
        bool word = ascii_is_alnum(disguises[i].written[0]);
        if ((word && !at_start) || !slice_icase_starts(rest, slice_from(disguises[i].written)))
            continue;
        buf_add_text(out, disguises[i].meant);
        return strlen(disguises[i].written);
    }
    buf_add_char(out, rest.ptr[0]);
    return 1;
}

static bool is_quoted(struct slice s)
{
    return s.len >= 2 && s.ptr[0] == s.ptr[s.len - 1] &&
           (s.ptr[0] == '"' || s.ptr[0] == '\'' || s.ptr[0] == '`');
}

void indicator_refang(struct slice text, struct buf *out)
{
    struct slice s = slice_trim(text);
    while (is_quoted(s))
        s = slice_trim(slice_of(s.ptr + 1, s.len - 2));
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < s.len;)
        i += reveal(slice_from_offset(s, i), i == 0, out);
}

/* ---- what they are --------------------------------------------------------------------------
 */

static bool is_hex(char c)
{
    char l = ascii_lower(c);
    return ascii_is_digit(c) || (l >= 'a' && l <= 'f');
}

static bool is_hash(struct slice s)
{
    if (s.len != 32 && s.len != 40 && s.len != 64)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_hex(s.ptr[i]))
            return false;
    return true;
}

static bool is_name_char(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_';
}

static bool is_word_char(char c)
{
    return is_name_char(c) || (unsigned char)c >= 0x80;
}

/* Two labels or more, the last one no number. */
static bool is_domain(struct slice s)
{
    size_t labels = 0;
    struct slice rest = s, label = SLICE_NULL;
    while (rest.ptr) {
        label = slice_cut(&rest, '.');
        if (label.len == 0 || label.len > 63)
            return false;
        for (size_t i = 0; i < label.len; i++)
            if (!is_name_char(label.ptr[i]))
                return false;
        labels++;
    }
    return labels >= 2 && label.len >= 2 && !ascii_is_digit(label.ptr[0]);
}

/* Endings of files that nobody takes for a domain in a list of indicators. */
static bool has_file_ending(struct slice s)
{
    static const char *const endings[] = {
        ".exe",  ".dll",  ".ps1",  ".psm1", ".bat",    ".cmd",  ".vbs", ".vbe",  ".js",
        ".jse",  ".jsp",  ".jspx", ".aspx", ".ashx",   ".asmx", ".asp", ".asax", ".php",
        ".zip",  ".rar",  ".7z",   ".cab",  ".txt",    ".log",  ".dat", ".bin",  ".tmp",
        ".sys",  ".scr",  ".lnk",  ".hta",  ".msi",    ".iso",  ".img", ".vhd",  ".doc",
        ".docx", ".docm", ".xls",  ".xlsx", ".xlsm",   ".pdf",  ".jar", ".py",   ".sh",
        ".chm",  ".wsf",  ".xml",  ".json", ".config", ".dmp",  ".inf", ".html", ".htm",
        ".rtf",  ".one",  ".ocx",  ".cpl",  ".pst",    ".edb",
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (slice_icase_ends(s, slice_from(endings[i])))
            return true;
    return false;
}

/* "evil.example/x.php" */
static bool is_url_without_scheme(struct slice s)
{
    size_t slash = slice_find_char(s, '/');
    return slash != SIZE_MAX && is_domain(slice_first(s, slash));
}

static bool is_file(struct slice s)
{
    return slice_find_char(s, '\\') != SIZE_MAX || (s.len && strchr("/%", s.ptr[0])) ||
           has_file_ending(s);
}

bool indicator_guess(struct slice text, enum indicator_type *out)
{
    struct ip_network network;
    struct slice s = slice_trim(text);
    if (is_hash(s))
        *out = INDICATOR_HASH;
    else if (slice_has(s, SLICE_LIT("://")) || is_url_without_scheme(s))
        *out = INDICATOR_URL;
    else if (ip_network_parse(s, &network))
        *out = INDICATOR_ADDRESS;
    else if (is_file(s))
        *out = INDICATOR_FILE;
    else if (is_domain(s))
        *out = INDICATOR_DOMAIN;
    else
        return false;
    return true;
}

/* ---- literals -------------------------------------------------------------------------------
 */

/* Characters that every log writes unchanged: see literals.h. */
static bool survives(char c)
{
    return c > ' ' && c < 0x7f && !strchr("+\"',?\\/", c);
}

/* The last piece of useful length, else the longest: the end of a path says most. */
static struct slice best_piece(struct slice text, bool last, bool slashes)
{
    struct slice best = slice_of(text.ptr, 0);
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && (survives(text.ptr[i]) || (slashes && text.ptr[i] == '/')))
            continue;
        if (i - start > best.len || (last && i - start > PIECE_MIN))
            best = slice_of(text.ptr + start, i - start);
        start = i + 1;
    }
    return best;
}

static void add_literal(struct indicators *set, struct slice literal)
{
    size_t count = set->literal_count;
    set->literals =
        mem_reserve(set->literals, count, &set->literal_capacity, sizeof *set->literals);
    set->owners = mem_reserve(set->owners, count, &set->owner_capacity, sizeof *set->owners);
    set->literals[count] = literal;
    set->owners[count] = (uint32_t)set->count;
    set->literal_count++;
}

static void add_printed(struct indicators *set, const char *text)
{
    add_literal(set, arena_copy(&set->arena, slice_from(text)));
}

/* "203.0.113." or "203.0.112." ... : the octets that the network fixes, one more spelled out.
 */
static int add_v4_literals(struct indicators *set, const struct ip_network *network,
                           struct err *err)
{
    const unsigned char *octet = network->address.bytes + 12;
    unsigned prefix = network->prefix - 96;
    char text[32];
    if (network->prefix < V4_PREFIX_MIN)
        return err_set(err, ERR_USAGE, "a network of more than 16 million addresses");
    if (prefix == 32) {
        snprintf(text, sizeof text, "%u.%u.%u.%u", octet[0], octet[1], octet[2], octet[3]);
        add_printed(set, text);
        return 0;
    }
    unsigned fixed = prefix / 8, bits = prefix % 8;
    unsigned first = bits ? octet[fixed] & (0xffU << (8 - bits)) & 0xffU : 0;
    unsigned last = first | (0xffU >> bits);
    int len = 0;
    for (unsigned i = 0; i < fixed; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, "%u.", octet[i]);
    if (bits == 0 && len >= PIECE_MIN) {
        add_printed(set, text);
        return 0;
    }
    for (unsigned i = first; i <= last; i++) {
        snprintf(text + len, sizeof text - (size_t)len, fixed == 3 ? "%u" : "%u.", i);
        add_printed(set, text);
    }
    return 0;
}

static unsigned group_at(const struct ip *ip, size_t i)
{
    return (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1];
}

/*
 * An IPv6 address can be written in many ways, but a group that is not zero is always there,
 * and so are two neighbours with ':' between them; the second may have zeros in front.
 */
static int add_v6_literals(struct indicators *set, const struct ip_network *network,
                           struct err *err)
{
    size_t groups = network->prefix / 16, best = SIZE_MAX;
    unsigned best_size = 0;
    char text[16];
    for (size_t i = 0; i + 1 < groups; i++) {
        unsigned a = group_at(&network->address, i), b = group_at(&network->address, i + 1);
        if (a && b && a + b > best_size) {
            best = i;
            best_size = a + b;
        }
    }
    unsigned first = group_at(&network->address, best == SIZE_MAX ? 0 : best);
    if (best != SIZE_MAX) {
        unsigned second = group_at(&network->address, best + 1);
        for (int width = second < 0x1000 ? 1 : 4; width <= 4; width++)
            if (snprintf(text, sizeof text, "%x:%0*x", first, width, second) >= PIECE_MIN)
                add_printed(set, text);
            else
                return err_set(err, ERR_USAGE, "an address too short to be looked for");
        return 0;
    }
    snprintf(text, sizeof text, "%x:", first);
    if (network->prefix < V6_PREFIX_MIN || !first || strlen(text) < PIECE_MIN)
        return err_set(err, ERR_USAGE, "an address too short to be looked for");
    add_printed(set, text);
    return 0;
}

static bool is_v4(const struct ip *ip)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

static int add_address(struct indicators *set, struct indicator *indicator, struct err *err)
{
    if (!ip_network_parse(indicator->told, &indicator->network))
        return err_set(err, ERR_USAGE, "no address");
    if (is_v4(&indicator->network.address) && indicator->network.prefix >= 96)
        return add_v4_literals(set, &indicator->network, err);
    return add_v6_literals(set, &indicator->network, err);
}

static int add_piece(struct indicators *set, struct slice text, bool last, bool slashes,
                     struct err *err)
{
    struct slice piece = best_piece(text, last, slashes);
    if (piece.len < PIECE_MIN)
        return err_set(err, ERR_USAGE, "less than 4 plain characters in a row");
    add_literal(set, piece);
    return 0;
}

static int add_domain(struct indicators *set, struct indicator *indicator, struct err *err)
{
    struct slice s = indicator->told;
    if (slice_starts(s, SLICE_LIT("*.")))
        s = slice_from_offset(s, 2);
    while (s.len && s.ptr[0] == '.')
        s = slice_from_offset(s, 1);
    if (s.len && s.ptr[s.len - 1] == '.')
        s.len--;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return err_set(err, ERR_USAGE, "a domain beyond ASCII: give its xn-- form");
    if (!is_domain(s))
        return err_set(err, ERR_USAGE, "no domain");
    indicator->text = s;
    return add_piece(set, s, false, false, err);
}

static int add_url(struct indicators *set, struct indicator *indicator, struct err *err)
{
    struct slice s = indicator->told;
    size_t scheme = slice_find(s, SLICE_LIT("://"));
    if (scheme != SIZE_MAX)
        s = slice_from_offset(s, scheme + 3);
    size_t fragment = slice_find_char(s, '#');
    s = slice_first(s, fragment);
    while (s.len && s.ptr[s.len - 1] == '/')
        s.len--;
    indicator->text = s;
    return add_piece(set, s, false, true, err);
}

/* Slashes forward; "%TEMP%\" and "C:\" may be anything on the machine that was hit. */
static int add_file(struct indicators *set, struct indicator *indicator, struct err *err)
{
    char *text = arena_text(&set->arena, indicator->told);
    struct slice s = slice_of(text, indicator->told.len);
    for (size_t i = 0; i < s.len; i++)
        if (text[i] == '\\')
            text[i] = '/';
    if (s.len && s.ptr[0] == '%') {
        size_t end = slice_find_char(slice_from_offset(s, 1), '%');
        if (end != SIZE_MAX)
            s = slice_from_offset(s, end + 2);
    }
    while (s.len && s.ptr[0] == '/')
        s = slice_from_offset(s, 1);
    if (s.len == 0 || s.ptr[s.len - 1] == '/')
        return err_set(err, ERR_USAGE, "no name of a file");
    indicator->text = s;
    return add_piece(set, s, true, false, err);
}

static int add_hash(struct indicators *set, struct indicator *indicator, struct err *err)
{
    if (!is_hash(indicator->told))
        return err_set(err, ERR_USAGE, "no MD5, SHA-1 or SHA-256");
    indicator->text = indicator->told;
    add_literal(set, indicator->text);
    return 0;
}

static int (*const adders[])(struct indicators *set, struct indicator *indicator,
                             struct err *err) = {
    [INDICATOR_ADDRESS] = add_address, [INDICATOR_DOMAIN] = add_domain,
    [INDICATOR_URL] = add_url,         [INDICATOR_FILE] = add_file,
    [INDICATOR_HASH] = add_hash,
};

static int add_revealed(struct indicators *set, size_t group, struct slice text,
                        struct err *err)
{
    struct group *to = &set->groups[group];
    struct indicator indicator = { .group = (uint32_t)group };
    size_t literals = set->literal_count;
    if (text.len == 0 || text.len > INDICATOR_TEXT_MAX)
        return err_set(err, ERR_USAGE, "empty, or longer than %d characters",
                       INDICATOR_TEXT_MAX);
    if (set->count == INDICATORS_MAX)
        return err_set(err, ERR_USAGE, "more than %d indicators", INDICATORS_MAX);
    if (map_find(&to->known, text))
        return 1;
    indicator.text = indicator.told = arena_copy(&set->arena, text);
    if (adders[to->type](set, &indicator, err) < 0) {
        set->literal_count = literals;
        return -1;
    }
    *map_at(&to->known, text, NULL) = 1;
    to->size++;
    set->all = mem_reserve(set->all, set->count, &set->capacity, sizeof *set->all);
    set->all[set->count++] = indicator;
    return 0;
}

int indicators_add(struct indicators *set, size_t group, struct slice text, struct err *err)
{
    struct buf plain = BUF_INIT;
    indicator_refang(text, &plain);
    int result = add_revealed(set, group, buf_slice(&plain), err);
    buf_deinit(&plain);
    return result;
}

void indicators_seal(struct indicators *set)
{
    set->filter = prefilter_build(set->literals, set->literal_count);
    for (size_t i = 0; i < set->group_count; i++)
        map_deinit(&set->groups[i].known);
    for (size_t i = 0; i < set->group_count; i++)
        set->groups[i].known = (struct map)MAP_INIT;
}

/* ---- is it there? ---------------------------------------------------------------------------
 */

static unsigned hex_digit(char c)
{
    return ascii_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(ascii_lower(c) - 'a' + 10);
}

static bool is_encoded(struct slice value, size_t at)
{
    return at + 3 <= value.len && value.ptr[at] == '%' && is_hex(value.ptr[at + 1]) &&
           is_hex(value.ptr[at + 2]);
}

/* "%2f" in front counts as '/'. */
static char char_before(struct slice value, size_t at)
{
    if (at >= 3 && is_encoded(value, at - 3))
        return (char)(hex_digit(value.ptr[at - 2]) << 4 | hex_digit(value.ptr[at - 1]));
    return at > 0 ? value.ptr[at - 1] : ' ';
}

static char char_at(struct slice value, size_t at)
{
    return at < value.len ? value.ptr[at] : ' ';
}

/* Does a dot at `at` go on with a name ("1.2.3.4.5", "evil.example.com")? */
static bool dot_goes_on(struct slice value, size_t at)
{
    return char_at(value, at) == '.' && is_word_char(char_at(value, at + 1));
}

static bool ends_name(struct slice value, size_t at)
{
    return !is_word_char(char_at(value, at)) && !dot_goes_on(value, at);
}

static bool fits_domain(struct slice value, size_t start, size_t end)
{
    return !is_word_char(char_before(value, start)) && ends_name(value, end);
}

static bool fits_url(struct slice value, size_t start, size_t end)
{
    char before = char_before(value, start);
    return !is_word_char(before) && before != '.' && ends_name(value, end) &&
           char_at(value, end) != '%';
}

static bool fits_file(struct slice value, size_t start, size_t end)
{
    char before = char_before(value, start);
    return !is_word_char(before) && before != '.' && before != '~' && before != '%' &&
           before != '$' && ends_name(value, end);
}

static bool fits_hash(struct slice value, size_t start, size_t end)
{
    return !ascii_is_alnum(char_before(value, start)) && !ascii_is_alnum(char_at(value, end));
}

static bool (*const fits[])(struct slice value, size_t start, size_t end) = {
    [INDICATOR_DOMAIN] = fits_domain,
    [INDICATOR_URL] = fits_url,
    [INDICATOR_FILE] = fits_file,
    [INDICATOR_HASH] = fits_hash,
};

/* Slashes are alike, and so are IIS's '+' and a space: files only. */
static bool same_char(char a, char b, bool file)
{
    if (file && b == '/')
        return a == '/' || a == '\\';
    if (file && b == ' ')
        return a == ' ' || a == '+';
    return ascii_lower(a) == ascii_lower(b);
}

static bool stands_at(struct slice value, size_t at, struct slice text, bool file)
{
    for (size_t i = 0; i < text.len; i++)
        if (!same_char(value.ptr[at + i], text.ptr[i], file))
            return false;
    return true;
}

static bool holds_text(struct slice value, const struct indicator *indicator,
                       enum indicator_type type)
{
    struct slice text = indicator->text;
    bool file = type == INDICATOR_FILE;
    for (size_t at = 0; at + text.len <= value.len; at++)
        if (same_char(value.ptr[at], text.ptr[0], file) && stands_at(value, at, text, file) &&
            fits[type](value, at, at + text.len))
            return true;
    return false;
}

static bool is_address_char(char c)
{
    return is_hex(c) || c == ':' || c == '.';
}

static bool is_v4_char(char c)
{
    return ascii_is_digit(c) || c == '.';
}

static struct slice without_dots(struct slice s)
{
    while (s.len && s.ptr[s.len - 1] == '.')
        s.len--;
    return s;
}

/* An IPv4 address in a run of hex digits, dots and colons: "Cafe:1.2.3.4:443". */
static bool v4_in_run(struct slice run, const struct ip_network *network)
{
    struct ip ip;
    for (size_t i = 0; i < run.len;) {
        size_t start = i;
        while (i < run.len && is_v4_char(run.ptr[i]))
            i++;
        struct slice token = without_dots(slice_of(run.ptr + start, i - start));
        bool alone =
            (start == 0 || run.ptr[start - 1] == ':') && (i == run.len || run.ptr[i] == ':');
        if (alone && token.len && ip_parse(token, &ip) && ip_in_network(&ip, network))
            return true;
        while (i < run.len && !is_v4_char(run.ptr[i]))
            i++;
    }
    return false;
}

static bool address_in_run(struct slice run, const struct ip_network *network)
{
    struct ip ip;
    run = without_dots(run);
    size_t colon = slice_find_char(run, ':');
    if (colon == SIZE_MAX || slice_find_char(run, '.') != SIZE_MAX)
        if (v4_in_run(run, network))
            return true;
    if (run.len > 1 && run.ptr[run.len - 1] == ':' && run.ptr[run.len - 2] != ':')
        run.len--;
    return colon != SIZE_MAX && ip_parse(run, &ip) && ip_in_network(&ip, network);
}

/* Is the run at [start, end) of value, less what belongs to a word beside it, the address? */
static bool run_holds(struct slice value, size_t start, size_t end,
                      const struct ip_network *network)
{
    struct slice run = slice_of(value.ptr + start, end - start);
    if (ascii_is_alnum(char_before(value, start))) { /* "Server:192.0.2.1" */
        size_t colon = slice_find_char(run, ':');
        if (colon == SIZE_MAX)
            return false;
        run = slice_from_offset(run, colon + 1);
    }
    if (ascii_is_alnum(char_at(value, end))) { /* "192.0.2.1:http" */
        while (run.len && run.ptr[run.len - 1] != ':')
            run.len--;
        run.len -= run.len > 0;
    }
    return run.len && address_in_run(run, network);
}

static bool holds_address(struct slice value, const struct ip_network *network)
{
    for (size_t i = 0; i < value.len;) {
        if (!is_address_char(value.ptr[i])) {
            i += is_encoded(value, i) ? 3 : 1;
            continue;
        }
        size_t start = i;
        while (i < value.len && is_address_char(value.ptr[i]))
            i++;
        if (run_holds(value, start, i, network))
            return true;
    }
    return false;
}

static bool value_holds(struct slice value, const struct indicator *indicator,
                        enum indicator_type type)
{
    if (!value.len)
        return false;
    if (type == INDICATOR_ADDRESS)
        return holds_address(value, &indicator->network);
    return holds_text(value, indicator, type);
}

static bool event_holds(const struct event *event, const struct indicator *indicator,
                        enum indicator_type type)
{
    for (size_t i = 0; i < event->cell_count; i++)
        if (value_holds(event->cells[i], indicator, type))
            return true;
    for (size_t i = 0; i < event->pair_count; i++)
        if (value_holds(event->pairs[i].value, indicator, type))
            return true;
    return false;
}

static uint64_t size_of(const struct event *event)
{
    uint64_t size = 1;
    for (size_t i = 0; i < event->cell_count; i++)
        size += event->cells[i].len;
    for (size_t i = 0; i < event->pair_count; i++)
        size += event->pairs[i].value.len;
    return size;
}

/* Indicators in order, each once: by group, then as they were added. */
static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t collect(const struct indicators *set, const uint32_t *literals, size_t count,
                      uint64_t *out)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t owner = set->owners[literals[i]];
        out[i] = (uint64_t)set->all[owner].group << 32 | owner;
    }
    qsort(out, count, sizeof *out, compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || out[i] != out[i - 1])
            out[kept++] = out[i];
    return kept;
}

struct telling {
    struct buf text;
    size_t count;
};

static void tell(struct telling *telling, const struct indicator *indicator)
{
    if (telling->count++)
        buf_add_text(&telling->text, ", ");
    buf_add_slice(&telling->text, indicator->told);
}

static void end_group(struct telling *telling, size_t group, indicators_hit *hit, void *context)
{
    if (telling->count)
        hit(context, group, buf_slice(&telling->text));
    buf_clear(&telling->text);
    telling->count = 0;
}

bool indicators_check(const struct indicators *set, const struct event *event,
                      const uint32_t *literals, size_t count, indicators_hit *hit,
                      void *context)
{
    AUTO_FREE uint64_t *candidates = mem_alloc((count + 1) * sizeof *candidates);
    struct telling telling = { BUF_INIT, 0 };
    uint64_t size = size_of(event), work = 0;
    size_t kept = collect(set, literals, count, candidates), i = 0;
    for (; i < kept && work + size <= INDICATOR_WORK_MAX; i++) {
        const struct indicator *indicator = &set->all[(uint32_t)candidates[i]];
        if (telling.count < TOLD_MAX) {
            work += size;
            if (event_holds(event, indicator, set->groups[indicator->group].type))
                tell(&telling, indicator);
        }
        if (i + 1 == kept || candidates[i + 1] >> 32 != indicator->group)
            end_group(&telling, indicator->group, hit, context);
    }
    if (i < kept && telling.count)
        end_group(&telling, set->all[(uint32_t)candidates[i]].group, hit, context);
    buf_deinit(&telling.text);
    return i == kept;
}
