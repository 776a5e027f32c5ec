using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Alignment.Models.Files;

namespace Alignment.Models.Checkpoints;

/// <summary>
/// One <c>.safetensors</c> file, memory-mapped. The header is checked completely when it is opened: nothing is allocated or read by a
/// number that was not compared with the file's length first. Format: https://github.com/huggingface/safetensors.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private const int MaxHeader = 100 << 20;
    private const int MaxDimensions = 8;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly Dictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The file is truncated, or its header lies.</exception>
    public SafetensorsFile(string path)
    {
        Path = path;
        FileInfo file = RegularFile.Find(path);
        Length = file.Length;
        FileProblem.Require(Length >= sizeof(ulong), path, "header", "the file is shorter than its length field");
        _file = MemoryMappedFile.CreateFromFile(file.FullName, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            ReadHeader();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Length { get; }

    public IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    /// <summary>The whole file; valid until it is disposed.</summary>
    public byte* Bytes => _start;

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private void ReadHeader()
    {
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_start, sizeof(ulong)));
        FileProblem.Require(
            size <= MaxHeader && size <= (ulong)(Length - sizeof(ulong)),
            Path,
            "header length",
            $"{size} bytes do not fit a file of {Length} bytes");
        byte[] header = new ReadOnlySpan<byte>(_start + sizeof(ulong), (int)size).ToArray();
        long dataStart = sizeof(ulong) + (long)size;
        foreach (JsonProperty property in JsonFile.ParseObject(Path, header).EnumerateObject())
        {
            if (property.Name != "__metadata__")
            {
                _entries.Add(property.Name, ReadEntry(property, dataStart));
            }
        }

        CheckCover(dataStart);
    }

    private TensorEntry ReadEntry(JsonProperty property, long dataStart)
    {
        string name = property.Name;
        FileProblem.Require(property.Value.ValueKind == JsonValueKind.Object, Path, name, "is not an object");
        string type = property.Value.TryGetProperty("dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.String
            ? dtype.GetString()!
            : "";
        int bytes = BytesOf(type);
        FileProblem.Require(bytes > 0, Path, $"{name}.dtype", $"'{type}' is not known");
        long[] shape = Integers(property.Value, name, "shape", MaxDimensions);
        long[] offsets = Integers(property.Value, name, "data_offsets", 2);
        FileProblem.Require(
            offsets.Length == 2 && offsets[0] <= offsets[1] && offsets[1] <= Length - dataStart,
            Path,
            $"{name}.data_offsets",
            "lie outside the file");
        Int128 elements = shape.Aggregate(
            (Int128)1,
            (product, size) => size > int.MaxValue || product > long.MaxValue ? Int128.MaxValue / long.MaxValue : product * size);
        FileProblem.Require(
            elements * bytes == offsets[1] - offsets[0],
            Path,
            $"{name}.shape",
            $"[{string.Join(", ", shape)}] of {type} does not fill {offsets[1] - offsets[0]} bytes");
        return new TensorEntry(type, [.. shape.Select(size => (int)size)], dataStart + offsets[0], offsets[1] - offsets[0]);
    }

    private long[] Integers(JsonElement entry, string name, string field, int most)
    {
        bool valid = entry.TryGetProperty(field, out JsonElement list)
            && list.ValueKind == JsonValueKind.Array
            && list.GetArrayLength() <= most
            && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long value) && value >= 0);
        FileProblem.Require(valid, Path, $"{name}.{field}", $"must be a list of at most {most} sizes");
        return [.. list.EnumerateArray().Select(item => item.GetInt64())];
    }

    /// <summary>
    /// The tensors lie one after the other and fill the file: bytes that belong to none would be a second file inside the first.
    /// </summary>
    private void CheckCover(long dataStart)
    {
        long end = dataStart;
        foreach ((string name, TensorEntry entry) in _entries.Where(e => e.Value.Length > 0).OrderBy(e => e.Value.Offset))
        {
            FileProblem.Require(entry.Offset >= end, Path, $"{name}.data_offsets", "overlap another tensor");
            FileProblem.Require(
                entry.Offset == end,
                Path,
                $"{name}.data_offsets",
                $"leave {entry.Offset - end} bytes before them that belong to no tensor");
            end = entry.Offset + entry.Length;
        }

        FileProblem.Require(end == Length, Path, "size", $"{Length - end} bytes behind the last tensor belong to none");
    }

    private static int BytesOf(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };
}
