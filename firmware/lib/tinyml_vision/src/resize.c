/* Exact area average. Along each axis source and target lie on one line of source * target units: source pixel i covers
   [i * target, (i + 1) * target), target pixel j covers [j * source, (j + 1) * source), and a weight is an overlap. */
#include "tinyml_vision.h"

enum { MOST_PIXELS = 1 << 24 }; /* times 255 it still fits 32 bits */

void tv_pixel(tv_format format, const uint8_t *row, int index, uint8_t rgb[3]) {
    if (format == TV_RGB888 || format == TV_GRAY8) {
        int bytes = format == TV_RGB888 ? 3 : 1;
        for (int c = 0; c < 3; c++)
            rgb[c] = row[index * bytes + c % bytes];
        return;
    }
    unsigned high = row[2 * index + (format == TV_RGB565_LITTLE)], low = row[2 * index + (format == TV_RGB565_BIG)];
    unsigned red = high >> 3, green = (high & 7u) << 3 | low >> 5, blue = low & 31u;
    rgb[0] = (uint8_t)(red << 3 | red >> 2);
    rgb[1] = (uint8_t)(green << 2 | green >> 4);
    rgb[2] = (uint8_t)(blue << 3 | blue >> 2);
}

int tv_resize_begin(tv_resizer *resizer, int width, int height, tv_format format, int target_width, int target_height,
                    int channels, int crop, uint32_t *words) {
    if (width <= 0 || height <= 0 || target_width <= 0 || target_height <= 0 || width > MOST_PIXELS / height ||
        (int64_t)width * target_width > MOST_PIXELS || (int64_t)height * target_height > MOST_PIXELS ||
        (channels != 1 && channels != 3))
        return 0;
    int side = width < height ? width : height;
    resizer->format = format;
    resizer->source_width = crop ? side : width;
    resizer->source_height = crop ? side : height;
    resizer->target_width = target_width;
    resizer->target_height = target_height;
    resizer->channels = channels;
    resizer->left = (width - resizer->source_width) / 2;
    resizer->top = (height - resizer->source_height) / 2;
    resizer->frame_rows = 0;
    resizer->has_row = 0;
    resizer->position = 0;
    resizer->target_row = 0;
    resizer->reduced = words;
    resizer->sums = words + target_width * channels;
    for (int i = 0; i < target_width * channels; i++)
        resizer->sums[i] = 0;
    return 1;
}

static void read_pixel(const tv_resizer *resizer, const uint8_t *row, int x, uint8_t value[3]) {
    tv_pixel(resizer->format, row, resizer->left + x, value);
    if (resizer->channels == 1 && resizer->format != TV_GRAY8)
        value[0] = (uint8_t)((77u * value[0] + 150u * value[1] + 29u * value[2] + 128u) >> 8);
}

/* Averages a row along x: into sums of weight source_width. */
static void reduce(tv_resizer *resizer, const uint8_t *row) {
    int source = resizer->source_width, target = resizer->target_width, channels = resizer->channels;
    uint32_t *sum = resizer->reduced;
    int position = 0, x = 0;
    uint8_t value[3];
    read_pixel(resizer, row, 0, value);
    for (int j = 0; j < target; j++, sum += channels) {
        int end = (j + 1) * source;
        for (int c = 0; c < channels; c++)
            sum[c] = 0;
        while (position < end) {
            int pixel_end = (x + 1) * target;
            int next = pixel_end < end ? pixel_end : end;
            for (int c = 0; c < channels; c++)
                sum[c] += (uint32_t)(next - position) * value[c];
            position = next;
            if (position == pixel_end && ++x < source)
                read_pixel(resizer, row, x, value);
        }
    }
}

void tv_resize_push(tv_resizer *resizer, const uint8_t *row) {
    int y = resizer->frame_rows++ - resizer->top;
    if (y < 0 || y >= resizer->source_height)
        return;
    reduce(resizer, row);
    resizer->has_row = 1;
}

int tv_resize_pull(tv_resizer *resizer, uint8_t *row) {
    if (!resizer->has_row)
        return 0;
    int count = resizer->target_width * resizer->channels;
    uint32_t row_end = (uint32_t)(resizer->frame_rows - resizer->top) * (uint32_t)resizer->target_height;
    uint32_t target_end = (uint32_t)(resizer->target_row + 1) * (uint32_t)resizer->source_height;
    uint32_t end = row_end < target_end ? row_end : target_end;
    for (int i = 0; i < count; i++)
        resizer->sums[i] += (end - resizer->position) * resizer->reduced[i];
    resizer->position = end;
    resizer->has_row = end < row_end;
    if (end < target_end)
        return 0;
    uint32_t area = (uint32_t)resizer->source_width * (uint32_t)resizer->source_height;
    for (int i = 0; i < count; i++) {
        row[i] = (uint8_t)((resizer->sums[i] + area / 2) / area);
        resizer->sums[i] = 0;
    }
    resizer->target_row++;
    return 1;
}
