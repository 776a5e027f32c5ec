using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Alignment.Decoding.Problems;
using Alignment.Models.Json;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Requests.Bodies;
using Alignment.Server.Requests.Fields;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Requests;

/// <summary>
/// Reads a body into its contract and notes every field of the wrong type, not only the first, and every field that is not ours.
/// </summary>
internal sealed class BodyReader(IOptions<ServerOptions> options)
{
    private const string NoObject = "The body must be a JSON object.";

    private const int LargestKept = 4 * 1024 * 1024;
    private const int KeptOfEachLength = 4;

    /// <summary>Of its own, and small: the shared pool would keep the memory of every large body of a burst.</summary>
    private readonly ArrayPool<byte> _pool = ArrayPool<byte>.Create(LargestKept, KeptOfEachLength);

    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <exception cref="ApiException">The body is no JSON object in UTF-8 (400), it is too large (413), or its headers say that it is
    /// something else (415).</exception>
    /// <exception cref="InvalidRequestException">It has a name twice, or absurdly many parts.</exception>
    public async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, ProblemCollection problems)
        where T : class
    {
        BodyHeaders.Check(request);
        using BodyBuffer body = await BodyBuffer.ReadAsync(request, options.Value.MaxBodyBytes, _pool);
        return Bind(WellFormed(body.Bytes, problems), type, problems);
    }

    /// <summary>The body without a byte order mark; from here on reading it as JSON cannot fail.</summary>
    private static Span<byte> WellFormed(Span<byte> body, ProblemCollection problems)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        Span<byte> json = body.StartsWith(mark) ? body[mark.Length..] : body;
        if (!Utf8.IsValid(json))
        {
            throw Invalid("The body is not valid UTF-8.");
        }

        if (json.TrimStart(Blanks) is [(byte)'[', ..])
        {
            throw Invalid(NoObject);
        }

        LoneSurrogates.Replace(json);
        try
        {
            BodyShape.Check(json, ServerJson.Wire.Options.MaxDepth, problems);
        }
        catch (JsonException fault)
        {
            throw Invalid($"The body is not valid JSON: {WrongSyntax.Of(json, fault)}.");
        }

        InvalidRequestException.ThrowIfAny(problems);
        return json.TrimStart(Blanks) is [(byte)'{', ..] ? json : throw Invalid(NoObject);
    }

    private static ApiException Invalid(string message) => ApiException.Invalid(StatusCodes.Status400BadRequest, message);

    /// <summary>
    /// The serializer stops at the first fault: each turn drops the field that it names, until as many are noted as an answer lists. Token
    /// ids that are spelled wrongly are noted by then, and would stop it at another place. What is noted of a part is not noted of the
    /// whole.
    /// </summary>
    private static T Bind<T>(Span<byte> body, JsonTypeInfo<T> type, ProblemCollection problems)
    {
        FieldCheck.Check(body, type, problems);
        if (problems.Touch(TokenNames.Field))
        {
            BodyField.TryBlank(body, TokenNames.Field);
        }

        while (true)
        {
            try
            {
                return JsonSerializer.Deserialize(body, type)!;
            }
            catch (JsonException fault)
            {
                string path = fault.Path is ['$', '.', ..] found ? found[2..] : "body";
                if (!problems.Touch(path))
                {
                    string problem = fault is ContractException ? fault.Message : WrongType.Describe(body, path, type);
                    problems.Add(new RequestProblem(path, problem));
                }

                if (problems.Count >= ProblemCollection.MaxKept || !BodyField.TryBlank(body, path.Split('.', '[')[0]))
                {
                    throw new InvalidRequestException(problems);
                }
            }
        }
    }
}
