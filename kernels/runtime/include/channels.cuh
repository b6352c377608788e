// Walking through an array (batch, channels, pixels) with the channels' own numbers at hand, in both layouts.
//
// A block belongs to a group of channels, blockIdx.x, and takes every gridDim.y-th turn through their elements, so
// that what belongs to a channel is loaded once a thread. Channels first, a group is one channel: neighbouring threads
// move neighbouring pixels. Channels last, it is 32 channels, whole sectors of memory in either storage: neighbouring
// threads move neighbouring channels, and the rest of the block goes on in the pixels below.
// The including file defines CHANNELS_LAST and T. Blocks have THREADS threads.
#include "packs.cuh"

constexpr int THREADS = 256;
constexpr int GROUP = 32;

// The walk of one thread that moves V elements at once. `count` is the number of elements a channel, in all images.
template <int V> struct Walk {
    static constexpr int WIDTH = V;
    static constexpr int CHANNELS = CHANNELS_LAST ? V : 1;       // of one thread
    static constexpr int LANES = CHANNELS_LAST ? GROUP / V : 1;  // threads side by side along the channels
    static constexpr int ROWS = THREADS / LANES;
    const int channels, pixels, row, channel;
    const unsigned int end;

    __device__ __forceinline__ Walk(int count, int channels, int pixels)
        : channels(channels), pixels(pixels), row(threadIdx.x / LANES),
          channel(CHANNELS_LAST ? blockIdx.x * GROUP + threadIdx.x % LANES * V : blockIdx.x),
          end(channel >= channels ? 0 : CHANNELS_LAST ? count : count / V) {}

    // Number of a pack's e-th channel among the thread's own.
    __device__ __forceinline__ static int own(int e) { return CHANNELS_LAST ? e : 0; }
    __device__ __forceinline__ bool inside() const { return channel < channels; }
    // Whether this thread writes what there is once a channel.
    __device__ __forceinline__ bool speaks() const { return blockIdx.y == 0 && row == 0 && inside(); }

    // Where the pack of turn i lies. Counts fit in 31 bits, places need not.
    __device__ __forceinline__ long long place(unsigned int i) const {
        if (CHANNELS_LAST) return static_cast<long long>(i) * channels + channel;
        const unsigned int j = i * V, image = j / pixels;
        return (static_cast<long long>(image) * channels + channel) * pixels + (j - image * pixels);
    }

    // Calls f(place) for all of this thread's packs.
    template <class F> __device__ __forceinline__ void each(F f) const {
        for (unsigned int i = blockIdx.y * ROWS + row; i < end; i += gridDim.y * ROWS) f(place(i));
    }
};

// Calls f(walk) with a walk in packs of 16 bytes where all accesses are aligned to that, else element by element.
template <class F, class... P>
__device__ __forceinline__ void walk(int count, int channels, int pixels, F f, const P*... arrays) {
    if ((CHANNELS_LAST ? channels : pixels) % PACK<T> == 0 && aligned(arrays...))
        f(Walk<PACK<T>>(count, channels, pixels));
    else
        f(Walk<1>(count, channels, pixels));
}

// values[channel] of a thread's own channels; 0 where there is none, or values are null.
template <int V>
__device__ __forceinline__ void load_own(const Walk<V>& walk, const float* values, float (&own)[Walk<V>::CHANNELS]) {
    for (int k = 0; k < Walk<V>::CHANNELS; ++k) own[k] = values && walk.inside() ? values[walk.channel + k] : 0.f;
}

// y[i] = f(own channel, x[i]...)
template <int V, class F, class... X>
__device__ __forceinline__ void map_channels(const Walk<V>& walk, F f, T* y, const X*... x) {
    walk.each([&](long long i) {
        int e = 0;
        store_some<V>(y + i, map_pack([&](auto... v) { return f(Walk<V>::own(e++), v...); }, load_some<V>(x + i)...));
    });
}

// Sums over all threads of a block that have the same channels; each of them gets the result.
template <int V, int S> __device__ __forceinline__ void group_sum(float (&sums)[Walk<V>::CHANNELS][S]) {
    if constexpr (!CHANNELS_LAST) {
        block_sum(sums[0]);
    } else {
        // A tree over the rows: the lower half hands its sums to the upper half. Threads are the fastest index,
        // so that no two of a warp meet in one bank.
        constexpr int LANES = Walk<V>::LANES;
        __shared__ float handed[V * S][THREADS / 2];
        const int thread = threadIdx.x;
        for (int half = THREADS / 2; half >= LANES; half /= 2) {
            __syncthreads();
            if (thread >= half && thread < 2 * half)
                for (int k = 0; k < V * S; ++k) handed[k][thread - half] = sums[k / S][k % S];
            __syncthreads();
            if (thread < half)
                for (int k = 0; k < V * S; ++k) sums[k / S][k % S] += handed[k][thread];
        }
        __syncthreads();
        if (thread < LANES)
            for (int k = 0; k < V * S; ++k) handed[k][thread] = sums[k / S][k % S];
        __syncthreads();
        for (int k = 0; k < V * S; ++k) sums[k / S][k % S] = handed[k][thread % LANES];
    }
}

// partial[blockIdx.y][channel][S]: this block's sums.
template <int S, int V>
__device__ __forceinline__ void leave(const Walk<V>& walk, float* partial, float (&sums)[Walk<V>::CHANNELS][S]) {
    group_sum<V, S>(sums);
    if (walk.row == 0 && walk.inside())
        for (int k = 0; k < Walk<V>::CHANNELS * S; ++k)
            partial[(static_cast<long long>(blockIdx.y) * walk.channels + walk.channel) * S + k] = sums[k / S][k % S];
}

// Leaves this block's sums of what f(own channel, its sums, x[i]...) adds up.
template <int S, int V, class F, class... X>
__device__ __forceinline__ void sum_channels(const Walk<V>& walk, float* partial, F f, const X*... x) {
    float sums[Walk<V>::CHANNELS][S] = {};
    walk.each([&](long long i) {
        int e = 0;
        map_pack([&](auto... v) {
            const int own = Walk<V>::own(e++);
            f(own, sums[own], v...);
            return 0.f;
        }, load_some<V>(x + i)...);
    });
    leave<S>(walk, partial, sums);
}

// The same sums over all blocks, from what they left in `partial`; every block adds in the same order.
template <int S, int V>
__device__ __forceinline__ void total(const Walk<V>& walk, const float* partial, float (&sums)[Walk<V>::CHANNELS][S]) {
    for (int k = 0; k < Walk<V>::CHANNELS * S; ++k) {
        sums[k / S][k % S] = 0.f;
        for (int part = walk.row; walk.inside() && part < gridDim.y; part += Walk<V>::ROWS)
            sums[k / S][k % S] += partial[(static_cast<long long>(part) * walk.channels + walk.channel) * S + k];
    }
    group_sum<V, S>(sums);
}
