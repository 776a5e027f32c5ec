using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers;

/// <summary>A stream of events read to its end: an answer that is not streamed.</summary>
internal sealed class CollectedAnswer
{
    private readonly List<CollectedChoice> _choices = [];

    /// <summary>The responses, by index.</summary>
    public IReadOnlyList<CollectedChoice> Choices => _choices;

    public Usage? Usage { get; private set; }

    public AlignmentAnswer? Alignment { get; private set; }

    public static async Task<CollectedAnswer> ReadAsync(IAsyncEnumerable<GenerationEvent> events)
    {
        var answer = new CollectedAnswer();
        await foreach (GenerationEvent item in events)
        {
            answer.Add(item);
        }

        return answer;
    }

    private void Add(GenerationEvent item)
    {
        switch (item)
        {
            case PromptEvent prompt:
                Choice(prompt.Index).Add(prompt);
                break;
            case TextEvent text:
                Choice(text.Index).Add(text);
                break;
            case FinishEvent finish:
                Choice(finish.Index).FinishReason = finish.Reason;
                break;
            case ReportEvent report:
                Alignment = new AlignmentAnswer(report.Report);
                break;
            case UsageEvent usage:
                Usage = Usage.From(usage);
                break;
        }
    }

    private CollectedChoice Choice(int index)
    {
        while (_choices.Count <= index)
        {
            _choices.Add(new CollectedChoice());
        }

        return _choices[index];
    }
}
