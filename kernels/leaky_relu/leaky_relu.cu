// Leaky ReLU over n contiguous elements. One read and one write an element, 16 bytes at a time; memory-bound, so
// there is nothing to tile: neighbouring threads move neighbouring packs.
// variants: T=float32|float16
#include "common.cuh"

extern "C" __global__ void leaky_relu(const T* x, T* y, float slope, long long n) {
    map(n, [=](float v) { return activate<LEAKY_RELU>(v, slope); }, y, x);
}

// gx from gy and the output y, whose sign tells where the input was positive.
extern "C" __global__ void leaky_relu_gradient(const T* gy, const T* y, T* gx, float slope, long long n) {
    map(n, [=](float g, float out) { return g * derivative<LEAKY_RELU>(out, slope); }, gx, gy, y);
}
