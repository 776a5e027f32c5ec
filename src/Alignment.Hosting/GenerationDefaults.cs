using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models.Files;

namespace Alignment.Hosting;

/// <summary>Sampling defaults that a model's authors wrote into <c>generation_config.json</c>.</summary>
public static class GenerationDefaults
{
    /// <summary>The defaults of a model folder; ours where it has none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SamplingSettings Read(string folder)
    {
        string path = Path.Combine(folder, "generation_config.json");
        if (!File.Exists(path))
        {
            return new SamplingSettings();
        }

        var fields = new JsonFields(path, JsonFile.ReadObject(path));
        var sampling = new SamplingSettings
        {
            Temperature = (float)Number(fields, "temperature", 1),
            TopP = (float)Number(fields, "top_p", 1),
            TopK = fields.Integer("top_k", int.MinValue, int.MaxValue, 0),
            MinP = (float)Number(fields, "min_p", 0),
            RepetitionPenalty = (float)Number(fields, "repetition_penalty", 1),
        };
        ProblemCollection problems = [];
        SamplingValidator.Validate(sampling, problems);
        return problems.Count == 0 ? sampling : throw fields.Problem(problems.First.Path, problems.First.Message);
    }

    /// <summary>Any number: the ranges stand elsewhere.</summary>
    private static double Number(JsonFields fields, string name, double otherwise)
        => fields.Number(name, double.NegativeInfinity, double.PositiveInfinity, otherwise);
}
