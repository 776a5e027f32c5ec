using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Alignment.Tests.Models;

/// <summary>Writes f32 tensors as a safetensors file, the plainest way.</summary>
internal static class TinySafetensors
{
    public static void Write(string path, IReadOnlyList<TinyTensor> tensors)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach (TinyTensor tensor in tensors)
        {
            long end = offset + (tensor.Numbers.Length * sizeof(float));
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((ulong)json.Length));
        file.Write(json);
        foreach (TinyTensor tensor in tensors)
        {
            file.Write(MemoryMarshal.AsBytes(tensor.Numbers.AsSpan()));
        }
    }
}
