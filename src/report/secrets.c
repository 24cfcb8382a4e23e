#include "report/secrets.h"

#define KEPT 3 /* characters of a secret that stay */

/* What stands in front of a secret. The secret ends where its kind of value ends. */
static const char *const markers[] = {
    "msExchEcpCanary=",
    "X-Rps-CAT=",
    "X-BEResource=",
    "X-AnonResource-Backend=",
    "__VIEWSTATE=",
    "SecurityToken=",
    "cadata=",
    "X-OWA-CANARY=",
    "sessionID=",
    "password=",
    "Authorization: ",
    "Authorization: Basic ",
    "Authorization: Bearer ",
    "Authorization: NTLM ",
    "Authorization: Negotiate ",
};

/* Request["key"], Request.Item["key"] and so on: the key is the intruder's password. */
static const char *const request_members[] = { "",         ".Item",        ".Form",
                                               ".Headers", ".QueryString", ".Cookies",
                                               ".Params" };

/* Length of Request.Form[" at the start of the text, in whatever quotes; 0 when it is not
 * there. */
static size_t request_length(struct slice text)
{
    struct slice name = SLICE_LIT("Request");
    if (!slice_icase_starts(text, name))
        return 0;
    for (size_t i = 0; i < sizeof request_members / sizeof *request_members; i++) {
        struct slice rest = slice_from_offset(text, name.len);
        struct slice member = slice_from(request_members[i]);
        size_t at = name.len + member.len;
        if (!slice_icase_starts(rest, member) || at >= text.len || text.ptr[at] != '[')
            continue;
        do {
            at++; /* the bracket, and quotes: doubled in CSV, behind a backslash in JSON */
        } while (at < text.len && strchr("\"'\\", text.ptr[at]));
        return at;
    }
    return 0;
}

static bool ends_secret(char c)
{
    return strchr(";&# '\",|)]<>\\", c) != NULL || c == '\0';
}

/* The longest marker that the text starts with; 0 when none does. */
static size_t marker_length(struct slice text)
{
    size_t best = request_length(text);
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
        size_t len = strlen(markers[i]);
        if (len > best && slice_icase_starts(text, slice_of(markers[i], len)))
            best = len;
    }
    return best;
}

void secrets_shorten_whole(struct buf *out, struct slice secret)
{
    size_t kept = KEPT;
    if (secret.len <= KEPT) {
        buf_add_slice(out, secret);
        return;
    }
    while (kept > 0 && ((unsigned char)secret.ptr[kept] & 0xc0) == 0x80)
        kept--; /* never cut a character in two */
    buf_add_slice(out, slice_first(secret, kept));
    buf_printf(out, "...(%lu)", (unsigned long)secret.len);
}

void secrets_shorten(struct buf *out, struct slice text)
{
    size_t i = 0;
    while (i < text.len) {
        struct slice rest = slice_from_offset(text, i);
        char first = ascii_lower(rest.ptr[0]);
        size_t marker = strchr("mx_scrpa", first) ? marker_length(rest) : 0;
        if (!marker) {
            buf_add_char(out, text.ptr[i++]);
            continue;
        }
        size_t end = marker;
        while (end < rest.len && !ends_secret(rest.ptr[end]))
            end++;
        buf_add_slice(out, slice_first(rest, marker));
        secrets_shorten_whole(out, slice_of(rest.ptr + marker, end - marker));
        i += end;
    }
}

bool secrets_is_secret_field(struct slice name)
{
    static const char *const fields[] = { "cs(Cookie)", "Cookie", "SessionCookie",
                                          "SequenceCookie" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_icase_eq(name, slice_from(fields[i])))
            return true;
    return false;
}
