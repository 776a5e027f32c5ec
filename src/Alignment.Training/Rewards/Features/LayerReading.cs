using Alignment.Models.Configuration;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// One row of everything that a head could read: for each layer the state behind it, and last of all the state after the final norm; of
/// each the last token's and the mean over the response, [layers + 1, 2, hidden]. For measuring: the server reads the last of these states
/// only.
/// </summary>
public sealed unsafe class LayerReading : FeatureReading
{
    /// <inheritdoc/>
    public override string Name => "every layer, last and mean";

    /// <inheritdoc/>
    public override int Width(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return (model.Layers + 1) * 2 * model.HiddenSize;
    }

    /// <inheritdoc/>
    public override int Rows(ResponseTokens response) => 1;

    internal override void Read(FrozenPass pass, ResponseTokens response, Span<float> destination)
    {
        ModelConfig config = pass.Model.Config;
        float[] states = new float[response.Count * config.HiddenSize];
        long first = (long)response.Start * config.HiddenSize;
        for (int layer = 0; layer <= config.Layers; layer++)
        {
            float* source = layer < config.Layers ? pass.Activations.Residual(layer + 1) : pass.Activations.Hidden;
            pass.Model.Backend.Download(source + first, states);
            Span<float> pooled = destination.Slice(layer * 2 * config.HiddenSize, 2 * config.HiddenSize);
            states.AsSpan(states.Length - config.HiddenSize).CopyTo(pooled);
            Mean(states, pooled[config.HiddenSize..]);
        }
    }

    private static void Mean(ReadOnlySpan<float> states, Span<float> mean)
    {
        int rows = states.Length / mean.Length;
        for (int i = 0; i < mean.Length; i++)
        {
            double sum = 0;
            for (int row = 0; row < rows; row++)
            {
                sum += states[(row * mean.Length) + i];
            }

            mean[i] = (float)(sum / rows);
        }
    }
}
