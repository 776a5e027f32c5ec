using Alignment.Compute.Contract.Random;
using Alignment.Compute.Reference;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>Thousands of damaged folders: each loads, or is refused with a message; nothing else may happen.</summary>
public sealed class CheckpointFuzzTests
{
    private static readonly TinyShape s_shape = new(
        Vocabulary: 261, Hidden: 8, Intermediate: 8, Layers: 1, Heads: 2, KeyValueHeads: 1, HeadSize: 4, Positions: 16);

    [Theory]
    [InlineData("model.safetensors", 1500)]
    [InlineData("config.json", 1500)]
    [InlineData("tokenizer.json", 400)]
    [InlineData("tokenizer_config.json", 400)]
    [InlineData("adapter/adapter_config.json", 400)]
    [InlineData("adapter/adapter_model.safetensors", 400)]
    public void Damaged_files_are_refused_or_load(string file, int rounds)
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama, shape: s_shape);
        TinyAdapter.Write(folder.File("adapter"), s_shape, seed: 1);
        byte[] good = File.ReadAllBytes(folder.File(file));
        using ReferenceBackend backend = new();
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            File.WriteAllBytes(folder.File(file), Damage(good, (ulong)round));
            refused += IsRefused(folder, backend) ? 1 : 0;
        }

        Assert.InRange(refused, rounds / 20, rounds);
        File.WriteAllBytes(folder.File(file), good);
        Assert.False(IsRefused(folder, backend));
    }

    private static bool IsRefused(TemporaryFolder folder, ReferenceBackend backend)
    {
        try
        {
            using LanguageModel model = LanguageModel.Load(folder.Path, backend, new TransformerLimits(4, 2));
            model.Transformer.LoadAdapter(folder.File("adapter")).Dispose();
            return false;
        }
        catch (InvalidDataException fault)
        {
            Assert.Contains(folder.Path, fault.Message, StringComparison.Ordinal);
            return true;
        }
    }

    /// <summary>Some bytes of the head changed, a digit put in, a piece doubled or cut out, or the end cut off.</summary>
    private static byte[] Damage(byte[] good, ulong seed)
    {
        List<byte> bytes = [.. good];
        int changes = 1 + Draw(0, 4);
        for (int change = 1; change <= changes; change++)
        {
            int at = Draw(change, Math.Min(bytes.Count, 2500));
            int length = Math.Min(Draw(change + 10, 20), bytes.Count - at);
            switch (Draw(change + 20, 5))
            {
                case 0:
                    bytes[at] = (byte)Draw(change + 30, 256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)('0' + Draw(change + 30, 10)));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                default:
                    bytes.RemoveRange(bytes.Count - length, length);
                    break;
            }
        }

        return [.. bytes];

        int Draw(int counter, int count) => (int)(Philox.Uniform(seed, (ulong)counter, 0) * count);
    }
}
