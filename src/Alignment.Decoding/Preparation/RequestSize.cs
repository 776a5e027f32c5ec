using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;

namespace Alignment.Decoding.Preparation;

/// <summary>What a request can need, as a function of the length of its responses.</summary>
/// <param name="Prefixes">Tokens in front of the response on each path: the prompt, and that of every guide that is a forward pass of its
/// own.</param>
/// <param name="Candidates">Responses that are drawn at once.</param>
/// <param name="ExtraRows">Rows beside those of drawing.</param>
internal sealed record RequestSize(IReadOnlyList<int> Prefixes, int Candidates, int ExtraRows)
{
    public static RequestSize Of(GenerationRequest request, int[] prompt, IReadOnlyList<Guide> guides)
    {
        int candidates = request.Alignment.Search?.Draws(request.Choices) ?? request.Choices;

        // A value head reads the row of the last token, which drawing does not compute; a prompt is scored before anything is drawn, its last token by none.
        int scored = request.Alignment.Search is { Scores: true } ? candidates : 0;
        int echoed = request.ListedOfPrompt is null ? 0 : prompt.Length - 1;
        return new RequestSize([prompt.Length, .. guides.Select(guide => Prefix(guide, prompt.Length)).Where(prefix => prefix > 0)], candidates, scored + echoed);
    }

    /// <summary>Tokens of a guide's own path; 0 for a head, which reads the prompt's.</summary>
    public static int Prefix(Guide guide, int prompt) => guide switch
    {
        AdapterGuide => prompt,
        PromptGuide contrast => contrast.Prompt.Count,
        _ => 0,
    };

    /// <summary>Most rows through the model: the last row of a prefix gives the first token of every candidate, and the last token has no row.</summary>
    public long Rows(int response) => Prefixes.Sum(prefix => prefix + ((long)Candidates * Math.Max(0, response - 1))) + ExtraRows;

    /// <summary>Most pages at once.</summary>
    public int Pages(int response) => (int)Math.Min(int.MaxValue, CacheSize.PagesFor(Prefixes, Candidates, response));

    /// <summary>Whether responses of this length stay within a budget of rows and within the cache.</summary>
    public bool Fits(int response, long budget, CacheSize cache) => Rows(response) <= budget && cache.Fits(Prefixes, Candidates, response);

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
