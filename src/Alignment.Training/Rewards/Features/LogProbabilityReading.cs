using Alignment.Models.Configuration;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Features;

/// <summary>One number: the model's log-probability of a response, its end included.</summary>
public sealed class LogProbabilityReading : FeatureReading
{
    /// <inheritdoc/>
    public override string Name => "log-probability";

    /// <inheritdoc/>
    public override int Width(ModelConfig model) => 1;

    /// <inheritdoc/>
    public override int Rows(ResponseTokens response) => 1;

    internal override void Read(FrozenPass pass, ResponseTokens response, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(response);
        float[] logProbabilities = new float[response.Targets.Length];
        pass.Worker.LogProbabilities(pass.Activations, response.Targets, logProbabilities);
        double sum = 0;
        foreach (float logProbability in logProbabilities.AsSpan(response.Start - 1))
        {
            sum += logProbability;
        }

        destination[0] = (float)sum;
    }
}
