using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Alignment.Compute.Contract;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;
using Alignment.Models.Files;

namespace Alignment.Models.Transformers;

/// <summary>Reads LoRA weights in PEFT's layout: adapter_config.json and adapter_model.safetensors. Variants of LoRA that would change the numbers are refused.</summary>
internal sealed class AdapterLoader(string folder, ModelConfig config, IBackend backend)
{
    private const int MaxRank = 4096;
    private const string Prefix = "base_model.model.model.layers.";
    private const string SuffixA = ".lora_A.weight";
    private const string SuffixB = ".lora_B.weight";

    /// <summary>Variants of LoRA that compute something else.</summary>
    private static readonly string[] s_offFlags = ["use_dora", "use_qalora", "fan_in_fan_out", "lora_bias"];

    /// <summary>
    /// Read here, or of training only. PEFT's other fields (<c>alpha_pattern</c>, <c>layer_replication</c>, <c>modules_to_save</c> ...) are
    /// refused where they hold something.
    /// </summary>
    private static readonly FrozenSet<string> s_known = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "peft_type", "r", "lora_alpha", "use_rslora", "bias", "init_lora_weights", .. s_offFlags,
            "auto_mapping", "base_model_name_or_path", "base_model_sha256", "base_model_class", "parent_library", "revision", "task_type",
            "inference_mode", "peft_version", "lora_dropout", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
            "megatron_core", "qalora_group_size", "ensure_weight_tying", "unsloth_fixed",
        ]);

    public Adapter Load()
    {
        string settings = Path.Combine(folder, "adapter_config.json");
        (int rank, float scale) = ReadSettings(new JsonFields(settings, JsonFile.ReadObject(settings)));
        string path = Path.Combine(folder, "adapter_model.safetensors");
        using Checkpoint weights = Checkpoint.OpenFile(path, config);
        var adapter = new Adapter(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), config.Layers);
        try
        {
            FileProblem.Require(weights.Names.Count > 0, path, "header", "names no tensor");
            foreach (string name in weights.Names.Select(NameOfA).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                Add(adapter, weights, path, name, rank, scale);
            }

            weights.RequireAllRead();
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>The A that a B belongs to, so that a B alone is missing its A; any other name as it is.</summary>
    private static string NameOfA(string name) =>
        name.EndsWith(SuffixB, StringComparison.Ordinal) ? name[..^SuffixB.Length] + SuffixA : name;

    private static (int Rank, float Scale) ReadSettings(JsonFields fields)
    {
        if (fields.Text("peft_type") is not "LORA")
        {
            throw fields.Problem("peft_type", "must be LORA");
        }

        foreach (string flag in s_offFlags)
        {
            if (fields.Flag(flag, false))
            {
                throw fields.Problem(flag, "is not supported");
            }
        }

        if (fields.Text("bias") is not (null or "none"))
        {
            throw fields.Problem("bias", "must be none");
        }

        RequirePlainStart(fields);
        fields.RequireKnown(s_known, "not known for LoRA, and may change what the adapter computes");
        int rank = fields.Integer("r", 1, MaxRank);
        double alpha = fields.Number("lora_alpha", 0, 1e6, rank);
        return (rank, (float)(alpha / (fields.Flag("use_rslora", false) ? Math.Sqrt(rank) : rank)));
    }

    /// <summary>
    /// Some ways to begin training (PiSSA, OLoRA, CorDA, LoftQ) also change the weights underneath, which are not in this folder.
    /// </summary>
    private static void RequirePlainStart(JsonFields fields)
    {
        bool isPlain = fields.Raw("init_lora_weights") is not { } start || start.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => true,
            JsonValueKind.String => start.GetString() is "gaussian" or "orthogonal" or "eva",
            _ => false,
        };
        if (!isPlain)
        {
            throw fields.Problem("init_lora_weights", "changes the weights of the model too; true, false, gaussian, orthogonal and eva do not");
        }
    }

    /// <summary>Adds the pair whose A is <paramref name="name"/>: base_model.model.model.layers.N.self_attn.q_proj.lora_A.weight.</summary>
    private void Add(Adapter adapter, Checkpoint weights, string path, string name, int rank, float scale)
    {
        string[] parts = name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(SuffixA, StringComparison.Ordinal)
            ? name[Prefix.Length..^SuffixA.Length].Split('.')
            : [];
        bool known = parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && layer < config.Layers;
        FileProblem.Require(known, path, name, $"is not a LoRA weight of a layer of this model of {config.Layers}");
        (Projection projection, int firstColumn, int outputs, int inputs) = Place(path, name, $"{parts[1]}.{parts[2]}");
        float[] a = weights.ReadNumbers(name, rank, inputs);
        float[] b = weights.ReadNumbers(name[..^SuffixA.Length] + SuffixB, outputs, rank);
        adapter.Add(int.Parse(parts[0], CultureInfo.InvariantCulture), projection, backend.PackLora(a, b, rank, scale), firstColumn);
    }

    private (Projection Projection, int FirstColumn, int Outputs, int Inputs) Place(string path, string name, string module) => module switch
    {
        "self_attn.q_proj" => (Projection.QueryKeyValue, 0, config.QuerySize, config.HiddenSize),
        "self_attn.k_proj" => (Projection.QueryKeyValue, config.QuerySize, config.KeyValueSize, config.HiddenSize),
        "self_attn.v_proj" => (Projection.QueryKeyValue, config.QuerySize + config.KeyValueSize, config.KeyValueSize, config.HiddenSize),
        "self_attn.o_proj" => (Projection.Output, 0, config.HiddenSize, config.QuerySize),
        "mlp.gate_proj" => (Projection.GateUp, 0, config.IntermediateSize, config.HiddenSize),
        "mlp.up_proj" => (Projection.GateUp, config.IntermediateSize, config.IntermediateSize, config.HiddenSize),
        "mlp.down_proj" => (Projection.Down, 0, config.HiddenSize, config.IntermediateSize),
        _ => throw FileProblem.Of(path, name, $"'{module}' is not a projection of this model"),
    };
}
