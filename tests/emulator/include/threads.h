// Engine: one std::jthread a CUDA thread, so that ThreadSanitizer sees two of them touch the same memory without a
// barrier between. A thread that ends drops out of the barriers: fibers.h is the engine that refuses this.
#pragma once
#include <barrier>
#include <memory>
#include <thread>

namespace emu {
typedef std::barrier<> Barrier;
inline thread_local Thread* current;
inline std::unique_ptr<Barrier> block;
inline std::vector<std::unique_ptr<Barrier>> warps;

inline Thread& self() { return *current; }
inline void block_barrier() { block->arrive_and_wait(); }
inline void warp_barrier(unsigned) { warps[self().number / 32]->arrive_and_wait(); }

template <class F> void run_block(const F& f, std::size_t count) {
    block = std::make_unique<Barrier>(count);
    warps.clear();
    for (std::size_t first = 0; first < count; first += 32)
        warps.push_back(std::make_unique<Barrier>(std::min<std::size_t>(32, count - first)));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back([&f, i] {
            Thread thread = make_thread(i);
            current = &thread;
            f();
            warps[i / 32]->arrive_and_drop();
            block->arrive_and_drop();
        });
}
}  // namespace emu
