using Alignment.Decoding;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Inference;
using Alignment.Inference.Sessions;
using Alignment.Rewards;

namespace Alignment.Benchmarks.Rewards;

/// <summary>
/// A value head trained with another seed on the other half of the prompts: it scores what the rewards under test did not optimise.
/// </summary>
internal sealed class Judge(ModelRuntime runtime, ValueReward reward)
{
    /// <summary>Score of a candidate after its prompt, as its training saw responses: up to and with the end token.</summary>
    public Task<double> ScoreAsync(ChatPrompt prompt, CandidateReport candidate)
    {
        int[] tokens = [.. runtime.Generator.Encode(prompt), .. candidate.Tokens.Select(token => token.Id)];
        return runtime.Engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(tokens, []);
                await sequence.ComputeAsync();
                return reward.Score(sequence.LastHidden);
            },
            new SessionOptions(),
            CancellationToken.None);
    }
}
