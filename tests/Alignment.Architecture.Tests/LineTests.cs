using Alignment.Tests;

namespace Alignment.Architecture.Tests;

/// <summary>A line of source is read without scrolling.</summary>
public sealed class LineTests
{
    private const int Longest = 140;

    private static readonly string[] s_folders = ["src", "tests", "benchmarks", "samples"];

    /// <summary>
    /// Files with lines that are still longer, most of them texts that mean something as they are: expressions, templates, JSON. A name
    /// leaves this list with its last long line, and none joins it.
    /// </summary>
    private static readonly string[] s_unmended =
    [
        "benchmarks/Alignment.Benchmarks.Gpu/Results/Report.cs",
        "benchmarks/Alignment.Benchmarks/EndToEnd/DecodeBenchmark.cs",
        "benchmarks/Alignment.Benchmarks/Rewards/RewardBenchmark.cs",
        "benchmarks/Alignment.Benchmarks/Scheduling/SchedulingBenchmark.cs",
        "src/Alignment.Compute.Cuda/Training/CudaTrainingBackend.cs",
        "src/Alignment.Templates/Library/Casing.cs",
        "src/Alignment.Templates/Library/FormatSpec.cs",
        "tests/Alignment.Compute.Cuda.Tests/SignatureTests.cs",
        "tests/Alignment.Compute.Cuda.Tests/Signatures/CHeader.cs",
        "tests/Alignment.Decoding.Tests/Binding/AlignmentBinderTests.cs",
        "tests/Alignment.Decoding.Tests/Oracles/BestOfNOracleTests.cs",
        "tests/Alignment.Models.Tests/Checkpoints/HostileAdapterTests.cs",
        "tests/Alignment.Models.Tests/Checkpoints/HostileCheckpointTests.cs",
        "tests/Alignment.Models.Tests/Checkpoints/PublishedConfigTests.cs",
        "tests/Alignment.Models.Tests/Tokenization/ExpressionOracleTests.cs",
        "tests/Alignment.Models.Tests/Tokenization/RoleInjectionTests.cs",
        "tests/Alignment.Models.Tests/Tokenization/TextCorpus.cs",
        "tests/Alignment.Models.Tests/Tokenization/TokenizerFileTests.cs",
        "tests/Alignment.Server.Tests/ChatCompletionsTests.cs",
        "tests/Alignment.Server.Tests/CompletionsTests.cs",
        "tests/Alignment.Server.Tests/CrowdTests.cs",
        "tests/Alignment.Server.Tests/ErrorTests.cs",
        "tests/Alignment.Templates.Tests/ProvenanceTests.cs",
        "tests/Alignment.Templates.Tests/PublishedTemplatesTests.cs",
        "tests/Alignment.Training.Tests/Data/PreferenceReaderTests.cs",
        "tests/Shared/Models/TinyRewards.cs",
    ];

    [Fact]
    public void No_line_is_longer_than_a_screen_is_wide()
    {
        IEnumerable<string> wrong = Sources()
            .Except(Unmended)
            .SelectMany(file => LongLines(file)
                .Select(line => $"{file}:{line.Index + 1}: {line.Item.Length} characters, at most {Longest}"));
        Assert.Equal([], wrong);
    }

    [Fact]
    public void A_file_that_is_mended_is_not_listed() => Assert.All(Unmended, file => Assert.NotEmpty(LongLines(file)));

    private static IEnumerable<string> Unmended => s_unmended.Select(name => Path.Combine(RepositoryPaths.Root, name));

    private static IEnumerable<(int Index, string Item)> LongLines(string file)
        => File.ReadLines(file).Index().Where(line => line.Item.Length > Longest);

    private static IEnumerable<string> Sources() => s_folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(RepositoryPaths.Root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));
}
