using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Alignment.Decoding.Problems;

/// <summary>
/// Collects what is wrong with a request. However many problems a hostile body has, what is kept is bounded: the first <see
/// cref="MaxKept"/> that fit into <see cref="MaxBytes"/> of an answer; the others are counted. What is noted already is not noted again:
/// several prompts of one body share their settings.
/// </summary>
public sealed class ProblemCollection : IReadOnlyCollection<RequestProblem>
{
    /// <summary>Problems that an answer lists; behind them stands how many more there are.</summary>
    public const int MaxKept = 20;

    /// <summary>Bytes of what is kept, as a JSON string; what else an answer says fits beside it into 4 KB.</summary>
    public const int MaxBytes = 3000;

    // Together, and every character escaped as six bytes, less than all that is kept may have: the first problem always fits.
    private const int MaxPath = 100;
    private const int MaxMessage = 380;
    private const string Separator = "; ";

    // Beyond so many different problems nothing more is compared: a request that is this wrong is refused whatever else there is.
    private const int MaxNoted = 256;

    private readonly List<RequestProblem> _kept = [];
    private readonly HashSet<RequestProblem> _noted = [];
    private readonly HashSet<string> _excused = new(StringComparer.Ordinal);
    private int _room = MaxBytes;

    /// <summary>Every problem found, kept or not.</summary>
    public int Count { get; private set; }

    /// <summary>The first problem.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public RequestProblem First => _kept[0];

    /// <summary>Notes a problem; a text that is too long is cut.</summary>
    public void Add(RequestProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        RequestProblem cut = problem with { Path = Excerpt.Of(problem.Path, MaxPath), Message = Excerpt.Of(problem.Message, MaxMessage) };
        if (_noted.Contains(cut))
        {
            return;
        }

        if (_noted.Count < MaxNoted)
        {
            _noted.Add(cut);
        }

        Count++;
        if (_kept.Count < MaxKept && Size(cut) <= _room)
        {
            _kept.Add(cut);
            _room -= Size(cut);
        }
    }

    /// <summary>
    /// Says that what seems wrong with a field follows from a problem that is noted under another name: it is misspelt, or something else
    /// stands in its place.
    /// </summary>
    public void Excuse(string path)
    {
        if (_excused.Count < MaxNoted)
        {
            _excused.Add(path);
        }
    }

    /// <summary>
    /// Whether a problem, kept or not, concerns a field, a part of it or what it is a part of: what else seems wrong there may only follow
    /// from that. So it is of a field that is excused. Where there are too many to be known, every field is said to be concerned.
    /// </summary>
    public bool Touch(string path)
        => _noted.Count == MaxNoted || _noted.Select(problem => problem.Path).Concat(_excused).Any(
            noted => Holds(noted, path) || Holds(path, noted));

    /// <summary>Notes what another collection found, the problems that it did not keep included.</summary>
    public void AddRange(ProblemCollection others)
    {
        ArgumentNullException.ThrowIfNull(others);
        foreach (RequestProblem problem in others._noted)
        {
            Add(problem);
        }

        Count += others.Count - others._noted.Count;
    }

    /// <inheritdoc/>
    public IEnumerator<RequestProblem> GetEnumerator() => _kept.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>All that are kept, then <c>and N more</c>.</summary>
    public override string ToString()
        => string.Join(Separator, _kept) + (Count > _kept.Count ? $"{Separator}and {Count - _kept.Count} more" : "");

    /// <summary>Whether the second path is the first or a part of it.</summary>
    private static bool Holds(string whole, string part)
        => part.StartsWith(whole, StringComparison.Ordinal) && (part.Length == whole.Length || part[whole.Length] is '.' or '[');

    private static int Size(RequestProblem problem)
    {
        JsonEncodedText text = JsonEncodedText.Encode(problem.ToString(), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return text.EncodedUtf8Bytes.Length + Separator.Length;
    }
}
