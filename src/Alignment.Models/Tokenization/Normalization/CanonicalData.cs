using System.Globalization;

namespace Alignment.Models.Tokenization.Normalization;

/// <summary>
/// The tables of Unicode 17 that canonical normalisation needs. They come along as text because .NET leaves normalisation to the system's
/// ICU library, which a container often lacks: without it <see cref="string.Normalize()"/> returns its input unchanged.
/// </summary>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly Dictionary<int, byte> _classes = [];

    private CanonicalData()
    {
        foreach (string[] fields in ReadLines("decompositions.txt"))
        {
            // A mark at the end of a line sets those apart that stay decomposed (Unicode's composition exclusions).
            bool excluded = fields[^1] == "!";
            int[] points = Array.ConvertAll(excluded ? fields[..^1] : fields, Hex);
            _decompositions.Add(points[0], points[1..]);
            if (points.Length == 3 && !excluded)
            {
                _compositions.Add((points[1], points[2]), points[0]);
            }
        }

        foreach (string[] fields in ReadLines("classes.txt"))
        {
            int[] range = Array.ConvertAll(fields[0].Split('-'), Hex);
            for (int point = range[0]; point <= range[^1]; point++)
            {
                _classes.Add(point, byte.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>Read at first use: about 3000 lines.</summary>
    public static CanonicalData Shared { get; } = new();

    /// <summary>The canonical combining class; 0 for what starts a character.</summary>
    public int Class(int point) => _classes.GetValueOrDefault(point);

    /// <summary>What a character is made of, which may fall apart further; empty for most.</summary>
    public ReadOnlySpan<int> Decompose(int point) => _decompositions.GetValueOrDefault(point);

    /// <summary>The one character that two make, or null.</summary>
    public int? Compose(int first, int second) => _compositions.TryGetValue((first, second), out int whole) ? whole : null;

    private static IEnumerable<string[]> ReadLines(string name)
    {
        using Stream stream = typeof(CanonicalData).Assembly.GetManifestResourceStream(typeof(CanonicalData), name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line.Split(' ');
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
