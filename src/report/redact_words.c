#include "report/redact_words.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const stop_words[] = {
    "bcc",       "cc",         "from",          "to",
    "account",   "admin",      "administrator", "administrators",
    "anonymous", "ashx",       "asmx",          "aspx",
    "aspnet",    "authority",  "autodiscover",  "autodisc",
    "backend",   "com",        "configuration", "default",
    "domain",    "ecp",        "everyone",      "ews",
    "exchange",  "false",      "frontend",      "guest",
    "http",      "httpproxy",  "https",         "json",
    "krbtgt",    "local",      "localhost",     "mailbox",
    "mapi",      "microsoft",  "msexchange",    "network",
    "nobody",    "none",       "nspi",          "null",
    "oab",       "owa",        "postmaster",    "powershell",
    "public",    "recipients", "root",          "rpc",
    "server",    "service",    "sync",          "system",
    "true",      "undefined",  "unknown",       "user",
    "users",     "windows",    "xml",
};

static const char *const common_words[] = {
    "access",   "agent",    "alert",     "android",  "answer",   "apple",    "application",
    "attempt",  "auth",     "backup",    "bin",      "calendar", "chrome",   "client",
    "clients",  "cmd",      "command",   "config",   "contact",  "contacts", "curl",
    "data",     "desktop",  "download",  "edge",     "error",    "event",    "events",
    "excel",    "facility", "fax",       "file",     "files",    "finance",  "firefox",
    "get",      "head",     "help",      "helpdesk", "home",     "host",     "image",
    "inbox",    "index",    "info",      "invoice",  "ipad",     "iphone",   "java",
    "linux",    "list",     "log",       "login",    "logoff",   "logon",    "logs",
    "mac",      "mail",     "marketing", "meeting",  "message",  "mobile",   "monitoring",
    "mozilla",  "name",     "news",      "object",   "office",   "options",  "order",
    "outlook",  "page",     "pages",     "password", "post",     "print",    "printer",
    "process",  "program",  "proxy",     "put",      "python",   "reach",    "request",
    "requests", "response", "room",      "safari",   "sales",    "scan",     "scanner",
    "script",   "search",   "secure",    "security", "session",  "set",      "settings",
    "shell",    "site",     "smtp",      "source",   "spread",   "success",  "support",
    "task",     "team",     "temp",      "test",     "text",     "time",     "tmp",
    "token",    "training", "update",    "upload",   "version",  "web",      "webmail",
    "word",     "www",
};

/* Starts of names of accounts that programs make. */
static const char *const machines[] = { "healthmailbox",
                                        "systemmailbox",
                                        "discoverysearchmailbox",
                                        "federatedemail",
                                        "msexch",
                                        "extest_",
                                        "migration.",
                                        "iusr",
                                        "iwam_",
                                        "sm_",
                                        "defaultapppool",
                                        "dwm-",
                                        "umfd-",
                                        "font driver host" };

static const char *const authorities[] = { "apppool",    "authority", "builtin", "driver host",
                                           "hkcu",       "hklm",      "manager", "nt authority",
                                           "nt service", "service",   "users" };

static const char *const parameters[] = {
    "account",   "cs-username", "displayname", "email",        "emailaddress",
    "identity",  "login",       "logonuser",   "mail",         "mailbox",
    "mailboxid", "owner",       "psa",         "pssenderinfo", "recipient",
    "sender",    "upn",         "user",        "userid",       "username",
};

static bool is_one_of(struct slice word, const char *const *list, size_t count)
{
    for (size_t i = 0; word.len && i < count; i++)
        if (list[i][0] == ascii_lower(word.ptr[0]) && slice_icase_eq(word, slice_from(list[i])))
            return true;
    return false;
}

bool redact_is_stop_word(struct slice word)
{
    return is_one_of(word, stop_words, COUNT(stop_words));
}

bool redact_is_common_word(struct slice word)
{
    return is_one_of(word, common_words, COUNT(common_words)) || redact_is_stop_word(word);
}

bool redact_is_machine(struct slice name)
{
    for (size_t i = 0; i < COUNT(machines); i++)
        if (slice_icase_starts(name, slice_from(machines[i])))
            return true;
    return name.len > 0 && name.ptr[name.len - 1] == '$';
}

bool redact_is_authority(struct slice name)
{
    return is_one_of(name, authorities, COUNT(authorities));
}

bool redact_is_parameter(struct slice name)
{
    return is_one_of(name, parameters, COUNT(parameters));
}
