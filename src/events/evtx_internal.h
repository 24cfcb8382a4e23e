/*
 * Inside of the event log reader; nobody else includes this.
 *
 *   evtx.c           file header, chunk, the walk from record to record
 *   evtx_binxml.c    BinXML tokens → ops: names by id, offsets gone, so that equal templates of
 *                    different chunks are equal bytes
 *   evtx_template.c  ops → program: a flat list of columns and where their values come from
 *   evtx_walk.c      program and value table of a record → values
 *   evtx_shape.c     texts and shapes, each kept once
 *   evtx_value.c     values → text
 *
 * All offsets are in the chunk. Functions that return false have said why in reader->why.
 */
#ifndef HAUBERK_EVENTS_EVTX_INTERNAL_H
#define HAUBERK_EVENTS_EVTX_INTERNAL_H

#include "events/evtx.h"

#define DEPTH_MAX 64             /* elements in elements, fragments in fragments */
#define CHUNK_WORK (2u << 20)    /* what a chunk may cost, in bytes read or made */
#define RECORD_WORK (512u << 10) /* what one of its records may */
#define VALUE_WORK 16            /* what a value costs besides its bytes */
#define VALUES_MAX (RECORD_WORK / VALUE_WORK)
#define DESCRIPTORS_MAX (EVTX_CHUNK_BYTES / 4)
#define OPS_MAX 131072u /* 32-bit words: two for each byte of a chunk */

#define TEXTS_MAX 32768 /* texts kept for all chunks, and their bytes */
#define TEXTS_BYTES (2u << 20)
#define SHAPES_MAX 4096
#define SHAPES_BYTES (4u << 20)
#define PROGRAMS_MAX 4096 /* beyond, all are dropped when the next chunk starts */
#define PROGRAMS_BYTES (8u << 20)

#define CHUNK_TABLE 1024 /* names and programs by their offset in the chunk; powers of two */
#define PROBES 8         /* steps in a table before a slot is given up */

enum value_type {
    TYPE_NULL = 0x00,
    TYPE_STRING = 0x01,
    TYPE_ANSI = 0x02,
    TYPE_BINXML = 0x21,
};

/* --- bytes ----------------------------------------------------------------------------------
 */

static inline uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_u64(const uint8_t *p)
{
    return (uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

/* FILETIME: 100 ns since 1601. TIME_NONE for 0 and for what is no time. */
int64_t filetime_ms(uint64_t filetime);

/* --- ops ------------------------------------------------------------------------------------
 */

/* An op is a word: kind in the low 3 bits, its argument above. */
enum op_kind {
    OP_OPEN,      /* text id of the tag */
    OP_ATTRIBUTE, /* text id of its name; the TEXT and SUB that follow are its value */
    OP_CONTENT,   /* the attributes end here */
    OP_CLOSE,
    OP_TEXT,     /* UTF-16 units; the text follows, padded with zeros to whole words */
    OP_SUB,      /* index << 1 | optional */
    OP_INSTANCE, /* offset of a template instance in the chunk */
};
#define OP_BITS 3
#define OP_WORD(kind, argument) ((uint32_t)(kind) | (uint32_t)(argument) << OP_BITS)

struct ops {
    uint32_t *words; /* OPS_MAX */
    uint32_t count;
    bool local; /* says something that is true in this chunk only */
};

/* --- programs -------------------------------------------------------------------------------
 */

/* Part of the document. Decides how columns are called. */
enum section {
    SECTION_ROOT,  /* above <Event> */
    SECTION_EVENT, /* its children */
    SECTION_SYSTEM,
    SECTION_RENDERING,
    SECTION_DATA, /* EventData, UserData and all others */
};

/* Name of a column: text id << 1, and 1 when it is of System. */
#define COLUMN(text_id, system) ((uint32_t)(text_id) << 1 | (uint32_t)(system))

/* Where a fragment stands in its document. */
struct context {
    uint32_t column; /* of the element around it, for its bare text */
    uint8_t section; /* of its elements */
};

enum part_kind { PART_TEXT, PART_SUB, PART_INSTANCE };

#define PART_LAST UINT32_MAX

/* A value is made of parts; most have one. */
struct part {
    uint8_t kind;
    bool optional;
    uint32_t index; /* of the substitution; or the instance's offset */
    uint32_t len;
    const char *text;
    uint32_t next; /* of the same value, or PART_LAST */
};

enum slot_kind {
    SLOT_TEXT, /* the same in every record */
    SLOT_SUB,
    SLOT_PARTS,
};

struct slot {
    uint8_t kind;
    uint8_t section; /* of elements in its value */
    bool optional;   /* null: absent; else null is empty */
    bool container;  /* absent: no column either */
    uint32_t column;
    uint32_t first_part;
    uint32_t name_part; /* the column's name comes from values, or PART_LAST */
    uint32_t index;
    uint32_t len;
    const char *text;
};

struct program {
    const struct slot *slots;
    uint32_t count;
    const struct part *parts;
    const struct evtx_shape *last; /* of the last record that began with this; a guess */
    size_t cost;                   /* of compiling it, see RECORD_WORK */
    bool passing;                  /* names of columns end with the chunk */
    struct context context;        /* the rest is for finding it again */
    uint64_t hash;
    const uint32_t *ops;
    uint32_t op_count;
};

/* A text or program by the offset in the chunk. key: chunk's number << 16 | offset. */
struct name_entry {
    uint32_t key;
    uint32_t id;
};

struct program_entry {
    uint32_t key;
    struct context context;
    struct program *program;
};

/* Column `i` of the value table of a template instance. */
struct descriptor {
    uint32_t offset;
    uint16_t len;
    uint8_t type;
};

struct frame {
    const struct descriptor *descriptors;
    uint32_t count;
    unsigned depth;
};

/* --- the reader -----------------------------------------------------------------------------
 */

/* Slots of open addressing: index + 1, 0 is free. */
struct hash_table {
    uint32_t *slots;
    uint32_t size; /* a power of two */
};

struct texts {
    struct arena arena;
    struct slice *kept;
    size_t capacity;
    uint32_t count;
    struct hash_table table;
    struct slice *passing; /* ids from TEXTS_MAX up; end with the chunk */
    size_t passing_capacity;
    uint32_t passing_count;
};

struct shape_entry;

struct shapes {
    struct arena arena;
    struct shape_entry **entries;
    size_t capacity;
    uint32_t count;
    struct hash_table table;
    struct evtx_shape passing;
};

struct programs {
    struct arena arena;
    struct program **entries;
    size_t capacity;
    uint32_t count;
    struct hash_table table;
};

struct evtx {
    const uint8_t *chunk;
    uint32_t chunk_len;
    uint32_t end; /* behind the last record */
    uint32_t pos;
    bool by_magic;        /* the header's offsets are damaged */
    uint64_t last_number; /* id of the last record, if has_last */
    bool has_last;
    uint32_t serial; /* of the chunk, 1 to 65,535 */
    size_t work;     /* bytes that this chunk and this record may still cost */
    size_t left;
    const char *why;

    struct texts texts;
    struct shapes shapes;
    struct programs programs;
    struct ops ops;
    struct name_entry names[CHUNK_TABLE];
    struct program_entry at[CHUNK_TABLE];
    struct arena chunk_scratch;
    struct arena record_scratch;
    struct buf text;    /* a composed value in the making */
    struct slot *slots; /* a program in the making */
    size_t slot_capacity;
    struct part *parts;
    size_t part_capacity;

    unsigned flags; /* of the record */
    uint32_t value_count;
    struct evtx_value *values; /* VALUES_MAX */
    uint32_t *columns;         /* VALUES_MAX */
    uint32_t descriptor_count;
    struct descriptor *descriptors; /* DESCRIPTORS_MAX */
};

static inline bool evtx_fail(struct evtx *reader, const char *why)
{
    reader->why = why;
    return false;
}

/* Takes `bytes` of what the record may cost. */
static inline bool evtx_spend(struct evtx *reader, size_t bytes)
{
    if (bytes > reader->left) {
        reader->left = 0;
        return evtx_fail(reader, "it asks for more work than a record may");
    }
    reader->left -= bytes;
    return true;
}

uint64_t evtx_hash(const void *bytes, size_t len);

void hash_table_init(struct hash_table *table, uint32_t size);
void hash_table_clear(struct hash_table *table);

#define TEXT_NONE UINT32_MAX
#define TEXT_EVENT 0 /* "Event" */

/* Id of a text, TEXT_NONE when the budget is spent. Texts of one id are equal. */
uint32_t evtx_text_id(struct evtx *reader, struct slice text);
uint32_t evtx_text_id_utf16(struct evtx *reader, const char *bytes, size_t units);
struct slice evtx_text(const struct evtx *reader, uint32_t id);
void texts_init(struct evtx *reader);
void texts_end_chunk(struct texts *texts);
void texts_deinit(struct texts *texts);

/* Shape of reader->columns; `guess` is tried first. */
const struct evtx_shape *evtx_shape_get(struct evtx *reader, const struct evtx_shape *guess);
void shapes_init(struct shapes *shapes);
void shapes_deinit(struct shapes *shapes);

/*
 * Tokens of [pos, end) → reader->ops, up to the token that ends the fragment. `dependency`:
 * elements have the field of that name, as far as the first one does not show otherwise.
 */
bool evtx_read_binxml(struct evtx *reader, uint32_t pos, uint32_t end, bool dependency);

/* A template instance: what it uses and where its values are. */
struct instance {
    uint32_t definition; /* offset of the template's definition */
    uint32_t table;      /* of the value descriptors */
    uint32_t count;      /* of them: all of them lie in front of `end` */
};
bool evtx_read_instance(struct evtx *reader, uint32_t pos, uint32_t end, struct instance *out);

/* The program of the template at `definition`; NULL when it cannot be read. */
struct program *evtx_template_program(struct evtx *reader, uint32_t definition,
                                      struct context context);
/* The program of reader->ops, in the record's scratch. */
struct program *evtx_fragment_program(struct evtx *reader, struct context context);
void programs_init(struct programs *programs);
void programs_start_chunk(struct programs *programs);
void programs_deinit(struct programs *programs);

/*
 * A record's BinXML → reader->values and ->columns. *first_out is the program of the template
 * that it begins with, if it does: records of one program mostly have one shape.
 */
bool evtx_walk_record(struct evtx *reader, uint32_t pos, uint32_t end,
                      struct program **first_out);

#endif
