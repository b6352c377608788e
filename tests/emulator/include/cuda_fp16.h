// CUDA's half precision for g++; the compiler's own type rounds as CUDA does.
#pragma once
#include "cuda_emu.h"

typedef _Float16 __half;
typedef __half half;
struct alignas(4) __half2 { __half x, y; };
typedef __half2 half2;

inline float __half2float(__half h) { return static_cast<float>(h); }
inline __half __float2half(float f) { return static_cast<__half>(f); }
inline __half __float2half_rn(float f) { return __float2half(f); }
inline float2 __half22float2(__half2 h) { return {__half2float(h.x), __half2float(h.y)}; }
inline __half2 __floats2half2_rn(float a, float b) { return {__float2half(a), __float2half(b)}; }
