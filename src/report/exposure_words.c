#include "report/exposure_words.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

static const char *const texts[EXPOSURE_WORDS] = {
    [EXPOSURE_NO_BUILD] =
        "No build of Exchange is named in what was read, so how long this host was vulnerable "
        "is "
        "not decidable. Copy bin\\ExSetup.exe and the logs of HttpProxy, too.",
    [EXPOSURE_SPAN] = "{build}, {name}: {from} {from_ref} to {to} {to_ref}",
    [EXPOSURE_MOMENT] = "{build}, {name}: {from} {from_ref}",
    [EXPOSURE_SOURCE] = "by {source}.",
    [EXPOSURE_INSTALLED] =
        "{build}, {name}: installed when the evidence was copied, by ExSetup.exe {ref}.",
    [EXPOSURE_LEFT_OUT] = "{count} more changes of the build are in the case file.",
    [EXPOSURE_PATCHED] = "PATCHED against {cves} between {last} {last_ref} and {first} "
                         "{first_ref}.",
    [EXPOSURE_PATCHED_BY] = "PATCHED against {cves} by {first} {first_ref}.",
    [EXPOSURE_PATCHED_AFTER] = "PATCHED against {cves} after {last} {last_ref}: the rows show "
                               "a vulnerable build, what "
                               "is installed {ref} is not.",
    [EXPOSURE_TOO_LATE] = "But what looks like {cves} had been answered first at {time} {ref}, "
                          "{before} before that. "
                          "An update undoes nothing of what was done until then.",
    [EXPOSURE_USED] =
        "What looks like {cves} was answered, first at {time} {ref}, and no fixed "
        "build is seen since.",
    [EXPOSURE_USED_FIXED] = "What looks like {cves} was answered as success at {time} {ref}, "
                            "though the build of that "
                            "time is fixed. Look whether the update was installed halfway.",
    [EXPOSURE_NOW] =
        "VULNERABLE, by the newest build that is seen, to {count} of the {of} CVEs "
        "known on {known}: {cves}.",
    [EXPOSURE_NOW_NONE] =
        "By the newest build that is seen it is vulnerable to none of the {of} "
        "CVEs known on {known}.",
    [EXPOSURE_CONFIGURE] = "{cve}: {condition} The build does not say whether that was done.",
    [EXPOSURE_EARLIER] =
        "{cves}: fixed only if the update that fixes it had been installed before "
        "this one, which a build number does not show.",
    [EXPOSURE_DEPENDS] = "{cves}: not decidable by what is known of the build.",
    [EXPOSURE_UNASSESSED] =
        "{cves}: not assessed, since support of {product} had ended on {date}; "
        "nobody will fix it there.",
    [EXPOSURE_UNWATCHED] =
        "For {time} of the time in which it was vulnerable to {cves}, no log "
        "that could show its use was read.",
    [EXPOSURE_FOLDERS] = "Folders on disk say that these builds were installed once: {builds}.",
    [EXPOSURE_CLAIM] = "A request claims build {build} {ref}, which this server is not seen to "
                       "have been: public exploit code sends one to all.",
    [EXPOSURE_PROGRAM_NEWER] =
        "MIXED: ExSetup.exe is of build {one} {one_ref}, but another program of {other} "
        "{other_ref}. An update that was installed halfway leaves this; install it again from "
        "an "
        "elevated prompt, and check.",
    [EXPOSURE_SETUP_OLDER] =
        "MIXED: ExSetup.exe is of build {one} {one_ref}, but rows were written by {other} "
        "{other_ref}: it was copied earlier than these, or comes from elsewhere.",
    [EXPOSURE_SETUP_NEWER] =
        "ExSetup.exe is of build {one} {one_ref}, the last rows were written by {other} "
        "{other_ref}: it was installed after them, or its services were not restarted.",
    [EXPOSURE_OVERLAP] =
        "MIXED: rows of build {one} {one_ref} and {other} {other_ref} were written during the "
        "same "
        "time. Services that were not restarted, or logs of two servers, do this.",
    [EXPOSURE_DERIVED] = "{build} is not in our table; what is said of it is derived from its "
                         "neighbours.",
    [EXPOSURE_CU_ONLY] =
        "Of {build} only the cumulative update is known, not the security update; "
        "what is said holds for all of its builds.",
    [EXPOSURE_DISPUTED] =
        "Public sources disagree whether this build is fixed against {cves}: "
        "HealthChecker's table says so, Microsoft's page names a later build.",
    [EXPOSURE_SUPPORT_ENDED] = "Support ended on {date}.",
    [EXPOSURE_SUPPORT_PAID] =
        "Support ended on {date}; later updates were for those who paid for "
        "them, until October 2026.",
    [EXPOSURE_SUPPORT_RUNS] = "In support.",
    [EXPOSURE_NEWEST] = "The newest build that we know of this product: {build}, {name}.",
    [EXPOSURE_IS_NEWEST] = "No newer build of this product is known to us.",
};

const char *exposure_word(enum exposure_word which)
{
    return texts[which];
}

const char *exposure_words_code(enum patch_code code)
{
    static const char *const codes[PATCH_CODES] = {
        [PATCH_VULNERABLE] = "VULNERABLE",
        [PATCH_NEEDS_EARLIER] = "FIXED ONLY WITH AN EARLIER UPDATE",
        [PATCH_UNKNOWN] = "NOT DECIDABLE",
        [PATCH_CONFIGURE] = "PROTECTED ONLY IF CONFIGURED",
        [PATCH_UNASSESSED] = "OUT OF SUPPORT, NOT ASSESSED",
        [PATCH_FIXED] = "FIXED",
        [PATCH_NOT_AFFECTED] = "NOT AFFECTED",
    };
    return codes[code];
}

const char *exposure_words_condition(enum cve_condition condition)
{
    switch (condition) {
    case CONDITION_MACHINE_KEY:
        return "The update makes a new key; look that the old one (validationKey CB2721AB...) "
               "is "
               "gone from ecp\\web.config.";
    case CONDITION_EXTENDED_PROTECTION:
        return "Extended Protection must be switched on for all virtual directories (since "
               "CU14 of "
               "2019 setup does so unless told not to).";
    case CONDITION_HYBRID_APP:
        return "Where a hybrid with Exchange Online exists, it needs its own application, and "
               "the "
               "old keys of the shared one must be removed.";
    case CONDITION_REMOTE_POWERSHELL:
        return "Advised besides: no remote PowerShell for ordinary users.";
    case CONDITION_NONE:
        break;
    }
    return "";
}

const char *exposure_words_source(enum build_source source)
{
    static const char *const sources[BUILD_SOURCES] = {
        [BUILD_OF_SETUP] = "ExSetup.exe",
        [BUILD_OF_COLUMNS] = "the version columns of rows",
        [BUILD_OF_ECP] = "rows of ECP",
        [BUILD_OF_HEADER] = "the headers of logs",
        [BUILD_OF_AUDIT] = "audit records",
        [BUILD_OF_PROGRAM] = "a program",
        [BUILD_OF_FOLDER] = "a folder",
        [BUILD_OF_PATH] = "paths that browsers were served (weak)",
        [BUILD_OF_INTEGER] = "a version number in rows (weak: the cumulative update only)",
    };
    return sources[source];
}

void exposure_words_doubt(struct buf *out, unsigned doubt)
{
    static const struct {
        unsigned doubt;
        const char *text;
    } doubts[] = {
        { DOUBT_HEALTHCHECKER,
          "Sources disagree: HealthChecker gives this build for the update, "
          "Microsoft's page a later one." },
        { DOUBT_MICROSOFT,
          "Sources disagree: Microsoft's page gives this build for the update, "
          "HealthChecker an earlier one." },
        { DOUBT_SECONDARY,
          "Only a blog has this build, no source of Microsoft's that we know." },
        { DOUBT_RERELEASE, "This cumulative update came out twice, as 858.2 and 858.5." },
        { DOUBT_OLD_CU,
          "An update for a cumulative update without support, of 8 to 11 March 2021: "
          "it fixes the CVEs of that month and nothing else." },
        { DOUBT_SP2, "The source calls it Update Rollup 5 of Service Pack 2." },
    };
    for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++)
        if (doubt & doubts[i].doubt)
            buf_printf(out, "%s%s", out->len ? " " : "", doubts[i].text);
}

const char *const *exposure_words_beyond(void)
{
    static const char *const beyond[] = {
        "CVE-2021-34470: the schema must be extended (setup /PrepareSchema).",
        "CVE-2022-21978: the domains must be prepared (setup /PrepareAllDomains).",
        "CVE-2021-1730: download domains must be configured.",
        "CVE-2023-21709, CVE-2023-36434: the IIS module TokenCacheModule removed, or Windows' "
        "updates of October 2023 installed.",
        "CVE-2023-36050, -36039, -36035, -36439: signing of serialized data must be on "
        "(Nov23SU and later).",
        NULL
    };
    return beyond;
}

/* ---- builds ---- */

static void add_cu(struct buf *out, const struct build_row *row)
{
    bool sp1 = strcmp(row->product->key, "2013") == 0 && slice_eq(row->cu, SLICE_LIT("CU4"));
    buf_add_slice(out, row->cu);
    buf_add_text(out, sp1 ? " (SP1)" : "");
}

static bool is_base(const struct build_row *row)
{
    return slice_eq(row->update, SLICE_LIT("base"));
}

static void add_release(struct buf *out, const struct build_row *row)
{
    buf_printf(out, "%s%.*s", row->date_derived ? "about " : "", SLICE_FMT(row->date));
    if (row->kb.ptr && !slice_eq(row->kb, row->update))
        buf_printf(out, ", %.*s", SLICE_FMT(row->kb));
}

void exposure_words_row(struct buf *out, const struct build_row *row)
{
    add_cu(out, row);
    if (!is_base(row))
        buf_printf(out, ", %.*s", SLICE_FMT(row->update));
    buf_add_text(out, " (");
    add_release(out, row);
    buf_add_char(out, ')');
}

static void add_neighbours(struct buf *out, const struct build_facts *facts)
{
    char text[BUILD_TEXT_SIZE];
    buf_add_text(out, ", not in our table: ");
    if (facts->below)
        buf_printf(out, "later than %s", builds_text(facts->below->build, text));
    if (facts->below && facts->above)
        buf_add_text(out, ", ");
    if (facts->above)
        buf_printf(out, "earlier than %s", builds_text(facts->above->build, text));
}

void exposure_words_build(struct buf *out, const struct build_facts *facts)
{
    buf_add_text(out, facts->product->name);
    if (facts->row)
        buf_add_char(out, ' ');
    if (facts->basis == BASIS_LISTED) {
        exposure_words_row(out, facts->row);
        return;
    }
    if (facts->row)
        add_cu(out, facts->row);
    if (facts->basis == BASIS_CU)
        buf_add_text(out, ", security update not known");
    else
        add_neighbours(out, facts);
}

static void add_fix_of(struct buf *out, const struct build_facts *facts, size_t cve,
                       const struct build_row *fix)
{
    char text[BUILD_TEXT_SIZE];
    bool own_cu = builds_same_cu(fix->build, facts->build);
    if (is_base(fix)) {
        buf_add_text(out, "Contained in ");
        add_cu(out, fix);
        buf_printf(out, ", %s, ", builds_text(fix->build, text));
        add_release(out, fix);
        buf_printf(out, " (first in %s)", cve_table[cve].fixed_by);
        return;
    }
    buf_printf(out, "%s %.*s, %s, ", cve_table[cve].needs_configuration ? "Needs" : "Fixed by",
               SLICE_FMT(fix->update), builds_text(fix->build, text));
    add_release(out, fix);
    if (!own_cu) {
        buf_add_text(out, "; it needs ");
        add_cu(out, fix);
        buf_add_text(out, " or later");
    }
}

void exposure_words_fix(struct buf *out, const struct build_facts *facts, size_t cve,
                        const struct build_row *fix)
{
    if (!fix) {
        buf_add_text(out, "No update of this product fixes it");
        return;
    }
    add_fix_of(out, facts, cve, fix);
    if (fix->doubt & DOUBT_SECONDARY)
        buf_add_text(out, " (no source of Microsoft's that we know has it)");
    if (fix->doubt & DOUBT_HEALTHCHECKER)
        buf_add_text(out, " (so HealthChecker; Microsoft's page names a later build)");
}

void exposure_words_duration(struct buf *out, int64_t ms)
{
    int64_t hours = ms / MS_PER_HOUR, days = ms / MS_PER_DAY;
    if (hours < 1)
        buf_printf(out, "%" PRId64 " minute%s", ms / (60 * MS_PER_SECOND),
                   ms / (60 * MS_PER_SECOND) == 1 ? "" : "s");
    else if (hours < 100)
        buf_printf(out, "%" PRId64 " hour%s", hours, hours == 1 ? "" : "s");
    else
        buf_printf(out, "%" PRId64 " days", days);
}
