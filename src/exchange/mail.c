#include "exchange/mail.h"

#include "exchange/target.h"

static const char *const act_names[MAIL_ACT_COUNT] = { "none",   "addresses", "reached",
                                                       "looked", "read",      "written" };

/* EWS operations (Microsoft's reference of the web services); others count as "looked". */
static const struct {
    const char *name;
    enum mail_act act;
} soap_actions[] = {
    { "GetItem", MAIL_READ },
    { "ExportItems", MAIL_READ },
    { "GetAttachment", MAIL_READ },
    { "GetConversationItems", MAIL_READ },
    { "GetStreamingEvents", MAIL_LOOKED },
    { "SyncFolderItems", MAIL_READ },
    { "FindItem", MAIL_READ }, /* subjects, senders, previews */
    { "FindConversation", MAIL_READ },
    { "SearchMailboxes", MAIL_READ },
    { "CreateItem", MAIL_WRITTEN },
    { "SendItem", MAIL_WRITTEN },
    { "UpdateItem", MAIL_WRITTEN },
    { "DeleteItem", MAIL_WRITTEN },
    { "MoveItem", MAIL_WRITTEN },
    { "CopyItem", MAIL_WRITTEN },
    { "CreateAttachment", MAIL_WRITTEN },
    { "UploadItems", MAIL_WRITTEN },
    { "UpdateInboxRules", MAIL_WRITTEN },
    { "AddDelegate", MAIL_WRITTEN },
    { "UpdateDelegate", MAIL_WRITTEN },
    { "ResolveNames", MAIL_ADDRESSES },
    { "GetPersona", MAIL_ADDRESSES },
    { "FindPeople", MAIL_ADDRESSES },
};

/* Where a service lies; the longest that fits counts. `operation` is what it is called. */
static const struct {
    const char *path, *operation;
    enum mail_act act;
} services[] = {
    { "/ews", "ews", MAIL_REACHED },
    { "/mapi/emsmdb", "mapi", MAIL_REACHED },
    { "/mapi/nspi", "address book", MAIL_ADDRESSES },
    { "/oab", "address book", MAIL_ADDRESSES },
    { "/owa/service.svc", "owa", MAIL_REACHED },
    { "/owa/attachment.ashx", "owa", MAIL_REACHED },
    { "/owa/ev.owa", "owa", MAIL_REACHED },
    { "/microsoft-server-activesync", "activesync", MAIL_REACHED },
    { "/rpc/rpcproxy.dll", "outlook anywhere", MAIL_REACHED },
    { "/api", "rest", MAIL_REACHED },
};

static const struct {
    enum family_id family;
    const char *column;
} sizes[] = {
    { FAMILY_EWS, "ResponseSize" },
    { FAMILY_HTTPPROXY, "ResponseBytes" },
    { FAMILY_IIS, "sc-bytes" },
};

const char *mail_act_name(enum mail_act act)
{
    return act_names[act >= MAIL_NONE && act < MAIL_ACT_COUNT ? act : MAIL_NONE];
}

enum mail_act mail_act_by_name(struct slice name)
{
    for (int i = 0; i < MAIL_ACT_COUNT; i++)
        if (slice_eq(name, slice_from(act_names[i])))
            return (enum mail_act)i;
    return MAIL_NONE;
}

const char *mail_bytes_column(enum family_id family)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].family == family)
            return sizes[i].column;
    return NULL;
}

bool mail_is_machine(struct slice user)
{
    user = slice_trim(user);
    return (user.len && user.ptr[user.len - 1] == '$') ||
           slice_icase_eq(user, SLICE_LIT("S-1-5-18")) ||
           slice_icase_ends(user, SLICE_LIT("\\SYSTEM"));
}

static void read_bytes(const struct event *event, struct mail_facts *out)
{
    const char *column = mail_bytes_column(event->schema->family->id);
    struct slice text =
        column ? slice_trim(event_field(event, slice_from(column))) : SLICE_NULL;
    out->has_bytes = text.len && slice_to_u64(text, &out->bytes);
    if (!out->has_bytes)
        out->bytes = 0;
}

/* "CONTOSO\Anna", "Smtp~anna@contoso.com" → "anna": so that the logs agree about a mailbox. */
static struct slice local_part(struct slice name, struct arena *scratch)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '\\' || name.ptr[i - 1] == '~') {
            name = slice_from_offset(name, i);
            break;
        }
    name = slice_trim(slice_first(name, slice_find_char(name, '@')));
    if (!name.len || mail_is_machine(name))
        return SLICE_NULL;
    char *text = arena_text(scratch, name);
    for (size_t i = 0; i < name.len; i++)
        text[i] = ascii_lower(text[i]);
    return slice_of(text, name.len);
}

static struct slice first_mailbox(const struct event *event, const char *const *fields)
{
    for (; *fields; fields++) {
        struct slice value = event_field(event, slice_from(*fields));
        struct slice part =
            mail_is_machine(value) ? SLICE_NULL : local_part(value, event->scratch);
        if (part.len)
            return part;
    }
    return SLICE_NULL;
}

static void read_ews(const struct event *event, struct mail_facts *out)
{
    static const char *const who[] = { "ImpersonatedUser", "ActAsUser", "ProxyAsUser",
                                       "AuthenticatedUser", NULL };
    out->operation = event_field(event, SLICE_LIT("SoapAction"));
    if (!out->operation.len)
        return;
    out->act = MAIL_LOOKED;
    for (size_t i = 0; i < sizeof soap_actions / sizeof *soap_actions; i++)
        if (slice_icase_eq(out->operation, slice_from(soap_actions[i].name)))
            out->act = soap_actions[i].act;
    out->mailbox = first_mailbox(event, who);
}

/* Operations of the protocol that hand out messages (MS-OXCROPS names); "Execute" hides them.
 */
static bool reads_messages(struct slice rops)
{
    static const char *const names[] = { "OpenMessage", "ReadStream", "QueryRows",
                                         "FastTransferSource", "OpenAttachment" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_icase_has(rops, slice_from(names[i])))
            return true;
    return false;
}

static void read_mapi(const struct event *event, struct mail_facts *out)
{
    static const char *const who[] = { "ActAsUserEmail", "AuthenticatedUserEmail",
                                       "AuthenticatedUser", NULL };
    out->operation = event_field(event, SLICE_LIT("RequestType"));
    if (!out->operation.len)
        return;
    bool execute = slice_icase_eq(out->operation, SLICE_LIT("Execute"));
    bool reads = execute && reads_messages(event_field(event, SLICE_LIT("RopIds")));
    out->act = reads ? MAIL_READ : execute ? MAIL_REACHED : MAIL_LOOKED;
    out->mailbox = first_mailbox(event, who);
}

static bool is_below(struct slice path, struct slice folder)
{
    return slice_icase_starts(path, folder) &&
           (path.len == folder.len || strchr("/.?", path.ptr[folder.len]));
}

/* Where the request went in truth: behind a forged cookie or a bent address, else its path. */
static struct slice aim_of(const struct event *event, const struct request *request)
{
    struct slice path = SLICE_NULL;
    if (event->schema->family->id == FAMILY_HTTPPROXY)
        path = target_path(NULL, event);
    if (!path.ptr)
        path = target_autodiscover(NULL, event);
    return path.ptr ? path : request->url_path;
}

static void read_web(const struct event *event, const struct request *request,
                     struct mail_facts *out)
{
    static const char *const who[] = { "AuthenticatedUser", "cs-username", NULL };
    struct slice path = aim_of(event, request);
    for (size_t i = 0; i < sizeof services / sizeof *services && path.len; i++)
        if (is_below(path, slice_from(services[i].path))) {
            out->act = services[i].act;
            out->operation = slice_from(services[i].operation);
        }
    if (out->act == MAIL_NONE)
        return;
    struct slice anchor = event_field(event, SLICE_LIT("AnchorMailbox"));
    if (slice_icase_starts(anchor, SLICE_LIT("Smtp~")) &&
        slice_find_char(anchor, '/') == SIZE_MAX)
        out->mailbox = local_part(anchor, event->scratch);
    if (!out->mailbox.len)
        out->mailbox = first_mailbox(event, who);
}

void mail_read(const struct event *event, const struct request *request, struct mail_facts *out)
{
    *out = (struct mail_facts){ .act = MAIL_NONE };
    switch (event->schema->family->id) {
    case FAMILY_EWS:
        read_ews(event, out);
        break;
    case FAMILY_MAPIHTTP:
        read_mapi(event, out);
        break;
    case FAMILY_HTTPPROXY:
    case FAMILY_IIS:
        read_web(event, request, out);
        break;
    default:
        return;
    }
    read_bytes(event, out);
}
