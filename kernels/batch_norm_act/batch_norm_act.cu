// Batch normalisation, scale, shift and leaky ReLU, their gradients and the gradients of these; slope 1 leaves the
// activation out. Each is two launches, as all of a channel has to be summed before any of it can be finished: one
// reads everything and leaves each block's sums in `partial`, the next adds these up, reads everything again (at the
// sizes of a discriminator from the second-level cache) and writes. Nothing of the images' size lies between the
// passes, and no sum depends on which block is faster. With fixed statistics forward is the second launch alone.
// `partial` has one row a block of gridDim.y; null where statistics are fixed.
// variants: T=float32|float16 CHANNELS_LAST=0|1
#include "channels.cuh"

// The channel's number in the middle of the first image. Sums are of differences to it, as the sum of squares would
// lose its digits where the mean is far from 0; the middle, because borders see the convolution's padding.
template <int V> __device__ __forceinline__ float middle(const Walk<V>& walk, const T* x, int own) {
    if (!walk.inside()) return 0.f;
    const int channel = walk.channel + own, pixel = walk.pixels / 2;
    return load(x + (CHANNELS_LAST ? static_cast<long long>(pixel) * walk.channels + channel
                                   : static_cast<long long>(channel) * walk.pixels + pixel));
}

extern "C" __global__ void batch_norm_sums(const T* x, float* partial, int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        float shift[walk.CHANNELS];
        for (int k = 0; k < walk.CHANNELS; ++k) shift[k] = middle(walk, x, k);
        sum_channels<2>(walk, partial, [&](int k, float* sums, float v) {
            const float difference = v - shift[k];
            sums[0] += difference;
            sums[1] += difference * difference;
        }, x);
    }, x);
}

// Leaves the statistics in `mean` and `variance`; with the batch's statistics moves the running averages on.
extern "C" __global__ void batch_norm(const T* x, const float* gamma, const float* beta, float* running_mean,
                                      float* running_var, const float* partial, T* y, float* mean, float* variance,
                                      float eps, float decay, float slope, int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        constexpr int CHANNELS = walk.CHANNELS;
        float sums[CHANNELS][2] = {}, center[CHANNELS], scale[CHANNELS], shift[CHANNELS];
        if (partial) total<2>(walk, partial, sums);
        for (int k = 0; walk.inside() && k < CHANNELS; ++k) {
            const int c = walk.channel + k;
            const float shifted = sums[k][0] / count;
            center[k] = partial ? middle(walk, x, k) + shifted : running_mean[c];
            const float var = partial ? fmaxf(sums[k][1] / count - shifted * shifted, 0.f) : running_var[c];
            const float inv = 1.f / sqrtf(var + eps);
            scale[k] = gamma[c] * inv;
            shift[k] = beta[c];
            if (!walk.speaks()) continue;
            mean[c] = center[k];
            variance[c] = var;
            if (partial) {
                const float unbiased = static_cast<float>(count) / max(count - 1, 1);
                running_mean[c] = decay * running_mean[c] + (1.f - decay) * center[k];
                running_var[c] = decay * running_var[c] + (1.f - decay) * unbiased * var;
            }
        }
        map_channels(walk, [&](int k, float v) {
            return activate<LEAKY_RELU>((v - center[k]) * scale[k] + shift[k], slope);
        }, y, x);
    }, x, y);
}

// 1 / deviation of a thread's channels.
template <int V>
__device__ __forceinline__ void load_inverse(const Walk<V>& walk, const float* variance, float eps,
                                             float (&inv)[Walk<V>::CHANNELS]) {
    load_own(walk, variance, inv);
    for (float& value : inv) value = 1.f / sqrtf(value + eps);
}

// Sums of g and g * normal, g being the gradient behind the activation: the gradients of beta and gamma.
extern "C" __global__ void batch_norm_gradient_sums(const T* x, const T* y, const T* gy, const float* mean,
                                                    const float* variance, float* partial, float eps, float slope,
                                                    int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        float center[walk.CHANNELS], inv[walk.CHANNELS];
        load_own(walk, mean, center);
        load_inverse(walk, variance, eps, inv);
        sum_channels<2>(walk, partial, [&](int k, float* sums, float v, float out, float gradient) {
            const float g = gradient * derivative<LEAKY_RELU>(out, slope);
            sums[0] += g;
            sums[1] += g * ((v - center[k]) * inv[k]);
        }, x, y, gy);
    }, x, y, gy);
}

extern "C" __global__ void batch_norm_gradient(const T* x, const T* y, const T* gy, const float* gamma,
                                               const float* mean, const float* variance, const float* partial, T* gx,
                                               float* ggamma, float* gbeta, float eps, float slope, int fixed,
                                               int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        constexpr int CHANNELS = walk.CHANNELS;
        float sums[CHANNELS][2], center[CHANNELS], inv[CHANNELS], scale[CHANNELS], var[CHANNELS];
        total<2>(walk, partial, sums);
        load_own(walk, mean, center);
        load_own(walk, variance, var);
        load_inverse(walk, variance, eps, inv);
        load_own(walk, gamma, scale);
        for (int k = 0; k < CHANNELS; ++k) {
            if (walk.speaks()) {
                gbeta[walk.channel + k] = sums[k][0];
                ggamma[walk.channel + k] = sums[k][1];
            }
            scale[k] *= gradient_gain(var[k], eps, fixed);
            for (float& sum : sums[k]) sum = fixed ? 0.f : sum / count;
        }
        map_channels(walk, [&](int k, float v, float out, float gradient) {
            const float g = gradient * derivative<LEAKY_RELU>(out, slope);
            return scale[k] * (g - sums[k][0] - (v - center[k]) * inv[k] * sums[k][1]);
        }, gx, x, y, gy);
    }, x, y, gy, gx);
}

// The five sums of g, g * normal, a, a * normal and a * g, a being the gradient that comes to gx.
extern "C" __global__ void batch_norm_double_gradient_sums(const T* x, const T* y, const T* gy, const T* ggx,
                                                           const float* mean, const float* variance, float* partial,
                                                           float eps, float slope, int count, int channels,
                                                           int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        float center[walk.CHANNELS], inv[walk.CHANNELS];
        load_own(walk, mean, center);
        load_inverse(walk, variance, eps, inv);
        sum_channels<5>(walk, partial, [&](int k, float* sums, float v, float out, float gradient, float a) {
            const float g = gradient * derivative<LEAKY_RELU>(out, slope), normal = (v - center[k]) * inv[k];
            sums[0] += g;
            sums[1] += g * normal;
            sums[2] += a;
            sums[3] += a * normal;
            sums[4] += a * g;
        }, x, y, gy, ggx);
    }, x, y, gy, ggx);
}

// What one channel's results are made of: gx = a * ga + g * gg + normal * gn + g1, and so for ggy before its mask.
struct DoubleGradient {
    float center, inv, xa, xg, xn, x1, ya, yn, y1;
};

// The gradients are derived in kernels/batch_norm_act. gggamma and ggbeta may be null: 0.
extern "C" __global__ void batch_norm_double_gradient(const T* x, const T* y, const T* gy, const T* ggx,
                                                      const float* gggamma, const float* ggbeta, const float* gamma,
                                                      const float* mean, const float* variance, const float* partial,
                                                      T* gx, T* ggy, float* ggamma, float eps, float slope, int fixed,
                                                      int count, int channels, int pixels) {
    walk(count, channels, pixels, [=](auto walk) {
        constexpr int CHANNELS = walk.CHANNELS;
        using W = decltype(walk);
        float sums[CHANNELS][5];
        DoubleGradient of[CHANNELS];
        total<5>(walk, partial, sums);
        for (int k = 0; walk.inside() && k < CHANNELS; ++k) {
            const int c = walk.channel + k;
            const float inv = 1.f / sqrtf(variance[c] + eps);
            const float gain = gradient_gain(variance[c], eps, fixed), scale = gamma[c] * gain;
            const float p = gggamma ? gggamma[c] : 0.f, q = ggbeta ? ggbeta[c] : 0.f;
            const float along = sums[k][4] / count;
            for (float& sum : sums[k]) sum = fixed ? 0.f : sum / count;
            const float g = sums[k][0], gn = sums[k][1], a = sums[k][2], an = sums[k][3];
            const float common = along - a * g - an * gn;
            if (walk.speaks()) ggamma[c] = gain * count * common;
            const float of_g = p - scale * an;
            of[k] = {mean[c], inv, -scale * gain * gn, gain * of_g,
                     fixed ? 0.f : gain * (2.f * scale * an * gn - p * gn - scale * common),
                     fixed ? 0.f : gain * (scale * (a * gn + g * an) - p * g), scale, of_g, q - scale * a};
        }
        walk.each([&](long long i) {
            const auto xs = load_some<W::WIDTH>(x + i), ys = load_some<W::WIDTH>(y + i);
            const auto gys = load_some<W::WIDTH>(gy + i), as = load_some<W::WIDTH>(ggx + i);
            Pack<W::WIDTH> to_x, to_gy;
            for (int e = 0; e < W::WIDTH; ++e) {
                const DoubleGradient& by = of[W::own(e)];
                const float mask = derivative<LEAKY_RELU>(ys.v[e], slope), g = gys.v[e] * mask, a = as.v[e];
                const float normal = (xs.v[e] - by.center) * by.inv;
                to_x.v[e] = by.xa * a + by.xg * g + by.xn * normal + by.x1;
                to_gy.v[e] = mask * (by.ya * a + by.yn * normal + by.y1);
            }
            store_some(gx + i, to_x);
            store_some(ggy + i, to_gy);
        });
    }, x, y, gy, ggx, gx, ggy);
}
