namespace Alignment.Training.LanguageModels;

/// <summary>The loss over tokens that were measured.</summary>
/// <param name="Nats">Sum of -log p.</param>
/// <param name="Tokens">Tokens that were predicted and count.</param>
public readonly record struct MeasuredLoss(double Nats, long Tokens)
{
    /// <summary>Nats a token; 0 where none counts.</summary>
    public double Mean => Tokens == 0 ? 0 : Nats / Tokens;
}
