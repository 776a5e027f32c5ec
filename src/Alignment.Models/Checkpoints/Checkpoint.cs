using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;
using Alignment.Models.Configuration;
using Alignment.Models.Files;

namespace Alignment.Models.Checkpoints;

/// <summary>A model's weights in a Hugging Face folder: one or several mapped safetensors files. Owns the mappings.</summary>
public sealed unsafe class Checkpoint : IDisposable
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _tensors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Lazy<string> _sha256;
    private readonly bool _checksNumbers;

    private Checkpoint(ModelConfig config, bool checksNumbers = true)
    {
        (Config, _checksNumbers) = (config, checksNumbers);
        _sha256 = new Lazy<string>(Hash);
    }

    /// <summary>Shape of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// SHA-256 of all weight files in the order of their names, hexadecimal: what a head or an adapter was trained for. Costs one read of
    /// the files.
    /// </summary>
    public string WeightsSha256 => _sha256.Value;

    /// <summary>Opens config.json and model.safetensors, or the shards of model.safetensors.index.json.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or absurd; the message names file and field.</exception>
    public static Checkpoint Open(string folder) => Open(folder, checksNumbers: true);

    /// <summary>
    /// As <see cref="Open(string)"/>; without the check no weight is read before a backend does: a backend that draws its weights reads
    /// none.
    /// </summary>
    internal static Checkpoint Open(string folder, bool checksNumbers)
    {
        var checkpoint = new Checkpoint(ModelConfigReader.Read(Path.Combine(folder, "config.json")), checksNumbers);
        try
        {
            checkpoint.OpenFiles(folder);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Opens a single weight file that has no model configuration of its own: a head or an adapter.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static Checkpoint OpenFile(string path, ModelConfig config)
    {
        var checkpoint = new Checkpoint(config);
        checkpoint.Add(path);
        return checkpoint;
    }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Whether there is such a tensor.</summary>
    public bool Contains(string tensor) => _tensors.ContainsKey(tensor);

    /// <summary>The sizes of a tensor.</summary>
    /// <exception cref="InvalidDataException">There is none of this name.</exception>
    public IReadOnlyList<int> Shape(string tensor) => Find(tensor).Entry.Shape;

    /// <summary>
    /// A weight <c>[rows, columns]</c>, or a vector of <paramref name="columns"/> where <paramref name="rows"/> is 1. Reads it once, to
    /// check that it is finite.
    /// </summary>
    /// <exception cref="InvalidDataException">It is missing, has another shape or type, or holds NaN or infinity.</exception>
    public WeightSource Read(string tensor, int rows, int columns)
    {
        (SafetensorsFile file, TensorEntry entry) = Find(tensor);
        _read.Add(tensor);
        bool fits = entry.Shape.SequenceEqual([rows, columns]) || (rows == 1 && entry.Shape.SequenceEqual([columns]));
        FileProblem.Require(
            fits, file.Path, $"{tensor}.shape", $"is [{string.Join(", ", entry.Shape)}] where config.json asks for [{rows}, {columns}]");
        DType type = entry.Type switch
        {
            "F32" => DType.F32,
            "F16" => DType.F16,
            "BF16" => DType.Bf16,
            _ => throw FileProblem.Of(file.Path, $"{tensor}.dtype", $"{entry.Type} is not supported; F32, F16 and BF16 are"),
        };
        var source = new WeightSource(file.Bytes + entry.Offset, rows, columns, type);
        FileProblem.Require(!_checksNumbers || FiniteCheck.Holds(source), file.Path, tensor, "holds NaN or infinity");
        return source;
    }

    /// <summary>A weight as f32 numbers, row-major.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>.</exception>
    public float[] ReadNumbers(string tensor, int rows, int columns)
    {
        WeightSource source = Read(tensor, rows, columns);
        var numbers = new float[(long)rows * columns];
        var halves = new ReadOnlySpan<ushort>(source.Data, source.Type == DType.F32 ? 0 : numbers.Length);
        for (int i = 0; i < halves.Length; i++)
        {
            numbers[i] = source.Type == DType.Bf16
                ? BitConverter.UInt32BitsToSingle((uint)halves[i] << 16)
                : (float)BitConverter.UInt16BitsToHalf(halves[i]);
        }

        if (source.Type == DType.F32)
        {
            MemoryMarshal.Cast<byte, float>(new ReadOnlySpan<byte>(source.Data, numbers.Length * sizeof(float))).CopyTo(numbers);
        }

        return numbers;
    }

    /// <summary>
    /// To be called when all is loaded: refuses tensors that nobody read, since whoever wrote them means a model that computes more.
    /// </summary>
    /// <exception cref="InvalidDataException">There are some; the message names the first.</exception>
    public void RequireAllRead()
    {
        var blueprint = new TransformerBlueprint(Config);
        string[] unread = [.. Names.Where(name => !_read.Contains(name) && !blueprint.SaysNothingNew(name)).Order(StringComparer.Ordinal)];
        if (unread.Length > 0)
        {
            string more = unread.Length > 1 ? $", nor {unread.Length - 1} more" : "";
            throw FileProblem.Of(Find(unread[0]).File.Path, unread[0], $"nothing in the configured model reads this tensor{more}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void OpenFiles(string folder)
    {
        string single = Path.Combine(folder, Single);
        string index = Path.Combine(folder, Index);
        if (File.Exists(single))
        {
            Add(single);
        }
        else if (File.Exists(index))
        {
            AddShards(folder, index);
        }
        else
        {
            throw new FileNotFoundException($"{single}: the file is missing, and there is no {Index}", single);
        }
    }

    private void AddShards(string folder, string index)
    {
        bool found = JsonFile.ReadObject(index).TryGetProperty("weight_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object;
        FileProblem.Require(found, index, "weight_map", "is missing");
        JsonProperty[] entries = [.. map.EnumerateObject()];
        FileProblem.Require(entries.Length > 0, index, "weight_map", "names no tensor");
        FileProblem.Require(entries.All(e => IsPlainName(e.Value)), index, "weight_map", "must name files of the same folder");
        foreach (string shard in entries.Select(e => e.Value.GetString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, shard);
            FileProblem.Require(File.Exists(path), index, "weight_map", $"{shard} is missing");
            Add(path);
        }

        foreach (JsonProperty entry in entries)
        {
            FileProblem.Require(Contains(entry.Name), index, $"weight_map.{entry.Name}", $"is not in {entry.Value.GetString()}");
        }
    }

    /// <summary>A shard must not be able to point at another folder's files.</summary>
    private static bool IsPlainName(JsonElement name) =>
        name.ValueKind == JsonValueKind.String
            && name.GetString() is { Length: > 0 } text
            && Path.GetFileName(text) == text
            && !text.Contains('\\', StringComparison.Ordinal);

    private void Add(string path)
    {
        var file = new SafetensorsFile(path);
        _files.Add(file);
        foreach (string name in file.Entries.Keys)
        {
            FileProblem.Require(_tensors.TryAdd(name, file), path, name, "is in two files");
        }
    }

    private (SafetensorsFile File, TensorEntry Entry) Find(string tensor) => _tensors.TryGetValue(tensor, out SafetensorsFile? file)
        ? (file, file.Entries[tensor])
        : throw FileProblem.Of(_files[0].Path, tensor, "the tensor is missing");

    private string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SafetensorsFile file in _files)
        {
            const int Chunk = 1 << 24;
            for (long start = 0; start < file.Length; start += Chunk)
            {
                hash.AppendData(new ReadOnlySpan<byte>(file.Bytes + start, (int)Math.Min(Chunk, file.Length - start)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
