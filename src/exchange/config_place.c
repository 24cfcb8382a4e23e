/* Whose web.config a file is. */
#include "base/file.h"
#include "exchange/config.h"

#define FRONT_END "Default Web Site"
#define BACK_END "Exchange Back End"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Folders below the site's own that are not named as their application; HealthChecker's names.
 */
static const struct {
    const char *folder, *application;
} applications[] = {
    { "sync", "Microsoft-Server-ActiveSync" },
    { "eas", "Microsoft-Server-ActiveSync" },
    { "rest", "API" },
    { "autod", "Autodiscover" },
    { "mapiemsmdb", "mapi/emsmdb" },
    { "mapinspi", "mapi/nspi" },
    { "push", "PushNotifications" },
    { "exchweb/ews", "EWS" },
    { "powershell-proxy", "PowerShell" },
};

static struct slice join(struct arena *arena, const char *site, struct slice application)
{
    for (size_t i = 0; i < COUNT(applications); i++)
        if (slice_icase_eq(application, slice_from(applications[i].folder)))
            application = slice_from(applications[i].application);
    size_t len = strlen(site);
    char *text = arena_alloc(arena, len + 1 + application.len + 1);
    memcpy(text, site, len);
    if (!application.len)
        return slice_of(text, len);
    text[len] = '/';
    memcpy(text + len + 1, application.ptr, application.len);
    return slice_of(text, len + 1 + application.len);
}

/* "defaultwebsite-owa_web.config" → "owa"; absent: not named so. */
static struct slice captured(struct slice name, struct slice site)
{
    if (!slice_icase_starts(name, site))
        return SLICE_NULL;
    struct slice rest = slice_from_offset(name, site.len);
    if (!rest.len || (rest.ptr[0] != '-' && rest.ptr[0] != '_'))
        return SLICE_NULL;
    if (rest.ptr[0] == '_')
        return slice_first(rest, 0);
    rest = slice_from_offset(rest, 1);
    return slice_first(rest, slice_find_char(rest, '_'));
}

/* What stands behind the last `part` in the folder; absent: it has none. */
static struct slice behind(struct slice folder, struct slice part)
{
    size_t found = SIZE_MAX;
    for (size_t at = 0; at + part.len <= folder.len; at++)
        if (slice_starts(slice_from_offset(folder, at), part))
            found = at;
    return found == SIZE_MAX ? SLICE_NULL : slice_from_offset(folder, found + part.len);
}

struct slice config_place(struct arena *arena, struct slice path)
{
    static const struct {
        struct slice part;
        const char *site;
    } folders[] = {
        { SLICE_INIT("/httpproxy/"), FRONT_END },
        { SLICE_INIT("/clientaccess/"), BACK_END },
        { SLICE_INIT("/wwwroot/"), FRONT_END },
    };
    struct slice normal = path_fold(arena, path), name = path_last(normal);
    struct slice front = captured(name, SLICE_LIT("DefaultWebSite"));
    struct slice back = captured(name, SLICE_LIT("ExchangeBackEnd"));
    if (front.ptr)
        return join(arena, FRONT_END, front);
    if (back.ptr)
        return join(arena, BACK_END, back);
    struct slice folder = slice_first(normal, normal.len - name.len);
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct slice rest = behind(folder, folders[i].part);
        if (rest.len && rest.ptr[rest.len - 1] == '/')
            rest.len--;
        if (rest.ptr)
            return join(arena, folders[i].site, rest);
    }
    return SLICE_LIT("?");
}
