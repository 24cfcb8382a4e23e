#include "webshell/stealer.h"

#include "base/map.h"

enum token_kind { TOKEN_WORD, TOKEN_TEXT, TOKEN_MARK };

struct token {
    enum token_kind kind;
    uint32_t line;
    struct slice text; /* of a text without its quotes */
};

struct script {
    struct arena *arena;
    struct token *tokens;
    size_t count, capacity;
    struct map secrets; /* name → index of the token that made it one, plus 1 */
    struct map typed;   /* the same for whole forms and for keys that are pressed */
    struct map hosts;   /* names that hold the address of another host */
    bool submits;       /* a form is submitted by script */
    bool hooks, stops;  /* a form's submission is listened to; and kept back */
    bool open_elsewhere, open_spelled;
    struct stealer *first, **end;
    size_t found;
};

/* --- Words of the scripts --------------------------------------------------------------- */

static void add_token(struct script *s, enum token_kind kind, uint32_t line, struct slice text)
{
    if (s->count == STEALER_TOKENS_MAX)
        return;
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 256;
        struct token *grown = arena_array(s->arena, s->capacity, sizeof *grown);
        if (s->count)
            memcpy(grown, s->tokens, s->count * sizeof *grown);
        s->tokens = grown;
    }
    s->tokens[s->count++] = (struct token){ kind, line, text };
}

static bool is_word_char(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Behind the string at `at`; only a template goes beyond its line. */
static size_t string_end(struct slice text, size_t at)
{
    char quote = text.ptr[at++];
    while (at < text.len && text.ptr[at] != quote && (quote == '`' || text.ptr[at] != '\n'))
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at < text.len ? at : text.len;
}

static size_t comment_end(struct slice text, size_t at)
{
    bool line = text.ptr[at + 1] == '/';
    size_t end =
        slice_find(slice_from_offset(text, at + 2), line ? SLICE_LIT("\n") : SLICE_LIT("*/"));
    return end == SIZE_MAX ? text.len : at + 2 + end + (line ? 0 : 2);
}

static bool is_comment(struct slice text, size_t at)
{
    return text.ptr[at] == '/' && at + 1 < text.len &&
           (text.ptr[at + 1] == '/' || text.ptr[at + 1] == '*');
}

static size_t read_word(struct script *s, struct slice text, size_t at, uint32_t line)
{
    char c = text.ptr[at];
    size_t end = at;
    while (end < text.len && is_word_char(text.ptr[end]))
        end++;
    if (end > at)
        add_token(s, TOKEN_WORD, line, slice_of(text.ptr + at, end - at));
    else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        add_token(s, TOKEN_MARK, line, slice_of(text.ptr + at, 1));
    return end > at ? end : at + 1;
}

/* `a ${b} c`: what is between the braces is joined to the text. */
static void read_template(struct script *s, struct slice text, uint32_t line)
{
    for (size_t at; (at = slice_find(text, SLICE_LIT("${"))) != SIZE_MAX;) {
        text = slice_from_offset(text, at + 2);
        struct slice inner = slice_first(text, slice_find_char(text, '}'));
        add_token(s, TOKEN_MARK, line, SLICE_LIT("+"));
        for (size_t i = 0; i < inner.len;)
            i = read_word(s, inner, i, line);
        text = slice_from_offset(text, inner.len);
    }
}

/* Adds the token at `at`; returns where the next may start. */
static size_t read_token(struct script *s, struct slice text, size_t at, uint32_t line)
{
    char c = text.ptr[at];
    if (c != '"' && c != '\'' && c != '`')
        return read_word(s, text, at, line);
    size_t end = string_end(text, at);
    struct slice inner = slice_of(text.ptr + at + 1, end - at - 1);
    add_token(s, TOKEN_TEXT, line, inner);
    if (c == '`')
        read_template(s, inner, line);
    return end < text.len && text.ptr[end] == c ? end + 1 : end;
}

static uint32_t count_lines(struct slice text)
{
    uint32_t count = 0;
    for (size_t at; (at = slice_find_char(text, '\n')) != SIZE_MAX; count++)
        text = slice_from_offset(text, at + 1);
    return count;
}

static void read_script(struct script *s, struct slice text, uint32_t line)
{
    for (size_t at = 0; at < text.len;) {
        size_t end =
            is_comment(text, at) ? comment_end(text, at) : read_token(s, text, at, line);
        line += count_lines(slice_of(text.ptr + at, end - at));
        at = end;
    }
    add_token(s, TOKEN_MARK, line, SLICE_LIT(";"));
}

/* The bodies of <script>, but of those that run at the server. */
static void read_page(struct script *s, struct slice text)
{
    uint32_t line = 1;
    for (size_t at; (at = slice_icase_find(text, SLICE_LIT("<script"))) != SIZE_MAX;) {
        struct slice head = slice_from_offset(text, at);
        size_t open = slice_find_char(head, '>');
        if (open == SIZE_MAX)
            return;
        struct slice body = slice_from_offset(head, open + 1);
        body = slice_first(body, slice_icase_find(body, SLICE_LIT("</script")));
        size_t start = (size_t)(body.ptr - text.ptr);
        line += count_lines(slice_first(text, start));
        if (!slice_icase_has(slice_first(head, open), SLICE_LIT("runat")))
            read_script(s, body, line);
        line += count_lines(body);
        text = slice_from_offset(text, start + body.len);
    }
}

/* --- What they hold --------------------------------------------------------------------- */

static bool is_mark(const struct script *s, size_t i, char c)
{
    return i < s->count && s->tokens[i].kind == TOKEN_MARK && s->tokens[i].text.ptr[0] == c;
}

static bool is_word(const struct script *s, size_t i, const char *word)
{
    return i < s->count && s->tokens[i].kind == TOKEN_WORD &&
           slice_eq(s->tokens[i].text, slice_from(word));
}

static bool names_password(struct slice text)
{
    return text.len < 64 && (slice_icase_has(text, SLICE_LIT("passw")) ||
                             slice_icase_has(text, SLICE_LIT("pwd")) ||
                             slice_icase_has(text, SLICE_LIT("userpass")) ||
                             slice_icase_has(text, SLICE_LIT("txtpass")));
}

#define READ_DISTANCE 6 /* tokens from the name of a box to ".value": ") ] . value" */

/* getElementById("password").value, form.password.value, $("#password").val(): read here? */
static bool reads_password(const struct script *s, size_t i, size_t end)
{
    if (s->tokens[i].kind == TOKEN_MARK || !names_password(s->tokens[i].text))
        return false;
    for (size_t j = i + 1; j < end && j <= i + READ_DISTANCE; j++) {
        if (is_word(s, j, "value"))
            return !is_mark(s, j + 1, '=') || is_mark(s, j + 2, '=');
        if (is_word(s, j, "val"))
            return is_mark(s, j + 2, ')');
        if (s->tokens[j].kind == TOKEN_MARK && !memchr(")].", s->tokens[j].text.ptr[0], 3))
            return false;
    }
    return false;
}

#define SHORT_NAME 2      /* letters: such names are used for other things soon */
#define SHORT_MEMORY 400U /* tokens */

static bool is_secret_name(const struct script *s, size_t i)
{
    if (s->tokens[i].kind != TOKEN_WORD)
        return false;
    const uint64_t *made = map_find(&s->secrets, s->tokens[i].text);
    if (!made || !*made)
        return false;
    return s->tokens[i].text.len > SHORT_NAME || (i + 1 >= *made && i < *made + SHORT_MEMORY);
}

static bool has_secret(const struct script *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (reads_password(s, i, to) || is_secret_name(s, i))
            return true;
    return false;
}

/* new FormData(form), $(form).serialize(), event.key: a password among other things. */
static bool has_typed(const struct script *s, size_t from, size_t to)
{
    static const char *const names[] = { "FormData", "serialize", "serializeArray",
                                         "keyCode",  "charCode",  "which" };
    for (size_t i = from; i < to; i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            if (is_word(s, i, names[k]))
                return true;
        if (is_word(s, i, "key") && i && is_mark(s, i - 1, '.') && !is_mark(s, i + 1, '('))
            return true;
        if (s->tokens[i].kind == TOKEN_WORD && map_find(&s->typed, s->tokens[i].text))
            return true;
    }
    return false;
}

/* "https://host", "wss://host", "//host" */
static bool is_elsewhere(struct slice text)
{
    size_t at = slice_find(text, SLICE_LIT("//"));
    bool start = at == 0 || slice_icase_starts(text, SLICE_LIT("http")) ||
                 slice_icase_starts(text, SLICE_LIT("ws"));
    return start && at != SIZE_MAX && at <= 6 && at + 2 < text.len &&
           ascii_is_alnum(text.ptr[at + 2]);
}

/* An address of another host between two tokens, or the name of one; absent: none. */
static struct slice elsewhere_in(const struct script *s, size_t from, size_t to)
{
    struct slice name = SLICE_NULL;
    for (size_t i = from; i < to; i++) {
        const struct token *t = &s->tokens[i];
        if (t->kind == TOKEN_TEXT && is_elsewhere(t->text))
            return t->text;
        if (t->kind == TOKEN_WORD && map_find(&s->hosts, t->text))
            name = t->text;
    }
    return name;
}

static bool has_address(const struct script *s, size_t from, size_t to)
{
    return elsewhere_in(s, from, to).ptr != NULL;
}

/* Is the address itself there, not only a name that may hold one? */
static bool spells_address(const struct script *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (s->tokens[i].kind == TOKEN_TEXT && is_elsewhere(s->tokens[i].text))
            return true;
    return false;
}

/* Does the form go to its server, whatever the script sends? */
static bool goes_anyway(const struct script *s)
{
    return s->submits || (s->hooks && !s->stops);
}

/* --- What they do with it ---------------------------------------------------------------- */

/* Some sites log in at an address of another host, instead of sending a form. */
static bool names_login(struct slice address)
{
    static const char *const words[] = { "login", "logon",   "signin", "sign-in", "sign_in",
                                         "auth",  "session", "token",  "register" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_icase_has(address, slice_from(words[i])))
            return true;
    return false;
}

static void tell(struct script *s, enum stealer_way way, size_t from, size_t to)
{
    if (s->found++ >= STEALER_FOUND_MAX)
        return;
    struct stealer *found = arena_alloc(s->arena, sizeof *found);
    const char *start = s->tokens[from].text.ptr;
    const struct token *last = &s->tokens[to - 1];
    found->way = way;
    found->line = s->tokens[from].line;
    found->what =
        slice_first(slice_of(start, (size_t)(last->text.ptr + last->text.len - start)), 80);
    found->where = elsewhere_in(s, from, to);
    found->may_be_login =
        way == STEALER_ELSEWHERE && names_login(found->where) && !goes_anyway(s);
    *s->end = found;
    s->end = &found->next;
}

/* The end of the argument that starts at `from`: a comma or the closing bracket. */
static size_t argument_end(const struct script *s, size_t from, size_t to)
{
    int depth = 0;
    for (size_t i = from; i < to; i++) {
        if (s->tokens[i].kind != TOKEN_MARK)
            continue;
        char c = s->tokens[i].text.ptr[0];
        depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
        if (depth < 0 || (depth == 0 && c == ','))
            return i;
    }
    return to;
}

/* Calls that send: which argument is the address. */
static const struct sender {
    const char *name;
    int address; /* -1: none */
    bool has_other_uses;
} senders[] = {
    { "fetch", 0, false }, { "sendBeacon", 0, false }, { "post", 0, false },
    { "ajax", 0, false },  { "getJSON", 0, false },    { "getScript", 0, false },
    { "send", -1, false }, { "assign", 0, false },     { "replace", 0, false },
    { "get", 0, true },    { "open", 1, true },        { "load", 0, true },
};

/* text.replace(), storage.get(): only a location's members send. */
static bool is_other_member(const struct script *s, size_t i)
{
    if (!is_word(s, i, "assign") && !is_word(s, i, "replace"))
        return false;
    return i < 2 || !is_word(s, i - 2, "location");
}

static const struct sender *sender_at(const struct script *s, size_t i)
{
    if (!is_mark(s, i + 1, '('))
        return NULL;
    for (size_t k = 0; k < sizeof senders / sizeof senders[0]; k++)
        if (is_word(s, i, senders[k].name))
            return is_other_member(s, i) ? NULL : &senders[k];
    return NULL;
}

/* Is the password part of an address that is put together? */
static bool secret_in_address(const struct script *s, const struct sender *sender, size_t from,
                              size_t to)
{
    if (sender->address < 0)
        return false;
    for (int i = 0; i < sender->address; i++)
        from = argument_end(s, from, to) + 1;
    size_t end = from < to ? argument_end(s, from, to) : from;
    bool object = is_mark(s, from, '{'); /* ajax({ url: ..., data: ... }) */
    bool joined = false;                 /* not map.get(password) */
    for (size_t i = from; i < end; i++)
        joined |= is_mark(s, i, '+') || is_word(s, i, "concat");
    return joined && !object && has_secret(s, from, end);
}

/* What may hold a password weighs only where the other host is spelled out. */
static void judge_typed_call(struct script *s, const struct sender *sender, size_t i, size_t to)
{
    bool spelled = spells_address(s, i + 2, to) || (sender->address < 0 && s->open_spelled);
    if (spelled && !sender->has_other_uses && has_typed(s, i + 2, to))
        tell(s, STEALER_ELSEWHERE, i, to);
}

/* The call at `i` of a statement that ends at `to`. */
static void judge_call(struct script *s, const struct sender *sender, size_t i, size_t to)
{
    size_t from = i + 2;
    if (is_word(s, i, "open")) {
        s->open_elsewhere = has_address(s, from, to);
        s->open_spelled = spells_address(s, from, to);
    }
    bool secret = has_secret(s, from, to);
    if (!secret) {
        judge_typed_call(s, sender, i, to);
        return;
    }
    if (has_address(s, i > 2 ? i - 2 : 0, to) || (sender->address < 0 && s->open_elsewhere))
        tell(s, STEALER_ELSEWHERE, i, to);
    else if (secret_in_address(s, sender, from, to))
        tell(s, STEALER_ADDRESS, i, to);
    else if (goes_anyway(s) || is_word(s, i, "sendBeacon")) /* has no answer */
        tell(s, STEALER_ASIDE, i, to);
}

/* element.setAttribute("src", ...), document.write("<img src=..."): made to be fetched. */
static bool writes_address(const struct script *s, size_t i, size_t to)
{
    bool writes = is_word(s, i, "write") || is_word(s, i, "writeln") ||
                  is_word(s, i, "innerHTML") || is_word(s, i, "outerHTML") ||
                  is_word(s, i, "insertAdjacentHTML") || is_word(s, i, "append");
    bool sets = is_word(s, i, "setAttribute") && is_mark(s, i + 1, '(');
    if (!writes && !sets)
        return false;
    for (size_t k = i + 1; k < to; k++) {
        struct slice text = s->tokens[k].kind == TOKEN_TEXT ? s->tokens[k].text : SLICE_NULL;
        if (sets && k == i + 2)
            return slice_icase_eq(text, SLICE_LIT("src")) ||
                   slice_icase_eq(text, SLICE_LIT("href"));
        if (writes && text.ptr && slice_icase_has(text, SLICE_LIT("src=")))
            return true;
    }
    return false;
}

static void judge_written(struct script *s, size_t i, size_t to)
{
    if (has_secret(s, i + 1, to))
        tell(s, has_address(s, i, to) ? STEALER_ELSEWHERE : STEALER_ADDRESS, i, to);
}

/* name = value, or name.member = value; `i` is at the '='. */
static void judge_assignment(struct script *s, size_t from, size_t i, size_t to)
{
    size_t target = is_mark(s, i - 1, '+') && i > from + 1 ? i - 2 : i - 1;
    bool secret = has_secret(s, i + 1, to), address = has_address(s, i + 1, to);
    if (s->tokens[target].kind != TOKEN_WORD)
        return;
    if (spells_address(s, i + 1, to) && has_typed(s, i + 1, to) &&
        (is_word(s, target, "src") || is_word(s, target, "location"))) {
        tell(s, STEALER_ELSEWHERE, from, to);
        return;
    }
    bool asks_for = is_word(s, target, "src") || is_word(s, target, "href") ||
                    is_word(s, target, "location");
    if (secret && asks_for)
        tell(s, address ? STEALER_ELSEWHERE : STEALER_ADDRESS, from, to);
    else if (secret && is_word(s, target, "cookie"))
        tell(s, STEALER_COOKIE, from, to);
    else if (address && is_word(s, target, "action") && s->secrets.count)
        tell(s, STEALER_ACTION, from, to);
}

/* --- What becomes a password by that ----------------------------------------------------- */

static bool is_common_object(const struct script *s, size_t i)
{
    static const char *const names[] = { "document", "window", "this",   "self", "location",
                                         "value",    "src",    "action", "href", "cookie" };
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (is_word(s, i, names[k]))
            return true;
    return false;
}

static void note(struct map *map, const struct script *s, size_t i)
{
    if (s->tokens[i].kind == TOKEN_WORD && !is_common_object(s, i))
        *map_at(map, s->tokens[i].text, NULL) = i + 1;
}

/* The name in front of '=', and of "object.member =" the object too. */
static void note_target(struct script *s, struct map *map, size_t from, size_t i)
{
    size_t target = is_mark(s, i - 1, '+') && i > from + 1 ? i - 2 : i - 1;
    note(map, s, target);
    while (target >= from + 2 && is_mark(s, target - 1, '.'))
        target -= 2;
    note(map, s, target);
}

/* Short names are used for other things. */
static void note_typed(struct script *s, size_t from, size_t i)
{
    size_t target = is_mark(s, i - 1, '+') && i > from + 1 ? i - 2 : i - 1;
    if (s->tokens[target].text.len > SHORT_NAME)
        note(&s->typed, s, target);
}

static bool is_assignment(const struct script *s, size_t i)
{
    if (!is_mark(s, i, '=') || i == 0 || is_mark(s, i + 1, '=') || is_mark(s, i + 1, '>'))
        return false;
    const struct token *before = &s->tokens[i - 1];
    return before->kind != TOKEN_MARK || memchr("+])", before->text.ptr[0], 3);
}

/* Parameters of the functions that are called with a secret: "function name(a, b)". */
static void note_parameters(struct script *s, const struct map *functions, size_t i, size_t to)
{
    const uint64_t *declared = map_find(functions, s->tokens[i].text);
    if (!declared || !is_mark(s, i + 1, '(') || (i && is_word(s, i - 1, "function")))
        return;
    size_t end = argument_end(s, i + 2, to);
    while (end < to && is_mark(s, end, ','))
        end = argument_end(s, end + 1, to);
    if (!has_secret(s, i + 2, end))
        return;
    for (size_t k = *declared; k < s->count && !is_mark(s, k, ')'); k++)
        note(&s->secrets, s, k);
}

#define ASSIGNMENTS_MAX 8 /* of one statement: a = 1, b = c = 2 */

static void learn_assignment(struct script *s, size_t from, size_t i, size_t end)
{
    if (has_secret(s, i + 1, end))
        note_target(s, &s->secrets, from, i);
    else if (has_typed(s, i + 1, end))
        note_typed(s, from, i);
    if (has_address(s, i + 1, end))
        note_target(s, &s->hosts, from, i);
}

static void learn_statement(struct script *s, const struct map *functions, size_t from,
                            size_t to)
{
    size_t count = 0;
    for (size_t i = from + 1; i < to && count < ASSIGNMENTS_MAX; i++) {
        if (is_assignment(s, i)) {
            learn_assignment(s, from, i, argument_end(s, i + 1, to));
            count++;
        }
    }
    if (count)
        return;
    for (size_t i = from; i < to; i++)
        if (s->tokens[i].kind == TOKEN_WORD)
            note_parameters(s, functions, i, to);
}

static void judge_statement(struct script *s, const struct map *functions, size_t from,
                            size_t to)
{
    (void)functions;
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        const struct sender *sender = sender_at(s, i);
        if (sender) {
            judge_call(s, sender, i, to);
            return;
        }
        if (writes_address(s, i, to)) {
            judge_written(s, i, to);
            return;
        }
        if (i > from && is_assignment(s, i) && count++ < ASSIGNMENTS_MAX)
            judge_assignment(s, from, i, argument_end(s, i + 1, to));
    }
}

typedef void statement_visitor(struct script *s, const struct map *functions, size_t from,
                               size_t to);

#define STATEMENT_TOKENS_MAX 400U /* a longer one is taken in pieces */

/* Statements end with ';' and braces that are not in a call's arguments. */
static void visit_statements(struct script *s, const struct map *functions,
                             statement_visitor *visit)
{
    size_t from = 0;
    int depth = 0;
    for (size_t i = 0; i < s->count; i++) {
        char c = s->tokens[i].kind == TOKEN_MARK ? s->tokens[i].text.ptr[0] : '\0';
        if (c == '(' || c == ')')
            depth += c == '(' ? 1 : -1;
        bool body = c == '{' && i && is_mark(s, i - 1, ')'); /* of a function or an if */
        bool ends = c == ';' || body || ((c == '{' || c == '}') && depth <= 0);
        if (!ends && i - from < STATEMENT_TOKENS_MAX)
            continue;
        if (i > from)
            visit(s, functions, from, i);
        from = i + 1;
        depth = 0;
    }
}

/* form.onsubmit = ..., addEventListener("submit", ...), $(form).submit(function ...) */
static bool hooks_form(const struct script *s, size_t i)
{
    const struct token *token = &s->tokens[i];
    bool event = token->kind == TOKEN_TEXT && slice_eq(token->text, SLICE_LIT("submit"));
    return is_word(s, i, "onsubmit") || (event && i && is_mark(s, i - 1, '(')) ||
           (is_word(s, i, "submit") && is_mark(s, i + 1, '(') && !is_mark(s, i + 2, ')'));
}

static bool stops_form(const struct script *s, size_t i)
{
    return is_word(s, i, "preventDefault") ||
           (is_word(s, i, "return") && is_word(s, i + 1, "false"));
}

static void find_functions(struct script *s, struct map *functions)
{
    for (size_t i = 0; i + 2 < s->count; i++) {
        if (is_word(s, i, "function") && s->tokens[i + 1].kind == TOKEN_WORD)
            *map_at(functions, s->tokens[i + 1].text, NULL) = i + 3;
        s->submits |=
            is_word(s, i, "submit") && is_mark(s, i + 1, '(') && is_mark(s, i + 2, ')');
        s->hooks |= hooks_form(s, i);
        s->stops |= stops_form(s, i);
    }
}

#define LEARNING_PASSES 2

static void judge_script(struct script *s)
{
    struct map functions = MAP_INIT;
    find_functions(s, &functions);
    for (int i = 0; i < LEARNING_PASSES; i++)
        visit_statements(s, &functions, learn_statement);
    visit_statements(s, &functions, judge_statement);
    map_deinit(&functions);
}

static bool is_script_alone(struct slice text, const struct parts *parts)
{
    return parts->kind == PAGE_KIND_CLIENT && !slice_starts(slice_trim(text), SLICE_LIT("<"));
}

struct stealer *stealer_find(struct arena *arena, struct slice text, const struct parts *parts)
{
    if (!slice_icase_has(text, SLICE_LIT("passw")) && !slice_icase_has(text, SLICE_LIT("pwd")))
        return NULL;
    struct script script = {
        .arena = arena, .secrets = MAP_INIT, .typed = MAP_INIT, .hosts = MAP_INIT
    };
    script.end = &script.first;
    if (is_script_alone(text, parts))
        read_script(&script, text, 1);
    else
        read_page(&script, text);
    if (script.count)
        judge_script(&script);
    map_deinit(&script.secrets);
    map_deinit(&script.typed);
    map_deinit(&script.hosts);
    return script.first;
}
