using Alignment.Hosting.Options;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Tests.Options;

public sealed class AlignmentOptionsReaderTests
{
    [Fact]
    public void Every_problem_is_listed_at_once()
    {
        List<string> problems = Problems(
            ("Threads", "0"), ("Engine:Pages", "0"), ("Limits:MaxChoices", "-1"), ("Profiles:a:Model", "x"), ("Models:0:Name", "nameless"),
            ("Policy:MinimumGuidance:harmless", "9"));
        Assert.Equal(5, problems.Count);
        Assert.All(
            ["Models", "Threads", "Engine:Pages", "Limits:MaxChoices", "Policy:MinimumGuidance:harmless"],
            name => Assert.Contains(problems, problem => problem.StartsWith($"Alignment:{name}: ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Modles:0:Path", "x", "Alignment:Modles: unknown key; did you mean 'Models'?; what exists: Models, Profiles, Policy")]
    [InlineData("Polcy:MinimumGuidance:harmless", "1", "Alignment:Polcy: unknown key; did you mean 'Policy'?")]
    [InlineData("Policy:MinimumGuidence:a", "1", "Alignment:Policy:MinimumGuidence: unknown key; did you mean 'MinimumGuidance'?")]
    [InlineData("Policy:MaximumTemperature", "hot", "Alignment:Policy:MaximumTemperature: must be a number, not 'hot'")]
    [InlineData("Engine:Pagse", "9", "Alignment:Engine:Pagse: unknown key; did you mean 'Pages'?")]
    [InlineData("Models:1:Pth", "x", "Alignment:Models:1:Pth: unknown key; did you mean 'Path'?")]
    [InlineData("Profiles:p:Sampling:TopQ", "1", "Alignment:Profiles:p:Sampling:TopQ: unknown key; did you mean 'TopP'?")]
    [InlineData("Engine:OnFault", "x", "Alignment:Engine:OnFault: unknown key;")]
    [InlineData("Threads", "many", "Alignment:Threads: must be an integer from 1 to 1024, not 'many'")]
    [InlineData("Threads", "", "Alignment:Threads: must be an integer from 1 to 1024, not ''")]
    [InlineData("Threads", "99999999999", "Alignment:Threads: must be an integer from 1 to 1024, not '99999999999'")]
    [InlineData("Threads", "1.5", "Alignment:Threads: must be an integer")]
    [InlineData("Threads:0", "1", "Alignment:Threads: must be an integer, not a list or section")]
    [InlineData("Device:Name", "cpu", "Alignment:Device: must be text, not a list or section")]
    [InlineData("Engine:PrefillChunk", null, "Alignment:Engine:PrefillChunk: must be an integer, not null; leave it out for its default")]
    [InlineData(
        "Policy:MaximumTemperature", null, "Alignment:Policy:MaximumTemperature: must be a number, not null; leave it out for its default")]
    [InlineData("Engine", "large", "Alignment:Engine: is a section of keys, not a value")]
    [InlineData("Limits:MaxWeight", "NaN", "Alignment:Limits:MaxWeight: must be a number from 0 to 1000, not 'NaN'")]
    [InlineData("Limits:MaxWeight", "Infinity", "Alignment:Limits:MaxWeight: must be a number from 0 to 1000")]
    [InlineData("Policy:AllowContrastPrompts", "no", "Alignment:Policy:AllowContrastPrompts: must be true or false, not 'no'")]
    [InlineData("Policy:MinimumGuidance:a:weight", "1", "Alignment:Policy:MinimumGuidance:a: must be a number, not a list or section")]
    [InlineData("Policy:MinimumGuidance", "harmless", "Alignment:Policy:MinimumGuidance: is a section of keys, not a value")]
    [InlineData("Profiles:p:Alignment", "x", "Alignment:Profiles:p:Alignment: is a section of keys, not a value")]
    [InlineData("Models:first:Path", "x", "Alignment:Models: is a list: its elements are Alignment:Models:0, Alignment:Models:1 and so on")]
    [InlineData("Models", "x", "Alignment:Models: is given as one value and as a list")]
    [InlineData("Device", "gpu", "Alignment:Device: 'gpu' is none of auto, cpu, cuda:N")]
    public void What_is_unknown_or_of_the_wrong_kind_or_size_is_refused_by_name(string key, string? value, string problem)
        => Assert.StartsWith(problem, Assert.Single(Problems(("Models:0:Path", "x"), (key, value))), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "the name is blank")]
    [InlineData(" ", "the name is blank")]
    [InlineData("a\u001b", "the name has a control character", "a\uFFFD")]
    [InlineData(
        "a23456789b23456789c23456789d23456789e23456789f23456789g23456789hi",
        "the name has 65 characters, more than 64",
        "a23456789b23456789c23456789d23456789e23456789f23456789g23456789h...")]
    public void The_name_of_a_guide_or_profile_is_short_and_can_be_seen(string name, string problem, string? shown = null)
    {
        foreach (string key in (string[])["Models:0:Guides:", "Profiles:"])
        {
            string setting = key == "Profiles:" ? ":Model" : "";
            Assert.Equal([$"Alignment:{key}{shown ?? name}: {problem}"], Problems(("Models:0:Path", "x"), ($"{key}{name}{setting}", "x")));
        }
    }

    [Fact]
    public void A_name_may_have_64_characters_and_not_only_letters()
        => Assert.Empty(Problems(("Models:0:Path", "x"), ($"Models:0:Guides:org/a b.{new string('c', 56)}", "x")));

    [Fact]
    public void The_folder_of_a_guide_is_not_empty()
        => Assert.Equal(
            ["Alignment:Models:1:Guides:x: is empty; it is the folder of a model"],
            Problems(("Models:0:Path", "a"), ("Models:1:Path", "b"), ("Models:1:Guides:x", ""), ("Models:1:Guides:xy", "c")));

    [Fact]
    public void One_value_is_no_list_of_sections()
        => Assert.Equal(["Alignment:Models: is a section of keys, not a value"], Problems(("Models", "x")));

    [Fact]
    public void What_is_written_is_read()
    {
        AlignmentOptions options = Read(
            [],
            ("Models:0:Path", "a"), ("Models:1:Path", "b"), ("Models:1:Name", "c"), ("Policy:MinimumGuidance:harmless", "0.5"),
            ("Engine:Pages", "99"), ("limits:maxCandidates", "3"), ("Profiles:p:Sampling:Temperature", "0.25"), ("Threads", null));
        Assert.Equal([("", "a"), ("c", "b")], options.Models.Select(model => (model.Name, model.Path)));
        Assert.Equal(0.5f, options.Policy.MinimumGuidance["harmless"]);
        Assert.Equal((99, 3), (options.Engine.Pages, options.Limits.MaxCandidates));
        Assert.Equal(0.25f, options.Profiles["p"].Sampling.Temperature);
    }

    [Fact]
    public void An_empty_section_or_list_of_a_file_is_none()
    {
        List<string> problems = [];
        using var file = new MemoryStream(
            """{"Alignment": {"Models": [{"Path": "a"}], "Limits": {}, "Profiles": null, "Policy": {"MaximumReward": {}}}}"""u8.ToArray());
        AlignmentOptions options = AlignmentOptionsReader.Read(new ConfigurationBuilder().AddJsonStream(file).Build(), problems);
        Assert.Empty(problems);
        Assert.Equal(new AlignmentOptions().Limits, options.Limits);
        Assert.Empty(options.Profiles);
    }

    [Fact]
    public void A_message_lists_twenty_problems_and_counts_the_rest()
    {
        var fault = new InvalidConfigurationException([.. Enumerable.Range(0, 25).Select(i => $"problem {i}\nwith a second line")]);
        string[] lines = fault.Message.Split(Environment.NewLine);
        Assert.Equal(21, lines.Length);
        Assert.Equal("and 5 more", lines[^1]);
    }

    private static List<string> Problems(params (string Key, string? Value)[] settings)
    {
        List<string> problems = [];
        Read(problems, settings);
        return problems;
    }

    private static AlignmentOptions Read(List<string> problems, params (string Key, string? Value)[] settings)
    {
        var keys = settings.Select(setting => KeyValuePair.Create($"Alignment:{setting.Key}", setting.Value));
        return AlignmentOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), problems);
    }
}
