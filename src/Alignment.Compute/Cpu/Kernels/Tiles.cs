using System.Runtime.CompilerServices;
using Alignment.Compute.Cpu.Lanes;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// Products of a few rows with groups of 32 weight rows. Every output is one strictly sequential chain of fused multiply-adds over the
/// columns, whatever the tile, so all tiles of all forms give the same bits. The sums are separate locals because only those live in registers;
/// hiding the latency of the chains takes eight sums or more, so small tiles take several groups at once. A tile that is not full repeats its
/// last row or group: computing the same number twice costs less than another variant.
/// </summary>
internal static unsafe class Tiles<TLanes, TPanels>
    where TLanes : struct, ILanes<TLanes>
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
        TLanes s0a = default, s0b = default, s0c = default, s0d = default, s0e = default, s0f = default, s0g = default, s0h = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TLanes firsta, out TLanes seconda);
            TPanels.LoadPair(w0, 1, out TLanes firstb, out TLanes secondb);
            TPanels.LoadPair(w1, 0, out TLanes firstc, out TLanes secondc);
            TPanels.LoadPair(w1, 1, out TLanes firstd, out TLanes secondd);
            TPanels.LoadPair(w2, 0, out TLanes firste, out TLanes seconde);
            TPanels.LoadPair(w2, 1, out TLanes firstf, out TLanes secondf);
            TPanels.LoadPair(w3, 0, out TLanes firstg, out TLanes secondg);
            TPanels.LoadPair(w3, 1, out TLanes firsth, out TLanes secondh);
            TLanes x = TLanes.Broadcast(x0[0]);
            s0a = TLanes.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(firstb, x, s0b);
            s0c = TLanes.FusedMultiplyAdd(firstc, x, s0c);
            s0d = TLanes.FusedMultiplyAdd(firstd, x, s0d);
            s0e = TLanes.FusedMultiplyAdd(firste, x, s0e);
            s0f = TLanes.FusedMultiplyAdd(firstf, x, s0f);
            s0g = TLanes.FusedMultiplyAdd(firstg, x, s0g);
            s0h = TLanes.FusedMultiplyAdd(firsth, x, s0h);
            x = TLanes.Broadcast(x0[1]);
            s0a = TLanes.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(secondb, x, s0b);
            s0c = TLanes.FusedMultiplyAdd(secondc, x, s0c);
            s0d = TLanes.FusedMultiplyAdd(secondd, x, s0d);
            s0e = TLanes.FusedMultiplyAdd(seconde, x, s0e);
            s0f = TLanes.FusedMultiplyAdd(secondf, x, s0f);
            s0g = TLanes.FusedMultiplyAdd(secondg, x, s0g);
            s0h = TLanes.FusedMultiplyAdd(secondh, x, s0h);
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
        TLanes s0a = default, s0b = default, s0c = default, s0d = default;
        TLanes s1a = default, s1b = default, s1c = default, s1d = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TLanes firsta, out TLanes seconda);
            TPanels.LoadPair(w0, 1, out TLanes firstb, out TLanes secondb);
            TPanels.LoadPair(w1, 0, out TLanes firstc, out TLanes secondc);
            TPanels.LoadPair(w1, 1, out TLanes firstd, out TLanes secondd);
            TLanes x = TLanes.Broadcast(x0[0]);
            s0a = TLanes.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(firstb, x, s0b);
            s0c = TLanes.FusedMultiplyAdd(firstc, x, s0c);
            s0d = TLanes.FusedMultiplyAdd(firstd, x, s0d);
            x = TLanes.Broadcast(x1[0]);
            s1a = TLanes.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(firstb, x, s1b);
            s1c = TLanes.FusedMultiplyAdd(firstc, x, s1c);
            s1d = TLanes.FusedMultiplyAdd(firstd, x, s1d);
            x = TLanes.Broadcast(x0[1]);
            s0a = TLanes.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(secondb, x, s0b);
            s0c = TLanes.FusedMultiplyAdd(secondc, x, s0c);
            s0d = TLanes.FusedMultiplyAdd(secondd, x, s0d);
            x = TLanes.Broadcast(x1[1]);
            s1a = TLanes.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(secondb, x, s1b);
            s1c = TLanes.FusedMultiplyAdd(secondc, x, s1c);
            s1d = TLanes.FusedMultiplyAdd(secondd, x, s1d);
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
        TLanes s0a = default, s0b = default;
        TLanes s1a = default, s1b = default;
        TLanes s2a = default, s2b = default;
        TLanes s3a = default, s3b = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TLanes firsta, out TLanes seconda);
            TPanels.LoadPair(w0, 1, out TLanes firstb, out TLanes secondb);
            TLanes x = TLanes.Broadcast(x0[0]);
            s0a = TLanes.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(firstb, x, s0b);
            x = TLanes.Broadcast(x1[0]);
            s1a = TLanes.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(firstb, x, s1b);
            x = TLanes.Broadcast(x2[0]);
            s2a = TLanes.FusedMultiplyAdd(firsta, x, s2a);
            s2b = TLanes.FusedMultiplyAdd(firstb, x, s2b);
            x = TLanes.Broadcast(x3[0]);
            s3a = TLanes.FusedMultiplyAdd(firsta, x, s3a);
            s3b = TLanes.FusedMultiplyAdd(firstb, x, s3b);
            x = TLanes.Broadcast(x0[1]);
            s0a = TLanes.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(secondb, x, s0b);
            x = TLanes.Broadcast(x1[1]);
            s1a = TLanes.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(secondb, x, s1b);
            x = TLanes.Broadcast(x2[1]);
            s2a = TLanes.FusedMultiplyAdd(seconda, x, s2a);
            s2b = TLanes.FusedMultiplyAdd(secondb, x, s2b);
            x = TLanes.Broadcast(x3[1]);
            s3a = TLanes.FusedMultiplyAdd(seconda, x, s3a);
            s3b = TLanes.FusedMultiplyAdd(secondb, x, s3b);
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
        TLanes s0a = default, s0b = default;
        TLanes s1a = default, s1b = default;
        TLanes s2a = default, s2b = default;
        TLanes s3a = default, s3b = default;
        TLanes s4a = default, s4b = default;
        TLanes s5a = default, s5b = default;
        TLanes s6a = default, s6b = default;
        TLanes s7a = default, s7b = default;
        int pairs = operands.Pairs;
        for (int i = 0; i < pairs; i++)
        {
            TPanels.LoadPair(w0, 0, out TLanes firsta, out TLanes seconda);
            TPanels.LoadPair(w0, 1, out TLanes firstb, out TLanes secondb);
            TLanes x = TLanes.Broadcast(x0[0]);
            s0a = TLanes.FusedMultiplyAdd(firsta, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(firstb, x, s0b);
            x = TLanes.Broadcast(x1[0]);
            s1a = TLanes.FusedMultiplyAdd(firsta, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(firstb, x, s1b);
            x = TLanes.Broadcast(x2[0]);
            s2a = TLanes.FusedMultiplyAdd(firsta, x, s2a);
            s2b = TLanes.FusedMultiplyAdd(firstb, x, s2b);
            x = TLanes.Broadcast(x3[0]);
            s3a = TLanes.FusedMultiplyAdd(firsta, x, s3a);
            s3b = TLanes.FusedMultiplyAdd(firstb, x, s3b);
            x = TLanes.Broadcast(x4[0]);
            s4a = TLanes.FusedMultiplyAdd(firsta, x, s4a);
            s4b = TLanes.FusedMultiplyAdd(firstb, x, s4b);
            x = TLanes.Broadcast(x5[0]);
            s5a = TLanes.FusedMultiplyAdd(firsta, x, s5a);
            s5b = TLanes.FusedMultiplyAdd(firstb, x, s5b);
            x = TLanes.Broadcast(x6[0]);
            s6a = TLanes.FusedMultiplyAdd(firsta, x, s6a);
            s6b = TLanes.FusedMultiplyAdd(firstb, x, s6b);
            x = TLanes.Broadcast(x7[0]);
            s7a = TLanes.FusedMultiplyAdd(firsta, x, s7a);
            s7b = TLanes.FusedMultiplyAdd(firstb, x, s7b);
            x = TLanes.Broadcast(x0[1]);
            s0a = TLanes.FusedMultiplyAdd(seconda, x, s0a);
            s0b = TLanes.FusedMultiplyAdd(secondb, x, s0b);
            x = TLanes.Broadcast(x1[1]);
            s1a = TLanes.FusedMultiplyAdd(seconda, x, s1a);
            s1b = TLanes.FusedMultiplyAdd(secondb, x, s1b);
            x = TLanes.Broadcast(x2[1]);
            s2a = TLanes.FusedMultiplyAdd(seconda, x, s2a);
            s2b = TLanes.FusedMultiplyAdd(secondb, x, s2b);
            x = TLanes.Broadcast(x3[1]);
            s3a = TLanes.FusedMultiplyAdd(seconda, x, s3a);
            s3b = TLanes.FusedMultiplyAdd(secondb, x, s3b);
            x = TLanes.Broadcast(x4[1]);
            s4a = TLanes.FusedMultiplyAdd(seconda, x, s4a);
            s4b = TLanes.FusedMultiplyAdd(secondb, x, s4b);
            x = TLanes.Broadcast(x5[1]);
            s5a = TLanes.FusedMultiplyAdd(seconda, x, s5a);
            s5b = TLanes.FusedMultiplyAdd(secondb, x, s5b);
            x = TLanes.Broadcast(x6[1]);
            s6a = TLanes.FusedMultiplyAdd(seconda, x, s6a);
            s6b = TLanes.FusedMultiplyAdd(secondb, x, s6b);
            x = TLanes.Broadcast(x7[1]);
            s7a = TLanes.FusedMultiplyAdd(seconda, x, s7a);
            s7b = TLanes.FusedMultiplyAdd(secondb, x, s7b);
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
