/*
 * Inline SVG: the time line of the attack, with pauses shortened, and the coverage of the logs
 * to scale. Whoever cannot see them finds the same in the lists and tables beside them.
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/html_internal.h"

#define WIDTH 960.0
#define LABEL 198.0 /* column of the lanes' names */
#define RIGHT 8.0
#define LANE 24.0
#define BAR 13.0
#define TICK_ROOM 104.0 /* a date with its time */
#define TICKS_MAX 12
#define MARKS_MAX 700 /* of one chart */

static double plot_width(void)
{
    return WIDTH - LABEL - RIGHT;
}

/* ---- pieces of SVG --------------------------------------------------------------------------
 */

static void number_attribute(struct html *html, const char *name, double value)
{
    html_markup(html, " ");
    html_markup(html, name);
    html_markup(html, "=\"");
    html_decimal(html, value);
    html_markup(html, "\"");
}

static void svg_begin(struct html_report *h, double height, enum html_word title)
{
    struct html *html = &h->html;
    html_markup(html, "<div class=\"chart\" tabindex=\"0\" role=\"group\"");
    html_attribute(html, "aria-label", slice_from(html_word(title)));
    html_markup(html, "><svg role=\"img\" viewBox=\"0 0 ");
    html_decimal(html, WIDTH);
    html_markup(html, " ");
    html_decimal(html, height);
    html_markup(html, "\"");
    html_attribute(html, "aria-label", slice_from(html_word(title)));
    html_markup(html, ">\n");
}

static void svg_end(struct html_report *h)
{
    html_markup(&h->html, "</svg></div>\n");
}

struct box {
    double x, y, width, height;
};

static void svg_rect(struct html *html, const char *class, struct box box, struct slice title)
{
    html_markup(html, "<rect class=\"");
    html_markup(html, class);
    html_markup(html, "\"");
    number_attribute(html, "x", box.x);
    number_attribute(html, "y", box.y);
    number_attribute(html, "width", box.width);
    number_attribute(html, "height", box.height);
    html_markup(html, box.height >= BAR - 1 ? " rx=\"2\"" : "");
    if (title.len) {
        html_markup(html, "><title>");
        html_text_cut(html, title, 300);
        html_markup(html, "</title></rect>\n");
    } else {
        html_markup(html, "/>\n");
    }
}

static void svg_line(struct html *html, const char *class, double x1, double y1, double x2,
                     double y2)
{
    html_markup(html, "<line class=\"");
    html_markup(html, class);
    html_markup(html, "\"");
    number_attribute(html, "x1", x1);
    number_attribute(html, "y1", y1);
    number_attribute(html, "x2", x2);
    number_attribute(html, "y2", y2);
    html_markup(html, "/>\n");
}

static void svg_text(struct html *html, const char *class, double x, double y,
                     struct slice text)
{
    html_markup(html, "<text class=\"");
    html_markup(html, class);
    html_markup(html, "\"");
    number_attribute(html, "x", x);
    number_attribute(html, "y", y);
    html_markup(html, ">");
    html_text_cut(html, text, 60);
    html_markup(html, "</text>\n");
}

/* ---- the time line --------------------------------------------------------------------------
 */

#define POINTS_MAX (2 * VERDICT_STEPS_MAX + HTML_MOMENTS_MAX)

/* Times at which something happened, and where they lie on an axis that shortens pauses. */
struct points {
    size_t count;
    int64_t *times;
    double *places; /* from 0 to 1 */
};

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_point(struct points *points, int64_t time)
{
    if (time != TIME_NONE && points->count < POINTS_MAX)
        points->times[points->count++] = time;
}

static void sort_points(struct points *points)
{
    size_t kept = 0;
    qsort(points->times, points->count, sizeof *points->times, compare_times);
    for (size_t i = 0; i < points->count; i++)
        if (kept == 0 || points->times[i] != points->times[kept - 1])
            points->times[kept++] = points->times[i];
    points->count = kept;
}

/* Room for a pause grows with its logarithm: seconds and weeks are both seen. */
static void place_points(struct points *points)
{
    double total = 0;
    for (size_t i = 1; i < points->count; i++) {
        double minutes = (double)(points->times[i] - points->times[i - 1]) / 6e4;
        total += 0.25 + log2(1 + minutes);
        points->places[i] = total;
    }
    for (size_t i = 0; i < points->count; i++)
        points->places[i] = total > 0 ? points->places[i] / total : 0.5;
}

static double place_of(const struct points *points, int64_t time)
{
    const int64_t *at =
        bsearch(&time, points->times, points->count, sizeof *points->times, compare_times);
    double place = at ? points->places[at - points->times] : 0;
    return LABEL + 10 + place * (plot_width() - 20);
}

static void collect_points(struct points *points, const struct host_verdict *v,
                           const struct html_moment *moments, size_t count)
{
    for (size_t i = 0; i < v->step_count; i++) {
        add_point(points, v->steps[i].first);
        add_point(points, v->steps[i].last);
    }
    for (size_t i = 0; i < count; i++)
        add_point(points, moments[i].time);
    sort_points(points);
    place_points(points);
}

/* Lanes from the first look to the last trace; what was refused is an attempt. */
static const enum stage lanes[] = { STAGE_SCAN,  STAGE_ATTEMPT, STAGE_REACH,  STAGE_ABUSE,
                                    STAGE_PLANT, STAGE_ANSWER,  STAGE_SPREAD, STAGE_CLEANUP };

#define LANE_COUNT (sizeof lanes / sizeof *lanes)

static size_t lane_of(const struct step *step)
{
    bool did = step->outcome == OUTCOME_SUCCESS || step->stage == STAGE_ANSWER ||
               step->stage == STAGE_SCAN || step->stage == STAGE_CLEANUP;
    enum stage stage = did ? step->stage : STAGE_ATTEMPT;
    for (size_t i = 0; i < LANE_COUNT; i++)
        if (lanes[i] == stage)
            return i;
    return LANE_COUNT;
}

static void write_time_ticks(struct html_report *h, const struct points *points, double top,
                             double bottom)
{
    double behind = 0;
    for (size_t i = 0; i < points->count; i++) {
        double x = place_of(points, points->times[i]);
        bool pause = i == 0 || points->times[i] - points->times[i - 1] > 10 * RUN_GAP_MS;
        if (!pause || x < behind)
            continue;
        svg_line(&h->html, "pause", x, top, x, bottom + 4);
        bool late = x + TICK_ROOM > WIDTH;
        if (late && x - TICK_ROOM < behind)
            continue;
        behind = x + TICK_ROOM;
        svg_text(&h->html, late ? "dim end" : "dim", late ? x + 4 : x - 4, bottom + 17,
                 slice_first(tell_when(h->r, points->times[i]), 16));
    }
}

/* One mark for all steps of a lane that would cover each other. */
static void write_step_marks(struct html_report *h, const struct host_verdict *v,
                             const struct points *points, const double *lane_y)
{
    double behind[LANE_COUNT + 1] = { 0 };
    size_t marks = 0;
    for (size_t i = 0; i < v->step_count && marks < MARKS_MAX; i++) {
        const struct step *step = &v->steps[i];
        size_t lane = lane_of(step);
        if (lane == LANE_COUNT || step->first == TIME_NONE)
            continue;
        double x = place_of(points, step->first) - 3;
        double end = place_of(points, step->last == TIME_NONE ? step->first : step->last) + 3;
        if (end <= behind[lane] && x >= behind[lane] - 6)
            continue;
        behind[lane] = end;
        char class[32];
        snprintf(class, sizeof class, "f-%s", stage_name(lanes[lane]));
        svg_rect(&h->html, class, (struct box){ x, lane_y[lane], end - x, BAR },
                 tell_format(h->r, "%.*s %.*s", SLICE_FMT(tell_when(h->r, step->first)),
                             SLICE_FMT(tell_safe(h->r, step->title))));
        marks++;
    }
}

/* Numbers in circles above the lanes; those that would touch each other share a place. */
static void write_moments(struct html_report *h, const struct points *points,
                          const struct html_moment *moments, size_t count, double bottom)
{
    double behind = 0;
    for (size_t i = 0; i < count; i++) {
        double x = place_of(points, moments[i].time);
        svg_line(&h->html, "key", x, 20, x, bottom);
        double at = x > behind ? x : behind;
        behind = at + 19;
        html_markup(&h->html, "<circle class=\"dot\" r=\"8\"");
        number_attribute(&h->html, "cx", at);
        number_attribute(&h->html, "cy", 11);
        html_markup(&h->html, "/>");
        svg_text(&h->html, "dotn", at, 14.5, tell_format(h->r, "%lu", (unsigned long)(i + 1)));
    }
}

void html_time_line(struct html_report *h, const struct host_verdict *v,
                    const struct html_moment *moments, size_t count)
{
    AUTO_FREE int64_t *times = mem_alloc(POINTS_MAX * sizeof *times);
    AUTO_FREE double *places = mem_alloc(POINTS_MAX * sizeof *places);
    struct points points = { 0, times, places };
    bool used[LANE_COUNT + 1] = { false };
    double lane_y[LANE_COUNT + 1] = { 0 }, y = 28;
    collect_points(&points, v, moments, count);
    if (!points.count)
        return;
    for (size_t i = 0; i < v->step_count; i++)
        used[lane_of(&v->steps[i])] |= v->steps[i].first != TIME_NONE;
    for (size_t i = 0; i < LANE_COUNT; i++) {
        lane_y[i] = y + (LANE - BAR) / 2;
        y += used[i] ? LANE : 0;
    }
    svg_begin(h, y + 24, HTML_TIME_LINE_TITLE);
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (!used[i])
            continue;
        svg_rect(&h->html, "lane", (struct box){ LABEL, lane_y[i] - 4, plot_width(), BAR + 8 },
                 SLICE_NULL);
        svg_text(&h->html, "end", LABEL - 10, lane_y[i] + 10,
                 slice_from(words_stage(lanes[i])));
    }
    write_time_ticks(h, &points, 28, y);
    write_step_marks(h, v, &points, lane_y);
    write_moments(h, &points, moments, count, y);
    svg_end(h);
}

/* ---- coverage -------------------------------------------------------------------------------
 */

#define AROUND_MS (45 * MS_PER_DAY) /* of the findings: the axis goes no further */

struct axis {
    int64_t from, to;
    bool cut; /* some log reaches further */
};

static double x_of(const struct axis *axis, int64_t time)
{
    if (time <= axis->from)
        return LABEL;
    if (time >= axis->to)
        return LABEL + plot_width();
    double part = (double)(time - axis->from) / (double)(axis->to - axis->from);
    return LABEL + part * plot_width();
}

static void widen(struct axis *axis, int64_t time)
{
    if (time == TIME_NONE)
        return;
    if (axis->from == TIME_NONE || time < axis->from)
        axis->from = time;
    if (axis->to == TIME_NONE || time > axis->to)
        axis->to = time;
}

static struct axis coverage_axis(const struct host_verdict *v)
{
    struct axis axis = { TIME_NONE, TIME_NONE, false };
    for (size_t i = 0; i < v->coverage_count; i++) {
        widen(&axis, v->coverage[i].from);
        widen(&axis, v->coverage[i].to);
    }
    widen(&axis, v->first);
    widen(&axis, v->last);
    if (v->first != TIME_NONE && axis.from < v->first - AROUND_MS) {
        axis.from = v->first - AROUND_MS;
        axis.cut = true;
    }
    if (v->last != TIME_NONE && axis.to > v->last + AROUND_MS) {
        axis.to = v->last + AROUND_MS;
        axis.cut = true;
    }
    if (axis.from != TIME_NONE && axis.to <= axis.from)
        axis.to = axis.from + MS_PER_HOUR;
    return axis;
}

/* The shortest of these that does not need more than TICKS_MAX ticks. */
static int64_t tick_step(const struct axis *axis)
{
    static const int64_t hours[] = { 1, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760, 87600 };
    size_t i = 0;
    while (i + 1 < sizeof hours / sizeof *hours &&
           (axis->to - axis->from) / (hours[i] * MS_PER_HOUR) > TICKS_MAX - 5)
        i++;
    return hours[i] * MS_PER_HOUR;
}

static void write_axis(struct html_report *h, const struct axis *axis, double bottom)
{
    int64_t step = tick_step(axis);
    int64_t behind = axis->from % step;
    int64_t time = axis->from - (behind < 0 ? behind + step : behind);
    for (size_t i = 0; i <= TICKS_MAX && time <= axis->to; i++, time += step) {
        if (time < axis->from)
            continue;
        double x = x_of(axis, time);
        bool late = x + 60 > WIDTH;
        svg_line(&h->html, "grid", x, 0, x, bottom + 4);
        struct slice text = tell_when(h->r, time);
        text = step < MS_PER_DAY ? slice_of(text.ptr + 5, 11) : slice_first(text, 10);
        svg_text(&h->html, late ? "dim end" : "dim mid", late ? WIDTH - 2 : x, bottom + 17,
                 text);
    }
}

static void write_span(struct html_report *h, const struct axis *axis, int64_t from, int64_t to,
                       double y, const char *class)
{
    double x = x_of(axis, from), end = x_of(axis, to);
    if (to < axis->from || from > axis->to)
        return;
    if (end - x < 1.5)
        end = x + 1.5;
    svg_rect(&h->html, class, (struct box){ x, y, end - x, BAR },
             tell_format(h->r, "%.16s \xe2\x80\x93 %.16s", tell_when(h->r, from).ptr,
                         tell_when(h->r, to).ptr));
}

#define GAPS_DRAWN_MAX 120 /* of one log */

static void write_coverage_lane(struct html_report *h, const struct axis *axis,
                                const struct coverage_line *line, double y)
{
    int64_t from = line->from;
    svg_rect(&h->html, "hole", (struct box){ LABEL, y, plot_width(), BAR }, SLICE_NULL);
    svg_text(&h->html, "end", LABEL - 10, y + 10, slice_from(line->family->title));
    if (from == TIME_NONE)
        return;
    for (size_t i = 0; i < line->gap_count && i < GAPS_DRAWN_MAX; i++) {
        write_span(h, axis, from, line->gaps[i].from, y, "bar");
        from = line->gaps[i].to;
    }
    write_span(h, axis, from, line->to, y, "bar");
}

static void write_found_lane(struct html_report *h, const struct axis *axis,
                             const struct host_verdict *v, double y)
{
    double behind[2] = { 0, 0 };
    size_t marks = 0;
    svg_text(&h->html, "end", LABEL - 10, y + 10, slice_from(html_word(HTML_FOUND_LANE)));
    for (size_t grave = 0; grave < 2; grave++)
        for (size_t i = 0; i < v->step_count && marks < MARKS_MAX; i++) {
            const struct step *step = &v->steps[i];
            if ((step->grade >= GRADE_E2) != (grave == 1) || step->first == TIME_NONE)
                continue;
            double x = x_of(axis, step->first);
            double end = x_of(axis, step->last == TIME_NONE ? step->first : step->last) + 3;
            if (end <= behind[grave] && x >= behind[grave] - 3)
                continue;
            behind[grave] = end;
            svg_rect(&h->html, grave ? "f-bad" : "f-warn", (struct box){ x, y, end - x, BAR },
                     tell_format(h->r, "%.*s %s %.*s", SLICE_FMT(tell_when(h->r, step->first)),
                                 grade_name(step->grade),
                                 SLICE_FMT(tell_safe(h->r, step->title))));
            marks++;
        }
}

/* ---- exposure, on the same axis ---- */

#define EXPOSED_LANES_MAX 8

static bool is_same_exposure(const struct exposure_cve *a, const struct exposure_cve *b)
{
    if (a->interval_count != b->interval_count)
        return false;
    for (size_t i = 0; i < a->interval_count; i++)
        if (a->intervals[i].from != b->intervals[i].from ||
            a->intervals[i].to != b->intervals[i].to ||
            a->intervals[i].until != b->intervals[i].until)
            return false;
    return true;
}

/* CVEs that were open at the same times share a lane: its first one, or SIZE_MAX. */
static size_t lane_owner(const struct exposure *exposure, size_t cve)
{
    if (!exposure->cves[cve].interval_count)
        return SIZE_MAX;
    for (size_t i = 0; i < cve; i++)
        if (is_same_exposure(&exposure->cves[i], &exposure->cves[cve]))
            return i;
    return cve;
}

static size_t exposed_lanes(const struct exposure *exposure)
{
    size_t count = 0;
    for (size_t i = 0; i < CVE_COUNT; i++)
        count += lane_owner(exposure, i) == i;
    return count < EXPOSED_LANES_MAX ? count : EXPOSED_LANES_MAX;
}

static void write_exposed_lane(struct html_report *h, const struct axis *axis, size_t owner,
                               double y)
{
    const struct exposure *exposure = h->exposure;
    const struct exposure_cve *cve = &exposure->cves[owner];
    struct buf all = BUF_INIT;
    size_t count = 0;
    for (size_t i = owner; i < CVE_COUNT; i++)
        if (lane_owner(exposure, i) == owner)
            buf_printf(&all, "%s%s", count++ ? ", " : "", exposure->cves[i].cve->id);
    struct slice names = tell_keep(h->r, &all);
    svg_rect(&h->html, "hole", (struct box){ LABEL, y, plot_width(), BAR }, names);
    svg_text(&h->html, "end", LABEL - 10, y + 10,
             count == 1 ? names
                        : tell_format(h->r, "%s and %lu more", cve->cve->id,
                                      (unsigned long)(count - 1)));
    for (size_t i = 0; i < cve->interval_count; i++) {
        const struct exposure_interval *interval = &cve->intervals[i];
        if (interval->from == TIME_NONE || interval->to == TIME_NONE)
            continue;
        if (interval->until != TIME_NONE)
            write_span(h, axis, interval->to, interval->until, y, "maybe");
        write_span(h, axis, interval->from, interval->to, y, "exposed");
    }
}

static void write_exposed_lanes(struct html_report *h, const struct axis *axis, double y)
{
    size_t drawn = 0;
    for (size_t i = 0; i < CVE_COUNT && drawn < EXPOSED_LANES_MAX; i++) {
        if (lane_owner(h->exposure, i) != i)
            continue;
        write_exposed_lane(h, axis, i, y);
        y += LANE;
        drawn++;
    }
}

void html_coverage_chart(struct html_report *h, const struct host_verdict *v)
{
    struct axis axis = coverage_axis(v);
    size_t exposed = exposed_lanes(h->exposure);
    if (axis.from == TIME_NONE)
        return;
    double y = 8, exposed_y = y + LANE;
    double logs_y = exposed_y + LANE * (double)exposed;
    double lanes_end = logs_y + LANE * (double)v->coverage_count;
    svg_begin(h, lanes_end + 24, HTML_COVERAGE_TITLE);
    write_axis(h, &axis, lanes_end);
    write_found_lane(h, &axis, v, y);
    write_exposed_lanes(h, &axis, exposed_y);
    for (size_t i = 0; i < v->coverage_count; i++)
        write_coverage_lane(h, &axis, &v->coverage[i], logs_y + LANE * (double)i);
    if (v->blind.from != TIME_NONE)
        svg_rect(&h->html, "blind",
                 (struct box){ x_of(&axis, v->blind.from), 2,
                               x_of(&axis, v->blind.to) - x_of(&axis, v->blind.from),
                               lanes_end - 2 },
                 slice_from(html_word(HTML_BLIND_LANE)));
    svg_end(h);
    html_note(h, axis.cut ? HTML_OUTSIDE_AXIS : HTML_COVERAGE_NOTE);
    if (exposed)
        html_note(h, HTML_EXPOSURE_NOTE);
}
