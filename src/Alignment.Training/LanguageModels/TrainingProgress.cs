namespace Alignment.Training.LanguageModels;

/// <summary>Where a run stands after an update.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Steps">Updates in all.</param>
/// <param name="Loss">Mean loss of the update, nats a token.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="TokensPerSecond">Of this update.</param>
/// <param name="Remaining">Estimated time to the end.</param>
/// <param name="HeldOutLoss">Where it was measured after this update: nats a token.</param>
public sealed record TrainingProgress(
    int Step, int Steps, double Loss, double GradientNorm, double TokensPerSecond, TimeSpan Remaining, double? HeldOutLoss);
