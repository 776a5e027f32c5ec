using System.Text.Json.Serialization;

namespace Alignment.Training.Rewards.Trainers;

/// <summary>What a value head is to become; each has a file among the objectives, and a name on the command line.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RewardObjective>))]
public enum RewardObjective
{
    /// <summary>The chosen response above the rejected one.</summary>
    BradleyTerry,

    /// <summary>The same where some labels are wrong.</summary>
    NoiseAware,

    /// <summary>The same, by a margin that the rows give.</summary>
    Margin,

    /// <summary>The same, with a bound on how far two responses may lie apart.</summary>
    Pcrm,

    /// <summary>The same over several sources, none at the cost of another.</summary>
    More,

    /// <summary>Rewards of several users.</summary>
    Pal,

    /// <summary>Thumbs, by how people value gains and losses.</summary>
    Kto,

    /// <summary>Thumbs, by a classifier.</summary>
    Bco,

    /// <summary>Ratings by attribute, by least squares.</summary>
    Regression,
}
