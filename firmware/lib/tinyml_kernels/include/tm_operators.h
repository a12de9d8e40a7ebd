/* Row kernels that no variant has a faster version of: their descriptions and names. tinyml_kernels.h includes this. */
#ifndef TM_OPERATORS_H
#define TM_OPERATORS_H

/* --- One of two bytes: rows[0] and rows[1]. -------------------------------------------------------------------------- */
typedef struct tm_choice {
    int16_t channels;
    int16_t a_pixel_stride, a_channel_stride; /* as in tm_binary */
    int16_t b_pixel_stride, b_channel_stride;
} tm_choice;

/* --- Comparison: rows[0] and rows[1]. 1 where begin[a] <= b < end[a], else 0. ------------------------------------------ */
typedef struct tm_compare {
    const int16_t *begin, *end; /* [256], indexed by the byte of rows[0] as uint8 */
    int8_t invert;              /* 1: 0 and 1 change places */
    int16_t channels;
    int16_t a_pixel_stride, a_channel_stride;
    int16_t b_pixel_stride, b_channel_stride;
} tm_compare;

/* --- Choice: where rows[0] is not 0 the byte of rows[1], else of rows[2]. ------------------------------------------------ */
typedef struct tm_select {
    int16_t channels;
    int16_t c_pixel_stride, c_channel_stride;
    int16_t a_pixel_stride, a_channel_stride;
    int16_t b_pixel_stride, b_channel_stride;
} tm_select;

/* --- Sums of rows[inputs], value by value. -------------------------------------------------------------------------------- */
typedef struct tm_add_n {
    int32_t multiplier; /* Q31, of a sum of values * 2^19 */
    int8_t shift;
    int16_t inputs, channels;
    int16_t in_zero_point, out_zero_point;
} tm_add_n;

/* --- Running sums along the columns of rows[0]; whole rows only. ------------------------------------------------------------ */
typedef struct tm_cumsum {
    int32_t multiplier; /* as in tm_add_n */
    int8_t shift;
    int8_t exclusive, reverse; /* without the value itself; from the last column */
    int16_t width, channels;
    int16_t in_zero_point, out_zero_point;
} tm_cumsum;

/* --- The largest or smallest bytes of whole columns: one input row at a time, then one output row. ------------------------- *
 * As tm_average, with int8 [out_width][channels] in scratch, set by the caller to what every byte takes the place of. */
typedef struct tm_extreme {
    int8_t largest; /* 1: the largest, 0: the smallest */
    int16_t in_width, channels;
    int16_t out_width;
    int16_t kernel_width, stride; /* along x; a window begins at column x * stride and lies inside */
} tm_extreme;

/* --- Where the first largest or smallest byte of a pixel's channels is: rows[0]. The output is int32. ----------------------- */
typedef struct tm_arg {
    int8_t largest;
    int16_t channels;
} tm_arg;

/* --- Over the channels of each pixel: rows[0]. --------------------------------------------------------------------------------- */
typedef struct tm_log_softmax {
    const int32_t *exponential; /* as in tm_softmax */
    const int32_t *difference;  /* [256] Q5.26 of -scale * difference */
    int32_t divisor;            /* from Q5.26 back to differences: Q31 and a shift */
    int8_t divisor_shift;
    int32_t radius; /* the largest difference that counts */
    int16_t channels;
} tm_log_softmax;

typedef struct tm_l2_normalization {
    int16_t channels;
    int16_t in_zero_point;
} tm_l2_normalization;

/* --- A row of one matrix, rows[0], times another matrix from rows[1] on. -------------------------------------------------------- */
typedef struct tm_matmul {
    int32_t multiplier; /* Q31 */
    int8_t shift;
    int16_t depth, columns;
    int32_t column_stride, depth_stride; /* of the second matrix */
    int16_t a_zero_point, b_zero_point, out_zero_point;
} tm_matmul;

/* --- Convolution of each group of channels by itself: rows[kernel_height]. ------------------------------------------------------ */
typedef struct tm_group_conv {
    const int8_t *weights; /* [out_channels][kernel_height][kernel_width][in_channels / groups] */
    const int32_t *bias;   /* these as in tm_conv */
    const int32_t *multiplier;
    const int8_t *shift;
    const int8_t *pad;
    int16_t in_width, in_channels;
    int16_t out_width, out_channels;
    int16_t groups;
    int16_t kernel_height, kernel_width;
    int16_t stride, dilation;
    int16_t pad_left;
    int16_t out_zero_point, out_min, out_max;
} tm_group_conv;

/* --- Transposed convolution: rows[kernel_height], NULL where no input row lies under the kernel's row. --------------------------- *
 * Output column x reads input column (x + pad_left - kx) / stride, where that has no remainder. */
typedef struct tm_transpose_conv {
    const int8_t *weights; /* [out_channels][kernel_height][kernel_width][in_channels] */
    const int32_t *bias;   /* [out_channels] */
    const int32_t *multiplier;
    const int8_t *shift;
    int16_t in_zero_point;
    int16_t in_width, in_channels;
    int16_t out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride; /* along x */
    int16_t pad_left;
    int16_t out_zero_point, out_min, out_max;
} tm_transpose_conv;

/* --- Between two rows and two columns: rows[0] above, rows[1] below, rows[2] the distance from rows[0]. -------------------------- *
 * A distance is 128 * first byte + second byte, in 1/1024. */
typedef struct tm_resize_bilinear {
    const int16_t *left, *right; /* [out_width] input columns on both sides */
    const int16_t *fraction;     /* [out_width] the distance from the left one, in 1/1024 */
    int16_t channels;
} tm_resize_bilinear;

/* --- What remembers: a row of the input makes a row of the output, and changes the states, from one run to the next. -------------- */
typedef void tm_remembering_kernel(const void *layer, const int8_t *in, int8_t *out, int8_t *const *states);

/* Long short-term memory: states[0] is the last output row, states[1] the cells, int16 [units] aligned for it.
 * The gates are input, forget, cell and output, in this order; sums of each in Q3.12, its value in Q0.15. */
typedef struct tm_lstm {
    const int8_t *weights;   /* [4][units][inputs] */
    const int8_t *recurrent; /* [4][units][units] */
    const int32_t
        *bias; /* [4][2][units] of the weights, minus zero point * (sum of the unit's weights); of `recurrent` */
    const int32_t *multiplier; /* [4][2] Q31 */
    const int8_t *shift;       /* [4][2] */
    const int16_t *sigmoid;    /* [256] Q0.16 of 1 / (1 + exp(-i / 24)), minus 2^15 */
    int32_t cell_multiplier;   /* from Q0.30 to cells: Q31 and a shift */
    int32_t out_multiplier;    /* from Q0.30 to the output */
    int8_t cell_shift, out_shift;
    int8_t tanh_shift; /* to the right, after tanh_multiplier: from cells to Q3.12, times 3 */
    int16_t tanh_multiplier;
    int16_t cell_clip; /* cells stay within -cell_clip .. cell_clip; 0: no limit */
    int16_t inputs, units;
    int16_t out_zero_point;
} tm_lstm;

/* Singular value decomposition filters: states[0] holds the last `memory` outputs of each filter, int16
 * [units * rank][memory], the latest at the end. */
typedef struct tm_svdf {
    const int8_t *weights;      /* [units * rank][inputs] */
    const int32_t *filter_bias; /* [units * rank] minus input_zero_point * (sum of the filter's weights) */
    const int16_t *time;        /* [units * rank][memory] */
    const int32_t *bias;        /* [units] */
    int32_t filter_multiplier, out_multiplier; /* Q31 */
    int8_t filter_shift, out_shift;
    int16_t inputs, units, rank, memory;
    int16_t out_zero_point;
} tm_svdf;

tm_row_kernel tm_div_row_s8_reference, tm_squared_difference_row_s8_reference,
    tm_prelu_row_s8_reference;                                          /* tm_binary */
tm_row_kernel tm_maximum_row_s8_reference, tm_minimum_row_s8_reference; /* tm_choice */
tm_row_kernel tm_compare_row_s8_reference, tm_select_row_s8_reference;
tm_row_kernel tm_add_n_row_s8_reference, tm_cumsum_row_s8_reference;
tm_row_kernel tm_extreme_add_row_s8_reference, tm_extreme_finish_row_s8_reference;
tm_row_kernel tm_arg_row_s8_reference;
tm_row_kernel tm_log_softmax_row_s8_reference, tm_l2_normalization_row_s8_reference;
tm_row_kernel tm_matmul_row_s8_reference;
tm_row_kernel tm_group_conv_row_s8_reference, tm_transpose_conv_row_s8_reference;
tm_row_kernel tm_resize_bilinear_row_s8_reference;
tm_remembering_kernel tm_lstm_row_s8_reference, tm_svdf_row_s8_reference;

#define tm_div_row_s8 tm_div_row_s8_reference
#define tm_squared_difference_row_s8 tm_squared_difference_row_s8_reference
#define tm_prelu_row_s8 tm_prelu_row_s8_reference
#define tm_maximum_row_s8 tm_maximum_row_s8_reference
#define tm_minimum_row_s8 tm_minimum_row_s8_reference
#define tm_compare_row_s8 tm_compare_row_s8_reference
#define tm_select_row_s8 tm_select_row_s8_reference
#define tm_add_n_row_s8 tm_add_n_row_s8_reference
#define tm_cumsum_row_s8 tm_cumsum_row_s8_reference
#define tm_extreme_add_row_s8 tm_extreme_add_row_s8_reference
#define tm_extreme_finish_row_s8 tm_extreme_finish_row_s8_reference
#define tm_arg_row_s8 tm_arg_row_s8_reference
#define tm_log_softmax_row_s8 tm_log_softmax_row_s8_reference
#define tm_l2_normalization_row_s8 tm_l2_normalization_row_s8_reference
#define tm_matmul_row_s8 tm_matmul_row_s8_reference
#define tm_group_conv_row_s8 tm_group_conv_row_s8_reference
#define tm_transpose_conv_row_s8 tm_transpose_conv_row_s8_reference
#define tm_resize_bilinear_row_s8 tm_resize_bilinear_row_s8_reference
#define tm_lstm_row_s8 tm_lstm_row_s8_reference
#define tm_svdf_row_s8 tm_svdf_row_s8_reference

#endif
