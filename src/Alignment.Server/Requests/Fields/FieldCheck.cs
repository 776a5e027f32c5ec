using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Reading;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests.Fields;

/// <summary>
/// Notes every field of a body that no contract has and that may not be ignored: the caller asked for something that would not happen.
/// Fields of <c>alignment</c> are read, and refused, elsewhere.
/// </summary>
internal static class FieldCheck
{
    private static readonly Level s_part = new(Places.Part, ["type", "text"], []);
    private static readonly Level s_message = new(Places.Message, Names(ServerJson.Wire.ChatMessageBody), new() { ["content"] = s_part });
    private static readonly Level s_options = new(Places.StreamOptions, Names(ServerJson.Wire.StreamOptions), []);

    private static readonly Dictionary<Type, Level> s_bodies = new()
    {
        [typeof(ChatCompletionRequest)] = Body(Places.Chat, ServerJson.Wire.ChatCompletionRequest),
        [typeof(CompletionRequest)] = Body(Places.Completion, ServerJson.Wire.CompletionRequest),
        [typeof(TokenizeRequest)] = Body(Places.Tokenize, ServerJson.Wire.TokenizeRequest),
        [typeof(DetokenizeRequest)] = Body(Places.Detokenize, ServerJson.Wire.DetokenizeRequest),
        [typeof(FeedbackRequest)] = Body(Places.Feedback, ServerJson.Wire.FeedbackRequest),
    };

    /// <param name="body">An object.</param>
    /// <param name="contract">What it is read into.</param>
    /// <param name="problems">Receives the problems.</param>
    public static void Check(ReadOnlySpan<byte> body, JsonTypeInfo contract, ProblemCollection problems)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        CheckObject(ref reader, s_bodies.GetValueOrDefault(contract.Type) ?? Body(Places.AnyBody, contract), "", problems);
    }

    private static void CheckObject(ref Utf8JsonReader reader, Level level, string path, ProblemCollection problems)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == TokenNames.Field && level.Known.Contains(name))
            {
                TokenNames.Check(reader, path + name, problems);
            }

            if (level.Parts.TryGetValue(name, out Level? part))
            {
                CheckParts(ref reader, part, path + name, problems);
                continue;
            }

            if (!level.Known.Contains(name) && ForeignFields.Find(level.Place, name) is var row && row?.Accepts(reader) is not true)
            {
                Refuse(name, row, level, path, problems);
            }

            reader.Skip();
        }
    }

    /// <summary>The objects that a field is or lists; what is neither is for the contract's reader to refuse.</summary>
    private static void CheckParts(ref Utf8JsonReader reader, Level level, string path, ProblemCollection problems)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            CheckObject(ref reader, level, path + ".", problems);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    CheckObject(ref reader, level, $"{path}[{i}].", problems);
                }

                reader.Skip();
            }
        }
    }

    /// <summary>
    /// Notes the field, and excuses the one that was meant. That one is looked for only for problems that are kept: it costs a comparison
    /// with every known name.
    /// </summary>
    private static void Refuse(string name, ForeignField? row, Level level, string path, ProblemCollection problems)
    {
        string? nearest = row is null && problems.Count < ProblemCollection.MaxKept ? Spelling.Nearest(name, level.Known) : null;
        problems.Add(new RequestProblem(path + name, row?.Reason ?? $"unknown field{Spelling.Hint(nearest)}"));
        if ((row?.InPlaceOf ?? nearest) is { } meant)
        {
            problems.Excuse(path + meant);
        }
    }

    private static Level Body(string place, JsonTypeInfo contract)
    {
        string[] known = Names(contract);
        Dictionary<string, Level> parts = new() { ["stream_options"] = s_options, ["messages"] = s_message };
        return new Level(place, known, parts.Where(part => known.Contains(part.Key)).ToDictionary());
    }

    private static string[] Names(JsonTypeInfo contract) => [.. contract.Properties.Select(property => property.Name)];

    /// <summary>One kind of object: the fields that its contract has, and those of them that are or list objects again.</summary>
    private sealed record Level(string Place, string[] Known, Dictionary<string, Level> Parts);
}
