// Sum of squares, or square of the sum, of each sample's image gradient; sums in float whatever the storage.
// Reads the gradient once, 16 bytes a thread at a time; blockIdx.y is the sample, and the blocks of a row share it.
// Fused: square, reduction and, with it, the sum that the gradient of the second form needs; backward reads the image
// gradient and writes once (the second form only writes).
// variants: T=float32|float16
#include "sums.cuh"

enum Form { SQUARE_THEN_SUM = 0, SUM_THEN_SQUARE = 1 };

// partial[sample][blockIdx.x] of samples of n elements.
extern "C" __global__ void gradient_penalty(const T* gradient, float* partial, long long n, int batch, int form) {
    for (int sample = blockIdx.y; sample < batch; sample += gridDim.y) {
        const auto term = [=](long long, auto pack) {
            return map_pack([=](float g) { return form == SQUARE_THEN_SUM ? g * g : g; }, pack);
        };
        const float sum = block_sum(thread_sum(n, term, gradient + sample * n));
        if (threadIdx.x == 0) partial[static_cast<long long>(sample) * gridDim.x + blockIdx.x] = sum;
    }
}

// Both (batch,): the sums, and the penalty they make.
extern "C" __global__ void gradient_penalty_total(const float* partial, float* penalty, float* sums, int parts,
                                                  int batch, int form) {
    for (int sample = blockIdx.x; sample < batch; sample += gridDim.x) {
        const float sum = total(partial + static_cast<long long>(sample) * parts, parts);
        if (threadIdx.x) continue;
        sums[sample] = sum;
        penalty[sample] = form == SQUARE_THEN_SUM ? sum : sum * sum;
    }
}

__device__ __forceinline__ void fill(long long n, float value, T* y) {
    const long long packs = aligned(y) ? n / PACK<T> : 0;
    Pack<PACK<T>> pack;
#pragma unroll
    for (int k = 0; k < PACK<T>; ++k) pack.v[k] = value;
    for (long long i = thread_index(); i < packs; i += thread_count()) store_pack(y + i * PACK<T>, pack);
    for (long long i = packs * PACK<T> + thread_index(); i < n; i += thread_count()) store(y + i, value);
}

// Gradient of the image gradient from that of the penalty, ``scale`` (batch,).
extern "C" __global__ void gradient_penalty_gradient(const T* gradient, const float* sums, const float* scale, T* result,
                                                     long long n, int batch, int form) {
    for (int sample = blockIdx.y; sample < batch; sample += gridDim.y) {
        const float factor = 2.f * scale[sample], filling = factor * sums[sample];
        T* const part = result + sample * n;
        if (form == SQUARE_THEN_SUM) map(n, [=](float g) { return factor * g; }, part, gradient + sample * n);
        else fill(n, filling, part);
    }
}
