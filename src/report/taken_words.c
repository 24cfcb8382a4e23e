#include "report/taken_words.h"

static const char *const texts[TAKEN_WORD_COUNT] = {
    [TAKEN_WORD_MAIL] = "Mailbox {mailbox}, by {actor} ({logs}): {operations}; {requests}, "
                        "{bytes}, {span} {ref}",
    [TAKEN_WORD_MAIL_UNNAMED] = "Mail by {actor}, of a mailbox that the log does not name "
                                "({logs}): {operations}; {requests}, {bytes}, {span} {ref}",
    [TAKEN_WORD_ADDRESSES] = "Address book by {actor} ({logs}): {operations}; {requests}, "
                             "{bytes}, {span} {ref}",
    [TAKEN_WORD_DEED] = "{deed} ({command}{mailbox}) by {actor}, {span} ({logs}) {ref}",
    [TAKEN_WORD_ARCHIVE] = "{file} was given to {actor}: {requests}, {bytes}, {span} {ref}",
    [TAKEN_WORD_CREDENTIALS] = "Credentials: {title}, {span}{actor} {ref}",
    [TAKEN_WORD_MISSING] = "{what}: no {logs} log of that time was read",
    [TAKEN_WORD_BYTES] = "{bytes}",
    [TAKEN_WORD_BYTES_SPAN] = "between {lower} and {upper}",
    [TAKEN_WORD_BYTES_UPPER] = "at most {upper}",
    [TAKEN_WORD_BYTES_SOME] = " and what rows without a size add",
    [TAKEN_WORD_BYTES_NONE] = "size not logged",
    [TAKEN_WORD_TOTAL] =
        "Mail in all: between {lower} and {upper} left the server to intruders, "
        "as far as the logs name sizes. The lower bound counts operations "
        "that surely read mail, the upper one every answer of a mail service.",
    [TAKEN_WORD_NOTHING] =
        "Nothing of an intruder's was seen at mail services, in commands or archives.",
    [TAKEN_WORD_NOT_READ] = "The evidence was not read a second time for what was taken.",
    [TAKEN_WORD_CUT] = "The second reading was interrupted: what follows is incomplete.",
    [TAKEN_WORD_MORE] = "... and {count} more; the case file of --case holds all",
    [TAKEN_WORD_ROWS_LEFT] = "{count} sums did not fit into the case and are not counted.",
    [TAKEN_WORD_BEFORE] = "{count} of such commands ran before the break-in and are not told.",
    [TAKEN_WORD_ACTOR] = "{role}, {span} {ref}",
    [TAKEN_WORD_ACTOR_TRIED] = "tried {count} other page name{s} that nothing answered",
    [TAKEN_WORD_ACTOR_PAGES] = "answered by {pages}",
    [TAKEN_WORD_ACTOR_AGENTS] = "as {agents}",
    [TAKEN_WORD_ACTORS_MORE] = "... and {count} more sources that got less far",
    [TAKEN_WORD_VOLUME_HABIT] =
        "{log}: {sources} sources on {days} day{s}; half of them got less than {median} in a "
        "day, 95 of 100 less than {high}.",
    [TAKEN_WORD_VOLUME_FEW] =
        "{log}: {sources} source{s}; it takes {least} to speak of a habit of this host.",
    [TAKEN_WORD_VOLUME_NONE] = "No source stands out.",
    [TAKEN_WORD_VOLUME_LINE] =
        "{source} got {bytes} on {day} in {requests} request{s}: {times} "
        "times the median, {score} deviations above it{who} {ref}",
    [TAKEN_WORD_VOLUME_INTRUDER] = "; this source is an intruder's",
    [TAKEN_WORD_VOLUME_MORE] = "... and {count} more",
    [TAKEN_WORD_VOLUME_NOTE] =
        "Large answers can be honest: a new laptop, a Mac that reads a folder anew, a backup.",
    [TAKEN_WORD_SKEW] = "The clocks disagree: {other} is {skew} {direction} {this} (median of "
                        "{count} requests that stand in both) {ref}",
};

const char *taken_word(enum taken_word which)
{
    return texts[which];
}

const char *taken_words_state(enum taken_state state)
{
    static const char *const states[] = { "not observable", "possible", "proven" };
    return states[state];
}

const char *taken_words_because(enum taken_because because)
{
    static const char *const clauses[] = {
        [TAKEN_SHOWN] = "",
        [TAKEN_NO_OPERATION] = "the service answered, what for is not in this log",
        [TAKEN_LOOKED] = "folders or settings were asked for, no message",
        [TAKEN_IDENTITY] = "so few and small that they served to learn an identity, as the "
                           "exploits do",
        [TAKEN_SHARED] = "mail was read from this address before it attacked: others work from "
                         "it, too",
        [TAKEN_LATER] = "after the break-in, but nothing ties it to an intruder: ask whoever "
                        "runs this server",
        [TAKEN_OTHER_SOURCE] = "this address did nothing else that is seen",
        [TAKEN_NO_LOG] = "no such log",
    };
    return clauses[because];
}

const char *taken_words_because_name(enum taken_because because)
{
    static const char *const names[] = {
        [TAKEN_SHOWN] = "shown",   [TAKEN_NO_OPERATION] = "no-operation",
        [TAKEN_LOOKED] = "looked", [TAKEN_SHARED] = "shared-address",
        [TAKEN_LATER] = "later",   [TAKEN_OTHER_SOURCE] = "other-source",
        [TAKEN_NO_LOG] = "no-log", [TAKEN_IDENTITY] = "identity",
    };
    return names[because];
}

const char *taken_words_kind_name(const struct taken_line *line)
{
    static const char *const kinds[] = {
        [TAKEN_KIND_MAIL] = "mail",
        [TAKEN_KIND_ADDRESSES] = "addresses",
        [TAKEN_KIND_DEED] = "command",
        [TAKEN_KIND_ARCHIVE] = "archive",
        [TAKEN_KIND_CREDENTIALS] = "credentials",
    };
    if (line->kind == TAKEN_KIND_DEED && line->state != TAKEN_NOT_OBSERVABLE)
        return deed_name(line->deed);
    return kinds[line->kind];
}

const char *taken_words_deed(enum deed deed)
{
    static const char *const deeds[DEED_COUNT] = {
        [DEED_NONE] = "A command ran",
        [DEED_EXPORT] = "A mailbox was exported or searched into another place",
        [DEED_EXPORT_RIGHT] = "The right to export mailboxes was given",
        [DEED_DELEGATE] = "Rights over a mailbox were given",
        [DEED_IMPERSONATION] = "The right to act as any user was given",
        [DEED_FORWARDING] = "A mailbox was set to forward its mail",
        [DEED_INBOX_RULE] = "An inbox rule that moves or forwards mail was made",
        [DEED_TRANSPORT_RULE] = "A rule for the mail of the organisation was made",
        [DEED_TRANSPORT_AGENT] = "A transport agent, which sees every message, was installed",
    };
    return deeds[deed];
}

const char *taken_words_what(enum taken_kind kind)
{
    static const char *const kinds[] = {
        [TAKEN_KIND_MAIL] = "Operations on mail",
        [TAKEN_KIND_ADDRESSES] = "The address book",
        [TAKEN_KIND_DEED] = "Exports, forwarding, rules and rights over mailboxes",
        [TAKEN_KIND_ARCHIVE] = "Downloads of archives from web folders",
        [TAKEN_KIND_CREDENTIALS] = "Credentials read out of the machine",
    };
    return kinds[kind];
}

const char *taken_words_role(enum actor_role role)
{
    static const char *const roles[] = {
        [ACTOR_SCANNER] = "scanned only",
        [ACTOR_TRIED] = "tried exploits that were refused, or whose end is not logged",
        [ACTOR_SEEKER] = "looked for pages that others plant",
        [ACTOR_CHECKED] =
            "asked whether a foreign page is there, and was answered; sent nothing",
        [ACTOR_USED] = "sent something to a foreign page, and was answered",
        [ACTOR_ENTERED] = "broke in",
        [ACTOR_PLANTED] = "broke in and planted a page",
    };
    return roles[role];
}

const char *taken_words_role_name(enum actor_role role)
{
    static const char *const names[] = {
        [ACTOR_SCANNER] = "scanner", [ACTOR_TRIED] = "tried", [ACTOR_SEEKER] = "seeker",
        [ACTOR_CHECKED] = "checked", [ACTOR_USED] = "used",   [ACTOR_ENTERED] = "entered",
        [ACTOR_PLANTED] = "planted",
    };
    return names[role];
}

const char *taken_words_tie_name(enum actor_tie tie)
{
    static const char *const names[] = { "none", "session", "page" };
    return names[tie];
}

const char *taken_words_tie(enum actor_tie tie)
{
    static const char *const ties[] = {
        [ACTOR_ALONE] = "",
        [ACTOR_SESSION] = "they share a session",
        [ACTOR_PAGE] = "a page whose name nobody guesses answered them",
    };
    return ties[tie];
}
