#include "match/binding.h"

#include "events/winlog.h"

struct alias {
    const char *field;
    enum binding_kind kind;
    enum role role; /* of BINDING_COLUMN */
};

static const struct alias aliases[] = {
    { "cs-uri-stem", BINDING_URL_PATH, ROLE_URL_PATH },
    { "c-uri-stem", BINDING_URL_PATH, ROLE_URL_PATH },
    { "cs-uri-query", BINDING_URL_QUERY, ROLE_URL_QUERY },
    { "c-uri-query", BINDING_URL_QUERY, ROLE_URL_QUERY },
    { "c-uri", BINDING_URL, ROLE_URL_PATH },
    { "cs-uri", BINDING_URL, ROLE_URL_PATH },
    { "c-uri-extension", BINDING_EXTENSION, ROLE_URL_PATH },
    { "cs-method", BINDING_COLUMN, ROLE_METHOD },
    { "sc-status", BINDING_COLUMN, ROLE_STATUS },
    { "c-ip", BINDING_COLUMN, ROLE_SOURCE },
    { "src_ip", BINDING_COLUMN, ROLE_SOURCE },
    { "cs-username", BINDING_COLUMN, ROLE_USER },
    { "cs(User-Agent)", BINDING_COLUMN, ROLE_AGENT },
    { "cs-user-agent", BINDING_COLUMN, ROLE_AGENT },
    { "c-useragent", BINDING_COLUMN, ROLE_AGENT },
    { "cs(Referer)", BINDING_COLUMN, ROLE_REFERER },
    { "cs-referer", BINDING_COLUMN, ROLE_REFERER },
    { "cs-referrer", BINDING_COLUMN, ROLE_REFERER },
    { "c-referer", BINDING_COLUMN, ROLE_REFERER },
    { "cs(Cookie)", BINDING_COLUMN, ROLE_COOKIE },
    { "cs-cookie", BINDING_COLUMN, ROLE_COOKIE },
    { "c-cookie", BINDING_COLUMN, ROLE_COOKIE },
    { "cs-host", BINDING_COLUMN, ROLE_URL_HOST },
    { "s-ip", BINDING_COLUMN, ROLE_SERVER_IP },
    { "s-port", BINDING_COLUMN, ROLE_SERVER_PORT },
};

static bool is_web(const struct schema *schema)
{
    return family_answers(schema->family, SLICE_NULL, SLICE_LIT("webserver"), SLICE_NULL);
}

static struct binding column(size_t index)
{
    if (index == COLUMN_NONE)
        return (struct binding){ BINDING_NONE, 0 };
    return (struct binding){ BINDING_COLUMN, index };
}

struct binding binding_resolve(const struct schema *schema, struct slice field)
{
    for (size_t i = 0; is_web(schema) && i < sizeof aliases / sizeof *aliases; i++) {
        if (!slice_icase_eq(field, slice_from(aliases[i].field)))
            continue;
        if (aliases[i].kind == BINDING_COLUMN)
            return column(schema->role[aliases[i].role]);
        return (struct binding){ aliases[i].kind, 0 };
    }
    size_t index = schema_find(schema, field);
    if (index == COLUMN_NONE && schema->family->format == FORMAT_ECP)
        return (struct binding){ BINDING_PAIRS, 0 };
    return column(index);
}

/* Is the column what a rule calls `field`? Sigma leaves the spaces of names out. */
static bool is_called(struct slice column, struct slice field)
{
    size_t at = 0;
    for (size_t i = 0; i < column.len; i++) {
        if (column.ptr[i] == ' ')
            continue;
        if (at == field.len || ascii_lower(column.ptr[i]) != ascii_lower(field.ptr[at]))
            return false;
        at++;
    }
    return at == field.len;
}

static size_t find_called(const struct schema *schema, struct slice field)
{
    size_t exact = schema_find(schema, field);
    for (size_t i = 0; exact == COLUMN_NONE && i < schema->count; i++)
        if (is_called(schema->names[i], field))
            return i;
    return exact;
}

struct binding binding_resolve_record(const struct schema *schema, uint64_t event_id,
                                      struct slice field)
{
    size_t column = find_called(schema, field);
    struct slice alias = winlog_alias(schema->family, event_id, field);
    if (column == COLUMN_NONE && alias.ptr)
        column = find_called(schema, alias);
    if (column != COLUMN_NONE && slice_icase_eq(field, SLICE_LIT("EventID")))
        return (struct binding){ BINDING_COLUMN, column }; /* UserData may speak of another */
    return (struct binding){ column == COLUMN_NONE ? BINDING_NONE : BINDING_VALUES, column };
}

void readings_init(struct readings *readings)
{
    readings->count = 0;
    readings->capacity = READINGS_FEW;
    readings->text = readings->few;
}

void readings_add(struct readings *readings, struct arena *scratch, struct slice text)
{
    if (readings->count == readings->capacity) {
        struct slice *more = arena_array(scratch, readings->capacity * 2, sizeof *more);
        memcpy(more, readings->text, readings->count * sizeof *more);
        readings->text = more;
        readings->capacity *= 2;
    }
    readings->text[readings->count++] = text;
}

/* All columns of one name in their order, then the further elements of arrays of that name. */
static void read_values(const struct event *event, size_t column, struct readings *out)
{
    struct slice name = event->schema->names[column];
    readings_add(out, event->scratch, event->cells[column]);
    for (size_t i = column + 1; i < event->cell_count; i++)
        if (event->cells[i].ptr && slice_eq(event->schema->names[i], name))
            readings_add(out, event->scratch, event->cells[i]);
    for (size_t i = 0; i < event->pair_count; i++)
        if (slice_eq(event->pairs[i].name, name))
            readings_add(out, event->scratch, event->pairs[i].value);
}

/* HTTPERR writes path and query in one cell; HttpProxy writes the '?' in front of the query. */
static void split_url(const struct event *event, struct slice *path, struct slice *query)
{
    *path = event_role(event, ROLE_URL_PATH);
    *query = event_role(event, ROLE_URL_QUERY);
    if (event->schema->family->format == FORMAT_CSV && query->len && query->ptr[0] == '?')
        *query = slice_from_offset(*query, 1);
    size_t mark = path->ptr ? slice_find_char(*path, '?') : SIZE_MAX;
    if (mark != SIZE_MAX) {
        if (!query->len)
            *query = slice_from_offset(*path, mark + 1);
        *path = slice_first(*path, mark);
    }
}

static struct slice compose_url(const struct event *event)
{
    struct slice path, query;
    split_url(event, &path, &query);
    if (!path.ptr || !query.len)
        return path;
    char *url = arena_alloc(event->scratch, path.len + 1 + query.len);
    memcpy(url, path.ptr, path.len);
    url[path.len] = '?';
    memcpy(url + path.len + 1, query.ptr, query.len);
    return slice_of(url, path.len + 1 + query.len);
}

static struct slice extension(struct slice path)
{
    for (size_t i = path.len; i > 0 && path.ptr[i - 1] != '/'; i--)
        if (path.ptr[i - 1] == '.')
            return slice_from_offset(path, i);
    return SLICE_NULL;
}

void binding_read(struct binding binding, struct slice field, const struct event *event,
                  struct readings *out)
{
    struct slice path, query;
    readings_init(out);
    switch (binding.kind) {
    case BINDING_COLUMN:
        readings_add(out, event->scratch, event_cell(event, binding.column));
        break;
    case BINDING_PAIRS:
        for (size_t i = 0; i < event->pair_count; i++)
            if (slice_icase_eq(event->pairs[i].name, field))
                readings_add(out, event->scratch, event->pairs[i].value);
        break;
    case BINDING_URL_PATH:
        split_url(event, &path, &query);
        readings_add(out, event->scratch, path);
        break;
    case BINDING_URL_QUERY:
        split_url(event, &path, &query);
        readings_add(out, event->scratch, query);
        readings_add(out, event->scratch, compose_url(event));
        break;
    case BINDING_URL:
        readings_add(out, event->scratch, compose_url(event));
        break;
    case BINDING_EXTENSION:
        split_url(event, &path, &query);
        readings_add(out, event->scratch, path.ptr ? extension(path) : SLICE_NULL);
        break;
    case BINDING_VALUES:
        read_values(event, binding.column, out);
        break;
    case BINDING_NONE:
    case BINDING_UNKNOWN:
    case BINDING_DERIVED:
        break;
    }
    if (out->count == 0)
        readings_add(out, event->scratch, SLICE_NULL);
}

void readings_add_spaced(struct readings *readings, const struct event *event)
{
    if (event->schema->family->format != FORMAT_W3C)
        return;
    size_t count = readings->count;
    for (size_t i = 0; i < count; i++) {
        struct slice text = readings->text[i];
        if (!text.ptr || slice_find_char(text, '+') == SIZE_MAX)
            continue;
        char *spaced = arena_alloc(event->scratch, text.len);
        for (size_t k = 0; k < text.len; k++)
            spaced[k] = text.ptr[k] == '+' ? ' ' : text.ptr[k];
        readings_add(readings, event->scratch, slice_of(spaced, text.len));
    }
}
