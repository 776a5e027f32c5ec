using Alignment.Models.Files;

namespace Alignment.Models.Configuration;

/// <summary>Reads a Hugging Face <c>config.json</c>; every size has a bound far above any real model and far below an overflow.</summary>
public static class ModelConfigReader
{
    private const int MaxSize = 1 << 20;
    private const int MaxVocabulary = 1 << 22;
    private const int MaxPositions = 1 << 20;

    private static readonly string[] s_types = ["llama", "mistral", "qwen2", "qwen3"];

    /// <summary>Switches that exist in the family and change what it computes; where they are named they must be off.</summary>
    internal static IReadOnlyList<string> OffFlags { get; } =
        ["attention_bias", "mlp_bias", "use_sliding_window", "use_mrope", "rope_interleaved", "is_encoder_decoder", "add_cross_attention"];

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A field is missing, absurd, or asks for an architecture that is not supported.</exception>
    public static ModelConfig Read(string path)
    {
        var fields = new JsonFields(path, JsonFile.ReadObject(path));
        string type = fields.Text("model_type") ?? "";
        if (!s_types.Contains(type))
        {
            throw fields.Problem("model_type", $"'{type}' is not supported; {string.Join(", ", s_types)} are");
        }

        RefuseUnsupported(fields, type);
        int vocabulary = fields.Integer("vocab_size", 1, MaxVocabulary);
        int hidden = fields.Integer("hidden_size", 1, MaxSize);
        int heads = fields.Integer("num_attention_heads", 1, MaxSize);
        int headSize = fields.Integer("head_dim", 2, MaxSize, hidden / heads);
        var config = new ModelConfig
        {
            ModelType = type,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = fields.Integer("intermediate_size", 1, MaxSize),
            Layers = fields.Integer("num_hidden_layers", 1, 1024),
            Heads = heads,
            KeyValueHeads = fields.Integer("num_key_value_heads", 1, MaxSize, heads),
            HeadSize = headSize,
            MaxPositions = ReadPositions(fields, type),
            RmsNormEpsilon = (float)fields.Number("rms_norm_eps", 0, 1, 1e-6),
            Rope = ReadRope(fields),
            TieWordEmbeddings = fields.Flag("tie_word_embeddings", false),
            AttentionBias = type == "qwen2",
            QueryKeyNorm = type == "qwen3",
            BosTokenId = fields.Integers("bos_token_id", 0, vocabulary - 1) is [int first, ..] ? first : null,
            EosTokenIds = fields.Integers("eos_token_id", 0, vocabulary - 1),
        };
        CheckHeads(fields, config);
        return config;
    }

    /// <summary>
    /// Mistral attends to a sliding window; within the window that is full attention, so the window is the context we offer.
    /// </summary>
    private static int ReadPositions(JsonFields fields, string type)
    {
        int positions = fields.Integer("max_position_embeddings", 1, MaxPositions, 2048);
        return type == "mistral" ? Math.Min(positions, fields.Integer("sliding_window", 1, MaxPositions, positions)) : positions;
    }

    private static void CheckHeads(JsonFields fields, ModelConfig config)
    {
        if (config.Heads % config.KeyValueHeads != 0)
        {
            throw fields.Problem("num_key_value_heads", $"{config.KeyValueHeads} does not divide the {config.Heads} attention heads");
        }

        if (config.HeadSize % 2 != 0 || (long)config.Heads * config.HeadSize > MaxSize)
        {
            throw fields.Problem("head_dim", $"{config.HeadSize} with {config.Heads} heads is odd or too large");
        }
    }

    private static void RefuseUnsupported(JsonFields fields, string type)
    {
        if (fields.Has("quantization_config"))
        {
            throw fields.Problem("quantization_config", "quantized weights are not supported; F32, F16 and BF16 are");
        }

        if (fields.Has("auto_map"))
        {
            throw fields.Problem("auto_map", "code that comes with a model is never run");
        }

        // Qwen2 reads its own flag nowhere: its biases are fixed. Elsewhere the flag would also give the output projection one.
        foreach (string flag in OffFlags.Where(flag => type != "qwen2" || flag != "attention_bias"))
        {
            if (fields.Flag(flag, false))
            {
                throw fields.Problem(flag, $"is not supported for {type}");
            }
        }

        if (fields.Text("hidden_act") is { } activation and not ("silu" or "swish"))
        {
            throw fields.Problem("hidden_act", $"'{activation}' is not supported; silu is");
        }

        if (fields.Texts("layer_types").FirstOrDefault(kind => kind != "full_attention") is { } other)
        {
            throw fields.Problem("layer_types", $"'{other}' is not supported; full_attention is");
        }

        RequireWholeRotation(fields);
        fields.RequireKnown(ConfigFields.Of(type), $"not known for {type}, and may change what the model computes");
    }

    private static void RequireWholeRotation(JsonFields fields)
    {
        if (fields.Number("partial_rotary_factor", 0, 1, 1) < 1)
        {
            throw fields.Problem("partial_rotary_factor", "is not supported below 1");
        }
    }

    private static RopeConfig ReadRope(JsonFields fields)
    {
        JsonFields? nested = fields.Object("rope_parameters");
        if (nested is not null && fields.Has("rope_scaling"))
        {
            throw fields.Problem("rope_scaling", "is given beside rope_parameters; which one counts?");
        }

        double theta = (nested is not null && nested.Has("rope_theta") ? nested : fields).Number("rope_theta", 1, 1e12, 10_000);
        JsonFields? scaling = nested ?? fields.Object("rope_scaling");
        string kind = scaling?.Text("rope_type") ?? scaling?.Text("type") ?? "default";
        RefuseUnsupportedRope(scaling, kind);
        return kind switch
        {
            "linear" => new RopeConfig { Theta = theta, Scaling = RopeScaling.Linear, Factor = scaling!.Number("factor", 1e-3, 1e6) },
            "llama3" => new RopeConfig
            {
                Theta = theta,
                Scaling = RopeScaling.Llama3,
                Factor = scaling!.Number("factor", 1e-3, 1e6),
                LowFrequencyFactor = scaling.Number("low_freq_factor", 1e-3, 1e6),
                HighFrequencyFactor = scaling.Number("high_freq_factor", 1e-3, 1e6),
                OriginalMaxPositions = scaling.Integer("original_max_position_embeddings", 1, MaxPositions),
            },
            _ => new RopeConfig { Theta = theta },
        };
    }

    private static void RefuseUnsupportedRope(JsonFields? scaling, string kind)
    {
        if (kind is not ("default" or "linear" or "llama3"))
        {
            throw scaling!.Problem("rope_type", $"'{kind}' is not supported; default, linear and llama3 are");
        }

        if (scaling is not null)
        {
            RequireWholeRotation(scaling);
            scaling.RequireKnown(ConfigFields.Rope, $"not known for the rotation '{kind}', and may change what the model computes");
        }
    }
}
