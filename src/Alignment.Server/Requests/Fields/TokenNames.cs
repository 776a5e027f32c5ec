using System.Globalization;
using System.Text.Json;
using Alignment.Decoding.Problems;

namespace Alignment.Server.Requests.Fields;

/// <summary>
/// Token ids as the names of an object's fields: <c>logit_bias</c>. Each has one spelling, or two names would be one token and the last of
/// them would count.
/// </summary>
internal static class TokenNames
{
    public const string Field = "logit_bias";

    /// <summary>Notes names that are no ids, and ids that are spelled otherwise.</summary>
    /// <param name="reader">At the field's value; a copy, so that the caller's stays there.</param>
    /// <param name="path">Of the field.</param>
    /// <param name="problems">Receives the problems.</param>
    public static void Check(Utf8JsonReader reader, string path, ProblemCollection problems)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!int.TryParse(name, NumberStyles.Integer, CultureInfo.InvariantCulture, out int id))
            {
                problems.Add(new RequestProblem($"{path}.{name}", "is no token: names here must be token ids, whole numbers"));
            }
            else if (name != id.ToString(CultureInfo.InvariantCulture))
            {
                problems.Add(new RequestProblem($"{path}.{name}", $"write the token as {id}"));
            }

            reader.Read();
            reader.Skip();
        }
    }
}
