using Alignment.Compute.NextToken;
using Alignment.Decoding.Text;
using Alignment.Inference;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Search;

/// <summary>Returns the prompt in front of every response, with its log-probabilities under the frozen model where they are asked for.</summary>
internal static class PromptEcho
{
    public static async ValueTask EmitAsync(DecodingContext context)
    {
        IReadOnlyList<GeneratedToken> tokens = context.Request.TopLogProbabilities is int top ? await ScoreAsync(context, top) : [];
        string text = context.Model.Tokenizer.Decode(context.Prompt, skipSpecialTokens: true);
        for (int choice = 0; choice < context.Request.Choices; choice++)
        {
            context.Events.TryWrite(new TextEvent(choice, text, tokens));
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

    private static async ValueTask<IReadOnlyList<GeneratedToken>> ScoreAsync(DecodingContext context, int topCount)
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

        return
        [
            TokenTexts.Describe(tokenizer, context.Prompt[0], null, []),
            .. Enumerable.Range(0, scored).Select(i => TokenTexts.Describe(tokenizer, context.Prompt[i + 1], logProbabilities[i], top[i])),
        ];
    }
}
