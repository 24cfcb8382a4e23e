/* How often does a text show a gram? Only the speed of a filter depends on the answers. */
#include "match/prefilter_tables.h"

#define RATE_ONE (1U << 20)

static unsigned slot_of(uint32_t folded)
{
    return gram_hash(folded) >> (32 - SAMPLE_BITS);
}

static void count_up(uint16_t *count)
{
    *count += *count < UINT16_MAX;
}

/* Remembers the grams that are met again and again. */
static void note_frequent(struct gram_sample *sample, struct slice text)
{
    for (size_t at = 0; at + GRAM <= text.len && sample->frequent_count < FREQUENT_MAX; at++) {
        uint32_t gram = load_32(text.ptr + at);
        unsigned slot = slot_of(gram | FOLD_ALL);
        uint64_t count = sample->four[slot];
        if (count < 2 || sample->noted[slot] || count * FREQUENT_PART < sample->bytes)
            continue;
        sample->noted[slot] = true;
        sample->frequent[sample->frequent_count++] = gram;
    }
}

void sample_add(struct gram_sample *sample, struct slice text)
{
    for (size_t at = 0; at + GRAM <= text.len; at++) {
        uint32_t four = load_32(text.ptr + at) | FOLD_ALL;
        count_up(&sample->four[slot_of(four)]);
        count_up(&sample->three[slot_of(four & THREE)]);
    }
    for (size_t at = 0; at < text.len; at++)
        sample->byte[(unsigned char)text.ptr[at]]++;
    sample->bytes += text.len;
    note_frequent(sample, text);
}

static const char typical_rows[] =
    "2021-03-03 06:49:53 10.0.0.5 POST /ews/exchange.asmx - 443 "
    "healthmailbox0a1b2c3d@corp.local "
    "10.0.0.9 mozilla/5.0+(windows+nt+10.0;+win64;+x64)+applewebkit/537.36+(khtml,+like+gecko)"
    "+chrome/88.0.4324.190+safari/537.36 https://mail.corp.example.com/owa/ 200 0 0 46\n"
    "2021-03-03 06:49:53 10.0.0.5 GET /owa/auth/logon.aspx "
    "replaceCurrent=1&reason=2&url=https%3a"
    "%2f%2fmail.corp.com%2fowa%2f&CorrelationID=<empty>;&cafeReqId=9b2d;&encoding=; 443 - ::1 "
    "microsoft+office/16.0+(windows+nt+10.0;+microsoft+outlook+16.0.13127;+pro) - 302 0 0 5\n"
    "POST /mapi/emsmdb/ mailboxId=0a1b@corp.com&CorrelationID=&ClientId= /mapi/nspi/ 401 1 64\n"
    "POST /Microsoft-Server-ActiveSync/default.eas Cmd=Ping&User=corp%5cuser&DeviceId=ABC&"
    "DeviceType=iPhone Apple-iPhone/1804.52 Sync FolderSync 200\n"
    "POST /autodiscover/autodiscover.xml /rpc/rpcproxy.dll /powershell clientApplication= "
    "PSVersion=5.1.14393 /oab/ oab.xml /ecp/default.aspx ExchClientVer=15 /ecp/exporttool\n"
    "2021-03-03T06:49:53.772Z,9b2d1c3e-4f5a-6b7c-8d9e-0a1b2c3d4e5f,15,1,2176,2,,Owa,mail.corp."
    "com,/owa/,,Negotiate,True,CORP\\user,corp.local,Sid~S-1-5-21-1-2-3,ActiveMonitoring,ex01."
    "corp.local,200,,,GET,Proxy,ex01.corp.local,15.01.2176.000,IntraForest,WindowsIdentity,,,,"
    "0,0,,0,,0,,0,0,BeginRequest=2021-03-03T06:49:53.772Z;CorrelationID=<empty>;ProxyState-Run="
    "None;SharedCacheGuard=0;FEAuth=BEVersion-1942062522;BeginGetResponse=;OnResponseReady=;"
    "EndGetResponse=;ProxyState-Complete=ProxyResponseData;EndRequest=,,,|RoutingDB:"
    "msExchange\n"
    "amsterdam anchor mailbox server backend cookie header status network error windows "
    "system32 "
    "microsoft exchange server program files v15 frontend httpproxy clientaccess http https\n";

void sample_add_typical(struct gram_sample *sample)
{
    sample_add(sample, slice_from(typical_rows));
}

static bool is_common_letter(char c)
{
    return c == ' ' || (ascii_is_alnum(c) && !ascii_is_digit(c) && !strchr("zqjxZQJX", c));
}

/* Digits fill times, addresses and identifiers, letters words; marks make a gram rare. */
static uint32_t expected_rate(const char *gram, size_t len)
{
    size_t digits = 0, letters = 0;
    for (size_t i = 0; i < len; i++) {
        digits += ascii_is_digit(gram[i]);
        letters += is_common_letter(gram[i]);
    }
    uint32_t rate = digits == len ? 60 : digits + letters == len ? 16 : 2;
    return len == 3 ? rate * 12 : rate;
}

static uint32_t rate_of(const struct gram_sample *sample, uint16_t count)
{
    return (uint32_t)((uint64_t)count * RATE_ONE / (sample->bytes + 1));
}

double sample_share_four(const struct gram_sample *sample, uint32_t gram)
{
    return sample->four[slot_of(gram | FOLD_ALL)] / (double)(sample->bytes + 1);
}

uint32_t sample_rate_four(const struct gram_sample *sample, const char *gram)
{
    uint16_t count = sample->four[slot_of(load_32(gram) | FOLD_ALL)];
    return rate_of(sample, count) + expected_rate(gram, GRAM);
}

uint32_t sample_rate_three(const struct gram_sample *sample, const char *gram)
{
    const char padded[GRAM] = { gram[0], gram[1], gram[2], 0 };
    uint16_t count = sample->three[slot_of((load_32(padded) | FOLD_ALL) & THREE)];
    return rate_of(sample, count) + expected_rate(gram, 3);
}
