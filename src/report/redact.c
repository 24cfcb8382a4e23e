#include "report/redact.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/ip.h"
#include "base/map.h"
#include "base/unicode.h"
#include "report/redact_words.h"

#define NAME_WORDS_MAX 8     /* words of a name; of more, the first ones */
#define SUBJECT_WORDS_MAX 32 /* words that are looked for together */
#define NAME_BYTES_MAX 256U  /* a longer name is cut into such pieces */
#define SEPARATOR_MAX 3      /* characters between two words of a name */
#define TOKENS_MAX 1000000U  /* different names; what comes later shares one token */
#define BARE_NAME_MIN 3      /* letters of a name of one word that is found anywhere */
#define JOINED_NAME_MIN 6    /* letters of "annabakker" */
#define TOKEN_HEX 12         /* digits of an HMAC in a token */

enum token_kind {
    TOKEN_PERSON,
    TOKEN_MAILBOX,
    TOKEN_SID,
    TOKEN_SUBJECT,
    TOKEN_ADDRESS,
    TOKENS
};

static const char *const token_names[TOKENS] = { "person", "mailbox", "sid", "subject",
                                                 "address" };

/* A word of a text: where it stands, and its form in lower case. */
struct word {
    size_t start, end; /* in the text */
    size_t at, len;    /* in redactor.folded */
};

struct redactor {
    struct buf key;
    bool internal;
    struct map tokens[TOKENS]; /* canonical name -> index in `texts`, from 1 */
    struct map names;          /* words joined by ' ' -> the same */
    struct map firsts;         /* first word of a name -> most words of a name */
    struct map domains;        /* NetBIOS names of domains */
    struct arena arena;
    size_t text_count, text_capacity;
    struct slice *texts; /* of tokens: "person-1" */
    size_t word_count, word_capacity;
    struct word *words; /* of the text that is looked at */
    struct buf folded, joined, canonical;
};

struct span {
    size_t start, end;
};

/* ---- words ----------------------------------------------------------------------------------
 */

static int hex_digit(char c)
{
    c = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at `at`, %XX undone; *len: bytes that it takes. */
static unsigned char char_at(struct slice text, size_t at, size_t *len)
{
    *len = 1;
    if (text.ptr[at] != '%' || at + 2 >= text.len)
        return (unsigned char)text.ptr[at];
    int high = hex_digit(text.ptr[at + 1]), low = hex_digit(text.ptr[at + 2]);
    if (high < 0 || low < 0)
        return '%';
    *len = 3;
    return (unsigned char)(high * 16 + low);
}

static bool in_word(unsigned char c)
{
    return c >= 0x80 || ascii_is_alnum((char)c);
}

static void fold_word(struct redactor *r, struct word *word, struct slice raw)
{
    word->at = r->folded.len;
    if (unicode_is_ascii(raw)) {
        for (size_t i = 0; i < raw.len; i++)
            buf_add_char(&r->folded, ascii_lower(raw.ptr[i]));
    } else {
        buf_reserve(&r->folded, UNICODE_FOLD_ROOM(raw.len));
        r->folded.len += unicode_fold_text(raw, r->folded.ptr + r->folded.len).len;
        /* What is ASCII among it must be as it is without the rest: in lower case. */
        for (size_t i = word->at; i < r->folded.len; i++)
            r->folded.ptr[i] = ascii_lower(r->folded.ptr[i]);
    }
    word->len = r->folded.len - word->at;
}

/* Appends the words of the text to r->words; returns how many. */
static size_t split_words(struct redactor *r, struct slice text, size_t first, size_t end)
{
    size_t before = r->word_count;
    for (size_t i = first; i < end;) {
        size_t len;
        buf_clear(&r->joined);
        struct word word = { .start = i };
        while (i < end) {
            unsigned char c = char_at(text, i, &len);
            if (!in_word(c) || i + len > end)
                break;
            buf_add_char(&r->joined, (char)c);
            i += len;
        }
        word.end = i;
        if (i == word.start) {
            char_at(text, i, &len);
            i += len;
            continue;
        }
        fold_word(r, &word, buf_slice(&r->joined));
        r->words = mem_reserve(r->words, r->word_count, &r->word_capacity, sizeof word);
        r->words[r->word_count++] = word;
    }
    return r->word_count - before;
}

static void forget_words(struct redactor *r)
{
    r->word_count = 0;
    buf_clear(&r->folded);
}

static struct slice word_text(const struct redactor *r, const struct word *word)
{
    return slice_of(r->folded.ptr + word->at, word->len);
}

/* Words `first` to `first`+`count` with a separator, in r->joined. */
static struct slice join_words(struct redactor *r, size_t first, size_t count,
                               const char *separator)
{
    buf_clear(&r->joined);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_text(&r->joined, separator);
        buf_add_slice(&r->joined, word_text(r, &r->words[first + i]));
    }
    return buf_slice(&r->joined);
}

/* ---- tokens and names -----------------------------------------------------------------------
 */

static struct slice make_token(struct redactor *r, enum token_kind kind, struct slice canonical)
{
    struct buf text = BUF_INIT;
    uint8_t digest[SHA256_BYTES];
    char hex[HASH_TEXT_SIZE];
    buf_printf(&text, "%s-", token_names[kind]);
    if (r->key.len) {
        hash_hmac(buf_slice(&r->key), canonical, digest);
        hash_text(digest, sizeof digest, hex);
        buf_add(&text, hex, TOKEN_HEX);
    } else if (r->tokens[kind].count > TOKENS_MAX) {
        buf_add_text(&text, "more");
    } else {
        buf_printf(&text, "%lu", (unsigned long)r->tokens[kind].count);
    }
    struct slice copy = arena_copy(&r->arena, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

/* Index of the name's token, from 1; a new name gets the next number. */
static uint64_t token_of(struct redactor *r, enum token_kind kind, struct slice canonical)
{
    struct map *map = &r->tokens[kind];
    if (map->count >= TOKENS_MAX && !map_find(map, canonical))
        canonical = SLICE_LIT("");
    bool added;
    uint64_t *index = map_at(map, canonical, &added);
    if (added) {
        r->texts = mem_reserve(r->texts, r->text_count, &r->text_capacity, sizeof *r->texts);
        r->texts[r->text_count++] = make_token(r, kind, canonical);
        *index = r->text_count;
    }
    return *index;
}

static void add_token(const struct redactor *r, uint64_t index, struct buf *out)
{
    if (out)
        buf_add_slice(out, r->texts[index - 1]);
}

/* From now on these words, in this order, are found everywhere. */
static void add_name(struct redactor *r, struct slice first, struct slice joined, size_t words,
                     uint64_t value)
{
    if (r->names.count >= 4 * (size_t)TOKENS_MAX)
        return;
    bool added;
    uint64_t *name = map_at(&r->names, joined, &added);
    if (added)
        *name = value;
    uint64_t *most = map_at(&r->firsts, first, &added);
    if (words > *most)
        *most = words;
}

static int compare_slices(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The words in the order of the alphabet: "Bakker, Anna" and "anna.bakker" are one. */
static struct slice canonical_name(struct redactor *r, size_t first, size_t count)
{
    struct slice sorted[NAME_WORDS_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = word_text(r, &r->words[first + i]);
    qsort(sorted, count, sizeof *sorted, compare_slices);
    buf_clear(&r->canonical);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(&r->canonical, ' ');
        buf_add_slice(&r->canonical, sorted[i]);
    }
    return buf_slice(&r->canonical);
}

static bool has_letter(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.ptr[i]))
            return true;
    return false;
}

/* Do all words say that this is a machine, a role or a file rather than somebody? */
static bool are_stop_words(const struct redactor *r, size_t first, size_t count)
{
    size_t letters = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice word = word_text(r, &r->words[first + i]);
        if (!has_letter(word))
            continue;
        letters++;
        if (word.len > 1 && !redact_is_stop_word(word))
            return false;
    }
    return letters > 0;
}

/* Hex digits as in GUIDs and message ids: a mailbox or a message, nobody's name. */
static bool is_number_like(struct slice name)
{
    size_t digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (hex_digit(name.ptr[i]) < 0 && name.ptr[i] != '-')
            return false;
        digits += ascii_is_digit(name.ptr[i]);
    }
    return name.len >= 12 && digits >= 4;
}

/* Learns the ways in which the name of these words is written. */
static void add_spellings(struct redactor *r, size_t first, size_t count, uint64_t value)
{
    struct slice words[2] = { word_text(r, &r->words[first]),
                              word_text(r, &r->words[first + count - 1]) };
    if (count == 1) {
        if (words[0].len >= BARE_NAME_MIN && has_letter(words[0]) &&
            !redact_is_common_word(words[0]))
            add_name(r, words[0], words[0], 1, value);
        return;
    }
    add_name(r, words[0], join_words(r, first, count, " "), count, value);
    struct slice joined = join_words(r, first, count, "");
    if (joined.len >= JOINED_NAME_MIN && has_letter(joined))
        add_name(r, joined, joined, 1, value);
    if (count == 2) {
        buf_clear(&r->joined);
        buf_add_slice(&r->joined, words[1]);
        buf_add_char(&r->joined, ' ');
        buf_add_slice(&r->joined, words[0]);
        add_name(r, words[1], buf_slice(&r->joined), 2, value);
    }
}

/* Of a name that was split into words: "annabakker" is "anna.bakker", if that one is known. */
static uint64_t token_of_words(struct redactor *r, struct slice name, size_t first,
                               size_t count)
{
    const uint64_t *known =
        count == 1 ? map_find(&r->names, word_text(r, &r->words[first])) : NULL;
    if (known)
        return *known;
    return token_of(r, is_number_like(name) ? TOKEN_MAILBOX : TOKEN_PERSON,
                    canonical_name(r, first, count));
}

/*
 * Learns the name that stands there, and appends its token to *out unless that is NULL. False
 * when it is nobody's. `sure`: it is somebody's, whatever it looks like.
 */
static bool take_name(struct redactor *r, struct slice name, bool sure, struct buf *out)
{
    size_t before = r->word_count, folded = r->folded.len;
    size_t count = split_words(r, name, 0, name.len);
    bool taken =
        count > 0 && (sure || (!are_stop_words(r, before, count) && !redact_is_machine(name)));
    if (count > NAME_WORDS_MAX)
        count = NAME_WORDS_MAX;
    if (taken) {
        uint64_t token = token_of_words(r, name, before, count);
        add_spellings(r, before, count, token);
        add_token(r, token, out);
    }
    r->word_count = before;
    r->folded.len = folded;
    return taken;
}

/* ---- where names stand ----------------------------------------------------------------------
 */

/* Bytes that the separator at `at` takes: as it is, or written as %XX; 0: it is not there. */
static size_t mark_length(struct slice text, size_t at, char mark)
{
    size_t len;
    return at < text.len && char_at(text, at, &len) == (unsigned char)mark ? len : 0;
}

/* '\', "\\" (in JSON), "%5C": bytes of it. */
static size_t backslash_length(struct slice text, size_t at)
{
    size_t len = mark_length(text, at, '\\');
    return len ? len + mark_length(text, at + len, '\\') : 0;
}

static bool in_local_part(unsigned char c)
{
    return in_word(c) || strchr("._-+'", c) != NULL;
}

/*
 * Start of the run of such characters that ends at `end`, not before `from`. %XX is undone: its
 * two digits are none of the run when it stands for something else.
 */
static size_t run_start(struct slice text, size_t from, size_t end)
{
    size_t at = end, len;
    size_t least = end > from + NAME_BYTES_MAX ? end - NAME_BYTES_MAX : from;
    while (at > least) {
        if (at >= least + 3 && text.ptr[at - 3] == '%') {
            unsigned char c = char_at(slice_first(text, end), at - 3, &len);
            if (len == 3 && c && !in_local_part(c))
                break;
            if (len == 3 && c) {
                at -= 3;
                continue;
            }
        }
        if (!in_local_part((unsigned char)text.ptr[at - 1]) || !text.ptr[at - 1])
            break;
        at--;
    }
    while (at < end && strchr(".-'", text.ptr[at]))
        at++;
    return at;
}

/* End of the run that starts at `at`. */
static size_t run_end(struct slice text, size_t at)
{
    size_t len, most = text.len - at > NAME_BYTES_MAX ? at + NAME_BYTES_MAX : text.len;
    while (at < most) {
        unsigned char c = char_at(text, at, &len);
        if (!c || !in_local_part(c))
            break;
        at += len;
    }
    return at < text.len ? at : text.len;
}

/* End of what stands in front of one of these. */
static size_t value_end(struct slice text, size_t at, const char *ends)
{
    size_t len, most = text.len - at > NAME_BYTES_MAX ? at + NAME_BYTES_MAX : text.len;
    while (at < most) {
        unsigned char c = char_at(text, at, &len);
        if (c < 0x20 || strchr(ends, c))
            break;
        at += len;
    }
    return at < text.len ? at : text.len;
}

static bool span_of(size_t start, size_t end, struct span *out)
{
    *out = (struct span){ start, end };
    return end > start;
}

/* A domain has a letter; "EX01+1942063162@637502918448221390" is none. */
static bool is_mail_domain(struct slice text, size_t at)
{
    size_t len;
    for (; at < text.len; at += len) {
        unsigned char c = char_at(text, at, &len);
        if (in_word(c) && !ascii_is_digit((char)c))
            return true;
        if (!in_word(c) && c != '.' && c != '-')
            return false;
    }
    return false;
}

/* anna.bakker@montclair.example: the part in front of the '@'; the domain is no person. */
static bool find_mail(struct slice text, size_t from, size_t at, struct span *out)
{
    size_t mark = mark_length(text, at, '@'), len;
    if (!mark || at + mark >= text.len || !in_word(char_at(text, at + mark, &len)) ||
        !is_mail_domain(text, at + mark))
        return false;
    size_t start = run_start(text, from, at);
    bool second = start > from && text.ptr[start - 1] == '@';
    second |= start >= from + 3 && mark_length(text, start - 3, '@') == 3;
    return !second && span_of(start, at, out); /* guid@domain@domain */
}

/* The name of a domain in front of a backslash: known, or in capitals, and no part of a path.
 */
static bool is_domain(const struct redactor *r, struct slice text, size_t from, size_t at)
{
    char folded[16];
    size_t start = run_start(text, from, at);
    bool upper = false;
    if (at - start < 2 || at - start >= sizeof folded)
        return false;
    if (start > 0 && strchr("\\/:", text.ptr[start - 1]))
        return false;
    for (size_t i = start; i < at; i++) {
        folded[i - start] = ascii_lower(text.ptr[i]);
        upper |= folded[i - start] != text.ptr[i];
    }
    struct slice domain = slice_of(folded, at - start);
    if (redact_is_authority(domain))
        return false;
    if (map_find(&r->domains, domain))
        return true;
    for (size_t i = start; i < at; i++)
        if (text.ptr[i] >= 'a' && text.ptr[i] <= 'z')
            return false;
    return upper;
}

/* MONTCLAIR\anna.bakker */
static bool find_login(const struct redactor *r, struct slice text, size_t from, size_t at,
                       struct span *out)
{
    size_t mark = backslash_length(text, at);
    if (!mark || !is_domain(r, text, from, at))
        return false;
    size_t end = run_end(text, at + mark);
    /* A path goes on; the account of a machine ends with '$'. */
    if (mark_length(text, end, '$') || (end < text.len && strchr("\\/:", text.ptr[end])))
        return false;
    return span_of(at + mark, end, out);
}

/* \Users\anna.bakker\, /home/anna, montclair.example/Users/Anna Bakker */
static bool find_folder(struct slice text, size_t at, struct span *out)
{
    static const char *const folders[] = { "users", "home", "mailboxes", "recipients",
                                           "documents and settings" };
    size_t mark = backslash_length(text, at);
    if (!mark)
        mark = mark_length(text, at, '/');
    struct slice rest = slice_from_offset(text, at + mark);
    for (size_t i = 0; mark && rest.len && i < sizeof folders / sizeof *folders; i++) {
        if (folders[i][0] != ascii_lower(rest.ptr[0]))
            continue;
        size_t start = at + mark + strlen(folders[i]);
        if (!slice_icase_starts(rest, slice_from(folders[i])) || start >= text.len)
            continue;
        size_t next = backslash_length(text, start);
        if (!next)
            next = mark_length(text, start, '/');
        if (next)
            return span_of(start + next, value_end(text, start + next, "\\/,;:\"'<>|&=?*()[]"),
                           out);
    }
    return false;
}

/* /cn=Recipients/cn=7c1b-Anna, CN=Anna Bakker,OU=Sales */
static bool find_distinguished(struct slice text, size_t from, size_t at, struct span *out)
{
    struct slice before = slice_of(text.ptr + from, at - from);
    if (!slice_icase_starts(slice_from_offset(text, at), SLICE_LIT("cn=")) ||
        (at > 0 && ascii_is_alnum(text.ptr[at - 1])))
        return false;
    size_t end = value_end(text, at + 3, ",/;\"<>|");
    struct slice rest = slice_from_offset(text, end);
    bool user = slice_icase_starts(rest, SLICE_LIT(",OU=")) ||
                slice_icase_starts(rest, SLICE_LIT(",CN=Users")) ||
                slice_icase_ends(before, SLICE_LIT("cn=recipients/"));
    return user && span_of(at + 3, end, out);
}

/* S-1-5-21-...-1104: an account that somebody made; below 1000 are those of Windows. */
static bool find_sid(struct slice text, size_t at, struct span *out)
{
    struct slice start = SLICE_LIT("S-1-5-21-");
    if (!slice_icase_starts(slice_from_offset(text, at), start))
        return false;
    size_t end = at + start.len, last = end;
    for (; end < text.len && (ascii_is_digit(text.ptr[end]) || text.ptr[end] == '-'); end++)
        if (text.ptr[end] == '-')
            last = end + 1;
    return end - last >= 4 && span_of(at, end, out);
}

/* &User=anna.bakker&, mailbox=anna; */
static bool find_parameter(struct slice text, size_t from, size_t at, struct span *out)
{
    size_t start = run_start(text, from, at);
    if (!redact_is_parameter(slice_of(text.ptr + start, at - start)))
        return false;
    size_t first = at + 1, end;
    while (first < text.len && strchr("'\"", text.ptr[first]))
        first++;
    end = run_end(text, first);
    while (end > first && text.ptr[end - 1] == '\'')
        end--;
    /* A GUID is the identity of any object. */
    return !is_number_like(slice_of(text.ptr + first, end - first)) && span_of(first, end, out);
}

/* <PII>anna</PII>: Exchange marks it itself. */
static bool find_marked(struct slice text, size_t at, struct span *out)
{
    struct slice mark = SLICE_LIT("<PII>");
    if (!slice_icase_starts(slice_from_offset(text, at), mark))
        return false;
    size_t start = at + mark.len;
    return span_of(start, value_end(text, start, "<"), out);
}

/* Does the value name its holder further on: DOMAIN\user, user@domain? */
static bool says_more(struct slice text, const struct span *span)
{
    for (size_t i = span->start; i <= span->end && i < text.len; i++)
        if (mark_length(text, i, '@') || backslash_length(text, i))
            return true;
    return false;
}

/* Is there a name whose sign stands at `at`? It lies behind `from`. */
static bool find_name(const struct redactor *r, struct slice text, size_t from, size_t at,
                      struct span *out)
{
    switch (text.ptr[at]) {
    case '@':
        return find_mail(text, from, at, out);
    case '%':
        return find_mail(text, from, at, out) || find_login(r, text, from, at, out);
    case '\\':
        return find_folder(text, at, out) || find_login(r, text, from, at, out);
    case '/':
        return find_folder(text, at, out);
    case '=':
        return find_parameter(text, from, at, out) && !says_more(text, out);
    case '<':
        return find_marked(text, at, out) && !says_more(text, out);
    case 'c':
    case 'C':
        return find_distinguished(text, from, at, out);
    default:
        return false;
    }
}

/* ---- names that are known -------------------------------------------------------------------
 */

/* Characters between two words, %XX counted as one. */
static size_t gap_between(struct slice text, const struct word *a, const struct word *b)
{
    size_t count = 0, len;
    for (size_t i = a->end; i < b->start && count <= SEPARATOR_MAX; i += len, count++)
        char_at(text, i, &len);
    return count;
}

/* Token of the longest known name that starts with this word; *count: its words. 0: none. */
static uint64_t known_name(struct redactor *r, struct slice text, size_t first, size_t *count)
{
    const uint64_t *most = map_find(&r->firsts, word_text(r, &r->words[first]));
    size_t near = 1;
    if (!most)
        return 0;
    while (near < *most && first + near < r->word_count &&
           gap_between(text, &r->words[first + near - 1], &r->words[first + near]) <=
               SEPARATOR_MAX)
        near++;
    for (; near > 0; near--) {
        const uint64_t *token = map_find(&r->names, join_words(r, first, near, " "));
        if (token) {
            *count = near;
            return *token;
        }
    }
    return 0;
}

/* The text between `from` and `end`, in which no sign of a name stands. */
static void put_known(struct redactor *r, struct slice text, size_t from, size_t end,
                      struct buf *out)
{
    forget_words(r);
    split_words(r, text, from, end);
    for (size_t i = 0; i < r->word_count;) {
        size_t count = 1;
        uint64_t token = known_name(r, text, i, &count);
        if (token) {
            buf_add(out, text.ptr + from, r->words[i].start - from);
            add_token(r, token, out);
            from = r->words[i + count - 1].end;
        }
        i += count;
    }
    buf_add(out, text.ptr + from, end - from);
    forget_words(r);
}

/* ---- addresses of private networks ---- */

static bool is_internal(struct slice text)
{
    static const char *const networks[] = { "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
                                            "169.254.0.0/16", "fe80::/10",     "fc00::/7" };
    struct ip ip;
    struct ip_network network;
    if (!ip_parse(text, &ip))
        return false;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        if (ip_network_parse(slice_from(networks[i]), &network) && ip_in_network(&ip, &network))
            return true;
    return false;
}

static size_t address_end(struct slice text, size_t at, size_t end)
{
    while (at < end && (hex_digit(text.ptr[at]) >= 0 || strchr(".:", text.ptr[at])) &&
           text.ptr[at])
        at++;
    while (at > 0 && strchr(".:", text.ptr[at - 1]))
        at--;
    return at;
}

/* As put_known(), with internal addresses replaced if that was asked for. */
static void put_between(struct redactor *r, struct slice text, size_t from, size_t end,
                        struct buf *out)
{
    for (size_t i = from; r->internal && i < end; i++) {
        if (hex_digit(text.ptr[i]) < 0 || (i > 0 && ascii_is_alnum(text.ptr[i - 1])))
            continue;
        size_t stop = address_end(text, i, end);
        /* An IPv4 address may have its port behind it. */
        struct slice address = ip_text(slice_of(text.ptr + i, stop > i ? stop - i : 0));
        if (address.len < 5 || address.len > 45 || !is_internal(address))
            continue;
        put_known(r, text, from, i, out);
        add_token(r, token_of(r, TOKEN_ADDRESS, address), out);
        i = from = i + address.len;
    }
    put_known(r, text, from, end, out);
}

/* ---- whole texts ----------------------------------------------------------------------------
 */

/* What Windows calls the account of a SID counts as a person under its number. */
static bool take_sid(struct redactor *r, struct slice text, size_t at, struct span *span,
                     struct buf *token)
{
    if (!find_sid(text, at, span))
        return false;
    add_token(r, token_of(r, TOKEN_SID, slice_of(text.ptr + at, span->end - at)), token);
    return true;
}

/* Characters at which a name can be told. */
static bool is_sign(char c)
{
    switch (c) {
    case '@':
    case '%':
    case '\\':
    case '/':
    case '=':
    case '<':
    case 'c':
    case 'C':
    case 's':
    case 'S':
        return true;
    default:
        return false;
    }
}

/* Finds the next name from *at on, behind `from`; its token is in *token. */
static bool take_next(struct redactor *r, struct slice text, size_t from, size_t *at,
                      struct span *span, struct buf *token)
{
    for (; *at < text.len; ++*at) {
        if (!is_sign(text.ptr[*at]))
            continue;
        buf_clear(token);
        if (ascii_lower(text.ptr[*at]) == 's') {
            if (take_sid(r, text, *at, span, token))
                return true;
            continue;
        }
        if (find_name(r, text, from, *at, span) &&
            take_name(r, slice_of(text.ptr + span->start, span->end - span->start), false,
                      token))
            return true;
    }
    return false;
}

/* `out` NULL: names are learned only. */
static void go_through(struct redactor *r, struct slice text, struct buf *out)
{
    struct buf token = BUF_INIT;
    struct span span;
    size_t from = 0, at = 0;
    while (take_next(r, text, from, &at, &span, &token)) {
        if (out) {
            put_between(r, text, from, span.start, out);
            buf_add_slice(out, buf_slice(&token));
        }
        from = span.end;
        at = at >= from ? at + 1 : from;
    }
    if (out)
        put_between(r, text, from, text.len, out);
    buf_deinit(&token);
}

/* A cell that names somebody: what stands in front of its backslash is a domain. */
static void learn_domain(struct redactor *r, struct slice cell)
{
    char folded[16];
    size_t at = slice_find_char(cell, '\\');
    bool added;
    if (at == SIZE_MAX || at < 2 || at >= sizeof folded)
        return;
    for (size_t i = 0; i < at; i++)
        folded[i] = ascii_lower(cell.ptr[i]);
    if (!redact_is_authority(slice_of(folded, at)) && r->domains.count < TOKENS_MAX)
        map_at(&r->domains, slice_of(folded, at), &added);
}

/* The people of a cell, with ';' between them. */
static void go_through_people(struct redactor *r, struct slice text, struct buf *out)
{
    struct slice rest = text;
    while (rest.ptr) {
        struct slice part = slice_cut(&rest, ';');
        struct span all = { 0, part.len ? part.len - 1 : 0 };
        learn_domain(r, part);
        if (says_more(part, &all) || slice_find_char(part, '/') != SIZE_MAX)
            go_through(r, part, out);
        else if (!take_name(r, slice_first(part, NAME_BYTES_MAX), false, out) && out)
            buf_add_slice(out, part);
        if (out && rest.ptr)
            buf_add_char(out, ';');
    }
}

/* Words that somebody wrote: they are found in the row, too, where it has two or more. */
static uint64_t learn_words(struct redactor *r, struct slice text)
{
    size_t count;
    uint64_t token = token_of(r, TOKEN_SUBJECT, text);
    forget_words(r);
    count = split_words(r, text, 0, text.len);
    for (size_t i = 0; i + 1 < count; i += SUBJECT_WORDS_MAX) {
        size_t words = count - i < SUBJECT_WORDS_MAX ? count - i : SUBJECT_WORDS_MAX;
        struct slice first = word_text(r, &r->words[i]);
        if (words > 1)
            add_name(r, first, join_words(r, i, words, " "), words, token);
    }
    forget_words(r);
    return token;
}

static void run(struct redactor *r, enum redact_as as, struct slice text, struct buf *out)
{
    if (!text.len)
        return;
    switch (as) {
    case REDACT_WORDS:
        add_token(r, learn_words(r, text), out);
        break;
    case REDACT_PERSON:
        go_through_people(r, text, out);
        break;
    default:
        go_through(r, text, out);
        break;
    }
}

void redactor_learn(struct redactor *r, enum redact_as as, struct slice text)
{
    run(r, as, text, NULL);
}

void redactor_apply(struct redactor *r, enum redact_as as, struct slice text, struct buf *out)
{
    run(r, as, text, out);
}

uint64_t redactor_count(const struct redactor *r)
{
    return r->tokens[TOKEN_PERSON].count;
}

struct redactor *redactor_new(const struct redact_options *options)
{
    struct redactor *r = mem_alloc(sizeof *r);
    struct slice rest = options->also;
    buf_add_slice(&r->key, options->key);
    r->internal = options->internal;
    while (rest.ptr) {
        struct slice line = slice_trim(slice_cut(&rest, '\n'));
        if (line.len)
            take_name(r, slice_first(line, NAME_BYTES_MAX), true, NULL);
    }
    return r;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < TOKENS; i++)
        map_deinit(&r->tokens[i]);
    map_deinit(&r->names);
    map_deinit(&r->firsts);
    map_deinit(&r->domains);
    arena_deinit(&r->arena);
    buf_deinit(&r->key);
    buf_deinit(&r->folded);
    buf_deinit(&r->joined);
    buf_deinit(&r->canonical);
    free(r->texts);
    free(r->words);
    free(r);
}
