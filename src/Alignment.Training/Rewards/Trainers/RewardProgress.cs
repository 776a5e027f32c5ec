namespace Alignment.Training.Rewards.Trainers;

/// <summary>Where a run stands after an update.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Steps">Updates in all.</param>
/// <param name="Loss">Mean loss of the update, nats a pair.</param>
/// <param name="Accuracy">Share of the update's pairs that were ordered rightly before it; null where nothing is ordered.</param>
/// <param name="Remaining">Estimated time to the end.</param>
public sealed record RewardProgress(int Step, int Steps, double Loss, double? Accuracy, TimeSpan Remaining);
