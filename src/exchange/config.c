#include "exchange/config.h"

#include "base/xml.h"
#include "exchange/config_internal.h"
#include "exchange/mitigation.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *config_file_name(enum config_file file)
{
    static const char *const names[CONFIG_FILE_COUNT] = {
        [CONFIG_NONE] = "unknown",
        [CONFIG_APPLICATION_HOST] = "applicationHost.config",
        [CONFIG_WEB] = "web.config",
        [CONFIG_REDIRECTION] = "redirection.config",
        [CONFIG_ADMINISTRATION] = "administration.config",
        [CONFIG_AGENTS] = "agents.config",
        [CONFIG_OBJECTS] = "captured objects",
    };
    return names[file];
}

static const char *const kind_names[SETTING_KIND_COUNT] = {
    [SETTING_FILE] = "file",
    [SETTING_REWRITE] = "rewrite rule",
    [SETTING_CLEAR] = "rewrite rules cleared",
    [SETTING_REMOVE] = "rewrite rule removed",
    [SETTING_GLOBAL_MODULE] = "native module",
    [SETTING_MODULE] = "module",
    [SETTING_HANDLER] = "handler",
    [SETTING_DIRECTORY] = "virtual directory",
    [SETTING_FILTER] = "isapi filter",
    [SETTING_POOL] = "application pool",
    [SETTING_PROTECTION] = "extended protection",
    [SETTING_SSL] = "ssl",
    [SETTING_MACHINE_KEY] = "machine key",
    [SETTING_ANONYMOUS] = "anonymous user",
    [SETTING_REDIRECTION] = "shared configuration",
    [SETTING_AGENT] = "transport agent",
    [SETTING_SERVICE] = "service",
    [SETTING_LISTED] = "mitigation listed",
    [SETTING_SERVER] = "server setting",
};

const char *setting_kind_name(enum setting_kind kind)
{
    return kind_names[kind];
}

enum setting_kind setting_kind_by_name(struct slice name)
{
    size_t kind = 0;
    while (kind < SETTING_KIND_COUNT && !slice_eq(name, slice_from(kind_names[kind])))
        kind++;
    return (enum setting_kind)kind;
}

/* The first bytes, zeros of UTF-16 left out. */
bool config_is_candidate(struct slice head)
{
    char text[4096];
    size_t len = 0;
    for (size_t i = 0; i < head.len && len < sizeof text; i++)
        if (head.ptr[i])
            text[len++] = head.ptr[i];
    struct slice start = slice_of(text, len);
    return slice_icase_has(start, SLICE_LIT("<configuration")) ||
           slice_icase_has(start, SLICE_LIT("<Objs "));
}

/* ---- facts ---- */

struct slice config_keep(struct config_reading *r, struct slice text)
{
    return arena_copy(r->arena, slice_first(text, CONFIG_TEXT_MAX));
}

struct setting *config_add(struct config_reading *r, enum setting_kind kind, struct slice name,
                           struct slice value)
{
    if (r->report->count == CONFIG_FACTS_MAX) {
        r->report->cut = true;
        return &r->nowhere;
    }
    struct setting *setting = arena_alloc(r->arena, sizeof *setting);
    setting->kind = kind;
    setting->place = r->place;
    setting->name = config_keep(r, name);
    setting->value = config_keep(r, value);
    setting->detail = SLICE_LIT("");
    setting->line = r->line;
    setting->offset = r->offset;
    *r->end = setting;
    r->end = &setting->next;
    r->report->count++;
    return setting;
}

/* ---- elements ---- */

bool config_is_false(const struct xml_element *element, const char *name)
{
    return slice_icase_eq(xml_attribute(element, name), SLICE_LIT("false"));
}

bool config_is_true(const struct xml_element *element, const char *name)
{
    return slice_icase_eq(xml_attribute(element, name), SLICE_LIT("true"));
}

bool config_in(const struct config_reading *r, enum node node)
{
    return r->depth && r->open[r->depth - 1] == node;
}

static bool is_within(const struct config_reading *r, enum node node)
{
    for (size_t i = 0; i < r->depth; i++)
        if (r->open[i] == node)
            return true;
    return false;
}

static struct slice join_places(struct config_reading *r, struct slice a, struct slice b)
{
    while (b.len && b.ptr[0] == '/')
        b = slice_from_offset(b, 1);
    while (b.len && b.ptr[b.len - 1] == '/')
        b.len--;
    if (!a.len || !b.len)
        return a.len ? a : config_keep(r, b);
    char *text = arena_alloc(r->arena, a.len + b.len + 2);
    memcpy(text, a.ptr, a.len);
    text[a.len] = '/';
    memcpy(text + a.len + 1, b.ptr, b.len);
    return slice_of(text, a.len + 1 + b.len);
}

/* A path of a virtual directory or of a site's application may be as long as the file: cut. */
static struct slice place_attribute(const struct xml_element *element, const char *name)
{
    return slice_first(xml_attribute(element, name), CONFIG_TEXT_MAX);
}

static void read_location(struct config_reading *r, const struct xml_element *element)
{
    r->place = config_keep(r, xml_attribute(element, "path"));
}

static void read_site(struct config_reading *r, const struct xml_element *element)
{
    r->site = config_keep(r, xml_attribute(element, "name"));
    r->application = SLICE_LIT("");
}

static void read_application(struct config_reading *r, const struct xml_element *element)
{
    r->application = config_keep(r, xml_attribute(element, "path"));
}

static void read_directory(struct config_reading *r, const struct xml_element *element)
{
    struct slice before = r->place;
    if (is_within(r, NODE_SITE)) {
        r->place = join_places(r, r->site, r->application);
        r->place = join_places(r, r->place, place_attribute(element, "path"));
        config_add(r, SETTING_DIRECTORY, SLICE_LIT(""), xml_attribute(element, "physicalPath"));
    }
    r->place = before;
}

static void read_pool(struct config_reading *r, const struct xml_element *element)
{
    struct setting *pool =
        config_add(r, SETTING_POOL, xml_attribute(element, "name"), SLICE_LIT(""));
    if (config_is_false(element, "autoStart")) {
        pool->flags = SETTING_OFF;
        pool->value = SLICE_LIT("autoStart=\"false\"");
    }
}

static void read_add(struct config_reading *r, const struct xml_element *element)
{
    struct slice name = xml_attribute(element, "name"), engine;
    if (config_in(r, NODE_POOLS))
        read_pool(r, element);
    else if (config_in(r, NODE_GLOBAL_MODULES))
        config_add(r, SETTING_GLOBAL_MODULE, name, xml_attribute(element, "image"));
    else if (config_in(r, NODE_MODULES) && xml_attribute(element, "type").len)
        config_add(r, SETTING_MODULE, name, xml_attribute(element, "type"));
    else if (config_in(r, NODE_HANDLERS)) {
        engine = xml_attribute(element, "scriptProcessor");
        struct setting *handler =
            config_add(r, SETTING_HANDLER, name, xml_attribute(element, "path"));
        handler->detail = config_keep(r, engine.len ? engine : xml_attribute(element, "type"));
    } else {
        config_rewrite_add(r, element);
    }
}

static void read_filter(struct config_reading *r, const struct xml_element *element)
{
    if (config_in(r, NODE_FILTERS))
        config_add(r, SETTING_FILTER, xml_attribute(element, "name"),
                   xml_attribute(element, "path"));
}

static void read_protection(struct config_reading *r, const struct xml_element *element)
{
    if (xml_has_attribute(element, "tokenChecking"))
        config_add(r, SETTING_PROTECTION, SLICE_LIT(""),
                   xml_attribute(element, "tokenChecking"));
}

static void read_access(struct config_reading *r, const struct xml_element *element)
{
    if (xml_has_attribute(element, "sslFlags"))
        config_add(r, SETTING_SSL, SLICE_LIT(""), xml_attribute(element, "sslFlags"));
}

#define KEY_SHOWN 8 /* characters: enough to know it by, too few to use it */

static void read_machine_key(struct config_reading *r, const struct xml_element *element)
{
    struct slice key = xml_attribute(element, "validationKey");
    if (key.len && !slice_icase_has(key, SLICE_LIT("AutoGenerate")))
        config_add(r, SETTING_MACHINE_KEY, SLICE_LIT(""), slice_first(key, KEY_SHOWN));
}

static void read_anonymous(struct config_reading *r, const struct xml_element *element)
{
    struct slice user = xml_attribute(element, "userName");
    if (user.len)
        config_add(r, SETTING_ANONYMOUS, SLICE_LIT(""), user);
}

static void read_redirection(struct config_reading *r, const struct xml_element *element)
{
    r->redirects = true;
    if (config_is_true(element, "enabled"))
        config_add(r, SETTING_REDIRECTION, SLICE_LIT(""), xml_attribute(element, "path"));
}

static void read_agent(struct config_reading *r, const struct xml_element *element)
{
    if (!config_in(r, NODE_AGENTS))
        return;
    struct setting *agent = config_add(r, SETTING_AGENT, xml_attribute(element, "name"),
                                       xml_attribute(element, "assemblyPath"));
    agent->detail = config_keep(r, xml_attribute(element, "classFactory"));
    if (config_is_false(element, "enabled"))
        agent->flags = SETTING_OFF;
}

/* What an element is called, and what is done when it begins. */
static const struct {
    struct slice name;
    enum node node;
    void (*begin)(struct config_reading *r, const struct xml_element *element);
} elements[] = {
    { SLICE_INIT("configuration"), NODE_CONFIGURATION, NULL },
    { SLICE_INIT("system.applicationHost"), NODE_APPLICATION_HOST, NULL },
    { SLICE_INIT("system.webServer"), NODE_WEB_SERVER, NULL },
    { SLICE_INIT("system.web"), NODE_WEB, NULL },
    { SLICE_INIT("configRedirection"), NODE_OTHER, read_redirection },
    { SLICE_INIT("moduleProviders"), NODE_PROVIDERS, NULL },
    { SLICE_INIT("location"), NODE_LOCATION, read_location },
    { SLICE_INIT("applicationPools"), NODE_POOLS, NULL },
    { SLICE_INIT("site"), NODE_SITE, read_site },
    { SLICE_INIT("application"), NODE_APPLICATION, read_application },
    { SLICE_INIT("virtualDirectory"), NODE_OTHER, read_directory },
    { SLICE_INIT("globalModules"), NODE_GLOBAL_MODULES, NULL },
    { SLICE_INIT("modules"), NODE_MODULES, NULL },
    { SLICE_INIT("httpModules"), NODE_MODULES, NULL },
    { SLICE_INIT("handlers"), NODE_HANDLERS, NULL },
    { SLICE_INIT("httpHandlers"), NODE_HANDLERS, NULL },
    { SLICE_INIT("isapiFilters"), NODE_FILTERS, NULL },
    { SLICE_INIT("filter"), NODE_OTHER, read_filter },
    { SLICE_INIT("extendedProtection"), NODE_OTHER, read_protection },
    { SLICE_INIT("access"), NODE_OTHER, read_access },
    { SLICE_INIT("machineKey"), NODE_OTHER, read_machine_key },
    { SLICE_INIT("anonymousAuthentication"), NODE_OTHER, read_anonymous },
    { SLICE_INIT("mexRuntime"), NODE_MEX, NULL },
    { SLICE_INIT("agentList"), NODE_AGENTS, NULL },
    { SLICE_INIT("agent"), NODE_OTHER, read_agent },
    { SLICE_INIT("rewrite"), NODE_REWRITE, NULL },
    { SLICE_INIT("rules"), NODE_RULES, config_rewrite_section },
    { SLICE_INIT("globalRules"), NODE_GLOBAL_RULES, config_rewrite_section },
    { SLICE_INIT("outboundRules"), NODE_OUTBOUND_RULES, config_rewrite_section },
    { SLICE_INIT("preCondition"), NODE_PRECONDITION, config_rewrite_precondition },
    { SLICE_INIT("rule"), NODE_RULE, config_rewrite_begin },
    { SLICE_INIT("match"), NODE_OTHER, config_rewrite_match },
    { SLICE_INIT("conditions"), NODE_CONDITIONS, config_rewrite_conditions },
    { SLICE_INIT("action"), NODE_OTHER, config_rewrite_action },
    { SLICE_INIT("clear"), NODE_OTHER, config_rewrite_clear },
    { SLICE_INIT("remove"), NODE_OTHER, config_rewrite_remove },
    { SLICE_INIT("add"), NODE_OTHER, read_add },
    { SLICE_INIT("Objs"), NODE_OBJECTS, NULL },
};

static void on_start(void *context, const struct xml_element *element)
{
    struct config_reading *r = context;
    size_t i = 0;
    r->line = element->line;
    r->offset = element->offset;
    while (i < COUNT(elements) && !slice_icase_eq(element->name, elements[i].name))
        i++;
    enum node node = i < COUNT(elements) ? elements[i].node : NODE_OTHER;
    r->seen |= UINT64_C(1) << node;
    if (i < COUNT(elements) && elements[i].begin)
        elements[i].begin(r, element);
    if (r->depth && r->open[0] == NODE_OBJECTS)
        config_object_begin(r, element);
    r->open[r->depth++] = node;
}

static void on_end(void *context, struct slice name)
{
    struct config_reading *r = context;
    enum node node = r->open[--r->depth];
    (void)name;
    if (node == NODE_RULE)
        config_rewrite_end(r);
    if (node == NODE_LOCATION)
        r->place = SLICE_LIT("");
    if (r->depth && r->open[0] == NODE_OBJECTS)
        config_object_end(r);
}

static void on_text(void *context, struct slice text)
{
    struct config_reading *r = context;
    if (r->wants_text && r->text.len < CONFIG_TEXT_MAX)
        buf_add_slice(&r->text, slice_first(text, CONFIG_TEXT_MAX - r->text.len));
}

/* ---- files ---- */

static bool has(const struct config_reading *r, enum node node)
{
    return r->seen >> node & 1;
}

static enum config_file kind_of(const struct config_reading *r)
{
    if (has(r, NODE_OBJECTS))
        return r->report->count ? CONFIG_OBJECTS : CONFIG_NONE;
    if (!has(r, NODE_CONFIGURATION))
        return CONFIG_NONE;
    if (has(r, NODE_APPLICATION_HOST))
        return CONFIG_APPLICATION_HOST;
    if (r->redirects)
        return CONFIG_REDIRECTION;
    if (has(r, NODE_PROVIDERS))
        return CONFIG_ADMINISTRATION;
    if (has(r, NODE_MEX))
        return CONFIG_AGENTS;
    bool web = has(r, NODE_WEB_SERVER) || has(r, NODE_WEB) || r->report->count;
    return web ? CONFIG_WEB : CONFIG_NONE;
}

/* In a web.config places are relative to its folder; only the host's file names sites itself.
 */
static void settle_places(struct config_reading *r, struct slice path)
{
    struct slice file_place = config_place(r->arena, path), last = SLICE_NULL, joined = last;
    for (struct setting *s = r->report->first; s; s = s->next) {
        if (s->place.ptr != last.ptr || s->place.len != last.len)
            joined = join_places(r, file_place, s->place);
        last = s->place;
        s->place = joined;
    }
}

void config_read(struct arena *arena, struct slice bytes, struct slice path,
                 struct config_report *out)
{
    AUTO_FREE struct config_reading *r = mem_alloc(sizeof *r);
    struct xml_sink sink = { on_start, on_end, on_text, r };
    struct xml_end end;
    *out = (struct config_report){ 0 };
    r->arena = arena;
    r->report = out;
    r->end = &out->first;
    r->place = r->site = r->application = SLICE_LIT("");
    xml_read(bytes, &sink, &end);
    out->problem = end.problem;
    out->problem_line = end.line;
    out->problem_offset = end.offset;
    out->stopped = end.stopped;
    out->file = kind_of(r);
    if (out->file == CONFIG_WEB)
        settle_places(r, path);
    config_rewrite_settle(r);
    buf_deinit(&r->text);
}
