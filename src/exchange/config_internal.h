/* The reading of a configuration, as the files of config_*.c see it. Thread rule: one owner. */
#ifndef HAUBERK_EXCHANGE_CONFIG_INTERNAL_H
#define HAUBERK_EXCHANGE_CONFIG_INTERNAL_H

#include "base/buf.h"
#include "base/xml.h"
#include "exchange/config.h"

/* Elements that mean something to what stands in them. */
enum node {
    NODE_OTHER,
    NODE_CONFIGURATION,
    NODE_APPLICATION_HOST,
    NODE_WEB_SERVER,
    NODE_WEB,
    NODE_PROVIDERS,
    NODE_LOCATION,
    NODE_POOLS,
    NODE_SITE,
    NODE_APPLICATION,
    NODE_GLOBAL_MODULES,
    NODE_MODULES,
    NODE_HANDLERS,
    NODE_FILTERS,
    NODE_MEX,
    NODE_AGENTS,
    NODE_REWRITE,
    NODE_RULES,
    NODE_GLOBAL_RULES,
    NODE_OUTBOUND_RULES,
    NODE_PRECONDITION,
    NODE_RULE,
    NODE_CONDITIONS,
    NODE_OBJECTS,
};

#define PRECONDITIONS_MAX 32

/* An open element of CLIXML. */
struct config_object {
    bool object;                        /* <Obj> */
    struct slice property;              /* its attribute N, or empty */
    struct slice service, state, start; /* of an object: what its properties say */
};

struct config_reading {
    struct arena *arena;
    struct config_report *report;
    struct setting **end;
    struct setting nowhere; /* for what is not kept */

    size_t depth;
    enum node open[XML_DEPTH_MAX];
    uint64_t seen; /* nodes, as bits */
    bool redirects;
    uint32_t line;
    uint64_t offset;
    struct slice place, site, application;

    /* the rule that is open */
    bool in_rule;
    struct rewrite_rule rule;
    uint32_t rule_line;
    uint64_t rule_offset;
    uint32_t passed_site, passed_application; /* probes that an earlier rule lets pass */
    size_t rules;
    size_t precondition_count;
    struct slice preconditions[PRECONDITIONS_MAX];

    /* CLIXML */
    struct config_object objects[XML_DEPTH_MAX];
    bool wants_text;
    struct buf text;
};

struct slice config_keep(struct config_reading *r, struct slice text);
/* The fact at the element that is being read. */
struct setting *config_add(struct config_reading *r, enum setting_kind kind, struct slice name,
                           struct slice value);
bool config_in(const struct config_reading *r, enum node node); /* is that the parent? */
bool config_is_true(const struct xml_element *element, const char *name);
bool config_is_false(const struct xml_element *element, const char *name);

/* ---- config_rewrite.c ---- */
void config_rewrite_section(struct config_reading *r, const struct xml_element *element);
void config_rewrite_begin(struct config_reading *r, const struct xml_element *element);
void config_rewrite_match(struct config_reading *r, const struct xml_element *element);
void config_rewrite_conditions(struct config_reading *r, const struct xml_element *element);
void config_rewrite_add(struct config_reading *r, const struct xml_element *element);
void config_rewrite_action(struct config_reading *r, const struct xml_element *element);
void config_rewrite_clear(struct config_reading *r, const struct xml_element *element);
void config_rewrite_remove(struct config_reading *r, const struct xml_element *element);
void config_rewrite_precondition(struct config_reading *r, const struct xml_element *element);
void config_rewrite_end(struct config_reading *r);
void config_rewrite_settle(struct config_reading *r); /* when all is read */

/* ---- config_objects.c: called for each element of CLIXML, before and behind it ---- */
void config_object_begin(struct config_reading *r, const struct xml_element *element);
void config_object_end(struct config_reading *r);

#endif
