namespace Alignment.Models.Tokenization;

/// <summary>A token that is found in the text as it stands, before any other step.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Named a control token; not shown in what a model answers.</param>
/// <param name="Normalized">Found in the normalised text rather than in the text as given.</param>
/// <param name="SingleWord">Only where no letter or digit touches it.</param>
/// <param name="StripLeft">Takes the white space before it along.</param>
/// <param name="StripRight">Takes the white space after it along.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized, bool SingleWord, bool StripLeft, bool StripRight)
{
    /// <summary>
    /// Whether a client's text must not produce it. That is every added token but runs of white space, special or not: role markers of
    /// published models (DeepSeek R1) are not all special, and which ones a template writes is known only when it has run.
    /// </summary>
    public bool IsControl => Special || Content.Any(c => !char.IsWhiteSpace(c) && c != '\u2581');
}
