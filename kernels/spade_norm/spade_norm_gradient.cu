// The gradient of SPADE's normalisation. `gradient_sums` reads x, gamma, y, gy and writes the gradients of gamma and
// beta on the way, `finish_sums` adds up what the blocks left in `partial`, and `input_gradient` reads x, gamma and the
// gradient of beta, which has the activation's side in it already, and writes that of x. Four sums a channel fill the
// registers: where these may be few, a tile has four channels.
// variants: T=float32|float16 CHANNELS_LAST=0|1
constexpr int CHANNELS = CHANNELS_LAST ? 8 : 4;
#include "spade_norm.cuh"

// Of N channels: sums of the gradient g of the normalised number n, of g * n, g * noise and n * noise, and of noise.
template <int N> struct Sums {
    float noise, g[N], gn[N], g_noise[N], n_noise[N];

    __device__ __forceinline__ void merge(const Sums& other) {
        noise += other.noise;
#pragma unroll
        for (int c = 0; c < N; ++c) {
            g[c] += other.g[c];
            gn[c] += other.gn[c];
            g_noise[c] += other.g_noise[c];
            n_noise[c] += other.n_noise[c];
        }
    }
};

extern "C" __global__ void __launch_bounds__(128)
gradient_sums(const T* __restrict__ x, const T* __restrict__ gamma, const T* __restrict__ y,
              const T* __restrict__ gy, const float* noise_weight, const float* __restrict__ noise,
              const unsigned int* state, unsigned int stream, const float* mean, const float* var,
              T* __restrict__ ggamma, T* __restrict__ gbeta, float* partial, float eps, float slope, int batch,
              int channels, int pixels, int lanes) {
    Tiles tile(batch, channels, pixels, lanes, aligned(x, gamma, y, gy, ggamma, gbeta));
    const Normalizer normal(tile, noise_weight, mean, var, eps);
    Sums<CHANNELS> sums = {};
    for (; !tile.at_end(); tile.turn += tile.step) {
        tile.find();
        float added[PIXELS];
        tile_noise(tile, noise, state, stream, added);
#pragma unroll
        for (int p = 0; p < PIXELS; ++p) sums.noise += added[p];
#pragma unroll
        for (int row = 0; row < ROWS; ++row) {
            const Pack<WIDTH> scale = tile.load_row(gamma, row), out = tile.load_row(y, row);
            Pack<WIDTH> pack = tile.load_row(x, row), gradient = tile.load_row(gy, row);
            // Beyond the image gy and the noise are 0, and add nothing to any sum.
#pragma unroll
            for (int k = 0; k < WIDTH; ++k) {
                const int c = channel_of(row, k);
                const float z = added[pixel_of(row, k)], n = normal(pack.v[k], c, z);
                gradient.v[k] = on_side(out.v[k], gradient.v[k], slope);
                pack.v[k] = gradient.v[k] * n;
                const float g = gradient.v[k] * (1.f + scale.v[k]);
                sums.g[c] += g;
                sums.gn[c] += g * n;
                sums.g_noise[c] += g * z;
                sums.n_noise[c] += n * z;
            }
            tile.store_row(gbeta, row, gradient);
            tile.store_row(ggamma, row, pack);
        }
    }
    merge_rows(sums, lanes);
    if (threadIdx.x >= lanes) return;
    const long long plane = static_cast<long long>(gridDim.x) * channels;
    partial += static_cast<long long>(blockIdx.x) * channels;
#pragma unroll
    for (int c = 0; c < CHANNELS; ++c) {
        if (tile.own(c) >= channels) break;
        float* const here = partial + tile.own(c);
        here[0] = sums.noise;
        here[plane] = sums.g[c];
        here[2 * plane] = sums.gn[c];
        here[3 * plane] = sums.g_noise[c];
        here[4 * plane] = sums.n_noise[c];
    }
}

// Leaves the means of g and g * n, 0 where statistics are fixed, the gain of the gradient by x, and the gradient of the
// noise's weight, if wanted: the sum of gx * noise, which follows from the sums as gx is linear in g, 1 and n.
extern "C" __global__ void __launch_bounds__(128)
finish_sums(const float* partial, int parts, const float* var, float* mean_g, float* mean_gn, float* gain,
            float* gnoise_weight, float eps, float count, int fixed, int channels) {
    const int channel = blockIdx.x * 32 + threadIdx.x % 32;
    const long long plane = static_cast<long long>(parts) * channels;
    Sums<1> sums = {};
    for (int part = threadIdx.x / 32; channel < channels && part < parts; part += blockDim.x / 32) {
        const float* const here = partial + static_cast<long long>(part) * channels + channel;
        sums.merge({here[0], {here[plane]}, {here[2 * plane]}, {here[3 * plane]}, {here[4 * plane]}});
    }
    merge_rows(sums, 32);
    if (threadIdx.x >= 32 || channel >= channels) return;
    const float g = fixed ? 0.f : sums.g[0] / count, gn = fixed ? 0.f : sums.gn[0] / count;
    mean_g[channel] = g;
    mean_gn[channel] = gn;
    const float factor = gradient_gain(var[channel], eps, fixed);
    gain[channel] = factor;
    if (gnoise_weight) gnoise_weight[channel] = (sums.g_noise[0] - g * sums.noise - gn * sums.n_noise[0]) * factor;
}

// gx = (g - mean(g) - n * mean(g * n)) * gain
extern "C" __global__ void __launch_bounds__(128, 4)
input_gradient(const T* __restrict__ x, const T* __restrict__ gamma, const T* __restrict__ gbeta,
               const float* noise_weight, const float* __restrict__ noise, const unsigned int* state, unsigned int stream,
               const float* mean, const float* var, const float* mean_g, const float* mean_gn, const float* gain,
               T* __restrict__ gx, float eps, int batch, int channels, int pixels, int lanes) {
    Tiles tile(batch, channels, pixels, lanes, aligned(x, gamma, gbeta, gx));
    const Normalizer normal(tile, noise_weight, mean, var, eps);
    float g[CHANNELS], gn[CHANNELS], factor[CHANNELS];
    tile.load_channels(mean_g, g);
    tile.load_channels(mean_gn, gn);
    tile.load_channels(gain, factor);
    for (; !tile.at_end(); tile.turn += tile.step) {
        tile.find();
        float added[PIXELS];
        tile_noise(tile, noise, state, stream, added);
#pragma unroll
        for (int row = 0; row < ROWS; ++row) {
            const Pack<WIDTH> scale = tile.load_row(gamma, row), gradient = tile.load_row(gbeta, row);
            Pack<WIDTH> pack = tile.load_row(x, row);
#pragma unroll
            for (int k = 0; k < WIDTH; ++k) {
                const int c = channel_of(row, k);
                const float n = normal(pack.v[k], c, added[pixel_of(row, k)]);
                pack.v[k] = (gradient.v[k] * (1.f + scale.v[k]) - g[c] - n * gn[c]) * factor[c];
            }
            tile.store_row(gx, row, pack);
        }
    }
}
