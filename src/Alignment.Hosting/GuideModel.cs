using Alignment.Inference;
using Alignment.Models;
using Alignment.Models.Files;
using Alignment.Models.Tokenization;

namespace Alignment.Hosting;

/// <summary>Another checkpoint that guides a model token by token: every id must mean the same to both.</summary>
internal static class GuideModel
{
    /// <summary>Loads it on the backend of the model that it guides.</summary>
    /// <param name="folder">Its own.</param>
    /// <param name="guided">The model that is served.</param>
    /// <param name="engine">How large a pass can get, and how long a sequence.</param>
    /// <exception cref="InvalidDataException">It is damaged, or of another tokenizer, vocabulary or fewer positions.</exception>
    public static LanguageModel Load(string folder, LanguageModel guided, EngineOptions engine)
    {
        LanguageModel guide = LanguageModel.Load(folder, guided.Transformer.Backend, engine.PassLimits);
        try
        {
            int tokens = guide.Config.VocabularySize;
            int positions = engine.MaxModelLength ?? guided.Config.MaxPositions;
            Require(
                tokens == guided.Config.VocabularySize,
                "vocab_size",
                $"{tokens} is not that of {guided.Name}, {guided.Config.VocabularySize}");
            Require(
                guide.Config.MaxPositions >= positions,
                "max_position_embeddings",
                $"{guide.Config.MaxPositions} is less than the {positions} of {guided.Name}: set Engine:MaxModelLength");
            int? id = Difference(guide.Tokenizer, guided.Tokenizer);
            FileProblem.Require(
                id is null, Path.Combine(folder, "tokenizer.json"), "vocab", $"id {id} is not the token that it is in {guided.Name}");
            return guide;
        }
        catch
        {
            guide.Dispose();
            throw;
        }

        void Require(bool holds, string field, string problem)
            => FileProblem.Require(holds, Path.Combine(folder, "config.json"), field, problem);
    }

    /// <summary>The first id that does not mean the same to both; null: there is none.</summary>
    private static int? Difference(Tokenizer a, Tokenizer b)
    {
        int common = Math.Min(a.VocabularySize, b.VocabularySize);
        for (int id = 0; id < common; id++)
        {
            if (a.IsSpecial(id) != b.IsSpecial(id) || !a.TokenBytes(id).Span.SequenceEqual(b.TokenBytes(id).Span))
            {
                return id;
            }
        }

        return a.VocabularySize == b.VocabularySize ? null : common;
    }
}
