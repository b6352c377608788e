// Walking through images (batch, channels, pixels) in tiles of several channels of the same few pixels, in both
// layouts: what belongs to a pixel, such as its noise, is made once for the tile's channels, and what belongs to a
// channel is loaded once a thread. A tile is ROWS packs of 16 bytes:
//
//   channels first   CHANNELS x 4 or 8 pixels (float, half): a pack is pixels of one channel
//   channels last    4 pixels x CHANNELS: a pack is channels of one pixel; where CHANNELS are two packs, these lie a
//                    block's width apart, so that neighbouring threads move neighbouring packs in each access
//
// blockIdx.y chooses the channels, blockIdx.x every gridDim.x-th turn through the pixels. A block is `lanes` threads
// along the channels (1 where these come first, so that neighbouring threads move neighbouring pixels) times a power
// of two along the pixels. The including file defines CHANNELS_LAST, T and CHANNELS, 8 where channels are last.
#include "common.cuh"

constexpr int MAX_THREADS = 128;
constexpr int WIDTH = PACK<T>;
constexpr int PIXELS = CHANNELS_LAST ? 4 : WIDTH;
constexpr int ROWS = CHANNELS * PIXELS / WIDTH;

// Place within its tile of element k of pack `row`.
__device__ __forceinline__ constexpr int channel_of(int row, int k) {
    return CHANNELS_LAST ? (row * WIDTH + k) % CHANNELS : row;
}
__device__ __forceinline__ constexpr int pixel_of(int row, int k) {
    return CHANNELS_LAST ? (row * WIDTH + k) / CHANNELS : k;
}

// A thread's tiles: the first of their channels is `channel`, and `image` and `pixel` say where the present one is.
struct Tiles {
    const int channels, pixels;
    const bool packed;  // whether all packs are whole and aligned
    const int channel, span;
    const unsigned int groups, end, step;
    unsigned int turn;
    int image, pixel;

    __device__ __forceinline__ Tiles(int batch, int channels, int pixels, int lanes, bool aligned)
        : channels(channels), pixels(pixels), packed(aligned && (CHANNELS_LAST ? channels : pixels) % WIDTH == 0),
          channel(blockIdx.y * lanes * CHANNELS + threadIdx.x % lanes * WIDTH * CHANNELS_LAST), span(lanes * WIDTH),
          groups((static_cast<unsigned int>(pixels) + PIXELS - 1) / PIXELS), end(groups * batch),
          step(gridDim.x * (blockDim.x / lanes)), turn(blockIdx.x * (blockDim.x / lanes) + threadIdx.x / lanes) {}

    __device__ __forceinline__ bool at_end() const { return turn >= end; }
    __device__ __forceinline__ void find() {
        image = turn / groups;
        pixel = (turn - image * groups) * PIXELS;
    }
    // The image's channel that is the tile's c-th.
    __device__ __forceinline__ int own(int c) const {
        return channel + (CHANNELS_LAST ? c / WIDTH * span + c % WIDTH : c);
    }
    __device__ __forceinline__ bool inside(int own_pixel) const { return pixel + own_pixel < pixels; }
    // Number of elements of a pack that exist; may be negative.
    __device__ __forceinline__ int count(int row) const {
        const int c = own(channel_of(row, 0)), p = pixel + pixel_of(row, 0);
        if (CHANNELS_LAST) return p < pixels ? channels - c : 0;
        return c < channels ? pixels - p : 0;
    }
    __device__ __forceinline__ long long place(int row) const {
        const long long c = own(channel_of(row, 0)), p = pixel + pixel_of(row, 0);
        if (CHANNELS_LAST) return (static_cast<long long>(image) * pixels + p) * channels + c;
        return (static_cast<long long>(image) * channels + c) * pixels + p;
    }

    // A pack; 0 where there is nothing.
    __device__ __forceinline__ Pack<WIDTH> load_row(const T* p, int row) const {
        const int n = count(row);
        p += place(row);
        if (packed && n > 0) return load_pack(p);
        Pack<WIDTH> pack;
#pragma unroll
        for (int k = 0; k < WIDTH; ++k) pack.v[k] = !packed && k < n ? load(p + k) : 0.f;
        return pack;
    }
    __device__ __forceinline__ void store_row(T* p, int row, const Pack<WIDTH>& pack) const {
        const int n = count(row);
        p += place(row);
        if (packed && n > 0) store_pack(p, pack);
#pragma unroll
        for (int k = 0; k < WIDTH; ++k)
            if (!packed && k < n) store(p + k, pack.v[k]);
    }
    // Loads values[channel] of the tile's channels; 0 where there is none, or no values.
    __device__ __forceinline__ void load_channels(const float* values, float (&loaded)[CHANNELS]) const {
#pragma unroll
        for (int c = 0; c < CHANNELS; ++c) loaded[c] = values && own(c) < channels ? values[own(c)] : 0.f;
    }
};

// Merge what the threads of each lane hold, v.merge(other), in a tree and always in the same order; row 0 of the
// block gets the result. Both halves of the tree's threads are whole multiples of the lanes.
template <class V> __device__ __forceinline__ void merge_rows(V& v, int lanes) {
    __shared__ V handed[MAX_THREADS / 2];
    const int thread = threadIdx.x;
    for (int half = blockDim.x / 2; half >= lanes; half /= 2) {
        __syncthreads();  // whoever still reads the step before
        if (thread >= half && thread < 2 * half) handed[thread - half] = v;
        __syncthreads();
        if (thread < half) v.merge(handed[thread]);
    }
}
