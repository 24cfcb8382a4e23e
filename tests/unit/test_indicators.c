/* Indicators: what a text is, and where in an event's values it counts as being there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match/indicator_list.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct hits {
    struct buf text;
};

static void on_hit(void *context, size_t group, struct slice indicators)
{
    struct hits *hits = context;
    (void)group;
    buf_printf(&hits->text, "%.*s;", SLICE_FMT(indicators));
}

/* One event of one value, looked at for one indicator: as the filter finds it, or not at all.
 */
static bool is_hit(enum indicator_type type, const char *indicator, const char *value)
{
    struct event *event = mem_alloc(sizeof *event);
    struct schema schema = { .family = family_get(FAMILY_EWS), .count = 1 };
    struct indicators *set = indicators_new();
    struct hits hits = { BUF_INIT };
    struct err err = ERR_INIT;
    if (indicators_add(set, indicators_group(set, SLICE_LIT("list"), type),
                       slice_from(indicator), &err) != 0)
        fail_msg("%s: %s", indicator, err.msg);
    indicators_seal(set);
    event->schema = &schema;
    event->cell_count = 1;
    event->cells[0] = slice_from(value);
    struct prefilter_scanner *scanner = prefilter_scanner_new(indicators_filter(set));
    struct prefilter_found found = prefilter_text(scanner, slice_from(value));
    if (found.count)
        assert_true(indicators_check(set, event, found.literals, found.count, on_hit, &hits));
    bool hit = hits.text.len > 0;
    prefilter_scanner_free(scanner);
    indicators_free(set);
    buf_deinit(&hits.text);
    mem_free_auto(&event);
    return hit;
}

struct place_case {
    const char *indicator, *value;
    bool hit;
};

static void check_places(enum indicator_type type, const struct place_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_hit(type, cases[i].indicator, cases[i].value) != cases[i].hit)
            fail_msg("%s in %s: %d expected", cases[i].indicator, cases[i].value, cases[i].hit);
}

static void test_addresses(void **state)
{
    static const struct place_case cases[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2[.]1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.1:443", true },
        { "192.0.2.1", "Server:192.0.2.1:http", true },
        { "192.0.2.1", "Cafe:192.0.2.1", true },
        { "192.0.2.1", "::ffff:192.0.2.1", true },
        { "::ffff:192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "from [192.0.2.1].", true },
        { "192.0.2.1", "192.0.2.1-192.0.2.9", true },
        { "192.0.2.1", "url=http%3a%2f%2f192.0.2.1%2fx", true },
        { "192.0.2.1", "192.0.2.10", false },
        { "192.0.2.1", "1192.0.2.1", false },
        { "192.0.2.1", "192.0.2.1.5", false },
        { "192.0.2.1", "v192.0.2.1", false },
        { "192.0.2.1", "192.0.2.1.example.com", false },
        { "198.51.100.0/24", "198.51.100.77", true },
        { "198.51.100.0/24", "198.51.101.77", false },
        { "198.51.100.64/26", "198.51.100.127", true },
        { "198.51.100.64/26", "198.51.100.128", false },
        { "198.51.96.0/20", "198.51.111.255", true },
        { "198.51.96.0/20", "198.51.112.0", false },
        { "10.0.0.0/8", "10.255.3.4", true },
        { "8.0.0.0/8", "8.8.8.8", true },
        { "8.0.0.0/9", "8.127.8.8", true },
        { "8.0.0.0/9", "8.128.8.8", false },
        { "2001:db8::1", "2001:db8::1", true },
        { "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", true },
        { "2001:db8::1", "[2001:db8:0::1]:443", true },
        { "2001:db8::1", "2001:db8::12", false },
        { "2001:db8::/32", "2001:db8:1::", true },
        { "2001:db8::/32", "2001:db9:1::", false },
        { "fe80::1", "fe80::1%12", true },
    };
    (void)state;
    check_places(INDICATOR_ADDRESS, cases, COUNT(cases));
}

static void test_domains(void **state)
{
    static const struct place_case cases[] = {
        { "evil.example", "evil.example", true },
        { "evil[.]example", "https://EVIL.example/x", true },
        { "evil.example", "c2.evil.example:443", true },
        { "*.evil.example", "c2.evil.example", true },
        { "evil.example", "ann@evil.example", true },
        { "evil.example", "u=http%3A%2F%2Fevil.example%2F", true },
        { "evil.example", "evil.example.", true },
        { "evil.example", "notevil.example", false },
        { "evil.example", "not-evil.example", false },
        { "evil.example", "evil.example.com", false },
        { "evil.example", "evil.examples", false },
    };
    (void)state;
    check_places(INDICATOR_DOMAIN, cases, COUNT(cases));
}

static void test_urls(void **state)
{
    static const struct place_case cases[] = {
        { "hxxp://evil[.]example/a/b?c=1", "http://evil.example/a/b?c=1", true },
        { "http://evil.example/a", "https://evil.example/a?x", true },
        { "http://evil.example/a", "evil.example/A", true },
        { "http://evil.example/a", "evil.example/ab", false },
        { "http://evil.example/a", "notevil.example/a", false },
        { "http://evil.example/a", "c2.evil.example/a", false },
        { "http://evil.example/", "http://evil.example/any", true },
    };
    (void)state;
    check_places(INDICATOR_URL, cases, COUNT(cases));
}

static void test_files(void **state)
{
    static const struct place_case cases[] = {
        { "x.aspx", "/owa/auth/x.aspx", true },
        { "x.aspx", "C:\\inetpub\\X.ASPX", true },
        { "x.aspx", "x.aspx", true },
        { "x.aspx", "cmd=x.aspx;", true },
        { "x.aspx", "/owa/auth/xx.aspx", false },
        { "x.aspx", "/owa/auth/x.aspx.bak", false },
        { "x.aspx", "/owa/auth/x.aspxx", false },
        { "auth\\x.aspx", "/owa/auth/x.aspx", true },
        { "auth\\x.aspx", "/owa/oauth/x.aspx", false },
        { "%TEMP%\\bad.exe", "C:\\Users\\a\\bad.exe", true },
        { "C:\\Program Files\\bad.exe", "\"C:\\Program Files\\bad.exe\" -x", true },
        { "my shell.aspx", "/owa/my+shell.aspx", true },
    };
    (void)state;
    check_places(INDICATOR_FILE, cases, COUNT(cases));
}

static void test_hashes(void **state)
{
    static const struct place_case cases[] = {
        { "d41d8cd98f00b204e9800998ecf8427e",
          "MD5=D41D8CD98F00B204E9800998ECF8427E,SHA1=", true },
        { "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427ea", false },
        { "d41d8cd98f00b204e9800998ecf8427e", "0d41d8cd98f00b204e9800998ecf8427e", false },
    };
    (void)state;
    check_places(INDICATOR_HASH, cases, COUNT(cases));
}

static void test_guess(void **state)
{
    static const struct {
        const char *text;
        int type; /* INDICATOR_TYPE_COUNT: none */
    } cases[] = {
        { "192.0.2.1", INDICATOR_ADDRESS },
        { "192.0.2.0/24", INDICATOR_ADDRESS },
        { "2001:db8::1", INDICATOR_ADDRESS },
        { "evil.example", INDICATOR_DOMAIN },
        { "http://evil.example", INDICATOR_URL },
        { "evil.example/x.php", INDICATOR_URL },
        { "evil.example/x", INDICATOR_URL },
        { "x.aspx", INDICATOR_FILE },
        { "C:\\Windows\\x", INDICATOR_FILE },
        { "/owa/auth/x.aspx", INDICATOR_FILE },
        { "d41d8cd98f00b204e9800998ecf8427e", INDICATOR_HASH },
        { "what is this", INDICATOR_TYPE_COUNT },
        { "word", INDICATOR_TYPE_COUNT },
        { "", INDICATOR_TYPE_COUNT },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum indicator_type type = INDICATOR_TYPE_COUNT;
        if (!indicator_guess(slice_from(cases[i].text), &type))
            type = INDICATOR_TYPE_COUNT;
        if ((int)type != cases[i].type)
            fail_msg("%s: %d", cases[i].text, (int)type);
    }
}

static void test_what_cannot_be_looked_for(void **state)
{
    static const struct {
        enum indicator_type type;
        const char *text;
    } cases[] = {
        { INDICATOR_ADDRESS, "300.1.1.1" },
        { INDICATOR_ADDRESS, "10.0.0.0/7" },
        { INDICATOR_ADDRESS, "::1" },
        { INDICATOR_ADDRESS, "2000::/3" },
        { INDICATOR_DOMAIN, "word" },
        { INDICATOR_DOMAIN, "b\xc3\xbc"
                            "cher.example" },
        { INDICATOR_FILE, "a.b" },
        { INDICATOR_FILE, "folder\\" },
        { INDICATOR_HASH, "abcd" },
        { INDICATOR_URL, "" },
    };
    (void)state;
    struct indicators *set = indicators_new();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = ERR_INIT;
        size_t group = indicators_group(set, SLICE_LIT("list"), cases[i].type);
        if (indicators_add(set, group, slice_from(cases[i].text), &err) != -1)
            fail_msg("%s is taken", cases[i].text);
        assert_true(err.msg[0] != '\0');
    }
    assert_int_equal(indicators_count(set), 0);
    assert_int_equal(indicators_literal_count(set), 0);
    indicators_free(set);
}

/* "2 0 1 0 0, 1 left out" : addresses, domains, urls, files, hashes. */
static const char *read_list(const char *text, struct buf *out)
{
    struct indicators *set = indicators_new();
    struct indicator_report *report = mem_alloc(sizeof *report);
    struct err err = ERR_INIT;
    buf_clear(out);
    if (indicator_list_read(set, SLICE_LIT("list"), slice_from(text), report, &err) < 0)
        buf_printf(out, "%s", err.msg);
    else
        buf_printf(out, "%d %d %d %d %d, %d left out", (int)report->added[0],
                   (int)report->added[1], (int)report->added[2], (int)report->added[3],
                   (int)report->added[4], (int)report->left_out);
    for (size_t i = 0; i < report->reason_count; i++)
        buf_printf(out, "; %s", report->reasons[i].text);
    mem_free_auto(&report);
    indicators_free(set);
    return out->ptr;
}

static void test_lists(void **state)
{
    static const struct {
        const char *text, *result;
    } cases[] = {
        { "", "0 0 0 0 0, 0 left out" },
        { "# c\n192.0.2.1\r\n192.0.2.1\nevil[.]example # c\n\nhxxp://a[.]example/#x\nx.exe\n",
          "1 1 1 1 0, 0 left out" },
        { "\xef\xbb\xbf"
          "192.0.2.1",
          "1 0 0 0 0, 0 left out" },
        { "so what\n", "0 0 0 0 0, 1 left out; neither address, domain, URL, file nor hash" },
        { "type,indicator\nip,192.0.2.1\nmutex,abc\n,evil.example\nip\n",
          "1 1 0 0 0, 2 left out; type \"mutex\" is not looked for; a row without a value" },
        { "Indicator;Type\n\"192.0.2.1\";IPv4\n", "1 0 0 0 0, 0 left out" },
        { "uuid,event_id,category,type,value,comment,to_ids\n"
          "u,1,c,ip-dst,192.0.2.1,,1\nu,1,c,ip-dst,192.0.2.2,,0\n"
          "u,1,c,filename|md5,\"x.exe|d41d8cd98f00b204e9800998ecf8427e\",,1\n"
          "u,1,c,ip-dst|port,192.0.2.3|443,,1\n",
          "2 0 0 1 1, 1 left out; not meant for detection (to_ids is 0)" },
        { "\xff\xfe"
          "1",
          "UTF-16: save the list as UTF-8" },
    };
    struct buf out = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(read_list(cases[i].text, &out), cases[i].result);
    buf_deinit(&out);
}

static void test_stix_patterns(void **state)
{
    static const struct {
        const char *pattern, *result;
    } cases[] = {
        { "[ipv4-addr:value = '192.0.2.1']", "1 0 0 0 0, 0 left out" },
        { "[ipv4-addr:value='192.0.2.1' OR domain-name:value = 'a.example']",
          "1 1 0 0 0, 0 left out" },
        { "[ipv4-addr:value = '192.0.2.1'] OR [url:value = 'http://a.example/x']",
          "1 0 1 0 0, 0 left out" },
        { "([file:name = 'it\\\\'s.exe'])", "0 0 0 1 0, 0 left out" },
        { "[file:hashes.'SHA-256' = "
          "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']",
          "0 0 0 0 1, 0 left out" },
        { "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", "2 0 0 0 0, 0 left out" },
        { "[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "1 0 0 0 0, 0 left out" },
        { "[mutex:name = 'x' OR ipv4-addr:value = '192.0.2.1']",
          "1 0 0 0 0, 1 left out; mutex:name is not looked for" },
        { "[ipv4-addr:value = '192.0.2.1' AND url:value = 'http://a.example/x']",
          "0 0 0 0 0, 1 left out; a pattern with AND" },
        { "[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']",
          "0 0 0 0 0, 1 left out; a pattern with AND or FOLLOWEDBY" },
        { "[ipv4-addr:value = '192.0.2.1'] WITHIN 5 MINUTES",
          "0 0 0 0 0, 1 left out; a pattern with a qualifier (WITHIN, REPEATS, START)" },
        { "[NOT ipv4-addr:value = '192.0.2.1']", "0 0 0 0 0, 1 left out; a pattern with NOT" },
        { "[ipv4-addr:value != '192.0.2.1']",
          "0 0 0 0 0, 1 left out; a pattern with another comparison than =, IN and ISSUBSET" },
        { "[file:name LIKE 'x%']", "0 0 0 0 0, 1 left out; a pattern with LIKE or MATCHES" },
        { "[ipv4-addr:value = '192", "0 0 0 0 0, 1 left out; a pattern that is cut off" },
        { "", "0 0 0 0 0, 1 left out; a pattern that is not understood" },
    };
    struct buf out = BUF_INIT, text = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_clear(&text);
        buf_printf(&text,
                   "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\","
                   "\"pattern\":\"%s\"}]}",
                   cases[i].pattern);
        assert_string_equal(read_list(text.ptr, &out), cases[i].result);
    }
    buf_deinit(&out);
    buf_deinit(&text);
}

static void test_stix_objects(void **state)
{
    struct buf out = BUF_INIT;
    (void)state;
    assert_string_equal(
        read_list("{\"type\":\"bundle\",\"objects\":["
                  "{\"type\":\"ipv4-addr\",\"value\":\"192.0.2.1\"},"
                  "{\"type\":\"file\",\"name\":\"x.exe\",\"hashes\":{\"MD5\":"
                  "\"d41d8cd98f00b204e9800998ecf8427e\"}},"
                  "{\"type\":\"indicator\",\"revoked\":true,\"pattern\":"
                  "\"[ipv4-addr:value='192.0.2.9']\"},"
                  "{\"type\":\"indicator\",\"pattern_type\":\"yara\",\"pattern\":\"x\"},"
                  "{\"type\":\"malware\"},7]}",
                  &out),
        "1 0 0 1 1, 2 left out; revoked; a pattern of another language than STIX");
    assert_string_equal(read_list("{\"type\":\"bundle\"}", &out),
                        "no STIX bundle: it has no list of objects");
    read_list("{", &out);
    assert_true(slice_starts(buf_slice(&out), SLICE_LIT("no JSON: line 1")));
    buf_deinit(&out);
}

/* Groups are told apart, hits of one group in one go. */
static void test_groups(void **state)
{
    struct event *event = mem_alloc(sizeof *event);
    struct schema schema = { .family = family_get(FAMILY_EWS), .count = 1 };
    struct indicators *set = indicators_new();
    struct hits hits = { BUF_INIT };
    (void)state;
    size_t a = indicators_group(set, SLICE_LIT("a"), INDICATOR_ADDRESS);
    size_t b = indicators_group(set, SLICE_LIT("b"), INDICATOR_ADDRESS);
    assert_int_equal(indicators_group(set, SLICE_LIT("a"), INDICATOR_ADDRESS), a);
    assert_int_equal(indicators_add(set, b, SLICE_LIT("192.0.2.3"), NULL), 0);
    assert_int_equal(indicators_add(set, a, SLICE_LIT("192.0.2.1"), NULL), 0);
    assert_int_equal(indicators_add(set, a, SLICE_LIT("192.0.2.1"), NULL), 1);
    assert_int_equal(indicators_add(set, a, SLICE_LIT("192.0.2.2"), NULL), 0);
    indicators_seal(set);
    assert_int_equal(indicators_group_size(set, a), 2);
    uint32_t all[] = { 2, 1, 0, 1 };
    event->schema = &schema;
    event->cell_count = 1;
    event->cells[0] = SLICE_LIT("192.0.2.3 192.0.2.2 192.0.2.1");
    assert_true(indicators_check(set, event, all, COUNT(all), on_hit, &hits));
    assert_string_equal(hits.text.ptr, "192.0.2.1, 192.0.2.2;192.0.2.3;");
    indicators_free(set);
    buf_deinit(&hits.text);
    mem_free_auto(&event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_guess),
        cmocka_unit_test(test_what_cannot_be_looked_for),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_stix_patterns),
        cmocka_unit_test(test_stix_objects),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
