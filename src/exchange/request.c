#include "exchange/request.h"

#define AUDIT_FAILURE UINT64_C(0x10000000000000)
#define KEY_LENGTH_MIN 8 /* shorter keys are too easily equal by chance or by masking */

/*
 * How the extensions that page.c knows begin, and the ways to write ASP.NET's with percent
 * signs: IIS logs paths decoded, but HttpProxy may not.
 */
const char *const request_page_literals[] = {
    ".asp",   ".ash",   ".asm",  ".asc",  ".asa",  ".soap", ".xam",  ".xoml", ".rules",
    ".svc",   ".rem",   ".cer",  ".cdx",  ".stm",  ".php",  ".jsp",  ".cfm",  ".cshtm",
    ".vbhtm", ".shtml", "%2eas", "%2ea%", "%2e%6", "%2e%4", ".%61s", ".%61%", ".%41s",
    ".%41%",  ".a%73",  ".a%53", ".as%7", ".as%6", ".as%5", ".as%4", NULL,
};

static bool is_trusted(const struct trusted_proxies *proxies, struct slice address)
{
    struct ip ip;
    if (!proxies || !ip_parse(address, &ip))
        return false;
    for (size_t i = 0; i < proxies->count; i++)
        if (ip_in_network(&ip, &proxies->networks[i]))
            return true;
    return false;
}

/*
 * "client, proxy1, proxy2" (IIS writes '+' for the spaces): each proxy appends the address that
 * it saw, so the last one that is not a trusted proxy is the client; what stands in front of
 * it, the client may have invented.
 */
static struct slice forwarded_client(const struct trusted_proxies *proxies, struct slice list)
{
    struct slice client = SLICE_NULL;
    while (list.len) {
        size_t start = list.len;
        while (start > 0 && list.ptr[start - 1] != ',')
            start--;
        struct slice entry = slice_from_offset(list, start);
        while (entry.len && (entry.ptr[0] == '+' || entry.ptr[0] == ' '))
            entry = slice_from_offset(entry, 1);
        if (!ip_parse(entry, &(struct ip){ 0 }))
            break;
        client = ip_text(entry);
        if (!is_trusted(proxies, client))
            break;
        list = slice_first(list, start ? start - 1 : 0);
    }
    return client;
}

static struct slice source_of(const struct event *event, const struct trusted_proxies *proxies)
{
    struct slice peer = ip_text(event_role(event, ROLE_SOURCE));
    if (!peer.len)
        return SLICE_NULL;
    if (!is_trusted(proxies, peer))
        return peer;
    struct slice client = forwarded_client(proxies, event_role(event, ROLE_FORWARDED));
    return client.len ? client : peer;
}

/* Where `name` stands last in the text; SIZE_MAX when it does not. */
static size_t find_last(struct slice text, struct slice name)
{
    size_t last = SIZE_MAX;
    for (size_t at = 0; at < text.len;) {
        size_t next = slice_icase_find(slice_from_offset(text, at), name);
        if (next == SIZE_MAX)
            break;
        last = at + next;
        at = last + 1;
    }
    return last;
}

/* The value behind the last `name` up to one of ";&# '\"" or the end. */
static struct slice value_behind(struct slice text, struct slice name)
{
    size_t at = find_last(text, name);
    if (at == SIZE_MAX)
        return SLICE_NULL;
    struct slice value = slice_from_offset(text, at + name.len);
    size_t end = 0;
    while (end < value.len && !strchr(";&# '\",|", value.ptr[end]))
        end++;
    return slice_first(value, end);
}

/* What Exchange itself appends is a GUID, "<empty>" or nothing. */
static bool is_own_value(struct slice value)
{
    while (value.len && value.ptr[value.len - 1] == ';')
        value.len--;
    if (value.len == 0 || slice_icase_eq(value, SLICE_LIT("<empty>")))
        return true;
    bool guid = value.len == 36;
    for (size_t i = 0; guid && i < value.len; i++)
        guid = i == 8 || i == 13 || i == 18 || i == 23 ? value.ptr[i] == '-'
                                                       : ascii_is_alnum(value.ptr[i]);
    return guid;
}

static bool is_own_pair(struct slice pair)
{
    static const char *const keys[] = { "CorrelationID", "cafeReqId", "RequestId",
                                        "encoding",      "ActID",     "ClientRequestId" };
    struct slice value = pair;
    struct slice key = slice_cut(&value, '=');
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (slice_icase_eq(key, slice_from(keys[i])))
            return is_own_value(value);
    return false;
}

/*
 * Exchange appends its own ids to the query that IIS logs: "&CorrelationID=<empty>;&cafeReqId=
 * <guid>;&encoding=;", older builds "&RequestId=<guid>". Pairs of that kind are taken off the
 * end, and nothing else: a client that sends such names itself must not hide what follows them.
 */
static struct slice without_tail(struct slice query)
{
    if (query.len && query.ptr[0] == '?')
        query = slice_from_offset(query, 1);
    while (query.len) {
        size_t start = query.len;
        while (start > 0 && query.ptr[start - 1] != '&')
            start--;
        struct slice pair = slice_from_offset(query, start);
        if (pair.len && !is_own_pair(pair))
            break;
        query = slice_first(query, start ? start - 1 : 0);
    }
    return query.len ? query : SLICE_NULL;
}

bool request_is_placeholder(struct slice key)
{
    if (key.len < KEY_LENGTH_MIN || key.ptr[0] == '<')
        return true;
    char first = 0;
    for (size_t i = 0; i < key.len; i++) {
        if (!ascii_is_alnum(key.ptr[i]))
            continue;
        if (first && ascii_lower(key.ptr[i]) != first)
            return false;
        first = ascii_lower(key.ptr[i]);
    }
    return true; /* one and the same character all over */
}

static struct slice usable(struct slice key)
{
    return key.ptr && !request_is_placeholder(key) ? key : SLICE_NULL;
}

static struct slice request_id_of(const struct event *event)
{
    struct slice id = event_role(event, ROLE_REQUEST_ID);
    if (!id.len)
        id = value_behind(event_role(event, ROLE_URL_QUERY), SLICE_LIT("cafeReqId="));
    return usable(id);
}

static struct slice session_of(const struct event *event)
{
    struct slice canary = value_behind(event->row, SLICE_LIT("msExchEcpCanary="));
    if (usable(canary).ptr)
        return canary;
    return usable(event_field(event, SLICE_LIT("ACTID")));
}

static bool is_link_local(const struct ip *ip)
{
    return ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool is_private(const struct ip *ip)
{
    static const char *const networks[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                            "fc00::/7", "fe80::/10" };
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct ip_network network;
        if (ip_network_parse(slice_from(networks[i]), &network) && ip_in_network(ip, &network))
            return true;
    }
    return false;
}

static bool is_probe_agent(struct slice agent)
{
    static const char *const agents[] = { "AMProbe",
                                          "Ews_AM_Probe",
                                          "ActiveMonitor",
                                          "MSExchangeMonitor",
                                          "Exchange BackEnd Probes",
                                          "MapiHttpClient" };
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
        if (slice_icase_has(agent, slice_from(agents[i])))
            return true;
    return false;
}

/* "HealthMailbox3f0c..." with or without its domain in front, not "xHealthMailbox". */
static bool is_health_mailbox(struct slice user)
{
    size_t slash = slice_find_char(user, '\\');
    if (slash != SIZE_MAX)
        user = slice_from_offset(user, slash + 1);
    return slice_icase_starts(user, SLICE_LIT("HealthMailbox"));
}

/*
 * A user agent alone proves nothing: an intruder would send it too. So a probe is what a health
 * mailbox, which has to log on, sends from inside, or what carries a probe's agent from this
 * very machine as nobody (a forged request reaches the back end as HOST$). A link-local address
 * may be a neighbour's: that excuses scans, not deeds. And no probe asks for a page that is not
 * Microsoft's.
 */
static enum probe probe_of(const struct event *event, const struct request *request)
{
    struct ip peer;
    if (!ip_parse(request->source, &peer) || request->page_class == PAGE_FOREIGN)
        return PROBE_NO;
    if (is_health_mailbox(request->user))
        return request->from_itself || is_private(&peer) ? PROBE_CERTAIN : PROBE_NO;
    if (!is_probe_agent(request->agent) || request->user.len || !request->from_itself)
        return PROBE_NO;
    struct slice server = ip_text(event_role(event, ROLE_SERVER_IP));
    bool same = server.len && slice_icase_eq(server, ip_text(request->source));
    return ip_is_loopback(&peer) || same ? PROBE_CERTAIN : PROBE_LIKELY;
}

static bool is_from_itself(const struct event *event, struct slice source)
{
    struct ip peer;
    struct slice text = ip_text(source);
    struct slice server = ip_text(event_role(event, ROLE_SERVER_IP));
    if (!ip_parse(text, &peer))
        return false;
    return ip_is_loopback(&peer) || is_link_local(&peer) ||
           (server.len && slice_icase_eq(server, text));
}

static struct slice url_path_of(const struct event *event)
{
    struct slice path = event_role(event, ROLE_URL_PATH);
    return path.ptr ? slice_first(path, slice_find_char(path, '?')) : path;
}

/* HTTPERR writes path and query in one cell. */
static struct slice url_query_of(const struct event *event)
{
    struct slice query = event_role(event, ROLE_URL_QUERY);
    struct slice path = event_role(event, ROLE_URL_PATH);
    size_t mark = path.ptr ? slice_find_char(path, '?') : SIZE_MAX;
    if (query.len || mark == SIZE_MAX)
        return query;
    return slice_from_offset(path, mark + 1);
}

/* The prefilter's promise: without one of the literals in the row there is no page. */
static bool may_hold_page(struct slice path)
{
    for (struct slice rest = path; rest.len; rest = slice_from_offset(rest, 1)) {
        if (rest.ptr[0] != '.' && rest.ptr[0] != '%')
            continue;
        char second = rest.len > 1 ? ascii_lower(rest.ptr[1]) : '\0';
        for (const char *const *literal = request_page_literals; *literal; literal++)
            if ((*literal)[1] == second && slice_icase_starts(rest, slice_from(*literal)))
                return true;
    }
    return false;
}

static enum page_class classify(const struct event *event, struct slice *page)
{
    struct slice path = url_path_of(event);
    *page = SLICE_NULL;
    if (!path.ptr || !may_hold_page(path))
        return PAGE_NONE;
    size_t size = path.len + 64 < PAGE_SCRATCH_SIZE ? path.len + 64 : PAGE_SCRATCH_SIZE;
    char *scratch = arena_alloc(event->scratch, size);
    return exchange_page_classify(path, page, scratch, size);
}

static struct slice agent_of(const struct event *event)
{
    struct slice agent = event_role(event, ROLE_AGENT);
    if (!agent.ptr || event->schema->family->format != FORMAT_W3C)
        return agent;
    char *copy = arena_alloc(event->scratch, agent.len + 1);
    for (size_t i = 0; i < agent.len; i++)
        copy[i] = agent.ptr[i] == '+' ? ' ' : agent.ptr[i];
    return slice_of(copy, agent.len);
}

static int status_of(const struct event *event)
{
    uint64_t status;
    struct slice text = slice_trim(event_role(event, ROLE_STATUS));
    return text.len && slice_to_u64(text, &status) && status < 1000 ? (int)status : 0;
}

void request_read(const struct event *event, const struct trusted_proxies *proxies,
                  struct request *out)
{
    *out = (struct request){ .host = event_host(event) };
    out->source = source_of(event, proxies);
    out->method = event_role(event, ROLE_METHOD);
    out->url_path = url_path_of(event);
    out->url_query = without_tail(url_query_of(event));
    out->agent = agent_of(event);
    out->user = event_role(event, ROLE_USER);
    out->status = status_of(event);
    out->request_id = request_id_of(event);
    out->session = session_of(event);
    out->from_itself = is_from_itself(event, out->source);
    out->page_class = classify(event, &out->page);
    out->probe = probe_of(event, out);
}

struct slice request_page_class(const void *context, const struct event *event)
{
    struct slice page;
    (void)context;
    switch (classify(event, &page)) {
    case PAGE_KNOWN:
        return SLICE_LIT("known");
    case PAGE_FOREIGN:
        return SLICE_LIT("foreign");
    case PAGE_NONE:
        break;
    }
    return SLICE_NULL;
}

struct slice request_page_path(const void *context, const struct event *event)
{
    struct slice page;
    (void)context;
    return classify(event, &page) == PAGE_NONE ? SLICE_NULL : page;
}

static enum outcome by_field(const struct event *event, const char *field, const char *good)
{
    struct slice value = event_field(event, slice_from(field));
    if (!value.len)
        return OUTCOME_UNKNOWN;
    return slice_icase_eq(value, slice_from(good)) ? OUTCOME_SUCCESS : OUTCOME_REFUSED;
}

static enum outcome by_status(int status, const int *success, size_t success_count)
{
    if (status == 0)
        return OUTCOME_UNKNOWN;
    for (size_t i = 0; i < success_count; i++)
        if (success[i] == status)
            return OUTCOME_SUCCESS;
    return status >= 200 && status <= 299 ? OUTCOME_SUCCESS : OUTCOME_REFUSED;
}

/*
 * An event log says what was done. Only the Security log and those of its kind also say what
 * was refused: by the bit "audit failure" of Keywords (winmeta.xml,
 * WINEVENT_KEYWORD_AUDIT_FAILURE); MSExchange Management says it by its level, 2.
 */
static enum outcome record_outcome(const struct event *event)
{
    uint64_t keywords = 0;
    struct slice text = event_field(event, SLICE_LIT("Keywords"));
    for (size_t i = 2; i < text.len && i < 18; i++) {
        char c = ascii_lower(text.ptr[i]);
        keywords = keywords << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    bool failed = event->schema->family->id == FAMILY_WIN_MSEXCHANGE_MANAGEMENT &&
                  slice_eq(event_field(event, SLICE_LIT("Level")), SLICE_LIT("2"));
    return failed || (keywords & AUDIT_FAILURE) ? OUTCOME_REFUSED : OUTCOME_SUCCESS;
}

enum outcome request_outcome(const struct event *event, const struct request *request,
                             const int *success, size_t success_count)
{
    switch (event->schema->family->id) {
    case FAMILY_ECP: /* EX holds the exception of a failed command */
        return event_field(event, SLICE_LIT("EX")).len ? OUTCOME_REFUSED : OUTCOME_SUCCESS;
    case FAMILY_CMDLET:
        return by_field(event, "ExecutionResult", "Success");
    case FAMILY_AUDIT:
        return by_field(event, "ResultStatus", "True");
    case FAMILY_OABGENERATOR:
        return OUTCOME_SUCCESS; /* the row states what was done */
    case FAMILY_HTTPREQUESTFILTERING:
        return OUTCOME_REFUSED;
    case FAMILY_ECP_ACTIVITY: /* written when the request was served */
        return OUTCOME_SUCCESS;
    default:
        if (event->schema->family->format == FORMAT_EVTX)
            return record_outcome(event);
        return by_status(request->status, success, success_count);
    }
}
