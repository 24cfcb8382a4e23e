#include "exchange/foreign.h"

#include "base/file.h"
#include "exchange/page.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/*
 * Libraries that IIS, .NET, Windows and Exchange give IIS to load, and two that many install
 * (URL Rewrite, Application Request Routing). Names only: Windows' own hashes are not at hand.
 */
static const char *const native_modules[] = {
    "appwarmup.dll",
    "asp.dll",
    "aspnet_filter.dll",
    "aspnet_isapi.dll",
    "aspnetcore.dll",
    "aspnetcorev2.dll",
    "authanon.dll",
    "authbas.dll",
    "authcert.dll",
    "authmap.dll",
    "authmd5.dll",
    "authsspi.dll",
    "cachfile.dll",
    "cachhttp.dll",
    "cachtokn.dll",
    "cachuri.dll",
    "cgi.dll",
    "compdyn.dll",
    "compstat.dll",
    "custerr.dll",
    "defdoc.dll",
    "diprestr.dll",
    "dirlist.dll",
    "exppw.dll",
    "exppwd.dll",
    "filter.dll",
    "httpodbc.dll",
    "iis_ssi.dll",
    "iiscertmap.dll",
    "iisetw.dll",
    "iisfcgi.dll",
    "iisfreb.dll",
    "iisreqs.dll",
    "iisutil.dll",
    "iiswsock.dll",
    "iprestr.dll",
    "isapi.dll",
    "kerbauth.dll",
    "logcust.dll",
    "loghttp.dll",
    "airfilter.dll",
    "modrqflt.dll",
    "owaauth.dll",
    "protsup.dll",
    "redirect.dll",
    "requestrouter.dll",
    "rewrite.dll",
    "rpcproxy.dll",
    "ssinc.dll",
    "static.dll",
    "urlauthz.dll",
    "validcfg.dll",
    "warmup.dll",
    "webdav.dll",
    "webdav_simple_lock.dll",
    "webengine.dll",
    "webengine4.dll",
    "wsmsvc.dll",
};

/* Where they lie; a known name elsewhere is as good as any. */
static const char *const module_folders[] = {
    "/windows/system32/",
    "/windows/syswow64/",
    "/windows/winsxs/",
    "/windows/microsoft.net/framework",
    "/exchange server/v15/",
    "/program files/iis/",
    "/program files/reference assemblies/",
};

static void add(struct page_report *report, enum reason_code code, enum webshell_class class,
                struct slice detail)
{
    struct reason reason = { .code = code, .class = class, .detail = detail };
    page_report_add(report, &reason);
}

static bool says(const struct reason *reason, enum reason_code code, struct slice detail)
{
    return reason->code == code && slice_eq(reason->detail, detail);
}

/* The fact is in the report already, without weight: gives it one. */
static void weigh(struct page_report *report, enum reason_code code, struct slice detail)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->reason_count; i++)
        if (!says(&report->reasons[i], code, detail))
            report->reasons[kept++] = report->reasons[i];
    report->reason_count = kept;
    add(report, code, WEBSHELL_FOREIGN, detail);
}

static void add_standing(const struct place_report *place, struct page_report *report)
{
    if (place->standing == STANDING_TAMPERED)
        add(report, REASON_TAMPERED, WEBSHELL_TAMPERED, place->known.path);
    if (place->standing == STANDING_FOREIGN)
        add(report, REASON_FOREIGN, WEBSHELL_FOREIGN, place->folder);
}

bool foreign_judge_page(const struct place_report *place, struct page_report *report)
{
    add_standing(place, report);
    return place->standing == STANDING_KNOWN;
}

/* ---- traces ---- */

bool foreign_is_stock_module(struct arena *arena, struct slice path)
{
    struct slice normal = path_fold(arena, path), name = path_last(normal);
    bool known_name = false, known_folder = false;
    for (size_t i = 0; i < COUNT(native_modules); i++)
        known_name |= slice_eq(name, slice_from(native_modules[i]));
    for (size_t i = 0; i < COUNT(module_folders); i++)
        known_folder |= slice_has(normal, slice_from(module_folders[i]));
    return known_name && known_folder;
}

static bool ran_foreign_page(const struct trace *trace, size_t index)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page;
    return exchange_page_classify(trace->pages[index], &page, scratch, sizeof scratch) ==
           PAGE_FOREIGN;
}

static void judge_pages(struct trace *trace)
{
    for (size_t i = 0; i < trace->page_count; i++)
        if (ran_foreign_page(trace, i))
            weigh(&trace->report, REASON_COMPILED, trace->pages[i]);
}

/*
 * ASP.NET runs copies of the assemblies in bin, below "Temporary ASP.NET Files\\owa": is this
 * one of an application of Exchange, whose bin is Microsoft's alone?
 */
static bool is_copy_in_use(struct arena *arena, struct slice path)
{
    static const char *const applications[] = { "owa",  "ecp",       "ews",  "autodiscover",
                                                "oab",  "rpc",       "mapi", "api",
                                                "rest", "powershell" };
    struct slice folder = SLICE_LIT("/temporary asp.net files/");
    struct slice normal = path_fold(arena, path);
    size_t at = slice_find(normal, folder);
    if (at == SIZE_MAX)
        return false;
    struct slice rest = slice_from_offset(normal, at + folder.len);
    struct slice application = slice_cut(&rest, '/');
    for (size_t i = 0; i < COUNT(applications); i++)
        if (slice_eq(application, slice_from(applications[i])))
            return true;
    return false;
}

static bool is_foreign_assembly(struct arena *arena, const struct place_report *place,
                                struct slice path, bool claims_microsoft)
{
    bool foreign = place->standing == STANDING_FOREIGN || is_copy_in_use(arena, path);
    return foreign && !(claims_microsoft && place->later_builds);
}

static bool claims_microsoft(const struct trace *trace)
{
    if (trace->kind == TRACE_MODULE)
        return slice_icase_starts(trace->version.company, SLICE_LIT("Microsoft"));
    return assembly_claims_microsoft(&trace->assembly.self);
}

struct trace_verdict foreign_judge_trace(struct arena *arena, const struct place_report *place,
                                         struct slice path, struct trace *trace)
{
    struct trace_verdict verdict = { .known = place->hash_is_known,
                                     .claims_microsoft = claims_microsoft(trace) };
    if (trace->kind == TRACE_COMPILED || trace->kind == TRACE_PAGE_ASSEMBLY)
        judge_pages(trace);
    else if (verdict.known)
        return verdict;
    else if (place->standing == STANDING_TAMPERED)
        add_standing(place, &trace->report);
    else if (trace->kind == TRACE_MODULE && !foreign_is_stock_module(arena, path))
        weigh(&trace->report, REASON_MODULE, trace->name);
    else if (trace->kind == TRACE_ASSEMBLY &&
             is_foreign_assembly(arena, place, path, verdict.claims_microsoft))
        add(&trace->report, REASON_ASSEMBLY, WEBSHELL_FOREIGN, trace->name);
    return verdict;
}
