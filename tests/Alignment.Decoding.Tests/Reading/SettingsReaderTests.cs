using System.Text.Json;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Reading;

/// <summary>Every kind of field: read, absent, wrong; and what is left over.</summary>
public sealed class SettingsReaderTests
{
    private static readonly NumberRange s_range = new(1, 8);
    private readonly ProblemCollection _problems = [];

    [Fact]
    public void Every_kind_of_field_is_read()
    {
        SettingsReader reader = Read("""
            {"i": 8, "d": 1.5, "f": true, "t": "x", "n": "b", "o": {"i": 4}, "l": [{"i": 5}, {"i": 6}]}
            """);
        Assert.Equal((8, 1.5, true), (reader.Integer("i", s_range, 2), reader.Number("d", s_range, 2), reader.Flag("f", false)));
        Assert.Equal(("x", "b"), (reader.Text("t"), reader.Name("n", ["a", "b"])));
        Assert.Equal(4, reader.Object("o")!.Integer("i", s_range, 2));
        SettingsReader[] items = [.. reader.Objects("l", new NumberRange(0, 2))];
        Assert.Equal([5, 6], items.Select(item => item.Integer("i", s_range, 2)));
        Assert.Equal(["at.l[0]", "at.l[1]"], items.Select(item => item.Path));
        reader.Finish();
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"i": null, "d": null, "f": null, "t": null, "o": null, "l": null}""")]
    public void A_field_that_is_absent_or_null_has_its_default(string json)
    {
        SettingsReader reader = Read(json);
        Assert.Equal((2, 2.5, true), (reader.Integer("i", s_range, 2), reader.Number("d", s_range, 2.5), reader.Flag("f", true)));
        Assert.Null(reader.Text("t"));
        Assert.False(reader.Has("i"));
        Assert.Null(reader.Object("o"));
        Assert.Empty(reader.Objects("l", s_range));
        reader.Finish();
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("1.5", "1.5")]
    [InlineData("0", "0")]
    [InlineData("9", "9")]
    [InlineData("1e99", "1e99")]
    [InlineData("\"1\"", "a string")]
    [InlineData("true", "true")]
    [InlineData("{}", "an object")]
    [InlineData("[]", "an array")]
    public void A_wrong_integer_is_told_its_range_and_has_its_default(string value, string shown)
    {
        Assert.Equal(2, Read($$"""{"x": {{value}}}""").Integer("x", s_range, 2));
        AssertProblem($"at.x: must be an integer {s_range}, not {shown}");
    }

    [Theory]
    [InlineData("0.99", "0.99")]
    [InlineData("8.01", "8.01")]
    [InlineData("\"1\"", "a string")]
    public void A_wrong_number_is_told_its_range_and_has_its_default(string value, string shown)
    {
        Assert.Equal(2.5, Read($$"""{"x": {{value}}}""").Number("x", s_range, 2.5));
        AssertProblem($"at.x: must be a number {s_range}, not {shown}");
    }

    [Fact]
    public void Wrong_flags_texts_and_names_are_told_what_would_be_right()
    {
        Assert.False(Read("""{"x": 1}""").Flag("x", false));
        Assert.Null(Read("""{"y": false}""").Text("y"));
        Assert.Null(Read("{}").Name("z", ["a", "b"]));
        Assert.Null(Read("""{"u": "c"}""").Name("u", ["a", "b"]));
        Assert.Null(Read("""{"v": 5}""").Name("v", ["a", "b"]));
        string names = Excerpt.List(["a", "b"]);
        Assert.Equal(
            ["at.x: must be true or false, not 1", "at.y: must be a string, not false", $"at.z: is required: {names}",
             $"at.u: 'c' does not exist here; what exists: {names}", "at.v: must be a string, not 5"],
            Texts());
    }

    [Fact]
    public void A_list_of_a_wrong_length_is_not_looked_at()
    {
        Assert.Empty(Read("""{"x": [1, 2, 3]}""").Objects("x", new NumberRange(1, 2)));
        Assert.Empty(Read("""{"y": {}}""").Objects("y", s_range));
        string few = $"at.x: has 3 entries; their number must be {new NumberRange(1, 2)}";
        Assert.Equal([few, "at.y: must be an array, not an object"], Texts());
    }

    [Fact]
    public void What_is_no_object_is_told_once_and_has_every_default()
    {
        SettingsReader reader = Read("[1]");
        Assert.Equal(2, reader.Integer("i", s_range, 2));
        Assert.False(reader.Has("i"));
        Assert.Null(reader.Name("n", ["a"]));
        reader.Finish();
        AssertProblem("at: must be an object, not an array");
    }

    [Fact]
    public void What_nobody_asked_for_is_refused_with_what_exists()
    {
        SettingsReader reader = Read("""{"a": 1, "b": null, "x": null, "a": 2, "y": {}}""");
        reader.Integer("a", s_range, 2);
        reader.Text("b");
        reader.Text("b");
        reader.Finish();
        string unknown = "unknown field; what exists: " + Excerpt.List(["a", "b"]);
        Assert.Equal([$"at.x: {unknown}", "at.a: is given twice", $"at.y: {unknown}"], Texts());
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(65, 1)]
    public void Very_many_fields_are_only_counted(int fields, int problems)
    {
        SettingsReader reader = Read("{" + string.Join(',', Enumerable.Range(0, fields).Select(i => $"\"x{i}\": 1")) + "}");
        reader.Has("a");
        reader.Finish();
        Assert.Equal(problems, _problems.Count);
        Assert.Equal(problems == 1, _problems.First.ToString() == $"at: has 65 fields; what exists: {Excerpt.List(["a"])}");
    }

    private SettingsReader Read(string json) => new(JsonElement.Parse(json), "at", _problems);

    private string[] Texts() => [.. _problems.Select(problem => problem.ToString())];

    private void AssertProblem(string text) => Assert.Equal([text], Texts());
}
