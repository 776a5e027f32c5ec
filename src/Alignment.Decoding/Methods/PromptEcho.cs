using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference.Sessions;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Methods;

/// <summary>What is told of the prompt: itself in front of every response, and its log-probabilities under the frozen model.</summary>
internal static class PromptEcho
{
    /// <summary>So many tokens are described at once: what waits for a slow reader, and never all of a prompt for every choice.</summary>
    private const int TokensAnEvent = 256;

    public static async ValueTask EmitAsync(DecodingContext context)
    {
        GenerationRequest request = context.Request;
        PromptScores? scores = request.ListedOfPrompt is { } top ? await ScoreAsync(context, top) : null;
        for (int choice = 0; choice < request.Choices; choice++)
        {
            if (request.PromptLogProbabilities is { } apart)
            {
                foreach (IReadOnlyList<GeneratedToken> tokens in Describe(context, scores!, apart))
                {
                    await context.Events.WriteAsync(new PromptEvent(choice, tokens));
                }
            }

            if (request.Echo)
            {
                await EchoAsync(context, scores, choice);
            }
        }
    }

    /// <summary>A request for no tokens at all ends after its prompt.</summary>
    public static async ValueTask<DecodingResult> FinishAsync(DecodingContext context)
    {
        for (int choice = 0; choice < context.Request.Choices; choice++)
        {
            await context.Events.WriteAsync(new FinishEvent(choice, FinishReason.Length));
        }

        return new DecodingResult([]);
    }

    /// <summary>The text at once, its tokens by and by.</summary>
    private static async ValueTask EchoAsync(DecodingContext context, PromptScores? scores, int choice)
    {
        string text = context.Model.Tokenizer.Decode(context.Prompt, skipSpecialTokens: true);
        context.EchoLength = text.Length;
        IEnumerable<IReadOnlyList<GeneratedToken>> pieces =
            context.Request.TopLogProbabilities is { } listed ? Describe(context, scores!, listed) : [[]];
        foreach (IReadOnlyList<GeneratedToken> tokens in pieces)
        {
            await context.Events.WriteAsync(new TextEvent(choice, text, tokens));
            text = "";
        }
    }

    private static async ValueTask<PromptScores> ScoreAsync(DecodingContext context, int topCount)
    {
        int scored = context.Prompt.Length - 1;
        var scores = new PromptScores(new float[scored], new TokenLogProbability[scored][]);
        for (int i = 0; i < scored; i++)
        {
            scores.Top[i] = new TokenLogProbability[topCount];
        }

        if (scored > 0)
        {
            using Sequence sequence = context.Session.CreateSequence(context.Prompt, [], context.Prompt.Length);
            await sequence.ScoreAsync(1, scores.LogProbabilities, scores.Top);
        }

        return scores;
    }

    /// <summary>The prompt's tokens with so many likely ones each, piece by piece as they are taken.</summary>
    private static IEnumerable<IReadOnlyList<GeneratedToken>> Describe(DecodingContext context, PromptScores scores, int top)
    {
        Tokenizer tokenizer = context.Model.Tokenizer;
        TokenDecoder decoder = tokenizer.CreateDecoder();
        int offset = 0;
        return context.Prompt.Select(Next).Chunk(TokensAnEvent);

        GeneratedToken Next(int id, int i)
        {
            GeneratedToken token = Describe(id, i) with { Offset = offset };
            offset += decoder.Push(id).Length;
            return token;
        }

        GeneratedToken Describe(int id, int i)
            => i == 0
                ? TokenTexts.Describe(tokenizer, id, null, [])
                : TokenTexts.Describe(tokenizer, id, scores.LogProbabilities[i - 1], scores.Top[i - 1].AsSpan(0, top));
    }

    /// <summary>Of each token of the prompt but the first; numbers alone, which take little room.</summary>
    private sealed record PromptScores(float[] LogProbabilities, TokenLogProbability[][] Top);
}
