namespace Alignment.Rewards.Transforms;

/// <summary>
/// What is done to a reward before it is weighed against others: u(r) with r measured from a reference point (Wang et al., "Transforming
/// and combining rewards", ICML 2024).
/// </summary>
/// <param name="Name">As requests write it: one of <see cref="Names"/>.</param>
/// <param name="Reference">The reward of a response that is just good enough.</param>
public sealed record RewardTransform(string Name, double Reference)
{
    private const string IdentityName = "identity";
    private const string LogSigmoidName = "log_sigmoid";

    /// <summary>The reward as it is.</summary>
    public static RewardTransform Identity { get; } = new(IdentityName, 0);

    /// <summary>Every transform there is.</summary>
    public static IReadOnlyList<string> Names { get; } = [IdentityName, LogSigmoidName];

    /// <summary>
    /// <c>identity</c>: r - reference. <c>log_sigmoid</c>: log sigmoid(r - reference), at most 0, so that being far better in one objective
    /// cannot pay for being bad in another; a sum of these is the log-probability that all objectives are met.
    /// </summary>
    /// <exception cref="ArgumentException">No such transform.</exception>
    public static RewardTransform Create(string name, double reference)
        => Names.Contains(name)
            ? new(name, reference)
            : throw new ArgumentException($"no transform '{name}': {string.Join(", ", Names)}", nameof(name));

    /// <summary>Applies it.</summary>
    public double Apply(double reward) => Name == LogSigmoidName ? LogSigmoid(reward - Reference) : reward - Reference;

    /// <summary>log(1 / (1 + exp(-x))) without overflow.</summary>
    private static double LogSigmoid(double x) => Math.Min(x, 0) - double.LogP1(Math.Exp(-Math.Abs(x)));
}
