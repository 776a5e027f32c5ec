using System.Text.Json;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models.Json;

namespace Alignment.Decoding.Reading;

/// <summary>
/// Reads the fields of one JSON object and notes every problem with its path instead of stopping at the first. <see cref="Finish"/> then
/// refuses the fields nobody asked for: a typo in a safety setting must not be ignored. A field that is null counts as absent.
/// </summary>
internal sealed class SettingsReader
{
    private const int MaxShown = 60;
    private const int MaxFields = 64;

    private readonly JsonElement _object;
    private readonly ProblemCollection _problems;
    private readonly List<string> _known = [];

    /// <summary>Notes a problem and reads nothing when <paramref name="element"/> is not an object.</summary>
    public SettingsReader(JsonElement element, string path, ProblemCollection problems)
    {
        _object = element;
        _problems = problems;
        Path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new RequestProblem(path, $"must be an object, not {JsonExcerpt.Of(element)}"));
        }
    }

    /// <summary>Where this object stands in the request.</summary>
    public string Path { get; }

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Notes what is wrong with a field; nothing where this is no object: that is noted, and all else follows from it.</summary>
    public void Problem(string name, string message)
    {
        if (_object.ValueKind == JsonValueKind.Object)
        {
            _problems.Add(new RequestProblem($"{Path}.{name}", message));
        }
    }

    public SettingsReader? Object(string name) => Find(name) is { } value ? new SettingsReader(value, $"{Path}.{name}", _problems) : null;

    /// <summary>
    /// A reader for each element; empty where the field is absent, and where their number is not allowed: then none is looked at.
    /// </summary>
    public IEnumerable<SettingsReader> Objects(string name, NumberRange count)
    {
        if (Find(name) is not { } value)
        {
            yield break;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Problem(name, $"must be an array, not {JsonExcerpt.Of(value)}");
            yield break;
        }

        if (!count.Contains(value.GetArrayLength()))
        {
            Problem(name, $"has {value.GetArrayLength()} entries; their number must be {count}");
            yield break;
        }

        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            yield return new SettingsReader(item, $"{Path}.{name}[{index++}]", _problems);
        }
    }

    public double Number(string name, NumberRange range, double fallback)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && range.Contains(number))
        {
            return number;
        }

        Problem(name, $"must be a number {range}, not {JsonExcerpt.Of(value)}");
        return fallback;
    }

    public int Integer(string name, NumberRange range, int fallback)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && range.Contains(number))
        {
            return number;
        }

        Problem(name, $"must be an integer {range}, not {JsonExcerpt.Of(value)}");
        return fallback;
    }

    public bool Flag(string name, bool fallback)
    {
        if (Find(name) is not { } value)
        {
            return fallback;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Problem(name, $"must be true or false, not {JsonExcerpt.Of(value)}");
        return fallback;
    }

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        Problem(name, $"must be a string, not {JsonExcerpt.Of(value)}");
        return null;
    }

    /// <summary>One of a set of names; null, with a problem noted, for anything else and for a missing field.</summary>
    /// <param name="name">The field.</param>
    /// <param name="allowed">The names.</param>
    /// <param name="why">Why a name that exists is none of them, as the rest of a sentence; null for others.</param>
    public string? Name(string name, IReadOnlyCollection<string> allowed, Func<string, string?>? why = null)
    {
        if (!Has(name))
        {
            Problem(name, $"is required: {Excerpt.List(allowed)}");
            return null;
        }

        string? text = Text(name);
        if (text is null || allowed.Contains(text))
        {
            return text;
        }

        Problem(
            name, $"'{Excerpt.Of(text, MaxShown)}' {why?.Invoke(text) ?? $"does not exist here; what exists: {Excerpt.List(allowed)}"}");
        return null;
    }

    /// <summary>Notes the fields that were never asked for, and those given twice; where there are too many of them, only that.</summary>
    public void Finish()
    {
        if (_object.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (_object.GetPropertyCount() > MaxFields)
        {
            _problems.Add(new RequestProblem(Path, $"has {_object.GetPropertyCount()} fields; what exists: {Excerpt.List(_known)}"));
            return;
        }

        var seen = new HashSet<string>();
        foreach (JsonProperty property in _object.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
            {
                Problem(property.Name, $"unknown field; what exists: {Excerpt.List(_known)}");
            }
            else if (!seen.Add(property.Name))
            {
                Problem(property.Name, "is given twice");
            }
        }
    }

    private JsonElement? Find(string name)
    {
        if (!_known.Contains(name))
        {
            _known.Add(name);
        }

        return _object.ValueKind == JsonValueKind.Object
            && _object.TryGetProperty(name, out JsonElement value)
            && value.ValueKind is not JsonValueKind.Null ? value : null;
    }
}
