/*
 * Configuration files of IIS and Exchange, and a server's own lists as HealthChecker captures
 * them (CLIXML) → plain facts, each with line and byte. What a fact means is for others to say:
 * exchange/mitigation.h, exchange/setting.h, casefile/settings.h.
 *
 *   applicationHost.config   sites, virtual directories, pools, modules, <location>s
 *   web.config               the same sections for one folder
 *   redirection.config, administration.config, agents.config (transport agents)
 *   <Objs>                   Get-Service, Get-ExchangeServer, Get-OrganizationConfig
 *
 * A file is known by its content. Bytes are hostile: base/xml.h bounds the reading; at most
 * CONFIG_FACTS_MAX facts are kept, and `cut` says so. Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_EXCHANGE_CONFIG_H
#define HAUBERK_EXCHANGE_CONFIG_H

#include "exchange/rewrite.h"

#define CONFIG_FACTS_MAX 20000U
#define CONFIG_RULES_MAX 1000U /* of URL Rewrite that are tried */
#define CONFIG_TEXT_MAX 1024U  /* bytes kept of a name or value */

enum config_file {
    CONFIG_NONE, /* nothing that we know */
    CONFIG_APPLICATION_HOST,
    CONFIG_WEB,
    CONFIG_REDIRECTION,
    CONFIG_ADMINISTRATION,
    CONFIG_AGENTS,
    CONFIG_OBJECTS, /* CLIXML */
    CONFIG_FILE_COUNT,
};

enum setting_kind {
    SETTING_FILE,          /* the file itself. Name: config_file_name(); value: what is wrong */
    SETTING_REWRITE,       /* name; value: rewrite_text(); with masks and flags */
    SETTING_CLEAR,         /* <clear/> of rewrite rules */
    SETTING_REMOVE,        /* <remove name=...> of one */
    SETTING_GLOBAL_MODULE, /* name; value: image */
    SETTING_MODULE,        /* name; value: type */
    SETTING_HANDLER,       /* name; value: path; detail: engine */
    SETTING_DIRECTORY,     /* place; value: physical path */
    SETTING_FILTER,        /* ISAPI. name; value: path */
    SETTING_POOL,          /* name; off: it does not start */
    SETTING_PROTECTION,    /* place; value: tokenChecking */
    SETTING_SSL,           /* place; value: sslFlags */
    SETTING_MACHINE_KEY,   /* value: the start of a key that is fixed */
    SETTING_ANONYMOUS,     /* place; value: user */
    SETTING_REDIRECTION,   /* value: path of the shared configuration */
    SETTING_AGENT,         /* name; value: assembly; detail: class; off */
    SETTING_SERVICE,       /* name; value: start type; off: it does not run */
    SETTING_LISTED,        /* a mitigation that the server says it has. name: id */
    SETTING_SERVER,        /* name: "MitigationsEnabled"; value */
    SETTING_KIND_COUNT,
};

enum setting_flag {
    SETTING_OFF = 1 << 0,
    SETTING_STOPS = 1 << 1,        /* rewrite: it ends the request */
    SETTING_ENDS = 1 << 2,         /* rewrite: no later rule is asked */
    SETTING_OUTBOUND = 1 << 3,     /* rewrite */
    SETTING_BROKEN = 1 << 4,       /* rewrite: a pattern that is none */
    SETTING_SHADOWED = 1 << 5,     /* rewrite: an earlier rule lets some of it pass */
    SETTING_POLICY = 1 << 6,       /* rewrite: sets a content security policy */
    SETTING_LEAVES = 1 << 7,       /* rewrite: sends to another host */
    SETTING_PRECONDITION = 1 << 8, /* rewrite: its precondition is not there */
    SETTING_FLAGS_ALL = (1 << 9) - 1,
};

struct setting {
    enum setting_kind kind;
    struct slice place; /* "Default Web Site/owa"; empty: all sites; "?": which is unknown */
    struct slice name, value, detail;
    unsigned flags;
    uint32_t line;
    uint64_t offset;
    uint32_t site_mask, application_mask; /* probes that a rule fits, as it stands in either */
    struct setting *next;
};

struct config_report {
    enum config_file file;
    const char *problem; /* of the XML; NULL: none */
    uint32_t problem_line;
    uint64_t problem_offset;
    bool stopped; /* what stands behind the problem was not read */
    bool cut;     /* more facts than are kept */
    size_t count;
    struct setting *first; /* in the order of the file; texts in the arena */
};

const char *config_file_name(enum config_file file);       /* "applicationHost.config" */
const char *setting_kind_name(enum setting_kind kind);     /* "virtual directory" */
enum setting_kind setting_kind_by_name(struct slice name); /* SETTING_KIND_COUNT: none */

/* Do the first bytes look like a file of these kinds? */
bool config_is_candidate(struct slice head);

/* `path` tells to which site and application a web.config belongs (config_place()). */
void config_read(struct arena *arena, struct slice bytes, struct slice path,
                 struct config_report *out);

/*
 * "Default Web Site/owa" of ".../FrontEnd/HttpProxy/owa/web.config" or of HealthChecker's
 * "DefaultWebSite-OWA_web.config"; "?" when the path does not tell.
 */
struct slice config_place(struct arena *arena, struct slice path);

#endif
