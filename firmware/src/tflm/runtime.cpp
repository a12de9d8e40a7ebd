// The same application on TFLite-Micro with its reference kernels (the library has no ESP-NN): the model is the C array that the export writes, and its arena, too
// large for the internal RAM, lies in PSRAM. For comparison; it cannot trace layers.
#include <TensorFlowLite_ESP32.h>
#include <tensorflow/lite/micro/all_ops_resolver.h>
#include <tensorflow/lite/micro/micro_error_reporter.h>
#include <tensorflow/lite/micro/micro_interpreter.h>
#include <tensorflow/lite/schema/schema_generated.h>

#include <new>

#include "application.h"
#include "esp_heap_caps.h"
#include "model_data.h"
#include "runtime.h"
#include "tinyml_kernels.h" // model.h needs it; named here, PlatformIO finds the library

extern "C" const char tinyml_runtime_name[] = "tflm";

namespace {

constexpr int kRowBytes = MODEL_INPUT_BYTES / MODEL_INPUT_HEIGHT;
constexpr size_t kArenaBytes = 640 * 1024;

tflite::MicroErrorReporter error_reporter;
tflite::AllOpsResolver resolver;
alignas(tflite::MicroInterpreter) uint8_t interpreter_memory[sizeof(tflite::MicroInterpreter)];
tflite::MicroInterpreter *interpreter;
int next_row;

tflite::MicroInterpreter *make_interpreter() {
    uint8_t *arena = static_cast<uint8_t *>(heap_caps_aligned_alloc(16, kArenaBytes, MALLOC_CAP_SPIRAM));
    if (arena == nullptr)
        return nullptr;
    auto *made = new (interpreter_memory)
        tflite::MicroInterpreter(tflite::GetModel(model_data), resolver, arena, kArenaBytes, &error_reporter);
    return made->AllocateTensors() == kTfLiteOk ? made : nullptr;
}

} // namespace

bool tinyml_runtime_begin(void) {
    next_row = 0;
    if (interpreter == nullptr)
        interpreter = make_interpreter();
    return interpreter != nullptr;
}

bool tinyml_runtime_push_row(const uint8_t *row) {
    if (interpreter == nullptr || next_row >= MODEL_INPUT_HEIGHT)
        return false;
    int8_t *destination = interpreter->input(0)->data.int8 + next_row * kRowBytes;
    for (int i = 0; i < kRowBytes; i++)
        destination[i] = tinyml_application.input_table == nullptr
                             ? static_cast<int8_t>(row[i])
                             : tinyml_application.input_table[i % MODEL_INPUT_CHANNELS][row[i]];
    return ++next_row < MODEL_INPUT_HEIGHT || interpreter->Invoke() == kTfLiteOk;
}

bool tinyml_runtime_run(const uint8_t *picture) {
    if (!tinyml_runtime_begin())
        return false;
    for (int row = 0; row < MODEL_INPUT_HEIGHT; row++)
        if (!tinyml_runtime_push_row(picture + row * kRowBytes))
            return false;
    return true;
}

const int8_t *tinyml_runtime_output(int number) {
    static const int8_t nothing[MODEL_OUTPUT_BYTES] = {};
    return interpreter == nullptr ? nothing : interpreter->output(static_cast<size_t>(number))->data.int8;
}

uint32_t tinyml_runtime_arena_bytes(void) {
    return interpreter == nullptr ? 0 : static_cast<uint32_t>(interpreter->arena_used_bytes());
}

bool tinyml_runtime_set_trace(runtime_trace, void *) { return false; }
void tinyml_runtime_work_alone(bool) {}
const char *tinyml_runtime_layer_name(int) { return ""; }
