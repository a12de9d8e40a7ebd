/* Convolution as a matrix product: a few pixels by a few output channels at a time, sums in registers.
 *
 * The taps of a pixel are one vector of `depth` values (kernel_height * kernel_width * in_channels). Those of a block
 * of pixels are gathered; then every group of four output channels passes over the block. On a scalar machine a
 * pointwise layer needs no gathering; for others the taps of four pixels must fit into a few bytes of stack or into the
 * caller's scratch, else the reference runs. */
#include "tm_portable.h"

enum {
    CHANNELS = 4,
    PIXELS = 4,
    OWN_OPERANDS = TM_VECTOR ? 8192 : 256, /* on the stack */
    GROUP_OPERANDS = 4096
};

typedef struct block {
    const tm_operand *pixels;
    int count, pitch; /* pixels, and operands from one to the next */
} block;

/* Copy the taps of output column x to `to`, in the order of the weights, and fill up with zeros to `end`. */
static void gather(const tm_conv *layer, const int8_t *const *rows, int x, tm_operand *to, const tm_operand *end) {
    const int channels = layer->in_channels;
    const int left = x * layer->stride - layer->pad_left;
    const int reach = (layer->kernel_width - 1) * layer->dilation;
    const int inside = left >= 0 && left + reach < layer->in_width && layer->dilation == 1;
    for (int ky = 0; ky < layer->kernel_height; ++ky) {
        const int8_t *const row = rows[ky];
        if (row != NULL && inside) {
            const int count = layer->kernel_width * channels;
            tm_load(to, row + left * channels, count, count);
            to += count;
            continue;
        }
        for (int kx = 0; kx < layer->kernel_width; ++kx, to += channels) {
            const int column = left + kx * layer->dilation;
            const int outside = row == NULL || column < 0 || column >= layer->in_width;
            tm_load(to, outside ? layer->pad : row + column * channels, channels, channels);
        }
    }
    while (to < end) {
        *to++ = 0;
    }
}

/* Compute a group of four channels whose weights are `pitch` operands apart, for all pixels of the block. */
static void four_channels(const tm_output *output, const block *in, const tm_operand *weights, int depth, int8_t *out,
                          int out_pitch) {
    tm_finisher finisher;
    int32_t sums[CHANNELS][4];
    tm_prepare(output, &finisher);
    int pixel = 0;
    for (; pixel + 2 < in->count; pixel += 4) {
        const tm_operand *const first = in->pixels + pixel * in->pitch;
        const int count = tm_min(4, in->count - pixel);
        const tm_operand *const pixels[4] = {first, first + in->pitch, first + 2 * in->pitch,
                                             first + (count - 1) * in->pitch};
        tm_dot_4x2(pixels, weights, in->pitch, depth, sums);
        tm_dot_4x2(pixels, weights + 2 * in->pitch, in->pitch, depth, sums + 2);
        tm_finish_4x4(&finisher, (const int32_t (*)[4])sums, count, out + pixel * out_pitch, out_pitch);
    }
    if (pixel < in->count) {
        const tm_operand *const first = in->pixels + pixel * in->pitch;
        const int count = in->count - pixel;
        const tm_operand *const pixels[2] = {first, first + (count - 1) * in->pitch};
        tm_dot_2x4(pixels, weights, in->pitch, depth, sums);
        tm_finish_4x4(&finisher, (const int32_t (*)[4])sums, count, out + pixel * out_pitch, out_pitch);
    }
}

/* Compute one of the channels that are left over when the layer's number is no multiple of four. */
static void one_channel(const tm_output *output, const block *in, const int8_t *weights, int depth, int8_t *out,
                        int out_pitch) {
    for (int pixel = 0; pixel < in->count; ++pixel) {
        const tm_operand *const values = in->pixels + pixel * in->pitch;
        int32_t sum = 0;
        for (int k = 0; k < depth; ++k) {
            sum += values[k] * weights[k];
        }
        out[pixel * out_pitch] = tm_finish(output, 0, sum);
    }
}

static void all_channels(const tm_conv *layer, const block *in, int depth, int8_t *out) {
    for (int channel = 0; channel < layer->out_channels;) {
        const tm_output output = TM_OUTPUT(layer, channel);
        const int8_t *const weights = layer->weights + channel * depth;
        if (channel + CHANNELS > layer->out_channels) {
            one_channel(&output, in, weights, depth, out + channel, layer->out_channels);
            ++channel;
            continue;
        }
#if TM_VECTOR
        tm_operand group[GROUP_OPERANDS];
        if (in->pitch == depth) {
            tm_load(group, weights, CHANNELS * depth, CHANNELS * depth);
        } else {
            for (int i = 0; i < CHANNELS; ++i) {
                tm_load(group + i * in->pitch, weights + i * depth, depth, in->pitch);
            }
        }
        four_channels(&output, in, group, in->pitch, out + channel, layer->out_channels);
#else
        four_channels(&output, in, weights, depth, out + channel, layer->out_channels);
#endif
        channel += CHANNELS;
    }
}

void tm_conv_row_s8_portable(const void *description, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                             void *scratch) {
    const tm_conv *const layer = (const tm_conv *)description;
    const int depth = layer->kernel_height * layer->kernel_width * layer->in_channels;
    const int pitch = (depth + TM_LANES - 1) / TM_LANES * TM_LANES;
    tm_operand own[OWN_OPERANDS];
    int8_t copy[TM_PART_BYTES];
    tm_operand *const gathered = depth * PIXELS <= OWN_OPERANDS ? own : (tm_operand *)scratch;
#if TM_VECTOR
    const int step = OWN_OPERANDS / pitch / PIXELS * PIXELS;
    const int direct = 0, fits = pitch * CHANNELS <= GROUP_OPERANDS;
#else
    const int step = PIXELS;
    const int direct = depth == layer->in_channels && layer->stride == 1 && layer->pad_left == 0 && rows[0] != NULL;
    const int fits = direct || gathered != NULL;
#endif
    if (!fits) {
        tm_conv_row_s8_reference(description, rows, out, x_begin, x_end, scratch);
        return;
    }
    for (int x = x_begin; x < x_end; x += step) {
        block in = {gathered, tm_min(step, x_end - x), pitch};
        if (direct) {
            in.pixels = (const tm_operand *)(const void *)(rows[0] + x * depth);
        } else {
            for (int i = 0; i < in.count; ++i) {
                gather(layer, rows, x + i, gathered + i * pitch, gathered + (i + 1) * pitch);
            }
        }
        int8_t *const target = out + x * layer->out_channels;
        const int bytes = in.count * layer->out_channels;
        const int apart = TM_VECTOR && x_end - x_begin < layer->out_width && bytes <= TM_PART_BYTES;
        all_channels(layer, &in, depth, apart ? copy : target);
        if (apart) {
            tm_copy(target, copy, bytes);
        }
    }
}
