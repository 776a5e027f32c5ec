using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Alignment.Cli.Engines;
using Alignment.Cli.Options;
using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Inference;
using Alignment.Rewards;
using Alignment.Server.Contracts;

namespace Alignment.Cli.Commands;

/// <summary><c>generate</c>: one response, as the server would give it.</summary>
internal sealed class GenerateCommand : Command
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<string?> _prompt = new("--prompt")
    {
        Description = "Text: the user's turn of a conversation, or with --raw what to continue.",
    };
    private readonly Option<int[]?> _promptIds = ModelOptions.Ids(
        "--prompt-ids", "Token ids to continue as they are; with --logprobs the folder needs no tokenizer.");
    private readonly Option<bool> _raw = ModelOptions.Flag("--raw", "No chat template.");
    private readonly Option<int> _maxTokens =
        NumberOption.Create("--max-tokens", "Longest response.", RequestRanges.MaxTokens, 128);
    private readonly Option<float?> _temperature = NumberOption.CreateOptional<float>(
        "--temperature", "0 takes the most probable token; without it the model's own.", RequestRanges.Temperature);
    private readonly Option<float?> _topP = NumberOption.CreateOptional<float>(
        "--top-p", "Keep the most probable tokens up to this mass; without it the model's own.", RequestRanges.TopP);
    private readonly Option<ulong> _seed = NumberOption.Create("--seed", "Key of the random numbers.", NumberOption.FromZero, 0UL);
    private readonly Option<bool> _logProbabilities =
        ModelOptions.Flag("--logprobs", "Print one JSON object a token instead of the text: id, text, logprob.");
    private readonly Option<string?> _alignment = AlignmentOption.Create();
    private readonly Option<string> _device = DeviceOption.Create();

    public GenerateCommand()
        : base("generate", "Print a response to a prompt, and nothing else.")
    {
        foreach (Option option in new Option[]
        {
            _model, _prompt, _promptIds, _raw, _maxTokens, _temperature, _topP, _seed, _logProbabilities, _alignment, _device,
        })
        {
            Options.Add(option);
        }

        Validators.Add(ModelOptions.ExactlyOne(_prompt, _promptIds));
        SetAction(RunAsync);
    }

    private async Task RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        string folder = arguments.GetRequiredValue(_model).FullName;
        if (File.Exists(Path.Combine(folder, "tokenizer.json")))
        {
            await GenerateAsync(folder, arguments, cancellation);
        }
        else if (arguments.GetResult(_promptIds) is not null
            && arguments.GetValue(_logProbabilities)
            && arguments.GetResult(_alignment) is null)
        {
            await GenerateIdsAsync(folder, arguments, cancellation);
        }
        else
        {
            throw new UserMistakeException($"{folder} has no tokenizer.json: only --prompt-ids with --logprobs works, and no --alignment");
        }
    }

    private async Task GenerateAsync(string folder, ParseResult arguments, CancellationToken cancellation)
    {
        // What is asked for is checked before weights are read.
        GenerationLimits limits = new() { MaxForwardTokens = long.MaxValue };
        (IReadOnlyList<string> guides, IReadOnlyList<string> rewards) = ModelRewards.NamesIn(folder);
        GenerationRequest request = new()
        {
            Prompt = ReadPrompt(arguments),
            MaxTokens = arguments.GetValue(_maxTokens),
            Sampling = Sampling(folder, arguments),
            TopLogProbabilities = arguments.GetValue(_logProbabilities) ? 0 : null,
            Alignment = AlignmentOption.Bind(arguments.GetValue(_alignment), new AlignmentNames(guides, rewards), limits),
        };
        await using ModelRuntime model = ModelRuntime.Load(
            folder, new EngineOptions { MaxSessions = 1 }, limits, arguments.GetRequiredValue(_device));
        await foreach (GenerationEvent next in model.Generator.GenerateAsync(request, cancellation))
        {
            await WriteAsync(next, request.TopLogProbabilities is not null, arguments.InvocationConfiguration);
        }
    }

    private async Task GenerateIdsAsync(string folder, ParseResult arguments, CancellationToken cancellation)
    {
        int[] prompt = arguments.GetRequiredValue(_promptIds)!;
        int maxTokens = arguments.GetValue(_maxTokens);
        SamplingSettings sampling = Sampling(folder, arguments);
        NextTokenRule rule = new()
        {
            Temperature = sampling.Temperature,
            TopP = sampling.TopP,
            TopK = sampling.TopK,
            MinP = sampling.MinP,
            RepetitionPenalty = sampling.RepetitionPenalty,
            Seed = sampling.Seed,
        };
        await using FrozenEngine engine = FrozenEngine.Open(folder, prompt.Length + maxTokens, arguments.GetRequiredValue(_device));
        foreach ((int id, float logProbability)
            in await engine.GenerateAsync(ModelOptions.CheckIds(prompt, engine.VocabularySize), maxTokens, rule, cancellation))
        {
            WriteToken(id, "", logProbability, arguments.InvocationConfiguration.Output);
        }
    }

    /// <summary>What the options say over what the model's authors say, as the server has it.</summary>
    private SamplingSettings Sampling(string folder, ParseResult arguments)
    {
        SamplingSettings own = GenerationDefaults.Read(folder);
        return own with
        {
            Temperature = arguments.GetValue(_temperature) ?? own.Temperature,
            TopP = arguments.GetValue(_topP) ?? own.TopP,
            Seed = arguments.GetValue(_seed),
        };
    }

    private Prompt ReadPrompt(ParseResult arguments) => (arguments.GetResult(_promptIds), arguments.GetValue(_raw)) switch
    {
        ({ }, _) => new TokenPrompt(arguments.GetRequiredValue(_promptIds)!),
        (null, true) => new TextPrompt(arguments.GetRequiredValue(_prompt)!),
        (null, false) => new ChatPrompt([new ChatTurn("user", arguments.GetRequiredValue(_prompt)!)]),
    };

    private static async Task WriteAsync(GenerationEvent next, bool lists, InvocationConfiguration streams)
    {
        switch (next)
        {
            case TextEvent text when lists:
                foreach (GeneratedToken token in text.Tokens)
                {
                    WriteToken(token.Id, token.Text, token.LogProbability, streams.Output);
                }

                break;
            case TextEvent text:
                await streams.Output.WriteAsync(text.Text);
                break;
            case ReportEvent report:
                await streams.Error.WriteLineAsync(ReportJson.Write(report.Report));
                break;
        }
    }

    private static void WriteToken(int id, string text, float? logProbability, TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(new { id, text, logprob = logProbability }, s_json));
}
