// Adding up what a grid reads: every block leaves its sum, one block adds these up in a second launch. So the order
// never changes, and there are no atomics. Blocks have THREADS threads.
#include "common.cuh"

constexpr int THREADS = 256;

// Sum of f(x[i]...) over n contiguous elements, as far as this thread reads them: 16 bytes at a time where all arrays
// are aligned, then element by element what is left; all of it where they are not. f may write beside.
template <class S, class F, class... X>
__device__ __forceinline__ float thread_sum(long long n, F f, const S* first, const X*... x) {
    const long long packs = aligned(first, x...) ? n / PACK<S> : 0;
    float sum = 0.f;
    for (long long i = thread_index(); i < packs; i += thread_count()) {
        const Pack<PACK<S>> values = f(i * PACK<S>, load_pack(first + i * PACK<S>), load_pack(x + i * PACK<S>)...);
#pragma unroll
        for (int k = 0; k < PACK<S>; ++k) sum += values.v[k];
    }
    for (long long i = packs * PACK<S> + thread_index(); i < n; i += thread_count())
        sum += f(i, Pack<1>{{load(first + i)}}, Pack<1>{{load(x + i)}}...).v[0];
    return sum;
}

// Sum of what ``count`` blocks left; every thread of the block gets it.
__device__ __forceinline__ float total(const float* partial, int count) {
    float sum = 0.f;
    for (int i = threadIdx.x; i < count; i += THREADS) sum += partial[i];
    return block_sum(sum);
}
