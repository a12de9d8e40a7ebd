"""What stands between a library's model and a camera: labels, a frame as the input, the output as a class or as objects."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyml.conversion.c_source import c_string, numbers
from tinyml.conversion.library.sources import header_of_vision, renamed

CTYPES = {"int8": "int8_t", "uint8": "uint8_t"}


@dataclass(frozen=True)
class Picture:
    """What a model's input and output mean. tables: [channels][256], empty where the input is no picture."""

    labels: Sequence[str] = ()
    tables: Sequence[Sequence[int]] = ()  # pixel -> byte of the input
    fit: str = "squash"  # how a frame becomes the picture: "squash" or "crop"
    task: str = "raw"  # what the output is: "classify", "detect" or "raw"
    thresholds: Sequence[int] = ()  # detect: of each class, in 1/256
    output: str = "int8"  # type of the output's values

    @property
    def vision(self) -> tuple[str, ...]:
        """The files of firmware/lib/tinyml_vision/src that it calls."""
        if not self.tables:
            return ()
        return ("resize.c", "centroids.c") if self.task == "detect" else ("resize.c",)


def picture_sources(name: str, about: str, picture: Picture) -> dict[str, str]:
    """Return `<name>_picture.h`, and where the input is a picture the C file to it."""
    files = {f"{name}_picture.h": _header(name, about, picture)}
    parts = [text for text, wanted in _functions(picture) if wanted]
    if parts:
        begin = '/* See NAME_picture.h. */\n#include "NAME_picture.h"\n'
        files[f"{name}_picture.c"] = _filled("\n".join([begin, *parts]), name, picture)
    return files


def _functions(picture: Picture) -> list[tuple[str, bool]]:
    objects = bool(picture.tables) and picture.task == "detect"
    return [(LOOK, bool(picture.tables)), (BEST_CLASS, picture.task == "classify"), (FIND_OBJECTS, objects)]


def _header(name: str, about: str, picture: Picture) -> str:
    """Return the header; what people have written, labels and the file's name, is put in as it is."""
    begin = BEGIN
    if picture.tables:
        begin += f'#include "{header_of_vision(name)}"\n'
    parts = [
        f"/* {about}: what its classes are called, how a picture becomes its input, what its output says. */"
    ]
    parts.append(_filled(begin + EXTERN_C, name, picture))
    if picture.labels:
        words = ", ".join(map(c_string, picture.labels))
        parts.append(f"static const char *const {name}_labels[{len(picture.labels)}] = {{{words}}};\n")
    if picture.tables:
        rows = ",\n".join(f"{{\n{numbers(table)}}}" for table in picture.tables)
        parts.append("/* The input's byte for a pixel's byte (red, green, blue; or gray). */")
        parts.append(f"static const int8_t {name}_pixel[{len(picture.tables)}][256] = {{{rows}}};\n")
    declared = [DECLARATIONS[text] for text, wanted in _functions(picture) if wanted]
    parts.append(_filled("\n".join([*declared, END]), name, picture))
    return "\n".join(parts)


def _filled(text: str, name: str, picture: Picture) -> str:
    fit = "all of it is squashed" if picture.fit == "squash" else "its largest centred square"
    text = renamed(text, "NAME", "tv").replace("NAME_TV_", "UPPER_TV_").replace("NAME_TM_", "UPPER_TM_")
    return (
        text.replace("THRESHOLDS", ", ".join(map(str, picture.thresholds)))
        .replace("CLASSES", str(len(picture.thresholds)))
        .replace("OUTPUT_TYPE", CTYPES.get(picture.output, ""))
        .replace("HOW_IT_FITS", fit)
        .replace("CROP", str(int(picture.fit == "crop")))
        .replace("UPPER", name.upper())
        .replace("NAME", name)
    )


BEGIN = """\
#ifndef UPPER_PICTURE_H
#define UPPER_PICTURE_H

#include "NAME.h"
"""

EXTERN_C = """\

#ifdef __cplusplus
extern "C" {
#endif
"""

END = """\
#ifdef __cplusplus
}
#endif

#endif
"""

LOOK = """\
static void NAME_fill(int8_t *input, const uint8_t *row) {
    for (int i = 0; i < UPPER_INPUT_WIDTH * UPPER_INPUT_CHANNELS; i++) {
        input[i] = NAME_pixel[i % UPPER_INPUT_CHANNELS][row[i]];
    }
}

tm_status NAME_look(NAME *m, const uint8_t *frame, int width, int height, tv_format format) {
    static tv_resizer resizer;
    static uint32_t words[TV_RESIZE_WORDS(UPPER_INPUT_WIDTH, UPPER_INPUT_CHANNELS)];
    static uint8_t row[UPPER_INPUT_WIDTH * UPPER_INPUT_CHANNELS];
    const size_t pixel_bytes = format == TV_RGB888 ? 3 : format == TV_GRAY8 ? 1 : 2;
    tm_status status = TM_ERROR_STATE;
    if (!tv_resize_begin(&resizer, width, height, format, UPPER_INPUT_WIDTH, UPPER_INPUT_HEIGHT, UPPER_INPUT_CHANNELS,
                         CROP, words)) {
        return status;
    }
#if !UPPER_INPUT_ROWS
    int8_t *input = (int8_t *)(void *)NAME_input(m);
#endif
    for (int y = 0; y < height; y++) {
        tv_resize_push(&resizer, frame + (size_t)y * (size_t)width * pixel_bytes);
        while (tv_resize_pull(&resizer, row)) {
#if UPPER_INPUT_ROWS
            NAME_fill((int8_t *)(void *)NAME_input_row(m), row);
            status = NAME_push_row(m);
#else
            NAME_fill(input, row);
            input += sizeof row;
#endif
        }
    }
#if !UPPER_INPUT_ROWS
    status = NAME_run(m);
#endif
    return status;
}
"""

BEST_CLASS = """\
int NAME_best_class(const NAME *m) {
    const OUTPUT_TYPE *output = NAME_output(m);
    int best = 0;
    for (int i = 1; i < UPPER_OUTPUT_BYTES; i++) {
        if (output[i] > output[best]) {
            best = i;
        }
    }
    return best;
}
"""

FIND_OBJECTS = """\
int NAME_find_objects(const NAME *m, tv_object *objects, int most) {
    static const uint16_t thresholds[CLASSES] = {THRESHOLDS};
    static uint8_t labels[UPPER_OUTPUT_HEIGHT * UPPER_OUTPUT_WIDTH];
    static uint16_t parents[UPPER_OUTPUT_HEIGHT * UPPER_OUTPUT_WIDTH];
    return tv_centroids(NAME_output(m), UPPER_OUTPUT_HEIGHT, UPPER_OUTPUT_WIDTH, CLASSES, thresholds, labels, parents,
                        objects, most);
}
"""

DECLARATIONS = {
    LOOK: """\
/* Resizes a frame (HOW_IT_FITS), passes it in row by row and runs the model: TM_DONE, and the output is complete;
 * TM_ERROR_STATE where the model was not initialized or the frame has no pixels or more than 16 million. One picture at a
 * time: its working memory is static. */
tm_status NAME_look(NAME *m, const uint8_t *frame, int width, int height, tv_format format);
""",
    BEST_CLASS: """\
/* The class of the largest output: an index of the labels. */
int NAME_best_class(const NAME *m);
""",
    FIND_OBJECTS: """\
/* Writes the first `most` of the objects that the output shows, and gives how many there are: each a peak of one class above
 * its threshold, `label` an index of the labels, x and y in 1/256 of a cell of the output. Its memory is static, too. */
int NAME_find_objects(const NAME *m, tv_object *objects, int most);
""",
}
