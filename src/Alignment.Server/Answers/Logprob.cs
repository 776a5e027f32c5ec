namespace Alignment.Server.Answers;

/// <summary>JSON has no infinity: like OpenAI's, our impossible tokens have a log-probability of -9999.</summary>
internal static class Logprob
{
    private const float Impossible = -9999;

    public static float Finite(float logProbability) => MathF.Max(logProbability, Impossible);
}
