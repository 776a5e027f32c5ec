using System.Runtime.CompilerServices;
using System.Text;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Feedback;
using Alignment.Feedback.Records;
using Alignment.Server.Answers;

namespace Alignment.Server.Feedback;

/// <summary>
/// Has whole answers to conversations remembered, where the server is configured to, so that they can be judged. An answer that its client
/// did not wait for is not.
/// </summary>
internal sealed class CompletionRecorder(FeedbackService feedback, TimeProvider time)
{
    /// <summary>The same events; the answer is on its way to the database before the last of them is passed on.</summary>
    /// <param name="events">Of one request.</param>
    /// <param name="header">Of its answer.</param>
    /// <param name="request">A conversation, or something that is not remembered.</param>
    /// <param name="tenant">Whose it is.</param>
    public IAsyncEnumerable<GenerationEvent> Watch(
        IAsyncEnumerable<GenerationEvent> events, AnswerHeader header, GenerationRequest request, string tenant)
        => feedback.Store is { } store && request.Prompt is ChatPrompt { Ending: not ChatEnding.LastTurn } prompt
            ? WatchAsync(events, store, prompt, texts => Record(header, request, prompt, tenant, texts))
            : events;

    private static async IAsyncEnumerable<GenerationEvent> WatchAsync(
        IAsyncEnumerable<GenerationEvent> events,
        FeedbackStore store,
        ChatPrompt prompt,
        Func<IReadOnlyList<StringBuilder>, CompletionRecord> record,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        List<StringBuilder> texts = [];
        await foreach (GenerationEvent item in events.WithCancellation(cancellation))
        {
            if (item is TextEvent text)
            {
                Text(text.Index).Append(text.Text);
            }
            else if (item is FinishEvent finish)
            {
                Text(finish.Index);
            }
            else if (item is UsageEvent)
            {
                store.Remember(record(texts));
            }

            yield return item;
        }

        StringBuilder Text(int index)
        {
            while (texts.Count <= index)
            {
                texts.Add(new StringBuilder(prompt.Ending == ChatEnding.LastContent ? prompt.Turns[^1].Content : ""));
            }

            return texts[index];
        }
    }

    /// <summary>A turn that was continued is part of the answer.</summary>
    private CompletionRecord Record(
        AnswerHeader header, GenerationRequest request, ChatPrompt prompt, string tenant, IReadOnlyList<StringBuilder> texts) => new()
        {
            Id = header.Id,
            Tenant = tenant,
            Model = header.Model,
            Settings = SettingsFingerprint.Of(request),
            Created = time.GetUtcNow(),
            Messages =
            [
                .. prompt.Turns.SkipLast(prompt.Ending == ChatEnding.LastContent ? 1 : 0)
                    .Select(turn => new MessageRecord(turn.Role, turn.Content)),
            ],
            Choices = [.. texts.Select(text => text.ToString())],
        };
}
