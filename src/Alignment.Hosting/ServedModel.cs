using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Requests;

namespace Alignment.Hosting;

/// <summary>One name that clients may put in <c>model</c>: a model as it is, or a model under a profile (<c>model:profile</c>).</summary>
public sealed record ServedModel
{
    /// <summary>The name.</summary>
    public required string Id { get; init; }

    /// <summary>The model's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What it runs on and why: "cpu, Vector512, 2 threads (as configured)".</summary>
    public required string Device { get; init; }

    /// <summary>What its cache holds, for the line printed at start; a model and its profiles share one.</summary>
    public required string Cache { get; init; }

    /// <summary>Generates with it; a model and its profiles share one.</summary>
    public required IGenerator Generator { get; init; }

    /// <summary>Binds requests' <c>alignment</c> objects.</summary>
    public required AlignmentBinder Binder { get; init; }

    /// <summary>Alignment where the request does not say otherwise.</summary>
    public AlignmentSettings Alignment { get; init; } = AlignmentSettings.None;

    /// <summary>Sampling where the request does not say otherwise; the profile's or the model's <c>generation_config.json</c>.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Longest prompt and response together, in tokens.</summary>
    public required int ContextLength { get; init; }
}
