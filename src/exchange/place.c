#include "exchange/place.h"

#include "base/file.h"
#include "exchange/page.h"

#define FOLDER_MAX 128 /* no folder of the table is longer */
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- paths ---- */

/* "15.1.2375.7": digits and at least two dots, as in exchange/page.c. */
static bool is_version(struct slice name)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '.')
            dots++;
        else if (!ascii_is_digit(name.ptr[i]))
            return false;
    return dots >= 2 && ascii_is_digit(name.ptr[0]);
}

/* Folders named after a build: the table has their files once, below "version". */
static struct slice table_name(struct arena *arena, struct slice path)
{
    struct buf name = BUF_INIT;
    for (struct slice rest = path; rest.ptr;) {
        struct slice part = slice_cut(&rest, '/');
        buf_add_slice(&name, rest.ptr && is_version(part) ? SLICE_LIT("version") : part);
        if (rest.ptr)
            buf_add_char(&name, '/');
    }
    if (known_good_has_path(buf_slice(&name)))
        path = arena_copy(arena, buf_slice(&name));
    buf_deinit(&name);
    return path;
}

/* What follows the first occurrence of `marker`, or absent. */
static struct slice behind(struct slice path, struct slice marker)
{
    size_t at = slice_find(path, marker);
    return at == SIZE_MAX ? SLICE_NULL : slice_from_offset(path, at + marker.len);
}

/* "frontend/httpproxy/" of "frontend/httpproxy/owa/x.aspx"; too short a path is left whole. */
static struct slice first_folders(struct slice path, size_t count)
{
    size_t end = 0;
    while (count-- > 0) {
        size_t slash = slice_find_char(slice_from_offset(path, end), '/');
        if (slash == SIZE_MAX)
            return path;
        end += slash + 1;
    }
    return slice_first(path, end);
}

static bool is_web_path(struct slice path)
{
    return slice_starts(path, SLICE_LIT("frontend/")) ||
           slice_starts(path, SLICE_LIT("clientaccess/"));
}

/* Is "httpproxy/owa/" a folder of the front end? */
static bool is_front_end_folder(struct slice folder)
{
    char text[FOLDER_MAX] = "frontend/";
    size_t len = strlen(text);
    if (!folder.ptr || folder.len > sizeof text - len)
        return false;
    memcpy(text + len, folder.ptr, folder.len);
    return known_good_has_folder(slice_of(text, len + folder.len));
}

static struct slice below_front_end(struct arena *arena, struct slice path)
{
    static const char folder[] = "frontend/";
    size_t len = sizeof folder - 1;
    char *text = arena_alloc(arena, len + path.len);
    memcpy(text, folder, len);
    memcpy(text + len, path.ptr, path.len);
    return slice_of(text, len + path.len);
}

/*
 * A copy without the folders above. The first place where it fits counts: an intruder may
 * create FrontEnd\HttpProxy\owa\auth\ClientAccess\owa, and that is no place of Exchange.
 */
static struct slice copied_path(struct arena *arena, struct slice path)
{
    for (struct slice rest = path; rest.len > 1;) {
        struct slice from = slice_from_offset(rest, 1); /* behind a slash */
        struct slice folder = first_folders(from, 2);
        if (is_web_path(from) && known_good_has_folder(folder))
            return from;
        if (slice_starts(from, SLICE_LIT("httpproxy/")) && is_front_end_folder(folder))
            return below_front_end(arena, from);
        rest = slice_from_offset(from, slice_find_char(from, '/'));
    }
    return SLICE_NULL;
}

static struct slice installed(struct arena *arena, struct slice path)
{
    if (slice_has(path, SLICE_LIT("/exchange server/v14/")))
        return SLICE_NULL;
    struct slice below = behind(path, SLICE_LIT("/exchange server/v15/"));
    if (below.ptr && !is_web_path(below))
        return SLICE_NULL;
    if (!below.ptr)
        below = copied_path(arena, path);
    return below.ptr ? table_name(arena, below) : SLICE_NULL;
}

struct slice exchange_installed_path(struct arena *arena, struct slice path)
{
    return installed(arena, path_fold(arena, path));
}

/* The path below the site's root, with a slash in front, and which part of it; or absent. */
static struct slice site_path(struct slice path, enum place *place_out)
{
    size_t client = slice_find(path, SLICE_LIT("/aspnet_client/"));
    struct slice below = behind(path, SLICE_LIT("/inetpub/wwwroot/"));
    if (!below.ptr && slice_starts(path, SLICE_LIT("/wwwroot/")))
        below = behind(path, SLICE_LIT("/wwwroot/"));
    *place_out = client != SIZE_MAX ? PLACE_ASPNET_CLIENT
                 : below.ptr        ? PLACE_SITE_ROOT
                                    : PLACE_OTHER;
    if (below.ptr)
        return slice_of(below.ptr - 1, below.len + 1);
    return client == SIZE_MAX ? SLICE_NULL : slice_from_offset(path, client);
}

/* ---- URLs ---- */

/* Folder → URL; longer ones first. The same as FOLDERS of tools/make_pages.py, in short. */
static const struct {
    const char *folder, *url;
} url_folders[] = {
    { "frontend/httpproxy/sync/", "/microsoft-server-activesync/" },
    { "frontend/httpproxy/bin/", NULL },
    { "frontend/httpproxy/", "/" },
    { "clientaccess/exchweb/ews/", "/ews/" },
    { "clientaccess/rpcproxy/", "/rpc/" },
    { "clientaccess/sync/", "/microsoft-server-activesync/" },
    { "clientaccess/autodiscover/", "/autodiscover/" },
    { "clientaccess/ecp/", "/ecp/" },
    { "clientaccess/mapi/", "/mapi/" },
    { "clientaccess/oab/", "/oab/" },
    { "clientaccess/owa/", "/owa/" },
    { "clientaccess/powershell/", "/powershell/" },
    { "clientaccess/pushnotifications/", "/pushnotifications/" },
    { "clientaccess/rest/", "/rest/" },
};

static struct slice url_of_installed(struct arena *arena, struct slice path)
{
    for (size_t i = 0; i < COUNT(url_folders); i++) {
        struct slice folder = slice_from(url_folders[i].folder);
        if (!slice_starts(path, folder))
            continue;
        if (!url_folders[i].url)
            return SLICE_NULL;
        struct buf url = BUF_INIT;
        buf_add_text(&url, url_folders[i].url);
        buf_add_slice(&url, slice_from_offset(path, folder.len));
        struct slice copy = arena_copy(arena, buf_slice(&url));
        buf_deinit(&url);
        return copy;
    }
    return SLICE_NULL;
}

struct slice exchange_url_of_file(struct arena *arena, struct slice path)
{
    struct place_report report;
    place_judge(arena, path, NULL, NULL, &report);
    return report.url;
}

/* ---- judgement ---- */

/* Types of which the table has every file, and that a server runs or loads. */
static bool is_judged_type(struct slice path)
{
    static const char *const more[] = { ".master", ".browser", ".dll", ".exe" };
    for (size_t i = 0; i < COUNT(more); i++)
        if (slice_icase_ends(path, slice_from(more[i])))
            return true;
    return exchange_page_is_script(path);
}

static bool is_table_build(const struct build *build)
{
    return build && known_good_has_build(*build);
}

static enum standing standing_installed(const struct place_report *report,
                                        const uint8_t *sha256, struct known_good_file *known)
{
    if (!is_judged_type(report->path))
        return STANDING_UNJUDGED;
    if (!known_good_has_path(report->path))
        return STANDING_FOREIGN;
    if (!sha256)
        return STANDING_OTHER_BUILD;
    if (known_good_lookup(report->path, sha256, known) == KNOWN_GOOD_FILE)
        return STANDING_KNOWN;
    return report->later_builds ? STANDING_OTHER_BUILD : STANDING_TAMPERED;
}

/* Of the site's folders we know by URL what belongs there (exchange/page.h). */
static enum standing standing_site(const struct place_report *report)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page;
    if (!exchange_page_is_script(report->path))
        return STANDING_UNJUDGED;
    if (report->place == PLACE_ASPNET_CLIENT)
        return STANDING_FOREIGN;
    /* wwwroot\\owa is not where Exchange's /owa lies: the names that are known there do not
       count. */
    enum page_class class =
        exchange_page_classify(report->path, &page, scratch, sizeof scratch);
    return class == PAGE_NONE ? STANDING_UNJUDGED : STANDING_FOREIGN;
}

static struct slice folder_of(struct slice path)
{
    size_t end = path.len;
    while (end > 0 && path.ptr[end - 1] != '/')
        end--;
    return slice_first(path, end > 0 ? end - 1 : 0);
}

void place_judge(struct arena *arena, struct slice path, const uint8_t *sha256,
                 const struct build *build, struct place_report *out)
{
    *out = (struct place_report){ .later_builds = !is_table_build(build) };
    struct slice normal = path_fold(arena, path);
    out->path = installed(arena, normal);
    if (out->path.ptr) {
        out->place = out->path.ptr[0] == 'f' ? PLACE_FRONT_END : PLACE_BACK_END;
        out->url = url_of_installed(arena, out->path);
        out->standing = standing_installed(out, sha256, &out->known);
    } else {
        out->url = out->path = site_path(normal, &out->place);
        if (out->path.ptr)
            out->standing = standing_site(out);
    }
    out->folder = out->path.ptr ? folder_of(out->path) : SLICE_NULL;
    out->hash_is_known = out->standing == STANDING_KNOWN;
    if (sha256 && !out->hash_is_known)
        out->hash_is_known = known_good_by_hash(sha256, &out->known);
}
