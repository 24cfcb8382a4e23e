#include "webshell/judge_text.h"

#include "base/buf.h"
#include "base/file.h"
#include "webshell/stealer.h"
#include "webshell/webconfig.h"

/* `words` with the detail where it has "{}". */
static struct slice phrase(struct arena *arena, const char *words, struct slice detail)
{
    struct buf out = BUF_INIT;
    struct slice rest = slice_from(words);
    size_t at = slice_find(rest, SLICE_LIT("{}"));
    buf_add_slice(&out, slice_first(rest, at));
    if (at != SIZE_MAX) {
        buf_add_slice(&out, detail);
        buf_add_slice(&out, slice_from_offset(rest, at + 2));
    }
    struct slice copy = arena_copy(arena, buf_slice(&out));
    buf_deinit(&out);
    return copy;
}

/* --- web.config --------------------------------------------------------------------------- */

/* Behind "the configuration". */
static const char *const config_words[] = {
    [CONFIG_RUNS_CONFIG] = "has configuration files run as pages, by {}",
    [CONFIG_RUNS_ODD_NAMES] = "has files named {} run as pages",
    [CONFIG_RUNS_PROGRAM] = "has requests answered by the program {}",
    [CONFIG_BUILDS_ODD_NAMES] = "has ASP.NET compile files named {} as pages",
    [CONFIG_ENCODING] = "has pages read as {}, in which scanners do not read them",
    [CONFIG_SERVES_CONFIG] = "has the server give away what it keeps back: {}",
    [CONFIG_UNHIDES] = "serves the hidden folder {}",
    [CONFIG_MODULE] = "loads the module {} into the server",
    [CONFIG_MACHINE_KEY] = "holds a fixed key: who knows it can forge view state",
    [CONFIG_UNREADABLE] = "cannot be read to its end: {}",
};

static enum webshell_class class_of_weight(enum config_weight weight)
{
    switch (weight) {
    case CONFIG_SHELL:
        return WEBSHELL_SHELL;
    case CONFIG_SUSPECT:
        return WEBSHELL_SUSPECT;
    case CONFIG_TOLD:
        break;
    }
    return WEBSHELL_NONE;
}

/* What honest files have, too, is told only beside something else. */
static void add_config(struct arena *arena, const struct config_finding *found,
                       enum config_weight least, struct page_report *report)
{
    for (; found != NULL; found = found->next) {
        bool told = found->weight == CONFIG_TOLD;
        if (told != (least == CONFIG_TOLD)) {
            continue;
        }
        struct reason reason = { .code = REASON_CONFIG,
                                 .class = class_of_weight(found->weight),
                                 .line = found->line,
                                 .detail =
                                     phrase(arena, config_words[found->code], found->detail) };
        page_report_add(report, &reason);
    }
}

static void judge_config(struct arena *arena, struct slice text, struct page_report *report)
{
    const struct config_finding *found = webconfig_read(arena, text);
    add_config(arena, found, CONFIG_SUSPECT, report);
    if (report->class != WEBSHELL_NONE) {
        add_config(arena, found, CONFIG_TOLD, report);
    }
}

/* --- thieves ------------------------------------------------------------------------------ */

/* Behind "what people type into the page is kept or sent away: ". */
static const char *const way_words[] = {
    [STEALER_ELSEWHERE] = "to another host by {}",
    [STEALER_ADDRESS] = "in the address of a request by {}",
    [STEALER_ASIDE] = "besides the login itself by {}",
    [STEALER_ACTION] = "the form goes to another host by {}",
    [STEALER_COOKIE] = "in a cookie by {}",
};

/* Where people log in to their mail nobody honest has a password go anywhere else. */
static bool is_mail_login(struct slice path)
{
    static const char *const names[] = { "flogon", "owa/auth/", "owa\\auth\\", "ecp/auth/",
                                         "ecp\\auth\\" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_icase_has(path, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_named_login(struct slice path)
{
    struct slice name = path_last(path);
    return slice_icase_has(name, SLICE_LIT("login")) ||
           slice_icase_has(name, SLICE_LIT("logon")) ||
           slice_icase_has(name, SLICE_LIT("signin"));
}

/*
 * Some sites log in at another host, some remember users in cookies, and some have a password
 * looked at before the form of an order is sent.
 */
static bool is_sure(const struct stealer *found, struct slice path)
{
    if (found->way == STEALER_ASIDE) {
        return is_named_login(path);
    }
    return found->way != STEALER_COOKIE && found->way != STEALER_ACTION && !found->may_be_login;
}

static void judge_script(struct arena *arena, struct slice text, struct slice path,
                         const struct parts *parts, struct page_report *report)
{
    for (const struct stealer *s = stealer_find(arena, text, parts); s != NULL; s = s->next) {
        bool sure = is_sure(s, path) || is_mail_login(path);
        struct reason reason = { .code = REASON_STEALS,
                                 .class = sure ? WEBSHELL_STEALER : WEBSHELL_SUSPECT,
                                 .line = s->line,
                                 .detail = phrase(arena, way_words[s->way], s->what) };
        page_report_add(report, &reason);
    }
}

void judge_text(struct arena *arena, struct slice text, struct slice path,
                const struct parts *parts, struct page_report *report)
{
    if (parts->kind == PAGE_KIND_CONFIG || slice_icase_ends(path, SLICE_LIT(".config"))) {
        judge_config(arena, text, report);
    } else if (parts->kind != PAGE_KIND_NONE) {
        judge_script(arena, text, path, parts, report);
    }
}
