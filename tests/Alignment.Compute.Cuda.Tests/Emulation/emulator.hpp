// Runs CUDA kernels on the host, for tests: the threads of a block are fibers on one system thread, blocks run one after the other. Threads of a block run forwards,
// backwards or shuffled between two barriers, and shared memory begins as NaN, so that a missing barrier shows. A deadlock ends the launch with a message.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#include "fiber.hpp"

#define ALIGNMENT_HOST
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef unsigned short uint16;
typedef unsigned char uint8;

#define __device__ static
#define __forceinline__ inline
// All shared variables lie in one section of the library, so that they can be found and poisoned.
#define __shared__ static __attribute__((section("shared_memory")))
#define KERNEL(...) extern "C" void
extern char __start_shared_memory[], __stop_shared_memory[];

struct uint3 { unsigned x, y, z; };
struct alignas(8) float2 { float x, y; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
using std::isfinite;
using std::isnan;
using std::max;
using std::min;

namespace emulator
{
enum class Order { Forwards, Backwards, Shuffled };
enum class State { Ready, AtBlockBarrier, AtWarpBarrier, Done };

struct Thread
{
    Fiber fiber;
    State state;
    uint3 index;
};

// What a lane of a warp brings to the multiplication of two tiles.
struct Fragment { uint32 a[4], b[2]; };

// A copy into shared memory arrives when it must: until its group is waited for, the target is NaN.
struct Copy { void* target; uint8 bytes[16]; };

constexpr int WarpSize = 32;

inline Order order = Order::Forwards;
inline std::vector<Thread> threads;
inline std::vector<uint64_t> lanes;
inline std::vector<Fragment> fragments;
inline std::vector<std::vector<std::vector<Copy>>> copies; // by thread, group
inline Fiber scheduler;
inline Thread* current;
inline uint3 block_index, block_size, grid_size;
inline void (*entry)(void**);
inline void** arguments;

inline int number() { return (int)(current - threads.data()); }

inline void wait(State state)
{
    current->state = state;
    Fiber::change(current->fiber, scheduler);
}

inline void run_thread()
{
    entry(arguments);
    current->state = State::Done;
    Fiber::change(current->fiber, scheduler);
}

// Lets the threads of a range go on when all have arrived. One that has left cannot: hardware may wait for it for ever, so that is a fault here.
inline bool release(int first, int last, State at)
{
    bool waits = false;
    bool left = false;
    for (int i = first; i < last; i++)
    {
        waits |= threads[i].state == at;
        left |= threads[i].state == State::Done;
        if (threads[i].state != at && threads[i].state != State::Done)
        {
            return false;
        }
    }

    if (waits && left)
    {
        throw std::runtime_error("some threads have left before a barrier at which others wait");
    }

    for (int i = first; i < last; i++)
    {
        threads[i].state = waits ? State::Ready : threads[i].state;
    }

    return waits;
}

inline void start_threads()
{
    for (int i = 0; i < (int)threads.size(); i++)
    {
        Thread& thread = threads[i];
        thread.state = State::Ready;
        thread.index = {(unsigned)i, 0, 0};
        thread.fiber.start(run_thread);
        copies[i].assign(1, {});
    }
}

inline void run_block()
{
    std::memset(__start_shared_memory, 0xFF, __stop_shared_memory - __start_shared_memory);
    start_threads();
    int count = (int)threads.size();
    std::vector<int> sequence(count);
    for (int i = 0; i < count; i++)
    {
        sequence[i] = order == Order::Backwards ? count - 1 - i : i;
    }

    uint32_t random = 12345 + block_index.x;
    for (;;)
    {
        for (int i = count - 1; order == Order::Shuffled && i > 0; i--)
        {
            random = random * 1664525 + 1013904223;
            std::swap(sequence[i], sequence[random % (i + 1)]);
        }

        bool ran = false;
        for (int i : sequence)
        {
            if (threads[i].state == State::Ready)
            {
                ran = true;
                current = &threads[i];
                Fiber::change(scheduler, current->fiber);
            }
        }

        bool released = false;
        for (int first = 0; first < count; first += WarpSize)
        {
            released |= release(first, std::min(count, first + WarpSize), State::AtWarpBarrier);
        }

        released |= release(0, count, State::AtBlockBarrier);
        if (!ran && !released)
        {
            break;
        }
    }

    for (Thread& thread : threads)
    {
        if (thread.state != State::Done)
        {
            throw std::runtime_error("deadlock: some threads wait at a barrier that others never reach");
        }
    }
}

inline void launch(uint3 grid, uint3 block, void (*kernel)(void**), void** parameters)
{
    if (block.x % WarpSize != 0 || block.y != 1 || block.z != 1)
    {
        throw std::runtime_error("a block must be one row of whole warps");
    }

    grid_size = grid;
    block_size = block;
    entry = kernel;
    arguments = parameters;
    threads.resize(block.x);
    lanes.resize(block.x);
    fragments.resize(block.x);
    copies.resize(block.x);
    for (unsigned z = 0; z < grid.z; z++)
    {
        for (unsigned y = 0; y < grid.y; y++)
        {
            for (unsigned x = 0; x < grid.x; x++)
            {
                block_index = {x, y, z};
                run_block();
            }
        }
    }
}

// Everybody writes, everybody reads, and nobody writes again before all have read.
template <class T> uint64_t exchange(T value, int lane)
{
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    lanes[number()] = bits;
    wait(State::AtWarpBarrier);
    uint64_t result = lanes[number() / WarpSize * WarpSize + lane];
    wait(State::AtWarpBarrier);
    return result;
}

// sums += A B for tiles of 16 x 16 and 16 x 8, by the layout in the PTX manual: a lane's registers hold pairs of neighbours along the inner index.
template <float (*Widen)(uint32)> void multiply(float* sums, Fragment mine)
{
    int warp = number() / WarpSize * WarpSize;
    int lane = number() % WarpSize;
    fragments[number()] = mine;
    wait(State::AtWarpBarrier);
    auto a = [&](int row, int k) { return Widen(fragments[warp + row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2] >> (k % 2 * 16) & 0xffff); };
    auto b = [&](int k, int column) { return Widen(fragments[warp + column * 4 + k % 8 / 2].b[k / 8] >> (k % 2 * 16) & 0xffff); };
    for (int i = 0; i < 4; i++)
    {
        for (int k = 0; k < 16; k++)
        {
            sums[i] += a(lane / 4 + i / 2 * 8, k) * b(k, lane % 4 * 2 + i % 2);
        }
    }

    wait(State::AtWarpBarrier);
}

inline void finish_copies(size_t groups)
{
    auto& mine = copies[number()];
    while (mine.size() > groups + 1)
    {
        for (const Copy& copy : mine.front())
        {
            std::memcpy(copy.target, copy.bytes, sizeof(copy.bytes));
        }

        mine.erase(mine.begin());
    }
}

// A kernel with the argument list of cuLaunchKernel, unpacked by its own signature.
template <class... A, size_t... I> void call(void (*kernel)(A...), void** parameters, std::index_sequence<I...>)
{
    kernel(*(std::remove_cv_t<A>*)parameters[I]...);
}

template <auto Kernel> struct Unpacked;
template <class... A, void (*Kernel)(A...)> struct Unpacked<Kernel>
{
    static void run(void** parameters) { call(Kernel, parameters, std::index_sequence_for<A...>{}); }

    // The parameters as they are now, kept for later launches.
    static std::shared_ptr<void*[]> keep(void** parameters) { return keep(parameters, std::index_sequence_for<A...>{}); }

    template <size_t... I> static std::shared_ptr<void*[]> keep(void** parameters, std::index_sequence<I...>)
    {
        auto values = std::make_shared<std::tuple<std::remove_cv_t<A>...>>(*(std::remove_cv_t<A>*)parameters[I]...);
        return std::shared_ptr<void*[]>(new void*[sizeof...(A)]{&std::get<I>(*values)...}, [values](void** kept) { delete[] kept; });
    }
};
}

#define threadIdx (emulator::current->index)
#define blockIdx emulator::block_index

inline void __syncthreads() { emulator::wait(emulator::State::AtBlockBarrier); }
inline void __syncwarp() { emulator::wait(emulator::State::AtWarpBarrier); }

template <class T> T __shfl_xor_sync(unsigned, T value, int mask)
{
    uint64_t bits = emulator::exchange(value, (emulator::number() % emulator::WarpSize) ^ mask);
    T result;
    std::memcpy(&result, &bits, sizeof(T));
    return result;
}

inline unsigned __ballot_sync(unsigned, int predicate)
{
    unsigned result = 0;
    emulator::lanes[emulator::number()] = predicate != 0;
    emulator::wait(emulator::State::AtWarpBarrier);
    for (int lane = 0; lane < emulator::WarpSize; lane++)
    {
        result |= (unsigned)emulator::lanes[emulator::number() / emulator::WarpSize * emulator::WarpSize + lane] << lane;
    }

    emulator::wait(emulator::State::AtWarpBarrier);
    return result;
}

template <class T, class V> T atomicAdd(T* target, V value) { T old = *target; *target += (T)value; return old; }
inline float __uint_as_float(unsigned bits) { float value; std::memcpy(&value, &bits, 4); return value; }
inline float __int_as_float(int bits) { float value; std::memcpy(&value, &bits, 4); return value; }
inline unsigned __float_as_uint(float value) { unsigned bits; std::memcpy(&bits, &value, 4); return bits; }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((uint64_t)a * b) >> 32); }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

inline float widen_bf16_bits(uint32 bits) { return __uint_as_float(bits << 16); }
inline float widen_half_bits(uint32 bits) { uint16 half = (uint16)bits; _Float16 value; std::memcpy(&value, &half, 2); return (float)value; }

inline uint32 brain_bits(float value)
{
    uint32 bits = __float_as_uint(value);
    return isnan(value) ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

inline uint32 half_bits(float value) { _Float16 half = (_Float16)value; uint16 bits; std::memcpy(&bits, &half, 2); return bits; }

// The verbs of tensor.cuh.
inline void multiply_bf16(float* sums, uint32 a0, uint32 a1, uint32 a2, uint32 a3, uint32 b0, uint32 b1) { emulator::multiply<widen_bf16_bits>(sums, {{a0, a1, a2, a3}, {b0, b1}}); }
inline void multiply_half(float* sums, uint32 a0, uint32 a1, uint32 a2, uint32 a3, uint32 b0, uint32 b1) { emulator::multiply<widen_half_bits>(sums, {{a0, a1, a2, a3}, {b0, b1}}); }
inline uint32 pack_bf16(float first, float second) { return brain_bits(first) | brain_bits(second) << 16; }
inline uint32 round_half(float first, float second) { return half_bits(first) | half_bits(second) << 16; }

inline uint4 load_once(const void* source) { return *(const uint4*)source; }

inline void copy_async(void* target, const void* source, bool exists)
{
    emulator::Copy copy = {target, {}};
    if (exists)
    {
        std::memcpy(copy.bytes, source, sizeof(copy.bytes));
    }

    std::memset(target, 0xFF, sizeof(copy.bytes));
    emulator::copies[emulator::number()].back().push_back(copy);
}

inline void commit_copies() { emulator::copies[emulator::number()].push_back({}); }
template <int Groups> void wait_copies() { emulator::finish_copies(Groups); }
