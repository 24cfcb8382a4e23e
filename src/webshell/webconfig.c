#include "webshell/webconfig.h"

#include "base/xml.h"

/* The sections whose elements mean something here. */
enum section {
    SECTION_NONE,
    SECTION_HANDLERS,
    SECTION_BUILDERS,
    SECTION_MODULES,
    SECTION_SEGMENTS,
    SECTION_EXTENSIONS,
};

static const struct {
    struct slice name;
    enum section section;
} sections[] = {
    { SLICE_INIT("handlers"), SECTION_HANDLERS },
    { SLICE_INIT("httphandlers"), SECTION_HANDLERS },
    { SLICE_INIT("scriptmaps"), SECTION_HANDLERS },
    { SLICE_INIT("buildproviders"), SECTION_BUILDERS },
    { SLICE_INIT("modules"), SECTION_MODULES },
    { SLICE_INIT("httpmodules"), SECTION_MODULES },
    { SLICE_INIT("hiddensegments"), SECTION_SEGMENTS },
    { SLICE_INIT("fileextensions"), SECTION_EXTENSIONS },
};

struct reading {
    struct arena *arena;
    enum section open[XML_DEPTH_MAX + 1]; /* of each element that is open, behind none */
    size_t count;
    uint32_t line;
    struct config_finding *first, **end;
};

static void add(struct reading *r, enum config_code code, enum config_weight weight,
                struct slice detail)
{
    if (r->count++ >= CONFIG_FINDINGS_MAX)
        return;
    struct config_finding *finding = arena_alloc(r->arena, sizeof *finding);
    finding->code = code;
    finding->weight = weight;
    finding->line = r->line;
    finding->detail = arena_copy(r->arena, detail);
    *r->end = finding;
    r->end = &finding->next;
}

static bool has_one_of(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (slice_icase_has(text, slice_from(*words)))
            return true;
    return false;
}

/* Does what handles a request run scripts of a page, rather than code of its own? */
static bool is_script_engine(struct slice handler)
{
    static const char *const engines[] = { "asp.dll",
                                           "aspnet_isapi",
                                           "php",
                                           "PageHandlerFactory",
                                           "SimpleHandlerFac",
                                           "WebServiceHandlerFac",
                                           "perl",
                                           "python",
                                           "cscript",
                                           "ssinc.dll",
                                           "PageBuildProv",
                                           "UserControlBuildProv",
                                           "WebHandlerBuild",
                                           "WebServiceBuild",
                                           NULL };
    return has_one_of(handler, engines);
}

/* Whoever maps a page to one of these has a command line. */
bool webconfig_is_system_shell(struct slice handler)
{
    static const char *const shells[] = { "\\cmd.exe", "powershell", "wscript.exe",
                                          "mshta",     "rundll32",   NULL };
    return has_one_of(handler, shells) || slice_icase_starts(handler, SLICE_LIT("cmd.exe"));
}

/* Extensions of files that are no pages anywhere, each between blanks. */
static bool is_odd_extension(struct slice extension)
{
    static const char odd[] =
        " jpg jpeg png gif bmp ico svg webp txt log css pdf zip rar doc docx xls xlsx ppt woff"
        " ttf eot mp3 mp4 swf dat bak tmp ini cfg csv md ";
    char word[16] = " ";
    if (!extension.len || extension.len > sizeof word - 3)
        return false;
    for (size_t i = 0; i < extension.len; i++)
        word[i + 1] = ascii_lower(extension.ptr[i]);
    word[extension.len + 1] = ' ';
    return strstr(odd, word) != NULL;
}

/* "*.jpg" → "jpg"; empty without a dot. */
static struct slice extension_of(struct slice path)
{
    size_t dot = path.len;
    while (dot && path.ptr[dot - 1] != '.')
        dot--;
    return dot ? slice_from_offset(path, dot) : slice_from_offset(path, path.len);
}

static bool is_odd_or_config(struct slice path)
{
    struct slice extension = extension_of(path);
    return slice_icase_eq(extension, SLICE_LIT("config")) || is_odd_extension(extension);
}

bool webconfig_maps_odd_names(struct slice paths, struct slice engine)
{
    bool odd = false;
    while (paths.ptr)
        odd |= is_odd_or_config(slice_trim(slice_cut(&paths, ',')));
    return odd && is_script_engine(engine);
}

/* One of the names that a handler is for. A full name, without '*', is one file's business. */
static void judge_name(struct reading *r, struct slice path, struct slice engine)
{
    struct slice extension = extension_of(path);
    if (slice_icase_eq(extension, SLICE_LIT("config")))
        add(r, CONFIG_RUNS_CONFIG, CONFIG_SHELL, engine);
    else if (is_odd_extension(extension))
        add(r, CONFIG_RUNS_ODD_NAMES, CONFIG_SUSPECT, path);
}

static void read_handler(struct reading *r, const struct xml_element *element)
{
    struct slice processor = xml_attribute(element, "scriptProcessor");
    struct slice engine = processor.len ? processor : xml_attribute(element, "type");
    struct slice paths = xml_attribute(element, "path");
    if (webconfig_is_system_shell(processor))
        add(r, CONFIG_RUNS_PROGRAM, CONFIG_SHELL, processor);
    if (!is_script_engine(engine))
        return;
    while (paths.ptr)
        judge_name(r, slice_trim(slice_cut(&paths, ',')), engine);
}

static void read_builder(struct reading *r, const struct xml_element *element)
{
    struct slice extension = xml_attribute(element, "extension");
    struct slice bare = extension_of(extension);
    if (is_script_engine(xml_attribute(element, "type")) &&
        (is_odd_extension(bare) || slice_icase_eq(bare, SLICE_LIT("config"))))
        add(r, CONFIG_BUILDS_ODD_NAMES, CONFIG_SUSPECT, extension);
}

static void read_module(struct reading *r, const struct xml_element *element)
{
    struct slice type = xml_attribute(element, "type");
    if (type.len && !slice_icase_starts(type, SLICE_LIT("System.")) &&
        !slice_icase_starts(type, SLICE_LIT("Microsoft.")))
        add(r, CONFIG_MODULE, CONFIG_TOLD, type);
}

/* <remove segment="web.config"/> from what is hidden */
static void read_segment(struct reading *r, const struct xml_element *element)
{
    struct slice segment = xml_attribute(element, "segment");
    if (slice_icase_eq(segment, SLICE_LIT("web.config")))
        add(r, CONFIG_SERVES_CONFIG, CONFIG_SUSPECT, segment);
    else if (segment.len)
        add(r, CONFIG_UNHIDES, CONFIG_TOLD, segment);
}

static bool is_config_extension(const struct xml_element *element)
{
    return slice_icase_eq(xml_attribute(element, "fileExtension"), SLICE_LIT(".config"));
}

static void read_extension(struct reading *r, const struct xml_element *element, bool allowed)
{
    if (allowed && is_config_extension(element))
        add(r, CONFIG_SERVES_CONFIG, CONFIG_SUSPECT, SLICE_LIT(".config"));
}

/* <add> within a section. */
static void read_add(struct reading *r, enum section section, const struct xml_element *element)
{
    switch (section) {
    case SECTION_HANDLERS:
        read_handler(r, element);
        break;
    case SECTION_BUILDERS:
        read_builder(r, element);
        break;
    case SECTION_MODULES:
        read_module(r, element);
        break;
    case SECTION_EXTENSIONS:
        read_extension(r, element,
                       slice_icase_eq(xml_attribute(element, "allowed"), SLICE_LIT("true")));
        break;
    case SECTION_SEGMENTS:
    case SECTION_NONE:
        break;
    }
}

static void read_remove(struct reading *r, enum section section,
                        const struct xml_element *element)
{
    if (section == SECTION_SEGMENTS)
        read_segment(r, element);
    else if (section == SECTION_EXTENSIONS)
        read_extension(r, element, true);
}

/* Encodings that a server has no use for, but who hides does. */
static bool is_odd_encoding(struct slice encoding)
{
    static const char *const odd[] = { "utf-7",  "utf7", "utf-16", "utf16", "unicode",
                                       "utf-32", "ibm",  "ebcdic", "cp037", "cp1026",
                                       "cp500",  "x-",   NULL };
    return has_one_of(encoding, odd);
}

static void read_globalization(struct reading *r, const struct xml_element *element)
{
    static const char *const names[] = { "fileEncoding", "requestEncoding" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct slice encoding = xml_attribute(element, names[i]);
        if (is_odd_encoding(encoding))
            add(r, CONFIG_ENCODING, CONFIG_SUSPECT, encoding);
    }
}

static void read_machine_key(struct reading *r, const struct xml_element *element)
{
    struct slice key = xml_attribute(element, "validationKey");
    if (key.len && !slice_icase_has(key, SLICE_LIT("AutoGenerate")))
        add(r, CONFIG_MACHINE_KEY, CONFIG_TOLD, SLICE_LIT(""));
}

static void read_element(struct reading *r, enum section section,
                         const struct xml_element *element)
{
    if (slice_icase_eq(element->name, SLICE_LIT("add")))
        read_add(r, section, element);
    else if (slice_icase_eq(element->name, SLICE_LIT("remove")))
        read_remove(r, section, element);
    else if (slice_icase_eq(element->name, SLICE_LIT("globalization")))
        read_globalization(r, element);
    else if (slice_icase_eq(element->name, SLICE_LIT("machineKey")))
        read_machine_key(r, element);
}

static enum section section_named(struct slice name)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (slice_icase_eq(name, sections[i].name))
            return sections[i].section;
    return SECTION_NONE;
}

static void on_start(void *context, const struct xml_element *element)
{
    struct reading *r = context;
    r->line = element->line;
    r->open[element->depth + 1] = section_named(element->name);
    read_element(r, r->open[element->depth], element);
}

/* Other files are named so too: templates, lists. */
static bool is_configuration(struct slice text)
{
    return slice_icase_has(text, SLICE_LIT("<configuration"));
}

struct config_finding *webconfig_read(struct arena *arena, struct slice text)
{
    struct reading r = { .arena = arena };
    struct xml_sink sink = { .start = on_start, .context = &r };
    struct xml_end end;
    r.end = &r.first;
    if (!is_configuration(text))
        return NULL;
    xml_read(slice_trim(text), &sink, &end);
    if (end.problem) {
        r.line = end.line;
        add(&r, CONFIG_UNREADABLE, CONFIG_TOLD, slice_from(end.problem));
    }
    return r.first;
}
