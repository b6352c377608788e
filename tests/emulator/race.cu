// Reversing what a block wrote to shared memory: with the barrier, and with the barrier left out.
extern "C" __global__ void reverse(float* y) {
    __shared__ float s[64];
    s[threadIdx.x] = y[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = s[63 - threadIdx.x];
}

extern "C" __global__ void reverse_racing(float* y) {
    __shared__ float s[64];
    s[threadIdx.x] = y[threadIdx.x];
    y[threadIdx.x] = s[63 - threadIdx.x];
}
