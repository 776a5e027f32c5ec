using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Threading;

namespace Alignment.Benchmarks.Training;

/// <summary>
/// The most that the processor can do in f32: every thread multiplies and adds in registers alone. Twelve sums hide the latency of a fused
/// multiply-add on any processor of today.
/// </summary>
internal sealed class MultiplyAddLimit(int threads) : IDisposable
{
    private const int Turns = 20_000_000;
    private const int Sums = 12;

    private readonly ThreadTeam _team = new(threads);
    private readonly float[] _results = new float[threads];

    /// <summary>Operations of one run: a multiply-add counts as two.</summary>
    public double Operations => 2.0 * Turns * Sums * Width * _team.Workers;

    private static int Width => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;

    public void Run() => _team.Run(new Job(_results));

    public void Dispose() => _team.Dispose();

    private readonly struct Job(float[] results) : IParallelJob
    {
        public void Execute(int worker, int workers) =>
            results[worker] = Vector512.IsHardwareAccelerated ? Wide(Turns) : Narrow(Turns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide(int turns)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector512<float> factor = Vector512.Create(0.5f);
        for (int turn = 0; turn < turns; turn++)
        {
            (a, b, c) = (Add(a, factor), Add(b, factor), Add(c, factor));
            (d, e, f) = (Add(d, factor), Add(e, factor), Add(f, factor));
            (g, h, i) = (Add(g, factor), Add(h, factor), Add(i, factor));
            (j, k, l) = (Add(j, factor), Add(k, factor), Add(l, factor));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Narrow(int turns)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector256<float> factor = Vector256.Create(0.5f);
        for (int turn = 0; turn < turns; turn++)
        {
            (a, b, c) = (Add(a, factor), Add(b, factor), Add(c, factor));
            (d, e, f) = (Add(d, factor), Add(e, factor), Add(f, factor));
            (g, h, i) = (Add(g, factor), Add(h, factor), Add(i, factor));
            (j, k, l) = (Add(j, factor), Add(k, factor), Add(l, factor));
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static Vector512<float> Add(Vector512<float> sum, Vector512<float> factor) => Vector512.FusedMultiplyAdd(sum, factor, factor);

    private static Vector256<float> Add(Vector256<float> sum, Vector256<float> factor) => Vector256.FusedMultiplyAdd(sum, factor, factor);
}
