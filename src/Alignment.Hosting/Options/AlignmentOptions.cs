using System.ComponentModel.DataAnnotations;
using Alignment.Compute.Cpu;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Requests;
using Alignment.Hosting.Devices;
using Alignment.Inference;
using Alignment.Inference.Scheduling;

namespace Alignment.Hosting.Options;

/// <summary>The configuration section <c>Alignment</c>.</summary>
public sealed record AlignmentOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Alignment";

    /// <summary>What is served.</summary>
    public IReadOnlyList<ModelOptions> Models { get; init; } = [];

    /// <summary>Named settings over a model, which clients select as <c>model:profile</c>.</summary>
    public IReadOnlyDictionary<string, ProfileOptions> Profiles { get; init; } = new Dictionary<string, ProfileOptions>();

    /// <summary>What requests cannot lower.</summary>
    public AlignmentPolicy Policy { get; init; } = new();

    /// <summary>How much one request may ask for.</summary>
    public GenerationLimits Limits { get; init; } = new();

    /// <summary>Sizes of each model's engine.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>What models run on: <c>cpu</c>, <c>cuda:N</c>, or <c>auto</c>, the first CUDA device where one can be used.</summary>
    public string Device { get; init; } = DeviceChoice.Cpu;

    /// <summary>Worker threads of each model; null: ALIGNMENT_THREADS, else one per processor.</summary>
    [Range(1, CpuBackend.MaxThreads)]
    public int? Threads { get; init; }
}
