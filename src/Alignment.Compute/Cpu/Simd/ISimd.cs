namespace Alignment.Compute.Cpu.Simd;

/// <summary>
/// Sixteen f32 numbers side by side: the unit that every kernel is written in. There is one struct per SIMD form; each operation is a
/// single exactly rounded IEEE operation per number and the two reductions fix their tree, so all forms give the same bits.
/// </summary>
internal unsafe interface ISimd<T>
    where T : struct, ISimd<T>
{
    static abstract T Load(float* source);

    static abstract T Broadcast(float value);

    /// <summary>Sixteen pairs of bf16, neighbours in memory, widened: the first of each pair and the second.</summary>
    static abstract void LoadBf16Pairs(byte* source, out T first, out T second);

    /// <summary><c>left * right + addend</c>, rounded once.</summary>
    static abstract T FusedMultiplyAdd(T left, T right, T addend);

    /// <summary><c>left &gt; right ? left : right</c>: the second operand where one is NaN.</summary>
    static abstract T Max(T left, T right);

    /// <summary><c>left &lt; right ? left : right</c>: the second operand where one is NaN.</summary>
    static abstract T Min(T left, T right);

    /// <summary><c>value * 2^exponent</c> for whole exponents, rounded once.</summary>
    static abstract T ScaleByPowerOfTwo(T value, T exponent);

    /// <summary>The first <paramref name="count"/> numbers of one, the rest of the other.</summary>
    static abstract T FirstNumbers(int count, T first, T rest);

    /// <summary>Bit i tells whether number i of the left is greater.</summary>
    static abstract uint GreaterThanMask(T left, T right);

    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator *(T left, T right);

    static abstract T operator /(T left, T right);

    void Store(float* destination);

    /// <summary>Sum of all: halves onto each other, 8, 4, 2, 1.</summary>
    float Sum();

    /// <summary>Greatest of all, by the same tree.</summary>
    float Maximum();
}
