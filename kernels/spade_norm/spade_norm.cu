// SPADE's normalisation: noise in, batch statistics, modulation by gamma and beta, leaky ReLU out.
// Reads x twice, gamma and beta once, and writes y once: `statistics` leaves each block's count, mean and sum of
// squares in `partial`, `finish_statistics` merges these and moves the running averages on, `modulate` does the rest.
// variants: T=float32|float16 CHANNELS_LAST=0|1
constexpr int CHANNELS = 8;
#include "spade_norm.cuh"

// Count, mean and sum of squared differences to the mean of N channels, by Welford 1962; merged by Chan, Golub &
// LeVeque 1979. Nothing is lost where the mean is far from 0.
template <int N> struct Moments {
    float count, mean[N], squares[N];

    __device__ __forceinline__ void merge(const Moments& other) {
        const float total = count + other.count, share = total > 0.f ? other.count / total : 0.f;
#pragma unroll
        for (int c = 0; c < N; ++c) {
            const float delta = other.mean[c] - mean[c];
            mean[c] += delta * share;
            squares[c] += other.squares[c] + delta * delta * count * share;
        }
        count = total;
    }
};

extern "C" __global__ void __launch_bounds__(128)
statistics(const T* __restrict__ x, const float* noise_weight, const float* __restrict__ noise, const unsigned int* state,
           unsigned int stream, float* partial, int batch, int channels, int pixels, int lanes) {
    Tiles tile(batch, channels, pixels, lanes, aligned(x));
    Moments<CHANNELS> moments = {};
    float weight[CHANNELS];
    tile.load_channels(noise_weight, weight);
    for (; !tile.at_end(); tile.turn += tile.step) {
        tile.find();
        float added[PIXELS], share[PIXELS], spread[PIXELS];
        tile_noise(tile, noise, state, stream, added);
        // All channels have seen as many pixels: one division serves the eight of them.
#pragma unroll
        for (int p = 0; p < PIXELS; ++p) {
            const bool inside = tile.inside(p);
            moments.count += inside ? 1.f : 0.f;
            share[p] = inside ? 1.f / moments.count : 0.f;
            spread[p] = inside ? 1.f - share[p] : 0.f;
        }
#pragma unroll
        for (int row = 0; row < ROWS; ++row) {
            const Pack<WIDTH> pack = tile.load_row(x, row);
#pragma unroll
            for (int k = 0; k < WIDTH; ++k) {
                const int c = channel_of(row, k), p = pixel_of(row, k);
                const float delta = pack.v[k] + weight[c] * added[p] - moments.mean[c];
                moments.mean[c] += delta * share[p];
                moments.squares[c] += delta * spread[p] * delta;
            }
        }
    }
    merge_rows(moments, lanes);
    if (threadIdx.x >= lanes) return;
    const long long plane = static_cast<long long>(gridDim.x) * channels;
    partial += static_cast<long long>(blockIdx.x) * channels;
#pragma unroll
    for (int c = 0; c < CHANNELS; ++c) {
        if (tile.own(c) >= channels) break;
        float* const here = partial + tile.own(c);
        here[0] = moments.count;
        here[plane] = moments.mean[c];
        here[2 * plane] = moments.squares[c];
    }
}

// A block merges 32 channels, a warp's width of neighbours, its rows of threads every fourth of the parts each.
extern "C" __global__ void __launch_bounds__(128)
finish_statistics(const float* partial, int parts, float* mean, float* var, float* running_mean, float* running_var,
                  float decay, int channels) {
    const int channel = blockIdx.x * 32 + threadIdx.x % 32;
    const long long plane = static_cast<long long>(parts) * channels;
    Moments<1> moments = {};
    for (int part = threadIdx.x / 32; channel < channels && part < parts; part += blockDim.x / 32) {
        const float* const here = partial + static_cast<long long>(part) * channels + channel;
        moments.merge({here[0], {here[plane]}, {here[2 * plane]}});
    }
    merge_rows(moments, 32);
    if (threadIdx.x >= 32 || channel >= channels) return;
    const float variance = moments.squares[0] / moments.count;
    mean[channel] = moments.mean[0];
    var[channel] = variance;
    if (!running_mean) return;
    const float unbiased = moments.squares[0] / fmaxf(moments.count - 1.f, 1.f);
    running_mean[channel] = decay * running_mean[channel] + (1.f - decay) * moments.mean[0];
    running_var[channel] = decay * running_var[channel] + (1.f - decay) * unbiased;
}

extern "C" __global__ void __launch_bounds__(128)
modulate(const T* __restrict__ x, const T* __restrict__ gamma, const T* __restrict__ beta, const float* noise_weight,
         const float* __restrict__ noise, const unsigned int* state, unsigned int stream, const float* mean,
         const float* var, T* __restrict__ y, float eps, float slope, int batch, int channels, int pixels, int lanes) {
    Tiles tile(batch, channels, pixels, lanes, aligned(x, gamma, beta, y));
    const Normalizer normal(tile, noise_weight, mean, var, eps);
    for (; !tile.at_end(); tile.turn += tile.step) {
        tile.find();
        float added[PIXELS];
        tile_noise(tile, noise, state, stream, added);
#pragma unroll
        for (int row = 0; row < ROWS; ++row) {
            const Pack<WIDTH> scale = tile.load_row(gamma, row), shift = tile.load_row(beta, row);
            Pack<WIDTH> pack = tile.load_row(x, row);
#pragma unroll
            for (int k = 0; k < WIDTH; ++k) {
                const float n = normal(pack.v[k], channel_of(row, k), added[pixel_of(row, k)]);
                const float v = n * (1.f + scale.v[k]) + shift.v[k];
                pack.v[k] = on_side(v, v, slope);
            }
            tile.store_row(y, row, pack);
        }
    }
}
