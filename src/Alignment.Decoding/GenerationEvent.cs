namespace Alignment.Decoding;

/// <summary>
/// What a generation yields, in order: a <see cref="PromptEvent"/> per choice where asked for, any number of <see cref="TextEvent"/> and
/// one
/// <see cref="FinishEvent"/> per choice, a <see cref="ReportEvent"/> where asked for, one <see cref="UsageEvent"/>.
/// </summary>
public abstract record GenerationEvent;
