// The entry points of the driver and of NVRTC that the backend uses, over the emulator. The image of a module is ignored: kernels come from this library by name.
#include "emulator.hpp"
#include <cstdlib>
#include <map>
#include "common.cuh"
#include "rows.cu"
#include "matmul.cu"
#include "attention.cu"
#include "next_token.cu"
#include "training.cu"

#define EXPORT extern "C" __attribute__((visibility("default"))) int
#define KERNEL_ENTRY(name) {#name, emulator::Unpacked<name>::run}

typedef void (*Kernel)(void**);
static std::string last_error = "no error";

static std::map<std::string, Kernel>& kernels()
{
    static std::map<std::string, Kernel> all = {
        KERNEL_ENTRY(embed), KERNEL_ENTRY(rms_norm), KERNEL_ENTRY(gated_activation), KERNEL_ENTRY(silu), KERNEL_ENTRY(gather_rows), KERNEL_ENTRY(matmul),
        KERNEL_ENTRY(low_rank_inner), KERNEL_ENTRY(low_rank_outer), KERNEL_ENTRY(rotate_and_store), KERNEL_ENTRY(attend), KERNEL_ENTRY(copy_page), KERNEL_ENTRY(next_token),
        KERNEL_ENTRY(product), KERNEL_ENTRY(rms_norm_forward), KERNEL_ENTRY(rms_norm_backward), KERNEL_ENTRY(column_sums), KERNEL_ENTRY(rotate_heads),
        KERNEL_ENTRY(attention_forward), KERNEL_ENTRY(attention_query_gradient), KERNEL_ENTRY(attention_key_value_gradient), KERNEL_ENTRY(swiglu_forward), KERNEL_ENTRY(swiglu_backward),
        KERNEL_ENTRY(silu_forward), KERNEL_ENTRY(silu_backward), KERNEL_ENTRY(cross_entropy), KERNEL_ENTRY(gather), KERNEL_ENTRY(scatter_add), KERNEL_ENTRY(add_scaled), KERNEL_ENTRY(sum_of_squares), KERNEL_ENTRY(adamw)};
    return all;
}

EXPORT emulator_set_order(int order) { emulator::order = (emulator::Order)order; return 0; }

EXPORT cuInit(unsigned) { return 0; }
EXPORT cuDeviceGetCount(int* count) { *count = 1; return 0; }
EXPORT cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal == 0 ? 0 : 101; }
EXPORT cuDeviceGetName(char* name, int length, int) { strncpy(name, "emulated device", length); return 0; }
EXPORT cuDeviceGetAttribute(int* value, int attribute, int) { *value = attribute == 75 ? 9 : 0; return 0; }
EXPORT cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)1; return 0; }
EXPORT cuDevicePrimaryCtxRelease_v2(int) { return 0; }
EXPORT cuCtxSetCurrent(void*) { return 0; }
EXPORT cuStreamCreate(void** stream, unsigned) { *stream = (void*)1; return 0; }
EXPORT cuStreamDestroy_v2(void*) { return 0; }
EXPORT cuStreamSynchronize(void*) { return 0; }

// Fresh memory is NaN, as it may be on a device.
EXPORT cuMemAlloc_v2(void** memory, size_t bytes)
{
    *memory = bytes > ((size_t)1 << 33) ? nullptr : aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (*memory) { memset(*memory, 0xFF, bytes); }
    return *memory ? 0 : 2;
}

EXPORT cuMemFree_v2(void* memory) { free(memory); return 0; }
EXPORT cuMemcpyHtoDAsync_v2(void* target, const void* source, size_t bytes, void*) { memcpy(target, source, bytes); return 0; }
EXPORT cuMemcpyDtoHAsync_v2(void* target, const void* source, size_t bytes, void*) { memcpy(target, source, bytes); return 0; }
EXPORT cuMemsetD8Async(void* target, unsigned char value, size_t bytes, void*) { memset(target, value, bytes); return 0; }
EXPORT cuModuleLoadData(void** module, const void*) { *module = (void*)1; return 0; }
EXPORT cuModuleUnload(void*) { return 0; }

EXPORT cuModuleGetFunction(void** function, void*, const char* name)
{
    auto found = kernels().find(name);
    *function = found == kernels().end() ? nullptr : (void*)found->second;
    return *function ? 0 : 500;
}

EXPORT cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, void*, void** parameters, void**)
{
    try
    {
        emulator::launch({gx, gy, gz}, {bx, by, bz}, (Kernel)function, parameters);
        return 0;
    }
    catch (const std::exception& fault)
    {
        last_error = fault.what();
        return 719;
    }
}

EXPORT cuGetErrorString(int result, const char** text) { *text = result == 719 ? last_error.c_str() : "emulated error"; return 0; }

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
