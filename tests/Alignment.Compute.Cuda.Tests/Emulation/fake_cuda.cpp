// The entry points of the driver and of NVRTC that the backend uses, over the emulator. The image of a module is ignored: kernels come from this library by name.
#include "emulator.hpp"
#include <cstdlib>
#include <map>
#include <sys/mman.h>
#include "common.cuh"
#include "tensor.cuh"
#include "rows.cu"
#include "edits.cu"
#include "matmul.cu"
#include "matmul_tiles.cu"
#include "adapters.cu"
#include "attention.cu"
#include "next_token.cuh"
#include "scores.cu"
#include "truncation.cu"
#include "choice.cu"
#include "random.cu"
#include "training.cu"

#define EXPORT extern "C" __attribute__((visibility("default"))) int
#define KERNEL_ENTRY(name) {#name, {emulator::Unpacked<name>::run, emulator::Unpacked<name>::keep}}

struct Kernel
{
    void (*run)(void**);
    std::shared_ptr<void*[]> (*keep)(void**);
};

struct Launch
{
    uint3 grid, block;
    const Kernel* kernel;
    std::shared_ptr<void*[]> parameters;
};

typedef std::vector<Launch> Graph;

static const int InvalidValue = 1, OutOfMemory = 2, InvalidContext = 201, NotFound = 500, LaunchFailed = 719, CaptureUnsupported = 900;
static std::string last_error = "no error";
static Graph* captured;
static int launched_graphs;

static std::map<std::string, Kernel>& kernels()
{
    static std::map<std::string, Kernel> all = {
        KERNEL_ENTRY(embed), KERNEL_ENTRY(rms_norm), KERNEL_ENTRY(gated_activation), KERNEL_ENTRY(silu), KERNEL_ENTRY(gather_rows), KERNEL_ENTRY(matmul),
        KERNEL_ENTRY(add_to_rows),
        KERNEL_ENTRY(narrow_rows), KERNEL_ENTRY(matmul_of_8), KERNEL_ENTRY(matmul_of_16), KERNEL_ENTRY(matmul_of_32), KERNEL_ENTRY(matmul_of_64), KERNEL_ENTRY(matmul_of_64_wide), KERNEL_ENTRY(matmul_of_128),
        KERNEL_ENTRY(matmul_of_many), KERNEL_ENTRY(add_bias), KERNEL_ENTRY(adapter_inner), KERNEL_ENTRY(adapter_outer), KERNEL_ENTRY(rotate_and_store),
        KERNEL_ENTRY(attend_32), KERNEL_ENTRY(attend_64), KERNEL_ENTRY(attend_96), KERNEL_ENTRY(attend_128), KERNEL_ENTRY(attend_256), KERNEL_ENTRY(merge_splits),
        KERNEL_ENTRY(copy_page), KERNEL_ENTRY(update_tables), KERNEL_ENTRY(score_tiles), KERNEL_ENTRY(settle_rows), KERNEL_ENTRY(measure_tiles),
        KERNEL_ENTRY(choose_tokens), KERNEL_ENTRY(count_keys), KERNEL_ENTRY(pick_key), KERNEL_ENTRY(weigh_tiles), KERNEL_ENTRY(fill_random),
        KERNEL_ENTRY(strided_matmul), KERNEL_ENTRY(rms_norm_forward), KERNEL_ENTRY(rms_norm_backward), KERNEL_ENTRY(column_sums), KERNEL_ENTRY(rotate_heads),
        KERNEL_ENTRY(attention_forward), KERNEL_ENTRY(attention_query_gradient), KERNEL_ENTRY(attention_key_value_gradient),
        KERNEL_ENTRY(swiglu_backward), KERNEL_ENTRY(silu_backward), KERNEL_ENTRY(cross_entropy), KERNEL_ENTRY(scatter_add),
        KERNEL_ENTRY(add_scaled), KERNEL_ENTRY(sum_of_squares), KERNEL_ENTRY(adamw)};
    return all;
}

EXPORT emulator_set_order(int order) { emulator::order = (emulator::Order)order; return 0; }

// As the driver: nothing works before a context is current on the thread, and while launches are captured nothing else does.
static thread_local void* context;

static int refusal() { return !context ? InvalidContext : captured ? CaptureUnsupported : 0; }

template <class Work> static int allowed(Work work)
{
    int result = refusal();
    if (!result)
    {
        work();
    }

    return result;
}

EXPORT cuInit(unsigned) { return 0; }
EXPORT cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal == 0 ? 0 : 101; }
EXPORT cuDeviceGetName(char* name, int length, int) { strncpy(name, "emulated device", length); return 0; }
EXPORT cuDeviceGetAttribute(int* value, int attribute, int) { *value = attribute == 75 ? 9 : 0; return 0; }
EXPORT cuDevicePrimaryCtxRetain(void** primary, int) { *primary = (void*)1; return 0; }
EXPORT cuDevicePrimaryCtxRelease_v2(int) { return 0; }
EXPORT cuCtxSetCurrent(void* current) { context = current; return 0; }
EXPORT cuStreamCreate(void** stream, unsigned) { return allowed([&] { *stream = (void*)1; }); }
EXPORT cuStreamDestroy_v2(void*) { return 0; }
EXPORT cuStreamSynchronize(void*) { return refusal(); }

EXPORT cuEventCreate(void** created, unsigned) { return allowed([&] { *created = (void*)1; }); }
EXPORT cuEventRecord(void*, void*) { return refusal(); }
EXPORT cuEventSynchronize(void*) { return refusal(); }
EXPORT cuEventDestroy_v2(void*) { return 0; }
EXPORT cuMemPoolCreate(void** pool, const int* properties) { *pool = (void*)1; return properties[0] == 1 && properties[2] == 1 ? 0 : InvalidValue; }
EXPORT cuMemPoolDestroy(void*) { return 0; }
EXPORT cuMemPoolSetAttribute(void*, int attribute, void*) { return attribute == 4 ? 0 : InvalidValue; }

static const size_t PageBytes = 4096;
static bool is_full;
static std::map<void*, std::pair<void*, size_t>> allocations;

// Fresh memory is NaN, as it may be on a device, and ends where a page begins that nobody may touch: a kernel that reads or writes past an end stops the process.
EXPORT cuMemAllocFromPoolAsync(void** memory, size_t bytes, void*, void*)
{
    if (refusal() || is_full || bytes > (size_t)1 << 33)
    {
        return refusal() ? refusal() : OutOfMemory;
    }

    size_t room = (bytes + PageBytes - 1) / PageBytes * PageBytes;
    char* pages = (char*)mmap(nullptr, room + PageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
    {
        return OutOfMemory;
    }

    mprotect(pages + room, PageBytes, PROT_NONE);
    *memory = pages + room - (bytes + 15) / 16 * 16;
    memset(*memory, 0xFF, bytes);
    allocations[*memory] = {pages, room + PageBytes};
    return 0;
}

EXPORT emulator_set_full(int full) { is_full = full != 0; return 0; }

EXPORT cuMemGetInfo_v2(size_t* free, size_t* total)
{
    *total = (size_t)1 << 33;
    *free = is_full ? 0 : *total;
    return refusal();
}

EXPORT cuMemFreeAsync(void* memory, void*)
{
    auto found = allocations.find(memory);
    if (found == allocations.end())
    {
        return InvalidValue;
    }

    munmap(found->second.first, found->second.second);
    allocations.erase(found);
    return 0;
}

EXPORT cuMemHostAlloc(void** memory, size_t bytes, unsigned) { return allowed([&] { *memory = malloc(bytes); }); }
EXPORT cuMemFreeHost(void* memory) { free(memory); return 0; }
EXPORT cuMemcpyHtoDAsync_v2(void* target, const void* source, size_t bytes, void*) { return allowed([&] { memcpy(target, source, bytes); }); }
EXPORT cuMemcpyDtoHAsync_v2(void* target, const void* source, size_t bytes, void*) { return allowed([&] { memcpy(target, source, bytes); }); }
EXPORT cuMemcpyDtoDAsync_v2(void* target, const void* source, size_t bytes, void*) { return allowed([&] { memcpy(target, source, bytes); }); }
EXPORT cuMemsetD8Async(void* target, unsigned char value, size_t bytes, void*) { return allowed([&] { memset(target, value, bytes); }); }
EXPORT cuModuleLoadData(void** module, const void*) { return allowed([&] { *module = (void*)1; }); }
EXPORT cuModuleUnload(void*) { return 0; }

EXPORT cuModuleGetFunction(void** function, void*, const char* name)
{
    auto found = kernels().find(name);
    *function = found == kernels().end() ? nullptr : &found->second;
    return *function ? 0 : NotFound;
}

static int run(const Launch& launch)
{
    try
    {
        emulator::launch(launch.grid, launch.block, launch.kernel->run, launch.parameters.get());
        return 0;
    }
    catch (const std::exception& fault)
    {
        last_error = fault.what();
        return LaunchFailed;
    }
}

EXPORT cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, void*, void** parameters, void**)
{
    if (gx == 0 || gy == 0 || gz == 0)
    {
        return InvalidValue;
    }

    if (!context)
    {
        return InvalidContext;
    }

    const Kernel* kernel = (const Kernel*)function;
    Launch launch = {{gx, gy, gz}, {bx, by, bz}, kernel, kernel->keep(parameters)};
    if (captured)
    {
        captured->push_back(launch);
        return 0;
    }

    return run(launch);
}

EXPORT cuStreamBeginCapture_v2(void*, int) { captured = new Graph(); return 0; }
EXPORT cuStreamEndCapture(void*, void** graph) { *graph = captured; captured = nullptr; return 0; }
EXPORT cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) { *executable = new Graph(*(Graph*)graph); return 0; }
EXPORT cuGraphDestroy(void* graph) { delete (Graph*)graph; return 0; }
EXPORT cuGraphExecDestroy(void* executable) { delete (Graph*)executable; return 0; }
EXPORT emulator_launched_graphs() { return launched_graphs; }

EXPORT cuGraphLaunch(void* executable, void*)
{
    launched_graphs++;
    for (const Launch& launch : *(Graph*)executable)
    {
        if (int result = run(launch))
        {
            return result;
        }
    }

    return 0;
}

EXPORT cuGetErrorString(int result, const char** text) { *text = result == LaunchFailed ? last_error.c_str() : "emulated error"; return 0; }

static const char image[] = "emulated image";
EXPORT nvrtcVersion(int* major, int* minor) { *major = 0; *minor = 0; return 0; }
EXPORT nvrtcCreateProgram(void** program, const char*, const char*, int, const char**, const char**) { *program = (void*)1; return 0; }
EXPORT nvrtcDestroyProgram(void**) { return 0; }
EXPORT nvrtcCompileProgram(void*, int, const char**) { return 0; }
EXPORT nvrtcGetCUBINSize(void*, size_t* size) { *size = sizeof(image); return 0; }
EXPORT nvrtcGetCUBIN(void*, char* target) { memcpy(target, image, sizeof(image)); return 0; }
EXPORT nvrtcGetProgramLogSize(void*, size_t* size) { *size = 1; return 0; }
EXPORT nvrtcGetProgramLog(void*, char* target) { *target = 0; return 0; }
EXPORT nvrtcGetErrorString(int) { return 0; }
