using System.Runtime.CompilerServices;

namespace Alignment.Compute.Cpu.Lanes;

/// <summary>Sixteen lanes one after the other.</summary>
[InlineArray(Count)]
internal unsafe struct LanesScalar : ILanes<LanesScalar>
{
    private const int Count = 16;

    private float _first;

    public static LanesScalar Load(float* source) => Unsafe.ReadUnaligned<LanesScalar>(source);

    public static LanesScalar Broadcast(float value)
    {
        Unsafe.SkipInit(out LanesScalar result);
        ((Span<float>)result).Fill(value);
        return result;
    }

    public static void LoadBrainPairs(byte* source, out LanesScalar first, out LanesScalar second)
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

    public static LanesScalar FusedMultiplyAdd(LanesScalar left, LanesScalar right, LanesScalar addend)
    {
        for (int i = 0; i < Count; i++)
        {
            addend[i] = MathF.FusedMultiplyAdd(left[i], right[i], addend[i]);
        }

        return addend;
    }

    public static LanesScalar Max(LanesScalar left, LanesScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            right[i] = left[i] > right[i] ? left[i] : right[i];
        }

        return right;
    }

    public static LanesScalar Min(LanesScalar left, LanesScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            right[i] = left[i] < right[i] ? left[i] : right[i];
        }

        return right;
    }

    public static LanesScalar ScaleByPowerOfTwo(LanesScalar value, LanesScalar exponent)
    {
        for (int i = 0; i < Count; i++)
        {
            value[i] = MathF.ScaleB(value[i], (int)exponent[i]);
        }

        return value;
    }

    public static LanesScalar FirstLanes(int count, LanesScalar first, LanesScalar rest)
    {
        for (int i = 0; i < Math.Min(count, Count); i++)
        {
            rest[i] = first[i];
        }

        return rest;
    }

    public static uint GreaterThanMask(LanesScalar left, LanesScalar right)
    {
        uint mask = 0;
        for (int i = 0; i < Count; i++)
        {
            mask |= left[i] > right[i] ? 1u << i : 0;
        }

        return mask;
    }

    public static LanesScalar operator +(LanesScalar left, LanesScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] += right[i];
        }

        return left;
    }

    public static LanesScalar operator -(LanesScalar left, LanesScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] -= right[i];
        }

        return left;
    }

    public static LanesScalar operator *(LanesScalar left, LanesScalar right)
    {
        for (int i = 0; i < Count; i++)
        {
            left[i] *= right[i];
        }

        return left;
    }

    public static LanesScalar operator /(LanesScalar left, LanesScalar right)
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
        LanesScalar tree = this;
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
        LanesScalar tree = this;
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
