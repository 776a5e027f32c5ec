using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alignment.Compute.Cpu.Simd;

/// <summary>Sixteen numbers in two AVX registers.</summary>
internal readonly unsafe struct Simd256(Vector256<float> lower, Vector256<float> upper) : ISimd<Simd256>
{
    private readonly Vector256<float> _lower = lower;
    private readonly Vector256<float> _upper = upper;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Broadcast(float value)
    {
        Vector256<float> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadBf16Pairs(byte* source, out Simd256 first, out Simd256 second)
    {
        Vector256<uint> lower = Vector256.Load((uint*)source);
        Vector256<uint> upper = Vector256.Load((uint*)source + 8);
        Vector256<uint> mask = Vector256.Create(0xFFFF0000u);
        first = new(Vector256.ShiftLeft(lower, 16).AsSingle(), Vector256.ShiftLeft(upper, 16).AsSingle());
        second = new((lower & mask).AsSingle(), (upper & mask).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 FusedMultiplyAdd(Simd256 left, Simd256 right, Simd256 addend)
        => new(
            Vector256.FusedMultiplyAdd(left._lower, right._lower, addend._lower),
            Vector256.FusedMultiplyAdd(left._upper, right._upper, addend._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Max(Simd256 left, Simd256 right)
        => new(Vector256.ConditionalSelect(Vector256.GreaterThan(left._lower, right._lower), left._lower, right._lower),
            Vector256.ConditionalSelect(Vector256.GreaterThan(left._upper, right._upper), left._upper, right._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Min(Simd256 left, Simd256 right)
        => new(Vector256.ConditionalSelect(Vector256.LessThan(left._lower, right._lower), left._lower, right._lower),
            Vector256.ConditionalSelect(Vector256.LessThan(left._upper, right._upper), left._upper, right._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ScaleByPowerOfTwo(Simd256 value, Simd256 exponent)
        => new(Scale(value._lower, exponent._lower), Scale(value._upper, exponent._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 FirstNumbers(int count, Simd256 first, Simd256 rest)
    {
        Vector256<int> limit = Vector256.Create(count);
        Vector256<int> indices = Vector256<int>.Indices;
        return new(
            Vector256.ConditionalSelect(Vector256.LessThan(indices, limit).AsSingle(), first._lower, rest._lower),
            Vector256.ConditionalSelect(Vector256.LessThan(indices + Vector256.Create(8), limit).AsSingle(), first._upper, rest._upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThanMask(Simd256 left, Simd256 right)
        => Vector256.GreaterThan(left._lower, right._lower).ExtractMostSignificantBits()
            | (Vector256.GreaterThan(left._upper, right._upper).ExtractMostSignificantBits() << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator +(Simd256 left, Simd256 right) => new(left._lower + right._lower, left._upper + right._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator -(Simd256 left, Simd256 right) => new(left._lower - right._lower, left._upper - right._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator *(Simd256 left, Simd256 right) => new(left._lower * right._lower, left._upper * right._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator /(Simd256 left, Simd256 right) => new(left._lower / right._lower, left._upper / right._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination)
    {
        _lower.Store(destination);
        _upper.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Reduction.Sum(_lower + _upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Maximum() => Reduction.Maximum(Vector256.MaxNative(_lower, _upper));

    /// <summary>In two halves, because 2^exponent itself may lie outside the normal range; only the second product can round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(Vector256<float> value, Vector256<float> exponent)
    {
        Vector256<int> whole = Vector256.ConvertToInt32Native(exponent);
        Vector256<int> half = Vector256.ShiftRightArithmetic(whole, 1);
        return value * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> exponent) =>
        Vector256.ShiftLeft(exponent + Vector256.Create(127), 23).AsSingle();
}
