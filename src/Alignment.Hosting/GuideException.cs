namespace Alignment.Hosting;

/// <summary>A guide cannot be loaded.</summary>
/// <param name="guide">Its name.</param>
/// <param name="fault">Says which file and why.</param>
public sealed class GuideException(string guide, Exception fault) : IOException(fault.Message, fault)
{
    /// <summary>The guide's name.</summary>
    public string Guide { get; } = guide;
}
