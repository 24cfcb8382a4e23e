#include "report/html_words.h"

static const char *const texts[HTML_WORD_COUNT] = {
    [HTML_TITLE] = "Exchange evidence report",
    [HTML_SKIP] = "Skip to the verdict",
    [HTML_CONTENTS] = "Contents",
    [HTML_UTC] =
        "All times are UTC. A number like [1] leads to the line that proves the sentence.",
    [HTML_INTERRUPTED] = ("INTERRUPTED: the evidence was not read to its end; what follows is "
                          "partial."),
    [HTML_OVERVIEW] = "Hosts",
    [HTML_OVERVIEW_CAPTION] = "All hosts of the evidence, the worst first",
    [HTML_HARM] = "Harm",
    [HTML_TIME_LINE] = "Time line",
    [HTML_TIME_LINE_TITLE] = "Steps of the attack in the order of time, by kind",
    [HTML_TIME_LINE_NOTE] = ("Pauses are shortened, so distances are not to scale. Everything "
                             "drawn here is told below, step by step."),
    [HTML_STORY] = "What happened, step by step",
    [HTML_STORY_NOTE] = "One line for each kind of step; the number is the proof of the first.",
    [HTML_DISK] = "Back doors on disk",
    [HTML_DISK_LOOK] = "Pages on disk to look at (they do not change the verdict)",
    [HTML_ACTORS] = "Who took part",
    [HTML_ACTORS_CAPTION] = "Sources with one number are one actor",
    [HTML_TAKEN] = "What was taken",
    [HTML_TAKEN_CAPTION] = "Proven, possible, or not observable in what was read",
    [HTML_VOLUMES] = "Volumes (to look at; they do not change the verdict)",
    [HTML_EXPOSURE] = "Builds and exposure",
    [HTML_EXPOSED_LANE] = "Vulnerable to",
    [HTML_EXPOSURE_NOTE] =
        ("Amber: the build that the evidence shows was vulnerable; pale behind "
         "it: until a fixed build is seen."),
    [HTML_SETTINGS_DOORS] = "Back doors in the settings",
    [HTML_SETTINGS_LOOK] = "Settings to look at (they do not change the verdict)",
    [HTML_MITIGATIONS] = "Mitigations",
    [HTML_ALLOWED] = "Allowed (closed by your list: no grade, no exit status)",
    [HTML_CHECKLIST] = "Checklist: CISA Emergency Directive 21-02",
    [HTML_CHECKLIST_CAPTION] = ("What the directive and its supplements ask for, as far as "
                                "evidence of a server can show it"),
    [HTML_COVERAGE] = "What was read",
    [HTML_COVERAGE_TITLE] = "Which log covers which time, and when something was found",
    [HTML_COVERAGE_NOTE] = "To scale. Pale: nothing of this log was read for that time.",
    [HTML_COVERAGE_CAPTION] = "Logs, the time they cover, and gaps in them",
    [HTML_COVERAGE_NONE] = "No log that counts as coverage.",
    [HTML_OUTSIDE_AXIS] = ("Some logs reach further than the axis, which shows the time around "
                           "the findings; the table has all."),
    [HTML_UNSEEN] = "What could not be seen",
    [HTML_OTHER] = "Other matches (they do not change the verdict)",
    [HTML_NEXT] = "What to do next",
    [HTML_EVIDENCE] = "Evidence",
    [HTML_EVIDENCE_CAPTION] =
        ("Findings in the order of time. Where a finding can be opened, its "
         "row follows as it stands in the file."),
    [HTML_EVIDENCE_NONE] = "There is no finding.",
    [HTML_EVIDENCE_PRINTED] = "On paper: the gravest findings only. The file itself has more.",
    [HTML_PROOFS] = "Proof",
    [HTML_PROOFS_NOTE] =
        ("The rows that the sentences cite: file, byte at which the row starts, "
         "and the row."),
    [HTML_CUSTODY] = "Chain of custody",
    [HTML_CUSTODY_CAPTION] = "Files that were read; those with a finding first",
    [HTML_CUSTODY_NOTE] = ("SHA-256 is taken of every file with a finding, of all with "
                           "--custody, right after they "
                           "were read. Evidence is only ever opened for reading."),
    [HTML_CUSTODY_PRINTED] =
        "On paper: files with a finding or a digest. The file itself has more.",
    [HTML_NO_HASH] = "not taken",
    [HTML_FILES] = "Files with a remark",
    [HTML_FOOTER] = "This file is complete in itself: it loads nothing and sends nothing.",
    [HTML_FOUND_LANE] = "Findings",
    [HTML_BLIND_LANE] = "Logs of web requests are missing",
    [HTML_MOMENT_EXPLOIT] = "An exploit was answered for the first time",
    [HTML_MOMENT_SCRIPT] = "A script was stored in a virtual directory",
    [HTML_MOMENT_CHANGED] = "Configuration or mail was read or changed",
    [HTML_MOMENT_PLANT] = "A back door was written",
    [HTML_MOMENT_CLEARED] = "Traces were cleared",
    [HTML_MOMENT_PAGE] = "A foreign page answered for the first time",
    [HTML_MOMENT_COMMAND] = "The web server ran a command",
    [HTML_MOMENT_SPREAD] = "The intruders went on from here",
    [HTML_MOMENT_GONE] = "The page was gone",
};

const char *html_word(enum html_word which)
{
    return texts[which];
}
