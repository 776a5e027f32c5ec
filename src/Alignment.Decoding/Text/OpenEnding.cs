using Alignment.Models.ChatTemplates;

namespace Alignment.Decoding.Text;

/// <summary>The rendering of a conversation without what its template writes behind the content of the last turn, as transformers has it.</summary>
internal static class OpenEnding
{
    /// <summary>Cuts behind the last place where the content stands in what clients wrote; spaces at its end stay where the template keeps them.</summary>
    /// <param name="rendered">The whole conversation.</param>
    /// <param name="content">What its last turn says.</param>
    /// <returns>Null where the content is nowhere: it is blank, or the template changes it.</returns>
    public static RenderedPrompt? Cut(RenderedPrompt rendered, string content)
    {
        string bare = content.Trim();
        for (int i = rendered.ClientText.Count - 1; i >= 0 && bare.Length > 0; i--)
        {
            (int start, int length) = rendered.ClientText[i].GetOffsetAndLength(rendered.Text.Length);
            ReadOnlySpan<char> stretch = rendered.Text.AsSpan(start, length);
            int at = stretch.LastIndexOf(bare, StringComparison.Ordinal);
            if (at >= 0)
            {
                int end = start + at + bare.Length + Kept(stretch[(at + bare.Length)..], content.AsSpan(content.TrimEnd().Length));
                return new RenderedPrompt(rendered.Text[..end], [.. rendered.ClientText.Take(i), start..end]);
            }
        }

        return null;
    }

    private static int Kept(ReadOnlySpan<char> rest, ReadOnlySpan<char> spaces) => rest.StartsWith(spaces) ? spaces.Length : 0;
}
