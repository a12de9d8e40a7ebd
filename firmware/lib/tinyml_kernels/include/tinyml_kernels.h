/* Row kernels for compiled int8 networks, byte-exact to TensorFlow Lite's reference kernels.
 *
 * A feature map is [height][width][channels] of int8, and a kernel computes one output row of it: the columns
 * [x_begin, x_end), which is what two workers split between them. It keeps no state and allocates nothing.
 *
 *   rows     the input rows that the output row needs, top to bottom, each a pointer to its column 0.
 *            NULL stands for a row outside the picture: its pixels are the layer's `pad` vector.
 *            Kernels with several inputs take one row of each input.
 *   out      column 0 of the output row; it overlaps no input row
 *   scratch  what the layer's description asks for, aligned to 16 bytes, or NULL
 *
 * Every kernel exists as `<name>_reference`, written to be read. The faster variants of some compute the same bytes;
 * the plain name stands for the variant chosen when building: -DTM_KERNELS=TM_PORTABLE (the default), TM_REFERENCE,
 * TM_LX6 or TM_CORTEX_M4. All of them can be linked into one program under their full names.
 */
#ifndef TINYML_KERNELS_H
#define TINYML_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Weights are aligned for kernels that load several of them at once, padding for those that load a word of four. */
#if defined(__GNUC__)
#define TM_ALIGNED_16 __attribute__((aligned(16)))
#define TM_ALIGNED_4 __attribute__((aligned(4)))
#else
#define TM_ALIGNED_16
#define TM_ALIGNED_4
#endif

/* Constants that inference reads often lie in internal RAM where the compiler found room, filled when the program is
 * loaded. Instruction RAM can only be read as aligned 32-bit words. Section names are those of ESP-IDF's linker script. */
#if defined(__XTENSA__)
#define TM_IN_IRAM(name) __attribute__((section(".iram1.tm_constant." #name)))
#define TM_IN_DRAM(name) __attribute__((section(".dram1.tm_constant." #name)))
#else
#define TM_IN_IRAM(name)
#define TM_IN_DRAM(name)
#endif

typedef enum tm_status {
    TM_OK = 0,          /* done; with row input: send the next row */
    TM_DONE = 1,        /* with row input: that was the last row, the output is complete */
    TM_ERROR_ARENA = 2, /* an arena is NULL, too small, or not aligned to 16 bytes */
    TM_ERROR_STATE = 3  /* the model was not initialized */
} tm_status;

typedef enum tm_type { TM_INT8, TM_UINT8, TM_INT16, TM_INT32, TM_FLOAT32 } tm_type;

/* An input or output of a model: real = scale * (value - zero_point), where scale is not 0. */
typedef struct tm_edge {
    const char *name;
    tm_type type;
    uint32_t
        offset; /* of its first byte in the arena (of two, see the model's init); an input that is pushed row by row
                        lies there in part only */
    uint32_t bytes;
    uint16_t height, width, channels;
    float scale;
    int32_t zero_point;
} tm_edge;

/* Called after a row of a layer, or the next part of a row, has been computed; the parts of a row come in order. */
typedef void tm_trace(void *user, int layer, int row, const int8_t *data, int bytes);

/* The shape that all row kernels have; `layer` points to the kernel's own description below. */
typedef void tm_row_kernel(const void *layer, const int8_t *const *rows, int8_t *out, int x_begin, int x_end,
                           void *scratch);

/* Which columns of a row somebody computes. */
typedef enum tm_share { TM_WHOLE_ROW = 0, TM_FIRST_HALF, TM_SECOND_HALF } tm_share;

/* Two workers for a model that was compiled for two: the caller, and a helper on another core. Both go through all
 * steps of the model, each with the columns of its half, and wait for each other where the compiler saw that one needs
 * what the other one does. tm_threads.h has such workers; the functions are for the generated code. */
typedef struct tm_workers {
    /* Ask the helper to call help(model); it need not come. */
    void (*invite)(struct tm_workers *workers, void (*help)(void *model), void *model);
    /* Where the helper has come: set *share to TM_FIRST_HALF, let it call help(model) and go to its first barrier. */
    void (*admit)(struct tm_workers *workers, tm_share *share);
    /* Wait until the other one is at its barrier too. */
    void (*meet)(struct tm_workers *workers, tm_share share);
    /* End what `invite` began: wait for a helper that was admitted, send away one that was not. */
    void (*part)(struct tm_workers *workers);
} tm_workers;

/* Run `kernel` over a share of the columns [x_begin, x_end). The second half has a scratch of its own, `scratch_bytes`
 * behind that of the first. */
void tm_run_row(tm_share share, tm_row_kernel *kernel, const void *layer, const int8_t *const *rows, int8_t *out,
                int x_begin, int x_end, void *scratch, size_t scratch_bytes);

/* Wait for the other worker; returns at once where there is none. */
void tm_meet(tm_workers *workers, tm_share share);

/* Begin the next step: let the helper in once it has come, and meet where bit *step of `barriers` is set. */
void tm_begin_step(tm_workers *workers, tm_share *share, const uint8_t *barriers, uint32_t *step);

/* Pictures of a batch lie one below the other, each of `height` rows: row `at` of a picture, or -1 outside of it. */
static inline int tm_row_in_batch(int picture, int at, int height) {
    return at < 0 || at >= height ? -1 : picture * height + at;
}

/* The last row that a window needs down to row `at` of a picture; the one before the picture where that has none. */
static inline int tm_last_in_batch(int picture, int at, int height) {
    return picture * height + (at < 0 ? -1 : at < height ? at : height - 1);
}

/* --- Convolution: rows[kernel_height]. A fully connected layer is one whose kernel is its whole input. ------------ */
typedef struct tm_conv {
    const int8_t *weights;     /* [out_channels][kernel_height][kernel_width][in_channels] */
    const int32_t *bias;       /* [out_channels]; minus input_zero_point * (sum of the channel's weights) */
    const int32_t *multiplier; /* [out_channels] Q31, 0 or 2^30 .. 2^31 - 1 */
    const int8_t *shift;       /* [out_channels] -31 .. 30; positive is to the left */
    const int8_t *pad;         /* [in_channels] the input's zero point: what taps outside the picture read */
    int16_t in_width, in_channels;
    int16_t out_width, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, dilation; /* along x */
    int16_t pad_left;
    int16_t out_zero_point, out_min, out_max;
    const void *packed; /* what the variant wants besides, see tm_packed.h, or NULL */
} tm_conv;

/* --- Depthwise convolution: rows[kernel_height]. Output channel c * multiplier + m reads input channel c. --------- */
typedef struct tm_depthwise {
    const int8_t *weights;     /* [kernel_height][kernel_width][out_channels] */
    const int32_t *bias;       /* [out_channels]; minus input_zero_point * (sum of the channel's weights) */
    const int32_t *multiplier; /* [out_channels] Q31 */
    const int8_t *shift;       /* [out_channels] */
    const int8_t *pad;         /* [in_channels] the input's zero point */
    int16_t in_width, in_channels;
    int16_t out_width, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride, dilation; /* along x */
    int16_t pad_left;
    int16_t out_zero_point, out_min, out_max;
    const void *packed; /* as in tm_conv */
} tm_depthwise;

/* --- Element by element with two inputs: rows[0] and rows[1]. ----------------------------------------------------- */
typedef struct tm_binary {
    int32_t a_multiplier, b_multiplier; /* Q31; add and sub: to the common scale. mul uses neither */
    int32_t out_multiplier;
    int8_t a_shift, b_shift, out_shift;
    int16_t channels;
    int16_t a_pixel_stride, a_channel_stride; /* channels and 1, or 0 where the input is repeated along that axis */
    int16_t b_pixel_stride, b_channel_stride;
    int16_t a_zero_point, b_zero_point;
    int16_t out_zero_point, out_min, out_max;
    const void *packed; /* as in tm_conv */
} tm_binary;

/* --- Pooling: rows[kernel_height]. Taps outside the picture take no part. ------------------------------------------ */
typedef struct tm_pool {
    int16_t in_width, channels;
    int16_t out_width;
    int16_t kernel_height, kernel_width;
    int16_t stride; /* along x */
    int16_t pad_left;
    int16_t out_min, out_max;
} tm_pool;

/* --- Average over whole columns: one input row at a time into sums, then one output row. ---------------------------
 * For windows that share no row: scratch is int32 sums [out_width][channels], set to zero by the caller before the
 * window's first row. `add` takes rows[0]; `finish` takes no rows, but needs the number of rows summed in `height`. */
typedef struct tm_average {
    int32_t multiplier;  /* Q31; 0: divide by the number of values and round half away from zero */
    int32_t in_zero_sum; /* subtracted from each sum before multiplying: input zero point * number of values */
    int8_t shift;
    int16_t in_width, channels;
    int16_t out_width;
    int16_t kernel_height, kernel_width;
    int16_t stride;   /* along x */
    int16_t pad_left; /* taps outside the picture take no part */
    int16_t out_zero_point, out_min, out_max;
} tm_average;

/* --- One value to another through a table: rows[0]. ------------------------------------------------------------------ */
typedef struct tm_lookup {
    const int8_t *table; /* [256], indexed by the input byte as uint8 */
    int16_t channels;
} tm_lookup;

/* --- Softmax over the channels of each pixel: rows[0]. ---------------------------------------------------------------- */
typedef struct tm_softmax {
    const int32_t *exponential; /* [256] Q0.31 of exp(-scale * beta * difference); 0 where it is not counted */
    int16_t channels;
} tm_softmax;

/* --- Copies: parts of rows put together. -------------------------------------------------------------------------------- */
typedef struct tm_concat {   /* along the channels: rows[inputs] */
    const int16_t *channels; /* [inputs] */
    int16_t inputs, out_channels;
} tm_concat;

typedef struct tm_gather {   /* values from anywhere: out[x][c] = rows[0][columns[x] + channels[c]] */
    const int32_t *columns;  /* [out_width]; a negative one gives `fill` */
    const int32_t *channels; /* [out_channels]; likewise; NULL: c * channel_stride */
    int32_t channel_stride;
    int16_t out_channels;
    int8_t fill; /* also the whole row where rows[0] is NULL */
} tm_gather;

#define TM_DECLARE(name) tm_row_kernel name##_reference, name##_portable, name##_lx6, name##_cortex_m4

TM_DECLARE(tm_conv_row_s8);
TM_DECLARE(tm_depthwise_row_s8);
TM_DECLARE(tm_add_row_s8); /* tm_binary */
TM_DECLARE(tm_sub_row_s8); /* tm_binary */
TM_DECLARE(tm_mul_row_s8); /* tm_binary */
TM_DECLARE(tm_max_pool_row_s8);
TM_DECLARE(tm_average_pool_row_s8);
TM_DECLARE(tm_average_add_row_s8);
TM_DECLARE(tm_average_finish_row_s8);
TM_DECLARE(tm_lookup_row_s8);
TM_DECLARE(tm_softmax_row_s8);
TM_DECLARE(tm_concat_row_s8);
TM_DECLARE(tm_gather_row_s8);

#undef TM_DECLARE

#include "tm_operators.h"

/* --- The choice of variant ------------------------------------------------------------------------------------------------ */
#define TM_REFERENCE 0
#define TM_PORTABLE 1
#define TM_LX6 2
#define TM_CORTEX_M4 3

#ifndef TM_KERNELS
#define TM_KERNELS TM_PORTABLE
#endif

/* A variant names here the kernels that it has; the reference stands in for the others. */
#if TM_KERNELS == TM_PORTABLE
#define tm_conv_row_s8 tm_conv_row_s8_portable
#define tm_depthwise_row_s8 tm_depthwise_row_s8_portable
#define tm_add_row_s8 tm_add_row_s8_portable
#define tm_sub_row_s8 tm_sub_row_s8_portable
#define tm_mul_row_s8 tm_mul_row_s8_portable
#elif TM_KERNELS == TM_LX6
#define tm_conv_row_s8 tm_conv_row_s8_lx6
#define tm_depthwise_row_s8 tm_depthwise_row_s8_lx6
#define tm_add_row_s8 tm_add_row_s8_lx6
#elif TM_KERNELS == TM_CORTEX_M4
#define tm_conv_row_s8 tm_conv_row_s8_cortex_m4
#define tm_depthwise_row_s8 tm_depthwise_row_s8_cortex_m4
#define tm_add_row_s8 tm_add_row_s8_cortex_m4
#elif TM_KERNELS != TM_REFERENCE
#error "TM_KERNELS: expected TM_PORTABLE, TM_REFERENCE, TM_LX6 or TM_CORTEX_M4"
#endif

#ifndef tm_conv_row_s8
#define tm_conv_row_s8 tm_conv_row_s8_reference
#endif
#ifndef tm_depthwise_row_s8
#define tm_depthwise_row_s8 tm_depthwise_row_s8_reference
#endif
#ifndef tm_add_row_s8
#define tm_add_row_s8 tm_add_row_s8_reference
#endif
#ifndef tm_sub_row_s8
#define tm_sub_row_s8 tm_sub_row_s8_reference
#endif
#ifndef tm_mul_row_s8
#define tm_mul_row_s8 tm_mul_row_s8_reference
#endif
#ifndef tm_max_pool_row_s8
#define tm_max_pool_row_s8 tm_max_pool_row_s8_reference
#endif
#ifndef tm_average_pool_row_s8
#define tm_average_pool_row_s8 tm_average_pool_row_s8_reference
#endif
#ifndef tm_average_add_row_s8
#define tm_average_add_row_s8 tm_average_add_row_s8_reference
#endif
#ifndef tm_average_finish_row_s8
#define tm_average_finish_row_s8 tm_average_finish_row_s8_reference
#endif
#ifndef tm_lookup_row_s8
#define tm_lookup_row_s8 tm_lookup_row_s8_reference
#endif
#ifndef tm_softmax_row_s8
#define tm_softmax_row_s8 tm_softmax_row_s8_reference
#endif
#ifndef tm_concat_row_s8
#define tm_concat_row_s8 tm_concat_row_s8_reference
#endif
#ifndef tm_gather_row_s8
#define tm_gather_row_s8 tm_gather_row_s8_reference
#endif

#ifdef TM_COUNT_MACS
extern uint64_t tm_macs; /* multiply-accumulates that the reference kernels have executed: an instrumented build only */
#define TM_COUNT_MAC() (++tm_macs)
#else
#define TM_COUNT_MAC() ((void)0)
#endif

#ifdef __cplusplus
}
#endif

#endif
