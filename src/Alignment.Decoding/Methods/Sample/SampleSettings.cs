using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Methods.Sample;

/// <summary>Draw each response on its own. No options.</summary>
public sealed record SampleSettings : SearchSettings
{
    /// <summary>The method's name.</summary>
    public const string Name = "sample";

    /// <inheritdoc/>
    public override string Method => Name;

    internal static MethodDescriptor Descriptor { get; } = new(Name, (_, _, _) => new SampleSettings(), _ => new SampleMethod())
    {
        Description = "Draws each response on its own, and streams it as it is drawn.",
    };
}
