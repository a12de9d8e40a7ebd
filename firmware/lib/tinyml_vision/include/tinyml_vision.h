/* From a camera's frame to the model's picture, and from the model's map of cells to objects: in integers, byte for byte
 * as tinyml/data/preprocess.py and tinyml/data/centroids.py do it.
 *
 * A frame is [height][width] pixels without gaps; it goes in row by row, and each row of the resized picture comes out as
 * soon as the rows that it averages are in. Nothing allocates, and nothing holds a frame.
 */
#ifndef TINYML_VISION_LIBRARY_H
#define TINYML_VISION_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tv_format {
    TV_RGB888,       /* bytes red, green, blue */
    TV_GRAY8,        /* one byte */
    TV_RGB565_BIG,   /* rrrrrggg gggbbbbb, high byte first: what the OV2640 sends */
    TV_RGB565_LITTLE /* the same 16 bits, low byte first */
} tv_format;

/* Writes pixel `index` of a row as red, green and blue; RGB565's fields are widened by repeating their high bits. */
void tv_pixel(tv_format format, const uint8_t *row, int index, uint8_t rgb[3]);

/* The state of one picture's resize; its fields are no one else's business. */
typedef struct tv_resizer {
    tv_format format;
    int source_width, source_height; /* of what is left after cropping */
    int target_width, target_height;
    int channels;
    int left, top;     /* of the crop in the frame */
    int frame_rows;    /* pushed so far, cropped ones included */
    int has_row;       /* a pushed row is not used up */
    uint32_t position; /* how far the target has come, on a line of source_height * target_height units */
    int target_row;    /* the one that is being summed */
    uint32_t *reduced; /* [target_width][channels]: the pushed row, averaged along x */
    uint32_t *sums;    /* [target_width][channels]: of the target row */
} tv_resizer;

/* uint32s of working memory that tv_resize_begin wants. */
#define TV_RESIZE_WORDS(target_width, channels) (2 * (target_width) * (channels))

/* Makes ready for a frame of width x height; `crop` takes its largest centred square, else all of it is squashed.
   `channels` is 3 (red, green, blue) or 1 (gray). False where a size is not positive, or a frame has more than 16
   million pixels. */
int tv_resize_begin(tv_resizer *resizer, int width, int height, tv_format format, int target_width, int target_height,
                    int channels, int crop, uint32_t *words);

/* Takes the next whole row of the frame; pull until it gives 0 before the next. */
void tv_resize_push(tv_resizer *resizer, const uint8_t *row);

/* Writes a row of the picture, [target_width][channels], and gives 1 where one is complete; else 0. */
int tv_resize_pull(tv_resizer *resizer, uint8_t *row);

/* --- What a detector saw ------------------------------------------------------------------------------------------ */

typedef struct tv_object {
    int label;
    int x, y;  /* the centre in 1/256 of a cell from the top left corner */
    int score; /* the best cell's, 0..255 */
    int cells;
} tv_object;

/* Finds the objects in a map of scores, int8 [height][width][1 + classes] with the background first: a cell belongs to
   its most probable class where that reaches the class's threshold (0..256), and each peak of a class's scores is one
   object. Gives how many there are, in the order of their first cells, and writes the first `most` of them.
   Working memory: labels [height * width], parents [height * width]. At most 254 classes, and so that no sum overflows
   32 bits, cells * max(height, width) is at most TV_MOST_EXTENT: a map of 40 x 40. */
#define TV_MOST_EXTENT 65536
int tv_centroids(const int8_t *map, int height, int width, int classes, const uint16_t *thresholds, uint8_t *labels,
                 uint16_t *parents, tv_object *objects, int most);

#ifdef __cplusplus
}
#endif

#endif
