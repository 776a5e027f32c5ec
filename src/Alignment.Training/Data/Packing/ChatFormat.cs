namespace Alignment.Training.Data.Packing;

/// <summary>The control tokens of the embedded model, and the chat template that says the same to others.</summary>
public static class ChatFormat
{
    /// <summary>Begins every text.</summary>
    public const string Begin = "<|endoftext|>";

    /// <summary>Ends every turn.</summary>
    public const string End = "<|end|>";

    /// <summary>Begins an instruction.</summary>
    public const string System = "<|system|>";

    /// <summary>Begins a question.</summary>
    public const string User = "<|user|>";

    /// <summary>Begins an answer.</summary>
    public const string Assistant = "<|assistant|>";

    /// <summary>Jinja source for <c>tokenizer_config.json</c>.</summary>
    public const string Template =
        "{{ bos_token }}{% for message in messages %}{% if message['role'] not in ['system', 'user', 'assistant'] %}{{ "
        + "raise_exception('Unknown role: ' + message['role']) }}{% endif %}"
        + "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ "
        + "'<|assistant|>' }}{% endif %}";

    /// <summary>All control tokens; their order gives their ids.</summary>
    public static IReadOnlyList<string> ControlTokens { get; } = [Begin, System, User, Assistant, End];
}
