using Alignment.Server.Configuration;
using Alignment.Tests;
using Microsoft.Extensions.Configuration;

namespace Alignment.Server.Tests.Feedback;

public sealed class FeedbackOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_remembered_unless_a_database_is_named()
    {
        (FeedbackOptions options, List<string> problems) = Read();
        Assert.Equal(("", 0), (options.Database, problems.Count));
    }

    [Theory]
    [InlineData("Window", "3.00:00:00"), InlineData("Retention", "3.00:00:00"), InlineData("MaxBytes", "2000000")]
    [InlineData("MaxCompletions", "7")]
    public void A_setting_without_a_database_would_not_be_read(string key, string value)
    {
        (_, List<string> problems) = Read((key, value));
        Assert.Equal([$"Server:Feedback:{key}: is not read without Server:Feedback:Database"], problems);
    }

    [Fact]
    public void A_database_that_cannot_be_is_a_mistake()
    {
        File.WriteAllText(_folder.File("notes.txt"), new string('n', 5000));
        Assert.Contains("is empty", Only(("Database", "")), StringComparison.Ordinal);
        Assert.Contains("another kind of file", Only(("Database", _folder.File("notes.txt"))), StringComparison.Ordinal);
        Assert.Contains("cannot be opened", Only(("Database", _folder.Path)), StringComparison.Ordinal);
        Assert.Contains("cannot be opened", Only(("Database", _folder.File("nowhere/x.db"))), StringComparison.Ordinal);
        Assert.Contains(
            "Window: is longer", Only(("Database", _folder.File("x.db")), ("Retention", "01:00:00")), StringComparison.Ordinal);
        Assert.Contains("MaxBytes", Only(("Database", _folder.File("x.db")), ("MaxBytes", "1")), StringComparison.Ordinal);
        Assert.Equal([_folder.File("notes.txt")], Directory.GetFiles(_folder.Path));
    }

    private static string Only(params (string Key, string Value)[] settings) => Assert.Single(Read(settings).Problems);

    private static (FeedbackOptions Options, List<string> Problems) Read(params (string Key, string Value)[] settings)
    {
        List<string> problems = [];
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(
                setting => KeyValuePair.Create($"Server:Feedback:{setting.Key}", (string?)setting.Value)))
            .Build();
        return (ServerOptionsReader.Read(configuration, problems).Feedback, problems);
    }
}
