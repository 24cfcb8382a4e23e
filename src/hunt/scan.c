#include "hunt/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "hunt/scanner.h"

#define DAMAGE_RECORDS_MAX 64 /* of one item; the rest is summed up in one */
#define ORDER_BYTES_MAX (1U << 20)
#define PROGRESS_BYTES (8U << 20)

void scanner_send(struct scanner *scanner, size_t threshold)
{
    if (scanner->out.len < threshold || scanner->out.len == 0 || scanner->gone)
        return;
    struct err err = ERR_INIT;
    scanner->gone =
        channel_write_full(scanner->channel, scanner->out.ptr, scanner->out.len, &err) != 0;
    buf_clear(&scanner->out);
}

void scanner_report_damage(struct scanner *scanner, uint64_t offset, const char *reason)
{
    struct damage damage = { offset, slice_from(reason) };
    if (scanner->damages++ < DAMAGE_RECORDS_MAX)
        record_put_damage(&scanner->out, &damage);
}

void scanner_sum_up_damage(struct scanner *scanner)
{
    char text[64];
    if (scanner->damages <= DAMAGE_RECORDS_MAX)
        return;
    uint64_t more = scanner->damages - DAMAGE_RECORDS_MAX;
    scanner->damages = 0;
    snprintf(text, sizeof text, "%" PRIu64 " more damaged places", more);
    scanner_report_damage(scanner, 0, text);
}

void scanner_report_progress(struct scanner *scanner, const struct source *source)
{
    uint64_t position = source_position(source);
    if (position < scanner->progress + PROGRESS_BYTES)
        return;
    scanner->progress = position;
    record_put_progress(&scanner->out, position);
    scanner_send(scanner, 0);
}

static void begin_item(struct scanner *scanner)
{
    scanner->family = FAMILY_NONE;
    scanner->hits_only = scanner->assumed = false;
    scanner->damages = scanner->odd_rows = scanner->zeros = 0;
    scanner->progress = 0;
}

/* Where the source of a part starts: a row belongs to the part in which its line starts. */
static uint64_t source_start(const struct scan_order *order, enum scan_split split)
{
    if (order->start == 0)
        return 0;
    return split == SCAN_SPLIT_CHUNKS ? scan_log_start(order->start) : order->start - 1;
}

static void scan_unread(struct scanner *scanner, struct source *source)
{
    struct source_note note = { FAMILY_NONE, false,
                                slice_from(source_kind_name(source_kind(source))) };
    record_put_source(&scanner->out, &note);
    record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
    source_close(source);
}

static void scan_item(struct scanner *scanner, const struct scan_order *order)
{
    struct source *source;
    struct err err = ERR_INIT;
    begin_item(scanner);
    scan_fault(order->path);
    enum scan_split split = order->start ? scan_can_split(order->path) : SCAN_SPLIT_NO;
    if (source_open(&source, order->path, source_start(order, split), UINT64_MAX, &err) < 0) {
        scanner_report_damage(scanner, 0, err.msg);
        record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
        return;
    }
    enum source_kind kind = split == SCAN_SPLIT_CHUNKS ? SOURCE_EVTX : source_kind(source);
    if (kind == SOURCE_TEXT || kind == SOURCE_UTF16LE || kind == SOURCE_UTF16BE)
        scan_text(scanner, source, order);
    else if (kind == SOURCE_EVTX)
        scan_log(scanner, source, order);
    else
        scan_unread(scanner, source);
}

/* ---- orders ---------------------------------------------------------------------------------
 */

void scan_order_put(struct buf *out, const struct scan_order *order)
{
    size_t at = out->len;
    buf_put_u32(out, 0);
    buf_put_u64(out, order->item);
    buf_put_u64(out, order->start);
    buf_put_u64(out, order->length);
    buf_put_text(out, slice_from(order->path));
    buf_put_text(out, order->state);
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(len >> (8 * i));
}

/* One order. 0 read, 1 no more; <0 *err. */
static int read_order(struct channel *channel, struct buf *message, struct arena *arena,
                      struct scan_order *out, struct err *err)
{
    char length[4];
    int got = channel_read_full(channel, length, sizeof length, err);
    if (got != 0)
        return got;
    struct wire head = { length, sizeof length, false };
    uint32_t len = wire_u32(&head);
    if (len > ORDER_BYTES_MAX)
        return err_set(err, ERR_BUG, "order of %u bytes", len);
    buf_clear(message);
    buf_reserve(message, len);
    got = channel_read_full(channel, message->ptr, len, err);
    struct wire wire = { message->ptr, len, got != 0 };
    out->item = wire_u64(&wire);
    out->start = wire_u64(&wire);
    out->length = wire_u64(&wire);
    out->path = arena_text(arena, wire_text(&wire));
    out->state = wire_text(&wire);
    return wire.failed ? err_set(err, ERR_BUG, "malformed order") : 0;
}

int scan_worker(void *settings, struct channel *channel)
{
    struct scanner *scanner = mem_alloc(sizeof *scanner);
    struct evaluator_sink sink = { scanner_on_hit, scanner_on_gave_up, scanner };
    scanner->settings = settings;
    scanner->channel = channel;
    scanner->evaluator = evaluator_new(scanner->settings->engine, &sink);
    scanner->reader = evtx_new();
    scanner->coverage = coverage_new(scanner->settings->since, scanner->settings->until);
    evaluator_limit_time(scanner->evaluator, scanner->settings->since,
                         scanner->settings->until);

    struct arena arena = ARENA_INIT;
    struct buf message = BUF_INIT;
    struct scan_order order = { 0, NULL, 0, 0, SLICE_NULL };
    struct err err = ERR_INIT;
    int got;
    while ((got = read_order(channel, &message, &arena, &order, &err)) == 0 && !scanner->gone) {
        scan_item(scanner, &order);
        scanner_send(scanner, 0);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    buf_deinit(&message);
    buf_deinit(&scanner->out);
    coverage_free(scanner->coverage);
    evaluator_free(scanner->evaluator);
    evtx_free(scanner->reader);
    free(scanner->chunk);
    arena_deinit(&scanner->computer_arena);
    free(scanner);
    return got < 0 ? 1 : 0;
}

static bool is_plain_text(const char *head, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)head[i];
        bool mark = i < 3 && (c == 0xef || c == 0xbb || c == 0xbf); /* UTF-8's */
        if (!mark && c != '\t' && c != '\r' && c != '\n' && (c < 0x20 || c > 0x7e))
            return false;
    }
    return true;
}

enum scan_split scan_can_split(const char *path)
{
    struct file *file;
    char head[64];
    if (file_open(path, &file, NULL) < 0)
        return SCAN_SPLIT_NO;
    int64_t got = file_read(file, 0, head, sizeof head, NULL);
    file_close(file);
    if (got < (int64_t)sizeof head)
        return SCAN_SPLIT_NO;
    if (memcmp(head, "ElfFile", 8) == 0)
        return SCAN_SPLIT_CHUNKS;
    return is_plain_text(head, sizeof head) ? SCAN_SPLIT_LINES : SCAN_SPLIT_NO;
}
