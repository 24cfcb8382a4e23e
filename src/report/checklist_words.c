#include "report/checklist_words.h"

const char *checklist_words_part(enum check check)
{
    switch (check) {
    case CHECK_MEMORY:
        return "Directive of 3 March 2021, report due on 5 March 2021 at 12:00 EST";
    case CHECK_MSERT:
        return "Supplement 1 of 31 March 2021: scans due on 5 April, hardening on 28 June 2021";
    case CHECK_APRIL:
        return "Supplement 2 of 13 April 2021, due on 16 April 2021 at 0:01 EDT";
    default:
        return NULL;
    }
}

const char *checklist_words_check(enum check check)
{
    static const char *const words[CHECK_COUNT] = {
        [CHECK_MEMORY] = "System memory was collected",
        [CHECK_WEB_LOGS] = "Web logs were collected",
        [CHECK_EVENT_LOGS] = "Windows event logs were collected",
        [CHECK_HIVES] = "All registry hives were collected",
        [CHECK_SEARCH] = "The evidence was searched for signs of compromise",
        [CHECK_UPDATE] = "Microsoft's updates of 2 March 2021 are installed",
        [CHECK_DISCONNECT] = "Where signs were found, Exchange is disconnected, and does not "
                             "rejoin the domain until CISA says so",
        [CHECK_REPORT] = "Incident and status were reported to CISA",
        [CHECK_MSERT] = "A full scan with Microsoft's MSERT was run",
        [CHECK_TEST_SCRIPT] = "Microsoft's Test-ProxyLogon was run with full rights",
        [CHECK_MSERT_WEEKLY] = "MSERT was run every week for four weeks",
        [CHECK_FIREWALL] = "A firewall lets through only what Exchange needs",
        [CHECK_FAST_UPDATES] = "Updates are installed within 48 hours",
        [CHECK_SUPPORTED] = "The version still has Microsoft's support",
        [CHECK_ROLES] = "Rights and roles of accounts were reviewed",
        [CHECK_RETENTION] = "Logs are kept in a central place for 180 days",
        [CHECK_SIGNATURES] = "Signatures of the virus scanner are at most a day old",
        [CHECK_KEEP] = "Results of the triage are kept for six months",
        [CHECK_APRIL] = "Microsoft's updates of 13 April 2021 are installed",
    };
    return words[check];
}

const char *checklist_words_says(enum check_says says)
{
    static const char *const words[SAYS_COUNT] = {
        [SAYS_OUTSIDE] = "No evidence of a server shows it: fill in by hand.",
        [SAYS_ABSENT] = "Nothing of the kind is among the evidence; it may lie elsewhere.",
        [SAYS_FILE] = "A file of that name is among the evidence; whether it is complete, and "
                      "what it says, is not judged here.",
        [SAYS_COVERED] = "Read: {a}, from {time} to {until}.",
        [SAYS_SEARCHED] = "This hunt read logs that can show each of the four vulnerabilities.",
        [SAYS_BLIND] = "No log that was read could show {a}.",
        [SAYS_NO_BUILD] = "No build of Exchange is named in the evidence.",
        [SAYS_FIXED] = "Build {a} has them; no row after the due date shows an older one.",
        [SAYS_FIXED_LATE] = "Build {a} has them, but at {time}, after the due date, the server "
                            "still ran without.",
        [SAYS_VULNERABLE] = "Build {a} does not have them.",
        [SAYS_MITIGATED] = "Build {a} does not have them. A rewrite rule stops CVE-2021-26855; "
                           "the directive does not take that for an update.",
        [SAYS_OPEN_BUILD] = "Of build {a} it is not known.",
        [SAYS_NO_SIGN] = "No sign of compromise was found in what was read.",
        [SAYS_STILL_SERVED] =
            "Signs of compromise from {time} on; web logs go on until {until}. "
            "Whether the server was then disconnected they do not show.",
        [SAYS_IN_TIME] = "The update is seen at {until}.",
        [SAYS_TOO_LATE] = "At {time} the server still ran without the update of 2 March 2021.",
        [SAYS_TIME_OPEN] = "The update came between {time} and {until}.",
        [SAYS_SUPPORT_ENDED] = "Microsoft's support of {a} ended on {b}.",
        [SAYS_SUPPORT] = "Microsoft supports {a} until {b}.",
        [SAYS_LONG] = "The logs of {b} that were read reach over {a} days.",
        [SAYS_SHORT] =
            "The logs of {b} that were read reach over {a} days only; older ones may "
            "lie elsewhere.",
    };
    return words[says];
}

const char *checklist_words_status(enum check_status status)
{
    static const char *const words[] = { "DONE", "NOT DONE", "NOT DECIDABLE",
                                         "DOES NOT APPLY" };
    return words[status];
}
