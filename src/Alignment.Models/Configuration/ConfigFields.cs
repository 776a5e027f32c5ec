using System.Collections.Frozen;

namespace Alignment.Models.Configuration;

/// <summary>
/// The fields that a <c>config.json</c> of the Llama family may hold. Any other may change what the model computes (a soft cap, experts, a
/// multiplier), so it is refused rather than ignored.
/// </summary>
internal static class ConfigFields
{
    private static readonly string[] s_read =
    [
        "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters",
        "tie_word_embeddings", "hidden_act", "bos_token_id", "eos_token_id", "partial_rotary_factor", "layer_types",
        .. ModelConfigReader.OffFlags,
    ];

    /// <summary>Of training, of the file's history, of other libraries, or of other outputs than the next token.</summary>
    private static readonly string[] s_harmless =
    [
        "_name_or_path", "_commit_hash", "_attn_implementation", "_attn_implementation_autoset", "architectures", "attn_implementation",
        "base_model_name_or_path", "transformers_version", "transformers.js_config", "tokenizer_class", "unsloth_fixed",
        "unsloth_version", "name_or_path", "model_name", "license", "dtype", "torch_dtype", "torchscript", "use_bfloat16", "use_cache",
        "pretraining_tp", "is_llama_config", "is_decoder", "gradient_checkpointing", "initializer_range", "attention_dropout",
        "hidden_dropout", "attention_probs_dropout_prob", "hidden_dropout_prob", "embd_pdrop", "resid_pdrop", "chunk_size_feed_forward",
        "max_sequence_length", "model_max_length", "tokenizer_model_max_length", "tokenizer_padding_side", "pad_token_id",
        "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "decoder_start_token_id", "id2label", "label2id", "num_labels",
        "problem_type", "classifier_dropout", "finetuning_task", "task_specific_params", "prefix", "output_attentions",
        "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate", "tie_encoder_decoder",
        "keys_to_ignore_at_inference",
    ];

    /// <summary>What older files say about sampling.</summary>
    private static readonly string[] s_generation =
    [
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature",
        "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
        "bad_words_ids", "num_return_sequences", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
        "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens", "max_new_tokens",
    ];

    private static readonly FrozenSet<string> s_common = s_read.Concat(s_harmless).Concat(s_generation).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_mistral = s_common.Append("sliding_window").ToFrozenSet(StringComparer.Ordinal);

    /// <summary>In Qwen's files both say nothing unless <c>use_sliding_window</c> is true, which is refused.</summary>
    private static readonly FrozenSet<string> s_qwen = s_mistral.Append("max_window_layers").ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Those of one <c>model_type</c>.</summary>
    public static FrozenSet<string> Of(string modelType) => modelType switch
    {
        "mistral" => s_mistral,
        "qwen2" or "qwen3" => s_qwen,
        _ => s_common,
    };

    /// <summary>Those of <c>rope_scaling</c> and <c>rope_parameters</c>.</summary>
    public static FrozenSet<string> Rope { get; } = FrozenSet.Create(
        StringComparer.Ordinal, "type", "rope_type", "rope_theta", "partial_rotary_factor", "factor", "low_freq_factor", "high_freq_factor",
        "original_max_position_embeddings");
}
