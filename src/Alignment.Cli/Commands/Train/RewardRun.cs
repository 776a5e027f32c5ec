using Alignment.Training.Rewards;
using Alignment.Training.Transformers;

namespace Alignment.Cli.Commands.Train;

/// <summary>Everything one reward is trained from, and where it goes. The model has its backend; what the host does itself, it does in so many threads.</summary>
internal sealed record RewardRun(
    string Name,
    string Folder,
    TrainableTransformer Model,
    string BaseModelSha256,
    RewardSettings Settings,
    IReadOnlyList<RewardExample> Training,
    IReadOnlyList<RewardExample> HeldOut,
    int Threads,
    Action<RewardProgress> Progress,
    CancellationToken Cancellation);
