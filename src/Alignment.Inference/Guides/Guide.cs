using Alignment.Models.Transformers;

namespace Alignment.Inference.Guides;

/// <summary>
/// One source of next-token scores of a sequence: its log-softmax times the weight is added to the frozen model's logits.
/// </summary>
/// <param name="Name">For reports.</param>
/// <param name="Weight">1 / beta; 0 is the frozen model bit for bit.</param>
public abstract record Guide(string Name, float Weight);

/// <summary>A head on the hidden state that the pass makes anyway.</summary>
public sealed record HeadGuide(ILogitsHead Head, float Weight) : Guide(Head.Name, Weight);

/// <summary>
/// The same model with LoRA weights, reading the same tokens: GenARM's autoregressive reward model. Its rows join the same batch.
/// </summary>
public sealed record AdapterGuide(Adapter Adapter, float Weight) : Guide(Adapter.Name, Weight);

/// <summary>
/// Another checkpoint of the same vocabulary, reading the same tokens in a lane of its own: a smaller model that was tuned (proxy tuning:
/// Liu et al., 2024, "Tuning language models by proxy", with a second guide of the opposite weight), or an autoregressive reward model that
/// is no adapter.
/// </summary>
/// <param name="Name">For reports.</param>
/// <param name="Model">One of those that the engine was made with.</param>
/// <param name="Weight">As of every guide; usually positive.</param>
public sealed record ModelGuide(string Name, Transformer Model, float Weight) : Guide(Name, Weight);

/// <summary>The same frozen model after another prompt (contrast, negative prompt).</summary>
/// <param name="Name">For reports.</param>
/// <param name="Prompt">Tokens that stand in the place of the sequence's prompt.</param>
/// <param name="Weight">Usually negative.</param>
public sealed record PromptGuide(string Name, IReadOnlyList<int> Prompt, float Weight) : Guide(Name, Weight);
