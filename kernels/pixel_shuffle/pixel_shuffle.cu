// Depth to space by 2, with bias and leaky ReLU: channel (2 * dy + dx) * channels + c of pixel (h, w) becomes channel c
// of pixel (2 h + dy, 2 w + dx). Forward reads x and writes y once; the gradient reads gy and, for its sign, y, and
// writes gx once; a slope of 1 leaves the activation out.
// A row of a block is a row of y (channels-last: a pixel of y), so that its place is worked out once and both sides
// move whole runs: channels-first, a thread reads 16 bytes from each of the two planes whose pixels alternate in y
// and writes 32 in one run; channels-last, the channels of a pixel of y lie side by side in x as well.
// variants: T=float32|float16 CHANNELS_LAST=0|1
#include "packs.cuh"

// Of y, but height and width of x.
struct Shape {
    int batch, channels, height, width;
};

// What a thread moves at once: elements of y, in its order.
template <int V> constexpr int RUN = CHANNELS_LAST ? V : 2 * V;

// Calls f(place in x, place in y, channel of x) for every run. Channels-first, the run's odd elements belong to the
// plane ``channels`` further on.
template <int V, class F> __device__ __forceinline__ void each_run(const Shape& s, F f) {
    const int first = blockIdx.x * blockDim.y + threadIdx.y, step = gridDim.x * blockDim.y;
#if CHANNELS_LAST
    for (int pixel = first; pixel < 4 * s.batch * s.height * s.width; pixel += step) {
        const int column = pixel % (2 * s.width), row = pixel / (2 * s.width);  // rows of all images
        const int channel = (row % 2 * 2 + column % 2) * s.channels;
        // Two rows of y are one of x; all images have as many.
        const long long from = (static_cast<long long>(row / 2) * s.width + column / 2) * 4 * s.channels + channel;
        const long long to = static_cast<long long>(pixel) * s.channels;
        for (int c = threadIdx.x * V; c < s.channels; c += blockDim.x * V) f(from + c, to + c, channel + c);
    }
#else
    for (int row = first; row < 2 * s.batch * s.channels * s.height; row += step) {
        const int h = row % (2 * s.height), plane = row / (2 * s.height);
        const int channel = h % 2 * 2 * s.channels + plane % s.channels;
        const long long from_plane = static_cast<long long>(plane / s.channels) * 4 * s.channels + channel;
        const long long from = (from_plane * s.height + h / 2) * s.width, to = static_cast<long long>(row) * 2 * s.width;
        for (int w = threadIdx.x * V; w < s.width; w += blockDim.x * V) f(from + w, to + 2 * w, channel);
    }
#endif
}

// The elements of x that make a run of y, and back.
template <int V> __device__ __forceinline__ Pack<RUN<V>> load_run(const T* x, const Shape& s) {
#if CHANNELS_LAST
    return load_some<V>(x);
#else
    const Pack<V> even = load_some<V>(x);
    const Pack<V> odd = load_some<V>(x + static_cast<long long>(s.channels) * s.height * s.width);
    Pack<RUN<V>> run;
#pragma unroll
    for (int k = 0; k < V; ++k) run.v[2 * k] = even.v[k], run.v[2 * k + 1] = odd.v[k];
    return run;
#endif
}

template <int V> __device__ __forceinline__ void store_run(T* x, const Pack<RUN<V>>& run, const Shape& s) {
#if CHANNELS_LAST
    store_some<V>(x, run);
#else
    Pack<V> even, odd;
#pragma unroll
    for (int k = 0; k < V; ++k) even.v[k] = run.v[2 * k], odd.v[k] = run.v[2 * k + 1];
    store_some<V>(x, even);
    store_some<V>(x + static_cast<long long>(s.channels) * s.height * s.width, odd);
#endif
}

// The same run where it is one in memory.
template <int V> __device__ __forceinline__ Pack<RUN<V>> load_output(const T* y) {
    Pack<RUN<V>> run;
#pragma unroll
    for (int part = 0; part < RUN<V>; part += V) {
        const Pack<V> pack = load_some<V>(y + part);
#pragma unroll
        for (int k = 0; k < V; ++k) run.v[part + k] = pack.v[k];
    }
    return run;
}

template <int V> __device__ __forceinline__ void store_output(T* y, const Pack<RUN<V>>& run) {
#pragma unroll
    for (int part = 0; part < RUN<V>; part += V) {
        Pack<V> pack;
#pragma unroll
        for (int k = 0; k < V; ++k) pack.v[k] = run.v[part + k];
        store_some<V>(y + part, pack);
    }
}

// Calls f with a number of elements a thread can move at once: a pack of them where all accesses are aligned.
template <int V> struct Width {
    static constexpr int value = V;
};
template <class F, class... P> __device__ __forceinline__ void with_width(const Shape& s, F f, const P*... arrays) {
    if ((CHANNELS_LAST ? s.channels : s.width) % PACK<T> == 0 && aligned(arrays...)) f(Width<PACK<T>>{});
    else f(Width<1>{});
}

// y = leaky ReLU of the shuffled x + bias; ``bias`` (4 * channels,) or null.
extern "C" __global__ void pixel_shuffle(const T* x, const float* bias, T* y, float slope, int batch, int channels,
                                         int height, int width) {
    const Shape s = {batch, channels, height, width};
    with_width(s, [=](auto any) {
        constexpr int V = decltype(any)::value;
        each_run<V>(s, [=](long long from, long long to, int channel) {
            Pack<RUN<V>> run = load_run<V>(x + from, s);
#pragma unroll
            for (int k = 0; k < RUN<V>; ++k) {
                const float shift = bias ? bias[channel + (CHANNELS_LAST ? k : k % 2 * s.channels)] : 0.f;
                run.v[k] = activate<LEAKY_RELU>(run.v[k] + shift, slope);
            }
            store_output<V>(y + to, run);
        });
    }, x, y);
}

// The same to first order around the output y: result = shuffled x times the activation's slope at y.
extern "C" __global__ void pixel_shuffle_tangent(const T* x, const T* y, T* result, float slope, int batch, int channels,
                                                 int height, int width) {
    const Shape s = {batch, channels, height, width};
    with_width(s, [=](auto any) {
        constexpr int V = decltype(any)::value;
        each_run<V>(s, [=](long long from, long long to, int) {
            const auto times = [=](float v, float out) { return v * derivative<LEAKY_RELU>(out, slope); };
            store_output<V>(result + to, map_pack(times, load_run<V>(x + from, s), load_output<V>(y + to)));
        });
    }, x, y, result);
}

extern "C" __global__ void pixel_shuffle_gradient(const T* gy, const T* y, T* gx, float slope, int batch, int channels,
                                                  int height, int width) {
    const Shape s = {batch, channels, height, width};
    with_width(s, [=](auto any) {
        constexpr int V = decltype(any)::value;
        each_run<V>(s, [=](long long from, long long to, int) {
            const auto times = [=](float g, float out) { return g * derivative<LEAKY_RELU>(out, slope); };
            store_run<V>(gx + from, map_pack(times, load_output<V>(gy + to), load_output<V>(y + to)), s);
        });
    }, gy, y, gx);
}
