#include "gen_story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_decoy.h"
#include "gen_traffic.h"

static int add_event(struct gen_story *s, struct gen_event event)
{
    if (s->event_count == s->event_room) {
        unsigned room = s->event_room ? s->event_room * 2 : 64;
        struct gen_event *grown = realloc(s->events, room * sizeof *grown);
        if (!grown)
            return -1;
        s->events = grown;
        s->event_room = room;
    }
    event.order = s->event_count;
    s->events[s->event_count++] = event;
    return 0;
}

static bool has_steps(const struct gen_scenario *sc,
                      void (*emit)(struct gen_story *, const struct gen_step *))
{
    for (unsigned t = 0; t < GEN_STEP_TABLES; t++)
        for (unsigned i = 0; i < sc->steps[t].count; i++)
            if (sc->steps[t].step[i].emit == emit)
                return true;
    return false;
}

static int plan_steps(struct gen_story *s)
{
    int64_t start = s->world.clock.start, span = s->world.clock.end - start;
    /* The whole attack moves by up to 1.5 % of the span with the seed. */
    int64_t shift = (int64_t)gen_rng_below(&s->world.rng, 15000) * span / 1000000;
    for (unsigned t = 0; t < GEN_STEP_TABLES; t++) {
        const struct gen_steps *table = &s->scenario->steps[t];
        for (unsigned i = 0; i < table->count; i++) {
            const struct gen_step *step = &table->step[i];
            int64_t time = start + shift + span * step->at / 1000 + step->after;
            if (add_event(s, (struct gen_event){ .time = time, .step = step }) != 0)
                return -1;
        }
    }
    return 0;
}

/* Each decoy comes at least once, about every second day in long spans. */
static int plan_decoys(struct gen_story *s, unsigned days)
{
    int64_t span = s->world.clock.end - s->world.clock.start;
    unsigned rounds = days / 2 ? days / 2 : 1;
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < gen_decoy_count; i++) {
            int64_t at = span * round / rounds +
                         (int64_t)gen_rng_below(&s->world.rng, 1000) * span / rounds / 1000;
            if (add_event(s, (struct gen_event){ .time = s->world.clock.start + at,
                                                 .decoy = i }) != 0)
                return -1;
        }
    }
    return 0;
}

static int compare_events(const void *a, const void *b)
{
    const struct gen_event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void init_address(struct gen_world *w, const struct gen_story_options *o)
{
    gen_text(w->host, sizeof w->host, "%s", o->host);
    gen_text(w->fqdn, sizeof w->fqdn, "%s.%s", w->host, w->vocab.ad);
    gen_text(w->address, sizeof w->address, "10.20.30.%u", 11 + o->host_index);
    gen_text(w->link_local, sizeof w->link_local, "fe80::5c2a:91d4:70be:%u%%%u",
             3100 + o->host_index, 3 + o->host_index);
}

static unsigned user_count(uint64_t size)
{
    uint64_t n = 400 + size / 1000000;
    return n > 2500 ? 2500 : (unsigned)n;
}

static int init_world(struct gen_story *s, const struct gen_story_options *o)
{
    struct gen_world *w = &s->world;
    const struct gen_scenario *sc = o->scenario;
    /* One organisation for all hosts of a seed; each host has its own day. */
    gen_rng_init(&w->rng, o->seed);
    if (gen_vocab_init(&w->vocab, &w->rng, user_count(o->size)) != 0)
        return -1;
    gen_rng_init(&w->rng, o->seed * 1000003 + o->host_index + 1);
    init_address(w, o);
    int64_t start = o->start ? o->start : gen_ms_from_date(sc->year, sc->month, sc->day);
    gen_clock_init(&w->clock, start, o->days, o->size);
    w->now = start;
    w->pid = gen_rng_range(&w->rng, 900, 7000) * 4;
    return 0;
}

static int open_output(struct gen_story *s, const struct gen_story_options *o, char *root,
                       size_t cap)
{
    gen_text(root, cap, "%s/%s/C", o->outdir, o->host);
    s->world.out = gen_out_new(&(struct gen_out_options){ root, o->families, o->gzip });
    return s->world.out ? 0 : -1;
}

static void emit_event(struct gen_story *s, const struct gen_event *e)
{
    if (e->time > s->world.now)
        s->world.now = e->time;
    if (e->step)
        e->step->emit(s, e->step);
    else
        gen_decoys[e->decoy].emit(&s->world);
}

/* Normal traffic up to the wanted size, events at their time. */
static void run(struct gen_story *s)
{
    struct gen_world *w = &s->world;
    unsigned next = 0;
    while (gen_out_bytes(w->out) < w->clock.target && !gen_out_error(w->out)) {
        int64_t time = gen_clock_at(&w->clock, gen_out_bytes(w->out));
        while (next < s->event_count && s->events[next].time <= time)
            emit_event(s, &s->events[next++]);
        if (time > w->now)
            w->now = time;
        gen_traffic_step(w);
    }
    while (next < s->event_count)
        emit_event(s, &s->events[next++]);
}

static int finish(struct gen_story *s, int result)
{
    if (s->world.out) {
        s->bytes = gen_out_bytes(s->world.out);
        s->files = gen_out_files(s->world.out);
        char path[1024] = "";
        if (gen_out_error(s->world.out))
            gen_text(path, sizeof path, "%s", gen_out_error(s->world.out));
        if (gen_out_free(s->world.out) != 0) {
            fprintf(stderr, "hauberk-gen: cannot write %s\n", *path ? path : "the last files");
            result = -1;
        }
        s->world.out = NULL;
    } else if (result != 0) {
        fprintf(stderr, "hauberk-gen: out of memory\n");
    }
    return result;
}

int gen_story_run(struct gen_story *s, const struct gen_story_options *o)
{
    char root[1024];
    memset(s, 0, sizeof *s);
    s->scenario = o->scenario;
    if (init_world(s, o) != 0 || open_output(s, o, root, sizeof root) != 0)
        return finish(s, -1);
    gen_world_set_build(&s->world, o->scenario->build, o->scenario->revision);
    /* ProxyShell pages are exports, and those go to aspnet_client. */
    gen_attack_init(&s->attack, &s->world, !has_steps(o->scenario, gen_step_shell));
    if (plan_steps(s) != 0 || plan_decoys(s, o->days) != 0) {
        fprintf(stderr, "hauberk-gen: out of memory\n");
        return finish(s, -1);
    }
    qsort(s->events, s->event_count, sizeof *s->events, compare_events);
    run(s);
    return finish(s, 0);
}

static void print_text(const char *prefix, const char *key, const char *value)
{
    if (*value)
        printf("%s%s=%s\n", prefix, key, value);
}

static void print_time(const char *prefix, const char *key, int64_t time)
{
    char text[32];
    if (time != 0)
        print_text(prefix, key, gen_text(text, sizeof text, "%t", time));
}

static void print_attack(const struct gen_story *s, const char *prefix)
{
    const struct gen_attack *a = &s->attack;
    bool page = has_steps(s->scenario, gen_step_page);
    if (s->facts.first_exploit != 0)
        print_text(prefix, "attacker_ip", a->attacker);
    if (has_steps(s->scenario, gen_step_scan))
        print_text(prefix, "scanner_ip", a->visitor[0]);
    if (has_steps(s->scenario, gen_step_foreign))
        print_text(prefix, "page_seeker_ip", a->visitor[1]);
    if (page)
        printf("%spage_user_ip=%s,%s\n", prefix, a->visitor[0], a->visitor[1]);
    /* Requests that only asked for autodiscover are probes, not exploits. */
    bool probes = strcmp(s->scenario->grade, "E0") == 0;
    print_time(prefix, probes ? "first_probe_at" : "first_exploit_at", s->facts.first_exploit);
    print_text(prefix, probes ? "probe_request_ids" : "exploit_request_ids",
               s->facts.request_ids);
    print_text(prefix, "page_url", page ? a->page : "");
    print_time(prefix, "page_written_at", s->facts.written);
    print_time(prefix, "page_first_answer_at", s->facts.first_answer);
    print_time(prefix, "page_first_post_at", s->facts.first_post);
    print_time(prefix, "page_first_refused_at", s->facts.removed);
    print_time(prefix, "patched_at", s->facts.patched);
    if (s->facts.stolen_requests) {
        print_text(prefix, "stolen_mailbox", a->victim->mail);
        print_time(prefix, "stolen_until", s->facts.stolen);
        printf("%sstolen_requests=%u\n", prefix, s->facts.stolen_requests);
        printf("%sstolen_bytes=%" PRIu64 "\n", prefix, s->facts.stolen_bytes);
    }
    print_time(prefix, "archive_taken_at", s->facts.archive_taken);
    print_text(prefix, "archive_name", s->facts.archive_taken ? a->page_name : "");
}

void gen_story_print(const struct gen_story *s, const char *prefix)
{
    char build[24];
    const struct gen_scenario *sc = s->scenario;
    print_text(prefix, "host", s->world.host);
    print_text(prefix, "host_scenario", sc->name);
    print_text(prefix, "expected_grade", sc->grade);
    print_time(prefix, "from", s->world.clock.start);
    print_time(prefix, "to", s->world.clock.end);
    print_text(prefix, "domain", s->world.vocab.domain);
    print_text(prefix, "build",
               gen_text(build, sizeof build, "15.1.%u.%u", sc->build, sc->revision));
    if (sc->patched_revision)
        print_text(
            prefix, "build_after",
            gen_text(build, sizeof build, "15.1.%u.%u", sc->build, sc->patched_revision));
    print_attack(s, prefix);
    printf("%sfiles=%u\n%sbytes=%" PRIu64 "\n", prefix, s->files, prefix, s->bytes);
}

void gen_story_deinit(struct gen_story *s)
{
    free(s->events);
    gen_vocab_deinit(&s->world.vocab);
}
