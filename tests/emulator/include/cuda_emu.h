// CUDA C++ for g++: the words of the language, so that a kernel's text compiles unchanged. How the threads of a
// block run side by side is left to an engine: fibers.h (fast, strict about barriers) or threads.h (real threads,
// for the sanitizers). Blocks run one after the other.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#define CUDA_EMULATOR 1
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __constant__ static
// One block at a time, so that what its threads share is what the process has once.
#define __shared__ static
#define DYNAMIC_SHARED(type, name) type* const name = reinterpret_cast<type*>(emu::dynamic_shared)

using std::max;
using std::min;

#define EMU_VECTORS(name, type)                                                                   \
    struct name##1 { type x; };                                                                   \
    struct alignas(2 * sizeof(type)) name##2 { type x, y; };                                      \
    struct name##3 { type x, y, z; };                                                             \
    struct alignas(sizeof(type) < 8 ? 4 * sizeof(type) : 16) name##4 { type x, y, z, w; };        \
    inline name##2 make_##name##2(type x, type y) { return {x, y}; }                              \
    inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }                   \
    inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }
EMU_VECTORS(float, float)
EMU_VECTORS(double, double)
EMU_VECTORS(int, int)
EMU_VECTORS(uint, unsigned)
#undef EMU_VECTORS

struct dim3 { unsigned x = 1, y = 1, z = 1; };

namespace emu {
struct Thread {
    uint3 index;
    unsigned number;  // in its block
};
struct Error : std::runtime_error { using std::runtime_error::runtime_error; };

inline uint3 block_index;
inline dim3 block_size, grid_size;
inline char* dynamic_shared;

inline Thread make_thread(unsigned n) {
    return {{n % block_size.x, n / block_size.x % block_size.y, n / block_size.x / block_size.y}, n};
}
}  // namespace emu

#ifdef EMU_THREADS
#include "threads.h"
#else
#include "fibers.h"
#endif

#define threadIdx (emu::self().index)
#define blockIdx (emu::block_index)
#define blockDim (emu::block_size)
#define gridDim (emu::grid_size)
#define warpSize 32

// ---- Barriers and warps ----

inline void __syncthreads() { emu::block_barrier(); }
inline void __syncwarp(unsigned mask = ~0u) { emu::warp_barrier(mask); }

namespace emu {
// What lane `source` of this warp holds: all lanes put theirs down, wait, take one up, wait.
template <class V> V exchange(unsigned mask, V value, unsigned source) {
    static_assert(sizeof(V) <= 8, "a shuffle moves at most 8 bytes");
    static uint64_t slots[32][32];
    uint64_t* const warp = slots[self().number / 32];
    std::memcpy(&warp[self().number % 32], &value, sizeof(V));
    warp_barrier(mask);
    std::memcpy(&value, &warp[source % 32], sizeof(V));
    warp_barrier(mask);
    return value;
}
inline int lane() { return static_cast<int>(self().number % 32); }
}  // namespace emu

template <class V> V __shfl_sync(unsigned mask, V v, int source, int width = 32) {
    return emu::exchange(mask, v, (emu::lane() & ~(width - 1)) | (source & (width - 1)));
}
template <class V> V __shfl_xor_sync(unsigned mask, V v, int bits, int width = 32) {
    const int lane = emu::lane(), other = lane ^ bits;
    return emu::exchange(mask, v, other / width == lane / width ? other : lane);
}
template <class V> V __shfl_down_sync(unsigned mask, V v, unsigned by, int width = 32) {
    const int lane = emu::lane(), other = lane + static_cast<int>(by);
    return emu::exchange(mask, v, other / width == lane / width ? other : lane);
}
template <class V> V __shfl_up_sync(unsigned mask, V v, unsigned by, int width = 32) {
    const int lane = emu::lane(), other = lane - static_cast<int>(by);
    return emu::exchange(mask, v, other >= (lane & ~(width - 1)) ? other : lane);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    unsigned bits = predicate ? 1u << emu::lane() : 0;
    for (int step = 16; step; step >>= 1) bits |= __shfl_xor_sync(mask, bits, step);
    return bits;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// ---- Atomics, memory, arithmetic ----

namespace emu {
template <class V> struct same { typedef V type; };
template <class V> using Same = typename same<V>::type;
template <class V, class F> V update(V* p, F f) {
    V old, next;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do next = f(old);
    while (!__atomic_compare_exchange(p, &old, &next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
}
}  // namespace emu

template <class V> V atomicAdd(V* p, emu::Same<V> v) { return emu::update(p, [=](V old) { return V(old + v); }); }
template <class V> V atomicMax(V* p, emu::Same<V> v) { return emu::update(p, [=](V old) { return max(old, v); }); }
template <class V> V atomicExch(V* p, emu::Same<V> v) { return emu::update(p, [=](V) { return v; }); }
template <class V> V atomicCAS(V* p, emu::Same<V> expected, emu::Same<V> v) {
    return emu::update(p, [=](V old) { return old == expected ? v : old; });
}
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __threadfence(); }

template <class V> V __ldg(const V* p) { return *p; }
template <class V> V __ldcs(const V* p) { return *p; }
template <class V> void __stcs(V* p, emu::Same<V> v) { *p = v; }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<uint64_t>(a) * b >> 32; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float x) { return 1.f / sqrtf(x); }
inline void sincospif(float x, float* sine, float* cosine) {
    *sine = static_cast<float>(std::sin(M_PI * x));
    *cosine = static_cast<float>(std::cos(M_PI * x));
}
inline float __int_as_float(int i) { float f; std::memcpy(&f, &i, 4); return f; }
inline int __float_as_int(float f) { int i; std::memcpy(&i, &f, 4); return i; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
// The C library has functions of these names.
#define __expf expf
#define __logf logf
