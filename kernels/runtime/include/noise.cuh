// Noise, one normal number a pixel, as a function of (seed, pass, stream, place): nothing is stored.
// A state is four words in device memory: seed low and high, number of the pass low and high.
#include "common.cuh"

// Four neighbouring pixels get the four normals of one counter; every image starts a quad of its own.
__device__ __forceinline__ unsigned int quads(int pixels) {
    return (static_cast<unsigned int>(pixels) + 3) / 4;
}

__device__ __forceinline__ float4 noise_quad(const unsigned int* state, unsigned int stream, unsigned int quad) {
    return normals(make_uint4(quad, stream, state[2], state[3]), make_uint2(state[0], state[1]));
}
