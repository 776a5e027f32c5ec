using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Alignment.Models.Json;

namespace Alignment.Training.Data;

/// <summary>What is wrong with a JSON text, without the names of .NET's types that the parser's own sentences have.</summary>
internal static class JsonFaults
{
    private const string Missing = "including: ";

    /// <summary>One clause about a row: the field that it gives twice, or where it ceases to be JSON.</summary>
    /// <param name="json">The row.</param>
    /// <param name="fault">What the parser says of it.</param>
    public static string OfRow(ReadOnlySpan<byte> json, JsonException fault)
    {
        if (fault.Message.StartsWith("Duplicate propert", StringComparison.Ordinal))
        {
            return $"'{fault.Message.Split('\'')[1]}' is given twice";
        }

        WrongSyntax syntax = WrongSyntax.Of(json, fault);
        return $"is no JSON: {syntax.What} (byte {syntax.Byte})";
    }

    /// <summary>One clause about a text that is JSON and not what is wanted: a field, and what is wrong with it.</summary>
    /// <param name="json">The text.</param>
    /// <param name="fault">What the serializer says of it.</param>
    /// <param name="contract">What is wanted.</param>
    public static string OfContract(ReadOnlySpan<byte> json, JsonException fault, JsonTypeInfo contract)
    {
        string field = fault.Path is ['$', '.', ..] path ? path[2..] : "it";
        int missing = fault.Message.IndexOf(Missing, StringComparison.Ordinal);
        return missing >= 0 ? $"{field} lacks {Sentence(fault.Message[(missing + Missing.Length)..])}"
            : fault.Message.Contains(".NET member", StringComparison.Ordinal) ? $"{field} is unknown"
            : fault.Message.Contains("allow null", StringComparison.Ordinal) ? $"{field} is null"
            : $"{field} {WrongType.Describe(json, field, contract)}";
    }

    /// <summary>The sentence without the place that is added to it.</summary>
    private static string Sentence(string message) => message.Split(" Path:")[0].TrimEnd('.');
}
