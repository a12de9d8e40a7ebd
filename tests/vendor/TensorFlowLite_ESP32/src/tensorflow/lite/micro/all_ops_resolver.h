#pragma once
namespace tflite {
class MicroOpResolver {};
class AllOpsResolver : public MicroOpResolver {};
} // namespace tflite
