using Alignment.Models.Configuration;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// The last hidden states from which the tokens of a response are predicted, one row a token: what token-reward heads read.
/// </summary>
public sealed unsafe class TokenReading : FeatureReading
{
    /// <inheritdoc/>
    public override string Name => "before every token";

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
        return response.Count;
    }

    internal override void Read(FrozenPass pass, ResponseTokens response, Span<float> destination) =>
        pass.Model.Backend.Download(pass.Activations.Hidden + ((long)(response.Start - 1) * pass.Model.Config.HiddenSize), destination);
}
