// Adding one to n elements, with the check of the bound and with one element too many.
extern "C" __global__ void increment(float* y, int n) {
    if (threadIdx.x < n) y[threadIdx.x] += 1.f;
}

extern "C" __global__ void increment_beyond(float* y, int n) {
    if (threadIdx.x <= n) y[threadIdx.x] += 1.f;
}

// An access of 16 bytes; the array has to be aligned so.
extern "C" __global__ void increment_pack(float* y, int n) {
    float4* const packs = reinterpret_cast<float4*>(y);
    if (4 * threadIdx.x < n) packs[threadIdx.x].x += 1.f;
}
