// What SPADE's normalisation and its gradient share. Neither the normalised numbers nor the noise are stored: both are
// made again where they are needed. In tiles of several channels, as the four normals that one Philox counter gives cost
// many times an element's other arithmetic: a tile makes them once for all its channels.
// `noise` is (batch, pixels), in float as it is small beside the images, or null; then `state` and `stream` name the
// Philox noise, or state is null too.
#include "noise.cuh"
#include "tiles.cuh"

// Sign bits rather than comparisons: the gradient learns from y which side was taken, where it is 0 too.
__device__ __forceinline__ float on_side(float side, float v, float slope) { return __float_as_int(side) < 0 ? slope * v : v; }

// The noise of a tile's pixels; 0 beyond the image, or without any.
__device__ __forceinline__ void tile_noise(const Tiles& tile, const float* noise, const unsigned int* state,
                                           unsigned int stream, float (&v)[PIXELS]) {
    const unsigned int first = tile.image * quads(tile.pixels) + tile.pixel / 4;
#pragma unroll
    for (int q = 0; q < PIXELS / 4; ++q) {
        const float4 made = state ? noise_quad(state, stream, first + q) : make_float4(0.f, 0.f, 0.f, 0.f);
        const float four[4] = {made.x, made.y, made.z, made.w};
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            const bool inside = tile.inside(4 * q + k);
            v[4 * q + k] = inside ? four[k] : 0.f;
            if (inside && noise)
                v[4 * q + k] = noise[static_cast<long long>(tile.image) * tile.pixels + tile.pixel + 4 * q + k];
        }
    }
}

// What turns x into normalised numbers, of the thread's channels.
struct Normalizer {
    float center[CHANNELS], inverse[CHANNELS], weight[CHANNELS];

    __device__ __forceinline__ Normalizer(const Tiles& tile, const float* noise_weight, const float* mean,
                                          const float* var, float eps) {
        tile.load_channels(noise_weight, weight);
        tile.load_channels(mean, center);
        tile.load_channels(var, inverse);
#pragma unroll
        for (int c = 0; c < CHANNELS; ++c) inverse[c] = 1.f / sqrtf(inverse[c] + eps);
    }
    __device__ __forceinline__ float operator()(float x, int c, float noise) const {
        return (x + weight[c] * noise - center[c]) * inverse[c];
    }
};
