#include "base/json.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/escape.h"

static void comma(struct json *json)
{
    if (!json->first)
        buf_add_char(json->out, ',');
    json->first = false;
}

static void quoted(struct buf *out, struct slice s)
{
    buf_add_char(out, '"');
    escape_json(out, s);
    buf_add_char(out, '"');
}

static void member(struct json *json, struct slice key)
{
    comma(json);
    quoted(json->out, key);
    buf_add_char(json->out, ':');
}

struct json json_open(struct buf *out)
{
    buf_add_char(out, '{');
    return (struct json){ out, true };
}

void json_close(struct json *json)
{
    buf_add_char(json->out, '}');
    json->first = false;
}

void json_text_key(struct json *json, struct slice key, struct slice value)
{
    if (!value.ptr)
        return;
    member(json, key);
    quoted(json->out, value);
}

void json_text(struct json *json, const char *key, struct slice value)
{
    json_text_key(json, slice_from(key), value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    member(json, slice_from(key));
    buf_printf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    member(json, slice_from(key));
    buf_add_text(json->out, value ? "true" : "false");
}

void json_time(struct json *json, const char *key, int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    if (ms != TIME_NONE)
        json_text(json, key, slice_from(time_format(ms, text)));
}

void json_raw(struct json *json, const char *key, struct slice json_value)
{
    member(json, slice_from(key));
    buf_add_slice(json->out, json_value);
}

struct json json_begin(struct json *json, const char *key)
{
    member(json, slice_from(key));
    return json_open(json->out);
}

void json_list_begin(struct json *json, const char *key)
{
    member(json, slice_from(key));
    buf_add_char(json->out, '[');
    json->first = true;
}

void json_list_text(struct json *json, struct slice value)
{
    comma(json);
    quoted(json->out, value);
}

void json_list_pair(struct json *json, struct slice a, struct slice b)
{
    comma(json);
    buf_add_char(json->out, '[');
    quoted(json->out, a);
    buf_add_char(json->out, ',');
    quoted(json->out, b);
    buf_add_char(json->out, ']');
}

void json_list_end(struct json *json)
{
    buf_add_char(json->out, ']');
    json->first = false;
}
