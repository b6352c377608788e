// Barriers that half of the threads do not reach.
extern "C" __global__ void half_a_block(float* y) {
    if (threadIdx.x < 32) __syncthreads();
    y[threadIdx.x] = 1.f;
}

extern "C" __global__ void half_a_warp(float* y) {
    if (threadIdx.x % 2) y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, y[threadIdx.x], 2);
}
