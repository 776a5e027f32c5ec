using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Alignment.Decoding;
using Alignment.Decoding.Settings;
using Alignment.Server.Contracts;
using Alignment.Server.Contracts.Chat;
using Alignment.Server.Contracts.Completions;
using Alignment.Server.Contracts.Tokens;

namespace Alignment.Server.Requests.Fields;

/// <summary>
/// Notes every field of a body that no contract has and that may not be ignored: the caller asked for something that would not happen.
/// Fields of <c>alignment</c> are read, and refused, elsewhere.
/// </summary>
internal static class FieldCheck
{
    private static readonly Dictionary<Type, string> s_bodies = new()
    {
        [typeof(ChatCompletionRequest)] = Places.Chat,
        [typeof(CompletionRequest)] = Places.Completion,
        [typeof(TokenizeRequest)] = Places.Tokenize,
        [typeof(DetokenizeRequest)] = Places.Detokenize,
    };

    private static readonly string[] s_options = Names(ServerJson.Wire.StreamOptions);
    private static readonly string[] s_message = Names(ServerJson.Wire.ChatMessageBody);
    private static readonly string[] s_part = ["type", "text"];

    /// <param name="body">The body.</param>
    /// <param name="contract">What it is read into.</param>
    /// <param name="problems">Receives the problems.</param>
    public static void Check(JsonObject body, JsonTypeInfo contract, ProblemCollection problems)
    {
        string[] known = Names(contract);
        Check(body, s_bodies.GetValueOrDefault(contract.Type, Places.AnyBody), known, "", problems);
        Visit(body, "stream_options", known, "", options => Check(options.Node, Places.StreamOptions, s_options, options.Path, problems));
        Visit(body, "messages", known, "", message =>
        {
            Check(message.Node, Places.Message, s_message, message.Path, problems);
            Visit(message.Node, "content", s_message, message.Path, part => Check(part.Node, Places.Part, s_part, part.Path, problems));
        });
    }

    private static void Check(JsonObject node, string place, string[] known, string path, ProblemCollection problems)
    {
        foreach ((string name, JsonNode? value) in node)
        {
            if (!known.Contains(name) && ForeignFields.Find(place, name) is var row && row?.Accepts(value) is not true)
            {
                problems.Add(new RequestProblem(path + name, row?.Reason ?? Unknown(name, known, problems)));
            }
        }
    }

    /// <summary>Suggestions cost a comparison with every known name: made only for problems that are kept.</summary>
    private static string Unknown(string name, string[] known, ProblemCollection problems)
        => "unknown field" + (problems.Count < ProblemCollection.MaxKept ? Spelling.Hint(name, known) : "");

    /// <summary>The objects that a field is or lists; what is neither is for the contract's reader to refuse.</summary>
    private static void Visit(JsonObject parent, string field, string[] known, string path, Action<(JsonObject Node, string Path)> visit)
    {
        if (!known.Contains(field) || !parent.TryGetPropertyValue(field, out JsonNode? value))
        {
            return;
        }

        if (value is JsonObject single)
        {
            visit((single, $"{path}{field}."));
        }

        JsonArray list = value as JsonArray ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item)
            {
                visit((item, $"{path}{field}[{i}]."));
            }
        }
    }

    private static string[] Names(JsonTypeInfo contract) => [.. contract.Properties.Select(property => property.Name)];
}
