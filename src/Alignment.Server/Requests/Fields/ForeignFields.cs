using System.Collections.Frozen;

namespace Alignment.Server.Requests.Fields;

/// <summary>
/// Every field of OpenAI's, vLLM's and llama.cpp's requests that we know of and do not have. What would change the meaning of the answer
/// is refused by name unless its value is neutral; what only labels, places or paces the request is ignored, and so is a parameter of
/// something that is itself refused. A name that is neither in a contract nor here is refused too: it may be a misspelt one.
/// </summary>
internal static class ForeignFields
{
    private const string Sampler = "this sampler does not exist here; what exists: temperature, top_k, top_p, min_p and the penalties";
    private const string Constraint = "constrained decoding is not supported";
    private const string Tools = "tool calls are not supported";
    private const string Modality = "only text is supported";
    private const string Reasoning = "reasoning is not told apart from the answer";
    private const string SpecialTokens = "a prompt gets the tokenizer's special tokens, a conversation those that its chat template writes";
    private const string Template = "a conversation is rendered by the model's own chat template, without further variables";
    private const string Hidden = "special tokens are in no text of an answer";
    private const string Extra = "answers do not have this part";
    private const string Shift = "the context is never shifted: what does not fit is refused";
    private const string Length = "use max_tokens";

    private static readonly FrozenDictionary<(string Place, string Name), ForeignField> s_byName =
        All().ToFrozenDictionary(field => (field.Place, field.Name));

    /// <summary>The table.</summary>
    public static IReadOnlyCollection<ForeignField> Rows => s_byName.Values;

    /// <summary>The row of a name; null where there is none.</summary>
    public static ForeignField? Find(string place, string name)
        => s_byName.GetValueOrDefault((place, name)) ?? (Places.IsBody(place) ? s_byName.GetValueOrDefault((Places.AnyBody, name)) : null);

    private static ForeignField[] All() =>
    [
        .. Labels(), .. Tooling(), .. Modalities(), .. Constraints(), .. Samplers(), .. Prompts(), .. Thinking(), .. Answers(),
        .. Operation(), .. Nested(),
    ];

    /// <summary>Whose request it is, and how it is kept, billed and cached elsewhere.</summary>
    private static ForeignField[] Labels() =>
    [
        Ignored("user"),
        Ignored("metadata"),
        Ignored("store"),
        Ignored("safety_identifier"),
        Ignored("service_tier"),
        Ignored("prompt_cache_key"),
        Ignored("prompt_cache_retention"),
        Ignored("prompt_cache_options"),
        Ignored("request_id"),
        Ignored("session_id"),
        Refused("moderation", "moderation is not supported"),
        Refused("cache_salt", "cached prefixes are kept apart by API key, and only so"),
    ];

    private static ForeignField[] Tooling() =>
    [
        Refused("tools", Tools, "[]"),
        Refused("tool_choice", Tools, "\"none\"", "\"auto\""),
        Ignored("parallel_tool_calls"),
        Refused("functions", Tools, "[]"),
        Refused("function_call", Tools, "\"none\"", "\"auto\""),
        Refused("parse_tool_calls", Tools, "false"),
        Refused("web_search_options", Tools),
    ];

    private static ForeignField[] Modalities() =>
    [
        Refused("modalities", Modality, """["text"]"""),
        Refused("audio", Modality),
        Refused("prompt_embeds", Modality),
        Refused("image_data", Modality, "[]"),
        Refused("mm_processor_kwargs", Modality, "{}"),
        Refused("media_io_kwargs", Modality, "{}"),
    ];

    private static ForeignField[] Constraints() =>
    [
        Refused("response_format", "only {\"type\": \"text\"} is supported", """{"type": "text"}"""),
        Refused("structured_outputs", Constraint, "{}"),
        Refused("structural_tag", Constraint),
        Refused("guided_json", Constraint),
        Refused("guided_regex", Constraint),
        Refused("guided_choice", Constraint),
        Refused("guided_grammar", Constraint),
        Refused("guided_json_object", Constraint, "false"),
        Ignored("guided_decoding_backend"),
        Ignored("guided_whitespace_pattern"),
        Refused("json_schema", Constraint),
        Refused("grammar", Constraint, "\"\""),
        Refused("grammar_lazy", Constraint, "false"),
        Refused("grammar_triggers", Constraint, "[]"),
        Ignored("grammar_type"),
        Refused("preserved_tokens", Constraint, "[]"),
        Refused("allowed_token_ids", "use logit_bias"),
        Refused("n_indent", Constraint, "0"),
    ];

    private static ForeignField[] Samplers() =>
    [
        Refused("typical_p", Sampler, "1"),
        Refused("tfs_z", Sampler, "1"),
        Refused("top_n_sigma", Sampler, "-1", "0"),
        Refused("min_keep", Sampler, "0"),
        Refused("mirostat", Sampler, "0"),
        Ignored("mirostat_tau"),
        Ignored("mirostat_eta"),
        Refused("xtc_probability", Sampler, "0"),
        Ignored("xtc_threshold"),
        Refused("dry_multiplier", Sampler, "0"),
        Ignored("dry_base"),
        Ignored("dry_allowed_length"),
        Ignored("dry_penalty_last_n"),
        Ignored("dry_sequence_breakers"),
        Refused("dynatemp_range", Sampler, "0"),
        Ignored("dynatemp_exponent"),
        Refused("adaptive_target", Sampler, "-1"),
        Ignored("adaptive_decay"),
        Refused("samplers", "the order of the samplers is fixed: temperature, top_k, top_p, min_p"),
        Ignored("backend_sampling"),
        Refused("repeat_penalty", "use repetition_penalty", "1"),
        Refused("repeat_last_n", "penalties count the whole response, repetition_penalty the prompt too", "-1"),
        Refused("penalize_nl", Sampler, "false"),
        Refused("watermarking", Sampler, "false"),
        Refused("logits_processors", Sampler, "[]"),
        Refused("vllm_xargs", Sampler, "{}"),
        Refused("repetition_detection", Sampler),
        Refused("use_beam_search", "beam search is not supported", "false"),
        Ignored("length_penalty"),
        Ignored("early_stopping"),
        Refused("lora", "use alignment.guidance with an adapter's name", "[]"),
        Refused("prediction", "predicted outputs are not supported"),
        Ignored("speculative.n_max"),
        Ignored("speculative.n_min"),
        Ignored("speculative.p_min"),
        Refused("n_predict", Length),
        Refused("max_new_tokens", Length),
        Refused("n_cmpl", "use n", "1"),
        Refused("t_max_prompt_ms", "answers are not cut by time", "-1"),
        Refused("t_max_predict_ms", "answers are not cut by time", "-1", "0"),
    ];

    private static ForeignField[] Prompts() =>
    [
        Refused("suffix", "insertion is not supported", "\"\""),
        Refused("truncate_prompt_tokens", Shift),
        Ignored("truncation_side"),
        Refused("n_keep", Shift, "0", "-1"),
        Refused("n_discard", Shift, "0"),
        Refused("chat_template", Template),
        Refused("chat_template_kwargs", Template, "{}"),
        Refused("documents", Template, "[]"),
        Refused("generation_prompt", Template),
        Refused("chat_format", Template),
        Refused("chat_parser", Template),
        In(Places.Chat, "add_special_tokens", SpecialTokens, "false"),
        In(Places.Chat, "best_of", "rank by reward with alignment.search {\"method\": \"best_of_n\"}", "1"),
        In(Places.Chat, "echo", "a conversation is not returned", "false"),
        In(Places.Completion, "add_special_tokens", SpecialTokens, "true"),
        In(Places.Tokenize, "add_special_tokens", SpecialTokens),
        In(Places.Tokenize, "add_special", SpecialTokens),
        In(Places.Tokenize, "parse_special", "control tokens are read in a prompt and never in a message"),
        In(Places.Tokenize, "content", "use prompt") with { InPlaceOf = "prompt" },
    ];

    private static ForeignField[] Thinking() =>
    [
        Refused("reasoning_effort", Reasoning, "\"none\""),
        Refused("verbosity", "use max_tokens, or say it in a message", "\"medium\""),
        Refused("include_reasoning", Reasoning, "true"),
        Refused("reasoning_format", Reasoning, "\"none\""),
        Refused("thinking_token_budget", Reasoning, "-1"),
        Refused("thinking_budget_tokens", Reasoning, "-1"),
        Refused("reasoning_control", Reasoning, "false"),
        Refused("reasoning_budget_tokens", Reasoning, "-1"),
        Ignored("reasoning_budget_start_tag"),
        Ignored("reasoning_budget_end_tag"),
        Ignored("reasoning_budget_end_tags"),
        Ignored("reasoning_budget_message"),
    ];

    /// <summary>What an answer would have to contain.</summary>
    private static ForeignField[] Answers() =>
    [
        Refused("skip_special_tokens", Hidden, "true"),
        Refused("spaces_between_special_tokens", Hidden, "true"),
        Refused("n_probs", "use logprobs", "0"),
        Refused("post_sampling_probs", "log-probabilities are those before temperature and truncation", "false"),
        Refused("logprob_token_ids", Extra),
        Refused("return_tokens_as_token_ids", Extra, "false"),
        Refused("return_token_ids", Extra, "false"),
        Refused("return_token_strs", Extra, "false"),
        Refused("return_tokens", Extra, "false"),
        Refused("return_token_offsets", Extra, "false"),
        Refused("return_prompt_text", Extra, "false"),
        Refused("return_progress", Extra, "false"),
        Refused("with_pieces", Extra, "false"),
        Refused("timings_per_token", Extra, "false"),
        Refused("verbose", Extra, "false"),
        Refused("response_fields", Extra, "[]"),
        Ignored("routed_experts_prompt_start"),
        Ignored("return_mm_kwargs"),
    ];

    /// <summary>Where and how the request runs.</summary>
    private static ForeignField[] Operation() =>
    [
        Refused("priority", "requests are served in their order", "0"),
        Refused("kv_transfer_params", "there is one engine", "{}"),
        Refused("ec_transfer_params", "there is one engine", "{}"),
        Ignored("cache_prompt"),
        Ignored("n_cache_reuse"),
        Ignored("id_slot"),
        Ignored("stream_interval"),
        Ignored("sse_ping_interval"),
    ];

    private static ForeignField[] Nested() =>
    [
        In(Places.StreamOptions, "include_obfuscation", "chunks are not padded", "false"),
        In(Places.StreamOptions, "continuous_usage_stats", Extra, "false"),
        In(Places.Message, "name", "names of speakers are not in the prompt; write them into the content", "\"\""),
        In(Places.Message, "tool_calls", Tools, "[]") with { InPlaceOf = "content" },
        In(Places.Message, "tool_call_id", Tools) with { InPlaceOf = "role" },
        In(Places.Message, "function_call", Tools) with { InPlaceOf = "content" },
        In(Places.Message, "refusal", "write it into the content", "\"\"") with { InPlaceOf = "content" },
        In(Places.Message, "audio", Modality) with { InPlaceOf = "content" },
        In(Places.Message, "reasoning", Reasoning, "\"\""),
        In(Places.Message, "reasoning_content", Reasoning, "\"\""),
        In(Places.Message, "annotations", "write them into the content", "[]"),
        In(Places.Message, "weight", "nothing is trained", "1"),
        In(Places.Message, "prefix", "use continue_final_message", "false"),
        In(Places.Feedback, "comment", "nothing is trained on comments, and none is stored; a better answer is a correction", "\"\""),
        In(Places.Feedback, "score", "use rating: up or down"),
        In(Places.Feedback, "value", "use rating: up or down"),
        In(Places.Feedback, "label", "use rating: up or down"),
        In(Places.Part, "cache_control", null),
        In(Places.Part, "prompt_cache_breakpoint", null),
        In(Places.Part, "annotations", "write them into the text", "[]"),
        In(Places.Part, "image_url", Modality),
        In(Places.Part, "input_audio", Modality),
        In(Places.Part, "file", Modality),
    ];

    private static ForeignField Ignored(string name) => In(Places.AnyBody, name, null);

    private static ForeignField Refused(string name, string reason, params string[] neutral) => In(Places.AnyBody, name, reason, neutral);

    private static ForeignField In(string place, string name, string? reason, params string[] neutral) => new(place, name, reason, neutral);
}
