/*
 * PHP: superglobals, functions, classes. Keys of superglobals are rows as well:
 * { "$_SERVER", "DOCUMENT_ROOT" } (follow_element).
 */
#include "webshell/fold.h"

#define CLEAN .result = RESULT_CLEAN
#define GIVEN .result = RESULT_GIVEN
#define FIRST .result = RESULT_FIRST
#define THIS .result = RESULT_THIS
#define JOINED .result = RESULT_JOINED

/* --- what a constant argument says of the source --- */

static void give_only(struct value *out, uint32_t sources)
{
    *out = VALUE_NOTHING;
    out->sources = sources;
}

/* file_get_contents("php://input"), fopen("data:text/plain;base64,...") */
static bool fold_stream(struct fold *fold, const struct value *args, size_t count,
                        struct value *out)
{
    if (count == 0 || args[0].kind != VALUE_TEXT)
        return false;
    struct slice name = slice_trim(args[0].text);
    if (slice_icase_starts(name, SLICE_LIT("php://")) &&
        slice_icase_has(name, SLICE_LIT("input"))) {
        give_only(out, FROM_BODY);
        return true;
    }
    size_t comma = slice_find_char(name, ',');
    if (!slice_icase_starts(name, SLICE_LIT("data:")) || comma == SIZE_MAX)
        return false;
    struct value data = { .kind = VALUE_TEXT, .text = slice_from_offset(name, comma + 1) };
    return slice_icase_has(slice_first(name, comma), SLICE_LIT("base64"))
               ? fold_base64(fold, &data, 1, out)
               : fold_url(fold, &data, 1, out);
}

/* getenv("HTTP_X") is a header. */
static bool fold_environment(struct fold *fold, const struct value *args, size_t count,
                             struct value *out)
{
    (void)fold;
    if (count == 0 || args[0].kind != VALUE_TEXT)
        return false;
    bool header = slice_icase_starts(args[0].text, SLICE_LIT("HTTP_"));
    bool query = slice_icase_eq(args[0].text, SLICE_LIT("QUERY_STRING"));
    give_only(out, header ? FROM_HEADER : query ? FROM_QUERY : 0U);
    return true;
}

/* --- folds that only PHP has --- */

static bool fold_first_letter(struct fold *fold, const struct value *args, size_t count,
                              struct value *out, bool upper)
{
    if (count == 0 || args[0].kind != VALUE_TEXT || args[0].text.len == 0)
        return false;
    struct value letter = value_text(slice_first(args[0].text, 1)), parts[2];
    if (!(upper ? fold_upper : fold_lower)(fold, &letter, 1, &parts[0]))
        return false;
    parts[1] = value_text(slice_from_offset(args[0].text, 1));
    return fold_concat(fold, parts, 2, out);
}

static bool fold_lcfirst(struct fold *fold, const struct value *args, size_t count,
                         struct value *out)
{
    return fold_first_letter(fold, args, count, out, false);
}

static bool fold_ucfirst(struct fold *fold, const struct value *args, size_t count,
                         struct value *out)
{
    return fold_first_letter(fold, args, count, out, true);
}

/* preg_replace("/x/", "", text), where the pattern is plain text. */
static bool fold_plain_pattern(struct fold *fold, const struct value *args, size_t count,
                               struct value *out)
{
    if (count < 3 || args[0].kind != VALUE_TEXT || args[1].kind != VALUE_TEXT)
        return false;
    struct slice pattern = slice_trim(args[0].text);
    size_t end = pattern.len > 2
                     ? slice_find_char(slice_from_offset(pattern, 1), pattern.ptr[0])
                     : SIZE_MAX;
    if (end == SIZE_MAX || end == 0 || slice_find_char(args[1].text, '$') != SIZE_MAX ||
        slice_find_char(args[1].text, '\\') != SIZE_MAX)
        return false;
    struct slice plain = slice_of(pattern.ptr + 1, end);
    for (size_t i = 0; i < plain.len; i++) {
        if (!ascii_is_alnum(plain.ptr[i]) && plain.ptr[i] != '_' && plain.ptr[i] != '-')
            return false;
    }
    struct value order[] = { args[2], value_text(plain), args[1] };
    return fold_replace(fold, order, 3, out);
}

#define RANGE_MAX 256

/* range("a", "z"), range(0, 9) */
static bool fold_range(struct fold *fold, const struct value *args, size_t count,
                       struct value *out)
{
    bool letters = count == 2 && args[0].kind == VALUE_TEXT && args[1].kind == VALUE_TEXT &&
                   args[0].text.len == 1 && args[1].text.len == 1;
    bool numbers = count == 2 && args[0].kind == VALUE_NUMBER && args[1].kind == VALUE_NUMBER;
    if (!letters && !numbers)
        return false;
    double from = letters ? (unsigned char)args[0].text.ptr[0] : args[0].number;
    double to = letters ? (unsigned char)args[1].text.ptr[0] : args[1].number;
    if (!(from <= to && to - from < RANGE_MAX))
        return false;
    size_t items = (size_t)(to - from) + 1;
    struct list *list = list_new(fold->arena, items);
    for (size_t i = 0; i < items; i++) {
        struct value number = value_number(from + (double)i), item = number;
        if (letters && !fold_char(fold, &number, 1, &item))
            return false;
        list_add(fold->arena, list, &item);
    }
    *out = (struct value){ .kind = VALUE_LIST, .list = list };
    return true;
}

/* strtok("first second", " ") */
static bool fold_token(struct fold *fold, const struct value *args, size_t count,
                       struct value *out)
{
    (void)fold;
    if (count < 2 || args[0].kind != VALUE_TEXT || args[1].kind != VALUE_TEXT)
        return false;
    struct slice rest = args[0].text, separators = args[1].text;
    size_t begin = 0;
    while (begin < rest.len && slice_find_char(separators, rest.ptr[begin]) != SIZE_MAX)
        begin++;
    size_t end = begin;
    while (end < rest.len && slice_find_char(separators, rest.ptr[end]) == SIZE_MAX)
        end++;
    *out = value_text(slice_of(rest.ptr + begin, end - begin));
    return true;
}

/* base_convert("1751504350", 10, 36): a word in digits. */
static bool fold_base(struct fold *fold, const struct value *args, size_t count,
                      struct value *out)
{
    struct value number;
    double base;
    if (count < 3 || !value_as_number(&args[2], &base) || !(base >= 2 && base <= 36) ||
        !fold_number(fold, args, 2, &number) || !(number.number >= 0 && number.number < 9e15))
        return false;
    char digits[64];
    size_t at = sizeof digits;
    uint64_t rest = (uint64_t)number.number;
    do {
        digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % (unsigned)base];
        rest /= (unsigned)base;
    } while (rest > 0);
    *out = value_text(arena_copy(fold->arena, slice_of(digits + at, sizeof digits - at)));
    return true;
}

/* Where it lies is not known, but that it is the same file. Too short for a program's name:
 * what programs are given in such files is data (judge.c, is_written). */
static bool fold_temporary(struct fold *fold, const struct value *args, size_t count,
                           struct value *out)
{
    (void)fold;
    (void)args;
    (void)count;
    *out = value_text(slice_from("temp"));
    return true;
}

static const struct api rows[] = {
    /* --- the request --- */
    { "", "$_GET", .gives = FROM_QUERY },
    { "", "$_POST", .gives = FROM_FORM },
    { "", "$_REQUEST", .gives = FROM_REQUEST },
    { "", "$_COOKIE", .gives = FROM_COOKIE },
    { "", "$_FILES", .gives = FROM_FILE, .type = "$_FILES" },
    { "", "$_SERVER", .type = "$_SERVER" },
    { "", "$argv", CLEAN }, /* of the console */
    { "", "$argc", CLEAN },
    { "", "$_ENV", .type = "$_SERVER" },
    { "", "$_SESSION", .type = "$_SESSION", .shared = true },
    { "", "$GLOBALS", .type = "$GLOBALS" },
    { "", "$HTTP_GET_VARS", .gives = FROM_QUERY },
    { "", "$HTTP_POST_VARS", .gives = FROM_FORM },
    { "", "$HTTP_COOKIE_VARS", .gives = FROM_COOKIE },
    { "", "$HTTP_POST_FILES", .gives = FROM_FILE, .type = "$_FILES" },
    { "", "$HTTP_SERVER_VARS", .type = "$_SERVER" },
    { "", "$HTTP_RAW_POST_DATA", .gives = FROM_BODY },
    { "$_FILES", "[]", .gives = FROM_FILE, GIVEN, .type = "$_FILE" },
    { "$_FILE", "name", .gives = FROM_FILE_NAME, GIVEN },
    { "$_FILE", "full_path", .gives = FROM_FILE_NAME, GIVEN },
    { "$_FILE", "tmp_name", .gives = FROM_FILE, GIVEN },
    { "$_FILE", "type", .gives = FROM_HEADER, GIVEN },
    { "$_FILE", "size", CLEAN },
    { "$_FILE", "error", CLEAN },
    { "$_FILE", "[]", .gives = FROM_FILE, GIVEN },
    { "$_SESSION", "[]", .gives = FROM_STORED, GIVEN },
    { "$_SERVER", "[]", .gives = FROM_HEADER, GIVEN },
    { "$_SERVER", "QUERY_STRING", .gives = FROM_QUERY, GIVEN },
    { "$_SERVER", "REQUEST_URI", .gives = FROM_QUERY, GIVEN },
    { "$_SERVER", "PATH_INFO", .gives = FROM_QUERY, GIVEN },
    { "$_SERVER", "ORIG_PATH_INFO", .gives = FROM_QUERY, GIVEN },
    { "$_SERVER", "PHP_SELF", CLEAN, .notes = FLOW_OWN },
    { "$_SERVER", "HTTP_HOST", CLEAN }, /* chooses the site before it reaches a page */
    { "$_SERVER", "DOCUMENT_ROOT", CLEAN },
    { "$_SERVER", "SCRIPT_FILENAME", CLEAN, .notes = FLOW_OWN },
    { "$_SERVER", "SCRIPT_NAME", CLEAN, .notes = FLOW_OWN },
    { "$_SERVER", "PATH_TRANSLATED", CLEAN },
    { "$_SERVER", "SERVER_NAME", CLEAN },
    { "$_SERVER", "SERVER_ADDR", CLEAN },
    { "$_SERVER", "SERVER_PORT", CLEAN },
    { "$_SERVER", "SERVER_SOFTWARE", CLEAN },
    { "$_SERVER", "SERVER_PROTOCOL", CLEAN },
    { "$_SERVER", "SERVER_ADMIN", CLEAN },
    { "$_SERVER", "GATEWAY_INTERFACE", CLEAN },
    { "$_SERVER", "REMOTE_ADDR", CLEAN },
    { "$_SERVER", "REMOTE_PORT", CLEAN },
    { "$_SERVER", "REMOTE_USER", CLEAN },
    { "$_SERVER", "REQUEST_METHOD", CLEAN },
    { "$_SERVER", "REQUEST_TIME", CLEAN },
    { "$_SERVER", "REQUEST_TIME_FLOAT", CLEAN },
    { "$_SERVER", "HTTPS", CLEAN },
    { "$_SERVER", "argv", CLEAN },
    { "$_SERVER", "argc", CLEAN },
    { "$GLOBALS", "_GET", .gives = FROM_QUERY, GIVEN },
    { "$GLOBALS", "_POST", .gives = FROM_FORM, GIVEN },
    { "$GLOBALS", "_REQUEST", .gives = FROM_REQUEST, GIVEN },
    { "$GLOBALS", "_COOKIE", .gives = FROM_COOKIE, GIVEN },
    { "$GLOBALS", "_FILES", .gives = FROM_FILE, GIVEN, .type = "$_FILES" },
    { "$GLOBALS", "_SERVER", GIVEN, .type = "$_SERVER" },
    { "", "getallheaders", .gives = FROM_HEADER, GIVEN },
    { "", "apache_request_headers", .gives = FROM_HEADER, GIVEN },
    { "", "apache_getenv", .fold = fold_environment, CLEAN },
    { "", "getenv", .fold = fold_environment, CLEAN },
    { "", "get_defined_vars", .gives = FROM_REQUEST, GIVEN },
    { "", "parse_str", .scatters = ARG(0), .fills = ARG(1), FIRST },
    { "", "mb_parse_str", .scatters = ARG(0), .fills = ARG(1), FIRST },
    { "", "extract", .scatters = ARG(0), CLEAN },
    { "", "import_request_variables", .scatters = ARG(0), .gives = FROM_REQUEST, CLEAN },

    /* --- text becomes code --- */
    { "", "eval", .sink = SINK_EVALUATE, .args = ARG(0) },
    { "", "assert", .sink = SINK_EVALUATE, .args = ARG(0) },
    { "", "preg_replace", .sink = SINK_EVALUATE, .args = ARG(1), .flagged = true,
      .fold = fold_plain_pattern },
    { "", "preg_filter", .sink = SINK_EVALUATE, .args = ARG(1), .flagged = true },
    { "", "mb_ereg_replace", .sink = SINK_EVALUATE, .args = ARG(1), .flagged = true },
    { "", "mb_eregi_replace", .sink = SINK_EVALUATE, .args = ARG(1), .flagged = true },
    { "", "create_function", .sink = SINK_EVALUATE, .args = ARG(1), .content = ARG(0) },
    { "FFI", "cdef", .sink = SINK_MEMORY, .args = ARG_ALL, .type = "FFI" },
    { "FFI", "system", .sink = SINK_COMMAND, .args = ARG(0) },
    { "FFI", "popen", .sink = SINK_COMMAND, .args = ARG(0) },
    { "", "dl", .sink = SINK_LOAD, .args = ARG(0), CLEAN },
    { "", "include", .sink = SINK_INCLUDE, .args = ARG(0), .fold = fold_stream, CLEAN },
    { "", "include_once", .sink = SINK_INCLUDE, .args = ARG(0), .fold = fold_stream, CLEAN },
    { "", "require", .sink = SINK_INCLUDE, .args = ARG(0), .fold = fold_stream, CLEAN },
    { "", "require_once", .sink = SINK_INCLUDE, .args = ARG(0), .fold = fold_stream, CLEAN },
    { "", "virtual", .sink = SINK_INCLUDE, .args = ARG(0), CLEAN },
    { "", "unserialize", .sink = SINK_DESERIALISE, .args = ARG(0) },
    { "", "yaml_parse", .sink = SINK_DESERIALISE, .args = ARG(0) },

    /* --- functions by name --- */
    { "", "call_user_func", .calls = ARG(0) },
    { "", "call_user_func_array", .calls = ARG(0) },
    { "", "call_user_method", .calls = ARG(0) },
    { "", "forward_static_call", .calls = ARG(0) },
    { "", "forward_static_call_array", .calls = ARG(0) },
    { "", "array_map", .calls = ARG(0) },
    { "", "array_filter", .calls = ARG(1) },
    { "", "array_walk", .calls = ARG(1) },
    { "", "array_walk_recursive", .calls = ARG(1) },
    { "", "array_reduce", .calls = ARG(1) },
    { "", "array_diff_uassoc", .calls = ARG(2) },
    { "", "array_diff_ukey", .calls = ARG(2) },
    { "", "array_udiff", .calls = ARG(2) },
    { "", "array_udiff_assoc", .calls = ARG(2) },
    { "", "array_udiff_uassoc", .calls = ARG(2) | ARG(3) },
    { "", "array_uintersect", .calls = ARG(2) },
    { "", "array_uintersect_assoc", .calls = ARG(2) },
    { "", "array_intersect_uassoc", .calls = ARG(2) },
    { "", "array_intersect_ukey", .calls = ARG(2) },
    { "", "usort", .calls = ARG(1) },
    { "", "uasort", .calls = ARG(1) },
    { "", "uksort", .calls = ARG(1) },
    { "", "iterator_apply", .calls = ARG(1) },
    { "", "preg_replace_callback", .calls = ARG(1) },
    { "", "register_shutdown_function", .calls = ARG(0) },
    { "", "register_tick_function", .calls = ARG(0) },
    { "", "header_register_callback", .calls = ARG(0) },
    { "", "libxml_set_external_entity_loader", .calls = ARG(0) },
    { "", "session_set_save_handler", .calls = ARG_ALL },
    { "", "pcntl_signal", .calls = ARG(1) },
    { NULL, "createFunction", .calls = ARG(1) },
    { NULL, "sqliteCreateFunction", .calls = ARG(1) },
    { "", "set_error_handler", .calls = ARG(0) },
    { "", "set_exception_handler", .calls = ARG(0) },
    { "", "spl_autoload_register", .calls = ARG(0) },
    { "", "ob_start", .calls = ARG(0), .prints_to = ARG(0) },
    { "ReflectionClass", "new", .makes = ARG(0) },
    { "ReflectionObject", "new", .makes = ARG(0) },
    { "ReflectionFunction", "new", .names = ARG(0) },
    { "ReflectionMethod", "new", .names = ARG(1) },
    { "Closure", "fromCallable", FIRST },
    { NULL, "getDocComment", GIVEN, .notes = FLOW_OWN },
    { NULL, "getConstants", GIVEN, .notes = FLOW_OWN },
    { NULL, "invokeArgs", .calls = ARG_THIS },
    { NULL, "invoke", .calls = ARG_THIS },
    { NULL, "__invoke", .calls = ARG_THIS },
    { "CallbackFilterIterator", "new", .calls = ARG(1) },
    { "ArrayObject", "uasort", .calls = ARG(0) },
    { "ArrayObject", "uksort", .calls = ARG(0) },

    /* --- processes --- */
    { "", "system", .sink = SINK_COMMAND, .args = ARG(0), CLEAN },
    { "", "exec", .sink = SINK_COMMAND, .args = ARG(0), .fills = ARG(1) | ARG(2), CLEAN },
    { "", "shell_exec", .sink = SINK_COMMAND, .args = ARG(0), CLEAN },
    { "", "passthru", .sink = SINK_COMMAND, .args = ARG(0), CLEAN },
    { "", "popen", .opens = SINK_COMMAND, .args = ARG(0), GIVEN },
    { "", "proc_open", .opens = SINK_COMMAND, .args = ARG(0), .fills = ARG(2), GIVEN },
    { "", "pcntl_exec", .sink = SINK_COMMAND, .args = ARG(0) | ARG(1), CLEAN },
    { "", "expect_popen", .opens = SINK_COMMAND, .args = ARG(0), GIVEN },
    { "", "escapeshellarg", CLEAN },
    { "COM", "new", .makes = ARG(0), GIVEN },
    { "Shell", "Run", .sink = SINK_COMMAND, .args = ARG(0), CLEAN },
    { "Shell", "Exec", .sink = SINK_COMMAND, .args = ARG(0), CLEAN },
    { NULL, "ShellExecute", .sink = SINK_COMMAND, .args = ARG_ALL, CLEAN },

    /* --- files --- */
    { "", "file_put_contents", .sink = SINK_WRITE, .args = ARG(0), .content = ARG(1), CLEAN },
    { "", "fopen", .opens = SINK_READ, .args = ARG(0), .fold = fold_stream, .gives = FROM_READ,
      GIVEN },
    { "", "gzopen", .opens = SINK_READ, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "bzopen", .opens = SINK_READ, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "fwrite", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "fputs", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "gzwrite", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "fprintf", .content = ARG_REST(1), .to = ARG(0), CLEAN },
    { "", "vfprintf", .content = ARG_REST(1), .to = ARG(0), CLEAN },
    { "", "fputcsv", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "stream_copy_to_stream", .content = ARG(0), .to = ARG(1), CLEAN },
    { "", "move_uploaded_file", .sink = SINK_WRITE, .args = ARG(1), .content = ARG(0), CLEAN },
    { "", "copy", .sink = SINK_WRITE, .args = ARG(1), .content = ARG(0), .reads = ARG(0),
      CLEAN },
    { "", "rename", .sink = SINK_WRITE, .args = ARG(0) | ARG(1), CLEAN },
    { "", "link", .sink = SINK_WRITE, .args = ARG(0) | ARG(1), CLEAN },
    { "", "symlink", .sink = SINK_WRITE, .args = ARG(0) | ARG(1), CLEAN },
    { "", "unlink", .sink = SINK_DELETE, .args = ARG(0), CLEAN },
    { "", "rmdir", .sink = SINK_DELETE, .args = ARG(0), CLEAN },
    { "", "file_get_contents", .sink = SINK_READ, .args = ARG(0), .fold = fold_stream,
      .gives = FROM_READ, GIVEN },
    { "", "file", .sink = SINK_READ, .args = ARG(0), .fold = fold_stream, .gives = FROM_READ,
      GIVEN },
    { "", "readfile", .sink = SINK_READ, .args = ARG(0), CLEAN },
    { "", "highlight_file", .sink = SINK_READ, .args = ARG(0), CLEAN },
    { "", "show_source", .sink = SINK_READ, .args = ARG(0), CLEAN },
    { "", "exif_read_data", .sink = SINK_READ, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "php_strip_whitespace", .sink = SINK_READ, .args = ARG(0), .gives = FROM_READ,
      GIVEN },
    { "", "scandir", .sink = SINK_LIST, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "opendir", .sink = SINK_LIST, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "dir", .sink = SINK_LIST, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "", "glob", .sink = SINK_LIST, .args = ARG(0), .gives = FROM_READ, GIVEN },
    { "DirectoryIterator", "new", .sink = SINK_LIST, .args = ARG(0), .gives = FROM_READ,
      GIVEN },
    { "SplFileObject", "new", .opens = SINK_READ, .args = ARG(0), .gives = FROM_READ, GIVEN,
      .type = "SplFileObject" },
    { "SplFileObject", "fwrite", .content = ARG(0), .to = ARG_THIS, CLEAN },
    { "ZipArchive", "open", THIS },
    { "ZipArchive", "extractTo", .sink = SINK_WRITE, .args = ARG(0) | ARG_THIS,
      .content = ARG_THIS, CLEAN },
    { "DOMDocument", "save", .sink = SINK_WRITE, .args = ARG(0), .content = ARG_THIS, CLEAN },
    { "", "imagejpeg", .sink = SINK_WRITE, .args = ARG(1), CLEAN },
    { "", "imagepng", .sink = SINK_WRITE, .args = ARG(1), CLEAN },
    { "", "imagegif", .sink = SINK_WRITE, .args = ARG(1), CLEAN },
    { "", "basename", .notes = FLOW_NAME_ONLY, FIRST },
    { "", "realpath", FIRST },
    { "", "pathinfo", .notes = FLOW_NAME_ONLY, FIRST },
    { "", "mkdir", CLEAN },
    { "", "chmod", CLEAN },
    { "", "touch", CLEAN },
    { "", "tempnam", .fold = fold_temporary, CLEAN },
    { "", "tmpfile", CLEAN },
    { "", "getcwd", CLEAN },
    { "", "filesize", CLEAN },
    { "", "filemtime", CLEAN },
    { "", "fileperms", CLEAN },
    { "", "sys_get_temp_dir", CLEAN },

    /* --- databases --- */
    { "", "mysql_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "mysql_pconnect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "mysqli_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN,
      .type = "mysqli" },
    { "", "mysqli_real_connect", .sink = SINK_SQL_SERVER, .args = ARG_REST(1), CLEAN },
    { "", "pg_connect", .opens = SINK_SQL_SERVER, .args = ARG(0), GIVEN },
    { "", "mssql_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "sqlsrv_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "odbc_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "oci_connect", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "", "ocilogon", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN },
    { "mysqli", "new", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN, .type = "mysqli" },
    { "mysqli", "real_connect", .sink = SINK_SQL_SERVER, .args = ARG_ALL, CLEAN },
    { "PDO", "new", .opens = SINK_SQL_SERVER, .args = ARG_ALL, GIVEN, .type = "PDO" },
    { "", "mysql_query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "", "mysql_unbuffered_query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED,
      GIVEN },
    { "", "mysql_db_query", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "mysqli_query", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "mysqli_multi_query", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "pg_query", .sink = SINK_SQL, .args = ARG_ALL, .gives = FROM_STORED, GIVEN },
    { "", "pg_exec", .sink = SINK_SQL, .args = ARG_ALL, .gives = FROM_STORED, GIVEN },
    { "", "mssql_query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "", "sqlsrv_query", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "odbc_exec", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "oci_parse", .sink = SINK_SQL, .args = ARG(1), .gives = FROM_STORED, GIVEN },
    { "", "sqlite_query", .sink = SINK_SQL, .args = ARG_ALL, .gives = FROM_STORED, GIVEN },
    { "PDO", "query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "PDO", "exec", .sink = SINK_SQL, .args = ARG(0), CLEAN },
    { "PDO", "prepare", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "PDO", "quote", CLEAN },
    { "mysqli", "query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "mysqli", "multi_query", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "mysqli", "prepare", .sink = SINK_SQL, .args = ARG(0), .gives = FROM_STORED, GIVEN },
    { "", "mysql_fetch_array", .gives = FROM_STORED, GIVEN },
    { "", "mysql_fetch_assoc", .gives = FROM_STORED, GIVEN },
    { "", "mysql_fetch_row", .gives = FROM_STORED, GIVEN },
    { "", "mysqli_fetch_array", .gives = FROM_STORED, GIVEN },
    { "", "mysqli_fetch_assoc", .gives = FROM_STORED, GIVEN },
    { "", "mysql_real_escape_string", CLEAN },
    { "", "mysql_escape_string", CLEAN },
    { "", "mysqli_real_escape_string", CLEAN },
    { "", "pg_escape_string", CLEAN },

    /* --- the network --- */
    { "", "curl_init", .opens = SINK_CONNECT, .args = ARG(0), GIVEN },
    { "", "curl_setopt", .content = ARG(2), .to = ARG(0), .option = "CURLOPT_URL", CLEAN },
    { "", "curl_setopt_array", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "curl_exec", .gives = FROM_FETCHED, GIVEN },
    { "", "curl_multi_getcontent", .gives = FROM_FETCHED, GIVEN },
    { "", "fsockopen", .opens = SINK_CONNECT, .args = ARG(0), .gives = FROM_FETCHED, GIVEN },
    { "", "pfsockopen", .opens = SINK_CONNECT, .args = ARG(0), .gives = FROM_FETCHED, GIVEN },
    { "", "stream_socket_client", .opens = SINK_CONNECT, .args = ARG(0), .gives = FROM_FETCHED,
      GIVEN },
    { "", "socket_connect", .sink = SINK_CONNECT, .args = ARG(1), CLEAN },
    { "", "socket_write", .content = ARG(1), .to = ARG(0), CLEAN },
    { "", "socket_read", .gives = FROM_FETCHED },
    { "", "socket_accept", .gives = FROM_BODY, GIVEN }, /* who connects is the caller, too */
    { "", "stream_socket_accept", .gives = FROM_BODY, GIVEN },
    { "", "socket_recv", .fills = ARG(1), .gives = FROM_FETCHED, GIVEN },
    { "SoapClient", "new", .sink = SINK_CONNECT, .args = ARG(0) },
    { "", "ftp_connect", .sink = SINK_CONNECT, .args = ARG(0), GIVEN },
    { "", "mail", .sink = SINK_MAIL, .args = ARG(0), .content = ARG_REST(1), CLEAN },
    { "", "mb_send_mail", .sink = SINK_MAIL, .args = ARG(0), .content = ARG_REST(1), CLEAN },
    { "", "header", CLEAN },
    { "", "setcookie", CLEAN },

    /* --- text --- */
    { "", "base64_decode", .fold = fold_base64, .notes = FLOW_DECODED },
    { "", "base64_encode", .fold = fold_base64_encode },
    { "", "hex2bin", .fold = fold_hex, .notes = FLOW_DECODED },
    { "", "pack", .fold = fold_pack },
    { "", "gzinflate", .fold = fold_inflate, .notes = FLOW_DECRYPTED },
    { "", "gzuncompress", .fold = fold_inflate, .notes = FLOW_DECRYPTED },
    { "", "gzdecode", .fold = fold_inflate, .notes = FLOW_DECRYPTED },
    { "", "zlib_decode", .fold = fold_inflate, .notes = FLOW_DECRYPTED },
    { "", "bzdecompress", .notes = FLOW_DECRYPTED },
    { "", "mcrypt_decrypt", .notes = FLOW_DECRYPTED },
    { "", "openssl_decrypt", .notes = FLOW_DECRYPTED },
    { "", "convert_uudecode", .fold = fold_uudecode, .notes = FLOW_DECODED },
    { "", "str_rot13", .fold = fold_rot13 },
    { "", "strrev", .fold = fold_reverse },
    { "", "array_reverse", .fold = fold_reverse },
    { "", "chr", .fold = fold_char },
    { "", "mb_chr", .fold = fold_char },
    { "", "ord", .fold = fold_code }, /* of the caller's letters: decoded one by one */
    { "", "implode", .fold = fold_join_separator },
    { "", "join", .fold = fold_join_separator },
    { "", "explode", .fold = fold_split, .order = "10" },
    { "", "str_split", .fold = fold_characters },
    { "", "array_diff", .fold = fold_difference },
    { "", "end", .fold = fold_last },
    { "", "array_pop", .fold = fold_last },
    { "", "current", .fold = fold_first },
    { "", "reset", .fold = fold_first },
    { "", "array_shift", .fold = fold_first },
    { "", "substr_replace", .fold = fold_splice },
    { "", "array_values", .fold = fold_items },
    { "", "substr", .fold = fold_substring },
    { "", "mb_substr", .fold = fold_substring },
    { "", "str_replace", .fold = fold_replace, .order = "201" },
    { "", "str_ireplace", .fold = fold_replace, .order = "201" },
    { "", "strtr", .fold = fold_translate },
    { "", "sprintf", .fold = fold_sprintf },
    { "", "urldecode", .fold = fold_url },
    { "", "rawurldecode", .fold = fold_url },
    { "", "html_entity_decode", .fold = fold_html },
    { "", "htmlspecialchars_decode", .fold = fold_html },
    { "", "strtolower", .fold = fold_lower },
    { "", "strtoupper", .fold = fold_upper },
    { "", "mb_strtolower", .fold = fold_lower },
    { "", "mb_strtoupper", .fold = fold_upper },
    { "", "trim", .fold = fold_trim, .order = "0" },
    { "", "ltrim", .fold = fold_trim, .order = "0" },
    { "", "rtrim", .fold = fold_trim, .order = "0" },
    { "", "chop", .fold = fold_trim, .order = "0" },
    { "", "str_repeat", .fold = fold_repeat },
    { "", "strval", .fold = fold_same },
    { "", "dechex", .fold = fold_hex_number },
    /* What comes out is what went in. */
    { "", "stripslashes", JOINED },
    { "", "stripcslashes", JOINED },
    { "", "addslashes", JOINED },
    { "", "urlencode", JOINED },
    { "", "rawurlencode", JOINED },
    { "", "utf8_encode", JOINED },
    { "", "utf8_decode", JOINED },
    { "", "iconv", JOINED },
    { "", "mb_convert_encoding", JOINED },
    { "", "nl2br", JOINED },
    { "", "ucfirst", .fold = fold_ucfirst },
    { "", "range", .fold = fold_range },
    { "", "strtok", .fold = fold_token },
    { "", "base_convert", .fold = fold_base },
    { "", "lcfirst", .fold = fold_lcfirst },
    { "", "ucwords", JOINED },
    { "", "strip_tags", JOINED },
    { "", "ereg_replace", JOINED },
    { "", "eregi_replace", JOINED },
    { "", "array_unique", JOINED },
    { "", "array_slice", JOINED },
    { "", "array_merge", JOINED },
    { "", "split", JOINED },
    { "", "preg_split", JOINED },
    { "", "strstr", JOINED },
    { "", "stristr", JOINED },
    { "", "strrchr", JOINED },
    { "", "fread", JOINED },
    { "", "fgets", JOINED },
    { "", "fgetc", JOINED },
    { "", "fgetss", JOINED },
    { "", "stream_get_contents", JOINED },
    { "", "stream_get_line", JOINED },
    { "", "gzread", JOINED },
    { "", "quoted_printable_decode", JOINED },
    { "", "hexdec", JOINED },
    { "", "bindec", JOINED },
    { "", "octdec", JOINED },
    { "", "strlen", .fold = fold_length, CLEAN },
    { "", "intval", .fold = fold_number, CLEAN },
    { "", "floatval", CLEAN },
    { "", "doubleval", CLEAN },
    { "", "boolval", CLEAN },
    { "", "preg_match", .fills = ARG(2), .result = RESULT_JOINED },
    { "", "preg_match_all", .fills = ARG(2), .result = RESULT_JOINED },
    { "", "strpos", CLEAN },
    { "", "stripos", CLEAN },
    { "", "strrpos", CLEAN },
    { "", "strcmp", CLEAN },
    { "", "strcasecmp", CLEAN },
    { "", "strncmp", CLEAN },
    { "", "strncasecmp", CLEAN },
    { "", "str_contains", CLEAN },
    { "", "str_starts_with", CLEAN },
    { "", "str_ends_with", CLEAN },
    { "", "substr_count", CLEAN },
    { "", "in_array", CLEAN },
    { "", "array_search", CLEAN },
    { "", "array_key_exists", CLEAN },
    { "", "key_exists", CLEAN },
    { "", "count", CLEAN },
    { "", "sizeof", CLEAN },
    { "", "isset", CLEAN },
    { "", "empty", CLEAN },
    { "", "is_array", CLEAN },
    { "", "is_callable", CLEAN },
    { "", "is_dir", CLEAN },
    { "", "is_file", CLEAN },
    { "", "is_int", CLEAN },
    { "", "is_null", CLEAN },
    { "", "is_numeric", CLEAN },
    { "", "is_object", CLEAN },
    { "", "is_readable", CLEAN },
    { "", "is_string", CLEAN },
    { "", "is_uploaded_file", CLEAN },
    { "", "is_writable", CLEAN },
    { "", "file_exists", CLEAN },
    { "", "function_exists", CLEAN },
    { "", "class_exists", CLEAN },
    { "", "method_exists", CLEAN },
    { "", "ctype_alnum", CLEAN },
    { "", "ctype_digit", CLEAN },
    { "", "checkdate", CLEAN },
    { "", "date", CLEAN },
    { "", "gmdate", CLEAN },
    { "", "time", CLEAN },
    { "", "microtime", CLEAN },
    { "", "strtotime", CLEAN },
    { "", "mktime", CLEAN },
    { "", "number_format", CLEAN },
    { "", "round", CLEAN },
    { "", "floor", CLEAN },
    { "", "ceil", CLEAN },
    { "", "abs", CLEAN },
    { "", "rand", CLEAN },
    { "", "mt_rand", CLEAN },
    { "", "uniqid", CLEAN },
    { "", "md5", CLEAN },
    { "", "md5_file", CLEAN },
    { "", "sha1", CLEAN },
    { "", "crc32", CLEAN },
    { "", "hash", CLEAN },
    { "", "hash_hmac", CLEAN },
    { "", "crypt", CLEAN },
    { "", "password_hash", CLEAN },
    { "", "password_verify", CLEAN },
    { "", "hash_equals", CLEAN },
    { "", "ini_get", CLEAN },
    { "", "ini_set", CLEAN },
    { "", "php_uname", CLEAN },
    { "", "phpversion", CLEAN },
    { "", "phpinfo", CLEAN },
    { "", "session_id", CLEAN },
    { "", "gettype", CLEAN },
    { "", "get_class", CLEAN },
    { "", "echo", CLEAN, .prints = ARG_ALL },
    { "", "print", CLEAN, .prints = ARG_ALL },
    { "", "printf", CLEAN, .prints = ARG_ALL },
    { "", "print_r", CLEAN, .prints = ARG_ALL },
    { "", "var_dump", CLEAN },
    { "", "exit", CLEAN },
    { "", "die", CLEAN },
};

static const struct api_alias aliases[] = {
    { "RecursiveDirectoryIterator", "DirectoryIterator" },
    { "FilesystemIterator", "DirectoryIterator" },
    { "SplTempFileObject", "SplFileObject" },
    { "ArrayIterator", "ArrayObject" },
    { "SQLite3", "PDO" },
    { "SQLiteDatabase", "PDO" },
};

const struct api_table api_php = {
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .aliases = aliases,
    .alias_count = sizeof aliases / sizeof *aliases,
};
