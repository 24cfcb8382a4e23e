#include "hunt/custody.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "casefile/custody.h"
#include "hunt/reader.h"

#define STEP_BYTES (256U << 10)
#define ALIVE_BYTES (UINT64_C(64) << 20) /* between two signs of life */
#define WAIT_MS 200
#define FAILURES_MAX 1000

/* What a worker says; the order is the number of the file alone. */
enum answer_kind { ANSWER_ALIVE = 1, ANSWER_HASHED, ANSWER_FAILED };

struct answer {
    uint32_t kind, file;
    uint64_t size;
    int64_t modified;
    uint8_t sha256[SHA256_BYTES];
    char problem[160];
};

struct helper {
    struct process process;
    size_t file; /* SIZE_MAX: idle */
    int64_t heard;
    struct buf in;
};

struct custody {
    const struct custody_options *options;
    struct casefile *casefile;
    const char *const *paths;
    size_t path_count, next, done;
    struct helper *helpers;
    size_t helper_count;
    unsigned failures;
};

/* ---- a worker -------------------------------------------------------------------------------
 */

static int hash_content(struct file *file, struct answer *answer, struct channel *channel,
                        struct err *err)
{
    AUTO_FREE char *step = mem_alloc(STEP_BYTES);
    struct hash *hash = hash_new(HASH_SHA256);
    uint64_t alive = 0;
    int64_t got;
    while ((got = file_read(file, answer->size, step, STEP_BYTES, err)) > 0) {
        hash_add(hash, step, (size_t)got);
        answer->size += (uint64_t)got;
        if (answer->size - alive < ALIVE_BYTES)
            continue;
        alive = answer->size;
        if (channel_write_full(channel, answer, sizeof *answer, err) != 0)
            break;
    }
    hash_finish(hash, answer->sha256);
    hash_free(hash);
    return got == 0 ? 0 : -1;
}

static void hash_file(const char *path, struct answer *answer, struct channel *channel)
{
    struct err err = ERR_INIT;
    struct file *file = NULL;
    reader_fault(path);
    int result = file_open(path, &file, &err);
    if (result == 0) {
        answer->modified = file_modified(file);
        result = hash_content(file, answer, channel, &err);
    }
    file_close(file);
    answer->kind = result == 0 ? ANSWER_HASHED : ANSWER_FAILED;
    if (result < 0)
        snprintf(answer->problem, sizeof answer->problem, "%s", err.msg);
}

static int hash_worker(void *context, struct channel *channel)
{
    const struct custody *custody = context;
    struct err err = ERR_INIT;
    uint32_t file;
    while (channel_read_full(channel, &file, sizeof file, &err) == 0) {
        struct answer answer = { .kind = ANSWER_ALIVE, .file = file, .modified = TIME_NONE };
        hash_file(custody->paths[file], &answer, channel);
        if (channel_write_full(channel, &answer, sizeof answer, &err) != 0)
            break;
    }
    return 0;
}

/* ---- the coordinator ------------------------------------------------------------------------
 */

static void keep(struct custody *custody, struct helper *helper, const struct answer *answer,
                 const char *problem)
{
    struct custody_note note = { .path = slice_from(custody->paths[helper->file]),
                                 .size = answer->size,
                                 .modified = answer->modified,
                                 .problem = problem ? slice_from(problem) : SLICE_NULL };
    memcpy(note.sha256, answer->sha256, sizeof note.sha256);
    custody_add(custody->casefile, &note);
    helper->file = SIZE_MAX;
    custody->done++;
}

static void lose(struct custody *custody, struct helper *helper, bool kill)
{
    struct answer nothing = { .modified = TIME_NONE };
    process_reap(&helper->process, kill, NULL, 0);
    custody->failures++;
    buf_clear(&helper->in);
    if (helper->file != SIZE_MAX)
        keep(custody, helper, &nothing, "the worker ended while it hashed this file");
}

/* <0: it talks nonsense. */
static int on_answer(struct custody *custody, struct helper *helper, struct answer *answer)
{
    answer->problem[sizeof answer->problem - 1] = '\0';
    if (helper->file == SIZE_MAX || answer->file != helper->file ||
        answer->kind < ANSWER_ALIVE || answer->kind > ANSWER_FAILED || answer->size > INT64_MAX)
        return -1;
    if (answer->modified < TIME_FIRST || answer->modified > TIME_LAST)
        answer->modified = TIME_NONE;
    if (answer->kind != ANSWER_ALIVE)
        keep(custody, helper, answer, answer->kind == ANSWER_FAILED ? answer->problem : NULL);
    return 0;
}

static void receive(struct custody *custody, struct helper *helper)
{
    struct answer answer;
    buf_reserve(&helper->in, sizeof answer);
    int64_t got = channel_read(&helper->process.channel, helper->in.ptr + helper->in.len,
                               sizeof answer - helper->in.len, NULL);
    helper->heard = clock_monotonic_ms();
    if (got <= 0) {
        lose(custody, helper, false);
        return;
    }
    helper->in.len += (size_t)got;
    if (helper->in.len < sizeof answer)
        return;
    memcpy(&answer, helper->in.ptr, sizeof answer);
    buf_clear(&helper->in);
    if (on_answer(custody, helper, &answer) < 0)
        lose(custody, helper, true);
}

static int feed(struct custody *custody, struct err *err)
{
    for (size_t i = 0; i < custody->helper_count; i++) {
        struct helper *helper = &custody->helpers[i];
        if (helper->file != SIZE_MAX || custody->next == custody->path_count)
            continue;
        if (!helper->process.id &&
            process_start(&helper->process, hash_worker, custody, err) < 0)
            return -1;
        uint32_t file = (uint32_t)custody->next++;
        helper->file = file;
        helper->heard = clock_monotonic_ms();
        if (channel_write_full(&helper->process.channel, &file, sizeof file, err) != 0)
            lose(custody, helper, true);
    }
    return 0;
}

static int wait_and_receive(struct custody *custody, struct process *processes, bool *ready,
                            struct err *err)
{
    int64_t silence = custody->options->silence_ms;
    for (size_t i = 0; i < custody->helper_count; i++)
        processes[i] = custody->helpers[i].process;
    if (process_wait_any(processes, custody->helper_count, WAIT_MS, ready, err) < 0)
        return -1;
    for (size_t i = 0; i < custody->helper_count; i++) {
        struct helper *helper = &custody->helpers[i];
        if (ready[i])
            receive(custody, helper);
        else if (helper->file != SIZE_MAX && clock_monotonic_ms() - helper->heard > silence)
            lose(custody, helper, true);
    }
    return 0;
}

static int work(struct custody *custody, struct err *err)
{
    AUTO_FREE struct process *processes = mem_alloc(custody->helper_count * sizeof *processes);
    AUTO_FREE bool *ready = mem_alloc(custody->helper_count * sizeof *ready);
    while (custody->done < custody->path_count && !interrupt_seen()) {
        if (custody->failures > FAILURES_MAX)
            return err_set(err, ERR_RESOURCE, "%u workers died; giving up", custody->failures);
        if (feed(custody, err) < 0 || wait_and_receive(custody, processes, ready, err) < 0 ||
            casefile_error(custody->casefile, err) < 0)
            return -1;
        casefile_checkpoint(custody->casefile);
    }
    return 0;
}

int custody_run(const struct custody_options *options, struct casefile *casefile,
                struct err *err)
{
    struct custody custody = { .options = options, .casefile = casefile };
    struct arena arena = ARENA_INIT;
    custody.path_count =
        custody_begin(casefile, options->wish == CUSTODY_ALL, &arena, &custody.paths);
    custody.helper_count =
        options->jobs < custody.path_count ? options->jobs : custody.path_count;
    custody.helpers = mem_alloc((custody.helper_count + 1) * sizeof *custody.helpers);
    for (size_t i = 0; i < custody.helper_count; i++)
        custody.helpers[i].file = SIZE_MAX;
    int result = custody.helper_count ? work(&custody, err) : 0;
    for (size_t i = 0; i < custody.helper_count; i++) {
        process_reap(&custody.helpers[i].process, result < 0 || interrupt_seen(), NULL, 0);
        buf_deinit(&custody.helpers[i].in);
    }
    free(custody.helpers);
    arena_deinit(&arena);
    return result;
}
