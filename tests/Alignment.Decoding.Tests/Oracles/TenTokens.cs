using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>
/// A miniature model of ten tokens with two value heads, a token-reward head and an adapter: few enough responses to enumerate them all.
/// </summary>
internal sealed class TenTokens : IAsyncDisposable
{
    public const int Vocabulary = 10;
    public const int End = Vocabulary - 1;
    private const int ChoicesARequest = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();
    private readonly ModelRewards _rewards;
    private readonly MethodCatalog _methods;
    private readonly Generator _generator;

    /// <param name="methods">What requests may name beside the standard ones.</param>
    public TenTokens(params MethodDescriptor[] methods)
    {
        var shape = new TinyShape(
            Vocabulary: Vocabulary, Hidden: 16, Intermediate: 24, Layers: 1, Heads: 2, KeyValueHeads: 1, HeadSize: 8, Positions: 64);
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama, shape: shape);
        TinyRewards.Write(_folder.Path, shape);
        TinyRewards.WriteValue(_folder.Path, "second", shape, seed: 6);
        WriteTokenizer();
        Model = LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(64, 32));
        _rewards = ModelRewards.Load(_folder.Path, Model);
        Engine = new Engine(Model.Transformer, new EngineOptions { Pages = 128 }, Model.Tokenizer.VocabularySize);
        _methods = new MethodCatalog(StandardMethods.Catalog.Silent, [.. StandardMethods.Catalog.All, .. methods]);
        _generator = Generate(new GenerationLimits());
    }

    public static IReadOnlyList<int> Prompt { get; } = [3, 1, 4, 1, 5];

    public LanguageModel Model { get; }

    public Engine Engine { get; }

    public string Folder => _folder.Path;

    /// <summary>A generator over the same model and engine.</summary>
    public Generator Generate(GenerationLimits limits, Func<IResponseStage>? guard = null)
        => new(Model, _rewards, Engine, limits, _methods) { Guard = guard };

    /// <summary>The events of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="by">Who generates, of what the limits of this one allow; null: this one.</param>
    public async Task<List<GenerationEvent>> RunAsync(GenerationRequest request, Generator? by = null)
    {
        PreparedRequest prepared = _generator.Prepare(request, [])!;
        List<GenerationEvent> events = [];
        await foreach (GenerationEvent next in (by ?? _generator).GenerateAsync(prepared, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }

    /// <summary>The reports of so many requests, each with its own seed.</summary>
    public async Task<List<AlignmentReport>> RunAsync(
        AlignmentSettings alignment, int requests, int maxTokens, int choices = ChoicesARequest,
        Func<GenerationRequest, GenerationRequest>? change = null)
    {
        List<AlignmentReport> reports = [];
        for (int seed = 0; seed < requests; seed++)
        {
            var request = new GenerationRequest
            {
                Prompt = new TokenPrompt(Prompt),
                Choices = choices,
                MaxTokens = maxTokens,
                Sampling = new SamplingSettings { Seed = (ulong)seed, IgnoreEos = true },
                Alignment = alignment with { Report = true },
            };
            List<GenerationEvent> events = await RunAsync(change?.Invoke(request) ?? request);
            reports.AddRange(events.OfType<ReportEvent>().Select(report => report.Report));
        }

        return reports;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.CheckIntegrityAsync();
        await Engine.DisposeAsync();
        _rewards.Dispose();
        Model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    /// <summary>Nine letters and an end token.</summary>
    private void WriteTokenizer()
    {
        const string File = "tokenizer.json";
        JsonNode tokenizer = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(_folder.Path, File)))!;
        var vocabulary = new JsonObject();
        for (int i = 0; i < Vocabulary - 1; i++)
        {
            vocabulary[((char)('a' + i)).ToString()] = i;
        }

        tokenizer["model"]!["vocab"] = vocabulary;
        JsonNode end = tokenizer["added_tokens"]!.AsArray()[^1]!.DeepClone();
        end["id"] = Vocabulary - 1;
        tokenizer["added_tokens"] = new JsonArray(end);
        System.IO.File.WriteAllText(Path.Combine(_folder.Path, File), tokenizer.ToJsonString());
        System.IO.File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), """{"eos_token": "<|end|>"}""");
    }
}
