using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Training.Optimizers;

namespace Alignment.Training.Tests.Optimizers;

public sealed unsafe class GradientLanesTests
{
    private const int Length = 40_000;

    /// <summary>The numbers are such that another order of additions would give other bits.</summary>
    [Theory]
    [InlineData(1, 3), InlineData(2, 16), InlineData(3, 37), InlineData(5, 37)]
    public void The_sum_is_the_same_bits_with_any_number_of_threads(int threads, int items)
    {
        using CpuTrainingBackend one = new(threads: 1);
        using CpuTrainingBackend many = new(threads);
        Assert.Equal(Sums(one, items), Sums(many, items));
    }

    [Fact]
    public void All_threads_have_work()
    {
        const int Threads = 6;
        using CpuTrainingBackend backend = new(Threads);
        using GradientLanes lanes = new(backend, Length, mostItems: Threads);
        using Barrier together = new(Threads);
        lanes.Run(Threads, (_, _, _) => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(60)), "a thread did not come"));
    }

    /// <summary>Twice, since the second batch must not begin with what the first has left.</summary>
    private static float[] Sums(CpuTrainingBackend backend, int items)
    {
        using GradientLanes lanes = new(backend, Length, items);
        return [.. Sum(items), .. Sum(Math.Max(1, items / 2))];

        float[] Sum(int count)
        {
            lanes.Run(count, (_, item, gradients) => Add(item, gradients));
            TrainingBuffer sum = lanes.Sum();
            float[] values = new float[Length];
            sum.Read(0, values);
            sum.Clear();
            double expected = Enumerable.Range(0, count).Sum(item => Value(item, Length - 1));
            Assert.Equal(expected, values[^1], 1e-3 * Math.Abs(expected) + 1e-4);
            return values;
        }
    }

    private static void Add(int item, TrainingBuffer gradients)
    {
        for (int i = 0; i < Length; i++)
        {
            gradients.Pointer[i] += Value(item, i);
        }
    }

    private static float Value(int item, int i) => MathF.Sin((item * 12.9f) + i) * MathF.Exp(item % 7);
}
