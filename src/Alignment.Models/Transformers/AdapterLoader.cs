using System.Collections.Frozen;
using System.Text.Json;
using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;
using Alignment.Models.Files;

namespace Alignment.Models.Transformers;

/// <summary>
/// Reads LoRA weights in PEFT's layout: adapter_config.json and adapter_model.safetensors. Variants of LoRA that would change the numbers
/// are refused.
/// </summary>
internal sealed class AdapterLoader(string folder, ModelConfig config, IBackend backend)
{
    private const int MaxRank = 4096;

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
            var targets =
                new TransformerBlueprint(config).Weights.Where(weight => weight.Projection is not null).ToDictionary(AdapterNames.A);
            foreach (string name
                in weights.Names.Select(AdapterNames.PartnerA).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                bool known = targets.TryGetValue(name, out WeightBlueprint? target);
                FileProblem.Require(known, path, name, $"is not a LoRA weight of a projection of this model of {config.Layers} layers");
                float[] a = weights.ReadNumbers(name, rank, target!.Columns);
                float[] b = weights.ReadNumbers(AdapterNames.B(target), target.Rows, rank);
                adapter.Add(target, backend.PackLora(a, b, rank, scale));
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
            throw fields.Problem(
                "init_lora_weights", "changes the weights of the model too; true, false, gaussian, orthogonal and eva do not");
        }
    }
}
