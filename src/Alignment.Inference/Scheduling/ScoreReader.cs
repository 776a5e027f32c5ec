using Alignment.Compute.NextToken;
using Alignment.Models;

namespace Alignment.Inference.Scheduling;

/// <summary>Reads log-probabilities of known tokens from a pass's logits, in double precision.</summary>
internal sealed class ScoreReader(Transformer model, int vocabulary)
{
    private readonly float[] _logits = new float[model.Config.VocabularySize];

    public void Read(ScoredRows rows)
    {
        ScoreRequest request = rows.Sequence.Scores!;
        for (int i = 0; i < rows.Count; i++)
        {
            int token = rows.FirstToken + i;
            model.Backend.Download(model.Logits, rows.First + i, _logits);
            double normalizer = LogSumExp(_logits.AsSpan(0, vocabulary));
            request.LogProbabilities.Span[token - request.From] = (float)(_logits[rows.Sequence.Tokens[token]] - normalizer);
            if (request.Top is not null)
            {
                ReadTop(request.Top[token - request.From], normalizer);
            }
        }
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float maximum = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            maximum = Math.Max(maximum, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - maximum);
        }

        return maximum + Math.Log(sum);
    }

    /// <summary>Keeps the best in order while it reads; ties go to the lower id.</summary>
    private void ReadTop(TokenLogProbability[] top, double normalizer)
    {
        Array.Fill(top, TokenLogProbability.None);
        for (int token = 0; token < vocabulary && top.Length > 0; token++)
        {
            float logProbability = (float)(_logits[token] - normalizer);
            int at = top.Length;
            while (at > 0 && logProbability > top[at - 1].LogProbability)
            {
                at--;
            }

            if (at < top.Length)
            {
                Array.Copy(top, at, top, at + 1, top.Length - at - 1);
                top[at] = new TokenLogProbability(token, logProbability);
            }
        }
    }
}
