// What every kernel uses. No CUDA header is needed: NVRTC has all of this built in, and the tests compile the same files for the host.
#ifndef ALIGNMENT_HOST
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef unsigned short uint16;
typedef unsigned char uint8;
// A second argument, blocks of a multiprocessor, lets a kernel have all registers it wants.
#define KERNEL(...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__)
#endif

#define THREADS 256
#define WARPS (THREADS / 32)
#define ALL_LANES 0xffffffffu
#define NEGATIVE_INFINITY __int_as_float((int)0xff800000u)

// Storage of weights, as in DType.
#define TYPE_F32 0
#define TYPE_F16 1
#define TYPE_BF16 2

__device__ __forceinline__ float widen_bf16(uint16 bits) { return __uint_as_float((uint32)bits << 16); }

// IEEE half to single by exponent arithmetic: subnormals come out right because the multiplication normalises them.
__device__ __forceinline__ float widen_half(uint16 bits)
{
    uint32 sign = (uint32)(bits & 0x8000u) << 16;
    uint32 magnitude = (uint32)(bits & 0x7fffu) << 13;
    float value = __uint_as_float(magnitude) * __uint_as_float(0x77800000u); // 2^112
    if ((bits & 0x7c00u) == 0x7c00u)
    {
        value = __uint_as_float(0x7f800000u | magnitude);
    }

    return __uint_as_float(__float_as_uint(value) | sign);
}

__device__ __forceinline__ float read_weight(const void* weights, int type, uint64 index)
{
    if (type == TYPE_F32)
    {
        return ((const float*)weights)[index];
    }

    uint16 bits = ((const uint16*)weights)[index];
    return type == TYPE_BF16 ? widen_bf16(bits) : widen_half(bits);
}

// Butterflies: every thread of the warp gets the same sum, added in the same order whatever else runs.
__device__ __forceinline__ float warp_sum(float value)
{
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        value += __shfl_xor_sync(ALL_LANES, value, offset);
    }

    return value;
}

__device__ __forceinline__ double warp_sum(double value)
{
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        value += __shfl_xor_sync(ALL_LANES, value, offset);
    }

    return value;
}

__device__ __forceinline__ float warp_max(float value)
{
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, offset));
    }

    return value;
}

// Over a block of THREADS; scratch has one entry a warp. All threads get the result.
template <class T> __device__ __forceinline__ T block_sum(T value, T* scratch)
{
    value = warp_sum(value);
    __syncthreads();
    if ((threadIdx.x & 31) == 0)
    {
        scratch[threadIdx.x >> 5] = value;
    }

    __syncthreads();
    T sum = 0;
    for (int warp = 0; warp < WARPS; warp++)
    {
        sum += scratch[warp];
    }

    return sum;
}

__device__ __forceinline__ float block_max(float value, float* scratch)
{
    value = warp_max(value);
    __syncthreads();
    if ((threadIdx.x & 31) == 0)
    {
        scratch[threadIdx.x >> 5] = value;
    }

    __syncthreads();
    float maximum = scratch[0];
    for (int warp = 1; warp < WARPS; warp++)
    {
        maximum = fmaxf(maximum, scratch[warp]);
    }

    return maximum;
}
