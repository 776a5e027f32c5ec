using System.Text.Json;

namespace Alignment.Training.Checkpoints;

/// <summary>
/// Everything that decides the outcome of a run, by name: settings, the hash of its data and the kind of its device. Only the same run is
/// resumed.
/// </summary>
public sealed class RunIdentity
{
    private static readonly JsonSerializerOptions s_names = new() { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };

    private readonly SortedDictionary<string, string> _values;

    private RunIdentity(SortedDictionary<string, string> values) => _values = values;

    /// <summary>Of every property of <paramref name="settings"/>, those of nested objects too, of the data and of the device.</summary>
    public static RunIdentity Of<TSettings>(TSettings settings, string dataSha256, string deviceKind)
    {
        SortedDictionary<string, string> values = new(StringComparer.Ordinal) { ["data"] = dataSha256, ["device"] = deviceKind };
        Add("", JsonSerializer.SerializeToElement(settings, s_names), values);
        return new RunIdentity(values);
    }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(_values);

    /// <exception cref="JsonException">These are not bytes of <see cref="ToBytes"/>.</exception>
    internal static RunIdentity Parse(ReadOnlySpan<byte> bytes) =>
        new(JsonSerializer.Deserialize<SortedDictionary<string, string>>(bytes) ?? throw new JsonException("null is no identity"));

    /// <summary>What was otherwise in the earlier run, each as "name (was, is)".</summary>
    internal IEnumerable<string> Differences(RunIdentity earlier) => _values.Keys.Union(earlier._values.Keys)
        .Where(name => Value(name) != earlier.Value(name))
        .Select(name => $"{name} ({earlier.Value(name)}, now {Value(name)})");

    private string Value(string name) => _values.GetValueOrDefault(name, "none");

    private static void Add(string name, JsonElement value, SortedDictionary<string, string> values)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            values[name] = value.ToString();
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            Add(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.Value, values);
        }
    }
}
