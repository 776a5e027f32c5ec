using System.Globalization;
using System.Text.Json;

namespace Alignment.Training.Data;

/// <summary>What is wrong with a JSON text, without the names of .NET's types that the parser's own sentences have.</summary>
internal static class JsonFaults
{
    private const string Missing = "including: ";

    /// <summary>One clause: a path and what is wrong there, or the parser's sentence about the syntax.</summary>
    public static string Describe(JsonException fault)
    {
        string message = fault.Message;
        int missing = message.IndexOf(Missing, StringComparison.Ordinal);
        return missing >= 0 ? $"{First(message[(missing + Missing.Length)..])} is missing"
            : message.StartsWith("Duplicate propert", StringComparison.Ordinal) ? $"{fault.Path ?? Quoted(message)} is given twice"
            : message.Contains(".NET member", StringComparison.Ordinal) ? $"{fault.Path} is unknown"
            : message.Contains("allow null", StringComparison.Ordinal) ? $"{fault.Path} is null"
            : message.Contains("converted to", StringComparison.Ordinal) ? $"{fault.Path} has a value of the wrong kind"
            : string.Create(CultureInfo.InvariantCulture, $"is no JSON: {First(message)} (byte {fault.BytePositionInLine + 1})");
    }

    private static string Quoted(string message) => $"'{message.Split('\'')[1]}'";

    /// <summary>The sentence without the place that is added to it.</summary>
    private static string First(string message)
    {
        string sentence = message.Split(" Path:")[0].Split(" LineNumber:")[0];
        return sentence.TrimEnd('.');
    }
}
