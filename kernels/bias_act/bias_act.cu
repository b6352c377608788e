// Bias a channel and activation, the gradients and the gradients of these; the activations are common.cuh's, by
// number, as a branch that all threads take alike costs nothing beside the memory. Every element is read once and
// written once: a block keeps its channels' bias in registers, and the gradient of the bias is summed while that of
// the image passes by. Null pointers: no bias, or nothing that comes to its gradient.
// variants: T=float32|float16 CHANNELS_LAST=0|1
#include "channels.cuh"

__device__ __forceinline__ float activate(int activation, float v, float slope) {
    switch (activation) {
        case LEAKY_RELU: return activate<LEAKY_RELU>(v, slope);
        case RELU: return v <= 0.f ? 0.f : v;  // what is not a number stays so, for the loss to show it
        case TANH: return activate<TANH>(v, slope);
        default: return v;
    }
}

// By the output.
__device__ __forceinline__ float derivative(int activation, float out, float slope) {
    switch (activation) {
        case LEAKY_RELU: return derivative<LEAKY_RELU>(out, slope);
        case RELU: return derivative<RELU>(out, slope);
        case TANH: return derivative<TANH>(out, slope);
        default: return 1.f;
    }
}

extern "C" __global__ void bias_act(const T* x, const float* bias, T* y, int activation, float slope, int count,
                                    int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        float shift[walk.CHANNELS];
        load_own(walk, bias, shift);
        map_channels(walk, [&](int k, float v) { return activate(activation, v + shift[k], slope); }, y, x);
    }, x, y);
}

// gx, and unless `partial` is null each block's sums of it.
extern "C" __global__ void bias_act_gradient(const T* y, const T* gy, T* gx, float* partial, int activation,
                                             float slope, int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        using W = decltype(walk);
        float sums[W::CHANNELS][1] = {};
        map_channels(walk, [&](int k, float out, float gradient) {
            const float g = gradient * derivative(activation, out, slope);
            sums[k][0] += g;
            return g;
        }, gx, y, gy);
        if (partial) leave<1>(walk, partial, sums);
    }, y, gy, gx);
}

// Each block's sums of a gradient that goes on unchanged, behind a bias without an activation.
extern "C" __global__ void bias_gradient(const T* gy, float* partial, int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        sum_channels<1>(walk, partial, [](int, float (&sums)[1], float gradient) { sums[0] += gradient; }, gy);
    }, gy);
}

// By gy and, unless gy_of_y is null, by y: only tanh' = 1 - y^2 changes with y.
extern "C" __global__ void bias_act_double_gradient(const T* y, const T* gy, const T* ggx, const float* ggbias, T* ggy,
                                                    T* gy_of_y, int activation, float slope, int count, int channels,
                                                    int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        float shift[walk.CHANNELS];
        load_own(walk, ggbias, shift);
        map_channels(walk, [&](int k, float out, float gg) {
            return (gg + shift[k]) * derivative(activation, out, slope);
        }, ggy, y, ggx);
        if (gy_of_y)
            map_channels(walk, [&](int k, float out, float gradient, float gg) {
                return -2.f * out * gradient * (gg + shift[k]);
            }, gy_of_y, y, gy, ggx);
    }, y, gy, ggx, ggy, gy_of_y);
}
