#include <math.h>

#include "base/escape.h"
#include "webshell/fold_internal.h"

bool fold_text_at(struct fold *fold, const struct value *args, size_t count, size_t i,
                  struct slice *out)
{
    if (i >= count) {
        return false;
    }
    const struct value *arg = &args[i];
    if (arg->kind == VALUE_LIST) { /* char and byte arrays are texts */
        struct value joined;
        if (!fold_concat(fold, arg, 1, &joined)) {
            return false;
        }
        *out = joined.text;
        return true;
    }
    *out = value_as_text(fold->arena, arg);
    return out->ptr != NULL;
}

bool fold_number_at(const struct value *args, size_t count, size_t i, double *out)
{
    return i < count && value_as_number(&args[i], out);
}

bool fold_index_at(const struct value *args, size_t count, size_t i, size_t *out)
{
    double number;
    if (!fold_number_at(args, count, i, &number) || isnan(number)) {
        return false;
    }
    number = number < 0 ? 0 : number;
    *out = number > INT32_MAX ? INT32_MAX : (size_t)number;
    return true;
}

char *fold_room(struct fold *fold, size_t len)
{
    if (len > FLOW_TEXT_MAX || len > fold->budget) {
        return NULL;
    }
    fold->budget -= len;
    return arena_alloc(fold->arena, len + 1);
}

size_t fold_put_char(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (c >> 18 & 7));
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static bool give(struct value *out, const char *ptr, size_t len)
{
    *out = value_text(slice_of(ptr, len));
    return true;
}

bool fold_same(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    if (count > 0 && args[0].kind == VALUE_LIST) {
        return fold_concat(fold, args, 1, out);
    }
    if (count == 0 || (args[0].kind != VALUE_TEXT && args[0].kind != VALUE_NUMBER)) {
        return false;
    }
    *out = args[0];
    return true;
}

static bool map_bytes(struct fold *fold, const struct value *args, size_t count,
                      char (*map)(char), struct value *out)
{
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = map(text.ptr[i]);
    }
    return give(out, room, text.len);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static char rot13(char c)
{
    char l = ascii_lower(c);
    if (l < 'a' || l > 'z') {
        return c;
    }
    return (char)(c + (l < 'n' ? 13 : -13));
}

bool fold_lower(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    return map_bytes(fold, args, count, ascii_lower, out);
}

bool fold_upper(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    return map_bytes(fold, args, count, upper, out);
}

bool fold_rot13(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    return map_bytes(fold, args, count, rot13, out);
}

bool fold_trim(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    if (!fold_text_at(fold, args, count, 0, &text)) {
        return false;
    }
    text = slice_trim(text);
    return give(out, text.ptr, text.len);
}

static bool reverse_list(struct fold *fold, const struct list *list, struct value *out)
{
    struct list *reversed = list_new(fold->arena, list->count);
    for (size_t i = list->count; i-- > 0;) {
        list_add(fold->arena, reversed, &list->items[i]);
    }
    *out = (struct value){ .kind = VALUE_LIST, .list = reversed };
    return true;
}

bool fold_reverse(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    if (count > 0 && args[0].kind == VALUE_LIST) {
        return reverse_list(fold, args[0].list, out);
    }
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[text.len - 1 - i] = text.ptr[i];
    }
    return give(out, room, text.len);
}

bool fold_length(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    if (count > 0 && args[0].kind == VALUE_LIST) {
        *out = value_number((double)args[0].list->count);
        return true;
    }
    struct slice text;
    if (!fold_text_at(fold, args, count, 0, &text)) {
        return false;
    }
    *out = value_number((double)text.len);
    return true;
}

/* Replaces every `what`; the case is not regarded, since VB's may not either. */
static bool replace_all(struct fold *fold, struct slice text, struct slice what,
                        struct slice with, struct slice *out)
{
    if (what.len == 0) {
        *out = text;
        return true;
    }
    size_t found = 0;
    for (struct slice rest = text; slice_find(rest, what) != SIZE_MAX; found++) {
        rest = slice_from_offset(rest, slice_find(rest, what) + what.len);
    }
    char *room = fold_room(fold, text.len - found * what.len + found * with.len);
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    while (found-- > 0) {
        size_t at = slice_find(text, what);
        memcpy(room + len, text.ptr, at);
        memcpy(room + len + at, with.ptr, with.len);
        len += at + with.len;
        text = slice_from_offset(text, at + what.len);
    }
    memcpy(room + len, text.ptr, text.len);
    *out = slice_of(room, len + text.len);
    return true;
}

/* Lists of what to replace: PHP's str_replace(array, array or text, text). */
static bool replace_list(struct fold *fold, const struct value *args, size_t count,
                         struct slice *text)
{
    const struct list *what = args[1].list;
    for (size_t i = 0; i < what->count; i++) {
        struct slice from, with = slice_from("");
        if (!fold_text_at(fold, what->items, what->count, i, &from)) {
            return false;
        }
        if (args[2].kind == VALUE_LIST) {
            fold_text_at(fold, args[2].list->items, args[2].list->count, i, &with);
        } else if (!fold_text_at(fold, args, count, 2, &with)) {
            return false;
        }
        if (with.ptr == NULL || !replace_all(fold, *text, from, with, text)) {
            return false;
        }
    }
    return true;
}

bool fold_replace(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text, what, with;
    if (count < 3 || !fold_text_at(fold, args, count, 0, &text)) {
        return false;
    }
    bool done = args[1].kind == VALUE_LIST ? replace_list(fold, args, count, &text)
                                           : fold_text_at(fold, args, count, 1, &what) &&
                                                 fold_text_at(fold, args, count, 2, &with) &&
                                                 replace_all(fold, text, what, with, &text);
    return done && give(out, text.ptr, text.len);
}

bool fold_translate(struct fold *fold, const struct value *args, size_t count,
                    struct value *out)
{
    struct slice text, from, to;
    if (!fold_text_at(fold, args, count, 0, &text) ||
        !fold_text_at(fold, args, count, 1, &from) ||
        !fold_text_at(fold, args, count, 2, &to)) {
        return false;
    }
    char *room = fold_room(fold, text.len);
    if (room == NULL) {
        return false;
    }
    char map[256];
    for (unsigned i = 0; i < 256; i++) {
        map[i] = (char)i;
    }
    for (size_t i = 0; i < from.len && i < to.len; i++) {
        map[(unsigned char)from.ptr[i]] = to.ptr[i];
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = map[(unsigned char)text.ptr[i]];
    }
    return give(out, room, text.len);
}

static bool give_part(struct slice text, double start, double len, struct value *out)
{
    start = start < 0 ? start + (double)text.len : start;
    start = start < 0 || isnan(start) ? 0 : start;
    if (start >= (double)text.len) {
        return give(out, "", 0);
    }
    struct slice rest = slice_from_offset(text, (size_t)start);
    len = len < 0 ? (double)rest.len + len : len;
    if (len < 0 || isnan(len)) {
        return give(out, "", 0);
    }
    rest = slice_first(rest, len > (double)rest.len ? rest.len : (size_t)len);
    return give(out, rest.ptr, rest.len);
}

/* The optional length at `i`; false when it is there but not known. */
static bool length_at(const struct value *args, size_t count, size_t i, double *out)
{
    *out = INT32_MAX;
    return i >= count || fold_number_at(args, count, i, out);
}

bool fold_substring(struct fold *fold, const struct value *args, size_t count,
                    struct value *out)
{
    struct slice text;
    double start, len;
    return fold_text_at(fold, args, count, 0, &text) &&
           fold_number_at(args, count, 1, &start) && length_at(args, count, 2, &len) &&
           give_part(text, start, len, out);
}

bool fold_slice(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    double start, end;
    if (!fold_text_at(fold, args, count, 0, &text) || !fold_number_at(args, count, 1, &start) ||
        !length_at(args, count, 2, &end)) {
        return false;
    }
    end = end < 0 ? end + (double)text.len : end;
    start = start < 0 ? start + (double)text.len : start;
    return give_part(text, start < 0 ? 0 : start, end > start ? end - start : 0, out);
}

bool fold_mid(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    double start, len;
    return fold_text_at(fold, args, count, 0, &text) &&
           fold_number_at(args, count, 1, &start) && start >= 1 &&
           length_at(args, count, 2, &len) && give_part(text, start - 1, len, out);
}

bool fold_left(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    size_t len;
    return fold_text_at(fold, args, count, 0, &text) && fold_index_at(args, count, 1, &len) &&
           give_part(text, 0, (double)len, out);
}

bool fold_right(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    size_t len;
    if (!fold_text_at(fold, args, count, 0, &text) || !fold_index_at(args, count, 1, &len)) {
        return false;
    }
    len = len > text.len ? text.len : len;
    return give(out, text.ptr + text.len - len, len);
}

/* Three parts as one text. */
static bool give_joined(struct fold *fold, struct slice a, struct slice b, struct slice c,
                        struct value *out)
{
    char *room = fold_room(fold, a.len + b.len + c.len);
    if (room == NULL) {
        return false;
    }
    memcpy(room, a.ptr, a.len);
    memcpy(room + a.len, b.ptr, b.len);
    memcpy(room + a.len + b.len, c.ptr, c.len);
    return give(out, room, a.len + b.len + c.len);
}

bool fold_remove(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    size_t start, len = INT32_MAX;
    if (!fold_text_at(fold, args, count, 0, &text) || !fold_index_at(args, count, 1, &start) ||
        (count > 2 && !fold_index_at(args, count, 2, &len))) {
        return false;
    }
    return give_joined(fold, slice_first(text, start), slice_from(""),
                       slice_from_offset(text, start + len), out);
}

bool fold_insert(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text, what;
    size_t start;
    return fold_text_at(fold, args, count, 0, &text) && fold_index_at(args, count, 1, &start) &&
           fold_text_at(fold, args, count, 2, &what) &&
           give_joined(fold, slice_first(text, start), what, slice_from_offset(text, start),
                       out);
}

bool fold_char_at(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    size_t index;
    struct slice text;
    if (!fold_index_at(args, count, 1, &index)) {
        return false;
    }
    if (args[0].kind == VALUE_LIST) {
        if (index >= args[0].list->count) {
            return false;
        }
        *out = args[0].list->items[index];
        return true;
    }
    return fold_text_at(fold, args, count, 0, &text) && index < text.len &&
           give(out, text.ptr + index, 1);
}

/* A list of numbers is many characters: new String(new char[] { 101, ... }). */
bool fold_char(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    if (count == 1 && args[0].kind == VALUE_LIST) {
        return fold_char(fold, args[0].list->items, args[0].list->count, out);
    }
    char *room = count > 0 ? fold_room(fold, count * 4) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        double number;
        if (args[i].kind == VALUE_TEXT && args[i].text.len == 1 &&
            !ascii_is_digit(args[i].text.ptr[0])) {
            room[len++] = args[i].text.ptr[0];
            continue;
        }
        if (!fold_number_at(args, count, i, &number) || !(number >= 0 && number < 0x110000)) {
            return false;
        }
        len += fold_put_char(room + len, (uint32_t)number);
    }
    return give(out, room, len);
}

bool fold_code(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    size_t index = 0;
    if (!fold_text_at(fold, args, count, 0, &text) ||
        (count > 1 && !fold_index_at(args, count, 1, &index)) || index >= text.len) {
        return false;
    }
    *out = value_number((double)utf8_next(text, &index));
    return true;
}

static bool digits_to_number(struct slice text, unsigned base, double *out)
{
    double number = 0;
    size_t i = 0;
    for (; i < text.len; i++) {
        char c = ascii_lower(text.ptr[i]);
        unsigned digit = ascii_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
        if (!ascii_is_alnum(c) || digit >= base) {
            break;
        }
        number = number * base + digit;
    }
    *out = number;
    return i > 0;
}

bool fold_number(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    double base = 10, number;
    struct slice text;
    if (count > 1 && !fold_number_at(args, count, 1, &base)) {
        return false;
    }
    if (count > 0 && args[0].kind == VALUE_NUMBER) {
        *out = args[0];
        return true;
    }
    if (!fold_text_at(fold, args, count, 0, &text) || !(base >= 2 && base <= 36)) {
        return false;
    }
    text = slice_trim(text);
    bool hex =
        slice_icase_starts(text, SLICE_LIT("&h")) || slice_icase_starts(text, SLICE_LIT("0x"));
    text = hex ? slice_from_offset(text, 2) : text;
    if (!digits_to_number(text, hex ? 16 : (unsigned)base, &number)) {
        return false;
    }
    *out = value_number(number);
    return true;
}

bool fold_hex_number(struct fold *fold, const struct value *args, size_t count,
                     struct value *out)
{
    size_t number;
    char *room = fold_index_at(args, count, 0, &number) ? fold_room(fold, 8) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (int shift = 28; shift >= 0; shift -= 4) {
        unsigned digit = number >> shift & 15;
        if (digit != 0 || len > 0 || shift == 0) {
            room[len++] = "0123456789ABCDEF"[digit];
        }
    }
    return give(out, room, len);
}
