namespace Alignment.Training.Data.Preferences;

/// <summary>One response and what people said of it alone.</summary>
/// <param name="Prompt">Turns up to the response; ends with the user's.</param>
/// <param name="Response">The response.</param>
/// <param name="Ratings">By attribute; of a thumb <see cref="Thumb"/>, 1 for up and 0 for down.</param>
/// <param name="Source">Path of its file in the data folder.</param>
/// <param name="Weight">Of its loss.</param>
/// <param name="Part">Which training may see it.</param>
public sealed record RatedResponse(
    IReadOnlyList<Turn> Prompt,
    string Response,
    IReadOnlyDictionary<string, double> Ratings,
    string Source,
    float Weight,
    DataPart Part)
{
    /// <summary>The one attribute of a response under a thumb.</summary>
    public const string Thumb = "thumb";

    /// <summary>Whether it says something.</summary>
    public bool IsUsable => Prompt.Count > 0 && Response.Length > 0 && Ratings.Count > 0;

    internal static Dictionary<string, double> OfThumb(bool isUp) => new() { [Thumb] = isUp ? 1 : 0 };
}
