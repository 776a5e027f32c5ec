using System.Text;
using System.Text.RegularExpressions;
using Alignment.Decoding.Policy;
using Alignment.Hosting.Options;
using Alignment.Tests;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Tests.Options;

/// <summary>docs/policy.md says what there is.</summary>
public sealed partial class PolicyDocumentTests
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "policy.md"));

    [Fact]
    public void Its_table_has_every_key_and_no_other()
    {
        IEnumerable<string> keys = typeof(AlignmentPolicy).GetProperties().Where(property => property.CanWrite).Select(
            property => property.Name);
        Assert.Equal(keys.Order(), Row().Matches(s_text).Select(row => row.Groups[1].Value).Order());
    }

    [Fact]
    public void Its_example_is_a_policy()
    {
        string json = s_text.Split("```json")[1].Split("```")[0];
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(json));
        KeyValuePair<string, string?>[] model = [new("Alignment:Models:0:Path", "x")];
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(file).AddInMemoryCollection(model).Build();
        List<string> problems = [];
        AlignmentPolicy policy = AlignmentOptionsReader.Read(configuration, problems).Policy;
        Assert.Empty(problems);
        Assert.Equal((-0.5f, 4, 2f), (policy.MinimumGuidance["prompt"], policy.MinimumCandidates, policy.MaximumLogitBias));
    }

    [GeneratedRegex("^\\| `([A-Za-z]+)(?::NAME)?` \\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
