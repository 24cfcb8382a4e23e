#include "hunt/hunt.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "casefile/finish.h"
#include "casefile/pages.h"
#include "casefile/settings.h"
#include "casefile/taken.h"
#include "evidence/walk.h"
#include "hunt/answers.h"
#include "hunt/context.h"
#include "hunt/custody.h"
#include "hunt/taken.h"

#define PART_BYTES (UINT64_C(64) << 20)
#define WAIT_MS 200
#define PROGRESS_MS 200
#define JOBS_MAX 64
#define SILENCE_MS                                                                             \
    INT64_C(120000) /* workers speak every 8 MiB; one that is silent this long hangs */
#define WORKER_FAILURES_MAX 1000 /* after so many dead workers we stop starting new ones */

enum item_state { ITEM_WAITING, ITEM_RUNNING, ITEM_DONE };

struct item {
    const struct evidence_file *file;
    uint64_t start, length;
    enum item_state state;
    uint64_t progress;        /* bytes read so far */
    struct buf before, after; /* header state at both ends, of parts */
    bool part, checked;       /* its `before` is known to be right */
    struct buf order_state;   /* what to tell the worker when it is read again */
};

struct worker {
    struct process process;
    int64_t heard;     /* monotonic time of its last word while it has an item */
    struct item *item; /* NULL: idle */
    struct buf in;     /* bytes received, not yet a whole message */
};

struct hunt {
    const struct hunt_options *options;
    const struct scan_settings *settings;
    struct casefile *casefile;
    struct evidence_list list;
    struct item *items;
    size_t item_count, item_capacity, next, done;
    struct worker *workers;
    size_t worker_count;
    unsigned failures;
    int64_t silence_ms;
    int64_t looked;           /* monotonic time of the last look at the workers; 0: never */
    int64_t told;             /* of the last report of progress */
    struct answers *answers;  /* the second reading for pages; NULL: another one */
    struct taken_keys *taken; /* the second reading for what was taken; NULL: another one */
    struct taken_writer *taken_writer;
    struct record *record;
    struct hunt_progress progress;
};

/* ---- planning -------------------------------------------------------------------------------
 */

static void add_item(struct hunt *hunt, const struct evidence_file *file, uint64_t start,
                     uint64_t length, bool part)
{
    hunt->items =
        mem_reserve(hunt->items, hunt->item_count, &hunt->item_capacity, sizeof *hunt->items);
    hunt->items[hunt->item_count++] = (struct item){
        .file = file, .start = start, .length = length, .part = part, .checked = start == 0
    };
}

static uint64_t part_size(const struct hunt_options *options)
{
    return options->part_bytes ? options->part_bytes : PART_BYTES;
}

static void plan_file(struct hunt *hunt, const struct evidence_file *file)
{
    uint64_t part = part_size(hunt->options);
    if (file->size <= part * 2 || reader_can_split(file->path) == READER_SPLIT_NO) {
        add_item(hunt, file, 0, UINT64_MAX, false);
        return;
    }
    uint64_t start = 0;
    for (; file->size - start > part * 2; start += part)
        add_item(hunt, file, start, part, true);
    add_item(hunt, file, start, UINT64_MAX - start,
             true); /* whatever has grown meanwhile too */
}

/* The folder name that stands for a PATH argument: what nameless rows are called in the end. */
static struct slice root_name(const char *path, struct buf *out)
{
    AUTO_FREE char *absolute = path_absolute(path);
    struct slice whole = slice_from(absolute);
    struct slice last = path_last(whole);
    if (file_kind(path, true, NULL) == FILE_REGULAR)
        last = path_last(slice_of(whole.ptr, (size_t)(last.ptr - whole.ptr)));
    buf_clear(out);
    for (size_t i = 0; i < last.len; i++)
        buf_add_char(out, ascii_lower(last.ptr[i]));
    if (out->len == 0 || slice_eq(buf_slice(out), SLICE_LIT("/"))) {
        buf_clear(out);
        buf_add_text(out, "evidence");
    }
    return buf_slice(out);
}

static void write_plan(struct hunt *hunt)
{
    struct buf name = BUF_INIT;
    casefile_add_rules(hunt->casefile, hunt->settings->set);
    size_t rules = hunt->settings->set->rule_count;
    pages_add_rules(hunt->casefile, rules);
    pages_add_yara(hunt->casefile, rules + PAGE_RULE_COUNT, hunt->settings->yara);
    settings_add_rules(hunt->casefile,
                       rules + PAGE_RULE_COUNT + yara_set_count(hunt->settings->yara));
    for (size_t i = 0; i < hunt->options->path_count; i++)
        casefile_add_root(hunt->casefile, i, slice_from(hunt->options->paths[i]),
                          root_name(hunt->options->paths[i], &name));
    for (size_t i = 0; i < hunt->item_count; i++) {
        const struct item *item = &hunt->items[i];
        uint64_t left = item->file->size - item->start;
        casefile_add_item(hunt->casefile, i, item->file->root, slice_from(item->file->path),
                          item->length < left ? item->length : left);
    }
    for (size_t i = 0; i < hunt->list.trouble_count; i++) {
        const struct evidence_trouble *trouble = &hunt->list.troubles[i];
        casefile_add_trouble(hunt->casefile, slice_from(trouble->path),
                             slice_from(trouble->reason), trouble->skipped);
    }
    buf_deinit(&name);
}

/* Were all parts of the item's file read before? */
static bool file_is_done(struct hunt *hunt, const struct item *item)
{
    for (size_t i = 0; i < hunt->item_count; i++)
        if (hunt->items[i].file == item->file && !casefile_item_done(hunt->casefile, i))
            return false;
    return true;
}

/* The case and SQLite's journal beside it grow while we read: they are not evidence. */
static void walk(struct evidence_list *list, const struct hunt_options *options)
{
    evidence_walk(list, options->paths, options->path_count);
    if (!options->case_path)
        return;
    struct buf journal = BUF_INIT;
    buf_printf(&journal, "%s-journal", options->case_path);
    evidence_leave_out(list, options->case_path);
    evidence_leave_out(list, journal.ptr);
    buf_deinit(&journal);
}

static void plan(struct hunt *hunt)
{
    walk(&hunt->list, hunt->options);
    for (size_t i = 0; i < hunt->list.file_count; i++)
        plan_file(hunt, &hunt->list.files[i]);
    write_plan(hunt);
    for (size_t i = 0; i < hunt->item_count; i++) {
        if (!casefile_item_done(hunt->casefile, i))
            continue;
        if (hunt->items[i].part && !file_is_done(hunt, &hunt->items[i])) {
            casefile_forget_item(hunt->casefile,
                                 i); /* its header chain is not known any more */
            continue;
        }
        hunt->items[i].state = ITEM_DONE; /* by an interrupted run that we continue */
        hunt->items[i].checked = true;
        hunt->done++;
    }
    hunt->progress.bytes_total = hunt->list.bytes;
}

/* ---- workers --------------------------------------------------------------------------------
 */

static uint64_t item_index(const struct hunt *hunt, const struct item *item)
{
    return (uint64_t)(item - hunt->items);
}

static int give(struct hunt *hunt, struct worker *worker, struct item *item, struct err *err)
{
    struct buf order = BUF_INIT;
    struct slice state = item->order_state.len ? buf_slice(&item->order_state) : SLICE_NULL;
    struct order what = { item_index(hunt, item),
                          { item->file->path, item->start, item->length, state } };
    order_put(&order, &what);
    int got = channel_write_full(&worker->process.channel, order.ptr, order.len, err);
    buf_deinit(&order);
    worker->item = item;
    worker->heard = clock_monotonic_ms();
    item->state = ITEM_RUNNING;
    return got;
}

static struct item *next_item(struct hunt *hunt)
{
    while (hunt->next < hunt->item_count && hunt->items[hunt->next].state != ITEM_WAITING)
        hunt->next++;
    return hunt->next < hunt->item_count ? &hunt->items[hunt->next] : NULL;
}

static int start_worker(struct hunt *hunt, struct worker *worker, struct err *err)
{
    buf_clear(&worker->in);
    worker->item = NULL;
    if (hunt->taken)
        return process_start(&worker->process, taken_worker, hunt->taken, err);
    return process_start(&worker->process, scan_worker, (void *)(uintptr_t)hunt->settings, err);
}

/* A worker that died while it had nothing to do is replaced, and its next item goes to the new
 * one. */
static int feed(struct hunt *hunt, struct worker *worker, struct err *err)
{
    struct item *item = next_item(hunt);
    for (int tries = 0; item && tries < 3; tries++) {
        if (!worker->process.id && start_worker(hunt, worker, err) < 0)
            return -1;
        int got = give(hunt, worker, item, err);
        if (got <= 0)
            return got;
        process_reap(&worker->process, true, NULL, 0);
        worker->item = NULL;
        item->state = ITEM_WAITING;
    }
    return item ? err_set(err, ERR_ENVIRONMENT, "workers end as soon as they start") : 0;
}

static void finish_item(struct hunt *hunt, struct item *item)
{
    item->state = ITEM_DONE;
    hunt->done++;
}

static void on_death(struct hunt *hunt, struct worker *worker)
{
    char why[128];
    process_reap(&worker->process, false, why, sizeof why);
    hunt->failures++;
    if (!worker->item)
        return;
    casefile_add_damage(hunt->casefile, item_index(hunt, worker->item), worker->item->start,
                        why[0] ? why : "worker ended without finishing this file");
    finish_item(hunt, worker->item);
    worker->item = NULL;
}

/* ---- parts of a file: is the header that each assumed the one it follows?
 * --------------------- */

static void reread(struct hunt *hunt, struct item *item, struct slice state)
{
    casefile_forget_item(hunt->casefile, item_index(hunt, item));
    buf_clear(&item->order_state);
    buf_add_slice(&item->order_state, state);
    item->state = ITEM_WAITING;
    hunt->done--;
    size_t index = (size_t)item_index(hunt, item);
    if (index < hunt->next)
        hunt->next = index;
}

/* Goes along the parts of a file as far as they are read, and sends back those that erred. */
static void check_parts(struct hunt *hunt, struct item *item)
{
    struct item *end = hunt->items + hunt->item_count;
    for (struct item *next = item + 1; next < end && next->file == item->file; item = next++) {
        if (!item->checked || item->state != ITEM_DONE || next->state != ITEM_DONE)
            return;
        if (next->checked)
            continue;
        next->checked = true;
        if (!slice_eq(buf_slice(&item->after), buf_slice(&next->before))) {
            reread(hunt, next, buf_slice(&item->after));
            return;
        }
    }
}

static void on_end(struct hunt *hunt, struct worker *worker, const struct record *record)
{
    struct item *item = worker->item;
    buf_clear(&item->before);
    buf_clear(&item->after);
    buf_add_slice(&item->before, record->state_before);
    buf_add_slice(&item->after, record->state_after);
    worker->item = NULL;
    finish_item(hunt, item);
    if (!item->part)
        return;
    while (item > hunt->items && item[-1].file == item->file)
        item--;
    check_parts(hunt, item);
}

/* ---- receiving ------------------------------------------------------------------------------
 */

static int on_message(struct hunt *hunt, struct worker *worker, struct slice message,
                      struct err *err)
{
    struct record *record = hunt->record;
    if (!worker->item)
        return err_set(err, ERR_BUG, "a worker spoke without an order");
    if (record_decode(message, hunt->settings->set->rule_count, record, err) < 0)
        return -1;
    if (hunt->taken)
        taken_writer_add(hunt->taken_writer, item_index(hunt, worker->item), record);
    else if (hunt->answers)
        answers_take(hunt->answers, hunt->casefile, item_index(hunt, worker->item), record);
    else
        casefile_add_record(hunt->casefile, item_index(hunt, worker->item), record);
    if (record->kind == RECORD_PROGRESS)
        worker->item->progress = record->number;
    if (record->kind == RECORD_END)
        on_end(hunt, worker, record);
    return 0;
}

/* Whole messages at the start of worker->in are handled and taken off. */
static int drain(struct hunt *hunt, struct worker *worker, struct err *err)
{
    size_t at = 0;
    while (worker->in.len - at >= 4) {
        struct wire wire = { worker->in.ptr + at, 4, false };
        uint32_t len = wire_u32(&wire);
        if (len > RECORD_BYTES_MAX)
            return err_set(err, ERR_EVIDENCE, "message of %u bytes", len);
        if (worker->in.len - at - 4 < len)
            break;
        if (on_message(hunt, worker, slice_of(worker->in.ptr + at + 4, len), err) < 0)
            return -1;
        at += 4 + (size_t)len;
    }
    if (at) {
        memmove(worker->in.ptr, worker->in.ptr + at, worker->in.len - at);
        worker->in.len -= at;
    }
    return 0;
}

/* A worker that hangs or talks nonsense is in the power of its evidence: it is ended. */
static void end_worker(struct hunt *hunt, struct worker *worker, const char *reason)
{
    char why[128];
    if (worker->item) {
        casefile_add_damage(hunt->casefile, item_index(hunt, worker->item), worker->item->start,
                            reason);
        finish_item(hunt, worker->item);
    }
    worker->item = NULL;
    process_reap(&worker->process, true, why, sizeof why);
    hunt->failures++;
}

static void receive(struct hunt *hunt, struct worker *worker)
{
    struct err err = ERR_INIT;
    buf_reserve(&worker->in, 65536);
    int64_t got =
        channel_read(&worker->process.channel, worker->in.ptr + worker->in.len, 65536, &err);
    if (got > 0)
        worker->in.len += (size_t)got;
    worker->heard = clock_monotonic_ms();
    if (got > 0 && drain(hunt, worker, &err) == 0)
        return;
    if (got > 0)
        end_worker(hunt, worker, err.msg);
    else
        on_death(hunt, worker);
}

/* When we were stopped ourselves (Ctrl-Z, a laptop's sleep), so were the workers. */
static void forgive_own_absence(struct hunt *hunt, int64_t now)
{
    bool away = hunt->looked && now - hunt->looked > INT64_C(20) * WAIT_MS;
    hunt->looked = now;
    for (size_t i = 0; away && i < hunt->worker_count; i++)
        hunt->workers[i].heard = now;
}

static void end_silent_workers(struct hunt *hunt)
{
    int64_t now = clock_monotonic_ms();
    forgive_own_absence(hunt, now);
    for (size_t i = 0; i < hunt->worker_count; i++)
        if (hunt->workers[i].item && now - hunt->workers[i].heard > hunt->silence_ms)
            end_worker(hunt, &hunt->workers[i], "worker hung on this file and was ended");
}

static void tell_progress(struct hunt *hunt)
{
    int64_t now = clock_monotonic_ms();
    if (!hunt->options->progress || now - hunt->told < PROGRESS_MS)
        return;
    hunt->told = now; /* seldom: the sum walks over all items */
    uint64_t bytes = 0;
    for (size_t i = 0; i < hunt->item_count; i++) {
        const struct item *item = &hunt->items[i];
        uint64_t left = item->file->size - item->start;
        uint64_t whole = item->length < left ? item->length : left;
        uint64_t so_far = item->progress > item->start ? item->progress - item->start : 0;
        if (item->state == ITEM_DONE)
            bytes += whole;
        else if (item->state == ITEM_RUNNING)
            bytes += so_far < whole ? so_far : whole;
    }
    hunt->progress.bytes = bytes;
    hunt->options->progress(hunt->options->progress_context, &hunt->progress);
}

static void end_workers(struct hunt *hunt, bool kill)
{
    for (size_t i = 0; i < hunt->worker_count; i++) {
        process_reap(&hunt->workers[i].process, kill, NULL, 0);
        buf_deinit(&hunt->workers[i].in);
    }
}

static int feed_idle(struct hunt *hunt, struct err *err)
{
    for (size_t i = 0; i < hunt->worker_count; i++)
        if (!hunt->workers[i].item && feed(hunt, &hunt->workers[i], err) < 0)
            return -1;
    return 0;
}

static int wait_and_receive(struct hunt *hunt, struct process *processes, bool *ready,
                            struct err *err)
{
    for (size_t i = 0; i < hunt->worker_count; i++)
        processes[i] = hunt->workers[i].process;
    if (process_wait_any(processes, hunt->worker_count, WAIT_MS, ready, err) < 0)
        return -1;
    for (size_t i = 0; i < hunt->worker_count; i++)
        if (ready[i])
            receive(hunt, &hunt->workers[i]);
    return 0;
}

static int work(struct hunt *hunt, struct err *err)
{
    AUTO_FREE struct process *processes = mem_alloc(hunt->worker_count * sizeof *processes);
    AUTO_FREE bool *ready = mem_alloc(hunt->worker_count * sizeof *ready);
    while (hunt->done < hunt->item_count && !interrupt_seen()) {
        if (hunt->failures > WORKER_FAILURES_MAX)
            return err_set(err, ERR_RESOURCE, "%u workers died; giving up", hunt->failures);
        if (feed_idle(hunt, err) < 0 || wait_and_receive(hunt, processes, ready, err) < 0 ||
            casefile_error(hunt->casefile, err) < 0)
            return -1;
        end_silent_workers(hunt);
        casefile_checkpoint(hunt->casefile);
        tell_progress(hunt);
    }
    return 0;
}

/* ---- the second reading: back doors that were asked for ------------------------------------
 */

static void read_again(struct hunt *hunt, struct item *item)
{
    buf_clear(&item->order_state);
    if (item->part && item->before.ptr)
        buf_add_slice(&item->order_state, buf_slice(&item->before));
    item->state = ITEM_WAITING;
    item->progress = 0;
    hunt->done--;
}

static void plan_again(struct hunt *hunt, const char *items_sql)
{
    struct query query;
    query_open(&query, hunt->casefile, items_sql);
    while (query_next(&query)) {
        int64_t item = query_int(&query, 0);
        if (item >= 0 && (uint64_t)item < hunt->item_count)
            read_again(hunt, &hunt->items[item]);
    }
    query_close(&query);
    hunt->next = 0;
}

/* Its workers know other rules than those of the scan. */
static int look_for_answers(struct hunt *hunt, struct err *err)
{
    const struct scan_settings *scan = hunt->settings;
    hunt->answers = answers_new(hunt->casefile, scan);
    if (!hunt->answers)
        return 0;
    end_workers(hunt, false);
    hunt->settings = answers_settings(hunt->answers);
    plan_again(hunt, "SELECT id FROM item WHERE family='iis' ORDER BY id");
    int result = work(hunt, err);
    end_workers(hunt, result < 0 || interrupt_seen());
    hunt->settings = scan;
    answers_free(hunt->answers);
    hunt->answers = NULL;
    return result;
}

/* What the intruders took, once they are known: ADR 13. */
static int look_for_taken(struct hunt *hunt, struct err *err)
{
    bool all = hunt->options->volumes;
    hunt->taken = taken_keys_new(hunt->casefile, hunt->settings, all);
    if (!hunt->taken)
        return 0;
    end_workers(hunt, false);
    hunt->taken_writer = taken_writer_open(hunt->casefile);
    plan_again(hunt, taken_items_sql(all));
    int result = work(hunt, err);
    bool cut = result < 0 || hunt->done < hunt->item_count;
    end_workers(hunt, cut);
    taken_writer_close(hunt->taken_writer, all, cut);
    taken_keys_free(hunt->taken);
    hunt->taken_writer = NULL;
    hunt->taken = NULL;
    return result;
}

static size_t choose_jobs(const struct hunt *hunt)
{
    size_t jobs = hunt->options->jobs ? hunt->options->jobs : process_cpu_count();
    if (jobs > hunt->item_count)
        jobs = hunt->item_count;
    if (jobs > JOBS_MAX)
        jobs = JOBS_MAX;
    return jobs ? jobs : 1;
}

static void hunt_deinit(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->item_count; i++) {
        buf_deinit(&hunt->items[i].before);
        buf_deinit(&hunt->items[i].after);
        buf_deinit(&hunt->items[i].order_state);
    }
    free(hunt->items);
    free(hunt->workers);
    free(hunt->record);
    evidence_list_deinit(&hunt->list);
}

/* A part whose header state is not known any more (the case was continued): its whole file. */
static struct reader_part part_again(const struct hunt *hunt, const struct item *item)
{
    struct reader_part part = { item->file->path, item->start, item->length, SLICE_NULL };
    bool first = item == hunt->items || item[-1].file != item->file;
    bool known = item->part && item->before.ptr != NULL;
    if (known)
        part.state = buf_slice(&item->before);
    else if (item->part && first)
        part.length = UINT64_MAX;
    else if (item->part)
        part.path = NULL;
    return part;
}

static int look_around(struct hunt *hunt, struct err *err)
{
    AUTO_FREE struct reader_part *parts = mem_alloc((hunt->item_count + 1) * sizeof *parts);
    for (size_t i = 0; i < hunt->item_count; i++)
        parts[i] = part_again(hunt, &hunt->items[i]);
    struct context_options options = { .events = hunt->options->context,
                                       .parts = parts,
                                       .part_count = hunt->item_count,
                                       .since = hunt->settings->since,
                                       .until = hunt->settings->until,
                                       .proxies = &hunt->settings->proxies,
                                       .jobs = hunt->worker_count,
                                       .silence_ms = hunt->silence_ms };
    return context_run(&options, hunt->casefile, err);
}

static int take_hashes(struct hunt *hunt, struct err *err)
{
    struct custody_options options = { hunt->options->custody, hunt->worker_count,
                                       hunt->silence_ms };
    if (options.wish == CUSTODY_NONE)
        return 0;
    return custody_run(&options, hunt->casefile, err);
}

int hunt_run(const struct hunt_options *options, const struct scan_settings *settings,
             struct casefile *casefile, struct hunt_result *out, struct err *err)
{
    struct hunt hunt = { .options = options, .settings = settings, .casefile = casefile };
    hunt.silence_ms = options->silence_ms ? options->silence_ms : SILENCE_MS;
    plan(&hunt);
    hunt.worker_count = choose_jobs(&hunt);
    hunt.workers = mem_alloc(hunt.worker_count * sizeof *hunt.workers);
    hunt.record = mem_alloc(sizeof *hunt.record);
    int result = work(&hunt, err);
    if (result == 0 && !interrupt_seen())
        result = look_for_answers(&hunt, err);
    bool interrupted = interrupt_seen() && hunt.done < hunt.item_count;
    end_workers(&hunt, interrupted || result < 0);
    if (result == 0)
        result = casefile_finish(casefile, settings->set, options->host, interrupted, err);
    if (result == 0 && !interrupted)
        result = look_for_taken(&hunt, err);
    if (result == 0 && options->context && !interrupted)
        result = look_around(&hunt, err);
    if (result == 0 && !interrupted)
        result = take_hashes(&hunt, err);
    *out = (struct hunt_result){ interrupted, hunt.list.file_count, hunt.list.bytes,
                                 (unsigned)hunt.worker_count };
    hunt_deinit(&hunt);
    return result;
}

void hunt_fingerprint(const struct hunt_options *options, const struct sigma_set *set,
                      struct slice settings_text, struct buf *out)
{
    struct evidence_list list = EVIDENCE_LIST_INIT;
    uint64_t hash = slice_hash(settings_text, false);
    hash = hash * 31 + part_size(options);
    walk(&list, options);
    for (size_t i = 0; i < list.file_count; i++) {
        hash = hash * 31 + slice_hash(slice_from(list.files[i].path), false);
        hash = hash * 31 + list.files[i].size;
    }
    hash = (hash * 31 + set->text_hash) * 31 + set->rule_count;
    buf_printf(out, "%016" PRIx64, hash);
    evidence_list_deinit(&list);
}
