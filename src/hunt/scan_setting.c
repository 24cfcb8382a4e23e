/* Configurations among the evidence. */
#include "base/clock.h"
#include "base/file.h"
#include "base/xml.h"
#include "hunt/scanner.h"

#define HEAD_BYTES 4096

static bool is_candidate(struct file *file)
{
    char head[HEAD_BYTES];
    int64_t got = file_read(file, 0, head, sizeof head, NULL);
    return got > 0 && config_is_candidate(slice_of(head, (size_t)got));
}

static bool read_file(struct file *file, struct buf *out)
{
    uint64_t size = file_size(file);
    int64_t got;
    if (size > XML_BYTES_MAX)
        return false;
    buf_reserve(out, (size_t)size);
    for (; out->len < size; out->len += (size_t)got) {
        got = file_read(file, out->len, out->ptr + out->len, (size_t)size - out->len, NULL);
        if (got <= 0)
            return got == 0;
    }
    return true;
}

/* Services are captured again as neighbours of others. */
static bool is_told(const struct config_report *report, const struct setting *setting)
{
    const struct setting *s = report->first;
    if (setting->kind != SETTING_SERVICE)
        return false;
    while (s != setting && !(s->kind == SETTING_SERVICE && slice_eq(s->name, setting->name)))
        s = s->next;
    return s != setting;
}

static void tell_file(struct scanner *scanner, struct arena *arena, const char *path,
                      const struct config_report *report)
{
    struct setting_record record = { .setting = { .kind = SETTING_FILE } };
    struct setting *s = &record.setting;
    s->name = slice_from(config_file_name(report->file));
    s->value = report->problem ? slice_from(report->problem) : SLICE_LIT("");
    s->detail = SLICE_LIT("");
    s->place =
        report->file == CONFIG_WEB ? config_place(arena, slice_from(path)) : SLICE_LIT("");
    s->line = report->problem_line;
    s->offset = report->problem_offset;
    record_put_setting(&scanner->out, &record);
}

static void tell_damage(struct scanner *scanner, const struct config_report *report)
{
    struct buf reason = BUF_INIT;
    buf_printf(&reason, "line %lu: not well-formed XML: %s%s",
               (unsigned long)report->problem_line, report->problem,
               report->stopped ? "; what stands behind it was not read" : "");
    struct damage damage = { report->problem_offset, buf_slice(&reason) };
    record_put_damage(&scanner->out, &damage);
    buf_deinit(&reason);
}

static void tell(struct scanner *scanner, struct arena *arena, const char *path,
                 const struct config_report *report)
{
    struct damage cut = { 0, SLICE_LIT("too many settings: not all of them were kept") };
    tell_file(scanner, arena, path, report);
    if (report->problem)
        tell_damage(scanner, report);
    if (report->cut)
        record_put_damage(&scanner->out, &cut);
    for (const struct setting *s = report->first; s; s = s->next) {
        struct setting_record record = { *s, setting_judge(arena, s) };
        if (setting_is_kept(s, record.notice) && !is_told(report, s))
            record_put_setting(&scanner->out, &record);
        scanner_send(scanner, SEND_BYTES);
    }
}

bool scanner_look_at_settings(struct scanner *scanner, const struct reader_part *part)
{
    struct err err = ERR_INIT;
    struct file *file;
    struct buf bytes = BUF_INIT;
    struct arena arena = ARENA_INIT;
    struct config_report report = { .file = CONFIG_NONE };
    if (part->start || part->length != UINT64_MAX || file_open(part->path, &file, &err) < 0)
        return false;
    if (is_candidate(file) && read_file(file, &bytes))
        config_read(&arena, buf_slice(&bytes), slice_from(part->path), &report);
    file_close(file);
    if (report.file != CONFIG_NONE)
        tell(scanner, &arena, part->path, &report);
    arena_deinit(&arena);
    buf_deinit(&bytes);
    return report.file != CONFIG_NONE;
}

/* ---- events ---- */

/* Application 1005 and 1006 of this source: the service has done its work. */
static bool is_mitigation_event(const struct evtx_record *record)
{
    const struct evtx_shape *shape = record->shape;
    uint64_t id;
    if (shape->event_id >= shape->count || shape->provider >= shape->count ||
        !evtx_value_u64(&record->values[shape->event_id], &id) || (id != 1005 && id != 1006))
        return false;
    struct arena scratch = ARENA_INIT;
    struct slice provider = evtx_value_text(&record->values[shape->provider], 0, &scratch);
    bool own = slice_icase_eq(provider, SLICE_LIT("MSExchange Mitigation Service"));
    arena_deinit(&scratch);
    return own;
}

/* "M1", "M2.1.0": the number; 0: no name of a mitigation. */
static unsigned mitigation_number(struct slice word)
{
    if (word.len < 2 || word.ptr[0] != 'M' || !ascii_is_digit(word.ptr[1]) ||
        (word.len > 2 && word.ptr[2] != '.'))
        return 0;
    return (unsigned)(word.ptr[1] - '0');
}

static void tell_applied(struct scanner *scanner, struct slice name, int64_t time,
                         uint64_t offset)
{
    char text[TIME_TEXT_SIZE];
    struct setting_record record = { .setting = { .kind = SETTING_LISTED, .offset = offset } };
    struct setting *s = &record.setting;
    s->name = name;
    s->value = SLICE_LIT("applied");
    s->detail = slice_from(time_format_plain(time, text));
    s->place = SLICE_LIT("");
    record_put_setting(&scanner->out, &record);
}

static bool is_separator(char c)
{
    return !ascii_is_alnum(c) && c != '.';
}

/* The service does this every hour: each mitigation is told once. */
void scanner_note_mitigation(struct scanner *scanner, const struct family *family,
                             const struct evtx_record *record, uint64_t offset)
{
    struct buf strings = BUF_INIT;
    int64_t time = event_log_time(record);
    if (!family || family->id != FAMILY_WIN_APPLICATION || time == TIME_NONE ||
        !is_mitigation_event(record))
        return;
    event_log_add_strings(record, &strings);
    for (size_t start = 0, i = 0; i <= strings.len; i++) {
        if (i < strings.len && !is_separator(strings.ptr[i]))
            continue;
        struct slice name = slice_of(strings.ptr + start, i - start);
        unsigned number = mitigation_number(name);
        if (number && !(scanner->mitigations >> number & 1)) {
            scanner->mitigations |= UINT32_C(1) << number;
            tell_applied(scanner, name, time, offset);
        }
        start = i + 1;
    }
    buf_deinit(&strings);
}
