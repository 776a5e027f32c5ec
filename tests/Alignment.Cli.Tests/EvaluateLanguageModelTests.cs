using System.Text.Json;
using Alignment.Tests;
using Alignment.Tests.Models;
using Alignment.Training.Data.Packing;

namespace Alignment.Cli.Tests;

/// <summary><c>evaluate lm</c> against <c>score</c>, which another engine answers.</summary>
public sealed class EvaluateLanguageModelTests : IDisposable
{
    private const int Vocabulary = 261;

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly PackedDocument[] _documents =
    [
        .. Enumerable.Range(0, 7).Select(i => new PackedDocument(
            [.. Enumerable.Range(0, 5 * (i + 1)).Select(token => (ushort)(((token + 3) * (i + 7)) % Vocabulary))],
            Source: i % 3 == 0 ? 2 : 0,
            Bytes: 40 + i)),
    ];

    public EvaluateLanguageModelTests()
    {
        _model = _folder.File("model");
        TinyCheckpoint.Write(_model, TinyArchitecture.Llama3Rope);
        Pack(PackedContents.HashTokenizer(_model));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--threads", "1")]
    [InlineData("--threads", "2")]
    [InlineData("--context", "8")]
    public async Task Loss_by_source_is_the_sum_over_all_tokens_but_the_first_of_each_document(params string[] arguments)
    {
        int context = arguments[0] == "--context" ? 8 : 64;
        (int code, string output, string error) = await EvaluateAsync(["--json", .. arguments]);
        Assert.True(code == 0, error);
        JsonElement[] sources = [.. JsonSerializer.Deserialize<JsonElement>(output).EnumerateArray()];
        Assert.Equal(["one", "three", "all"], sources.Select(source => source.GetProperty("source").GetString()));
        foreach ((JsonElement source, PackedDocument[] documents) in sources.Zip(
            [[.. _documents.Where(document => document.Source == 0)], [.. _documents.Where(document => document.Source == 2)], _documents]))
        {
            double nats = 0;
            foreach (ushort[] piece in documents.SelectMany(document => Pieces(document.Tokens, context)))
            {
                nats -= await LogProbabilityAsync(piece);
            }

            long tokens = documents.Sum(document => document.Tokens.Length - 1);
            long bytes = documents.Sum(document => document.Bytes);
            Assert.Equal(documents.Length, source.GetProperty("documents").GetInt32());
            Assert.Equal(tokens, source.GetProperty("tokens").GetInt64());
            Assert.Equal(bytes, source.GetProperty("bytes").GetInt64());
            Assert.Equal(nats / tokens, source.GetProperty("nats_per_token").GetDouble(), 1e-4);
            Assert.Equal(nats / Math.Log(2) / bytes, source.GetProperty("bits_per_byte").GetDouble(), 1e-4);
        }
    }

    [Fact]
    public async Task Without_json_it_is_a_table()
    {
        (int code, string output, string error) = await EvaluateAsync();
        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("| source | documents | tokens | bytes | nats a token | bits a byte |", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("| all | 7 | 133 | 301 | ", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--context 100000 is longer than the model's", "--context", "100000")]
    [InlineData("--context must be", "--context", "0")]
    [InlineData("heldout.bin", "--tokens", "MODEL")]
    [InlineData("heldout.bin: tokenizer: these are tokens of the tokenizer", "OTHER")]
    public async Task A_mistake_is_one_line_and_code_2(string message, params string[] arguments)
    {
        if (arguments is ["OTHER"])
        {
            (arguments, _) = ([], Pack(new string('b', 64)));
        }

        (int code, _, string error) = await EvaluateAsync([.. arguments.Select(argument => argument == "MODEL" ? _model : argument)]);
        Assert.Equal(2, code);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    /// <summary>A piece ends with the token that the next begins with: that is predicted once.</summary>
    private static IEnumerable<ushort[]> Pieces(ushort[] tokens, int context)
    {
        for (int start = 0; start < tokens.Length - 1; start += context)
        {
            yield return tokens[start..Math.Min(tokens.Length, start + context + 1)];
        }
    }

    private async Task<double> LogProbabilityAsync(ushort[] tokens)
    {
        (int code, string output, string error) = await CommandLineTests.RunAsync(
            "score", "--model", _model, "--ids", JsonSerializer.Serialize(tokens.Select(token => (int)token)));
        Assert.True(code == 0, error);
        return JsonSerializer.Deserialize<double?[]>(output)!.Sum() ?? 0;
    }

    private Task<(int Code, string Output, string Error)> EvaluateAsync(params string[] arguments)
    {
        string[] tokens = arguments.Contains("--tokens") ? [] : ["--tokens", _folder.File("tokens")];
        return CommandLineTests.RunAsync(["evaluate", "lm", "--model", _model, .. tokens, .. arguments]);
    }

    private string Pack(string tokenizerSha256)
    {
        string path = _folder.File("tokens/heldout.bin");
        Directory.CreateDirectory(_folder.File("tokens"));
        PackedTokensWriter.Write(_documents, ["one", "two", "three"], Vocabulary, tokenizerSha256, path);
        return path;
    }
}
