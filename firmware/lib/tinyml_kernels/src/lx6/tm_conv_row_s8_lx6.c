/* Convolution on the LX6: a row's taps widened to int16 once, then one dot product an output (dot_rows.S). */
#if defined(__XTENSA__) && !defined(__XTENSA_CALL0_ABI__)

#include "tinyml_kernels.h"
#include "tm_lx6.h"
#include "tm_packed.h"
#include "tm_requantize.h"

/* Widen the taps of output column x, in the order of the weights, to `to`. */
static void gather_pixel(const tm_conv *layer, int quads, const int8_t *const *rows, int x, int16_t *to) {
    const int channels = layer->in_channels;
    const int left = x * layer->stride - layer->pad_left;
    const int whole_rows = layer->dilation == 1 && left >= 0 && left + layer->kernel_width <= layer->in_width;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        const int8_t *const row = rows[ky];
        const int runs = whole_rows && row != NULL ? 1 : layer->kernel_width;
        const int run = whole_rows && row != NULL ? layer->kernel_width * channels : channels;
        for (int kx = 0; kx < runs; ++kx) {
            const int column = left + kx * layer->dilation;
            const int outside = row == NULL || column < 0 || column >= layer->in_width;
            const int8_t *const in = outside ? layer->pad : row + column * channels;
            if (quads) {
                tm_lx6_widen_quads(in, to, run / 4);
                to += run;
            } else {
                to = tm_lx6_widen_bytes(in, to, run);
            }
        }
    }
}

/* Widen the taps of the columns [x_begin, x_end) to `to`, `taps` for each. */
static void gather_row(const tm_conv *layer, const tm_lx6_conv *packed, const int8_t *const *rows, int x_begin,
                       int x_end, int16_t *to) {
    const int pointwise = layer->kernel_height * layer->kernel_width == 1 && layer->stride == 1 && rows[0] != NULL;
    if (pointwise && packed->quads && layer->pad_left == 0) {
        tm_lx6_widen_quads(rows[0] + x_begin * layer->in_channels, to, (x_end - x_begin) * packed->taps / 4);
        return;
    }
    for (int x = x_begin; x < x_end; ++x, to += packed->taps) {
        gather_pixel(layer, packed->quads, rows, x, to);
    }
}

/* Channels without proven constants: accumulators first, then TFLite's own arithmetic. */
static void exact_channel(const tm_conv *layer, const tm_lx6_job *job, int channel, int count, int32_t *acc) {
    tm_lx6_dot_accumulators(job, acc);
    int8_t *out = job->out;
    for (int pixel = 0; pixel < count; ++pixel, out += job->out_stride) {
        const int32_t value =
            tm_requantize(acc[pixel], layer->multiplier[channel], layer->shift[channel]) + layer->out_zero_point;
        *out = (int8_t)tm_clamp(value, layer->out_min, layer->out_max);
    }
}

void tm_conv_row_s8_lx6(const void *description, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                        void *scratch) {
    const tm_conv *const layer = (const tm_conv *)description;
    const tm_lx6_conv *const packed = (const tm_lx6_conv *)layer->packed;
    if (packed == NULL) {
        tm_conv_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int count = x_end - x_begin;
    if (count <= 0) {
        return;
    }
    int16_t *const pixels = (int16_t *)scratch;
    gather_row(layer, packed, rows, x_begin, x_end, pixels);
    tm_lx6_job job = {packed->records,          layer->out_channels, pixels,
                      count * packed->taps * 2, packed->taps / 4,    out + x_begin * layer->out_channels,
                      layer->out_channels};
    void (*const dot_rows)(const tm_lx6_job *) = packed->two_sided ? tm_lx6_dot_rows_two_sided : tm_lx6_dot_rows;
    if (!packed->exact) {
        dot_rows(&job);
        return;
    }
    int32_t *const acc = (int32_t *)(void *)(pixels + count * packed->taps + 4);
    job.channels = 1;
    for (int channel = 0; channel < layer->out_channels; ++channel) {
        if (job.records[5] == TM_LX6_EXACT) {
            exact_channel(layer, &job, channel, count, acc);
        } else {
            dot_rows(&job);
        }
        job.records += packed->record_words;
        job.out += 1;
    }
}

#else
typedef int tm_conv_row_s8_lx6_is_for_the_lx6; /* ISO C wants a declaration in every file */
#endif
