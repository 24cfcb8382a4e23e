#include "gen_vocab.h"

#include <stdlib.h>
#include <string.h>

#include "gen_text.h"

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *const organisations[] = { "northmill",   "velden",      "kastenbau",
                                             "orchardline", "brightwharf", "stavsund",
                                             "lindholt",    "montclair",   "ferrocraft",
                                             "havenrow" };
static const char *const first_names[] = {
    "anna",   "bert",  "carla",  "dirk",   "elena", "frank", "greta",  "hugo",
    "ines",   "jonas", "karin",  "leo",    "maja",  "nils",  "olga",   "peter",
    "quirin", "rosa",  "sven",   "tilda",  "udo",   "vera",  "wim",    "xenia",
    "yann",   "zoe",   "amir",   "bianca", "cyril", "dora",  "emil",   "fiona",
    "goran",  "hilde", "ivan",   "jelena", "kofi",  "lucia", "marek",  "noor",
    "oskar",  "paula", "rasmus", "sara",   "tomas", "ulla",  "viktor", "wanda"
};
static const char *const last_names[] = {
    "abend",    "bakker",   "castell", "dahlgren",  "egger",     "fontane",   "grunwald",
    "hofstede", "ilves",    "jansen",  "kowal",     "lindqvist", "marchetti", "novak",
    "oberholz", "pereira",  "quist",   "rademaker", "steiner",   "tanaka",    "ullmann",
    "vasquez",  "winter",   "ximenes", "yilmaz",    "zander",    "albrecht",  "brodin",
    "cordes",   "dupont",   "ekman",   "ferrari",   "goossens",  "hartl",     "isler",
    "jokinen",  "keller",   "lorentz", "meier",     "nemeth",    "olsen",     "petrov",
    "roth",     "sandberg", "thoma",   "urban",     "verhagen",  "wolter",    "brandt",
    "falk",     "kessler",  "moser",   "riedl",     "sommer"
};
static const char *const outside_domains[] = { "tradepost.example",   "papermail.example",
                                               "cargoline.example",   "freeletter.example",
                                               "stadtwerk.example",   "bookseller.example",
                                               "railfreight.example", "consultancy.example",
                                               "postbox.example" };
static const char *const subject_heads[] = { "Re: ", "Fwd: ", "", "", "AW: ", "WG: ", "" };
static const char *const subject_nouns[] = {
    "offer",        "invoice",      "meeting minutes",    "delivery note", "roadmap",
    "holiday plan", "contract",     "budget, draft 2",    "site visit",    "\"final\" slides",
    "training",     "travel costs", "minutes, corrected", "order"
};
static const char *const systems[] = {
    "Windows NT 10.0; Win64; x64",       "Windows NT 10.0; WOW64",
    "Windows NT 6.1; Win64; x64",        "Windows NT 6.3; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7", "Macintosh; Intel Mac OS X 11_2_1"
};

/* A shape of User-Agent: each %u is drawn from the next range. */
struct agent_form {
    const char *format;
    bool has_system; /* the first conversion is %s, a system */
    unsigned ranges[5][2];
};

#define CHROME                                                                                 \
    "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%u.0.%u.%u Safari/537.36"

static const struct agent_form outlook_forms[] = {
    { "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.%u; Pro)",
      false,
      { { 4266, 13801 } } },
    { "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.%u; Pro)",
      false,
      { { 11328, 13801 } } },
    { "Microsoft Office/16.0 (Windows NT 6.1; Microsoft Outlook 16.0.%u; Pro)",
      false,
      { { 4266, 9126 } } },
    { "Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.%u; Pro)",
      false,
      { { 4420, 5311 } } },
};
static const struct agent_form mobile_forms[] = {
    { "Apple-iPhone%uC%u/%u.%u", false, { { 8, 13 }, { 1, 8 }, { 1600, 1805 }, { 10, 999 } } },
    { "Apple-iPad%uC%u/%u.%u", false, { { 6, 13 }, { 1, 12 }, { 1600, 1805 }, { 10, 999 } } },
    { "Android-SM-G%uF/%u.%u", false, { { 960, 998 }, { 100, 112 }, { 100000, 999999 } } },
    { "Android-SM-A%uF/%u.%u", false, { { 205, 725 }, { 100, 112 }, { 100000, 999999 } } },
    { "Android/%u.%u-EAS-2.0", false, { { 8, 11 }, { 0, 9 } } },
    { "Outlook-iOS-Android/1.%u", false, { { 0, 1 } } },
};
static const struct agent_form browser_forms[] = {
    { CHROME, true, { { 84, 89 }, { 4147, 4389 }, { 70, 198 } } },
    { CHROME, true, { { 87, 88 }, { 4280, 4324 }, { 70, 198 } } },
    { CHROME " Edg/%u.0.774", true, { { 84, 89 }, { 4147, 4389 }, { 70, 198 }, { 84, 89 } } },
    { "Mozilla/5.0 (%s; rv:%u.0) Gecko/20100101 Firefox/86.0", true, { { 78, 86 } } },
    { "Mozilla/5.0 (iPhone; CPU iPhone OS %u_%u like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
      "like Gecko) "
      "Version/14.0 Mobile/15E%u Safari/604.1",
      false,
      { { 12, 14 }, { 0, 8 }, { 100, 399 } } },
};
static const struct agent_form mac_forms[] = {
    { "MacOutlook/16.%u.21%u (Intelx64 Mac OS X Version 10.15.%u (Build 19H%u))",
      false,
      { { 40, 48 }, { 10000, 31200 }, { 1, 7 }, { 10, 999 } } },
    { "Mac OS X/10.%u.%u (1%uH%u) ExchangeWebServices/%u.0 accountsd/113",
      false,
      { { 13, 15 }, { 0, 7 }, { 7, 9 }, { 2, 99 }, { 600, 818 } } },
};

static const struct agent_kind {
    const struct agent_form *forms;
    unsigned form_count, count;
} agent_kinds[AGENT_KINDS] = {
    [AGENT_OUTLOOK] = { outlook_forms, COUNT(outlook_forms), 800 },
    [AGENT_MOBILE] = { mobile_forms, COUNT(mobile_forms), 2400 },
    [AGENT_BROWSER] = { browser_forms, COUNT(browser_forms), 3000 },
    [AGENT_MAC] = { mac_forms, COUNT(mac_forms), 400 },
};

static void make_agent(struct gen_rng *r, const struct agent_form *form, char *dst)
{
    unsigned n[5];
    for (unsigned i = 0; i < COUNT(n); i++)
        n[i] = gen_rng_range(r, form->ranges[i][0], form->ranges[i][1]);
    /* Numbers that the format does not ask for are left over, as in printf. */
    if (form->has_system)
        gen_text(dst, GEN_AGENT, form->format, GEN_PICK(r, systems), n[0], n[1], n[2], n[3],
                 n[4]);
    else
        gen_text(dst, GEN_AGENT, form->format, n[0], n[1], n[2], n[3], n[4]);
}

static bool first_octet_is_public(unsigned a, unsigned b)
{
    if (a < 2 || a == 10 || a == 127 || a >= 224)
        return false;
    /* 100.64/10, 169.254, 172.16/12, 192.0, 192.168, 198.18/15, 198.51.100, 203.0.113 */
    return a != 100 && a != 169 && a != 172 && a != 192 && a != 198 && !(a == 203 && b == 0);
}

char *gen_vocab_public_address(struct gen_rng *rng, char dst[GEN_ADDRESS])
{
    unsigned a, b;
    do {
        a = gen_rng_below(rng, 224);
        b = gen_rng_below(rng, 256);
    } while (!first_octet_is_public(a, b));
    unsigned c = gen_rng_below(rng, 256), d = gen_rng_range(rng, 1, 254);
    return gen_text(dst, GEN_ADDRESS, "%u.%u.%u.%u", a, b, c, d);
}

char *gen_vocab_documentation_address(struct gen_rng *rng, char dst[GEN_ADDRESS])
{
    static const char *const ranges[] = { "192.0.2", "198.51.100", "203.0.113" };
    const char *range = GEN_PICK(rng, ranges);
    return gen_text(dst, GEN_ADDRESS, "%s.%u", range, gen_rng_range(rng, 1, 254));
}

char *gen_vocab_outside_mail(struct gen_rng *rng, char *dst, size_t cap)
{
    const char *first = GEN_PICK(rng, first_names), *last = GEN_PICK(rng, last_names);
    return gen_text(dst, cap, "%s.%s@%s", first, last, GEN_PICK(rng, outside_domains));
}

char *gen_vocab_subject(struct gen_rng *rng, char *dst, size_t cap)
{
    const char *head = GEN_PICK(rng, subject_heads), *noun = GEN_PICK(rng, subject_nouns);
    return gen_text(dst, cap, "%s%s %u", head, noun, gen_rng_below(rng, 90000));
}

static int make_agents(struct gen_vocab *v, struct gen_rng *rng)
{
    for (unsigned kind = 0; kind < AGENT_KINDS; kind++) {
        const struct agent_kind *k = &agent_kinds[kind];
        v->agents[kind] = malloc(k->count * sizeof *v->agents[kind]);
        if (!v->agents[kind])
            return -1;
        for (unsigned i = 0; i < k->count; i++)
            make_agent(rng, &k->forms[gen_rng_below(rng, k->form_count)], v->agents[kind][i]);
    }
    return 0;
}

static void make_person(struct gen_vocab *v, struct gen_rng *rng, struct gen_user *u,
                        const char *login, unsigned rid)
{
    gen_text(u->login, sizeof u->login, "%s", login);
    gen_text(u->mail, sizeof u->mail, "%s@%s", login, v->domain);
    gen_text(u->sid, sizeof u->sid, "S-1-5-21-1417882391-2980046173-839522115-%u", rid);
    u->mailbox = gen_rng_guid(rng);
    u->database = gen_rng_below(rng, COUNT(v->databases));
    for (unsigned kind = 0; kind < AGENT_KINDS; kind++)
        u->agent[kind] = v->agents[kind][gen_rng_below(rng, agent_kinds[kind].count)];
    unsigned net = gen_rng_range(rng, 40, 79);
    gen_text(u->office, sizeof u->office, "10.20.%u.%u", net, gen_rng_range(rng, 10, 250));
    gen_vocab_public_address(rng, u->home);
    gen_vocab_public_address(rng, u->roam);
    gen_rng_word(rng, UPPER DIGITS, u->device, 32);
}

static void make_staff(struct gen_vocab *v, struct gen_rng *rng)
{
    unsigned firsts = COUNT(first_names), lasts = COUNT(last_names), all = firsts * lasts;
    unsigned offset = gen_rng_below(rng, all);
    for (unsigned i = 0; i < v->user_count; i++) {
        /* 1009 is a prime that does not divide `all`: no name comes twice. */
        unsigned k = (offset + i * 1009u) % all;
        char login[32];
        gen_text(login, sizeof login, "%s.%s", first_names[k % firsts], last_names[k / firsts]);
        make_person(v, rng, &v->users[i], login, 2100 + i);
    }
    make_person(v, rng, &v->admin, "adm.exchange", 1108);
    gen_text(v->admin.office, sizeof v->admin.office, "10.20.5.%u", gen_rng_range(rng, 10, 90));
}

static void make_probes(struct gen_vocab *v, struct gen_rng *rng)
{
    for (unsigned i = 0; i < COUNT(v->probes); i++) {
        char tail[8], login[32];
        gen_rng_word(rng, "0123456789abcdef", tail, 7);
        gen_text(login, sizeof login, "HealthMailbox%s", tail);
        make_person(v, rng, &v->probes[i], login, 1140 + i);
    }
}

int gen_vocab_init(struct gen_vocab *v, struct gen_rng *rng, unsigned user_count)
{
    *v = (struct gen_vocab){ .user_count = user_count };
    const char *org = GEN_PICK(rng, organisations);
    gen_text(v->domain, sizeof v->domain, "%s.example", org);
    gen_text(v->ad, sizeof v->ad, "ad.%s", v->domain);
    gen_text(v->mail_host, sizeof v->mail_host, "mail.%s", v->domain);
    gen_text(v->autodiscover_host, sizeof v->autodiscover_host, "autodiscover.%s", v->domain);
    gen_text(v->dc, sizeof v->dc, "DC0%u.%s", gen_rng_range(rng, 1, 3), v->ad);
    gen_text(v->netbios, sizeof v->netbios, "%s", org);
    for (char *p = v->netbios; *p; p++)
        *p = (char)(*p - 'a' + 'A');
    for (unsigned i = 0; i < COUNT(v->databases); i++)
        v->databases[i] = gen_rng_guid(rng);
    v->oab = gen_rng_guid(rng);
    v->users = malloc(user_count * sizeof *v->users);
    if (!v->users || make_agents(v, rng) != 0)
        return -1;
    make_staff(v, rng);
    make_probes(v, rng);
    return 0;
}

void gen_vocab_deinit(struct gen_vocab *v)
{
    free(v->users);
    for (unsigned kind = 0; kind < AGENT_KINDS; kind++)
        free(v->agents[kind]);
}
