using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Which objective a setting means, and what its rows must have.</summary>
public static class HeadCourses
{
    /// <summary>Rewards of one head.</summary>
    private const int Most = 64;

    /// <summary>What an objective learns from.</summary>
    public static ExampleKind KindOf(RewardObjective objective) => objective switch
    {
        RewardObjective.Pal => ExampleKind.PairsByUser,
        RewardObjective.Kto or RewardObjective.Bco => ExampleKind.Thumbs,
        RewardObjective.Regression => ExampleKind.Ratings,
        _ => ExampleKind.Pairs,
    };

    /// <summary>The objective over its data.</summary>
    /// <exception cref="InvalidDataException">The data does not hold what it learns from.</exception>
    internal static IHeadCourse Of(RewardData data, RewardSettings settings) => settings.Objective switch
    {
        RewardObjective.Pal => OfUsers(data, settings),
        RewardObjective.Kto => new RatingCourse(new KahnemanTversky(Thumbs(data)), data.Rated, settings),
        RewardObjective.Bco => new RatingCourse(new BinaryClassifier(Thumbs(data)), data.Rated, settings),
        RewardObjective.Regression => new RatingCourse(new AttributeRegression(Attributes(data), data.Rated), data.Rated, settings),
        _ => new PairCourse(OfPairs(data, settings.Objective), Comparable(data, settings), settings),
    };

    private static PairObjective OfPairs(RewardData data, RewardObjective objective) => objective switch
    {
        RewardObjective.Margin => BradleyTerry.WithMargins(WithMargins(data)),
        RewardObjective.NoiseAware => new NoiseAware(),
        RewardObjective.Pcrm => new PriorConstraint(),
        RewardObjective.More => new BradleyTerry(Require(
            data.Training.DistinctBy(example => example.Source).Count() > 1, 0, "more weighs several sources: give a mix of them")),
        _ => new BradleyTerry(0),
    };

    private static IReadOnlyList<RewardExample> Comparable(RewardData data, RewardSettings settings) =>
        !settings.BalanceLengths || LengthBalancedWeights.Of(data.Training).Any(factor => factor > 0)
            ? data.Training
            : throw new InvalidDataException(
                "--balance-lengths leaves nothing to learn from: no bin of the length ratio has pairs with a longer and with a shorter "
                + "chosen response");

    private static UserCourse OfUsers(RewardData data, RewardSettings settings)
    {
        string[] users = [.. data.Training.Select(example => example.User!).Distinct().Order(StringComparer.Ordinal)];
        Require(users.Length <= Most, 0, $"pal gives each user a reward, of {Most} at most; the rows name {users.Length}");
        return new UserCourse(new IdealPoints(users, settings.Prototypes, settings.Seed), users, data.Training, settings);
    }

    private static IReadOnlyList<RewardExample> WithMargins(RewardData data) => Require(
        data.Training.Any(example => example.Margin > 0), data.Training, "margin needs rows with a 'margin' above 0; there is none");

    private static IReadOnlyList<RatedExample> Thumbs(RewardData data) => Require(
        data.Rated.DistinctBy(example => example.Ratings[0]).Count() == 2, data.Rated, "thumbs must point both ways; these all point one");

    private static IReadOnlyList<string> Attributes(RewardData data) => Require(
        data.Attributes.Count <= Most,
        data.Attributes,
        $"regression learns {Most} attributes at most; the rows have {data.Attributes.Count}");

    private static T Require<T>(bool holds, T value, string problem) =>
        holds ? value : throw new InvalidDataException($"--objective {problem}");
}
