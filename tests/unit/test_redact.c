/* Where names stand, how they are found again, what is nobody's name, tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/redact.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct text_case {
    const char *text, *wanted;
};

static void assert_applied(struct redactor *r, enum redact_as as, const char *text,
                           const char *wanted)
{
    struct buf out = BUF_INIT;
    buf_add_text(&out, "");
    redactor_apply(r, as, slice_from(text), &out);
    if (strcmp(out.ptr, wanted) != 0)
        fail_msg("%s gives \"%s\", not \"%s\"", text, out.ptr, wanted);
    buf_deinit(&out);
}

/* Each text alone, with nothing learned before. */
static void assert_alone(const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct redactor *r = redactor_new(&(struct redact_options){ 0 });
        assert_applied(r, REDACT_TEXT, cases[i].text, cases[i].wanted);
        redactor_free(r);
    }
}

static void test_where_names_stand(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        { "anna.bakker@corp.example", "person-1@corp.example" },
        { "Smtp~Anna.Bakker@corp.example;", "Smtp~person-1@corp.example;" },
        { "SMTP:anna@corp", "SMTP:person-1@corp" },
        { "a?x=anna%40corp.example&y", "a?x=person-1%40corp.example&y" },
        { "a?x%3Danna%2Ebakker%40corp.example", "a?x%3Dperson-1%40corp.example" },
        { "<anna@corp.example>", "<person-1@corp.example>" },
        { "'anna@corp.example'", "'person-1@corp.example'" },
        { "m\xc3\xbcller@corp.example", "person-1@corp.example" },
        { "CORP\\anna.bakker", "CORP\\person-1" },
        { "{\"u\":\"CORP\\\\anna\"}", "{\"u\":\"CORP\\\\person-1\"}" },
        { "&User=CORP%5Canna&DeviceId=1", "&User=CORP%5Cperson-1&DeviceId=1" },
        { "?user=anna&x=1", "?user=person-1&x=1" },
        { "S:PSA=<PII>anna</PII>;", "S:PSA=<PII>person-1</PII>;" },
        { "C:\\Users\\anna.bakker\\Desktop", "C:\\Users\\person-1\\Desktop" },
        { "/home/anna/cases/x.log", "/home/person-1/cases/x.log" },
        { "corp.example/Users/Anna Bakker", "corp.example/Users/person-1" },
        { "/o=Org/ou=X/cn=Recipients/cn=7c1b-Anna", "/o=Org/ou=X/cn=Recipients/cn=person-1" },
        { "CN=Anna Bakker,OU=Sales,DC=corp", "CN=person-1,OU=Sales,DC=corp" },
        { "Sid~S-1-5-21-1-2-3-1104;", "Sid~sid-1;" },
        { "MailboxGuid~5a9a17b9-ec29-4be6-af61-22d89d8b4f00@corp.example",
          "MailboxGuid~mailbox-1@corp.example" },
    };
    assert_alone(cases, COUNT(cases));
}

static void test_nobody(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "administrator@corp.example",
        "Administrator@corp.example",
        "HealthMailbox83d6781be36b4bbf8893b03c2ee379ab@corp.example",
        "SystemMailbox{1f05a927-3b4c-4c5d-b5a8-1d2c3b4a5f6e}@corp.example",
        "CORP\\EX01$",
        "CORP\\EX01%24",
        "NT AUTHORITY\\SYSTEM",
        "IIS APPPOOL\\MSExchangeOWAAppPool",
        "BUILTIN\\Administrators",
        "C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx",
        "\\\\SERVER\\share\\file",
        "S-1-5-18 S-1-5-21-1-2-3-500",
        "/autodiscover/autodiscover.json?@evil.example/mapi/nspi",
        "?Email=autodiscover/autodiscover.json%3f@evil.example",
        "ServerInfo~a]@EX01.corp.example:444/ecp/proxyLogon.ecp?#",
        "Server:EX01.corp.example+1942063162@637502918448221390",
        "<%@ Page Language=\"JScript\"%>",
        "user=&mailbox=null;Identity='956ec710-b01b-470d-ae3e-95d9905034e6'",
        "a@ @b \\ % %4 %40 = <PII></PII> cn=; CN=,OU= /home/ /Users/",
        "",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct redactor *r = redactor_new(&(struct redact_options){ 0 });
        assert_applied(r, REDACT_TEXT, texts[i], texts[i]);
        assert_int_equal(redactor_count(r), 0);
        redactor_free(r);
    }
}

static void test_a_name_is_found_everywhere(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        { "anna.bakker", "person-1" },
        { "ANNA.BAKKER", "person-1" },
        { "Bakker, Anna", "person-1" },
        { "Anna%20Bakker", "person-1" },
        { "a(anna_bakker)b", "a(person-1)b" },
        { "annabakker.pst", "person-1.pst" },
        { "AnnaBakker@else.example", "person-1@else.example" },
        { "%C3%84nne M%c3%bcller", "person-2" },
        { "m\xc3\x9cLLER-\xc3\xa4NNE", "person-2" },
        { "leo", "person-3" },
        { "leonard galileo leo2", "leonard galileo leo2" }, /* other words */
        { "joanna.bakker", "joanna.bakker" },
        { "anna", "anna" }, /* half a name is anybody's */
        { "office", "office" },
        { "office@corp.example", "person-4@corp.example" },
    };
    struct redactor *r = redactor_new(&(struct redact_options){ 0 });
    redactor_learn(r, REDACT_PERSON, SLICE_LIT("CORP\\anna.bakker"));
    redactor_learn(r, REDACT_PERSON, SLICE_LIT("\xc3\xa4nne.m\xc3\xbcller@corp.example; leo"));
    redactor_learn(r, REDACT_PERSON, SLICE_LIT("office@corp.example"));
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_applied(r, REDACT_TEXT, cases[i].text, cases[i].wanted);
    redactor_free(r);
}

static void test_cells_of_people(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        { "anna", "person-1" },
        { "corp\\anna", "corp\\person-1" }, /* a domain in small letters, known from a cell */
        { "anna@a.example;bert@b.example", "person-1@a.example;person-2@b.example" },
        { "Administrator", "Administrator" },
        { "-", "-" },
        { "CORP\\EX01$", "CORP\\EX01$" },
        { "/aspnet_client/mail.zip", "/aspnet_client/mail.zip" }, /* an archive */
    };
    struct redactor *r = redactor_new(&(struct redact_options){ 0 });
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_applied(r, REDACT_PERSON, cases[i].text, cases[i].wanted);
    assert_applied(r, REDACT_TEXT, "x=corp\\carla;", "x=corp\\person-3;");
    redactor_free(r);
}

static void test_subjects(void **state)
{
    (void)state;
    struct redactor *r = redactor_new(&(struct redact_options){ 0 });
    redactor_learn(r, REDACT_WORDS, SLICE_LIT("Re: the \"secret\" merger"));
    assert_applied(r, REDACT_WORDS, "Re: the \"secret\" merger", "subject-1");
    assert_applied(r, REDACT_TEXT, "1,\"Re: the \"\"secret\"\" merger\",2",
                   "1,\"subject-1\",2");
    redactor_free(r);
}

static void test_internal_addresses(void **state)
{
    (void)state;
    struct redact_options options = { .internal = true };
    struct redactor *r = redactor_new(&options);
    assert_applied(r, REDACT_TEXT, "10.20.30.11 203.0.113.9 192.168.1.2:443 110.20.30.11",
                   "address-1 203.0.113.9 address-2:443 110.20.30.11");
    assert_applied(r, REDACT_TEXT, "fe80::5c2a:91d4:70be:3100 10.20.30.11,2001:db8::1",
                   "address-3 address-1,2001:db8::1");
    redactor_free(r);
    r = redactor_new(&(struct redact_options){ 0 });
    assert_applied(r, REDACT_TEXT, "10.20.30.11", "10.20.30.11");
    redactor_free(r);
}

static void test_a_key_gives_the_same_tokens(void **state)
{
    (void)state;
    struct redact_options options = { .key = SLICE_LIT("0123456789abcdef") };
    struct redactor *one = redactor_new(&options), *two = redactor_new(&options);
    struct buf a = BUF_INIT, b = BUF_INIT;
    redactor_learn(two, REDACT_TEXT, SLICE_LIT("carla@x.example dirk@x.example"));
    redactor_apply(one, REDACT_TEXT, SLICE_LIT("anna.bakker@x.example"), &a);
    redactor_apply(two, REDACT_TEXT, SLICE_LIT("Bakker.Anna@x.example"), &b);
    assert_string_equal(a.ptr, b.ptr);
    assert_int_equal(a.len, strlen("person-0123456789ab@x.example"));
    redactor_free(two);
    options.key = SLICE_LIT("0123456789abcdeF");
    two = redactor_new(&options);
    buf_clear(&b);
    redactor_apply(two, REDACT_TEXT, SLICE_LIT("anna.bakker@x.example"), &b);
    assert_string_not_equal(a.ptr, b.ptr);
    redactor_free(one);
    redactor_free(two);
    buf_deinit(&a);
    buf_deinit(&b);
}

static void test_more_names(void **state)
{
    (void)state;
    struct redact_options options = { .also = SLICE_LIT("Project Falcon\r\n\nexchange\n") };
    struct redactor *r = redactor_new(&options);
    assert_applied(r, REDACT_TEXT, "project_falcon.doc", "person-1.doc");
    redactor_free(r);
}

/* Every prefix and every byte of what may be in a row: nothing is read beyond its end. */
static void test_cut_texts(void **state)
{
    (void)state;
    static const char text[] =
        "\xff\x80%40a@b%5CCORP\\anna<PII>x</PII>/Users/x/cn=Recipients/cn=y,CN=z,OU=a;"
        "S-1-5-21-1-2-3-4444 user='q'%%%4%c3%bc fe80::1 10.1.1.1:";
    struct redact_options options = { .internal = true };
    for (size_t len = 0; len < sizeof text; len++) {
        struct redactor *r = redactor_new(&options);
        struct buf out = BUF_INIT;
        char *copy =
            malloc(len ? len : 1); /* exactly as long: the sanitizers see a step too far */
        memcpy(copy, text, len);
        redactor_apply(r, REDACT_TEXT, slice_of(copy, len), &out);
        redactor_apply(r, REDACT_PERSON, slice_of(copy, len), &out);
        redactor_apply(r, REDACT_WORDS, slice_of(copy, len), &out);
        free(copy);
        buf_deinit(&out);
        redactor_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_names_stand),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_a_name_is_found_everywhere),
        cmocka_unit_test(test_cells_of_people),
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_internal_addresses),
        cmocka_unit_test(test_a_key_gives_the_same_tokens),
        cmocka_unit_test(test_more_names),
        cmocka_unit_test(test_cut_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
