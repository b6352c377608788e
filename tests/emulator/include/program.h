// A program that runs one launch described by a file and writes the arrays back to it: what the sanitizers watch.
// All numbers are 64 bits: grid and block (6), shared memory, number of arrays; size and misalignment of each;
// number of arguments; for each the array it points into (-1: a scalar; -2: a struct by value), and the offset there,
// its bits or the array that holds it; number of addresses within arrays; for each where it stands (array, offset) and
// where it points (array, offset); the arrays' bytes. Every array is an allocation of its own of exactly its size, so
// that one byte beyond is an error.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace emu {
inline int64_t number(std::FILE* file) {
    int64_t value = 0;
    if (std::fread(&value, 8, 1, file) != 1) throw Error("the launch's file is too short");
    return value;
}

struct Array {
    std::size_t size, shift;
    char* memory;
};

// An address within an array.
struct Link { int64_t array, offset, target, target_offset; };

inline void run_file(const char* name, const char* path) {
    std::FILE* file = std::fopen(path, "r+b");
    unsigned shape[6];
    for (unsigned& extent : shape) extent = static_cast<unsigned>(number(file));
    const std::size_t shared = number(file);
    std::vector<Array> arrays(number(file));
    for (Array& array : arrays) {
        array.size = number(file);
        array.shift = number(file);
        array.memory = static_cast<char*>(std::malloc(array.size + array.shift)) + array.shift;
    }
    std::vector<int64_t> values(number(file));
    std::vector<void*> arguments;
    for (int64_t& value : values) {
        const int64_t array = number(file), content = number(file);
        value = array < 0 ? content : reinterpret_cast<int64_t>(arrays[array].memory) + content;
        arguments.push_back(array == -2 ? static_cast<void*>(arrays[content].memory) : &value);
    }
    std::vector<Link> links(number(file));
    for (Link& link : links) link = {number(file), number(file), number(file), number(file)};
    const long start = std::ftell(file);
    for (Array& array : arrays)
        if (std::fread(array.memory, 1, array.size, file) != array.size) throw Error("the launch's file is too short");
    for (const Link& link : links) {
        const char* const address = arrays[link.target].memory + link.target_offset;
        std::memcpy(arrays[link.array].memory + link.offset, &address, sizeof(address));
    }
    launch(name, arguments.data(), shape, shared);
    std::fseek(file, start, SEEK_SET);
    for (Array& array : arrays) {
        std::fwrite(array.memory, 1, array.size, file);
        std::free(array.memory - array.shift);
    }
    std::fclose(file);
}
}  // namespace emu

// Without a launch the program tells its kernels' parameters.
int main(int count, char** arguments) {
    if (count < 3) {
        for (const auto& entry : emu::entries()) std::printf("%s %s\n", entry.first.c_str(), entry.second.types.c_str());
        return 0;
    }
    emu::run_file(arguments[1], arguments[2]);
}
