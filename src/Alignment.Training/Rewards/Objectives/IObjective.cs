namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// What a head is to become: a loss of the scores that it gives a batch, and its gradient by each score. Whoever computes scores (a linear
/// map of frozen features, or a test) takes the gradient from there.
/// </summary>
/// <typeparam name="TExample">What people said: a pair of responses, or one response with ratings.</typeparam>
public interface IObjective<TExample>
{
    /// <summary>What the head scores, by name; one unnamed score for most.</summary>
    IReadOnlyList<string> Outputs => [""];

    /// <summary>Where the scores begin, one for each output, before anything is learned.</summary>
    IReadOnlyList<double> Start => new double[Outputs.Count];

    /// <summary>Where the objective's own numbers begin; most have none.</summary>
    IReadOnlyList<double> OwnStart => [];

    /// <summary>Returns the loss, and adds its gradients.</summary>
    double Evaluate(ScoredBatch<TExample> batch);
}
