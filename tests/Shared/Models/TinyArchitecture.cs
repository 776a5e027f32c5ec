namespace Alignment.Tests.Models;

/// <summary>The architectures that tests build in miniature.</summary>
public enum TinyArchitecture
{
    Llama,
    LlamaUntied,
    Llama3Rope,
    LinearRope,
    Mistral,
    Qwen2,
    Qwen3,
}
