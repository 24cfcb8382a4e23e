#include "exchange/setting.h"

#include "base/buf.h"
#include "base/file.h"
#include "exchange/foreign.h"
#include "exchange/mitigation.h"
#include "webshell/webconfig.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- paths ---- */

static bool has_part(struct slice path, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_icase_has(path, slice_from(parts[i])))
            return true;
    return false;
}

/* Folders that everybody may write to, or in which nothing is installed. */
static bool is_open_folder(struct arena *arena, struct slice path)
{
    static const char *const parts[] = { "/programdata/", "/users/",          "/temp/",
                                         "/tmp/",         "/perflogs/",       "/all users/",
                                         "/recycler/",    "/$recycle.bin/",   "/inetpub/",
                                         "%temp%",        "%public%",         "%programdata%",
                                         "%userprofile%", "%allusersprofile%" };
    /* A folder itself is as good as one below it. */
    struct buf folded = BUF_INIT;
    buf_add_slice(&folded, path_fold(arena, path));
    buf_add_char(&folded, '/');
    bool open = has_part(buf_slice(&folded), parts, COUNT(parts));
    buf_deinit(&folded);
    return open;
}

/* Names of devices: Explorer cannot open such a folder, and many scanners do not, either. */
static bool is_reserved_name(struct slice name)
{
    static const char *const names[] = { "con", "prn", "aux", "nul" };
    name = slice_trim(slice_first(name, slice_find_char(name, '.')));
    for (size_t i = 0; i < COUNT(names); i++)
        if (slice_icase_eq(name, slice_from(names[i])))
            return true;
    return name.len == 4 && ascii_is_digit(name.ptr[3]) &&
           (slice_icase_starts(name, SLICE_LIT("com")) ||
            slice_icase_starts(name, SLICE_LIT("lpt")));
}

static bool has_reserved_name(struct arena *arena, struct slice path)
{
    struct slice rest = path_fold(arena, path);
    while (rest.ptr)
        if (is_reserved_name(slice_cut(&rest, '/')))
            return true;
    return false;
}

static bool is_device_path(struct slice path)
{
    return slice_starts(path, SLICE_LIT("\\\\?\\")) ||
           slice_starts(path, SLICE_LIT("\\\\.\\")) || slice_starts(path, SLICE_LIT("//?/"));
}

static bool is_far_path(struct slice path)
{
    return (slice_starts(path, SLICE_LIT("\\\\")) || slice_starts(path, SLICE_LIT("//"))) &&
           !is_device_path(path);
}

static enum notice judge_directory(struct arena *arena, const struct setting *s)
{
    if (is_device_path(s->value) || has_reserved_name(arena, s->value))
        return NOTICE_RESERVED_DIRECTORY;
    if (is_far_path(s->value))
        return NOTICE_FAR_DIRECTORY;
    /* The site's own folder is below inetpub. */
    if (slice_icase_has(s->value, SLICE_LIT("inetpub")))
        return NOTICE_NONE;
    return is_open_folder(arena, s->value) ? NOTICE_OPEN_DIRECTORY : NOTICE_NONE;
}

/* ---- code that IIS and Transport load ---- */

/* "%windir%\..." → "/windows/...", folded */
static struct slice expand_windows(struct arena *arena, struct slice path)
{
    static const char *const variables[] = { "%windir%", "%SystemRoot%" };
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < COUNT(variables); i++) {
        struct slice variable = slice_from(variables[i]);
        if (!slice_icase_starts(path, variable))
            continue;
        buf_add_text(&text, "C:/Windows");
        path = slice_from_offset(path, variable.len);
        break;
    }
    buf_add_slice(&text, path);
    struct slice folded = path_fold(arena, buf_slice(&text));
    buf_deinit(&text);
    return folded;
}

static enum notice judge_native(struct arena *arena, const struct setting *s)
{
    struct slice path = expand_windows(arena, s->value);
    if (foreign_is_stock_module(arena, path))
        return NOTICE_NONE;
    return is_open_folder(arena, path) ? NOTICE_OPEN_MODULE : NOTICE_MODULE;
}

static bool is_microsofts_type(struct slice type)
{
    return slice_icase_starts(type, SLICE_LIT("System.")) ||
           slice_icase_starts(type, SLICE_LIT("Microsoft."));
}

static enum notice judge_module(const struct setting *s)
{
    return is_microsofts_type(s->value) ? NOTICE_NONE : NOTICE_MODULE;
}

static enum notice judge_agent(struct arena *arena, const struct setting *s)
{
    struct slice path = path_fold(arena, s->value);
    if (slice_has(path, SLICE_LIT("/exchange server/v15/")) ||
        slice_icase_starts(s->detail, SLICE_LIT("Microsoft.Exchange.")))
        return is_open_folder(arena, path) ? NOTICE_OPEN_AGENT : NOTICE_NONE;
    bool installed = slice_has(path, SLICE_LIT("/program files"));
    return installed && !is_open_folder(arena, path) ? NOTICE_AGENT : NOTICE_OPEN_AGENT;
}

/* ---- the others ---- */

static enum notice judge_handler(const struct setting *s)
{
    if (webconfig_is_system_shell(s->detail))
        return NOTICE_PROGRAM_HANDLER;
    return webconfig_maps_odd_names(s->value, s->detail) ? NOTICE_SCRIPT_HANDLER : NOTICE_NONE;
}

/* CVE-2020-0688: until February 2020 all installations had one key. */
static enum notice judge_key(const struct setting *s)
{
    return slice_icase_starts(s->value, SLICE_LIT("CB2721AB")) ? NOTICE_PUBLIC_KEY
                                                               : NOTICE_FIXED_KEY;
}

static enum notice judge_rewrite(const struct setting *s)
{
    if (!(s->flags & SETTING_LEAVES) || s->flags & SETTING_OFF)
        return NOTICE_NONE;
    return s->flags & SETTING_STOPS ? NOTICE_REDIRECTS : NOTICE_FORWARDS;
}

static enum notice judge_anonymous(const struct setting *s)
{
    return slice_icase_eq(s->value, SLICE_LIT("IUSR")) ? NOTICE_NONE : NOTICE_ANONYMOUS;
}

enum notice setting_judge(struct arena *arena, const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_DIRECTORY:
        return judge_directory(arena, setting);
    case SETTING_GLOBAL_MODULE:
    case SETTING_FILTER:
        return judge_native(arena, setting);
    case SETTING_MODULE:
        return judge_module(setting);
    case SETTING_AGENT:
        return judge_agent(arena, setting);
    case SETTING_HANDLER:
        return judge_handler(setting);
    case SETTING_MACHINE_KEY:
        return judge_key(setting);
    case SETTING_REWRITE:
        return judge_rewrite(setting);
    case SETTING_REDIRECTION:
        return NOTICE_SHARED;
    case SETTING_ANONYMOUS:
        return judge_anonymous(setting);
    default:
        return NOTICE_NONE;
    }
}

bool setting_is_rewrite_module(const struct setting *setting)
{
    return setting->kind == SETTING_GLOBAL_MODULE &&
           slice_icase_eq(setting->name, SLICE_LIT("RewriteModule"));
}

bool setting_is_kept(const struct setting *setting, enum notice notice)
{
    switch (setting->kind) {
    case SETTING_GLOBAL_MODULE:
        return notice != NOTICE_NONE || setting_is_rewrite_module(setting);
    case SETTING_POOL:
        return setting->flags & SETTING_OFF;
    case SETTING_DIRECTORY:
    case SETTING_MODULE:
    case SETTING_HANDLER:
    case SETTING_FILTER:
    case SETTING_ANONYMOUS:
    case SETTING_AGENT:
        return notice != NOTICE_NONE;
    default:
        return true;
    }
}
