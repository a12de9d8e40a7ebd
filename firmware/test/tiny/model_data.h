/* Where the TFLite-Micro runtime expects the C array of the model; the tiny model has none, so this only type-checks. */
extern const unsigned char model_data[];
