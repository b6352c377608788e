// Engine: one fiber a CUDA thread, in one operating system thread. A fiber runs until it waits or ends. When none
// can go on, warps whose 32 lanes all wait for each other are released, then a block whose threads all wait; if
// there is neither, a barrier was not reached by all, and that is an error.
#pragma once
#include <cstdlib>
#include <memory>
#if !defined(__x86_64__) && !defined(EMU_UCONTEXT)
#define EMU_UCONTEXT
#endif
#ifdef EMU_UCONTEXT
#include <ucontext.h>
#endif

namespace emu {
constexpr std::size_t STACK = 128 << 10;
struct FreeStack { void operator()(char* p) const { std::free(p); } };

#ifndef EMU_UCONTEXT
// What ucontext does, without its system call a switch: keep the registers of the caller on its own stack.
struct Context { void* stack = nullptr; };
extern "C" void emu_switch(void** from, void* to);
asm(R"(
.text
.local emu_switch
emu_switch:
    push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp
    ret
)");
inline void go(Context& from, Context& to) { emu_switch(&from.stack, to.stack); }
inline void prepare(Context& context, char* stack, void (*entry)()) {
    void** top = reinterpret_cast<void**>(stack + STACK);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(entry);
    for (int i = 0; i < 6; ++i) *--top = nullptr;
    context.stack = top;
}
#else
typedef ucontext_t Context;
inline void go(Context& from, Context& to) { swapcontext(&from, &to); }
inline void prepare(Context& context, char* stack, void (*entry)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = STACK;
    context.uc_link = nullptr;
    makecontext(&context, entry, 0);
}
#endif

enum class State : char { ready, waits_for_block, waits_for_warp, done };
struct Fiber {
    Thread thread;
    State state;
    Context context;
    std::unique_ptr<char, FreeStack> stack{static_cast<char*>(std::aligned_alloc(64, STACK))};
};

inline std::vector<Fiber> fibers;
inline Fiber* current;
inline Context scheduler;
inline void (*body)(const void*);
inline const void* body_data;
inline const char* failure;

inline Thread& self() { return current->thread; }
inline void leave(State state) {
    current->state = state;
    go(current->context, scheduler);
}
inline void block_barrier() { leave(State::waits_for_block); }
inline void warp_barrier(unsigned mask) {
    if (mask != ~0u) failure = "a warp operation whose mask is not the whole warp";
    leave(State::waits_for_warp);
}
inline void run_fiber() {
    body(body_data);
    leave(State::done);
}

inline bool all(std::size_t first, std::size_t last, State state) {
    return std::all_of(&fibers[first], &fibers[0] + last, [=](const Fiber& f) { return f.state == state; });
}
inline void release(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) fibers[i].state = State::ready;
}
inline void resume(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
        if (fibers[i].state == State::ready) {
            current = &fibers[i];
            go(scheduler, current->context);
            if (failure) throw Error(failure);
        }
}

template <class F> void run_block(const F& f, std::size_t count) {
    failure = nullptr;
    body = [](const void* data) { (*static_cast<const F*>(data))(); };
    body_data = &f;
    while (fibers.size() < count) fibers.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
        fibers[i].thread = make_thread(i);
        fibers[i].state = State::ready;
        prepare(fibers[i].context, fibers[i].stack.get(), run_fiber);
    }
    for (;;) {
        for (std::size_t first = 0; first < count; first += 32) {
            const std::size_t last = std::min(first + 32, count);
            resume(first, last);
            while (last - first == 32 && all(first, last, State::waits_for_warp)) {
                release(first, last);
                resume(first, last);
            }
        }
        if (all(0, count, State::done)) return;
        if (!all(0, count, State::waits_for_block)) throw Error("a barrier that not every thread reaches");
        release(0, count);
    }
}
}  // namespace emu
