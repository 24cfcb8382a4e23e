/*
 * What the splitters of the page languages share: a place in the text, lists that grow, tags
 * and their attributes.
 */
#ifndef HAUBERK_WEBSHELL_SPLIT_INTERNAL_H
#define HAUBERK_WEBSHELL_SPLIT_INTERNAL_H

#include "webshell/split.h"

/* Where something stands next, from any place in [from, found]: so each is looked for once. */
struct ahead {
    size_t from, found;
    bool known;
};

struct splitter {
    struct arena *arena;
    struct slice text;
    struct parts *out;
    size_t piece_capacity;
    struct directive **directive_end; /* where the next one is hung */
    struct control **control_end;
    size_t line_at; /* the place whose line is known */
    uint32_t line;
    struct ahead runat;       /* the word "runat" */
    struct ahead block_end;   /* "%>" */
    struct ahead comment_end; /* "--%>" */
    size_t tag_effort;        /* bytes that may still be read as tags that come to nothing */
};

struct splitter splitter_new(struct arena *arena, struct slice text, struct parts *out);

uint32_t splitter_line(struct splitter *s, size_t at);

/* Appends text[from, to) as a piece; nothing when it is blank. */
void add_piece(struct splitter *s, enum piece_kind kind, enum language language, size_t from,
               size_t to);
/* The same for text that was decoded and so does not lie in the page. */
void add_piece_text(struct splitter *s, enum piece_kind kind, enum language language, size_t at,
                    struct slice text);
void add_directive(struct splitter *s, struct slice name, size_t at,
                   struct attribute *attributes);
void add_control(struct splitter *s, struct slice type, size_t at,
                 struct attribute *attributes);

/* Where `needle` stands from `from` on; the end of the text when nowhere. */
size_t find_from(struct slice text, size_t from, struct slice needle);
size_t icase_find_from(struct slice text, size_t from, struct slice needle);

size_t next_runat(struct splitter *s, size_t at);       /* the end of the text: none */
size_t next_block_end(struct splitter *s, size_t at);   /* the same for "%>" */
size_t next_comment_end(struct splitter *s, size_t at); /* the same for "--%>" */

size_t skip_blanks(struct slice text, size_t at);
bool is_name_start(char c);
bool is_name_char(char c); /* letters, digits, _ - . : and all beyond ASCII */

/* A tag or a directive: its name, its attributes, where it ends. */
struct tag {
    struct slice name;
    struct attribute *attributes;
    size_t end; /* behind its '>' */
};

#define TAG_BYTES_MAX 32768U

/* Reads the tag at `at` ('<' and a name). Returns false when it does not end as one. */
bool read_tag(struct splitter *s, size_t at, struct tag *tag);

/* Attributes of text[from, to), where no '>' ends them. */
struct attribute *read_attributes(struct splitter *s, size_t from, size_t to);

/* Text of XML between `from` and `to`: CDATA and entities resolved. */
struct slice xml_text(struct splitter *s, size_t from, size_t to);

/* The languages by the names that pages give them; LANGUAGE_NONE for others. */
enum language language_named(struct slice name);
/* As the engine of this kind of page would take it: VBScript in ASPX is Visual Basic. */
enum language language_of_kind(enum page_kind kind, enum language language);
/* What the code of the page looks like, where nothing says its language. */
enum language language_guess(const struct parts *parts);

/* What the content and the name of a file make of it; sets out->kind, told_by_content. */
void tell_kind(struct slice text, struct slice path, struct parts *out);
/* What a file pretends to be by its first bytes; NULL: nothing. */
const char *magic_of(struct slice text);

void split_server(struct splitter *s);  /* ASPX, ASP, JSP */
void split_handler(struct splitter *s); /* .ashx and their like */
void split_php(struct splitter *s);
void split_razor(struct splitter *s, bool basic);
void split_xslt(struct splitter *s);

#endif
