#include "exchange/target.h"

#include "exchange/page.h"

const char *const target_literals[] = { "ServerInfo~",
                                        ":444/",
                                        ":444\\",
                                        "Server~",
                                        "X-BEResource-Cookie",
                                        "X-AnonResource-Backend",
                                        NULL };
const char *const target_autodiscover_literals[] = { "autodiscover.json", "autodiscover%2ejson",
                                                     NULL };

static size_t find_any(struct slice text, const char *chars)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] && strchr(chars, text.ptr[i]))
            return i;
    return SIZE_MAX;
}

/* Decoded and folded twice: what is encoded twice gets there too where a proxy decodes once
 * more. */
static struct slice normal_path(struct slice path, struct arena *arena)
{
    size_t size = path.len + 1 < PAGE_SCRATCH_SIZE ? path.len + 1 : PAGE_SCRATCH_SIZE;
    struct slice once = exchange_path_normalise(path, arena_alloc(arena, size), size);
    return exchange_path_normalise(once, arena_alloc(arena, size), size);
}

/* The text with %XX decoded once and '\' as '/', lower case. */
static struct slice decoded(struct slice text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    for (size_t pos = 0; pos < text.len;)
        out[n++] = exchange_next_char(text, &pos);
    return slice_of(out, n);
}

static bool is_forged_hint(struct slice hint)
{
    return slice_icase_eq(hint, SLICE_LIT("X-BEResource-Cookie")) ||
           slice_icase_starts(hint, SLICE_LIT("X-AnonResource-Backend"));
}

/*
 * "ServerInfo~a]@host:444/path?query#" → "/path?query#"; absent when nothing is glued on. A
 * bare "ServerInfo~host#" is forged too: its path is empty.
 */
static struct slice forged_anchor(const struct event *event)
{
    struct slice anchor = event_field(event, SLICE_LIT("AnchorMailbox"));
    size_t at = find_any(anchor, "/\\?#");
    if (at == SIZE_MAX || slice_icase_starts(anchor, SLICE_LIT("Smtp~")))
        return SLICE_NULL;
    bool forged = slice_icase_starts(anchor, SLICE_LIT("ServerInfo~")) ||
                  slice_icase_has(anchor, SLICE_LIT(":444/")) ||
                  slice_icase_has(anchor, SLICE_LIT(":444\\")) ||
                  is_forged_hint(event_field(event, SLICE_LIT("RoutingHint")));
    return forged ? slice_from_offset(anchor, at) : SLICE_NULL;
}

/* "Server~host/path?query~1941962753~2021-..." → "/path?query" */
static struct slice forged_cookie(const struct event *event)
{
    struct slice cookie = event_field(event, SLICE_LIT("BackEndCookie"));
    size_t at = find_any(cookie, "/\\");
    if (at == SIZE_MAX || !slice_icase_starts(cookie, SLICE_LIT("Server~")))
        return SLICE_NULL;
    struct slice target = slice_from_offset(cookie, at);
    return slice_first(target, slice_find_char(target, '~'));
}

static struct slice forged_target(const struct event *event)
{
    struct slice target = forged_anchor(event);
    return target.ptr ? target : forged_cookie(event);
}

struct slice target_path(const void *context, const struct event *event)
{
    (void)context;
    struct slice target = forged_target(event);
    if (!target.ptr)
        return SLICE_NULL;
    return normal_path(slice_first(target, find_any(target, "?#")), event->scratch);
}

struct slice target_query(const void *context, const struct event *event)
{
    (void)context;
    struct slice target = forged_target(event);
    size_t mark = target.ptr ? find_any(target, "?#") : SIZE_MAX;
    if (mark == SIZE_MAX)
        return SLICE_NULL;
    return decoded(decoded(slice_from_offset(target, mark + 1), event->scratch),
                   event->scratch);
}

/* Path and query of the request in one text; HTTPERR has them in one cell. */
static struct slice whole_url(const struct event *event)
{
    struct slice path = event_role(event, ROLE_URL_PATH);
    struct slice query = event_role(event, ROLE_URL_QUERY);
    if (!path.ptr || !query.len)
        return path;
    char *url = arena_alloc(event->scratch, path.len + query.len + 1);
    memcpy(url, path.ptr, path.len);
    url[path.len] = '?';
    memcpy(url + path.len + 1, query.ptr, query.len);
    return slice_of(url, path.len + 1 + query.len);
}

/*
 * Behind which '@' does a path follow at once? An honest "Email=user@example.com&Protocol=..."
 * has
 * '&' or the end there; "?@example.com/powershell/?..." has the path of another service.
 */
static struct slice glued_path(struct slice url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] != '@')
            continue;
        struct slice rest = slice_from_offset(url, i + 1);
        size_t end = find_any(rest, "/&=?#@");
        if (end == SIZE_MAX || rest.ptr[end] != '/')
            continue;
        struct slice path = slice_from_offset(rest, end);
        path = slice_first(path, find_any(path, "?&#"));
        if (path.len > 1)
            return path;
    }
    return SLICE_NULL;
}

struct slice target_autodiscover(const void *context, const struct event *event)
{
    (void)context;
    struct slice url = whole_url(event);
    if (!slice_icase_has(url, slice_from(target_autodiscover_literals[0])) &&
        !slice_icase_has(url, slice_from(target_autodiscover_literals[1])))
        return SLICE_NULL;
    struct slice path = glued_path(decoded(url, event->scratch));
    return path.ptr ? normal_path(path, event->scratch) : SLICE_NULL;
}
