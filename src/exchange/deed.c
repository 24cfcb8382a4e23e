#include "exchange/deed.h"

#define NEEDS_MAX 8

static const char *const names[DEED_COUNT] = {
    [DEED_NONE] = "none",
    [DEED_EXPORT] = "export",
    [DEED_EXPORT_RIGHT] = "export-right",
    [DEED_DELEGATE] = "delegate",
    [DEED_IMPERSONATION] = "impersonation",
    [DEED_FORWARDING] = "forwarding",
    [DEED_INBOX_RULE] = "inbox-rule",
    [DEED_TRANSPORT_RULE] = "transport-rule",
    [DEED_TRANSPORT_AGENT] = "transport-agent",
};

/* The command, and words of which its parameters must hold one; none: every use counts. */
static const struct {
    const char *cmdlet;
    enum deed deed;
    const char *needs[NEEDS_MAX];
} commands[] = {
    { "New-MailboxExportRequest", DEED_EXPORT, { NULL } },
    { "New-MailboxSearch", DEED_EXPORT, { NULL } },
    { "Search-Mailbox", DEED_EXPORT, { "TargetMailbox" } },
    { "New-ManagementRoleAssignment", DEED_EXPORT_RIGHT, { "Mailbox Import Export" } },
    { "New-ManagementRoleAssignment", DEED_IMPERSONATION, { "ApplicationImpersonation" } },
    { "Add-MailboxPermission", DEED_DELEGATE, { "FullAccess" } },
    { "Add-MailboxFolderPermission", DEED_DELEGATE, { NULL } },
    { "Add-RecipientPermission", DEED_DELEGATE, { "SendAs" } },
    { "Set-Mailbox", DEED_FORWARDING, { "ForwardingSmtpAddress", "ForwardingAddress" } },
    { "New-InboxRule",
      DEED_INBOX_RULE,
      { "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "DeleteMessage", "MoveToFolder" } },
    { "Set-InboxRule",
      DEED_INBOX_RULE,
      { "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "DeleteMessage", "MoveToFolder" } },
    { "New-TransportRule", DEED_TRANSPORT_RULE, { NULL } },
    { "Set-TransportRule", DEED_TRANSPORT_RULE, { NULL } },
    { "New-JournalRule", DEED_TRANSPORT_RULE, { NULL } },
    { "Install-TransportAgent", DEED_TRANSPORT_AGENT, { NULL } },
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

const char *const deed_literals[] = {
    "New-MailboxExportRequest",
    "New-MailboxSearch",
    "Search-Mailbox",
    "New-ManagementRoleAssignment",
    "Add-MailboxPermission",
    "Add-MailboxFolderPermission",
    "Add-RecipientPermission",
    "Set-Mailbox",
    "New-InboxRule",
    "Set-InboxRule",
    "New-TransportRule",
    "Set-TransportRule",
    "New-JournalRule",
    "Install-TransportAgent",
    NULL,
};

/* Where each log writes the command and what it was given; both may be one cell. */
static const struct {
    enum family_id family;
    const char *cmdlet, *parameters;
} places[] = {
    { FAMILY_CMDLET, "Cmdlet", "Parameters" },
    { FAMILY_AUDIT, "Operation", "Data" },
    { FAMILY_ECP, "CMD", "CMD" },
    { FAMILY_WIN_MSEXCHANGE_MANAGEMENT, "Data", NULL }, /* pairs of one name */
};
enum { PLACE_COUNT = sizeof places / sizeof *places };

const char *deed_name(enum deed deed)
{
    return deed >= DEED_NONE && deed < DEED_COUNT ? names[deed] : NULL;
}

enum deed deed_by_name(struct slice name)
{
    for (int i = 0; i < DEED_COUNT; i++)
        if (slice_eq(name, slice_from(names[i])))
            return (enum deed)i;
    return DEED_NONE;
}

bool deed_is_told_by(enum family_id family)
{
    for (size_t i = 0; i < PLACE_COUNT; i++)
        if (places[i].family == family)
            return true;
    return false;
}

/* The second value named Data: the parameters of the command in the first. */
static struct slice second_data(const struct event *event)
{
    const struct schema *schema = event->schema;
    bool first = true;
    for (size_t i = 0; i < event->cell_count && i < schema->count; i++) {
        if (!slice_icase_eq(schema->names[i], SLICE_LIT("Data")))
            continue;
        if (!first)
            return event_cell(event, i);
        first = false;
    }
    for (size_t i = 0; i < event->pair_count; i++) /* an array of strings in one cell */
        if (slice_icase_eq(event->pairs[i].name, SLICE_LIT("Data")))
            return event->pairs[i].value;
    return SLICE_NULL;
}

static void read_command(const struct event *event, struct slice *cmdlet,
                         struct slice *parameters)
{
    *cmdlet = *parameters = SLICE_NULL;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        if (places[i].family != event->schema->family->id)
            continue;
        *cmdlet = event_field(event, slice_from(places[i].cmdlet));
        *parameters = places[i].parameters
                          ? event_field(event, slice_from(places[i].parameters))
                          : second_data(event);
    }
    /* ECP: "Set-Mailbox.ForwardingAddress='x'.Identity='y'", behind "Pipeline.1|" at times. */
    size_t pipe = cmdlet->ptr ? slice_find_char(*cmdlet, '|') : SIZE_MAX;
    if (event->schema->family->id == FAMILY_ECP && pipe != SIZE_MAX)
        *cmdlet = slice_from_offset(*cmdlet, pipe + 1);
    if (event->schema->family->id == FAMILY_ECP && cmdlet->ptr)
        *cmdlet = slice_first(*cmdlet, slice_find_char(*cmdlet, '.'));
}

static bool holds_one(struct slice parameters, const char *const *needs)
{
    if (!needs[0])
        return true;
    for (size_t i = 0; i < NEEDS_MAX && needs[i]; i++)
        if (slice_icase_has(parameters, slice_from(needs[i])))
            return true;
    return false;
}

/* The value behind the parameter's name, whichever way the log quotes it; absent: none. */
static struct slice value_at(struct slice rest)
{
    /* -Name "x"   -Name ""x""   .Name='x'   "Name":"Mailbox","Value":"x" */
    struct slice json = SLICE_LIT("\",\"Value\":");
    if (slice_icase_starts(rest, json))
        rest = slice_from_offset(rest, json.len);
    size_t start = 0;
    while (start < rest.len && start < 4 && strchr(" =:\"'", rest.ptr[start]))
        start++;
    if (start == 0)
        return SLICE_NULL;
    char quote = rest.ptr[start - 1];
    struct slice value = slice_from_offset(rest, start);
    size_t end = 0;
    while (end < value.len && value.ptr[end] != (quote == '=' || quote == ':' ? ' ' : quote) &&
           !strchr("\"';", value.ptr[end]))
        end++;
    return slice_trim(slice_first(value, end));
}

static struct slice parameter(struct slice parameters, struct slice name)
{
    for (size_t at = 0; at < parameters.len;) {
        struct slice rest = slice_from_offset(parameters, at);
        size_t found = slice_icase_find(rest, name);
        if (found == SIZE_MAX)
            break;
        at += found + name.len;
        char before = at > name.len ? parameters.ptr[at - name.len - 1] : 'x';
        char behind = at < parameters.len ? parameters.ptr[at] : 'x';
        bool whole =
            before == '"' ? behind == '"' : strchr("-.", before) && !ascii_is_alnum(behind);
        if (whole) {
            struct slice value = value_at(slice_from_offset(parameters, at));
            if (value.len)
                return value;
        }
    }
    return SLICE_NULL;
}

static struct slice mailbox_of(struct slice parameters)
{
    static const char *const who[] = { "Mailbox", "SourceMailboxes", "Identity", "User" };
    struct slice mailbox = SLICE_NULL;
    for (size_t i = 0; i < sizeof who / sizeof *who && !mailbox.len; i++)
        mailbox = parameter(parameters, slice_from(who[i]));
    return mailbox.len ? mailbox : SLICE_NULL;
}

void deed_read(const struct event *event, struct deed_facts *out)
{
    struct slice cmdlet, parameters;
    *out = (struct deed_facts){ DEED_NONE, SLICE_NULL, SLICE_NULL };
    read_command(event, &cmdlet, &parameters);
    for (size_t i = 0; i < COMMAND_COUNT && cmdlet.len; i++)
        if (slice_icase_eq(cmdlet, slice_from(commands[i].cmdlet)) &&
            holds_one(parameters, commands[i].needs)) {
            *out = (struct deed_facts){ commands[i].deed, slice_from(commands[i].cmdlet),
                                        mailbox_of(parameters) };
            return;
        }
}
