// Weights that nobody trained, for measurements of a shape.

#define RANDOM_TILE (THREADS * 64)
#define NUMBERS_A_DRAW 4

// bf16, uniform in [-scale, scale): number i is word i % 4 of the Philox block at counter i - i % 4. Grid (ceil(count / RANDOM_TILE)).
KERNEL(THREADS) fill_random(uint64 count, float scale, uint32 seed, uint16* output)
{
    uint64 start = (uint64)blockIdx.x * RANDOM_TILE;
    uint64 end = min(count, start + RANDOM_TILE);
    for (uint64 i = start + threadIdx.x * NUMBERS_A_DRAW; i < end; i += THREADS * NUMBERS_A_DRAW)
    {
        uint32 counter[NUMBERS_A_DRAW] = {(uint32)i, (uint32)(i >> 32), 0, 0};
        philox(counter, seed, 0);
        for (int j = 0; j < NUMBERS_A_DRAW && i + j < end; j++)
        {
            float number = scale * ((float)(counter[j] >> 8) * (1.0f / 8388608.0f) - 1.0f);
            output[i + j] = (uint16)(__float_as_uint(number) >> 16);
        }
    }
}
