using System.Runtime.InteropServices;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;

namespace Alignment.Tests.Llama;

/// <summary>
/// Rewrites a Hugging Face checkpoint as the GGUF file that llama.cpp loads: other names, and for Llama another order of the rotated rows.
/// </summary>
internal sealed class GgufExport(Checkpoint checkpoint, GgufType type)
{
    private readonly GgufWriter _writer = new();
    private readonly ModelConfig _config = checkpoint.Config;

    /// <summary>llama.cpp rotates neighbouring rows for this architecture, Hugging Face rows half a head apart.</summary>
    private bool IsInterleaved => _config.ModelType is "llama" or "mistral";

    public static void Write(Checkpoint checkpoint, GgufType type, string path) => new GgufExport(checkpoint, type).Write(path);

    private void Write(string path)
    {
        AddMetadata(IsInterleaved ? "llama" : _config.ModelType);
        AddMatrix("token_embd.weight", "model.embed_tokens.weight", _config.VocabularySize, _config.HiddenSize);
        AddVector("output_norm.weight", "model.norm.weight", _config.HiddenSize);
        if (!_config.TieWordEmbeddings)
        {
            AddMatrix("output.weight", "lm_head.weight", _config.VocabularySize, _config.HiddenSize);
        }

        if (_config.Rope.Scaling == RopeScaling.Llama3)
        {
            AddFrequencyFactors();
        }

        for (int layer = 0; layer < _config.Layers; layer++)
        {
            AddLayer($"blk.{layer}.", $"model.layers.{layer}.");
        }

        _writer.Write(path);
    }

    private void AddMetadata(string architecture)
    {
        _writer.Add("general.architecture", architecture);
        _writer.Add("tokenizer.ggml.model", "no_vocab");
        AddNumber("vocab_size", _config.VocabularySize);
        AddNumber("context_length", _config.MaxPositions);
        AddNumber("embedding_length", _config.HiddenSize);
        AddNumber("block_count", _config.Layers);
        AddNumber("feed_forward_length", _config.IntermediateSize);
        AddNumber("attention.head_count", _config.Heads);
        AddNumber("attention.head_count_kv", _config.KeyValueHeads);
        AddNumber("attention.key_length", _config.HeadSize);
        AddNumber("attention.value_length", _config.HeadSize);
        AddNumber("rope.dimension_count", _config.HeadSize);
        _writer.Add($"{architecture}.rope.freq_base", (float)_config.Rope.Theta);
        _writer.Add($"{architecture}.attention.layer_norm_rms_epsilon", _config.RmsNormEpsilon);
        if (_config.Rope.Scaling == RopeScaling.Linear)
        {
            _writer.Add($"{architecture}.rope.scaling.type", "linear");
            _writer.Add($"{architecture}.rope.scaling.factor", (float)_config.Rope.Factor);
        }

        void AddNumber(string key, int value) => _writer.Add($"{architecture}.{key}", (uint)value);
    }

    private void AddLayer(string name, string source)
    {
        string attention = source + "self_attn.";
        AddVector(name + "attn_norm.weight", source + "input_layernorm.weight", _config.HiddenSize);
        AddMatrix(name + "attn_q.weight", attention + "q_proj.weight", _config.QuerySize, _config.HiddenSize, rotated: true);
        AddMatrix(name + "attn_k.weight", attention + "k_proj.weight", _config.KeyValueSize, _config.HiddenSize, rotated: true);
        AddMatrix(name + "attn_v.weight", attention + "v_proj.weight", _config.KeyValueSize, _config.HiddenSize);
        AddMatrix(name + "attn_output.weight", attention + "o_proj.weight", _config.HiddenSize, _config.QuerySize);
        if (_config.AttentionBias)
        {
            AddVector(name + "attn_q.bias", attention + "q_proj.bias", _config.QuerySize);
            AddVector(name + "attn_k.bias", attention + "k_proj.bias", _config.KeyValueSize);
            AddVector(name + "attn_v.bias", attention + "v_proj.bias", _config.KeyValueSize);
        }

        if (_config.QueryKeyNorm)
        {
            AddVector(name + "attn_q_norm.weight", attention + "q_norm.weight", _config.HeadSize);
            AddVector(name + "attn_k_norm.weight", attention + "k_norm.weight", _config.HeadSize);
        }

        AddVector(name + "ffn_norm.weight", source + "post_attention_layernorm.weight", _config.HiddenSize);
        AddMatrix(name + "ffn_gate.weight", source + "mlp.gate_proj.weight", _config.IntermediateSize, _config.HiddenSize);
        AddMatrix(name + "ffn_up.weight", source + "mlp.up_proj.weight", _config.IntermediateSize, _config.HiddenSize);
        AddMatrix(name + "ffn_down.weight", source + "mlp.down_proj.weight", _config.HiddenSize, _config.IntermediateSize);
    }

    private void AddVector(string name, string source, int size) =>
        _writer.Add(
            name, [size], GgufType.F32, writer => writer.Write(MemoryMarshal.AsBytes(checkpoint.ReadNumbers(source, 1, size).AsSpan())));

    private void AddMatrix(
        string name, string source, int rows, int columns, bool rotated = false) => _writer.Add(name, [columns, rows], type, writer =>
    {
        float[] numbers = checkpoint.ReadNumbers(source, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            WriteRow(writer, numbers.AsSpan((rotated && IsInterleaved ? RotatedRow(row) : row) * columns, columns));
        }
    });

    /// <summary>Row 2i + j of a head is Hugging Face's row i + j * headSize / 2.</summary>
    private int RotatedRow(int row)
    {
        int inHead = row % _config.HeadSize;
        return row - inHead + (inHead / 2) + (inHead % 2 * (_config.HeadSize / 2));
    }

    private void WriteRow(BinaryWriter writer, ReadOnlySpan<float> row)
    {
        if (type == GgufType.F32)
        {
            writer.Write(MemoryMarshal.AsBytes(row));
            return;
        }

        foreach (float number in row)
        {
            writer.Write((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16)); // exact: the numbers come from a bf16 checkpoint
        }
    }

    private void AddFrequencyFactors()
    {
        double[] scaled = RopeFrequencies.Of(_config);
        double[] plain = RopeFrequencies.Of(_config with { Rope = new RopeConfig { Theta = _config.Rope.Theta } });
        float[] factors = [.. plain.Zip(scaled, (frequency, divided) => (float)(frequency / divided))];
        _writer.Add("rope_freqs.weight", [factors.Length], GgufType.F32, writer => writer.Write(MemoryMarshal.AsBytes(factors.AsSpan())));
    }
}
