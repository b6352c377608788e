// The shared parts of the kernels, each on its own, for their tests.
#include "common.cuh"

// y[0..2] of each block: sums of x and of x * x, and the largest x; every thread checks that it got the same.
extern "C" __global__ void reductions(const float* x, float* y) {
    const float v = x[thread_index()];
    float sums[2] = {v, v * v};
    block_sum(sums);
    const float largest = block_max(v), again = block_sum(v);
    if (threadIdx.x == blockDim.x - 1) {
        y[3 * blockIdx.x] = again == sums[0] ? sums[0] : -1.f;
        y[3 * blockIdx.x + 1] = sums[1];
        y[3 * blockIdx.x + 2] = largest;
    }
}

extern "C" __global__ void activations(const float* x, float* y, int n) {
    for (long long i = thread_index(); i < n; i += thread_count()) {
        y[6 * i] = activate<LEAKY_RELU>(x[i], 0.25f);
        y[6 * i + 1] = derivative<LEAKY_RELU>(y[6 * i], 0.25f);
        y[6 * i + 2] = activate<RELU>(x[i], 0.f);
        y[6 * i + 3] = derivative<RELU>(y[6 * i + 2], 0.f);
        y[6 * i + 4] = activate<TANH>(x[i], 0.f);
        y[6 * i + 5] = derivative<TANH>(y[6 * i + 4], 0.f);
    }
}

// Thread i takes counter (first + i, c1, c2, c3).
extern "C" __global__ void random_words(unsigned int* y, unsigned int first, unsigned int c1, unsigned int c2,
                                        unsigned int c3, unsigned int k0, unsigned int k1) {
    const unsigned int i = static_cast<unsigned int>(thread_index());
    const uint4 words = philox(make_uint4(first + i, c1, c2, c3), make_uint2(k0, k1));
    y[4 * i] = words.x;
    y[4 * i + 1] = words.y;
    y[4 * i + 2] = words.z;
    y[4 * i + 3] = words.w;
}

extern "C" __global__ void random_normals(float* y, unsigned int seed) {
    const long long i = thread_index();
    const float4 v = normals(make_uint4(static_cast<unsigned int>(i), 0, 0, 0), make_uint2(seed, 0));
    y[4 * i] = v.x;
    y[4 * i + 1] = v.y;
    y[4 * i + 2] = v.z;
    y[4 * i + 3] = v.w;
}

extern "C" __global__ void last_in_block(const float* x, float* y) {
    DYNAMIC_SHARED(float, s);
    s[threadIdx.x] = x[thread_index()];
    __syncthreads();
    y[thread_index()] = s[blockDim.x - 1];
}
