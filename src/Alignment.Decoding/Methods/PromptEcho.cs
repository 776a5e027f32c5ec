using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference.Sessions;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Methods;

/// <summary>What is told of the prompt: itself in front of every response, and its log-probabilities under the frozen model.</summary>
internal static class PromptEcho
{
    public static async ValueTask EmitAsync(DecodingContext context)
    {
        GenerationRequest request = context.Request;
        GeneratedToken[] tokens = request.ListedOfPrompt is { } top ? await ScoreAsync(context, top) : [];
        for (int choice = 0; choice < request.Choices; choice++)
        {
            if (request.PromptLogProbabilities is { } apart)
            {
                context.Events.TryWrite(new PromptEvent(choice, Shorten(tokens, apart)));
            }

            if (request.Echo)
            {
                string text = context.Model.Tokenizer.Decode(context.Prompt, skipSpecialTokens: true);
                GeneratedToken[] echoed = request.TopLogProbabilities is { } listed ? Shorten(tokens, listed) : [];
                context.Events.TryWrite(new TextEvent(choice, text, echoed));
            }
        }
    }

    /// <summary>A request for no tokens at all ends after its prompt.</summary>
    public static DecodingResult Finish(DecodingContext context)
    {
        for (int choice = 0; choice < context.Request.Choices; choice++)
        {
            context.Events.TryWrite(new FinishEvent(choice, FinishReason.Length));
        }

        return new DecodingResult([]);
    }

    private static GeneratedToken[] Shorten(GeneratedToken[] tokens, int top)
        => [.. tokens.Select(token => token.Top.Count <= top ? token : token with { Top = [.. token.Top.Take(top)] })];

    private static async ValueTask<GeneratedToken[]> ScoreAsync(DecodingContext context, int topCount)
    {
        Tokenizer tokenizer = context.Model.Tokenizer;
        int scored = context.Prompt.Length - 1;
        var logProbabilities = new float[scored];
        var top = new TokenLogProbability[scored][];
        for (int i = 0; i < scored; i++)
        {
            top[i] = new TokenLogProbability[topCount];
        }

        if (scored > 0)
        {
            using Sequence sequence = context.Session.CreateSequence(context.Prompt, [], context.Prompt.Length);
            await sequence.ScoreAsync(1, logProbabilities, top);
        }

        TokenDecoder decoder = tokenizer.CreateDecoder();
        return [.. context.Prompt.Select((id, i) => Describe(id, i) with { Width = decoder.Push(id).Length })];

        GeneratedToken Describe(int id, int i)
            => i == 0
                ? TokenTexts.Describe(tokenizer, id, null, [])
                : TokenTexts.Describe(tokenizer, id, logProbabilities[i - 1], top[i - 1]);
    }
}
