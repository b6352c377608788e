// The state of the noise, and the noise written out: for those who want it as an array, and for the tests.
// variants: T=float32|float16
#include "noise.cuh"

// Copies the state for one pass and counts that pass: a captured graph draws fresh noise at every replay, as the
// count lives on the device. One thread's work.
extern "C" __global__ void advance_noise(unsigned int* state, unsigned int* pass) {
    if (thread_index()) return;
    for (int i = 0; i < 4; ++i) pass[i] = state[i];
    if (++state[2] == 0) ++state[3];
}

// y (batch, pixels): a thread makes the four normals of one counter and writes them; neighbours write side by side.
extern "C" __global__ void normal_noise(const unsigned int* state, unsigned int stream, T* y, int batch, int pixels) {
    const long long count = static_cast<long long>(batch) * quads(pixels);
    for (long long quad = thread_index(); quad < count; quad += thread_count()) {
        const float4 v = noise_quad(state, stream, static_cast<unsigned int>(quad));
        const float values[4] = {v.x, v.y, v.z, v.w};
        const long long image = quad / quads(pixels);
        const int pixel = static_cast<int>(quad % quads(pixels)) * 4;
        for (int k = 0; k < 4 && pixel + k < pixels; ++k) store(y + image * pixels + pixel + k, values[k]);
    }
}
