namespace Alignment.Decoding.Requests;

/// <summary>One request to generate, immutable. A generator's <c>Prepare</c> notes everything that is wrong with it.</summary>
public sealed record GenerationRequest
{
    internal const string ChoicesField = "n";
    internal const string MinTokensField = "min_tokens";
    internal const string BadWordsField = "bad_words";
    internal const string PromptLogProbabilitiesField = "prompt_logprobs";

    /// <summary>What to continue.</summary>
    public required Prompt Prompt { get; init; }

    /// <summary>How many responses to return (OpenAI's <c>n</c>).</summary>
    public int Choices { get; init; } = 1;

    /// <summary>
    /// Longest response in tokens, which must fit; null: see <see cref="UsualMaxTokens"/>. 0 only together with <see cref="Echo"/>, to
    /// score a prompt.
    /// </summary>
    public int? MaxTokens { get; init; }

    /// <summary>
    /// Longest response where <see cref="MaxTokens"/> does not say; null: to the end of the context. Less where the request's budget or the
    /// cache ends earlier.
    /// </summary>
    public int? UsualMaxTokens { get; init; }

    /// <summary>How the next token is drawn.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Texts that end a response.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end a response, beside the model's own end tokens.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Whether the text or token that ended a response is part of it.</summary>
    public bool IncludeStop { get; init; }

    /// <summary>Fewest tokens of a response: until then end and stop tokens are not drawn, and stop texts are not looked for.</summary>
    public int MinTokens { get; init; }

    /// <summary>
    /// Texts that are not written as the tokenizer writes them, at a beginning or behind a space: the token that would complete one is not
    /// drawn. Other tokens may still spell the same letters.
    /// </summary>
    public IReadOnlyList<string> BadWords { get; init; } = [];

    /// <summary>How many of the most probable tokens to report with each token; null: no log-probabilities at all.</summary>
    public int? TopLogProbabilities { get; init; }

    /// <summary>How many likely tokens to report with each token of the prompt, under the frozen model; null: nothing.</summary>
    public int? PromptLogProbabilities { get; init; }

    /// <summary>
    /// Return the prompt in front of every response, with its log-probabilities under the frozen model where they are asked for.
    /// </summary>
    public bool Echo { get; init; }

    /// <summary>How many likely tokens the prompt is scored with; null where it is not scored, which costs a pass over it.</summary>
    internal int? ListedOfPrompt => new[] { Echo ? TopLogProbabilities : null, PromptLogProbabilities }.Max();

    /// <summary>Names under which problems are reported.</summary>
    public RequestFields Fields { get; init; } = new();

    /// <summary>Guidance, search and report, bound: names resolved, floors applied.</summary>
    public AlignmentSettings Alignment { get; init; } = AlignmentSettings.None;

    /// <summary>
    /// Requests share cached prefixes only with requests of the same salt: one per API key, so that timing tells nothing about others.
    /// </summary>
    public string? CacheSalt { get; init; }

    /// <summary>
    /// Is told what shadow rewards say of the responses, after the last event and on no thread of the engine; null: nobody asks, and
    /// nothing is scored.
    /// </summary>
    public Action<ShadowReport>? Shadowed { get; init; }
}

/// <summary>
/// What the client calls those fields of a request whose names are not the same everywhere; problems are reported under these names.
/// </summary>
public sealed record RequestFields
{
    /// <summary>Where <see cref="GenerationRequest.Prompt"/> came from.</summary>
    public string Prompt { get; init; } = "prompt";

    /// <summary>Where <see cref="GenerationRequest.MaxTokens"/> came from.</summary>
    public string MaxTokens { get; init; } = "max_tokens";

    /// <summary>Where <see cref="GenerationRequest.TopLogProbabilities"/> came from.</summary>
    public string TopLogProbabilities { get; init; } = "top_logprobs";
}
