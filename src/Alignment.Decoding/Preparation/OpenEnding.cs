using Alignment.Templates;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// The rendering of a conversation without what its template writes behind the content of the last turn, as transformers has it. The
/// content is looked for in one place, the end of what clients wrote, so the work is linear in the rendering.
/// </summary>
internal static class OpenEnding
{
    /// <summary>
    /// Cuts behind the last stretch of clients, where that ends with the content; spaces at its end stay where the template keeps them.
    /// </summary>
    /// <param name="content">What the last turn says.</param>
    /// <param name="render">
    /// The whole conversation with this as its last turn. It is rendered a second time, with a longer content, to tell whose the stretch
    /// is: an earlier turn that says the same does not change with it.
    /// </param>
    /// <returns>
    /// Null where the content does not stand there: it is blank, or the template changes it, cuts it up, or does not write it last.
    /// </returns>
    public static RenderedPrompt? Cut(string content, Func<string, RenderedPrompt> render)
    {
        string bare = content.Trim();
        if (bare.Length == 0)
        {
            return null;
        }

        // A mark that differs from the content's last character: no text ends with both.
        char mark = bare[^1] == '\uE000' ? '\uE001' : '\uE000';
        RenderedPrompt whole = render(content);
        return ClientsEndWith(whole, bare) && ClientsEndWith(render(content + mark), (content + mark).TrimStart())
            ? whole with { Text = whole.Text[..whole.ClientText[^1].End.Value] }
            : null;
    }

    private static bool ClientsEndWith(RenderedPrompt rendered, string bare)
        => rendered.ClientText is [.., var last] && rendered.Text.AsSpan()[last].TrimEnd().EndsWith(bare, StringComparison.Ordinal);
}
