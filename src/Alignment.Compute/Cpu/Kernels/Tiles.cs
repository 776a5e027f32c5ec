using System.Runtime.CompilerServices;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// Matmuls of a few rows with groups of 32 weight rows. Every output is one strictly sequential chain of fused multiply-adds over the
/// columns, whatever the tile, so all tiles of all forms give the same bits. The sums are separate locals because only those live in
/// registers; hiding the latency of the chains takes eight sums or more, so small tiles take several groups at once. A tile that is not
/// full repeats its last row or group: computing the same number twice costs less than another variant.
/// </summary>
/// <remarks>
/// Sums of the tile of 8 rows, s0a to s7b, one register of 16 outputs each (half a is outputs 0 to 15 of a group, b is 16 to 31):
/// <code>
///              group of 32 weight rows, a pair of columns at a time
///               16 outputs   16 outputs          1. Load the pair of columns, both halves: one stream from memory.
///     row 0    |   s0a     |    s0b    |         2. For each row: its input of the first column times both halves, onto its sums.
///     row 1    |   s1a     |    s1b    |         3. The same for the second column of the pair.
///     ...      |           |           |         4. After the last pair, store the sums.
///     row 7    |   s7a     |    s7b    |
///
///   Rows1: 1 row x 4 groups (a to h)   Rows2: 2 x 2 (a to d)   Rows4: 4 x 1   Rows8: 8 x 1
/// </code>
/// </remarks>
internal static unsafe class Tiles<TSimd, TPanels>
    where TSimd : struct, ISimd<TSimd>
    where TPanels : struct, IPanels
{
    /// <summary>One row times four groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1(in TileOperands operands)
    {
        byte* w0 = operands.Group(0);
        byte* w1 = operands.Group(1);
        byte* w2 = operands.Group(2);
        byte* w3 = operands.Group(3);
        float* x0 = operands.Input(0);
        TSimd s0a = default, s0b = default, s0c = default, s0d = default, s0e = default, s0f = default, s0g = default, s0h = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TSimd firsta, out TSimd seconda);
            TPanels.LoadPair(w0, 1, out TSimd firstb, out TSimd secondb);
            TPanels.LoadPair(w1, 0, out TSimd firstc, out TSimd secondc);
            TPanels.LoadPair(w1, 1, out TSimd firstd, out TSimd secondd);
            TPanels.LoadPair(w2, 0, out TSimd firste, out TSimd seconde);
            TPanels.LoadPair(w2, 1, out TSimd firstf, out TSimd secondf);
            TPanels.LoadPair(w3, 0, out TSimd firstg, out TSimd secondg);
            TPanels.LoadPair(w3, 1, out TSimd firsth, out TSimd secondh);
            TSimd x = TSimd.Broadcast(x0[0]);
            s0a = TSimd.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(firstb, x, s0b);
            s0c = TSimd.FusedMultiplyAdd(firstc, x, s0c);
            s0d = TSimd.FusedMultiplyAdd(firstd, x, s0d);
            s0e = TSimd.FusedMultiplyAdd(firste, x, s0e);
            s0f = TSimd.FusedMultiplyAdd(firstf, x, s0f);
            s0g = TSimd.FusedMultiplyAdd(firstg, x, s0g);
            s0h = TSimd.FusedMultiplyAdd(firsth, x, s0h);
            x = TSimd.Broadcast(x0[1]);
            s0a = TSimd.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(secondb, x, s0b);
            s0c = TSimd.FusedMultiplyAdd(secondc, x, s0c);
            s0d = TSimd.FusedMultiplyAdd(secondd, x, s0d);
            s0e = TSimd.FusedMultiplyAdd(seconde, x, s0e);
            s0f = TSimd.FusedMultiplyAdd(secondf, x, s0f);
            s0g = TSimd.FusedMultiplyAdd(secondg, x, s0g);
            s0h = TSimd.FusedMultiplyAdd(secondh, x, s0h);
            w0 += TPanels.PairBytes;
            w1 += TPanels.PairBytes;
            w2 += TPanels.PairBytes;
            w3 += TPanels.PairBytes;
            x0 += 2;
        }

        s0a.Store(operands.Output(0, 0, 0));
        s0b.Store(operands.Output(0, 0, 1));
        s0c.Store(operands.Output(0, 1, 0));
        s0d.Store(operands.Output(0, 1, 1));
        s0e.Store(operands.Output(0, 2, 0));
        s0f.Store(operands.Output(0, 2, 1));
        s0g.Store(operands.Output(0, 3, 0));
        s0h.Store(operands.Output(0, 3, 1));
    }

    /// <summary>Two rows times two groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows2(in TileOperands operands)
    {
        byte* w0 = operands.Group(0);
        byte* w1 = operands.Group(1);
        float* x0 = operands.Input(0);
        float* x1 = operands.Input(1);
        TSimd s0a = default, s0b = default, s0c = default, s0d = default;
        TSimd s1a = default, s1b = default, s1c = default, s1d = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TSimd firsta, out TSimd seconda);
            TPanels.LoadPair(w0, 1, out TSimd firstb, out TSimd secondb);
            TPanels.LoadPair(w1, 0, out TSimd firstc, out TSimd secondc);
            TPanels.LoadPair(w1, 1, out TSimd firstd, out TSimd secondd);
            TSimd x = TSimd.Broadcast(x0[0]);
            s0a = TSimd.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(firstb, x, s0b);
            s0c = TSimd.FusedMultiplyAdd(firstc, x, s0c);
            s0d = TSimd.FusedMultiplyAdd(firstd, x, s0d);
            x = TSimd.Broadcast(x1[0]);
            s1a = TSimd.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(firstb, x, s1b);
            s1c = TSimd.FusedMultiplyAdd(firstc, x, s1c);
            s1d = TSimd.FusedMultiplyAdd(firstd, x, s1d);
            x = TSimd.Broadcast(x0[1]);
            s0a = TSimd.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(secondb, x, s0b);
            s0c = TSimd.FusedMultiplyAdd(secondc, x, s0c);
            s0d = TSimd.FusedMultiplyAdd(secondd, x, s0d);
            x = TSimd.Broadcast(x1[1]);
            s1a = TSimd.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(secondb, x, s1b);
            s1c = TSimd.FusedMultiplyAdd(secondc, x, s1c);
            s1d = TSimd.FusedMultiplyAdd(secondd, x, s1d);
            w0 += TPanels.PairBytes;
            w1 += TPanels.PairBytes;
            x0 += 2;
            x1 += 2;
        }

        s0a.Store(operands.Output(0, 0, 0));
        s0b.Store(operands.Output(0, 0, 1));
        s0c.Store(operands.Output(0, 1, 0));
        s0d.Store(operands.Output(0, 1, 1));
        s1a.Store(operands.Output(1, 0, 0));
        s1b.Store(operands.Output(1, 0, 1));
        s1c.Store(operands.Output(1, 1, 0));
        s1d.Store(operands.Output(1, 1, 1));
    }

    /// <summary>Four rows times one group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4(in TileOperands operands)
    {
        byte* w0 = operands.Group(0);
        float* x0 = operands.Input(0);
        float* x1 = operands.Input(1);
        float* x2 = operands.Input(2);
        float* x3 = operands.Input(3);
        TSimd s0a = default, s0b = default;
        TSimd s1a = default, s1b = default;
        TSimd s2a = default, s2b = default;
        TSimd s3a = default, s3b = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TSimd firsta, out TSimd seconda);
            TPanels.LoadPair(w0, 1, out TSimd firstb, out TSimd secondb);
            TSimd x = TSimd.Broadcast(x0[0]);
            s0a = TSimd.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(firstb, x, s0b);
            x = TSimd.Broadcast(x1[0]);
            s1a = TSimd.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(firstb, x, s1b);
            x = TSimd.Broadcast(x2[0]);
            s2a = TSimd.FusedMultiplyAdd(firsta, x, s2a);
            s2b = TSimd.FusedMultiplyAdd(firstb, x, s2b);
            x = TSimd.Broadcast(x3[0]);
            s3a = TSimd.FusedMultiplyAdd(firsta, x, s3a);
            s3b = TSimd.FusedMultiplyAdd(firstb, x, s3b);
            x = TSimd.Broadcast(x0[1]);
            s0a = TSimd.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(secondb, x, s0b);
            x = TSimd.Broadcast(x1[1]);
            s1a = TSimd.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(secondb, x, s1b);
            x = TSimd.Broadcast(x2[1]);
            s2a = TSimd.FusedMultiplyAdd(seconda, x, s2a);
            s2b = TSimd.FusedMultiplyAdd(secondb, x, s2b);
            x = TSimd.Broadcast(x3[1]);
            s3a = TSimd.FusedMultiplyAdd(seconda, x, s3a);
            s3b = TSimd.FusedMultiplyAdd(secondb, x, s3b);
            w0 += TPanels.PairBytes;
            x0 += 2;
            x1 += 2;
            x2 += 2;
            x3 += 2;
        }

        s0a.Store(operands.Output(0, 0, 0));
        s0b.Store(operands.Output(0, 0, 1));
        s1a.Store(operands.Output(1, 0, 0));
        s1b.Store(operands.Output(1, 0, 1));
        s2a.Store(operands.Output(2, 0, 0));
        s2b.Store(operands.Output(2, 0, 1));
        s3a.Store(operands.Output(3, 0, 0));
        s3b.Store(operands.Output(3, 0, 1));
    }

    /// <summary>Eight rows times one group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows8(in TileOperands operands)
    {
        byte* w0 = operands.Group(0);
        float* x0 = operands.Input(0);
        float* x1 = operands.Input(1);
        float* x2 = operands.Input(2);
        float* x3 = operands.Input(3);
        float* x4 = operands.Input(4);
        float* x5 = operands.Input(5);
        float* x6 = operands.Input(6);
        float* x7 = operands.Input(7);
        TSimd s0a = default, s0b = default;
        TSimd s1a = default, s1b = default;
        TSimd s2a = default, s2b = default;
        TSimd s3a = default, s3b = default;
        TSimd s4a = default, s4b = default;
        TSimd s5a = default, s5b = default;
        TSimd s6a = default, s6b = default;
        TSimd s7a = default, s7b = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TSimd firsta, out TSimd seconda);
            TPanels.LoadPair(w0, 1, out TSimd firstb, out TSimd secondb);
            TSimd x = TSimd.Broadcast(x0[0]);
            s0a = TSimd.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(firstb, x, s0b);
            x = TSimd.Broadcast(x1[0]);
            s1a = TSimd.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(firstb, x, s1b);
            x = TSimd.Broadcast(x2[0]);
            s2a = TSimd.FusedMultiplyAdd(firsta, x, s2a);
            s2b = TSimd.FusedMultiplyAdd(firstb, x, s2b);
            x = TSimd.Broadcast(x3[0]);
            s3a = TSimd.FusedMultiplyAdd(firsta, x, s3a);
            s3b = TSimd.FusedMultiplyAdd(firstb, x, s3b);
            x = TSimd.Broadcast(x4[0]);
            s4a = TSimd.FusedMultiplyAdd(firsta, x, s4a);
            s4b = TSimd.FusedMultiplyAdd(firstb, x, s4b);
            x = TSimd.Broadcast(x5[0]);
            s5a = TSimd.FusedMultiplyAdd(firsta, x, s5a);
            s5b = TSimd.FusedMultiplyAdd(firstb, x, s5b);
            x = TSimd.Broadcast(x6[0]);
            s6a = TSimd.FusedMultiplyAdd(firsta, x, s6a);
            s6b = TSimd.FusedMultiplyAdd(firstb, x, s6b);
            x = TSimd.Broadcast(x7[0]);
            s7a = TSimd.FusedMultiplyAdd(firsta, x, s7a);
            s7b = TSimd.FusedMultiplyAdd(firstb, x, s7b);
            x = TSimd.Broadcast(x0[1]);
            s0a = TSimd.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TSimd.FusedMultiplyAdd(secondb, x, s0b);
            x = TSimd.Broadcast(x1[1]);
            s1a = TSimd.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TSimd.FusedMultiplyAdd(secondb, x, s1b);
            x = TSimd.Broadcast(x2[1]);
            s2a = TSimd.FusedMultiplyAdd(seconda, x, s2a);
            s2b = TSimd.FusedMultiplyAdd(secondb, x, s2b);
            x = TSimd.Broadcast(x3[1]);
            s3a = TSimd.FusedMultiplyAdd(seconda, x, s3a);
            s3b = TSimd.FusedMultiplyAdd(secondb, x, s3b);
            x = TSimd.Broadcast(x4[1]);
            s4a = TSimd.FusedMultiplyAdd(seconda, x, s4a);
            s4b = TSimd.FusedMultiplyAdd(secondb, x, s4b);
            x = TSimd.Broadcast(x5[1]);
            s5a = TSimd.FusedMultiplyAdd(seconda, x, s5a);
            s5b = TSimd.FusedMultiplyAdd(secondb, x, s5b);
            x = TSimd.Broadcast(x6[1]);
            s6a = TSimd.FusedMultiplyAdd(seconda, x, s6a);
            s6b = TSimd.FusedMultiplyAdd(secondb, x, s6b);
            x = TSimd.Broadcast(x7[1]);
            s7a = TSimd.FusedMultiplyAdd(seconda, x, s7a);
            s7b = TSimd.FusedMultiplyAdd(secondb, x, s7b);
            w0 += TPanels.PairBytes;
            x0 += 2;
            x1 += 2;
            x2 += 2;
            x3 += 2;
            x4 += 2;
            x5 += 2;
            x6 += 2;
            x7 += 2;
        }

        s0a.Store(operands.Output(0, 0, 0));
        s0b.Store(operands.Output(0, 0, 1));
        s1a.Store(operands.Output(1, 0, 0));
        s1b.Store(operands.Output(1, 0, 1));
        s2a.Store(operands.Output(2, 0, 0));
        s2b.Store(operands.Output(2, 0, 1));
        s3a.Store(operands.Output(3, 0, 0));
        s3b.Store(operands.Output(3, 0, 1));
        s4a.Store(operands.Output(4, 0, 0));
        s4b.Store(operands.Output(4, 0, 1));
        s5a.Store(operands.Output(5, 0, 0));
        s5b.Store(operands.Output(5, 0, 1));
        s6a.Store(operands.Output(6, 0, 0));
        s6b.Store(operands.Output(6, 0, 1));
        s7a.Store(operands.Output(7, 0, 0));
        s7b.Store(operands.Output(7, 0, 1));
    }
}
