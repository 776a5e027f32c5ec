using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Requests;

/// <summary>Holds sampling parameters against their ranges, under the names that OpenAI gives them.</summary>
public static class SamplingValidator
{
    /// <summary>Notes every parameter out of range.</summary>
    public static void Validate(SamplingSettings sampling, ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        ArgumentNullException.ThrowIfNull(problems);
        RequestRanges.Temperature.Check(sampling.Temperature, "temperature", problems);
        RequestRanges.TopP.Check(sampling.TopP, "top_p", problems);
        RequestRanges.TopK.Check(sampling.TopK, "top_k", problems);
        RequestRanges.MinP.Check(sampling.MinP, "min_p", problems);
        RequestRanges.RepetitionPenalty.Check(sampling.RepetitionPenalty, "repetition_penalty", problems);
        RequestRanges.FrequencyPenalty.Check(sampling.FrequencyPenalty, "frequency_penalty", problems);
        RequestRanges.PresencePenalty.Check(sampling.PresencePenalty, "presence_penalty", problems);
    }

    /// <summary>Notes what names single tokens and cannot.</summary>
    /// <param name="sampling">The parameters.</param>
    /// <param name="vocabularySize">Token ids end here.</param>
    /// <param name="problems">Receives the problems.</param>
    public static void ValidateTokens(SamplingSettings sampling, int vocabularySize, ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        ArgumentNullException.ThrowIfNull(problems);
        if (!RequestRanges.LogitBiasCount.Contains(sampling.LogitBias.Count))
        {
            problems.Add(
                new RequestProblem(
                    "logit_bias", $"has {sampling.LogitBias.Count} entries, at most {RequestRanges.LogitBiasCount.Maximum} are allowed"));
            return;
        }

        foreach ((int token, float bias) in sampling.LogitBias)
        {
            if (token < 0 || token >= vocabularySize)
            {
                problems.Add(new RequestProblem($"logit_bias.{token}", $"no such token: ids end at {vocabularySize - 1}"));
            }
            else
            {
                RequestRanges.LogitBias.Check(bias, $"logit_bias.{token}", problems);
            }
        }
    }
}
