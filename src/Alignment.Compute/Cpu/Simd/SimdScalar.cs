using System.Runtime.CompilerServices;

namespace Alignment.Compute.Cpu.Simd;

/// <summary>Sixteen numbers one after the other.</summary>
[InlineArray(Count)]
internal unsafe struct SimdScalar : ISimd<SimdScalar>
{
    private const int Count = 16;

    private float _first;

    public static SimdScalar Load(float* source) => Unsafe.ReadUnaligned<SimdScalar>(source);

    public static SimdScalar Broadcast(float value)
    {
        Unsafe.SkipInit(out SimdScalar result);
        ((Span<float>)result).Fill(value);
        return result;
    }

    public static void LoadBf16Pairs(byte* source, out SimdScalar first, out SimdScalar second)
    {
        Unsafe.SkipInit(out first);
        Unsafe.SkipInit(out second);
        for (int i = 0; i < Count; i++)
        {
            uint pair = ((uint*)source)[i];
            first[i] = BitConverter.UInt32BitsToSingle(pair << 16);
            second[i] = BitConverter.UInt32BitsToSingle(pair & 0xFFFF0000u);
        }
    }

    public static SimdScalar FusedMultiplyAdd(SimdScalar left, SimdScalar right, SimdScalar addend)
    {
        for (int i = 0; i < Count; i++)
        {
            addend[i] = MathF.FusedMultiplyAdd(left[i], right[i], addend[i]);
        }

        return addend;
    }

    public static SimdScalar Max(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            right[i] = left[i] > right[i] ? left[i] : right[i];
        }

        return right;
    }

    public static SimdScalar Min(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            right[i] = left[i] < right[i] ? left[i] : right[i];
        }

        return right;
    }

    public static SimdScalar ScaleByPowerOfTwo(SimdScalar value, SimdScalar exponent)
    {
        for (int i = 0; i < Count; i++)
        {
            value[i] = MathF.ScaleB(value[i], (int)exponent[i]);
        }

        return value;
    }

    public static SimdScalar FirstNumbers(int count, SimdScalar first, SimdScalar rest)
    {
        for (int i = 0; i < Math.Min(count, Count); i++)
        {
            rest[i] = first[i];
        }

        return rest;
    }

    public static uint GreaterThanMask(SimdScalar left, SimdScalar right)
    {
        uint mask = 0;
        for (int i = 0; i < Count; i++)
        {
            mask |= left[i] > right[i] ? 1u << i : 0;
        }

        return mask;
    }

    public static SimdScalar operator +(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] += right[i];
        }

        return left;
    }

    public static SimdScalar operator -(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] -= right[i];
        }

        return left;
    }

    public static SimdScalar operator *(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] *= right[i];
        }

        return left;
    }

    public static SimdScalar operator /(SimdScalar left, SimdScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] /= right[i];
        }

        return left;
    }

    public readonly void Store(float* destination) => Unsafe.WriteUnaligned(destination, this);

    public readonly float Sum()
    {
        SimdScalar tree = this;
        for (int width = Count / 2; width > 0; width /= 2)
        {
            for (int i = 0; i < width; i++)
            {
                tree[i] += tree[i + width];
            }
        }

        return tree[0];
    }

    public readonly float Maximum()
    {
        SimdScalar tree = this;
        for (int width = Count / 2; width > 0; width /= 2)
        {
            for (int i = 0; i < width; i++)
            {
                tree[i] = tree[i] > tree[i + width] ? tree[i] : tree[i + width];
            }
        }

        return tree[0];
    }
}
