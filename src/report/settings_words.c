#include "report/settings_words.h"

static const char *const words[SETTINGS_WORD_COUNT] = {
    [SETTINGS_UNREAD] = "No configuration of IIS was among the evidence, so which mitigations "
                        "stood on this server cannot be decided, nor what was added to its "
                        "settings. Collect C:\\Windows\\System32\\inetsrv\\config and every "
                        "web.config below Exchange's folder and C:\\inetpub.",
    [SETTINGS_READ] = "{count} of configuration read: {list}.",
    [SETTINGS_NONE] = "No known mitigation stands in them.",
    [SETTINGS_MITIGATION] = "{name}, {kind}, {place}: {state}.",
    [SETTINGS_ALL_PLACES] = "for all sites",
    [SETTINGS_NO_PLACE] = "of an unknown site",
    [SETTINGS_CLOSES] = "It stops {holes}.",
    [SETTINGS_PARTLY] = "Against {holes} it helps in part only.",
    [SETTINGS_PASSES] = "Not stopped: {forms}.",
    [SETTINGS_CLEARED] = "It is taken away again at {place} {ref}.",
    [SETTINGS_LIST_LOST] = "{name} is on the server's own list of applied mitigations, but not "
                           "in the configuration that was read: an update, or somebody, has "
                           "removed it.",
    [SETTINGS_LOST_OPEN] =
        "Whether an update took a mitigation away cannot be decided: neither "
        "the server's own list nor a log of the mitigation service was read.",
    [SETTINGS_TOTAL] =
        "All together they stop {holes}. A mitigation is no update: it helps only "
        "from the day it was made.",
    [SETTINGS_TOTAL_NONE] = "No mitigation in them is known to work in full against any hole.",
    [SETTINGS_REFUSED] =
        "{file} is not well-formed ({problem} in line {line}): IIS refuses such "
        "a file and answers nothing from its folder.",
    [SETTINGS_CUT] = "There are more settings than are judged here; the case file has all.",
};

const char *settings_word(enum settings_word which)
{
    return words[which];
}

const char *settings_words_state(enum mitigation_id id, enum mitigation_state state)
{
    static const char *const protection[] = {
        [MITIGATION_WORKS] = "on at all of Exchange's applications",
        [MITIGATION_PARTLY] = "on at some of Exchange's applications only",
        [MITIGATION_UNDECIDED] = "whether it is on cannot be decided",
        [MITIGATION_FAILS] = "NOT ON",
        [MITIGATION_LOST] = "LOST",
    };
    static const char *const states[] = {
        [MITIGATION_WORKS] = "works",
        [MITIGATION_PARTLY] = "works in part",
        [MITIGATION_UNDECIDED] = "whether it works cannot be decided",
        [MITIGATION_FAILS] = "DOES NOT WORK",
        [MITIGATION_LOST] = "LOST",
    };
    return id == MITIGATION_PROTECTION ? protection[state] : states[state];
}

const char *settings_words_kind(enum mitigation_id id)
{
    static const char *const kinds[MITIGATION_ID_COUNT] = {
        [MITIGATION_HAND_MADE] = "a rule made by hand",
        [MITIGATION_EOMT] = "a rule of Microsoft's EOMT",
        [MITIGATION_EOMT2] = "the rule of Microsoft's EOMTv2",
        [MITIGATION_EEMS_M1] = "mitigation M1 of Exchange's own service",
        [MITIGATION_EEMS_M2] = "mitigation M2 of Exchange's own service",
        [MITIGATION_EEMS_OTHER] =
            "a mitigation of Exchange's own service that this version does "
            "not know",
        [MITIGATION_POOL] = "an application pool that does not start by itself",
        [MITIGATION_SERVICE] = "a service that does not run",
        [MITIGATION_PROTECTION] = "binding of logons to their TLS channel",
    };
    return kinds[id];
}

const char *settings_words_why(unsigned bit)
{
    switch (bit) {
    case WHY_OFF:
        return "It is switched off.";
    case WHY_ACTION:
        return "It does not end the request.";
    case WHY_BROKEN:
        return "Its pattern is none, so IIS refuses it.";
    case WHY_FILE:
        return "IIS refuses its file, which is not well-formed: either nothing is answered "
               "there, or this is not the file that was in use.";
    case WHY_NO_MODULE:
        return "URL Rewrite is not among the modules of IIS: no rule of it works.";
    case WHY_MODULE_UNKNOWN:
        return "Whether URL Rewrite is installed is not known: applicationHost.config was not "
               "read.";
    case WHY_SITE:
        return "It stands where requests from outside do not come in.";
    case WHY_SITE_UNKNOWN:
        return "Its path does not tell to which site the file belongs.";
    case WHY_SHADOWED:
        return "A rule in front of it lets some requests pass.";
    case WHY_PRECONDITION:
        return "Its precondition is not defined in the same file.";
    case WHY_RESTARTS:
        return "Whether it ran at the time is not in this file, and an administrator can start "
               "it without knowing what it was off for.";
    case WHY_INCOMPLETE:
        return "Off, too weak or without TLS at: {value}.";
    case WHY_APPLICATION:
        return "It covers one application only.";
    default:
        return NULL;
    }
}

const char *settings_words_form(enum form form)
{
    static const char *const forms[FORM_COUNT] = {
        [FORM_BACKEND_ECP] = "the cookie X-BEResource below /ecp",
        [FORM_BACKEND_OWA] = "the cookie X-BEResource below /owa",
        [FORM_ANON_BACKEND] = "the cookie X-AnonResource-Backend",
        [FORM_AUTODISCOVER] = "autodiscover.json to PowerShell as first published",
        [FORM_AT_ENCODED] = "the same with '@' as %40",
        [FORM_ENCODED] = "the same with encoded letters",
        [FORM_WITHOUT_AT] = "the same without '@'",
        [FORM_OWA] = "/owa to PowerShell (OWASSRF)",
        [FORM_OWA_ENCODED] = "/owa to PowerShell with encoded letters",
        [FORM_MAPI] = "autodiscover.json to MAPI (ProxyShell)",
    };
    return forms[form];
}

const char *settings_words_notice(enum notice notice)
{
    static const char *const notices[NOTICE_COUNT] = {
        [NOTICE_NONE] = "",
        [NOTICE_RESERVED_DIRECTORY] =
            "{place} serves {value}: a folder with the name of a device, which Explorer and "
            "many "
            "scanners cannot open. Programs do not install themselves there. Open it with "
            "\\\\?\\ in front of the path, keep what lies in it, and remove the virtual "
            "directory.",
        [NOTICE_OPEN_DIRECTORY] = "{place} serves {value}, a folder in which no web site is "
                                  "installed. Who made it, and what lies there?",
        [NOTICE_FAR_DIRECTORY] = "{place} serves {value}, a folder of another computer.",
        [NOTICE_OPEN_MODULE] = "IIS loads {value} as {name}: a folder from which nothing is "
                               "installed. Who made it?",
        [NOTICE_MODULE] =
            "IIS loads {value} as {name}, which is none of Microsoft's. Monitoring "
            "and filter programs install such modules, and so do some back doors: "
            "is it one of yours?",
        [NOTICE_SCRIPT_HANDLER] = "{detail} runs as script what is named {value} ({name}).",
        [NOTICE_PROGRAM_HANDLER] = "Requests for {value} start {detail} ({name}).",
        [NOTICE_PUBLIC_KEY] =
            "The machine key is the one that every Exchange server had before February 2020 "
            "({value}...): whoever has any mailbox can run code (CVE-2020-0688).",
        [NOTICE_FIXED_KEY] =
            "A machine key is written down ({value}...): whoever has read this "
            "file can forge view states until it is changed.",
        [NOTICE_OPEN_AGENT] =
            "Mail passes through the agent {name} from {value}: a folder from "
            "which nothing is installed. Who made it?",
        [NOTICE_AGENT] = "Mail passes through the agent {name} ({value}), which is none of "
                         "Exchange's. Mail filters install such agents: is it one of yours?",
        [NOTICE_FORWARDS] = "The rule {name} hands requests on to another host: {value}.",
        [NOTICE_REDIRECTS] = "The rule {name} sends browsers to another host: {value}.",
        [NOTICE_SHARED] = "IIS takes its configuration from {value}.",
        [NOTICE_ANONYMOUS] = "Anonymous requests run as {value}.",
    };
    return notices[notice];
}
