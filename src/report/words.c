#include "report/words.h"

static const char *const texts[WORD_COUNT] = {
    [WORD_VERDICT_N] =
        "Nothing was found in what was read. That is not the same as clean: see what "
        "was read, and what could not be seen.",
    [WORD_VERDICT_E0] = "This host was scanned. Somebody asked what it is and whether it is "
                        "vulnerable; no exploit was seen to go further.",
    [WORD_VERDICT_E1] =
        "An attack on this host was attempted. It was refused, or these logs do not "
        "show how it ended.",
    [WORD_VERDICT_E2] =
        "This host was reached. An exploit request was answered as success beyond a "
        "mere probe; no change and no planted page is seen in what was read.",
    [WORD_VERDICT_E3] =
        "This host was abused: configuration or mailboxes were read or changed; a planted page "
        "is not seen in what was read.",
    [WORD_VERDICT_E4] =
        "This host was compromised: a back door was written. No foreign page is seen "
        "to answer in what was read.",
    [WORD_VERDICT_E5] = "This host was compromised: a page that is not Microsoft's answered.",
    [WORD_VERDICT_E6] = "This host was compromised, and the intruders went on from it.",
    [WORD_EXPLOIT] = "{hole} from {sources} was answered at {time} {ref}.",
    [WORD_EXPLOIT_SPAN] = "{hole} from {sources} was answered, first at {first} {first_ref}, "
                          "last at {time} {ref}.",
    [WORD_HOLE] = "An exploit",
    [WORD_SOMEBODY] = "an unknown address",
    [WORD_NO_ENTRY] = "How they came in is not in these logs.",
    [WORD_CHANGED] = "Configuration or mail was read or changed, last at {time} {ref}.",
    [WORD_SCRIPT] =
        "A script (a web shell) was stored as the address of a virtual directory at "
        "{time} {ref}; that it was written to a page is not seen.",
    [WORD_BLIND] = "Logs of web requests are missing from {from} to {to}: whether the page was "
                   "used then cannot be seen.",
    [WORD_OUTSIDE] = "Anything before {from} and after {to}.",
    [WORD_LIMITED] = "Limited by you to rows from {since} to {until}; everything else was not "
                     "read.",
    [WORD_PLANT] =
        "A page was written at {time} {ref}; no line of the write names it (its name "
        "is not in these logs).",
    [WORD_PLANT_NAMED] = "A page was written at {time}: {file} {ref}.",
    [WORD_PLANT_TITLED] = "{title}, at {time} {ref}.",
    [WORD_PLANT_FOUND] = "{title}, at {time}: {file} {ref}.",
    [WORD_VERDICT_DISK] =
        "This host was compromised: a back door lies on its disk. That it was used is not seen "
        "in what was read.",
    [WORD_DISK] = "On disk lies {file}, {class} {ref}.",
    [WORD_DISK_ANSWERED] =
        "On disk lies {file}, {class} {ref}; it answered as {page} {answer_ref}.",
    [WORD_DISK_MORE] = "{count} more pages on disk are told below.",
    [WORD_DISK_TIME] = "The file's own time is {time}; whoever writes a file can set it, so it "
                       "proves nothing.",
    [WORD_DISK_LATER] =
        "The host's build is not known, or later than those whose pages we know: a page of "
        "this name may have come with it.",
    [WORD_DISK_READ] = "{count} analysed, {known} more are Microsoft's own, byte for byte",
    [WORD_DISK_LISTED] = "; {count} more are known by your baseline",
    [WORD_DISK_NONE] = "No server page was among the evidence: what lies on the machine's disk "
                       "is not judged. Copy the folders of the web sites and Exchange's "
                       "FrontEnd and ClientAccess, too.",
    [WORD_COMMAND_ONLY] =
        "This host was compromised: somebody ran commands through its web server.",
    [WORD_COMMAND] = "Commands were run by the web server, first at {time} {ref}.",
    [WORD_COMMAND_LINE] = "Commands were run by the web server, first at {time} {ref}: {line}.",
    [WORD_STEP_COMMAND] = "command",
    [WORD_SPREAD] = "They went on at {time}: {title} {ref}.",
    [WORD_CLEARED] = "Traces were cleared at {time} {ref}.",
    [WORD_PAGE_ONLY] = "The only foreign page that answered{afterwards} is {page}, first at "
                       "{time} {ref}, asked for by "
                       "{sources}: {use}.",
    [WORD_PAGE_FIRST] = "{count} foreign pages answered{afterwards}. The first was {page}, at "
                        "{time} {ref}, asked for by "
                        "{sources}: {use}.",
    [WORD_PAGE_ALSO] = "{page} answered first at {time} {ref}, asked for by {sources}: {use}.",
    [WORD_RUNS] = "The intruder came in {count} runs: {list}.",
    [WORD_RUN_SCRIPT] = "script set",
    [WORD_RUN_RECREATED] = "directory re-created",
    [WORD_RUN_CHANGED] = "configuration read or changed",
    [WORD_RUN_REACHED] = "exploit answered",
    [WORD_RUN_UNCONFIRMED] = "write not confirmed",
    [WORD_RUN_WRITTEN] = "write confirmed at {time}",
    [WORD_RUN_CLEARED] = "traces cleared at {time}",
    [WORD_PAGE_GONE] = "{page} answered last at {last} and was gone by {time} {ref}.",
    [WORD_PAGE_STILL] =
        "{page} still answered at {time}, the last request for it in what was read.",
    [WORD_ASKED] =
        "{count} other pages (such as {example}) were asked for and did not answer: "
        "somebody looked for what others had planted. They prove nothing planted here.",
    [WORD_ASKED_NONE] = "{count} pages (such as {example}) were asked for and did not answer: "
                        "somebody looked for what others had planted.",
    [WORD_USE_CHECKED] = "existence checks only, no command seen",
    [WORD_USE_LIKELY] = "commands likely (requests with a body or a query)",
    [WORD_USE_SEEN] = "commands seen in the query",
    [WORD_NEVER_SHOWN] = "No log of a server shows for sure whether these were used: {cves}.",
    [WORD_UNDECIDED] = "{cve} ({name}): needs {needs}",
    [WORD_NOT_CLEAN] = "Code that lives only in memory leaves no line in any log.",
    [WORD_HARM_NO_LOG] = "(it takes {logs} logs)",
    [WORD_HARM_NOTHING] = "(in {logs} logs)",
    [WORD_HARM_ABLE] = "(whoever got that far is able to)",
    [WORD_NO_HOST] =
        "No row of an Exchange server's log was read, so there is no verdict. Copy "
        "C:\\inetpub\\logs and Exchange's Logging folder to this machine and name "
        "that folder; unpack archives first.",
    [WORD_PARTIAL] = "This verdict is partial: not all of the evidence could be read.",
    [WORD_ALLOWED_HOST] =
        "{count} finding{s} of this host are closed by your allow list and left out of this "
        "verdict; the gravest alone would give {grade} ({word}).",
    [WORD_ALLOWED] = "{count} finding{s}, the gravest {grade}, until {until}: {reason}{by} "
                     "({keys})",
    [WORD_ALLOWED_BY] = ", by {by}",
    [WORD_ALLOWED_NONE] = "Closes nothing here: {reason}{by} ({keys}), until {until}",
    [WORD_ALLOWED_EXPIRED] =
        "EXPIRED on {until} and closes nothing any more: {reason}{by} ({keys})",
    [WORD_ALLOWED_HELD] = "{count} more finding{s} fit it, but stay open: what proves an "
                          "intrusion needs an entry "
                          "that names it (docs/triage.md).",
};

const char *word(enum word which)
{
    return texts[which];
}

static const struct filler *filler_for(struct slice name, const struct filler *fillers,
                                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(name, slice_from(fillers[i].name)))
            return &fillers[i];
    return NULL;
}

void words_fill(struct buf *out, const char *text, const struct filler *fillers, size_t count)
{
    struct slice rest = slice_from(text);
    while (rest.len) {
        size_t open = slice_find_char(rest, '{');
        struct slice behind = slice_from_offset(rest, open);
        size_t close = open == SIZE_MAX ? SIZE_MAX : slice_find_char(behind, '}');
        close = close == SIZE_MAX ? SIZE_MAX : open + close;
        if (close == SIZE_MAX) {
            buf_add_slice(out, rest);
            return;
        }
        struct slice name = slice_of(rest.ptr + open + 1, close - open - 1);
        const struct filler *filler = filler_for(name, fillers, count);
        buf_add_slice(out, slice_first(rest, open));
        buf_add_slice(out,
                      filler ? filler->value : slice_of(rest.ptr + open, close - open + 1));
        rest = slice_from_offset(rest, close + 1);
    }
}

const char *words_headline(enum grade grade)
{
    static const char *const headlines[] = {
        [GRADE_N] = "NOTHING FOUND in what was read",
        [GRADE_E0] = "SCANNED",
        [GRADE_E1] = "ATTACK ATTEMPTED",
        [GRADE_E2] = "EXPLOIT REACHED THE SERVER",
        [GRADE_E3] = "ABUSED",
        [GRADE_E4] = "COMPROMISED",
        [GRADE_E5] = "COMPROMISED",
        [GRADE_E6] = "COMPROMISED",
    };
    return headlines[grade];
}

const char *words_harm_kind(enum harm_kind kind)
{
    static const char *const kinds[] = { "mail", "credentials", "persistence", "spread" };
    return kinds[kind];
}

const char *words_harm_state(enum harm_state state)
{
    static const char *const states[] = { "none seen", "not observable", "possible", "proven" };
    return states[state];
}

const char *words_harm_because(enum harm_because because)
{
    static const char *const reasons[] = { "nothing-in-logs", "no-log", "able", "trace",
                                           "shown" };
    return reasons[because];
}

const char *words_stage(enum stage stage)
{
    static const char *const stages[] = {
        [STAGE_NONE] = "other",    [STAGE_SCAN] = "scan",     [STAGE_ATTEMPT] = "attempt",
        [STAGE_REACH] = "exploit", [STAGE_ABUSE] = "abuse",   [STAGE_PLANT] = "write",
        [STAGE_ANSWER] = "page",   [STAGE_SPREAD] = "spread", [STAGE_CLEANUP] = "clean-up",
    };
    return stages[stage];
}
