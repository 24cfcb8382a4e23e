#include "webshell/trace.h"

#include "base/file.h"
#include "base/map.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BIT(feature) (1U << (feature))

#define PAGE_TYPES_MAX 1024                 /* folders are compiled one by one */
#define TIME_SANE_FIRST UINT32_C(946684800) /* 2000-01-01, before there was .NET */
#define TIME_SANE_LAST UINT32_C(2524608000) /* 2050-01-01 */

static const char temporary[] = "/temporary asp.net files/";

/* ---- what code refers to ---- */

static const char *const feature_names[] = {
    [FEATURE_REQUEST] = "reads requests",
    [FEATURE_MODULE] = "sees every request",
    [FEATURE_HANDLER] = "answers requests by itself",
    [FEATURE_EVALUATE] = "compiles or evaluates text",
    [FEATURE_LOAD_BYTES] = "loads code from memory",
    [FEATURE_LOAD] = "loads code from files",
    [FEATURE_PROCESS] = "starts programs",
    [FEATURE_NATIVE] = "puts machine code into memory",
    [FEATURE_DESERIALISE] = "makes objects of data",
    [FEATURE_WRITE] = "writes files",
    [FEATURE_LISTEN] = "listens beside IIS",
};

const char *trace_feature_name(enum trace_feature feature)
{
    return feature_names[feature];
}

/* A member of this type, or any of it (member NULL). */
static const struct {
    const char *space, *type, *member;
    enum trace_feature feature;
} managed_features[] = {
    { "System.Web", "HttpRequest", NULL, FEATURE_REQUEST },
    { "System.Web", "HttpRequestBase", NULL, FEATURE_REQUEST },
    { "Microsoft.JScript", "Eval", "JScriptEvaluate", FEATURE_EVALUATE },
    { "System.CodeDom.Compiler", "CodeDomProvider", "CompileAssemblyFromSource",
      FEATURE_EVALUATE },
    { "System.CodeDom.Compiler", "ICodeCompiler", "CompileAssemblyFromSource",
      FEATURE_EVALUATE },
    { "System.Management.Automation", "PowerShell", NULL, FEATURE_EVALUATE },
    { "System.Management.Automation.Runspaces", "RunspaceFactory", NULL, FEATURE_EVALUATE },
    { "System.Reflection", "Assembly", "Load", FEATURE_LOAD },
    { "System.Reflection", "Assembly", "LoadFrom", FEATURE_LOAD },
    { "System.Reflection", "Assembly", "LoadFile", FEATURE_LOAD },
    { "System.Reflection", "Assembly", "UnsafeLoadFrom", FEATURE_LOAD },
    { "System", "AppDomain", "Load", FEATURE_LOAD },
    { "System.Diagnostics", "Process", "Start", FEATURE_PROCESS },
    { "Microsoft.VisualBasic", "Interaction", "Shell", FEATURE_PROCESS },
    { "System.Runtime.Serialization.Formatters.Binary", "BinaryFormatter", "Deserialize",
      FEATURE_DESERIALISE },
    { "System.Runtime.Serialization.Formatters.Soap", "SoapFormatter", "Deserialize",
      FEATURE_DESERIALISE },
    { "System.Runtime.Serialization", "NetDataContractSerializer", NULL, FEATURE_DESERIALISE },
    { "System.Web.UI", "LosFormatter", "Deserialize", FEATURE_DESERIALISE },
    { "System.Web.UI", "ObjectStateFormatter", "Deserialize", FEATURE_DESERIALISE },
    { "System.IO", "File", "WriteAllText", FEATURE_WRITE },
    { "System.IO", "File", "WriteAllBytes", FEATURE_WRITE },
    { "System.IO", "File", "AppendAllText", FEATURE_WRITE },
    { "System.IO", "File", "Create", FEATURE_WRITE },
    { "System.IO", "File", "OpenWrite", FEATURE_WRITE },
    { "System.IO", "StreamWriter", ".ctor", FEATURE_WRITE },
    { "System.IO", "FileStream", ".ctor", FEATURE_WRITE },
    { "System.Web", "HttpPostedFile", "SaveAs", FEATURE_WRITE },
    { "System.Web", "HttpPostedFileBase", "SaveAs", FEATURE_WRITE },
    { "System.Net", "HttpListener", NULL, FEATURE_LISTEN },
};

/* Functions of Windows, with or without the A or W at their end. */
static const struct {
    const char *name;
    enum trace_feature feature;
} native_features[] = {
    { "CreateProcess", FEATURE_PROCESS },     { "WinExec", FEATURE_PROCESS },
    { "ShellExecute", FEATURE_PROCESS },      { "VirtualAlloc", FEATURE_NATIVE },
    { "VirtualProtect", FEATURE_NATIVE },     { "CreateThread", FEATURE_NATIVE },
    { "WriteProcessMemory", FEATURE_NATIVE }, { "CreateRemoteThread", FEATURE_NATIVE },
    { "NtCreateThreadEx", FEATURE_NATIVE },   { "QueueUserAPC", FEATURE_NATIVE },
};

/* Does the signature name an array of bytes (SZARRAY 0x1d, U1 0x05)? */
static bool takes_bytes(const struct assembly_member *member)
{
    return slice_has(member->signature, SLICE_LIT("\x1d\x05"));
}

static uint32_t features_of_native(const struct assembly_member *member)
{
    uint32_t features = 0;
    for (size_t i = 0; i < COUNT(native_features); i++)
        if (slice_starts(member->name, slice_from(native_features[i].name)))
            features |= BIT(native_features[i].feature);
    return features;
}

static uint32_t features_of_managed(const struct assembly_member *member)
{
    uint32_t features = 0;
    for (size_t i = 0; i < COUNT(managed_features); i++)
        if (slice_eq(member->type, slice_from(managed_features[i].type)) &&
            slice_eq(member->space, slice_from(managed_features[i].space)) &&
            (!managed_features[i].member ||
             slice_eq(member->name, slice_from(managed_features[i].member))))
            features |= BIT(managed_features[i].feature);
    if ((features & BIT(FEATURE_LOAD)) && takes_bytes(member))
        features |= BIT(FEATURE_LOAD_BYTES);
    return features;
}

static uint32_t features_of(const struct assembly *assembly)
{
    uint32_t features = 0;
    for (size_t i = 0; i < assembly->member_count; i++)
        features |= assembly->members[i].native ? features_of_native(&assembly->members[i])
                                                : features_of_managed(&assembly->members[i]);
    if (assembly_uses(assembly, SLICE_LIT("System.Web"), SLICE_LIT("IHttpModule")))
        features |= BIT(FEATURE_MODULE);
    if (assembly_uses(assembly, SLICE_LIT("System.Web"), SLICE_LIT("IHttpHandler")))
        features |= BIT(FEATURE_HANDLER);
    return features;
}

/* What no honest library needs together. A page's own code also has no programs to start. */
static bool is_suspect(const struct trace *trace)
{
    uint32_t bad = BIT(FEATURE_EVALUATE) | BIT(FEATURE_LOAD_BYTES) | BIT(FEATURE_NATIVE);
    if (trace->kind == TRACE_PAGE_ASSEMBLY)
        bad |= BIT(FEATURE_PROCESS);
    return (trace->features & BIT(FEATURE_REQUEST)) && (trace->features & bad);
}

/* ---- pages in an App_Web_*.dll ---- */

/*
 * ASP.NET names the type of a page after its path: "~/auth/X-1.aspx" → ASP.auth_x_1_aspx. The
 * path itself is among the literals, and so are those of links: only what fits a type counts.
 */
static struct slice type_of_page(struct arena *arena, struct slice page)
{
    struct slice path = slice_from_offset(page, 2); /* behind "~/" */
    char *name = arena_alloc(arena, path.len + 1);
    size_t len = 0;
    if (path.len > 0 && ascii_is_digit(path.ptr[0]))
        name[len++] = '_';
    for (size_t i = 0; i < path.len; i++) {
        bool kept = ascii_is_alnum(path.ptr[i]) || (unsigned char)path.ptr[i] >= 0x80;
        name[len++] = kept ? ascii_lower(path.ptr[i]) : '_';
    }
    return slice_of(name, len);
}

/* "/owa" of ".../Temporary ASP.NET Files/owa/1a2b3c4d/..."; "" of the site; "~" else. */
static struct slice application_of(struct arena *arena, struct slice normal_path)
{
    size_t at = slice_find(normal_path, slice_from(temporary));
    if (at == SIZE_MAX)
        return SLICE_LIT("~");
    struct slice rest = slice_from_offset(normal_path, at + sizeof temporary - 1);
    struct slice name = slice_cut(&rest, '/');
    if (!rest.ptr)
        return SLICE_LIT("~");
    if (slice_eq(name, SLICE_LIT("root")))
        return SLICE_LIT("");
    char *text = arena_alloc(arena, name.len + 1);
    text[0] = '/';
    memcpy(text + 1, name.ptr, name.len);
    return slice_of(text, name.len + 1);
}

static struct slice join(struct arena *arena, struct slice a, struct slice b)
{
    char *text = arena_alloc(arena, a.len + b.len + 1);
    if (a.len > 0)
        memcpy(text, a.ptr, a.len);
    if (b.len > 0)
        memcpy(text + a.len, b.ptr, b.len);
    return slice_of(text, a.len + b.len);
}

static void add_page(struct trace *out, struct slice page)
{
    if (out->page_count < TRACE_PAGES_MAX)
        out->pages[out->page_count++] = page;
}

/* Types of pages still to be found among the literals: value 1; found: 2. */
static void collect_page_types(struct map *types, const struct assembly *assembly)
{
    for (size_t i = 0; i < assembly->type_count && types->count < PAGE_TYPES_MAX; i++) {
        const struct assembly_type *type = &assembly->types[i];
        if (slice_eq(type->space, SLICE_LIT("ASP")) && type->name.len > 0)
            *map_at(types, type->name, NULL) = 1;
    }
}

static void collect_pages(struct trace *out, struct arena *arena, struct slice application)
{
    const struct assembly *assembly = &out->assembly;
    struct map types = MAP_INIT;
    collect_page_types(&types, assembly);
    for (size_t i = 0; i < assembly->string_count && types.count > 0; i++) {
        struct slice literal = assembly->strings[i];
        if (!slice_starts(literal, SLICE_LIT("~/")))
            continue;
        struct slice type = type_of_page(arena, literal);
        if (!map_find(&types, type) || *map_at(&types, type, NULL) == 2)
            continue;
        *map_at(&types, type, NULL) = 2;
        add_page(out, join(arena, application, slice_from_offset(literal, 1)));
    }
    for (size_t i = 0; i < types.capacity; i++)
        if (types.slots[i].key.ptr && types.slots[i].value == 1)
            add_page(out, join(arena, SLICE_LIT("ASP."), types.slots[i].key));
    map_deinit(&types);
}

/* ---- reasons ---- */

static void add_reason(struct trace *out, enum reason_code code, enum webshell_class class,
                       struct slice detail)
{
    struct reason reason = { .code = code, .class = class, .detail = detail };
    page_report_add(&out->report, &reason);
}

static struct slice list_features(struct arena *arena, uint32_t features)
{
    struct slice list = SLICE_LIT("");
    for (enum trace_feature i = 0; i < FEATURE_COUNT; i++) {
        if (!(features & BIT(i)))
            continue;
        if (list.len > 0)
            list = join(arena, list, SLICE_LIT(", "));
        list = join(arena, list, slice_from(feature_names[i]));
    }
    return list;
}

/* ---- kinds of files ---- */

bool trace_is_candidate(struct slice path, struct slice head)
{
    if (slice_icase_ends(path, SLICE_LIT(".compiled")))
        return true;
    return slice_starts(head, SLICE_LIT("MZ")) && slice_icase_ends(path, SLICE_LIT(".dll"));
}

static bool read_compiled(struct arena *arena, struct slice bytes, struct trace *out)
{
    if (!compiled_read(arena, bytes, &out->compiled))
        return false;
    out->kind = TRACE_COMPILED;
    out->name = out->compiled.assembly;
    add_page(out, out->compiled.virtual_path);
    add_reason(out, REASON_COMPILED, WEBSHELL_NONE, out->compiled.virtual_path);
    return true;
}

static int64_t time_of(const struct pe *pe)
{
    bool sane = pe->timestamp >= TIME_SANE_FIRST && pe->timestamp < TIME_SANE_LAST;
    return sane && !pe->reproducible ? (int64_t)pe->timestamp * MS_PER_SECOND : TIME_NONE;
}

/* What ASP.NET compiled: App_Web_x.dll everywhere, App_Code.x.dll and others in its folder. */
static bool is_compiled_page(struct slice normal_path)
{
    struct slice name = path_last(normal_path);
    return slice_starts(name, SLICE_LIT("app_web_")) ||
           (slice_starts(name, SLICE_LIT("app_")) &&
            slice_has(normal_path, slice_from(temporary)));
}

static void read_assembly(struct arena *arena, struct slice path, struct trace *out)
{
    struct slice normal = path_fold(arena, path);
    out->kind = is_compiled_page(normal) ? TRACE_PAGE_ASSEMBLY : TRACE_ASSEMBLY;
    out->features = features_of(&out->assembly);
    if (out->assembly.self.name.len > 0)
        out->name = out->assembly.self.name;
    if (out->kind == TRACE_PAGE_ASSEMBLY)
        collect_pages(out, arena, application_of(arena, normal));
    for (size_t i = 0; i < out->page_count; i++)
        add_reason(out, REASON_COMPILED, WEBSHELL_NONE, out->pages[i]);
    if (is_suspect(out))
        add_reason(out, REASON_ASSEMBLY, WEBSHELL_SUSPECT, list_features(arena, out->features));
    if (out->assembly.cut)
        add_reason(out, REASON_BUDGET, WEBSHELL_NONE, SLICE_NULL);
    out->report.budget_hit = out->assembly.cut;
}

/* IIS loads modules, and as it always did, filters and extensions. */
static bool is_module(const struct pe *pe)
{
    return pe->is_library && (pe_exports(pe, SLICE_LIT("RegisterModule")) ||
                              pe_exports(pe, SLICE_LIT("GetFilterVersion")) ||
                              pe_exports(pe, SLICE_LIT("HttpExtensionProc")));
}

bool trace_read(struct arena *arena, struct slice bytes, struct slice path, struct trace *out)
{
    struct pe pe;
    *out = (struct trace){ .time = TIME_NONE, .name = path_last(path_fold(arena, path)) };
    if (slice_icase_ends(path, SLICE_LIT(".compiled")))
        return read_compiled(arena, bytes, out);
    if (!pe_open(bytes, &pe))
        return false;
    bool module = is_module(&pe), managed = assembly_read(arena, &pe, &out->assembly);
    if (!module && !managed)
        return false;
    out->time = time_of(&pe);
    pe_read_version(&pe, arena, &out->version);
    if (managed)
        read_assembly(arena, path, out);
    if (module) {
        out->kind = TRACE_MODULE;
        add_reason(out, REASON_MODULE, WEBSHELL_NONE, out->name);
    }
    return true;
}
