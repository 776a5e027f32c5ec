namespace Alignment.Decoding.Responses;

/// <summary>
/// Stands between a method's program and what the client sees: after each token that is committed it looks at the text that has not left
/// yet, with its tokens, and says how much of it may leave. Implemented by <see cref="StopStage"/> and, in the tests, by a censor. One for
/// each response. What has left is never taken back: a stage that may want tokens drawn anew holds back their text.
/// </summary>
internal interface IResponseStage
{
    /// <summary>Looks at what is held, and may replace parts of it.</summary>
    /// <param name="held">The text, new characters at its end.</param>
    /// <param name="isLast">Whether nothing follows: what the stage still holds back is dropped.</param>
    StageAnswer Look(HeldText held, bool isLast);
}

/// <summary>What a stage says of the text that is held; the default lets everything go.</summary>
internal readonly record struct StageAnswer
{
    /// <summary>Characters at the end of the text that may not leave yet, or never where the response ends.</summary>
    public int Held { get; init; }

    /// <summary>Ends the response in front of what is held back; null: it goes on.</summary>
    public FinishReason? Finish { get; init; }

    /// <summary>
    /// How many of the response's tokens are kept, and the others drawn anew; null: all. Of these no text may have left. Only so often, see
    /// <see cref="Response.MostRedraws"/>: whoever asks once more ends the response as filtered.
    /// </summary>
    public int? RedrawFrom { get; init; }

    public static StageAnswer Hold(int held) => new() { Held = held };

    public static StageAnswer End(FinishReason reason, int dropped) => new() { Finish = reason, Held = dropped };

    public static StageAnswer Redraw(int count) => new() { RedrawFrom = count };
}
