using Alignment.Models.Checkpoints;

namespace Alignment.Models.Configuration;

/// <summary>Reads a Hugging Face <c>config.json</c>; every size has a bound far above any real model and far below an overflow.</summary>
public static class ModelConfigReader
{
    private const int MaxSize = 1 << 20;
    private const int MaxVocabulary = 1 << 22;
    private const int MaxPositions = 1 << 20;

    private static readonly string[] s_types = ["llama", "mistral", "qwen2", "qwen3"];

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

    /// <summary>Mistral attends to a sliding window; within the window that is full attention, so the window is the context we offer.</summary>
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
        // Elsewhere than in Qwen2 the flag would also give the output projection a bias.
        if (type != "qwen2" && fields.Flag("attention_bias", false))
        {
            throw fields.Problem("attention_bias", $"is not supported for {type}");
        }

        if (fields.Text("hidden_act") is { } activation and not ("silu" or "swish"))
        {
            throw fields.Problem("hidden_act", $"'{activation}' is not supported; silu is");
        }

        if (fields.Flag("mlp_bias", false))
        {
            throw fields.Problem("mlp_bias", "is not supported");
        }

        if (fields.Flag("use_sliding_window", false))
        {
            throw fields.Problem("use_sliding_window", "is not supported");
        }
    }

    private static RopeConfig ReadRope(JsonFields fields)
    {
        JsonFields? nested = fields.Object("rope_parameters");
        double theta = (nested ?? fields).Number("rope_theta", 1, 1e12, 10_000);
        JsonFields? scaling = nested ?? fields.Object("rope_scaling");
        string kind = scaling?.Text("rope_type") ?? scaling?.Text("type") ?? "default";
        return kind switch
        {
            "default" => new RopeConfig { Theta = theta },
            "linear" => new RopeConfig { Theta = theta, Scaling = RopeScaling.Linear, Factor = scaling!.Number("factor", 1e-3, 1e6, 1) },
            "llama3" => new RopeConfig
            {
                Theta = theta,
                Scaling = RopeScaling.Llama3,
                Factor = scaling!.Number("factor", 1e-3, 1e6, 8),
                LowFrequencyFactor = scaling.Number("low_freq_factor", 1e-3, 1e6, 1),
                HighFrequencyFactor = scaling.Number("high_freq_factor", 1e-3, 1e6, 4),
                OriginalMaxPositions = scaling.Integer("original_max_position_embeddings", 1, MaxPositions, 8192),
            },
            _ => throw scaling!.Problem("rope_type", $"'{kind}' is not supported; default, linear and llama3 are"),
        };
    }
}
