// The way in from outside: kernels by name, with their parameters' types, started with pointers to the arguments.
#pragma once
#include "cuda_emu.h"

namespace emu {
// A parameter in a few letters: f4 for float, i8 for long long, u1 for bool; V16 for a struct of 16 bytes; *f2 for a
// pointer to half; *? for others.
template <class V> std::string type_code() {
    typedef std::remove_cv_t<V> U;
    if constexpr (std::is_pointer_v<U>) {
        typedef std::remove_pointer_t<U> Pointee;
        return std::is_class_v<Pointee> ? "*?" : "*" + type_code<Pointee>();
    }
    if constexpr (std::is_class_v<U>) return "V" + std::to_string(sizeof(U));
    if constexpr (std::is_same_v<U, _Float16>) return "f2";
    if constexpr (std::is_floating_point_v<U>) return "f" + std::to_string(sizeof(U));
    if constexpr (std::is_same_v<U, bool>) return "b1";
    if constexpr (std::is_integral_v<U>) return (std::is_signed_v<U> ? "i" : "u") + std::to_string(sizeof(U));
    return "?";
}

struct Entry {
    std::string types;
    void (*run)(void** arguments, std::size_t threads);
};
inline std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> table;
    return table;
}

template <class... A> std::string type_codes(void (*)(A...)) { return ((type_code<A>() + ",") + ... + ""); }
template <class... A, std::size_t... I>
void run_with(void (*kernel)(A...), void** arguments, std::size_t threads, std::index_sequence<I...>) {
    run_block([=] { kernel(*static_cast<std::remove_reference_t<A>*>(arguments[I])...); }, threads);
}
template <class... A> void run_with(void (*kernel)(A...), void** arguments, std::size_t threads) {
    run_with(kernel, arguments, threads, std::index_sequence_for<A...>{});
}

// Run a grid; what a block's shared memory holds at its start is NaN as float.
inline void launch(const std::string& name, void** arguments, const unsigned* shape, std::size_t shared) {
    grid_size = {shape[0], shape[1], shape[2]};
    block_size = {shape[3], shape[4], shape[5]};
    const std::size_t threads = static_cast<std::size_t>(shape[3]) * shape[4] * shape[5];
    if (threads > 1024 || threads % 32) throw Error("a block is whole warps, at most 1024 threads");
    std::unique_ptr<uint4[]> memory(new uint4[shared / sizeof(uint4) + 1]);
    dynamic_shared = reinterpret_cast<char*>(memory.get());
    for (unsigned z = 0; z < grid_size.z; ++z)
        for (unsigned y = 0; y < grid_size.y; ++y)
            for (unsigned x = 0; x < grid_size.x; ++x) {
                block_index = {x, y, z};
                std::memset(dynamic_shared, 0xff, shared);
                entries().at(name).run(arguments, threads);
            }
}
}  // namespace emu

#define EMU_ENTRY(name)                                                                          \
    static const bool name##_entry = emu::entries().emplace(#name, emu::Entry{                   \
        emu::type_codes(name), [](void** a, std::size_t n) { emu::run_with(name, a, n); }}).second;

#ifdef EMU_PROGRAM
#include "program.h"
#else
extern "C" const char* emu_types(const char* name) { return emu::entries().at(name).types.c_str(); }
// The error's text, or null.
extern "C" const char* emu_launch(const char* name, void** arguments, const unsigned* shape, std::size_t shared) {
    static std::string message;
    try {
        emu::launch(name, arguments, shape, shared);
        return nullptr;
    } catch (const emu::Error& error) {
        message = error.what();
        return message.c_str();
    }
}
#endif
