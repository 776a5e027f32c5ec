namespace Alignment.Training.LanguageModels;

/// <summary>Where a run stands after an update.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Steps">Updates in all.</param>
/// <param name="Tokens">Tokens seen by all updates so far.</param>
/// <param name="Loss">Mean loss of the update, nats a token.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="TokensPerSecond">Of this update.</param>
/// <param name="Remaining">Estimated time to the end.</param>
/// <param name="HeldOut">Where it was measured after this update: on a sample, but on all held-out tokens after the last one.</param>
public sealed record TrainingProgress(
    int Step,
    int Steps,
    long Tokens,
    double Loss,
    double GradientNorm,
    double TokensPerSecond,
    TimeSpan Remaining,
    MeasuredLoss? HeldOut);
