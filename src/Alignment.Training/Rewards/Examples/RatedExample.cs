namespace Alignment.Training.Rewards.Examples;

/// <summary>One response and what somebody said of it alone, as tokens and numbers.</summary>
/// <param name="Response">The response.</param>
/// <param name="Ratings">A number for each attribute, NaN where it was not rated; of a thumb one, 1 for up and 0 for down.</param>
/// <param name="Weight">Of its loss.</param>
/// <param name="Source">Path of its file in the data folder.</param>
public sealed record RatedExample(ResponseTokens Response, double[] Ratings, float Weight, string Source);
