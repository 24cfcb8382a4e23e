/* Commands that touch mail, and requests to services that hold it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/deed.h"
#include "exchange/mail.h"
#include "schema_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct fixture {
    struct arena arena, scratch;
    struct event event;
    struct request request;
};

static int setup(void **state)
{
    *state = mem_alloc(sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    arena_deinit(&f->scratch);
    mem_free_auto(state);
    return 0;
}

static void read_row(struct fixture *f, enum family_id id, const char *columns, const char *row)
{
    static const struct trusted_proxies none = { 0, NULL };
    arena_reset(&f->scratch);
    event_split(&f->event, schema_from(&f->arena, id, columns, false), slice_from(row),
                TIME_NONE, &f->scratch);
    request_read(&f->event, &none, &f->request);
}

static void assert_text(const char *row, struct slice got, const char *wanted)
{
    if (!slice_eq(got, slice_from(wanted)))
        fail_msg("%s: '%.*s', not '%s'", row, SLICE_FMT(got), wanted);
}

struct deed_case {
    enum family_id family;
    const char *row;
    enum deed deed;
    const char *cmdlet, *mailbox;
};

#define CMDLET_COLUMNS "DateTime,Cmdlet,Parameters"
#define AUDIT_COLUMNS "Timestamp,Operation,Data"
#define ECP_ROW(data) "2021-03-03T06:59:23.212Z,EX1,ECP.Request,'S:CMD=" data "'"

static const struct deed_case deeds[] = {
    { FAMILY_CMDLET,
      "t,New-MailboxExportRequest,\"-Mailbox \"\"ann@x\"\" -FilePath \"\"p\"\"\"", DEED_EXPORT,
      "New-MailboxExportRequest", "ann@x" },
    { FAMILY_CMDLET, "t,new-mailboxexportrequest,-Mailbox ann -FilePath p", DEED_EXPORT,
      "New-MailboxExportRequest", "ann" },
    { FAMILY_CMDLET,
      "t,New-ManagementRoleAssignment,\"-Role \"\"Mailbox Import Export\"\" -User "
      "\"\"eve\"\"\"",
      DEED_EXPORT_RIGHT, "New-ManagementRoleAssignment", "eve" },
    { FAMILY_CMDLET, "t,Set-Mailbox,-Identity ann -ProhibitSendQuota 2GB", DEED_NONE, "", "" },
    { FAMILY_CMDLET, "t,Set-MailboxServer,-ForwardingAddress x", DEED_NONE, "", "" },
    { FAMILY_CMDLET, "t,Install-TransportAgent,", DEED_TRANSPORT_AGENT,
      "Install-TransportAgent", "" },
    { FAMILY_CMDLET, "t,,", DEED_NONE, "", "" },
    { FAMILY_AUDIT,
      "t,New-InboxRule,\"{\"\"Parameters\"\":[{\"\"Name\"\":\"\"Mailbox\"\",\"\"Value\"\":"
      "\"\"ann\"\"},{\"\"Name\"\":\"\"ForwardTo\"\",\"\"Value\"\":\"\"x\"\"}]}\"",
      DEED_INBOX_RULE, "New-InboxRule", "ann" },
    { FAMILY_ECP, ECP_ROW("Set-Mailbox.ForwardingSmtpAddress=''smtp:x@y''.Identity=''ann''"),
      DEED_FORWARDING, "Set-Mailbox", "ann" },
    { FAMILY_ECP, ECP_ROW("Pipeline.1|New-InboxRule.ForwardTo=''x''.Mailbox=''ann''"),
      DEED_INBOX_RULE, "New-InboxRule", "ann" },
    { FAMILY_ECP, ECP_ROW("Get-Mailbox.Identity=''ann''"), DEED_NONE, "", "" },
    { FAMILY_IIS, "-", DEED_NONE, "", "" },
};

static void test_deeds(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(deeds); i++) {
        const struct deed_case *c = &deeds[i];
        struct deed_facts got;
        read_row(f, c->family,
                 c->family == FAMILY_CMDLET  ? CMDLET_COLUMNS
                 : c->family == FAMILY_AUDIT ? AUDIT_COLUMNS
                                             : NULL,
                 c->row);
        deed_read(&f->event, &got);
        if (got.deed != c->deed)
            fail_msg("%s: %s, not %s", c->row, deed_name(got.deed), deed_name(c->deed));
        assert_text(c->row, got.cmdlet, c->cmdlet);
        assert_text(c->row, got.mailbox, c->mailbox);
    }
}

/* The prefilter's promise: a row with a deed holds one of the literals. */
static void test_literals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(deeds); i++) {
        bool held = deeds[i].deed == DEED_NONE;
        for (size_t l = 0; deed_literals[l]; l++)
            held |= slice_icase_has(slice_from(deeds[i].row), slice_from(deed_literals[l]));
        assert_true(held);
    }
    for (int deed = 0; deed < DEED_COUNT; deed++)
        assert_int_equal(deed_by_name(slice_from(deed_name((enum deed)deed))), deed);
    assert_null(deed_name(DEED_COUNT));
}

struct mail_case {
    enum family_id family;
    const char *row;
    enum mail_act act;
    const char *operation, *mailbox;
    int64_t bytes; /* -1: none */
};

#define EWS_COLUMNS                                                                            \
    "DateTime,AuthenticatedUser,ImpersonatedUser,SoapAction,HttpStatus,ResponseSize"
#define PROXY_COLUMNS                                                                          \
    "DateTime,UrlStem,UrlQuery,AuthenticatedUser,AnchorMailbox,HttpStatus,ResponseBytes"
#define MAPI_COLUMNS "DateTime,RequestType,RopIds,AuthenticatedUserEmail"
#define IIS_COLUMNS "date,time,cs-uri-stem,cs-uri-query,cs-username,sc-status,sc-bytes"

static const struct mail_case mails[] = {
    { FAMILY_EWS, "t,CORP\\Ann,,GetItem,200,77", MAIL_READ, "GetItem", "ann", 77 },
    { FAMILY_EWS, "t,CORP\\Ann,bob@x.example,GetItem,200,", MAIL_READ, "GetItem", "bob", -1 },
    { FAMILY_EWS, "t,CORP\\EX1$,,FindItem,200,5", MAIL_READ, "FindItem", "", 5 },
    { FAMILY_EWS, "t,NT AUTHORITY\\SYSTEM,,GetFolder,200,5", MAIL_LOOKED, "GetFolder", "", 5 },
    { FAMILY_EWS, "t,CORP\\Ann,,CreateItem,200,5", MAIL_WRITTEN, "CreateItem", "ann", 5 },
    { FAMILY_EWS, "t,CORP\\Ann,,,200,5", MAIL_NONE, "", "", -1 },
    { FAMILY_EWS, "t,CORP\\Ann,,GetItem,200,99999999999999999999999", MAIL_READ, "GetItem",
      "ann", -1 },
    { FAMILY_HTTPPROXY, "t,/ews/exchange.asmx,,CORP\\ann,,200,9", MAIL_REACHED, "ews", "ann",
      9 },
    { FAMILY_HTTPPROXY, "t,/EWS/exchange.asmx,,CORP\\ann,Smtp~Bob@x,200,9", MAIL_REACHED, "ews",
      "bob", 9 },
    { FAMILY_HTTPPROXY, "t,/ecp/y.js,,,ServerInfo~a]@ex1:444/ews/exchange.asmx?#,200,9",
      MAIL_REACHED, "ews", "", 9 },
    { FAMILY_HTTPPROXY, "t,/ecp/y.js,,,ServerInfo~a]@ex1:444/ecp/proxyLogon.ecp?#,241,9",
      MAIL_NONE, "", "", -1 },
    { FAMILY_HTTPPROXY, "t,/owa/auth/logon.aspx,,,,200,9", MAIL_NONE, "", "", -1 },
    { FAMILY_HTTPPROXY, "t,/ewsx/y,,,,200,9", MAIL_NONE, "", "", -1 },
    { FAMILY_HTTPPROXY, "t,/oab/x.lzx,,CORP\\ann,,200,9", MAIL_ADDRESSES, "address book", "ann",
      9 },
    { FAMILY_MAPIHTTP, "t,Execute,OpenMessage+ReadStream,ann@x", MAIL_READ, "Execute", "ann",
      -1 },
    { FAMILY_MAPIHTTP, "t,Execute,,ann@x", MAIL_REACHED, "Execute", "ann", -1 },
    { FAMILY_MAPIHTTP, "t,Connect,,ann@x", MAIL_LOOKED, "Connect", "ann", -1 },
    { FAMILY_IIS, "2021-03-03 06:00:00 /mapi/emsmdb/ - CORP\\ann 200 8", MAIL_REACHED, "mapi",
      "ann", 8 },
    { FAMILY_IIS,
      "2021-03-03 06:00:00 /autodiscover/autodiscover.json @e.x/ews/exchange.asmx?&Email=a - "
      "200 "
      "8",
      MAIL_REACHED, "ews", "", 8 },
    { FAMILY_IIS, "2021-03-03 06:00:00 / - - 200 8", MAIL_NONE, "", "", -1 },
};

static const char *mail_columns(enum family_id family)
{
    switch (family) {
    case FAMILY_EWS:
        return EWS_COLUMNS;
    case FAMILY_HTTPPROXY:
        return PROXY_COLUMNS;
    case FAMILY_MAPIHTTP:
        return MAPI_COLUMNS;
    default:
        return IIS_COLUMNS;
    }
}

static void test_mail(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(mails); i++) {
        const struct mail_case *c = &mails[i];
        struct mail_facts got;
        read_row(f, c->family, mail_columns(c->family), c->row);
        mail_read(&f->event, &f->request, &got);
        if (got.act != c->act)
            fail_msg("%s: %s", c->row, mail_act_name(got.act));
        assert_text(c->row, got.operation, c->operation);
        assert_text(c->row, got.mailbox, c->mailbox);
        if (c->act != MAIL_NONE && (got.has_bytes != (c->bytes >= 0) ||
                                    (c->bytes >= 0 && got.bytes != (uint64_t)c->bytes)))
            fail_msg("%s: bytes", c->row);
    }
    for (int act = 0; act < MAIL_ACT_COUNT; act++)
        assert_int_equal(mail_act_by_name(slice_from(mail_act_name((enum mail_act)act))), act);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_deeds, setup, teardown),
        cmocka_unit_test(test_literals),
        cmocka_unit_test_setup_teardown(test_mail, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
