/*
 * A web.config → what in it makes a server run what it should not: script engines for odd file
 * names or for the configuration itself, pages in encodings that scanners do not read, request
 * filters that were taken away. Code that stands in a comment of the file is split.h's.
 *
 * XML is read as base/xml.h says: a DTD ends the reading, as does too great a depth. What was
 * found up to there is kept. Linear; never fails. Thread rule: one owner of the arena.
 * Names: IIS configuration reference (system.webServer), .NET Framework configuration schema
 * (system.web).
 */
#ifndef HAUBERK_WEBSHELL_WEBCONFIG_H
#define HAUBERK_WEBSHELL_WEBCONFIG_H

#include "base/memory.h"

enum config_code {
    CONFIG_RUNS_CONFIG,      /* a script engine for *.config. Detail: the engine */
    CONFIG_RUNS_ODD_NAMES,   /* for pictures, text ... Detail: the names, "*.jpg" */
    CONFIG_RUNS_PROGRAM,     /* a handler that is a shell of the system. Detail: its path */
    CONFIG_BUILDS_ODD_NAMES, /* ASP.NET compiles files of that extension as pages */
    CONFIG_ENCODING,         /* pages or requests are UTF-7, UTF-16, EBCDIC. Detail: which */
    CONFIG_SERVES_CONFIG,    /* request filtering lets web.config through */
    CONFIG_UNHIDES,          /* a hidden folder is served. Detail: its name */
    CONFIG_MODULE,           /* a module that is not Microsoft's. Detail: its type */
    CONFIG_MACHINE_KEY,      /* a fixed key: who knows it can forge view state */
    CONFIG_UNREADABLE,       /* no XML to its end, a DTD, too deep. Detail: why */
};

enum config_weight {
    CONFIG_TOLD,    /* honest files have it: worth a line in an explanation, no more */
    CONFIG_SUSPECT, /* a reason of the class SUSPECT */
    CONFIG_SHELL,   /* nobody wants that but for a back door */
};

struct config_finding {
    enum config_code code;
    enum config_weight weight;
    uint32_t line;
    struct slice detail; /* in the arena */
    struct config_finding *next;
};

#define CONFIG_FINDINGS_MAX 256

/* `text`: UTF-8 (decode.h). In the order of the file; NULL when there is nothing to say. */
struct config_finding *webconfig_read(struct arena *arena, struct slice text);

/* Does a handler run scripts in files that are no pages: "*.jpg, *.config"? */
bool webconfig_maps_odd_names(struct slice paths, struct slice engine);

/* Is it a command line? */
bool webconfig_is_system_shell(struct slice handler);

#endif
