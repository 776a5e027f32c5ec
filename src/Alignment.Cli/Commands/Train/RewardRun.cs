using Alignment.Compute.Threading;
using Alignment.Training.Rewards;
using Alignment.Training.Transformers;

namespace Alignment.Cli.Commands.Train;

/// <summary>Everything one reward is trained from, and where it goes.</summary>
internal sealed record RewardRun(
    string Name,
    string Folder,
    TrainableTransformer Model,
    string BaseModelSha256,
    RewardSettings Settings,
    IReadOnlyList<RewardExample> Training,
    IReadOnlyList<RewardExample> HeldOut,
    ThreadTeam Team,
    Action<RewardProgress> Progress,
    CancellationToken Cancellation);
