// Losses that are means, with their gradients, in one pass: every thread adds up terms and leaves each term's slope,
// which is -1, 0 or 1, in one byte. Backward multiplies the slopes by one number: it reads a byte an element instead
// of the inputs once more. Memory-bound; neighbouring threads move neighbouring packs of 16 bytes.
// variants: T=float32|float16
#include "sums.cuh"

enum Hinge { REAL = 0, FAKE = 1, GENERATOR = 2 };

// Four or eight slopes are stored at once: one access of as many bytes.
template <int N> __device__ __forceinline__ void store_slopes(signed char* p, const Pack<N>& slopes) {
    if constexpr (N == 1) {
        *p = static_cast<signed char>(slopes.v[0]);
    } else {
        unsigned int words[N / 4] = {};
#pragma unroll
        for (int k = 0; k < N; ++k)
            words[k / 4] |= (static_cast<unsigned int>(static_cast<int>(slopes.v[k])) & 0xffu) << k % 4 * 8;
#pragma unroll
        for (int k = 0; k < N / 4; ++k) reinterpret_cast<unsigned int*>(p)[k] = words[k];
    }
}

// partial[blockIdx.x] = sum of max(1 - x, 0), of max(1 + x, 0) or of -x.
extern "C" __global__ void hinge(const T* logits, signed char* slopes, float* partial, long long n, int kind) {
    const float sign = kind == FAKE ? 1.f : -1.f;
    const auto term = [=](long long i, auto x) {
        store_slopes(slopes + i, map_pack([=](float v) {
            return kind == GENERATOR || 1.f + sign * v > 0.f ? sign : 0.f;
        }, x));
        return map_pack([=](float v) { return kind == GENERATOR ? -v : fmaxf(1.f + sign * v, 0.f); }, x);
    };
    const float sum = block_sum(thread_sum(n, term, logits));
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// partial[blockIdx.x] = sum of |x - target|.
extern "C" __global__ void absolute_difference(const T* x, const T* target, signed char* slopes, float* partial,
                                               long long n) {
    const auto term = [=](long long i, auto a, auto b) {
        const auto difference = map_pack([](float u, float v) { return u - v; }, a, b);
        store_slopes(slopes + i, map_pack([](float d) { return d > 0.f ? 1.f : d < 0.f ? -1.f : 0.f; }, difference));
        return map_pack([](float d) { return fabsf(d); }, difference);
    };
    const float sum = block_sum(thread_sum(n, term, x, target));
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// The mean of n terms from the sums of ``parts`` blocks, by one block.
extern "C" __global__ void mean(const float* partial, float* value, long long n, int parts) {
    const float sum = total(partial, parts);
    if (threadIdx.x == 0) *value = sum / static_cast<float>(n);
}

// result = slope * gradient / n, where the mean's gradient is a number on the device.
extern "C" __global__ void slopes_gradient(const signed char* slopes, const float* gradient, T* result, long long n) {
    const float factor = *gradient / static_cast<float>(n);
    const long long packs = aligned(slopes, result) ? n / PACK<T> : 0;
    for (long long i = thread_index(); i < packs; i += thread_count()) {
        Pack<PACK<T>> pack;
#pragma unroll
        for (int w = 0; w < PACK<T> / 4; ++w) {
            const unsigned int word = reinterpret_cast<const unsigned int*>(slopes)[i * (PACK<T> / 4) + w];
#pragma unroll
            for (int k = 0; k < 4; ++k) pack.v[w * 4 + k] = factor * static_cast<signed char>(word >> k * 8 & 0xffu);
        }
        store_pack(result + i * PACK<T>, pack);
    }
    for (long long i = packs * PACK<T> + thread_index(); i < n; i += thread_count())
        store(result + i, factor * slopes[i]);
}
