#include "webshell/curly.h"

static bool is_member_piece(const struct piece *piece)
{
    return piece->kind == PIECE_MEMBERS;
}

/* The tokens of all pieces that are members, or of those that are not. */
static void lex_pieces(struct curly *p, const struct piece *pieces, size_t count, bool members)
{
    for (size_t i = 0; i < count; i++)
        if (pieces[i].language == p->language && is_member_piece(&pieces[i]) == members)
            lex_piece(&p->lexed, p->builder->arena, &pieces[i]);
    lex_finish(&p->lexed);
    p->end = p->lexed.count - 1;
    p->at = 0;
}

static void end_program(struct curly *p)
{
    p->builder->tree->escapes += p->lexed.escapes;
    p->builder->tree->truncated |= p->lexed.truncated;
    lexed_deinit(&p->lexed);
}

static void parse_all_members(struct builder *builder, const struct piece *pieces, size_t count,
                              struct node_list *list)
{
    struct curly p = { .builder = builder, .language = builder->tree->language };
    lex_pieces(&p, pieces, count, true);
    curly_parse_members(&p, p.end, list);
    end_program(&p);
}

static void parse_all_statements(struct builder *builder, const struct piece *pieces,
                                 size_t count, struct node_list *list)
{
    struct curly p = { .builder = builder, .language = builder->tree->language };
    lex_pieces(&p, pieces, count, false);
    while (p.at < p.end) {
        size_t before = p.at;
        tree_add(list, curly_parse_statement(&p));
        if (p.at == before) {
            curly_note_nonsense(&p);
            curly_advance(&p);
        }
    }
    end_program(&p);
}

void tree_parse_curly(struct builder *builder, const struct piece *pieces, size_t count)
{
    struct node_list list = NODE_LIST_EMPTY;
    parse_all_members(builder, pieces, count, &list);
    parse_all_statements(builder, pieces, count, &list);
    builder->tree->root = tree_adopt(
        tree_node(builder, NODE_BLOCK, SLICE_NULL, count ? pieces[0].line : 1), list);
}
