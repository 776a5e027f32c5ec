using System.Globalization;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server.Swagger;

/// <summary>Says of every number of a generation request what it may be: the ranges that requests are held to.</summary>
internal sealed class RangeSchemas(ModelCatalog catalog) : ISchemaFilter
{
    /// <summary>Ranges by the field's name.</summary>
    public static IReadOnlyDictionary<string, NumberRange> Of(Type body, GenerationLimits limits)
    {
        Dictionary<string, NumberRange> ranges = new(StringComparer.Ordinal)
        {
            ["temperature"] = RequestRanges.Temperature,
            ["top_p"] = RequestRanges.TopP,
            ["top_k"] = RequestRanges.TopK,
            ["min_p"] = RequestRanges.MinP,
            ["repetition_penalty"] = RequestRanges.RepetitionPenalty,
            ["frequency_penalty"] = RequestRanges.FrequencyPenalty,
            ["presence_penalty"] = RequestRanges.PresencePenalty,
            ["n"] = RequestRanges.Choices(limits),
            ["min_tokens"] = RequestRanges.MinTokens(null),
            ["max_tokens"] = body == typeof(CompletionRequest) ? RequestRanges.MaxTokensOfEcho : RequestRanges.MaxTokens,
        };
        if (body == typeof(ChatCompletionRequest))
        {
            ranges.Add("max_completion_tokens", RequestRanges.MaxTokens);
            ranges.Add("top_logprobs", RequestRanges.TopLogProbabilities);
        }
        else
        {
            ranges.Add("logprobs", RequestRanges.CompletionLogProbabilities);
        }

        return ranges;
    }

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties: { } properties } || !context.Type.IsAssignableTo(typeof(GenerationBody)))
        {
            return;
        }

        foreach ((string name, NumberRange range) in Of(context.Type, catalog.Models[0].Binder.Limits))
        {
            if (properties[name] is OpenApiSchema field)
            {
                Bound(field, range);
            }
        }
    }

    /// <summary>Says of a number what it may be.</summary>
    public static void Bound(OpenApiSchema field, NumberRange range)
    {
        string least = range.Minimum.ToString(CultureInfo.InvariantCulture);
        field.Minimum = range.ExcludesMinimum ? null : least;
        field.ExclusiveMinimum = range.ExcludesMinimum ? least : null;
        field.Maximum = double.IsFinite(range.Maximum) ? range.Maximum.ToString(CultureInfo.InvariantCulture) : null;
    }
}
