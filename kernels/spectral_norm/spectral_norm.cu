// One power iteration on the weights of many layers, and W / sigma, in four launches however many layers there are;
// the weight's gradient in two. Weights are matrices (rows, columns), u and v their running singular vectors.
// blockIdx.y is the layer; blocks that a small layer has no work for end at once.
// Of each weight the four launches read three times and write once: W^T u, W v and W / sigma each need the result of
// the one before, over the whole matrix, and the three together do not fit a block. No norm waits for its own pass:
// W is multiplied by W^T u as it is, and both norms are divided out where the vectors are made, by one block a layer.
// variants: T=float32|float16
#include "packs.cuh"
#include "sums.cuh"

// Products go down 32 neighbouring columns, so that a warp reads whole sectors of a row; eight warps share the rows.
constexpr int WIDTH = 32;
constexpr int GROUPS = THREADS / WIDTH;
constexpr float EPS = 1e-6f;

// An entry of the table: where a layer's weight and u are, and where its part of the common buffers begins.
struct Layer {
    const T* weight;
    float* u;
    long long rows, columns, matrix, row, column;
};

// From the table, or without one the only layer there is.
__device__ __forceinline__ Layer layer_at(const Layer* table, const T* weight, float* u, int rows, int columns) {
    if (table) return table[blockIdx.y];
    return {weight, u, rows, columns, 0, 0, 0};
}

// product (columns) = W^T u
extern "C" __global__ void spectral_columns(const Layer* table, const T* weight, float* u, int rows, int columns,
                                            float* product) {
    __shared__ float shares[GROUPS][WIDTH];
    const Layer layer = layer_at(table, weight, u, rows, columns);
    const int lane = threadIdx.x % WIDTH, group = threadIdx.x / WIDTH;
    for (long long tile = blockIdx.x; tile * WIDTH < layer.columns; tile += gridDim.x) {
        const long long column = tile * WIDTH + lane;
        float sum = 0.f;
        if (column < layer.columns)
#pragma unroll 4
            for (long long row = group; row < layer.rows; row += GROUPS)
                sum += layer.u[row] * load(layer.weight + row * layer.columns + column);
        shares[group][lane] = sum;
        __syncthreads();
        if (group == 0 && column < layer.columns) {
            for (int g = 1; g < GROUPS; ++g) sum += shares[g][lane];
            product[layer.column + column] = sum;
        }
        __syncthreads();
    }
}

// image (rows) = W product: a block is a row.
extern "C" __global__ void spectral_rows(const Layer* table, const T* weight, float* u, int rows, int columns,
                                         const float* product, float* image) {
    const Layer layer = layer_at(table, weight, u, rows, columns);
    const float* vector = product + layer.column;
    for (long long row = blockIdx.x; row < layer.rows; row += gridDim.x) {
        const T* weights = layer.weight + row * layer.columns;
        const long long packs = aligned(weights) ? layer.columns / PACK<T> : 0;
        float sum = 0.f;
        for (long long i = threadIdx.x; i < packs; i += THREADS) {
            const Pack<PACK<T>> pack = load_pack(weights + i * PACK<T>);
#pragma unroll
            for (int k = 0; k < PACK<T>; ++k) sum += pack.v[k] * vector[i * PACK<T> + k];
        }
        for (long long i = packs * PACK<T> + threadIdx.x; i < layer.columns; i += THREADS)
            sum += load(weights + i) * vector[i];
        sum = block_sum(sum);
        if (threadIdx.x == 0) image[layer.row + row] = sum;
    }
}

__device__ __forceinline__ float squares(const float* vector, long long count) {
    float sum = 0.f;
    for (long long i = threadIdx.x; i < count; i += THREADS) sum += vector[i] * vector[i];
    return block_sum(sum);
}

// v = product / |product| in its place, u = W v / |W v| in the place of image, and sigma = u^T W v, by one block a
// layer. ``update``: u is also what the next iteration starts from.
extern "C" __global__ void spectral_vectors(const Layer* table, const T* weight, float* u, int rows, int columns,
                                            float* product, float* image, float* sigma, int update) {
    const Layer layer = layer_at(table, weight, u, rows, columns);
    float* const v = product + layer.column;
    float* const next = image + layer.row;
    const float shrink = 1.f / (sqrtf(squares(v, layer.columns)) + EPS);
    const float square = shrink * shrink * squares(next, layer.rows);
    const float unit = 1.f / (sqrtf(square) + EPS);
    for (long long i = threadIdx.x; i < layer.columns; i += THREADS) v[i] *= shrink;
    for (long long i = threadIdx.x; i < layer.rows; i += THREADS) {
        next[i] *= shrink * unit;
        if (update) layer.u[i] = next[i];
    }
    if (threadIdx.x == 0) sigma[blockIdx.y] = square * unit;
}

extern "C" __global__ void spectral_scale(const Layer* table, const T* weight, float* u, int rows, int columns,
                                          const float* sigma, T* normalized) {
    const Layer layer = layer_at(table, weight, u, rows, columns);
    const float factor = 1.f / sigma[blockIdx.y];
    map(layer.rows * layer.columns, [=](float w) { return factor * w; }, normalized + layer.matrix, layer.weight);
}

// partial[blockIdx.x] of <g, W / sigma>
extern "C" __global__ void spectral_inner(const T* g, const T* normalized, float* partial, long long n) {
    const auto product = [](long long, auto a, auto b) {
        return map_pack([](float u, float v) { return u * v; }, a, b);
    };
    const float sum = block_sum(thread_sum(n, product, g, normalized));
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

template <int V>
__device__ __forceinline__ void gradient_row(const T* g, const float* v, T* result, int columns, float factor,
                                             float scale) {
    for (int column = threadIdx.x * V; column < columns; column += THREADS * V) {
        Pack<V> pack = load_some<V>(g + column);
#pragma unroll
        for (int k = 0; k < V; ++k) pack.v[k] = factor * (pack.v[k] - scale * v[column + k]);
        store_some<V>(result + column, pack);
    }
}

// result = (g - <g, W / sigma> u v^T) / sigma, a block a row; every block adds up what those of the launch before left.
extern "C" __global__ void spectral_gradient(const T* g, const float* partial, const float* u, const float* v,
                                             const float* sigma, T* result, int rows, int columns, int parts) {
    const float factor = 1.f / *sigma, inner = total(partial, parts);
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        const long long start = static_cast<long long>(row) * columns;
        if (columns % PACK<T> == 0 && aligned(g, result))
            gradient_row<PACK<T>>(g + start, v, result + start, columns, factor, inner * u[row]);
        else
            gradient_row<1>(g + start, v, result + start, columns, factor, inner * u[row]);
    }
}
