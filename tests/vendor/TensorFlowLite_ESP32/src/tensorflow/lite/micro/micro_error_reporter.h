#pragma once
namespace tflite {
class ErrorReporter {};
class MicroErrorReporter : public ErrorReporter {};
} // namespace tflite
