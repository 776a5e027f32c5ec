using Alignment.Tests;
using Alignment.Training.Data;

namespace Alignment.Training.Tests.Data;

public sealed class DataMixTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("line 1: it lacks 'sources'", "{}")]
    [InlineData("line 2: sources[0].weight must be a number, not a string", "{\"sources\": [\n{\"path\": \"a\", \"weight\": \"much\"}]}")]
    [InlineData("sources[0].limit must be an integer, not 1.5", """{"sources": [{"path": "a", "limit": 1.5}]}""")]
    [InlineData("sources[1].path must be a string, not an array", """{"sources": [{"path": "a"}, {"path": []}]}""")]
    [InlineData("sources[0].columns must be an object, not a string", """{"sources": [{"path": "a", "columns": "b"}]}""")]
    [InlineData("sources[0].columns.prompt must be a string, not 5", """{"sources": [{"path": "a", "columns": {"prompt": 5}}]}""")]
    [InlineData("sources must be an array, not an object", """{"sources": {}}""")]
    [InlineData("sources[0] must be an object, not true", """{"sources": [true]}""")]
    [InlineData("root: is not a JSON object", "null")]
    [InlineData("holds a text that is not Unicode", """{"sources": [{"path": "\ud800"}]}""")]
    [InlineData("sources[0].fromat is unknown", """{"sources": [{"path": "a", "fromat": "b"}]}""")]
    [InlineData("sources[0] lacks 'path'", """{"sources": [{"format": "preference"}]}""")]
    [InlineData("JSON: it ends too early (line 1, byte 13)", "{\"sources\": ")]
    [InlineData("must be a list of one file or more", """{"sources": []}""")]
    [InlineData("must be a list of one file or more", """{"sources": [null]}""")]
    [InlineData("sources is null", """{"sources": null}""")]
    [InlineData("sources[0].path: is given twice", """{"sources": [{"path": "a", "path": "b"}]}""")]
    [InlineData(
        "sources[0].columns.prompt: is given twice", """{"sources": [{"path": "a", "columns": {"prompt": "x", "prompt": "y"}}]}""")]
    [InlineData("path 'a' is named 2 times", """{"sources": [{"path": "a"}, {"path": "b"}, {"path": "b/../a"}]}""")]
    [InlineData(@"path 'a\u001B[2J' is not in", """{"sources": [{"path": "a\u001b[2J"}]}""")]
    [InlineData(
        "rename 'zzz', which is no field (there are messages)",
        """{"sources": [{"path": "a", "format": "dialogue", "columns": {"zzz": "q"}}]}""")]
    [InlineData(
        "rename 'prompt', which is no field of this format",
        """{"sources": [{"path": "a", "format": "book", "columns": {"prompt": "q"}}]}""")]
    [InlineData("limit 0 of 'a' is not positive", """{"sources": [{"path": "a", "limit": 0}]}""")]
    [InlineData("share 0 of 'a' is not in (0, 1]", """{"sources": [{"path": "a", "share": 0}]}""")]
    [InlineData("held_out 0.2 of 'a' is more than its share 0.1", """{"sources": [{"path": "a", "share": 0.1, "held_out": 0.2}]}""")]
    [InlineData("except of 'a' has an empty turn", """{"sources": [{"path": "a", "except": ["Hi", null]}]}""")]
    [InlineData("have no name for a field", """{"sources": [{"path": "a", "columns": {"prompt": null}}]}""")]
    public void A_mistake_is_named_without_types_of_the_program(string message, string mix)
    {
        string fault = Fault(mix);
        Assert.Contains(message, fault, StringComparison.Ordinal);
        Assert.Contains("mix.json: ", fault, StringComparison.Ordinal);
        Assert.All(new[] { "System.", "Alignment.", ".NET" }, word => Assert.DoesNotContain(word, fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Many_problems_are_twenty_and_a_number()
    {
        string sources = string.Join(", ", Enumerable.Range(0, 50).Select(i => $$"""{"path": "missing{{i}}"}"""));
        Assert.EndsWith("; and 30 more", Fault($$"""{"sources": [{{sources}}]}"""), StringComparison.Ordinal);
    }

    private string Fault(string mix)
    {
        File.WriteAllText(_folder.File("mix.json"), mix);
        return Assert.Throws<InvalidDataException>(() => DataMix.Load(_folder.File("mix.json"), _folder.Path)).Message;
    }
}
