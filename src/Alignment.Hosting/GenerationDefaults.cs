using Alignment.Decoding;
using Alignment.Models.Checkpoints;

namespace Alignment.Hosting;

/// <summary>Sampling defaults that a model's authors wrote into <c>generation_config.json</c>.</summary>
internal static class GenerationDefaults
{
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SamplingSettings Read(string folder)
    {
        string path = Path.Combine(folder, "generation_config.json");
        if (!File.Exists(path))
        {
            return new SamplingSettings();
        }

        var fields = new JsonFields(path, JsonFile.ReadObject(path));
        return new SamplingSettings
        {
            Temperature = (float)fields.Number("temperature", 0, 2, 1),
            TopP = (float)fields.Number("top_p", 1e-6, 1, 1),
            TopK = fields.Integer("top_k", 0, int.MaxValue, 0),
            MinP = (float)fields.Number("min_p", 0, 1, 0),
            RepetitionPenalty = (float)fields.Number("repetition_penalty", 1e-3, 100, 1),
        };
    }
}
