"""What the C file of a model for two workers has besides; `model` stands for its name."""

from tinyml.compiler.c_text import wrapped

ROW_DONE = """\
static int row_done(model *m, int map) {
    const int row = m->rows[map];
    m->rows[map] = (uint16_t)(row + 1);
    if (m->trace != NULL) {
        meet(m);
        if (m->share != TM_SECOND_HALF) {
            m->trace(m->trace_user, map - 1, row, row_of(m, map, row), (int)maps[map].row_bytes);
        }
        meet(m);
    }
    return 1;
}"""

STEPS = """\
static void meet(model *m) {
    if (m->share != TM_WHOLE_ROW) {
        m->workers->meet(m->workers, m->share);
    }
}

/* Let the helper in once it has come, and wait for the other worker where the step needs what that one does. */
static void begin_step(model *m) {
    if (m->share == TM_WHOLE_ROW && m->workers != NULL) {
        m->workers->admit(m->workers, &m->share);
    }
    if ((meetings[m->step / 8] >> (m->step % 8)) & 1) {
        meet(m);
    }
    ++m->step;
}"""

ADVANCE = """\
/* The helper begins where the caller is. */
static void help(void *caller) {
    model mine = *(const model *)caller;
    mine.share = TM_SECOND_HALF;
    meet(&mine);
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


def meetings_table(meets: list[bool]) -> str:
    """Return the table that begin_step reads."""
    padded = [*meets, *[False] * (-len(meets) % 8)]
    values = [
        sum(meet << bit for bit, meet in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8)
    ]
    return (
        f"/* Bit k of byte n: the two workers meet before step 8 n + k; {sum(meets)} of {len(meets)} steps. */\n"
        f"static const uint8_t meetings[{len(values)}] = {{\n{wrapped(', '.join(map(str, values)), 4)}\n}};"
    )
