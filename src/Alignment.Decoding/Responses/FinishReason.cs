namespace Alignment.Decoding.Responses;

/// <summary>Why a response ended, in the words that OpenAI's clients know.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token or a stop string.</summary>
    Stop,

    /// <summary>The length limit, the end of the context, or that of the request's budget.</summary>
    Length,

    /// <summary>A guard let no more of it through.</summary>
    ContentFilter,
}
