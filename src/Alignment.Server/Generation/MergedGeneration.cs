using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Alignment.Decoding;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Generation;

/// <summary>
/// Several requests as one stream: choices numbered prompt by prompt, one usage at the end. The requests run at the same time.
/// </summary>
internal static class MergedGeneration
{
    private const int Buffered = 64;

    public static async IAsyncEnumerable<GenerationEvent> RunAsync(
        IGenerator generator, IReadOnlyList<PreparedRequest> requests, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A failure of one, or a reader that goes away, ends them all.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channel = Channel.CreateBounded<GenerationEvent>(Buffered);
        Task pumps = PumpAllAsync(generator, requests, channel.Writer, ending);
        var usage = new UsageEvent(0, 0, 0, 0);
        try
        {
            await foreach (GenerationEvent item in channel.Reader.ReadAllAsync(cancellation))
            {
                if (item is UsageEvent part)
                {
                    usage = Add(usage, part);
                }
                else
                {
                    yield return item;
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await pumps;
        }

        yield return usage;
    }

    /// <summary>Never fails: a failure travels to the reader as the end of the channel.</summary>
    private static async Task PumpAllAsync(
        IGenerator generator,
        IReadOnlyList<PreparedRequest> requests,
        ChannelWriter<GenerationEvent> writer,
        CancellationTokenSource ending)
    {
        Exception? failure = null;
        await Task.WhenAll(requests.Select(PumpAsync));
        writer.Complete(failure);

        async Task PumpAsync(PreparedRequest prepared, int position)
        {
            try
            {
                await foreach (GenerationEvent item in generator.GenerateAsync(prepared, ending.Token))
                {
                    await writer.WriteAsync(Shift(item, position * prepared.Request.Choices), ending.Token);
                }
            }
#pragma warning disable CA1031 // Whatever it is, the reader is told.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, fault, null);
                await ending.CancelAsync();
            }
        }
    }

    private static GenerationEvent Shift(GenerationEvent item, int offset) => item switch
    {
        PromptEvent prompt => prompt with { Index = prompt.Index + offset },
        TextEvent text => text with { Index = text.Index + offset },
        FinishEvent finish => finish with { Index = finish.Index + offset },
        _ => item,
    };

    private static UsageEvent Add(UsageEvent a, UsageEvent b) => new(
        a.PromptTokens + b.PromptTokens,
        a.CompletionTokens + b.CompletionTokens,
        a.CachedTokens + b.CachedTokens,
        a.ForwardTokens + b.ForwardTokens);
}
