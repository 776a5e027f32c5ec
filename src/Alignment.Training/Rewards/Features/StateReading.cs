using Alignment.Models.Configuration;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Features;

/// <summary>The last hidden state (after the final norm) at some tokens of a response: what value heads read.</summary>
public sealed unsafe class StateReading(ResponsePositions positions) : FeatureReading
{
    /// <inheritdoc/>
    public override string Name => $"state, {positions}";

    /// <inheritdoc/>
    public override int Width(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.HiddenSize;
    }

    /// <inheritdoc/>
    public override int Rows(ResponseTokens response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return positions.Count(response);
    }

    internal override void Read(FrozenPass pass, ResponseTokens response, Span<float> destination)
    {
        int width = pass.Model.Config.HiddenSize;
        foreach (int token in positions.Of(response))
        {
            pass.Model.Backend.Download(pass.Activations.Hidden + ((long)token * width), destination[..width]);
            destination = destination[width..];
        }
    }
}
