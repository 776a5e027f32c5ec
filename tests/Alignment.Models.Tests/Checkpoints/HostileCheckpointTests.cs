using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>Model folders from strangers: one clear error that names file and field, whatever they hold.</summary>
public sealed class HostileCheckpointTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private const string Embedding = "model.embed_tokens.weight";

    private static readonly TinyShape s_shape = new();
    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();

    public HostileCheckpointTests() => TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("vocab_size", "0")]
    [InlineData("vocab_size", "-1")]
    [InlineData("vocab_size", "1000000000000")]
    [InlineData("vocab_size", "1e300")]
    [InlineData("vocab_size", "\"many\"")]
    [InlineData("vocab_size", "299.5")]
    [InlineData("hidden_size", "2147483647")]
    [InlineData("intermediate_size", "-5")]
    [InlineData("num_hidden_layers", "100000")]
    [InlineData("num_attention_heads", "0")]
    [InlineData("num_attention_heads", "3")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("head_dim", "7")]
    [InlineData("head_dim", "1048576")]
    [InlineData("max_position_embeddings", "0")]
    [InlineData("max_position_embeddings", "2000000000")]
    [InlineData("rms_norm_eps", "-1")]
    [InlineData("rope_theta", "0")]
    [InlineData("rope_scaling", "{\"rope_type\": \"yarn\"}")]
    [InlineData("rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 0}")]
    [InlineData("rope_scaling", "7")]
    [InlineData("model_type", "\"gpt_neox\"")]
    [InlineData("model_type", "null")]
    [InlineData("hidden_act", "\"relu\"")]
    [InlineData("mlp_bias", "true")]
    [InlineData("attention_bias", "true")]
    [InlineData("eos_token_id", "[300]")]
    [InlineData("tie_word_embeddings", "\"yes\"")]
    public void An_absurd_config_value_is_refused_by_name(string field, string value)
    {
        EditConfig(config => config[field] = JsonNode.Parse(value));
        Refused(
            "config.json",
            field is "num_attention_heads" && value == "3"
                ? "num_key_value_heads"
                : field is "rope_scaling" && value != "7"
                ? (value.Contains("yarn", StringComparison.Ordinal) ? "rope_type" : "factor")
                : field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"model_type\": \"\\ud800\"}")]
    [InlineData("{\"\\udc00\": 1}")]
    public void A_config_that_is_no_object_of_texts_is_refused(string text)
    {
        File.WriteAllText(_folder.File("config.json"), text);
        Refused("config.json");
    }

    [Fact]
    public void A_config_as_deep_as_a_stack_is_refused()
    {
        File.WriteAllText(_folder.File("config.json"), new string('[', 100_000));
        Refused("config.json");
    }

    [Theory]
    [InlineData("""{"dtype": "F32", "shape": [300, 40], "data_offsets": [0, 99999999]}""", "data_offsets")]
    [InlineData("""{"dtype": "F32", "shape": [300, 40], "data_offsets": [48000, 0]}""", "data_offsets")]
    [InlineData("""{"dtype": "F32", "shape": [300, 40], "data_offsets": [-1, 47999]}""", "data_offsets")]
    [InlineData("""{"dtype": "F32", "shape": [300, 40], "data_offsets": [0]}""", "data_offsets")]
    [InlineData("""{"dtype": "F32", "shape": [300, 41], "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("""{"dtype": "F32", "shape": [40, 300], "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("""{"dtype": "F32", "shape": [4294967296, 4294967296, 12000], "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("""{"dtype": "F32", "shape": [1, 1, 1, 1, 1, 1, 1, 1, 12000], "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("""{"dtype": "F32", "shape": "wide", "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("""{"dtype": "Q4_K", "shape": [300, 40], "data_offsets": [0, 48000]}""", "dtype")]
    [InlineData("""{"dtype": "I32", "shape": [300, 40], "data_offsets": [0, 48000]}""", "dtype")]
    [InlineData("""{"dtype": "F16", "shape": [300, 40], "data_offsets": [0, 48000]}""", "shape")]
    [InlineData("7", Embedding)]
    public void A_header_that_lies_is_refused_by_tensor_and_field(string entry, string field)
    {
        EditHeader(header => header[Embedding] = JsonNode.Parse(entry));
        Refused(Weights, Embedding, field);
    }

    [Fact]
    public void Tensors_that_overlap_are_refused()
    {
        EditHeader(header => header["model.layers.0.input_layernorm.weight"]!["data_offsets"] = new JsonArray(47840, 48000));
        Refused(Weights, "overlap");
    }

    [Fact]
    public void Header_lengths_beyond_the_file_allocate_nothing()
    {
        byte[] bytes = File.ReadAllBytes(_folder.File(Weights));
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (ulong length in new ulong[] { ulong.MaxValue, long.MaxValue, 1UL << 40, (ulong)bytes.Length - 7 })
        {
            BitConverter.TryWriteBytes(bytes, length);
            File.WriteAllBytes(_folder.File(Weights), bytes);
            Refused(Weights, "header length");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(_folder.File(Weights));
        foreach (int length in new[] { 0, 1, 7, 8, 9, 100, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(_folder.File(Weights), bytes[..length]);
            Refused(Weights);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_numbers_are_refused_by_tensor(float value)
    {
        List<TinyTensor> tensors = TinyCheckpoint.Tensors(TinyArchitecture.Llama, s_shape, 1);
        tensors[5].Numbers[^1] = value;
        TinySafetensors.Write(_folder.File(Weights), tensors);
        Refused(Weights, tensors[5].Name, "NaN or infinity");
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        foreach (TinyTensor missing in TinyCheckpoint.Tensors(TinyArchitecture.Llama, s_shape, 1))
        {
            TinySafetensors.Write(
                _folder.File(Weights),
                [.. TinyCheckpoint.Tensors(TinyArchitecture.Llama, s_shape, 1).Where(tensor => tensor.Name != missing.Name)]);
            Refused(Weights, missing.Name, "missing");
        }
    }

    [Fact]
    public void A_name_given_twice_is_refused()
    {
        string header = ReadHeader();
        WriteHeader(header.Insert(1, $"\"{Embedding}\": {JsonNode.Parse(header)![Embedding]!.ToJsonString()},"));
        Refused(Weights, Embedding, "twice");
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/model.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_cannot_point_out_of_its_folder(string shard)
    {
        File.Move(_folder.File(Weights), _folder.File("shard.safetensors"));
        File.WriteAllText(
            _folder.File("model.safetensors.index.json"),
            new JsonObject { ["weight_map"] = new JsonObject { [Embedding] = shard } }.ToJsonString());
        Refused("model.safetensors.index.json", "weight_map");
    }

    [Fact]
    public void An_index_without_tensors_is_refused()
    {
        File.Delete(_folder.File(Weights));
        File.WriteAllText(_folder.File("model.safetensors.index.json"), """{"weight_map": {}}""");
        Refused("model.safetensors.index.json", "weight_map");
    }

    [Fact]
    public void Shards_are_read_and_a_missing_or_wrong_one_is_named()
    {
        List<TinyTensor> tensors = TinyCheckpoint.Tensors(TinyArchitecture.Llama, s_shape, 1);
        File.Delete(_folder.File(Weights));
        TinySafetensors.Write(_folder.File("a.safetensors"), tensors[..4]);
        TinySafetensors.Write(_folder.File("b.safetensors"), tensors[4..]);
        WriteIndex(name => tensors.FindIndex(tensor => tensor.Name == name) < 4 ? "a.safetensors" : "b.safetensors");
        Load();
        WriteIndex(_ => "c.safetensors");
        Refused("model.safetensors.index.json", "c.safetensors is missing");
        WriteIndex(_ => "a.safetensors");
        Refused("model.safetensors.index.json", "weight_map");

        void WriteIndex(Func<string, string> shard) => File.WriteAllText(
            _folder.File("model.safetensors.index.json"),
            new JsonObject { ["weight_map"] = new JsonObject(tensors.Select(tensor => KeyValuePair.Create(tensor.Name, (JsonNode?)shard(tensor.Name)))) }.ToJsonString());
    }

    private void Refused(params string[] words)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(Load);
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    private void Load() => LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(16, 8)).Dispose();

    private void EditConfig(Action<JsonObject> edit)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!.AsObject();
        edit(config);
        File.WriteAllText(_folder.File("config.json"), config.ToJsonString());
    }

    private void EditHeader(Action<JsonObject> edit)
    {
        JsonObject header = JsonNode.Parse(ReadHeader())!.AsObject();
        edit(header);
        WriteHeader(header.ToJsonString());
    }

    private string ReadHeader()
    {
        byte[] bytes = File.ReadAllBytes(_folder.File(Weights));
        return Encoding.UTF8.GetString(bytes, 8, (int)BitConverter.ToUInt64(bytes));
    }

    private void WriteHeader(string header)
    {
        byte[] bytes = File.ReadAllBytes(_folder.File(Weights));
        byte[] json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(
            _folder.File(Weights),
            [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. bytes[(8 + (int)BitConverter.ToUInt64(bytes))..]]);
    }
}
