/*
 * What pages leave behind, and what works without a page: compiled pages below "Temporary
 * ASP.NET Files", assemblies in a web folder's bin, native modules of IIS.
 *
 * The facts are here; whether a file belongs where it lies is asked of others (exchange/
 * foreign.h, baseline.h). By itself a trace is SUSPECT only if its code, by what it refers to,
 * reads requests and evaluates text or loads code from bytes; a page's own assembly also if it
 * starts programs. A reference is not a flow: honest libraries have each of these, alone.
 *
 * Thread rule: pure functions; slices borrow from the bytes and the arena.
 */
#ifndef HAUBERK_WEBSHELL_TRACE_H
#define HAUBERK_WEBSHELL_TRACE_H

#include "base/clock.h"
#include "webshell/assembly.h"
#include "webshell/compiled.h"
#include "webshell/page.h"

enum trace_kind {
    TRACE_NONE,
    TRACE_COMPILED,      /* a .compiled file */
    TRACE_PAGE_ASSEMBLY, /* App_Web_*.dll: what pages were compiled to */
    TRACE_ASSEMBLY,      /* another .NET assembly */
    TRACE_MODULE,        /* a native library that IIS can load: module, filter or extension */
};

/* What the code of an assembly refers to; words for people: trace_feature_name(). */
enum trace_feature {
    FEATURE_REQUEST,     /* reads requests */
    FEATURE_MODULE,      /* sees every request: IHttpModule */
    FEATURE_HANDLER,     /* answers by itself: IHttpHandler */
    FEATURE_EVALUATE,    /* JScript's eval, compilers, PowerShell */
    FEATURE_LOAD_BYTES,  /* Assembly.Load(byte[]) */
    FEATURE_LOAD,        /* loads assemblies in other ways */
    FEATURE_PROCESS,     /* starts programs */
    FEATURE_NATIVE,      /* memory and threads of the system, as shell code needs */
    FEATURE_DESERIALISE, /* BinaryFormatter and its like */
    FEATURE_WRITE,       /* writes files */
    FEATURE_LISTEN,      /* listens beside IIS: HttpListener */
    FEATURE_COUNT,
};

const char *trace_feature_name(enum trace_feature feature); /* "starts programs" */

#define TRACE_PAGES_MAX 64

struct trace {
    enum trace_kind kind;
    int64_t time;              /* when it was compiled, ms; TIME_NONE without a true one */
    struct slice name;         /* of the assembly, or of the file */
    struct pe_version version; /* of the file, not of the assembly */
    struct assembly assembly;  /* TRACE_PAGE_ASSEMBLY, TRACE_ASSEMBLY */
    struct compiled compiled;  /* TRACE_COMPILED */
    uint32_t features;         /* bits: 1 << FEATURE_x */
    size_t page_count;         /* pages that ran: addresses on the site */
    struct slice pages[TRACE_PAGES_MAX];
    struct page_report report; /* as for pages: reasons with their weight */
};

/* Could a file with this name and these first bytes be a trace? For the walk of a disk. */
bool trace_is_candidate(struct slice path, struct slice head);

/*
 * Reads all the bytes of a file. False when it is no trace (then out->kind is TRACE_NONE).
 * Pages of an App_Web_*.dll are addresses that begin with "~" where the path does not tell
 * their application, and names of types ("ASP.auth_x_aspx") where it holds no address of them.
 */
bool trace_read(struct arena *arena, struct slice bytes, struct slice path, struct trace *out);

#endif
