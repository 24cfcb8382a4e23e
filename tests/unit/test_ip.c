/* Addresses with the decorations of logs, networks, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ip.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same; /* NULL: not an address */
    } cases[] = {
        { "1.2.3.4", "::ffff:1.2.3.4" },
        { "1.2.3.4:56026", "1.2.3.4" },
        { " 1.2.3.4 ", "1.2.3.4" },
        { "[1.2.3.4]:443", "1.2.3.4" },
        { "[::1]:443", "::1" },
        { "[::1]", "::1" },
        { "::", "0:0:0:0:0:0:0:0" },
        { "fe80::1%3", "fe80:0:0:0:0:0:0:1" },
        { "[fe80::1%eth0]:25", "fe80::1" },
        { "2001:DB8::a", "2001:db8::A" },
        { "1::", "1:0:0:0:0:0:0:0" },
        { "::1.2.3.4", "::102:304" },
        { "0001:0002:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
        { "255.255.255.255", "255.255.255.255" },
        { "", NULL },
        { "-", NULL },
        { "1.2.3", NULL },
        { "1.2.3.4.5", NULL },
        { "1.2.3.", NULL },
        { "1.2.3.256", NULL },
        { "1.2.3.0004", NULL },
        { "1.2.3.x", NULL },
        { "1..3.4", NULL },
        { "1.2.3.4x", NULL },
        { "::1::2", NULL },
        { ":::", NULL },
        { "1:2:3:4:5:6:7", NULL },
        { "1:2:3:4:5:6:7:8:9", NULL },
        { "1:2:3:4::5:6:7:8", NULL },
        { "12345::", NULL },
        { "g::", NULL },
        { "1:2:3:4:5:6:7:", NULL },
        { "mail.example.test", NULL },
        { "[", NULL },
        { "]", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip a, b;
        bool valid = ip_parse(slice_from(cases[i].text), &a);
        if (valid != (cases[i].same != NULL))
            fail_msg("'%s' should be %s", cases[i].text, cases[i].same ? "valid" : "refused");
        if (!valid)
            continue;
        assert_true(ip_parse(slice_from(cases[i].same), &b));
        assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
    }
    struct ip ip;
    assert_false(ip_parse(SLICE_NULL, &ip));
}

static void test_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "1.2.3.4", "1.2.3.4" }, { "1.2.3.4:1", "1.2.3.4" },
        { "[::1]:443", "::1" },   { "fe80::1%3", "fe80::1" },
        { "::1", "::1" },         { "", "" },
        { "[::1", "::1" },        { ":", "" },
        { "a:b:c", "a:b:c" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(slice_eq(ip_text(slice_from(cases[i][0])), slice_from(cases[i][1])));
}

static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool has;
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.0.0.0/8", "10.1.2.3:4711", true },
        { "10.0.0.0/8", "::ffff:10.1.2.3", true },
        { "10.0.0.0/8", "a00::", false },
        { "0.0.0.0/0", "255.255.255.255", true },
        { "0.0.0.0/0", "::1", false },
        { "::/0", "::1", true },
        { "172.16.0.0/12", "172.31.255.255", true },
        { "172.16.0.0/12", "172.32.0.0", false },
        { "192.168.1.128/25", "192.168.1.127", false },
        { "192.168.1.128/25", "192.168.1.128", true },
        { "1.2.3.4", "1.2.3.4", true },
        { "1.2.3.4/31", "1.2.3.5", true },
        { "1.2.3.4", "1.2.3.5", false },
        { "::1", "::1", true },
        { "::1", "::2", false },
        { "fe80::/10", "febf::1%3", true },
        { "fe80::/10", "fec0::1", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip_network network;
        struct ip ip;
        assert_true(ip_network_parse(slice_from(cases[i].network), &network));
        assert_true(ip_parse(slice_from(cases[i].address), &ip));
        if (ip_in_network(&ip, &network) != cases[i].has)
            fail_msg("%s in %s", cases[i].address, cases[i].network);
    }
    static const char *const bad[] = { "",           "/8",          "10.0.0.0/", "10.0.0.0/33",
                                       "::1/129",    "10.0.0.0/-1", "10.0.0/8",  "10.0.0.0/8/8",
                                       "10.0.0.0/x", "net/8" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ip_network network;
        if (ip_network_parse(slice_from(bad[i]), &network))
            fail_msg("'%s' is no network", bad[i]);
    }
}

static void test_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {
        { "127.0.0.1", true },  { "127.255.0.9:80", true },
        { "[::1]:443", true },  { "::ffff:127.0.0.1", true },
        { "128.0.0.1", false }, { "::2", false },
        { "::", false },        { "7f00::1", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip ip;
        assert_true(ip_parse(slice_from(cases[i].text), &ip));
        assert_int_equal(ip_is_loopback(&ip), cases[i].loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
