/* --- The distance from zero: rows[0]. ------------------------------------------------------------------------------- */
typedef struct tm_absolute {
    int16_t channels;
    int16_t in_zero_point, out_zero_point;
} tm_absolute;

tm_row_kernel tm_absolute_row_s8_reference;

#define tm_absolute_row_s8 tm_absolute_row_s8_reference
