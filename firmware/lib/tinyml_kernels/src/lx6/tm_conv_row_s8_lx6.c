/* Convolution on the LX6: a row's taps widened to int16 once, then one dot product an output (dot.S). */
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

/* How many output columns from x on have all their taps inside the picture. */
static int inside_from(const tm_conv *layer, const int8_t *const *rows, int x, int x_end) {
    const int left = x * layer->stride - layer->pad_left;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        if (rows[ky] == NULL) {
            return 0;
        }
    }
    const int beyond = layer->in_width - layer->kernel_width - left;
    if (left < 0 || beyond < 0 || layer->dilation != 1) {
        return 0;
    }
    const int count = beyond / layer->stride + 1;
    return count < x_end - x ? count : x_end - x;
}

/* Widen the taps of the columns [x_begin, x_end) to `to`, `taps` for each. */
static void gather_row(const tm_conv *layer, const tm_lx6_conv *packed, const int8_t *const *rows, int x_begin,
                       int x_end, int16_t *to) {
    const int pointwise = layer->kernel_height * layer->kernel_width == 1 && layer->stride == 1 && rows[0] != NULL;
    if (pointwise && packed->quads && layer->pad_left == 0 && packed->taps == layer->in_channels) {
        tm_lx6_widen_quads(rows[0] + x_begin * layer->in_channels, to, (x_end - x_begin) * packed->taps / 4);
        return;
    }
    const int run = layer->kernel_width * layer->in_channels;
    tm_lx6_gather *const gather = run == 3 ? tm_lx6_gather_3 : run == 9 ? tm_lx6_gather_9 : NULL;
    for (int x = x_begin; x < x_end; ++x, to += packed->taps) {
        const int inside = gather == NULL ? 0 : inside_from(layer, rows, x, x_end);
        if (inside == 0) {
            gather_pixel(layer, packed->quads, rows, x, to);
            continue;
        }
        const int8_t *const *const end = rows + layer->kernel_height;
        int16_t *taps = to;
        for (const int8_t *const *row = rows; row < end; ++row, taps += run) {
            gather(*row + (x * layer->stride - layer->pad_left) * layer->in_channels, taps, inside,
                   layer->stride * layer->in_channels, packed->taps * 2);
        }
        x += inside - 1;
        to += (inside - 1) * packed->taps;
    }
}

/* Channels of small records: some at a time are unpacked to `records`. */
static void small_channels(tm_lx6_job job, const tm_lx6_run *run, int at_a_time, tm_lx6_dot *dot, int32_t *records) {
    const int is_more = run->kind != TM_LX6_PLAIN;
    const int words = tm_lx6_head_words(1, is_more) + job.groups;
    const int32_t *from = job.records;
    job.records = records;
    for (int left = run->channels; left > 0; left -= at_a_time, from += words * at_a_time, job.out += at_a_time) {
        job.channels = left < at_a_time ? left : at_a_time;
        tm_lx6_unpack(from, records, is_more, job.groups, job.channels, 0);
        dot(&job);
    }
}

/* Channels without proven constants: sums first, then TFLite's own arithmetic. `record`: for small ones, else NULL. */
static void exact_channels(const tm_conv *layer, tm_lx6_job job, int channels, int32_t *sums, int32_t *record) {
    int8_t *const outputs = job.out;
    const int words = record != NULL ? TM_LX6_SMALL_SIGNED_WORDS + job.groups : job.record_bytes / 4;
    const int32_t *from = job.records;
    job.channels = 1;
    job.out = (int8_t *)(void *)sums;
    for (int channel = 0; channel < channels; ++channel, from += words) {
        int8_t *out = outputs + channel;
        job.records = from;
        if (record != NULL) {
            tm_lx6_unpack(from, record, 1, job.groups, 1, 0);
            job.records = record;
        }
        const int32_t multiplier = from[0], shift = from[record != NULL ? 1 : 3];
        tm_lx6_dot_sums(&job);
        for (int pixel = 0; pixel < job.count; ++pixel, out += job.out_stride) {
            const int32_t value = tm_requantize(sums[pixel], multiplier, (int)shift) + layer->out_zero_point;
            *out = (int8_t)tm_clamp(value, layer->out_min, layer->out_max);
        }
    }
}

/* The loops by kind and groups of four taps; what has none of its own takes the long one. */
enum { LOOPS = 17 };
static tm_lx6_dot *const loops[2][LOOPS] = {
    {NULL, tm_lx6_dot_4, tm_lx6_dot_8, tm_lx6_dot_12, tm_lx6_dot_16, tm_lx6_dot_20, tm_lx6_dot_24, tm_lx6_dot_28,
     tm_lx6_dot_32, tm_lx6_dot_36, tm_lx6_dot_40, tm_lx6_dot_44, tm_lx6_dot_48, NULL, NULL, NULL, tm_lx6_dot_64},
    {NULL, tm_lx6_dot_4_signed, tm_lx6_dot_8_signed, tm_lx6_dot_12_signed, tm_lx6_dot_16_signed, tm_lx6_dot_20_signed,
     tm_lx6_dot_24_signed, tm_lx6_dot_28_signed, tm_lx6_dot_32_signed, tm_lx6_dot_36_signed, tm_lx6_dot_40_signed,
     tm_lx6_dot_44_signed, tm_lx6_dot_48_signed, NULL, NULL, NULL, tm_lx6_dot_64_signed},
};
static tm_lx6_dot *const any_taps[2] = {tm_lx6_dot_long, tm_lx6_dot_long_signed};

void tm_conv_row_s8_lx6(const void *description, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                        void *scratch) {
    const tm_conv *const layer = (const tm_conv *)description;
    const tm_lx6_conv *const packed = (const tm_lx6_conv *)layer->packed;
    if (packed == NULL) {
        tm_conv_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    const int count = x_end - x_begin, taps = packed->taps, groups = taps / 4;
    if (count <= 0) {
        return;
    }
    int16_t *const pixels = (int16_t *)scratch;
    gather_row(layer, packed, rows, x_begin, x_end, pixels);
    tm_lx6_job job = {.records = packed->records,
                      .pixels = pixels,
                      .count = count,
                      .pixel_bytes = count * taps * 2,
                      .groups = groups,
                      .weight_bytes = taps * 2,
                      .out_stride = layer->out_channels};
    /* Behind the pixels: 8 bytes that are read too far, the sums of exact channels, records unpacked. */
    int32_t *const sums = (int32_t *)(void *)(pixels + count * taps + 4);
    int32_t *const records = packed->small ? sums + (packed->has_exact ? count : 0) : NULL;
    job.out = out + x_begin * layer->out_channels;
    for (const tm_lx6_run *run = packed->runs; run < packed->runs + packed->run_count; ++run) {
        const int is_more = run->kind != TM_LX6_PLAIN;
        tm_lx6_dot *const own = run->kind != TM_LX6_EXACT && groups < LOOPS ? loops[run->kind][groups] : NULL;
        tm_lx6_dot *const dot = own != NULL ? own : any_taps[is_more];
        job.record_bytes = (tm_lx6_head_words(0, is_more) + groups * 2) * 4;
        job.channels = run->channels;
        if (run->kind == TM_LX6_EXACT) {
            exact_channels(layer, job, run->channels, sums, records);
        } else if (packed->small) {
            small_channels(job, run, packed->small, dot, records);
        } else {
            dot(&job);
        }
        job.out += run->channels;
        job.records +=
            run->channels * (tm_lx6_head_words(packed->small, is_more) + (packed->small ? groups : groups * 2));
    }
}

#else
typedef int tm_conv_row_s8_lx6_is_for_the_lx6; /* ISO C wants a declaration in every file */
#endif
