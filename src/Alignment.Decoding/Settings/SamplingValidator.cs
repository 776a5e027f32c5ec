namespace Alignment.Decoding.Settings;

/// <summary>The ranges of the sampling parameters, under the names that OpenAI gives them.</summary>
public static class SamplingValidator
{
    private const int MaxBiases = 300;

    /// <summary>Notes every parameter out of range.</summary>
    /// <param name="sampling">The parameters.</param>
    /// <param name="vocabularySize">Token ids end here.</param>
    /// <param name="problems">Receives the problems.</param>
    public static void Validate(SamplingSettings sampling, int vocabularySize, ProblemCollection problems)
    {
        Check(sampling.Temperature is >= 0 and <= 2, "temperature", "must be between 0 and 2");
        Check(sampling.TopP is > 0 and <= 1, "top_p", "must be above 0 and at most 1");
        Check(sampling.TopK >= 0, "top_k", "must be 0 (off) or more");
        Check(sampling.MinP is >= 0 and <= 1, "min_p", "must be between 0 and 1");
        Check(sampling.RepetitionPenalty is > 0 and <= 100, "repetition_penalty", "must be above 0 and at most 100");
        Check(sampling.FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", "must be between -2 and 2");
        Check(sampling.PresencePenalty is >= -2 and <= 2, "presence_penalty", "must be between -2 and 2");
        Check(sampling.LogitBias.Count <= MaxBiases, "logit_bias", $"must have at most {MaxBiases} entries");
        foreach ((int token, float bias) in sampling.LogitBias)
        {
            Check(token >= 0 && token < vocabularySize, $"logit_bias.{token}", $"no such token: ids end at {vocabularySize - 1}");
            Check(bias is >= -100 and <= 100, $"logit_bias.{token}", "must be between -100 and 100");
        }

        void Check(bool holds, string path, string message)
        {
            if (!holds)
            {
                problems.Add(new RequestProblem(path, message));
            }
        }
    }
}
