using System.Text.RegularExpressions;
using Alignment.Tests;

namespace Alignment.Architecture.Tests;

/// <summary>
/// Who may refer to whom: the table of docs/architecture.md. One entry is wider than a floor plan would have it: Decoding writes next-token
/// rules, which are data of the backend contract, so it sees Compute, but of it only <c>NextToken</c> and <c>Random</c>
/// (<see cref="Knows"/>).
/// </summary>
internal static partial class ReferenceTable
{
    public static readonly IReadOnlyDictionary<string, string[]> Allowed = Row()
        .Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "architecture.md")))
        .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value.Split(", "), StringComparer.Ordinal);

    /// <summary>Of a project that is referred to, the only namespaces that may be used.</summary>
    public static readonly IReadOnlyList<(string Project, string Other, string[] Namespaces)> Knows =
    [
        ("Decoding", "Compute", ["Alignment.Compute.Contract.NextToken", "Alignment.Compute.Contract.Random"]),
        ("Decoding", "Models", ["Alignment.Models", "Alignment.Models.Tokenization", "Alignment.Models.Json"]),
        ("Server", "Models", ["Alignment.Models.Json"]),
        (
            "Cli",
            "Compute",
            [
                "Alignment.Compute.Contract", "Alignment.Compute.Contract.NextToken", "Alignment.Compute.Contract.Training",
                "Alignment.Compute.Cpu",
            ]),
    ];

    [GeneratedRegex(@"^\| `Alignment\.([\w.]+)` \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
