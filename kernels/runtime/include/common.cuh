// What the kernels share: accesses of 16 bytes, activations, sums over a block, random numbers.
// Arithmetic is in float whatever the storage. Warp intrinsics stand here and nowhere else; they and the
// barriers need every thread of the block, and blocks of whole warps.

#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(type, name) extern __shared__ type name[]
#endif

// ---- Places: the loop over a grid that may be smaller than the array ----

__device__ __forceinline__ long long thread_index() {
    return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ long long thread_count() {
    return static_cast<long long>(gridDim.x) * blockDim.x;
}

// ---- Storage ----

__device__ __forceinline__ float load(const float* p) { return *p; }
__device__ __forceinline__ float load(const __half* p) { return __half2float(*p); }
__device__ __forceinline__ void store(float* p, float v) { *p = v; }
__device__ __forceinline__ void store(__half* p, float v) { *p = __float2half(v); }

// As many elements as one access of 16 bytes moves, in float.
template <class S> constexpr int PACK = 16 / sizeof(S);
template <int N> struct Pack {
    float v[N];
};

__device__ __forceinline__ bool aligned() { return true; }
template <class S, class... Rest> __device__ __forceinline__ bool aligned(const S* p, const Rest*... rest) {
    return reinterpret_cast<unsigned long long>(p) % 16 == 0 && aligned(rest...);
}

template <class S> __device__ __forceinline__ Pack<PACK<S>> load_pack(const S* p) {
    const uint4 raw = *reinterpret_cast<const uint4*>(p);
    Pack<PACK<S>> pack;
#pragma unroll
    for (int k = 0; k < PACK<S>; ++k) pack.v[k] = load(reinterpret_cast<const S*>(&raw) + k);
    return pack;
}

template <class S> __device__ __forceinline__ void store_pack(S* p, const Pack<PACK<S>>& pack) {
    uint4 raw;
#pragma unroll
    for (int k = 0; k < PACK<S>; ++k) store(reinterpret_cast<S*>(&raw) + k, pack.v[k]);
    *reinterpret_cast<uint4*>(p) = raw;
}

template <class F, int N, class... Packs>
__device__ __forceinline__ Pack<N> map_pack(F f, const Pack<N>& first, const Packs&... rest) {
    Pack<N> result;
#pragma unroll
    for (int k = 0; k < N; ++k) result.v[k] = f(first.v[k], rest.v[k]...);
    return result;
}

// y[i] = f(x[i]...) over contiguous arrays; y may be one of the x. 16 bytes at a time where all of them are
// aligned, then element by element what is left; all of it where they are not.
template <class S, class F, class... X>
__device__ __forceinline__ void map(long long n, F f, S* y, const X*... x) {
    const long long packs = aligned(y, x...) ? n / PACK<S> : 0;
    for (long long i = thread_index(); i < packs; i += thread_count())
        store_pack(y + i * PACK<S>, map_pack(f, load_pack(x + i * PACK<S>)...));
    for (long long i = packs * PACK<S> + thread_index(); i < n; i += thread_count()) store(y + i, f(load(x + i)...));
}

// ---- Activations, and their derivatives as functions of the output ----

enum Activation { LINEAR = 0, LEAKY_RELU = 1, RELU = 2, TANH = 3 };

template <int A> __device__ __forceinline__ float activate(float x, float slope) {
    if (A == LEAKY_RELU) return x > 0.f ? x : slope * x;
    if (A == RELU) return x > 0.f ? x : 0.f;
    return A == TANH ? tanhf(x) : x;
}

template <int A> __device__ __forceinline__ float derivative(float y, float slope) {
    if (A == LEAKY_RELU) return y > 0.f ? 1.f : slope;
    if (A == RELU) return y > 0.f ? 1.f : 0.f;
    return A == TANH ? 1.f - y * y : 1.f;
}

// ---- Normalisation ----

// What a gradient is multiplied by on its way from normalised numbers to x; kernels/runtime/across.py says why.
__device__ __forceinline__ float gradient_gain(float variance, float eps, bool fixed) {
    const float inverse = 1.f / sqrtf(variance + eps);
    return fixed || variance >= eps ? inverse : inverse * (variance / eps);
}

// ---- Reductions: every thread takes part, every thread gets the result, always in the same order ----

__device__ __forceinline__ float warp_sum(float v) {
#pragma unroll
    for (int step = 16; step; step >>= 1) v += __shfl_xor_sync(0xffffffffu, v, step);
    return v;
}

__device__ __forceinline__ float warp_max(float v) {
#pragma unroll
    for (int step = 16; step; step >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, step));
    return v;
}

// Sums of N numbers at once cost the two barriers of one.
template <int N> __device__ __forceinline__ void block_sum(float (&v)[N]) {
    __shared__ float partial[N][32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    __syncthreads();  // whoever still reads the sums of the call before
#pragma unroll
    for (int k = 0; k < N; ++k) {
        v[k] = warp_sum(v[k]);
        if (lane == 0) partial[k][warp] = v[k];
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < N; ++k) v[k] = warp_sum(lane < warps ? partial[k][lane] : 0.f);
}

__device__ __forceinline__ float block_sum(float v) {
    float values[1] = {v};
    block_sum(values);
    return values[0];
}

__device__ __forceinline__ float block_max(float v) {
    __shared__ float partial[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    __syncthreads();
    v = warp_max(v);
    if (lane == 0) partial[warp] = v;
    __syncthreads();
    return warp_max(partial[lane < warps ? lane : 0]);
}

// ---- Random numbers: Philox4x32-10 (Salmon et al. 2011), a function of counter and key alone ----

__device__ __forceinline__ uint4 philox(uint4 counter, uint2 key) {
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const unsigned int low0 = 0xD2511F53u * counter.x, high0 = __umulhi(0xD2511F53u, counter.x);
        const unsigned int low1 = 0xCD9E8D57u * counter.z, high1 = __umulhi(0xCD9E8D57u, counter.z);
        counter = make_uint4(high1 ^ counter.y ^ key.x, low1, high0 ^ counter.w ^ key.y, low0);
        key = make_uint2(key.x + 0x9E3779B9u, key.y + 0xBB67AE85u);
    }
    return counter;
}

// Two normal numbers of two random words (Box & Muller 1958). The radius' uniform lies in (0, 1], never at 0.
__device__ __forceinline__ float2 box_muller(unsigned int a, unsigned int b) {
    const float radius = sqrtf(-2.f * logf((static_cast<float>(a >> 8) + 1.f) * 5.9604645e-8f));
    float sine, cosine;
    sincospif(static_cast<float>(b >> 8) * 1.1920929e-7f, &sine, &cosine);
    return make_float2(radius * cosine, radius * sine);
}

// Four normal numbers of one counter.
__device__ __forceinline__ float4 normals(uint4 counter, uint2 key) {
    const uint4 words = philox(counter, key);
    const float2 first = box_muller(words.x, words.y), second = box_muller(words.z, words.w);
    return make_float4(first.x, first.y, second.x, second.y);
}
