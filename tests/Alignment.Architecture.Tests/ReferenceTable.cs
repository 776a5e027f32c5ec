namespace Alignment.Architecture.Tests;

/// <summary>
/// Who may refer to whom: the table of the design. One entry is wider than there: Decoding writes next-token rules, which are data of the backend
/// contract, so it sees Compute, but of it only <c>NextToken</c> and <c>Random</c> (<see cref="Knows"/>).
/// </summary>
internal static class ReferenceTable
{
    public static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Compute"] = [],
        ["Compute.Cuda"] = ["Compute"],
        ["Models"] = ["Compute"],
        ["Inference"] = ["Compute", "Models"],
        ["Rewards"] = ["Compute", "Models", "Inference"],
        ["Decoding"] = ["Compute", "Inference", "Rewards", "Models"],
        ["Training"] = ["Compute", "Models", "Rewards"],
        ["Hosting"] = ["Compute", "Compute.Cuda", "Models", "Inference", "Rewards", "Decoding"],
        ["Server"] = ["Hosting", "Decoding", "Inference"],
        ["Cli"] = ["Compute", "Compute.Cuda", "Models", "Inference", "Rewards", "Decoding", "Training", "Hosting", "Server"],
    };

    /// <summary>Of a project that is referred to, the only namespaces that may be used.</summary>
    public static readonly IReadOnlyList<(string Project, string Other, string[] Namespaces)> Knows =
    [
        ("Decoding", "Compute", ["Alignment.Compute.NextToken", "Alignment.Compute.Random"]),
        ("Decoding", "Models", ["Alignment.Models", "Alignment.Models.Tokenization", "Alignment.Models.ChatTemplates"]),
        ("Cli", "Compute", ["Alignment.Compute", "Alignment.Compute.Cpu", "Alignment.Compute.NextToken", "Alignment.Compute.Training"]),
    ];
}
