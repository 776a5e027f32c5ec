using Alignment.Hosting.Options;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Tests.Options;

public sealed class AlignmentOptionsReaderTests
{
    [Fact]
    public void Every_problem_is_listed_at_once()
    {
        InvalidConfigurationException fault = Assert.Throws<InvalidConfigurationException>(() => Read(("Threads", "0"), ("Engine:Pages", "0"), ("Limits:MaxChoices", "-1"), ("Profiles:a:Model", "x"), ("Models:0:Name", "nameless"), ("Policy:MinimumGuidance:harmless", "9")));
        Assert.Equal(5, fault.Problems.Count);
        Assert.All(["Models", "Threads", "Engine", "Limits", "Policy:MinimumGuidance:harmless"], name => Assert.Contains($"Alignment:{name}", fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Modles:0:Path", "x", "Modles")]
    [InlineData("Threads", "many", "Threads")]
    [InlineData("Engine:Pagse", "9", "Pagse")]
    [InlineData("Policy:MinimumGuidence:a", "1", "MinimumGuidence")]
    [InlineData("Policy:MaximumTemperature", "hot", "MaximumTemperature")]
    public void Unknown_names_and_wrong_types_are_refused_by_name(string key, string value, string named)
        => Assert.Contains(named, Assert.Throws<InvalidConfigurationException>(() => Read(("Models:0:Path", "x"), (key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read()
    {
        AlignmentOptions options = Read(
            ("Models:0:Path", "a"), ("Models:1:Path", "b"), ("Models:1:Name", "c"), ("Policy:MinimumGuidance:harmless", "0.5"), ("Engine:Pages", "99"), ("Limits:MaxCandidates", "3"),
            ("Profiles:p:Sampling:Temperature", "0.25"));
        Assert.Equal([("", "a"), ("c", "b")], options.Models.Select(model => (model.Name, model.Path)));
        Assert.Equal(0.5f, options.Policy.MinimumGuidance["harmless"]);
        Assert.Equal((99, 3), (options.Engine.Pages, options.Limits.MaxCandidates));
        Assert.Equal(0.25f, options.Profiles["p"].Sampling.Temperature);
    }

    private static AlignmentOptions Read(params (string Key, string Value)[] settings) => AlignmentOptionsReader.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>($"Alignment:{setting.Key}", setting.Value))).Build());
}
