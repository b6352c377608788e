// Softmax of scaled attention scores over their first index, in matrices (rows, columns), its gradient, and the
// gradient of that, which a gradient penalty asks for.
// A sum runs down a column, but memory runs along the rows: a block takes WIDTH neighbouring columns, whole sectors of
// a row in either storage, and its threads share the rows. Maximum and sum come of one pass, the sum corrected
// whenever the maximum grows; the second pass reads again what the first has left in the cache. So each array moves
// once from memory or to it, where composed forms go over it once an operation.
// variants: T=float32|float16
#include "common.cuh"

constexpr int THREADS = 256;
constexpr int WIDTH = 16;
constexpr int GROUPS = THREADS / WIDTH;

// The columns of a block and the rows of a thread.
struct Tile {
    long long start;  // of this thread's column
    int rows, columns;
    bool inside;

    __device__ __forceinline__ Tile(int tile, int rows, int columns) : rows(rows), columns(columns) {
        const int across = (columns + WIDTH - 1) / WIDTH, column = tile % across * WIDTH + threadIdx.x % WIDTH;
        start = static_cast<long long>(tile / across) * rows * columns + column;
        inside = column < columns;
    }

    // Calls f(place) for all of this thread's elements.
    template <class F> __device__ __forceinline__ void each(F f) const {
        if (!inside) return;
#pragma unroll 4
        for (int row = threadIdx.x / WIDTH; row < rows; row += GROUPS)
            f(start + static_cast<long long>(row) * columns);
    }
};

// Puts what the threads of a column have found together by f, in a fixed order; every thread gets it.
template <class V, class F> __device__ __forceinline__ V column_total(V value, F f) {
    __shared__ V found[GROUPS][WIDTH];
    const int lane = threadIdx.x % WIDTH;
    __syncthreads();  // whoever still reads what the call before left
    found[threadIdx.x / WIDTH][lane] = value;
    __syncthreads();
    value = found[0][lane];
    for (int group = 1; group < GROUPS; ++group) value = f(value, found[group][lane]);
    return value;
}

// The maximum of no number yet: finite, as the difference of two infinities is no number.
constexpr float LOWEST = -3.402823466e38f;

// A maximum and the sum of exp(x - maximum).
__device__ __forceinline__ float2 join(float2 a, float2 b) {
    const float top = fmaxf(a.x, b.x);
    return make_float2(top, a.y * expf(a.x - top) + b.y * expf(b.x - top));
}

extern "C" __global__ void softmax(const T* x, T* y, float scale, int tiles, int rows, int columns) {
    for (int t = blockIdx.x; t < tiles; t += gridDim.x) {
        const Tile tile(t, rows, columns);
        float2 state = make_float2(LOWEST, 0.f);
        tile.each([&](long long i) { state = join(state, make_float2(scale * load(x + i), 1.f)); });
        state = column_total(state, [](float2 a, float2 b) { return join(a, b); });
        const float factor = 1.f / state.y;
        tile.each([&](long long i) { store(y + i, factor * expf(scale * load(x + i) - state.x)); });
    }
}

// gx = scale * y * (gy - <y, gy>), sums over a column.
extern "C" __global__ void softmax_gradient(const T* y, const T* gy, T* gx, float scale, int tiles, int rows,
                                            int columns) {
    for (int t = blockIdx.x; t < tiles; t += gridDim.x) {
        const Tile tile(t, rows, columns);
        float inner = 0.f;
        tile.each([&](long long i) { inner += load(y + i) * load(gy + i); });
        inner = column_total(inner, [](float a, float b) { return a + b; });
        tile.each([&](long long i) { store(gx + i, scale * load(y + i) * (load(gy + i) - inner)); });
    }
}

// Gradient of y in softmax_gradient from that of gx: scale * (ggx * (gy - <y, gy>) - gy * <y, ggx>).
extern "C" __global__ void softmax_second_gradient(const T* y, const T* gy, const T* ggx, T* result, float scale,
                                                   int tiles, int rows, int columns) {
    for (int t = blockIdx.x; t < tiles; t += gridDim.x) {
        const Tile tile(t, rows, columns);
        float2 inner = make_float2(0.f, 0.f);
        tile.each([&](long long i) {
            inner.x += load(y + i) * load(gy + i);
            inner.y += load(y + i) * load(ggx + i);
        });
        inner = column_total(inner, [](float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); });
        tile.each([&](long long i) {
            const float g = load(gy + i);
            store(result + i, scale * (load(ggx + i) * (g - inner.x) - g * inner.y));
        });
    }
}
