// cuBLASLt as far as the backend uses it, by the letter of its manual: matrices are counted by columns, what is not asked for is refused.
#include <cstdint>
#include <cstring>

#define EXPORT extern "C" __attribute__((visibility("default"))) int

struct Description { int compute, scale, transpose_first; };
struct MatrixLayout { int type; uint64_t rows, columns; int64_t stride; };
struct Preference { uint64_t workspace; };
struct Heuristic { uint64_t algorithm[8]; size_t workspace; int state; float waves; int reserved[4]; };

static const int NotInitialised = 1, InvalidValue = 7, NotSupported = 15;
static const int Real32F = 0, Real16F = 2, Real16BF = 14;
static const uint64_t Planned = 0x7075626c;

static float read(const void* numbers, int type, uint64_t index)
{
    uint16_t bits = ((const uint16_t*)numbers)[index];
    if (type == Real16F)
    {
        _Float16 half;
        memcpy(&half, &bits, sizeof(half));
        return (float)half;
    }

    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof(value));
    return value;
}

EXPORT cublasLtCreate(void** library) { *library = (void*)1; return 0; }
EXPORT cublasLtDestroy(void* library) { return library ? 0 : NotInitialised; }

EXPORT cublasLtMatmulDescCreate(Description** description, int compute, int scale)
{
    *description = new Description{compute, scale, 0};
    return compute == 68 && scale == Real32F ? 0 : NotSupported;
}

EXPORT cublasLtMatmulDescSetAttribute(Description* description, int attribute, const void* value, size_t bytes)
{
    if (attribute != 3 || bytes != sizeof(int))
    {
        return InvalidValue;
    }

    memcpy(&description->transpose_first, value, bytes);
    return 0;
}

EXPORT cublasLtMatmulDescDestroy(Description* description) { delete description; return 0; }

EXPORT cublasLtMatrixLayoutCreate(MatrixLayout** layout, int type, uint64_t rows, uint64_t columns, int64_t stride)
{
    *layout = new MatrixLayout{type, rows, columns, stride};
    return stride >= (int64_t)rows ? 0 : InvalidValue;
}

EXPORT cublasLtMatrixLayoutDestroy(MatrixLayout* layout) { delete layout; return 0; }
EXPORT cublasLtMatmulPreferenceCreate(Preference** preference) { *preference = new Preference{0}; return 0; }

EXPORT cublasLtMatmulPreferenceSetAttribute(Preference* preference, int attribute, const void* value, size_t bytes)
{
    if (attribute != 1 || bytes != sizeof(uint64_t))
    {
        return InvalidValue;
    }

    memcpy(&preference->workspace, value, bytes);
    return 0;
}

EXPORT cublasLtMatmulPreferenceDestroy(Preference* preference) { delete preference; return 0; }

EXPORT cublasLtMatmulAlgoGetHeuristic(
    void*, Description* description, MatrixLayout* a, MatrixLayout* b, MatrixLayout*, MatrixLayout* d, Preference* preference, int requested, Heuristic* results, int* returned)
{
    bool fits = description->transpose_first == 1 && a->type == b->type && (a->type == Real16F || a->type == Real16BF) && d->type == Real32F && a->rows == b->rows &&
                d->rows == a->columns && d->columns == b->columns;
    *returned = fits && requested > 0;
    if (*returned)
    {
        results[0] = Heuristic{{Planned}, (size_t)preference->workspace, 0, 1, {}};
    }

    return fits ? 0 : NotSupported;
}

EXPORT cublasLtMatmul(
    void*, Description* description, const float* alpha, const void* a, MatrixLayout* a_layout, const void* b, MatrixLayout* b_layout, const float* beta, const float*,
    MatrixLayout*, float* d, MatrixLayout* d_layout, const Heuristic* heuristic, void* workspace, size_t workspace_bytes, void*)
{
    if (heuristic->algorithm[0] != Planned || workspace_bytes < heuristic->workspace || !workspace || *alpha != 1 || *beta != 0 || description->transpose_first != 1)
    {
        return InvalidValue;
    }

    for (uint64_t column = 0; column < d_layout->columns; column++)
    {
        for (uint64_t row = 0; row < d_layout->rows; row++)
        {
            double sum = 0;
            for (uint64_t k = 0; k < a_layout->rows; k++)
            {
                sum += (double)read(a, a_layout->type, row * a_layout->stride + k) * read(b, b_layout->type, column * b_layout->stride + k);
            }

            d[column * d_layout->stride + row] = (float)sum;
        }
    }

    return 0;
}
