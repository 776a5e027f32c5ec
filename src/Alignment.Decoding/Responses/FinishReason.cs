namespace Alignment.Decoding.Responses;

/// <summary>Why a response ended; OpenAI's clients know no other words.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token or a stop string.</summary>
    Stop,

    /// <summary>The length limit or the end of the context.</summary>
    Length,
}
