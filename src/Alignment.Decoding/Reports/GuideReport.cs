namespace Alignment.Decoding.Reports;

/// <summary>One guide of a request.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Weight">Its weight.</param>
public sealed record GuideReport(string Source, float Weight);
