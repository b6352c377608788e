// Packs of any width behind one name: a whole one moves as one access of 16 bytes, others element by element.
#include "common.cuh"

template <int N, class S> __device__ __forceinline__ Pack<N> load_some(const S* p) {
    if constexpr (N == PACK<S>) {
        return load_pack(p);
    } else {
        Pack<N> pack;
#pragma unroll
        for (int k = 0; k < N; ++k) pack.v[k] = load(p + k);
        return pack;
    }
}

template <int N, class S> __device__ __forceinline__ void store_some(S* p, const Pack<N>& pack) {
    if constexpr (N == PACK<S>) {
        store_pack(p, pack);
    } else {
#pragma unroll
        for (int k = 0; k < N; ++k) store(p + k, pack.v[k]);
    }
}
