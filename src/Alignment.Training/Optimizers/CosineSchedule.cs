namespace Alignment.Training.Optimizers;

/// <summary>Learning rate: a linear rise over the warm-up, then half a cosine down to a fraction of the peak.</summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="WarmUpSteps">Steps of the rise.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="FinalFraction">Rate of the last step, as a fraction of the peak.</param>
public sealed record CosineSchedule(double Peak, int WarmUpSteps, int Steps, double FinalFraction = 0.02)
{
    /// <summary>Rate of a step, counted from 0.</summary>
    public double Rate(int step)
    {
        if (step < WarmUpSteps)
        {
            return Peak * (step + 1) / WarmUpSteps;
        }

        double progress = Math.Min(1, (step - WarmUpSteps) / (double)Math.Max(1, Steps - WarmUpSteps - 1));
        return Peak * (FinalFraction + ((1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
