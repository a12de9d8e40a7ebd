"""What the C file of a model has in addition when it is made for two workers."""

from tinyml.compiler.emit.text import wrapped

MEET = "tm_meet(m->workers, m->share);"
BEGIN_STEP = "tm_begin_step(m->workers, &m->share, barriers, &m->step);"

ROW_DONE = """\
static int row_done(model *m, int map) {
    const int row = m->rows[map];
    m->rows[map] = (uint16_t)(row + 1);
    if (m->trace != NULL) {
        tm_meet(m->workers, m->share);
        if (m->share != TM_SECOND_HALF) {
            m->trace(m->trace_user, map - FIRST_LAYER, row, row_of(m, map, row), (int)maps[map].row_bytes);
        }
        tm_meet(m->workers, m->share);
    }
    return 1;
}"""

ADVANCE = """\
/* The helper begins where the caller is. */
static void help(void *caller) {
    model mine = *(const model *)caller;
    mine.share = TM_SECOND_HALF;
    tm_meet(mine.workers, mine.share);
    compute(&mine);
}

/* Go as far as the input allows, with the helper if it comes. */
static void advance(model *m) {
    m->share = TM_WHOLE_ROW;
    if (m->workers != NULL) {
        m->workers->invite(m->workers, help, m);
    }
    compute(m);
    if (m->workers != NULL) {
        m->workers->part(m->workers);
    }
}"""


def barriers_table(barriers: list[bool]) -> str:
    """Return the table that tm_begin_step reads."""
    padded = [*barriers, *[False] * (-len(barriers) % 8)]
    values = [
        sum(meet << bit for bit, meet in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8)
    ]
    return (
        f"/* Bit k of byte n: the two workers meet before step 8 n + k; {sum(barriers)} of {len(barriers)} steps. */\n"
        f"static const uint8_t barriers[{len(values)}] = {{\n{wrapped(', '.join(map(str, values)), 4)}\n}};"
    )
