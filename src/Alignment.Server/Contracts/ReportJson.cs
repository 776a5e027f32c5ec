using System.Text.Json;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>A report as <c>alignment.report</c> of an answer has it, for whoever shows one without HTTP.</summary>
public static class ReportJson
{
    /// <summary>The report on one line.</summary>
    public static string Write(AlignmentReport report) => JsonSerializer.Serialize(report, ServerJson.Wire.AlignmentReport);
}
