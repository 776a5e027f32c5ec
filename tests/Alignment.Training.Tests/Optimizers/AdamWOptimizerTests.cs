using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Optimizers;

/// <summary>The optimiser and its schedule against their formulas in double precision.</summary>
public sealed unsafe class AdamWOptimizerTests
{
    private const double Rate = 0.01;
    private const double Decay = 0.1;

    [Theory]
    [InlineData(1e9)]
    [InlineData(0.5)]
    public void Updates_follow_Loshchilov_and_Hutter_with_a_clipped_gradient(double maxNorm)
    {
        ParameterTensor[] tensors = [new("matrix", [2, 3], 0), new("norm", [4], 6)];
        using CpuTrainingBackend backend = new(threads: 2);
        using AdamWOptimizer optimizer = new(tensors, backend);
        using TrainingBuffer values = backend.Allocate(10);
        using TrainingBuffer gradients = backend.Allocate(10);
        double[] x = [.. Enumerable.Range(0, 10).Select(i => Math.Sin(i) + 1)];
        double[] m = new double[10];
        double[] v = new double[10];
        values.Write(0, Array.ConvertAll(x, value => (float)value));
        for (int step = 1; step <= 5; step++)
        {
            double[] g = [.. Enumerable.Range(0, 10).Select(i => Math.Cos(i * step))];
            gradients.Write(0, Array.ConvertAll(g, value => (float)value));
            double norm = Math.Sqrt(g.Sum(value => value * value));
            Assert.Equal(norm, optimizer.Step(gradients, Rate, Decay, maxNorm, values), 1e-5);
            for (int i = 0; i < 10; i++)
            {
                double clipped = g[i] * Math.Min(1, maxNorm / norm);
                m[i] = (0.9 * m[i]) + (0.1 * clipped);
                v[i] = (0.95 * v[i]) + (0.05 * clipped * clipped);
                double direction = m[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step))) + 1e-8);
                x[i] -= Rate * (direction + (i < 6 ? Decay * x[i] : 0));
                Assert.Equal(x[i], values.Pointer[i], 1e-5);
                Assert.Equal(0, gradients.Pointer[i]);
            }
        }
    }

    [Fact]
    public void The_rate_rises_linearly_and_falls_as_a_cosine()
    {
        CosineSchedule schedule = new(2, 10, 110);
        Assert.Equal(0.2, schedule.Rate(0), 1e-9);
        Assert.Equal(2, schedule.Rate(9), 1e-9);
        Assert.All(
            Enumerable.Range(10, 100),
            step => Assert.Equal(0.04 + (1.96 * (1 + Math.Cos(Math.PI * (step - 10) / 99)) / 2), schedule.Rate(step), 1e-12));
        Assert.Equal(schedule.Rate(109), schedule.Rate(500));
    }
}
