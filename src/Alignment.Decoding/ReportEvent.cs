using Alignment.Decoding.Reports;

namespace Alignment.Decoding;

/// <summary>What alignment did to this request; sent only where asked for.</summary>
/// <param name="Report">The report.</param>
public sealed record ReportEvent(AlignmentReport Report) : GenerationEvent;
