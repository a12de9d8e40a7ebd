/* Depthwise convolution of a few pixels at a time, channels innermost: neighbours in memory, so that they fill vectors.
 *
 * Taps outside the picture point at the layer's pad vector, so that borders take the same path as the inside. The
 * nine taps of a 3x3 kernel are summed in registers, without a store between them. */
#include "tm_portable.h"

enum { CHANNELS = TM_DEPTHWISE_CHANNELS, PIXELS = TM_VECTOR ? 24 : 4, MAX_TAPS = 49 };

static void sum_any(const int8_t *const *taps, int tap_count, const int8_t *weights, int pitch, int first, int count,
                    int32_t *TM_RESTRICT sums) {
    for (int c = 0; c < count; ++c) {
        sums[c] = 0;
    }
    for (int tap = 0; tap < tap_count; ++tap) {
        const int8_t *const values = taps[tap] + first, *const factors = weights + tap * pitch + first;
        for (int c = 0; c < count; ++c) {
            sums[c] += values[c] * factors[c];
        }
    }
}

/* Point `taps` at the pixels under the kernel at output column x. */
static void find_taps(const tm_depthwise *layer, const int8_t *const *rows, int x, const int8_t **taps) {
    const int left = x * layer->stride - layer->pad_left;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        for (int kx = 0; kx < layer->kernel_width; ++kx) {
            const int column = left + kx * layer->dilation;
            const int outside = rows[ky] == NULL || column < 0 || column >= layer->in_width;
            *taps++ = outside ? layer->pad : rows[ky] + column * layer->in_channels;
        }
    }
}

/* The four pixels from `taps` on: channels first .. first + count - 1, one by one. */
static void slowly(const tm_depthwise *layer, const int8_t *const taps[][MAX_TAPS], int pixels, int first, int count,
                   int8_t *out) {
    const tm_output output = TM_OUTPUT(layer, first);
    const int tap_count = layer->kernel_height * layer->kernel_width;
    for (int pixel = 0; pixel < pixels; ++pixel) {
        int32_t sums[CHANNELS];
        sum_any(taps[pixel], tap_count, layer->weights, layer->out_channels, first, count, sums);
        for (int c = 0; c < count; ++c) {
            out[pixel * layer->out_channels + first + c] = tm_finish(&output, c, sums[c]);
        }
    }
}

/* Copy the input columns of output columns x_begin .. x_end - 1 to `copies`, and describe them as whole rows in `part`.
 * Return 0 where they do not fit. */
static int copy_part(const tm_depthwise *layer, const int8_t *const *rows, int x_begin, int x_end, int8_t *copies,
                     const int8_t **copied, tm_depthwise *part) {
    const int reach = (layer->kernel_width - 1) * layer->dilation, channels = layer->in_channels;
    const int begin = tm_max(x_begin * layer->stride - layer->pad_left, 0);
    const int end = tm_min((x_end - 1) * layer->stride - layer->pad_left + reach + 1, layer->in_width);
    const int bytes = (end - begin) * channels;
    if (bytes <= 0 || bytes * layer->kernel_height > TM_PART_BYTES) {
        return 0;
    }
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        copied[ky] = NULL;
        if (rows[ky] != NULL) {
            tm_copy(copies, rows[ky] + begin * channels, bytes);
            copied[ky] = copies;
            copies += bytes;
        }
    }
    *part = *layer;
    part->in_width = (int16_t)(end - begin);
    part->pad_left = (int16_t)(layer->pad_left + begin);
    return 1;
}

/* CHANNELS channels from `first` on of a 3x3 kernel; `sums` is for use in between. */
static void quickly_3x3(const tm_depthwise *layer, const int8_t *const taps[][MAX_TAPS], int pixels, int first,
                        int32_t sums[4][CHANNELS], int8_t *out) {
    const int pitch = layer->out_channels;
    tm_output outputs[CHANNELS / 4];
    tm_finisher finishers[CHANNELS / 4];
    tm_taps factors;
    int32_t turned[4][4];
    tm_load_3x3(layer->weights + first, pitch, &factors);
    for (int part = 0; part < CHANNELS / 4; ++part) {
        const tm_output output = TM_OUTPUT(layer, first + 4 * part);
        outputs[part] = output;
        tm_prepare(&outputs[part], &finishers[part]);
    }
    for (int pixel = 0; pixel < pixels; pixel += 4) {
        const int count = tm_min(4, pixels - pixel);
        for (int i = 0; i < count; ++i) {
            tm_sum_3x3(taps[pixel + i], first, &factors, sums[i]);
        }
        for (int part = 0; part < CHANNELS / 4; ++part) {
            tm_turn_4x4(&sums[0][4 * part], CHANNELS, turned);
            tm_finish_4x4(&finishers[part], (const int32_t (*)[4])turned, count, out + pixel * pitch + first + 4 * part,
                          pitch);
        }
    }
}

void tm_depthwise_row_s8_portable(const void *description, const int8_t *const *rows, int8_t *out, int x_begin,
                                  int x_end, void *scratch) {
    const tm_depthwise *layer = (const tm_depthwise *)description;
    const int channels = layer->out_channels;
    const int is_3x3 = layer->kernel_height == 3 && layer->kernel_width == 3;
    if (channels != layer->in_channels || layer->kernel_height * layer->kernel_width > MAX_TAPS) {
        tm_depthwise_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    int8_t copies[TM_PART_BYTES];
    const int8_t *copied[MAX_TAPS];
    tm_depthwise part;
    if (TM_VECTOR && x_end - x_begin < layer->out_width &&
        copy_part(layer, rows, x_begin, x_end, copies, copied, &part)) {
        layer = &part;
        rows = copied;
    }
    int32_t sums[4][CHANNELS] = {{0}};
    for (int x = x_begin; x < x_end; x += PIXELS) {
        const int8_t *taps[PIXELS][MAX_TAPS];
        const int8_t *const(*const found)[MAX_TAPS] = (const int8_t *const(*)[MAX_TAPS])taps;
        const int pixels = tm_min(PIXELS, x_end - x);
        for (int pixel = 0; pixel < pixels; ++pixel) {
            find_taps(layer, rows, x + pixel, taps[pixel]);
        }
        for (int first = 0; first < channels; first += CHANNELS) {
            const int count = tm_min(CHANNELS, channels - first);
            if (is_3x3 && count == CHANNELS) {
                quickly_3x3(layer, found, pixels, first, sums, out + x * channels);
            } else {
                slowly(layer, found, pixels, first, count, out + x * channels);
            }
        }
    }
}
