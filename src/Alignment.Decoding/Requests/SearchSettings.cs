
namespace Alignment.Decoding.Requests;

/// <summary>The options of a decoding method, and what they make a request cost; each method has its own record.</summary>
public abstract record SearchSettings
{
    /// <summary>Name of the method, as requests write it.</summary>
    public abstract string Method { get; }

    /// <summary>How many responses are drawn so that <paramref name="choices"/> can be returned: what the request costs.</summary>
    public virtual int Draws(int choices) => choices;

    /// <summary>The field of a request that says how many are drawn.</summary>
    public virtual string DrawsField => GenerationRequest.ChoicesField;

    /// <summary>Whether rewards score what is drawn: at a few more rows each, those of the last token and of the end of the turn.</summary>
    public virtual bool Scores => false;
}

/// <summary>
/// The options of a method that draws candidates and chooses among them by rewards: what an operator's floors of rewards are kept by.
/// </summary>
public abstract record SelectionSettings : SearchSettings
{
    /// <summary>Candidates drawn.</summary>
    public required int Candidates { get; init; }

    /// <summary>Rewards whose weighted sum is compared.</summary>
    public required IReadOnlyList<RewardTerm> Rewards { get; init; }

    /// <summary>Temperature of a soft selection, probability proportional to exp(score / tau); 0 takes the best.</summary>
    public double Tau { get; init; }

    /// <inheritdoc/>
    public override int Draws(int choices) => Candidates;

    /// <inheritdoc/>
    public override string DrawsField => "alignment.search.n";

    /// <inheritdoc/>
    public override bool Scores => true;
}
