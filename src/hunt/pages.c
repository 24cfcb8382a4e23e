#include "hunt/pages.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/process.h"
#include "casefile/record.h"
#include "evidence/walk.h"
#include "hunt/page_file.h"
#include "hunt/reader.h"

#define BATCH_FILES 64
#define BATCHES_AHEAD 4 /* for each worker, behind the one whose turn it is */
#define AHEAD_BYTES (32U << 20)
#define SEND_BYTES (64U << 10)
#define READ_BYTES (256U << 10)
#define WAIT_MS 200
#define JOBS_MAX 64
#define SILENCE_MS INT64_C(120000)
#define FAILURES_MAX 1000

struct page_item {
    const char *path;
    bool is_input;
};

/* What a worker is asked: items [first, first+count); `careful`: answer each at once. */
struct page_order {
    uint32_t first, count, careful;
};

enum batch_work { BATCH_WAITING, BATCH_RUNNING, BATCH_READ };

struct batch {
    size_t first, count;
    enum batch_work work;
    bool careful;
    size_t ended;    /* files that are answered in `in`, or were passed on */
    struct buf in;   /* messages that were not passed on yet */
    size_t scanned;  /* of `in`: whole messages */
    size_t complete; /* of `in`: whole files */
};

struct worker {
    struct process process;
    struct batch *batch; /* NULL: idle */
    int64_t heard;
};

struct pages {
    const struct pages_options *options;
    const struct pages_sink *sink;
    struct evidence_list list;
    struct page_item *items;
    size_t item_count, item_capacity;
    struct batch *batches;
    size_t batch_count;
    size_t turn; /* batch that is passed on */
    size_t told; /* files of it that were */
    struct worker *workers;
    size_t worker_count;
    unsigned failures;
    bool enough;
    struct record *record;
    struct pages_result result;
};

/* ---- the worker's side ----------------------------------------------------------------------
 */

struct answerer {
    const struct pages *pages;
    struct channel *channel;
    struct page_reader *reader;
    struct page_record *record;
    struct buf out;
    bool gone;
};

static void send_out(struct answerer *a, size_t threshold)
{
    struct err err = ERR_INIT;
    if (a->out.len < threshold || a->out.len == 0 || a->gone)
        return;
    a->gone = channel_write_full(a->channel, a->out.ptr, a->out.len, &err) != 0;
    buf_clear(&a->out);
}

static void answer(struct answerer *a, const struct page_item *item)
{
    struct err err = ERR_INIT;
    int got = 0;
    reader_fault(item->path);
    if (item->is_input)
        page_reader_analyse_bytes(a->reader, a->pages->options->input, item->path, a->record);
    else
        got = page_reader_analyse(a->reader, item->path, a->record, &err);
    if (got == 0) {
        record_put_page(&a->out, a->record);
    } else {
        struct damage damage = { 0, slice_from(err.msg) };
        record_put_damage(&a->out, &damage);
    }
    record_put_end(&a->out, SLICE_NULL, SLICE_NULL);
}

static int answer_worker(void *context, struct channel *channel)
{
    struct answerer a = { .pages = context, .channel = channel };
    struct page_order order;
    struct err err = ERR_INIT;
    a.reader = page_reader_new(a.pages->options->yara, a.pages->options->baseline);
    a.record = mem_alloc(sizeof *a.record);
    while (!a.gone && channel_read_full(channel, &order, sizeof order, &err) == 0) {
        for (uint32_t i = 0; i < order.count && !a.gone; i++) {
            answer(&a, &a.pages->items[order.first + i]);
            send_out(&a, order.careful ? 0 : SEND_BYTES);
        }
        send_out(&a, 0);
    }
    page_reader_free(a.reader);
    buf_deinit(&a.out);
    free(a.record);
    return 0;
}

/* ---- planning -------------------------------------------------------------------------------
 */

static void add_item(struct pages *pages, const char *path, bool is_input)
{
    pages->items = mem_reserve(pages->items, pages->item_count, &pages->item_capacity,
                               sizeof *pages->items);
    pages->items[pages->item_count++] = (struct page_item){ path, is_input };
}

static void tell_damage(struct pages *pages, const char *path, const char *reason)
{
    pages->result.damages++;
    pages->sink->damage(pages->sink->context, path, reason);
}

static void tell_troubles(struct pages *pages)
{
    for (size_t i = 0; i < pages->list.trouble_count; i++) {
        const struct evidence_trouble *trouble = &pages->list.troubles[i];
        if (trouble->skipped)
            pages->sink->unread(pages->sink->context, trouble->path, trouble->reason);
        else
            tell_damage(pages, trouble->path, trouble->reason);
    }
}

static void plan_batches(struct pages *pages)
{
    pages->batch_count = (pages->item_count + BATCH_FILES - 1) / BATCH_FILES;
    pages->batches = mem_alloc((pages->batch_count + 1) * sizeof *pages->batches);
    for (size_t i = 0; i < pages->batch_count; i++) {
        size_t left = pages->item_count - i * BATCH_FILES;
        pages->batches[i].first = i * BATCH_FILES;
        pages->batches[i].count = left < BATCH_FILES ? left : BATCH_FILES;
    }
}

static void plan(struct pages *pages)
{
    for (size_t i = 0; i < pages->options->path_count; i++) {
        size_t before = pages->list.file_count;
        if (strcmp(pages->options->paths[i], "-") == 0)
            add_item(pages, "-", true);
        else
            evidence_walk(&pages->list, &pages->options->paths[i], 1);
        for (size_t f = before; f < pages->list.file_count; f++)
            add_item(pages, pages->list.files[f].path, false);
    }
    tell_troubles(pages);
    plan_batches(pages);
}

/* ---- workers --------------------------------------------------------------------------------
 */

static size_t window(const struct pages *pages)
{
    return pages->worker_count * BATCHES_AHEAD;
}

static struct batch *next_batch(struct pages *pages)
{
    size_t end = pages->turn + window(pages);
    for (size_t i = pages->turn; i < end && i < pages->batch_count; i++)
        if (pages->batches[i].work == BATCH_WAITING)
            return &pages->batches[i];
    return NULL;
}

/* `why`: the file at which the batch stopped is to blame; NULL: go on, but carefully. */
static void requeue(struct batch *batch, const char *why)
{
    batch->in.len = batch->scanned = batch->complete; /* nothing of half a file */
    batch->careful = why == NULL;
    if (why) {
        struct damage damage = { 0, slice_from(why) };
        record_put_damage(&batch->in, &damage);
        record_put_end(&batch->in, SLICE_NULL, SLICE_NULL);
        batch->scanned = batch->complete = batch->in.len;
        batch->ended++;
    }
    batch->work = batch->ended < batch->count ? BATCH_WAITING : BATCH_READ;
}

static void end_worker(struct pages *pages, struct worker *worker, const char *reason)
{
    char why[128] = "";
    process_reap(&worker->process, reason != NULL, why, sizeof why);
    pages->failures++;
    if (!worker->batch)
        return;
    if (!reason)
        reason = why[0] ? why : "worker ended without finishing this file";
    requeue(worker->batch, worker->batch->careful ? reason : NULL);
    worker->batch = NULL;
}

static int give(struct pages *pages, struct worker *worker, struct batch *batch,
                struct err *err)
{
    if (!worker->process.id && process_start(&worker->process, answer_worker, pages, err) < 0)
        return -1;
    struct page_order order = { (uint32_t)(batch->first + batch->ended),
                                (uint32_t)(batch->count - batch->ended), batch->careful };
    int got = channel_write_full(&worker->process.channel, &order, sizeof order, err);
    worker->batch = batch;
    worker->heard = clock_monotonic_ms();
    batch->work = BATCH_RUNNING;
    if (got > 0)
        end_worker(pages, worker, NULL);
    return got < 0 ? -1 : 0;
}

static int feed(struct pages *pages, struct err *err)
{
    for (size_t i = 0; i < pages->worker_count; i++) {
        struct batch *batch = pages->workers[i].batch ? NULL : next_batch(pages);
        if (batch && give(pages, &pages->workers[i], batch, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- what workers say -----------------------------------------------------------------------
 */

/* Counts the answered files in what is new. false: that is no message. */
static bool scan(struct batch *batch)
{
    while (batch->in.len - batch->scanned >= 5) {
        struct wire wire = { batch->in.ptr + batch->scanned, 5, false };
        uint32_t len = wire_u32(&wire);
        if (len == 0 || len > RECORD_BYTES_MAX)
            return false;
        if (batch->in.len - batch->scanned - 4 < len)
            return true;
        batch->scanned += 4 + (size_t)len;
        if (wire_u8(&wire) != RECORD_END)
            continue;
        batch->complete = batch->scanned;
        if (++batch->ended > batch->count)
            return false;
    }
    return true;
}

static void receive(struct pages *pages, struct worker *worker)
{
    struct err err = ERR_INIT;
    char nothing[64];
    struct batch *batch = worker->batch;
    if (!batch) { /* an idle worker has nothing to say: it is gone, or not to be trusted */
        (void)channel_read(&worker->process.channel, nothing, sizeof nothing, &err);
        end_worker(pages, worker, "worker spoke without an order");
        return;
    }
    buf_reserve(&batch->in, READ_BYTES);
    int64_t got =
        channel_read(&worker->process.channel, batch->in.ptr + batch->in.len, READ_BYTES, &err);
    worker->heard = clock_monotonic_ms();
    if (got <= 0) {
        end_worker(pages, worker, NULL);
        return;
    }
    batch->in.len += (size_t)got;
    if (!scan(batch)) {
        batch->ended = batch->ended < batch->count ? batch->ended : batch->count;
        batch->careful = true; /* no second try with one that talks nonsense */
        end_worker(pages, worker, "worker talked nonsense");
    } else if (batch->ended == batch->count) {
        batch->work = BATCH_READ;
        worker->batch = NULL;
    }
}

static void tell(struct pages *pages, const char *path, struct slice message)
{
    struct record *record = pages->record;
    struct err err = ERR_INIT;
    if (record_decode(message, 0, record, &err) < 0) {
        tell_damage(pages, path, err.msg);
        return;
    }
    if (record->kind == RECORD_DAMAGE) {
        char reason[256];
        snprintf(reason, sizeof reason, "%.*s", SLICE_FMT(record->damage.reason));
        tell_damage(pages, path, reason);
    }
    if (record->kind != RECORD_PAGE)
        return;
    pages->result.pages[record->page.class]++;
    pages->result.matched += record->page.matches > 0;
    pages->result.listed += record->page.standing == STANDING_BASELINE;
    if (record->page.match_gave_up)
        tell_damage(pages, path, "the YARA rules took too long: not all of them are decided");
    if (!pages->sink->page(pages->sink->context, path, &record->page))
        pages->enough = true;
}

/* Passes on the files that are answered whole. */
static void pass_on(struct pages *pages, struct batch *batch)
{
    size_t at = 0;
    while (at < batch->complete && !pages->enough) {
        struct wire wire = { batch->in.ptr + at, 4, false };
        struct slice message = slice_of(batch->in.ptr + at + 4, wire_u32(&wire));
        if ((uint8_t)message.ptr[0] == RECORD_END)
            pages->told++;
        else if (pages->told < batch->count)
            tell(pages, pages->items[batch->first + pages->told].path, message);
        at += 4 + message.len;
    }
    if (at == 0)
        return;
    memmove(batch->in.ptr, batch->in.ptr + at, batch->in.len - at);
    batch->in.len -= at;
    batch->scanned -= at;
    batch->complete -= at;
}

static void pass_on_all(struct pages *pages)
{
    while (pages->turn < pages->batch_count && !pages->enough) {
        struct batch *batch = &pages->batches[pages->turn];
        pass_on(pages, batch);
        if (batch->work != BATCH_READ)
            return;
        buf_deinit(&batch->in);
        pages->turn++;
        pages->told = 0;
    }
}

/* ---- the loop -------------------------------------------------------------------------------
 */

static bool may_speak(const struct pages *pages, const struct worker *worker)
{
    if (!worker->batch)
        return worker->process.id != 0;
    return worker->batch == &pages->batches[pages->turn] ||
           worker->batch->in.len < AHEAD_BYTES / window(pages);
}

static void end_silent_workers(struct pages *pages)
{
    int64_t now = clock_monotonic_ms();
    int64_t silence = pages->options->silence_ms ? pages->options->silence_ms : SILENCE_MS;
    for (size_t i = 0; i < pages->worker_count; i++) {
        struct worker *worker = &pages->workers[i];
        if (!worker->batch || !may_speak(pages, worker))
            worker->heard = now; /* it waits for us */
        else if (now - worker->heard > silence)
            end_worker(pages, worker, "worker hung on this file and was ended");
    }
}

static int wait_and_receive(struct pages *pages, struct process *processes, bool *ready,
                            struct err *err)
{
    for (size_t i = 0; i < pages->worker_count; i++) {
        processes[i] = pages->workers[i].process;
        if (!may_speak(pages, &pages->workers[i]))
            processes[i].id = 0; /* not now */
    }
    if (process_wait_any(processes, pages->worker_count, WAIT_MS, ready, err) < 0)
        return -1;
    for (size_t i = 0; i < pages->worker_count; i++)
        if (ready[i] && processes[i].id)
            receive(pages, &pages->workers[i]);
    return 0;
}

static int work(struct pages *pages, struct err *err)
{
    AUTO_FREE struct process *processes = mem_alloc(pages->worker_count * sizeof *processes);
    AUTO_FREE bool *ready = mem_alloc(pages->worker_count * sizeof *ready);
    while (pages->turn < pages->batch_count && !pages->enough && !interrupt_seen()) {
        if (pages->failures > FAILURES_MAX)
            return err_set(err, ERR_RESOURCE, "%u workers died; giving up", pages->failures);
        if (feed(pages, err) < 0 || wait_and_receive(pages, processes, ready, err) < 0)
            return -1;
        end_silent_workers(pages);
        pass_on_all(pages);
    }
    return 0;
}

static void pages_deinit(struct pages *pages, bool kill)
{
    for (size_t i = 0; i < pages->worker_count; i++)
        process_reap(&pages->workers[i].process, kill, NULL, 0);
    for (size_t i = 0; i < pages->batch_count; i++)
        buf_deinit(&pages->batches[i].in);
    free(pages->batches);
    free(pages->items);
    free(pages->workers);
    free(pages->record);
    evidence_list_deinit(&pages->list);
}

int pages_run(const struct pages_options *options, const struct pages_sink *sink,
              struct pages_result *out, struct err *err)
{
    struct pages pages = { .options = options, .sink = sink };
    plan(&pages);
    size_t jobs = options->jobs ? options->jobs : process_cpu_count();
    jobs = jobs < JOBS_MAX ? jobs : JOBS_MAX;
    pages.worker_count = jobs < pages.batch_count ? jobs : pages.batch_count;
    pages.workers = mem_alloc((pages.worker_count + 1) * sizeof *pages.workers);
    pages.record = mem_alloc(sizeof *pages.record);
    int result = work(&pages, err);
    bool done = result == 0 && pages.turn == pages.batch_count;
    pages.result.interrupted = interrupt_seen() && !done;
    pages_deinit(&pages, !done);
    *out = pages.result;
    return result;
}
