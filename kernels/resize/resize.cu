// Resizing by any factor, and its gradient: every sample gathers its weighted sum, so that nothing is added up in
// memory and there are no atomics. Where an output reads and with which weights follows from integers alone, exact
// at any size, and is computed here: no table is kept or copied.
// Moves each input once from memory (neighbours read the same samples from the cache) and each output once.
// Channels-first: a thread owns a pixel and does it in several planes, so that its places and weights are worked
// out once for all of these; neighbouring threads own neighbouring pixels, so that a warp reads whole sectors. Packs
// of pixels would not help: what a pixel reads starts anywhere, and a warp's loads would only spread further.
// Channels-last: a thread owns 16 bytes of the channels of a pixel, element by element where these are not aligned; a
// row of the block is a pixel.
// TAPS: samples an output reads along an axis at most, kept in registers; 0 for more, worked out as they are read.
// variants: T=float32|float16 CHANNELS_LAST=0|1 TAPS=0|2|4
#include "packs.cuh"

enum Mode { NEAREST = 0, AREA = 1, HALF_PIXEL = 2, ALIGNED = 3 };

// An axis resized from n samples to m. Bilinear output i stands at (step * i + offset) / unit of the inputs.
struct Axis {
    int n, m, mode, step, offset, unit;
};

__device__ __forceinline__ Axis make_axis(int n, int m, int mode) {
    // Of a single input all is read there, wherever the corners are.
    if (mode == ALIGNED && n > 1) return {n, m, mode, n - 1, 0, max(m - 1, 1)};
    return {n, m, mode, 2 * n, n - m, 2 * m};
}

__device__ __forceinline__ int position(const Axis& axis, int i) {
    return min(max(axis.step * i + axis.offset, 0), (axis.n - 1) * axis.unit);
}

// Weight of input j in output i.
__device__ __forceinline__ float share(const Axis& axis, int i, int j) {
    if (axis.mode == NEAREST) return i * axis.n / axis.m == j ? 1.f : 0.f;
    if (axis.mode == AREA) {
        const int overlap = min((i + 1) * axis.n, (j + 1) * axis.m) - max(i * axis.n, j * axis.m);
        return static_cast<float>(max(overlap, 0)) / axis.n;
    }
    return fmaxf(1.f - static_cast<float>(abs(position(axis, i) - j * axis.unit)) / axis.unit, 0.f);
}

// First and one past the last of the inputs that output i reads.
__device__ __forceinline__ int2 inputs_of(const Axis& axis, int i) {
    if (axis.mode == NEAREST) return make_int2(i * axis.n / axis.m, i * axis.n / axis.m + 1);
    if (axis.mode == AREA) return make_int2(i * axis.n / axis.m, ((i + 1) * axis.n + axis.m - 1) / axis.m);
    const int low = position(axis, i) / axis.unit;
    return make_int2(low, min(low + 2, axis.n));
}

// First and one past the last of the outputs that read input j.
__device__ __forceinline__ int2 outputs_of(const Axis& axis, int j) {
    const int end = ((j + 1) * axis.m + axis.n - 1) / axis.n;
    if (axis.mode == NEAREST) return make_int2((j * axis.m + axis.n - 1) / axis.n, end);
    if (axis.mode == AREA) return make_int2(j * axis.m / axis.n, end);
    const int below = (j - 1) * axis.unit - axis.offset, above = (j + 1) * axis.unit - axis.offset;
    return make_int2(below < 0 ? 0 : below / axis.step + 1, min((above + axis.step - 1) / axis.step, axis.m));
}

// The samples that one place of the result reads along an axis. The gradient reads the other way round.
#if TAPS
struct Taps {
    int first;
    float weights[TAPS];
    __device__ __forceinline__ int count() const { return TAPS; }
    __device__ __forceinline__ float weight(int k) const { return weights[k]; }
};
#else
struct Taps {
    int first, last, place;
    bool transposed;
    Axis axis;
    __device__ __forceinline__ int count() const { return last - first; }
    __device__ __forceinline__ float weight(int k) const {
        return transposed ? share(axis, first + k, place) : share(axis, place, first + k);
    }
};
#endif

__device__ __forceinline__ Taps make_taps(int source, int target, int mode, bool transposed, int place) {
    const Axis axis = transposed ? make_axis(target, source, mode) : make_axis(source, target, mode);
    const int2 range = transposed ? outputs_of(axis, place) : inputs_of(axis, place);
#if TAPS
    Taps taps = {range.x};
#pragma unroll
    for (int k = 0; k < TAPS; ++k) {
        const int at = range.x + k;
        taps.weights[k] = at >= range.y ? 0.f : transposed ? share(axis, at, place) : share(axis, place, at);
    }
    return taps;
#else
    return {range.x, range.y, place, transposed, axis};
#endif
}

// Weighted sum of the N channels at ``x`` over a window; steps are from row to row and from column to column.
template <int N>
__device__ __forceinline__ Pack<N> gather(const T* x, long long row_step, int column_step, const Taps& rows,
                                          const Taps& columns) {
    Pack<N> sum = {};
#pragma unroll
    for (int r = 0; r < rows.count(); ++r) {
        const T* row = x + (rows.first + r) * row_step;
#pragma unroll
        for (int c = 0; c < columns.count(); ++c) {
            const float weight = rows.weight(r) * columns.weight(c);
            if (weight == 0.f) continue;  // may lie outside
            const Pack<N> value = load_some<N>(row + static_cast<long long>(columns.first + c) * column_step);
#pragma unroll
            for (int k = 0; k < N; ++k) sum.v[k] += weight * value.v[k];
        }
    }
    return sum;
}

#if CHANNELS_LAST
template <int N>
__device__ __forceinline__ void resize_pixels(const T* x, T* y, int images, int channels, int source_height,
                                              int source_width, int height, int width, int mode, bool transposed) {
    const unsigned int pixels = static_cast<unsigned int>(images) * height * width;
    for (unsigned int p = blockIdx.x * blockDim.y + threadIdx.y; p < pixels; p += gridDim.x * blockDim.y) {
        const int column = p % width, row = p / width % height, image = p / width / height;
        const Taps rows = make_taps(source_height, height, mode, transposed, row);
        const Taps columns = make_taps(source_width, width, mode, transposed, column);
        const T* source = x + static_cast<long long>(image) * source_height * source_width * channels;
        const long long row_step = static_cast<long long>(source_width) * channels;
        for (int c = threadIdx.x * N; c < channels; c += blockDim.x * N)
            store_some<N>(y + static_cast<long long>(p) * channels + c,
                          gather<N>(source + c, row_step, channels, rows, columns));
    }
}
#endif

// x (images, channels, source_height, source_width) to y (images, channels, height, width), or with ``transposed``
// the gradient of resizing y to x. Block: (pixels, planes), or channels-last (packs of channels, pixels).
extern "C" __global__ void resize(const T* x, T* y, int images, int channels, int source_height, int source_width,
                                  int height, int width, int mode, int transposed) {
#if CHANNELS_LAST
    if (channels % PACK<T> == 0 && aligned(x, y))
        resize_pixels<PACK<T>>(x, y, images, channels, source_height, source_width, height, width, mode, transposed);
    else
        resize_pixels<1>(x, y, images, channels, source_height, source_width, height, width, mode, transposed);
#else
    const int planes = images * channels, pixels = height * width;
    const long long source_pixels = static_cast<long long>(source_height) * source_width;
    for (int p = blockIdx.x * blockDim.x + threadIdx.x; p < pixels; p += gridDim.x * blockDim.x) {
        const Taps rows = make_taps(source_height, height, mode, transposed, p / width);
        const Taps columns = make_taps(source_width, width, mode, transposed, p % width);
        for (int q = blockIdx.y * blockDim.y + threadIdx.y; q < planes; q += gridDim.y * blockDim.y)
            store_some<1>(y + static_cast<long long>(q) * pixels + p,
                          gather<1>(x + q * source_pixels, source_width, 1, rows, columns));
    }
#endif
}
