// Adam (Kingma & Ba 2015, algorithm 1) over all parameters of a network in one launch, with its learning rate, bias
// correction, loss scale and the running average of the weights on the device: between two steps of a captured graph
// no number has to come from the host.
// A tensor is cut into chunks of equal length; a table of chunks gives blocks equal work whatever the tensors' sizes.
// Each element is read and written once: gradient, weight, both moments, and the average where one is kept. Moments,
// averages and weights are float32; for parameters in half precision the weight is a float32 master (Micikevicius et
// al. 2018, arXiv:1710.03740), and the half copy is written in the same pass.
#include "packs.cuh"

constexpr int THREADS = 256;
// As kernels/adam/cuda.py has them; all parameters of a launch together stay within the 4 KB of older drivers.
constexpr int CHUNK = 4096;
constexpr int CAPACITY = 480;
// Elements a thread takes at once: 16 bytes of float, 8 of half, so that a warp's accesses are whole in both.
constexpr int WIDTH = 4;

// An entry of the table of tensors. half: what the network reads, or null where that is weight itself. A tensor
// without moments is averaged and not trained, and then may have no weight but half; one without average is not
// averaged. average_half: a copy of the average in half precision, or null.
struct Tensor {
    float* weight;
    __half* half;
    float* first;
    float* second;
    float* average;
    __half* average_half;
    long long size;
};

struct Chunk {
    int tensor, number;
};

// Gradients of one launch's tensors, half where the tensor has a half copy; null: zeros.
struct Gradients {
    const void* at[CAPACITY];
};

// Counts of updates and of those that were not skipped; the last one's learning rate; finite ones since the scale was
// last changed.
struct Progress {
    double updates, steps, rate, finite;
};

// What the threads of adam_update need of the update under way, and the loss scale of the next.
struct Factors {
    float step, unscale, share, apply, scale;
};

// What never changes: decays, learning rate (initial, iterations before and at the end of the polynomial decay, its
// power, iterations between halvings), updates an iteration, decay of the average, finite updates before the loss
// scale grows and the largest one; 0 turns off halving and growing. Their formulas below are those of rates.py.
struct Settings {
    double beta1, beta2, initial, first, last, power, halving, updates_per_iteration, average_decay, growth, largest;
};

__device__ __forceinline__ double learning_rate(const Settings& s, double iteration) {
    const double halvings = s.halving > 0 ? floor(iteration / s.halving) : 0;
    const double rate = s.initial * pow(0.5, halvings);
    if (iteration <= s.first) return rate;
    const double passed = fmin(static_cast<double>(iteration), s.last - 1) - s.first;
    return rate * pow(fmax(0.0, 1 - passed / (s.last - s.first)), s.power);
}

// Share of the weights in their average after an update: only the last one of an iteration counts, and the first ones
// count for more.
__device__ __forceinline__ double average_share(const Settings& s, double updates) {
    const double iteration = floor(updates / s.updates_per_iteration);
    if (iteration * s.updates_per_iteration != updates) return 0;
    return 1 - fmin(s.average_decay, (1 + iteration) / (10 + iteration));
}

// Once an update, before adam_update; one thread's work. An update whose gradients are not finite is skipped and halves
// the scale if that may change; enough finite ones in a row double it.
extern "C" __global__ void adam_advance(Progress* progress, Factors* factors, int* not_finite, Settings s) {
    if (thread_index()) return;
    const bool apply = !*not_finite;
    *not_finite = 0;
    progress->rate = learning_rate(s, floor(progress->updates / s.updates_per_iteration));
    progress->updates += 1;
    factors->share = static_cast<float>(average_share(s, progress->updates));
    factors->unscale = 1.f / factors->scale;
    factors->apply = apply;
    if (apply) {
        const double t = progress->steps += 1;
        factors->step = static_cast<float>(progress->rate * sqrt(1 - pow(s.beta2, t)) / (1 - pow(s.beta1, t)));
    }
    if (s.growth == 0) return;
    progress->finite = apply ? progress->finite + 1 : 0;
    if (!apply) factors->scale = fmaxf(1.f, factors->scale / 2);
    if (progress->finite < s.growth) return;
    progress->finite = 0;
    factors->scale = fminf(static_cast<float>(s.largest), factors->scale * 2);
}

template <class S> __device__ __forceinline__ bool all_finite(const S* gradient, int count) {
    bool finite = true;
    // A NaN compares as false too.
    for (int i = threadIdx.x; i < count; i += THREADS) finite &= fabsf(load(gradient + i)) <= 3.402823466e38f;
    return finite;
}

__device__ __forceinline__ int chunk_length(const Tensor& tensor, long long start) {
    return static_cast<int>(min(static_cast<long long>(CHUNK), tensor.size - start));
}

// Sets *not_finite where any gradient of the tensors from number `begin` on is not finite.
extern "C" __global__ void adam_check(const Tensor* tensors, const Chunk* chunks, int count, int begin, int* not_finite,
                                      Gradients gradients) {
    bool finite = true;
    for (int c = blockIdx.x; c < count; c += gridDim.x) {
        const Chunk chunk = chunks[c];
        const Tensor tensor = tensors[chunk.tensor];
        const long long start = static_cast<long long>(chunk.number) * CHUNK;
        const void* gradient = gradients.at[chunk.tensor - begin];
        if (!gradient) continue;
        const int length = chunk_length(tensor, start);
        finite &= tensor.half ? all_finite(static_cast<const __half*>(gradient) + start, length)
                              : all_finite(static_cast<const float*>(gradient) + start, length);
    }
    const float worst = block_max(finite ? 0.f : 1.f);
    if (threadIdx.x == 0 && worst > 0.f) atomicExch(not_finite, 1);
}

// N neighbouring elements in one access; packs.cuh has those of 16 bytes, and single ones.
template <int N> __device__ __forceinline__ Pack<N> load_wide(const float* p) { return load_some<N>(p); }
template <int N> __device__ __forceinline__ Pack<N> load_wide(const __half* p) {
    if constexpr (N == 1) {
        return {{load(p)}};
    } else {
        const uint2 raw = *reinterpret_cast<const uint2*>(p);
        Pack<N> pack;
#pragma unroll
        for (int k = 0; k < N; ++k) pack.v[k] = load(reinterpret_cast<const __half*>(&raw) + k);
        return pack;
    }
}

template <int N> __device__ __forceinline__ void store_wide(__half* p, const Pack<N>& pack) {
    if constexpr (N == 1) {
        store(p, pack.v[0]);
    } else {
        uint2 raw;
#pragma unroll
        for (int k = 0; k < N; ++k) store(reinterpret_cast<__half*>(&raw) + k, pack.v[k]);
        *reinterpret_cast<uint2*>(p) = raw;
    }
}

// What a thread needs beside the tensor: the update's factors, 1 - beta1, 1 - beta2 and epsilon.
struct Rule {
    Factors factors;
    float keep1, keep2, eps;
};

// Elements i to i + N - 1 of a tensor.
template <int N, class S>
__device__ __forceinline__ void update(const Tensor& tensor, const S* gradient, const Rule& rule, long long i) {
    const Factors& f = rule.factors;
    Pack<N> weight = tensor.weight ? load_some<N>(tensor.weight + i) : load_wide<N>(tensor.half + i);
    if (f.apply > 0.f && tensor.first) {
        Pack<N> g = {}, first = load_some<N>(tensor.first + i), second = load_some<N>(tensor.second + i);
        if (gradient) g = load_wide<N>(gradient + i);
#pragma unroll
        for (int k = 0; k < N; ++k) {
            const float unscaled = g.v[k] * f.unscale;
            first.v[k] += rule.keep1 * (unscaled - first.v[k]);
            second.v[k] += rule.keep2 * (unscaled * unscaled - second.v[k]);
            weight.v[k] -= f.step * first.v[k] / (sqrtf(second.v[k]) + rule.eps);
        }
        store_some<N>(tensor.first + i, first);
        store_some<N>(tensor.second + i, second);
        store_some<N>(tensor.weight + i, weight);
        if (tensor.half) store_wide<N>(tensor.half + i, weight);
    }
    if (tensor.average && f.share > 0.f) {
        Pack<N> average = load_some<N>(tensor.average + i);
#pragma unroll
        for (int k = 0; k < N; ++k) average.v[k] += f.share * (weight.v[k] - average.v[k]);
        store_some<N>(tensor.average + i, average);
        if (tensor.average_half) store_wide<N>(tensor.average_half + i, average);
    }
}

template <class S>
__device__ __forceinline__ void update_chunk(const Tensor& tensor, const S* gradient, const Rule& rule, long long start) {
    const int length = chunk_length(tensor, start);
    // Chunks begin at multiples of 16 bytes wherever their tensor does.
    const bool whole = aligned(gradient, tensor.weight, tensor.half, tensor.first, tensor.second, tensor.average,
                               tensor.average_half);
    const int packs = whole ? length / WIDTH : 0;
    for (int i = threadIdx.x; i < packs; i += THREADS) update<WIDTH>(tensor, gradient, rule, start + i * WIDTH);
    for (int i = packs * WIDTH + threadIdx.x; i < length; i += THREADS) update<1>(tensor, gradient, rule, start + i);
}

// The update of the tensors from number `begin` on, as many as `count` chunks have.
extern "C" __global__ void adam_update(const Tensor* tensors, const Chunk* chunks, int count, int begin,
                                       const Factors* factors, float keep1, float keep2, float eps,
                                       Gradients gradients) {
    const Rule rule = {*factors, keep1, keep2, eps};
    if (rule.factors.apply == 0.f && rule.factors.share == 0.f) return;
    for (int c = blockIdx.x; c < count; c += gridDim.x) {
        const Chunk chunk = chunks[c];
        const Tensor tensor = tensors[chunk.tensor];
        const long long start = static_cast<long long>(chunk.number) * CHUNK;
        const void* gradient = gradients.at[chunk.tensor - begin];
        if (tensor.half)
            update_chunk(tensor, static_cast<const __half*>(gradient), rule, start);
        else
            update_chunk(tensor, static_cast<const float*>(gradient), rule, start);
    }
}
