using System.Text.Json;
using Alignment.Models.Files;
using Alignment.Models.Tokenization.Pipeline;

namespace Alignment.Models.Tokenization;

/// <summary>Reads a <c>tokenizer.json</c>.</summary>
internal static class TokenizerReader
{
    private const int MaxId = 1 << 22;

    public static TokenizerParts Read(string path)
    {
        var file = new JsonFields(path, JsonFile.ReadObject(path));
        AddedToken[] added = [.. file.Objects("added_tokens").Select(ReadAddedToken)];
        Func<string, string> normalize = NormalizerReader.Read(path, file.Object("normalizer"));
        (int[] prefix, int[] suffix) = ReadTemplate(file.Object("post_processor"));
        return new TokenizerParts
        {
            AddedTokens = added,
            RawTokens = new AddedTokenMatcher(added.Where(token => !token.Normalized)),
            Normalize = normalize,
            NormalizedTokens = new AddedTokenMatcher(
                added.Where(token => token.Normalized).Select(token => token with { Content = normalize(token.Content) })),
            PreTokenize = PreTokenizerReader.Read(path, file.Object("pre_tokenizer")),
            Model = ReadModel(path, file.Object("model") ?? throw file.Problem("model", "is missing"), added),
            Prefix = prefix,
            Suffix = suffix,
            Spelling = TokenSpelling.Read(file.Object("decoder")),
        };
    }

    private static AddedToken ReadAddedToken(JsonFields fields) => new(
        fields.Integer("id", 0, MaxId), fields.Text("content")
            ?? throw fields.Problem("content", "is missing"), fields.Flag("special", false),
        fields.Flag("normalized", true), fields.Flag("single_word", false), fields.Flag("lstrip", false), fields.Flag("rstrip", false));

    private static BpeModel ReadModel(string path, JsonFields model, AddedToken[] added)
    {
        if (model.Text("type") is not (null or "BPE"))
        {
            throw model.Problem("type", $"'{model.Text("type")}' is not supported; BPE is");
        }

        foreach (string field in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Text(field) is { Length: > 0 })
            {
                throw model.Problem(field, "is not supported");
            }
        }

        if (model.Number("dropout", 0, 1, 0) > 0)
        {
            throw model.Problem("dropout", "is for training; a text would have other ids each time");
        }

        Dictionary<string, int> vocabulary = ReadVocabulary(path, model);
        int? unknown = model.Text("unk_token") is { } text && vocabulary.TryGetValue(text, out int id) ? id : null;
        int[]? bytes = model.Flag("byte_fallback", false) ? ReadByteIds(vocabulary) : null;
        HashSet<int> control = [.. added.Where(token => token.IsControl).Select(token => token.Id)];
        var options = new BpeModelOptions(control, unknown, model.Flag("fuse_unk", false), bytes, model.Flag("ignore_merges", false));
        return new BpeModel(options, vocabulary, ReadMerges(path, model, vocabulary, control));
    }

    private static Dictionary<string, int> ReadVocabulary(string path, JsonFields model)
    {
        JsonElement vocabulary = model.Raw("vocab") is { ValueKind: JsonValueKind.Object } map
            ? map
            : throw model.Problem("vocab", "must be an object of ids");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty token in vocabulary.EnumerateObject())
        {
            bool valid = token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out int id) && id is >= 0 and <= MaxId;
            FileProblem.Require(valid, path, $"model.vocab.{token.Name}", $"must be an id from 0 to {MaxId}");
            ids[token.Name] = token.Value.GetInt32();
        }

        return ids;
    }

    /// <summary>-1 where the vocabulary lacks a byte.</summary>
    private static int[] ReadByteIds(Dictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];

    private static Dictionary<(int, int), (int, int)> ReadMerges(
        string path, JsonFields model, Dictionary<string, int> vocabulary, HashSet<int> control)
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        // A tokenizer without merges may spell the empty list as an empty object.
        JsonElement[] list = model.Raw("merges") switch
        {
            { ValueKind: JsonValueKind.Array } array => [.. array.EnumerateArray()],
            { ValueKind: JsonValueKind.Object } map when !map.EnumerateObject().Any() => [],
            _ => throw model.Problem("merges", "must be a list"),
        };
        int rank = 0;
        foreach (JsonElement merge in list)
        {
            (string left, string right) = ReadMerge(path, merge, rank);
            bool known =
                vocabulary.TryGetValue(left, out int leftId) & vocabulary.TryGetValue(right, out int rightId) & vocabulary.TryGetValue(
                    left + right, out int id);
            FileProblem.Require(known, path, $"model.merges[{rank}]", $"'{left}' and '{right}' do not make a token of the vocabulary");
            if (!control.Contains(id))
            {
                merges.TryAdd((leftId, rightId), (rank, id));
            }

            rank++;
        }

        return merges;
    }

    /// <summary>Both spellings: <c>"a b"</c> and <c>["a", "b"]</c>.</summary>
    private static (string Left, string Right) ReadMerge(string path, JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.Array
            && merge.GetArrayLength() == 2
            && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String))
        {
            return (merge[0].GetString()!, merge[1].GetString()!);
        }

        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : [];
        return parts.Length == 2 ? (parts[0], parts[1]) : throw FileProblem.Of(path, $"model.merges[{rank}]", "must be two tokens");
    }

    /// <summary>The ids that a TemplateProcessing step puts around a single text.</summary>
    private static (int[] Prefix, int[] Suffix) ReadTemplate(JsonFields? step)
    {
        switch (step?.Text("type"))
        {
            case null or "ByteLevel":
                return ([], []);
            case "Sequence":
                (int[] Prefix, int[] Suffix)[] parts = [.. step.Objects("processors").Select(ReadTemplate)];
                return ([.. parts.SelectMany(part => part.Prefix)], [.. parts.SelectMany(part => part.Suffix)]);
            case "TemplateProcessing":
                JsonFields[] pieces = [.. step.Objects("single")];
                int text = Array.FindIndex(pieces, piece => piece.Has("Sequence"));
                int[] Ids(IEnumerable<JsonFields> some) => [.. some.SelectMany(piece => SpecialIds(step, piece))];
                return text < 0
                    ? throw step.Problem("single", "has no place for the text")
                    : (Ids(pieces[..text]), Ids(pieces[(text + 1)..]));
            default:
                throw step.Problem("type", $"the post-processor '{step.Text("type")}' is not supported");
        }
    }

    private static IReadOnlyList<int> SpecialIds(JsonFields step, JsonFields piece)
    {
        string name = piece.Object("SpecialToken")?.Text("id") ?? throw piece.Problem("SpecialToken", "is missing");
        JsonFields token = step.Object("special_tokens")?.Object(name) ?? throw step.Problem("special_tokens", $"has no '{name}'");
        return token.Integers("ids", 0, MaxId);
    }
}
