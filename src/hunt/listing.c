#include "hunt/listing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "evidence/walk.h"
#include "hunt/listing_wire.h"
#include "hunt/order.h"

#define PART_BYTES (UINT64_C(64) << 20)
#define WAIT_MS 200
#define JOBS_MAX 64
#define SILENCE_MS INT64_C(120000)
#define READ_BYTES (256U << 10)
#define AHEAD_BYTES (32U << 20) /* what workers may say before it is their item's turn */
#define WORKER_FAILURES_MAX 1000

enum item_work { ITEM_WAITING, ITEM_RUNNING, ITEM_READ };

struct item {
    const struct evidence_file *file;
    uint64_t start, length;
    bool part;
    bool given;       /* its header state was told, not found out: do not read it again */
    struct buf state; /* header state in front of it, when it was told */
    enum item_work work;
    struct buf in;       /* what its worker said and nobody was told yet */
    const char *failure; /* why its worker ended; in `why` */
    char why[128];
};

struct worker {
    struct process process;
    struct item *item; /* NULL: idle */
    int64_t heard;
};

struct listing {
    const struct listing_options *options;
    const struct listing_settings *settings;
    const struct listing_sink *sink;
    struct evidence_list list;
    struct item *items;
    size_t item_count, item_capacity;
    size_t turn; /* whose words are passed on */
    struct worker *workers;
    size_t worker_count;
    size_t window; /* items behind `turn` that may be read */
    unsigned failures;
    struct buf after; /* header state behind the last item */
    bool has_after;
    bool enough; /* nobody listens any more, or `most` events were told */
    struct listing_result result;
};

/* ---- planning -------------------------------------------------------------------------------
 */

static void add_item(struct listing *listing, const struct evidence_file *file, uint64_t start,
                     uint64_t length, bool part)
{
    listing->items = mem_reserve(listing->items, listing->item_count, &listing->item_capacity,
                                 sizeof *listing->items);
    listing->items[listing->item_count++] =
        (struct item){ .file = file, .start = start, .length = length, .part = part };
}

static void plan_file(struct listing *listing, const struct evidence_file *file)
{
    uint64_t start = 0;
    uint64_t part = listing->options->part_bytes ? listing->options->part_bytes : PART_BYTES;
    if (file->size <= part * 2 || reader_can_split(file->path) == READER_SPLIT_NO) {
        add_item(listing, file, 0, UINT64_MAX, false);
        return;
    }
    for (; file->size - start > part * 2; start += part)
        add_item(listing, file, start, part, true);
    add_item(listing, file, start, UINT64_MAX - start, true);
}

static void tell_damage(struct listing *listing, const char *path, uint64_t offset,
                        struct slice reason)
{
    listing->result.damages++;
    listing->sink->damage(listing->sink->context, slice_from(path), offset, reason);
}

static void plan(struct listing *listing)
{
    evidence_walk(&listing->list, listing->options->paths, listing->options->path_count);
    for (size_t i = 0; i < listing->list.file_count; i++)
        plan_file(listing, &listing->list.files[i]);
    for (size_t i = 0; i < listing->list.trouble_count; i++) {
        const struct evidence_trouble *trouble = &listing->list.troubles[i];
        if (trouble->skipped)
            listing->sink->unread(listing->sink->context, slice_from(trouble->path),
                                  slice_from(trouble->reason));
        else
            tell_damage(listing, trouble->path, 0, slice_from(trouble->reason));
    }
}

/* ---- workers --------------------------------------------------------------------------------
 */

static struct item *next_item(struct listing *listing)
{
    size_t end = listing->turn + listing->window;
    for (size_t i = listing->turn; i < end && i < listing->item_count; i++)
        if (listing->items[i].work == ITEM_WAITING)
            return &listing->items[i];
    return NULL;
}

static void fail_item(struct item *item, const char *why)
{
    snprintf(item->why, sizeof item->why, "%s", why);
    item->failure = item->why;
    item->work = ITEM_READ;
}

static void end_worker(struct listing *listing, struct worker *worker, const char *reason)
{
    char why[128] = "";
    process_reap(&worker->process, reason != NULL, why, sizeof why);
    listing->failures++;
    if (worker->item)
        fail_item(worker->item, reason   ? reason
                                : why[0] ? why
                                         : "worker ended without finishing this file");
    worker->item = NULL;
}

static int give(struct listing *listing, struct worker *worker, struct item *item,
                struct err *err)
{
    struct buf message = BUF_INIT;
    struct order order = { (uint64_t)(item - listing->items),
                           { item->file->path, item->start, item->length,
                             item->given ? buf_slice(&item->state) : SLICE_NULL } };
    void *settings = (void *)(uintptr_t)listing->settings;
    if (!worker->process.id &&
        process_start(&worker->process, listing_worker, settings, err) < 0)
        return -1;
    order_put(&message, &order);
    int got = channel_write_full(&worker->process.channel, message.ptr, message.len, err);
    buf_deinit(&message);
    worker->item = item;
    worker->heard = clock_monotonic_ms();
    item->work = ITEM_RUNNING;
    if (got > 0)
        end_worker(listing, worker, NULL);
    return got < 0 ? -1 : 0;
}

static int feed(struct listing *listing, struct err *err)
{
    for (size_t i = 0; i < listing->worker_count; i++) {
        struct item *item = listing->workers[i].item ? NULL : next_item(listing);
        if (item && give(listing, &listing->workers[i], item, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- what workers say -----------------------------------------------------------------------
 */

/* A worker in the power of its evidence must not move anybody's cursor. */
static bool is_harmless(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\n') || text.ptr[i] == 0x7f)
            return false;
    return true;
}

static void tell_text(struct listing *listing, uint64_t events, struct slice text)
{
    if (!listing->enough && !listing->sink->text(listing->sink->context, text))
        listing->enough = true;
    listing->result.events += events;
    uint64_t most = listing->settings->most;
    listing->enough |= most && listing->result.events >= most;
}

/*
 * Did a part start with the header state that the one in front of it ended with? If not, it is
 * read again, with the right one. True: it is.
 */
static bool is_rejected(struct listing *listing, struct item *item, struct slice state)
{
    if (!item->start || item->given || !listing->has_after ||
        slice_eq(state, buf_slice(&listing->after)))
        return false;
    for (size_t i = 0; i < listing->worker_count; i++)
        if (listing->workers[i].item == item) {
            process_reap(&listing->workers[i].process, true, NULL, 0);
            listing->workers[i].item = NULL;
        }
    buf_clear(&item->in);
    buf_add_slice(&item->state, buf_slice(&listing->after));
    item->given = true;
    item->work = ITEM_WAITING;
    return true;
}

static void next_turn(struct listing *listing, struct item *item)
{
    buf_deinit(&item->in);
    buf_deinit(&item->state);
    listing->turn++;
}

static void on_end(struct listing *listing, struct item *item, struct wire *wire)
{
    bool recognised = wire_u8(wire);
    struct slice note = wire_text(wire);
    struct slice after = wire_text(wire);
    buf_clear(&listing->after);
    buf_add_slice(&listing->after, after);
    listing->has_after = !wire->failed;
    item->work = ITEM_READ;
    for (size_t i = 0; i < listing->worker_count; i++)
        if (listing->workers[i].item == item)
            listing->workers[i].item = NULL;
    if (!recognised && note.len && is_harmless(note))
        listing->sink->unread(listing->sink->context, slice_from(item->file->path), note);
}

enum heard { HEARD, HEARD_END, HEARD_REJECTED, HEARD_NONSENSE };

static enum heard hear(struct listing *listing, struct item *item, struct wire wire)
{
    struct slice text;
    uint64_t number;
    switch (wire_u8(&wire)) {
    case LISTING_BEGIN:
        text = wire_text(&wire);
        if (!wire.failed && is_rejected(listing, item, text))
            return HEARD_REJECTED;
        break;
    case LISTING_TEXT:
        number = wire_u64(&wire);
        text = wire_text(&wire);
        if (wire.failed || !is_harmless(text))
            return HEARD_NONSENSE;
        tell_text(listing, number, text);
        break;
    case LISTING_DAMAGE:
        number = wire_u64(&wire);
        text = wire_text(&wire);
        if (!wire.failed)
            tell_damage(listing, item->file->path, number, text);
        break;
    case LISTING_SOURCE:
        if (!listing->sink->survey || !survey_take(listing->sink->survey, &wire))
            return HEARD_NONSENSE;
        break;
    case LISTING_PROGRESS:
        break;
    case LISTING_END:
        on_end(listing, item, &wire);
        return wire.failed ? HEARD_NONSENSE : HEARD_END;
    default:
        return HEARD_NONSENSE;
    }
    return wire.failed ? HEARD_NONSENSE : HEARD;
}

static struct worker *worker_of(struct listing *listing, const struct item *item)
{
    for (size_t i = 0; i < listing->worker_count; i++)
        if (listing->workers[i].item == item)
            return &listing->workers[i];
    return NULL;
}

static void on_nonsense(struct listing *listing, struct item *item)
{
    struct worker *worker = worker_of(listing, item);
    buf_clear(&item->in);
    if (worker)
        end_worker(listing, worker, "worker talked nonsense");
    else
        fail_item(item, "worker talked nonsense");
}

/* Passes on what the item at turn has said so far. True: it is done, or is read again. */
static bool pass_on(struct listing *listing, struct item *item)
{
    size_t at = 0;
    enum heard heard = HEARD;
    while (heard == HEARD && item->in.len - at >= 4 && !listing->enough) {
        struct wire head = { item->in.ptr + at, 4, false };
        uint32_t len = wire_u32(&head);
        if (len > LISTING_MESSAGE_MAX)
            heard = HEARD_NONSENSE;
        else if (item->in.len - at - 4 < len)
            break;
        else
            heard = hear(listing, item, (struct wire){ item->in.ptr + at + 4, len, false });
        at += 4 + (size_t)len;
    }
    if (heard == HEARD_NONSENSE)
        on_nonsense(listing, item);
    if (heard == HEARD_END) {
        next_turn(listing, item);
        return true;
    }
    if (heard == HEARD && at) {
        memmove(item->in.ptr, item->in.ptr + at, item->in.len - at);
        item->in.len -= at;
    }
    return heard == HEARD_REJECTED;
}

static void pass_on_all(struct listing *listing)
{
    while (listing->turn < listing->item_count && !listing->enough) {
        struct item *item = &listing->items[listing->turn];
        if (pass_on(listing, item))
            continue;
        if (!item->failure)
            return;
        tell_damage(listing, item->file->path, item->start, slice_from(item->failure));
        listing->has_after = false;
        next_turn(listing, item);
    }
}

/* ---- the loop -------------------------------------------------------------------------------
 */

static bool may_speak(const struct listing *listing, const struct worker *worker)
{
    if (!worker->item)
        return worker->process.id != 0;
    return worker->item == &listing->items[listing->turn] ||
           worker->item->in.len < AHEAD_BYTES / listing->window;
}

/* The worker's END may still lie unheard in its item: then it is idle already. */
static bool said_end(const struct buf *in)
{
    size_t at = 0;
    uint8_t last = 0;
    while (in->len - at >= 5) {
        struct wire wire = { in->ptr + at, 5, false };
        uint32_t len = wire_u32(&wire);
        last = wire_u8(&wire);
        if (len > in->len - at - 4)
            return false;
        at += 4 + (size_t)len;
    }
    return at == in->len && last == LISTING_END;
}

static void receive(struct listing *listing, struct worker *worker)
{
    struct err err = ERR_INIT;
    char nothing[64];
    struct item *item = worker->item;
    if (!item) { /* an idle worker has nothing to say: it is gone, or not to be trusted */
        (void)channel_read(&worker->process.channel, nothing, sizeof nothing, &err);
        end_worker(listing, worker, "worker spoke without an order");
        return;
    }
    buf_reserve(&item->in, READ_BYTES);
    int64_t got =
        channel_read(&worker->process.channel, item->in.ptr + item->in.len, READ_BYTES, &err);
    worker->heard = clock_monotonic_ms();
    if (got <= 0) {
        end_worker(listing, worker, NULL);
        return;
    }
    item->in.len += (size_t)got;
    if (item == &listing->items[listing->turn])
        return; /* pass_on_all() will see */
    if (said_end(&item->in)) {
        item->work = ITEM_READ;
        worker->item = NULL;
    }
}

static void end_silent_workers(struct listing *listing)
{
    int64_t now = clock_monotonic_ms();
    int64_t silence = listing->options->silence_ms ? listing->options->silence_ms : SILENCE_MS;
    for (size_t i = 0; i < listing->worker_count; i++) {
        struct worker *worker = &listing->workers[i];
        if (!worker->item || !may_speak(listing, worker))
            worker->heard = now; /* it waits for us */
        else if (now - worker->heard > silence)
            end_worker(listing, worker, "worker hung on this file and was ended");
    }
}

static int wait_and_receive(struct listing *listing, struct process *processes, bool *ready,
                            struct err *err)
{
    for (size_t i = 0; i < listing->worker_count; i++) {
        processes[i] = listing->workers[i].process;
        if (!may_speak(listing, &listing->workers[i]))
            processes[i].id = 0; /* not now */
    }
    if (process_wait_any(processes, listing->worker_count, WAIT_MS, ready, err) < 0)
        return -1;
    for (size_t i = 0; i < listing->worker_count; i++)
        if (ready[i] && processes[i].id)
            receive(listing, &listing->workers[i]);
    return 0;
}

static int work(struct listing *listing, struct err *err)
{
    AUTO_FREE struct process *processes = mem_alloc(listing->worker_count * sizeof *processes);
    AUTO_FREE bool *ready = mem_alloc(listing->worker_count * sizeof *ready);
    while (listing->turn < listing->item_count && !listing->enough && !interrupt_seen()) {
        if (listing->failures > WORKER_FAILURES_MAX)
            return err_set(err, ERR_RESOURCE, "%u workers died; giving up", listing->failures);
        if (feed(listing, err) < 0 || wait_and_receive(listing, processes, ready, err) < 0)
            return -1;
        end_silent_workers(listing);
        pass_on_all(listing);
    }
    return 0;
}

static void listing_deinit(struct listing *listing, bool kill)
{
    for (size_t i = 0; i < listing->worker_count; i++)
        process_reap(&listing->workers[i].process, kill, NULL, 0);
    for (size_t i = 0; i < listing->item_count; i++) {
        buf_deinit(&listing->items[i].in);
        buf_deinit(&listing->items[i].state);
    }
    free(listing->items);
    free(listing->workers);
    buf_deinit(&listing->after);
    evidence_list_deinit(&listing->list);
}

int listing_run(const struct listing_options *options, const struct listing_settings *settings,
                const struct listing_sink *sink, struct listing_result *out, struct err *err)
{
    struct listing listing = { .options = options, .settings = settings, .sink = sink };
    plan(&listing);
    size_t jobs = options->jobs ? options->jobs : process_cpu_count();
    jobs = jobs < JOBS_MAX ? jobs : JOBS_MAX;
    listing.worker_count = jobs < listing.item_count ? jobs : listing.item_count;
    listing.window = jobs * 2;
    listing.workers = mem_alloc((listing.worker_count + 1) * sizeof *listing.workers);
    int result = work(&listing, err);
    listing.result.interrupted = interrupt_seen() && listing.turn < listing.item_count;
    bool done = result == 0 && listing.turn == listing.item_count;
    listing_deinit(&listing, !done);
    *out = listing.result;
    return result;
}
