using System.Text;
using System.Text.Json;
using Alignment.Decoding.Problems;

namespace Alignment.Server.Requests.Bodies;

/// <summary>
/// The form of a body, looked at in one pass before anything is bound: well-formed, no name twice in an object, no object or list of
/// absurdly many parts. What each list may hold is said where it is bound; the bounds here keep the work until there in proportion. Lists
/// of numbers are free: a number costs no more bound than it costs as text, and prompts may be token ids.
/// </summary>
internal sealed class BodyShape
{
    /// <summary>Fields of any object.</summary>
    public const int MaxFields = 512;

    /// <summary>Items of any list, numbers not counted.</summary>
    public const int MaxItems = 2048;

    private readonly int _maxDepth;
    private readonly ProblemCollection _problems;

    // One for each depth reached, kept for the next object or list of that depth.
    private readonly List<Level> _levels = [];
    private int _depth;

    private BodyShape(int maxDepth, ProblemCollection problems) => (_maxDepth, _problems) = (maxDepth, problems);

    /// <summary>Notes names that are given twice.</summary>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    /// <exception cref="InvalidRequestException">An object or a list has too many parts, which are not counted to the end, or stands in too
    /// many others.</exception>
    public static void Check(ReadOnlySpan<byte> json, int maxDepth, ProblemCollection problems)
    {
        var shape = new BodyShape(maxDepth, problems);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        while (reader.Read())
        {
            shape.Take(ref reader);
        }
    }

    private void Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                TakeName(reader.GetString()!);
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                TakeValue(isNumber: false);
                Open();
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _depth--;
                break;
            default:
                TakeValue(reader.TokenType == JsonTokenType.Number);
                break;
        }
    }

    private void Open()
    {
        if (_depth == _maxDepth)
        {
            _problems.Add(new RequestProblem(Path(1), $"has lists and objects in each other, deeper than {_maxDepth}"));
            throw new InvalidRequestException(_problems);
        }

        if (_depth == _levels.Count)
        {
            _levels.Add(new Level());
        }

        _levels[_depth++].Clear();
    }

    private void TakeName(string name)
    {
        Level level = _levels[_depth - 1];
        level.Name = name;
        if (++level.Counted > MaxFields)
        {
            Refuse($"has more than {MaxFields} fields");
        }

        if (!level.Names.Add(name))
        {
            _problems.Add(new RequestProblem(Path(_depth), "is given twice"));
        }
    }

    /// <summary>A value behind a name was counted with the name.</summary>
    private void TakeValue(bool isNumber)
    {
        if (_depth == 0 || _levels[_depth - 1] is not { Name: null } list)
        {
            return;
        }

        list.Index++;
        list.Counted += isNumber ? 0 : 1;
        if (list.Counted > MaxItems)
        {
            Refuse($"has more than {MaxItems} items");
        }
    }

    private void Refuse(string message)
    {
        _problems.Add(new RequestProblem(Path(_depth - 1), message));
        throw new InvalidRequestException(_problems);
    }

    /// <summary>Where the innermost of some levels stands: <c>messages[0].content</c>.</summary>
    private string Path(int depth)
    {
        var path = new StringBuilder();
        foreach (Level level in _levels.Take(depth))
        {
            path.Append(level.Name is null ? $"[{level.Index}]" : path.Length == 0 ? level.Name : $".{level.Name}");
        }

        return path.Length == 0 ? "body" : path.ToString();
    }

    /// <summary>An open object or list.</summary>
    private sealed class Level
    {
        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        /// <summary>Of the field that is being read; null in a list.</summary>
        public string? Name { get; set; }

        public int Index { get; set; }

        /// <summary>Fields, or items that are no numbers.</summary>
        public int Counted { get; set; }

        public void Clear()
        {
            Names.Clear();
            (Name, Index, Counted) = (null, -1, 0);
        }
    }
}
