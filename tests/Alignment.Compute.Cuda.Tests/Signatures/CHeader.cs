using System.Text.RegularExpressions;

namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>
/// The functions that C headers of CUDA declare, by the name that the library exports. Knows no more of C than these headers need: the
/// first of several declarations counts, which is the current and 64-bit one in all of them.
/// </summary>
internal sealed partial class CHeader
{
    private static readonly string[] s_qualifiers = ["const", "struct", "enum", "volatile", "extern"];
    private static readonly string[] s_integers = ["unsigned", "signed", "char", "short", "int", "long"];

    private readonly Dictionary<string, NativeType> _types = new()
    {
        ["void"] = new(NativeKind.Void),
        ["float"] = new(NativeKind.Float),
        ["double"] = new(NativeKind.Double),
        ["size_t"] = new(NativeKind.Size),
        ["uint8_t"] = new(NativeKind.Byte),
        ["int32_t"] = new(NativeKind.Int),
        ["uint32_t"] = new(NativeKind.Int),
        ["int64_t"] = new(NativeKind.Long),
        ["uint64_t"] = new(NativeKind.Long),
    };

    /// <summary>Reads headers that belong together, those that define types first.</summary>
    public CHeader(params string[] texts)
    {
        foreach (string text in texts.Select(text => Comment().Replace(text, " ")))
        {
            ReadTypes(text);
            ReadFunctions(text);
        }
    }

    public Dictionary<string, Prototype> Functions { get; } = [];

    private void ReadTypes(string text)
    {
        foreach (Match match in Enumeration().Matches(text))
        {
            _types.TryAdd(match.Groups["tag"].Value, new NativeType(NativeKind.Int));
            _types.TryAdd(match.Groups["name"].Value, new NativeType(NativeKind.Int));
        }

        foreach (Match match in Alias().Matches(text))
        {
            _types.TryAdd(match.Groups["name"].Value, Type(match.Groups["type"].Value));
        }

        foreach (Match match in Callback().Matches(text))
        {
            _types.TryAdd(match.Groups["name"].Value, NativeType.PointerTo(new NativeType(NativeKind.Unknown)));
        }
    }

    private void ReadFunctions(string text)
    {
        Dictionary<string, string> exports = [];
        foreach (Match match in Renaming().Matches(text))
        {
            exports.TryAdd(match.Groups["name"].Value, match.Groups["export"].Value);
        }

        foreach (Match match in Function().Matches(text))
        {
            string name = match.Groups["name"].Value;
            string list = match.Groups["parameters"].Value.Trim();
            NativeType[] parameters = list is "" or "void" ? [] : [.. list.Split(',').Select(Type)];
            Functions.TryAdd(exports.GetValueOrDefault(name, name), new Prototype(Type(match.Groups["result"].Value), parameters));
        }
    }

    /// <summary>Of a declaration, whose name does not matter.</summary>
    private NativeType Type(string declaration)
    {
        string[] words =
        [
            .. Word().Matches(declaration).Select(match => match.Value).Where(
                word => !s_qualifiers.Contains(word) && !word.StartsWith("__", StringComparison.Ordinal)),
        ];
        string[] integer = [.. words.TakeWhile(s_integers.Contains)];
        NativeType type = integer.Length > 0
            ? new NativeType(Integer(integer))
            : _types.GetValueOrDefault(words.FirstOrDefault() ?? "", new NativeType(NativeKind.Unknown));
        for (int i = declaration.Count(letter => letter is '*' or '['); i > 0; i--)
        {
            type = NativeType.PointerTo(type);
        }

        return type;
    }

    private static NativeKind Integer(string[] words) => words switch
    {
        _ when words.Contains("char") => NativeKind.Byte,
        _ when words.Contains("short") => NativeKind.Short,
        _ when words.Contains("long") => NativeKind.Long,
        _ => NativeKind.Int,
    };

    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    /// <summary>typedef enum tag { ... } name;</summary>
    [GeneratedRegex(@"\btypedef\s+enum\s*(?<tag>\w*)\s*\{[^{}]*\}\s*(?<name>\w+)\s*;")]
    private static partial Regex Enumeration();

    /// <summary>typedef type name;</summary>
    [GeneratedRegex(@"\btypedef\s+(?<type>[\w\s]+?[\s*]+)(?<name>\w+)\s*;")]
    private static partial Regex Alias();

    /// <summary>typedef result (CALLBACK *name)(parameters);</summary>
    [GeneratedRegex(@"\btypedef\s+[\w\s*]+\(\s*(?:\w+\s*)?\*\s*(?<name>\w+)\s*\)\s*\(")]
    private static partial Regex Callback();

    /// <summary>#define name name_v2, or #define name PER_THREAD(name_v2).</summary>
    [GeneratedRegex(@"#\s*define\s+(?<name>cu[A-Z]\w*)\s+(?:\w+\()?(?<export>cu[A-Z]\w*)")]
    private static partial Regex Renaming();

    /// <summary>result CALL name(parameters); also as a type of that name with a t before it.</summary>
    [GeneratedRegex(
        @"(?<result>(?:const\s+)?(?!return\b)\b\w+[\s*]+)(?:[A-Z]+\s+)?\bt?(?<name>(?:cu|nvrtc|cublasLt)[A-Z]\w*)\s*\((?<parameters>[^()]*)\)\s*;")]
    private static partial Regex Function();
}
