/*
 *   2021-03-03T06:49:53.772Z,servername,ECP.Request,'S:CMD=Set-X.Url=''v''';;S:EX=
 *   \______________________/ \________/ \_________/ \__________________/    \___/
 *          TimeStamp         ServerName   EventId    quoted typed pair       pair
 */
#include "events/exchange_csv.h"

/* Text inside quotes up to the closing quote; *used_out counts both quotes. `q` doubled is one.
 */
static struct slice unquote(struct slice s, char q, struct arena *scratch, size_t *used_out)
{
    size_t end = 1;
    bool doubled = false;
    while (end < s.len) {
        if (s.ptr[end] != q) {
            end++;
        } else if (end + 1 < s.len && s.ptr[end + 1] == q) {
            doubled = true;
            end += 2;
        } else {
            break;
        }
    }
    *used_out = end < s.len ? end + 1 : s.len;
    struct slice inner = slice_of(s.ptr + 1, end - 1);
    if (!doubled)
        return inner;
    char *copy = arena_alloc(scratch, inner.len);
    size_t n = 0;
    for (size_t i = 0; i < inner.len; i++) {
        copy[n++] = inner.ptr[i];
        i += inner.ptr[i] == q; /* skip the second of a pair */
    }
    return slice_of(copy, n);
}

/* One cell from the start of *rest; *rest moves behind the comma, or becomes absent. */
static struct slice csv_cell(struct slice *rest, struct arena *scratch)
{
    if (rest->len == 0 || rest->ptr[0] != '"')
        return slice_cut(rest, ',');
    size_t used;
    struct slice cell = unquote(*rest, '"', scratch, &used);
    struct slice tail = slice_from_offset(*rest, used);
    slice_cut(&tail, ','); /* whatever stands between the quote and the comma is lost */
    *rest = tail;
    return cell;
}

size_t csv_split(struct slice row, struct slice *cells, size_t max, struct arena *scratch)
{
    size_t count = 0;
    struct slice rest = row;
    while (rest.ptr) {
        struct slice cell = csv_cell(&rest, scratch);
        if (count < max)
            cells[count] = cell;
        count++;
    }
    return count;
}

size_t ecp_split(struct slice row, struct slice cells[4], struct arena *scratch)
{
    size_t count = 0;
    struct slice rest = row;
    while (rest.ptr && count < 3)
        cells[count++] = csv_cell(&rest, scratch);
    if (!rest.ptr)
        return count;
    size_t used = 0;
    struct slice whole = rest;
    if (rest.len && rest.ptr[0] == '"')
        whole = unquote(rest, '"', scratch, &used);
    cells[count++] = used == rest.len ? whole : rest; /* quotes around all of it, or none */
    return count;
}

static size_t type_length(struct slice s)
{
    static const char *const types[] = { "S:", "I32:", "Dbl:", "F:", "Dt:" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (slice_starts(s, slice_from(types[i])))
            return strlen(types[i]);
    return 0;
}

/* Length of "<type>:KEY=" at the start of s, 0 when there is no typed key. */
static size_t typed_key(struct slice s, struct slice *key_out)
{
    size_t type = type_length(s);
    if (!type)
        return 0;
    size_t end = type;
    while (end < s.len && s.ptr[end] != '=' && s.ptr[end] != ';' && s.ptr[end] != '\'')
        end++;
    if (end == type || end >= s.len || s.ptr[end] != '=')
        return 0;
    *key_out = slice_of(s.ptr + type, end - type);
    return end + 1;
}

static bool pair_starts(struct slice s)
{
    struct slice key;
    if (s.len && s.ptr[0] == '\'')
        s = slice_from_offset(s, 1);
    return typed_key(s, &key) > 0;
}

/* Offset of the ';' that ends an unquoted value: the one in front of the next pair, or the end.
 */
static size_t value_end(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ';' && pair_starts(slice_from_offset(s, i + 1)))
            return i;
    return s.len;
}

/* "a;" in front of ";S:EX=" is an empty element, not part of the value. */
static struct slice without_separators(struct slice s)
{
    while (s.len && s.ptr[s.len - 1] == ';')
        s.len--;
    return s;
}

/* Reads one pair at the start of data; returns how far it reaches, 0 when there is none. */
static size_t read_pair(struct slice data, struct event_pair *pair, struct arena *scratch)
{
    if (data.len && data.ptr[0] == '\'') {
        size_t used;
        if (!pair_starts(data))
            return 0;
        struct slice inner = unquote(data, '\'', scratch, &used);
        size_t key = typed_key(inner, &pair->name);
        pair->value = slice_from_offset(inner, key);
        return key ? used : 0;
    }
    size_t key = typed_key(data, &pair->name);
    if (!key)
        return 0;
    struct slice rest = slice_from_offset(data, key);
    size_t end = value_end(rest);
    pair->value = without_separators(slice_first(rest, end));
    return key + end;
}

size_t ecp_pairs(struct slice data, struct event_pair *pairs, size_t max, struct arena *scratch)
{
    size_t count = 0;
    while (data.ptr && data.len && count < max) {
        size_t used = read_pair(data, &pairs[count], scratch);
        if (used) {
            count++;
            data = slice_from_offset(data, used);
        }
        slice_cut(&data, ';'); /* to the next place where a pair may start */
    }
    return count;
}
