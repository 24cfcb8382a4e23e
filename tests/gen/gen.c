/* hauberk-gen: writes a tree of Exchange logs as copied from a server, with
 * or without an attack in it, and prints what it put there as key=value. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_dir.h"
#include "gen_file.h"
#include "gen_story.h"

enum { EXIT_USAGE = 2, MAX_DAYS = 3650 };

struct options {
    const char *scenario, *host, *families, *outdir;
    uint64_t size, seed;
    int64_t start;
    unsigned days;
    bool gzip, force, help;
};

/* One server of a run: which story it lives and its share of the size. */
struct member {
    const char *scenario, *host;
    unsigned percent;
};

static const struct member several_hosts[] = {
    { "planted-and-used", "EX01", 40 },
    { "attempted", "EX02", 30 },
    { "clean", "EX03", 30 },
};

static void print_help(void)
{
    puts(
        "usage: hauberk-gen --scenario NAME --size SIZE --seed N [options] OUTDIR\n"
        "\n"
        "  --scenario NAME     one of the list below\n"
        "  --size SIZE         bytes to write; K, M and G are powers of 1024\n"
        "  --seed N            the same seed gives the same tree\n"
        "  --host NAME         name of the server (EX01)\n"
        "  --start YYYY-MM-DD  first day, UTC (2021-03-01; proxyshell 2021-08-09)\n"
        "  --days N            span (5, or as many as the size makes at 600 MB a day)\n"
        "  --families LIST     all, or of iis,httpproxy,ecp,ews,mapihttp,autodiscover,oabgen,\n"
        "                      cmdlet,filtering,audit,tracking,smtp,agent,httperr\n"
        "  --gzip              compress each file; SIZE counts the text\n"
        "  --force             write into a folder that is not empty\n"
        "\n"
        "scenarios:");
    for (unsigned i = 0; i < gen_scenario_count; i++)
        printf("  %-18s %-3s %s\n", gen_scenarios[i].name, gen_scenarios[i].grade,
               gen_scenarios[i].about);
    puts("  several-hosts      -   three servers: planted-and-used, attempted, clean\n"
         "\n"
         "example:\n"
         "  hauberk-gen --scenario planted-and-used --size 50M --seed 7 /tmp/evidence");
}

static int parse_number(const char *text, uint64_t *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return -1;
    *out = strtoull(text, &end, 10);
    return *end == '\0' ? 0 : -1;
}

static int parse_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMG";
    size_t n = strlen(text);
    const char *unit = n ? strchr(units, text[n - 1]) : NULL;
    char digits[32];
    if (n == 0 || n >= sizeof digits)
        return -1;
    memcpy(digits, text, n + 1);
    if (unit)
        digits[n - 1] = '\0';
    if (parse_number(digits, out) != 0 || *out == 0)
        return -1;
    unsigned shift = unit ? 10u * (unsigned)(unit - units + 1) : 0;
    if (*out > UINT64_MAX >> (shift + 1))
        return -1;
    *out <<= shift;
    return 0;
}

static int parse_date(const char *text, int64_t *out)
{
    unsigned y, m, d;
    if (sscanf(text, "%4u-%2u-%2u", &y, &m, &d) != 3 || y < 1990 || m < 1 || m > 12 || d < 1 ||
        d > 31)
        return -1;
    *out = gen_ms_from_date(y, m, d);
    return 0;
}

static int parse_days(const char *text, unsigned *out)
{
    uint64_t n;
    if (parse_number(text, &n) != 0 || n < 1 || n > MAX_DAYS)
        return -1;
    *out = (unsigned)n;
    return 0;
}

/* A host name becomes a folder. */
static int parse_host(const char *text, const char **out)
{
    size_t n = strlen(text);
    *out = text;
    return n > 0 && n <= 15 && strcspn(text, "/\\:. ") == n ? 0 : -1;
}

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "hauberk-gen: %s: %s (see --help)\n", what, value);
    return -1;
}

static int parse_value(struct options *o, const char *name, const char *value)
{
    int bad = 0;
    if (strcmp(name, "--scenario") == 0)
        o->scenario = value;
    else if (strcmp(name, "--size") == 0)
        bad = parse_size(value, &o->size);
    else if (strcmp(name, "--seed") == 0)
        bad = parse_number(value, &o->seed);
    else if (strcmp(name, "--host") == 0)
        bad = parse_host(value, &o->host);
    else if (strcmp(name, "--start") == 0)
        bad = parse_date(value, &o->start);
    else if (strcmp(name, "--days") == 0)
        bad = parse_days(value, &o->days);
    else if (strcmp(name, "--families") == 0)
        o->families = value;
    else
        return usage_error("unknown option", name);
    return bad ? usage_error(name, value) : 0;
}

static int parse_argument(struct options *o, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        o->help = true;
    else if (strcmp(arg, "--gzip") == 0)
        o->gzip = true;
    else if (strcmp(arg, "--force") == 0)
        o->force = true;
    else if (strncmp(arg, "--", 2) == 0)
        return *i + 1 < argc ? parse_value(o, arg, argv[++*i])
                             : usage_error("needs a value", arg);
    else if (o->outdir)
        return usage_error("one OUTDIR only", arg);
    else
        o->outdir = arg;
    return 0;
}

static int check_families(const char *list)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        bool known = n == 3 && memcmp(p, "all", 3) == 0;
        for (unsigned i = 0; i < FAMILY_COUNT && !known; i++)
            known =
                strlen(gen_families[i].group) == n && memcmp(gen_families[i].group, p, n) == 0;
        if (!known)
            return usage_error("no such family in", list);
        p += p[n] ? n + 1 : n;
    }
    return 0;
}

static int check_options(struct options *o)
{
    if (!o->scenario || !o->size || !o->outdir)
        return usage_error("missing", "--scenario, --size and OUTDIR are needed");
    if (strcmp(o->scenario, "several-hosts") != 0 && !gen_scenario_find(o->scenario))
        return usage_error("no such scenario", o->scenario);
    if (o->gzip && !gen_file_has_gzip())
        return usage_error("--gzip", "built without zlib");
    if (!o->force && !gen_dir_is_empty(o->outdir))
        return usage_error("folder is not empty, use --force", o->outdir);
    return check_families(o->families);
}

static int parse_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){ .families = "all" };
    for (int i = 1; i < argc; i++)
        if (parse_argument(o, argc, argv, &i) != 0)
            return -1;
    return o->help ? 0 : check_options(o);
}

/* A real server of this kind writes about 600 MB a day; an attack and its
 * clean-up need some days even in a small tree. */
static unsigned span_of(const struct options *o, uint64_t size)
{
    uint64_t days = size / 600000000;
    if (o->days)
        return o->days;
    return days < 5 ? 5 : days > MAX_DAYS ? MAX_DAYS : (unsigned)days;
}

static int run_host(const struct options *o, const struct member *m, unsigned index, bool alone)
{
    char host[40], prefix[48] = "";
    struct gen_story *story = malloc(sizeof *story);
    if (!story)
        return -1;
    /* --host names a lone server; of several it becomes the stem of the names. */
    gen_text(host, sizeof host, o->host ? alone ? "%s" : "%s%u" : "%s",
             o->host ? o->host : m->host, index + 1);
    uint64_t size = o->size / 100 * m->percent;
    struct gen_story_options so = { gen_scenario_find(m->scenario),
                                    host,
                                    index,
                                    o->outdir,
                                    o->families,
                                    o->gzip,
                                    alone ? o->size : size,
                                    o->seed,
                                    o->start,
                                    span_of(o, size) };
    int result = gen_story_run(story, &so);
    if (!alone)
        gen_text(prefix, sizeof prefix, "%s.", host);
    if (result == 0)
        gen_story_print(story, prefix);
    gen_story_deinit(story);
    free(story);
    return result;
}

static int run_all(const struct options *o)
{
    bool several = strcmp(o->scenario, "several-hosts") == 0;
    const struct member one = { o->scenario, "EX01", 100 };
    const struct member *members = several ? several_hosts : &one;
    unsigned count = several ? sizeof several_hosts / sizeof several_hosts[0] : 1;
    printf("scenario=%s\nseed=%" PRIu64 "\nhosts=%u\n", o->scenario, o->seed, count);
    for (unsigned i = 0; i < count; i++)
        if (run_host(o, &members[i], i, !several) != 0)
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    if (parse_options(&options, argc, argv) != 0)
        return EXIT_USAGE;
    if (options.help) {
        print_help();
        return EXIT_SUCCESS;
    }
    return run_all(&options) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
