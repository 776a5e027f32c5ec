// Tensor cores: a tile of 16 x 16 (a row of it is one output or query) times one of 16 x 8 (a column of it is one row of the batch or key). Which lane of a warp
// holds which number is laid down in the PTX manual, "Matrix fragments for mma.m16n8k16". The tests supply the same verbs for the host.
//
// The inner index may be renamed as long as both sides do the same: every lane of a warp takes 8 neighbours of 32 inner numbers, in one load of 16 bytes, and spends
// them on two multiplications. So rows are read as they lie in memory, and nothing is rearranged.
#ifndef ALIGNMENT_HOST
__device__ __forceinline__ void multiply_bf16(float* sums, uint32 a0, uint32 a1, uint32 a2, uint32 a3, uint32 b0, uint32 b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

__device__ __forceinline__ void multiply_half(float* sums, uint32 a0, uint32 a1, uint32 a2, uint32 a3, uint32 b0, uint32 b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// The first number in the lower half, rounded to nearest even.
__device__ __forceinline__ uint32 pack_bf16(float first, float second)
{
    uint32 packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(second), "f"(first));
    return packed;
}

__device__ __forceinline__ uint32 round_half(float first, float second)
{
    uint32 packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(second), "f"(first));
    return packed;
}

// Weights are read once a pass: they need no place in the first-level cache.
__device__ __forceinline__ uint4 load_once(const void* source)
{
    uint4 value;
    asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w) : "l"(source));
    return value;
}

// Queues a copy of 16 bytes into shared memory; zeros where there is nothing to copy.
__device__ __forceinline__ void copy_async(void* target, const void* source, bool exists)
{
    uint32 address = (uint32)__cvta_generic_to_shared(target);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(source), "r"(exists ? 16 : 0) : "memory");
}

__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most so many groups of this thread are under way.
template <int GROUPS> __device__ __forceinline__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(GROUPS) : "memory"); }
#endif

#define MOST_HALF 65504.0f
#define CHUNK 8 // numbers of 16 bits in one load
#define STEP 32 // inner numbers that four lanes take together

// Beyond the range of f16 the largest number stands; NaN stays NaN.
__device__ __forceinline__ float clamp_half(float value) { return isnan(value) ? value : fminf(fmaxf(value, -MOST_HALF), MOST_HALF); }

__device__ __forceinline__ uint32 pack_half(float first, float second) { return round_half(clamp_half(first), clamp_half(second)); }

__device__ __forceinline__ uint32 pack(int type, float first, float second)
{
    return type == TYPE_BF16 ? pack_bf16(first, second) : pack_half(first, second);
}

// Two multiplications for STEP inner numbers: low and high are the loads of the tile's rows lane / 4 and lane / 4 + 8, other the load of the column lane / 4.
__device__ __forceinline__ void multiply_step(int type, float* sums, uint4 low, uint4 high, uint4 other)
{
    if (type == TYPE_BF16)
    {
        multiply_bf16(sums, low.x, high.x, low.y, high.y, other.x, other.y);
        multiply_bf16(sums, low.z, high.z, low.w, high.w, other.z, other.w);
    }
    else
    {
        multiply_half(sums, low.x, high.x, low.y, high.y, other.x, other.y);
        multiply_half(sums, low.z, high.z, low.w, high.w, other.z, other.w);
    }
}
