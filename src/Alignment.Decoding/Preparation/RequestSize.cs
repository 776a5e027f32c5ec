using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;

namespace Alignment.Decoding.Preparation;

/// <summary>What a request can need, as a function of the length of its responses.</summary>
/// <param name="Prefixes">Tokens in front of the response on each path of the served model: the prompt, and that of every guide that is a
/// forward pass of its own.</param>
/// <param name="Candidates">Responses that are drawn at once.</param>
/// <param name="ExtraRows">Rows beside those of drawing.</param>
/// <param name="Closing">Tokens behind each response while it is scored.</param>
/// <param name="OtherModels">Guides that are models of their own: each has one path in pages of its own, as long as the prompt's, and so
/// needs no more of them than the served model.</param>
internal sealed record RequestSize(IReadOnlyList<int> Prefixes, int Candidates, int ExtraRows, int Closing = 0, int OtherModels = 0)
{
    /// <summary>Tokens that few answers exceed which nobody limits; those that do may lose pages, and are computed again.</summary>
    private const int OrdinaryResponse = 256;

    /// <param name="request">The request.</param>
    /// <param name="prompt">Its tokens.</param>
    /// <param name="guides">What shifts its next tokens.</param>
    /// <param name="closing">Tokens that end a turn.</param>
    public static RequestSize Of(GenerationRequest request, int[] prompt, IReadOnlyList<Guide> guides, int closing)
    {
        int candidates = request.Alignment.Search?.Draws(request.Choices) ?? request.Choices;

        // Drawing does not compute the row of the last token. A value head reads that of the last closing token; the paths of the guides
        // catch up to the token before it. A prompt is scored before anything is drawn, its last token by none.
        int[] prefixes = [prompt.Length, .. guides.Select(guide => Prefix(guide, prompt.Length)).Where(prefix => prefix > 0)];
        bool scores = request.Alignment.Search is { Scores: true };
        int echoed = request.ListedOfPrompt is null ? 0 : prompt.Length - 1;
        int others = guides.Count(guide => guide is ModelGuide);
        var size = new RequestSize(prefixes, candidates, echoed, scores ? closing : 0, others);
        return scores ? size with { ExtraRows = echoed + (candidates * size.ScoreRows) } : size;
    }

    /// <summary>Rows of one more token of a response.</summary>
    public int TokenRows => Prefixes.Count + OtherModels;

    /// <summary>Rows of scoring a response: its last token, and what closes it.</summary>
    public int ScoreRows => 1 + (Closing * TokenRows);

    /// <summary>Tokens of a guide's own path in the served model; 0 for a head, which reads the prompt's, and for another model.</summary>
    public static int Prefix(Guide guide, int prompt) => guide switch
    {
        AdapterGuide => prompt,
        PromptGuide contrast => contrast.Prompt.Count,
        _ => 0,
    };

    /// <summary>
    /// Most rows through the model: the last row of a prefix gives the first token of every candidate, and the last token has no row.
    /// </summary>
    public long Rows(int response)
    {
        long drawn = (long)Candidates * Math.Max(0, response - 1);
        return Prefixes.Sum(prefix => prefix + drawn) + (OtherModels * (Prefixes[0] + drawn)) + ExtraRows;
    }

    /// <summary>
    /// Pages at once to set aside: for the longest response that the client asked for, or one of ordinary length where it named none or
    /// less and could have the whole context; else every such client would hold a context's pages for an answer of a few lines.
    /// </summary>
    /// <param name="response">Longest response.</param>
    /// <param name="asked">The length that the client named, or the least that it wants.</param>
    public int Pages(int response, int asked)
    {
        int setAside = Math.Min(response, Math.Max(asked, OrdinaryResponse));
        return (int)Math.Min(int.MaxValue, CacheSize.PagesFor(Prefixes, Candidates, Closing + setAside));
    }

    /// <summary>Whether responses of this length stay within a budget of rows and within the cache.</summary>
    public bool Fits(int response, long budget, CacheSize cache)
        => Rows(response) <= budget && cache.Fits(Prefixes, Candidates, response + Closing);

    /// <summary>The longest responses, at most <paramref name="most"/>, that fit; 0 where none do.</summary>
    public int Longest(int most, long budget, CacheSize cache)
    {
        (int fits, int fails) = (0, Math.Max(0, most) + 1);
        while (fails - fits > 1)
        {
            int middle = fits + ((fails - fits) / 2);
            (fits, fails) = Fits(middle, budget, cache) ? (middle, fails) : (fits, middle);
        }

        return fits;
    }
}
