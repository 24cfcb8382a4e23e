/* Configurations among the evidence. */
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
