/*
 * Folds of lists and of several texts: joining, splitting, formatting.
 */
#include "webshell/fold_internal.h"

#define ITEMS_MAX 65536
#define NESTING_MAX 4 /* lists in lists */

/* Adds to a text that grows in a buffer of its own; the result moves to the arena. */
static bool finish(struct fold *fold, struct buf *text, struct value *out)
{
    bool fits = text->len <= FLOW_TEXT_MAX && text->len <= fold->budget;
    if (fits) {
        fold->budget -= text->len;
        *out = value_text(arena_copy(fold->arena, buf_slice(text)));
    }
    buf_deinit(text);
    return fits;
}

/* A list of small numbers is text when it stands for bytes or characters. */
static bool add_item(struct fold *fold, struct buf *text, const struct value *item,
                     bool as_bytes)
{
    double number;
    if (as_bytes && item->kind == VALUE_NUMBER && value_as_number(item, &number)) {
        if (!(number >= 0 && number < 0x110000)) {
            return false;
        }
        char bytes[4];
        buf_add(text, bytes, fold_put_char(bytes, (uint32_t)number));
        return true;
    }
    struct slice part = value_as_text(fold->arena, item);
    if (part.ptr == NULL || text->len + part.len > FLOW_TEXT_MAX) {
        return false;
    }
    buf_add_slice(text, part);
    return true;
}

/* Each item costs some of the budget: lists may hold the same list many times. */
static bool add_items(struct fold *fold, struct buf *text, const struct value *items,
                      size_t count, struct slice separator, unsigned nesting)
{
    for (size_t i = 0; i < count; i++) {
        if (fold->budget == 0 || text->len > FLOW_TEXT_MAX) {
            return false;
        }
        fold->budget--;
        if (i > 0) {
            buf_add_slice(text, separator);
        }
        bool is_list = items[i].kind == VALUE_LIST;
        if (is_list && nesting == NESTING_MAX) {
            return false;
        }
        bool added = is_list ? add_items(fold, text, items[i].list->items, items[i].list->count,
                                         separator, nesting + 1)
                             : add_item(fold, text, &items[i], nesting > 0);
        if (!added) {
            return false;
        }
    }
    return true;
}

static bool join(struct fold *fold, const struct value *items, size_t count,
                 struct slice separator, struct value *out)
{
    struct buf text = BUF_INIT;
    if (!add_items(fold, &text, items, count, separator, 0)) {
        buf_deinit(&text);
        return false;
    }
    return finish(fold, &text, out);
}

bool fold_concat(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    return count > 0 && join(fold, args, count, slice_from(""), out);
}

bool fold_join(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice separator = slice_from("");
    if (count == 0 || args[0].kind != VALUE_LIST ||
        (count > 1 && !fold_text_at(fold, args, count, 1, &separator))) {
        return false;
    }
    return join(fold, args[0].list->items, args[0].list->count, separator, out);
}

bool fold_join_separator(struct fold *fold, const struct value *args, size_t count,
                         struct value *out)
{
    struct slice separator;
    if (count < 2 || !fold_text_at(fold, args, count, 0, &separator)) {
        return false;
    }
    if (args[1].kind == VALUE_LIST) {
        return join(fold, args[1].list->items, args[1].list->count, separator, out);
    }
    return join(fold, args + 1, count - 1, separator, out);
}

bool fold_list(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct list *list = list_new(fold->arena, count);
    for (size_t i = 0; i < count; i++) {
        list_add(fold->arena, list, &args[i]);
    }
    *out = (struct value){ .kind = VALUE_LIST, .list = list };
    return true;
}

static void split_add(struct fold *fold, struct list *list, struct slice part)
{
    struct value item = value_text(part);
    list_add(fold->arena, list, &item);
}

/* An empty separator splits into characters (split("") of JScript). */
static void split_into(struct fold *fold, struct slice text, struct slice separator,
                       struct list *list)
{
    if (separator.len == 0) {
        for (size_t i = 0; i < text.len && i < ITEMS_MAX; i++) {
            split_add(fold, list, slice_of(text.ptr + i, 1));
        }
        return;
    }
    for (;;) {
        size_t at = slice_find(text, separator);
        if (at == SIZE_MAX || list->count >= ITEMS_MAX) {
            split_add(fold, list, text);
            return;
        }
        split_add(fold, list, slice_first(text, at));
        text = slice_from_offset(text, at + separator.len);
    }
}

bool fold_split(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text, separator = slice_from(" ");
    if (!fold_text_at(fold, args, count, 0, &text) ||
        (count > 1 && !fold_text_at(fold, args, count, 1, &separator)) ||
        text.len * sizeof(struct value) > fold->budget) {
        return false;
    }
    struct list *list = list_new(fold->arena, 8);
    split_into(fold, text, separator, list);
    size_t cost = list->count * sizeof(struct value);
    fold->budget -= cost < fold->budget ? cost : fold->budget;
    *out = (struct value){ .kind = VALUE_LIST, .list = list };
    return true;
}

bool fold_characters(struct fold *fold, const struct value *args, size_t count,
                     struct value *out)
{
    struct value whole[] = { VALUE_NOTHING, value_text(slice_from("")) };
    double length = 1;
    bool single = count == 1 || (fold_number_at(args, count, 1, &length) && length == 1);
    if (count == 0 || !single || args[0].kind != VALUE_TEXT) {
        return false;
    }
    whole[0] = args[0];
    return fold_split(fold, whole, 2, out);
}

bool fold_items(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    (void)fold;
    if (count == 0 || args[0].kind != VALUE_LIST) {
        return false;
    }
    *out = args[0];
    return true;
}

bool fold_first(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    (void)fold;
    if (count == 0 || args[0].kind != VALUE_LIST || args[0].list->count == 0) {
        return false;
    }
    *out = args[0].list->items[0];
    return true;
}

bool fold_last(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    (void)fold;
    if (count == 0 || args[0].kind != VALUE_LIST || args[0].list->count == 0) {
        return false;
    }
    *out = args[0].list->items[args[0].list->count - 1];
    return true;
}

#define DIFFERENCE_MAX 64 /* items of a list that is compared with all of another */

static bool has_text(const struct list *list, struct slice text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == VALUE_TEXT && slice_eq(list->items[i].text, text)) {
            return true;
        }
    }
    return false;
}

bool fold_difference(struct fold *fold, const struct value *args, size_t count,
                     struct value *out)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind != VALUE_LIST || args[i].list->count > DIFFERENCE_MAX) {
            return false;
        }
    }
    if (count < 2) {
        return false;
    }
    struct list *list = list_new(fold->arena, 8);
    for (size_t i = 0; i < args[0].list->count; i++) {
        const struct value *item = &args[0].list->items[i];
        bool gone = false;
        for (size_t k = 1; k < count && item->kind == VALUE_TEXT; k++) {
            gone = gone || has_text(args[k].list, item->text);
        }
        if (!gone) {
            list_add(fold->arena, list, item);
        }
    }
    *out = (struct value){ .kind = VALUE_LIST, .list = list };
    return true;
}

/* Negative places count from the end. */
static size_t place_in(size_t len, double place)
{
    place = place < 0 ? (double)len + place : place;
    return !(place > 0) ? 0 : place > (double)len ? len : (size_t)place;
}

bool fold_splice(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text, with;
    double start, length;
    if (!fold_text_at(fold, args, count, 0, &text) ||
        !fold_text_at(fold, args, count, 1, &with) || !fold_number_at(args, count, 2, &start)) {
        return false;
    }
    size_t from = place_in(text.len, start), to = text.len;
    if (fold_number_at(args, count, 3, &length)) {
        to = place_in(text.len, length < 0 ? length : (double)from + length);
    }
    struct value parts[] = { value_text(slice_first(text, from)), value_text(with),
                             value_text(slice_from_offset(text, to > from ? to : from)) };
    return fold_concat(fold, parts, 3, out);
}

bool fold_repeat(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    size_t times;
    if (!fold_text_at(fold, args, count, 0, &text) || !fold_index_at(args, count, 1, &times) ||
        (text.len > 0 && times > FLOW_TEXT_MAX / text.len)) {
        return false;
    }
    char *room = fold_room(fold, text.len * times);
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < times && text.len > 0; i++) {
        memcpy(room + i * text.len, text.ptr, text.len);
    }
    *out = value_text(slice_of(room, text.len * times));
    return true;
}

/* "{2}", "{0,5:x}": the argument; moves *at behind the brace. */
static bool add_place(struct fold *fold, struct slice format, size_t *at,
                      const struct value *args, size_t count, struct buf *text)
{
    size_t index = 0, i = *at + 1;
    if (i >= format.len || !ascii_is_digit(format.ptr[i])) {
        return false;
    }
    for (; i < format.len && ascii_is_digit(format.ptr[i]) && index < count; i++) {
        index = index * 10 + (size_t)(format.ptr[i] - '0');
    }
    while (i < format.len && format.ptr[i] != '}') {
        i++;
    }
    *at = i + 1;
    return index < count && add_item(fold, text, &args[index], false);
}

bool fold_format(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice format;
    if (!fold_text_at(fold, args, count, 0, &format)) {
        return false;
    }
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < format.len;) {
        bool doubled = i + 1 < format.len && format.ptr[i] == format.ptr[i + 1] &&
                       (format.ptr[i] == '{' || format.ptr[i] == '}');
        if (format.ptr[i] == '{' && !doubled) {
            if (!add_place(fold, format, &i, args + 1, count - 1, &text)) {
                buf_deinit(&text);
                return false;
            }
            continue;
        }
        buf_add_char(&text, format.ptr[i]);
        i += doubled ? 2 : 1;
    }
    return finish(fold, &text, out);
}

/* %s, %d, %c, %x, %1$s: as far as names are spelled with them. */
static bool add_conversion(struct fold *fold, struct slice format, size_t *at, size_t *next,
                           const struct value *args, size_t count, struct buf *text)
{
    size_t i = *at + 1, number = 0;
    for (; i < format.len && ascii_is_digit(format.ptr[i]) && number < count; i++) {
        number = number * 10 + (size_t)(format.ptr[i] - '0');
    }
    bool numbered = i < format.len && format.ptr[i] == '$' && number > 0;
    i += numbered ? 1 : 0;
    if (i >= format.len) {
        return false;
    }
    *at = i + 1;
    if (format.ptr[i] == '%') {
        buf_add_char(text, '%');
        return true;
    }
    size_t index = numbered ? number - 1 : (*next)++;
    struct value made;
    if (index >= count) {
        return false;
    }
    if (format.ptr[i] == 'c') {
        return fold_char(fold, &args[index], 1, &made) && add_item(fold, text, &made, false);
    }
    if (ascii_lower(format.ptr[i]) == 'x') {
        return fold_hex_number(fold, &args[index], 1, &made) &&
               add_item(fold, text, &made, false);
    }
    return add_item(fold, text, &args[index], false);
}

bool fold_sprintf(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice format;
    if (!fold_text_at(fold, args, count, 0, &format)) {
        return false;
    }
    struct buf text = BUF_INIT;
    size_t next = 0;
    for (size_t i = 0; i < format.len;) {
        if (format.ptr[i] != '%') {
            buf_add_char(&text, format.ptr[i++]);
        } else if (!add_conversion(fold, format, &i, &next, args + 1, count - 1, &text)) {
            buf_deinit(&text);
            return false;
        }
    }
    return finish(fold, &text, out);
}
