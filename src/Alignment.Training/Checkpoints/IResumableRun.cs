using Alignment.Compute.Contract.Training;
using Alignment.Training.Optimizers;

namespace Alignment.Training.Checkpoints;

/// <summary>A run whose whole state is its parameters, and its optimizer's moments and steps.</summary>
public interface IResumableRun
{
    /// <summary>What is trained.</summary>
    TrainingBuffer Parameters { get; }

    /// <summary>Its moments and step count.</summary>
    AdamWOptimizer Optimizer { get; }
}
