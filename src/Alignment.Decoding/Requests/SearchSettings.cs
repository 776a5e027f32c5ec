namespace Alignment.Decoding.Requests;

/// <summary>The options of a decoding method; each method has its own record.</summary>
public abstract record SearchSettings
{
    /// <summary>Name of the method, as requests write it.</summary>
    public abstract string Method { get; }

    /// <summary>How many responses are drawn so that <paramref name="choices"/> can be returned: what the request costs.</summary>
    public virtual int Draws(int choices) => choices;

    /// <summary>The field of a request that says how many are drawn.</summary>
    public virtual string DrawsField => GenerationRequest.ChoicesField;

    /// <summary>Whether heads score what is drawn: at one more row each, that of the last token.</summary>
    public virtual bool Scores => false;
}
