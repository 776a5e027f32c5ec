using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Policy;

/// <summary>What an <c>alignment</c> object says itself; null where it says nothing.</summary>
internal sealed record AskedAlignment(IReadOnlyList<GuidanceSource>? Guidance, SearchSettings? Search, bool? Report)
{
    /// <summary>The settings of a profile where this says nothing.</summary>
    public AlignmentSettings Over(AlignmentSettings profile) => new()
    {
        Guidance = Guidance ?? profile.Guidance,
        Search = Search ?? profile.Search,
        Report = Report ?? profile.Report,
    };
}
