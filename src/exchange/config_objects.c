/*
 * Objects of PowerShell as Export-Clixml writes them ([MS-PSRP] 2.2.5):
 *
 *   <Objs><Obj><Props><S N="ServiceName">MSExchangeUM</S>
 *                     <Obj N="Status"><ToString>Stopped</ToString></Obj></Props></Obj></Objs>
 */
#include "exchange/config_internal.h"
#include "exchange/mitigation.h"

void config_object_begin(struct config_reading *r, const struct xml_element *element)
{
    struct config_object *object = &r->objects[r->depth];
    *object = (struct config_object){ 0 };
    object->object = slice_icase_eq(element->name, SLICE_LIT("Obj"));
    object->property = config_keep(r, xml_attribute(element, "N"));
    buf_clear(&r->text);
    r->wants_text = slice_icase_eq(element->name, SLICE_LIT("S")) ||
                    slice_icase_eq(element->name, SLICE_LIT("B")) ||
                    slice_icase_eq(element->name, SLICE_LIT("ToString"));
}

/* The nearest element around that is an object; NULL: none. */
static struct config_object *owner_of(struct config_reading *r, size_t depth)
{
    while (depth--)
        if (r->objects[depth].object)
            return &r->objects[depth];
    return NULL;
}

/* Which property a text is of: its own, or that of what it stands in. */
static size_t named_depth(const struct config_reading *r)
{
    size_t depth = r->depth + 1;
    while (depth > 1 && !r->objects[depth - 1].property.len)
        depth--;
    return depth - 1;
}

static void read_list(struct config_reading *r, struct slice property, struct slice text)
{
    if (slice_icase_eq(property, SLICE_LIT("MitigationsApplied")))
        config_add(r, SETTING_LISTED, text, SLICE_LIT("applied"));
    else if (slice_icase_eq(property, SLICE_LIT("MitigationsBlocked")))
        config_add(r, SETTING_LISTED, text, SLICE_LIT("blocked"));
    else if (slice_icase_eq(property, SLICE_LIT("MitigationsEnabled")))
        config_add(r, SETTING_SERVER, property, text);
}

static void read_property(struct config_reading *r, size_t depth, struct slice text)
{
    struct slice property = r->objects[depth].property;
    struct config_object *owner = owner_of(r, depth);
    read_list(r, property, text);
    if (!owner)
        return;
    if (slice_icase_eq(property, SLICE_LIT("ServiceName")))
        owner->service = config_keep(r, text);
    else if (slice_icase_eq(property, SLICE_LIT("Status")))
        owner->state = config_keep(r, text);
    else if (slice_icase_eq(property, SLICE_LIT("StartType")))
        owner->start = config_keep(r, text);
}

static void add_service(struct config_reading *r, const struct config_object *object)
{
    bool known = mitigation_of_service(object->service) ||
                 slice_icase_eq(object->service, SLICE_LIT("MSExchangeMitigation"));
    if (!known || !object->state.len)
        return;
    struct setting *service =
        config_add(r, SETTING_SERVICE, object->service,
                   object->start.len ? object->start : SLICE_LIT("start type unknown"));
    service->detail = object->state;
    if (!slice_icase_eq(object->state, SLICE_LIT("Running")))
        service->flags = SETTING_OFF;
}

/* r->depth is that of the element which ends. */
void config_object_end(struct config_reading *r)
{
    const struct config_object *object = &r->objects[r->depth];
    if (r->wants_text)
        read_property(r, named_depth(r), slice_trim(buf_slice(&r->text)));
    r->wants_text = false;
    if (object->object && object->service.len)
        add_service(r, object);
}
